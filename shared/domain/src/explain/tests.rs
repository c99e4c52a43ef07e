//! Every step and every reason in both languages.

use super::choice_tests::rule;
use super::*;
use crate::calculate::{Basis, Because};
use crate::ids::LevelId;
use crate::member::Status;
use crate::money::{Money, Rate};
use crate::order::Line;
use crate::plan::{Base, Card, Inactive, Measure, Mode, Per, Rounding, Tier};

#[test]
fn exact_table() {
    let text = |micros, code: &str| exact(micros, code.parse().unwrap());
    assert_eq!(text(1_049_700_000, "CNY"), "10.497");
    assert_eq!(text(1_000_000_000, "CNY"), "10.00");
    assert_eq!(text(1, "CNY"), "0.00000001");
    assert_eq!(text(1_500_000, "JPY"), "1.5");
    assert_eq!(text(2_000_000, "JPY"), "2");
}

fn money(minor: u64) -> Money {
    Money::from_minor(minor).unwrap()
}

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

fn line(id: &str) -> Line {
    Line {
        id: id.parse().unwrap(),
        sku: "S".parse().unwrap(),
        category: None,
        quantity: 1,
        unit_price: money(1),
        discount: Money::ZERO,
        unit_cost: None,
    }
}

fn card() -> Card {
    let mode = Mode::Fixed { amounts: Vec::new(), per: Per::Line };
    Card { id: "std".parse().unwrap(), mode, max_per_order: None }
}

#[track_caller]
fn check_step(step: Step<'_>, [english, chinese]: [&str; 2]) {
    let cny = "CNY".parse().unwrap();
    assert_eq!(sentence(&step, cny, Language::English), english);
    assert_eq!(sentence(&step, cny, Language::Chinese), chinese);
}

/// What a line earned `from` something, after the words that all such sentences begin with.
#[track_caller]
fn check_basis(from: Basis<'_>, [english, chinese]: [&str; 2]) {
    let (line, rule, card) = (line("1"), rule("all", 0), card());
    let step = Step::Earned {
        ancestor: 0,
        depth: 2,
        line: &line,
        rule: &rule,
        card: &card,
        from,
        micros: 1_049_700_000,
    };
    let english = format!("line 1: rule all, card std, depth 2: {english} = 10.497");
    let chinese = format!("商品行 1：规则 all，费率卡 std，第 2 级：{chinese} = 10.497");
    check_step(step, [&english, &chinese]);
}

#[test]
fn basis_table() {
    let (base, amount) = (Base::Paid, money(10_497));
    let plain = Basis::Rate { base, amount, rate: rate("0.1"), bonus: Rate::ZERO };
    check_basis(plain, ["paid 104.97 × 0.1", "实付金额 104.97 × 0.1"]);
    let raised = Basis::Rate { base: Base::Net, amount, rate: rate("0.1"), bonus: rate("0.02") };
    check_basis(
        raised,
        ["net 104.97 × (0.1 + level bonus 0.02)", "折后金额 104.97 × (0.1 + 等级加成 0.02)"],
    );
    let fixed = Basis::Fixed { amount, count: 3 };
    check_basis(fixed, ["fixed 104.97 × 3", "固定金额 104.97 × 3"]);
    let level: LevelId = "gold".parse().unwrap();
    let level = &level;
    let (high, below) = (rate("0.15"), rate("0.05"));
    let difference = Basis::Difference { base: Base::List, amount, level, rate: high, below };
    check_basis(
        difference,
        [
            "list 104.97 × (0.15 of level gold − 0.05 below)",
            "级差：原价金额 104.97 × (等级 gold 的 0.15 − 下级已计 0.05)",
        ],
    );
    let peer = Basis::Peer { base: Base::Profit, amount, level, rate: rate("0.01") };
    check_basis(
        peer,
        [
            "profit 104.97 × 0.01, once for a peer of level gold",
            "平级奖：毛利 104.97 × 0.01，等级同为 gold，只计一次",
        ],
    );
}

#[test]
fn tiers_table() {
    let (base, amount, from) = (Base::Paid, money(10_497), money(10_000));
    let measured = money(20_000);
    let (measure, own, bonus) = (Measure::MonthSales, rate("0.1"), Rate::ZERO);
    check_basis(
        Basis::Tier { base, amount, measure, measured, from, rate: own, bonus },
        [
            "month sales 200.00, tier from 100.00: paid 104.97 × 0.1",
            "当月销售额 200.00，达到 100.00 起的阶梯：实付金额 104.97 × 0.1",
        ],
    );
    let tier = |from, own: &str| Tier { from: money(from), rates: vec![rate("0"), rate(own)] };
    let tiers = [tier(0, "0.1"), tier(10_000, "0.2")];
    let (start, length, bonus) = (Money::ZERO, money(10_497), rate("0.01"));
    let stretch = |measure| Stretch { measure, start, length, tiers: &tiers, depth: 2, bonus };
    check_basis(
        Basis::Parts { base, stretch: stretch(Measure::Line) },
        [
            "paid of the line from 0.00 to 104.97, in parts: 100.00 × (0.1 + level bonus 0.01) + \
             4.97 × (0.2 + level bonus 0.01)",
            "本行实付金额从 0.00 到 104.97，分段累计：100.00 × (0.1 + 等级加成 0.01) + \
             4.97 × (0.2 + 等级加成 0.01)",
        ],
    );
    check_basis(
        Basis::Share { base, amount: money(497), stretch: stretch(Measure::Order) },
        [
            "paid of the order on this card from 0.00 to 104.97, in parts: 100.00 × (0.1 + level \
             bonus 0.01) + 4.97 × (0.2 + level bonus 0.01), of which paid 4.97 of 104.97 has its \
             share",
            "本单此费率卡的实付金额从 0.00 到 104.97，分段累计：100.00 × (0.1 + 等级加成 0.01) + \
             4.97 × (0.2 + 等级加成 0.01)，本行按实付金额 4.97 占 104.97 分摊",
        ],
    );
}

#[test]
fn cuts_table() {
    let (ancestor, card) = (0, card());
    check_step(
        Step::CardCap { ancestor, card: &card, micros: 1_049_700_000, cap: money(500) },
        ["card std: max_per_order cuts 10.497 to 5.00", "费率卡 std 单笔封顶：10.497 封顶为 5.00"],
    );
    check_step(
        Step::DepthCap { ancestor },
        [
            "the plan's depth is used up by those nearer: nothing",
            "分佣级数已被更近的上级占满，不再计佣",
        ],
    );
    let rounded = |rounding| Step::Rounded {
        ancestor,
        micros: 1_049_700_000,
        rounding,
        amount: money(1_049),
    };
    check_step(
        rounded(Rounding::Down),
        ["sum 10.497, rounded down to 10.49", "合计 10.497，向下取整为 10.49"],
    );
    check_step(
        rounded(Rounding::HalfUp),
        ["sum 10.497, rounded half up to 10.49", "合计 10.497，四舍五入为 10.49"],
    );
    let (before, after, limit) = (money(3), money(2), money(9));
    check_step(
        Step::TotalCap { ancestor, before, after, limit },
        [
            "max_total_rate allows 0.09 for the order: 0.03 cut to 0.02",
            "整单佣金总额封顶 0.09：0.03 减为 0.02",
        ],
    );
}

#[track_caller]
fn check_reason(why: &Reason<'_>, [english, chinese]: [&str; 2]) {
    let cny = "CNY".parse().unwrap();
    assert_eq!(reason(why, cny, Language::English), english);
    assert_eq!(reason(why, cny, Language::Chinese), chinese);
}

#[test]
fn place_table() {
    let levels: [LevelId; 2] = ["bronze".parse().unwrap(), "gold".parse().unwrap()];
    let [level, least] = &levels;
    let inactive = |status, at| Reason::Inactive { status, at };
    check_reason(
        &inactive(Status::Frozen, Some((2, Inactive::Forfeit))),
        [
            "frozen when the order was paid; depth 2 earns nobody",
            "支付时该分销商已冻结；第 2 级佣金不发放",
        ],
    );
    check_reason(
        &inactive(Status::Terminated, Some((1, Inactive::Compress))),
        [
            "terminated when the order was paid; the next one up is asked for depth 1",
            "支付时该分销商已终止；第 1 级顺延给再上一级",
        ],
    );
    check_reason(
        &inactive(Status::Frozen, None),
        ["frozen when the order was paid", "支付时该分销商已冻结"],
    );
    check_reason(
        &Reason::BelowLevel { at: (3, Inactive::Forfeit), level, least },
        [
            "level bronze is below gold, the lowest that earns at depth 3; depth 3 earns nobody",
            "等级 bronze 低于第 3 级要求的最低等级 gold；第 3 级佣金不发放",
        ],
    );
    check_reason(
        &Reason::Beyond { depth: 1 },
        ["stands above the one depth that the plan pays", "超出方案的 1 级分佣"],
    );
    check_reason(
        &Reason::Beyond { depth: 3 },
        ["stands above the 3 depths that the plan pays", "超出方案的 3 级分佣"],
    );
}

#[track_caller]
fn check_because(because: Because<'_>, [english, chinese]: [&str; 2]) {
    let line = line("1");
    let [english, chinese] = [format!("line 1: {english}"), format!("商品行 1：{chinese}")];
    check_reason(&Reason::Lines(vec![&line], because), [&english, &chinese]);
}

#[test]
fn because_table() {
    let (card, level) = (card(), "gold".parse::<LevelId>().unwrap());
    let (card, level, depth) = (&card, &level, 2);
    check_because(Because::NoRule, ["no rule matches", "没有命中任何规则"]);
    check_because(Because::PaidNothing, ["nothing was paid", "实付为零"]);
    check_because(
        Because::BaseOfNothing { card, base: Base::Profit },
        ["card std: profit is 0.00", "费率卡 std：毛利为 0.00"],
    );
    check_because(
        Because::NoRate { card, depth },
        ["card std has nothing for depth 2", "费率卡 std 没有第 2 级"],
    );
    let measure = (Measure::Order, Base::Paid);
    check_because(
        Because::BelowTiers { card, measure, measured: money(99), first: money(100) },
        [
            "card std: paid of the order on this card 0.99 is below the first tier, from 1.00",
            "费率卡 std：本单此费率卡的实付金额 0.99 未达到首档 1.00",
        ],
    );
    check_because(
        Because::NoRateInTier { card, depth, from: money(100) },
        [
            "card std: the tier from 1.00 has no rate for depth 2",
            "费率卡 std：1.00 起的阶梯没有第 2 级的比例",
        ],
    );
    check_because(
        Because::NotAbove { card, level, rate: rate("0.1"), highest: rate("0.15") },
        [
            "card std: the rate 0.1 of level gold is not above 0.15, the highest below",
            "费率卡 std：等级 gold 的比例 0.1 不高于下级已计的最高比例 0.15，没有级差",
        ],
    );
    check_because(
        Because::UsedUp { depth: 1 },
        ["the one depth is used up by one nearer", "1 级分佣已被更近的上级占满"],
    );
    check_because(
        Because::UsedUp { depth },
        ["the 2 depths are used up by those nearer", "2 级分佣已被更近的上级占满"],
    );
    check_because(
        Because::ComesToNothing { card, depth },
        ["card std: what it has for depth 2 comes to nothing", "费率卡 std：第 2 级计得为零"],
    );
}

#[test]
fn many_lines_are_counted() {
    let lines: Vec<Line> = (1..=7).map(|n| line(&n.to_string())).collect();
    check_reason(
        &Reason::Lines(lines.iter().take(2).collect(), Because::NoRule),
        ["lines 1, 2: no rule matches", "商品行 1、2：没有命中任何规则"],
    );
    check_reason(
        &Reason::Lines(lines.iter().collect(), Because::NoRule),
        [
            "lines 1, 2, 3, 4, 5 and 2 more: no rule matches",
            "商品行 1、2、3、4、5 等 7 行：没有命中任何规则",
        ],
    );
}

//! The sentences in Chinese, in the field's own terms.

use super::{ChoiceWords, end, exact, names};
use crate::calculate::{Basis, Because, Reason, Step, Stretch};
use crate::member::Status;
use crate::money::{Currency, Money, Rate};
use crate::order::Line;
use crate::plan::{Base, Inactive, Measure, Rounding, Rule};
use crate::why_not::{Condition, Miss, Wanted};

pub(super) const CHOICE: ChoiceWords = ChoiceWords { matched, passed, others };

pub(super) fn step(step: &Step<'_>, currency: Currency) -> String {
    match step {
        Step::Earned { depth, line, rule, card, from, micros, .. } => format!(
            "商品行 {}：规则 {}，费率卡 {}，第 {depth} 级：{} = {}",
            line.id,
            rule.id,
            card.id,
            basis(*from, currency),
            exact(*micros, currency),
        ),
        Step::CardCap { card, micros, cap, .. } => format!(
            "费率卡 {} 单笔封顶：{} 封顶为 {}",
            card.id,
            exact(*micros, currency),
            cap.text(currency),
        ),
        Step::DepthCap { .. } => "分佣级数已被更近的上级占满，不再计佣".to_owned(),
        Step::Rounded { micros, rounding, amount, .. } => format!(
            "合计 {}，{} {}",
            exact(*micros, currency),
            match rounding {
                Rounding::Down => "向下取整为",
                Rounding::HalfUp => "四舍五入为",
            },
            amount.text(currency),
        ),
        Step::TotalCap { before, after, limit, .. } => format!(
            "整单佣金总额封顶 {}：{} 减为 {}",
            limit.text(currency),
            before.text(currency),
            after.text(currency),
        ),
    }
}

fn basis(from: Basis<'_>, currency: Currency) -> String {
    let text = |amount: Money| amount.text(currency);
    match from {
        Basis::Rate { base, amount, rate, bonus } => {
            format!("{} {} × {}", name(base), text(amount), raised(rate, bonus))
        }
        Basis::Fixed { amount, count } => format!("固定金额 {} × {count}", text(amount)),
        Basis::Tier { base, amount, measure, measured, from, rate, bonus } => format!(
            "{} {}，达到 {} 起的阶梯：{} {} × {}",
            measured_as(measure, base),
            text(measured),
            text(from),
            name(base),
            text(amount),
            raised(rate, bonus),
        ),
        Basis::Parts { base, stretch } => parts(base, &stretch, currency),
        Basis::Share { base, amount, stretch } => format!(
            "{}，本行按{} {} 占 {} 分摊",
            parts(base, &stretch, currency),
            name(base),
            text(amount),
            text(stretch.length),
        ),
        Basis::Difference { base, amount, level, rate, below } => format!(
            "级差：{} {} × (等级 {level} 的 {rate} − 下级已计 {below})",
            name(base),
            text(amount),
        ),
        Basis::Peer { base, amount, level, rate } => {
            format!("平级奖：{} {} × {rate}，等级同为 {level}，只计一次", name(base), text(amount))
        }
    }
}

fn name(base: Base) -> &'static str {
    match base {
        Base::List => "原价金额",
        Base::Net => "折后金额",
        Base::Paid => "实付金额",
        Base::Profit => "毛利",
    }
}

fn measured_as(measure: Measure, base: Base) -> String {
    match measure {
        Measure::Line => format!("本行{}", name(base)),
        Measure::Order => format!("本单此费率卡的{}", name(base)),
        Measure::MonthSales => "当月销售额".to_owned(),
    }
}

/// A rate with its bonus, if it has one.
fn raised(rate: Rate, bonus: Rate) -> String {
    if bonus == Rate::ZERO { rate.to_string() } else { format!("({rate} + 等级加成 {bonus})") }
}

/// From where to where a stretch goes, and its parts that have a rate.
fn parts(base: Base, stretch: &Stretch<'_>, currency: Currency) -> String {
    let part = |(part, rate): (Money, Rate)| {
        format!("{} × {}", part.text(currency), raised(rate, stretch.bonus))
    };
    let parts: Vec<String> = stretch.parts().map(part).collect();
    format!(
        "{}从 {} 到 {}，分段累计：{}",
        measured_as(stretch.measure, base),
        stretch.start.text(currency),
        end(stretch).text(currency),
        parts.join(" + "),
    )
}

fn matched(rule: Option<&Rule>, version: u32) -> String {
    let plan = match version {
        0 => "本方案".to_owned(),
        version => format!("方案第 {version} 版"),
    };
    match rule {
        Some(Rule { id, priority, .. }) => {
            format!("{plan}：适用规则 {id}（优先级 {priority}），为命中规则中优先级最高者")
        }
        None => format!("{plan}：没有命中任何规则，本行不计佣"),
    }
}

fn passed(rule: &Rule, miss: &Miss) -> String {
    format!("规则 {}（优先级 {}）未命中：{}", rule.id, rule.priority, missed(miss))
}

fn others(count: usize) -> String {
    format!("另有 {count} 条优先级更高的规则也未命中")
}

fn missed(miss: &Miss) -> String {
    let Miss { condition, own, wanted } = miss;
    let what = match condition {
        Condition::Category => "类目",
        Condition::Sku => "货号",
        Condition::Region => "地区",
        Condition::Level => "分销商等级",
        Condition::Distributor => "分销商",
        Condition::LineAmount => "本行实付",
        Condition::OrderAmount => "整单实付",
        Condition::Quantity => "件数",
        Condition::Between => "支付时间",
        Condition::FirstOrder if *wanted == Wanted::Is(true) => {
            return "不是买家首单".to_owned();
        }
        Condition::FirstOrder => return "是买家首单".to_owned(),
    };
    let is = match own {
        Some(own) => format!("{what}为 {own}"),
        None => format!("没有{what}"),
    };
    let asked = match (condition, wanted) {
        (Condition::Between, Wanted::Within { min, max }) => {
            let from = min.as_ref().map(|min| format!(" {min} 起")).unwrap_or_default();
            let to = max.as_ref().map(|max| format!(" {max} 之前")).unwrap_or_default();
            format!("{from}{to}")
        }
        _ => asked(wanted, *condition),
    };
    format!("{is}，规则要求{asked}")
}

fn asked(wanted: &Wanted, condition: Condition) -> String {
    match wanted {
        Wanted::OneOf(values) => {
            let (names, more) = names(values, "、");
            let more = if more > 0 { format!(" 等 {} 项", values.len()) } else { String::new() };
            let below = if condition == Condition::Category { " 及其下级类目" } else { "" };
            format!(" {names}{more}{below}")
        }
        Wanted::Within { min: Some(min), max: None } => format!("不低于 {min}"),
        Wanted::Within { min: None, max: Some(max) } => format!("低于 {max}"),
        Wanted::Within { min: Some(min), max: Some(max) } => format!("不低于 {min} 且低于 {max}"),
        Wanted::Within { min: None, max: None } => "不限".to_owned(),
        Wanted::Is(true) => "是".to_owned(),
        Wanted::Is(false) => "否".to_owned(),
    }
}

pub(super) fn reason(reason: &Reason<'_>, currency: Currency) -> String {
    match reason {
        Reason::Inactive { status, at } => {
            let was = match status {
                Status::Active => "正常",
                Status::Frozen => "已冻结",
                Status::Terminated => "已终止",
            };
            let then = at.map(|at| format!("；{}", goes_to(at))).unwrap_or_default();
            format!("支付时该分销商{was}{then}")
        }
        Reason::BelowLevel { at, level, least } => {
            format!("等级 {level} 低于第 {} 级要求的最低等级 {least}；{}", at.0, goes_to(*at))
        }
        Reason::Beyond { depth } => format!("超出方案的 {depth} 级分佣"),
        Reason::Lines(lines, because) => {
            let ids: Vec<_> = lines.iter().map(|Line { id, .. }| id).collect();
            let (names, more) = names(&ids, "、");
            let more = if more > 0 { format!(" 等 {} 行", ids.len()) } else { String::new() };
            format!("商品行 {names}{more}：{}", why(because, currency))
        }
    }
}

fn goes_to((depth, inactive): (usize, Inactive)) -> String {
    match inactive {
        Inactive::Forfeit => format!("第 {depth} 级佣金不发放"),
        Inactive::Compress => format!("第 {depth} 级顺延给再上一级"),
    }
}

fn why(because: &Because<'_>, currency: Currency) -> String {
    let text = |amount: Money| amount.text(currency);
    match *because {
        Because::NoRule => "没有命中任何规则".to_owned(),
        Because::PaidNothing => "实付为零".to_owned(),
        Because::BaseOfNothing { card, base } => {
            format!("费率卡 {}：{}为 {}", card.id, name(base), text(Money::ZERO))
        }
        Because::NoRate { card, depth } => format!("费率卡 {} 没有第 {depth} 级", card.id),
        Because::BelowTiers { card, measure: (measure, base), measured, first } => format!(
            "费率卡 {}：{} {} 未达到首档 {}",
            card.id,
            measured_as(measure, base),
            text(measured),
            text(first),
        ),
        Because::NoRateInTier { card, depth, from } => {
            format!("费率卡 {}：{} 起的阶梯没有第 {depth} 级的比例", card.id, text(from))
        }
        Because::NotAbove { card, level, rate, highest } => format!(
            "费率卡 {}：等级 {level} 的比例 {rate} 不高于下级已计的最高比例 {highest}，没有级差",
            card.id,
        ),
        Because::UsedUp { depth } => format!("{depth} 级分佣已被更近的上级占满"),
        Because::ComesToNothing { card, depth } => {
            format!("费率卡 {}：第 {depth} 级计得为零", card.id)
        }
    }
}

//! The differences of two plans in words.

use upline_domain::language::Language;

use super::Change;
use super::facts::{Fact, Facts, Field, Item, Key, Of};

/// What the keys of a plan are called in English and in Chinese, `{}` being which of several, in
/// the order in which the facts of a card or rule are listed.
const NAMES: [(&str, &str, &str); 56] = [
    ("timezone", "the time zone", "时区"),
    ("levels", "the ladder of levels", "等级阶梯"),
    ("when", "how much of it must hold", "须满足"),
    ("part", "how much of part [{}] must hold", "第 [{}] 组须满足"),
    ("score", "the points asked for{}", "积分门槛{}"),
    ("weight", "the points for {}", "{} 的积分"),
    ("direct_recruits", "the direct recruits{}", "直推人数{}"),
    ("direct_recruits_days", "the days of direct recruits{}", "直推人数统计天数{}"),
    ("team_size", "the team size{}", "团队人数{}"),
    ("team_size_depth", "the depth of the team size{}", "团队人数统计级数{}"),
    ("own_sales", "the own sales in {}", "本人销售额 {}"),
    ("own_sales_days", "the days of own sales in {}", "本人销售额统计天数 {}"),
    ("team_sales", "the team sales in {}", "团队销售额 {}"),
    ("team_sales_days", "the days of team sales in {}", "团队销售额统计天数 {}"),
    ("own_orders", "the own orders{}", "本人订单数{}"),
    ("own_orders_days", "the days of own orders{}", "本人订单数统计天数{}"),
    ("months_active", "the active months{}", "活跃月数{}"),
    ("months_active_days", "the days of active months{}", "活跃月数统计天数{}"),
    ("compliant", "the absence of open risk flags{}", "无未处理的风险标记{}"),
    ("demote", "the days after which a level may be lowered", "降级宽限天数"),
    ("depth", "the depth", "分佣级数"),
    ("team_depth", "the team depth", "团队统计级数"),
    ("self_purchase", "self-purchase", "自购返佣"),
    ("inactive", "what becomes of the depth of one who does not earn", "无效上级的处理"),
    ("min_level_for_depth", "the lowest level at depth {}", "第 {} 级的最低等级"),
    ("rounding", "the rounding", "取整方式"),
    ("max_total_rate", "the most of an order that is paid out", "整单佣金比例上限"),
    ("hold_days", "the days that commission is held", "结算等待天数"),
    ("cycle", "the settlement cycle", "结算周期"),
    ("auto_complete_days", "the days after which an order completes itself", "自动完成天数"),
    ("review_above", "the statement above which a person looks", "结算单人工复核线"),
    ("minimum", "the least statement", "最低结算金额"),
    ("priority", "the priority", "优先级"),
    ("category", "the category", "类目"),
    ("sku", "the sku", "货号"),
    ("region", "the region", "地区"),
    ("level", "the level", "分销商等级"),
    ("distributor", "the distributor", "分销商"),
    ("line_amount", "the line amount", "本行实付"),
    ("order_amount", "the order amount", "整单实付"),
    ("quantity", "the quantity", "件数"),
    ("between", "the time of payment", "支付时间"),
    ("first_order", "the first order", "首单"),
    ("card", "the card", "费率卡"),
    ("mode", "the mode", "计佣方式"),
    ("base", "the base", "计佣基数"),
    ("measure", "the measure", "阶梯依据"),
    ("kind", "the kind of tiers", "阶梯方式"),
    ("rates", "the rate at depth {}", "第 {} 级佣金比例"),
    ("amounts", "the amount at depth {}", "第 {} 级固定佣金"),
    ("per", "what an amount is paid for", "固定佣金单位"),
    ("tiers", "the tier from {}", "{} 起的阶梯比例"),
    ("by_level", "the rate of level {}", "等级 {} 的级差比例"),
    ("peer", "the rate of a peer", "平级奖比例"),
    ("level_bonus", "the bonus of level {}", "等级 {} 的加成"),
    ("max_per_order", "the most per order", "单笔封顶"),
];

/// The conditions of a rule, which it is *for*.
const CONDITIONS: [&str; 10] = [
    "category",
    "sku",
    "region",
    "level",
    "distributor",
    "line_amount",
    "order_amount",
    "quantity",
    "between",
    "first_order",
];

fn place(key: &str) -> usize {
    NAMES.iter().position(|(own, ..)| *own == key).unwrap_or(NAMES.len())
}

/// What a field is called.
fn name(field: &Field, language: Language) -> String {
    let Field { key, which } = field;
    let (_, english, chinese) = NAMES.get(place(key)).copied().unwrap_or((key, key, key));
    let name = match language {
        Language::English => english,
        Language::Chinese => chinese,
    };
    name.replace("{}", which.as_deref().unwrap_or_default())
}

/// Of what a fact is, as a sentence about it begins.
fn subject(of: &Of, language: Language) -> String {
    let Of { currency, item } = of;
    let item = item.as_ref().map(|item| match (language, item) {
        (Language::English, Item::Asked(id)) => format!("what level {id} takes"),
        (Language::English, Item::Card(id)) => format!("card {id}"),
        (Language::English, Item::Rule(id)) => format!("rule {id}"),
        (Language::Chinese, Item::Asked(id)) => format!("等级 {id} 的升级条件"),
        (Language::Chinese, Item::Card(id)) => format!("费率卡 {id}"),
        (Language::Chinese, Item::Rule(id)) => format!("规则 {id}"),
    });
    let plan = match language {
        Language::English => "plan",
        Language::Chinese => "方案",
    };
    let between = match language {
        Language::English => ", ",
        Language::Chinese => " ",
    };
    match (currency, item) {
        (None, None) => plan.to_owned(),
        (Some(one), None) => one.clone(),
        (None, Some(one)) => one,
        (Some(currency), Some(item)) => format!("{currency}{between}{item}"),
    }
}

/// The change of one fact; one of the two sides is there.
pub(super) fn change(key: &Key, sides: [Option<&Fact>; 2], language: Language) -> Change {
    let [before, after] = sides;
    let fact = after.or(before);
    let subject = fact.map(|fact| subject(&fact.of, language)).unwrap_or_default();
    let name = fact.map(|fact| name(&fact.field, language)).unwrap_or_default();
    let is_hold = fact.is_some_and(|fact| fact.field.key == "hold_days");
    let text = |side: Option<&Fact>| side.map(|fact| fact.value.text.clone());
    let size = |side: Option<&Fact>| side.and_then(|fact| fact.value.size);
    let rises = size(before).zip(size(after)).map(|(before, after)| before < after);
    let (old, new) = (text(before), text(after));
    let (kind, sentence) = match (&old, &new) {
        (Some(old), Some(new)) => {
            let told = match language {
                Language::English if is_hold => {
                    format!("{subject}: orders mature {new} days after completion, before {old}")
                }
                Language::English => match rises {
                    Some(true) => format!("{subject}: {name} rises from {old} to {new}"),
                    Some(false) => format!("{subject}: {name} falls from {old} to {new}"),
                    None => format!("{subject}: {name} is now {new}, before {old}"),
                },
                Language::Chinese if is_hold => {
                    format!("{subject}：订单完成后 {new} 天可结算，原为 {old} 天")
                }
                Language::Chinese => match rises {
                    Some(true) => format!("{subject}：{name}由 {old} 提高到 {new}"),
                    Some(false) => format!("{subject}：{name}由 {old} 降低到 {new}"),
                    None => format!("{subject}：{name}由 {old} 改为 {new}"),
                },
            };
            ("changed", told)
        }
        (None, Some(new)) => (
            "added",
            match language {
                Language::English => format!("{subject}: {name} is new: {new}"),
                Language::Chinese => format!("{subject}：新增{name}：{new}"),
            },
        ),
        (old, None) => {
            let old = old.as_deref().unwrap_or_default();
            (
                "removed",
                match language {
                    Language::English => format!("{subject}: {name} is gone, before {old}"),
                    Language::Chinese => format!("{subject}：取消{name}，原为 {old}"),
                },
            )
        }
    };
    Change { path: key.path.clone(), kind: kind.to_owned(), old, new, sentence }
}

/// The facts of the side that has what the other lacks.
#[derive(Clone, Copy)]
pub(super) enum Whole<'a> {
    /// It is in the new plan.
    Added(&'a Facts),
    /// It was in the old one.
    Removed(&'a Facts),
}

/// A currency, a card, a rule or what a level takes, where only one side has it, with what that
/// side says of it.
pub(super) fn whole(path: &str, side: Whole<'_>, language: Language) -> Change {
    let (Whole::Added(facts) | Whole::Removed(facts)) = side;
    let own = facts.iter().filter(|(key, _)| key.wholes.iter().any(|whole| whole == path));
    let is_currency = own.clone().any(|(key, fact)| {
        fact.of.currency.is_some() && key.wholes.first().is_some_and(|at| at == path)
    });
    let own: Vec<&Fact> = own.map(|(_, fact)| fact).collect();
    let told = if is_currency { of_currency(&own, language) } else { listed(&own, language) };
    let mut of = own.first().map(|fact| fact.of.clone()).unwrap_or_default();
    if is_currency {
        of.item = None;
    }
    let subject = subject(&of, language);
    let (kind, sentence) = match (side, language) {
        (Whole::Added(_), Language::English) => ("added", format!("{subject} is new: {told}")),
        (Whole::Added(_), Language::Chinese) => ("added", format!("新增 {subject}：{told}")),
        (Whole::Removed(_), Language::English) => {
            ("removed", format!("{subject} is gone, before: {told}"))
        }
        (Whole::Removed(_), Language::Chinese) => {
            ("removed", format!("取消 {subject}，原为：{told}"))
        }
    };
    let (old, new) = match side {
        Whole::Added(_) => (None, Some(told)),
        Whole::Removed(_) => (Some(told), None),
    };
    Change { path: path.to_owned(), kind: kind.to_owned(), old, new, sentence }
}

/// The facts of a card or rule, or of what a level takes.
fn listed(own: &[&Fact], language: Language) -> String {
    let mut own = own.to_vec();
    own.sort_by_key(|fact| place(fact.field.key));
    let tell = |fact: &&Fact| {
        let (name, value) = (name(&fact.field, language), &fact.value.text);
        let is_condition = CONDITIONS.contains(&fact.field.key);
        match language {
            Language::English => {
                let name = name.strip_prefix("the ").unwrap_or(&name);
                let condition = if is_condition { "for " } else { "" };
                let is = if fact.field.which.is_some() { "is " } else { "" };
                format!("{condition}{name} {is}{value}")
            }
            Language::Chinese => format!("{name} {value}"),
        }
    };
    let between = match language {
        Language::English => ", ",
        Language::Chinese => "；",
    };
    own.iter().map(tell).collect::<Vec<_>>().join(between)
}

/// How deep a currency is, and the names of its cards and rules.
fn of_currency(own: &[&Fact], language: Language) -> String {
    let depth = own.iter().find(|fact| fact.field.key == "depth" && fact.of.item.is_none());
    let depth = depth.map(|fact| fact.value.text.as_str()).unwrap_or_default();
    let named = |key: &str, id: fn(&Item) -> Option<&str>| {
        let items = own.iter().filter(|fact| fact.field.key == key);
        let ids: Vec<&str> = items.filter_map(|fact| fact.of.item.as_ref().and_then(id)).collect();
        ids.join(", ")
    };
    let cards = named("mode", |item| match item {
        Item::Card(id) => Some(id),
        Item::Asked(_) | Item::Rule(_) => None,
    });
    let rules = named("priority", |item| match item {
        Item::Rule(id) => Some(id),
        Item::Asked(_) | Item::Card(_) => None,
    });
    match language {
        Language::English => format!("depth {depth}, cards {cards}, rules {rules}"),
        Language::Chinese => format!("分佣级数 {depth}；费率卡 {cards}；规则 {rules}"),
    }
}

//! The sentences in English.

use super::{ChoiceWords, end, exact, names};
use crate::calculate::{Basis, Because, Reason, Step, Stretch};
use crate::money::{Currency, Money, Rate};
use crate::order::Line;
use crate::plan::{Base, Inactive, Measure, Rounding, Rule};
use crate::why_not::{Condition, Miss, Wanted};

pub(super) const CHOICE: ChoiceWords = ChoiceWords { matched, passed, others };

pub(super) fn step(step: &Step<'_>, currency: Currency) -> String {
    match step {
        Step::Earned { depth, line, rule, card, from, micros, .. } => format!(
            "line {}: rule {}, card {}, depth {depth}: {} = {}",
            line.id,
            rule.id,
            card.id,
            basis(*from, currency),
            exact(*micros, currency),
        ),
        Step::CardCap { card, micros, cap, .. } => format!(
            "card {}: max_per_order cuts {} to {}",
            card.id,
            exact(*micros, currency),
            cap.text(currency),
        ),
        Step::DepthCap { .. } => "the plan's depth is used up by those nearer: nothing".to_owned(),
        Step::Rounded { micros, rounding, amount, .. } => format!(
            "sum {}, {} to {}",
            exact(*micros, currency),
            match rounding {
                Rounding::Down => "rounded down",
                Rounding::HalfUp => "rounded half up",
            },
            amount.text(currency),
        ),
        Step::TotalCap { before, after, limit, .. } => format!(
            "max_total_rate allows {} for the order: {} cut to {}",
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
        Basis::Fixed { amount, count } => format!("fixed {} × {count}", text(amount)),
        Basis::Tier { base, amount, measure, measured, from, rate, bonus } => format!(
            "{} {}, tier from {}: {} {} × {}",
            measured_as(measure, base),
            text(measured),
            text(from),
            name(base),
            text(amount),
            raised(rate, bonus),
        ),
        Basis::Parts { base, stretch } => parts(base, &stretch, currency),
        Basis::Share { base, amount, stretch } => format!(
            "{}, of which {} {} of {} has its share",
            parts(base, &stretch, currency),
            name(base),
            text(amount),
            text(stretch.length),
        ),
        Basis::Difference { base, amount, level, rate, below } => {
            format!("{} {} × ({rate} of level {level} − {below} below)", name(base), text(amount))
        }
        Basis::Peer { base, amount, level, rate } => {
            format!("{} {} × {rate}, once for a peer of level {level}", name(base), text(amount))
        }
    }
}

fn name(base: Base) -> &'static str {
    match base {
        Base::List => "list",
        Base::Net => "net",
        Base::Paid => "paid",
        Base::Profit => "profit",
    }
}

fn measured_as(measure: Measure, base: Base) -> String {
    match measure {
        Measure::Line => format!("{} of the line", name(base)),
        Measure::Order => format!("{} of the order on this card", name(base)),
        Measure::MonthSales => "month sales".to_owned(),
    }
}

/// A rate with its bonus, if it has one.
fn raised(rate: Rate, bonus: Rate) -> String {
    if bonus == Rate::ZERO { rate.to_string() } else { format!("({rate} + level bonus {bonus})") }
}

/// From where to where a stretch goes, and its parts that have a rate.
fn parts(base: Base, stretch: &Stretch<'_>, currency: Currency) -> String {
    let part = |(part, rate): (Money, Rate)| {
        format!("{} × {}", part.text(currency), raised(rate, stretch.bonus))
    };
    let parts: Vec<String> = stretch.parts().map(part).collect();
    format!(
        "{} from {} to {}, in parts: {}",
        measured_as(stretch.measure, base),
        stretch.start.text(currency),
        end(stretch).text(currency),
        parts.join(" + "),
    )
}

fn matched(rule: Option<&Rule>, version: u32) -> String {
    let plan = match version {
        0 => "the plan".to_owned(),
        version => format!("plan version {version}"),
    };
    match rule {
        Some(Rule { id, priority, .. }) => {
            format!("rule {id} ({priority}) of {plan} is the highest that matches")
        }
        None => format!("no rule of {plan} matches: the line earns nothing"),
    }
}

fn passed(rule: &Rule, miss: &Miss) -> String {
    format!("rule {} ({}) does not match: {}", rule.id, rule.priority, missed(miss))
}

fn others(count: usize) -> String {
    match count {
        1 => "1 more rule above does not match either".to_owned(),
        count => format!("{count} more rules above do not match either"),
    }
}

fn missed(miss: &Miss) -> String {
    let Miss { condition, own, wanted } = miss;
    let what = match condition {
        Condition::Category => "category",
        Condition::Sku => "sku",
        Condition::Region => "region",
        Condition::Level => "level",
        Condition::Distributor => "distributor",
        Condition::LineAmount => "line amount",
        Condition::OrderAmount => "order amount",
        Condition::Quantity => "quantity",
        Condition::Between => "time of payment",
        Condition::FirstOrder if *wanted == Wanted::Is(true) => {
            return "it is not the buyer's first order".to_owned();
        }
        Condition::FirstOrder => return "it is the buyer's first order".to_owned(),
    };
    let is = match own {
        Some(own) => format!("{what} is {own}"),
        None => format!("there is no {what}"),
    };
    let asked = match (condition, wanted) {
        (Condition::Between, Wanted::Within { min, max }) => {
            let from = min.as_ref().map(|min| format!("from {min} on"));
            let to = max.as_ref().map(|max| format!("before {max}"));
            from.into_iter().chain(to).collect::<Vec<_>>().join(" and ")
        }
        _ => asked(wanted, *condition),
    };
    let but = if own.is_some() { "not" } else { "and it asks for" };
    format!("{is}, {but} {asked}")
}

fn asked(wanted: &Wanted, condition: Condition) -> String {
    match wanted {
        Wanted::OneOf(values) => {
            let (names, more) = names(values, " or ");
            let more = if more > 0 { format!(" or one of {more} more") } else { String::new() };
            let below = if condition == Condition::Category { " or below" } else { "" };
            format!("{names}{more}{below}")
        }
        Wanted::Within { min: Some(min), max: None } => format!("{min} or more"),
        Wanted::Within { min: None, max: Some(max) } => format!("less than {max}"),
        Wanted::Within { min: Some(min), max: Some(max) } => {
            format!("{min} or more and less than {max}")
        }
        Wanted::Within { min: None, max: None } => "any".to_owned(),
        Wanted::Is(wanted) => wanted.to_string(),
    }
}

pub(super) fn reason(reason: &Reason<'_>, currency: Currency) -> String {
    match reason {
        Reason::Inactive { status, at } => {
            let then = at.map(|at| format!("; {}", goes_to(at))).unwrap_or_default();
            format!("{} when the order was paid{then}", status.as_str())
        }
        Reason::BelowLevel { at, level, least } => format!(
            "level {level} is below {least}, the lowest that earns at depth {}; {}",
            at.0,
            goes_to(*at),
        ),
        Reason::Beyond { depth: 1 } => "stands above the one depth that the plan pays".to_owned(),
        Reason::Beyond { depth } => format!("stands above the {depth} depths that the plan pays"),
        Reason::Lines(lines, because) => {
            let ids: Vec<_> = lines.iter().map(|Line { id, .. }| id).collect();
            let (names, more) = names(&ids, ", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let line = if ids.len() == 1 { "line" } else { "lines" };
            format!("{line} {names}{more}: {}", why(because, currency))
        }
    }
}

fn goes_to((depth, inactive): (usize, Inactive)) -> String {
    match inactive {
        Inactive::Forfeit => format!("depth {depth} earns nobody"),
        Inactive::Compress => format!("the next one up is asked for depth {depth}"),
    }
}

fn why(because: &Because<'_>, currency: Currency) -> String {
    let text = |amount: Money| amount.text(currency);
    match *because {
        Because::NoRule => "no rule matches".to_owned(),
        Because::PaidNothing => "nothing was paid".to_owned(),
        Because::BaseOfNothing { card, base } => {
            format!("card {}: {} is {}", card.id, name(base), text(Money::ZERO))
        }
        Because::NoRate { card, depth } => {
            format!("card {} has nothing for depth {depth}", card.id)
        }
        Because::BelowTiers { card, measure: (measure, base), measured, first } => format!(
            "card {}: {} {} is below the first tier, from {}",
            card.id,
            measured_as(measure, base),
            text(measured),
            text(first),
        ),
        Because::NoRateInTier { card, depth, from } => {
            format!("card {}: the tier from {} has no rate for depth {depth}", card.id, text(from))
        }
        Because::NotAbove { card, level, rate, highest } => format!(
            "card {}: the rate {rate} of level {level} is not above {highest}, the highest below",
            card.id,
        ),
        Because::UsedUp { depth: 1 } => "the one depth is used up by one nearer".to_owned(),
        Because::UsedUp { depth } => format!("the {depth} depths are used up by those nearer"),
        Because::ComesToNothing { card, depth } => {
            format!("card {}: what it has for depth {depth} comes to nothing", card.id)
        }
    }
}

//! Example lines and figures in words.

use upline_domain::coverage::{Example, Fact};
use upline_domain::ids::LevelId;
use upline_domain::level::Measure;
use upline_domain::level_order::Figure;
use upline_domain::money::{Currency, Money};

/// `sku cup, level gold, line paid 0.01 CNY`: what the rules in question ask of the line.
pub(super) fn example(line: &Example, levels: &[LevelId], currency: Currency) -> String {
    let words: Vec<String> = line.facts.iter().map(|fact| words(fact, levels, currency)).collect();
    if words.is_empty() { "any line".to_owned() } else { words.join(", ") }
}

fn words(fact: &Fact, levels: &[LevelId], currency: Currency) -> String {
    match fact {
        Fact::Category(Some(path)) => format!("category {path}"),
        Fact::Category(None) => "no category".to_owned(),
        Fact::Sku(Some(sku)) => format!("sku {sku}"),
        Fact::Sku(None) => "a sku that no rule names".to_owned(),
        Fact::Region(Some(region)) => format!("region {region}"),
        Fact::Region(None) => "no region".to_owned(),
        Fact::Rank(rank) => {
            format!("level {}", levels.get(*rank).map_or("of any name", LevelId::as_str))
        }
        Fact::Distributor(Some(id)) => format!("distributor {id}"),
        Fact::Distributor(None) => "a distributor whom no rule names".to_owned(),
        Fact::LineAmount(amount) => format!("line paid {} {currency}", amount.text(currency)),
        Fact::OrderAmount(amount) => format!("order paid {} {currency}", amount.text(currency)),
        Fact::Quantity(quantity) => format!("quantity {quantity}"),
        Fact::FirstOrder(true) => "a first order".to_owned(),
        Fact::FirstOrder(false) => "not a first order".to_owned(),
        Fact::PaidAt(time) => format!("paid at {}", upline_domain::time::text(*time)),
    }
}

/// `3 direct recruits in 90 days and own sales of 100.00 CNY in 30 days`: what somebody comes to.
pub(super) fn figures(figures: &[(Figure, u64)]) -> String {
    let words = figures.iter().filter_map(|(figure, size)| match figure {
        Figure::Of(measure) => Some(figure_of(*measure, *size)),
        Figure::Compliant => None,
    });
    let words: Vec<String> = words.collect();
    match words.split_last() {
        None => "no open risk flag".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

fn figure_of(measure: Measure, size: u64) -> String {
    let what = match measure {
        Measure::DirectRecruits { .. } => counted(size, "direct recruit"),
        Measure::TeamSize { depth } => return format!("a team of {size} down to depth {depth}"),
        Measure::OwnSales { currency, .. } => format!("own sales of {}", money(size, currency)),
        Measure::TeamSales { currency, .. } => format!("team sales of {}", money(size, currency)),
        Measure::OwnOrders { .. } => counted(size, "own order"),
        Measure::MonthsActive { .. } => counted(size, "active month"),
    };
    match measure.days() {
        Some(days) => format!("{what} in {}", counted(days.into(), "day")),
        None => what,
    }
}

/// `1 day`, `2 days`.
pub(super) fn counted(count: u64, word: &str) -> String {
    if count == 1 { format!("{count} {word}") } else { format!("{count} {word}s") }
}

fn money(minor: u64, currency: Currency) -> String {
    let amount = Money::from_minor(minor)
        .map_or_else(|_| format!("{minor} minor units of"), |amount| amount.text(currency));
    format!("{amount} {currency}")
}

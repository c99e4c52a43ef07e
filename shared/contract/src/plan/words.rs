//! An example line in words.

use upline_domain::coverage::{Example, Fact};
use upline_domain::ids::LevelId;
use upline_domain::money::Currency;

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

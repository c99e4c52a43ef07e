//! What is compared of a table that was damaged and repaired, and of what a run counted.

use std::collections::BTreeMap;

use serde_json::Value;
use upline_contract::report::value_name;
use upline_domain::language::Language;
use upline_domain::reconcile::{Kind, Outcome};
use upline_store::{Shown, Tallies};

use super::damages::Items;
use crate::simulation::ending::pinned;
use crate::simulation::raw;

/// Whether an item is of a report.
pub(crate) fn is_report(key: &(String, String)) -> bool {
    key.0.starts_with("demo#R#")
}

/// Whether an item says something of an order, or counts it.
pub(crate) fn of_order(order: &str, (pk, sk): &(String, String), items: &Items) -> bool {
    let Some(item) = items.get(&(format!("demo#O#{order}"), "ORDER".to_owned())) else {
        return false;
    };
    let buyer = raw::text(item, "buyer").unwrap_or_default();
    let attributed = raw::map(item, "attributed").map(pinned);
    let lineage = attributed.map(|attributed| attributed.lineage).unwrap_or_default();
    let is_above = pk.strip_prefix("demo#M#").is_some_and(|id| lineage.iter().any(|own| own == id));
    let currency = raw::text(item, "currency").unwrap_or_default();
    pk == &format!("demo#O#{order}")
        || pk == &format!("demo#B#{buyer}")
        || (pk.starts_with("demo#F#") && *sk == format!("REFUND#{order}"))
        || (sk.starts_with("LINE#") && sk.ends_with(&format!("#{order}")))
        || (is_above && *sk == format!("BAL#{currency}"))
        || (is_above && sk.starts_with("DAY#") && sk.ends_with(&format!("#{currency}")))
}

/// An item without how often it was written and where it is listed, and without zeros.
pub(crate) fn plain(item: &Value) -> Value {
    let mut item = item.clone();
    let attributes = item.as_object_mut().unwrap();
    attributes.remove("n");
    attributes.remove("gsi1pk");
    attributes.retain(|_, value| value["N"] != "0");
    item
}

/// A balance or a day of zeros says what none says.
pub(crate) fn counts((_, sk): &(String, String), item: &Value) -> bool {
    let names = ["pk", "sk", "format", "currency", "date"];
    let is_sum = sk.starts_with("BAL#") || sk.starts_with("DAY#");
    !is_sum || item.as_object().unwrap().keys().any(|name| !names.contains(&name.as_str()))
}

/// Whether a page calls a value by words; of allocations they are of distributors by their ids.
fn has_words(kind: &str, name: &str) -> Result<(), String> {
    let told = value_name(kind, name, Language::Chinese);
    let is_of_somebody = kind == Kind::WrongAllocation.as_str();
    if is_of_somebody || !told.is_ascii() {
        return Ok(());
    }
    Err(format!("{kind}: {name} has no words"))
}

/// What a run counted is what is in its report, each once.
pub(crate) fn adds_up(tallies: &Tallies, found: &[Shown], rows: &[String]) -> Result<(), String> {
    let of = |name: &str| tallies.get(name).copied().unwrap_or_default();
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    let mut orders: BTreeMap<String, bool> = BTreeMap::new();
    for shown in found {
        let kind = shown.difference.kind.as_str();
        *kinds.entry(format!("found#{kind}")).or_default() += 1;
        let is_repaired = shown.outcome == Outcome::Repaired;
        if is_repaired {
            *kinds.entry(format!("repaired#{kind}")).or_default() += 1;
        }
        for compared in &shown.difference.values {
            has_words(kind, &compared.name)?;
        }
        if let Some(order) = &shown.difference.order {
            *orders.entry(order.to_string()).or_default() |= !is_repaired;
        }
    }
    for (name, count) in &kinds {
        if of(name) != *count {
            return Err(format!("{name} is {}, but {count} are there", of(name)));
        }
    }
    let before = u64::try_from(orders.len()).unwrap();
    let after = u64::try_from(orders.values().filter(|is_left| **is_left).count()).unwrap();
    let (is_before, is_after) = (of("inconsistent_before"), of("inconsistent_after"));
    if (is_before, is_after) != (before, after) {
        return Err(format!("{is_before} and {is_after} inconsistent, not {before} and {after}"));
    }
    if of("orders") < before {
        return Err(format!("{before} of {} orders are inconsistent", of("orders")));
    }
    let count = u64::try_from(rows.len()).unwrap();
    if of("rows") != count {
        return Err(format!("{} rows of {count}", of("rows")));
    }
    Ok(())
}

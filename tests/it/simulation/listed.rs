//! What the index lists, over all its shards, is what the table holds.

use std::collections::BTreeSet;

use jiff::civil::Date;
use upline_domain::ids::TenantId;
use upline_store::Store;
use upline_testkit::run;

use super::ending::Part;
use super::raw::text;
use super::run::Held;
use crate::worlds::compare::same;

/// Entries of one page: few, so that there are several.
const PAGE: usize = 7;

/// Holds the lists of balances and of orders by day against the items.
///
/// # Errors
///
/// * What is listed, and what is there.
pub(crate) fn check(part: &Part<'_>, store: &Store) -> Held {
    let tenant: TenantId = part.tenant.parse().unwrap();
    let balances = part.of("M", "BAL#").into_iter();
    let kept: BTreeSet<String> =
        balances.map(|(id, currency, _)| format!("{id} {currency}")).collect();
    let (mut listed, mut after) = (BTreeSet::new(), None);
    loop {
        let page = run(store.all_balances(&tenant, PAGE, after)).unwrap();
        let page_items = page.items.into_iter();
        listed.extend(page_items.map(|(id, balance)| format!("{id} {}", balance.currency)));
        after = page.after;
        if after.is_none() {
            break;
        }
    }
    same("the balances that are listed", listed, kept)?;
    let mut days: BTreeSet<Date> = BTreeSet::new();
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for (id, _, item) in part.of("O", "ORDER") {
        let listed_as = text(item, "gsi1pk").unwrap_or_default();
        if let Some(day) = listed_as.split('#').nth(2).filter(|_| listed_as.contains("#DAY#")) {
            days.insert(day.parse().unwrap());
            kept.insert(id.to_owned());
        }
    }
    let mut listed = BTreeSet::new();
    for day in days {
        let mut after = None;
        loop {
            let days = day..day.tomorrow().unwrap();
            let page = run(store.orders_of_days(&tenant, days, PAGE, after)).unwrap();
            listed.extend(page.items.into_iter().map(|(id, _)| id.to_string()));
            after = page.after;
            if after.is_none() {
                break;
            }
        }
    }
    same("the orders that are listed", listed, kept)
}

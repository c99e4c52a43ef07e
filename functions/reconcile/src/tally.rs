//! What is counted in a run, each by its name. Amounts are minor units, by currency.

use upline_domain::money::{Currency, Money};
use upline_store::{StoreError, StoreResult, Tallies};

/// Orders that were looked at.
pub(crate) const ORDERS: &str = "orders";
/// Of them, those that wait for a binding.
pub(crate) const WAITING: &str = "waiting";
/// Distributors whose books were looked at.
pub(crate) const DISTRIBUTORS: &str = "distributors";
/// Rows of the list.
pub(crate) const ROWS: &str = "rows";
/// Of them, those that cannot be read.
pub(crate) const UNREADABLE: &str = "unreadable";
/// Of them, those of what happened on another day.
pub(crate) const OTHER_DAYS: &str = "other_days";
/// Events that are on their way.
pub(crate) const SENT: &str = "sent";
/// Orders with a difference when the run began.
pub(crate) const BEFORE: &str = "inconsistent_before";
/// Orders with a difference that is not repaired.
pub(crate) const AFTER: &str = "inconsistent_after";

/// Adds to one of the counts.
pub(crate) fn count(tallies: &mut Tallies, name: &str, more: u64) -> StoreResult<()> {
    if more == 0 {
        return Ok(());
    }
    let sum = tallies.entry(name.to_owned()).or_default();
    let overflow = || StoreError::Overflow { key: name.to_owned() };
    *sum = sum.checked_add(more).ok_or_else(overflow)?;
    Ok(())
}

/// Adds an amount of a currency.
pub(crate) fn amount(
    tallies: &mut Tallies,
    name: &str,
    currency: Currency,
    more: Money,
) -> StoreResult<()> {
    count(tallies, &format!("{name}#{currency}"), more.minor())
}

//! Books that are read and put right.

use upline_domain::books::Sums;
use upline_domain::contribution::Contribution;
use upline_domain::money::Currency;
use upline_store::keys::{self, Key};
use upline_store::{LineMend, Mend, ReadBooks, Reading, Store, StoreResult};
use upline_testkit::plans::signed;

use crate::table::Table;
use crate::values::{NOON, at, cny, fen, id};

/// The books of somebody, with all lines.
pub(crate) async fn books(table: &Table, store: &Store, name: &str) -> ReadBooks {
    store.read_books(&table.tenant, &id(name), Reading::Now, |_| true).await.unwrap()
}

/// Puts the books of cat right, as they were read; whether it was done.
pub(crate) async fn mend(
    table: &Table,
    store: &Store,
    read: &ReadBooks,
    what: (&[LineMend], Sums),
) -> bool {
    try_to_mend(table, store, read, what).await.unwrap()
}

/// The same, where the table may not take it.
pub(crate) async fn try_to_mend(
    table: &Table,
    store: &Store,
    read: &ReadBooks,
    (lines, add): (&[LineMend], Sums),
) -> StoreResult<bool> {
    let mend = Mend { lines, add, signed: &signed() };
    store.mend(&table.tenant, &id("cat"), read, &mend).await
}

/// What is pending in a currency.
pub(crate) fn pending(currency: Currency, minor: i64) -> Sums {
    let standings = [((currency, None), minor)].into();
    Sums { standings, ..Sums::default() }
}

/// Own sales of the day of most things here.
pub(crate) fn sold(minor: i64) -> Sums {
    let days = [((id("2026-11-11"), cny()), [0, minor, 0, 0, 0])].into();
    Sums { days, ..Sums::default() }
}

/// Both sums.
pub(crate) fn both(mut one: Sums, other: Sums) -> Sums {
    one.standings.extend(other.standings);
    one.days.extend(other.days);
    one
}

/// The line of A1, which counts so much as earned from now on; none: it is taken away.
pub(crate) fn line_of_a1(read: &ReadBooks, earned: Option<u64>) -> LineMend {
    let old = read.kept.iter().find(|line| line.order == id("A1")).cloned();
    let version = old.as_ref().map_or(1, |old| old.version);
    let counted = old.as_ref().map_or_else(contribution, |old| old.counted.clone());
    let new = earned.map(|earned| (Contribution { earned: fen(earned), ..counted }, version));
    LineMend { order: id("A1"), old, new }
}

/// The line of an order that is there, which counts a fen less as earned from now on.
pub(crate) fn line_of(read: &ReadBooks, order: &str) -> LineMend {
    let old = read.kept.iter().find(|line| line.order == id(order)).unwrap().clone();
    let earned = fen(old.counted.earned.minor() - 1);
    let new = Contribution { earned, ..old.counted.clone() };
    LineMend { order: id(order), new: Some((new, old.version)), old: Some(old) }
}

/// What an order of most things here adds.
pub(crate) fn contribution() -> Contribution {
    Contribution {
        currency: cny(),
        paid_at: at(NOON),
        day: id("2026-11-11"),
        depth: 1,
        earned: fen(1_000),
        reversed: fen(0),
        due: None,
        own_orders: 1,
        own_sales: fen(10_000),
        team_sales: fen(10_000),
    }
}

/// The rows of cat that a mend writes: line, balance and day.
pub(crate) fn rows(table: &Table) -> [Key; 3] {
    let (tenant, cat) = (&table.tenant, &id("cat"));
    let line = keys::line(tenant, cat, at(NOON), &id("A1"));
    let day = keys::day(tenant, cat, id("2026-11-11"), cny());
    [line, keys::balance(tenant, cat, cny()), day]
}

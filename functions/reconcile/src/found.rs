//! What is found wrong with a distributor's books, and what they lack.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use upline_domain::books::Sums;
use upline_domain::contribution::Contribution;
use upline_domain::ids::{DistributorId, OrderId};
use upline_domain::money::{Currency, Overflow};
use upline_domain::order::Record;
use upline_domain::reconcile::{Act, Books, Difference, Kind, WhyLeft};
use upline_store::{LedgerLine, LineMend, Mend, ReadBooks, StoreError};

use crate::ReconcileFailed;

/// What of a distributor's balances lines are looked at for beside those of the day: a line that is
/// wrong on another day shows in the balance first.
pub(crate) type Buckets = BTreeSet<(Currency, Option<Date>)>;

/// What is wrong with a distributor's books, and how it is put right.
pub(crate) struct Found {
    pub(crate) books: Books,
    pub(crate) mends: Vec<LineMend>,
    /// With the reason where it is left.
    pub(crate) differences: Vec<(Difference, Option<WhyLeft>)>,
    /// The orders of the mends.
    pub(crate) records: BTreeMap<OrderId, Record>,
    pub(crate) read: ReadBooks,
}

impl Found {
    pub(crate) fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }

    /// Takes what a line counts for open: nobody knows whether it is right.
    pub(crate) fn open(&mut self, line: &LedgerLine) {
        let Contribution { currency, day, .. } = line.counted;
        self.books.open.insert(currency);
        self.books.open_days.insert((day, currency));
    }

    /// Where balances are to be corrected: in which, lines are held against their orders first.
    pub(crate) fn drifted(&self) -> Buckets {
        let Books { stored, wanted, .. } = &self.books;
        let corrected = self
            .differences
            .iter()
            .filter(|(one, _)| one.kind == Kind::BalanceDrift && one.act == Act::Correct);
        let corrected: BTreeSet<Currency> = corrected.filter_map(|(one, _)| one.currency).collect();
        let of = |sums: &Sums, key| sums.standings.get(key).copied().unwrap_or_default();
        let all = stored.standings.keys().chain(wanted.standings.keys());
        let own =
            all.filter(|key| corrected.contains(&key.0) && of(stored, key) != of(wanted, key));
        own.copied().collect()
    }

    /// Whether orders were just not counted: lines are missing or behind, and balances and days
    /// agree with the lines as they are.
    pub(crate) fn is_not_counted(&self) -> bool {
        let agrees = self.books.lines.minus(&self.books.stored) == Ok(Sums::default());
        let is_behind = |mend: &LineMend| match (&mend.old, &mend.new) {
            (None, Some(_)) => true,
            (Some(old), Some((_, version))) => old.version < *version,
            (_, None) => false,
        };
        agrees && self.mends.iter().all(is_behind)
    }
}

/// What balances and days lack once some lines are put right: all that these lines touch, and of
/// the days that they do not as many as there is room for.
pub(crate) fn lacking(
    id: &DistributorId,
    books: &Books,
    lines: &[LineMend],
) -> Result<Sums, ReconcileFailed> {
    let overflow = |Overflow| StoreError::Overflow { key: id.to_string() };
    let mut after = books.lines.clone();
    for LineMend { old, new, .. } in lines {
        let old = old.as_ref().map(|old| &old.counted);
        let new = new.as_ref().map(|(new, _)| new);
        old.map_or(Ok(()), |old| after.take(old)).map_err(overflow)?;
        new.map_or(Ok(()), |new| after.add(new)).map_err(overflow)?;
    }
    let mut add = books.lacks(&after).map_err(overflow)?;
    let of_lines: BTreeSet<_> = lines.iter().flat_map(days).collect();
    let others = add.days.keys().filter(|day| !of_lines.contains(*day)).copied();
    for day in others.collect::<Vec<_>>() {
        if Mend::fits(lines.len(), &add) {
            break;
        }
        add.days.remove(&day);
    }
    Ok(add)
}

/// The days that a line is counted on, before and after.
fn days(mend: &LineMend) -> impl Iterator<Item = (Date, Currency)> + '_ {
    let old = mend.old.as_ref().map(|old| &old.counted);
    let new = mend.new.as_ref().map(|(new, _)| new);
    old.into_iter().chain(new).map(|counted| (counted.day, counted.currency))
}

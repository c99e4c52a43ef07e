//! Lines held against orders, and balances and daily figures against lines.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::books::{FIGURES, Sums};
use crate::contribution::Contribution;
use crate::ids::{DistributorId, OrderId};
use crate::money::{Currency, Money, Overflow, SignedMoney};
use crate::reconcile::values::Values;
use crate::reconcile::{Act, Compared, Difference, Kind};
use crate::time;

/// A line, as it is or as it should be: what is counted, and by which version of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted<'a> {
    /// What is counted.
    pub contribution: &'a Contribution,
    /// The version of the order that it comes from.
    pub version: u64,
}

/// What is otherwise in a line than what its order contributes; none where it is right. A line of
/// an older version that counts the same is right. One of a version that the order has not reached
/// is not: it would keep the next change of the order from being counted.
#[must_use]
pub fn line(
    order: &OrderId,
    distributor: &DistributorId,
    wanted: Option<Counted<'_>>,
    stored: Option<Counted<'_>>,
) -> Option<Difference> {
    let mut values = Values::default();
    match (wanted, stored) {
        (None, None) => return None,
        (Some(wanted), Some(stored)) if wanted.contribution == stored.contribution => {
            if stored.version <= wanted.version {
                return None;
            }
            values.hold("version", wanted.version.to_string(), stored.version.to_string());
        }
        (wanted, stored) => {
            let fields = |counted: Option<Counted<'_>>| counted.map(fields).unwrap_or_default();
            values.hold_all(fields(wanted), fields(stored));
        }
    }
    let currency = wanted.or(stored).map(|counted| counted.contribution.currency);
    Some(Difference {
        order: Some(order.clone()),
        distributor: Some(distributor.clone()),
        // A line beside the right one is another difference than that one.
        about: stored
            .filter(|_| wanted.is_none())
            .map(|stored| time::text(stored.contribution.paid_at))
            .unwrap_or_default(),
        currency,
        ..Difference::new(Kind::LineDrift, values.0, Act::Post)
    })
}

fn fields(counted: Counted<'_>) -> Vec<(String, String)> {
    let one = counted.contribution;
    let amount = |amount: Money| amount.text(one.currency);
    let all = [
        ("currency", one.currency.to_string()),
        ("day", one.day.to_string()),
        ("depth", one.depth.to_string()),
        ("due", one.due.map_or_else(|| "pending".to_owned(), |due| due.to_string())),
        ("earned", amount(one.earned)),
        ("orders", one.own_orders.to_string()),
        ("own_sales", amount(one.own_sales)),
        ("paid_at", time::text(one.paid_at)),
        ("reversed", amount(one.reversed)),
        ("team_sales", amount(one.team_sales)),
    ];
    all.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

/// A distributor's books as they stand, beside what their lines come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Balances and days.
    pub stored: Sums,
    /// What statements moved out of what was due, by currency: settled, and withdrawn since.
    pub moved: BTreeMap<Currency, i64>,
    /// What the lines come to, as they are.
    pub lines: Sums,
    /// What they come to once those that are wrong are put right.
    pub wanted: Sums,
    /// Currencies of which lines are in question, so that nobody knows yet what their balance is
    /// the sum of.
    pub open: BTreeSet<Currency>,
    /// Days, each of a currency, of which that is so.
    pub open_days: BTreeSet<(Date, Currency)>,
}

impl Books {
    /// Whether a statement moved something of a currency, so that its due dates are not those of
    /// the lines any more.
    #[must_use]
    pub fn is_moved(&self, currency: Currency) -> bool {
        self.moved.get(&currency).is_some_and(|moved| *moved != 0)
    }

    /// Takes the days for open whose figures are not the sum of their lines, but for `date`, all of
    /// whose lines were held against their orders; and with them the balances of their currencies:
    /// a line of another day may be missing, or be too many.
    pub fn open_other_days(&mut self, date: Date) {
        let of = |sums: &Sums, key| sums.days.get(key).copied().unwrap_or_default();
        let days = self.stored.days.keys().chain(self.lines.days.keys());
        let others = days.filter(|key| {
            let is = of(&self.stored, key);
            key.0 != date && is != of(&self.lines, key) && is != of(&self.wanted, key)
        });
        let others: BTreeSet<_> = others.copied().collect();
        self.open.extend(others.iter().map(|(_, currency)| *currency));
        self.open_days.extend(others);
    }

    /// What balances and days are otherwise than the lines. Where they agree with the lines as
    /// they are, or as they will be, it is the lines that are wrong and not they. What is open is
    /// for a person.
    #[must_use]
    pub fn drift(&self, distributor: &DistributorId) -> Vec<Difference> {
        let currencies = self.currencies().into_iter();
        let balances = currencies.filter_map(|currency| {
            if self.is_moved(currency) {
                self.drift_of_moved(distributor, currency)
            } else {
                self.drift_of_balance(distributor, currency)
            }
        });
        let days: BTreeSet<_> =
            self.stored.days.keys().chain(self.wanted.days.keys()).copied().collect();
        let days = days.into_iter().filter_map(|day| self.drift_of_day(distributor, day));
        balances.chain(days).collect()
    }

    fn drift_of_balance(
        &self,
        distributor: &DistributorId,
        currency: Currency,
    ) -> Option<Difference> {
        let of = |sums: &Sums| -> BTreeMap<Option<Date>, i64> {
            sums.of_currency(currency).filter(|(_, amount)| *amount != 0).collect()
        };
        let (is, as_wanted) = (of(&self.stored), of(&self.wanted));
        if is == of(&self.lines) || is == as_wanted {
            return None;
        }
        let dues: BTreeSet<_> = is.keys().chain(as_wanted.keys()).collect();
        let amount = |of: &BTreeMap<_, i64>, due| of.get(due).copied().unwrap_or_default();
        let compared = dues.into_iter().filter_map(|due| {
            let name = due.map_or_else(|| "pending".to_owned(), |due| format!("due {due}"));
            both(name, amount(&as_wanted, due), amount(&is, due), Some(currency))
        });
        let act = act(self.open.contains(&currency));
        Some(Difference {
            distributor: Some(distributor.clone()),
            about: currency.to_string(),
            currency: Some(currency),
            ..Difference::new(Kind::BalanceDrift, compared.collect(), act)
        })
    }

    fn drift_of_day(
        &self,
        distributor: &DistributorId,
        day: (Date, Currency),
    ) -> Option<Difference> {
        let of = |sums: &Sums| sums.days.get(&day).copied().unwrap_or_default();
        let (is, as_wanted) = (of(&self.stored), of(&self.wanted));
        if is == as_wanted || is == of(&self.lines) {
            return None;
        }
        let (date, currency) = day;
        let figures = FIGURES.iter().zip(as_wanted.into_iter().zip(is));
        let compared = figures.filter_map(|(name, (expected, found))| {
            both((*name).to_owned(), expected, found, (*name != "orders").then_some(currency))
        });
        let act = act(self.open_days.contains(&day));
        Some(Difference {
            distributor: Some(distributor.clone()),
            about: format!("{date} {currency}"),
            currency: Some(currency),
            ..Difference::new(Kind::DailyFigureDrift, compared.collect(), act)
        })
    }

    /// What balances and days lack once the lines come to `after`. Of what is open, and of a
    /// currency of which something is on statements, it is what the lines change by where they
    /// agreed with the lines, and nothing otherwise: a person has to judge that.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] beyond 64 bits.
    pub fn lacks(&self, after: &Sums) -> Result<Sums, Overflow> {
        let is_open = |currency| self.is_moved(currency) || self.open.contains(&currency);
        let changed = after.minus(&self.lines)?;
        let mut lacks = after.minus(&self.stored)?;
        lacks.standings.retain(|(currency, _), _| !is_open(*currency));
        for ((currency, due), amount) in changed.standings {
            let counted = is_open(currency) && self.agrees(currency, &self.lines);
            if counted && !self.agrees(currency, &self.wanted) {
                lacks.standings.insert((currency, due), amount);
            }
        }
        lacks.days.retain(|day, _| !self.open_days.contains(day));
        for (day, figures) in changed.days {
            let of = |sums: &Sums| sums.days.get(&day).copied().unwrap_or_default();
            let counted = self.open_days.contains(&day) && of(&self.stored) == of(&self.lines);
            if counted && of(&self.stored) != of(&self.wanted) {
                lacks.days.insert(day, figures);
            }
        }
        Ok(lacks)
    }

    /// Whether what is left and what was moved of a currency are together what lines come to.
    fn agrees(&self, currency: Currency, lines: &Sums) -> bool {
        totals(lines, currency) == self.stored_totals(currency)
    }

    /// What is pending, and what is due, settled and withdrawn together.
    fn stored_totals(&self, currency: Currency) -> (i64, i64) {
        let (pending, due) = totals(&self.stored, currency);
        let moved = self.moved.get(&currency).copied().unwrap_or_default();
        (pending, due.saturating_add(moved))
    }

    /// Of a currency of which something is on statements: what is left and what was moved are
    /// together what the lines have. Which date a difference belongs to, nobody can tell from them.
    fn drift_of_moved(
        &self,
        distributor: &DistributorId,
        currency: Currency,
    ) -> Option<Difference> {
        if self.agrees(currency, &self.lines) || self.agrees(currency, &self.wanted) {
            return None;
        }
        let ((pending, due), stored) =
            (totals(&self.wanted, currency), self.stored_totals(currency));
        let pending = both("pending".to_owned(), pending, stored.0, Some(currency));
        let name = "due, settled and withdrawn".to_owned();
        let due = both(name, due, stored.1, Some(currency));
        let values = pending.into_iter().chain(due).collect();
        Some(Difference {
            distributor: Some(distributor.clone()),
            about: currency.to_string(),
            currency: Some(currency),
            ..Difference::new(Kind::BalanceDrift, values, Act::Look)
        })
    }

    fn currencies(&self) -> BTreeSet<Currency> {
        let all = self.stored.standings.keys().chain(self.wanted.standings.keys());
        all.chain(self.lines.standings.keys()).map(|(currency, _)| *currency).collect()
    }
}

/// What is done about a sum that has drifted: of what is open a person has to judge.
fn act(is_open: bool) -> Act {
    if is_open { Act::Look } else { Act::Correct }
}

/// What is pending in a currency, and what is due on whatever day.
fn totals(sums: &Sums, currency: Currency) -> (i64, i64) {
    sums.of_currency(currency).fold((0, 0), |(pending, due), (date, amount)| match date {
        None => (pending.saturating_add(amount), due),
        Some(_) => (pending, due.saturating_add(amount)),
    })
}

fn both(name: String, expected: i64, found: i64, currency: Option<Currency>) -> Option<Compared> {
    let text = |value: i64| match currency {
        Some(currency) => SignedMoney::from_minor(value).text(currency),
        None => value.to_string(),
    };
    (expected != found).then(|| Compared::both(name, text(expected), text(found)))
}

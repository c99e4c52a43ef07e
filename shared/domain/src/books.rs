//! A distributor's books as sums: what lines add to balances and daily figures.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::contribution::Contribution;
use crate::money::{Currency, Overflow, SignedMoney};

/// The figures of a day, in the order in which [`Sums`] has them; the last four are amounts.
pub const FIGURES: [&str; 5] = ["orders", "own_sales", "team_sales", "earned", "reversed"];

/// Sums of contributions of one distributor, in minor units. What comes to nothing may stand as
/// zero or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Commission net of reversals: pending, or due on a day.
    pub standings: BTreeMap<(Currency, Option<Date>), i64>,
    /// By day and currency, the [`FIGURES`].
    pub days: BTreeMap<(Date, Currency), [i64; 5]>,
}

impl Sums {
    /// Adds what a line counts.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] beyond 64 bits.
    pub fn add(&mut self, one: &Contribution) -> Result<(), Overflow> {
        self.count(one, i64::checked_add)
    }

    /// Takes away what a line counts.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] beyond 64 bits.
    pub fn take(&mut self, one: &Contribution) -> Result<(), Overflow> {
        self.count(one, i64::checked_sub)
    }

    fn count(
        &mut self,
        one: &Contribution,
        sum: fn(i64, i64) -> Option<i64>,
    ) -> Result<(), Overflow> {
        let minor = |amount| SignedMoney::from(amount).minor();
        let standing = self.standings.entry((one.currency, one.due)).or_default();
        *standing = sum(*standing, minor(one.net())).ok_or(Overflow)?;
        let figures = [
            i64::from(one.own_orders),
            minor(one.own_sales),
            minor(one.team_sales),
            minor(one.earned),
            minor(one.reversed),
        ];
        let day = self.days.entry((one.day, one.currency)).or_default();
        for (total, figure) in day.iter_mut().zip(figures) {
            *total = sum(*total, figure).ok_or(Overflow)?;
        }
        Ok(())
    }

    /// What has to be added to `other` to make it this; what is the same is left out.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] beyond 64 bits.
    pub fn minus(&self, other: &Self) -> Result<Self, Overflow> {
        let mut standings = BTreeMap::new();
        for key in self.standings.keys().chain(other.standings.keys()) {
            let of = |sums: &Self| sums.standings.get(key).copied().unwrap_or_default();
            let difference = of(self).checked_sub(of(other)).ok_or(Overflow)?;
            if difference != 0 {
                standings.insert(*key, difference);
            }
        }
        let mut days = BTreeMap::new();
        for key in self.days.keys().chain(other.days.keys()) {
            let of = |sums: &Self| sums.days.get(key).copied().unwrap_or_default();
            let mut difference = [0; 5];
            let both = of(self).into_iter().zip(of(other));
            for (to, (own, others)) in difference.iter_mut().zip(both) {
                *to = own.checked_sub(others).ok_or(Overflow)?;
            }
            if difference != [0; 5] {
                days.insert(*key, difference);
            }
        }
        Ok(Self { standings, days })
    }

    /// What stands in one currency, by due date; none is pending.
    pub fn of_currency(
        &self,
        currency: Currency,
    ) -> impl Iterator<Item = (Option<Date>, i64)> + '_ {
        let standings = self.standings.iter();
        standings
            .filter(move |((own, _), _)| *own == currency)
            .map(|((_, due), amount)| (*due, *amount))
    }
}

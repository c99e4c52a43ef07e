//! What a distributor did, day by day, and what measures and conditions come to by it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::level::{Condition, Measure, Score};
use crate::money::{Currency, SignedMoney};

/// Digits after the point that the finest currency has; points are counted in units of it.
const FINEST_DIGITS: u32 = 4;
/// The last days whose average stands for the days to come.
pub const PACE_DAYS: u16 = 30;
/// Days of a window whose sums [`Figures::paced`] takes times this, so that an average is whole.
const PACE_SCALE: i128 = 30;

/// What one did on one day, net of refunds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Distributors who registered under them.
    pub recruits: i64,
    /// Own orders in all currencies, without those refunded in full.
    pub orders: i64,
    /// Own sales.
    pub own_sales: BTreeMap<Currency, SignedMoney>,
    /// Team sales, own ones among them.
    pub team_sales: BTreeMap<Currency, SignedMoney>,
}

/// What is known of a distributor when their level is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Their days, in the tenant's time zone; a day without a figure may be left out.
    pub days: BTreeMap<Date, Day>,
    /// How many stand below them, at depth 1, 2 and so on.
    pub team: Vec<u64>,
    /// Whether they have no open risk flag.
    pub compliant: bool,
}

/// What is asked of someone, and what they have of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A measure.
    Measured {
        /// Which.
        measure: Measure,
        /// What they have: minor units of its currency, or a count.
        have: u64,
        /// What is asked; nothing of one that only adds to a score.
        least: Option<u64>,
    },
    /// Points of a score, in millionths, those they have rounded down.
    Points {
        /// What they have.
        have_millionths: u64,
        /// What is asked.
        least_millionths: u64,
    },
    /// That there is no open risk flag.
    Compliant {
        /// Whether there is none.
        have: bool,
    },
}

/// First day of a window of so many days that ends with a day; that day where there are none.
#[must_use]
pub fn window_start(end: Date, days: u16) -> Date {
    end.saturating_sub(i64::from(days.saturating_sub(1)).days())
}

fn month(day: Date) -> (i16, i8) {
    (day.year(), day.month())
}

impl Figures {
    /// What a measure comes to on a day: minor units of its currency, or a count; not below zero.
    #[must_use]
    pub fn measured(&self, measure: Measure, on: Date) -> u64 {
        u64::try_from(self.sum(measure, on).max(0)).unwrap_or(u64::MAX)
    }

    fn sum(&self, measure: Measure, on: Date) -> i128 {
        match measure {
            Measure::TeamSize { depth } => {
                self.team.iter().take(depth).copied().map(i128::from).sum()
            }
            Measure::MonthsActive { days } => {
                count(&self.active_months(window_start(on, days), on))
            }
            Measure::DirectRecruits { days }
            | Measure::OwnOrders { days }
            | Measure::OwnSales { days, .. }
            | Measure::TeamSales { days, .. } => self.daily(measure, window_start(on, days), on),
        }
    }

    /// The sum over the days from one to another, both among them, of what is counted each day.
    fn daily(&self, measure: Measure, from: Date, to: Date) -> i128 {
        if from > to {
            return 0;
        }
        let days = self.days.range(from..=to).map(|(_, day)| day);
        let of = |sales: &BTreeMap<Currency, SignedMoney>, currency| {
            sales.get(currency).copied().unwrap_or_default().minor()
        };
        let figure = |day: &Day| match &measure {
            Measure::DirectRecruits { .. } => day.recruits,
            Measure::OwnOrders { .. } => day.orders,
            Measure::OwnSales { currency, .. } => of(&day.own_sales, currency),
            Measure::TeamSales { currency, .. } => of(&day.team_sales, currency),
            Measure::TeamSize { .. } | Measure::MonthsActive { .. } => 0,
        };
        days.map(figure).map(i128::from).sum()
    }

    fn active_months(&self, from: Date, to: Date) -> BTreeSet<(i16, i8)> {
        if from > to {
            return BTreeSet::new();
        }
        let active = self.days.range(from..=to).filter(|(_, day)| day.orders > 0);
        active.map(|(date, _)| month(*date)).collect()
    }

    /// Whether a condition holds on a day.
    #[must_use]
    pub fn meets(&self, condition: &Condition, on: Date) -> bool {
        self.holds(condition, 1, &|measure| self.sum(measure, on))
    }

    /// Whether a condition will hold on `day`, if each day after `today` brings what the last
    /// [`PACE_DAYS`] brought on average. Of a team those count who are recruited directly, and a
    /// risk flag stays as it is.
    #[must_use]
    pub fn will_meet(&self, condition: &Condition, today: Date, day: Date) -> bool {
        self.holds(condition, PACE_SCALE, &|measure| self.paced(measure, today, day))
    }

    /// What a measure will come to, times [`PACE_SCALE`].
    fn paced(&self, measure: Measure, today: Date, day: Date) -> i128 {
        let pace = |measure| self.daily(measure, window_start(today, PACE_DAYS), today);
        let ahead = today.until(day).map_or(0, |span| i128::from(span.get_days()));
        let known = |from| self.daily(measure, from, today).saturating_mul(PACE_SCALE);
        match measure {
            Measure::TeamSize { .. } => {
                let coming =
                    pace(Measure::DirectRecruits { days: PACE_DAYS }).saturating_mul(ahead);
                self.sum(measure, today).saturating_mul(PACE_SCALE).saturating_add(coming)
            }
            Measure::MonthsActive { days } => {
                let from = window_start(day, days);
                let mut months = self.active_months(from, today);
                let goes_on = pace(Measure::OwnOrders { days: PACE_DAYS }) > 0;
                let coming = today.series(1.day()).skip(1).take_while(|coming| *coming <= day);
                months.extend(coming.filter(|it| goes_on && *it >= from).map(month));
                count(&months).saturating_mul(PACE_SCALE)
            }
            Measure::DirectRecruits { days }
            | Measure::OwnOrders { days }
            | Measure::OwnSales { days, .. }
            | Measure::TeamSales { days, .. } => {
                let coming = ahead.min(i128::from(days));
                let coming = pace(measure).saturating_mul(coming);
                known(window_start(day, days)).saturating_add(coming)
            }
        }
    }

    /// Whether a condition holds by values that are given times `scale`.
    fn holds(&self, condition: &Condition, scale: i128, value: &dyn Fn(Measure) -> i128) -> bool {
        match condition {
            Condition::All(all) => all.iter().all(|one| self.holds(one, scale, value)),
            Condition::Any(any) => any.iter().any(|one| self.holds(one, scale, value)),
            Condition::AtLeast { measure, least } => {
                value(*measure) >= i128::from(*least).saturating_mul(scale)
            }
            Condition::Score(score) => {
                let least = i128::from(score.least_millionths).saturating_mul(point(0));
                points(score, value) >= least.saturating_mul(scale)
            }
            Condition::Compliant => self.compliant,
        }
    }

    /// What a condition asks for and what is there of it on a day, measure by measure, in the order
    /// in which they are written.
    #[must_use]
    pub fn readings(&self, condition: &Condition, on: Date) -> Vec<Reading> {
        let read =
            |measure, least| Reading::Measured { measure, have: self.measured(measure, on), least };
        match condition {
            Condition::All(inner) | Condition::Any(inner) => {
                inner.iter().flat_map(|one| self.readings(one, on)).collect()
            }
            Condition::AtLeast { measure, least } => vec![read(*measure, Some(*least))],
            Condition::Compliant => vec![Reading::Compliant { have: self.compliant }],
            Condition::Score(score) => {
                let parts = score.parts.iter().map(|part| read(part.measure, None));
                let points = points(score, &|measure| self.sum(measure, on));
                let have = points.checked_div(point(0)).unwrap_or(0);
                let points = Reading::Points {
                    have_millionths: u64::try_from(have.max(0)).unwrap_or(u64::MAX),
                    least_millionths: score.least_millionths,
                };
                std::iter::once(points).chain(parts).collect()
            }
        }
    }
}

fn count<T>(set: &BTreeSet<T>) -> i128 {
    i128::try_from(set.len()).unwrap_or(i128::MAX)
}

/// A whole of a currency with so many digits, in units of the finest: what one minor unit is.
fn point(digits: u32) -> i128 {
    10_i128.saturating_pow(FINEST_DIGITS.saturating_sub(digits))
}

/// The points of a score in millionths of a unit of the finest currency. What does not fit 128 bits
/// is more than any score asks for.
fn points(score: &Score, value: &dyn Fn(Measure) -> i128) -> i128 {
    let parts = score.parts.iter().map(|part| {
        let digits = part.measure.currency().map_or(0, Currency::digits);
        let whole = value(part.measure).saturating_mul(point(digits));
        whole.saturating_mul(part.weight_millionths.into())
    });
    parts.fold(0, i128::saturating_add)
}

//! The most that lines of a rule can cost, over all lineages and levels, before the cap on the
//! total cuts.
//!
//! It is computed from the card and from what the rule asks of level and amount, not sampled: no
//! line of the rule costs more than is said, and some lineage costs as much.

mod differential;
mod tiered;

use std::fmt;

use rust_decimal::Decimal;

use crate::limits::{AMOUNT_MINOR_MAX, LINEAGE_MAX, LINES_MAX, QUANTITY_MAX};
use crate::money::{MICROS_PER_MINOR, Money, Rate};
use crate::plan::{Base, Card, Conditions, Inactive, Mode, Per, Plan, Programme, Range, Rule};

/// A sum of rates, in millionths: it may be above one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u64);

impl Share {
    /// The share in millionths.
    #[must_use]
    pub fn millionths(self) -> u64 {
        self.0
    }

    fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    fn sum(all: &[Self]) -> u64 {
        all.iter().fold(0, |sum, share| sum.saturating_add(share.0))
    }
}

impl From<Rate> for Share {
    fn from(rate: Rate) -> Self {
        Self(rate.millionths().into())
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal::from_i128_with_scale(self.0.into(), 6).normalize().fmt(f)
    }
}

/// The most that a rule costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorstCase {
    /// A share of the base of its lines.
    OfBase {
        /// Which base. List and net are above what was paid where a discount was given, and the
        /// share is of them.
        base: Base,
        /// The most of each depth from 1; empty where a card does not pay by depth.
        by_depth: Vec<Share>,
        /// The most of all together.
        total: Share,
    },
    /// Amounts, whatever was paid.
    Amounts {
        /// What they are paid for.
        per: Per,
        /// The amount at each depth from 1.
        by_depth: Vec<Money>,
        /// All together, in minor units.
        total_minor: u64,
        /// Where less than this was paid for each line or unit of an order, in minor units, the cap
        /// cuts; none where there is no amount that is enough.
        enough_minor: Option<u64>,
        /// Whether the rule has orders for which that is so.
        reaches_cap: ReachesCap,
    },
}

/// Whether orders of a rule can cost more than the cap on the total leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReachesCap {
    /// Some can.
    Yes,
    /// None can.
    No,
}

impl WorstCase {
    /// The most that orders of one rule of a programme can cost; none for a rule whose card the
    /// programme does not have.
    #[must_use]
    pub fn of(plan: &Plan, programme: &Programme, rule: &Rule) -> Option<Self> {
        let card = programme.cards.get(rule.card)?;
        let at = Setting { plan, programme, card, when: &rule.when };
        Some(match &card.mode {
            Mode::Percent { base, rates, level_bonus } => {
                at.of_base(*base, at.least_base_minor(*base), |place, rank| {
                    let bonus = level_bonus.get(rank).copied().unwrap_or_default();
                    Some(Share::from(*rates.get(place)?).plus(bonus.into()))
                })
            }
            Mode::Fixed { amounts, per } => at.amounts(amounts, *per),
            Mode::Tiered(card) => at.tiered(card),
            Mode::Differential(card) => at.differential(card),
        })
    }

    fn share(&self) -> Share {
        match self {
            Self::OfBase { total, .. } => *total,
            Self::Amounts { .. } => Share::default(),
        }
    }

    /// Whether the cap on the total can cut. Of a share of list or net it is told without
    /// discounts: with a discount that is large enough it always can.
    #[must_use]
    pub fn is_above(&self, max_total_rate: Rate) -> bool {
        match self {
            Self::OfBase { total, .. } => *total > max_total_rate.into(),
            Self::Amounts { reaches_cap, .. } => *reaches_cap == ReachesCap::Yes,
        }
    }
}

struct Setting<'a> {
    plan: &'a Plan,
    programme: &'a Programme,
    card: &'a Card,
    when: &'a Conditions,
}

impl Setting<'_> {
    /// The most of each depth, which is that of the rank that earns most there.
    fn by_depth<T: Copy + Default + Ord>(
        &self,
        of: impl Fn(usize, usize) -> Option<T>,
        sum: fn(&[T]) -> u64,
    ) -> Vec<T> {
        let most = |place: usize, stands: &dyn Fn(usize) -> bool| {
            let least = self.programme.min_rank.get(place).copied().unwrap_or(0);
            let ranks = (least..self.plan.levels.len()).filter(|&rank| stands(rank));
            ranks.filter_map(|rank| of(place, rank)).max().unwrap_or_default()
        };
        let any = |_| true;
        let depths = |first: &dyn Fn(usize) -> bool, passed_over: usize| -> Vec<T> {
            let places = 0..self.programme.depth.min(LINEAGE_MAX.saturating_sub(passed_over));
            places.map(|place| most(place, if place == 0 { first } else { &any })).collect()
        };
        let own = |rank: usize| self.when.rank.as_ref().is_none_or(|ranks| ranks.contains(&rank));
        let mut by_depth = depths(&own, 0);
        if self.programme.inactive == Inactive::Compress {
            // The first is passed over, and somebody of any level stands at depth 1.
            let others = depths(&any, 1);
            if sum(&others) > sum(&by_depth) {
                by_depth = others;
            }
        }
        while by_depth.last() == Some(&T::default()) {
            by_depth.pop();
        }
        by_depth
    }

    /// The sum over the depths of a share of each, as far as `max_per_order` leaves it of lines
    /// whose bases come to `least_minor` or more.
    fn of_base(
        &self,
        base: Base,
        least_minor: u64,
        of: impl Fn(usize, usize) -> Option<Share>,
    ) -> WorstCase {
        let cap = self.card_cap(least_minor);
        let by_depth = self.by_depth(|place, rank| Some(of(place, rank)?.min(cap)), Share::sum);
        let total = Share(Share::sum(&by_depth));
        WorstCase::OfBase { base, by_depth, total }
    }

    /// The share that `max_per_order` leaves one beneficiary of so much, rounded up.
    fn card_cap(&self, least_minor: u64) -> Share {
        let cap =
            self.card.max_per_order.map(|cap| cap.micros().div_ceil(least_minor.max(1).into()));
        Share(cap.and_then(|share| u64::try_from(share).ok()).unwrap_or(u64::MAX))
    }

    /// The least that the base of a line of the rule is, in minor units, where it earns. A profit
    /// may be one, whatever was paid; list and net are not below what was paid.
    fn least_base_minor(&self, base: Base) -> u64 {
        match base {
            Base::Profit => 1,
            Base::List | Base::Net | Base::Paid => self.least_line_minor(),
        }
    }

    /// The least that a line of the rule is paid, in minor units, of those that earn.
    fn least_line_minor(&self) -> u64 {
        least(self.when.line_amount.as_ref()).max(1)
    }

    /// The least that an order of so many lines of the rule is paid, in minor units; none where
    /// that is more than an order of the rule can be.
    fn least_order_minor(&self, lines: u64) -> Option<u64> {
        let order = self.when.order_amount.as_ref();
        let least = self.least_line_minor().saturating_mul(lines).max(least(order));
        let end = order.and_then(|range| range.max).map_or(u64::MAX, Money::minor);
        (least <= AMOUNT_MINOR_MAX && least < end).then_some(least)
    }

    fn amounts(&self, amounts: &[Money], per: Per) -> WorstCase {
        let by_depth = self.by_depth(|place, _| amounts.get(place).copied(), total_minor);
        let total = total_minor(&by_depth);
        let rate = self.programme.max_total_rate;
        let enough = MICROS_PER_MINOR
            .saturating_mul(total.into())
            .div_ceil(u128::from(rate.millionths()).max(1));
        let enough_minor = u64::try_from(enough).ok().filter(|_| rate > Rate::ZERO);
        let most = match per {
            Per::Line => 1,
            Per::Unit => self.most_units(),
        };
        let is_above = |lines: u64| {
            let Some(least) = self.least_order_minor(lines) else { return false };
            let cap = self.card.max_per_order.map_or(u64::MAX, Money::minor);
            let each = by_depth
                .iter()
                .map(|amount| amount.minor().saturating_mul(most).saturating_mul(lines).min(cap));
            let cost = u128::from(each.fold(0, u64::saturating_add));
            let left = u128::from(rate.millionths()).saturating_mul(least.into());
            cost.saturating_mul(MICROS_PER_MINOR) > left
        };
        let lines = 1..=u64::try_from(LINES_MAX).unwrap_or(u64::MAX);
        let reaches_cap =
            if lines.into_iter().any(is_above) { ReachesCap::Yes } else { ReachesCap::No };
        WorstCase::Amounts { per, by_depth, total_minor: total, enough_minor, reaches_cap }
    }

    /// The largest quantity of a line of the rule.
    fn most_units(&self) -> u64 {
        let max = self.when.quantity.as_ref().and_then(|range| range.max);
        u64::from(max.map_or(QUANTITY_MAX, |max| max.saturating_sub(1).min(QUANTITY_MAX)))
    }
}

fn least(range: Option<&Range<Money>>) -> u64 {
    range.and_then(|range| range.min).map_or(0, Money::minor)
}

fn total_minor(amounts: &[Money]) -> u64 {
    amounts.iter().map(|amount| amount.minor()).fold(0, u64::saturating_add)
}

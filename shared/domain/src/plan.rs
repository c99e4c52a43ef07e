//! A plan, compiled: checked, its names resolved, its rates exact.

mod card;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::allocation::Terms;
use crate::ids::{DistributorId, LevelId, RuleId, Text};
use crate::level::Ladder;
use crate::money::{Currency, Money, Rate};
use crate::rule_table::RuleTable;

pub use card::{Base, Card, Differential, Measure, Mode, Per, Tier, TierKind, Tiered, decay_rates};

/// The whole commission programme of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Whose days and months count.
    pub timezone: TimeZone,
    /// Levels, lowest first; at least one.
    pub levels: Vec<LevelId>,
    /// How they are risen to and lost.
    pub ladder: Ladder,
    /// One programme a currency.
    pub currencies: BTreeMap<Currency, Programme>,
}

impl Plan {
    /// The place of a level in the plan's ladder; the lowest where there is none, or one the plan
    /// does not name.
    #[must_use]
    pub fn rank(&self, level: Option<&LevelId>) -> usize {
        level.and_then(|level| self.levels.iter().position(|known| known == level)).unwrap_or(0)
    }

    /// Whether it makes a difference in a currency that an order is the buyer's first.
    #[must_use]
    pub fn asks_for_first_orders(&self, currency: Currency) -> bool {
        let programme = self.currencies.get(&currency);
        let mut rules = programme.into_iter().flat_map(|programme| programme.rules.iter());
        rules.any(|rule| rule.when.first_order.is_some())
    }

    /// What an order paid in `currency` keeps of the plan; none where it has no part for it.
    #[must_use]
    pub fn terms(&self, currency: Currency) -> Option<Terms> {
        self.currencies.get(&currency).map(|programme| Terms {
            depth: programme.depth,
            team_depth: programme.team_depth,
            max_total_rate: programme.max_total_rate,
            settlement: programme.settlement,
            timezone: self.timezone.clone(),
        })
    }
}

/// How orders of one currency are paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programme {
    /// Most beneficiaries of one order, and the deepest depth that earns.
    pub depth: usize,
    /// Nearest ancestors whose team sales count an order.
    pub team_depth: usize,
    /// Whether distributors earn on what they buy themselves.
    pub self_purchase: SelfPurchase,
    /// What happens at a depth whose distributor does not earn.
    pub inactive: Inactive,
    /// The lowest rank that earns, by depth from 1; rank 0 where none is set.
    pub min_rank: Vec<usize>,
    /// The one rounding of an allocation.
    pub rounding: Rounding,
    /// Most of what was paid that may be allocated.
    pub max_total_rate: Rate,
    /// The rate cards.
    pub cards: Vec<Card>,
    /// The rules, highest priority first.
    pub rules: RuleTable,
    /// When commission matures.
    pub settlement: Settlement,
}

/// Whether distributors earn on what they buy themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfPurchase {
    /// Their own sponsor stands at depth 1.
    None,
    /// They stand at depth 1 themselves.
    Buyer,
}

/// What happens at a depth whose distributor is not active or below the level for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inactive {
    /// The depth earns nobody.
    Forfeit,
    /// The next one up who meets the depth's conditions takes it.
    Compress,
}

/// The one rounding of an allocation, from micros to minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the unit below.
    Down,
    /// To the nearest unit, a half to the one above.
    HalfUp,
}

/// A row of the rule table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The row's name in the plan.
    pub id: RuleId,
    /// Higher is asked first.
    pub priority: i32,
    /// What must hold of a line.
    pub when: Conditions,
    /// Place of the card in the programme.
    pub card: usize,
}

/// The conditions of a rule; all that are named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The line's category is one of these paths or below one.
    pub category: Option<Vec<Text>>,
    /// The line's product number is one of these.
    pub sku: Option<Vec<Text>>,
    /// The order's region is one of these.
    pub region: Option<Vec<Text>>,
    /// The rank of the first of the lineage is one of these.
    pub rank: Option<Vec<usize>>,
    /// The first of the lineage is one of these.
    pub distributor: Option<Vec<DistributorId>>,
    /// What was paid for the line.
    pub line_amount: Option<Range<Money>>,
    /// What was paid for all lines.
    pub order_amount: Option<Range<Money>>,
    /// The line's quantity.
    pub quantity: Option<Range<u32>>,
    /// When the order was paid.
    pub between: Option<Range<Timestamp>>,
    /// Whether the order is the first of its buyer.
    pub first_order: Option<bool>,
}

/// An interval: from the minimum on, up to but without the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<T> {
    /// The least that is in it.
    pub min: Option<T>,
    /// The least that is above it.
    pub max: Option<T>,
}

impl<T: Copy + PartialOrd> Range<T> {
    /// Whether `value` is in it.
    #[must_use]
    pub fn contains(&self, value: T) -> bool {
        self.min.is_none_or(|min| min <= value) && self.max.is_none_or(|max| value < max)
    }

    /// Whether nothing can be in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!((self.min, self.max), (Some(min), Some(max)) if min >= max)
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let later = |a: T, b: T| if a < b { b } else { a };
        let earlier = |a: T, b: T| if a < b { a } else { b };
        let both = |a: Option<T>, b: Option<T>, pick: fn(T, T) -> T| match (a, b) {
            (Some(a), Some(b)) => Some(pick(a, b)),
            (one, None) | (None, one) => one,
        };
        Self { min: both(self.min, other.min, later), max: both(self.max, other.max, earlier) }
    }
}

/// When commission matures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Days after completion.
    pub hold_days: u16,
    /// The days on which it may mature.
    pub cycle: Cycle,
    /// Days after which an order counts as completed by itself.
    pub auto_complete_days: Option<u16>,
}

/// The days on which commission may mature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cycle {
    /// The day of completion itself, whatever is held.
    Instant,
    /// Any day.
    Daily,
    /// Mondays.
    Weekly,
    /// The first of a month.
    Monthly,
}

impl Cycle {
    /// The cycle as it is written in a plan and in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Instant => "instant",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }

    /// Reads what [`Cycle::as_str`] writes.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Instant, Self::Daily, Self::Weekly, Self::Monthly]
            .into_iter()
            .find(|cycle| cycle.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_table() {
        let range = |min, max| Range { min, max };
        assert!(range(Some(1), Some(3)).contains(1));
        assert!(!range(Some(1), Some(3)).contains(3));
        assert!(range(None, None).contains(3));
        assert!(range(Some(3), Some(3)).is_empty());
        assert!(range(Some(1), Some(3)).and(&range(Some(3), None)).is_empty());
        assert_eq!(range(Some(1), None).and(&range(None, Some(4))), range(Some(1), Some(4)));
    }
}

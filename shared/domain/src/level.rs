//! What a plan asks of a distributor for each of its levels.

use crate::money::Currency;

/// How the levels of a plan are risen to and lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    /// What is asked for each level, lowest first. Nothing for the first, on which everybody stands,
    /// and for one that is given by hand alone.
    pub asked: Vec<Option<Condition>>,
    /// Whether a check may lower a level.
    pub demotion: Demotion,
}

/// Whether a check may lower a level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Demotion {
    /// It may not.
    #[default]
    Never,
    /// It may, so many days after a check first found that what is asked for the level does not
    /// hold any more, if it never held in between.
    AfterDays(u16),
}

/// What must hold of a distributor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// All of these; at least one.
    All(Vec<Condition>),
    /// One of these; at least one.
    Any(Vec<Condition>),
    /// A measure comes to so much.
    AtLeast {
        /// Which.
        measure: Measure,
        /// How much, at least 1: minor units of the measure's currency, or a count.
        least: u64,
    },
    /// Points come to so much.
    Score(Score),
    /// There is no open risk flag.
    Compliant,
}

/// Something that is counted or added up for a distributor, net of refunds. A window of days ends
/// with the day of the check, in the tenant's time zone: one of 1 day is that day alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Distributors who registered under them in the window.
    DirectRecruits {
        /// The window.
        days: u16,
    },
    /// Distributors who stand below them down to a depth, whenever they registered.
    TeamSize {
        /// The deepest that counts, from 1.
        depth: usize,
    },
    /// What was paid in the window for orders of which they are the first of the lineage.
    OwnSales {
        /// In which currency.
        currency: Currency,
        /// The window.
        days: u16,
    },
    /// What was paid in the window for orders that count for their team, own ones among them.
    TeamSales {
        /// In which currency.
        currency: Currency,
        /// The window.
        days: u16,
    },
    /// Own orders of the window, in whatever currency, without those refunded in full.
    OwnOrders {
        /// The window.
        days: u16,
    },
    /// Calendar months with an own order in the window, one refunded in full left out.
    MonthsActive {
        /// The window.
        days: u16,
    },
}

impl Measure {
    /// The currency, where it is an amount.
    #[must_use]
    pub fn currency(self) -> Option<Currency> {
        match self {
            Self::OwnSales { currency, .. } | Self::TeamSales { currency, .. } => Some(currency),
            Self::DirectRecruits { .. }
            | Self::TeamSize { .. }
            | Self::OwnOrders { .. }
            | Self::MonthsActive { .. } => None,
        }
    }

    /// The window in days; none where time makes no difference.
    #[must_use]
    pub fn days(self) -> Option<u16> {
        match self {
            Self::TeamSize { .. } => None,
            Self::DirectRecruits { days }
            | Self::OwnSales { days, .. }
            | Self::TeamSales { days, .. }
            | Self::OwnOrders { days }
            | Self::MonthsActive { days } => Some(days),
        }
    }

    /// The measure as it is written in a plan and in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DirectRecruits { .. } => "direct_recruits",
            Self::TeamSize { .. } => "team_size",
            Self::OwnSales { .. } => "own_sales",
            Self::TeamSales { .. } => "team_sales",
            Self::OwnOrders { .. } => "own_orders",
            Self::MonthsActive { .. } => "months_active",
        }
    }
}

/// Points for several measures, added up: of an amount for each whole unit of its currency (a yuan,
/// not a fen; parts count in part), of a count for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// How many points are asked for, in millionths, at least 1.
    pub least_millionths: u64,
    /// What is counted; at least one.
    pub parts: Vec<Weighted>,
}

/// A measure and what one of it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighted {
    /// The points for one, in millionths, at least 1.
    pub weight_millionths: u64,
    /// Which measure.
    pub measure: Measure,
}

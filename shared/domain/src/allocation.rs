//! What is frozen when an order is calculated: who earns what of it, and all that this rests on.

use std::collections::BTreeMap;

use crate::ids::{CardId, DistributorId, LevelId, RuleId};
use crate::member::Status;
use crate::money::{Money, Rate};
use crate::plan::Settlement;
use jiff::tz::TimeZone;

/// The version of [`crate::calculate::calculate`]; frozen with each order, so that a later program
/// can tell by which rules an answer was made.
pub const CALCULATION_VERSION: u32 = 1;

/// One of the frozen lineage, as they stood at `paid_at`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestor {
    /// The distributor.
    pub id: DistributorId,
    /// Their effective level: the plan's first where they have none, or one it does not name.
    pub level: LevelId,
    /// Whether they took part.
    pub status: Status,
}

/// What an order's answer depends on besides the order and the plan. It never changes once it is
/// written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frozen {
    /// The distributor who stands at depth 1 first, then up; at most 20.
    pub lineage: Vec<Ancestor>,
    /// Whether this is the buyer's first order.
    pub first_order: bool,
    /// By place in the lineage, of those whose month sales a card asks for: what they sold in the
    /// calendar month of `paid_at`, as it was posted when the order was attributed, net of refunds,
    /// not below zero, and cut to the largest amount, above which no tier begins.
    pub month_sales: BTreeMap<usize, Money>,
}

impl Frozen {
    /// What one of the lineage sold in the month; nothing where no card asked.
    #[must_use]
    pub fn sold(&self, ancestor: usize) -> Money {
        self.month_sales.get(&ancestor).copied().unwrap_or_default()
    }
}

/// How one line was paid; none where no rule matched it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRule {
    /// The rule that matched.
    pub rule: RuleId,
    /// The card it names.
    pub card: CardId,
}

/// What one beneficiary earns of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// Place of the beneficiary in the frozen lineage, from 0.
    pub ancestor: usize,
    /// The smallest depth at which they earned, from 1.
    pub depth: usize,
    /// All of it.
    pub amount: Money,
    /// By line: the line's place, and its part. Parts of zero are left out.
    pub lines: Vec<(usize, Money)>,
}

/// What of the plan outlives its version in an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Most beneficiaries.
    pub depth: usize,
    /// Nearest ancestors whose team sales count the order.
    pub team_depth: usize,
    /// Most of what was paid that may be allocated.
    pub max_total_rate: Rate,
    /// When commission matures.
    pub settlement: Settlement,
    /// Whose days count.
    pub timezone: TimeZone,
}

/// All that was decided when the order was calculated. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribution {
    /// The plan version that was active at `paid_at`.
    pub plan_version: u32,
    /// [`CALCULATION_VERSION`] of the program that calculated.
    pub calculation_version: u32,
    /// What of the plan outlives its version.
    pub terms: Terms,
    /// What the answer depends on besides the order and the plan.
    pub frozen: Frozen,
    /// The rule and card of each line, in the order of the lines.
    pub lines: Vec<Option<LineRule>>,
    /// Who earns what; nearest first.
    pub allocations: Vec<Allocation>,
}

//! Where the money of one order stands, for one distributor. Balances and daily figures are sums of
//! contributions, and can be made again from the orders at any time.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::allocation::Attribution;
use crate::complete::due_on;
use crate::ids::DistributorId;
use crate::money::{Currency, Money, Overflow};
use crate::order::{Paid, Record};
use crate::reverse::{Reversal, reversed};
use crate::time;

/// What one order adds to the books of one distributor, in minor units of `currency`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// Of every amount.
    pub currency: Currency,
    /// When the order was paid.
    pub paid_at: Timestamp,
    /// The day of `paid_at` in the tenant's time zone, on which the daily figures count it.
    pub day: Date,
    /// The depth at which the distributor earns; 0 for one who does not.
    pub depth: usize,
    /// Allocated.
    pub earned: Money,
    /// Taken back of it by refunds.
    pub reversed: Money,
    /// The day on which what is left matures; none while it is pending.
    pub due: Option<Date>,
    /// 1 for the first of the lineage, unless the order is refunded in full; else 0.
    pub own_orders: u32,
    /// Paid less refunded, for the first of the lineage.
    pub own_sales: Money,
    /// Paid less refunded, for the nearest `team_depth` of the lineage.
    pub team_sales: Money,
}

impl Contribution {
    /// What is left of the commission: pending, or due on its day.
    #[must_use]
    pub fn net(&self) -> Money {
        self.earned.less(self.reversed)
    }
}

/// The contributions of an order, by distributor: of every beneficiary and of the nearest
/// `team_depth` of its lineage, nearest first. None before the order is attributed.
///
/// # Errors
///
/// * [`Overflow`] past the end of the calendar, for a due date.
pub fn contributions(record: &Record) -> Result<Vec<(DistributorId, Contribution)>, Overflow> {
    let (Some(paid), Some(attributed)) = (&record.paid, &record.attributed) else {
        return Ok(Vec::new());
    };
    let reversal = reversed(record)?;
    let due = due_on(&attributed.terms, paid.paid_at, record.completed_at)?;
    let team = 0..attributed.terms.team_depth.min(attributed.frozen.lineage.len());
    let beneficiaries = attributed.allocations.iter().map(|one| one.ancestor);
    let places: BTreeSet<usize> = team.chain(beneficiaries).collect();
    let order = Order { paid, attributed, reversal: &reversal, due };
    places.into_iter().filter_map(|place| order.contribution(place).transpose()).collect()
}

struct Order<'a> {
    paid: &'a Paid,
    attributed: &'a Attribution,
    reversal: &'a Reversal,
    due: Option<Date>,
}

impl Order<'_> {
    fn contribution(
        &self,
        place: usize,
    ) -> Result<Option<(DistributorId, Contribution)>, Overflow> {
        let Self { paid, attributed, reversal, due } = self;
        let Some(distributor) = attributed.frozen.lineage.get(place) else {
            return Ok(None);
        };
        let mut allocations = attributed.allocations.iter().enumerate();
        let earned = allocations.find(|(_, one)| one.ancestor == place);
        let taken_back = earned.map(|(at, _)| reversal.of_allocation(at)).transpose()?;
        let refunded = reversal.refunded_total()?;
        let sales = paid.total().less(refunded);
        let refunded_in_full = refunded > Money::ZERO && sales == Money::ZERO;
        let is_first = place == 0;
        let in_team = place < attributed.terms.team_depth;
        let contribution = Contribution {
            currency: paid.currency,
            paid_at: paid.paid_at,
            day: time::day(paid.paid_at, &attributed.terms.timezone),
            depth: earned.map_or(0, |(_, one)| one.depth),
            earned: earned.map_or(Money::ZERO, |(_, one)| one.amount),
            reversed: taken_back.unwrap_or(Money::ZERO),
            due: *due,
            own_orders: u32::from(is_first && !refunded_in_full),
            own_sales: if is_first { sales } else { Money::ZERO },
            team_sales: if in_team { sales } else { Money::ZERO },
        };
        Ok(Some((distributor.id.clone(), contribution)))
    }
}

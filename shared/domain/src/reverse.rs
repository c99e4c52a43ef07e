//! What refunds take back.

use std::collections::{BTreeMap, BTreeSet};

use crate::allocation::Allocation;
use crate::ids::{LineId, RefundId};
use crate::money::{Currency, Money, Overflow};
use crate::order::{Paid, Record, Refund, Refunded};
use crate::share::share_money;

/// What is wrong with an order's refunds: a pure function of its record, whatever came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// More was refunded than was paid, of a line or in all; the excess reverses nothing.
    OverRefunded,
    /// A refund names a line that the order does not have; that reverses nothing.
    UnknownLine,
    /// A refund is in another currency than the order; it reverses nothing.
    CurrencyMismatch,
}

impl Problem {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OverRefunded => "over_refunded",
            Self::UnknownLine => "unknown_line",
            Self::CurrencyMismatch => "currency_mismatch",
        }
    }
}

/// What the refunds of an order come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reversal {
    /// The running total of each line, at most what was paid for it.
    pub refunded: Vec<Money>,
    /// What is taken back of each allocation, in the order of the allocations, by their lines.
    pub taken_back: Vec<Vec<Money>>,
    /// What is wrong, each once.
    pub problems: Vec<Problem>,
    /// What is wrong with each refund that has something wrong with it, each once.
    pub problems_of: BTreeMap<RefundId, Vec<Problem>>,
}

impl Reversal {
    /// What is given back of the goods in all.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] never: it is at most what was paid.
    pub fn refunded_total(&self) -> Result<Money, Overflow> {
        Money::total(self.refunded.iter().copied())
    }

    /// What is taken back of one allocation, by its place.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] never: it is at most what was allocated.
    pub fn of_allocation(&self, place: usize) -> Result<Money, Overflow> {
        Money::total(self.taken_back.get(place).into_iter().flatten().copied())
    }
}

/// Applies the refunds of an order by (`refunded_at`, `refund_id`), whatever order they arrived in.
///
/// What is taken back depends on where each line stands and not on how it got there:
/// `floor(allocated × refunded ÷ paid)` of the running total. So a full refund takes back
/// everything, however it was cut up, and until then a share of a unit stays with the beneficiary.
///
/// # Errors
///
/// * [`Overflow`] never, for records within the limits.
pub fn reversed(record: &Record) -> Result<Reversal, Overflow> {
    let Some(paid) = &record.paid else {
        return Ok(Reversal::default());
    };
    let mut ledger = Lines::of(paid);
    let mut problems_of = BTreeMap::new();
    for (id, refund) in in_order(record) {
        let own = ledger.apply(refund, paid.currency)?;
        if !own.is_empty() {
            problems_of.insert(id.clone(), own.into_iter().collect());
        }
    }
    let allocations = record.attributed.iter().flat_map(|attributed| &attributed.allocations);
    let taken_back = allocations.map(|one| ledger.take_back(one)).collect::<Result<_, _>>()?;
    let problems: BTreeSet<Problem> = problems_of.values().flatten().copied().collect();
    let problems = problems.into_iter().collect();
    Ok(Reversal { refunded: ledger.refunded, taken_back, problems, problems_of })
}

/// The refunds of an order in the order in which they are applied: by (`refunded_at`, `refund_id`).
#[must_use]
pub fn in_order(record: &Record) -> Vec<(&RefundId, &Refund)> {
    let mut refunds: Vec<(&RefundId, &Refund)> = record.refunds.iter().collect();
    refunds.sort_by_key(|(id, refund)| (refund.refunded_at, *id));
    refunds
}

/// The lines of an order while refunds are applied to them.
struct Lines<'a> {
    places: BTreeMap<&'a LineId, usize>,
    paid: Vec<Money>,
    refunded: Vec<Money>,
}

impl<'a> Lines<'a> {
    fn of(order: &'a Paid) -> Self {
        let paid: Vec<Money> = order.amounts().iter().map(|line| line.paid).collect();
        Self {
            places: order.lines.iter().enumerate().map(|(place, line)| (&line.id, place)).collect(),
            refunded: vec![Money::ZERO; paid.len()],
            paid,
        }
    }

    /// Applies a refund, and says what is wrong with it.
    fn apply(
        &mut self,
        refund: &Refund,
        currency: Currency,
    ) -> Result<BTreeSet<Problem>, Overflow> {
        let mut problems = BTreeSet::new();
        if refund.currency != currency {
            problems.insert(Problem::CurrencyMismatch);
            return Ok(problems);
        }
        match &refund.goods {
            Refunded::Lines(lines) => {
                for (id, amount) in lines {
                    problems.extend(match self.places.get(id).copied() {
                        Some(place) => self.give_back(place, *amount)?,
                        None => Some(Problem::UnknownLine),
                    });
                }
            }
            Refunded::Amount(amount) => {
                let left: Vec<Money> = self
                    .paid
                    .iter()
                    .zip(&self.refunded)
                    .map(|(paid, back)| paid.less(*back))
                    .collect();
                let most = Money::total(left.iter().copied())?;
                problems.extend((*amount > most).then_some(Problem::OverRefunded));
                let weights: Vec<u128> = left.iter().map(|left| left.minor().into()).collect();
                let parts = share_money((*amount).min(most), &weights)?;
                for (place, part) in parts.into_iter().enumerate() {
                    problems.extend(self.give_back(place, part)?);
                }
            }
        }
        Ok(problems)
    }

    /// Gives back of a line what is left of it at most, and says whether that was less.
    fn give_back(&mut self, place: usize, amount: Money) -> Result<Option<Problem>, Overflow> {
        let (Some(paid), Some(refunded)) = (self.paid.get(place), self.refunded.get_mut(place))
        else {
            return Ok(None);
        };
        let left = paid.less(*refunded);
        *refunded = refunded.plus(amount.min(left))?;
        Ok((amount > left).then_some(Problem::OverRefunded))
    }

    fn take_back(&self, allocation: &Allocation) -> Result<Vec<Money>, Overflow> {
        let parts = allocation.lines.iter().map(|&(place, allocated)| {
            let line = self.refunded.get(place).zip(self.paid.get(place));
            line.and_then(|(&refunded, &paid)| allocated.proportion(refunded, paid)).ok_or(Overflow)
        });
        parts.collect()
    }
}

//! What many orders come to together, under both plans. Sums do not depend on the order in which
//! orders are added.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use upline_contract::listed::Earned;
use upline_domain::calculate::CalculateError;
use upline_domain::ids::{DistributorId, OrderId, RuleId};
use upline_domain::money::{Currency, Money, Overflow, SignedMoney};

use super::compare::{Cap, Compared, Order, Outcome};

/// How many orders that change most are kept, and how many distributors are shown.
pub(super) const MOST: usize = 10;
/// How many orders are named for one reason.
const EXAMPLES: usize = 5;

/// The same under both plans, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Both {
    /// What was given.
    pub(super) old: SignedMoney,
    /// What the candidate would have given.
    pub(super) new: SignedMoney,
}

impl Both {
    /// What the candidate gives more.
    pub(super) fn change(self) -> Result<SignedMoney, Overflow> {
        self.new.minus(self.old)
    }

    fn add_old(&mut self, amount: impl Into<SignedMoney>) -> Result<(), Overflow> {
        self.old = self.old.plus(amount)?;
        Ok(())
    }

    fn add_new(&mut self, amount: impl Into<SignedMoney>) -> Result<(), Overflow> {
        self.new = self.new.plus(amount)?;
        Ok(())
    }
}

/// Orders, and what was paid for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) orders: u64,
    pub(super) paid: SignedMoney,
}

impl Counted {
    fn add(&mut self, paid: Money) -> Result<(), Overflow> {
        self.orders = self.orders.saturating_add(1);
        self.paid = self.paid.plus(paid)?;
        Ok(())
    }
}

/// Orders that the candidate would park, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) counted: Counted,
    /// What they were given.
    pub(super) old: SignedMoney,
    /// The first of them by id.
    pub(super) examples: BTreeMap<OrderId, CalculateError>,
}

/// The lines that one rule matched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Matched {
    pub(super) lines: u64,
    pub(super) paid: SignedMoney,
    pub(super) cost: SignedMoney,
}

/// How often one cap cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cutting {
    pub(super) times: u64,
    pub(super) orders: u64,
    /// How much in all, exact.
    pub(super) micros: u128,
}

/// All orders of one currency that have a cost under both plans.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Compare {
    pub(super) counted: Counted,
    pub(super) refunded: SignedMoney,
    /// Orders of which somebody gets another amount.
    pub(super) changed: u64,
    pub(super) total: Both,
    /// What refunds took back of it.
    pub(super) reversed: Both,
    pub(super) by_depth: BTreeMap<usize, Both>,
    pub(super) by_distributor: HashMap<DistributorId, Both>,
    /// By rule; none for the lines that no rule matched.
    pub(super) rules: BTreeMap<Option<RuleId>, Matched>,
    pub(super) caps: BTreeMap<Cap, Cutting>,
    /// The orders that change most, the largest first, of equal ones the first by id.
    pub(super) most: Vec<(OrderId, Both)>,
}

/// All that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) read: u64,
    pub(super) waiting: BTreeMap<Currency, Counted>,
    pub(super) refused: BTreeMap<(Currency, &'static str), Refused>,
    pub(super) compared: BTreeMap<Currency, Compare>,
    /// Orders in which month sales that were not frozen count as zero.
    pub(super) month_sales_unknown: u64,
    /// Orders by level of their lineage that the candidate does not name.
    pub(super) levels_not_named: BTreeMap<String, u64>,
}

impl Sums {
    /// Adds one order.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] where a sum leaves 64 bits.
    pub(super) fn add(&mut self, outcome: Outcome) -> Result<(), Overflow> {
        self.read = self.read.saturating_add(1);
        match outcome {
            Outcome::Waiting(Order { currency, paid, .. }) => {
                self.waiting.entry(currency).or_default().add(paid)
            }
            Outcome::Refused { order, why, old } => self.refuse(order, why, &old),
            Outcome::Compared(one) => {
                if one.unknown.month_sales > 0 {
                    self.month_sales_unknown = self.month_sales_unknown.saturating_add(1);
                }
                for level in &one.unknown.levels {
                    let orders = self.levels_not_named.entry(level.clone()).or_default();
                    *orders = orders.saturating_add(1);
                }
                self.compared.entry(one.order.currency).or_default().add(*one)
            }
        }
    }

    fn refuse(
        &mut self,
        order: Order,
        why: CalculateError,
        old: &[Earned],
    ) -> Result<(), Overflow> {
        let none = || Refused {
            counted: Counted::default(),
            old: SignedMoney::ZERO,
            examples: BTreeMap::new(),
        };
        let refused = self.refused.entry((order.currency, why.code())).or_insert_with(none);
        refused.counted.add(order.paid)?;
        for one in old {
            refused.old = refused.old.plus(one.amount)?;
        }
        refused.examples.insert(order.id, why);
        if refused.examples.len() > EXAMPLES {
            refused.examples.pop_last();
        }
        Ok(())
    }

    /// Orders that have a cost under both plans.
    pub(super) fn calculated(&self) -> u64 {
        self.compared.values().map(|one| one.counted.orders).sum()
    }
}

impl Compare {
    fn add(&mut self, one: Compared) -> Result<(), Overflow> {
        self.counted.add(one.order.paid)?;
        self.refunded = self.refunded.plus(one.refunded)?;
        let mut order = Both::default();
        for old in &one.old {
            order.add_old(old.amount)?;
            self.total.add_old(old.amount)?;
            self.reversed.add_old(old.reversed)?;
            self.by_depth.entry(old.depth).or_default().add_old(old.amount)?;
            self.of(&old.distributor).add_old(old.amount)?;
        }
        for new in &one.new {
            order.add_new(new.amount)?;
            self.total.add_new(new.amount)?;
            self.reversed.add_new(new.reversed)?;
            self.by_depth.entry(new.depth).or_default().add_new(new.amount)?;
            self.of(&new.distributor).add_new(new.amount)?;
        }
        if amounts(&one.old) != amounts(&one.new) {
            self.changed = self.changed.saturating_add(1);
        }
        for line in one.lines {
            let matched = self.rules.entry(line.rule).or_default();
            matched.lines = matched.lines.saturating_add(1);
            matched.paid = matched.paid.plus(line.paid)?;
            matched.cost = matched.cost.plus(line.cost)?;
        }
        let mut cut = BTreeSet::new();
        for one in one.cuts {
            let cutting = self.caps.entry(one.cap.clone()).or_default();
            cutting.times = cutting.times.saturating_add(1);
            cutting.micros = cutting.micros.checked_add(one.micros).ok_or(Overflow)?;
            if cut.insert(one.cap) {
                cutting.orders = cutting.orders.saturating_add(1);
            }
        }
        self.rank(one.order.id, order)
    }

    fn of(&mut self, distributor: &DistributorId) -> &mut Both {
        self.by_distributor.entry(distributor.clone()).or_default()
    }

    fn rank(&mut self, order: OrderId, both: Both) -> Result<(), Overflow> {
        if both.change()? == SignedMoney::ZERO {
            return Ok(());
        }
        self.most.push((order, both));
        largest_first(&mut self.most)
    }
}

/// Sorts by how much changes, the largest first, and keeps [`MOST`].
///
/// # Errors
///
/// * [`Overflow`] where a change leaves 64 bits.
pub(super) fn largest_first<Id: Ord + Clone>(most: &mut Vec<(Id, Both)>) -> Result<(), Overflow> {
    for (_, both) in most.iter() {
        both.change()?;
    }
    let size = |both: &Both| both.change().map_or(0, |change| change.minor().unsigned_abs());
    most.sort_by_cached_key(|(id, both)| (Reverse(size(both)), id.clone()));
    most.truncate(MOST);
    Ok(())
}

/// Who gets how much.
fn amounts(earned: &[Earned]) -> BTreeMap<&DistributorId, Money> {
    earned.iter().map(|one| (&one.distributor, one.amount)).collect()
}

#[cfg(test)]
#[path = "sums_tests.rs"]
mod tests;

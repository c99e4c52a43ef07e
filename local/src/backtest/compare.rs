//! One order under the candidate, beside what it was given.

use std::collections::{BTreeMap, BTreeSet};

use upline_contract::listed::{Earned, Listed};
use upline_contract::simulate::Simulation;
use upline_contract::simulated::simulated_record;
use upline_domain::allocation::Attribution;
use upline_domain::calculate::{CalculateError, Step, month_sellers};
use upline_domain::ids::{CardId, OrderId, RuleId};
use upline_domain::money::{Currency, MICROS_PER_MINOR, Money, Overflow};
use upline_domain::order::{Paid, Record};
use upline_domain::plan::{Measure, Mode, Plan, SelfPurchase};
use upline_domain::reverse::{Reversal, reversed};

/// An order of which nothing but this is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) id: OrderId,
    pub(super) currency: Currency,
    /// What was paid for goods.
    pub(super) paid: Money,
}

/// What came of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It earns nobody anything yet, under any plan.
    Waiting(Order),
    /// The candidate would park it.
    Refused {
        order: Order,
        why: CalculateError,
        /// What it was given.
        old: Vec<Earned>,
    },
    /// It has a cost under both.
    Compared(Box<Compared>),
}

/// What an order costs under both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) order: Order,
    /// What was given back of the goods.
    pub(super) refunded: Money,
    pub(super) old: Vec<Earned>,
    pub(super) new: Vec<Earned>,
    pub(super) lines: Vec<Line>,
    pub(super) cuts: Vec<Cut>,
    pub(super) unknown: Unknown,
}

/// A line under the candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The rule that matched; none where none did.
    pub(super) rule: Option<RuleId>,
    pub(super) paid: Money,
    /// What of the allocations is for it.
    pub(super) cost: Money,
}

/// A cap of the candidate that cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) cap: Cap,
    /// How much, exact.
    pub(super) micros: u128,
}

/// What bounds an order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cap {
    /// `max_per_order` of a card.
    Card(CardId),
    /// The plan's depth.
    Depth,
    /// `max_total_rate`.
    Total,
}

/// What the candidate asks that was not frozen with the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unknown {
    /// How many of the lineage count with month sales of zero, for nobody asked.
    pub(super) month_sales: usize,
    /// Levels of the lineage that the candidate does not name.
    pub(super) levels: BTreeSet<String>,
}

/// Calculates an order with its frozen inputs under another plan.
///
/// # Errors
///
/// * [`Overflow`] never, for orders and plans within the limits.
pub(super) fn compare(listed: Listed, plan: &Plan) -> Result<Outcome, Overflow> {
    let Listed { mut simulation, decided, levels_not_named } = listed;
    let paid = &simulation.paid;
    let order = Order { id: paid.order.clone(), currency: paid.currency, paid: paid.total() };
    let Some(old) = decided else { return Ok(Outcome::Waiting(order)) };
    stand_as_planned(&mut simulation, plan);
    let unknown =
        Unknown { month_sales: month_sales_unknown(&simulation, plan), levels: levels_not_named };
    let mut cuts = Cuts::default();
    let record = match simulated_record(simulation, plan, &mut |step| cuts.note(&step)) {
        Ok(record) => record,
        Err(why) => return Ok(Outcome::Refused { order, why, old }),
    };
    let reversal = reversed(&record)?;
    let Record { paid: Some(paid), attributed: Some(attributed), .. } = &record else {
        return Ok(Outcome::Waiting(order));
    };
    Ok(Outcome::Compared(Box::new(Compared {
        order,
        refunded: reversal.refunded_total()?,
        old,
        new: earned(attributed, &reversal)?,
        lines: lines(paid, attributed)?,
        cuts: cuts.cuts,
        unknown,
    })))
}

/// A lineage that begins with the buyer is that of a plan that pays distributors for what they buy
/// themselves; under one that does not, their sponsor stands first.
fn stand_as_planned(simulation: &mut Simulation, plan: &Plan) {
    let Simulation { paid, frozen, .. } = simulation;
    let programme = plan.currencies.get(&paid.currency);
    let pays_others = programme.is_some_and(|one| one.self_purchase == SelfPurchase::None);
    let first = frozen.lineage.first();
    if pays_others && first.is_some_and(|one| one.id.as_str() == paid.buyer.as_str()) {
        frozen.lineage.remove(0);
        let sold = std::mem::take(&mut frozen.month_sales).into_iter();
        frozen.month_sales =
            sold.filter_map(|(place, sold)| Some((place.checked_sub(1)?, sold))).collect();
    }
}

fn month_sales_unknown(simulation: &Simulation, plan: &Plan) -> usize {
    let Simulation { paid, frozen, .. } = simulation;
    let cards = plan.currencies.get(&paid.currency).map(|programme| programme.cards.as_slice());
    let asks = cards.unwrap_or_default().iter().any(
        |card| matches!(&card.mode, Mode::Tiered(tiered) if tiered.measure == Measure::MonthSales),
    );
    if !asks {
        return 0;
    }
    let sellers = month_sellers(paid, plan, frozen).into_iter();
    sellers.filter(|place| !frozen.month_sales.contains_key(place)).count()
}

fn earned(attributed: &Attribution, reversal: &Reversal) -> Result<Vec<Earned>, Overflow> {
    let mut earned = Vec::with_capacity(attributed.allocations.len());
    for (place, one) in attributed.allocations.iter().enumerate() {
        if let Some(who) = attributed.frozen.lineage.get(one.ancestor) {
            earned.push(Earned {
                distributor: who.id.clone(),
                depth: one.depth,
                amount: one.amount,
                reversed: reversal.of_allocation(place)?,
            });
        }
    }
    Ok(earned)
}

fn lines(paid: &Paid, attributed: &Attribution) -> Result<Vec<Line>, Overflow> {
    let rules = paid.amounts().iter().zip(&attributed.lines);
    let line = |(amounts, rule): (&upline_domain::order::LineAmounts, &Option<_>)| {
        let rule: Option<&upline_domain::allocation::LineRule> = rule.as_ref();
        Line { rule: rule.map(|one| one.rule.clone()), paid: amounts.paid, cost: Money::ZERO }
    };
    let mut lines: Vec<Line> = rules.map(line).collect();
    for (place, part) in attributed.allocations.iter().flat_map(|one| &one.lines) {
        if let Some(line) = lines.get_mut(*place) {
            line.cost = line.cost.plus(*part)?;
        }
    }
    Ok(lines)
}

/// Listens for caps that cut.
#[derive(Default)]
struct Cuts {
    cuts: Vec<Cut>,
    /// What each of the lineage has earned so far, in micros.
    earned: BTreeMap<usize, u128>,
}

impl Cuts {
    fn note(&mut self, step: &Step<'_>) {
        match *step {
            Step::Earned { ancestor, micros, .. } => {
                let earned = self.earned.entry(ancestor).or_default();
                *earned = earned.saturating_add(micros);
            }
            Step::CardCap { ancestor, card, micros, cap } => {
                let above = micros.saturating_sub(cap.micros());
                let earned = self.earned.entry(ancestor).or_default();
                *earned = earned.saturating_sub(above);
                self.cut(Cap::Card(card.id.clone()), above);
            }
            Step::DepthCap { ancestor } => {
                let all = self.earned.remove(&ancestor).unwrap_or_default();
                self.cut(Cap::Depth, all);
            }
            Step::TotalCap { before, after, .. } => {
                let above = u128::from(before.less(after).minor());
                self.cut(Cap::Total, above.saturating_mul(MICROS_PER_MINOR));
            }
            Step::Rounded { .. } => {}
        }
    }

    fn cut(&mut self, cap: Cap, micros: u128) {
        self.cuts.push(Cut { cap, micros });
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;

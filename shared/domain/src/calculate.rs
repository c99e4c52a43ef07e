//! What an order earns whom. The law of every amount is in the design's page on calculation:
//! exact micros, then the card caps, the depth, one rounding, the cap on the total, in this order.

mod differential;
mod earn;
mod nothing;
mod step;
mod tiered;

use std::collections::BTreeSet;

use crate::allocation::{Allocation, Ancestor, Attribution, CALCULATION_VERSION, Frozen, LineRule};
use crate::ids::LineId;
use crate::member::Status;
use crate::money::{Currency, MICROS_PER_MINOR, Money, Overflow, Rate, minor_from};
use crate::order::Paid;
use crate::plan::{Card, Inactive, Measure, Mode, Plan, Programme, Rounding, Rule, Tiered};
use crate::rules::Setting;
use crate::share::{share, share_money};

pub use nothing::{Because, Nothing, Reason, nothing};
pub use step::{Basis, Step, Stretch};

/// Why an order cannot be calculated as it and the plan are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalculateError {
    /// The plan has no part for the order's currency.
    #[error(
        "the plan has no part for {0}; an order keeps the plan that was active when it was paid: \
         add a part for orders to come, and put this one away"
    )]
    CurrencyNotPlanned(Currency),
    /// A card is on profit, and the line has no `unit_cost`.
    #[error("line {line} has no unit_cost, which card {card} needs; send the order with it")]
    CostMissing {
        /// The line.
        line: LineId,
        /// The card.
        card: String,
    },
    /// An amount left the range.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

impl CalculateError {
    /// The word on the wire.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CurrencyNotPlanned(_) => "currency_not_planned",
            Self::CostMissing { .. } => "cost_missing",
            Self::Overflow(_) => "overflow",
        }
    }
}

/// What an order earns whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calculation {
    /// The rule and card of each line, in the order of the lines.
    pub lines: Vec<Option<LineRule>>,
    /// Who earns what, nearest first; none of zero.
    pub allocations: Vec<Allocation>,
}

/// Works out what each of the frozen lineage earns of an order, and tells `note` each step.
///
/// Amounts are minor units of the order's currency. The answer depends on nothing but the
/// arguments; the same ones give it again, years later, to the last unit. It never allocates more
/// than `max_total_rate` of what was paid.
///
/// # Errors
///
/// * [`CalculateError::CurrencyNotPlanned`], [`CalculateError::CostMissing`]: to be mended outside.
/// * [`CalculateError::Overflow`] where a fixed amount × quantity, or the sum of them, is above the
///   largest amount; never otherwise, for orders and plans within the limits.
pub fn calculate<'a>(
    paid: &'a Paid,
    plan: &'a Plan,
    frozen: &'a Frozen,
    note: &mut impl FnMut(Step<'a>),
) -> Result<Calculation, CalculateError> {
    let order = Order::new(paid, plan, frozen)?;
    let programme = order.programme;
    let mut drafts = vec![Draft::default(); frozen.lineage.len()];
    earn::earn(&order, &mut drafts, note)?;
    cap_cards(programme, &order.rules, &mut drafts, note)?;
    keep_nearest(programme.depth, &mut drafts, note);
    round(programme.rounding, &mut drafts, note)?;
    cap_total(programme.max_total_rate, paid.total(), &mut drafts, note)?;

    let allocations = drafts.iter().enumerate().filter(|(_, draft)| draft.amount > Money::ZERO);
    let allocations = allocations.map(|(ancestor, draft)| allocation(ancestor, draft));
    let line_rule =
        |(rule, card): (&Rule, &Card)| LineRule { rule: rule.id.clone(), card: card.id.clone() };
    let lines = order.rules.iter().map(|matched| matched.map(line_rule));
    Ok(Calculation { lines: lines.collect(), allocations: allocations.collect::<Result<_, _>>()? })
}

/// Works out what an order earns whom, and freezes it with what it rests on and what of the plan
/// outlives its version.
///
/// # Errors
///
/// * [`CalculateError`] as [`calculate`] has it.
pub fn attribute(
    paid: &Paid,
    (plan_version, plan): (u32, &Plan),
    frozen: Frozen,
    note: &mut impl for<'a> FnMut(Step<'a>),
) -> Result<Attribution, CalculateError> {
    let missing = CalculateError::CurrencyNotPlanned(paid.currency);
    let terms = plan.terms(paid.currency).ok_or(missing)?;
    let Calculation { lines, allocations } = calculate(paid, plan, &frozen, note)?;
    let calculation_version = CALCULATION_VERSION;
    Ok(Attribution { plan_version, calculation_version, terms, frozen, lines, allocations })
}

/// Whose month sales the answer depends on, as places in the lineage: those who stand at a depth
/// for which a card by month sales, that a line is on, has a rate. What of `frozen.month_sales` is
/// there already makes no difference.
#[must_use]
pub fn month_sellers(paid: &Paid, plan: &Plan, frozen: &Frozen) -> BTreeSet<usize> {
    // Most plans have no such card: the rules of their orders are not looked for twice.
    let cards = plan.currencies.get(&paid.currency).map_or(&[][..], |own| own.cards.as_slice());
    if !cards.iter().any(|card| by_month(card).is_some()) {
        return BTreeSet::new();
    }
    let Ok(order) = Order::new(paid, plan, frozen) else { return BTreeSet::new() };
    let lines = paid.amounts().iter().zip(&order.rules);
    let lines = lines.filter(|(line, _)| line.paid > Money::ZERO);
    let tiers = lines.filter_map(|(_, matched)| by_month((*matched)?.1));
    let deepest = tiers.map(Tiered::depth).max().unwrap_or(0);
    let standing = order.standing().take_while(|(depth, _)| *depth <= deepest);
    standing.map(|(_, taker)| taker.ancestor).collect()
}

/// The tiers of a card by month sales.
fn by_month(card: &Card) -> Option<&Tiered> {
    match &card.mode {
        Mode::Tiered(tiered) if tiered.measure == Measure::MonthSales => Some(tiered),
        Mode::Tiered(_) | Mode::Percent { .. } | Mode::Fixed { .. } | Mode::Differential(_) => None,
    }
}

/// An order under the plan and lineage it is calculated by.
struct Order<'a> {
    paid: &'a Paid,
    plan: &'a Plan,
    programme: &'a Programme,
    frozen: &'a Frozen,
    /// The place in the ladder of the level of each of the lineage.
    ranks: Vec<usize>,
    /// The rule of each line and its card; none where no rule matches.
    rules: Vec<Option<(&'a Rule, &'a Card)>>,
    /// Who stands at each depth from 1; none where the depth earns nobody.
    takers: Vec<Option<Taker>>,
}

/// One of the lineage who stands at a depth.
#[derive(Clone, Copy)]
struct Taker {
    /// Place in the lineage.
    ancestor: usize,
    /// Place of their level in the ladder.
    rank: usize,
}

impl<'a> Order<'a> {
    fn new(paid: &'a Paid, plan: &'a Plan, frozen: &'a Frozen) -> Result<Self, CalculateError> {
        let programme = plan.currencies.get(&paid.currency);
        let programme = programme.ok_or(CalculateError::CurrencyNotPlanned(paid.currency))?;
        let Frozen { lineage, first_order, .. } = frozen;
        let ranks: Vec<usize> = lineage.iter().map(|one| plan.rank(Some(&one.level))).collect();
        let first_rank = ranks.first().copied().unwrap_or(0);
        let first = lineage.first();
        let setting = Setting { paid, first, first_rank, first_order: *first_order };
        let matched = |line| {
            let rule = programme.rules.rule_for(setting, line)?;
            Some((rule, programme.cards.get(rule.card)?))
        };
        let rules = paid.priced_lines().map(matched).collect();
        let takers = takers(programme, lineage, &ranks);
        Ok(Self { paid, plan, programme, frozen, ranks, rules, takers })
    }

    /// Who stands at a depth, from the first on.
    fn standing(&self) -> impl Iterator<Item = (usize, Taker)> {
        (1_usize..).zip(&self.takers).filter_map(|(depth, taker)| Some((depth, (*taker)?)))
    }

    /// The active of the lineage, going up: their places and ranks.
    fn active(&self) -> impl Iterator<Item = (usize, usize)> {
        let up = self.frozen.lineage.iter().zip(&self.ranks).enumerate();
        up.filter(|(_, (one, _))| one.status == Status::Active)
            .map(|(place, (_, &rank))| (place, rank))
    }
}

/// What one of the lineage is about to earn.
#[derive(Clone, Default)]
struct Draft {
    /// The smallest depth at which they earned; 0 before they did.
    depth: usize,
    /// By line; empty before they earned.
    micros: Vec<u128>,
    /// Once rounded.
    amount: Money,
}

impl Draft {
    fn sum(&self) -> Result<u128, Overflow> {
        total(&self.micros)
    }
}

fn total(micros: &[u128]) -> Result<u128, Overflow> {
    micros.iter().try_fold(0_u128, |sum, &one| sum.checked_add(one)).ok_or(Overflow)
}

/// Who of the lineage stands at each depth from 1, with their rank; none where the depth earns
/// nobody. Those passed over at one depth are not asked again at the next.
fn takers(programme: &Programme, lineage: &[Ancestor], ranks: &[usize]) -> Vec<Option<Taker>> {
    let mut up = lineage.iter().zip(ranks).enumerate();
    let mut takers = Vec::with_capacity(programme.depth);
    for place in 0..programme.depth {
        let least = programme.min_rank.get(place).copied().unwrap_or(0);
        let earns = |&(_, (one, &rank)): &(usize, (&Ancestor, &usize))| {
            one.status == Status::Active && rank >= least
        };
        let taker = match programme.inactive {
            Inactive::Forfeit => up.next().filter(earns),
            Inactive::Compress => up.by_ref().find(earns),
        };
        takers.push(taker.map(|(ancestor, (_, &rank))| Taker { ancestor, rank }));
    }
    takers
}

fn cap_cards<'a>(
    programme: &'a Programme,
    rules: &[Option<(&'a Rule, &'a Card)>],
    drafts: &mut [Draft],
    note: &mut impl FnMut(Step<'a>),
) -> Result<(), Overflow> {
    for (place, card) in programme.cards.iter().enumerate() {
        let Some(cap) = card.max_per_order else {
            continue;
        };
        let on_card = |matched: Option<(&Rule, _)>| {
            matched.is_some_and(|(rule, _): (&Rule, &Card)| rule.card == place)
        };
        for (ancestor, draft) in drafts.iter_mut().enumerate() {
            let cells = || draft.micros.iter().zip(rules).filter(|(_, rule)| on_card(**rule));
            let weights: Vec<u128> = cells().map(|(&micros, _)| micros).collect();
            let micros = total(&weights)?;
            if micros <= cap.micros() {
                continue;
            }
            let parts = share(cap.micros(), &weights)?;
            let cells = draft.micros.iter_mut().zip(rules).filter(|(_, rule)| on_card(**rule));
            cells.zip(parts).for_each(|((cell, _), part)| *cell = part);
            note(Step::CardCap { ancestor, card, micros, cap });
        }
    }
    Ok(())
}

/// Lets the nearest `depth` keep what they earned, counted over all lines. Where each depth has at
/// most one taker there are never more; a card that goes up by level has them.
fn keep_nearest<'a>(depth: usize, drafts: &mut [Draft], note: &mut impl FnMut(Step<'a>)) {
    let earners = drafts.iter_mut().enumerate();
    let earners = earners.filter(|(_, draft)| draft.micros.iter().any(|&micros| micros > 0));
    for (ancestor, draft) in earners.skip(depth) {
        draft.micros.clear();
        note(Step::DepthCap { ancestor });
    }
}

fn round<'a>(
    rounding: Rounding,
    drafts: &mut [Draft],
    note: &mut impl FnMut(Step<'a>),
) -> Result<(), Overflow> {
    let half = match rounding {
        Rounding::Down => 0,
        Rounding::HalfUp => MICROS_PER_MINOR / 2,
    };
    for (ancestor, draft) in drafts.iter_mut().enumerate() {
        let micros = draft.sum()?;
        let raised = micros.checked_add(half).ok_or(Overflow)?;
        draft.amount = minor_from(raised / MICROS_PER_MINOR)?;
        if micros > 0 {
            note(Step::Rounded { ancestor, micros, rounding, amount: draft.amount });
        }
    }
    Ok(())
}

/// Takes what is above the cap on the total from the farthest first.
fn cap_total<'a>(
    max_total_rate: Rate,
    paid: Money,
    drafts: &mut [Draft],
    note: &mut impl FnMut(Step<'a>),
) -> Result<(), Overflow> {
    let limit = minor_from(max_total_rate.of(paid) / MICROS_PER_MINOR)?;
    let mut left = limit;
    for (ancestor, draft) in drafts.iter_mut().enumerate() {
        let (before, after) = (draft.amount, draft.amount.min(left));
        left = left.less(after);
        draft.amount = after;
        if after < before {
            note(Step::TotalCap { ancestor, before, after, limit });
        }
    }
    Ok(())
}

fn allocation(ancestor: usize, draft: &Draft) -> Result<Allocation, Overflow> {
    let parts = share_money(draft.amount, &draft.micros)?;
    let lines = parts.into_iter().enumerate().filter(|(_, part)| *part > Money::ZERO);
    Ok(Allocation { ancestor, depth: draft.depth, amount: draft.amount, lines: lines.collect() })
}

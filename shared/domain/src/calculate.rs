//! What an order earns whom. The law of every amount is in the design's page on calculation:
//! exact micros, then the card caps, the depth, one rounding, the cap on the total, in this order.

use crate::allocation::{Allocation, Ancestor, Frozen, LineRule};
use crate::ids::LineId;
use crate::member::Status;
use crate::money::{Currency, MICROS_PER_MINOR, Money, Overflow, Rate, minor_from};
use crate::order::{Line, LineAmounts, Paid};
use crate::plan::{Base, Card, Inactive, Mode, Per, Plan, Programme, Rounding, Rule};
use crate::rules::{Setting, rule_for};
use crate::share::{share, share_money};

/// Why an order cannot be calculated as it and the plan are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalculateError {
    /// The plan has no part for the order's currency.
    #[error("the plan has no part for {0}; publish one that has, and retry")]
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

/// What an order earns whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calculation {
    /// The rule and card of each line, in the order of the lines.
    pub lines: Vec<Option<LineRule>>,
    /// Who earns what, nearest first; none of zero.
    pub allocations: Vec<Allocation>,
}

/// One step on the way to an allocation, for whoever wants to know. `ancestor` is a place in the
/// lineage, `line` a place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A line earned an ancestor micros.
    Earned {
        /// Who.
        ancestor: usize,
        /// At which depth.
        depth: usize,
        /// The line.
        line: &'a Line,
        /// The rule that matched it.
        rule: &'a Rule,
        /// The rule's card.
        card: &'a Card,
        /// From what.
        from: Basis,
        /// How much, in micros.
        micros: u128,
    },
    /// `max_per_order` of a card cut.
    CardCap {
        /// Whom.
        ancestor: usize,
        /// The card.
        card: &'a Card,
        /// What was earned on it before, in micros.
        micros: u128,
        /// What is left.
        cap: Money,
    },
    /// More than `depth` had earned; the farthest earn nothing.
    DepthCap {
        /// Whom.
        ancestor: usize,
    },
    /// The one rounding.
    Rounded {
        /// Whose.
        ancestor: usize,
        /// The sum over all lines, in micros.
        micros: u128,
        /// How.
        rounding: Rounding,
        /// To what.
        amount: Money,
    },
    /// `max_total_rate` cut.
    TotalCap {
        /// Whom.
        ancestor: usize,
        /// The amount before.
        before: Money,
        /// The amount after.
        after: Money,
        /// What all may earn together.
        limit: Money,
    },
}

/// What micros were made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// `amount × (rate + bonus)`.
    Rate {
        /// Which base.
        base: Base,
        /// The base of the line.
        amount: Money,
        /// The card's rate at the depth.
        rate: Rate,
        /// The card's bonus for the beneficiary's level.
        bonus: Rate,
    },
    /// `amount × count`.
    Fixed {
        /// The card's amount at the depth.
        amount: Money,
        /// The quantity, or one for the line.
        count: u32,
    },
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
    frozen: &Frozen,
    note: &mut impl FnMut(Step<'a>),
) -> Result<Calculation, CalculateError> {
    let Frozen { lineage, first_order } = frozen;
    let programme = plan.currencies.get(&paid.currency);
    let programme = programme.ok_or(CalculateError::CurrencyNotPlanned(paid.currency))?;
    let ranks: Vec<usize> = lineage.iter().map(|one| plan.rank(Some(&one.level))).collect();
    let first_rank = ranks.first().copied().unwrap_or(0);
    let first = lineage.first();
    let setting = Setting { paid, first, first_rank, first_order: *first_order };
    let rules: Vec<Option<&Rule>> =
        paid.priced_lines().map(|line| rule_for(programme, setting, line)).collect();

    let takers = takers(programme, lineage, &ranks);
    let mut drafts = vec![Draft::default(); lineage.len()];
    earn(paid, programme, &rules, &takers, &mut drafts, note)?;
    cap_cards(programme, &rules, &mut drafts, note)?;
    keep_nearest(programme.depth, &mut drafts, note);
    round(programme.rounding, &mut drafts, note)?;
    cap_total(programme.max_total_rate, paid.total(), &mut drafts, note)?;

    let allocations = drafts.iter().enumerate().filter(|(_, draft)| draft.amount > Money::ZERO);
    let allocations = allocations.map(|(ancestor, draft)| allocation(ancestor, draft));
    let lines = rules.iter().map(|rule| rule.and_then(|rule| line_rule(programme, rule)));
    Ok(Calculation { lines: lines.collect(), allocations: allocations.collect::<Result<_, _>>()? })
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

fn line_rule(programme: &Programme, rule: &Rule) -> Option<LineRule> {
    let card = programme.cards.get(rule.card)?;
    Some(LineRule { rule: rule.id.clone(), card: card.id.clone() })
}

/// Who of the lineage stands at each depth from 1, with their rank; none where the depth earns
/// nobody. Those passed over at one depth are not asked again at the next.
fn takers(
    programme: &Programme,
    lineage: &[Ancestor],
    ranks: &[usize],
) -> Vec<Option<(usize, usize)>> {
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
        takers.push(taker.map(|(ancestor, (_, &rank))| (ancestor, rank)));
    }
    takers
}

fn earn<'a>(
    paid: &'a Paid,
    programme: &'a Programme,
    rules: &[Option<&'a Rule>],
    takers: &[Option<(usize, usize)>],
    drafts: &mut [Draft],
    note: &mut impl FnMut(Step<'a>),
) -> Result<(), CalculateError> {
    for (place, ((line, amounts), rule)) in paid.priced_lines().zip(rules).enumerate() {
        let Some(rule) = rule else { continue };
        let Some(card) = programme.cards.get(rule.card) else {
            continue;
        };
        if amounts.paid == Money::ZERO {
            continue;
        }
        let base = base_of(card, line, amounts)?;
        for (depth, taker) in (1_usize..).zip(takers) {
            let Some((ancestor, rank)) = *taker else {
                continue;
            };
            let Some(from) = basis(&card.mode, base, line, Standing { depth, rank }) else {
                continue;
            };
            let micros = from.micros()?;
            let Some(draft) = drafts.get_mut(ancestor) else {
                continue;
            };
            if micros == 0 {
                continue;
            }
            draft.micros.resize(rules.len(), 0);
            draft.depth = if draft.depth == 0 { depth } else { draft.depth.min(depth) };
            if let Some(cell) = draft.micros.get_mut(place) {
                *cell = micros;
            }
            note(Step::Earned { ancestor, depth, line, rule, card, from, micros });
        }
    }
    Ok(())
}

/// The base of a line on a card; nothing where the card uses none.
fn base_of(card: &Card, line: &Line, amounts: &LineAmounts) -> Result<Money, CalculateError> {
    let Mode::Percent { base, .. } = &card.mode else {
        return Ok(Money::ZERO);
    };
    let missing =
        || CalculateError::CostMissing { line: line.id.clone(), card: card.id.to_string() };
    match base {
        Base::List => Ok(amounts.list),
        Base::Net => Ok(amounts.net),
        Base::Paid => Ok(amounts.paid),
        Base::Profit => amounts.profit.ok_or_else(missing),
    }
}

#[derive(Clone, Copy)]
struct Standing {
    depth: usize,
    rank: usize,
}

/// What a line earns one who stands somewhere; none where the card has no rate for them.
fn basis(mode: &Mode, amount: Money, line: &Line, standing: Standing) -> Option<Basis> {
    let place = standing.depth.checked_sub(1)?;
    match mode {
        Mode::Percent { base, rates, level_bonus } => {
            let bonus = level_bonus.get(standing.rank).copied().unwrap_or_default();
            let rate = *rates.get(place)?;
            Some(Basis::Rate { base: *base, amount, rate, bonus })
        }
        Mode::Fixed { amounts, per } => {
            let count = match per {
                Per::Unit => line.quantity,
                Per::Line => 1,
            };
            Some(Basis::Fixed { amount: *amounts.get(place)?, count })
        }
    }
}

impl Basis {
    /// The product, exact, in micros.
    fn micros(self) -> Result<u128, Overflow> {
        match self {
            Self::Rate { amount, rate, bonus, .. } => {
                rate.of(amount).checked_add(bonus.of(amount)).ok_or(Overflow)
            }
            Self::Fixed { amount, count } => Ok(amount.times(count)?.micros()),
        }
    }
}

fn cap_cards<'a>(
    programme: &'a Programme,
    rules: &[Option<&'a Rule>],
    drafts: &mut [Draft],
    note: &mut impl FnMut(Step<'a>),
) -> Result<(), Overflow> {
    for (place, card) in programme.cards.iter().enumerate() {
        let Some(cap) = card.max_per_order else {
            continue;
        };
        let on_card = |rule: Option<&Rule>| rule.is_some_and(|rule| rule.card == place);
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
/// most one taker there are never more; a mode that goes up by level has them.
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

//! What each line earns each of the lineage, in micros: the modes of a card.

use super::step::{Basis, Step};
use super::{CalculateError, Draft, Order, Taker, differential, tiered};
use crate::money::{Money, Overflow, Rate};
use crate::order::{Line, LineAmounts};
use crate::plan::{Base, Card, Mode, Per, Rule};

/// A line that is on a card.
#[derive(Clone, Copy)]
pub(super) struct Priced<'a> {
    /// Its place in the order.
    pub(super) place: usize,
    pub(super) line: &'a Line,
    pub(super) rule: &'a Rule,
    pub(super) card: &'a Card,
    /// What the card's rates are taken of; nothing where it has none.
    pub(super) amount: Money,
}

/// What a line earns somebody.
pub(super) struct Earned<'a> {
    pub(super) ancestor: usize,
    pub(super) depth: usize,
    pub(super) of: Priced<'a>,
    pub(super) from: Basis<'a>,
    pub(super) micros: u128,
}

/// Lets every line earn everyone what its card says, in drafts by place in the lineage.
pub(super) fn earn<'a>(
    order: &Order<'a>,
    drafts: &mut [Draft],
    note: &mut impl FnMut(Step<'a>),
) -> Result<(), CalculateError> {
    let priced = priced(order)?;
    let mut give = |earned: Earned<'a>| {
        let Earned { ancestor, depth, of, from, micros } = earned;
        let Some(draft) = drafts.get_mut(ancestor).filter(|_| micros > 0) else {
            return;
        };
        draft.micros.resize(order.rules.len(), 0);
        draft.depth = if draft.depth == 0 { depth } else { draft.depth.min(depth) };
        if let Some(cell) = draft.micros.get_mut(of.place) {
            *cell = micros;
        }
        let Priced { line, rule, card, .. } = of;
        note(Step::Earned { ancestor, depth, line, rule, card, from, micros });
    };
    for own in &priced {
        match &own.card.mode {
            Mode::Percent { .. } | Mode::Fixed { .. } => by_depth(order, own, &mut give)?,
            Mode::Tiered(card) => tiered::earn(order, card, &priced, own, &mut give)?,
            Mode::Differential(card) => differential::earn(order, card, own, &mut give)?,
        }
    }
    Ok(())
}

/// The lines that are on a card, with their bases. One that cost nothing is on none.
pub(super) fn priced<'a>(order: &Order<'a>) -> Result<Vec<Priced<'a>>, CalculateError> {
    let mut priced = Vec::with_capacity(order.rules.len());
    for (place, ((line, amounts), matched)) in
        order.paid.priced_lines().zip(&order.rules).enumerate()
    {
        let Some((rule, card)) = matched.filter(|_| amounts.paid > Money::ZERO) else { continue };
        let amount = base_of(card, line, amounts)?;
        priced.push(Priced { place, line, rule, card, amount });
    }
    Ok(priced)
}

/// The base of a line on a card; nothing where the card uses none.
fn base_of(card: &Card, line: &Line, amounts: &LineAmounts) -> Result<Money, CalculateError> {
    let missing =
        || CalculateError::CostMissing { line: line.id.clone(), card: card.id.to_string() };
    match card.mode.base() {
        None => Ok(Money::ZERO),
        Some(Base::List) => Ok(amounts.list),
        Some(Base::Net) => Ok(amounts.net),
        Some(Base::Paid) => Ok(amounts.paid),
        Some(Base::Profit) => amounts.profit.ok_or_else(missing),
    }
}

/// What a card with a rate or an amount for each depth earns those who stand there.
fn by_depth<'a>(
    order: &Order<'a>,
    own: &Priced<'a>,
    give: &mut impl FnMut(Earned<'a>),
) -> Result<(), Overflow> {
    for (depth, Taker { ancestor, rank }) in order.standing() {
        let Some(from) = at_depth(own, depth, rank) else { continue };
        give(Earned { ancestor, depth, of: *own, from, micros: from.micros()? });
    }
    Ok(())
}

/// What a line earns at a depth; none where the card has nothing for it.
fn at_depth<'a>(own: &Priced<'a>, depth: usize, rank: usize) -> Option<Basis<'a>> {
    let place = depth.checked_sub(1)?;
    match &own.card.mode {
        Mode::Percent { base, rates, level_bonus } => {
            let (rate, bonus) = (*rates.get(place)?, bonus(level_bonus, rank));
            Some(Basis::Rate { base: *base, amount: own.amount, rate, bonus })
        }
        Mode::Fixed { amounts, per } => {
            let count = match per {
                Per::Unit => own.line.quantity,
                Per::Line => 1,
            };
            Some(Basis::Fixed { amount: *amounts.get(place)?, count })
        }
        Mode::Tiered(_) | Mode::Differential(_) => None,
    }
}

/// What a card adds to each rate for a rank.
pub(super) fn bonus(level_bonus: &[Rate], rank: usize) -> Rate {
    level_bonus.get(rank).copied().unwrap_or_default()
}

//! A card with tiers: its rates follow what a measure comes to.

use super::earn::{Earned, Priced, bonus};
use super::step::{Basis, Stretch};
use super::{Order, Taker};
use crate::money::{Money, Overflow};
use crate::plan::{Measure, TierKind, Tiered};
use crate::share::share;

/// What a line earns those who stand at a depth.
///
/// Where each part of a measure of several lines has its own rate, these lines have shares of the
/// sum, and the first of them gives all of them theirs.
pub(super) fn earn<'a>(
    order: &Order<'a>,
    card: &'a Tiered,
    priced: &[Priced<'a>],
    own: &Priced<'a>,
    give: &mut impl FnMut(Earned<'a>),
) -> Result<(), Overflow> {
    let lines = || priced.iter().filter(|other| other.rule.card == own.rule.card);
    let bases = match card.measure {
        Measure::Line => own.amount,
        Measure::Order | Measure::MonthSales => Money::total(lines().map(|line| line.amount))?,
    };
    match (card.kind, card.measure) {
        (TierKind::Whole, _) => whole(order, card, own, bases, give),
        (TierKind::Graduated, Measure::Line) => parts(order, card, own, give),
        (TierKind::Graduated, Measure::Order | Measure::MonthSales) => {
            let first = lines().next().is_some_and(|first| first.place == own.place);
            if first { shares(order, card, bases, lines, give) } else { Ok(()) }
        }
    }
}

/// All of the base at the rate of the tier that the measure reaches.
fn whole<'a>(
    order: &Order<'a>,
    card: &'a Tiered,
    own: &Priced<'a>,
    bases: Money,
    give: &mut impl FnMut(Earned<'a>),
) -> Result<(), Overflow> {
    let Tiered { base, measure, ref level_bonus, .. } = *card;
    for (depth, Taker { ancestor, rank }) in order.standing() {
        let measured = match measure {
            Measure::Line | Measure::Order => bases,
            Measure::MonthSales => order.frozen.sold(ancestor),
        };
        let Some(tier) = card.reached(measured) else { continue };
        let Some(&rate) = depth.checked_sub(1).and_then(|place| tier.rates.get(place)) else {
            continue;
        };
        let (amount, bonus) = (own.amount, bonus(level_bonus, rank));
        let from = Basis::Tier { base, amount, measure, measured, from: tier.from, rate, bonus };
        give(Earned { ancestor, depth, of: *own, from, micros: from.micros()? });
    }
    Ok(())
}

/// Each part of the line's base at its tier's rate.
fn parts<'a>(
    order: &Order<'a>,
    card: &'a Tiered,
    own: &Priced<'a>,
    give: &mut impl FnMut(Earned<'a>),
) -> Result<(), Overflow> {
    for (depth, who) in order.standing() {
        let stretch = stretch(order, card, own.amount, (depth, who));
        let from = Basis::Parts { base: card.base, stretch };
        give(Earned { ancestor: who.ancestor, depth, of: *own, from, micros: from.micros()? });
    }
    Ok(())
}

/// Each part of the bases of all lines on the card at its tier's rate, and of the sum each line its
/// share by its base.
fn shares<'l, 'a: 'l, Lines: Iterator<Item = &'l Priced<'a>>>(
    order: &Order<'a>,
    card: &'a Tiered,
    bases: Money,
    lines: impl Fn() -> Lines,
    give: &mut impl FnMut(Earned<'a>),
) -> Result<(), Overflow> {
    let weights: Vec<u128> = lines().map(|line| line.amount.minor().into()).collect();
    for (depth, who) in order.standing() {
        let stretch = stretch(order, card, bases, (depth, who));
        let together = Basis::Parts { base: card.base, stretch }.micros()?;
        for (line, micros) in lines().zip(share(together, &weights)?) {
            let from = Basis::Share { base: card.base, amount: line.amount, stretch };
            give(Earned { ancestor: who.ancestor, depth, of: *line, from, micros });
        }
    }
    Ok(())
}

/// The stretch of the measure that bases fill.
fn stretch<'a>(
    order: &Order<'a>,
    card: &'a Tiered,
    length: Money,
    (depth, who): (usize, Taker),
) -> Stretch<'a> {
    let Tiered { measure, ref tiers, ref level_bonus, .. } = *card;
    let start = match measure {
        Measure::Line | Measure::Order => Money::ZERO,
        Measure::MonthSales => order.frozen.sold(who.ancestor),
    };
    Stretch { measure, start, length, tiers, depth, bonus: bonus(level_bonus, who.rank) }
}

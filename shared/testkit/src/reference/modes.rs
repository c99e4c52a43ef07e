//! What a line on a card earns whom, mode by mode.

use super::exact::{Exact, micro, share, whole};
use super::facts::{Frozen, Goods};
use super::people::Ancestor;
use super::plan::{Card, Mode};

/// A line that is on a card.
pub(super) struct OnCard<'a> {
    /// Place of the line in the order.
    pub(super) number: usize,
    pub(super) goods: &'a Goods,
    /// The name of the card.
    pub(super) name: &'a str,
    pub(super) card: &'a Card,
    /// What the card is paid on.
    pub(super) base: Exact,
}

/// What a line earns someone.
pub(super) struct Gain {
    /// Place in the lineage, from 0.
    pub(super) place: usize,
    pub(super) depth: usize,
    pub(super) exact: Exact,
}

/// Who stands at a depth: depth, place in the lineage, and who that is.
pub(super) type Standing<'a> = (usize, usize, &'a Ancestor);

/// What a line earns everyone. `all` are the lines that are on cards.
pub(super) fn gains(
    line: &OnCard<'_>,
    all: &[OnCard<'_>],
    standing: &[Standing<'_>],
    frozen: &Frozen,
    depth: usize,
) -> Vec<Gain> {
    let OnCard { card, base, goods, .. } = line;
    let at_depth = |(depth, place, who): &Standing<'_>| {
        let exact = match &card.mode {
            Mode::Rates(rates) => card.rate(rates, *depth, &who.level).map(|rate| base * rate),
            Mode::Fixed { amounts, per_unit } => {
                let times = if *per_unit { goods.quantity } else { 1 };
                amounts.get(depth.checked_sub(1)?).map(|amount| whole(amount * times))
            }
            Mode::Tiers { .. } => Some(by_tier(line, all, *depth, who, frozen)),
            Mode::Levels { .. } => None,
        };
        exact.map(|exact| Gain { place: *place, depth: *depth, exact })
    };
    match &card.mode {
        Mode::Levels { .. } => by_level(line, &frozen.lineage, depth),
        Mode::Rates(_) | Mode::Fixed { .. } | Mode::Tiers { .. } => {
            standing.iter().filter_map(at_depth).collect()
        }
    }
}

/// `tiered`: by the tier that the measure reaches, or each part of it at its own tier's rate.
fn by_tier(
    line: &OnCard<'_>,
    all: &[OnCard<'_>],
    depth: usize,
    who: &Ancestor,
    frozen: &Frozen,
) -> Exact {
    let Mode::Tiers { measure, graduated, tiers } = &line.card.mode else { unreachable!("tiers") };
    let sold = whole(frozen.sold.get(&who.id).copied().unwrap_or(0));
    let rate =
        |rates: &[Exact]| line.card.rate(rates, depth, &who.level).unwrap_or_else(|| whole(0));
    let same: Vec<&OnCard<'_>> = all.iter().filter(|other| other.name == line.name).collect();
    let together: Exact = same.iter().map(|other| &other.base).sum();
    if !*graduated {
        let measured = match measure.as_str() {
            "line" => line.base.clone(),
            "order" => together,
            _ => sold,
        };
        let reached = tiers.iter().rfind(|(from, _)| whole(*from) <= measured);
        return reached.map_or_else(|| whole(0), |(_, rates)| &line.base * rate(rates));
    }
    let (from, to) = match measure.as_str() {
        "line" => (whole(0), line.base.clone()),
        "order" => (whole(0), together),
        _ => (sold.clone(), sold + together),
    };
    let mut total = whole(0);
    for (number, (begins, rates)) in tiers.iter().enumerate() {
        let ends = tiers.get(number + 1).map_or_else(|| to.clone(), |(next, _)| whole(*next));
        let part = ends.min(to.clone()) - whole(*begins).max(from.clone());
        if part > whole(0) {
            total += part * rate(rates);
        }
    }
    if measure == "line" {
        return total;
    }
    let weights: Vec<Exact> = same.iter().map(|other| other.base.clone()).collect();
    let mut shares = same.iter().zip(share(&total, &weights, &micro()));
    shares.find(|(other, _)| other.number == line.number).map(|(_, own)| own).expect("its share")
}

/// `differential`: up the active, who has more than the highest so far has the difference, and the
/// next of the very level of the last of these has the peer's rate, until `depth` have earned.
fn by_level(line: &OnCard<'_>, lineage: &[Ancestor], depth: usize) -> Vec<Gain> {
    let Mode::Levels { by_level, peer } = &line.card.mode else { unreachable!("levels") };
    let mut gains: Vec<Gain> = Vec::new();
    let mut highest = whole(0);
    let mut looks_for: Option<&str> = None;
    for (place, who) in lineage.iter().enumerate().filter(|(_, who)| who.active) {
        let rate = by_level.get(&who.level).cloned().unwrap_or_else(|| whole(0));
        let part = if rate > highest {
            let part = &rate - &highest;
            (highest, looks_for) = (rate, Some(who.level.as_str()));
            part
        } else if looks_for == Some(who.level.as_str()) && *peer > whole(0) {
            looks_for = None;
            peer.clone()
        } else {
            continue;
        };
        if gains.len() < depth {
            gains.push(Gain { place, depth: gains.len() + 1, exact: &line.base * part });
        }
    }
    gains
}

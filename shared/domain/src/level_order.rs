//! Whether a level is harder than one below it, and whether anybody can meet what it asks for.
//!
//! Everything that a level asks for is a least figure, so whoever has more of everything meets
//! whatever one who has less does. What the figures of one distributor have to do with each other
//! (a longer window holds at least what a shorter one does, own sales are among team sales) says no
//! more than that one figure is at least another, give or take. Therefore there are greatest
//! figures among those that miss some conditions, and least among those that meet some, and one
//! look at these decides for everybody.

mod figures;
mod ways;

use crate::level::{Condition, Score};
pub use figures::{Figure, days_for_months, months_max};
use figures::{Figures, Wanted};
use ways::{Atom, clauses, terms};

/// Figures of one who meets a level that is no harder than one below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Easier {
    /// Figures that meet the upper level.
    pub figures: Vec<(Figure, u64)>,
    /// Whether they meet the lower one, too: then the upper asks for nothing that the lower does
    /// not ask for.
    pub meets_lower: bool,
    /// Whether they miss the lower one only for an open risk flag.
    pub is_flagged: bool,
}

/// Most pairs of a way to meet the lower level and a part of the upper that are held against each
/// other: conditions made for it have millions.
const PAIRS_MAX: usize = 4_000;

/// Whether everybody who meets `lower` meets `upper`: then nobody would ever stand on the lower
/// level. None where somebody meets the lower alone, and where nobody can meet it at all.
///
/// It is exact unless both have a score of several measures. Then it is said only where one score
/// clearly follows from the other, or where the scores make no difference.
#[must_use]
pub fn easier(lower: &Condition, upper: &Condition) -> Option<Easier> {
    (can_be_met(lower) && follows(lower, upper)).then(|| example(lower, upper)).flatten()
}

/// Whether there can be anybody who meets a condition.
#[must_use]
pub fn can_be_met(condition: &Condition) -> bool {
    Figures::missing(&[]).meet(condition)
}

/// Whether all of `upper` holds wherever `lower` does.
fn follows(lower: &Condition, upper: &Condition) -> bool {
    let (Some(ways), Some(parts)) = (terms(lower), clauses(upper)) else { return false };
    let has_scores = |part: &Vec<Atom<'_>>| part.iter().any(|atom| scored(atom).is_some());
    if parts.iter().any(has_scores) && ways.len().saturating_mul(parts.len()) > PAIRS_MAX {
        return false;
    }
    parts.iter().all(|part| {
        let wanted: Vec<Wanted> = part.iter().filter_map(asked).collect();
        let missing = Figures::missing(&wanted);
        // Who has the most of those that miss the part misses the lower level.
        if !missing.meet(lower) {
            return true;
        }
        has_scores(part) && ways.iter().all(|way| leads(way, part, &missing))
    })
}

/// Whether one way to meet the lower level meets a part of the upper in which there are scores.
fn leads(way: &[Atom<'_>], part: &[Atom<'_>], missing: &Figures<'_>) -> bool {
    let wanted: Vec<Wanted> = way.iter().filter_map(asked).collect();
    let least = Figures::meeting(&wanted);
    way.iter().any(|atom| !atom.is_met(missing))
        || part.iter().any(|atom| atom.is_met(&least))
        || way.iter().filter_map(scored).any(|given| {
            part.iter().filter_map(scored).any(|score| figures::is_covered(given, score))
        })
}

fn asked(atom: &Atom<'_>) -> Option<Wanted> {
    match atom {
        Atom::Least(wanted) => Some(*wanted),
        Atom::Score(_) => None,
    }
}

fn scored<'c>(atom: &Atom<'c>) -> Option<&'c Score> {
    match atom {
        Atom::Least(_) => None,
        Atom::Score(score) => Some(score),
    }
}

/// Figures that meet the upper level and, if there are any, not the lower.
fn example(lower: &Condition, upper: &Condition) -> Option<Easier> {
    let mut of_both = None;
    for way in terms(upper)? {
        let most = way.iter().filter_map(scored).map(|score| score.parts.len()).max();
        for place in 0..most.unwrap_or(1) {
            let wanted: Option<Vec<Wanted>> = way.iter().map(|atom| atom.by(place)).collect();
            let Some(wanted) = wanted.filter(|wanted| figures::can_be(wanted)) else { continue };
            let figures = wanted.iter().filter(|(figure, _)| *figure != Figure::Compliant);
            let figures = figures.copied().collect();
            let meets_lower = Figures::meeting(&wanted).meet(lower);
            let found = Easier { figures, meets_lower, is_flagged: false };
            if !meets_lower {
                let unflagged = [wanted.as_slice(), &[(Figure::Compliant, 1)]].concat();
                let is_flagged = Figures::meeting(&unflagged).meet(lower);
                return Some(Easier { is_flagged, ..found });
            }
            of_both.get_or_insert(found);
        }
    }
    of_both
}

#[cfg(test)]
mod tests;

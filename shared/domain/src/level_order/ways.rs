//! A condition as the ways to meet it, or as the parts of which one missed misses it.

use super::figures::{self, Figure, Figures, Wanted};
use crate::level::{Condition, Score};

/// Something that holds or does not hold by itself.
#[derive(Clone, Copy)]
pub(super) enum Atom<'c> {
    /// A figure comes to so much.
    Least(Wanted),
    /// Several measures come to so many points.
    Score(&'c Score),
}

impl Atom<'_> {
    /// Whether it holds of figures.
    pub(super) fn is_met(&self, of: &Figures<'_>) -> bool {
        match self {
            Self::Least((figure, least)) => of.of(*figure) >= *least,
            Self::Score(score) => of.points(score) >= figures::asked(score),
        }
    }

    /// The figure that meets it: of a score the measure at that place alone, or the last.
    pub(super) fn by(&self, place: usize) -> Option<Wanted> {
        match self {
            Self::Least(wanted) => Some(*wanted),
            Self::Score(score) => {
                let part = score.parts.get(place).or_else(|| score.parts.last())?;
                Some((Figure::Of(part.measure), figures::alone(score, part)?))
            }
        }
    }
}

/// Most ways into which a condition is taken apart; 20 measures, nested once, have at most 1,458.
const WAYS_MAX: usize = 2_000;

/// The ways to meet a condition, in each of which everything must hold; none of too many.
pub(super) fn terms(condition: &Condition) -> Option<Vec<Vec<Atom<'_>>>> {
    taken_apart(condition, Form::Terms)
}

/// What all must hold of a condition, in each of which one thing is enough; none of too much.
pub(super) fn clauses(condition: &Condition) -> Option<Vec<Vec<Atom<'_>>>> {
    taken_apart(condition, Form::Clauses)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Terms,
    Clauses,
}

fn taken_apart(condition: &Condition, form: Form) -> Option<Vec<Vec<Atom<'_>>>> {
    match condition {
        Condition::All(list) if form == Form::Clauses => one_after_another(list, form),
        Condition::Any(list) if form == Form::Terms => one_after_another(list, form),
        Condition::All(list) | Condition::Any(list) => {
            let mut found = vec![Vec::new()];
            for one in list {
                found = crossed(&found, &taken_apart(one, form)?)?;
            }
            Some(found)
        }
        Condition::AtLeast { measure, least } => {
            Some(vec![vec![Atom::Least((Figure::Of(*measure), *least))]])
        }
        Condition::Compliant => Some(vec![vec![Atom::Least((Figure::Compliant, 1))]]),
        Condition::Score(score) => Some(vec![vec![match score.parts.as_slice() {
            [part] => Atom::Least((Figure::Of(part.measure), figures::alone(score, part)?)),
            _ => Atom::Score(score),
        }]]),
    }
}

fn one_after_another(list: &[Condition], form: Form) -> Option<Vec<Vec<Atom<'_>>>> {
    let mut found = Vec::new();
    for one in list {
        found.extend(taken_apart(one, form)?);
    }
    (found.len() <= WAYS_MAX).then_some(found)
}

/// Each of the one with each of the other.
fn crossed<'c>(one: &[Vec<Atom<'c>>], other: &[Vec<Atom<'c>>]) -> Option<Vec<Vec<Atom<'c>>>> {
    if one.len().saturating_mul(other.len()) > WAYS_MAX {
        return None;
    }
    let with = |first: &Vec<Atom<'c>>| {
        let first = first.clone();
        other.iter().map(move |second| [first.as_slice(), second].concat())
    };
    Some(one.iter().flat_map(with).collect())
}

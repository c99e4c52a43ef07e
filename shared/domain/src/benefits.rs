//! What a level brings: all that a plan does otherwise for those who stand on it.

use crate::ids::{CardId, RuleId};
use crate::money::{Currency, Rate};
use crate::plan::{Differential, Mode, Plan, Programme};

/// One thing that a level brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Benefit {
    /// Orders of so many depths below earn, where the plan asks for a level at some.
    Depths {
        /// The deepest that earns.
        earns: usize,
        /// The deepest that the plan has.
        of: usize,
    },
    /// A card adds this to each of its rates.
    Bonus {
        /// The card.
        card: CardId,
        /// How much.
        rate: Rate,
    },
    /// A card pays up to this rate, less what those below were paid.
    UpTo {
        /// The card.
        card: CardId,
        /// The rate.
        rate: Rate,
    },
    /// A rule is for orders of those on this level.
    Rule {
        /// The rule.
        rule: RuleId,
        /// The card of its lines.
        card: CardId,
    },
}

/// What the level of a rank brings in each currency, as the plan has it in turn.
#[must_use]
pub fn benefits(plan: &Plan, rank: usize) -> Vec<(Currency, Benefit)> {
    let programmes = plan.currencies.iter();
    let each = programmes.flat_map(|(currency, programme)| {
        in_programme(programme, rank).into_iter().map(move |benefit| (*currency, benefit))
    });
    each.collect()
}

fn in_programme(programme: &Programme, rank: usize) -> Vec<Benefit> {
    let closed = programme.min_rank.iter().take(programme.depth).any(|least| *least > 0);
    let open = |depth: &usize| {
        let place = depth.checked_sub(1).and_then(|place| programme.min_rank.get(place));
        place.is_none_or(|least| *least <= rank)
    };
    let earns = (1..=programme.depth).filter(open).max().unwrap_or(0);
    let depths = closed.then_some(Benefit::Depths { earns, of: programme.depth });
    let above_zero = |rates: &[Rate]| rates.get(rank).copied().filter(|rate| *rate > Rate::ZERO);
    let cards = programme.cards.iter().filter_map(|card| match &card.mode {
        Mode::Percent { level_bonus, .. } => {
            Some(Benefit::Bonus { card: card.id.clone(), rate: above_zero(level_bonus)? })
        }
        Mode::Tiered(tiered) => {
            Some(Benefit::Bonus { card: card.id.clone(), rate: above_zero(&tiered.level_bonus)? })
        }
        Mode::Differential(Differential { by_rank, .. }) => {
            Some(Benefit::UpTo { card: card.id.clone(), rate: above_zero(by_rank)? })
        }
        Mode::Fixed { .. } => None,
    });
    let rules = programme.rules.iter().filter_map(|rule| {
        let ranks = rule.when.rank.as_ref()?;
        let card = programme.cards.get(rule.card).filter(|_| ranks.contains(&rank))?;
        Some(Benefit::Rule { rule: rule.id.clone(), card: card.id.clone() })
    });
    depths.into_iter().chain(cards).chain(rules).collect()
}

//! The steps on the way to an allocation, for whoever wants to know.

use crate::ids::LevelId;
use crate::money::{Money, Overflow, Rate};
use crate::order::Line;
use crate::plan::{Base, Card, Measure, Rounding, Rule, Tier};

/// One step on the way to an allocation. `ancestor` is a place in the lineage.
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
        from: Basis<'a>,
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

/// What micros were made from. `amount` is the base of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis<'a> {
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
    /// `amount × (rate + bonus)`, by the tier that a measure reaches.
    Tier {
        /// Which base.
        base: Base,
        /// The base of the line.
        amount: Money,
        /// What is measured.
        measure: Measure,
        /// What it comes to.
        measured: Money,
        /// Where the tier begins.
        from: Money,
        /// The tier's rate at the depth.
        rate: Rate,
        /// The card's bonus for the beneficiary's level.
        bonus: Rate,
    },
    /// The base of the line, each part at its tier's rate.
    Parts {
        /// Which base.
        base: Base,
        /// The base, in parts.
        stretch: Stretch<'a>,
    },
    /// The bases of all lines on the card, each part at its tier's rate; the line has its share.
    Share {
        /// Which base.
        base: Base,
        /// The base of the line, by which it has its share.
        amount: Money,
        /// The bases of all lines on the card, in parts.
        stretch: Stretch<'a>,
    },
    /// `amount × (rate − below)`: the rate of a level above the highest met before.
    Difference {
        /// Which base.
        base: Base,
        /// The base of the line.
        amount: Money,
        /// The beneficiary's level.
        level: &'a LevelId,
        /// The level's rate.
        rate: Rate,
        /// The highest rate below.
        below: Rate,
    },
    /// `amount × rate`: of the same level as the last who earned a difference.
    Peer {
        /// Which base.
        base: Base,
        /// The base of the line.
        amount: Money,
        /// The level of both.
        level: &'a LevelId,
        /// The card's rate for peers.
        rate: Rate,
    },
}

impl Basis<'_> {
    /// The product, exact, in micros; of a share, that of all lines on the card together.
    pub(super) fn micros(self) -> Result<u128, Overflow> {
        match self {
            Self::Rate { amount, rate, bonus, .. } | Self::Tier { amount, rate, bonus, .. } => {
                with_bonus(amount, rate, bonus)
            }
            Self::Fixed { amount, count } => Ok(amount.times(count)?.micros()),
            Self::Parts { stretch, .. } | Self::Share { stretch, .. } => stretch.micros(),
            Self::Difference { amount, rate, below, .. } => {
                rate.of(amount).checked_sub(below.of(amount)).ok_or(Overflow)
            }
            Self::Peer { amount, rate, .. } => Ok(rate.of(amount)),
        }
    }
}

fn with_bonus(amount: Money, rate: Rate, bonus: Rate) -> Result<u128, Overflow> {
    rate.of(amount).checked_add(bonus.of(amount)).ok_or(Overflow)
}

/// A stretch of a measure over the tiers of a card: from where it stood, as far as the bases go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch<'a> {
    /// What is measured.
    pub measure: Measure,
    /// Where the stretch begins.
    pub start: Money,
    /// How long it is.
    pub length: Money,
    /// The tiers of the card.
    pub tiers: &'a [Tier],
    /// Whose rates of a tier count, from 1.
    pub depth: usize,
    /// What is added to each of them.
    pub bonus: Rate,
}

impl Stretch<'_> {
    /// The parts that have a rate, from the lowest on, each with the rate without the bonus.
    pub fn parts(&self) -> impl Iterator<Item = (Money, Rate)> {
        let (start, length) = (self.start.minor(), self.length.minor());
        let end = start.saturating_add(length);
        let place = self.depth.checked_sub(1);
        let next = self.tiers.iter().skip(1).map(|tier| tier.from.minor());
        let tiers = self.tiers.iter().zip(next.chain([u64::MAX]));
        tiers.filter_map(move |(tier, next)| {
            let part = end.min(next).checked_sub(start.max(tier.from.minor()))?;
            let rate = *tier.rates.get(place?)?;
            Money::from_minor(part).ok().filter(|part| *part > Money::ZERO).map(|part| (part, rate))
        })
    }

    fn micros(&self) -> Result<u128, Overflow> {
        self.parts().try_fold(0_u128, |sum, (part, rate)| {
            sum.checked_add(with_bonus(part, rate, self.bonus)?).ok_or(Overflow)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: u64) -> Money {
        Money::from_minor(minor).unwrap()
    }

    /// Tiers from 100 and from 1,000, of which the second has no rate at depth 2.
    #[track_caller]
    fn check([start, length]: [u64; 2], depth: usize, want: &[(u64, &str)]) {
        let tier = |from, rates: &[&str]| Tier {
            from: money(from),
            rates: rates.iter().map(|rate| rate.parse().unwrap()).collect(),
        };
        let stretch = Stretch {
            measure: Measure::Order,
            start: money(start),
            length: money(length),
            tiers: &[tier(100, &["0.1", "0.05"]), tier(1_000, &["0.2"])],
            depth,
            bonus: Rate::ZERO,
        };
        let parts = stretch.parts().map(|(part, rate)| (part.minor(), rate.to_string()));
        let want = want.iter().map(|&(part, rate)| (part, rate.to_owned()));
        assert_eq!(parts.collect::<Vec<_>>(), want.collect::<Vec<_>>(), "{start} + {length}");
    }

    #[test]
    fn parts_table() {
        check([0, 0], 1, &[]);
        check([0, 100], 1, &[]); // Below the first tier.
        check([0, 101], 1, &[(1, "0.1")]);
        check([0, 1_500], 1, &[(900, "0.1"), (500, "0.2")]);
        check([0, 1_500], 2, &[(900, "0.05")]); // No rate in the second.
        check([0, 1_500], 3, &[]);
        check([900, 100], 1, &[(100, "0.1")]);
        check([999, 2], 1, &[(1, "0.1"), (1, "0.2")]);
        check([1_000, 2], 1, &[(2, "0.2")]);
        check([1_000_000_000_000, 1_000_000_000_000], 1, &[(1_000_000_000_000, "0.2")]);
    }
}

//! How one line of an order is paid at each depth.

use crate::ids::CardId;
use crate::money::{Money, Rate};

/// Of what a card's rates are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// `unit_price × quantity`.
    List,
    /// List less the line's own discount.
    Net,
    /// What was paid for the line.
    Paid,
    /// What was paid less the cost.
    Profit,
}

/// How one line of an order is paid at each depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// The card's name in the plan.
    pub id: CardId,
    /// How rates make micros.
    pub mode: Mode,
    /// Most that one beneficiary earns on this card of one order.
    pub max_per_order: Option<Money>,
}

/// The modes of a card. Depths run from 1: the first entry is depth 1; an absent entry is no rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `base × rates[n]`; `decay` compiles to it.
    Percent {
        /// What the rates are taken of.
        base: Base,
        /// The rate at each depth.
        rates: Vec<Rate>,
        /// What is added to a rate, by the beneficiary's rank.
        level_bonus: Vec<Rate>,
    },
    /// A fixed amount.
    Fixed {
        /// The amount at each depth.
        amounts: Vec<Money>,
        /// What it is paid for.
        per: Per,
    },
    /// The rates of the tier that a measure reaches, or of each tier that it passes.
    Tiered(Tiered),
    /// Going up the lineage, what a level's rate has above the highest met so far.
    Differential(Differential),
}

impl Mode {
    /// Of what its rates are taken; none where it has no rates.
    #[must_use]
    pub fn base(&self) -> Option<Base> {
        match self {
            Self::Percent { base, .. } => Some(*base),
            Self::Fixed { .. } => None,
            Self::Tiered(tiered) => Some(tiered.base),
            Self::Differential(differential) => Some(differential.base),
        }
    }
}

/// What a fixed amount is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// Each unit of the quantity.
    Unit,
    /// The line, whatever its quantity.
    Line,
}

/// Rates by how much a measure comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiered {
    /// What the rates are taken of.
    pub base: Base,
    /// What the tiers are held against.
    pub measure: Measure,
    /// How the tiers that it reaches are used.
    pub kind: TierKind,
    /// Each from higher on than the one before; below the first nothing is earned.
    pub tiers: Vec<Tier>,
    /// What is added to a rate, by the beneficiary's rank.
    pub level_bonus: Vec<Rate>,
}

/// What the tiers of a card are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The line's base.
    Line,
    /// The bases of all lines of the order on the card, together.
    Order,
    /// What the beneficiary sold in the calendar month.
    MonthSales,
}

/// How the tiers that a measure reaches are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TierKind {
    /// The rates of the highest, on all of the base.
    Whole,
    /// Each part of the measure at the rates of its own.
    Graduated,
}

/// A tier: from an amount on, up to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// The least that is in it.
    pub from: Money,
    /// The rate at each depth; an absent entry is no rate.
    pub rates: Vec<Rate>,
}

impl Tiered {
    /// The tier that `measured` reaches; none below the first.
    #[must_use]
    pub fn reached(&self, measured: Money) -> Option<&Tier> {
        self.tiers.iter().take_while(|tier| tier.from <= measured).last()
    }

    /// The deepest depth that any of its tiers has a rate for.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.tiers.iter().map(|tier| tier.rates.len()).max().unwrap_or(0)
    }
}

/// A rate a level, of which each level has what those below it left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differential {
    /// What the rates are taken of.
    pub base: Base,
    /// The rate of each rank; zero for a level without one.
    pub by_rank: Vec<Rate>,
    /// What the next one up of the same level has; zero where it has nothing.
    pub peer: Rate,
}

/// The rates of a `decay` card: at depth `n` the exact `first × ratio^(n−1)`, cut once to 6 digits.
///
/// The product is carried as digits of base 10^6, because it may have 120 decimals.
#[must_use]
pub fn decay_rates(first: Rate, ratio: Rate, depth: usize) -> Vec<Rate> {
    const BASE: u64 = 1_000_000;
    // Lowest first; the number is digits ÷ BASE^digits.len(), so the last digit is the millionths.
    // A rate of one does not fit a digit, but a carry out of the last one can only be that rate.
    let mut digits = vec![u64::from(first.millionths())];
    let mut rates = Vec::with_capacity(depth);
    for _ in 0..depth {
        let cut = digits.last().and_then(|&top| u32::try_from(top).ok());
        rates.push(cut.and_then(Rate::from_millionths).unwrap_or_default());
        let mut carry = 0;
        for digit in &mut digits {
            let product = digit.saturating_mul(ratio.millionths().into()).saturating_add(carry);
            *digit = product.checked_rem(BASE).unwrap_or_default();
            carry = product.checked_div(BASE).unwrap_or_default();
        }
        digits.push(carry);
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(first: &str, ratio: &str, want: &[&str]) {
        let rates = decay_rates(first.parse().unwrap(), ratio.parse().unwrap(), want.len());
        let texts: Vec<_> = rates.iter().map(Rate::to_string).collect();
        assert_eq!(texts, want, "{first} × {ratio}^n");
    }

    #[test]
    fn decay_table() {
        check("0.20", "0.5", &["0.2", "0.1", "0.05", "0.025"]);
        // 0.1 × 0.333333² = 0.0111110888…; from the cut 0.033333 it would be 0.011110.
        check("0.1", "0.333333", &["0.1", "0.033333", "0.011111", "0.003703"]);
        // 0.999999³ = 0.999997000002999999.
        check("0.999999", "0.999999", &["0.999999", "0.999998", "0.999997"]);
        check("1", "1", &["1", "1", "1"]);
        check("1", "0.5", &["1", "0.5"]);
        check("0.000001", "0.5", &["0.000001", "0"]);
        check("0.5", "0", &["0.5", "0"]);
    }

    #[test]
    fn reached_table() {
        let money = |minor| Money::from_minor(minor).unwrap();
        let tier = |from, count| Tier { from: money(from), rates: vec![Rate::ONE; count] };
        let tiered = Tiered {
            base: Base::Paid,
            measure: Measure::Order,
            kind: TierKind::Whole,
            tiers: vec![tier(100, 2), tier(100_000, 1)],
            level_bonus: Vec::new(),
        };
        let from = |minor| tiered.reached(money(minor)).map(|tier| tier.from.minor());
        assert_eq!(from(0), None);
        assert_eq!(from(99), None);
        assert_eq!(from(100), Some(100));
        assert_eq!(from(99_999), Some(100));
        assert_eq!(from(100_000), Some(100_000));
        assert_eq!(tiered.depth(), 2);
    }
}

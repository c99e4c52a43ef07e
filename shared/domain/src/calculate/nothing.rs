//! Why some of the lineage earn nothing of an order, for whoever wants to know.

use std::collections::BTreeSet;

use super::earn::{Priced, priced};
use super::step::{Basis, Step};
use super::{Order, Taker};
use crate::allocation::Frozen;
use crate::ids::LevelId;
use crate::member::Status;
use crate::money::{Money, Rate};
use crate::order::{Line, Paid};
use crate::plan::{Base, Card, Differential, Inactive, Measure, Mode, Plan, TierKind, Tiered};

/// One of the lineage whom no line earned anything, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nothing<'a> {
    /// Their place in the lineage.
    pub ancestor: usize,
    /// Why; at least one reason, for an order of at least one line.
    pub reasons: Vec<Reason<'a>>,
}

/// Why one of the lineage is earned nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason<'a> {
    /// They took no part when the order was paid.
    Inactive {
        /// What they were.
        status: Status,
        /// The depth at which they were asked, and what becomes of it; none where they were not.
        at: Option<(usize, Inactive)>,
    },
    /// Their level is below the lowest that earns at the depth.
    BelowLevel {
        /// The depth at which they were asked, and what becomes of it.
        at: (usize, Inactive),
        /// Their level.
        level: &'a LevelId,
        /// The lowest that earns there.
        least: &'a LevelId,
    },
    /// They stand above all depths of the plan.
    Beyond {
        /// How many it has.
        depth: usize,
    },
    /// Lines that earn them nothing, all of them for the same reason.
    Lines(Vec<&'a Line>, Because<'a>),
}

/// Why a line earns one of the lineage nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because<'a> {
    /// No rule matches it.
    NoRule,
    /// Nothing was paid for it.
    PaidNothing,
    /// What the card's rates are taken of is zero.
    BaseOfNothing {
        /// The card.
        card: &'a Card,
        /// The base.
        base: Base,
    },
    /// The card has no rate or amount for the depth.
    NoRate {
        /// The card.
        card: &'a Card,
        /// The depth.
        depth: usize,
    },
    /// The measure is below the first tier.
    BelowTiers {
        /// The card.
        card: &'a Card,
        /// What it measures, and what its rates are taken of.
        measure: (Measure, Base),
        /// What that comes to.
        measured: Money,
        /// Where the first tier begins.
        first: Money,
    },
    /// The tiers that the measure reaches have no rate for the depth.
    NoRateInTier {
        /// The card.
        card: &'a Card,
        /// The depth.
        depth: usize,
        /// Where the tier begins.
        from: Money,
    },
    /// The rate of their level is not above the highest met below.
    NotAbove {
        /// The card.
        card: &'a Card,
        /// Their level.
        level: &'a LevelId,
        /// Its rate.
        rate: Rate,
        /// The highest below.
        highest: Rate,
    },
    /// As many as the plan has depths have earned from the line before.
    UsedUp {
        /// How many.
        depth: usize,
    },
    /// The rate or amount for the depth is zero.
    ComesToNothing {
        /// The card.
        card: &'a Card,
        /// The depth.
        depth: usize,
    },
}

/// Of the lineage, nearest first, whom no line earned anything, and why. `steps` are all that
/// [`super::calculate`] noted of the same arguments. Whoever earned something and had it cut has
/// steps that say so, and is not here; nor is anybody where the order cannot be calculated.
#[must_use]
pub fn nothing<'a>(
    paid: &'a Paid,
    plan: &'a Plan,
    frozen: &'a Frozen,
    steps: &[Step<'a>],
) -> Vec<Nothing<'a>> {
    let Ok(order) = Order::new(paid, plan, frozen) else { return Vec::new() };
    let Ok(priced) = priced(&order) else { return Vec::new() };
    let look = Look { order: &order, priced: &priced, steps };
    let earner = |step: &Step<'_>| match *step {
        Step::Earned { ancestor, .. } => Some(ancestor),
        Step::CardCap { .. }
        | Step::DepthCap { .. }
        | Step::Rounded { .. }
        | Step::TotalCap { .. } => None,
    };
    let earners: BTreeSet<usize> = steps.iter().filter_map(earner).collect();
    let others = (0..frozen.lineage.len()).filter(|ancestor| !earners.contains(ancestor));
    others.map(|ancestor| Nothing { ancestor, reasons: look.reasons(ancestor) }).collect()
}

struct Look<'l, 'a> {
    order: &'l Order<'a>,
    priced: &'l [Priced<'a>],
    steps: &'l [Step<'a>],
}

impl<'a> Look<'_, 'a> {
    fn reasons(&self, ancestor: usize) -> Vec<Reason<'a>> {
        let order = self.order;
        let Some(one) = order.frozen.lineage.get(ancestor) else { return Vec::new() };
        let goes_up = |card: &Card| matches!(card.mode, Mode::Differential(_));
        let only_by_level =
            !self.priced.is_empty() && self.priced.iter().all(|own| goes_up(own.card));
        let asked = Some(ancestor).filter(|_| !only_by_level).and_then(|one| self.asked(one));
        let at = asked.map(|depth| (depth, order.programme.inactive));
        if one.status != Status::Active {
            return vec![Reason::Inactive { status: one.status, at }];
        }
        let stands = order.standing().find(|(_, taker)| taker.ancestor == ancestor);
        if stands.is_some() || only_by_level {
            return self.lines(ancestor, stands, |_| true);
        }
        let least = at.and_then(|(depth, _)| {
            let rank = order.programme.min_rank.get(depth.checked_sub(1)?)?;
            order.plan.levels.get(*rank)
        });
        let place = match at.zip(least) {
            Some((at, least)) => Reason::BelowLevel { at, level: &one.level, least },
            None => Reason::Beyond { depth: order.programme.depth },
        };
        let by_level = self.lines(ancestor, None, |card| card.is_some_and(goes_up));
        std::iter::once(place).chain(by_level).collect()
    }

    /// At which depth one of the lineage was asked whether they take it; none where all depths
    /// were taken before.
    fn asked(&self, ancestor: usize) -> Option<usize> {
        let before = match self.order.programme.inactive {
            Inactive::Forfeit => ancestor,
            Inactive::Compress => {
                self.order.standing().filter(|(_, taker)| taker.ancestor < ancestor).count()
            }
        };
        let depth = before.checked_add(1)?;
        Some(depth).filter(|depth| *depth <= self.order.programme.depth)
    }

    /// Why lines earn one of the lineage nothing, those of one reason together.
    fn lines(
        &self,
        ancestor: usize,
        stands: Option<(usize, Taker)>,
        asks: impl Fn(Option<&'a Card>) -> bool,
    ) -> Vec<Reason<'a>> {
        let mut found: Vec<(Because<'a>, Vec<&'a Line>)> = Vec::new();
        let lines = self.order.paid.lines.iter().zip(&self.order.rules).enumerate();
        for (place, (line, matched)) in lines {
            if !asks(matched.map(|(_, card)| card)) {
                continue;
            }
            let own = self.priced.iter().find(|own| own.place == place);
            let because = match (matched, own) {
                (None, _) => Because::NoRule,
                (Some(_), None) => Because::PaidNothing,
                (Some(_), Some(own)) => self.because(ancestor, own, stands),
            };
            match found.iter_mut().find(|(other, _)| *other == because) {
                Some((_, lines)) => lines.push(line),
                None => found.push((because, vec![line])),
            }
        }
        found.into_iter().map(|(because, lines)| Reason::Lines(lines, because)).collect()
    }

    fn because(
        &self,
        ancestor: usize,
        own: &Priced<'a>,
        stands: Option<(usize, Taker)>,
    ) -> Because<'a> {
        let Priced { card, amount, .. } = *own;
        if let Some(base) = card.mode.base().filter(|_| amount == Money::ZERO) {
            return Because::BaseOfNothing { card, base };
        }
        let Some((depth, _)) = stands else { return self.by_level(ancestor, own) };
        let has = |count: usize| depth <= count;
        match &card.mode {
            Mode::Percent { rates, .. } if has(rates.len()) => {
                Because::ComesToNothing { card, depth }
            }
            Mode::Fixed { amounts, .. } if has(amounts.len()) => {
                Because::ComesToNothing { card, depth }
            }
            Mode::Tiered(tiered) if has(tiered.depth()) => {
                self.by_tier(ancestor, own, tiered, depth)
            }
            Mode::Percent { .. } | Mode::Fixed { .. } | Mode::Tiered(_) => {
                Because::NoRate { card, depth }
            }
            Mode::Differential(_) => self.by_level(ancestor, own),
        }
    }

    fn by_tier(
        &self,
        ancestor: usize,
        own: &Priced<'a>,
        tiered: &Tiered,
        depth: usize,
    ) -> Because<'a> {
        let card = own.card;
        let on_card = self.priced.iter().filter(|other| other.rule.card == own.rule.card);
        let bases = on_card.map(|line| line.amount);
        let sold = self.order.frozen.sold(ancestor);
        let measured = match (tiered.measure, tiered.kind) {
            (Measure::Line, _) => own.amount,
            (Measure::Order, _) => Money::total(bases).unwrap_or_default(),
            (Measure::MonthSales, TierKind::Whole) => sold,
            (Measure::MonthSales, TierKind::Graduated) => {
                Money::total(bases.chain([sold])).unwrap_or_default()
            }
        };
        let measure = (tiered.measure, tiered.base);
        match (tiered.reached(measured), tiered.tiers.first()) {
            (None, Some(first)) => {
                Because::BelowTiers { card, measure, measured, first: first.from }
            }
            (Some(tier), _) if tier.rates.len() < depth => {
                Because::NoRateInTier { card, depth, from: tier.from }
            }
            (Some(_) | None, _) => Because::ComesToNothing { card, depth },
        }
    }

    /// Why a card that goes up by level earns one of the active nothing.
    fn by_level(&self, ancestor: usize, own: &Priced<'a>) -> Because<'a> {
        let (order, card) = (self.order, own.card);
        let below = self.steps.iter().filter_map(|step| match *step {
            Step::Earned { ancestor: other, line, from, .. }
                if other < ancestor && line.id == own.line.id =>
            {
                Some(from)
            }
            Step::Earned { .. }
            | Step::CardCap { .. }
            | Step::DepthCap { .. }
            | Step::Rounded { .. }
            | Step::TotalCap { .. } => None,
        });
        let below: Vec<Basis<'a>> = below.collect();
        let depth = order.programme.depth;
        let rank = order.ranks.get(ancestor).copied().unwrap_or_default();
        let level = order.plan.levels.get(rank).filter(|_| below.len() < depth);
        let (Some(level), Mode::Differential(Differential { by_rank, .. })) = (level, &card.mode)
        else {
            return Because::UsedUp { depth };
        };
        let rate = by_rank.get(rank).copied().unwrap_or_default();
        let highest = below.iter().filter_map(|from| match from {
            Basis::Difference { rate, .. } => Some(*rate),
            Basis::Rate { .. }
            | Basis::Fixed { .. }
            | Basis::Tier { .. }
            | Basis::Parts { .. }
            | Basis::Share { .. }
            | Basis::Peer { .. } => None,
        });
        let highest = highest.max().unwrap_or_default();
        Because::NotAbove { card, level, rate, highest }
    }
}

//! Which lines the rules of a programme leave to each other: two that one line could match, one
//! that can never match, lines that none matches.
//!
//! Every condition is a set or an interval, so each is cut into cells of values that are in the
//! conditions of the same rules, and the answers hold for every line there can be, and not only
//! for a sample.
//!
//! A line here is one that can earn: it was paid at least one minor unit and at most what its order
//! was, its quantity is 1 to 10^6, and somebody is first in its lineage. An order without anybody
//! there earns nobody anything, whatever rule its lines are under; so a rule that is left nothing
//! but such lines is one that never matches. Level and distributor go together in any way, since a
//! level changes. One bound is not known here: within 10^6 minor units of the largest amount, not
//! every quantity divides into prices that fit. There the check takes lines to be possible that are
//! not, and says too much rather than too little.

mod axis;
mod example;
mod rule_set;
mod search;

pub use example::{Example, Fact};

use crate::limits::{COVERAGE_STEPS_MAX, RULES_MAX};
use crate::plan::Rule;
use axis::{AXES, Axis, LINE_AMOUNT, ORDER_AMOUNT, axes};
use rule_set::RuleSet;
use search::{Found, Place, find};

/// The rules of a programme, laid out to be asked about. A rule is named by its place in the list.
pub struct Coverage<'a> {
    rules: &'a [Rule],
    axes: [Axis; AXES],
}

/// Whether a rule can ever match a line that earns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It can.
    Matches,
    /// It cannot: every line that it describes is taken by a rule of higher priority.
    Taken {
        /// The rules that together take them all, highest first. None of these can be spared,
        /// unless there are very many.
        by: Vec<usize>,
        /// A line that the rule describes.
        example: Example,
        /// The rule that takes that line; of two of equal priority that overlap, either.
        taker: usize,
    },
    /// It cannot: what it asks of a line excludes itself.
    Contradiction(Contradiction),
    /// It was not found out within [`crate::limits::COVERAGE_QUESTION_STEPS_MAX`].
    NotDecided,
}

/// What no line can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contradiction {
    /// `line_amount` holds no amount from one minor unit to the largest.
    LineAmount,
    /// `order_amount` holds no amount from one minor unit to the largest.
    OrderAmount,
    /// `line_amount` begins at or above the end of `order_amount`.
    LineAboveOrder,
    /// `quantity` holds none from 1 to 10^6.
    Quantity,
    /// `between` holds no time that an order can have.
    Between,
    /// A list that holds nothing.
    EmptyList,
}

/// Whether there are lines that no rule matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// There are none.
    None,
    /// There are; this is one.
    Some(Example),
    /// It was not found out within [`crate::limits::COVERAGE_QUESTION_STEPS_MAX`].
    NotDecided,
}

impl<'a> Coverage<'a> {
    /// Lays out rules, in any order, of a plan of so many levels; none where there are more than
    /// [`RULES_MAX`].
    #[must_use]
    pub fn new(rules: &'a [Rule], levels: usize) -> Option<Self> {
        (rules.len() <= RULES_MAX).then(|| Self { rules, axes: axes(rules, levels) })
    }

    /// Each rule that shares a line with an earlier one in the list of the same priority, with the
    /// first such, and the line.
    #[must_use]
    pub fn overlaps(&self) -> Vec<(usize, usize, Example)> {
        let (meets, spans) = (self.meets(), self.spans());
        // Alone, each amount is in `meets`; a line is also at most its order.
        let fits = |one: usize, other: usize| {
            let span = |rule: usize| spans.get(rule).copied().flatten();
            let (one, other) = span(one).zip(span(other))?;
            Some(one.0.max(other.0) <= one.1.min(other.1))
        };
        let mut before: std::collections::BTreeMap<i32, RuleSet> =
            std::collections::BTreeMap::new();
        let mut overlaps = Vec::new();
        for (place, (rule, meets)) in self.rules.iter().zip(meets).enumerate() {
            let equals = before.entry(rule.priority).or_default();
            let rivals =
                equals.and(&meets).iter().filter(|&rival| fits(place, rival) == Some(true));
            let found = rivals.filter_map(|rival| {
                let both = [place, rival].into_iter().collect();
                Some((place, rival, self.example(self.line(&both)?, &both)))
            });
            overlaps.extend(found.take(1));
            equals.insert(place);
        }
        overlaps
    }

    /// Whether there is a line that no rule matches, and whether each rule can match beside all of
    /// higher priority. After [`COVERAGE_STEPS_MAX`] nothing more is decided.
    #[must_use]
    pub fn judge(&self) -> (Unmatched, Vec<Reach>) {
        let steps_left = &mut COVERAGE_STEPS_MAX.clone();
        let unmatched = self.unmatched(steps_left);
        let reach = (0..self.rules.len()).map(|rule| self.reach(rule, steps_left));
        (unmatched, reach.collect())
    }

    fn reach(&self, rule: usize, steps_left: &mut usize) -> Reach {
        let higher = self.higher(rule);
        let only = [rule].into_iter().collect();
        match find(&self.axes, &only, &higher, steps_left) {
            Found::Line(_) => Reach::Matches,
            Found::NotDecided => Reach::NotDecided,
            Found::Nowhere => Reach::Contradiction(self.contradiction(rule)),
            Found::Taken(by) => self.taken(rule, by, steps_left).unwrap_or(Reach::NotDecided),
        }
    }

    fn unmatched(&self, steps_left: &mut usize) -> Unmatched {
        let all: RuleSet = (0..self.rules.len()).collect();
        match find(&self.axes, &RuleSet::EMPTY, &all, steps_left) {
            Found::Line(place) => Unmatched::Some(self.example(place, &all)),
            Found::Taken(_) | Found::Nowhere => Unmatched::None,
            Found::NotDecided => Unmatched::NotDecided,
        }
    }

    /// The rules of higher priority than one.
    fn higher(&self, rule: usize) -> RuleSet {
        let Some(own) = self.rules.get(rule) else { return RuleSet::EMPTY };
        let rules = self.rules.iter().enumerate();
        rules.filter(|(_, other)| other.priority > own.priority).map(|(place, _)| place).collect()
    }

    fn taken(&self, rule: usize, by: RuleSet, steps_left: &mut usize) -> Option<Reach> {
        let only: RuleSet = [rule].into_iter().collect();
        let by = self.by_priority(self.needed(&only, by, steps_left));
        let higher = self.higher(rule);
        let place = self.line(&only)?;
        let takers = self.by_priority(self.matching(place).and(&higher));
        let &taker = takers.first()?;
        let asked = self.higher(taker).or(&[rule, taker].into_iter().collect());
        Some(Reach::Taken { by, example: self.example(place, &asked), taker })
    }

    /// Those of the rules that leave no room that cannot be spared; all, where it is not found out
    /// of one that it can.
    fn needed(&self, only: &RuleSet, by: RuleSet, steps_left: &mut usize) -> RuleSet {
        const TRIED_MAX: u32 = 16;
        if by.len() > TRIED_MAX {
            return by;
        }
        by.iter().fold(by, |needed, one| {
            let fewer = needed.without(&[one].into_iter().collect());
            match find(&self.axes, only, &fewer, steps_left) {
                Found::Taken(_) => fewer,
                Found::Line(_) | Found::Nowhere | Found::NotDecided => needed,
            }
        })
    }

    fn by_priority(&self, set: RuleSet) -> Vec<usize> {
        let mut rules: Vec<usize> = set.iter().collect();
        let priority = |&rule: &usize| self.rules.get(rule).map(|rule| rule.priority);
        rules.sort_by_key(|rule| std::cmp::Reverse(priority(rule)));
        rules
    }

    /// The rules that match a line.
    fn matching(&self, place: Place) -> RuleSet {
        let met = self.axes.iter().zip(place).map(|(axis, cell)| axis.cells.get(cell));
        met.fold(RuleSet::ALL, |all, met| all.and(met.unwrap_or(&RuleSet::EMPTY)))
    }

    /// A line that all rules of a set match. Nothing is in its way, so it is found at once.
    fn line(&self, within: &RuleSet) -> Option<Place> {
        match find(&self.axes, within, &RuleSet::EMPTY, &mut COVERAGE_STEPS_MAX.clone()) {
            Found::Line(place) => Some(place),
            Found::Taken(_) | Found::Nowhere | Found::NotDecided => None,
        }
    }

    fn example(&self, place: Place, asked: &RuleSet) -> Example {
        let axes = self.axes.iter().zip(place).filter(|(axis, _)| !asked.is_subset(&axis.open));
        Example { facts: axes.filter_map(|(axis, cell)| axis.fact(cell)).collect() }
    }

    /// For each rule, those with which it shares a cell of each axis.
    fn meets(&self) -> Vec<RuleSet> {
        let mut meets = vec![RuleSet::ALL; self.rules.len()];
        for axis in &self.axes {
            let mut here = vec![RuleSet::EMPTY; self.rules.len()];
            for met in &axis.cells {
                for rule in met.without(&axis.open).iter() {
                    if let Some(slot) = here.get_mut(rule) {
                        *slot = slot.or(met);
                    }
                }
            }
            let conditioned = meets.iter_mut().zip(here).enumerate();
            for (rule, (meets, here)) in conditioned {
                if !axis.open.contains(rule) {
                    *meets = meets.and(&here);
                }
            }
        }
        meets
    }

    /// For each rule, the least cell of a line's amount that it meets, and the most of an order's.
    fn spans(&self) -> Vec<Option<(usize, usize)>> {
        let [lines, orders, ..] = &self.axes;
        let span = |rule| {
            let least = lines.cells.iter().position(|met| met.contains(rule))?;
            Some((least, orders.cells.iter().rposition(|met| met.contains(rule))?))
        };
        (0..self.rules.len()).map(span).collect()
    }

    fn contradiction(&self, rule: usize) -> Contradiction {
        let only: RuleSet = [rule].into_iter().collect();
        let is_empty = |axis: &Axis| !axis.cells.iter().any(|met| only.is_subset(met));
        let empty = self.axes.iter().position(is_empty);
        match empty {
            Some(LINE_AMOUNT) => Contradiction::LineAmount,
            Some(ORDER_AMOUNT) => Contradiction::OrderAmount,
            Some(axis::QUANTITY) => Contradiction::Quantity,
            Some(axis::BETWEEN) => Contradiction::Between,
            Some(_) => Contradiction::EmptyList,
            None => Contradiction::LineAboveOrder,
        }
    }
}

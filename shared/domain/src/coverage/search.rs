//! Looks for a line that some rules match and others do not: cell by cell, axis by axis, with the
//! rules that are still to be got rid of.

use std::collections::HashSet;

use super::axis::{AXES, Axis, LINE_AMOUNT, ORDER_AMOUNT};
use super::rule_set::RuleSet;
use crate::limits::COVERAGE_QUESTION_STEPS_MAX;

/// A cell of each axis.
pub(super) type Place = [usize; AXES];

/// What a search found.
pub(super) enum Found {
    /// A line.
    Line(Place),
    /// There is none: these rules leave no room.
    Taken(RuleSet),
    /// There is none, because the rules that are to match exclude each other.
    Nowhere,
    /// It would take more steps than there are.
    NotDecided,
}

/// The steps are spent.
struct Spent;

/// A cell of an axis, and the rules that it leaves to be got rid of.
type Cell = (usize, RuleSet);

struct Search {
    axes: [Vec<Cell>; AXES],
    /// The rules that no cell of an axis gets rid of.
    stubborn: [RuleSet; AXES],
    /// What was looked at: the axes still open, the rules left, and the least cell of the order's
    /// amount. Nothing was found there, or the search would have ended.
    seen: HashSet<([bool; AXES], RuleSet, usize)>,
    place: Place,
    taken: RuleSet,
    steps: usize,
}

/// Looks for a line that each rule of `within` matches and none of `rivals`, and takes the steps
/// off those that are left.
///
/// The answer is exact, or [`Found::NotDecided`]; the same question has the same answer.
pub(super) fn find(
    axes: &[Axis; AXES],
    within: &RuleSet,
    rivals: &RuleSet,
    steps_left: &mut usize,
) -> Found {
    let mut cells: [Vec<Cell>; AXES] = std::array::from_fn(|axis| {
        let all = axes.get(axis).map_or(&[][..], |axis| &axis.cells);
        let inside = all.iter().enumerate().filter(|(_, met)| within.is_subset(met));
        inside.map(|(cell, met)| (cell, met.and(rivals))).collect()
    });
    keep_lines_within_orders(&mut cells);
    if cells.iter().any(Vec::is_empty) {
        return Found::Nowhere;
    }
    // A rule that some axis has no cell of is not in the way.
    let rivals = cells.iter().fold(*rivals, |rivals, cells| {
        rivals.and(&cells.iter().fold(RuleSet::EMPTY, |any, (_, met)| any.or(met)))
    });
    cells.iter_mut().flatten().for_each(|(_, met)| *met = met.and(&rivals));
    let orders = cells.get(ORDER_AMOUNT).cloned().unwrap_or_default();
    let steps = COVERAGE_QUESTION_STEPS_MAX.min(*steps_left);
    let mut search = Search {
        axes: std::array::from_fn(|_| Vec::new()),
        stubborn: [RuleSet::ALL; AXES],
        seen: HashSet::new(),
        place: [0; AXES],
        taken: RuleSet::EMPTY,
        steps,
    };
    let found = search.run(cells, rivals);
    *steps_left = steps_left.saturating_sub(steps.saturating_sub(search.steps));
    match found {
        Ok(true) => Found::Line(with_least_order(axes, search.place, (&orders, &rivals))),
        Ok(false) => Found::Taken(search.taken),
        Err(Spent) => Found::NotDecided,
    }
}

/// The same line in the smallest order that serves as well: easier to read.
fn with_least_order(axes: &[Axis; AXES], place: Place, of: (&[Cell], &RuleSet)) -> Place {
    let (orders, rivals) = of;
    let others = axes.iter().zip(place).enumerate().filter(|(axis, _)| *axis != ORDER_AMOUNT);
    let left = others.fold(*rivals, |left, (_, (axis, cell))| {
        left.and(axis.cells.get(cell).unwrap_or(&RuleSet::ALL))
    });
    let [line, order, ..] = place;
    let smaller = orders.iter().filter(|(cell, _)| (line..order).contains(cell));
    let mut fits = smaller.filter(|(_, met)| met.and(&left).is_empty());
    let mut place = place;
    if let Some((cell, _)) = fits.next() {
        set(&mut place, ORDER_AMOUNT, *cell);
    }
    place
}

/// Both amounts are cut at the same places, so a line's amount is at most its order's where its
/// cell is. A cell that no cell of the other goes with is taken away.
fn keep_lines_within_orders(cells: &mut [Vec<Cell>; AXES]) {
    let [lines, orders, ..] = cells;
    let least = lines.iter().map(|(cell, _)| *cell).min().unwrap_or(usize::MAX);
    let most = orders.iter().map(|(cell, _)| *cell).max().unwrap_or(0);
    lines.retain(|(cell, _)| *cell <= most);
    orders.retain(|(cell, _)| *cell >= least);
}

impl Search {
    fn run(&mut self, cells: [Vec<Cell>; AXES], rivals: RuleSet) -> Result<bool, Spent> {
        for (axis, cells) in cells.into_iter().enumerate() {
            let cells = self.fewest(axis, cells)?;
            let all = cells.iter().fold(RuleSet::ALL, |all, (_, left)| all.and(left));
            if let (Some(slot), Some(stubborn)) =
                (self.axes.get_mut(axis), self.stubborn.get_mut(axis))
            {
                (*slot, *stubborn) = (cells, all);
            }
        }
        self.look([true; AXES], rivals, 0)
    }

    /// Whether the axes that are open have a cell each that together get rid of the rules `left`.
    fn look(&mut self, open: [bool; AXES], left: RuleSet, least: usize) -> Result<bool, Spent> {
        if left.is_empty() {
            self.settle(open, least);
            return Ok(true);
        }
        let stubborn = self.stubborn.iter().zip(open).filter(|(_, open)| *open);
        let stubborn = stubborn.fold(left, |all, (axis, _)| all.and(axis));
        if let Some(rule) = stubborn.first() {
            if stubborn.and(&self.taken).is_empty() {
                self.taken.insert(rule);
            }
            return Ok(false);
        }
        if !self.seen.insert((open, left, least)) {
            return Ok(false);
        }
        let Some((axis, cells)) = self.narrowest(open, left, least)? else {
            return Ok(false);
        };
        let mut rest = open;
        set(&mut rest, axis, false);
        for (cell, left) in cells {
            set(&mut self.place, axis, cell);
            let least = match axis {
                LINE_AMOUNT => cell,
                ORDER_AMOUNT => 0,
                _ => least,
            };
            if self.look(rest, left, least)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The open axis with the fewest cells that differ. The order's amount comes after the line's,
    /// which bounds it.
    fn narrowest(
        &mut self,
        open: [bool; AXES],
        left: RuleSet,
        least: usize,
    ) -> Result<Option<(usize, Vec<Cell>)>, Spent> {
        let mut best: Option<(usize, Vec<Cell>)> = None;
        for axis in (0..AXES).filter(|&axis| is_ready(open, axis)) {
            let cells = self.axes.get(axis).map_or(&[][..], Vec::as_slice);
            let cells = cells.iter().filter(|(cell, _)| axis != ORDER_AMOUNT || *cell >= least);
            let cells = cells.map(|(cell, met)| (*cell, met.and(&left))).collect();
            let cells = self.fewest(axis, cells)?;
            if best.as_ref().is_none_or(|(_, fewest)| cells.len() < fewest.len()) {
                let only = cells.len() <= 1;
                best = Some((axis, cells));
                if only {
                    break;
                }
            }
        }
        Ok(best)
    }

    /// Leaves out cells beside which another is at least as good: it leaves no rule that they do
    /// not, and of a line's amount it is not above, of an order's not below. Those that leave
    /// fewest come first, and each is held against the first of them only: that finds most.
    fn fewest(&mut self, axis: usize, mut cells: Vec<Cell>) -> Result<Vec<Cell>, Spent> {
        const HELD_AGAINST_MAX: usize = 16;
        self.steps = self.steps.checked_sub(cells.len()).ok_or(Spent)?;
        cells.sort_by_cached_key(|(cell, left)| {
            let best = if axis == ORDER_AMOUNT { usize::MAX.saturating_sub(*cell) } else { *cell };
            (left.len(), *left, best)
        });
        cells.dedup_by_key(|(_, left)| *left);
        let mut kept: Vec<Cell> = Vec::new();
        for (cell, left) in cells {
            let is_as_good = |(other, less): &Cell| {
                let beside = match axis {
                    LINE_AMOUNT => *other <= cell,
                    ORDER_AMOUNT => *other >= cell,
                    _ => true,
                };
                beside && less.is_subset(&left)
            };
            if !kept.iter().take(HELD_AGAINST_MAX).any(is_as_good) {
                kept.push((cell, left));
            }
        }
        Ok(kept)
    }

    /// Takes any cell of the axes that are open.
    fn settle(&mut self, open: [bool; AXES], least: usize) {
        let mut least = least;
        for axis in (0..AXES).filter(|&axis| open.get(axis) == Some(&true)) {
            let cells = self.axes.get(axis).into_iter().flatten().map(|(cell, _)| *cell);
            let fits = |cell: &usize| axis != ORDER_AMOUNT || *cell >= least;
            let Some(cell) = cells.filter(fits).min() else { continue };
            set(&mut self.place, axis, cell);
            if axis == LINE_AMOUNT {
                least = cell;
            }
        }
    }
}

fn is_ready(open: [bool; AXES], axis: usize) -> bool {
    let is_open = |axis: usize| open.get(axis) == Some(&true);
    is_open(axis) && (axis != ORDER_AMOUNT || !is_open(LINE_AMOUNT))
}

fn set<T>(slots: &mut [T; AXES], axis: usize, value: T) {
    if let Some(slot) = slots.get_mut(axis) {
        *slot = value;
    }
}

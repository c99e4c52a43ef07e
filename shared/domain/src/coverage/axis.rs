//! What one condition asks about, cut into cells: two values of one cell are in the conditions of
//! the same rules, so one of them stands for all.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::example::Fact;
use super::rule_set::RuleSet;
use crate::ids::{DistributorId, Text};
use crate::limits::{AMOUNT_MINOR_MAX, QUANTITY_MAX};
use crate::money::Money;
use crate::plan::{Conditions, Range, Rule};
use crate::time;

/// One axis: its cells, each with the rules that it meets.
pub(super) struct Axis {
    /// The rules of whose condition each cell is a part; those without a condition are in each.
    pub(super) cells: Vec<RuleSet>,
    /// The rules without a condition.
    pub(super) open: RuleSet,
    /// What stands for each cell.
    values: Values,
}

/// What stands for each cell. Where there is a list, the first cell is what no rule names.
enum Values {
    Categories(Vec<Option<Text>>),
    Skus(Vec<Option<Text>>),
    Regions(Vec<Option<Text>>),
    Ranks,
    Distributors(Vec<Option<DistributorId>>),
    LineAmounts(Vec<i64>),
    OrderAmounts(Vec<i64>),
    Quantities(Vec<i64>),
    Times(Vec<i64>),
    FirstOrder,
}

/// The place of the axis of the line's amount.
pub(super) const LINE_AMOUNT: usize = 0;
/// The place of the axis of the order's amount, which is cut where the line's is.
pub(super) const ORDER_AMOUNT: usize = 1;
/// The place of the axis of quantities.
pub(super) const QUANTITY: usize = 2;
/// The place of the axis of times.
pub(super) const BETWEEN: usize = 3;
/// The number of axes.
pub(super) const AXES: usize = 10;

/// The axes of a list of rules. Adding a condition is adding an axis.
pub(super) fn axes(rules: &[Rule], levels: usize) -> [Axis; AXES] {
    let (lines, orders) = (line_amount(rules), order_amount(rules));
    let cuts: Vec<i64> = [&lines, &orders].into_iter().flatten().flatten().flat_map(ends).collect();
    [
        Axis::cut(&lines, &cuts, Values::LineAmounts),
        Axis::cut(&orders, &cuts, Values::OrderAmounts),
        Axis::cut(&quantity(rules), &[], Values::Quantities),
        Axis::cut(&between(rules), &[], Values::Times),
        Axis::categories(rules),
        Axis::listed(rules, |when| when.sku.as_deref(), Values::Skus),
        Axis::listed(rules, |when| when.region.as_deref(), Values::Regions),
        Axis::ranks(rules, levels),
        Axis::listed(rules, |when| when.distributor.as_deref(), Values::Distributors),
        Axis::either(rules, |when| when.first_order),
    ]
}

impl Axis {
    /// A list of values, and all that no rule names.
    fn listed<'a, T: Clone + Ord + 'a>(
        rules: &'a [Rule],
        list: fn(&'a Conditions) -> Option<&'a [T]>,
        values: fn(Vec<Option<T>>) -> Values,
    ) -> Self {
        let (open, by_value) = named(rules, list);
        let (cells, names) = distinct(open, by_value.into_iter());
        Self { cells, open, values: values(names.into_iter().map(Option::<&T>::cloned).collect()) }
    }

    /// Paths, each of which is also in the conditions that name a path above it.
    fn categories(rules: &[Rule]) -> Self {
        let (open, by_name) = named(rules, |when| when.category.as_deref());
        let by_path: BTreeMap<&str, RuleSet> =
            by_name.iter().map(|(path, set)| (path.as_str(), *set)).collect();
        let with_above = by_name.keys().map(|path| {
            let text = path.as_str();
            let above = text.match_indices('/').filter_map(|(end, _)| text.get(..end));
            let sets = above.chain([text]).filter_map(|path| by_path.get(path));
            (*path, sets.fold(RuleSet::EMPTY, RuleSet::or))
        });
        let (cells, names) = distinct(open, with_above);
        let names = names.into_iter().map(Option::<&Text>::cloned).collect();
        Self { cells, open, values: Values::Categories(names) }
    }

    /// The ranks of the plan's ladder, and nothing else.
    fn ranks(rules: &[Rule], levels: usize) -> Self {
        let (open, named) = named(rules, |when| when.rank.as_deref());
        let set = |rank| named.get(&rank).copied().unwrap_or_default().or(&open);
        Self { cells: (0..levels).map(set).collect(), open, values: Values::Ranks }
    }

    /// No and yes.
    fn either(rules: &[Rule], wanted: fn(&Conditions) -> Option<bool>) -> Self {
        let all = |meets: &dyn Fn(Option<bool>) -> bool| {
            let rules = rules.iter().enumerate().filter(|(_, rule)| meets(wanted(&rule.when)));
            rules.map(|(place, _)| place).collect::<RuleSet>()
        };
        let cells = [false, true].map(|is| all(&|wanted| wanted.is_none_or(|wanted| wanted == is)));
        Self {
            cells: cells.into(),
            open: all(&|wanted| wanted.is_none()),
            values: Values::FirstOrder,
        }
    }

    /// What lies between the ends of the rules' intervals, and between `cuts`.
    fn cut(intervals: &Intervals, cuts: &[i64], values: fn(Vec<i64>) -> Values) -> Self {
        let Intervals { least, most, by_rule } = intervals;
        let ends = by_rule.iter().flatten().flat_map(ends);
        let mut starts: Vec<i64> = ends.chain(cuts.iter().copied()).chain([*least]).collect();
        starts.retain(|start| (*least..=*most).contains(start));
        starts.sort_unstable();
        starts.dedup();
        let meets = |start: i64| {
            let rules = by_rule.iter().enumerate();
            let met = rules.filter(|(_, range)| range.is_none_or(|range| range.contains(start)));
            met.map(|(rule, _)| rule).collect()
        };
        let open = by_rule.iter().enumerate().filter(|(_, range)| range.is_none());
        let open = open.map(|(rule, _)| rule).collect();
        Self {
            cells: starts.iter().map(|&start| meets(start)).collect(),
            open,
            values: values(starts),
        }
    }

    /// What stands for a cell.
    pub(super) fn fact(&self, cell: usize) -> Option<Fact> {
        let number = |starts: &Vec<i64>| starts.get(cell).copied();
        let money = |starts: &Vec<i64>| {
            number(starts)
                .and_then(|minor| u64::try_from(minor).ok())
                .and_then(|minor| Money::from_minor(minor).ok())
        };
        Some(match &self.values {
            Values::Categories(names) => Fact::Category(names.get(cell)?.clone()),
            Values::Skus(names) => Fact::Sku(names.get(cell)?.clone()),
            Values::Regions(names) => Fact::Region(names.get(cell)?.clone()),
            Values::Ranks => Fact::Rank(cell),
            Values::Distributors(names) => Fact::Distributor(names.get(cell)?.clone()),
            Values::LineAmounts(starts) => Fact::LineAmount(money(starts)?),
            Values::OrderAmounts(starts) => Fact::OrderAmount(money(starts)?),
            Values::Quantities(starts) => Fact::Quantity(u32::try_from(number(starts)?).ok()?),
            Values::FirstOrder => Fact::FirstOrder(cell == 1),
            Values::Times(starts) => Fact::PaidAt(time::from_millis(number(starts)?)?),
        })
    }
}

/// The rules without a list, and those that name each value.
fn named<'a, T: Ord>(
    rules: &'a [Rule],
    list: fn(&'a Conditions) -> Option<&'a [T]>,
) -> (RuleSet, BTreeMap<&'a T, RuleSet>) {
    let mut open = RuleSet::EMPTY;
    let mut named: BTreeMap<&T, RuleSet> = BTreeMap::new();
    for (place, rule) in rules.iter().enumerate() {
        match list(&rule.when) {
            None => open.insert(place),
            Some(values) => {
                for value in values {
                    named.entry(value).or_default().insert(place);
                }
            }
        }
    }
    (open, named)
}

/// What no rule names, and one value for each set of rules that name the same.
fn distinct<'a, T>(
    open: RuleSet,
    named: impl Iterator<Item = (&'a T, RuleSet)>,
) -> (Vec<RuleSet>, Vec<Option<&'a T>>) {
    let mut one_of_each: BTreeMap<RuleSet, &T> = BTreeMap::new();
    for (name, set) in named {
        one_of_each.entry(set.or(&open)).or_insert(name);
    }
    let named = one_of_each.into_iter().map(|(set, name)| (set, Some(name)));
    [(open, None)].into_iter().chain(named).unzip()
}

/// The interval of each rule, if it has one, and the least and the most that an order can have.
struct Intervals {
    least: i64,
    most: i64,
    by_rule: Vec<Option<Range<i64>>>,
}

impl<'a> IntoIterator for &'a Intervals {
    type Item = &'a Option<Range<i64>>;
    type IntoIter = std::slice::Iter<'a, Option<Range<i64>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.by_rule.iter()
    }
}

fn ends(range: &Range<i64>) -> impl Iterator<Item = i64> + use<> {
    [range.min, range.max].into_iter().flatten()
}

fn intervals<T: Copy>(
    rules: &[Rule],
    bounds: (i64, i64),
    range: fn(&Conditions) -> Option<&Range<T>>,
    number: fn(T) -> i64,
) -> Intervals {
    let (least, most) = bounds;
    let each = |rule: &Rule| {
        let range = range(&rule.when)?;
        Some(Range { min: range.min.map(number), max: range.max.map(number) })
    };
    Intervals { least, most, by_rule: rules.iter().map(each).collect() }
}

fn minor(amount: Money) -> i64 {
    i64::try_from(amount.minor()).unwrap_or(i64::MAX)
}

/// A line that was paid nothing is on no card: the least is one minor unit.
fn amount_bounds() -> (i64, i64) {
    (1, i64::try_from(AMOUNT_MINOR_MAX).unwrap_or(i64::MAX))
}

fn line_amount(rules: &[Rule]) -> Intervals {
    intervals(rules, amount_bounds(), |when| when.line_amount.as_ref(), minor)
}

fn order_amount(rules: &[Rule]) -> Intervals {
    intervals(rules, amount_bounds(), |when| when.order_amount.as_ref(), minor)
}

fn quantity(rules: &[Rule]) -> Intervals {
    let bounds = (1, i64::from(QUANTITY_MAX));
    intervals(rules, bounds, |when| when.quantity.as_ref(), i64::from)
}

/// From the first year that can be written to the end of the calendar.
fn between(rules: &[Rule]) -> Intervals {
    const YEAR_0_MILLIS: i64 = -62_167_219_200_000;
    let bounds = (YEAR_0_MILLIS, Timestamp::MAX.as_millisecond());
    intervals(rules, bounds, |when| when.between.as_ref(), Timestamp::as_millisecond)
}

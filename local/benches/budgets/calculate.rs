//! How long the order of the budget takes to calculate.

use std::hint::black_box;

use upline_contract::simulate::Simulation;
use upline_domain::calculate::calculate;

use crate::sample::{PERCENT, order, plan};
use crate::table::{Part, Row, grouped, progress};
use crate::timing::nanoseconds;

/// Nanoseconds for an order under so many rules.
fn with_rules(rules: usize) -> u64 {
    let plan = plan(PERCENT, rules);
    let Simulation { paid, frozen, .. } = order(&plan);
    let allocated = calculate(&paid, &plan, &frozen, &mut |_| {}).unwrap().allocations;
    assert_eq!(allocated.len(), 5, "all five depths earn");
    nanoseconds(50_000, || {
        calculate(black_box(&paid), black_box(&plan), black_box(&frozen), &mut |_| {})
    })
}

fn microseconds(nanoseconds: u64) -> String {
    format!("{}.{:02} µs", nanoseconds / 1_000, nanoseconds % 1_000 / 10)
}

/// The row of the budget.
pub(crate) fn row() -> Row {
    progress("calculate");
    let what = "`calculate`, 3 lines, 5 depths, 20 rules, one core";
    Row::new(what, "2 µs", microseconds(with_rules(20)))
}

/// The curve of rules.
pub(crate) fn of_rules() -> Part {
    progress("growth: rules");
    let row =
        |rules: usize| vec![grouped(rules.try_into().unwrap()), microseconds(with_rules(rules))];
    let rows = [1, 20, 200, 2_000].map(row).to_vec();
    let columns = vec!["rules that cannot match, and one", "`calculate`"];
    Part { heading: "Growth with rules", columns, rows, notes: Vec::new() }
}

//! How long an order takes to calculate, and how much it allocates. The budget is 2 µs for three
//! lines, five depths and twenty rules, on one core; and the time must not grow with rules that
//! cannot match. `make bench` prints it.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends at what it does not expect"
)]

mod sample;

use std::hint::black_box;

use divan::{AllocProfiler, Bencher};
use upline_contract::simulate::Simulation;
use upline_domain::calculate::calculate;
use upline_domain::plan::Plan;

use crate::sample::{PERCENT, order, plan};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    println!("budget: `rules/20` within 2 µs; `rules` flat from 1 to 2,000");
    divan::main();
}

fn run(bencher: Bencher<'_, '_>, plan: &Plan) {
    let Simulation { paid, frozen, .. } = order(plan);
    let allocated = calculate(&paid, plan, &frozen, &mut |_| {}).unwrap().allocations;
    assert!(!allocated.is_empty(), "somebody earns");
    bencher.bench_local(|| {
        calculate(black_box(&paid), black_box(plan), black_box(&frozen), &mut |_| {})
    });
}

#[divan::bench(args = [1, 20, 200, 2_000])]
fn rules(bencher: Bencher<'_, '_>, rules: usize) {
    run(bencher, &plan(PERCENT, rules));
}

#[divan::bench]
fn tiered_graduated(bencher: Bencher<'_, '_>) {
    let card = r#"{ "base": "paid", "mode": { "tiered": { "measure": "order", "kind": "graduated",
        "tiers": [ { "from": "0", "rates": ["0.10", "0.05", "0.02", "0.01", "0.01"] },
                   { "from": "50.00", "rates": ["0.13", "0.05", "0.02", "0.01", "0.01"] } ] } } }"#;
    run(bencher, &plan(card, 20));
}

#[divan::bench]
fn differential(bencher: Bencher<'_, '_>) {
    let card = r#"{ "base": "paid", "mode": { "differential": {
        "by_level": { "bronze": "0.05", "silver": "0.10", "gold": "0.15" }, "peer": "0.01" } } }"#;
    run(bencher, &plan(card, 20));
}

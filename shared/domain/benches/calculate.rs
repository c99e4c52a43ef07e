//! How long an order takes to calculate, and how much it allocates. The budget is 2 µs for three
//! lines, five depths and twenty rules, on one core; and the time must not grow with rules that
//! cannot match. `make bench` prints it.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends at what it does not expect"
)]

use std::hint::black_box;

use divan::{AllocProfiler, Bencher};
use upline_contract::plan::{Policy, compile};
use upline_contract::simulate::{Simulation, parse_simulation};
use upline_domain::calculate::calculate;
use upline_domain::plan::Plan;
use upline_domain::rule_table::RuleTable;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    println!("budget: `rules/20` within 2 µs; `rules` flat from 1 to 2,000");
    divan::main();
}

/// A plan of five depths with a card, and one rule for all lines below `rules - 1` others.
fn plan(card: &str, rules: usize) -> Plan {
    let document = format!(
        r#"{{ "levels": [ {{ "id": "bronze" }}, {{ "id": "silver" }}, {{ "id": "gold" }} ],
             "currencies": {{ "CNY": {{ "depth": 5, "cards": {{ "it": {card} }},
               "rules": [ {{ "id": "all", "priority": 0, "card": "it" }},
                          {{ "id": "other", "priority": 1, "card": "it",
                             "when": {{ "sku": ["nothing"] }} }} ] }} }} }}"#
    );
    let policy = Policy::named("global").unwrap();
    let mut plan = compile(&document, &policy).unwrap();
    let programme = plan.currencies.values_mut().next().unwrap();
    let [other, all] = programme.rules.to_vec().try_into().unwrap();
    let mut table = Vec::with_capacity(rules);
    for n in 1..rules {
        let mut rule = other.clone();
        // A third each by product, category and region, none of which the order has.
        rule.when.sku = None;
        let value = vec![format!("other/{n}").parse().unwrap()];
        match n % 3 {
            0 => rule.when.sku = Some(value),
            1 => rule.when.category = Some(value),
            _ => rule.when.region = Some(value),
        }
        table.push(rule);
    }
    table.push(all);
    programme.rules = RuleTable::new(table);
    plan
}

/// Three lines under a coupon, and five distributors.
fn order(plan: &Plan) -> Simulation {
    let line = |n: u32| {
        format!(
            r#"{{ "line_id": "{n}", "sku": "S{n}", "category": "apparel/women/dresses",
                 "quantity": {n}, "unit_price": "{n}9.90" }}"#
        )
    };
    let standing = |n: u32, level: &str| {
        format!(r#"{{ "distributor_id": "d{n}", "level": "{level}", "status": "active" }}"#)
    };
    let text = format!(
        r#"{{ "order": {{ "order_id": "A1", "buyer_id": "b", "currency": "CNY", "region": "east",
                "paid_at": "2026-11-11T00:00:00Z", "discount": "10.00",
                "lines": [{}, {}, {}] }},
             "lineage": [{}, {}, {}, {}, {}] }}"#,
        line(1),
        line(2),
        line(3),
        standing(1, "bronze"),
        standing(2, "bronze"),
        standing(3, "silver"),
        standing(4, "gold"),
        standing(5, "gold"),
    );
    parse_simulation(&text, plan).unwrap()
}

fn run(bencher: Bencher<'_, '_>, plan: &Plan) {
    let Simulation { paid, frozen, .. } = order(plan);
    let allocated = calculate(&paid, plan, &frozen, &mut |_| {}).unwrap().allocations;
    assert!(!allocated.is_empty(), "somebody earns");
    bencher.bench_local(|| {
        calculate(black_box(&paid), black_box(plan), black_box(&frozen), &mut |_| {})
    });
}

const PERCENT: &str = r#"{ "base": "paid",
    "mode": { "percent": { "rates": ["0.10", "0.05", "0.02", "0.01", "0.01"] } },
    "level_bonus": { "gold": "0.02" }, "max_per_order": "500.00" }"#;

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

//! The budgets, each with what was measured beside its limit, and the curves, counts and costs
//! around them. `make bench` prints all of it; the names of parts after `--` print those alone.
//! docs/benchmarks.md says what each row means.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark ends at what it does not expect"
)]

mod calculate;
mod compared;
mod cost;
mod function;
mod ground;
mod growth;
mod instructions;
mod machine;
mod nights;
mod people;
mod questions;
mod reconcile;
mod recount;
#[path = "../../../shared/domain/benches/calculate/sample.rs"]
mod sample;
mod server;
mod table;
mod throughput;
mod timing;
mod units;

use peak_alloc::PeakAlloc;

use crate::table::{Part, Row, print, say};

/// What is on the heap. The pages of the embedded table are not: SQLite has its own.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What can be asked for by name.
const PARTS: [&str; 9] = [
    "orders",
    "throughput",
    "growth",
    "nights",
    "reconcile",
    "recount",
    "function",
    "instructions",
    "compared",
];
const MEMBERS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const ORDERS: [usize; 3] = [100, 1_000, 10_000];
/// Orders of one day that are reconciled.
const DAY_ORDERS: usize = 100_000;

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [count, name] = &asked[..]
        && count == instructions::COUNT
    {
        return instructions::count(name);
    }
    let unknown = asked.iter().find(|name| !PARTS.contains(&name.as_str()));
    assert_eq!(unknown, None, "the parts are {}", PARTS.join(", "));
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|name| name == part);
    say(&format!("# Benchmarks\n\nMeasured on {}.\n", machine::described()));
    measure(&wanted);
}

fn measure(wanted: &dyn Fn(&str) -> bool) {
    let mut rows: Vec<Row> = Vec::new();
    let mut parts: Vec<Part> = Vec::new();
    let units = (wanted("orders") || wanted("compared")).then(units::measure);
    if let Some(units) = units.as_ref().filter(|_| wanted("orders")) {
        rows.push(calculate::row());
        rows.extend(units::rows(units));
    }
    if wanted("throughput") {
        rows.extend(throughput::rows());
    }
    if wanted("growth") {
        parts.push(calculate::of_rules());
        let (curve, of_members) = growth::of_members(&MEMBERS);
        rows.extend(of_members);
        parts.extend([curve, growth::of_orders(&ORDERS)]);
    }
    if wanted("nights") {
        parts.push(nights::part(MEMBERS[MEMBERS.len() - 1]));
    }
    if wanted("reconcile") {
        parts.push(reconcile::part(DAY_ORDERS));
    }
    if wanted("recount") {
        parts.push(recount::part(ORDERS[ORDERS.len() - 1]));
    }
    if wanted("function") {
        rows.push(function::row());
    }
    if wanted("instructions") {
        parts.push(instructions::part());
    }
    if let Some(units) = units.filter(|_| wanted("compared")) {
        let (comparison, other) = compared::part();
        parts.extend([comparison, cost::part(&units, &other)]);
    }
    if !rows.is_empty() {
        print(&Part::of("Budgets", rows));
    }
    parts.iter().for_each(print);
}

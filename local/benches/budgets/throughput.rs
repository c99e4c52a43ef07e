//! Orders a second through `upline dev`: from the first order sent until the last is posted, and
//! every balance held against what it has to be.

use std::time::Instant;

use serde_json::json;

use crate::ground::PLAN;
use crate::machine::load;
use crate::people::{BUYERS, Shape, beginning, earned, orders};
use crate::server::{Batch, Server, agent, batches};
use crate::table::{Row, grouped, progress};
use crate::timing::{RUNS, a_second, tenths_of_microseconds};

/// Orders of one run.
const ORDERS: usize = 4_000;
/// Who sends at the same time, each on a connection of its own.
const CLIENTS: usize = 8;

/// Sends batches with all clients.
fn send_all(server: &Server, batches: &[Batch]) {
    let share = batches.len().div_ceil(CLIENTS);
    std::thread::scope(|scope| {
        for batches in batches.chunks(share) {
            scope.spawn(move || {
                let agent = agent();
                for batch in batches {
                    server.send(&agent, batch);
                }
            });
        }
    });
}

/// What a run came to.
struct Run {
    a_second: u64,
    answered_a_second: u64,
    /// Of all threads of the server, for one order.
    cpu_microseconds: u64,
    memory: u64,
}

/// One run: a fresh server, everybody registered, and then the orders.
fn run(shape: Shape, size: usize) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let plan = folder.path().join("plan.json");
    std::fs::write(&plan, PLAN).unwrap();
    let server = Server::start(&plan);
    let agent = agent();
    for events in beginning(shape) {
        send_all(&server, &batches(&events, 100));
    }
    server.settle(&agent);
    let orders = batches(&orders(ORDERS), size);
    let (began, cpu) = (Instant::now(), server.cpu());
    send_all(&server, &orders);
    let answered = began.elapsed();
    server.settle(&agent);
    let (posted, cpu) = (began.elapsed(), server.cpu().saturating_sub(cpu));
    check(&server, shape);
    let run = Run {
        a_second: a_second(ORDERS, posted),
        answered_a_second: a_second(ORDERS, answered),
        cpu_microseconds: tenths_of_microseconds(ORDERS, cpu) / 10,
        memory: server.most_memory() / 1_024,
    };
    progress(&format!("  {} a second, {} µs of CPU each", run.a_second, run.cpu_microseconds));
    run
}

/// Holds the balance of everybody against the orders that came through them.
fn check(server: &Server, shape: Shape) {
    let agent = agent();
    // Each buyer bought once before.
    assert_eq!(ORDERS % BUYERS, 0);
    for (distributor, fen) in earned(shape, ORDERS + BUYERS) {
        let answer = server.get(&agent, &format!("/v1/distributors/{distributor}/balance"));
        let text = format!("{}.{:02}", fen / 100, fen % 100);
        assert_eq!(answer["balances"][0]["pending"], json!(text), "{distributor}");
    }
}

/// Both shapes, one order a request and a hundred.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (shape, name) in
        [(Shape::Spread, "spread"), (Shape::OneAbove, "one distributor above everybody")]
    {
        for size in [1, 100] {
            progress(&format!("orders a second through `upline dev`, {name}, {size} a request"));
            let before = load();
            let runs = (0..RUNS).map(|_| run(shape, size));
            let best = runs.max_by_key(|run| run.a_second).unwrap();
            let many = if size == 1 { "one order a request" } else { "100 orders a request" };
            rows.push(Row::new(
                &format!("orders a second through `upline dev` in memory, posted: {name}, {many}"),
                "3,000",
                format!(
                    "{} (answered at {}; {} µs of CPU each; {} MiB at most; load {before})",
                    grouped(best.a_second),
                    grouped(best.answered_a_second),
                    best.cpu_microseconds,
                    best.memory,
                ),
            ));
        }
    }
    rows
}

//! How the cost of an order grows: with members, and with the orders that a beneficiary has.

use std::time::Duration;

use serde_json::Value;
use upline_lambda::Changed;
use upline_testkit::meter::Cost;
use upline_testkit::run;

use crate::ground::{Ground, order, written};
use crate::questions;
use crate::table::{Part, Row, grouped, progress, tenths};
use crate::timing::{RUNS, on_core, tenths_of_microseconds};
use crate::units::requests;

/// Buyers whose orders are timed, spread over all lines of distributors.
const BUYERS: usize = 200;
/// Orders of one buyer in a run.
const EACH: usize = 2;
/// Orders posted together.
const TOGETHER: usize = 10;
/// At so many members the questions of the budget are asked.
const ASKED_AT: usize = 100_000;

/// What orders cost at one size.
struct Point {
    size: usize,
    cold: Cost,
    posted: Cost,
    paid: Duration,
    post: Duration,
    count: usize,
}

impl Point {
    fn cells(&self) -> Vec<String> {
        let micros = |took| {
            let tenths_each = tenths_of_microseconds(self.count, took);
            format!("{} µs", tenths(tenths_each))
        };
        vec![
            grouped(u64::try_from(self.size).unwrap()),
            requests(&self.cold),
            format!("{} + {}", tenths(self.cold.table_tenths), tenths(self.cold.index_tenths)),
            tenths(written(&self.posted)),
            micros(self.paid),
            micros(self.post),
        ]
    }

    fn whole(&self) -> u64 {
        tenths_of_microseconds(self.count, self.paid + self.post)
    }
}

/// Measures orders of these buyers: what one costs, and how long many take.
async fn point(ground: &Ground, size: usize, buyers: &[String], each: usize) -> Point {
    let (process, meter) = ground.process();
    let one = order(&format!("{size}-metered"), &buyers[buyers.len() / 2]);
    // The plan is read once a minute, whatever grows.
    let tenant = &ground.world.tenant;
    process.store.plan_at(tenant, upline_testkit::now(), upline_testkit::now()).await.unwrap();
    drop(meter.spent());
    ground.pay(&process, std::slice::from_ref(&one)).await;
    let cold = meter.spent();
    let changed = ground.records(std::slice::from_ref(&one)).await;
    ground.post(&process, changed).await;
    let posted = meter.spent();

    let (mut paid, mut post) = (Duration::MAX, Duration::MAX);
    for run in 0..RUNS {
        let name = |n: usize, buyer: &str| format!("{size}-{run}-{n}-{buyer}");
        let orders: Vec<Value> = buyers
            .iter()
            .flat_map(|buyer| (0..each).map(move |n| order(&name(n, buyer), buyer)))
            .collect();
        // A process of its own: in each run the distributors are read as often.
        let process = ground.world.over(&ground.world.client());
        let began = on_core();
        ground.pay(&process, &orders).await;
        paid = paid.min(on_core().saturating_sub(began));
        let mut changed: Vec<Vec<Changed>> = Vec::new();
        for orders in orders.chunks(TOGETHER) {
            changed.push(ground.records(orders).await);
        }
        let began = on_core();
        for changed in changed {
            ground.post(&process, changed).await;
        }
        post = post.min(on_core().saturating_sub(began));
    }
    Point { size, cold, posted, paid, post, count: buyers.len() * each }
}

fn percent(from: u64, to: u64) -> String {
    let difference = i128::from(to) - i128::from(from);
    format!("{:+} %", difference * 100 / i128::from(from.max(1)))
}

const COLUMNS: [&str; 6] = [
    "",
    "requests, reads + writes",
    "write units, table + index",
    "write units of posting it alone",
    "time on a core, order path",
    "of posting",
];

fn part(heading: &'static str, first: &'static str, points: &[Point]) -> Part {
    let mut columns = COLUMNS.to_vec();
    columns[0] = first;
    let rows = points.iter().map(Point::cells).collect();
    Part { heading, columns, rows, notes: Vec::new() }
}

/// The curve of members, the row of the budget that it gives, and the rows of the questions.
pub(crate) fn of_members(sizes: &[usize]) -> (Part, Vec<Row>) {
    run(async {
        let mut ground = Ground::new().await;
        let (mut points, mut rows) = (Vec::new(), Vec::new());
        for &size in sizes {
            progress(&format!("growth: {} members", grouped(u64::try_from(size).unwrap())));
            ground.grow(size).await;
            let buyers = ground.buyers(&format!("buyer-{size}"), BUYERS).await;
            points.push(point(&ground, size, &buyers, EACH).await);
            if size == ASKED_AT {
                rows.extend(questions::rows(&ground, &buyers[BUYERS / 2]).await);
            }
        }
        let (first, last) = (&points[0], &points[points.len() - 1]);
        let same = first.cold.requests == last.cold.requests
            && written(&first.cold) == written(&last.cold)
            && written(&first.posted) == written(&last.posted);
        let counts = if same { "requests and units the same" } else { "requests or units differ" };
        rows.insert(
            0,
            Row::new(
                "cost of an order with posting, from 1,000 members to 1,000,000",
                "flat (± 10 %)",
                format!("{counts}; time {}", percent(first.whole(), last.whole())),
            ),
        );
        (part("Growth with members", "members", &points), rows)
    })
}

/// The curve of the orders that one line of beneficiaries has.
pub(crate) fn of_orders(sizes: &[usize]) -> Part {
    run(async {
        let ground = Ground::new().await;
        let buyers = ground.buyers("buyer", 1).await;
        let (process, mut orders) = (ground.world.over(&ground.world.client()), 0);
        let mut points = Vec::new();
        for &size in sizes {
            progress(&format!("growth: {} orders", grouped(u64::try_from(size).unwrap())));
            while orders < size {
                let some = 100.min(size - orders);
                let name = |n: usize| order(&format!("order-{}", orders + n), &buyers[0]);
                let some: Vec<_> = (0..some).map(name).collect();
                ground.pay(&process, &some).await;
                let changed = ground.records(&some).await;
                ground.post(&process, changed).await;
                orders += some.len();
            }
            let point = point(&ground, size, &buyers, BUYERS).await;
            orders += 1 + RUNS * BUYERS;
            points.push(point);
        }
        part("Growth with the orders of the same beneficiaries", "orders", &points)
    })
}

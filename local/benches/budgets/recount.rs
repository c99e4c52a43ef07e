//! What a recount of a table costs: where nobody posted anything, and where all is counted.

use std::time::{Duration, Instant};

use ::recount::{Counts, recount};
use upline_store::Scope;
use upline_testkit::meter::Cost;
use upline_testkit::{now, run};

use crate::ground::{Ground, PLAN, order, written};
use crate::table::{Part, grouped, progress, requests, tenths};
use crate::timing::on_core;

/// Distributors through whom orders come, and buyers who place them.
const MEMBERS: usize = 1_000;
const BUYERS: usize = 1_000;

struct Spent {
    what: &'static str,
    counts: Counts,
    cost: Cost,
    took: Duration,
    on_core: Duration,
}

impl Spent {
    fn cells(&self) -> Vec<String> {
        let Counts { orders, lines, distributors, team_rows, parked: _ } = self.counts;
        vec![
            self.what.to_owned(),
            format!("{} / {}", grouped(orders), grouped(lines)),
            format!("{} / {}", grouped(distributors), grouped(team_rows)),
            requests(&self.cost),
            format!("{} / {}", tenths(self.cost.read_tenths), tenths(written(&self.cost))),
            format!("{} ms / {} ms", self.took.as_millis(), self.on_core.as_millis()),
        ]
    }
}

/// The whole table once, as on one machine, by a process that remembers nothing.
async fn spent(ground: &Ground, what: &'static str) -> Spent {
    let (process, meter) = ground.process();
    let scope = Scope { tenant: Some(&ground.world.tenant), segment: None };
    let (began, core) = (Instant::now(), on_core());
    let part = recount(&process.store, &now, scope, None, || true).await.unwrap();
    assert_eq!(part.after, None, "it goes on to the end");
    let (took, on_core) = (began.elapsed(), on_core().saturating_sub(core));
    Spent { what, counts: part.counts, cost: meter.spent(), took, on_core }
}

/// Recounts of a table of so many orders.
pub(crate) fn part(orders: usize) -> Part {
    run(async {
        progress(&format!("a recount of {}", grouped(u64::try_from(orders).unwrap())));
        let mut ground = Ground::with_plan(PLAN).await;
        ground.grow(MEMBERS).await;
        let buyers = ground.buyers("buyer", BUYERS.min(orders)).await;
        for n in buyers.len()..orders {
            let buyer = &buyers[n % buyers.len()];
            ground.pay(&ground.world, &[order(&format!("order-{n}"), buyer)]).await;
        }
        let rows =
            [spent(&ground, "nothing was posted").await, spent(&ground, "all is counted").await];
        Part {
            heading: "A recount",
            columns: vec![
                "where",
                "orders / lines changed",
                "distributors / team rows changed",
                "requests",
                "read / write units",
                "time, on a core",
            ],
            rows: rows.iter().map(Spent::cells).collect(),
            notes: Vec::new(),
        }
    })
}

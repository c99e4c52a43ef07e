//! What a night of checks costs, where few of many distributors moved; and where the plan asks for
//! something else, so that everybody is checked.

use std::time::{Duration, Instant};

use check_upgrades::{Clock, Counts, check_shard};
use jiff::SignedDuration;
use upline_domain::schedule::Lead;
use upline_store::keys::SHARDS;
use upline_store::{Night, Store};
use upline_testkit::meter::Cost;
use upline_testkit::{now, run};

use crate::ground::{Ground, PLAN, written};
use crate::table::{Part, grouped, progress, requests, tenths};
use crate::timing::on_core;

/// Orders that are paid before the night: each moves the three nearest of a line of its own.
const ORDERS: usize = 3_334;
/// Distributors where everybody is checked.
const ALL: usize = 100_000;

/// What one night came to.
struct Spent {
    what: String,
    counts: Counts,
    cost: Cost,
    took: Duration,
    on_core: Duration,
}

impl Spent {
    fn cells(&self) -> Vec<String> {
        let Counts { checked, raised, .. } = self.counts;
        vec![
            self.what.clone(),
            format!("{} / {}", grouped(checked), grouped(raised)),
            requests(&self.cost),
            format!("{} / {}", tenths(self.cost.read_tenths), tenths(written(&self.cost))),
            format!("{} ms / {} ms", self.took.as_millis(), self.on_core.as_millis()),
        ]
    }
}

/// One night, by a process that remembers nothing.
async fn night(ground: &Ground, what: &str) -> Spent {
    let (process, meter) = ground.process();
    let clock = Clock { now: &now, lead: Lead::ManyProcesses };
    let mut counts = Counts::default();
    let (began, core) = (Instant::now(), on_core());
    for shard in 0..SHARDS {
        let tenant = &ground.world.tenant;
        let part = check_shard(&process.store, clock, tenant, shard, None, || true).await.unwrap();
        assert_eq!(part.after, None, "it goes on to the end");
        counts += part.counts;
    }
    let (took, on_core) = (began.elapsed(), on_core().saturating_sub(core));
    Spent { what: what.to_owned(), counts, cost: meter.spent(), took, on_core }
}

/// Says that the night before is done.
async fn done_before(ground: &Ground, store: &Store) {
    let tenant = &ground.world.tenant;
    let plan = store.plan_at(tenant, now(), now()).await.unwrap().unwrap();
    let ladder = plan.plan.ladder.fingerprint(&plan.plan.levels, &plan.plan.timezone);
    let began = now() - SignedDuration::from_hours(24);
    for shard in 0..SHARDS {
        store.end_night(tenant, shard, Night { began, ladder }).await.unwrap();
    }
}

/// The plan of the other parts, with silver for own sales and gold for a team's.
fn ladder() -> String {
    let levels = r#""levels": [ { "id": "bronze" },
        { "id": "silver", "when": { "all": [
            { "own_sales": { "min": "100.00", "currency": "CNY", "days": 90 } } ] } },
        { "id": "gold", "when": { "all": [
            { "team_sales": { "min": "1000.00", "currency": "CNY", "days": 90 } },
            { "direct_recruits": { "min": 2, "days": 90 } } ] } } ],
        "demote": { "after_days": 30 }, "currencies""#;
    PLAN.replacen("\"currencies\"", levels, 1)
}

/// Nights at so many members.
pub(crate) fn part(members: usize) -> Part {
    run(async {
        let rows = [everybody().await, few(members).await];
        Part {
            heading: "A night of checks",
            columns: vec![
                "whom",
                "checked / raised",
                "requests",
                "read / write units",
                "time, on a core",
            ],
            rows: rows.into_iter().flatten().map(|spent| spent.cells()).collect(),
            notes: Vec::new(),
        }
    })
}

async fn everybody() -> Vec<Spent> {
    progress(&format!("a night: everybody of {}", grouped(u64::try_from(ALL).unwrap())));
    let mut ground = Ground::with_plan(&ladder()).await;
    ground.grow(ALL).await;
    let all = grouped(u64::try_from(ALL).unwrap());
    vec![night(&ground, &format!("all of {all}, because the plan asks for something else")).await]
}

async fn few(members: usize) -> Vec<Spent> {
    let all = grouped(u64::try_from(members).unwrap());
    progress(&format!("a night: few of {all}"));
    let mut ground = Ground::with_plan(&ladder()).await;
    ground.grow(members).await;
    let buyers = ground.buyers("buyer", ORDERS).await;
    for some in buyers.chunks(100) {
        let first = |buyer: &String| crate::ground::order(&format!("{buyer}-first"), buyer);
        let orders: Vec<_> = some.iter().map(first).collect();
        let changed = ground.records(&orders).await;
        ground.post(&ground.world, changed).await;
    }
    done_before(&ground, &ground.world.store).await;
    let first = night(&ground, &format!("those who moved of {all}")).await;
    vec![first, night(&ground, "the same night again").await]
}

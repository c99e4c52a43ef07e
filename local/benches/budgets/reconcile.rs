//! What a night of reconciliation costs: a day of many orders against the shop's list, where both
//! agree, and where some were withheld.

use std::fs::File;
use std::io::{BufReader, Write as _};
use std::time::{Duration, Instant};

use ::reconcile::{Fed, List, Site, SiteFailed, run_here};
use jiff::Timestamp;
use jiff::civil::Date;
use tempfile::NamedTempFile;
use upline_contract::job::AskedDay;
use upline_contract::published::{Outgoing, Told};
use upline_domain::ids::TenantId;
use upline_store::Tallies;
use upline_testkit::meter::Cost;
use upline_testkit::shop::Shop;
use upline_testkit::{World, run};

use crate::HEAP;
use crate::ground::{Ground, PLAN, order, written};
use crate::table::{Part, grouped, progress, requests, tenths};
use crate::timing::on_core;

/// Distributors through whom orders come, and buyers who place them.
const MEMBERS: usize = 10_000;
const BUYERS: usize = 2_000;
/// Orders that are posted together.
const TOGETHER: usize = 500;
/// One order of so many is withheld from the books.
const WITHHELD: usize = 1_000;
/// The day of all orders, in the time zone of the plan.
const DAY: &str = "2026-11-11";

/// A shop whose list is a file, as on AWS and on one machine.
struct Filed {
    shop: Shop,
    list: NamedTempFile,
}

impl Site for Filed {
    fn now(&self) -> Timestamp {
        self.shop.now()
    }

    async fn list(&self, _: &TenantId, day: Date) -> Result<Option<List>, SiteFailed> {
        let file = File::open(self.list.path()).map_err(|error| SiteFailed(error.to_string()))?;
        Ok(Some(List { name: day.to_string(), reader: Ok(Box::new(BufReader::new(file))) }))
    }

    async fn feed(&self, tenant: &TenantId, event: &str) -> Result<Fed, SiteFailed> {
        self.shop.feed(tenant, event).await
    }

    async fn posted(&self) {}

    async fn tell(&self, event: &Outgoing<Told>) -> Result<(), SiteFailed> {
        self.shop.tell(event).await
    }
}

struct Spent {
    what: String,
    counts: Tallies,
    cost: Cost,
    took: Duration,
    on_core: Duration,
    /// Bytes at most beside what was there before, the requests of the table included.
    heap: usize,
}

impl Spent {
    fn cells(&self) -> Vec<String> {
        let of = |name: &str| grouped(self.counts.get(name).copied().unwrap_or_default());
        vec![
            self.what.clone(),
            format!("{} / {}", of("orders"), of("distributors")),
            format!("{} / {}", of("inconsistent_before"), of("inconsistent_after")),
            requests(&self.cost),
            format!("{} / {}", tenths(self.cost.read_tenths), tenths(written(&self.cost))),
            format!("{} ms / {} ms", self.took.as_millis(), self.on_core.as_millis()),
            format!("{} kB", grouped(u64::try_from(self.heap / 1_000).unwrap())),
        ]
    }
}

/// One run, all of its parts one after another, by a process that remembers nothing.
async fn night(ground: &Ground, rows: &[String], what: &str) -> Spent {
    let (process, meter): (World, _) = ground.process();
    let mut list = NamedTempFile::new().unwrap();
    list.write_all(rows.join("\n").as_bytes()).unwrap();
    let site = Filed { shop: Shop::new(&process.store), list };
    let (tenant, by) = (process.tenant.clone(), "bench".to_owned());
    let asked = AskedDay { tenant, date: Some(DAY.parse().unwrap()), dry_run: false, by };
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let (began, core) = (Instant::now(), on_core());
    let (_, counts) = run_here(&process.store, &site, &asked).await.unwrap();
    let (took, on_core) = (began.elapsed(), on_core().saturating_sub(core));
    let heap = HEAP.peak_usage().saturating_sub(before);
    Spent { what: what.to_owned(), counts, cost: meter.spent(), took, on_core, heap }
}

/// Nights of a day of so many orders.
pub(crate) fn part(orders: usize) -> Part {
    run(async {
        let all = grouped(u64::try_from(orders).unwrap());
        progress(&format!("a reconciliation of {all}"));
        let mut ground = Ground::with_plan(PLAN).await;
        ground.grow(MEMBERS).await;
        let buyers = ground.buyers("buyer", BUYERS.min(orders)).await;
        let (process, _) = ground.process();
        let mut rows: Vec<String> = Vec::with_capacity(orders);
        let first = |buyer: &String| order(&format!("{buyer}-first"), buyer);
        let known: Vec<_> = buyers.iter().map(first).collect();
        let changed = ground.records(&known).await;
        ground.post(&process, changed).await;
        rows.extend(known.iter().map(ToString::to_string));
        let mut withheld = Vec::new();
        let mut some = Vec::with_capacity(TOGETHER);
        for n in buyers.len()..orders {
            let one = order(&format!("order-{n}"), &buyers[n % buyers.len()]);
            if n % WITHHELD == 0 {
                withheld.push(one.to_string());
                continue;
            }
            ground.pay(&process, std::slice::from_ref(&one)).await;
            rows.push(one.to_string());
            some.push(one);
            if some.len() == TOGETHER {
                let changed = ground.records(&some).await;
                ground.post(&process, changed).await;
                some.clear();
            }
        }
        let changed = ground.records(&some).await;
        ground.post(&process, changed).await;
        let agree = night(&ground, &rows, "list and books agree").await;
        rows.extend(withheld);
        let some = night(&ground, &rows, "one order of 1,000 was withheld").await;
        Part {
            heading: "A night of reconciliation",
            columns: vec![
                "where",
                "orders / distributors",
                "inconsistent before / after",
                "requests",
                "read / write units",
                "time, on a core",
                "heap at most",
            ],
            rows: [agree, some].iter().map(Spent::cells).collect(),
            notes: Vec::new(),
        }
    })
}

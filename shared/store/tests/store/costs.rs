//! What each access costs, as docs/data-model.md has it.

use std::fmt::Write;
use std::path::Path;

use upline_store::{Period, PostOrder, Store};
use upline_testkit::{now, run};

use crate::meter::{Cost, Meter, metered};
use crate::table::Table;
use crate::units::{bought_before, order, pay};
use crate::values::{NOON, at, binding, id, member, paid, paid_with_code, refund};

const HEADER: &str = "| access | requests in sequence | write units, of the index | read units |\n\
    |---|---|---|---|\n";

/// The rows of the page, as they are measured.
struct Rows {
    meter: Meter,
    rows: String,
}

impl Rows {
    /// Adds what was spent since the last row.
    fn add(&mut self, access: &str) {
        let cost = self.meter.spent(access);
        let units = |tenths: u64| match tenths % 10 {
            0 => (tenths / 10).to_string(),
            part => format!("{}.{part}", tenths / 10),
        };
        let written = match (cost.table_tenths, cost.index_tenths) {
            (0, 0) => "–".to_owned(),
            (table, index) => format!("{} + {}", units(table), units(index)),
        };
        let read = if cost.read_tenths == 0 { "–".to_owned() } else { units(cost.read_tenths) };
        let requests = in_sequence(&cost);
        writeln!(self.rows, "| {access} | {requests} | {written} | {read} |").unwrap();
    }
}

/// The requests, with how often one is made in a row.
fn in_sequence(cost: &Cost) -> String {
    let runs = cost.requests.chunk_by(|one, next| one == next);
    let text = |run: &[String]| match run.len() {
        1 => format!("`{}`", run[0]),
        count => format!("{count} `{}`", run[0]),
    };
    runs.map(text).collect::<Vec<_>>().join(", ")
}

async fn orders(table: &Table, store: &Store, rows: &mut Rows) {
    let tenant = &table.tenant;
    let warm = now() + jiff::SignedDuration::from_secs(60);
    pay(table, store, &order("A1", "zoe")).await;
    rows.add("an order of a bound buyer, nothing remembered");
    store.record_payment(tenant, &order("A2", "zoe"), warm).await.unwrap();
    rows.add("the same, a minute later");
    store.record_payment(tenant, &order("A3", "zoe"), warm).await.unwrap();
    rows.add("the same, all remembered");
    store.record_payment(tenant, &order("A3", "zoe"), warm).await.unwrap();
    rows.add("the same event again");
    table.store().bind(tenant, &id("yan"), binding("cat")).await.unwrap();
    store.record_payment(tenant, &order("A4", "yan"), warm).await.unwrap();
    rows.add("the first order of a buyer, all remembered");
    store.record_payment(tenant, &paid_with_code("A5", "zoe", "CAT"), warm).await.unwrap();
    rows.add("an order with a code, of a bound buyer");
    store.record_payment(tenant, &paid_with_code("A6", "una", "CAT"), warm).await.unwrap();
    rows.add("a first order whose code binds its buyer");
    store.record_payment(tenant, &paid("W1", "ulf", 100), warm).await.unwrap();
    rows.add("an order that waits for a binding");
    store.record_payment(tenant, &paid_with_code("W2", "eve", "NEW"), warm).await.unwrap();
    rows.add("an order that waits for its code");
    table.store().bind(tenant, &id("ulf"), binding("cat")).await.unwrap();
    store.take_up(tenant, &id("ulf"), at(NOON), warm).await.unwrap();
    rows.add("a first order that is taken up");
}

async fn facts(table: &Table, store: &Store, rows: &mut Rows) {
    let (tenant, a1, unpaid) = (&table.tenant, &id("A1"), &id("U1"));
    store.add_refund(tenant, a1, &id("r1"), &refund(100)).await.unwrap();
    rows.add("a refund");
    store.add_completion(tenant, a1, now()).await.unwrap();
    rows.add("a completion");
    store.add_refund(tenant, unpaid, &id("r1"), &refund(100)).await.unwrap();
    rows.add("a refund or completion before the payment");
    store.register(tenant, &member("dan", &["cat", "bob", "ann"])).await.unwrap();
    rows.add("the write of a registration");
    store.bind(tenant, &id("kim"), binding("cat")).await.unwrap();
    rows.add("the write of a binding");
}

async fn posting(table: &Table, store: &Store, rows: &mut Rows) {
    let mut posts = Vec::new();
    for n in 0..11 {
        let paid = order(&format!("P{n}"), "zoe");
        pay(table, &table.store(), &paid).await;
        let (tenant, id) = (table.tenant.clone(), paid.order.clone());
        let record = table.store().order(&tenant, &id).await.unwrap().unwrap();
        posts.push(PostOrder { tenant, id, record });
    }
    assert!(store.post_orders(posts.split_off(10), now()).await.unwrap().is_empty());
    rows.add("posting an order for 3 distributors");
    assert!(store.post_orders(posts.clone(), now()).await.unwrap().is_empty());
    rows.add("posting 10 orders of one day for the same 3, together");
    assert!(store.post_orders(posts, now()).await.unwrap().is_empty());
    rows.add("posting them again");
    store.post_member(&table.tenant, &member("dan", &["cat", "bob", "ann"]), now()).await.unwrap();
    rows.add("posting a distributor with 3 above");
}

async fn questions(table: &Table, store: &Store, rows: &mut Rows) {
    let (tenant, cat) = (&table.tenant, &id("cat"));
    assert!(store.member(tenant, cat).await.unwrap().is_some());
    rows.add("a distributor");
    let above = ["bob", "ann"].map(id);
    assert_eq!(store.members(tenant, &above, now()).await.unwrap().len(), 2);
    rows.add("those above, of whom none is remembered");
    assert!(store.team_counts(tenant, &id("bob")).await.unwrap().iter().any(|n| *n > 0));
    rows.add("how many stand below");
    assert!(!store.team(tenant, &id("bob"), 2, 25, None).await.unwrap().items.is_empty());
    rows.add("a page of those who stand below");
    assert!(!store.balances(tenant, cat).await.unwrap().is_empty());
    rows.add("balances");
    let all = store.all_balances(tenant, 100, None).await.unwrap();
    assert!(all.items.len() >= 3 && all.after.is_none());
    rows.add("the balances of all, where they fit a page");
    let day = upline_domain::time::day(at(NOON), &jiff::tz::TimeZone::UTC);
    let days = day..day.tomorrow().unwrap();
    let page = store.orders_of_days(tenant, days, 100, None).await.unwrap();
    assert_eq!(page.items.len(), 20);
    assert!(page.after.is_none());
    rows.add("the 20 orders of a day, where they fit a page");
    let page = store.commissions(tenant, cat, Period::default(), 25, None).await.unwrap();
    assert_eq!(page.items.len(), 11);
    rows.add("a page of commissions");
    assert!(!store.days(tenant, cat, Period::default(), 25, None).await.unwrap().items.is_empty());
    rows.add("a page of days");
    assert!(store.order(tenant, &id("A1")).await.unwrap().is_some());
    rows.add("an order");
    assert!(store.plan_version(tenant, 1).await.unwrap().is_some());
    rows.add("its plan");
    store.park(Some(tenant), &crate::variants::parked("evt-1", "{}")).await.unwrap();
    rows.add("parking an event");
    assert_eq!(store.parked(tenant, 25, None).await.unwrap().items.len(), 1);
    rows.add("a page of parked events of one day");
}

#[test]
fn the_page_has_what_each_access_costs() {
    run(async {
        let table = bought_before().await;
        let (store, meter) = metered(&table);
        let mut rows = Rows { meter, rows: HEADER.to_owned() };
        orders(&table, &store, &mut rows).await;
        facts(&table, &store, &mut rows).await;
        posting(&table, &store, &mut rows).await;
        let (fresh, meter) = metered(&table);
        rows.meter = meter;
        questions(&table, &fresh, &mut rows).await;

        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/data-model.md");
        let page = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = page.split_once(HEADER).expect("the page has the table of costs");
        let (was, after) = rest.split_once("\n\n").unwrap();
        if std::env::var_os("UPLINE_BLESS").is_some() {
            let after = after.trim_start();
            std::fs::write(&path, format!("{before}{}\n{after}", rows.rows)).unwrap();
        } else {
            let want = format!("{HEADER}{was}\n");
            assert_eq!(rows.rows, want, "docs/data-model.md: run with UPLINE_BLESS=1 to write it");
        }
    });
}

//! What each access costs, as docs/data-model.md has it.

use std::fmt::Write;
use std::path::Path;

use upline_domain::figures::Reading;
use upline_domain::ids::{DistributorId, OrderId};
use upline_domain::level::Measure;
use upline_domain::order::{Paid, Payment};
use upline_domain::reconcile::Outcome;
use upline_domain::schedule::{Lead, Wanted};
use upline_store::{
    Changed, CheckState, Due, LineOf, ListedOrders, NewLevel, Period, PostOrder, Reading as Fresh,
    Scope, Standing, Store, keys,
};
use upline_testkit::plans::signed;
use upline_testkit::{now, run};

use crate::checked::{fails, night, raised, subject};
use crate::mending::{books, both, line_of, mend, pending, sold};
use crate::meter::{Cost, Meter, metered};
use crate::reported::{DAY, asked, drifted, found, tallies, touched};
use crate::table::Table;
use crate::units::{bought_before, order, pay};
use crate::values::{NOON, at, binding, cny, id, member, paid, paid_with_code, payment, refund};

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
    rows.add("a refund before the payment");
    store.add_completion(tenant, &id("U2"), now()).await.unwrap();
    rows.add("a completion before the payment");
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
    assert!(store.post_orders(posts.split_off(10), now()).await.unwrap().refused.is_empty());
    rows.add("posting an order for 3 distributors");
    assert!(store.post_orders(posts.clone(), now()).await.unwrap().refused.is_empty());
    rows.add("posting 10 orders of one day for the same 3, together");
    assert!(store.post_orders(posts, now()).await.unwrap().refused.is_empty());
    rows.add("posting them again");
    for (paid_on, posted_on, access) in MARKED {
        let posts = ten_of(table, paid_on).await;
        assert!(store.post_orders(posts, at(posted_on)).await.unwrap().refused.is_empty());
        rows.add(access);
    }
    store.post_member(&table.tenant, &member("dan", &["cat", "bob", "ann"]), now()).await.unwrap();
    rows.add("posting a distributor with 3 above");
    let dan = Box::new(member("dan", &["cat", "bob", "ann"]));
    assert_eq!(store.unentered(vec![(table.tenant.clone(), dan)]).await.unwrap(), []);
    rows.add("looking whether a distributor with 3 above is posted");
    let scope = Scope { tenant: Some(&table.tenant), segment: Some(0) };
    assert_eq!(store.scan(scope, None).await.unwrap().after, None);
    rows.add("orders and distributors of a segment of the table, here of all of 10 KB");
}

/// When ten orders are paid, and posted; what that is.
const MARKED: [(&str, &str, &str); 2] = [
    ("2026-11-12T04:00:00Z", "2026-12-31T00:00:00Z", "posting 10 more, the first of their day"),
    (
        "2026-11-12T05:00:00Z",
        "2027-01-01T00:00:00Z",
        "posting 10 more, where others of their day were posted on another day",
    ),
];

async fn ten_of(table: &Table, paid_at: &str) -> Vec<PostOrder> {
    let mut posts = Vec::new();
    for n in 0..10 {
        let payment =
            Payment { paid_at: at(paid_at), ..payment(&format!("{paid_at}-{n}"), "zoe", 9_000) };
        let paid = Paid::new(payment).unwrap();
        pay(table, &table.store(), &paid).await;
        let record = table.store().order(&table.tenant, &paid.order).await.unwrap().unwrap();
        posts.push(PostOrder { tenant: table.tenant.clone(), id: paid.order.clone(), record });
    }
    posts
}

/// Cat is looked at, and comes to this.
async fn check(table: &Table, store: &Store, state: CheckState, level: Option<&str>) {
    let cat = subject(store, &table.tenant, "cat").await;
    let since = id("2026-11-01");
    let figures = store.figures_since(&table.tenant, &id("cat"), since).await.unwrap();
    assert_eq!(figures.len(), 2);
    let new = level.map(|level| NewLevel { readings: two(), ..raised(&cat, level) });
    assert!(store.keep_check(&table.tenant, &cat, state, new).await.unwrap());
}

/// What is asked of most.
fn two() -> Vec<Reading> {
    let read = |measure| Reading::Measured { measure, have: 50_000, least: Some(10_000) };
    vec![
        read(Measure::OwnSales { currency: cny(), days: 30 }),
        read(Measure::DirectRecruits { days: 90 }),
    ]
}

async fn checks(table: &Table, store: &Store, rows: &mut Rows) {
    let tenant = &table.tenant;
    let shard = keys::distributor_shard(&id("cat"));
    let (last, next) = (night(-22, 1), night(2, 1));
    check(table, store, CheckState::default(), None).await;
    rows.add("a check that changes nothing");
    check(table, store, fails(), None).await;
    rows.add("a check that leaves a day on which to look again");
    let state = CheckState { look_on: Some(id("2027-02-01")), ..fails() };
    check(table, store, state, None).await;
    rows.add("a check that leaves another day");
    check(table, store, CheckState::default(), Some("gold")).await;
    rows.add("a check that changes the level, and takes the day away");
    check(table, store, fails(), Some("silver")).await;
    rows.add("a check that changes the level, and leaves a day");
    let when = Wanted { from: None, now: now(), lead: Lead::ManyProcesses };
    let (cat, bronze, signed) = (id("cat"), Standing::Level(id("bronze")), signed());
    let changed = store.change_standing(tenant, &cat, &bronze, &when, &signed).await;
    assert!(matches!(changed, Ok(Changed::Created(_))), "{changed:?}");
    rows.add("a change of level by hand");
    assert_eq!(store.last_night(tenant, shard).await.unwrap(), None);
    rows.add("the last night of a shard");
    let today = |at| upline_domain::time::day(at, &jiff::tz::TimeZone::UTC);
    let due = Due::of(tenant, shard, Some(last), next, today);
    let page = store.due(&due, 33, None).await.unwrap();
    assert_eq!((page.items.len(), page.after), (1, None));
    rows.add("those of a shard who are due, a day after the last night, where they fit a page");
    let due = Due::of(tenant, shard, None, next, today);
    assert!(!store.due(&due, 33, None).await.unwrap().items.is_empty());
    rows.add("all of a shard, where they fit a page");
    store.end_night(tenant, shard, next).await.unwrap();
    rows.add("the end of a night of a shard");
    assert_eq!(store.tenants(100, None).await.unwrap().items.len(), 1);
    rows.add("the tenants, where they fit a page");
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
    assert_eq!(page.items.len(), 25);
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

async fn runs(table: &Table, store: &Store, rows: &mut Rows) {
    let (tenant, day) = (&table.tenant, id(DAY));
    let run = store.begin_run(tenant, day, &asked(), now()).await.unwrap();
    assert_eq!(store.begin_run(tenant, day, &asked(), now()).await.unwrap(), run);
    rows.add("a run of a reconciliation, and one who joins it");
    let differences: Vec<_> = (0..10).map(|n| found(drifted(&format!("P{n}"), "cat"))).collect();
    store.keep_differences(tenant, day, 1, &differences).await.unwrap();
    rows.add("10 differences");
    let (of, left) = (&differences[0].difference, Outcome::Left);
    store.keep_outcome(tenant, day, 1, of, left, Some("why")).await.unwrap();
    rows.add("what became of one");
    let all: Vec<_> = (0..50).map(|n| touched(&format!("d{n}"), None)).collect();
    store.keep_touched(tenant, day, 1, &all, now()).await.unwrap();
    rows.add("50 distributors to look at");
    assert_eq!(store.differences_of(tenant, (day, 1), &id("P0")).await.unwrap().len(), 1);
    rows.add("the differences of an order");
    let shard = keys::distributor_shard(&id("d0"));
    assert!(!store.touched(tenant, (day, 1), shard, 100, None).await.unwrap().items.is_empty());
    rows.add("a page of those to look at");
    let part = ("orders", 0);
    store.end_part(tenant, day, 1, part, &tallies(&[("orders", 9)]), None).await.unwrap();
    rows.add("the end of a part of a run");
    assert!(store.finish_run(tenant, day, 1, &tallies(&[("orders", 9)]), now()).await.unwrap());
    rows.add("the end of a run");
}

/// What a reconciliation reads of orders and books, and how it puts books right.
async fn reconciling(table: &Table, store: &Store, rows: &mut Rows) {
    let (tenant, cat, day): (_, &DistributorId, _) = (&table.tenant, &id("cat"), id(DAY));
    let ids: Vec<OrderId> = (0..10).map(|n| id(&format!("P{n}"))).collect();
    assert_eq!(store.orders_of(tenant, &ids, Fresh::Lately).await.unwrap().len(), 10);
    rows.add("10 orders as they were a moment ago");
    let line = |order: &OrderId| LineOf {
        distributor: cat.clone(),
        paid_at: at(NOON),
        order: order.clone(),
    };
    let lines: Vec<_> = ids.iter().map(line).collect();
    assert_eq!(store.lines_of(tenant, &lines, Fresh::Lately).await.unwrap().len(), 10);
    rows.add("their lines for one distributor, the same");
    let shard = keys::order_shard(&ids[0]);
    let listed = ListedOrders::Paid { day, shard };
    assert!(!store.order_ids(tenant, listed, 100, None).await.unwrap().items.is_empty());
    rows.add("a page of the orders of a day in one shard");
    let (day_after, shard) = (id("2026-11-12"), keys::order_shard(&id("A1")));
    let refunded = ListedOrders::Refunded { day: day_after, shard };
    assert!(!store.order_ids(tenant, refunded, 100, None).await.unwrap().items.is_empty());
    rows.add("a page of those that were refunded on a day in one shard");
    store.parked_on(tenant, Some(day), 100, None).await.unwrap();
    rows.add("a page of what is parked of a day");
    let lately = store.read_books(tenant, cat, Fresh::Lately, |_| false).await.unwrap();
    rows.add("the books of a distributor with 31 lines, as they were a moment ago");
    let read = books(table, store, "cat").await;
    assert_eq!((read.kept.len(), &read.stored), (31, &lately.stored));
    rows.add("the same as they are now");
    let add = both(pending(cny(), -4), sold(-4));
    assert!(mend(table, store, &read, (&[line_of(&read, "P0")], add)).await);
    rows.add("putting right a line, a balance and a day");
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
        checks(&table, &fresh, &mut rows).await;
        reconciling(&table, &fresh, &mut rows).await;
        runs(&table, &fresh, &mut rows).await;

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

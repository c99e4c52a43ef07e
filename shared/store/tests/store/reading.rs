//! Each kind of golden item, read as the product reads it.

use std::fmt::Debug;

use upline_domain::ids::TenantId;
use upline_store::{AuditEntry, Changes, CheckState, ListedOrders, Period, Store, cause_of, keys};
use upline_testkit::now;

use crate::reported::DAY;
use crate::table::{CHANGES, Table};
use crate::values::{NOON, at, id};
use crate::variants::parked;

/// What is read of a kind, in words; empty where nothing is there.
pub(crate) async fn reading(table: &Table, kind: &str) -> String {
    let (store, tenant) = (&table.store(), &table.tenant);
    match kind {
        "active-plans" => one(store.plan_at(tenant, at(NOON), now()).await.unwrap()),
        "audit" | "audit-day" => {
            let page = store.audit(tenant, Period::default(), 9, None).await.unwrap();
            let shares = |one: &AuditEntry| one.after.contains_key("rollout");
            all(page.items.into_iter().filter(shares))
        }
        "await-event" => awaiting(table, store, "xen", "NOBODYS").await,
        "await-order" => awaiting(table, store, "nobody", "NEW").await,
        "balance" => all(store.balances(tenant, &id("cat")).await.unwrap()),
        "balance-pending" => {
            let balances = store.balances(tenant, &id("dan")).await.unwrap();
            all(balances.into_iter().filter(|balance| balance.currency == id("USD")))
        }
        "buyer" => {
            let (buyer, _) = store.buyer(tenant, &id("zoe")).await.unwrap();
            one(buyer.first_order.is_some().then_some(buyer))
        }
        "change" => {
            let batches = store.unposted(CHANGES).await.unwrap();
            all(batches.iter().flat_map(Changes::noted))
        }
        "code" => one(store.code_owner(tenant, &id("CAT")).await.unwrap()),
        "day" => {
            all(store.days(tenant, &id("cat"), Period::default(), 9, None).await.unwrap().items)
        }
        "line" => {
            let period = Period::default();
            all(store.commissions(tenant, &id("cat"), period, 9, None).await.unwrap().items)
        }
        "member" => one(store.member(tenant, &id("bob")).await.unwrap()),
        "order" => one(store.order(tenant, &id("A1")).await.unwrap()),
        "order-caused" => {
            let item = table.items().await.remove(&keys::order(tenant, &id("B2")));
            let cause = item.and_then(|item| cause_of(&item).unwrap());
            let record = store.order(tenant, &id("B2")).await.unwrap();
            one(record.zip(cause))
        }
        "order-auto" => one(store.order(tenant, &id("B1")).await.unwrap()),
        "order-unpaid" => one(store.order(tenant, &id("A3")).await.unwrap()),
        "order-waiting" => one(store.order(tenant, &id("A2")).await.unwrap()),
        "parked" => parked_event(table, store, "evt-2", "0123").await,
        "parked-dismissed" => parked_event(table, store, "evt-3", "4567").await,
        "parked-part" => parked_event(table, store, "evt-4", "4567").await,
        "parked-day" => all(store.parked(tenant, 9, None).await.unwrap().items),
        "plan" => one(store.plan_version(tenant, 1).await.unwrap()),
        "plan-second" => one(store.version(tenant, 2).await.unwrap()),
        "recruits" => {
            let (from, to) = (Some(id("2026-10-01")), Some(id("2026-10-02")));
            let period = Period { from, to };
            all(store.days(tenant, &id("bob"), period, 9, None).await.unwrap().items)
        }
        "refunded" => {
            let (day, shard) = (id("2026-11-12"), keys::order_shard(&id("A1")));
            let listed = ListedOrders::Refunded { day, shard };
            all(store.order_ids(tenant, listed, 9, None).await.unwrap().items)
        }
        "team-counts" => {
            let counts = store.team_counts(tenant, &id("ann")).await.unwrap();
            all(counts.into_iter().filter(|count| *count > 0))
        }
        "team-row" => all(store.team(tenant, &id("ann"), 1, 9, None).await.unwrap().items),
        "wait" => all(store.waiting_orders(tenant, &id("yan"), at(NOON)).await.unwrap()),
        other => of_checks(store, tenant, other).await,
    }
}

/// What is read for checks, and of what they came to.
async fn of_checks(store: &Store, tenant: &TenantId, kind: &str) -> String {
    match kind {
        "check" => {
            let found = store.subjects(tenant, &[id("bob")]).await.unwrap().remove("bob");
            one(found.map(|bob| bob.unwrap().check).filter(|check| *check != CheckState::default()))
        }
        "level" => all(store.level_changes(tenant, &id("bob"), 9, None).await.unwrap().items),
        "level-by-hand" => {
            all(store.level_changes(tenant, &id("dan"), 9, None).await.unwrap().items)
        }
        "night" => {
            let shard = keys::distributor_shard(&id("bob"));
            one(store.last_night(tenant, shard).await.unwrap())
        }
        other => of_reports(store, tenant, other).await,
    }
}

/// What is read of a reconciliation.
async fn of_reports(store: &Store, tenant: &TenantId, kind: &str) -> String {
    let (day, of_nobody, cat) = (id(DAY), 0, keys::distributor_shard(&id("cat")));
    match kind {
        "run" => one(store.last_run(tenant, day).await.unwrap()),
        "difference" => all(store.differences_of(tenant, (day, 1), &id("A1")).await.unwrap()),
        "difference-of-nobody" => {
            let page = store.differences(tenant, (day, 1), of_nobody, 9, None).await.unwrap();
            all(page.items.into_iter().filter(|one| one.difference.order.is_none()))
        }
        "touched" => all(store.touched_orders(tenant, (day, 1), &id("cat")).await.unwrap()),
        "touched-distributor" => {
            let page = store.touched(tenant, (day, 1), cat, 9, None).await.unwrap();
            all(page.items.into_iter().filter(|one| one.order.is_none()))
        }
        other => panic!("say here how {other} is read"),
    }
}

fn one(read: Option<impl Debug>) -> String {
    read.map_or(String::new(), |read| format!("{read:?}"))
}

fn all(read: impl IntoIterator<Item = impl Debug>) -> String {
    let read: Vec<_> = read.into_iter().collect();
    if read.is_empty() { String::new() } else { format!("{read:?}") }
}

async fn awaiting(table: &Table, store: &Store, who: &str, code: &str) -> String {
    all(store.awaiting(&table.tenant, &id(who), &id(code)).await.unwrap())
}

async fn parked_event(table: &Table, store: &Store, event: &str, hash: &str) -> String {
    let mut id = parked(event, "").id;
    id.hash = hash.into();
    one(store.parked_event(&table.tenant, &id).await.unwrap())
}

//! The rows of what is still to be posted: there before the change, gone after it is posted.

use std::collections::BTreeSet;

use futures::future::join;
use upline_store::{Change, Changes, Store, keys};
use upline_testkit::{now, run};

use crate::SEEDS;
use crate::table::{CHANGES, Table};
use crate::values::{at, binding, id, member, paid, refund};

/// Each batch that is not posted, by the changes it names.
async fn unposted(table: &Table) -> Vec<Vec<Change>> {
    let batches = table.store().unposted(CHANGES).await.unwrap();
    batches.iter().map(Changes::noted).collect()
}

fn order(table: &Table, name: &str) -> Change {
    Change::order(&table.tenant, &id(name))
}

async fn facts(table: &Table, store: &Store) {
    let tenant = &table.tenant;
    store.record_payment(tenant, &paid("A1", "zoe", 100), now()).await.unwrap();
    store.add_refund(tenant, &id("A2"), &id("r1"), &refund(1)).await.unwrap();
    store.add_completion(tenant, &id("A3"), at("2026-11-20T00:00:00Z")).await.unwrap();
    store.register(tenant, &member("dan", &[])).await.unwrap();
}

#[test]
fn each_fact_is_noted_and_found_after_a_crash_and_gone_once_posted() {
    run(async {
        let table = Table::with_family().await;
        assert_eq!(unposted(&table).await, Vec::<Vec<Change>>::new());
        let changes = Changes::new(CHANGES, "batch-1");
        facts(&table, &table.store().noting(changes.clone())).await;
        let want: BTreeSet<Change> = ["A1", "A2", "A3"]
            .map(|name| order(&table, name))
            .into_iter()
            .chain([Change::member(&table.tenant, &id("dan"))])
            .collect();
        let want: Vec<Change> = want.into_iter().collect();
        assert_eq!(changes.noted(), want);

        let restarted = table.store();
        let batches = restarted.unposted(CHANGES).await.unwrap();
        assert_eq!(batches.iter().map(Changes::noted).collect::<Vec<_>>(), [want]);
        restarted.posted(&batches[..1]).await.unwrap();
        assert_eq!(unposted(&table).await, Vec::<Vec<Change>>::new());
        restarted.posted(&batches[..1]).await.unwrap();
    });
}

#[test]
fn a_note_is_there_before_the_change() {
    run(async {
        for requests in 0..5 {
            let table = Table::empty().await;
            let changes = Changes::new(CHANGES, "batch-1");
            let store = table.cut_off(requests).noting(changes);
            let given = refund(1);
            let cut = store.add_refund(&table.tenant, &id("A1"), &id("r1"), &given).await;
            let noted = unposted(&table).await.len();
            assert_eq!(noted, requests.min(1), "after {requests}");
            let order = keys::order(&table.tenant, &id("A1"));
            let is_there = table.items().await.contains_key(&order);
            assert_eq!(is_there, requests > 2, "after {requests}");
            assert_eq!(cut.is_ok(), requests > 2, "after {requests}");
        }
    });
}

#[test]
fn a_crash_before_posting_is_mended_from_the_notes() {
    run(async {
        let table = Table::with_family().await;
        let tenant = &table.tenant;
        table.store().bind(tenant, &id("zoe"), binding("cat")).await.unwrap();
        let store = table.store().noting(Changes::new(CHANGES, "batch-1"));
        store.record_payment(tenant, &paid("A1", "zoe", 10_000), now()).await.unwrap();
        drop(store);
        let store = table.store();
        for batch in store.unposted(CHANGES).await.unwrap() {
            for change in batch.noted() {
                let Change::Order(tenant, id) = change else { panic!("only the order") };
                let record = store.order(&tenant, &id).await.unwrap().unwrap();
                let post = upline_store::PostOrder { tenant, id, record };
                assert!(store.post_orders(vec![post], now()).await.unwrap().refused.is_empty());
            }
            store.posted(std::slice::from_ref(&batch)).await.unwrap();
        }
        let balances = store.balances(tenant, &id("cat")).await.unwrap();
        assert_eq!(balances[0].pending.minor(), 1_000);
        assert_eq!(unposted(&table).await, Vec::<Vec<Change>>::new());
    });
}

#[test]
fn two_batches_of_one_order_keep_rows_of_their_own() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::empty().await;
            let [one, two] = ["batch-1", "batch-2"].map(|name| Changes::new(CHANGES, name));
            let given = refund(1);
            let work = async |seed: u64, changes: &Changes, name: &str| {
                let store = table.in_turns(seed).noting(changes.clone());
                let (order, name) = (id("A1"), id(name));
                store.add_refund(&table.tenant, &order, &name, &given).await.unwrap();
                store
            };
            let (store, _) = join(work(seed, &one, "r1"), work(seed + 1_000, &two, "r2")).await;
            assert_eq!(unposted(&table).await.len(), 2, "{seed}");
            store.posted(std::slice::from_ref(&one)).await.unwrap();
            assert_eq!(unposted(&table).await, [vec![order(&table, "A1")]], "{seed}: the other's");
            store.posted(std::slice::from_ref(&two)).await.unwrap();
            assert_eq!(unposted(&table).await, Vec::<Vec<Change>>::new(), "{seed}");
        }
    });
}

#[test]
fn rows_of_many_batches_are_removed_together_and_no_others() {
    run(async {
        let table = Table::empty().await;
        let [one, two, three] = ["batch-1", "batch-2", "batch-3"].map(|n| Changes::new(CHANGES, n));
        for batch in [&one, &two, &three] {
            let store = table.store().noting(batch.clone());
            store.note_many(vec![order(&table, "A1"), order(&table, "A2")]).await.unwrap();
        }
        table.store().posted(&[one, two]).await.unwrap();
        let left = vec![order(&table, "A1"), order(&table, "A2")];
        assert_eq!(unposted(&table).await, [left], "the third's");
        table.store().posted(&[]).await.unwrap();
        assert_eq!(unposted(&table).await.len(), 1);
    });
}

#[test]
fn more_changes_than_a_request_holds_are_noted_and_removed() {
    run(async {
        let table = Table::empty().await;
        let changes = Changes::new(CHANGES, "batch-1");
        let store = table.store().noting(changes.clone());
        let all: Vec<Change> = (0..60).map(|n| order(&table, &format!("A{n}"))).collect();
        store.note_many(all.clone()).await.unwrap();
        store.note_many(all).await.unwrap();
        assert_eq!(unposted(&table).await.iter().map(Vec::len).collect::<Vec<_>>(), [60]);
        store.posted(std::slice::from_ref(&changes)).await.unwrap();
        assert_eq!(unposted(&table).await, Vec::<Vec<Change>>::new());
    });
}

//! `publish_first`: created, exists, another plan, two at once, a crash between its two writes.

use futures::future::join;
use upline_domain::plan::Plan;
use upline_store::{Store, StoreError};
use upline_testkit::{now, run};

use crate::SEEDS;
use crate::table::{POLICY, Table, read_plan};
use crate::values::{NOON, THREE_DEEP, at};

fn other_plan() -> String {
    THREE_DEEP.replace("0.10", "0.11")
}

async fn publish(table: &Table, store: &Store, document: &str) -> bool {
    store.publish_first(&table.tenant, document, POLICY).await.unwrap()
}

/// The plan that is active.
async fn active(table: &Table) -> Option<Plan> {
    let active = table.store().plan_at(&table.tenant, at(NOON), now()).await.unwrap()?;
    assert_eq!(active.version, 1);
    Some(active.plan.clone())
}

fn compiled(document: &str) -> Plan {
    read_plan(document, POLICY).unwrap()
}

#[test]
fn a_first_plan_is_published_once() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        assert_eq!(active(&table).await, None);
        assert!(publish(&table, &store, THREE_DEEP).await);
        let before = table.items().await;
        assert!(publish(&table, &store, THREE_DEEP).await, "the same again");
        assert!(!publish(&table, &store, &other_plan()).await, "another document");
        let strict = POLICY.replace("20", "19");
        let other = store.publish_first(&table.tenant, THREE_DEEP, &strict).await.unwrap();
        assert!(!other, "another policy");
        assert_eq!(table.items().await, before);
        assert_eq!(active(&table).await, Some(compiled(THREE_DEEP)));
    });
}

#[test]
fn of_two_first_plans_at_once_one_is_active() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::empty().await;
            let [one, two] = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let other = other_plan();
            let (first, second) =
                join(publish(&table, &one, THREE_DEEP), publish(&table, &two, &other)).await;
            let want = compiled(if first { THREE_DEEP } else { &other });
            assert!(first != second, "{seed}: one of them is told yes");
            assert_eq!(active(&table).await, Some(want), "{seed}");
        }
    });
}

#[test]
fn a_crash_between_document_and_activation_is_mended_by_a_repeat() {
    run(async {
        let table = Table::empty().await;
        let cut = table.cut_off(1).publish_first(&table.tenant, THREE_DEEP, POLICY).await;
        assert!(matches!(cut, Err(StoreError::Request { .. })), "{cut:?}");
        assert_eq!(active(&table).await, None);
        assert!(!publish(&table, &table.store(), &other_plan()).await);
        assert!(publish(&table, &table.store(), THREE_DEEP).await);
        assert_eq!(active(&table).await, Some(compiled(THREE_DEEP)));
    });
}

#[test]
fn that_there_is_no_plan_is_not_remembered() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        assert_eq!(store.plan_at(&table.tenant, at(NOON), now()).await.unwrap(), None);
        publish(&table, &table.store(), THREE_DEEP).await;
        assert!(store.plan_at(&table.tenant, at(NOON), now()).await.unwrap().is_some());
    });
}

#[test]
fn a_stored_plan_that_does_not_compile_is_an_error_that_says_so() {
    run(async {
        let table = Table::empty().await;
        publish(&table, &table.store(), "{}").await;
        let error = table.store().plan_at(&table.tenant, at(NOON), now()).await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("plan version 1 of demo: "), "{text}");
    });
}

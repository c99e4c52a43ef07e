//! Orders that wait, and what they wait for: whichever comes second attributes, whatever meets or
//! crashes between.

use futures::future::join;
use upline_domain::bind::BoundBy;
use upline_domain::order::{Paid, Payment, State};
use upline_store::{Attempt, Awaited, Store, StoreResult};
use upline_testkit::{now, run};

use crate::SEEDS;
use crate::table::Table;
use crate::values::{at, binding, id, member, paid, paid_with_code, payment};

async fn pay(table: &Table, store: &Store, paid: &Paid) -> StoreResult<Attempt> {
    store.record_payment(&table.tenant, paid, now()).await.map(|(attempt, _)| attempt)
}

async fn state(table: &Table, order: &str) -> State {
    table.store().order(&table.tenant, &id(order)).await.unwrap().unwrap().state()
}

/// Binds zoe to cat and takes up what waited, as `bind-registration` does.
async fn bind(table: &Table, store: &Store) -> StoreResult<()> {
    store.bind(&table.tenant, &id("zoe"), binding("cat")).await?;
    let from = binding("cat").bound_at;
    store.take_up(&table.tenant, &id("zoe"), from, now()).await.map(drop)
}

/// Registers dan and takes up what waited for his code, as `bind-registration` does.
async fn register(table: &Table, store: &Store) -> StoreResult<()> {
    let dan = member("dan", &["cat", "bob", "ann"]);
    store.register(&table.tenant, &dan).await?;
    for (row, awaited) in store.awaiting(&table.tenant, &dan.id, &dan.invite_code).await? {
        if let Awaited::Order(order) = awaited {
            assert_eq!(store.take_up_order(&table.tenant, &order, now()).await?, []);
        }
        store.awaits_no_more(&row).await?;
    }
    Ok(())
}

/// Begins something so many turns later, so that it may meet any request of what began before.
async fn later<T>(turns: u64, work: impl Future<Output = T>) -> T {
    for _ in 0..turns {
        tokio::task::yield_now().await;
    }
    work.await
}

async fn rows(table: &Table, part: &str) -> usize {
    table.items().await.keys().filter(|key| key.sk.starts_with(part)).count()
}

#[test]
fn an_order_that_waits_is_written_once_and_attributed_once() {
    run(async {
        let (table, order) = (Table::with_family().await, paid("A1", "zoe", 10_000));
        let store = table.store();
        assert_eq!(pay(&table, &store, &order).await.unwrap(), Attempt::Waiting);
        let before = table.items().await;
        assert_eq!(pay(&table, &store, &order).await.unwrap(), Attempt::Waiting);
        assert_eq!(table.items().await, before);
        let other = paid("A1", "zoe", 10_001);
        assert_eq!(pay(&table, &store, &other).await.unwrap(), Attempt::Conflict);
        bind(&table, &store).await.unwrap();
        assert_eq!(state(&table, "A1").await, State::Attributed);
        let before = table.items().await;
        bind(&table, &store).await.unwrap();
        assert_eq!(pay(&table, &store, &order).await.unwrap(), Attempt::Exists);
        assert_eq!(pay(&table, &store, &other).await.unwrap(), Attempt::Conflict);
        assert_eq!(rows(&table, "WAIT#").await, 0, "it waits no more");
        assert_eq!(table.items().await.get(&order_key(&table)), before.get(&order_key(&table)));
    });
}

fn order_key(table: &Table) -> upline_store::keys::Key {
    upline_store::keys::order(&table.tenant, &id("A1"))
}

#[test]
fn whichever_of_order_and_binding_comes_second_sees_the_other() {
    run(async {
        let mut waited = 0;
        for seed in 0..3 * SEEDS {
            let (table, order) = (Table::with_family().await, paid("A1", "zoe", 10_000));
            let [one, two] = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let binding = later(seed % 20, bind(&table, &two));
            let (attempt, bound) = join(pay(&table, &one, &order), binding).await;
            bound.unwrap();
            waited += usize::from(attempt.unwrap() == Attempt::Waiting);
            assert_eq!(state(&table, "A1").await, State::Attributed, "{seed}");
            let record = table.store().order(&table.tenant, &id("A1")).await.unwrap().unwrap();
            assert!(record.version <= 2, "{seed}: attributed once, not {}", record.version);
        }
        let both = 1..usize::try_from(3 * SEEDS).unwrap();
        assert!(both.contains(&waited), "each comes second sometimes: {waited}");
    });
}

#[test]
fn whichever_of_order_and_code_comes_second_sees_the_other() {
    run(async {
        for seed in 0..3 * SEEDS {
            let table = Table::with_family().await;
            let order = paid_with_code("A1", "zoe", "DAN");
            let [one, two] = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let registration = later(seed % 20, register(&table, &two));
            let (attempt, done) = join(pay(&table, &one, &order), registration).await;
            attempt.unwrap();
            done.unwrap();
            assert_eq!(state(&table, "A1").await, State::Attributed, "{seed}");
            let (buyer, _) = table.store().buyer(&table.tenant, &id("zoe")).await.unwrap();
            let binding = buyer.binding.unwrap();
            assert_eq!((binding.distributor, binding.how), (id("dan"), BoundBy::Order), "{seed}");
        }
    });
}

#[test]
fn two_codes_of_one_buyer_at_once_bind_once_and_both_orders_follow() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::with_family().await;
            let orders = [paid_with_code("A1", "zoe", "CAT"), paid_with_code("A2", "zoe", "BOB")];
            let stores = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let (one, two) =
                join(pay(&table, &stores[0], &orders[0]), pay(&table, &stores[1], &orders[1]))
                    .await;
            one.unwrap();
            two.unwrap();
            let (buyer, _) = table.store().buyer(&table.tenant, &id("zoe")).await.unwrap();
            let bound = buyer.binding.unwrap().distributor;
            for order in ["A1", "A2"] {
                let record = table.store().order(&table.tenant, &id(order)).await.unwrap();
                let first = record.unwrap().attributed.unwrap().frozen.lineage[0].id.clone();
                assert_eq!(first, bound, "{seed}: {order} follows the binding that stands");
            }
        }
    });
}

/// Crashes after so many requests of paying and of binding, and mends it; whether either was whole.
async fn crash_and_mend(pay_requests: usize, bind_requests: usize) -> (bool, bool) {
    let table = Table::with_family().await;
    let before = Payment { paid_at: at("2026-10-01T00:00:00Z"), ..payment("A0", "zoe", 1) };
    let orders = [paid("A1", "zoe", 10_000), Paid::new(before).unwrap()];
    let mut paid_whole = true;
    for order in &orders {
        paid_whole &= pay(&table, &table.cut_off(pay_requests), order).await.is_ok();
    }
    let bound_whole = bind(&table, &table.cut_off(bind_requests)).await.is_ok();
    for order in &orders {
        pay(&table, &table.store(), order).await.unwrap();
    }
    bind(&table, &table.store()).await.unwrap();
    let crashed = format!("paying after {pay_requests}, binding after {bind_requests}");
    assert_eq!(state(&table, "A1").await, State::Attributed, "{crashed}");
    assert_eq!(state(&table, "A0").await, State::Waiting, "{crashed}: paid before it");
    (paid_whole, bound_whole)
}

#[test]
fn a_crash_at_any_request_is_mended_by_a_repeat() {
    run(async {
        let mut most = 0;
        for pay_requests in 0.. {
            let mut bind_requests = 0;
            let paid_whole = loop {
                let (paid_whole, bound_whole) = crash_and_mend(pay_requests, bind_requests).await;
                if bound_whole {
                    break paid_whole;
                }
                bind_requests += 1;
            };
            most = most.max(bind_requests);
            if paid_whole {
                assert!(pay_requests > 5 && most > 5, "paying {pay_requests}, binding {most}");
                return;
            }
        }
    });
}

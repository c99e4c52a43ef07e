//! `add_refund`: created, exists, conflict, the limits, two at once.

use futures::future::{join, join_all};
use jiff::civil::Date;
use upline_domain::ids::OrderId;
use upline_domain::limits::{REFUNDED_LINES_MAX, REFUNDS_MAX};
use upline_domain::order::{Record, Refund, Refunded};
use upline_store::{Added, ListedOrders, Store, keys};
use upline_testkit::run;

use crate::SEEDS;
use crate::table::Table;
use crate::values::{at, fen, id, refund, refund_of_lines};

async fn give(table: &Table, store: &Store, name: &str, refund: &Refund) -> Added {
    store.add_refund(&table.tenant, &id("A1"), &id(name), refund).await.unwrap()
}

async fn record(table: &Table) -> Record {
    table.store().order(&table.tenant, &id("A1")).await.unwrap().unwrap()
}

#[test]
fn a_refund_is_created_exists_or_contradicts() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        let lines = |lines: &[(&str, u64)]| {
            let lines = lines.iter().map(|(name, minor)| (id(name), fen(*minor))).collect();
            Refund { goods: Refunded::Lines(lines), ..refund(0) }
        };
        let amount = refund(500);
        let by_line = lines(&[("1", 100), ("2", 200)]);
        assert_eq!(give(&table, &store, "r1", &amount).await, Added::Created);
        assert_eq!(give(&table, &store, "r2", &by_line).await, Added::Created);
        let before = table.items().await;
        assert_eq!(give(&table, &store, "r1", &amount).await, Added::Exists);
        assert_eq!(give(&table, &store, "r2", &by_line).await, Added::Exists);
        for other in [
            refund(501),
            Refund { refunded_at: at("2026-11-12T04:00:00.001Z"), ..refund(500) },
            Refund { currency: id("USD"), ..refund(500) },
            lines(&[("1", 500)]),
        ] {
            assert_eq!(give(&table, &store, "r1", &other).await, Added::Conflict, "{other:?}");
        }
        for other in [
            lines(&[("1", 100), ("2", 201)]),
            lines(&[("1", 100), ("3", 200)]),
            lines(&[("1", 100)]),
            refund(300),
        ] {
            assert_eq!(give(&table, &store, "r2", &other).await, Added::Conflict, "{other:?}");
        }
        assert_eq!(table.items().await, before, "no byte was changed");
        let record = record(&table).await;
        assert_eq!((record.version, record.refunds.len()), (2, 2));
    });
}

#[test]
fn an_order_holds_four_hundred_refunded_lines_exactly() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        for n in 0..39 {
            let ten = refund_of_lines(10);
            assert_eq!(give(&table, &store, &format!("r{n}"), &ten).await, Added::Created);
        }
        let nine = refund_of_lines(9);
        assert_eq!(give(&table, &store, "r39", &nine).await, Added::Created);
        assert_eq!(give(&table, &store, "two", &refund_of_lines(2)).await, Added::TooLarge);
        assert_eq!(give(&table, &store, "one", &refund_of_lines(1)).await, Added::Created);
        let before = table.items().await;
        let lines: usize = record(&table).await.refunds.values().map(Refund::lines).sum();
        assert_eq!(lines, REFUNDED_LINES_MAX);
        assert_eq!(give(&table, &store, "more", &refund_of_lines(1)).await, Added::TooLarge);
        assert_eq!(give(&table, &store, "r39", &nine).await, Added::Exists, "no more of them");
        assert_eq!(give(&table, &store, "r39", &refund(9)).await, Added::Conflict);
        assert_eq!(table.items().await, before);
        let amount = give(&table, &store, "amount", &refund(1)).await;
        assert_eq!(amount, Added::Created, "an amount names no line");
    });
}

#[test]
fn four_hundred_lines_fit_one_refund() {
    run(async {
        let table = Table::empty().await;
        let all = refund_of_lines(REFUNDED_LINES_MAX);
        assert_eq!(give(&table, &table.store(), "all", &all).await, Added::Created);
        assert_eq!(record(&table).await.refunds.get("all"), Some(&all));
        let one = refund_of_lines(1);
        assert_eq!(give(&table, &table.store(), "one", &one).await, Added::TooLarge);
    });
}

#[test]
fn two_who_write_one_refund_at_once_count_it_once() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::empty().await;
            let stores = [0, 1, 2].map(|n| table.in_turns(seed * 3 + n));
            let same = refund_of_lines(REFUNDED_LINES_MAX / 2);
            let all = join_all(stores.iter().map(|store| give(&table, store, "r1", &same))).await;
            let created = all.iter().filter(|added| **added == Added::Created).count();
            let exists = all.iter().filter(|added| **added == Added::Exists).count();
            assert_eq!((created, exists), (1, 2), "{seed}");
            let again = refund_of_lines(REFUNDED_LINES_MAX / 2);
            let rest = give(&table, &stores[0], "r2", &again).await;
            assert_eq!(rest, Added::Created, "{seed}: its lines were counted once");
        }
    });
}

#[test]
fn one_of_two_takes_the_last_place() {
    run(async {
        for seed in 0..8 {
            let table = Table::empty().await;
            for n in 1..REFUNDS_MAX {
                let added = give(&table, &table.store(), &format!("r{n}"), &refund(1)).await;
                assert_eq!(added, Added::Created);
            }
            let [one, two] = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let last = refund(1);
            let (one, two) =
                join(give(&table, &one, "x", &last), give(&table, &two, "y", &last)).await;
            let refunds = record(&table).await.refunds;
            assert_eq!(refunds.len(), REFUNDS_MAX, "{seed}");
            let want = if refunds.contains_key("x") {
                (Added::Created, Added::TooLarge)
            } else {
                (Added::TooLarge, Added::Created)
            };
            assert_eq!((one, two), want, "{seed}");
        }
    });
}

/// The orders that were refunded on a day, of all shards, page by page.
async fn refunded(table: &Table, day: Date, limit: usize) -> Vec<OrderId> {
    let mut ids = Vec::new();
    for shard in 0..keys::SHARDS {
        let (listed, mut after) = (ListedOrders::Refunded { day, shard }, None);
        loop {
            let page = table.store().order_ids(&table.tenant, listed, limit, after).await.unwrap();
            assert!(page.items.len() <= limit);
            ids.extend(page.items);
            after = page.after;
            if after.is_none() {
                break;
            }
        }
    }
    ids.sort();
    ids
}

#[test]
fn an_order_is_found_once_by_each_day_in_utc_of_its_refunds() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        let of = |time: &str| Refund { refunded_at: at(time), ..refund(1) };
        let late = of("2026-11-11T23:59:59.999Z");
        let orders: Vec<OrderId> = (10..40).map(|n| id(&format!("A{n}"))).collect();
        for order in &orders {
            for (name, refund) in [("r1", &late), ("r2", &late), ("r1", &late)] {
                store.add_refund(&table.tenant, order, &id(name), refund).await.unwrap();
            }
        }
        let next = of("2026-11-12T00:00:00Z");
        store.add_refund(&table.tenant, &orders[7], &id("r3"), &next).await.unwrap();
        for limit in [1, 3, 100] {
            assert_eq!(refunded(&table, id("2026-11-11"), limit).await, orders, "{limit} a page");
        }
        assert_eq!(refunded(&table, id("2026-11-12"), 100).await, [orders[7].clone()]);
        assert_eq!(refunded(&table, id("2026-11-10"), 100).await, []);
    });
}

#[test]
fn a_refund_that_is_there_is_found_by_its_day_wherever_a_process_crashed() {
    run(async {
        for requests in 0..3 {
            let table = Table::empty().await;
            let cut = table.cut_off(requests);
            let made = cut.add_refund(&table.tenant, &id("A1"), &id("r1"), &refund(1)).await;
            let stands = table.store().order(&table.tenant, &id("A1")).await.unwrap();
            let listed = refunded(&table, id("2026-11-12"), 100).await;
            assert_eq!((made.is_ok(), stands.is_some()), (requests > 1, requests > 1));
            assert_eq!(listed.len(), requests.min(1), "after {requests}");
        }
    });
}

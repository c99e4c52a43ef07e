//! `post_orders`: each contribution is counted once, by the line's own guard.

use std::collections::BTreeMap;

use futures::future::join_all;
use proptest::prelude::*;
use upline_domain::order::Record;
use upline_store::{Balance, Item, Period, PostOrder, Store, keys};
use upline_testkit::{books, now, run};

use crate::table::Table;
use crate::values::{NOON, at, binding, cny, id, paid, refund};
use crate::{SEEDS, cases};

const PEOPLE: [&str; 3] = ["ann", "bob", "cat"];

/// The images of an order as its facts come in: paid, then refunds and its completion.
async fn images(table: &Table, order: &str, refunds: u64) -> Vec<PostOrder> {
    let (store, tenant) = (table.store(), &table.tenant);
    store.bind(tenant, &id("zoe"), binding("cat")).await.unwrap();
    store.record_payment(tenant, &paid(order, "zoe", 10_000), now()).await.unwrap();
    let mut images = vec![image(table, order).await];
    for n in 0..refunds {
        let (name, given) = (id(&format!("r{n}")), refund(1_000));
        store.add_refund(tenant, &id(order), &name, &given).await.unwrap();
        images.push(image(table, order).await);
    }
    let day = at("2026-11-20T00:00:00Z");
    store.add_completion(tenant, &id(order), day).await.unwrap();
    images.push(image(table, order).await);
    images
}

async fn image(table: &Table, order: &str) -> PostOrder {
    let id = id(order);
    let record = table.store().order(&table.tenant, &id).await.unwrap().unwrap();
    PostOrder { tenant: table.tenant.clone(), id, record }
}

async fn post(store: &Store, images: &[PostOrder]) {
    assert!(store.post_orders(images.to_vec(), now()).await.unwrap().refused.is_empty());
}

async fn balances(table: &Table) -> BTreeMap<&'static str, Vec<Balance>> {
    let mut all = BTreeMap::new();
    for name in PEOPLE {
        all.insert(name, table.store().balances(&table.tenant, &id(name)).await.unwrap());
    }
    all
}

async fn line(table: &Table, name: &str, order: &str) -> Item {
    table.item(&keys::line(&table.tenant, &id(name), at(NOON), &id(order))).await
}

fn number(item: &Item, name: &str) -> u64 {
    item[name].as_n().unwrap().parse().unwrap()
}

async fn assert_books(table: &Table, records: &[&Record], case: &str) {
    let balances = balances(table).await;
    let balances = balances.into_iter().map(|(name, balances)| (id(name), balances));
    let want = books::of_records(records.iter().copied());
    assert_eq!(books::of_balances(balances), want, "{case}");
    let mut sold = 0;
    let (store, cat) = (table.store(), id("cat"));
    let days = store.days(&table.tenant, &cat, Period::default(), 9, None).await;
    for day in days.unwrap().items {
        sold += day.own_sales.minor();
    }
    let left = |record: &&Record| 10_000 - 1_000 * i64::try_from(record.refunds.len()).unwrap();
    assert_eq!(sold, records.iter().map(left).sum::<i64>(), "{case}: what cat sold");
}

#[test]
fn a_line_is_written_once_for_each_newer_image_and_never_for_another() {
    run(async {
        let table = Table::with_family().await;
        let images = images(&table, "A1", 1).await;
        let [paid, refunded, completed] = &images[..] else { panic!("three images") };
        let store = table.store();
        post(&store, std::slice::from_ref(paid)).await;
        let first = line(&table, "cat", "A1").await;
        assert_eq!((number(&first, "n"), number(&first, "ver")), (1, 1));

        let before = table.items().await;
        post(&store, std::slice::from_ref(paid)).await;
        post(&store, &[paid.clone(), paid.clone()]).await;
        assert_eq!(table.items().await, before, "the same image changes no byte");

        post(&store, &[completed.clone(), paid.clone(), refunded.clone()]).await;
        let second = line(&table, "cat", "A1").await;
        assert_eq!((number(&second, "n"), number(&second, "ver")), (2, 3), "the newest, at once");
        assert_books(&table, &[&completed.record], "the newest").await;

        let before = table.items().await;
        post(&store, std::slice::from_ref(paid)).await;
        post(&store, std::slice::from_ref(refunded)).await;
        assert_eq!(table.items().await, before, "an older image changes no byte");
    });
}

#[test]
fn the_guard_counts_the_writes_of_a_line_and_of_a_balance() {
    run(async {
        let table = Table::with_family().await;
        let images = images(&table, "A1", 5).await;
        for (writes, image) in (1..).zip(&images) {
            post(&table.store(), std::slice::from_ref(image)).await;
            assert_eq!(number(&line(&table, "cat", "A1").await, "n"), writes);
            let key = keys::balance(&table.tenant, &id("cat"), cny());
            assert_eq!(number(&table.item(&key).await, "n"), writes);
        }
    });
}

#[test]
fn pollers_at_once_with_images_of_any_age_count_the_newest_once() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::with_family().await;
            let images = images(&table, "A1", 2).await;
            let stores: Vec<Store> = (0..4).map(|n| table.in_turns(seed * 4 + n)).collect();
            let posts = stores.iter().zip(&images).map(async |(store, image)| {
                post(store, std::slice::from_ref(image)).await;
            });
            join_all(posts).await;
            let newest = &images.last().unwrap().record;
            assert_books(&table, &[newest], &format!("seed {seed}")).await;
            for name in PEOPLE {
                let line = line(&table, name, "A1").await;
                assert_eq!(number(&line, "ver"), newest.version, "{seed}: {name}");
                assert!(number(&line, "n") <= newest.version, "{seed}: {name}");
            }
        }
    });
}

#[test]
fn pollers_at_once_with_other_orders_of_one_distributor_all_count() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::with_family().await;
            let mut newest = Vec::new();
            for order in ["A1", "A2", "A3"] {
                newest.extend(images(&table, order, 1).await.pop());
            }
            let stores = [0, 1, 2].map(|n| table.in_turns(seed * 3 + n));
            let batches = [&newest[0..2], &newest[1..3], &newest[0..3]];
            join_all(stores.iter().zip(batches).map(|(store, batch)| post(store, batch))).await;
            let records: Vec<&Record> = newest.iter().map(|image| &image.record).collect();
            assert_books(&table, &records, &format!("seed {seed}")).await;
        }
    });
}

#[test]
fn a_crash_at_any_request_is_mended_by_posting_again() {
    run(async {
        for requests in 0..6 {
            let table = Table::with_family().await;
            let images = images(&table, "A1", 1).await;
            let cut = table.cut_off(requests).post_orders(images.clone(), now()).await;
            assert_eq!(cut.is_err(), requests < 4, "a read, and a write for each of three");
            post(&table.store(), &images).await;
            let newest = &images.last().unwrap().record;
            assert_books(&table, &[newest], &format!("after {requests}")).await;
        }
    });
}

#[test]
fn an_order_that_is_not_attributed_is_no_line() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        store.record_payment(&table.tenant, &paid("A1", "zoe", 100), now()).await.unwrap();
        let before = table.items().await;
        post(&store, &[image(&table, "A1").await]).await;
        assert_eq!(table.items().await, before);
    });
}

proptest! {
    #![proptest_config(cases(32))]

    /// However the images of three orders are cut into batches, repeated and shuffled over three
    /// pollers at once, the balances are the sum of the newest records once each was posted.
    #[test]
    fn any_batches_of_any_images_by_three_pollers_count_each_order_once(
        batches in prop::collection::vec(
            (0_usize..3, prop::collection::vec(any::<prop::sample::Index>(), 1..6)), 1..10),
        seed in any::<u32>(),
    ) {
        run(async {
            let table = Table::with_family().await;
            let (mut all, mut newest) = (Vec::new(), Vec::new());
            for (refunds, order) in (0..).zip(["A1", "A2", "A3"]) {
                let images = images(&table, order, refunds).await;
                newest.extend(images.last().cloned());
                all.extend(images);
            }
            let pollers = (0..3_usize).map(|poller| {
                let store = table.in_turns(u64::from(seed) + u64::try_from(poller).unwrap());
                let own = batches.iter().filter(move |(whose, _)| *whose == poller);
                let mut own: Vec<Vec<PostOrder>> = own
                    .map(|(_, picks)| picks.iter().map(|pick| pick.get(&all).clone()).collect())
                    .collect();
                if poller == 0 {
                    own.push(newest.clone());
                }
                async move {
                    for batch in own {
                        post(&store, &batch).await;
                    }
                }
            });
            join_all(pollers).await;
            let records: Vec<&Record> = newest.iter().map(|image| &image.record).collect();
            assert_books(&table, &records, "any batches").await;
        });
    }
}

//! What the index lists, page by page over its shards.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use upline_domain::ids::{DistributorId, OrderId};
use upline_store::{Balance, PostOrder, keys};
use upline_testkit::plans::publish_first;
use upline_testkit::{now, run};

use crate::table::{POLICY, Table};
use crate::values::{THREE_DEEP, binding, cny, id, member, paid, refund};

/// Twenty distributors, who stand under nobody and sold to a buyer each.
async fn twenty() -> Table {
    let table = Table::empty().await;
    let (store, tenant) = (table.store(), &table.tenant);
    publish_first(&store, tenant, THREE_DEEP, POLICY).await;
    let mut images = Vec::new();
    for n in 0..20 {
        let (name, buyer, order) = (format!("d{n}"), format!("b{n}"), format!("A{n}"));
        store.register(tenant, &member(&name, &[])).await.unwrap();
        store.bind(tenant, &id(&buyer), binding(&name)).await.unwrap();
        store.record_payment(tenant, &paid(&order, &buyer, 10_000 + n), now()).await.unwrap();
        let record = store.order(tenant, &id(&order)).await.unwrap().unwrap();
        images.push(PostOrder { tenant: tenant.clone(), id: id(&order), record });
    }
    assert!(store.post_orders(images, now()).await.unwrap().refused.is_empty());
    table
}

async fn listed(table: &Table, limit: usize) -> (BTreeMap<DistributorId, Balance>, Vec<usize>) {
    let (mut all, mut sizes, mut after) = (BTreeMap::new(), Vec::new(), None);
    loop {
        let page = table.store().all_balances(&table.tenant, limit, after).await.unwrap();
        sizes.push(page.items.len());
        for (whose, balance) in page.items {
            assert!(all.insert(whose.clone(), balance).is_none(), "{whose} is listed twice");
        }
        after = page.after;
        if after.is_none() {
            return (all, sizes);
        }
    }
}

#[test]
fn every_balance_is_listed_once_however_the_pages_are_cut() {
    run(async {
        let table = twenty().await;
        let mut want = BTreeMap::new();
        for n in 0..20 {
            let whose = id(&format!("d{n}"));
            let balances = table.store().balances(&table.tenant, &whose).await.unwrap();
            let [balance] = balances.as_slice() else { panic!("one currency") };
            want.insert(whose, balance.clone());
        }
        for limit in [1, 2, 3, 7, 20, 100] {
            let (all, sizes) = listed(&table, limit).await;
            assert_eq!(all, want, "limit {limit}");
            assert!(sizes.iter().all(|size| *size <= limit), "limit {limit}: {sizes:?}");
        }
        let other = id("other");
        let page = table.store().all_balances(&other, 100, None).await.unwrap();
        assert!(page.items.is_empty() && page.after.is_none(), "another tenant has none");
    });
}

/// The orders of days, in pages, with how many stood on each.
async fn of_days(
    table: &Table,
    days: std::ops::Range<Date>,
    limit: usize,
) -> (Vec<OrderId>, Vec<usize>) {
    let (mut all, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let (store, days) = (table.store(), days.clone());
        let page = store.orders_of_days(&table.tenant, days, limit, after).await.unwrap();
        sizes.push(page.items.len());
        for (order, record) in page.items {
            assert_eq!(record.paid.unwrap().order, order);
            all.push(order);
        }
        after = page.after;
        if after.is_none() {
            all.sort_unstable();
            return (all, sizes);
        }
    }
}

#[test]
fn the_orders_of_days_are_listed_once_however_the_pages_are_cut() {
    run(async {
        let table = twenty().await;
        let (store, tenant) = (table.store(), &table.tenant);
        // One that waits, and one that is only refunded, which is no order of a day.
        store.record_payment(tenant, &paid("W1", "nobody", 100), now()).await.unwrap();
        let refunded = store.add_refund(tenant, &id("U1"), &id("r"), &refund(1)).await;
        refunded.unwrap();
        let mut want: Vec<OrderId> = (0..20).map(|n| id(&format!("A{n}"))).collect();
        want.push(id("W1"));
        want.sort_unstable();
        let record = store.order(tenant, &id("A1")).await.unwrap().unwrap();
        let record = (record.paid.unwrap().paid_at, record.attributed.unwrap().terms.timezone);
        let day = upline_domain::time::day(record.0, &record.1);
        let next = day.checked_add(1.day()).unwrap();
        for limit in [1, 2, 3, 7, 21, 100] {
            let (all, sizes) = of_days(&table, day..next, limit).await;
            assert_eq!(all, want, "limit {limit}");
            assert!(sizes.iter().all(|size| *size <= limit), "limit {limit}: {sizes:?}");
        }
        // Of days without orders a page is cut short, and says where to go on.
        let (all, sizes) = of_days(&table, date(2026, 1, 1)..date(2027, 1, 1), 100).await;
        assert_eq!(all, want);
        assert_eq!(sizes.len(), 46, "365 days of 8 shards, 64 of them a page: {sizes:?}");
        for days in [next..date(2030, 1, 1), date(2020, 1, 1)..day, day..day, next..day] {
            assert_eq!(of_days(&table, days.clone(), 100).await.0, [], "{days:?}");
        }
        let other = store.orders_of_days(&id("other"), day..next, 100, None).await.unwrap();
        assert!(other.items.is_empty() && other.after.is_none(), "another tenant has none");
    });
}

#[test]
fn a_balance_of_before_the_list_is_listed_with_its_next_order() {
    run(async {
        let table = twenty().await;
        let key = keys::balance(&table.tenant, &id("d7"), cny());
        let mut old = table.item(&key).await;
        old.remove("gsi1pk").unwrap();
        table.put(old).await;
        assert!(!listed(&table, 100).await.0.contains_key("d7"));
        let (store, tenant) = (table.store(), &table.tenant);
        store.record_payment(tenant, &paid("A99", "b7", 5_000), now()).await.unwrap();
        let record = store.order(tenant, &id("A99")).await.unwrap().unwrap();
        let order = PostOrder { tenant: tenant.clone(), id: id("A99"), record };
        assert!(store.post_orders(vec![order], now()).await.unwrap().refused.is_empty());
        assert!(listed(&table, 100).await.0.contains_key("d7"));
    });
}

//! What the index lists, page by page over its shards.

use std::collections::BTreeMap;

use upline_domain::ids::DistributorId;
use upline_store::{Balance, PostOrder, keys};
use upline_testkit::plans::publish_first;
use upline_testkit::{now, run};

use crate::table::{POLICY, Table};
use crate::values::{THREE_DEEP, binding, cny, id, member, paid};

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
    assert!(store.post_orders(images).await.unwrap().is_empty());
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
        assert!(store.post_orders(vec![order]).await.unwrap().is_empty());
        assert!(listed(&table, 100).await.0.contains_key("d7"));
    });
}

//! What a distributor sold in the month of an order: read where a card asks, as it is posted then,
//! and frozen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::HttpConnector;
use upline_domain::order::{Paid, Payment, Record};
use upline_store::keys::{self, Key};
use upline_store::{Attempt, PostOrder, Store};
use upline_testkit::plans::publish_first;
use upline_testkit::{now, run};

use crate::table::{POLICY, Table};
use crate::values::{at, binding, id, member, payment, refund};

/// One depth, by what its taker sold in the month: 10 %, and 20 % from 1,000.00 on; and two depths
/// of a card that asks for nothing.
const PLAN: &str = r#"{
    "timezone": "Asia/Shanghai",
    "currencies": {
        "CNY": {
            "depth": 3,
            "cards": {
                "month": { "base": "paid", "mode": { "tiered": { "measure": "month_sales",
                    "kind": "whole", "tiers": [ { "from": "0", "rates": ["0.10"] },
                                                { "from": "1000.00", "rates": ["0.20"] } ] } } },
                "plain": { "base": "paid", "mode": { "percent": { "rates": ["0.10", "0.05"] } } } },
            "rules": [ { "id": "plain", "priority": 1, "when": { "region": ["plain"] },
                         "card": "plain" },
                       { "id": "month", "priority": 0, "card": "month" } ] },
        "USD": {
            "depth": 1,
            "cards": { "plain": { "mode": { "fixed": { "amounts": ["1"] } } } },
            "rules": [ { "id": "all", "priority": 0, "card": "plain" } ] } } }"#;

/// A table where the buyer zoe is bound to cat, who stands below bob and ann.
async fn bound() -> Table {
    let table = Table::empty().await;
    let store = table.store();
    publish_first(&store, &table.tenant, PLAN, POLICY).await;
    for (name, lineage) in [("ann", vec![]), ("bob", vec!["ann"]), ("cat", vec!["bob", "ann"])] {
        store.register(&table.tenant, &member(name, &lineage)).await.unwrap();
    }
    store.bind(&table.tenant, &id("zoe"), binding("cat")).await.unwrap();
    table
}

fn order(name: &str, price: u64, paid_at: &str) -> Payment {
    Payment { paid_at: at(paid_at), ..payment(name, "zoe", price) }
}

async fn pay(table: &Table, store: &Store, payment: Payment) -> Record {
    let paid = Paid::new(payment).unwrap();
    let (attempt, _) = store.record_payment(&table.tenant, &paid, now()).await.unwrap();
    assert_eq!(attempt, Attempt::Attributed);
    store.order(&table.tenant, &paid.order).await.unwrap().unwrap()
}

/// What an order earns, and what it has frozen of whose month sales.
fn told(record: Record) -> (u64, BTreeMap<usize, u64>) {
    let attributed = record.attributed.unwrap();
    let sold = attributed.frozen.month_sales.iter().map(|(place, sold)| (*place, sold.minor()));
    (attributed.allocations[0].amount.minor(), sold.collect())
}

async fn post(table: &Table, order: &str) {
    let record = table.store().order(&table.tenant, &id(order)).await.unwrap().unwrap();
    let post = PostOrder { tenant: table.tenant.clone(), id: id(order), record };
    assert!(table.store().post_orders(vec![post], now()).await.unwrap().refused.is_empty());
}

const LATE: &str = "2026-11-29T00:00:00Z";

#[test]
fn what_is_posted_counts_and_what_is_not_does_not() {
    run(async {
        let table = bound().await;
        let store = table.store();
        let sold = |minor| BTreeMap::from([(0, minor)]);
        pay(&table, &store, order("A1", 99_999, LATE)).await;
        assert_eq!(told(pay(&table, &store, order("A2", 100, LATE)).await), (10, sold(0)));
        post(&table, "A1").await;
        assert_eq!(told(pay(&table, &store, order("A3", 100, LATE)).await), (10, sold(99_999)));
        post(&table, "A2").await;
        assert_eq!(told(pay(&table, &store, order("A4", 100, LATE)).await), (20, sold(100_099)));
        let given_back = store.add_refund(&table.tenant, &id("A1"), &id("r"), &refund(9_999)).await;
        given_back.unwrap();
        assert_eq!(told(pay(&table, &store, order("A5", 100, LATE)).await), (20, sold(100_099)));
        post(&table, "A1").await;
        assert_eq!(told(pay(&table, &store, order("A6", 100, LATE)).await), (10, sold(90_100)));
    });
}

#[test]
fn what_was_sold_when_the_order_was_attributed_stays() {
    run(async {
        let (table, payment) = (bound().await, order("A1", 100_000, LATE));
        let store = table.store();
        let before = pay(&table, &store, payment.clone()).await;
        post(&table, "A1").await;
        let paid = Paid::new(payment).unwrap();
        let (again, _) = store.record_payment(&table.tenant, &paid, now()).await.unwrap();
        assert_eq!(again, Attempt::Exists);
        assert_eq!(store.order(&table.tenant, &paid.order).await.unwrap(), Some(before));
    });
}

#[test]
fn the_month_is_that_of_the_order_in_the_time_zone_of_the_plan() {
    run(async {
        let table = bound().await;
        let store = table.store();
        // The last instant of October in Shanghai, the first of November, its last, and the next.
        let edges = [
            ("A1", 1, "2026-10-31T15:59:59.999Z"),
            ("A2", 10, "2026-10-31T16:00:00Z"),
            ("A3", 100, "2026-11-30T15:59:59.999Z"),
            ("A4", 1_000, "2026-11-30T16:00:00Z"),
        ];
        for (name, price, paid_at) in edges {
            pay(&table, &store, order(name, price, paid_at)).await;
            post(&table, name).await;
        }
        let mut sold = Vec::new();
        for (place, (_, _, paid_at)) in edges.iter().enumerate() {
            let record = pay(&table, &store, order(&format!("B{place}"), 100, paid_at)).await;
            sold.push(told(record).1[&0]);
        }
        assert_eq!(sold, [1, 110, 110, 1_000]);
    });
}

#[test]
fn sales_of_another_currency_and_of_others_do_not_count() {
    run(async {
        let table = bound().await;
        let store = table.store();
        pay(&table, &store, Payment { currency: id("USD"), ..order("A1", 500, LATE) }).await;
        post(&table, "A1").await;
        store.bind(&table.tenant, &id("yan"), binding("bob")).await.unwrap();
        pay(&table, &store, Payment { buyer: id("yan"), ..order("A2", 700, LATE) }).await;
        post(&table, "A2").await;
        let record = pay(&table, &store, order("A3", 100, LATE)).await;
        assert_eq!(
            told(record),
            (10, BTreeMap::from([(0, 0)])),
            "it was asked for, and is nothing"
        );
    });
}

#[test]
fn more_than_the_largest_amount_is_the_largest() {
    run(async {
        let table = bound().await;
        let store = table.store();
        pay(&table, &store, order("A1", 100, LATE)).await;
        post(&table, "A1").await;
        let day: Key = keys::day(&table.tenant, &id("cat"), id("2026-11-29"), id("CNY"));
        let mut row = table.item(&day).await;
        for (sales, want) in [("3000000000000", 1_000_000_000_000), ("-5", 0)] {
            row.insert("own_sales".into(), AttributeValue::N(sales.into()));
            table.put(row.clone()).await;
            let record = pay(&table, &store, order(&format!("B{want}"), 100, LATE)).await;
            assert_eq!(told(record).1, BTreeMap::from([(0, want)]));
        }
    });
}

#[test]
fn sales_are_read_for_those_whom_the_card_asks_about_and_no_others() {
    run(async {
        let table = bound().await;
        let reads = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reads);
        let store = table.through(move |inner, request| {
            let target = request.headers().get("x-amz-target").unwrap();
            count.fetch_add(usize::from(target.ends_with("Query")), Ordering::SeqCst);
            inner.call(request)
        });
        let plain = Payment { region: Some(id("plain")), ..order("A1", 100, LATE) };
        let record = pay(&table, &store, plain).await;
        assert_eq!((told(record).1.len(), reads.load(Ordering::SeqCst)), (0, 0));
        pay(&table, &store, order("A2", 100, LATE)).await;
        assert_eq!(reads.load(Ordering::SeqCst), 1, "the card has one depth");
    });
}

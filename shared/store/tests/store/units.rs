//! What an order costs, by the capacity that the table itself reports. `cargo test -p upline-store
//! units -- --nocapture` prints it beside the budget of the design.

use aws_sdk_dynamodb::types::AttributeValue;
use upline_domain::order::{Paid, Payment};
use upline_store::{Added, Attempt, PostOrder, Store, keys};
use upline_testkit::{now, run};

use crate::meter::metered;
use crate::table::Table;
use crate::values::{NOON, at, binding, cny, id, line, paid, payment, refund};

/// The noon after [`NOON`].
const NEXT_NOON: &str = "2026-11-12T04:00:00Z";

/// An order of three lines, whose item is under 1 KB.
pub(crate) fn order(name: &str, buyer: &str) -> Paid {
    let lines = (1..4).map(|n| line(&format!("line-{n}"), 10_000 + n)).collect();
    Paid::new(Payment { lines, ..payment(name, buyer, 0) }).unwrap()
}

pub(crate) async fn pay(table: &Table, store: &Store, paid: &Paid) -> Attempt {
    store.record_payment(&table.tenant, paid, now()).await.unwrap().0
}

/// A table where zoe is bound to cat, below bob and ann, and has bought before.
pub(crate) async fn bought_before() -> Table {
    let table = Table::with_family().await;
    let store = table.store();
    store.bind(&table.tenant, &id("zoe"), binding("cat")).await.unwrap();
    pay(&table, &store, &paid("A0", "zoe", 100)).await;
    table
}

#[test]
fn units_of_a_paid_order_are_one_and_one() {
    run(async {
        let table = bought_before().await;
        let (store, meter) = metered(&table);
        assert_eq!(pay(&table, &store, &order("A1", "zoe")).await, Attempt::Attributed);
        let cold = meter.spent("paid order, everything cold");
        assert_eq!((cold.table_tenths, cold.index_tenths), (10, 10));
        assert_eq!((cold.reads.len(), cold.writes.len()), (5, 1), "two of them read the plan");

        let minute = now() + jiff::SignedDuration::from_secs(60);
        store.record_payment(&table.tenant, &order("A2", "zoe"), minute).await.unwrap();
        let minute = meter.spent("paid order, a minute later");
        assert_eq!((minute.reads.len(), minute.writes.len()), (4, 1), "one asks which is active");

        let (store, meter) = metered(&table);
        store.plan_at(&table.tenant, at(NOON), now()).await.unwrap();
        meter.spent("the plan alone");
        pay(&table, &store, &order("A3", "zoe")).await;
        let cold = meter.spent("paid order, distributors cold (budget: 3 reads + 1 write, 1 + 1)");
        assert_eq!((cold.reads.len(), cold.writes.len()), (3, 1));
        assert_eq!((cold.table_tenths, cold.index_tenths), (10, 10));

        pay(&table, &store, &order("A4", "zoe")).await;
        let warm = meter.spent("paid order, warm (budget: 2 reads + 1 write, 1 + 1)");
        assert_eq!((warm.reads.len(), warm.writes.len()), (1, 1), "better than the budget");
        assert_eq!((warm.table_tenths, warm.index_tenths), (10, 10));

        assert_eq!(pay(&table, &store, &order("A4", "zoe")).await, Attempt::Exists);
        let repeat = meter.spent("the same order again");
        assert_eq!((repeat.reads.len(), repeat.writes.len()), (1, 1));
        assert_eq!(repeat.index_tenths, 0, "nothing is written to the index");
    });
}

#[test]
fn units_of_a_first_order_are_one_more() {
    run(async {
        let table = bought_before().await;
        table.store().bind(&table.tenant, &id("yan"), binding("cat")).await.unwrap();
        let (store, meter) = metered(&table);
        pay(&table, &store, &order("A1", "zoe")).await;
        meter.spent("to warm up");
        pay(&table, &store, &order("A2", "yan")).await;
        let first = meter.spent("a buyer's first order, warm");
        assert_eq!((first.table_tenths, first.index_tenths), (20, 10));
        assert_eq!((first.reads.len(), first.writes.len()), (2, 2), "it looks at the order first");
    });
}

#[test]
fn units_of_a_refund_and_a_completion_are_those_of_the_whole_item() {
    run(async {
        let table = bought_before().await;
        let (store, meter) = metered(&table);
        let tenant = &table.tenant;
        let name = id("A1");
        pay(&table, &store, &order("A1", "zoe")).await;
        meter.spent("paid order, everything cold");
        let added = store.add_refund(tenant, &name, &id("r1"), &refund(100)).await.unwrap();
        assert_eq!(added, Added::Created);
        let refunded = meter.spent("refund");
        assert_eq!((refunded.reads.len(), refunded.writes.len()), (0, 2), "and it by its day");
        assert_eq!((refunded.table_tenths, refunded.index_tenths), (20, 0));
        store.add_completion(tenant, &name, now()).await.unwrap();
        let done = meter.spent("completion");
        assert_eq!((done.reads.len(), done.writes.len()), (0, 1));
        assert_eq!((done.table_tenths, done.index_tenths), (10, 0));
    });
}

#[test]
fn units_of_posting_ten_orders_of_three_distributors_keep_the_budget() {
    run(async {
        let table = bought_before().await;
        let (store, meter) = metered(&table);
        pay(&table, &store, &order("B", "zoe")).await;
        let record = table.store().order(&table.tenant, &id("B")).await.unwrap().unwrap();
        meter.spent("to warm up");
        let first = PostOrder { tenant: table.tenant.clone(), id: id("B"), record };
        assert!(store.post_orders(vec![first], now()).await.unwrap().refused.is_empty());
        let first = meter.spent("posting the first order ever of 3 distributors");
        assert_eq!(first.index_tenths, 60, "a balance and a day are listed, when they are made");
        let tomorrow = now() + jiff::SignedDuration::from_hours(24);
        let ways = [
            ("a day that is listed already", NOON, now(), 0, 920),
            ("a new day: each of the three is listed", NEXT_NOON, now(), 1, 950),
            ("a day that was posted on another day: each is listed anew", NOON, tomorrow, 2, 980),
            ("and from then on it is listed", NOON, tomorrow, 0, 920),
        ];
        for (place, (of, paid_at, posted_at, index, want)) in ways.into_iter().enumerate() {
            let mut images = Vec::new();
            for n in 0..10 {
                let name = format!("P{place}-{n}");
                let lines = order(&name, "zoe").lines.clone();
                let payment = Payment { lines, paid_at: at(paid_at), ..payment(&name, "zoe", 0) };
                pay(&table, &store, &Paid::new(payment).unwrap()).await;
                let record = table.store().order(&table.tenant, &id(&name)).await.unwrap().unwrap();
                images.push(PostOrder { tenant: table.tenant.clone(), id: id(&name), record });
            }
            let paid = meter.spent("10 paid orders, warm");
            assert!(store.post_orders(images.clone(), posted_at).await.unwrap().refused.is_empty());
            let posted = meter.spent(&format!("posting them in one batch, 3 distributors: {of}"));
            // A transaction writes each item at two units: 3 × (10 lines + 1 balance + 1 day).
            let units = (3 * 12 * 2 * 10, 3 * index * 10);
            assert_eq!((posted.table_tenths, posted.index_tenths), units, "{of}");
            assert_eq!((posted.reads.len(), posted.writes.len()), (1, 3));
            let whole = [&paid, &posted].map(|cost| cost.table_tenths + cost.index_tenths);
            let whole = whole.iter().sum::<u64>();
            println!("an order with posting: {}.{:02} write units of 10", whole / 100, whole % 100);
            assert_eq!(whole, want, "ten orders, {of}");
            assert!(whole <= 1_000, "the budget is 10 units an order");
            assert!(store.post_orders(images, posted_at).await.unwrap().refused.is_empty());
            let again = meter.spent("posting them again");
            assert_eq!((again.reads.len(), again.writes.len()), (1, 0));
        }
    });
}

#[test]
fn units_of_posting_grow_with_the_due_dates_of_a_balance() {
    run(async {
        let table = bought_before().await;
        let key = keys::balance(&table.tenant, &id("cat"), cny());
        for (dates, want_tenths) in [(0, 180), (30, 180), (90, 200), (365, 300)] {
            let name = format!("P{dates}");
            pay(&table, &table.store(), &order(&name, "zoe")).await;
            let record = table.store().order(&table.tenant, &id(&name)).await.unwrap().unwrap();
            let post = PostOrder { tenant: table.tenant.clone(), id: id(&name), record };
            let mut balance = table.items().await.remove(&key).unwrap_or_default();
            for (name, text) in [("pk", &key.pk), ("sk", &key.sk)] {
                balance.insert(name.to_owned(), AttributeValue::S(text.clone()));
            }
            balance.insert("format".to_owned(), AttributeValue::N("1".to_owned()));
            let first = jiff::civil::date(2026, 1, 1);
            for day in first.series(jiff::Span::new().days(1)).take(dates) {
                balance.insert(format!("due#{day}"), AttributeValue::N("123456".to_owned()));
            }
            table.put(balance).await;
            let (store, meter) = metered(&table);
            assert!(store.post_orders(vec![post], now()).await.unwrap().refused.is_empty());
            let posted =
                meter.spent(&format!("posting an order to a balance of {dates} due dates"));
            assert_eq!(posted.table_tenths, want_tenths, "{dates}");
        }
    });
}

//! Which order is the buyer's first: claimed after all that could park it, and by one order only.

use futures::future::join;
use upline_domain::calculate::CalculateError;
use upline_domain::ids::OrderId;
use upline_domain::order::{Paid, Payment, Record};
use upline_store::{Attempt, Cannot, Store};
use upline_testkit::plans::publish_first;
use upline_testkit::{now, run};

use crate::SEEDS;
use crate::table::{POLICY, Table};
use crate::values::{binding, fen, id, line, member, paid, payment};

/// Pays 20 % of one card and 10 % of the other, which is on profit.
fn plan(first: &str, later: &str) -> String {
    format!(
        r#"{{ "currencies": {{ "CNY": {{ "depth": 1,
            "cards": {{
                "paid": {{ "base": "paid", "mode": {{ "percent": {{ "rates": ["0.20"] }} }} }},
                "profit": {{ "base": "profit",
                            "mode": {{ "percent": {{ "rates": ["0.10"] }} }} }} }},
            "rules": [
                {{ "id": "ann", "priority": 9, "when": {{ "distributor": ["ann"] }},
                   "card": "profit" }},
                {{ "id": "first", "priority": 0, "when": {{ "first_order": true }},
                   "card": "{first}" }},
                {{ "id": "later", "priority": 0, "when": {{ "first_order": false }},
                   "card": "{later}" }} ]
        }} }} }}"#
    )
}

/// A table where the buyer zoe is bound to cat, who stands below ann.
async fn bound(first: &str, later: &str) -> Table {
    let table = Table::empty().await;
    let store = table.store();
    publish_first(&store, &table.tenant, &plan(first, later), POLICY).await;
    store.register(&table.tenant, &member("ann", &[])).await.unwrap();
    store.register(&table.tenant, &member("cat", &["ann"])).await.unwrap();
    store.bind(&table.tenant, &id("zoe"), binding("cat")).await.unwrap();
    table
}

fn costly(order: &str) -> Paid {
    let line = upline_domain::order::Line { unit_cost: Some(fen(0)), ..line("1", 10_000) };
    Paid::new(Payment { lines: vec![line], ..payment(order, "zoe", 0) }).unwrap()
}

async fn pay(table: &Table, store: &Store, paid: &Paid) -> Attempt {
    store.record_payment(&table.tenant, paid, now()).await.unwrap().0
}

async fn record(table: &Table, order: &str) -> Option<Record> {
    table.store().order(&table.tenant, &id(order)).await.unwrap()
}

/// What an order earns and whether it is zoe's first.
async fn earned(table: &Table, order: &str) -> (u64, bool) {
    let attributed = record(table, order).await.unwrap().attributed.unwrap();
    (attributed.allocations[0].amount.minor(), attributed.frozen.first_order)
}

async fn claimed(table: &Table) -> Option<OrderId> {
    table.store().buyer(&table.tenant, &id("zoe")).await.unwrap().0.first_order
}

fn no_cost(card: &str) -> Attempt {
    let error = CalculateError::CostMissing { line: id("1"), card: card.to_owned() };
    Attempt::Cannot(Cannot::Calculate(error))
}

#[test]
fn the_first_to_be_attributed_is_the_first_and_stays_it() {
    run(async {
        let table = bound("paid", "profit").await;
        let store = table.store();
        assert_eq!(pay(&table, &store, &paid("A1", "zoe", 10_000)).await, Attempt::Attributed);
        assert_eq!(pay(&table, &store, &costly("A2")).await, Attempt::Attributed);
        assert_eq!(pay(&table, &store, &paid("A1", "zoe", 10_000)).await, Attempt::Exists);
        assert_eq!(earned(&table, "A1").await, (2_000, true));
        assert_eq!(earned(&table, "A2").await, (1_000, false));
    });
}

#[test]
fn one_that_is_parked_as_a_first_claims_nothing() {
    run(async {
        let table = bound("profit", "paid").await;
        let first = paid("A1", "zoe", 10_000);
        assert_eq!(pay(&table, &table.store(), &first).await, no_cost("profit"));
        assert_eq!((claimed(&table).await, record(&table, "A1").await), (None, None));
        assert_eq!(pay(&table, &table.store(), &costly("A2")).await, Attempt::Attributed);
        assert_eq!(earned(&table, "A2").await, (1_000, true));
        // Sent again it is no first order any more, and needs no cost.
        assert_eq!(pay(&table, &table.store(), &first).await, Attempt::Attributed);
        assert_eq!(earned(&table, "A1").await, (2_000, false));
    });
}

#[test]
fn one_that_loses_the_claim_is_calculated_again() {
    run(async {
        for seed in 0..SEEDS {
            let table = bound("paid", "profit").await;
            let stores = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let (one, two) = (costly("A1"), costly("A2"));
            let both = join(pay(&table, &stores[0], &one), pay(&table, &stores[1], &two)).await;
            assert_eq!(both, (Attempt::Attributed, Attempt::Attributed), "{seed}");
            let mut both = [earned(&table, "A1").await, earned(&table, "A2").await];
            let is_one = claimed(&table).await == Some(id("A1"));
            assert_eq!(both[0].1, is_one, "{seed}: the claim names the one that is");
            both.sort_unstable();
            assert_eq!(both, [(1_000, false), (2_000, true)], "{seed}");
        }
    });
}

#[test]
fn one_that_loses_the_claim_may_be_parked_by_that() {
    run(async {
        let table = bound("paid", "profit").await;
        // The claim is the first write of a first order.
        let store = table.meanwhile(1, |client| {
            Box::pin(async move {
                let other = Store::new(&client, crate::table::TABLE, crate::table::read_plan);
                let paid = paid("A2", "zoe", 10_000);
                other.record_payment(&id("demo"), &paid, now()).await.unwrap();
            })
        });
        let order = paid("A1", "zoe", 10_000);
        assert_eq!(pay(&table, &store, &order).await, no_cost("profit"));
        assert_eq!((claimed(&table).await, record(&table, "A1").await), (Some(id("A2")), None));
        assert_eq!(earned(&table, "A2").await, (2_000, true));
    });
}

#[test]
fn a_claim_that_a_crash_left_is_given_up_by_an_order_that_is_parked() {
    run(async {
        let order = paid("A1", "zoe", 10_000);
        let mut table = bound("paid", "paid").await;
        for requests in 0.. {
            table = bound("paid", "paid").await;
            let cut = table.cut_off(requests).record_payment(&table.tenant, &order, now()).await;
            assert!(cut.is_err(), "it is cut off before it is written");
            if claimed(&table).await.is_some() {
                break;
            }
        }
        assert_eq!(record(&table, "A1").await, None);
        // As a distributor zoe comes through ann, for whom everything is paid on profit.
        let store = table.store();
        store.register(&table.tenant, &member("zoe", &["ann"])).await.unwrap();
        assert_eq!(pay(&table, &store, &order).await, no_cost("profit"));
        assert_eq!(claimed(&table).await, None);
        assert_eq!(pay(&table, &store, &costly("A2")).await, Attempt::Attributed);
        assert_eq!(earned(&table, "A2").await, (1_000, true));
    });
}

//! A second story, for what the first leaves out of some kinds of item.

use upline_domain::ids::Cause;
use upline_domain::order::{Paid, Payment};
use upline_store::keys::{self, Key};
use upline_store::{Change, Changes, Dismissal, ParkedEvent, ParkedId, PostOrder, Standing};
use upline_testkit::now;
use upline_testkit::plans::publish_first;

use crate::story::stands;
use crate::table::{CHANGES, POLICY, Table};
use crate::values::{binding, id, member, payment, refund};

/// CNY completes by itself and asks for month sales, and USD does neither.
const TWO_CURRENCIES: &str = r#"{
    "timezone": "Asia/Shanghai",
    "currencies": {
        "CNY": { "depth": 1,
            "cards": { "one": { "base": "paid", "mode": { "tiered": { "measure": "month_sales",
                "kind": "whole", "tiers": [ { "from": "0", "rates": ["0.10"] } ] } } } },
            "rules": [ { "id": "all", "priority": 0, "when": {}, "card": "one" } ],
            "settlement": { "hold_days": 7, "cycle": "daily", "auto_complete_days": 15 } },
        "USD": { "depth": 1,
            "cards": { "one": { "base": "paid", "mode": { "percent": { "rates": ["0.10"] } } } },
            "rules": [ { "id": "all", "priority": 0, "when": {}, "card": "one" } ] } }
}"#;

pub(crate) fn parked(event: &str, text: &str) -> ParkedEvent {
    ParkedEvent {
        id: ParkedId { day: "2026-11-11".into(), event: event.into(), hash: "4567".into() },
        code: "malformed".into(),
        reason: "malformed: it is too long".into(),
        at: now(),
        event: text.into(),
    }
}

/// A table after the story.
pub(crate) async fn told_more() -> Table {
    let table = Table::empty().await;
    let (tenant, changes) = (&table.tenant, Changes::new(CHANGES, "batch-1"));
    let store = table.store();
    publish_first(&store, tenant, TWO_CURRENCIES, POLICY).await;
    store.register(tenant, &member("dan", &[])).await.unwrap();
    store.bind(tenant, &id("kim"), binding("dan")).await.unwrap();
    for (name, currency) in [("B1", "CNY"), ("U1", "USD")] {
        let payment = Payment { currency: id(currency), ..payment(name, "kim", 10_000) };
        store.record_payment(tenant, &Paid::new(payment).unwrap(), now()).await.unwrap();
        let record = store.order(tenant, &id(name)).await.unwrap().unwrap();
        let post = PostOrder { tenant: tenant.clone(), id: id(name), record };
        assert!(store.post_orders(vec![post], now()).await.unwrap().refused.is_empty());
    }
    let cause = |event: &str, correlation: Option<&str>| {
        store.caused_by(Cause { event: id(event), correlation: correlation.map(id) })
    };
    let payment = Paid::new(payment("B2", "kim", 10_000)).unwrap();
    let paying = cause("evt-5", Some("checkout#7"));
    paying.record_payment(tenant, &payment, now()).await.unwrap();
    let refunding = cause("evt-6", None);
    refunding.add_refund(tenant, &id("B2"), &id("r1"), &refund(100)).await.unwrap();
    let away = Dismissal { at: now(), by: "olga".into(), reason: "sent as B1".into() };
    let dismissed = parked("evt-3", "{}");
    store.park(Some(tenant), &dismissed).await.unwrap();
    assert!(store.dismiss(tenant, &dismissed.id, &away).await.unwrap());
    let long = format!("{}the rest", "x".repeat(300_000));
    store.park(Some(tenant), &parked("evt-4", &long)).await.unwrap();
    stands(&table, "dan", Standing::Level(id("silver"))).await;
    store.noting(changes).note_many(vec![Change::order(tenant, &id("B1"))]).await.unwrap();
    table
}

/// The row of the long event, with its first part.
pub(crate) fn first_part(table: &Table) -> Key {
    keys::parked(table.tenant.as_str(), "2026-11-11", "evt-4", "4567")
}

/// Items that have what those of the first story have not, by name.
pub(crate) fn variants(table: &Table) -> Vec<(&'static str, Key)> {
    let tenant = &table.tenant;
    vec![
        ("balance-pending", keys::balance(tenant, &id("dan"), id("USD"))),
        ("level-by-hand", keys::level_change(tenant, &id("dan"), 1)),
        ("order-caused", keys::order(tenant, &id("B2"))),
        ("order-auto", keys::order(tenant, &id("B1"))),
        ("parked-dismissed", keys::parked(tenant.as_str(), "2026-11-11", "evt-3", "4567")),
        ("parked-part", keys::parked_part(tenant.as_str(), "4567", 1)),
    ]
}

//! An order names the event that brought about its last fact.

use upline_domain::ids::Cause;
use upline_store::{Attempt, Store, cause_of, keys};
use upline_testkit::{now, run};

use crate::table::Table;
use crate::values::{at, binding, id, paid, refund};

fn cause(event: &str, correlation: Option<&str>) -> Cause {
    Cause { event: id(event), correlation: correlation.map(id) }
}

fn by(table: &Table, event: &str, correlation: Option<&str>) -> Store {
    table.store().caused_by(cause(event, correlation))
}

async fn cause_of_a1(table: &Table) -> Option<Cause> {
    cause_of(&table.item(&keys::order(&table.tenant, &id("A1"))).await).unwrap()
}

#[test]
fn the_event_of_the_last_fact_is_named_whatever_came_first() {
    run(async {
        let table = Table::with_family().await;
        table.store().bind(&table.tenant, &id("zoe"), binding("cat")).await.unwrap();
        let (tenant, a1) = (&table.tenant, id("A1"));
        let refunding = by(&table, "refund-1", Some("desk#1"));
        refunding.add_refund(tenant, &a1, &id("r1"), &refund(100)).await.unwrap();
        assert_eq!(cause_of_a1(&table).await, Some(cause("refund-1", Some("desk#1"))));

        let paying = by(&table, "pay-1", None);
        paying.record_payment(tenant, &paid("A1", "zoe", 10_000), now()).await.unwrap();
        assert_eq!(cause_of_a1(&table).await, Some(cause("pay-1", None)));

        let completing = by(&table, "done-1", Some("cron"));
        completing.add_completion(tenant, &a1, at("2026-11-20T16:00:00Z")).await.unwrap();
        assert_eq!(cause_of_a1(&table).await, Some(cause("done-1", Some("cron"))));

        let item = table.item(&keys::order(tenant, &a1)).await;
        assert_eq!(item["cause"].as_s().unwrap(), "pay-1", "that of the payment stays");
    });
}

#[test]
fn a_repeat_under_another_event_changes_no_byte() {
    run(async {
        let table = Table::with_family().await;
        table.store().bind(&table.tenant, &id("zoe"), binding("cat")).await.unwrap();
        let pay = async |store: Store| {
            let order = paid("A1", "zoe", 10_000);
            store.record_payment(&table.tenant, &order, now()).await.unwrap().0
        };
        assert_eq!(pay(by(&table, "pay-1", Some("one"))).await, Attempt::Attributed);
        let before = table.items().await;
        assert_eq!(pay(by(&table, "pay-2", Some("two"))).await, Attempt::Exists);
        assert_eq!(table.items().await, before);
    });
}

#[test]
fn an_order_that_waited_names_the_event_that_it_waited_for() {
    run(async {
        let table = Table::with_family().await;
        let (tenant, zoe) = (&table.tenant, id("zoe"));
        let paying = by(&table, "pay-1", Some("one"));
        paying.record_payment(tenant, &paid("A1", "zoe", 10_000), now()).await.unwrap();
        assert_eq!(cause_of_a1(&table).await, Some(cause("pay-1", Some("one"))));
        let binding_her = by(&table, "bind-1", None);
        binding_her.bind(tenant, &zoe, binding("cat")).await.unwrap();
        let from = at("2026-10-01T00:00:00Z");
        assert_eq!(binding_her.take_up(tenant, &zoe, from, now()).await.unwrap(), []);
        assert_eq!(cause_of_a1(&table).await, Some(cause("bind-1", None)));
    });
}

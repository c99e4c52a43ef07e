//! A day is held against the shop's list and against itself: what is found, what of it is repaired,
//! and that nothing else is touched.

mod calm;
mod compared;
mod damage;
pub(crate) mod damages;
mod drive;
mod torn;

use std::collections::VecDeque;
use std::time::Duration;

use jiff::civil::Date;
use reconcile::{Begun, Next, begin, part, run_here};
use serde_json::{Value, json};
use upline_contract::job::{AskedDay, Stage, Whom};
use upline_domain::reconcile::Outcome;
use upline_store::{Shown, Tallies};
use upline_testkit::database::{Database, TABLE};
use upline_testkit::events::{bound, completed, paid, refunded, with};
use upline_testkit::request::Request;
use upline_testkit::shop::{Shop, found};
use upline_testkit::{World, run};

use crate::earning::{family, pending};
use crate::plans::TWO_DEEP;

const DAY: &str = "2026-11-11";

/// A run over the day, as a person asks for it; what it came to, and what it found.
async fn reconcile(world: &World, shop: &Shop, dry_run: bool) -> (Tallies, Vec<Shown>) {
    let date: Date = DAY.parse().unwrap();
    let (tenant, by) = (world.tenant.clone(), "olga".to_owned());
    let asked = AskedDay { tenant, date: Some(date), dry_run, by };
    let (begun, tallies) = run_here(&world.store, shop, &asked).await.unwrap();
    let Begun::Run { run, .. } = begun else { panic!("the day is over") };
    (tallies, found_by(world, run).await)
}

async fn found_by(world: &World, run: u32) -> Vec<Shown> {
    found(&world.store, &world.tenant, DAY.parse().unwrap(), run).await
}

/// What was found, one line each: the kind, of what, what became of it.
fn told(found: &[Shown]) -> Vec<String> {
    let line = |one: &Shown| {
        let of = &one.difference;
        let order = of.order.as_ref().map(ToString::to_string);
        let distributor = of.distributor.as_ref().map(ToString::to_string);
        let about = Some(of.about.clone()).filter(|about| !about.is_empty());
        let parts = [Some(of.kind.as_str().to_owned()), order, distributor, about];
        let what: Vec<String> = parts.into_iter().flatten().collect();
        format!("{}: {}", what.join(" "), one.outcome.as_str())
    };
    let mut lines: Vec<String> = found.iter().map(line).collect();
    lines.sort_unstable();
    lines
}

/// Three orders of zoe's on the day, one of them refunded in part and one completed.
fn orders() -> Vec<Value> {
    vec![
        paid("A1", "zoe", "100.00", "2026-11-11T01:00:00Z"),
        paid("A2", "zoe", "200.00", "2026-11-11T02:00:00Z"),
        paid("A3", "zoe", "300.00", "2026-11-11T03:00:00Z"),
        refunded("A2", "r1", "50.00", "2026-11-11T04:00:00Z"),
        completed("A3", "2026-11-11T05:00:00Z"),
    ]
}

async fn day() -> (World, Vec<Value>) {
    let (world, orders) = (family(TWO_DEEP).await, orders());
    world.send_all(&orders).await;
    (world, orders)
}

#[test]
fn a_day_without_damage_gives_an_empty_report() {
    run(async {
        let (world, orders) = day().await;
        let before = world.items().await.len();
        let shop = Shop::new(&world.store).listing(&orders);
        let (tallies, found) = reconcile(&world, &shop, false).await;
        assert_eq!(told(&found), [""; 0]);
        let of = |name: &str| tallies.get(name).copied().unwrap_or_default();
        assert_eq!((of("orders"), of("distributors"), of("rows")), (3, 2, 5));
        assert_eq!((of("paid#CNY"), of("listed_paid#CNY")), (60_000, 60_000));
        assert_eq!((of("earned#CNY"), of("reversed#CNY")), (9_000, 750));
        assert_eq!(shop.fed(), [""; 0]);
        // The run, and whose books it looked at.
        assert_eq!(world.items().await.len(), before + 1 + 2);
    });
}

#[test]
fn what_is_missing_goes_through_the_door_and_is_counted() {
    run(async {
        let (world, orders) = (family(TWO_DEEP).await, orders());
        world.send_all(&orders[..1]).await;
        let shop = Shop::new(&world.store).listing(&orders);
        let (tallies, found) = reconcile(&world, &shop, true).await;
        let kinds =
            ["completion_missing A3", "missing_here A2", "missing_here A3", "refund_missing A2 r1"];
        assert_eq!(told(&found), kinds.map(|kind| format!("{kind}: found")), "a dry run");
        assert_eq!(tallies["inconsistent_after"], 2);
        assert_eq!(shop.fed(), [""; 0]);
        let (tallies, found) = reconcile(&world, &shop, false).await;
        assert_eq!(told(&found), kinds.map(|kind| format!("{kind}: repaired")));
        assert_eq!((tallies["inconsistent_before"], tallies.get("inconsistent_after")), (2, None));
        assert_eq!(shop.fed().len(), 4);
        assert_eq!(pending(&world, "cat").await, "25.00");
        let (_, found) = reconcile(&world, &shop, false).await;
        assert_eq!(told(&found), [""; 0], "nothing the second time");
        assert_eq!(shop.fed(), [""; 0]);
    });
}

#[test]
fn what_only_one_side_has_or_has_otherwise_is_for_a_person() {
    run(async {
        let (world, mut orders) = day().await;
        orders[0] = with(orders[0].clone(), |data| data["lines"][0]["unit_price"] = json!("90.00"));
        orders[3] = refunded("A2", "r1", "49.00", "2026-11-11T04:00:00Z");
        orders[4] = completed("A3", "2026-11-11T05:00:01Z");
        let shop = Shop::new(&world.store).listing(&orders);
        let (_, found) = reconcile(&world, &shop, false).await;
        let kinds = ["amounts_differ A1", "completion_differs A3", "refund_differs A2 r1"];
        assert_eq!(told(&found), kinds.map(|kind| format!("{kind}: left")));
        let one =
            found.iter().find(|one| one.difference.kind.as_str() == "amounts_differ").unwrap();
        let values: Vec<_> = one
            .difference
            .values
            .iter()
            .map(|value| {
                let text = |value: &Option<String>| value.clone().unwrap_or_default();
                format!("{} {} {}", value.name, text(&value.expected), text(&value.found))
            })
            .collect();
        assert_eq!(values, ["paid 90.00 100.00", "lines[1].unit_price 90.00 100.00"]);
        let shop = Shop::new(&world.store).listing(&orders[..1]);
        let (_, found) = reconcile(&world, &shop, false).await;
        let kinds = [
            "amounts_differ A1",
            "completion_missing_there A3",
            "missing_there A2",
            "missing_there A3",
            "refund_missing_there A2 r1",
        ];
        assert_eq!(told(&found), kinds.map(|kind| format!("{kind}: left")));
        let without = Shop::new(&world.store);
        let (_, found) = reconcile(&world, &without, false).await;
        assert_eq!(told(&found), [""; 0], "without a list it is not asked");
    });
}

/// Orders of the day before, each given back once or twice around the midnight in UTC that is in
/// the day of Shanghai.
fn given_back() -> Vec<Value> {
    let mut events = Vec::new();
    for (order, times) in [
        ("B1", ["2026-11-10T23:00:00Z", "2026-11-11T01:00:00Z"].as_slice()),
        ("B2", &["2026-11-10T23:00:00Z", "2026-11-11T17:00:00Z"]),
        ("B3", &["2026-11-11T01:00:00Z"]),
        ("B4", &["2026-11-10T15:00:00Z", "2026-11-11T16:00:00Z"]),
    ] {
        events.push(paid(order, "zoe", "100.00", "2026-11-10T01:00:00Z"));
        for (n, at) in times.iter().enumerate() {
            events.push(refunded(order, &format!("r{n}"), "1.00", at));
        }
    }
    events
}

#[test]
fn a_refund_that_only_the_books_have_is_found_whenever_its_order_was_paid() {
    run(async {
        let (world, events) = (family(TWO_DEEP).await, given_back());
        world.send_all(&events).await;
        let shop = Shop::new(&world.store).listing([]);
        let (tallies, found) = reconcile(&world, &shop, false).await;
        let refunds = ["B1 r0", "B1 r1", "B2 r0", "B3 r0"];
        let want = refunds.map(|refund| format!("refund_missing_there {refund}: left"));
        assert_eq!(told(&found), want, "and none of another day");
        assert_eq!(tallies["orders"], 3, "each is looked at once");
        let listed = events.iter().filter(|event| event["detail-type"] == "OrderRefunded");
        let shop = Shop::new(&world.store).listing(listed);
        let (tallies, found) = reconcile(&world, &shop, false).await;
        assert_eq!((told(&found), tallies["orders"]), (Vec::new(), 4), "B4 by the list alone");
        let (world, _) = day().await;
        let (tallies, _) = reconcile(&world, &Shop::new(&world.store), false).await;
        assert_eq!(tallies["orders"], 3, "one that was paid on the day too is looked at once");
    });
}

#[test]
fn rows_of_another_day_are_compared_and_counted() {
    run(async {
        let (world, mut orders) = day().await;
        let late = refunded("A3", "r2", "30.00", "2026-11-12T04:00:00Z");
        world.send_all(std::slice::from_ref(&late)).await;
        orders.push(late);
        let shop = Shop::new(&world.store).listing(&orders);
        let (tallies, found) = reconcile(&world, &shop, false).await;
        assert_eq!((told(&found), tallies["rows"], tallies["other_days"]), (Vec::new(), 6, 1));
        orders[5] = refunded("A3", "r2", "31.00", "2026-11-12T04:00:00Z");
        let shop = Shop::new(&world.store).listing(&orders);
        let (tallies, found) = reconcile(&world, &shop, false).await;
        assert_eq!(told(&found), ["refund_differs A3 r2: left"]);
        assert_eq!(tallies["other_days"], 1);
    });
}

#[test]
fn an_order_that_is_neither_here_nor_listed_is_counted_where_it_has_a_difference() {
    run(async {
        let (world, orders) = day().await;
        let yen = |id: &str| {
            let order = paid(id, "zoe", "100", "2026-11-11T06:00:00Z");
            let mut order = with(order, |data| data["currency"] = json!("JPY"));
            order["detail"]["metadata"]["time"] = json!("2026-11-11T06:00:00Z");
            order
        };
        let completed = {
            let mut completed = completed("J1", "2026-11-11T07:00:00Z");
            completed["detail"]["metadata"]["time"] = json!("yesterday");
            completed
        };
        world.send_all(&[yen("J1"), yen("J2"), completed]).await;
        let shop = Shop::new(&world.store).listing(&orders);
        let (tallies, found) = reconcile(&world, &shop, false).await;
        assert!(told(&found).iter().all(|line| line.starts_with("parked J")), "{found:?}");
        assert!(found.len() >= 2, "{found:?}");
        let of = |name: &str| tallies.get(name).copied().unwrap_or_default();
        assert_eq!((of("orders"), of("inconsistent_before"), of("inconsistent_after")), (5, 2, 2));
    });
}

#[test]
fn a_row_that_cannot_be_read_puts_in_doubt_what_it_may_name() {
    run(async {
        let (world, orders) = day().await;
        let mut shop = Shop::new(&world.store).listing(&orders[1..]);
        shop.list.as_mut().unwrap().push("{\"detail-type\": \"OrderPaid\"}".to_owned());
        let (tallies, found) = reconcile(&world, &shop, false).await;
        assert_eq!(told(&found), ["missing_there A1: left", "unreadable_row line 5: left"]);
        let missing = found.iter().find(|one| one.difference.order.is_some()).unwrap();
        let why = missing.reason.as_deref().unwrap_or_default();
        assert!(why.contains("of which nobody knows its order"), "{why}");
        // One that names its order makes that one inconsistent, and no other doubtful.
        let mut shop = Shop::new(&world.store).listing(&orders[1..]);
        let broken = with(orders[0].clone(), |data| data["currency"] = json!("?"));
        shop.list.as_mut().unwrap().push(broken.to_string());
        let (again, found) = reconcile(&world, &shop, false).await;
        assert_eq!(told(&found), ["unreadable_row A1 line 5: left"]);
        for tallies in [tallies, again] {
            assert_eq!((tallies["orders"], tallies["inconsistent_after"]), (3, 1));
        }
    });
}

#[test]
fn an_order_that_waits_is_not_inconsistent() {
    run(async {
        let world = family(TWO_DEEP).await;
        let order = paid("B1", "eve", "100.00", "2026-11-11T01:00:00Z");
        world.send_all(std::slice::from_ref(&order)).await;
        let shop = Shop::new(&world.store).listing(&[order]);
        let (tallies, found) = reconcile(&world, &shop, false).await;
        assert_eq!((told(&found), tallies["waiting"]), (Vec::new(), 1));
        world.send_all(&[bound("eve", "cat", "2026-11-01T00:00:00Z")]).await;
        let (tallies, found) = reconcile(&world, &shop, false).await;
        assert_eq!((told(&found), tallies.get("waiting")), (Vec::new(), None));
    });
}

#[test]
fn a_line_of_another_day_is_put_right_before_the_balance_follows_it() {
    let (world, mut orders) = run(day());
    orders.push(paid("A0", "zoe", "500.00", "2026-11-09T01:00:00Z"));
    run(world.send_all(&orders[5..]));
    let pending_before = run(pending(&world, "cat"));
    let database = Database::behind(&world.client());
    let items = database.items().into_values();
    let is_line = |item: &Value| {
        item["pk"]["S"] == "demo#M#cat" && item["sk"]["S"] == "LINE#2026-11-09T01:00:00.000Z#A0"
    };
    let mut line = items.into_iter().find(is_line).unwrap();
    // As if it were completed: the figures of its day are as they were.
    line["due"] = json!({ "S": "2026-11-20" });
    let put = json!({ "TableName": TABLE, "Item": line });
    assert_eq!(database.call(&Request::new("PutItem", &put)).status, 200);
    run(async {
        let shop = Shop::new(&world.store).listing(&orders[..5]);
        let (_, found) = reconcile(&world, &shop, false).await;
        let lines = told(&found);
        assert!(lines.contains(&"line_drift A0 cat: repaired".to_owned()), "{lines:?}");
        assert_eq!(pending(&world, "cat").await, pending_before);
    });
}

#[test]
fn what_was_sent_is_looked_for_until_it_arrives() {
    run(async {
        let (world, orders) = (family(TWO_DEEP).await, orders());
        world.send_all(&orders[..1]).await;
        let shop = Shop::new(&world.store).listing(&orders).sending();
        let (tallies, found) = reconcile(&world, &shop, false).await;
        assert!(found.iter().all(|one| one.outcome == Outcome::Sent), "{:?}", told(&found));
        assert_eq!((found.len(), tallies["inconsistent_after"]), (4, 2), "it never arrives");
        drop(shop.fed());

        let (tenant, by) = (world.tenant.clone(), "olga".to_owned());
        let asked = AskedDay { tenant, date: Some(DAY.parse().unwrap()), dry_run: false, by };
        let begun = begin(&world.store, &shop, &asked).await.unwrap();
        let Begun::Run { next, .. } = begun else { panic!("the day is over") };
        let (mut waiting, mut finished) = (VecDeque::from(next), None);
        while let Some(Next { message, delay }) = waiting.pop_front() {
            let Whom::Part(one) = message.whom else { panic!("a part of a run") };
            if one.stage == Stage::Close {
                assert!(delay >= Duration::from_mins(1), "it waits for what was sent");
                for event in shop.fed() {
                    world.send(&serde_json::from_str(&event).unwrap()).await;
                }
            }
            let done = part(&world.store, &shop, || true, &one).await.unwrap();
            waiting.extend(done.next);
            finished = done.finished.or(finished);
        }
        let found = found_by(&world, 2).await;
        assert!(found.iter().all(|one| one.outcome == Outcome::Repaired), "{:?}", told(&found));
        let summary = finished.unwrap().summary;
        assert_eq!((summary["inconsistent_before"], summary.get("inconsistent_after")), (2, None));
    });
}

//! What cannot succeed is parked whole, with its reason; nothing is lost.

use serde_json::{Value, json};
use upline_lambda::Outcome;
use upline_testkit::events::{bound, paid, with};
use upline_testkit::run;

use crate::earning::family;
use crate::plans::TWO_DEEP;

#[track_caller]
fn check(outcome: &Outcome, code: &str, part: &str) {
    let reason = outcome.reason().unwrap_or_default();
    assert!(reason.starts_with(code) && reason.contains(part), "{code} … {part}: {outcome:?}");
}

#[test]
fn an_event_is_parked_with_the_path_of_what_is_wrong() {
    run(async {
        let world = family(TWO_DEEP).await;
        let order = paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z");
        let wrong = with(order.clone(), |data| data["lines"][0]["unit_price"] = json!("100.001"));
        check(&world.send(&wrong).await, "malformed", "detail.data.lines[0].unit_price");
        let number = with(order.clone(), |data| data["lines"][0]["unit_price"] = json!(100));
        check(&world.send(&number).await, "malformed", "detail.data.lines[0].unit_price");
        let ahead = with(order.clone(), |data| data["paid_at"] = json!("2027-01-01T00:00:00Z"));
        check(&world.send(&ahead).await, "ahead", "2027-01-01");
        check(&world.send(&json!({ "detail-type": "OrderPaid" })).await, "malformed", "detail");
        check(&world.send(&json!("not an event")).await, "malformed", "");
        let parked = world.parked().await;
        assert_eq!(parked.len(), 5);
        let kept: Vec<Value> =
            parked.iter().map(|one| serde_json::from_str(&one.event).unwrap()).collect();
        for event in [&wrong, &number, &ahead, &json!("not an event")] {
            assert!(kept.contains(event), "kept whole: {event}");
        }
    });
}

#[test]
fn the_same_event_parks_once_and_is_listed_until_it_is_taken_up() {
    run(async {
        let world = family(TWO_DEEP).await;
        let wrong = with(paid("A1", "zoe", "1", "2026-11-11T00:00:00Z"), |data| {
            data["currency"] = json!("RMB");
        });
        world.send(&wrong).await;
        world.send(&wrong).await;
        let parked = world.parked().await;
        assert_eq!(parked.len(), 1);
        let id = &parked[0].id;
        let again = world.store.parked_event(&world.tenant, id).await.unwrap().unwrap();
        assert_eq!(again, parked[0]);
        world.store.taken_up(&world.tenant, id, upline_testkit::now()).await.unwrap();
        assert_eq!(world.parked().await, []);
        world.send(&wrong).await;
        assert_eq!(world.parked().await.len(), 1, "it came again, and is wrong again");
    });
}

#[test]
fn an_event_larger_than_an_item_is_parked_whole() {
    run(async {
        let world = family(TWO_DEEP).await;
        let line = |n: usize| {
            json!({ "line_id": n.to_string(), "sku": "长".repeat(80), "quantity": 1,
                    "unit_price": "1.00", "note": "x".repeat(4_000) })
        };
        let large = with(paid("A1", "zoe", "1", "2026-11-11T00:00:00Z"), |data| {
            data["lines"] = (0..201).map(line).collect();
        });
        check(&world.send(&large).await, "too_large", "detail.data.lines");
        let parked = world.parked().await;
        assert!(parked[0].event.len() > 800_000);
        assert_eq!(serde_json::from_str::<Value>(&parked[0].event).unwrap(), large);
    });
}

#[test]
fn the_largest_order_that_is_allowed_is_kept() {
    run(async {
        let world = family(TWO_DEEP).await;
        let line = |n: usize| {
            json!({ "line_id": format!("{n:0128}"), "sku": "s".repeat(256),
                    "category": "c".repeat(256), "quantity": 1_000_000, "unit_price": "40.00",
                    "unit_cost": "20.00", "discount": "0.01" })
        };
        let large = with(paid("A1", "zoe", "1", "2026-11-11T00:00:00Z"), |data| {
            data["lines"] = (0..200).map(line).collect();
        });
        assert_eq!(world.send(&large).await, Outcome::Created);
        let record = world.record("A1").await;
        let allocated = record.attributed.unwrap().allocations[0].amount.minor();
        // 10 % of 200 × (40,000,000.00 − 0.01).
        assert_eq!(allocated, 79_999_999_980);
    });
}

#[test]
fn pages_of_parked_events_hold_each_once() {
    run(async {
        let world = family(TWO_DEEP).await;
        for n in 0..7 {
            let mut wrong = paid(&format!("A{n}"), "zoe", "-1", "2026-11-11T00:00:00Z");
            wrong["detail"]["metadata"]["time"] =
                json!(format!("2026-11-0{}T00:00:00Z", 1 + n / 2));
            world.send(&wrong).await;
        }
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = world.store.parked(&world.tenant, 2, after).await.unwrap();
            assert!(page.items.len() <= 2);
            seen.extend(page.items.into_iter().map(|one| one.id.event));
            after = page.after;
            if after.is_none() {
                break;
            }
        }
        let want: Vec<_> = (0..7).map(|n| format!("pay-A{n}")).collect();
        assert_eq!(seen, want);
    });
}

#[test]
fn an_event_is_kept_letter_by_letter() {
    run(async {
        let world = family(TWO_DEEP).await;
        let wrong = r#"{"detail-type": "OrderPaid", "big": 12345678901234567890123.10, "big": 1}"#;
        world.send_text(wrong).await;
        world.send_text("{not json").await;
        let kept: Vec<String> = world.parked().await.into_iter().map(|one| one.event).collect();
        assert!(kept.contains(&wrong.to_owned()) && kept.contains(&"{not json".to_owned()));
    });
}

#[test]
fn an_event_too_large_to_wait_is_parked() {
    run(async {
        let world = family(TWO_DEEP).await;
        let large = with(bound("yan", "nobody", "2026-10-05T00:00:00Z"), |data| {
            data["note"] = json!("x".repeat(300_000));
        });
        check(&world.send(&large).await, "too_large", "300");
        assert!(world.parked().await[0].event.len() > 300_000);
    });
}

#[test]
fn a_damaged_item_is_parked_by_its_id_and_holds_up_nobody() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send(&paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")).await;
        let mut changed = world.changed().await;
        let (tenant, id) = (world.tenant.clone(), "A9".to_owned());
        let damaged = upline_store::Damaged::Format(9);
        changed.insert(0, upline_lambda::Changed::Damaged { tenant, id, damaged });
        post_ledger::handle(&world.store, upline_testkit::now(), changed).await.unwrap();
        let parked = world.parked().await;
        assert_eq!((parked[0].id.event.as_str(), parked[0].code.as_str()), ("A9", "damaged"));
        assert!(parked[0].reason.contains("format 9"), "{}", parked[0].reason);
        assert_eq!(crate::earning::pending(&world, "cat").await, "10.00");
    });
}

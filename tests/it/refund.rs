//! Refunds, before and after their order, and what they take back.

use serde_json::json;
use upline_domain::order::State;
use upline_domain::reverse::{Problem, reversed};
use upline_lambda::Outcome;
use upline_testkit::events::{event, paid, refunded};
use upline_testkit::run;

use crate::earning::{family, pending};
use crate::plans::TWO_DEEP;

#[test]
fn a_refund_takes_back_to_the_last_cent() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send_all(&[paid("A1", "zoe", "99.00", "2026-11-11T00:00:00Z")]).await;
        assert_eq!(pending(&world, "cat").await, "9.90");
        world.send_all(&[refunded("A1", "r1", "33.00", "2026-11-12T00:00:00Z")]).await;
        assert_eq!(pending(&world, "cat").await, "6.60");
        world.send_all(&[refunded("A1", "r2", "33.01", "2026-11-13T00:00:00Z")]).await;
        // 9.90 × 66.01 ÷ 99 = 6.601: 6.60 taken back.
        assert_eq!(pending(&world, "cat").await, "3.30");
        world.send_all(&[refunded("A1", "r3", "32.99", "2026-11-14T00:00:00Z")]).await;
        assert_eq!(pending(&world, "cat").await, "0.00");
        assert_eq!(pending(&world, "bob").await, "0.00");
    });
}

#[test]
fn a_refund_before_its_order_counts_when_the_order_comes() {
    run(async {
        let world = family(TWO_DEEP).await;
        let refund = refunded("A1", "r1", "50.00", "2026-11-12T00:00:00Z");
        assert_eq!(world.send(&refund).await, Outcome::Created);
        assert_eq!(world.record("A1").await.state(), State::Unpaid);
        world.post().await;
        world.send_all(&[paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")]).await;
        assert_eq!(pending(&world, "cat").await, "5.00");
    });
}

#[test]
fn the_same_refund_counts_once_and_another_under_its_id_is_a_conflict() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send(&paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")).await;
        let refund = refunded("A1", "r1", "50.00", "2026-11-12T00:00:00Z");
        assert_eq!(world.send(&refund).await, Outcome::Created);
        assert_eq!(world.send(&refund).await, Outcome::Exists);
        let other = refunded("A1", "r1", "60.00", "2026-11-12T00:00:00Z");
        assert!(matches!(world.send(&other).await, Outcome::Conflict { .. }));
        world.post().await;
        assert_eq!(pending(&world, "cat").await, "5.00");
    });
}

#[test]
fn what_is_wrong_with_refunds_is_a_problem_of_the_order() {
    run(async {
        let world = family(TWO_DEEP).await;
        let by_line = |id: &str, line: &str, amount: &str, currency: &str| {
            let data = json!({
                "order_id": "A1", "refund_id": id, "refunded_at": "2026-11-12T00:00:00Z",
                "currency": currency, "lines": [ { "line_id": line, "amount": amount } ],
            });
            event("OrderRefunded", id, &data)
        };
        world
            .send_all(&[
                by_line("r1", "1", "100.01", "CNY"),
                by_line("r2", "9", "1.00", "CNY"),
                by_line("r3", "1", "1.00", "USD"),
                paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z"),
            ])
            .await;
        let problems = reversed(&world.record("A1").await).unwrap().problems;
        let all = [Problem::OverRefunded, Problem::UnknownLine, Problem::CurrencyMismatch];
        assert_eq!(problems, all);
        assert_eq!(pending(&world, "cat").await, "-", "nothing was left of it from the first");
    });
}

#[test]
fn an_order_holds_a_hundred_refunds() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send(&paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")).await;
        for n in 0..100 {
            let refund = refunded("A1", &format!("r{n}"), "0.50", "2026-11-12T00:00:00Z");
            assert_eq!(world.send(&refund).await, Outcome::Created, "{n}");
        }
        let more = refunded("A1", "r100", "0.50", "2026-11-12T00:00:00Z");
        let outcome = world.send(&more).await;
        assert!(matches!(&outcome, Outcome::Parked { code, .. } if code == "too_large"));
        let again = refunded("A1", "r99", "0.50", "2026-11-12T00:00:00Z");
        assert_eq!(world.send(&again).await, Outcome::Exists, "a repeat is no more of them");
        world.post().await;
        assert_eq!(pending(&world, "cat").await, "5.00");
    });
}

//! An order in at one end, balances out at the other.

use serde_json::json;
use upline_domain::order::State;
use upline_lambda::Outcome;
use upline_testkit::events::{bound, paid, registered, registered_under, with};
use upline_testkit::{World, run};

use crate::plans::{PROFIT_UNDER_ANN, SELF_PURCHASE, TWO_DEEP};

/// ann above bob above cat; the buyer zoe is bound to cat.
pub(crate) async fn family(plan: &str) -> World {
    let world = World::with_plan(plan).await;
    let made = world
        .send_all(&[
            registered("ann", "2026-10-01T00:00:00Z"),
            registered_under("bob", "ann", "2026-10-02T00:00:00Z"),
            registered_under("cat", "bob", "2026-10-03T00:00:00Z"),
            bound("zoe", "cat", "2026-10-04T00:00:00Z"),
        ])
        .await;
    assert_eq!(made, [const { Outcome::Created }; 4]);
    world
}

/// What is pending for a distributor, in CNY.
pub(crate) async fn pending(world: &World, distributor: &str) -> String {
    let balances = world.balances(distributor).await;
    balances.first().map_or("-".to_owned(), |one| one.pending.text(one.currency))
}

#[test]
fn an_order_pays_its_line_of_referral() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send_all(&[paid("A1", "zoe", "200.00", "2026-11-11T00:00:00Z")]).await;
        assert_eq!(world.record("A1").await.state(), State::Attributed);
        assert_eq!(pending(&world, "cat").await, "20.00");
        assert_eq!(pending(&world, "bob").await, "10.00");
        assert_eq!(pending(&world, "ann").await, "-", "the plan is two deep");
    });
}

#[test]
fn the_same_order_again_changes_nothing() {
    run(async {
        let world = family(TWO_DEEP).await;
        let order = paid("A1", "zoe", "200.00", "2026-11-11T00:00:00Z");
        let same = with(order.clone(), |data| {
            data["lines"][0]["unit_price"] = json!("200");
            data["ip"] = json!("192.0.2.1");
        });
        let outcomes = world.send_all(&[order.clone(), order, same]).await;
        assert_eq!(outcomes, [Outcome::Created, Outcome::Exists, Outcome::Exists]);
        assert_eq!(world.record("A1").await.version, 1);
        assert_eq!(pending(&world, "cat").await, "20.00");
    });
}

#[test]
fn another_payment_under_the_same_id_is_a_conflict() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send(&paid("A1", "zoe", "200.00", "2026-11-11T00:00:00Z")).await;
        let outcome = world.send(&paid("A1", "zoe", "300.00", "2026-11-11T00:00:00Z")).await;
        assert!(matches!(outcome, Outcome::Conflict { .. }), "{outcome:?}");
        let parked = world.parked().await;
        assert_eq!(parked.len(), 1);
        assert_eq!(parked[0].code, "conflict");
        assert!(parked[0].event.contains("300.00"), "the event is kept whole");
    });
}

#[test]
fn a_distributor_who_buys_pays_their_own_sponsor() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send_all(&[paid("A1", "cat", "100.00", "2026-11-11T00:00:00Z")]).await;
        assert_eq!(pending(&world, "cat").await, "-");
        assert_eq!(pending(&world, "bob").await, "10.00");
        assert_eq!(pending(&world, "ann").await, "5.00");
    });
}

#[test]
fn a_distributor_who_buys_pays_themself_where_the_plan_says_so() {
    run(async {
        let world = family(SELF_PURCHASE).await;
        world.send_all(&[paid("A1", "cat", "100.00", "2026-11-11T00:00:00Z")]).await;
        assert_eq!(pending(&world, "cat").await, "10.00");
        assert_eq!(pending(&world, "bob").await, "5.00");
    });
}

#[test]
fn a_distributor_without_a_sponsor_who_buys_pays_nobody() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send_all(&[paid("A1", "ann", "100.00", "2026-11-11T00:00:00Z")]).await;
        let record = world.record("A1").await;
        assert_eq!(record.state(), State::Attributed, "it does not wait for anybody");
        assert!(record.attributed.unwrap().allocations.is_empty());
    });
}

#[test]
fn only_the_first_order_of_a_buyer_is_their_first() {
    run(async {
        let world = family(TWO_DEEP).await;
        for (order, at) in [("A1", "2026-11-11T00:00:00Z"), ("A2", "2026-11-10T00:00:00Z")] {
            world.send(&paid(order, "zoe", "1.00", at)).await;
            world.send(&paid(order, "zoe", "1.00", at)).await;
        }
        assert!(world.record("A1").await.attributed.unwrap().frozen.first_order);
        assert!(
            !world.record("A2").await.attributed.unwrap().frozen.first_order,
            "it arrived later"
        );
    });
}

#[test]
fn an_order_that_is_parked_claims_no_first() {
    run(async {
        let world = family(SELF_PURCHASE).await;
        let book = with(paid("A1", "zoe", "10.00", "2026-11-11T00:00:00Z"), |data| {
            data["lines"][0]["category"] = json!("books/novels");
        });
        let outcome = world.send(&book).await;
        assert!(matches!(&outcome, Outcome::Parked { code, .. } if code == "cost_missing"));
        world.send(&paid("A2", "zoe", "1.00", "2026-11-11T00:00:00Z")).await;
        assert!(world.record("A2").await.attributed.unwrap().frozen.first_order);
    });
}

#[test]
fn an_order_that_contradicts_another_claims_no_first() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send(&bound("yan", "cat", "2026-10-05T00:00:00Z")).await;
        world.send(&paid("A1", "zoe", "1.00", "2026-11-11T00:00:00Z")).await;
        let outcome = world.send(&paid("A1", "yan", "1.00", "2026-11-11T00:00:00Z")).await;
        assert!(matches!(outcome, Outcome::Conflict { .. }), "{outcome:?}");
        world.send(&paid("A2", "yan", "1.00", "2026-11-11T00:00:00Z")).await;
        assert!(world.record("A2").await.attributed.unwrap().frozen.first_order);
    });
}

#[test]
fn a_repeat_that_could_not_be_calculated_now_exists_all_the_same() {
    run(async {
        let world = family(PROFIT_UNDER_ANN).await;
        let book = with(paid("A1", "zoe", "10.00", "2026-11-11T00:00:00Z"), |data| {
            data["lines"][0]["category"] = json!("books");
        });
        assert_eq!(world.send(&book).await, Outcome::Created);
        // As a distributor zoe would come through ann, for whom books are paid on profit.
        world.send(&registered_under("zoe", "ann", "2026-11-01T00:00:00Z")).await;
        assert_eq!(world.send(&book).await, Outcome::Exists);
        assert_eq!(world.parked().await, []);
    });
}

#[test]
fn an_order_keeps_the_two_nearest_of_a_long_lineage_and_freezes_twenty() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        world.send(&registered("m0", "2026-10-01T00:00:00Z")).await;
        for n in 1..30 {
            let (id, sponsor) = (format!("m{n}"), format!("m{}", n - 1));
            world.send(&registered_under(&id, &sponsor, "2026-10-01T00:00:00Z")).await;
        }
        world.send(&bound("zoe", "m29", "2026-10-04T00:00:00Z")).await;
        world.send_all(&[paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")]).await;
        let attributed = world.record("A1").await.attributed.unwrap();
        let lineage: Vec<_> =
            attributed.frozen.lineage.iter().map(|one| one.id.to_string()).collect();
        let want: Vec<_> = (10..30).rev().map(|n| format!("m{n}")).collect();
        assert_eq!(lineage, want, "the buyer's distributor first, 20 in all");
        assert_eq!(pending(&world, "m29").await, "10.00");
        assert_eq!(pending(&world, "m28").await, "5.00");
        assert_eq!(pending(&world, "m27").await, "-");
    });
}

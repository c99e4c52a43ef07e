//! Registration and binding, in whatever order they and the orders arrive.

use serde_json::json;
use upline_domain::order::State;
use upline_lambda::Outcome;
use upline_testkit::events::{bound, event, paid, registered, registered_under, with};
use upline_testkit::{World, run};

use crate::earning::{family, pending};
use crate::plans::TWO_DEEP;

#[test]
fn a_registration_again_exists_and_another_under_its_id_is_a_conflict() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        let ann = registered("ann", "2026-10-01T00:00:00Z");
        let renamed = with(ann.clone(), |data| data["display_name"] = json!("Ann"));
        let later = registered("ann", "2026-10-02T00:00:00Z");
        assert_eq!(world.send(&ann).await, Outcome::Created);
        assert_eq!(world.send(&ann).await, Outcome::Exists);
        assert_eq!(world.send(&renamed).await, Outcome::Exists, "a name moves no money");
        assert!(matches!(world.send(&later).await, Outcome::Conflict { .. }));
    });
}

#[test]
fn an_invite_code_belongs_to_one() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        world.send(&registered("ann", "2026-10-01T00:00:00Z")).await;
        let thief = with(registered("bob", "2026-10-01T00:00:00Z"), |data| {
            data["own_code"] = json!("ANN");
        });
        let outcome = world.send(&thief).await;
        assert!(matches!(&outcome, Outcome::Parked { code, .. } if code == "code_taken"));
        let id = "bob".parse().unwrap();
        assert_eq!(world.store.member(&world.tenant, &id).await.unwrap(), None);
    });
}

#[test]
fn one_who_wishes_for_no_code_gets_one_that_works() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        let ann = with(registered("ann", "2026-10-01T00:00:00Z"), |data| {
            data.as_object_mut().unwrap().remove("own_code");
        });
        assert_eq!(world.send(&ann).await, Outcome::Created);
        let id = "ann".parse().unwrap();
        let member = world.store.member(&world.tenant, &id).await.unwrap().unwrap();
        let binding = with(bound("zoe", "ann", "2026-10-02T00:00:00Z"), |data| {
            data["invite_code"] = json!(member.invite_code.as_str());
        });
        assert_eq!(world.send(&binding).await, Outcome::Created);
    });
}

#[test]
fn nobody_brings_in_themself() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        let own = with(registered("ann", "2026-10-01T00:00:00Z"), |data| {
            data["invite_code"] = json!("ANN");
        });
        let outcome = world.send(&own).await;
        assert!(matches!(&outcome, Outcome::Parked { code, .. } if code == "self_sponsor"));
        world.send(&registered("ann", "2026-10-01T00:00:00Z")).await;
        let outcome = world.send(&bound("ann", "ann", "2026-09-01T00:00:00Z")).await;
        assert!(matches!(&outcome, Outcome::Parked { code, .. } if code == "self_binding"));
    });
}

#[test]
fn registrations_wait_for_their_sponsors_and_are_taken_up_by_themselves() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        let outcomes = world
            .send_all(&[
                bound("zoe", "cat", "2026-10-04T00:00:00Z"),
                registered_under("cat", "bob", "2026-10-03T00:00:00Z"),
                registered_under("cat", "bob", "2026-10-03T00:00:00Z"),
                registered_under("bob", "ann", "2026-10-02T00:00:00Z"),
                paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z"),
            ])
            .await;
        assert_eq!(outcomes, [const { Outcome::Waiting }; 5]);
        assert_eq!(world.record("A1").await.state(), State::Waiting);
        world.send_all(&[registered("ann", "2026-10-01T00:00:00Z")]).await;
        assert_eq!(pending(&world, "cat").await, "10.00");
        assert_eq!(pending(&world, "bob").await, "5.00");
        assert!(world.waiting("zoe").await.is_empty(), "its row is removed");
        let id = "cat".parse().unwrap();
        let cat = world.store.member(&world.tenant, &id).await.unwrap().unwrap();
        let left = world.store.awaiting(&world.tenant, &cat.id, &cat.invite_code).await.unwrap();
        assert_eq!(left, [], "its rows are removed");
    });
}

#[test]
fn the_first_binding_to_arrive_stands() {
    run(async {
        let world = family(TWO_DEEP).await;
        let first = bound("zoe", "cat", "2026-10-04T00:00:00Z");
        assert_eq!(world.send(&first).await, Outcome::Exists, "the very same");
        for other in [("ann", "2026-10-01T00:00:00Z"), ("cat", "2026-10-02T00:00:00Z")] {
            let outcome = world.send(&bound("zoe", other.0, other.1)).await;
            let reason = "detail.data.buyer_id: zoe is bound to cat since \
                          2026-10-04T00:00:00.000Z already; the first binding to arrive stands, \
                          and this one changes nothing";
            assert_eq!(outcome, Outcome::Superseded { reason: reason.to_owned() });
            assert_eq!(outcome.word(), "exists");
        }
        world.send_all(&[paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")]).await;
        assert_eq!(pending(&world, "cat").await, "10.00");
    });
}

#[test]
fn a_binding_counts_from_its_time_on() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        let outcomes = world
            .send_all(&[
                registered("ann", "2026-10-01T00:00:00Z"),
                paid("A1", "zoe", "100.00", "2026-10-03T23:59:59.999Z"),
                paid("A2", "zoe", "200.00", "2026-10-04T00:00:00Z"),
                bound("zoe", "ann", "2026-10-04T00:00:00Z"),
            ])
            .await;
        let waits = Outcome::Waiting;
        assert_eq!(outcomes, [Outcome::Created, waits.clone(), waits, Outcome::Created]);
        assert_eq!(world.record("A1").await.state(), State::Waiting, "paid before");
        assert_eq!(world.record("A2").await.state(), State::Attributed);
        assert_eq!(pending(&world, "ann").await, "20.00");
    });
}

#[test]
fn an_order_with_a_code_binds_its_buyer_from_then_on() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        let with_code = |order, at| {
            with(paid(order, "zoe", "100.00", at), |data| data["invite_code"] = json!("ANN"))
        };
        let outcomes = world
            .send_all(&[
                paid("A0", "zoe", "100.00", "2026-11-01T00:00:00Z"),
                paid("A2", "zoe", "100.00", "2026-11-03T00:00:00Z"),
                with_code("A1", "2026-11-02T00:00:00Z"),
            ])
            .await;
        assert_eq!(outcomes, [const { Outcome::Waiting }; 3], "nobody knows the code yet");
        world.send_all(&[registered("ann", "2026-10-01T00:00:00Z")]).await;
        assert_eq!(world.record("A0").await.state(), State::Waiting, "paid before the binding");
        assert_eq!(world.record("A1").await.state(), State::Attributed);
        assert_eq!(world.record("A2").await.state(), State::Attributed, "paid after it");
        assert_eq!(pending(&world, "ann").await, "20.00");
    });
}

#[test]
fn an_order_that_is_refused_binds_nobody() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        world.send(&registered("ann", "2026-10-01T00:00:00Z")).await;
        let order = paid("A1", "zoe", "100.00", "2026-11-01T00:00:00Z");
        assert_eq!(world.send(&order).await, Outcome::Waiting);
        let other = with(order, |data| data["invite_code"] = json!("ANN"));
        assert!(matches!(world.send(&other).await, Outcome::Conflict { .. }));
        let zoe = "zoe".parse().unwrap();
        let (buyer, _) = world.store.buyer(&world.tenant, &zoe).await.unwrap();
        assert_eq!(buyer.binding, None);
    });
}

#[test]
fn a_code_of_a_buyer_who_is_a_distributor_is_ignored() {
    run(async {
        let world = family(TWO_DEEP).await;
        let order = with(paid("A1", "cat", "100.00", "2026-11-01T00:00:00Z"), |data| {
            data["invite_code"] = json!("ANN");
        });
        world.send_all(&[order]).await;
        assert_eq!(pending(&world, "bob").await, "10.00");
        let cat = "cat".parse().unwrap();
        let (buyer, _) = world.store.buyer(&world.tenant, &cat).await.unwrap();
        assert_eq!(buyer.binding, None);
    });
}

#[test]
fn a_registration_attributes_the_orders_that_wait_from_its_time_on() {
    run(async {
        let world = family(TWO_DEEP).await;
        let outcomes = world
            .send_all(&[
                paid("A1", "dan", "100.00", "2026-10-31T00:00:00Z"),
                paid("A2", "dan", "200.00", "2026-11-01T00:00:00Z"),
                registered_under("dan", "cat", "2026-11-01T00:00:00Z"),
            ])
            .await;
        assert_eq!(outcomes, [Outcome::Waiting, Outcome::Waiting, Outcome::Created]);
        assert_eq!(world.record("A1").await.state(), State::Waiting);
        assert_eq!(pending(&world, "cat").await, "20.00");
        assert_eq!(pending(&world, "bob").await, "10.00");
    });
}

#[test]
fn what_an_order_has_frozen_stays() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send_all(&[paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")]).await;
        world.send_all(&[registered_under("zoe", "ann", "2026-11-01T00:00:00Z")]).await;
        assert_eq!(pending(&world, "cat").await, "10.00", "frozen before the registration came");
        world.send_all(&[paid("A2", "zoe", "100.00", "2026-11-12T00:00:00Z")]).await;
        assert_eq!(pending(&world, "ann").await, "10.00", "the binding counts no more");
    });
}

#[test]
fn a_waiting_order_that_cannot_be_calculated_is_parked_and_can_be_retried() {
    run(async {
        let world = World::without_plan().await;
        world.send(&registered("ann", "2026-10-01T00:00:00Z")).await;
        let order = paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z");
        assert_eq!(world.send(&order).await, Outcome::Waiting);
        world.send(&bound("zoe", "ann", "2026-10-04T00:00:00Z")).await;
        let parked = world.parked().await;
        assert_eq!(parked.len(), 1);
        assert_eq!(parked[0].code, "no_plan");
        world.publish(TWO_DEEP).await;
        let again = serde_json::from_str(&parked[0].event).unwrap();
        assert_eq!(world.send(&again).await, Outcome::Created);
        world.post().await;
        assert_eq!(pending(&world, "ann").await, "10.00");
    });
}

#[test]
fn team_lists_and_recruits_count_each_once() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.post().await;
        let ann = "ann".parse().unwrap();
        let counts = world.store.team_counts(&world.tenant, &ann).await.unwrap();
        assert_eq!(counts, [1, 1, 0, 0, 0]);
        let page = world.store.team(&world.tenant, &ann, 2, 10, None).await.unwrap();
        let ids: Vec<_> = page.items.iter().map(|row| row.distributor.to_string()).collect();
        assert_eq!(ids, ["cat"]);
        let days = world.store.days(&world.tenant, &ann, upline_store::Period::default(), 10, None);
        let days = days.await.unwrap().items;
        assert_eq!(days.iter().filter_map(|day| day.recruits).collect::<Vec<_>>(), [1]);
    });
}

#[test]
fn what_names_nobody_known_waits_by_id_too() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        let data = json!({
            "distributor_id": "bob", "registered_at": "2026-10-02T00:00:00Z", "sponsor_id": "ann",
        });
        let bob = event("DistributorRegistered", "bob", &data);
        assert_eq!(world.send(&bob).await, Outcome::Waiting);
        world.send(&registered("ann", "2026-10-01T00:00:00Z")).await;
        assert_eq!(world.send(&bob).await, Outcome::Exists);
    });
}

//! The plans of these tests: small numbers, so that every figure is worked out in the head.

/// 10 % and 5 %, in CNY, due 7 days after completion; a depth of 2.
pub(crate) const TWO_DEEP: &str = r#"{
    "timezone": "Asia/Shanghai",
    "currencies": { "CNY": {
        "depth": 2,
        "max_total_rate": "0.30",
        "cards": { "standard": { "base": "paid",
            "mode": { "percent": { "rates": ["0.10", "0.05"] } } } },
        "rules": [ { "id": "default", "priority": 0, "when": {}, "card": "standard" } ],
        "settlement": { "hold_days": 7, "cycle": "daily" }
    } }
}"#;

/// The same, paying distributors on what they buy themselves, and on profit for books.
pub(crate) const SELF_PURCHASE: &str = r#"{
    "timezone": "Asia/Shanghai",
    "currencies": { "CNY": {
        "depth": 2,
        "self_purchase": "buyer",
        "max_total_rate": "0.30",
        "cards": {
            "standard": { "base": "paid", "mode": { "percent": { "rates": ["0.10", "0.05"] } } },
            "margin": { "base": "profit", "mode": { "percent": { "rates": ["0.50"] } } }
        },
        "rules": [
            { "id": "books", "priority": 1, "when": { "category": ["books"] }, "card": "margin" },
            { "id": "default", "priority": 0, "when": {}, "card": "standard" }
        ]
    } }
}"#;

/// Books that come through ann are paid on profit.
pub(crate) const PROFIT_UNDER_ANN: &str = r#"{
    "currencies": { "CNY": {
        "depth": 1,
        "cards": {
            "standard": { "base": "paid", "mode": { "percent": { "rates": ["0.10"] } } },
            "margin": { "base": "profit", "mode": { "percent": { "rates": ["0.50"] } } }
        },
        "rules": [
            { "id": "ann", "priority": 1, "when": { "distributor": ["ann"] }, "card": "margin" },
            { "id": "default", "priority": 0, "card": "standard" }
        ]
    } }
}"#;

/// 30 % of a buyer's first order, and 10 % of each later one.
pub(crate) const FIRST_MORE: &str = r#"{
    "currencies": { "CNY": {
        "depth": 1,
        "cards": {
            "welcome": { "base": "paid", "mode": { "percent": { "rates": ["0.30"] } } },
            "standard": { "base": "paid", "mode": { "percent": { "rates": ["0.10"] } } }
        },
        "rules": [
            { "id": "first", "priority": 1, "when": { "first_order": true }, "card": "welcome" },
            { "id": "default", "priority": 0, "card": "standard" }
        ]
    } }
}"#;

/// What a person changes before it holds: plans by versions, and how a distributor stands.
mod changed {
    use jiff::Timestamp;
    use serde_json::Value;
    use upline_contract::plan::Policy;
    use upline_domain::activation::{ActivationWish, is_inside};
    use upline_domain::member::Status;
    use upline_domain::schedule::{Lead, Wanted};
    use upline_store::{Activated, Changed, Published, Standing};
    use upline_testkit::events::{bound, paid, refunded, registered};
    use upline_testkit::plans::{draft, signed};
    use upline_testkit::{World, run};

    use super::TWO_DEEP;
    use crate::earning::family;

    /// When changes are made: before any order here.
    const MADE: &str = "2026-11-01T00:00:00Z";

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn when(from: &str) -> Wanted {
        Wanted { from: Some(time(from)), now: time(MADE), lead: Lead::ManyProcesses }
    }

    /// Publishes a plan that pays the first 20 % instead of 10 %, as version 2.
    async fn twice(world: &World) {
        let plan = TWO_DEEP.replace("0.10", "0.20");
        let policy = Policy::named("global").unwrap().to_text();
        let draft = draft(&plan, &policy);
        let published = world.store.publish(&world.tenant, &draft, &signed()).await.unwrap();
        assert_eq!(published, Published::Created(2));
    }

    async fn activate(world: &World, version: u32, from: &str, rollout: Option<&str>) {
        let rollout = rollout.map(|share| share.parse().unwrap());
        let wish = ActivationWish { version, rollout, when: when(from) };
        let made = world.store.activate(&world.tenant, &wish, &signed()).await.unwrap();
        assert!(matches!(made, Activated::Created(_)), "{made:?}");
    }

    /// The version of an order, and what the first of its lineage earns.
    async fn earned(world: &World, order: &str) -> (u32, u64) {
        let attributed = world.record(order).await.attributed.unwrap();
        let first = attributed.allocations.first().map_or(0, |one| one.amount.minor());
        (attributed.plan_version, first)
    }

    fn order(name: &str, day: u32) -> Value {
        paid(name, "zoe", "100.00", &format!("2026-11-{day:02}T00:00:00Z"))
    }

    #[test]
    fn an_order_is_paid_by_the_version_of_its_time_however_late_it_arrives() {
        run(async {
            let world = family(TWO_DEEP).await;
            world.send(&order("early", 9)).await;
            twice(&world).await;
            activate(&world, 2, "2026-11-10T00:00:00Z", None).await;
            activate(&world, 1, "2026-11-20T00:00:00Z", None).await;
            for (name, day) in [("late", 9), ("first", 10), ("last", 19), ("back", 20)] {
                world.send(&order(name, day)).await;
            }
            assert_eq!(earned(&world, "early").await, (1, 1_000));
            assert_eq!(earned(&world, "late").await, (1, 1_000), "it arrived after the activation");
            assert_eq!(earned(&world, "first").await, (2, 2_000));
            assert_eq!(earned(&world, "last").await, (2, 2_000));
            assert_eq!(earned(&world, "back").await, (1, 1_000), "rolled back");
            // What an order has frozen outlives its version.
            world.send(&refunded("first", "r1", "50.00", "2026-11-25T00:00:00Z")).await;
            world.post().await;
            assert_eq!(earned(&world, "first").await, (2, 2_000));
            assert_eq!(crate::earning::pending(&world, "cat").await, "60.00");
        });
    }

    #[test]
    fn a_share_of_the_buyers_is_paid_by_another_version() {
        run(async {
            let world = family(TWO_DEEP).await;
            twice(&world).await;
            activate(&world, 2, "2026-11-10T00:00:00Z", Some("0.3")).await;
            activate(&world, 2, "2026-11-15T00:00:00Z", Some("0.6")).await;
            let mut versions = Vec::new();
            for n in 0..30 {
                let buyer = format!("buyer-{n}");
                world.send(&bound(&buyer, "cat", "2026-10-05T00:00:00Z")).await;
                let mut own = Vec::new();
                for day in [9, 10, 15] {
                    let name = format!("{buyer}-{day}");
                    let at = format!("2026-11-{day:02}T00:00:00Z");
                    world.send(&paid(&name, &buyer, "100.00", &at)).await;
                    own.push(earned(&world, &name).await.0);
                }
                let inside = |share: &str| {
                    let share = share.parse().unwrap();
                    let inside = is_inside(share, &world.tenant, 2, &buyer.parse().unwrap());
                    if inside { 2 } else { 1 }
                };
                assert_eq!(own, [1, inside("0.3"), inside("0.6")], "{buyer}");
                versions.push(own);
            }
            let with = |want: [u32; 3]| versions.iter().filter(|own| **own == want).count();
            assert!(with([1, 1, 1]) > 3 && with([1, 1, 2]) > 3 && with([1, 2, 2]) > 3);
            assert_eq!(with([1, 2, 1]), 0, "nobody who is inside a share leaves a larger one");
        });
    }

    #[test]
    fn a_plan_activated_for_the_past_of_nobody_takes_up_what_was_parked() {
        run(async {
            let world = World::without_plan().await;
            world.send(&registered("cat", "2026-10-01T00:00:00Z")).await;
            world.send(&bound("zoe", "cat", "2026-10-02T00:00:00Z")).await;
            let parked = world.send(&order("A1", 9)).await;
            assert!(parked.reason().unwrap_or_default().contains("no_plan"), "{parked:?}");
            let policy = Policy::named("global").unwrap().to_text();
            let draft = draft(TWO_DEEP, &policy);
            world.store.publish(&world.tenant, &draft, &signed()).await.unwrap();
            // A tenant's first may begin before it is made.
            activate(&world, 1, "2026-10-01T00:00:00Z", None).await;
            world.send(&order("A1", 9)).await;
            assert_eq!(earned(&world, "A1").await, (1, 1_000));
        });
    }

    #[test]
    fn an_order_uses_the_status_of_its_time_however_late_it_arrives() {
        run(async {
            let world = family(TWO_DEEP).await;
            world.send(&order("early", 9)).await;
            for (status, from) in
                [(Status::Frozen, "2026-11-10T00:00:00Z"), (Status::Active, "2026-11-20T00:00:00Z")]
            {
                let standing = Standing::Status(status);
                let (cat, when, signed) = ("cat".parse().unwrap(), when(from), signed());
                let changed =
                    world.store.change_standing(&world.tenant, &cat, &standing, &when, &signed);
                let changed = changed.await.unwrap();
                assert!(matches!(changed, Changed::Created(_)), "{changed:?}");
            }
            for (name, day) in [("late", 9), ("frozen", 10), ("last", 19), ("back", 20)] {
                world.send(&order(name, day)).await;
            }
            // cat's 10 % is forfeit while frozen, and bob, the second, has his 5 %.
            assert_eq!(earned(&world, "early").await, (1, 1_000));
            assert_eq!(earned(&world, "late").await, (1, 1_000), "it arrived after the change");
            assert_eq!(earned(&world, "frozen").await, (1, 500));
            assert_eq!(earned(&world, "last").await, (1, 500));
            assert_eq!(earned(&world, "back").await, (1, 1_000));
        });
    }
}

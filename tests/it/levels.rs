//! Levels: who did what is asked rises in the next night, with what led to it, and falls by the
//! plan's policy; an order keeps the level of its time.

mod law;
mod nights;

use std::collections::BTreeMap;

use check_upgrades::{Clock, Counts, Part, check_shard};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use upline_domain::figures::Reading;
use upline_domain::member::{Risk, Status};
use upline_domain::schedule::{Lead, Wanted};
use upline_lambda::{Message, Outcome, arrive, take};
use upline_store::keys::SHARDS;
use upline_store::{Changed, Item, LevelFact, Standing, StoreResult};
use upline_testkit::events::{bound, paid, refunded, registered, registered_under};
use upline_testkit::plans::signed;
use upline_testkit::{World, handle, run};

/// Silver for 100.00 of own sales in 30 days; gold for two recruits, and 300.00 of team sales. A
/// level is lost after 5 days. Legend is given by hand.
pub(crate) const LADDER: &str = r#"{
    "timezone": "Asia/Shanghai",
    "levels": [
        { "id": "bronze" },
        { "id": "silver", "when": { "any": [
            { "own_sales": { "min": "100.00", "currency": "CNY", "days": 30 } } ] } },
        { "id": "gold", "when": { "all": [
            { "direct_recruits": { "min": 2, "days": 90 } },
            { "team_sales": { "min": "300.00", "currency": "CNY", "days": 30 } },
            { "compliant": true } ] } },
        { "id": "legend" } ],
    "demote": { "after_days": 5 },
    "currencies": { "CNY": {
        "depth": 2,
        "max_total_rate": "0.50",
        "cards": { "standard": { "base": "paid",
            "mode": { "percent": { "rates": ["0.10", "0.05"] } },
            "level_bonus": { "silver": "0.05", "gold": "0.10" } } },
        "rules": [ { "id": "default", "priority": 0, "when": {}, "card": "standard" } ]
    } }
}"#;

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A day of December 2026, at 2 in the morning in Shanghai.
pub(crate) fn night_of(day: i64) -> Timestamp {
    time("2026-11-30T18:00:00Z") + SignedDuration::from_hours(24 * (day - 1))
}

/// Sends an event at a time, and posts all.
async fn send(world: &World, event: &Value, now: Timestamp) -> Outcome {
    let arrived = arrive(now, Some(&world.tenant), &event.to_string());
    let taken = take(&world.store, now, arrived, async |message: &Message| {
        handle(&world.store, now, message).await
    });
    let outcome = taken.await.unwrap().outcome;
    post_ledger::handle(&world.store, now, world.changed().await).await.unwrap();
    outcome
}

/// All of a night, at a time.
async fn try_night(world: &World, now: Timestamp) -> StoreResult<Counts> {
    let clock = Clock { now: &|| now, lead: Lead::ManyProcesses };
    let mut counts = Counts::default();
    for shard in 0..SHARDS {
        let part = check_shard(&world.store, clock, &world.tenant, shard, None, || true).await?;
        let Part { counts: more, after } = part;
        assert_eq!(after, None, "it was told to go on");
        counts += more;
    }
    Ok(counts)
}

async fn night(world: &World, now: Timestamp) -> Counts {
    try_night(world, now).await.unwrap()
}

/// Raised and lowered.
fn moved(counts: Counts) -> (u64, u64) {
    (counts.raised, counts.lowered)
}

/// The changes of a distributor's level, the last first.
async fn facts(world: &World, id: &str) -> Vec<LevelFact> {
    let id = id.parse().unwrap();
    world.store.level_changes(&world.tenant, &id, 100, None).await.unwrap().items
}

/// The level at a time.
async fn level(world: &World, id: &str, at: Timestamp) -> String {
    let member = world.store.member(&world.tenant, &id.parse().unwrap()).await.unwrap().unwrap();
    member.levels.at(at).map_or("-".to_owned(), ToString::to_string)
}

async fn stand(world: &World, id: &str, standing: Standing, from: Timestamp, now: Timestamp) {
    let when = Wanted { from: Some(from), now, lead: Lead::ManyProcesses };
    let signed = upline_store::Signed { at: now, ..signed() };
    let id = id.parse().unwrap();
    let changed = world.store.change_standing(&world.tenant, &id, &standing, &when, &signed).await;
    assert_eq!(changed.unwrap(), Changed::Created(from));
}

/// All items, by their keys.
async fn items(world: &World) -> BTreeMap<(String, String), Item> {
    let key = |item: &Item, name: &str| item[name].as_s().unwrap().clone();
    let all = world.items().await.into_iter();
    all.map(|item| ((key(&item, "pk"), key(&item, "sk")), item)).collect()
}

/// ann above bob above cat and dan; the buyer zoe is bound to cat, yan to bob.
async fn team() -> World {
    let world = World::with_plan(LADDER).await;
    for event in [
        registered("ann", "2026-11-01T00:00:00Z"),
        registered_under("bob", "ann", "2026-11-02T00:00:00Z"),
        registered_under("cat", "bob", "2026-11-03T00:00:00Z"),
        registered_under("dan", "bob", "2026-11-04T00:00:00Z"),
        bound("zoe", "cat", "2026-11-05T00:00:00Z"),
        bound("yan", "bob", "2026-11-05T00:00:00Z"),
    ] {
        assert_eq!(send(&world, &event, night_of(1)).await, Outcome::Created);
    }
    world
}

#[test]
fn who_did_what_is_asked_rises_with_what_led_to_it() {
    run(async {
        let world = team().await;
        assert_eq!(moved(night(&world, night_of(1)).await), (0, 0));
        let day = night_of(2);
        send(&world, &paid("A1", "zoe", "99.99", "2026-12-01T00:00:00Z"), day).await;
        assert_eq!(moved(night(&world, day).await), (0, 0), "a cent below");
        send(&world, &paid("A2", "zoe", "200.01", "2026-12-01T01:00:00Z"), day).await;
        assert_eq!(moved(night(&world, day).await), (2, 0));
        let [fact] = facts(&world, "cat").await.try_into().unwrap();
        let from = day + SignedDuration::from_mins(15);
        assert_eq!((fact.from, fact.made.by.as_str()), (from, "check-upgrades"));
        let was = fact.was.map(|level| level.to_string());
        assert_eq!((was.as_deref(), fact.level.as_str()), (Some("bronze"), "silver"));
        let checked = fact.checked.unwrap();
        assert_eq!((checked.plan_version, checked.on.to_string().as_str()), (1, "2026-12-02"));
        let [Reading::Measured { have, least, .. }] = checked.readings[..] else {
            panic!("{:?}", checked.readings);
        };
        assert_eq!((have, least), (30_000, Some(10_000)));
        // bob has both recruits and the team's sales; ann has one recruit.
        assert_eq!(level(&world, "bob", from).await, "gold");
        assert_eq!(level(&world, "ann", from).await, "-");
        assert_eq!(level(&world, "cat", day).await, "-", "not before it holds");
    });
}

#[test]
fn an_order_keeps_the_level_of_its_time_however_late_it_arrives() {
    run(async {
        let world = team().await;
        let day = night_of(2);
        send(&world, &paid("A1", "zoe", "100.00", "2026-12-01T00:00:00Z"), day).await;
        assert_eq!(moved(night(&world, day).await), (1, 0));
        let from = day + SignedDuration::from_mins(15);
        let before = from - SignedDuration::from_millis(1);
        let later = day + SignedDuration::from_hours(1);
        for (order, at) in [("B1", before), ("B2", from)] {
            let at = upline_domain::time::text(at);
            send(&world, &paid(order, "zoe", "100.00", &at), later).await;
        }
        let earned = async |order: &str| {
            let attributed = world.record(order).await.attributed.unwrap();
            let first = &attributed.frozen.lineage[0];
            (first.level.to_string(), attributed.allocations[0].amount.minor())
        };
        assert_eq!(earned("B1").await, ("bronze".to_owned(), 1_000));
        assert_eq!(earned("B2").await, ("silver".to_owned(), 1_500));
    });
}

#[test]
fn sales_that_were_taken_away_cost_the_level_after_its_grace() {
    run(async {
        let world = team().await;
        send(&world, &paid("A1", "zoe", "100.00", "2026-12-01T00:00:00Z"), night_of(2)).await;
        assert_eq!(moved(night(&world, night_of(2)).await), (1, 0));
        let refund = refunded("A1", "r1", "0.01", "2026-12-03T00:00:00Z");
        send(&world, &refund, night_of(4)).await;
        for day in 4..9 {
            assert_eq!(moved(night(&world, night_of(day)).await), (0, 0), "day {day}");
        }
        assert_eq!(moved(night(&world, night_of(9)).await), (0, 1), "5 days after the 4th");
        let facts = facts(&world, "cat").await;
        assert_eq!((facts.len(), facts[0].level.as_str()), (2, "bronze"));
        let readings = &facts[0].checked.as_ref().unwrap().readings;
        assert!(matches!(readings[..], [Reading::Measured { have: 9_999, .. }]), "{readings:?}");
        for day in 10..60 {
            assert_eq!(moved(night(&world, night_of(day)).await), (0, 0), "day {day}");
        }
    });
}

#[test]
fn a_level_that_holds_again_within_the_grace_stays_and_the_grace_begins_anew() {
    run(async {
        let world = team().await;
        send(&world, &paid("A1", "zoe", "100.00", "2026-12-01T00:00:00Z"), night_of(2)).await;
        assert_eq!(moved(night(&world, night_of(2)).await), (1, 0));
        // The sales of the 1st are out of the window on the 31st; those of the 5th on the 35th.
        for day in 3..=33 {
            assert_eq!(moved(night(&world, night_of(day)).await), (0, 0), "day {day}");
        }
        let again = paid("A2", "zoe", "100.00", "2027-01-02T00:00:00Z");
        send(&world, &again, night_of(34)).await;
        // Held from the 34th, so from the 2nd of January for 30 days: found wanting on February 1.
        for day in 34..=67 {
            assert_eq!(moved(night(&world, night_of(day)).await), (0, 0), "day {day}");
        }
        assert_eq!(moved(night(&world, night_of(68)).await), (0, 1));
    });
}

#[test]
fn who_is_not_active_is_left_on_their_level_until_they_are() {
    run(async {
        let world = team().await;
        let frozen = Standing::Status(Status::Frozen);
        stand(&world, "cat", frozen, night_of(2), night_of(1)).await;
        send(&world, &paid("A1", "zoe", "500.00", "2026-12-02T00:00:00Z"), night_of(3)).await;
        let counts = night(&world, night_of(3)).await;
        assert_eq!((moved(counts), counts.not_active), ((1, 0), 1), "bob is gold by his team");
        let active = Standing::Status(Status::Active);
        stand(&world, "cat", active, night_of(8), night_of(4)).await;
        for day in 4..8 {
            assert_eq!(moved(night(&world, night_of(day)).await), (0, 0), "day {day}");
        }
        assert_eq!(moved(night(&world, night_of(8)).await), (1, 0), "the day has come");
        // A terminated one does not fall either.
        let terminated = Standing::Status(Status::Terminated);
        stand(&world, "cat", terminated, night_of(9), night_of(8)).await;
        for day in 9..60 {
            let (raised, _) = moved(night(&world, night_of(day)).await);
            assert_eq!(raised, 0, "day {day}");
        }
        assert_eq!(level(&world, "cat", night_of(60)).await, "silver");
        assert_eq!(level(&world, "bob", night_of(60)).await, "bronze", "he is active");
    });
}

#[test]
fn an_open_risk_flag_withholds_a_level_that_asks_for_none() {
    run(async {
        let world = team().await;
        stand(&world, "bob", Standing::Risk(Risk::Flagged), night_of(2), night_of(1)).await;
        send(&world, &paid("A1", "zoe", "300.00", "2026-12-01T00:00:00Z"), night_of(2)).await;
        assert_eq!(moved(night(&world, night_of(2)).await), (1, 0), "cat, who is silver");
        assert_eq!(level(&world, "bob", night_of(3)).await, "-");
        stand(&world, "bob", Standing::Risk(Risk::Clear), night_of(5), night_of(3)).await;
        assert_eq!(moved(night(&world, night_of(4)).await), (0, 0));
        assert_eq!(moved(night(&world, night_of(5)).await), (1, 0));
        assert_eq!(level(&world, "bob", night_of(6)).await, "gold");
    });
}

#[test]
fn a_level_that_is_given_by_hand_is_left_and_one_that_is_asked_for_has_its_grace() {
    run(async {
        let world = team().await;
        let level_of = |name: &str| Standing::Level(name.parse().unwrap());
        stand(&world, "cat", level_of("legend"), night_of(2), night_of(1)).await;
        stand(&world, "dan", level_of("gold"), night_of(2), night_of(1)).await;
        for day in 2..7 {
            assert_eq!(moved(night(&world, night_of(day)).await), (0, 0), "day {day}");
        }
        assert_eq!(moved(night(&world, night_of(7)).await), (0, 1));
        assert_eq!(level(&world, "dan", night_of(8)).await, "bronze");
        assert_eq!(level(&world, "cat", night_of(8)).await, "legend");
        let by_hand = facts(&world, "dan").await.pop().unwrap();
        assert_eq!((by_hand.checked, by_hand.was), (None, None));
    });
}

#[test]
fn there_is_no_room_for_more_than_are_kept() {
    run(async {
        let world = team().await;
        for number in 0..100 {
            let name = if number % 2 == 0 { "silver" } else { "bronze" };
            let from = night_of(1) + SignedDuration::from_mins(15 + number);
            let now = from - SignedDuration::from_mins(15);
            stand(&world, "cat", Standing::Level(name.parse().unwrap()), from, now).await;
        }
        send(&world, &paid("A1", "zoe", "100.00", "2026-12-02T00:00:00Z"), night_of(3)).await;
        let counts = night(&world, night_of(3)).await;
        assert_eq!((moved(counts), counts.no_room), ((0, 0), 1));
        assert_eq!(level(&world, "cat", night_of(4)).await, "bronze");
    });
}

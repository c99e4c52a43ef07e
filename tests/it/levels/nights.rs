//! Nights: those who are due and nobody else, once and again, at once, cut off and interrupted.

use check_upgrades::{Clock, Counts, check_one, check_shard};
use serde_json::{Value, json};
use upline_contract::plan::Policy;
use upline_domain::activation::ActivationWish;
use upline_domain::schedule::{Lead, Wanted};
use upline_store::keys::SHARDS;
use upline_store::{Activated, Published};
use upline_testkit::events::{bound, paid, registered, registered_under, with};
use upline_testkit::plans::{draft, signed};
use upline_testkit::{World, run};

use super::{LADDER, facts, items, level, moved, night, night_of, send, team, try_night};

/// Ten distributors of their own, each with a buyer who paid enough for silver, as events.
fn ten() -> Vec<Value> {
    let each = |n: usize| {
        let (id, buyer) = (format!("d{n}"), format!("b{n}"));
        [
            registered(&id, "2026-11-01T00:00:00Z"),
            bound(&buyer, &id, "2026-11-02T00:00:00Z"),
            paid(&format!("o{n}"), &buyer, "150.00", "2026-12-01T00:00:00Z"),
        ]
    };
    (0..10).flat_map(each).collect()
}

async fn of_ten() -> World {
    let world = World::with_plan(LADDER).await;
    for event in ten() {
        send(&world, &event, night_of(2)).await;
    }
    world
}

#[test]
fn the_same_night_again_changes_nothing() {
    run(async {
        let world = team().await;
        send(&world, &paid("A1", "zoe", "300.00", "2026-12-01T00:00:00Z"), night_of(2)).await;
        assert_eq!(moved(night(&world, night_of(2)).await), (2, 0));
        let before = items(&world).await;
        let again = night(&world, night_of(2)).await;
        assert!(again.checked > 0);
        assert_eq!((moved(again), items(&world).await == before), ((0, 0), true));
    });
}

#[test]
fn two_nights_at_once_change_each_level_once() {
    run(async {
        let world = of_ten().await;
        let others = [world.another_process(), world.another_process()];
        let nights = others.iter().map(|one| night(one, night_of(2)));
        let counts = futures::future::join_all(nights).await;
        let raised: u64 = counts.iter().map(|counts| counts.raised).sum();
        assert_eq!(raised, 10, "{counts:?}");
        for n in 0..10 {
            assert_eq!(facts(&world, &format!("d{n}")).await.len(), 1, "d{n}");
        }
    });
}

#[test]
fn a_night_that_is_cut_off_anywhere_and_begun_again_ends_the_same() {
    run(async {
        let whole = of_ten().await;
        night(&whole, night_of(2)).await;
        let want = items(&whole).await;
        let mut cut = 0;
        loop {
            let world = of_ten().await;
            let crashed = try_night(&world.crashing(cut), night_of(2)).await.is_err();
            night(&world, night_of(2)).await;
            assert!(items(&world).await == want, "cut off after {cut} requests");
            if !crashed {
                break;
            }
            cut += 3;
        }
        assert!(cut > 30, "{cut}");
    });
}

#[test]
fn a_night_that_stops_goes_on_where_it_stopped() {
    run(async {
        let world = World::with_plan(LADDER).await;
        for n in 0..300 {
            let id = format!("d{n}");
            send(&world, &registered(&id, "2026-11-01T00:00:00Z"), night_of(1)).await;
        }
        let clock = Clock { now: &|| night_of(1), lead: Lead::ManyProcesses };
        let (mut counts, mut parts) = (Counts::default(), 0);
        for shard in 0..SHARDS {
            let mut after: Option<String> = None;
            loop {
                let place = after.as_deref();
                let part = check_shard(&world.store, clock, &world.tenant, shard, place, || false);
                let part = part.await.unwrap();
                counts += part.counts;
                parts += 1;
                after = part.after;
                if after.is_none() {
                    break;
                }
            }
        }
        assert_eq!(counts.checked, 300);
        assert!(parts > usize::from(SHARDS), "{parts}");
        assert_eq!(night(&world, night_of(2)).await.checked, 0, "and it was done");
    });
}

#[test]
fn only_those_are_checked_who_are_due() {
    run(async {
        let world = of_ten().await;
        assert_eq!(night(&world, night_of(2)).await.checked, 10, "all, the first time");
        assert_eq!(night(&world, night_of(3)).await.checked, 10, "their sales came on this day");
        assert_eq!(night(&world, night_of(4)).await.checked, 0);
        let event = paid("P1", "b3", "5.00", "2026-12-04T00:00:00Z");
        send(&world, &event, night_of(5)).await;
        assert_eq!(night(&world, night_of(5)).await.checked, 1);
        assert_eq!(night(&world, night_of(6)).await.checked, 1, "the index may be late");
        // On the 31st the sales of the 1st are out of the window.
        let mut looked = Vec::new();
        for day in 7..=40 {
            let counts = night(&world, night_of(day)).await;
            looked.extend((counts.checked > 0).then_some((day, counts.checked, counts.lowered)));
        }
        assert_eq!(looked.first(), Some(&(31, 10, 0)), "{looked:?}");
        assert!(looked.contains(&(36, 10, 10)), "{looked:?}");
    });
}

/// Publishes a plan and has it hold from a night on.
async fn activate(world: &World, plan: &str, version: u32, day: i64) {
    let policy = Policy::named("global").unwrap().to_text();
    let published = world.store.publish(&world.tenant, &draft(plan, &policy), &signed()).await;
    assert_eq!(published.unwrap(), Published::Created(version));
    let when =
        Wanted { from: Some(night_of(day)), now: night_of(day - 1), lead: Lead::ManyProcesses };
    let wish = ActivationWish { version, rollout: None, when };
    let made = world.store.activate(&world.tenant, &wish, &signed()).await.unwrap();
    assert!(matches!(made, Activated::Created(_)), "{made:?}");
}

#[test]
fn everybody_is_checked_where_the_plan_asks_for_something_else() {
    run(async {
        let world = of_ten().await;
        for day in 2..5 {
            night(&world, night_of(day)).await;
        }
        // What it pays is no matter of levels.
        activate(&world, &LADDER.replace("0.05\"]", "0.06\"]"), 2, 6).await;
        assert_eq!(night(&world, night_of(6)).await.checked, 0);
        let harder = LADDER.replace("\"100.00\"", "\"150.01\"");
        activate(&world, &harder, 3, 7).await;
        assert_eq!(night(&world, night_of(7)).await.checked, 10);
        for day in 8..12 {
            assert_eq!(moved(night(&world, night_of(day)).await), (0, 0), "day {day}");
        }
        assert_eq!(moved(night(&world, night_of(12)).await), (0, 10));
        assert_eq!(level(&world, "d3", night_of(13)).await, "bronze");
    });
}

#[test]
fn one_is_checked_when_it_is_asked_for() {
    run(async {
        let world = of_ten().await;
        let clock = Clock { now: &|| night_of(2), lead: Lead::ManyProcesses };
        let one = async |id: &str| {
            check_one(&world.store, clock, &world.tenant, &id.parse().unwrap()).await.unwrap()
        };
        let looked = one("d4").await.unwrap();
        assert_eq!(Counts::of(&looked).raised, 1, "{looked:?}");
        assert_eq!(one("d4").await.map(|looked| Counts::of(&looked).raised), Some(0));
        assert_eq!(one("nobody").await, None);
        assert_eq!(moved(night(&world, night_of(2)).await), (9, 0));
    });
}

#[test]
fn figures_that_are_dated_ahead_count_from_their_day_on() {
    run(async {
        let world = team().await;
        night(&world, night_of(1)).await;
        // Paid at noon of the 2nd in Shanghai, and heard of ten minutes before.
        let event = paid("A1", "zoe", "100.00", "2026-12-01T16:05:00Z");
        let event = with(event, |data| data["shipping"] = json!("1.00"));
        let now = super::time("2026-12-01T15:56:00Z");
        send(&world, &event, now).await;
        assert_eq!(moved(night(&world, now).await), (0, 0), "in Shanghai it is the 1st");
        assert_eq!(moved(night(&world, night_of(2)).await), (1, 0));
    });
}

#[test]
fn a_team_that_grows_is_looked_at() {
    run(async {
        let grown = LADDER.replace(
            r#"{ "direct_recruits": { "min": 2, "days": 90 } },"#,
            r#"{ "team_size": { "min": 3, "depth": 2 } },"#,
        );
        let world = World::with_plan(&grown).await;
        for event in [
            registered("ann", "2026-11-01T00:00:00Z"),
            bound("zoe", "ann", "2026-11-05T00:00:00Z"),
            registered_under("bob", "ann", "2026-11-02T00:00:00Z"),
            registered_under("cat", "bob", "2026-11-03T00:00:00Z"),
            paid("A1", "zoe", "300.00", "2026-12-01T00:00:00Z"),
        ] {
            send(&world, &event, night_of(2)).await;
        }
        night(&world, night_of(2)).await;
        assert_eq!(level(&world, "ann", night_of(3)).await, "silver");
        night(&world, night_of(4)).await;
        let event = registered_under("dan", "bob", "2026-12-05T00:00:00Z");
        send(&world, &event, night_of(7)).await;
        assert_eq!(moved(night(&world, night_of(7)).await), (1, 0));
        assert_eq!(level(&world, "ann", night_of(8)).await, "gold");
    });
}

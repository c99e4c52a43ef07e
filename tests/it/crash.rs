//! A crash between any two requests, and the sender's repeat: every event of a story that waits for
//! each other is cut off after every request it makes, and sent again to another process.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use upline_domain::order::State;
use upline_testkit::events::{
    bound, completed, paid, refunded, registered, registered_under, with,
};
use upline_testkit::{World, books, run};

use crate::plans::TWO_DEEP;

/// Orders before their bindings, bindings before their distributors, these before their sponsors.
fn story() -> Vec<Value> {
    let coded = |order: &str, buyer: &str, at: &str| {
        with(paid(order, buyer, "100.00", at), |data| data["invite_code"] = json!("CAT"))
    };
    vec![
        paid("o1", "zoe", "100.00", "2026-11-03T00:00:00Z"),
        coded("o2", "yan", "2026-11-02T00:00:00Z"),
        paid("o3", "yan", "100.00", "2026-11-03T00:00:00Z"),
        paid("o4", "bob", "100.00", "2026-11-03T00:00:00Z"),
        refunded("o1", "r1", "30.00", "2026-11-04T00:00:00Z"),
        completed("o2", "2026-11-05T00:00:00Z"),
        bound("zoe", "cat", "2026-11-01T00:00:00Z"),
        registered_under("cat", "bob", "2026-10-03T00:00:00Z"),
        registered_under("bob", "ann", "2026-10-02T00:00:00Z"),
        registered("ann", "2026-10-01T00:00:00Z"),
        coded("o5", "xia", "2026-11-06T00:00:00Z"),
        paid("o6", "xia", "100.00", "2026-11-07T00:00:00Z"),
    ]
}

/// Where everybody's money stands, and what waits still.
async fn ending(world: &World) -> (books::Books, Vec<String>) {
    world.post().await;
    let mut records = BTreeMap::new();
    for n in 1..=6 {
        let id = format!("o{n}");
        records.insert(id.clone(), world.record(&id).await);
    }
    let mut balances = Vec::new();
    for id in ["ann", "bob", "cat"] {
        balances.push((id.parse().unwrap(), world.balances(id).await));
    }
    let books = books::of_balances(balances);
    assert_eq!(books, books::of_records(records.values()));
    let waiting = records.into_iter().filter(|(_, record)| record.state() == State::Waiting);
    (books, waiting.map(|(id, _)| id).collect())
}

/// Plays the story; the event at `place` is cut off after so many requests, and sent again. Says
/// whether it was cut.
async fn play(events: &[Value], place: usize, after: usize) -> (bool, World) {
    let world = World::with_plan(TWO_DEEP).await;
    let mut cut = false;
    for (n, event) in events.iter().enumerate() {
        if n == place {
            let crashing = world.crashing(after);
            cut = crashing.try_send(event).await.is_err();
        }
        world.send(event).await;
    }
    (cut, world)
}

#[test]
fn a_crash_after_any_request_and_a_repeat_end_the_same() {
    run(async {
        let events = story();
        let (_, world) = play(&events, events.len(), 0).await;
        let want = ending(&world).await;
        assert_eq!(want.1, Vec::<String>::new(), "nothing waits in the end");
        let mut cuts = 0;
        for place in 0..events.len() {
            for after in 0.. {
                let (cut, world) = play(&events, place, after).await;
                assert_eq!(ending(&world).await, want, "event {place} cut after {after} requests");
                if !cut {
                    break;
                }
                cuts += 1;
            }
        }
        println!("{cuts} crashes");
        assert!(cuts > 100, "{cuts}: every request of every event");
    });
}

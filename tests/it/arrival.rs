//! The law of arrival: any order and any repetition of the same events, registrations and bindings
//! among them, ends in the same records and the same balances.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};
use upline_domain::order::Record;
use upline_testkit::events::{
    bound, completed, paid, refunded, registered, registered_under, with,
};
use upline_testkit::{World, books, run};

use crate::plans::TWO_DEEP;

const DISTRIBUTORS: usize = 6;
const BUYERS: usize = 5;

/// How a buyer is connected: by one fact at the most, as the law requires.
#[derive(Clone, Copy, Debug)]
enum Connection {
    None,
    Bound(usize),
    ByOrder(usize),
    Registered(usize),
}

#[derive(Clone, Debug)]
struct Story {
    /// The sponsor of each distributor after the first, among those before.
    sponsors: Vec<usize>,
    connections: Vec<Connection>,
    /// Buyer, amount in minor units, day.
    orders: Vec<(usize, u64, u32)>,
    /// Order, share of its amount in tenths, day.
    refunds: Vec<(usize, u64, u32)>,
    completed: Vec<bool>,
}

fn story() -> impl Strategy<Value = Story> {
    let connection = prop_oneof![
        1 => Just(Connection::None),
        3 => (0..DISTRIBUTORS).prop_map(Connection::Bound),
        2 => (0..DISTRIBUTORS).prop_map(Connection::ByOrder),
        2 => (0..DISTRIBUTORS).prop_map(Connection::Registered),
    ];
    let orders = prop::collection::vec((0..BUYERS + 2, 1_u64..100_000, 1_u32..28), 1..8);
    (
        prop::collection::vec(any::<prop::sample::Index>(), DISTRIBUTORS - 1),
        prop::collection::vec(connection, BUYERS),
        orders,
        prop::collection::vec((0_usize..8, 1_u64..12, 1_u32..28), 0..6),
        prop::collection::vec(any::<bool>(), 8),
    )
        .prop_map(|(sponsors, connections, orders, refunds, completed)| Story {
            sponsors: sponsors.iter().enumerate().map(|(n, index)| index.index(n + 1)).collect(),
            connections,
            orders,
            refunds,
            completed,
        })
}

fn amount(minor: u64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn day(day: u32) -> String {
    format!("2026-11-{day:02}T08:00:00Z")
}

/// Who places an order: one of the buyers, or one of the first two distributors.
fn buyer(number: usize) -> String {
    if number < BUYERS { format!("b{number}") } else { format!("d{}", number - BUYERS) }
}

impl Story {
    fn events(&self) -> Vec<Value> {
        let mut events = vec![registered("d0", "2026-11-01T00:00:00Z")];
        for (n, sponsor) in self.sponsors.iter().enumerate() {
            let (id, sponsor) = (format!("d{}", n + 1), format!("d{sponsor}"));
            events.push(registered_under(&id, &sponsor, "2026-11-02T00:00:00Z"));
        }
        for (n, connection) in self.connections.iter().enumerate() {
            let at = "2026-11-10T00:00:00Z";
            match connection {
                Connection::Bound(to) => events.push(bound(&buyer(n), &format!("d{to}"), at)),
                Connection::Registered(under) => {
                    events.push(registered_under(&buyer(n), &format!("d{under}"), at));
                }
                Connection::None | Connection::ByOrder(_) => {}
            }
        }
        let mut coded = [false; BUYERS];
        for (n, &(by, minor, on)) in self.orders.iter().enumerate() {
            let order = paid(&format!("o{n}"), &buyer(by), &amount(minor), &day(on));
            // Only one order of a buyer carries a code: that is their one binding.
            let code = match self.connections.get(by) {
                Some(Connection::ByOrder(to)) if !std::mem::replace(&mut coded[by], true) => {
                    Some(format!("D{to}"))
                }
                _ => None,
            };
            events.push(match code {
                Some(code) => with(order, |data| data["invite_code"] = json!(code)),
                None => order,
            });
            if self.completed[n] {
                events.push(completed(&format!("o{n}"), &day(28)));
            }
        }
        for (n, &(of, tenths, on)) in self.refunds.iter().enumerate() {
            let Some(&(_, minor, _)) = self.orders.get(of) else { continue };
            let back = amount((minor * tenths / 10).max(1));
            events.push(refunded(&format!("o{of}"), &format!("r{n}"), &back, &day(on)));
        }
        events
    }
}

fn people() -> Vec<String> {
    (0..DISTRIBUTORS).map(|n| format!("d{n}")).chain((0..BUYERS).map(buyer)).collect()
}

/// Everything that the events end in, without what may depend on arrival.
type Ending = (BTreeMap<String, Record>, books::Books, Vec<Vec<u64>>);

/// Plays events, posting now and then, and checks that the balances are the sum of the records.
async fn play(story: &Story, events: &[Value], post_every: usize) -> Ending {
    let world = World::with_plan(TWO_DEEP).await;
    for (n, event) in events.iter().enumerate() {
        world.send(event).await;
        if n % post_every == 0 {
            world.post().await;
        }
    }
    world.post().await;
    let mut records = BTreeMap::new();
    for n in 0..story.orders.len() {
        let id = format!("o{n}");
        let mut record = world.record(&id).await;
        record.version = 0;
        if let Some(attributed) = &mut record.attributed {
            attributed.frozen.first_order = false;
        }
        records.insert(id, record);
    }
    let (mut balances, mut teams) = (Vec::new(), Vec::new());
    for id in people() {
        teams.push(world.store.team_counts(&world.tenant, &id.parse().unwrap()).await.unwrap());
        balances.push((id.parse().unwrap(), world.balances(&id).await));
    }
    let books = books::of_balances(balances);
    assert_eq!(books, books::of_records(records.values()), "balances are the sum of the records");
    assert_eq!(world.parked().await, [], "nothing of it is parked");
    (records, books, teams)
}

proptest! {
    #![proptest_config(Config { cases: 40, ..Config::default() })]

    #[test]
    fn any_arrival_ends_the_same(
        story in story(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 60),
        post_every in 1_usize..9,
    ) {
        let events = story.events();
        // Each event once, and some again, shuffled: picks repeat freely, and what they left out
        // follows in reverse.
        let mut shuffled: Vec<Value> = picks.iter().map(|pick| pick.get(&events).clone()).collect();
        shuffled.extend(events.iter().rev().cloned());
        let (straight, mixed) = run(async {
            (play(&story, &events, 1_000).await, play(&story, &shuffled, post_every).await)
        });
        prop_assert_eq!(straight, mixed);
    }
}

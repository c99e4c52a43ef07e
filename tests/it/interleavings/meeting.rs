//! Events whose senders meet, and what must have come of it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use upline_testkit::explore::{Actor, Ending, Explored, Fault, explore};
use upline_testkit::{World, run};

use super::ending::{facts, whole};

/// Faults, one of which may befall one of those who meet.
pub(super) const FAULTS: [Fault; 3] = [Fault::None, Fault::Crash, Fault::Resent];

/// Events that are handled at the same time, each in a process of its own, after others.
pub(super) struct Meeting {
    pub(super) plan: &'static str,
    pub(super) given: Vec<Value>,
    pub(super) events: Vec<Value>,
}

impl Meeting {
    async fn world(&self) -> World {
        let world = World::with_plan(self.plan).await;
        world.send_all(&self.given).await;
        world
    }

    /// Goes through every schedule, without a fault and with each one, and holds every ending
    /// against the rules of [`whole`] and against those of the events one after another: it must be
    /// one of them, and they must be these.
    #[track_caller]
    pub(super) fn ends_in(&self, endings: &[&str]) {
        self.ends_in_or_between(endings, &[]);
    }

    /// Like [`Meeting::ends_in`], where more than one thing depends on what comes first, and one
    /// event may be first in one and another in the other: these endings are met as well.
    #[track_caller]
    pub(super) fn ends_in_or_between(&self, endings: &[&str], between: &[&str]) {
        let set = |endings: &[&str]| endings.iter().map(|one| (*one).to_owned()).collect();
        let before = run(async { facts(&self.world().await).await });
        assert_eq!(run(self.one_after_another(&before)), set(endings), "one after another");
        let endings: BTreeSet<String> = set(&[endings, between].concat());
        let mut judged: HashMap<(bool, String), String> = HashMap::new();
        for fault in FAULTS {
            let mut met = BTreeSet::new();
            let world = run(self.world());
            let actors: Vec<Actor> =
                self.events.iter().map(|event| sender(&world, event)).collect();
            let explored = explore(&world, &actors, fault, &mut |Ending { world, said, held }| {
                if said.iter().any(|word| word.starts_with("error")) {
                    return Err(format!("they said {said:?}"));
                }
                let ending = match judged.entry((fault == Fault::Crash, held)) {
                    Entry::Occupied(known) => known.get().clone(),
                    Entry::Vacant(new) => {
                        let facts = run(whole(&world, &self.events, fault))?;
                        new.insert(news(&facts, &before)).clone()
                    }
                };
                met.insert(ending.clone());
                let known = endings.contains(&ending);
                if known { Ok(()) } else { Err(format!("it ends in: {ending}")) }
            });
            report(fault, &explored);
            if let Err(wrong) = explored {
                panic!("{fault:?}: {wrong}");
            }
            assert_eq!(met, endings, "{fault:?}: an ending is never met");
        }
    }

    /// The endings of the events in any order, each handled before the next comes.
    async fn one_after_another(&self, before: &BTreeSet<String>) -> BTreeSet<String> {
        let mut endings = BTreeSet::new();
        for order in orders(self.events.len()) {
            let world = self.world().await;
            for nth in order {
                world.send(&self.events[nth]).await;
            }
            endings.insert(news(&facts(&world).await, before));
        }
        endings
    }
}

/// What is said that was not before.
fn news(facts: &BTreeSet<String>, before: &BTreeSet<String>) -> String {
    facts.difference(before).map(String::as_str).collect::<Vec<_>>().join("; ")
}

/// Prints how much was gone through: `cargo test … -- --nocapture`.
#[expect(clippy::print_stdout, reason = "what was gone through is no part of what is held")]
pub(super) fn report(fault: Fault, explored: &Result<Explored, String>) {
    let thread = std::thread::current();
    let Ok(Explored { schedules, states, endings }) = explored else { return };
    println!(
        "{}, {fault:?}: {schedules} schedules, {states} states, {endings} endings",
        thread.name().unwrap_or("?"),
    );
}

/// The sender of an event, who says what it came to.
pub(super) fn sender(world: &World, event: &Value) -> Actor {
    let (world, event) = (world.over(&world.client()), event.clone());
    let name = event["detail"]["metadata"]["id"].as_str().unwrap().to_owned();
    Actor::new(&name, move |client| {
        let (world, event) = (world.over(&client), event.clone());
        async move {
            match world.try_send(&event).await {
                Ok(outcome) => outcome.word().to_owned(),
                Err(error) => format!("error: {error}"),
            }
        }
    })
}

/// Every order of so many.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1).into_iter();
    let longer = shorter.flat_map(|order| {
        (0..count).map(move |place| {
            let mut longer = order.clone();
            longer.insert(place, count - 1);
            longer
        })
    });
    longer.collect()
}

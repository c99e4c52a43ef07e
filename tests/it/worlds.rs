//! Worlds of chance, held against the reference ledger: the same events in the same order give the
//! same answers, orders, balances, days and teams, and a second delivery of everything, in another
//! order, changes nothing.
//!
//! A world follows from its seed. To play one again, or many by hand:
//!
//! ```text
//! UPLINE_SEED=17 cargo test -p upline-tests --test it worlds
//! UPLINE_SEED=1000 UPLINE_WORLDS=20000 cargo test -p upline-tests --test it worlds
//! ```

mod by_hand;
pub(crate) mod compare;
pub(crate) mod dice;
pub(crate) mod plan;
pub(crate) mod story;

use std::fmt::Write;

use serde_json::Value;
use upline_lambda::Outcome;
use upline_testkit::plans::publish_first;
use upline_testkit::reference::{Answer, Ledger};
use upline_testkit::{World, run};

use compare::{compare, same, seen};
use story::{Step, Story, given_code};

/// How many worlds are played where nobody says otherwise.
const WORLDS: u64 = 50;

/// A world and its reference with the plan of a story, in which nothing happened yet.
pub(crate) async fn begun(story: &Story) -> (World, Ledger) {
    let world = World::without_plan().await;
    let Some(plan) = &story.plan else {
        return (world, Ledger::without_plan("demo", given_code));
    };
    let (document, policy) = (plan.to_string(), plan::policy(story.policy_rate));
    publish_first(&world.store, &world.tenant, &document, &policy).await;
    (world, Ledger::new(plan, story.policy_rate, given_code))
}

/// Plays a world through the real handlers and the reference.
///
/// # Errors
///
/// * Where they part, in words.
async fn play(story: &Story) -> Result<(), String> {
    let (world, mut ledger) = begun(story).await;
    deliver(&world, &mut ledger, &story.first).await?;
    compare(&world, &ledger, story).await?;
    let before = seen(&world, story).await;
    let is_news = deliver(&world, &mut ledger, &story.second).await?;
    compare(&world, &ledger, story).await?;
    // What was parked may succeed the second time, where what was wrong was mended by then.
    if is_news || !story.second.iter().all(|step| story.first.contains(step)) {
        return Ok(());
    }
    // And it may be parked for another reason.
    let mut after = seen(&world, story).await;
    after.parked.clone_from(&before.parked);
    same("after a second delivery of everything", after, before)
}

/// Delivers events to both; whether one of them was news.
async fn deliver(world: &World, ledger: &mut Ledger, steps: &[Step]) -> Result<bool, String> {
    let mut is_news = false;
    for step in steps {
        match step {
            Step::Post => {
                world.post().await;
                ledger.post();
            }
            Step::Send(event) => {
                let (got, want) = (world.send(event).await, ledger.take(event));
                let code = match &got {
                    Outcome::Parked { code, .. } => Some(code.as_str()),
                    Outcome::Created
                    | Outcome::Exists
                    | Outcome::Superseded { .. }
                    | Outcome::Waiting
                    | Outcome::Conflict { .. }
                    | Outcome::Refused { .. } => None,
                };
                let Answer { word, code: wanted } = want;
                if (got.word(), code) != (word, wanted) {
                    return Err(format!("{got:?}, but {want:?} of the reference: {event}"));
                }
                is_news |= got == Outcome::Created;
            }
        }
    }
    world.post().await;
    ledger.post();
    Ok(is_news)
}

/// Leaves out whatever can be left out so that a world still fails.
async fn shrunk(mut story: Story) -> (Story, String) {
    let mut why = play(&story).await.err().unwrap_or_default();
    let deliveries: [fn(&mut Story) -> &mut Vec<Step>; 2] =
        [|story| &mut story.second, |story| &mut story.first];
    for delivery in deliveries {
        for place in (0..delivery(&mut story).len()).rev() {
            let mut without = story.clone();
            delivery(&mut without).remove(place);
            if let Err(still) = play(&without).await {
                (story, why) = (without, still);
            }
        }
    }
    (story, why)
}

fn told(seed: u64, story: &Story, why: &str) -> String {
    let mut text = format!("world {seed} parts from the reference: {why}\n");
    let plan = story.plan.as_ref().map_or("none".to_owned(), Value::to_string);
    writeln!(text, "to play it again: UPLINE_SEED={seed}").unwrap();
    writeln!(text, "plan: {plan} under {}", story.policy_rate).unwrap();
    for step in story.first.iter().chain([&Step::Post]).chain(&story.second) {
        match step {
            Step::Send(event) => writeln!(text, "{} {}", event["detail-type"], event["detail"]),
            Step::Post => writeln!(text, "post"),
        }
        .unwrap();
    }
    text
}

pub(crate) fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn worlds_of_chance_are_as_the_reference_has_them() {
    let seed = number("UPLINE_SEED");
    let worlds = number("UPLINE_WORLDS").unwrap_or(if seed.is_some() { 1 } else { WORLDS });
    let from = seed.unwrap_or(1);
    run(async {
        for seed in from..from + worlds {
            let story = Story::of(seed);
            if play(&story).await.is_err() {
                let (story, why) = shrunk(story).await;
                assert!(why.is_empty(), "{}", told(seed, &story, &why));
            }
        }
    });
}

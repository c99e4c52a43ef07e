//! `kill -9` in the middle of a stream of events from several connections, many times, at moments
//! of chance. What was answered is there after each restart; what was not is sent again, as a shop
//! would; and in the end all stands as the reference ledger has it, which knows of no crash.
//!
//! The story and the moments follow from a seed, which is printed. A moment is a number of answers,
//! for half of them also that something is being posted, and a while after, so that a kill falls
//! between any two requests of a handler or of posting:
//!
//! ```text
//! UPLINE_SEED=17 cargo test --workspace --test it killed_many_times
//! UPLINE_KILLS=500 cargo test --workspace --test it killed_many_times
//! ```

mod shown;
mod story;

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};
use upline_contract::plan::EXAMPLE_PLAN;
use upline_testkit::reference::Ledger;

use self::shown::{check_counted, compare, parked};
use self::story::Story;
use crate::harness::{Server, ask};

const CONNECTIONS: usize = 4;
/// How often the server is killed where nobody says otherwise.
const KILLS: usize = 30;
/// Orders for each kill: there is something to be done all the while.
const ORDERS: usize = 5;
/// Longest while after an answer, as a power of two of turns of waiting: tens of milliseconds. Half
/// of the whiles are of the microseconds in which one request to the table follows another.
const SPIN_BITS_MAX: u32 = 20;
/// How often it is looked for a moment of posting.
const LOOKS: i32 = 50;
/// Answers of earlier that are looked at again after a restart.
const SAMPLE: usize = 8;

/// What was answered to an event: its place in the story and the outcome.
type Answered = (usize, String);

/// What connections and the one who kills share.
struct Stream<'a> {
    events: &'a [Value],
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Where a server answers, and to what token; none while there is none.
    place: Option<(String, String)>,
    answered: Vec<Answered>,
    /// Requests that were answered.
    answers: usize,
    /// All is answered, or the test has failed.
    is_over: bool,
}

impl<'a> Stream<'a> {
    fn of(events: &'a [Value]) -> Self {
        Self { events, state: Mutex::default(), changed: Condvar::new() }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
        changed
    }

    /// Waits for something to be so, or for the end.
    fn wait(&self, is_so: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let state = self.state.lock().unwrap();
        self.changed.wait_while(state, |state| !is_so(state) && !state.is_over).unwrap()
    }

    /// Waits until a server answers; none where the test has failed.
    fn wait_for_place(&self) -> Option<(String, String)> {
        let state = self.wait(|state| state.place.is_some());
        state.place.clone().filter(|_| !state.is_over)
    }

    fn serve_at(&self, server: &Server) {
        let place = (server.url.clone(), server.token.clone());
        self.change(|state| state.place = Some(place));
    }

    /// Sends chunks of events over several connections to whichever server runs, each until it is
    /// answered.
    fn send(&self, chunks: Vec<Vec<usize>>) {
        let chunks = Mutex::new(VecDeque::from(chunks));
        thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let _ends = EndsWhereItFails(self);
                    loop {
                        let Some(place) = self.wait_for_place() else { return };
                        let Some(chunk) = chunks.lock().unwrap().pop_front() else { return };
                        if !self.send_chunk(&place, &chunk) {
                            chunks.lock().unwrap().push_back(chunk);
                        }
                    }
                });
            }
        });
    }

    /// Sends a chunk once; whether it is done.
    fn send_chunk(&self, (url, token): &(String, String), chunk: &[usize]) -> bool {
        let events: Vec<&Value> = chunk.iter().map(|place| &self.events[*place]).collect();
        let body = json!({ "events": events }).to_string();
        let answer = ask("POST", &format!("{url}/v1/events"), token, Some(&body));
        let Ok((status, answer)) = answer else { return false };
        assert_eq!(status, 200, "{answer}");
        let results = answer["results"].as_array().unwrap();
        let word = |result: &Value| result["outcome"].as_str().unwrap().to_owned();
        let outcomes: Vec<String> = results.iter().map(word).collect();
        assert_eq!(outcomes.len(), chunk.len(), "{answer}");
        let is_done = outcomes.iter().all(|word| word != "retry");
        let each = chunk.iter().copied().zip(outcomes).filter(|(_, word)| word != "retry");
        self.change(|state| {
            state.answered.extend(each);
            state.answers += 1;
        });
        is_done
    }
}

/// Ends a stream where the test fails: it would be sent for ever to a server that is not there.
struct EndsWhereItFails<'a>(&'a Stream<'a>);

impl Drop for EndsWhereItFails<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.change(|state| state.is_over = true);
        }
    }
}

/// Looks whether what was answered is there.
fn is_there(server: &Server, event: &Value, outcome: &str, parked: &[String]) {
    let text = |name: &str| event["detail"]["data"][name].as_str().unwrap_or_default();
    if ["conflict", "parked"].contains(&outcome) {
        let id = event["detail"]["metadata"]["id"].as_str().unwrap();
        assert!(parked.iter().any(|one| one == id), "{outcome} was answered, and it is not parked");
        return;
    }
    let order = || server.get(&format!("/v1/orders/{}", text("order_id")));
    let told = |there: bool, shown: &Value| {
        assert!(there, "{outcome} was answered to {event}, and there is {shown}");
    };
    match event["detail-type"].as_str().unwrap() {
        "OrderPaid" => {
            let shown = order();
            told(shown["buyer_id"] == text("buyer_id"), &shown);
            told(shown["state"] != "waiting" || outcome != "created", &shown);
        }
        "OrderRefunded" => {
            let shown = order();
            let refunds = shown["refunds"].as_array().unwrap();
            told(refunds.iter().any(|one| one["refund_id"] == text("refund_id")), &shown);
        }
        "OrderCompleted" => {
            let shown = order();
            told(shown["completed_at"].is_string(), &shown);
        }
        "DistributorRegistered" if outcome != "waiting" => {
            let shown = server.get(&format!("/v1/distributors/{}", text("distributor_id")));
            told(shown["invite_code"].is_string(), &shown);
        }
        _ => {} // A binding is seen in the orders of its buyer, in the end.
    }
}

/// Looks whether what was answered is there, each.
fn look<'a>(server: &Server, events: &[Value], answered: impl Iterator<Item = &'a Answered>) {
    let parked: Vec<String> = parked(server).into_iter().map(|(id, _)| id).collect();
    for (place, outcome) in answered {
        is_there(server, &events[*place], outcome, &parked);
    }
}

/// The orders of which something was answered and taken.
fn orders<'a>(events: &'a [Value], answered: &[Answered]) -> BTreeSet<&'a str> {
    let taken =
        answered.iter().filter(|(_, word)| !["conflict", "parked"].contains(&word.as_str()));
    taken.filter_map(|(place, _)| events[*place]["detail"]["data"]["order_id"].as_str()).collect()
}

/// Chunks of chance, of so many on the average, in the order of the events.
fn chunks(places: Range<usize>, average: u8, dice: &mut fastrand::Rng) -> Vec<Vec<usize>> {
    let mut chunks: Vec<Vec<usize>> = Vec::new();
    for place in places {
        match chunks.last_mut().filter(|_| dice.u8(0..average) > 0) {
            Some(last) => last.push(place),
            None => chunks.push(vec![place]),
        }
    }
    chunks
}

/// Looks a while for a moment at which something is being posted: it takes a small part of the time
/// of a server, and what is lost in it is lost for good. Of batches that are being handled each
/// counts as one.
fn look_for_posting(server: &Server) {
    let connections = u64::try_from(CONNECTIONS).unwrap();
    let is_posting = |_: &i32| {
        let health = server.get("/v1/health");
        health["unposted"].as_u64().is_some_and(|unposted| unposted > connections)
    };
    (0..LOOKS).find(is_posting);
}

/// Kills the server after so many answers and a while, and starts it again, each time; and looks
/// whether what was answered is there. Gives the last server.
fn kill(
    folder: &Path,
    people: &[String],
    stream: &Stream<'_>,
    moments: Vec<usize>,
    dice: &mut fastrand::Rng,
) -> Server {
    let _ends = EndsWhereItFails(stream);
    let mut server = Server::start(folder);
    stream.serve_at(&server);
    let (mut looked_at, mut counted) = (0, 0);
    for moment in moments {
        let is_over = stream.wait(|state| state.answers >= moment).is_over;
        assert!(!is_over, "the events are sent until it is killed for the last time");
        if dice.bool() {
            look_for_posting(&server);
        }
        let most = 1 << dice.u32(0..=SPIN_BITS_MAX);
        let spin = dice.u32(0..most);
        (0..spin).for_each(|_| std::hint::spin_loop());
        drop(server);
        let answered = stream.change(|state| {
            state.place = None;
            state.answered.clone()
        });
        server = Server::start(folder);
        let is_quiet = dice.bool();
        if !is_quiet {
            stream.serve_at(&server);
        }
        let (earlier, fresh) = answered.split_at(looked_at);
        let sample = (0..SAMPLE.min(earlier.len())).map(|_| &earlier[dice.usize(0..earlier.len())]);
        look(&server, stream.events, sample.chain(fresh));
        looked_at = answered.len();
        if is_quiet {
            // Before anything is sent again, which would post it again too.
            server.settle();
            check_counted(&server, people, orders(stream.events, &answered[counted..]));
            counted = answered.len();
            stream.serve_at(&server);
        }
    }
    server
}

/// What the reference makes of a story.
fn reference(story: &Story) -> Ledger {
    let plan: Value = serde_json::from_str(EXAMPLE_PLAN).unwrap();
    // Everybody wishes for a code.
    let mut ledger = Ledger::new(&plan, "0.30", |_, id, _| unreachable!("{id} has no code"));
    for event in story.first.iter().chain(&story.second) {
        let id = event["detail"]["metadata"]["id"].as_str().unwrap();
        if !story.malformed.iter().any(|malformed| malformed == id) {
            ledger.take(event);
        }
    }
    ledger.post();
    ledger
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn a_stream_survives_being_killed_many_times() {
    let seed = number("UPLINE_SEED").unwrap_or_else(|| fastrand::u64(..));
    let kills = number("UPLINE_KILLS").map_or(KILLS, |kills| kills.try_into().unwrap());
    println!("killed {kills} times; to play it again: UPLINE_SEED={seed} UPLINE_KILLS={kills}");
    let story = Story::of(seed, ORDERS * kills);
    let events = [story.first.as_slice(), &story.second].concat();
    let dice = &mut fastrand::Rng::with_seed(seed);
    let first = chunks(0..story.first.len(), 4, dice);
    let second = chunks(story.first.len()..events.len(), 4, dice);
    // The last when all is answered: nothing touches again what is being posted then.
    let all = first.len() + second.len();
    let mut moments: Vec<usize> = (1..kills).map(|_| dice.usize(0..all)).chain([all]).collect();
    moments.sort_unstable();

    let folder = tempfile::tempdir().unwrap();
    let stream = Stream::of(&events);
    let server = thread::scope(|scope| {
        let sending = scope.spawn(|| {
            stream.send(first);
            stream.send(second);
        });
        let server = kill(folder.path(), &story.people, &stream, moments, dice);
        sending.join().unwrap();
        server
    });
    server.settle();
    let ledger = reference(&story);
    assert!(ledger.balances().len() > 10, "somebody earned");
    compare(&server, &story, &ledger);

    let answered = stream.change(|state| std::mem::take(&mut state.answered));
    assert!(answered.len() >= events.len(), "all of it was answered");
    stream.send(chunks(0..events.len(), 100, dice));
    let again = stream.change(|state| state.answered.clone());
    let is_new = |(_, outcome): &&Answered| outcome == "created";
    assert_eq!(again.iter().find(is_new), None, "all of it was there before");
    server.settle();
    compare(&server, &story, &ledger);
}

//! `kill -9` in the middle of a stream of events from several connections, many times. What was not
//! answered is sent again, as a shop would; the outcome is that of a run without a kill.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};
use upline_contract::plan::EXAMPLE_PLAN;
use upline_testkit::events::{bound, completed, paid, refunded, registered, registered_under};
use upline_testkit::{World, run};

use crate::harness::{Server, ask};

const DISTRIBUTORS: usize = 10;
const BUYERS: usize = 20;
const ORDERS: usize = 200;
const CONNECTIONS: usize = 3;
const CHUNK: usize = 7;
const KILLS: usize = 6;

fn story() -> Vec<Value> {
    let mut events = Vec::new();
    for n in 0..ORDERS {
        let (order, buyer) = (format!("o{n}"), format!("b{}", n % BUYERS));
        let amount = format!("{}.{:02}", 10 + n, n % 100);
        events.push(paid(&order, &buyer, &amount, &format!("2026-11-{:02}T00:00:00Z", 10 + n % 9)));
        if n % 3 == 0 {
            let back = format!("{}.5", 1 + n % 12);
            events.push(refunded(&order, "r", &back, "2026-11-20T00:00:00Z"));
        }
        if n % 2 == 0 {
            events.push(completed(&order, "2026-11-21T00:00:00Z"));
        }
    }
    // Those whom the orders wait for come among them.
    let at = "2026-11-01T00:00:00Z";
    for n in 0..DISTRIBUTORS {
        let id = format!("d{n}");
        events.insert(
            n * 20,
            if n == 0 {
                registered(&id, at)
            } else {
                registered_under(&id, &format!("d{}", n / 2), at)
            },
        );
    }
    for n in 0..BUYERS {
        events.insert(n * 11, bound(&format!("b{n}"), &format!("d{}", n % DISTRIBUTORS), at));
    }
    events
}

/// Where a server answers, and to what token.
fn place_of(server: Option<&Server>) -> (String, String) {
    let server = server.unwrap();
    (server.url.clone(), server.token.clone())
}

/// Everything that people are shown of the story.
type Shown = BTreeMap<String, Value>;

fn shown(server: &Server) -> Shown {
    let orders = (0..ORDERS).map(|n| format!("/v1/orders/o{n}"));
    let people = (0..DISTRIBUTORS).flat_map(|n| {
        ["", "/balance", "/days?limit=100"].map(|what| format!("/v1/distributors/d{n}{what}"))
    });
    orders.chain(people).map(|path| (path.clone(), server.get(&path))).collect()
}

/// Sends all events over several connections to whichever server runs, each chunk until it is
/// answered.
fn stream(events: &[Value], place: &Mutex<(String, String)>, answered: &AtomicUsize) {
    let chunks: VecDeque<&[Value]> = events.chunks(CHUNK).collect();
    let chunks = Mutex::new(chunks);
    thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                loop {
                    let Some(chunk) = chunks.lock().unwrap().pop_front() else { return };
                    let body = json!({ "events": chunk }).to_string();
                    let (url, token) = place.lock().unwrap().clone();
                    let answer = ask("POST", &format!("{url}/v1/events"), &token, Some(&body));
                    let done = answer.is_ok_and(|(status, answer)| {
                        assert_eq!(status, 200, "{answer}");
                        answer["results"].as_array().unwrap().iter().all(is_taken)
                    });
                    if done {
                        answered.fetch_add(1, Ordering::SeqCst);
                    } else {
                        chunks.lock().unwrap().push_back(chunk);
                        thread::yield_now();
                    }
                }
            });
        }
    });
}

/// Whether an event is done; it is to be sent again otherwise.
fn is_taken(result: &Value) -> bool {
    let outcome = result["outcome"].as_str().unwrap();
    assert!(["created", "exists", "waiting", "retry"].contains(&outcome), "{result}");
    outcome != "retry"
}

#[test]
fn a_stream_survives_being_killed_many_times() {
    let events = story();
    let folder = tempfile::tempdir().unwrap();
    let mut server = Some(Server::start(folder.path()));
    let place = Mutex::new(place_of(server.as_ref()));
    let answered = AtomicUsize::new(0);
    let chunks = events.len().div_ceil(CHUNK);
    let mut kills = 0;
    thread::scope(|scope| {
        let sending = scope.spawn(|| stream(&events, &place, &answered));
        while !sending.is_finished() {
            let due = (kills + 1) * chunks / (KILLS + 2);
            if kills < KILLS && answered.load(Ordering::SeqCst) >= due {
                drop(server.take());
                server.replace(Server::start(folder.path()));
                *place.lock().unwrap() = place_of(server.as_ref());
                kills += 1;
            }
            thread::yield_now();
        }
    });
    assert_eq!(kills, KILLS, "it was killed in the middle");
    let server = server.unwrap();
    server.settle();
    let killed = shown(&server);
    drop(server);

    let quiet = tempfile::tempdir().unwrap();
    let server = Server::start(quiet.path());
    let place = Mutex::new(place_of(Some(&server)));
    stream(&events, &place, &AtomicUsize::new(0));
    server.settle();
    for (path, without) in shown(&server) {
        assert_eq!(killed[&path], without, "{path} is the same as without a kill");
    }
    assert_eq!(balances(&killed), expected(&events), "and as in one process without a server");
}

/// The balances that were shown, by distributor.
fn balances(shown: &Shown) -> Vec<Vec<(String, String)>> {
    let one = |n| {
        let balances = &shown[&format!("/v1/distributors/d{n}/balance")]["balances"];
        let due = balances[0]["due"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap_or("0.00").to_owned();
        let due = due.map(|due| (text(&due["date"]), text(&due["amount"])));
        due.chain([("pending".to_owned(), text(&balances[0]["pending"]))]).collect()
    };
    (0..DISTRIBUTORS).map(one).collect()
}

/// The balances that the same events, in one order and without a server, give.
fn expected(events: &[Value]) -> Vec<Vec<(String, String)>> {
    run(async {
        let world = World::with_plan_under(EXAMPLE_PLAN, "cn").await;
        world.send_all(events).await;
        let mut all = Vec::new();
        for n in 0..DISTRIBUTORS {
            let balances = world.balances(&format!("d{n}")).await;
            let one = balances.first();
            let text =
                |amount: upline_domain::money::SignedMoney| amount.text("CNY".parse().unwrap());
            let due = one.into_iter().flat_map(|one| &one.due);
            let mut standing: Vec<_> =
                due.map(|(date, due)| (date.to_string(), text(*due))).collect();
            standing
                .push(("pending".to_owned(), text(one.map(|one| one.pending).unwrap_or_default())));
            all.push(standing);
        }
        assert!(all.iter().flatten().any(|(_, amount)| amount != "0.00"), "somebody earned");
        all
    })
}

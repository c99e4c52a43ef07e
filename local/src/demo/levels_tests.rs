//! The first months of the demo, held against the reference ledger: who is given which level and
//! from when, and what everybody earns by it, with a night at their end that brings in what never
//! came before.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use upline_contract::answer::{Balance, Balances, Distributor};
use upline_contract::plan::{EXAMPLE_PLAN, Policy};
use upline_domain::bind::invite_code;
use upline_testkit::reference::{Ledger, Standing};
use upline_testkit::told::minor;

use super::story::Night;
use super::*;

/// By then some have risen to each level, and some have fallen.
const UNTIL: &str = "1997-03-01T00:00:00Z";

type History = Vec<(Timestamp, String)>;
type Books = BTreeMap<(String, String), Standing>;

fn code(tenant: &str, distributor: &str, tried: u8) -> String {
    invite_code(&tenant.parse().unwrap(), &distributor.parse().unwrap(), tried).to_string()
}

/// The same nights by the reference ledger.
fn told_independently(nights: &[Night<'_>]) -> Ledger {
    let plan = serde_json::from_str(EXAMPLE_PLAN).unwrap();
    let mut ledger = Ledger::new(&plan, "0.30", code);
    for night in nights {
        for message in night.messages {
            let event = serde_json::from_str(&message.text).unwrap();
            let taken = ledger.take(&event);
            assert!(["created", "waiting"].contains(&taken.word), "{taken:?}: {event}");
        }
        ledger.night(night.at, SignedDuration::ZERO);
    }
    ledger
}

fn history(client: &Client, id: &str) -> History {
    let shown: Distributor = client.get(&format!("/v1/distributors/{id}")).unwrap();
    let levels = shown.levels.unwrap().into_iter();
    levels.map(|held| (held.from.parse().unwrap(), held.value)).collect()
}

fn books(client: &Client, id: &str, books: &mut Books) {
    let shown: Balances = client.get(&format!("/v1/distributors/{id}/balance")).unwrap();
    for Balance { currency, pending, due, settled, .. } in shown.balances {
        assert_eq!(settled, "0.00", "{id}");
        let due = due.iter().map(|due| (due.date.parse().unwrap(), minor(&due.amount)));
        let due = due.filter(|(_, amount)| *amount != 0).collect();
        let standing = Standing { pending: minor(&pending), due };
        if standing != Standing::default() {
            books.insert((id.to_owned(), currency), standing);
        }
    }
}

/// How often somebody goes from one level to another.
fn steps(histories: &BTreeMap<&str, History>, from: &str, to: &str) -> usize {
    let held = |history: &History| -> Vec<String> {
        let given = history.iter().map(|(_, level)| level.clone());
        std::iter::once("bronze".to_owned()).chain(given).collect()
    };
    let is = |pair: &[String]| pair[0] == from && pair[1] == to;
    histories.values().map(|one| held(one).windows(2).filter(|pair| is(pair)).count()).sum()
}

/// The process has one clock of the demo, so this is the one test that plays it.
#[test]
fn levels_and_balances_of_the_demo_are_those_of_an_independent_calculation() {
    let purchases = log::purchases().unwrap();
    let world = world::grow(&purchases).unwrap();
    let mut story = story::tell(&world, &purchases);
    let until: Timestamp = UNTIL.parse().unwrap();
    story.messages.retain(|message| message.arrives_at < until);
    let plan = PlanChoice::example(Policy::named("cn").unwrap());
    let all: Vec<String> = story.messages.iter().map(|message| message.text.clone()).collect();
    let withheld = night::withhold(&mut story, &check_plan(&plan).unwrap().timezone).unwrap();
    let nights = story.nights(1);
    let mut ledger = told_independently(&nights);
    let sent: BTreeSet<&str> = story.messages.iter().map(|one| one.text.as_str()).collect();
    for late in all.iter().filter(|text| !sent.contains(text.as_str())) {
        let taken = ledger.take(&serde_json::from_str(late).unwrap());
        assert_eq!(taken.word, "created", "{taken:?}: {late}");
    }

    clock::forward(story.messages[0].arrives_at);
    let options = engine::Options { data: Data::Memory, port: 0, plan, clock: clock::now };
    let runtime = runtime().unwrap();
    let running = runtime.block_on(engine::start(options)).unwrap();
    let client = Client::new(&running.url, &admin(&running.keys).unwrap()).unwrap();
    let played = play::play(&client, &story, &nights, Form::Json).unwrap();
    assert!(played.refused.is_empty(), "{:?}", played.refused);
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("night.html");
    let night = night::hold(&client, withheld, page.clone()).unwrap();
    night.verdict().unwrap();
    assert!(std::fs::read_to_string(page).unwrap().contains(night.day()));

    let (mut histories, mut balances) = (BTreeMap::new(), Books::new());
    let people = world.distributors.iter().filter(|one| one.registered_at < until);
    for one in people {
        let id = one.id.as_str();
        let shown = history(&client, id);
        assert_eq!(shown, ledger.levels(id), "{id}");
        histories.insert(id, shown);
        books(&client, id, &mut balances);
    }
    runtime.block_on(running.stop()).unwrap();
    assert_eq!(balances, ledger.balances());

    let step = |from, to| steps(&histories, from, to);
    assert!(step("bronze", "silver") > 30, "{histories:?}");
    assert!(step("silver", "gold") > 3 && step("silver", "bronze") > 3, "{histories:?}");
    let raised = step("bronze", "silver") + step("bronze", "gold") + step("silver", "gold");
    let lowered = step("gold", "silver") + step("gold", "bronze") + step("silver", "bronze");
    let counted = (usize::try_from(played.raised), usize::try_from(played.lowered));
    assert_eq!(counted, (Ok(raised), Ok(lowered)));
}

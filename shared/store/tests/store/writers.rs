//! Every conditional write of the store, with two and with twenty writers at once: all with the
//! same fact, all with another one under the same id, and one who read before another wrote. One
//! fact stands, whole, and nothing of a loser's; and each condition, taken out, is missed.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::{BoxFuture, join_all};
use upline_store::keys::{self, Key};
use upline_store::{Attempt, CompilePlan, Item, Store, StoreError};
use upline_testkit::{now, run};

use crate::by_check::BY_CHECK;
use crate::by_hand::BY_HAND;
use crate::by_run::BY_RUN;
use crate::each::judge_each;
use crate::meeting::{Meeting, Pace};
use crate::table::{TABLE, Table, read_plan};
use crate::values::{id, paid};
use crate::writes::{WRITES, at_the_edge, read_other_plan};

/// One way to write something that only one of many may write.
pub(crate) struct Write {
    pub(crate) name: &'static str,
    /// What the source calls for it, as `file function: condition`.
    pub(crate) calls: &'static [&'static str],
    /// The conditions of the requests, as the table is sent them, that are missed if taken out.
    pub(crate) conditions: &'static [&'static str],
    pub(crate) given: for<'a> fn(&'a Table) -> BoxFuture<'a, ()>,
    /// Writes a fact, by its number; says what it came to.
    pub(crate) write: for<'a> fn(&'a Table, &'a Store, u64) -> BoxFuture<'a, String>,
    /// What the one whose fact stands hears, one who comes with the same, and with another.
    pub(crate) heard: [&'static str; 3],
    pub(crate) stands: Stands,
}

/// Every conditional write.
fn all() -> impl Iterator<Item = &'static Write> {
    WRITES.iter().chain(BY_HAND).chain(BY_CHECK).chain(BY_RUN)
}

/// Which fact stands in the end, and what of it is held against a table where it was alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// The one that heard so.
    Winner,
    /// The same, as far as the buyer's item says.
    WinnerOfBuyer,
    /// One of them; nobody hears which.
    One,
    /// The newest, however often the books were written.
    Newest,
    /// Each, in the order in which they came.
    Each,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Facts {
    Same,
    Different,
}

impl Facts {
    fn of(self, writer: usize) -> u64 {
        match self {
            Self::Same => 0,
            Self::Different => u64::try_from(writer).unwrap(),
        }
    }
}

fn compile(fact: u64) -> CompilePlan {
    if fact.is_multiple_of(2) { read_plan } else { read_other_plan }
}

/// Which items are compared, and what of them.
fn compared(stands: Stands, mut items: BTreeMap<Key, Item>) -> BTreeMap<Key, Item> {
    match stands {
        Stands::Winner | Stands::One | Stands::Each => {}
        Stands::WinnerOfBuyer => items.retain(|key, _| key.sk == "BUYER"),
        // How often a line and a balance were written depends on who came when.
        Stands::Newest => items.values_mut().for_each(|item| drop(item.remove("n"))),
    }
    items
}

/// The table after one writer wrote a fact, and nobody else.
async fn alone(write: &Write, fact: u64) -> BTreeMap<Key, Item> {
    let table = Table::empty().await;
    (write.given)(&table).await;
    let store = Meeting::default().writer(&table, (0, Pace::Free), compile(fact), None);
    (write.write)(&table, &store, fact).await;
    compared(write.stands, table.items().await)
}

/// Holds what `facts` heard and what stands against what should be.
async fn judge(
    write: &Write,
    facts: &[u64],
    heard: &[String],
    items: BTreeMap<Key, Item>,
) -> Result<(), String> {
    if write.stands == Stands::Each {
        return judge_each(write, facts, heard, &items).await;
    }
    let items = compared(write.stands, items);
    let [created, same, other] = write.heard;
    let winner = match write.stands {
        Stands::Newest => *facts.iter().max().unwrap(),
        Stands::One => {
            for fact in facts.iter().collect::<BTreeSet<_>>() {
                if alone(write, *fact).await == items {
                    return Ok(());
                }
            }
            return Err("no fact stands whole".into());
        }
        Stands::Winner | Stands::WinnerOfBuyer => {
            let Some(first) = heard.iter().position(|word| word == created) else {
                return Err(format!("nobody heard {created}: {heard:?}"));
            };
            facts[first]
        }
        Stands::Each => return Err("each is held against the others".into()),
    };
    let mut want: Vec<&str> =
        facts.iter().map(|fact| if *fact == winner { same } else { other }).collect();
    if let Some(first) = facts.iter().position(|fact| *fact == winner) {
        want[first] = created;
    }
    let mut heard: Vec<&str> = heard.iter().map(String::as_str).collect();
    want.sort_unstable();
    heard.sort_unstable();
    if heard != want {
        return Err(format!("heard {heard:?}, not {want:?}"));
    }
    let alone = alone(write, winner).await;
    let differs = |key: &&Key| items.get(*key) != alone.get(*key);
    let differ: Vec<&Key> = items.keys().chain(alone.keys()).filter(differs).collect();
    if differ.is_empty() { Ok(()) } else { Err(format!("fact {winner} is not alone: {differ:?}")) }
}

/// Many write at once, the first of `order` foremost in each round; how many were refused.
async fn race(
    write: &Write,
    facts: Facts,
    order: &[usize],
    broken: Option<&str>,
) -> Result<Meeting, String> {
    let table = Table::empty().await;
    (write.given)(&table).await;
    let meeting = Meeting::default();
    let numbers: Vec<u64> = order.iter().map(|writer| facts.of(*writer)).collect();
    let writer = |(writer, fact): (&usize, &u64)| {
        let store = meeting.writer(&table, (*writer, Pace::InStep), compile(*fact), broken);
        (*writer, *fact, store)
    };
    let writers: Vec<_> = order.iter().zip(&numbers).map(writer).collect();
    let (table, meets) = (&table, &meeting);
    let heard = join_all(writers.iter().map(async |(writer, fact, store)| {
        let heard = (write.write)(table, store, *fact).await;
        meets.leave(*writer);
        heard
    }));
    let heard = heard.await;
    judge(write, &numbers, &heard, table.items().await).await?;
    Ok(meeting)
}

/// One writes all that they write between the reads and the writes of another.
async fn stale(write: &Write, facts: Facts, broken: Option<&str>) -> Result<Meeting, String> {
    let table = Table::empty().await;
    (write.given)(&table).await;
    let meeting = Meeting::default();
    let [first, late] = [0, 1].map(|writer| facts.of(writer));
    let stale = meeting.writer(&table, (1, Pace::Last), compile(late), broken);
    let fresh = meeting.writer(&table, (0, Pace::Free), compile(first), broken);
    let held = (write.write)(&table, &stale, late);
    let others = async {
        // The stale one reads first, and comes as far as its first write.
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        let heard = (write.write)(&table, &fresh, first).await;
        meeting.leave(0);
        heard
    };
    let (held, other) = futures::future::join(held, others).await;
    let heard = [other, held];
    judge(write, &[first, late], &heard, table.items().await).await?;
    Ok(meeting)
}

/// So many writers in an order that a seed brings about.
fn shuffled(writers: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..writers).collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut order);
    order
}

fn assert_met(write: &Write, meeting: &Meeting, least: usize, case: &str) {
    let refused = meeting.refused();
    let met = write.conditions.is_empty() || refused >= least;
    assert!(met, "{}, {case}: they did not meet, {refused} were refused", write.name);
}

async fn assert_races(writers: usize, seeds: u64) {
    for write in all() {
        for facts in [Facts::Same, Facts::Different] {
            for seed in 0..seeds {
                let case = format!("{writers} writers, {facts:?}, seed {seed}");
                let race = race(write, facts, &shuffled(writers, seed), None).await;
                let meeting = race.unwrap_or_else(|why| panic!("{}, {case}: {why}", write.name));
                assert_met(write, &meeting, writers - 1, &case);
            }
        }
    }
}

#[test]
fn of_two_writers_one_stands_whole() {
    run(assert_races(2, 4));
}

#[test]
fn of_twenty_writers_one_stands_whole() {
    run(assert_races(20, 1));
}

#[test]
fn one_who_read_before_another_wrote_changes_nothing() {
    run(async {
        for write in all() {
            for facts in [Facts::Same, Facts::Different] {
                // The newest stands, and here the stale one has it.
                if write.stands == Stands::Newest && facts == Facts::Different {
                    continue;
                }
                let stale = stale(write, facts, None).await;
                let case = format!("{facts:?}");
                let meeting = stale.unwrap_or_else(|why| panic!("{}, {case}: {why}", write.name));
                assert_met(write, &meeting, 1, &case);
            }
        }
    });
}

/// Every way in which a write without this condition goes wrong.
async fn missed(write: &Write, broken: &str) -> Vec<String> {
    let mut missed = Vec::new();
    for facts in [Facts::Same, Facts::Different] {
        let mut ways = Vec::new();
        ways.push((format!("{facts:?} at once"), race(write, facts, &[0, 1], Some(broken)).await));
        ways.push((format!("{facts:?} stale"), stale(write, facts, Some(broken)).await));
        for (case, way) in ways {
            match way {
                Ok(meeting) => assert!(meeting.broken() > 0, "{}: no {broken}", write.name),
                Err(why) => missed.push(format!("{case}: {why}")),
            }
        }
    }
    missed
}

#[test]
fn each_condition_that_is_taken_out_is_missed() {
    run(async {
        for write in all() {
            for broken in write.conditions {
                let missed = missed(write, broken).await;
                println!("{} without `{broken}`: {missed:#?}", write.name);
                assert!(!missed.is_empty(), "{}: nobody misses {broken}", write.name);
            }
        }
    });
}

/// The sources of a folder and those below it.
fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

/// The conditions that the sources ask for, as `file function: condition`.
fn calls() -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for path in sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // These make conditions, requests and actions; the last has tests of its own.
        if ["change.rs", "table.rs", "actions.rs", "parked.rs"].contains(&name.as_str()) {
            continue;
        }
        let (mut function, source) = (String::new(), std::fs::read_to_string(&path).unwrap());
        for line in source.lines() {
            if let Some((_, rest)) = line.split_once("fn ") {
                function = rest.split(['(', '<']).next().unwrap().to_owned();
            }
            for call in [".when_", ".put_action(", ".delete_action(", ".set_once("] {
                for (at, _) in line.match_indices(call) {
                    let rest = &line[at + 1..];
                    let argument = rest.split(['(', ',', ')']).nth(1).unwrap_or_default();
                    let method = rest.split('(').next().unwrap();
                    calls.insert(format!("{name} {function}: {method} {argument}"));
                }
            }
        }
    }
    calls
}

#[test]
fn every_conditional_write_of_the_sources_is_in_the_table() {
    let tested: BTreeSet<String> =
        all().flat_map(|write| write.calls).map(|call| (*call).to_owned()).collect();
    assert_eq!(calls(), tested, "left: in the sources; right: in the table of writes");
}

/// Twenty writers at the edge of what an order holds: the words they heard, and both counts.
async fn edge(given: (usize, usize), lines: fn(u64) -> usize) -> (usize, [usize; 2]) {
    let meeting = Meeting::default();
    let number = |fact: u64| usize::try_from(fact).unwrap();
    let store =
        |table: &Table, fact| meeting.writer(table, (number(fact), Pace::InStep), read_plan, None);
    let (heard, item) = at_the_edge(given, lines, store, |fact| meeting.leave(number(fact))).await;
    let created = heard.iter().filter(|word| *word == "created").count();
    let refused = heard.iter().filter(|word| *word == "too large").count();
    assert_eq!((created + refused, meeting.refused()), (20, refused));
    let count = |name: &str| item[name].as_n().unwrap().parse().unwrap();
    (created, ["refunds", "refunded_lines"].map(count))
}

#[test]
fn twenty_writers_at_the_edge_take_what_room_there_is_and_no_more() {
    run(async {
        assert_eq!(edge((99, 0), |_| 0).await, (1, [100, 0]));
        assert_eq!(edge((90, 0), |_| 0).await, (10, [100, 0]));
        assert_eq!(edge((100, 0), |_| 0).await, (0, [100, 0]));
        assert_eq!(edge((50, 390), |_| 3).await, (3, [53, 399]));
        assert_eq!(edge((50, 390), |_| 10).await, (1, [51, 400]));
        assert_eq!(edge((50, 391), |_| 10).await, (0, [50, 391]));
        assert_eq!(edge((95, 390), |_| 2).await, (5, [100, 400]), "both at once");
        let (_, [refunds, lines]) = edge((90, 380), |fact| usize::try_from(fact).unwrap()).await;
        assert!(refunds <= 100 && lines <= 400, "{refunds} refunds of {lines} lines");
    });
}

/// A1 is zoe's, and b0 claimed it as theirs and crashed.
async fn claimed_twice() -> Table {
    let table = Table::empty().await;
    crate::writes::attributed(&table).await;
    let mut buyer = table.item(&keys::buyer(&table.tenant, &id("b0"))).await;
    buyer.insert("first_order".into(), AttributeValue::S("A1".into()));
    table.put(buyer).await;
    table
}

#[test]
fn a_claim_of_anothers_order_is_taken_back_and_a_later_claim_is_not() {
    run(async {
        let first = async |table: &Table| {
            table.store().buyer(&table.tenant, &id("b0")).await.unwrap().0.first_order
        };
        let order = paid("A1", "b0", 100_000);
        let table = claimed_twice().await;
        let (attempt, _) =
            table.store().record_payment(&table.tenant, &order, now()).await.unwrap();
        assert_eq!((attempt, first(&table).await), (Attempt::Conflict, None));

        let table = claimed_twice().await;
        let mut later = table.item(&keys::buyer(&table.tenant, &id("b0"))).await;
        later.insert("first_order".into(), AttributeValue::S("A2".into()));
        let store = table.meanwhile(2, move |client| {
            let put = client.put_item().table_name(TABLE).set_item(Some(later.clone()));
            Box::pin(async { drop(put.send().await.unwrap()) })
        });
        let (attempt, _) = store.record_payment(&table.tenant, &order, now()).await.unwrap();
        assert_eq!((attempt, first(&table).await), (Attempt::Conflict, Some(id("A2"))));
    });
}

#[test]
fn an_attribution_is_of_an_order_that_is_there() {
    run(async {
        let table = Table::empty().await;
        crate::writes::waiting(&table).await;
        let key = keys::order(&table.tenant, &id("A1"));
        let gone = key.clone();
        let store = table.meanwhile(3, move |client| {
            let text = |text: &str| AttributeValue::S(text.to_owned());
            let delete = client.delete_item().table_name(TABLE);
            let delete = delete.key("pk", text(&gone.pk)).key("sk", text(&gone.sk));
            Box::pin(async { drop(delete.send().await.unwrap()) })
        });
        let order = paid("A1", "zoe", 10_000);
        let attributed = store.record_payment(&table.tenant, &order, now()).await;
        assert!(matches!(attributed, Err(StoreError::Contended(_))), "{attributed:?}");
        assert!(!table.items().await.contains_key(&key), "half an order is none");
    });
}

//! A stretch of the real orders, damaged in every way in which a shop's list and the table can be,
//! and reconciled day by day. A twin that nothing is done to has an empty report for each day, and
//! in the end both have the same books.
//!
//! What of a refund or a completion is altered in the table, or is not listed, shows on the day of
//! its order's payment alone. No order of this log is refunded or completed on its own day, so that
//! these are tried on made-up orders alone.

mod books;
mod events;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use jiff::civil::Date;
use reconcile::{Begun, run_here};
use serde_json::Value;
use upline_contract::event::{Fact, parse_text};
use upline_contract::job::AskedDay;
use upline_contract::plan::EXAMPLE_PLAN;
use upline_domain::reconcile::{Kind, Outcome};
use upline_domain::time;
use upline_store::{Item, Shown};
use upline_testkit::shop::{Shop, found};
use upline_testkit::{World, run};

use super::dice::Dice;
use super::{log, story, world};

/// By then the first orders are refunded and completed.
const UNTIL: &str = "1997-01-16T00:00:00Z";
/// How many damages of each kind; all at once.
const EACH: usize = 2;
/// Of the damages, where `UPLINE_SEED` does not say another.
const SEED: u64 = 8;
/// Where the plan's days begin.
const ZONE: &str = "Asia/Shanghai";
/// Stands for any.
const ANY: &str = "*";

type Key = (String, String);
type Items = BTreeMap<Key, Item>;

/// By what a difference is told from every other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name([String; 4]);

impl Name {
    fn of(kind: Kind, order: &str, distributor: &str, about: &str) -> Self {
        Self([kind.as_str(), order, distributor, about].map(str::to_owned))
    }

    fn found(shown: &Shown) -> Self {
        let of = &shown.difference;
        let order = of.order.as_ref().map(ToString::to_string).unwrap_or_default();
        let distributor = of.distributor.as_ref().map(ToString::to_string).unwrap_or_default();
        Self::of(of.kind, &order, &distributor, &of.about)
    }

    fn is_of(&self, found: &Self) -> bool {
        self.0.iter().zip(&found.0).all(|(own, other)| own == ANY || own == other)
    }
}

/// One damage: what has to be found, what may be found because of it, and whether it can be
/// repaired without a judgement.
struct Damage {
    what: &'static str,
    must: Vec<Name>,
    may: Vec<Name>,
    is_repairable: bool,
}

/// What is damaged already: no two damages are of one order, or of one distributor's books.
#[derive(Default)]
struct Claimed {
    orders: BTreeSet<String>,
    distributors: BTreeSet<String>,
}

/// An event of the story. Those about people are of no day.
#[derive(Clone)]
struct Told {
    event: Value,
    kind: Option<Kind>,
    order: String,
    about: String,
    day: Option<Date>,
}

/// The stretch, in the order in which it arrives.
fn told() -> Vec<Told> {
    let purchases = log::purchases().unwrap();
    let mut story = story::tell(&world::grow(&purchases).unwrap(), &purchases);
    let (until, zone) = (UNTIL.parse::<Timestamp>().unwrap(), time::zone(ZONE).unwrap());
    story.messages.retain(|message| message.arrives_at < until);
    let read = |message: &story::Message| {
        let event = parse_text(&message.text).unwrap();
        let (kind, order, about) = match &event.fact {
            Fact::Registered(_) | Fact::Bound(_) => (None, String::new(), String::new()),
            Fact::Paid(paid) => (Some(Kind::MissingHere), paid.order.to_string(), String::new()),
            Fact::Refunded { order, id, .. } => {
                (Some(Kind::RefundMissing), order.to_string(), id.to_string())
            }
            Fact::Completed { order, .. } => {
                (Some(Kind::CompletionMissing), order.to_string(), String::new())
            }
        };
        let day = kind.map(|_| time::day(event.fact.time(), &zone));
        Told { event: serde_json::from_str(&message.text).unwrap(), kind, order, about, day }
    };
    story.messages.iter().map(read).collect()
}

/// The shop's own lists, of each day.
type Lists = BTreeMap<Date, Vec<String>>;

fn lists(told: &[Told]) -> Lists {
    let mut lists = Lists::new();
    for one in told {
        if let Some(day) = one.day {
            lists.entry(day).or_default().push(one.event.to_string());
        }
    }
    lists
}

/// Reconciles day by day; all that was found.
async fn reconcile(world: &World, lists: &Lists) -> Vec<Shown> {
    let mut all = Vec::new();
    let mut shop = Shop::new(&world.store);
    for (day, rows) in lists {
        shop.list = Some(rows.clone());
        let (tenant, by) = (world.tenant.clone(), "olga".to_owned());
        let asked = AskedDay { tenant, date: Some(*day), dry_run: false, by };
        let (begun, tallies) = run_here(&world.store, &shop, &asked).await.unwrap();
        let Begun::Run { run, .. } = begun else { panic!("{day} is over") };
        let own = found(&world.store, &world.tenant, *day, run).await;
        let counted: u64 = tallies
            .iter()
            .filter(|(name, _)| name.starts_with("found#"))
            .map(|(_, count)| count)
            .sum();
        assert_eq!(usize::try_from(counted), Ok(own.len()), "{day}: what is told is counted");
        all.extend(own);
    }
    all
}

async fn items(world: &World) -> Items {
    let key = |item: &Item, name: &str| item[name].as_s().unwrap().clone();
    let all = world.items().await.into_iter();
    all.map(|item| ((key(&item, "pk"), key(&item, "sk")), item)).collect()
}

/// Balances, days and lines, without how often each was written, and without zeros.
fn books(items: &Items) -> BTreeMap<Key, BTreeMap<String, AttributeValue>> {
    let is_of_books = |sk: &str| ["BAL#", "DAY#", "LINE#"].iter().any(|part| sk.starts_with(part));
    let own = items.iter().filter(|((pk, sk), _)| pk.starts_with("demo#M#") && is_of_books(sk));
    let plain = |item: &Item| {
        let says = |(name, value): &(&String, &AttributeValue)| {
            let zero = AttributeValue::N("0".to_owned());
            !["n", "ver"].contains(&name.as_str()) && **value != zero
        };
        item.iter().filter(says).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    own.map(|(key, item)| (key.clone(), plain(item))).collect()
}

type Books = BTreeMap<Key, BTreeMap<String, AttributeValue>>;

/// The twin, to which nothing is done.
async fn undamaged(all: &[Told]) -> Books {
    let world = World::with_plan_under(EXAMPLE_PLAN, "cn").await;
    world.send_all(all.iter().map(|one| &one.event)).await;
    let found = reconcile(&world, &lists(all)).await;
    assert!(found.is_empty(), "no damage, and yet: {found:?}");
    books(&items(&world).await)
}

/// By kind of damage: tried, found, repaired.
type Counts = BTreeMap<&'static str, [usize; 3]>;

async fn damaged(all: &[Told]) -> (Books, Counts) {
    let seed = std::env::var("UPLINE_SEED").map_or(SEED, |seed| seed.parse().unwrap());
    println!("seed {seed}");
    let (mut dice, mut claimed) = (Dice::new(seed), Claimed::default());
    let events::Sent { arrive, lists, mut damages } = events::damage(all, &mut dice, &mut claimed);
    let world = World::with_plan_under(EXAMPLE_PLAN, "cn").await;
    world.send_all(&arrive).await;
    let stored = items(&world).await;
    damages.extend(books::damage(&world, (all, &stored), &mut dice, &mut claimed).await);

    let found = reconcile(&world, &lists).await;
    let mut counts = Counts::new();
    for damage in &damages {
        let counted = counts.entry(damage.what).or_default();
        counted[0] += 1;
        for name in &damage.must {
            let own = found.iter().filter(|one| name.is_of(&Name::found(one)));
            let outcomes: BTreeSet<&str> = own.map(|one| one.outcome.as_str()).collect();
            // Seen from another day it may be left: it is repaired in the run of its own.
            let fits = if damage.is_repairable {
                let known = |one: &&str| ["repaired", "left"].contains(one);
                outcomes.contains("repaired") && outcomes.iter().all(known)
            } else {
                outcomes == BTreeSet::from(["left"])
            };
            assert!(fits, "{}: {name:?}, {outcomes:?}", damage.what);
        }
        counted[1] += 1;
        counted[2] += usize::from(damage.is_repairable);
    }
    let explained = |one: &Shown| {
        let mut names = damages.iter().flat_map(|damage| damage.must.iter().chain(&damage.may));
        names.any(|name| name.is_of(&Name::found(one)))
    };
    let strange: Vec<_> = found.iter().filter(|one| !explained(one)).collect();
    assert!(strange.is_empty(), "nobody did this: {strange:#?}");

    let again = reconcile(&world, &lists).await;
    let open: Vec<_> = again.iter().filter(|one| one.outcome != Outcome::Left).collect();
    assert!(open.is_empty(), "a second time there is nothing to repair: {open:#?}");
    for damage in &damages {
        for name in &damage.must {
            let is_told = again.iter().any(|one| name.is_of(&Name::found(one)));
            assert_eq!(is_told, !damage.is_repairable, "{name:?} is told again: {again:#?}");
        }
    }
    (books(&items(&world).await), counts)
}

#[test]
fn every_damage_of_real_orders_is_named_and_what_can_be_is_repaired() {
    let all = told();
    let (twin, (mut books, counts)) = std::thread::scope(|scope| {
        let twin = scope.spawn(|| run(undamaged(&all)));
        let own = run(damaged(&all));
        (twin.join().unwrap(), own)
    });
    // A line that a person has to judge stands where it is, and is counted nowhere.
    books.retain(|(_, sk), _| !sk.ends_with(books::NOBODY));
    for key in twin.keys().chain(books.keys()) {
        assert_eq!(books.get(key), twin.get(key), "{key:?}");
    }
    println!(
        "{} events of {} days; damages, tried, found, repaired:",
        all.len(),
        lists(&all).len()
    );
    for (what, [tried, found, repaired]) in &counts {
        println!("| {what} | {tried} | {found} | {repaired} |");
    }
    let tried: usize = counts.values().map(|[tried, ..]| tried).sum();
    assert_eq!((counts.len(), tried), (26, 26 * EACH), "each is tried: {counts:?}");
}

//! Tested by damage: a world of chance in which nothing is wrong is damaged in a few ways at once,
//! and reconciled.
//!
//! What is held:
//!
//! - Each damage is found by the name that it has to have, and repaired where no judgement is
//!   needed; where one is, it is left. Nothing else is found but what a damage leads to.
//! - A dry run before finds the same, and writes nothing but its report.
//! - Then the books are those of the reference ledger; what was repaired is what it was before,
//!   but for how often it was written; every other item is the same to the byte, but for reports
//!   and the audit. A second run finds what was left, repairs nothing, and writes nothing but its
//!   report.
//!
//! In half of the worlds the run is done as on a bad day (`drive.rs`). To play one again, or many:
//!
//! ```text
//! UPLINE_SEED=17 cargo test --workspace --test it reconciliation::damage -- --nocapture
//! UPLINE_SEED=1000 UPLINE_COUNT=5000 cargo test --workspace --test it reconciliation::damage
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::Date;
use serde_json::Value;
use upline_domain::reconcile::Outcome;
use upline_store::Shown;
use upline_testkit::database::Database;
use upline_testkit::shop::found;
use upline_testkit::{World, now, run};

use super::calm::Calm;
use super::compared::{adds_up, counts, is_report, of_order, plain};
use super::damages::{BOOKS, Claimed, Damage, EVENTS, FACTS, Items, Name, Touch, Write, id_of};
use super::drive::{Asked, Trouble, drive};
use crate::simulation::ending::{Part, pinned};
use crate::simulation::{books, raw};
use crate::worlds::dice::Dice;
use crate::worlds::plan::policy;

/// How many are played where nobody says otherwise.
const COUNT: u64 = 120;
/// How many may fail before it ends.
const FAILURES_MAX: usize = 3;

/// By kind of damage: tried, found, repaired.
type Counts = BTreeMap<&'static str, [u64; 3]>;

/// What is wrong, in words.
type Held = Result<(), String>;

/// A world that is damaged, and how.
struct Played<'a> {
    calm: &'a Calm,
    world: World,
    database: Database,
    damages: Vec<Damage>,
    /// Before it was damaged.
    sound: Items,
    /// How often the list has each row.
    copies: usize,
    dice: Dice,
}

fn items(database: &Database) -> Items {
    let all = database.items().into_values();
    let key = |item: &Value, name: &str| item[name]["S"].as_str().unwrap().to_owned();
    all.map(|item| ((key(&item, "pk"), key(&item, "sk")), item)).collect()
}

impl<'a> Played<'a> {
    /// Lets everything arrive that does, and damages what is stored.
    async fn new(calm: &'a Calm, (world, database): (World, Database), mut dice: Dice) -> Self {
        let mut claimed = Claimed::default();
        let count = *dice.pick(&[0, 1, 1, 2, 3, 5, 8]);
        let mut damages = Vec::new();
        for _ in 0..2 * count {
            if dice.chance(30) {
                let make = *dice.pick(EVENTS);
                damages.extend(make(&mut dice, calm, &mut claimed));
            }
        }
        let (document, policy) = (calm.document.to_string(), policy(calm.policy_rate));
        upline_testkit::plans::publish_first(&world.store, &world.tenant, &document, &policy).await;
        let arrive = arriving(calm, &damages);
        world.send_all(&arrive).await;
        let sound = items(&database);
        while damages.len() < count && dice.chance(95) {
            let damage = if dice.chance(40) {
                let make = *dice.pick(FACTS);
                make(&mut dice, (calm, &sound), &mut claimed)
            } else {
                let make = *dice.pick(BOOKS);
                make(&mut dice, &sound, &mut claimed)
            };
            damages.extend(damage);
        }
        for write in damages.iter().flat_map(|damage| &damage.writes) {
            assert_eq!(database.call(&write.request()).status, 200);
        }
        let copies = *dice.pick(&[1, 1, 1, 1, 1, 1, 1, 40]);
        Self { calm, world, database, damages, sound, copies, dice }
    }

    /// The shop's list of a day.
    fn list(&self, day: Date) -> Vec<String> {
        let unlisted: BTreeSet<&String> =
            self.damages.iter().flat_map(|damage| &damage.unlisted).collect();
        let own = self.calm.on(day).filter(|event| !unlisted.contains(&id_of(event)));
        let beside = self.damages.iter().flat_map(|damage| &damage.beside);
        let beside =
            beside.filter(|(event, is_listed)| *is_listed && self.calm.day_of(event) == Some(day));
        let mut rows: Vec<String> =
            own.chain(beside.map(|(event, _)| event)).map(Value::to_string).collect();
        // The same row as often as somebody exported it.
        rows = vec![rows; self.copies].concat();
        if self.calm.days.first() == Some(&day) {
            rows.extend(self.damages.iter().flat_map(|damage| damage.rows.clone()));
        }
        rows
    }

    /// Reconciles each of the days; all that was found.
    async fn reconcile(&mut self, dry_run: bool, trouble: Trouble) -> Result<Vec<Shown>, String> {
        let mut all = Vec::new();
        for day in self.calm.days.clone() {
            let rows = self.list(day);
            let world = &self.world;
            let asked = Asked { world, day, rows: &rows, dry_run, at: now() };
            for run in drive(&asked, trouble, &mut self.dice).await? {
                let ended = world.store.run(&world.tenant, day, run).await.unwrap().unwrap();
                if ended.finished_at.is_none() {
                    return Err(format!("{day} {run}: all is done, and it is not finished"));
                }
                let found = found(&world.store, &world.tenant, day, run).await;
                adds_up(&ended.summary, &found, &rows)
                    .map_err(|wrong| format!("{day} {run}: {wrong}"))?;
                all.extend(found);
            }
        }
        Ok(all)
    }

    fn names(&self, wanted: impl Fn(&Damage) -> bool) -> impl Iterator<Item = &Name> {
        let damages = self.damages.iter().filter(move |damage| wanted(damage));
        damages.flat_map(|damage| &damage.must)
    }

    /// Everything is found that has to be, and nothing that no damage explains.
    fn are_named(&self, found: &[Shown]) -> Held {
        let found: BTreeSet<Name> = found.iter().map(Name::found).collect();
        let missed: Vec<&Name> =
            self.names(|_| true).filter(|name| !found.iter().any(|one| name.is_of(one))).collect();
        if !missed.is_empty() {
            return Err(format!("not found: {missed:?}, but {found:?}"));
        }
        let explained = |one: &Name| {
            let may = self.damages.iter().flat_map(|damage| damage.must.iter().chain(&damage.may));
            may.into_iter().any(|name| name.is_of(one))
        };
        match found.iter().find(|one| !explained(one)) {
            None => Ok(()),
            Some(one) => Err(format!("nobody did this: {one:?}")),
        }
    }

    /// What can be repaired is, in the run of its day at the latest, and what a person has to judge
    /// is left.
    fn came_to(&self, found: &[Shown]) -> Held {
        let of = |outcome: Outcome| {
            let own = found.iter().filter(move |shown| shown.outcome == outcome);
            own.map(Name::found).collect::<BTreeSet<Name>>()
        };
        let (repaired, left) = (of(Outcome::Repaired), of(Outcome::Left));
        let open =
            found.iter().find(|shown| [Outcome::Found, Outcome::Sent].contains(&shown.outcome));
        if let Some(open) = open {
            return Err(format!("nothing became of {open:?}"));
        }
        for name in self.names(|damage| damage.is_repairable) {
            if !repaired.iter().any(|one| name.is_of(one)) {
                return Err(format!("{name:?} is not repaired: {found:?}"));
            }
        }
        for name in self.names(|damage| !damage.is_repairable) {
            if !left.iter().any(|one| name.is_of(one)) || repaired.iter().any(|one| name.is_of(one))
            {
                return Err(format!("{name:?} is not left: {found:?}"));
            }
        }
        Ok(())
    }

    /// Whether a repair may have changed an item; and whether it then is what it was.
    fn may_change(&self, key: &(String, String), after: &Items) -> Option<bool> {
        let mut may = None;
        for touch in self.damages.iter().flat_map(|damage| &damage.touches) {
            match touch {
                Touch::Item(own) if own == key => may = may.or(Some(true)),
                Touch::Order(order) if of_order(order, key, after) => may = Some(false),
                Touch::Item(_) | Touch::Order(_) => {}
            }
        }
        may
    }

    /// What was repaired is what it was, and nothing else is changed.
    fn is_as_it_was(&self, before: &Items, after: &Items) -> Held {
        for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            if is_report(key) || key.0 == "demo#A" || key.0.starts_with("demo#A#") {
                continue;
            }
            let held = match self.may_change(key, after) {
                Some(false) => true,
                Some(true) => {
                    let plain =
                        |items: &Items| items.get(key).map(plain).filter(|item| counts(key, item));
                    plain(after) == plain(&self.sound)
                }
                None => before.get(key) == after.get(key),
            };
            if !held {
                let [was, is, sound] = [before, after, &self.sound].map(|items| items.get(key));
                return Err(format!("{key:?} was {was:?}\n is {is:?}\n, when sound {sound:?}"));
            }
        }
        Ok(())
    }

    /// The books are those of the reference ledger, with the orders that a person has to judge as
    /// they were.
    fn adds_up(&self, after: &Items) -> Held {
        let mut items = after.clone();
        let left = self.damages.iter().filter(|damage| !damage.is_repairable);
        for write in left.flat_map(|damage| &damage.writes) {
            let key = match write {
                Write::Put(item) => {
                    let part = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
                    (part("pk"), part("sk"))
                }
                Write::Delete(key) => key.clone(),
            };
            match self.sound.get(&key) {
                Some(item) => items.insert(key, item.clone()),
                None => items.remove(&key),
            };
        }
        let mut ledger = self.calm.ledger();
        for ((pk, sk), item) in &items {
            if let (Some(id), Some(attributed)) =
                (pk.strip_prefix("demo#O#").filter(|_| sk == "ORDER"), raw::map(item, "attributed"))
            {
                ledger.pin(id, pinned(attributed));
            }
        }
        let beside = self.damages.iter().flat_map(|damage| &damage.beside).map(|(event, _)| event);
        for event in self.calm.events.iter().chain(beside) {
            ledger.take(event);
        }
        books::check(&Part { tenant: "demo", items: &items }, &ledger)
    }
}

/// What arrives at all, in its order.
fn arriving(calm: &Calm, damages: &[Damage]) -> Vec<Value> {
    let withheld: BTreeSet<&String> = damages.iter().flat_map(|damage| &damage.withheld).collect();
    let own = calm.events.iter().filter(|event| !withheld.contains(&id_of(event)));
    let beside = damages.iter().flat_map(|damage| &damage.beside).map(|(event, _)| event);
    own.chain(beside).cloned().collect()
}

fn play(seed: u64, counts: &Mutex<Counts>) -> Held {
    let world = run(World::without_plan());
    let database = Database::behind(&world.client());
    run(play_over((world, database), seed, counts))
}

async fn play_over(table: (World, Database), seed: u64, counts: &Mutex<Counts>) -> Held {
    let mut dice = Dice::of(seed);
    let calm = Calm::of(&mut dice);
    let trouble = if dice.chance(50) { Trouble::of(&mut dice) } else { Trouble::default() };
    let mut played = Played::new(&calm, table, dice).await;
    let held = Box::pin(held(&mut played, trouble, counts)).await;
    held.map_err(|wrong| {
        let of = |damage: &Damage| format!("{}: {:?}", damage.what, damage.must);
        let damages: Vec<String> = played.damages.iter().map(of).collect();
        format!("{wrong}\n{trouble:?}\n{}", damages.join("\n"))
    })
}

async fn held(played: &mut Played<'_>, trouble: Trouble, counts: &Mutex<Counts>) -> Held {
    let before = items(&played.database);
    let dry = played.reconcile(true, Trouble::default()).await?;
    let in_words = |when: &'static str| move |wrong: String| format!("{when}: {wrong}");
    played.are_named(&dry).map_err(in_words("a dry run"))?;
    let mut after = items(&played.database);
    after.retain(|key, _| !is_report(key));
    if after != before {
        return Err("a dry run changed something".to_owned());
    }
    let found = played.reconcile(false, trouble).await?;
    played.are_named(&found).map_err(in_words("a run"))?;
    played.came_to(&found)?;
    let after = items(&played.database);
    played.is_as_it_was(&before, &after)?;
    played.adds_up(&after)?;
    let again = played.reconcile(false, Trouble::default()).await?;
    let names: BTreeSet<Name> = again.iter().map(Name::found).collect();
    let mut left = played.names(|damage| !damage.is_repairable);
    if let Some(name) = left.find(|name| !names.iter().any(|one| name.is_of(one))) {
        return Err(format!("a second run does not find {name:?}"));
    }
    let first: BTreeSet<Name> = found.iter().map(Name::found).collect();
    let strange =
        again.iter().find(|one| one.outcome != Outcome::Left || !first.contains(&Name::found(one)));
    if let Some(strange) = strange {
        return Err(format!("a second run finds {strange:?}"));
    }
    let mut last = items(&played.database);
    last.retain(|key, _| !is_report(key));
    let changed = last.iter().find(|(key, item)| after.get(*key) != Some(*item));
    if let Some((key, item)) = changed {
        return Err(format!("a second run changed {key:?} to {item}"));
    }
    let mut counts = counts.lock().unwrap();
    for damage in &played.damages {
        let count = counts.entry(damage.what).or_default();
        count[0] += 1;
        count[1] += 1;
        count[2] += u64::from(damage.is_repairable);
    }
    Ok(())
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn every_damage_is_named_and_what_needs_no_judgement_is_repaired() {
    let seed = number("UPLINE_SEED");
    let count = number("UPLINE_COUNT").unwrap_or(if seed.is_some() { 1 } else { COUNT });
    let from = seed.unwrap_or(1);
    let (next, counts, failed) = (AtomicU64::new(from), Mutex::default(), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= from + count || failed.lock().unwrap().len() >= FAILURES_MAX {
                        return;
                    }
                    if let Err(wrong) = play(seed, &counts) {
                        failed.lock().unwrap().push(format!("damage {seed} fails: {wrong}"));
                    }
                }
            });
        }
    });
    let failed: Vec<String> = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let counts: Counts = counts.into_inner().unwrap();
    println!("{count} worlds from {from}; damages, tried, found, repaired:");
    for (what, [tried, found, repaired]) in &counts {
        println!("| {what} | {tried} | {found} | {repaired} |");
    }
    assert!(seed.is_some() || counts.len() == 33, "each is tried: {}", counts.len());
}

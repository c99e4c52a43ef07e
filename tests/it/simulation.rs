//! Whole worlds from one seed: tenants, orders, refunds, changes by hand, arriving in any order and
//! again, at processes that take turns, crash and start anew, over a table that refuses, loses
//! answers and meets transactions. After every request and in the end all has to be as it must.
//!
//! A simulation follows from its seed. To play one again, or many by hand:
//!
//! ```text
//! make simulate SEED=17
//! make simulate SEED=1000 COUNT=20000
//! ```

pub(crate) mod books;
pub(crate) mod ending;
mod levels;
mod listed;
mod mending;
mod options;
pub(crate) mod raw;
mod reconciling;
mod run;
mod script;
mod sent;
mod shrink;
mod turns;
mod watch;
mod work;
mod workers;

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use upline_lambda::read_plan;
use upline_store::Store;
use upline_testkit::database::TABLE;

use options::Options;
use run::{Held, Run, Tally};
use script::{Script, TENANTS};

use ending::Part;

/// How many are played where nobody says otherwise.
const COUNT: u64 = 200;

/// Plays a simulation to its end, and holds what it left against what was sent. A panic of the
/// product is a failure like any other.
fn play(options: &Options, script: &Script, told: &mut Option<Vec<String>>) -> (Held, Tally) {
    let played = catch_unwind(AssertUnwindSafe(|| play_calmly(options, script, told)));
    played.unwrap_or_else(|_| (Err("it panicked".to_owned()), Tally::default()))
}

fn play_calmly(
    options: &Options,
    script: &Script,
    told: &mut Option<Vec<String>>,
) -> (Held, Tally) {
    let mut run = match Run::new(options, script, told.is_some()) {
        Ok(run) => run,
        Err(wrong) => return (Err(wrong), Tally::default()),
    };
    let mut held = run.play();
    let store = Store::new(&run.table.client(), TABLE, read_plan);
    for tenant in TENANTS.into_iter().take(options.tenants) {
        let part = Part { tenant, items: run.table.items() };
        held = held.and_then(|()| {
            ending::check(&part, script).map_err(|wrong| format!("in the end, {tenant}: {wrong}"))
        });
        held = held.and_then(|()| levels::check(&part, run.last_night));
        held = held.and_then(|()| listed::check(&part, &store));
        let own = run.answered.iter().filter(|answered| answered.tenant == tenant);
        held = own.fold(held, |held, one| held.and_then(|()| sent::answer_holds(&part, one)));
    }
    let all = run.reconciled.iter();
    held = all.fold(held, |held, one| held.and_then(|()| reconciling::check(&store, one)));
    held = held.and_then(|()| run.recount());
    if held.is_ok() {
        let mended = mending::check(&mut run, options);
        held = mended.map_err(|wrong| format!("damaged and reconciled: {wrong}"));
        let part = Part { tenant: TENANTS[0], items: run.table.items() };
        held = held.and_then(|()| {
            let checked = ending::check(&part, script);
            checked.map_err(|wrong| format!("once it is reconciled: {wrong}"))
        });
    }
    *told = run.told.take();
    (held, run.tally)
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[test]
fn nothing_breaks_it() {
    let seed = number("UPLINE_SEED");
    let count = number("UPLINE_COUNT").unwrap_or(if seed.is_some() { 1 } else { COUNT });
    let from = seed.unwrap_or(1);
    let (next, total) = (AtomicU64::new(from), Mutex::new(Tally::default()));
    let failed = Mutex::new(None);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= from + count || failed.lock().unwrap().is_some() {
                        return;
                    }
                    let options = Options::of(seed);
                    let script = Script::of(&options);
                    let (held, tally) = play(&options, &script, &mut None);
                    total.lock().unwrap().add(&tally);
                    if let Err(wrong) = held {
                        failed.lock().unwrap().get_or_insert((options, script, wrong));
                    }
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    if let Some((options, script, wrong)) = failed.into_inner().unwrap() {
        let is_shrunk = std::env::var_os("UPLINE_SHRINK").is_none_or(|how| how != "no");
        assert!(is_shrunk, "simulation {} fails: {wrong}", options.seed);
        panic!("{}", shrink::told(&options, &script, &wrong));
    }
    println!("{count} simulations from {from}: {total:?}");
    assert!(total.events > 0, "something happened");
}

#[test]
fn a_seed_plays_the_same_again() {
    for seed in 1..=6 {
        let options = Options::of(seed);
        let script = Script::of(&options);
        let mut told = [Some(Vec::new()), Some(Vec::new())];
        for told in &mut told {
            play(&options, &script, told).0.unwrap();
        }
        let [once, again] = told.map(Option::unwrap);
        assert!(once.len() > 100, "something happened");
        let part = once.iter().zip(&again).position(|(one, other)| one != other);
        assert_eq!(part.map(|part| (&once[part], &again[part])), None, "simulation {seed}");
        assert_eq!(once.len(), again.len());
    }
}

//! A simulation that fails, made as small as it still fails, and told.

use std::fmt::Write;

use super::options::Options;
use super::play;
use super::script::{Script, What};

/// How many simulations are spent on making one smaller.
const TRIES_MAX: usize = 400;
/// How much of what happened is told.
const TOLD_MAX: usize = 120;

/// What is wrong with a simulation: its seed and options, and the shortest history found that still
/// fails.
pub(crate) fn told(options: &Options, script: &Script, wrong: &str) -> String {
    let mut text = format!("simulation {} fails: {wrong}\n", options.seed);
    writeln!(text, "to play it again: make simulate SEED={}", options.seed).unwrap();
    writeln!(text, "{options:?}").unwrap();
    let (options, script) = shrunk(options.clone(), script.clone());
    let mut told = Some(Vec::new());
    let (held, _) = play(&options, &script, &mut told);
    let wrong = held.err().unwrap_or_default();
    writeln!(text, "\nthe smallest found that fails: {wrong}\n{options:?}").unwrap();
    for (tenant, plan) in &script.first {
        writeln!(text, "{tenant} begins with {plan:?}").unwrap();
    }
    for arrival in &script.arrivals {
        let what = match &arrival.what {
            What::Event(event) => event.to_string(),
            What::Change(change) => format!("{change:?}"),
            What::Night => "a night".to_owned(),
            What::Recount(of) => format!("a recount of {of:?}"),
            What::Reconcile(day) => format!("a reconciliation of {day}"),
            What::Forgotten => "the stream forgets".to_owned(),
        };
        writeln!(text, "{} {} {what}", arrival.at, arrival.tenant).unwrap();
    }
    let told = told.unwrap_or_default();
    writeln!(text, "\nwhat happened, the last of {} steps:", told.len()).unwrap();
    for line in told.iter().skip(told.len().saturating_sub(TOLD_MAX)) {
        writeln!(text, "{line}").unwrap();
    }
    text
}

/// Leaves out whatever can be left out so that a simulation still fails: what arrives, by halves
/// and then one by one, and what goes wrong.
fn shrunk(mut options: Options, mut script: Script) -> (Options, Script) {
    let mut tries = 0;
    let mut fails = |options: &Options, script: &Script| {
        tries += 1;
        tries <= TRIES_MAX && play(options, script, &mut None).0.is_err()
    };
    for calmer in calmer(&options) {
        let next = calmer(options.clone());
        if fails(&next, &script) {
            options = next;
        }
    }
    let mut size = script.arrivals.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < script.arrivals.len() {
            let mut without = script.clone();
            let to = (from + size).min(without.arrivals.len());
            without.arrivals.drain(from..to);
            if fails(&options, &without) {
                script = without;
            } else {
                from += size;
            }
        }
        size /= 2;
    }
    (options, script)
}

type Calmer = Box<dyn Fn(Options) -> Options>;

/// One thing less that may go wrong, one after another.
fn calmer(options: &Options) -> Vec<Calmer> {
    let mut all: Vec<Calmer> = vec![
        Box::new(|options| options.quiet()),
        Box::new(|options| Options { crashes: 0, ..options }),
        Box::new(|options| Options { repeats: 0, ..options }),
        Box::new(|options| Options { rewinds: 0, ..options }),
        Box::new(|options| Options { late_pollers: 0, ..options }),
        Box::new(|options| Options { skew_s: 0, ..options }),
        Box::new(|options| Options { processes: 1, ..options }),
        Box::new(|options| Options { pollers: 1, ..options }),
        Box::new(|options| Options { batch_max: 1, ..options }),
        Box::new(|options| Options { clients_retry: false, ..options }),
    ];
    for place in 0..options.fates.len() {
        all.push(Box::new(move |mut options: Options| {
            options.fates[place].1 = 0;
            options
        }));
    }
    all
}

//! Once all is quiet, a few lines, balances and days are damaged; then the days are reconciled by
//! two processes over the table with all its faults. What was damaged has to be found and repaired,
//! and no other line, balance or day may seem wrong, however far behind what is read first.

use std::collections::BTreeSet;
use std::collections::VecDeque;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use jiff::civil::Date;
use upline_domain::ids::TenantId;
use upline_domain::reconcile::{Kind, Outcome};
use upline_lambda::read_plan;
use upline_store::Store;
use upline_testkit::database::TABLE;
use upline_testkit::faulty::Fate;
use upline_testkit::process::Process;
use upline_testkit::shop::{Shop, found};

use super::options::Options;
use super::reconciling::{Job, Worked, jobs, work};
use super::run::{Held, Run};
use super::workers::Clock;
use crate::reconciliation::damages::{BOOKS, Claimed, Damage, Name};

/// A run that takes longer goes round in circles.
const STEPS_MAX: usize = 100_000;
/// How often a part meets faults; then it is let through.
const FAULTS_MAX: usize = 400;

type Reconciler = (Process<Worked>, Option<Job>);

/// Damages the first tenant's part of the table and reconciles it.
///
/// # Errors
///
/// * What is not found, not repaired, or found where nothing is.
pub(crate) fn check(run: &mut Run, options: &Options) -> Held {
    let (mut claimed, mut damages) = (Claimed::default(), Vec::new());
    let sound = run.table.items().clone();
    // A run over a day takes longer than all that was before it: few worlds are damaged.
    let count = if run.dice.chance(10) { run.dice.count(1, 3) } else { 0 };
    for _ in 0..count {
        let make = *run.dice.pick(BOOKS);
        let damage = make(&mut run.dice, &sound, &mut claimed);
        damages.extend(damage.filter(|damage| damage.is_repairable));
    }
    for write in damages.iter().flat_map(|damage: &Damage| &damage.writes) {
        drop(run.table.ask(&write.request(), Fate::Served, |behind| behind));
    }
    run.table.catch_up();
    let days: BTreeSet<Date> = damages.iter().filter_map(|damage| damage.day).collect();
    let store = Store::new(&run.table.client(), TABLE, read_plan);
    let tenant: TenantId = "demo".parse().unwrap();
    let (mut all, mut repaired) = (BTreeSet::new(), BTreeSet::new());
    for day in days {
        reconcile(run, options, day)?;
        let last = upline_testkit::run(store.last_run(&tenant, day)).unwrap().unwrap();
        for shown in upline_testkit::run(found(&store, &tenant, day, last.number)) {
            let name = Name::found(&shown);
            if shown.outcome == Outcome::Repaired {
                repaired.insert(name.clone());
            }
            all.insert(name);
        }
    }
    for name in damages.iter().flat_map(|damage| &damage.must) {
        if !repaired.iter().any(|one| name.is_of(one)) {
            return Err(format!("{name:?} is not repaired: {all:?}"));
        }
    }
    let explained = |one: &Name| {
        let names = damages.iter().flat_map(|damage| damage.must.iter().chain(&damage.may));
        names.into_iter().any(|name| name.is_of(one))
    };
    let drifts = [Kind::LineDrift, Kind::BalanceDrift, Kind::DailyFigureDrift].map(Kind::as_str);
    let mut drifted = all.iter().filter(|one| drifts.contains(&one.kind));
    match drifted.find(|one| !explained(one)) {
        None => Ok(()),
        Some(one) => Err(format!("nobody did this: {one:?}")),
    }
}

/// Does a run over a day to its end.
fn reconcile(run: &mut Run, options: &Options, day: Date) -> Held {
    let retry =
        if options.clients_retry { RetryConfig::standard() } else { RetryConfig::disabled() };
    let process = || Process::new(&run.table.client(), |config| config.retry_config(retry.clone()));
    let mut reconcilers: [Reconciler; 2] = [(process(), None), (process(), None)];
    let mut waiting = VecDeque::from([Job::Begin(day)]);
    let mut faults = 0;
    for _ in 0..STEPS_MAX {
        let who = run.dice.count(0, 1);
        let (process, job) = &mut reconcilers[who];
        if process.is_idle() {
            let Some(next) = waiting.pop_front() else {
                if reconcilers.iter().all(|(process, _)| process.is_idle()) {
                    return Ok(());
                }
                continue;
            };
            if run.dice.chance(10) && matches!(next, Job::Part(_)) && faults < FAULTS_MAX {
                waiting.push_back(next.clone());
                faults += 1;
            }
            *job = Some(next.clone());
            let done = begin_one(process, next, run.clock.clone(), run.dice.chance(20));
            finish(&mut waiting, job, done);
            continue;
        }
        if faults < FAULTS_MAX && run.dice.per_mille(options.crashes) {
            process.crash();
            waiting.extend(job.take());
            run.tally.crashes += 1;
            faults += 1;
            continue;
        }
        let asks = process.asks();
        let nth = run.dice.count(0, asks.len() - 1);
        let request = asks[nth].clone();
        let mut fate = Fate::Served;
        for (other, often) in &options.fates {
            if faults < FAULTS_MAX && other.may_meet(&request) && run.dice.per_mille(*often) {
                fate = *other;
            }
        }
        faults += usize::from(fate != Fate::Served);
        run.tally.faults += usize::from(fate != Fate::Served);
        run.tally.requests += 1;
        let dice = &mut run.dice;
        let (reply, _) = run.table.ask(&request, fate, |behind| dice.count(0, behind));
        let done = process.reply(nth, reply);
        finish(&mut waiting, job, done);
    }
    Err(format!("a run over {day} does not come to its end"))
}

/// Begins a run or a part, with a memory of its own.
fn begin_one(process: &mut Process<Worked>, job: Job, clock: Clock, stops: bool) -> Option<Worked> {
    let store = Store::new(&process.client(), TABLE, read_plan);
    let shop = Shop::new(&store).clocked(move || clock.now());
    let tenant: TenantId = "demo".parse().unwrap();
    process.begin(async move { work(&store, &shop, &tenant, job, stops).await })
}

/// Takes what follows from a piece of work, or puts it back where it failed.
fn finish(waiting: &mut VecDeque<Job>, job: &mut Option<Job>, done: Option<Worked>) {
    match done {
        None => {}
        Some(Err(_)) => waiting.extend(job.take()),
        Some(Ok(next)) => {
            *job = None;
            waiting.extend(jobs(next).map(|(job, _)| job));
        }
    }
}

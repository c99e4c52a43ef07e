//! One simulation: queues, a stream and processes over the faulty table, and a dice that says whose
//! turn it is and what goes wrong.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use upline_domain::ids::TenantId;
use upline_lambda::Outcome;
use upline_store::keys::{SEGMENTS, SHARDS};
use upline_testkit::faulty::{Fate, FaultyTable, Key};
use upline_testkit::request::Request;

use super::options::Options;
use super::reconciling::Job;
use super::script::{Arrival, Change, Script, TENANTS, What};
use super::work::{Message, QUEUES, Segment, Shard, Work};
use super::workers::{Clock, Duty, Worker};
use crate::worlds::dice::Dice;

/// A simulation that takes longer goes round in circles.
const STEPS_MAX: usize = 200_000;
/// How far the index is behind at most.
const INDEX_LAG_MAX: SignedDuration = SignedDuration::from_mins(30);
/// Of how long the stream forgets what was written.
const FORGETS: SignedDuration = SignedDuration::from_mins(10);
/// For how many steps a process stands still at most.
const STALL_STEPS: usize = 40;

/// What was answered to an event.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) tenant: &'static str,
    pub(crate) text: String,
    pub(crate) outcome: Outcome,
}

/// How much was gone through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) events: usize,
    pub(crate) requests: usize,
    pub(crate) faults: usize,
    pub(crate) crashes: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.requests += other.requests;
        self.faults += other.faults;
        self.crashes += other.crashes;
    }
}

/// A simulation under way.
pub(crate) struct Run {
    pub(crate) options: Options,
    pub(crate) dice: Dice,
    pub(crate) clock: Clock,
    pub(crate) table: FaultyTable,
    arrivals: Vec<Arrival>,
    pub(crate) queues: Vec<Vec<Message<String>>>,
    pub(crate) changes: Vec<Message<Change>>,
    pub(crate) nights: Vec<Message<u8>>,
    pub(crate) recounts: Vec<Message<Segment>>,
    pub(crate) reconciles: Vec<Message<Job>>,
    /// Runs over days that were begun amid everything.
    pub(crate) reconciled: BTreeSet<(TenantId, Date, u32)>,
    /// The events that came so far, each with its tenant.
    pub(crate) arrived: Vec<(&'static str, Value)>,
    /// When the index was last known to list all that was written.
    caught_up: Timestamp,
    /// When the last one began.
    pub(crate) last_night: Timestamp,
    pub(crate) dead: Vec<(usize, Message<String>)>,
    pub(crate) shards: Vec<Shard>,
    /// What is written before is in no shard: the stream has lost it by when it is read.
    pub(crate) forgets_until: Timestamp,
    /// Requests whose senders have given up, and which may reach the table yet.
    pub(crate) late: Vec<Request>,
    pub(crate) workers: Vec<(Worker, Option<Work>)>,
    /// By process, at which step it goes on, where others can until then.
    stalled: Vec<usize>,
    steps: usize,
    pub(crate) answered: Vec<Answered>,
    pub(crate) tally: Tally,
    /// What happened, for people; kept where it is asked for.
    pub(crate) told: Option<Vec<String>>,
}

/// What is wrong, in words.
pub(crate) type Held = Result<(), String>;

impl Run {
    /// A world with its plans, in which nothing happened yet.
    pub(crate) fn new(options: &Options, script: &Script, is_told: bool) -> Result<Self, String> {
        let mut arrivals = script.arrivals.clone();
        arrivals.reverse();
        let start = arrivals.last().map_or(Timestamp::UNIX_EPOCH, |first| first.at);
        let clock = Clock::at(start - SignedDuration::from_hours(1));
        let mut run = Self {
            options: options.quiet(),
            dice: Dice::of(options.seed),
            table: FaultyTable::empty(),
            arrivals: Vec::new(),
            queues: QUEUES.map(|_| Vec::new()).into(),
            changes: Vec::new(),
            nights: Vec::new(),
            recounts: Vec::new(),
            reconciles: Vec::new(),
            reconciled: BTreeSet::new(),
            arrived: Vec::new(),
            last_night: start,
            caught_up: start,
            dead: Vec::new(),
            late: Vec::new(),
            shards: (0..options.shards).map(|_| Shard::default()).collect(),
            forgets_until: Timestamp::MIN,
            workers: Vec::new(),
            stalled: Vec::new(),
            steps: 0,
            answered: Vec::new(),
            tally: Tally::default(),
            told: is_told.then(Vec::new),
            clock,
        };
        run.start(options);
        run.stalled = vec![0; run.workers.len()];
        let first = script.first.iter();
        for (tenant, change) in first.filter_map(|(tenant, plan)| Some((tenant, plan.clone()?))) {
            run.changes.push(run.message(tenant, change));
            run.rest()?;
        }
        (run.options, run.arrivals) = (options.clone(), arrivals);
        Ok(run)
    }

    fn start(&mut self, options: &Options) {
        let queues = (0..QUEUES.len()).flat_map(|queue| {
            (0..options.processes)
                .map(move |n| (format!("{} {n}", QUEUES[queue].0), Duty::Queue(queue)))
        });
        let pollers = (0..options.pollers).map(|n| (format!("post-ledger {n}"), Duty::Stream));
        let nights = (0..2).map(|n| (format!("check-upgrades {n}"), Duty::Nights));
        let recounts = (0..2).map(|n| (format!("recount {n}"), Duty::Recounts));
        let reconciles = (0..2).map(|n| (format!("reconcile {n}"), Duty::Reconciles));
        let operators = (0..2).map(|n| (format!("operator {n}"), Duty::Changes));
        let retry =
            if options.clients_retry { RetryConfig::standard() } else { RetryConfig::disabled() };
        // Whoever reconciles draws from a dice of their own: a world in which nobody does is the
        // same with them and without.
        let mut apart = Dice::of(!options.seed);
        let by_hand = queues.chain(pollers).chain(operators);
        let all = by_hand.chain(nights).chain(recounts).chain(reconciles);
        for (name, duty) in all.collect::<Vec<_>>() {
            let dice = if duty == Duty::Reconciles { &mut apart } else { &mut self.dice };
            let most = u64::try_from(options.skew_s * 2).unwrap();
            let skew_s = i64::try_from(dice.number(0, most)).unwrap() - options.skew_s;
            let clock = self.clock.off_by(skew_s);
            let worker = Worker::new((name, duty), &self.table.client(), clock, &retry);
            self.workers.push((worker, None));
        }
    }

    fn message<T>(&self, tenant: &'static str, what: T) -> Message<T> {
        Message { tenant, what, receives: 0, visible_at: self.clock.now() }
    }

    /// Goes on until all has arrived and nothing is left to do; then without faults, with what was
    /// given up taken up again.
    ///
    /// # Errors
    ///
    /// * What may not happen, and did.
    pub(crate) fn play(&mut self) -> Held {
        self.rest()?;
        self.options = self.options.quiet();
        while let Some(request) = self.late.pop() {
            self.serve_late(&request)?;
        }
        for (queue, message) in std::mem::take(&mut self.dead) {
            let again = Message { receives: 0, ..message };
            self.queues[queue].push(again);
        }
        self.rest()?;
        self.last_recount()?;
        self.last_nights()?;
        match self.dead.first() {
            None => Ok(()),
            Some((_, message)) => Err(format!("it is never done with this: {}", message.what)),
        }
    }

    /// Has the levels of a tenant checked, a message for each shard.
    fn night(&mut self, tenant: &'static str) {
        let shards = (0..SHARDS).map(|shard| self.message(tenant, shard));
        let shards: Vec<_> = shards.collect();
        self.nights.extend(shards);
    }

    /// Has the table counted again, a message for each segment.
    fn recount_of(&mut self, of: Option<&'static str>) {
        let segment = |number| self.message(TENANTS[0], Segment { of, number });
        let segments: Vec<_> = (0..SEGMENTS).map(segment).collect();
        self.recounts.extend(segments);
    }

    /// A last recount, which finds whatever the stream forgot, and nothing where it forgot nothing;
    /// and another, which finds nothing.
    fn last_recount(&mut self) -> Held {
        self.table.catch_up();
        let before = self.table.items().clone();
        self.recount_of(None);
        // A table that is larger is read in pages.
        let quiet = std::mem::replace(&mut self.options.fates, vec![(Fate::InPart, 300)]);
        self.rest()?;
        self.options.fates = quiet;
        if self.forgets_until == Timestamp::MIN {
            self.is_as(&before, "a recount of what was posted")?;
        }
        let before = self.table.items().clone();
        self.recount_of(None);
        self.rest()?;
        self.is_as(&before, "a second recount")
    }

    /// Nothing is otherwise than it was.
    fn is_as(&self, before: &Items, what: &str) -> Held {
        let mut after = self.table.items().iter();
        match after.find(|(key, item)| before.get(*key) != Some(*item)) {
            None => Ok(()),
            Some((key, item)) => Err(format!("{what} changed {key:?} to {item}")),
        }
    }

    /// A last night of every tenant, once all that was changed by hand holds; and the same night
    /// again, which changes nothing.
    fn last_nights(&mut self) -> Held {
        // Five minutes after an hour: no clock is off so far that it is another day anywhere.
        let hour_ms = 3_600_000;
        let hour = (self.clock.now().as_millisecond() / hour_ms + 3) * hour_ms;
        self.clock.set(Timestamp::from_millisecond(hour + 5 * 60_000).unwrap());
        self.table.catch_up();
        let tenants: Vec<_> = TENANTS.into_iter().take(self.options.tenants).collect();
        for tenant in &tenants {
            self.night(tenant);
        }
        self.rest()?;
        let before = self.table.items().clone();
        for tenant in &tenants {
            self.night(tenant);
        }
        self.rest()?;
        self.last_night = self.clock.now();
        let is_night = |key: &Key| key.0.ends_with("#L");
        let mut after = self.table.items().iter().filter(|(key, _)| !is_night(key));
        match after.find(|(key, item)| before.get(*key) != Some(*item)) {
            None => Ok(()),
            Some((key, item)) => Err(format!("the same night again changed {key:?} to {item}")),
        }
    }

    /// Everything that ever was in the stream comes once more, and changes nothing.
    ///
    /// # Errors
    ///
    /// * What it changed.
    pub(crate) fn recount(&mut self) -> Held {
        let before = self.table.items().clone();
        for shard in &mut self.shards {
            shard.posted = 0;
        }
        self.rest()?;
        self.is_as(&before, "posting again")
    }

    fn rest(&mut self) -> Held {
        for _ in 0..STEPS_MAX {
            if !self.step()? {
                return Ok(());
            }
        }
        Err(format!("it does not come to rest in {STEPS_MAX} steps"))
    }

    /// One thing happens; whether anything is left to.
    fn step(&mut self) -> Result<bool, String> {
        self.arrive();
        if self.clock.now().duration_since(self.caught_up) > INDEX_LAG_MAX {
            self.table.catch_up();
            self.caught_up = self.clock.now();
        }
        let busy = self.workers.iter().map(|(_, work)| work.is_some());
        let (busy, idle): (Vec<_>, Vec<_>) = busy.enumerate().partition(|(_, is_busy)| *is_busy);
        let (mut busy, mut ready) = (numbers(&busy), numbers(&idle));
        ready.retain(|worker| self.has_work(self.workers[*worker].0.duty));
        self.steps += 1;
        if !ready.is_empty() || busy.iter().any(|worker| self.stalled[*worker] <= self.steps) {
            busy.retain(|worker| self.stalled[*worker] <= self.steps);
        }
        if busy.is_empty() && ready.is_empty() {
            return Ok(self.wait());
        }
        let pause_ms = if self.dice.chance(1) { 20_000 } else { 40 };
        let passed = i64::try_from(self.dice.number(0, pause_ms)).unwrap();
        self.clock.set(self.clock.now() + SignedDuration::from_millis(passed));
        if self.dice.chance(5) && !self.late.is_empty() {
            let request = self.late.swap_remove(self.dice.count(0, self.late.len() - 1));
            self.serve_late(&request)?;
        }
        // One that is under way comes three times as often as one that could begin.
        let turn = self.dice.count(0, busy.len() * 3 + ready.len() - 1);
        match busy.get(turn / 3) {
            Some(worker) if self.dice.per_mille(self.options.crashes) => self.crash(*worker),
            Some(worker) => {
                if self.dice.chance(self.options.stalls) {
                    self.stalled[*worker] = self.steps + self.dice.count(1, STALL_STEPS);
                }
                self.reply(*worker)?;
            }
            None => {
                let worker = ready[turn - busy.len() * 3];
                let is_stream = self.workers[worker].0.duty == Duty::Stream;
                if is_stream && self.dice.chance(self.options.late_pollers) {
                    // Records gather meanwhile.
                    if self.workers.iter().all(|(_, work)| work.is_none()) {
                        self.wait();
                    }
                } else {
                    self.begin(worker)?;
                }
            }
        }
        Ok(true)
    }

    /// Goes on to when something is next to be done; whether anything is.
    fn wait(&mut self) -> bool {
        let next = self.next_due();
        next.inspect(|next| self.clock.set(*next)).is_some()
    }

    /// Puts into the queues what arrived by now.
    fn arrive(&mut self) {
        while self.arrivals.last().is_some_and(|next| next.at <= self.clock.now()) {
            let Some(Arrival { tenant, what, .. }) = self.arrivals.pop() else { return };
            match what {
                What::Change(change) => self.changes.push(self.message(tenant, change)),
                What::Night => self.night(tenant),
                What::Recount(of) => self.recount_of(of),
                What::Reconcile(day) => {
                    self.reconciles.push(self.message(tenant, Job::Begin(day)));
                }
                What::Forgotten => self.forgets_until = self.clock.now() + FORGETS,
                What::Event(event) => {
                    self.tally.events += 1;
                    let of = event["detail-type"].as_str().unwrap_or_default();
                    let queue = QUEUES.iter().position(|(_, takes)| takes.contains(&of)).unwrap();
                    let message = self.message(tenant, event.to_string());
                    self.arrived.push((tenant, event));
                    self.queues[queue].push(message);
                }
            }
        }
    }

    fn has_work(&self, duty: Duty) -> bool {
        let now = self.clock.now();
        match duty {
            Duty::Queue(queue) => self.queues[queue].iter().any(|one| one.visible_at <= now),
            Duty::Changes => self.changes.iter().any(|one| one.visible_at <= now),
            Duty::Nights => self.nights.iter().any(|one| one.visible_at <= now),
            Duty::Recounts => self.recounts.iter().any(|one| one.visible_at <= now),
            Duty::Reconciles => self.reconciles.iter().any(|one| one.visible_at <= now),
            Duty::Stream => self.shards.iter().any(|shard| shard.posted < shard.images.len()),
        }
    }

    /// When something is next to be done.
    fn next_due(&self) -> Option<Timestamp> {
        let queued = self.queues.iter().flatten().map(|message| message.visible_at);
        let changes = self.changes.iter().map(|message| message.visible_at);
        let nights = self.nights.iter().map(|message| message.visible_at);
        let arrives = self.arrivals.last().map(|arrival| arrival.at);
        let recounts = self.recounts.iter().map(|message| message.visible_at);
        let reconciles = self.reconciles.iter().map(|message| message.visible_at);
        let jobs = nights.chain(recounts).chain(reconciles);
        queued.chain(changes).chain(jobs).chain(arrives).min()
    }
}

fn numbers(workers: &[(usize, bool)]) -> Vec<usize> {
    workers.iter().map(|(number, _)| *number).collect()
}

/// The items of a table, by key.
pub(crate) type Items = BTreeMap<Key, Value>;

//! One simulation: queues, a stream and processes over the faulty table, and a dice that says whose
//! turn it is and what goes wrong.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use upline_lambda::{Outcome, retry_delay_s};
use upline_testkit::faulty::{Fate, FaultyTable, Key};
use upline_testkit::process::Reply;
use upline_testkit::request::Request;

use super::options::Options;
use super::script::{Arrival, Change, Script, What};
use super::watch;
use super::workers::{Clock, Done, Duty, Worker};
use crate::worlds::dice::Dice;

/// The acts that are fed by a queue, by the events that each takes.
pub(crate) const QUEUES: [(&str, &[&str]); 4] = [
    ("bind-registration", &["DistributorRegistered", "BuyerBound"]),
    ("calculate-commission", &["OrderPaid"]),
    ("reverse-refund", &["OrderRefunded"]),
    ("complete-order", &["OrderCompleted"]),
];

/// How often a message comes before it goes to the queue of the dead.
const RECEIVES_MAX: u32 = 8;
/// A simulation that takes longer goes round in circles.
const STEPS_MAX: usize = 200_000;

/// What is sent, and how far it is.
#[derive(Clone, Debug)]
struct Message<T> {
    tenant: &'static str,
    what: T,
    receives: u32,
    visible_at: Timestamp,
}

/// A part of the stream: images in the order of their writes, and up to where they are posted.
#[derive(Default)]
struct Shard {
    images: Vec<Value>,
    posted: usize,
}

/// What a process has in hand.
enum Work {
    Messages(usize, Vec<Message<String>>),
    Images { shard: usize, from: usize, to: usize },
    Change(Message<Change>),
}

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
    options: Options,
    dice: Dice,
    clock: Clock,
    pub(crate) table: FaultyTable,
    arrivals: Vec<Arrival>,
    queues: Vec<Vec<Message<String>>>,
    changes: Vec<Message<Change>>,
    dead: Vec<(usize, Message<String>)>,
    shards: Vec<Shard>,
    /// Requests whose senders have given up, and which may reach the table yet.
    late: Vec<Request>,
    workers: Vec<(Worker, Option<Work>)>,
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
            dead: Vec::new(),
            late: Vec::new(),
            shards: (0..options.shards).map(|_| Shard::default()).collect(),
            workers: Vec::new(),
            answered: Vec::new(),
            tally: Tally::default(),
            told: is_told.then(Vec::new),
            clock,
        };
        run.start(options);
        let first = script.first.iter();
        for (tenant, change) in first.filter_map(|(tenant, plan)| Some((tenant, plan.clone()?))) {
            run.changes.push(run.message(tenant, change));
            run.to_rest()?;
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
        let operators = (0..2).map(|n| (format!("operator {n}"), Duty::Changes));
        let retry = match options.clients_retry {
            true => RetryConfig::standard(),
            false => RetryConfig::disabled(),
        };
        for named in queues.chain(pollers).chain(operators).collect::<Vec<_>>() {
            let most = u64::try_from(options.skew_s * 2).unwrap();
            let skew_s = i64::try_from(self.dice.number(0, most)).unwrap() - options.skew_s;
            let clock = self.clock.off_by(skew_s);
            self.workers.push((Worker::new(named, &self.table.client(), clock, &retry), None));
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
        self.to_rest()?;
        self.options = self.options.quiet();
        while let Some(request) = self.late.pop() {
            self.serve_late(&request)?;
        }
        for (queue, message) in std::mem::take(&mut self.dead) {
            let again = Message { receives: 0, ..message };
            self.queues[queue].push(again);
        }
        self.to_rest()?;
        match self.dead.first() {
            None => Ok(()),
            Some((_, message)) => Err(format!("it is never done with this: {}", message.what)),
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
        self.to_rest()?;
        let after = self.table.items();
        let changed = after.iter().find(|(key, item)| before.get(*key) != Some(*item));
        match changed {
            None => Ok(()),
            Some((key, item)) => Err(format!("posting again changed {key:?} to {item}")),
        }
    }

    fn to_rest(&mut self) -> Held {
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
        let busy = self.workers.iter().map(|(_, work)| work.is_some());
        let (busy, idle): (Vec<_>, Vec<_>) = busy.enumerate().partition(|(_, is_busy)| *is_busy);
        let (busy, mut ready) = (numbers(&busy), numbers(&idle));
        ready.retain(|worker| self.has_work(self.workers[*worker].0.duty));
        if busy.is_empty() && ready.is_empty() {
            let Some(next) = self.next_due() else { return Ok(false) };
            self.clock.set(next);
            return Ok(true);
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
            Some(worker) if self.dice.per_mille(self.options.crashes) => self.crash(*worker)?,
            Some(worker) => self.reply(*worker)?,
            None => self.begin(ready[turn - busy.len() * 3])?,
        }
        Ok(true)
    }

    /// Puts into the queues what arrived by now.
    fn arrive(&mut self) {
        while self.arrivals.last().is_some_and(|next| next.at <= self.clock.now()) {
            let Some(Arrival { tenant, what, .. }) = self.arrivals.pop() else { return };
            match what {
                What::Change(change) => self.changes.push(self.message(tenant, change)),
                What::Event(event) => {
                    self.tally.events += 1;
                    let of = event["detail-type"].as_str().unwrap_or_default();
                    let queue = QUEUES.iter().position(|(_, takes)| takes.contains(&of)).unwrap();
                    let message = self.message(tenant, event.to_string());
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
            Duty::Stream => self.shards.iter().any(|shard| shard.posted < shard.images.len()),
        }
    }

    /// When something is next to be done.
    fn next_due(&self) -> Option<Timestamp> {
        let queued = self.queues.iter().flatten().map(|message| message.visible_at);
        let changes = self.changes.iter().map(|message| message.visible_at);
        let arrives = self.arrivals.last().map(|arrival| arrival.at);
        queued.chain(changes).chain(arrives).min()
    }

    /// Gives an idle process something to do.
    fn begin(&mut self, number: usize) -> Held {
        let now = self.clock.now();
        let (worker, in_hand) = &mut self.workers[number];
        let (work, done) = match worker.duty {
            Duty::Queue(queue) => {
                let most = self.dice.count(1, self.options.batch_max);
                let mut batch = Vec::new();
                while batch.len() < most {
                    let Some(message) = take(&mut self.queues[queue], now, &mut self.dice) else {
                        break;
                    };
                    if self.dice.chance(self.options.repeats) {
                        let later = i64::try_from(self.dice.number(0, 120)).unwrap();
                        let visible_at = now + SignedDuration::from_secs(later);
                        self.queues[queue].push(Message { visible_at, ..message.clone() });
                    }
                    batch.push(message);
                }
                let texts = batch.iter().map(|message| message.what.clone()).collect();
                (Work::Messages(queue, batch), worker.handle(texts))
            }
            Duty::Stream => {
                let behind: Vec<usize> = (0..self.shards.len())
                    .filter(|shard| self.shards[*shard].posted < self.shards[*shard].images.len())
                    .collect();
                let shard = *self.dice.pick(&behind);
                let Shard { images, posted } = &self.shards[shard];
                let is_rewound = self.dice.chance(self.options.rewinds);
                let from = if is_rewound { self.dice.count(0, *posted) } else { *posted };
                let most = from + self.dice.count(1, self.options.batch_max);
                let to = images.len().min(most);
                (Work::Images { shard, from, to }, worker.post(&images[from..to]))
            }
            Duty::Changes => {
                let message = take(&mut self.changes, now, &mut self.dice).unwrap();
                let done = worker.change(message.tenant, message.what.clone());
                (Work::Change(message), done)
            }
        };
        *in_hand = Some(work);
        if let Some(told) = &mut self.told {
            told.push(format!(
                "{now} {} begins {}",
                worker.name,
                in_hand.as_ref().unwrap().words()
            ));
        }
        done.map_or(Ok(()), |done| self.finish(number, done))
    }

    /// Replies to one of the requests of a process.
    fn reply(&mut self, number: usize) -> Held {
        let (worker, work) = &mut self.workers[number];
        let asks = worker.process.asks();
        let nth = self.dice.count(0, asks.len() - 1);
        let request = asks[nth].clone();
        let fates = self.options.fates.iter().filter(|(fate, _)| fate.may_meet(&request));
        let met = fates.filter(|(_, often)| self.dice.per_mille(*often)).map(|(fate, _)| *fate);
        let fate = met.collect::<Vec<_>>().first().copied().unwrap_or(Fate::Served);
        let dice = &mut self.dice;
        let (reply, changes) = self.table.ask(&request, fate, |behind| dice.count(0, behind));
        self.tally.requests += 1;
        self.tally.faults += usize::from(fate != Fate::Served);
        if let Some(told) = &mut self.told {
            let word = match &reply {
                Reply::Answer(answer) => answer.word(),
                Reply::Lost => "lost",
            };
            let (now, name, words) = (self.clock.now(), &worker.name, request.words());
            told.push(format!("{now} {name} {words}: {word} ({fate:?})"));
        }
        let tenants = work.as_ref().unwrap().tenants(&self.shards);
        watch::own_keys(&request, &tenants)?;
        self.take_note(changes)?;
        if fate == (Fate::Lost { is_served: false }) && self.dice.chance(50) {
            self.late.push(request);
        }
        let done = self.workers[number].0.process.reply(nth, reply);
        done.map_or(Ok(()), |done| self.finish(number, done))
    }

    /// Ends a process; what it had in hand comes again. What it asked for may be served all the same.
    fn crash(&mut self, number: usize) -> Held {
        self.tally.crashes += 1;
        let (worker, work) = &mut self.workers[number];
        let sent: Vec<_> = worker.process.asks().into_iter().cloned().collect();
        worker.crash();
        let (now, name) = (self.clock.now(), worker.name.clone());
        if let Some(told) = &mut self.told {
            told.push(format!("{now} {name} crashes"));
        }
        match work.take() {
            Some(Work::Messages(queue, batch)) => {
                let again = batch.into_iter().map(|message| message.again(now, 30));
                self.queues[queue].extend(again);
            }
            Some(Work::Change(message)) => self.changes.push(message.again(now, 30)),
            Some(Work::Images { .. }) | None => {}
        }
        let late = sent.into_iter().filter(|_| self.dice.chance(50));
        self.late.extend(late);
        Ok(())
    }

    /// A request reaches the table whose sender has given up.
    fn serve_late(&mut self, request: &Request) -> Held {
        if let Some(told) = &mut self.told {
            told.push(format!("{} somebody who is gone {}", self.clock.now(), request.words()));
        }
        let (_, changes) = self.table.ask(request, Fate::Served, |behind| behind);
        self.take_note(changes)
    }

    /// Holds what a request changed against what may be, and passes it on to the stream.
    fn take_note(&mut self, changes: Vec<upline_testkit::faulty::Change>) -> Held {
        watch::changes(&changes, self.table.items())?;
        for change in changes {
            self.shards.record(change.key, change.after);
        }
        Ok(())
    }

    /// Takes note of what a process came to, and puts back what has to come again.
    fn finish(&mut self, number: usize, done: Done) -> Held {
        let now = self.clock.now();
        let (worker, work) = &mut self.workers[number];
        let name = worker.name.clone();
        let mut tell = |what: String| {
            if let Some(told) = &mut self.told {
                told.push(format!("{now} {name} {what}"));
            }
        };
        match (work.take(), done) {
            (Some(Work::Messages(queue, batch)), Done::Messages(outcomes)) => {
                for (message, outcome) in batch.into_iter().zip(outcomes) {
                    match outcome {
                        Ok(outcome) => {
                            tell(format!("is done: {outcome:?}"));
                            let Message { tenant, what: text, .. } = message;
                            self.answered.push(Answered { tenant, text, outcome });
                        }
                        Err(error) => {
                            tell(format!("has to try again: {error}"));
                            let random = u32::try_from(self.dice.number(0, 1_000)).unwrap();
                            let delay_s = retry_delay_s(message.receives + 1, random);
                            let message = message.again(now, delay_s);
                            if message.receives < RECEIVES_MAX {
                                self.queues[queue].push(message);
                            } else {
                                self.dead.push((queue, message));
                            }
                        }
                    }
                }
            }
            (Some(Work::Images { shard, from, to }), Done::Posted(posted)) => {
                tell(format!("posted {from} to {to} of shard {shard}: {posted:?}"));
                let shard = &mut self.shards[shard];
                if posted.is_ok() && from <= shard.posted {
                    shard.posted = shard.posted.max(to);
                }
            }
            (Some(Work::Change(message)), Done::Changed(changed)) => {
                tell(format!("changed: {changed:?}"));
                let message = message.again(now, 20);
                // One that nobody is there for is given up in the end.
                if !matches!(changed, Ok(Some(_))) && message.receives < 4 * RECEIVES_MAX {
                    self.changes.push(message);
                }
            }
            _ => return Err("a process came to something else than it began".to_owned()),
        }
        Ok(())
    }
}

fn numbers(workers: &[(usize, bool)]) -> Vec<usize> {
    workers.iter().map(|(number, _)| *number).collect()
}

/// Takes any of the messages that may be seen.
fn take<T>(queue: &mut Vec<Message<T>>, now: Timestamp, dice: &mut Dice) -> Option<Message<T>> {
    let seen = queue.iter().enumerate().filter(|(_, one)| one.visible_at <= now);
    let seen: Vec<usize> = seen.map(|(place, _)| place).collect();
    (!seen.is_empty()).then(|| queue.swap_remove(*dice.pick(&seen)))
}

impl<T> Message<T> {
    /// The same, to come again after a while.
    fn again(self, now: Timestamp, delay_s: u32) -> Self {
        let visible_at = now + SignedDuration::from_secs(delay_s.into());
        Self { receives: self.receives + 1, visible_at, ..self }
    }
}

impl Work {
    fn words(&self) -> String {
        match self {
            Self::Messages(_, batch) => {
                let texts = batch.iter().map(|message| message.what.clone());
                texts.collect::<Vec<_>>().join(" and ")
            }
            Self::Images { shard, from, to } => format!("{from} to {to} of shard {shard}"),
            Self::Change(message) => format!("{:?} for {}", message.what, message.tenant),
        }
    }

    /// On whose behalf it is.
    fn tenants<'a>(&'a self, shards: &'a [Shard]) -> BTreeSet<&'a str> {
        match self {
            Self::Messages(_, batch) => batch.iter().map(|message| message.tenant).collect(),
            Self::Change(message) => BTreeSet::from([message.tenant]),
            Self::Images { shard, from, to } => {
                let images = shards[*shard].images[*from..*to].iter();
                let keys = images.filter_map(|image| image["pk"]["S"].as_str());
                keys.filter_map(|pk| pk.split('#').next()).collect()
            }
        }
    }
}

/// The stream of the table.
trait Stream {
    /// Takes note of an item that was written, where it is one that the stream passes on.
    fn record(&mut self, key: Key, image: Option<Value>);
}

impl Stream for Vec<Shard> {
    fn record(&mut self, (pk, sk): Key, image: Option<Value>) {
        let Some(image) = image.filter(|_| ["ORDER", "MEMBER"].contains(&sk.as_str())) else {
            return;
        };
        let hash = pk.bytes().fold(0_usize, |hash, byte| hash * 31 % 1_009 + usize::from(byte));
        let shard = hash % self.len();
        self[shard].images.push(image);
    }
}

/// The items of a table, by key.
pub(crate) type Items = BTreeMap<Key, Value>;

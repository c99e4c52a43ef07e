//! What happens in one turn: a process begins something, is replied to, crashes, or comes to an
//! outcome.

use jiff::SignedDuration;
use serde_json::Value;
use upline_lambda::{Outcome, retry_delay_s};
use upline_store::StoreResult;
use upline_testkit::faulty::{Change, Fate};
use upline_testkit::process::Reply;
use upline_testkit::request::Request;

use super::reconciling::{Job, Worked, happened_at, jobs};
use super::run::{Answered, Held, Run};
use super::watch;
use super::work::{Message, Shard, Stream, Work, take, take_job};
use super::workers::{Done, Duty};

/// How often a message comes before it goes to the queue of the dead.
const RECEIVES_MAX: u32 = 8;

impl Run {
    /// Takes down what happened, where somebody asked for it.
    fn tell(&mut self, what: impl FnOnce(&Self) -> String) {
        if self.told.is_some() {
            let line = format!("{} {}", self.clock.now(), what(self));
            self.told.iter_mut().for_each(|told| told.push(line.clone()));
        }
    }

    /// Gives an idle process something to do.
    pub(crate) fn begin(&mut self, number: usize) -> Held {
        let (work, done) = match self.workers[number].0.duty {
            Duty::Queue(queue) => {
                let batch = self.batch(queue);
                let texts = batch.iter().map(|message| message.what.clone()).collect();
                (Work::Messages(queue, batch), self.workers[number].0.handle(texts))
            }
            Duty::Stream => {
                let (shard, from, to) = self.records();
                let images = &self.shards[shard].images[from..to];
                (Work::Images { shard, from, to }, self.workers[number].0.post(images))
            }
            Duty::Changes => {
                let now = self.clock.now();
                let message = take(&mut self.changes, now, &mut self.dice).unwrap();
                let Message { tenant, what, .. } = message.clone();
                (Work::Change(message), self.workers[number].0.change(tenant, what))
            }
            Duty::Nights => {
                let now = self.clock.now();
                let repeats = self.options.repeats;
                let message = take_job(&mut self.nights, now, &mut self.dice, repeats);
                let Message { tenant, what: shard, .. } = message;
                (Work::Night(message), self.workers[number].0.check(tenant, shard))
            }
            Duty::Recounts => {
                let now = self.clock.now();
                let repeats = self.options.repeats;
                let message = take_job(&mut self.recounts, now, &mut self.dice, repeats);
                let segment = message.what;
                (Work::Recount(message), self.workers[number].0.recount(segment))
            }
            Duty::Reconciles => self.begin_reconciling(number),
        };
        self.tell(|run| format!("{} begins {}", run.workers[number].0.name, work.words()));
        self.workers[number].1 = Some(work);
        done.map_or(Ok(()), |done| self.finish(number, done))
    }

    /// Begins a part of a reconciliation, against the list of what came of its day so far.
    fn begin_reconciling(&mut self, number: usize) -> (Work, Option<Done>) {
        let now = self.clock.now();
        let repeats = self.options.repeats;
        let message = take_job(&mut self.reconciles, now, &mut self.dice, repeats);
        let Message { tenant, what: job, .. } = message.clone();
        let day = match &job {
            Job::Begin(day) => *day,
            Job::Part(part) => part.date,
        };
        let is_listed = |(of, event): &&(&str, Value)| {
            let at = happened_at(event);
            *of == tenant && at.is_some_and(|at| at.starts_with(&day.to_string()))
        };
        let list: Vec<&Value> =
            self.arrived.iter().filter(is_listed).map(|(_, event)| event).collect();
        let stops = self.dice.chance(20);
        let done = self.workers[number].0.reconcile(tenant, (job, stops), &list);
        (Work::Reconcile(message), done)
    }

    /// Takes messages from a queue; some of them come again.
    fn batch(&mut self, queue: usize) -> Vec<Message<String>> {
        let now = self.clock.now();
        let most = self.dice.count(1, self.options.batch_max);
        let mut batch = Vec::new();
        while let Some(message) = take(&mut self.queues[queue], now, &mut self.dice) {
            if self.dice.chance(self.options.repeats) {
                let later = i64::try_from(self.dice.number(0, 120)).unwrap();
                let visible_at = now + SignedDuration::from_secs(later);
                self.queues[queue].push(Message { visible_at, ..message.clone() });
            }
            batch.push(message);
            if batch.len() >= most {
                break;
            }
        }
        batch
    }

    /// Records of a shard that has some that are not posted, some from before: a shard, from, to.
    fn records(&mut self) -> (usize, usize, usize) {
        let is_behind = |shard: &usize| {
            let Shard { images, posted } = &self.shards[*shard];
            *posted < images.len()
        };
        let behind: Vec<usize> = (0..self.shards.len()).filter(is_behind).collect();
        let shard = *self.dice.pick(&behind);
        let Shard { images, posted } = &self.shards[shard];
        let is_rewound = self.dice.chance(self.options.rewinds);
        let from = if is_rewound { self.dice.count(0, *posted) } else { *posted };
        let most = from + self.dice.count(1, self.options.batch_max);
        (shard, from, images.len().min(most))
    }

    /// Replies to one of the requests of a process.
    pub(crate) fn reply(&mut self, number: usize) -> Held {
        let (worker, work) = &self.workers[number];
        let asks = worker.process.asks();
        let nth = self.dice.count(0, asks.len() - 1);
        let request = asks[nth].clone();
        let tenants = work.as_ref().unwrap().tenants(&self.shards);
        watch::own_keys(&request, &tenants)?;
        let fates = self.options.fates.iter().filter(|(fate, _)| fate.may_meet(&request));
        let met = fates.filter(|(_, often)| self.dice.per_mille(*often)).map(|(fate, _)| *fate);
        let fate = met.collect::<Vec<_>>().first().copied().unwrap_or(Fate::Served);
        let dice = &mut self.dice;
        let (reply, changes) = self.table.ask(&request, fate, |behind| dice.count(0, behind));
        self.tally.requests += 1;
        self.tally.faults += usize::from(fate != Fate::Served);
        self.tell(|run| {
            let came = match &reply {
                Reply::Answer(answer) => answer.word(),
                Reply::Lost => "lost",
            };
            format!("{} {}: {came} ({fate:?})", run.workers[number].0.name, request.words())
        });
        self.take_note(changes)?;
        if fate == (Fate::Lost { is_served: false }) && self.dice.chance(50) {
            self.late.push(request);
        }
        let done = self.workers[number].0.process.reply(nth, reply);
        done.map_or(Ok(()), |done| self.finish(number, done))
    }

    /// Ends a process; what it had in hand comes again, and what it asked for may be served yet.
    pub(crate) fn crash(&mut self, number: usize) {
        self.tell(|run| format!("{} crashes", run.workers[number].0.name));
        self.tally.crashes += 1;
        let now = self.clock.now();
        let (worker, work) = &mut self.workers[number];
        let asks: Vec<Request> = worker.process.asks().into_iter().cloned().collect();
        worker.crash();
        match work.take() {
            Some(Work::Messages(queue, batch)) => {
                let again = batch.into_iter().map(|message| message.again(now, 30));
                self.queues[queue].extend(again);
            }
            Some(Work::Change(message)) => self.changes.push(message.again(now, 30)),
            Some(Work::Night(message)) => self.nights.push(message.again(now, 30)),
            Some(Work::Recount(message)) => self.recounts.push(message.again(now, 30)),
            Some(Work::Reconcile(message)) => self.reconciles.push(message.again(now, 30)),
            Some(Work::Images { .. }) | None => {}
        }
        let late = asks.into_iter().filter(|_| self.dice.chance(50));
        self.late.extend(late);
    }

    /// A request reaches the table whose sender has given up.
    pub(crate) fn serve_late(&mut self, request: &Request) -> Held {
        self.tell(|_| format!("somebody who is gone {}", request.words()));
        let (_, changes) = self.table.ask(request, Fate::Served, |behind| behind);
        self.take_note(changes)
    }

    /// Holds what a request changed against what may be, and passes it on to the stream.
    fn take_note(&mut self, changes: Vec<Change>) -> Held {
        watch::changes(&changes, self.table.items())?;
        let is_forgotten = self.clock.now() < self.forgets_until;
        for change in changes.into_iter().filter(|_| !is_forgotten) {
            self.shards.record(change.key, change.after);
        }
        Ok(())
    }

    /// Takes note of what a process came to, and puts back what has to come again.
    fn finish(&mut self, number: usize, done: Done) -> Held {
        let name = self.workers[number].0.name.clone();
        match (self.workers[number].1.take(), done) {
            (Some(Work::Messages(queue, batch)), Done::Messages(outcomes)) => {
                for (message, outcome) in batch.into_iter().zip(outcomes) {
                    self.tell(|_| format!("{name} came to {outcome:?}"));
                    self.finish_message(queue, message, outcome);
                }
            }
            (Some(Work::Images { shard, from, to }), Done::Posted(posted)) => {
                self.tell(|_| format!("{name} posted {from} to {to} of shard {shard}: {posted:?}"));
                let shard = &mut self.shards[shard];
                if posted.is_ok() && from <= shard.posted {
                    shard.posted = shard.posted.max(to);
                }
            }
            (Some(Work::Change(message)), Done::Changed(changed)) => {
                self.tell(|_| format!("{name} changed: {changed:?}"));
                let message = message.again(self.clock.now(), 20);
                // One that nobody is there for is given up in the end.
                if !matches!(changed, Ok(Some(_))) && message.receives < 4 * RECEIVES_MAX {
                    self.changes.push(message);
                }
            }
            (Some(Work::Night(message)), Done::Checked(checked)) => {
                self.tell(|_| format!("{name} checked: {checked:?}"));
                if checked.is_err() {
                    self.nights.push(message.again(self.clock.now(), 20));
                }
            }
            (Some(Work::Recount(message)), Done::Recounted(counted)) => {
                self.tell(|_| format!("{name} counted again: {counted:?}"));
                if counted.is_err() {
                    self.recounts.push(message.again(self.clock.now(), 20));
                }
            }
            (Some(Work::Reconcile(message)), Done::Reconciled(worked)) => {
                self.tell(|_| format!("{name} reconciled: {worked:?}"));
                self.finish_reconciling(message, worked);
            }
            _ => return Err("a process came to something else than it began".to_owned()),
        }
        Ok(())
    }

    fn finish_reconciling(&mut self, message: Message<Job>, worked: Worked) {
        let now = self.clock.now();
        let Ok(next) = worked else { return self.reconciles.push(message.again(now, 20)) };
        for (job, delay) in jobs(next) {
            if let Job::Part(part) = &job {
                self.reconciled.insert((part.tenant.clone(), part.date, part.run));
            }
            let visible_at = now + SignedDuration::try_from(delay).unwrap();
            let tenant = message.tenant;
            self.reconciles.push(Message { tenant, what: job, receives: 0, visible_at });
        }
    }

    fn finish_message(
        &mut self,
        queue: usize,
        message: Message<String>,
        outcome: StoreResult<Outcome>,
    ) {
        match outcome {
            Ok(outcome) => {
                let Message { tenant, what: text, .. } = message;
                self.answered.push(Answered { tenant, text, outcome });
            }
            Err(_) => {
                let random = u32::try_from(self.dice.number(0, 1_000)).unwrap();
                let delay_s = retry_delay_s(message.receives + 1, random);
                let message = message.again(self.clock.now(), delay_s);
                if message.receives < RECEIVES_MAX {
                    self.queues[queue].push(message);
                } else {
                    self.dead.push((queue, message));
                }
            }
        }
    }
}

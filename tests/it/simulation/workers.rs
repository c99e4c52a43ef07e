//! Processes of the product and what each of them does: the real handlers, over a client whose
//! requests wait until the simulation answers them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use check_upgrades::{Counts, check_shard};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use upline_domain::activation::ActivationWish;
use upline_domain::ids::TenantId;
use upline_domain::member::Status;
use upline_domain::schedule::{Lead, Wanted};
use upline_lambda::{Outcome, arrive, each_change, read_images, read_plan, take};
use upline_store::{Activated, Published, Scope, Signed, Standing, Store, StoreResult};
use upline_testkit::plans::draft;
use upline_testkit::process::Process;
use upline_testkit::shop::Shop;
use upline_testkit::{handle, stream};

use super::reconciling::{Job, Worked, work};
use super::script::{Change, Changing};
use super::work::Segment;
use crate::worlds::plan::policy;

/// What a process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Duty {
    /// Messages of the queue of this number.
    Queue(usize),
    /// Records of the stream.
    Stream,
    /// Changes by hand.
    Changes,
    /// Checks of levels.
    Nights,
    /// Recounts of the table.
    Recounts,
    /// Reconciliations of days.
    Reconciles,
}

/// What a piece of work came to.
pub(crate) enum Done {
    /// By message of the batch.
    Messages(Vec<StoreResult<Outcome>>),
    Posted(StoreResult<()>),
    /// Whether the change was made, or cannot be; none where it has to be tried again.
    Changed(StoreResult<Option<String>>),
    Checked(StoreResult<Counts>),
    Recounted(StoreResult<recount::Counts>),
    Reconciled(Worked),
}

/// The clock of a simulation, which all its processes read, each a little off.
#[derive(Clone)]
pub(crate) struct Clock {
    /// In milliseconds.
    time: Arc<AtomicI64>,
    skew: SignedDuration,
}

impl Clock {
    pub(crate) fn at(time: Timestamp) -> Self {
        let time = Arc::new(AtomicI64::new(time.as_millisecond()));
        Self { time, skew: SignedDuration::ZERO }
    }

    pub(crate) fn off_by(&self, skew_s: i64) -> Self {
        Self { time: Arc::clone(&self.time), skew: SignedDuration::from_secs(skew_s) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let time_ms = self.time.load(Ordering::SeqCst);
        Timestamp::from_millisecond(time_ms).unwrap() + self.skew
    }

    pub(crate) fn set(&self, time: Timestamp) {
        self.time.fetch_max(time.as_millisecond(), Ordering::SeqCst);
    }
}

/// A process.
pub(crate) struct Worker {
    pub(crate) name: String,
    pub(crate) duty: Duty,
    pub(crate) process: Process<Done>,
    /// What it remembers is in here, and lost with it.
    store: Store,
    clock: Clock,
}

impl Worker {
    pub(crate) fn new(
        (name, duty): (String, Duty),
        client: &Client,
        clock: Clock,
        retry: &RetryConfig,
    ) -> Self {
        let process = Process::new(client, |config| config.retry_config(retry.clone()));
        let store = Store::new(&process.client(), "upline", read_plan);
        Self { name, duty, process, store, clock }
    }

    /// Ends it where it stands; another is started in its place.
    pub(crate) fn crash(&mut self) {
        self.process.crash();
        self.store = Store::new(&self.process.client(), "upline", read_plan);
    }

    /// Handles messages one after another.
    pub(crate) fn handle(&mut self, texts: Vec<String>) -> Option<Done> {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        self.process.begin(async move {
            let mut outcomes = Vec::new();
            for text in texts {
                let arrived = arrive(clock.now(), None, &text);
                let taken = take(&store, clock.now(), arrived, async |message| {
                    handle(&store, clock.now(), message).await
                });
                outcomes.push(Box::pin(taken).await.map(|taken| taken.outcome));
            }
            Done::Messages(outcomes)
        })
    }

    /// Posts what these images of the stream say.
    pub(crate) fn post(&mut self, images: &[Value]) -> Option<Done> {
        let changes = each_change(&read_images(stream::batch(images)));
        let (store, clock) = (self.store.clone(), self.clock.clone());
        self.process.begin(async move {
            Done::Posted(Box::pin(post_ledger::handle(&store, clock.now(), changes)).await)
        })
    }

    /// Checks the levels of a shard of a tenant.
    pub(crate) fn check(&mut self, tenant: &str, shard: u8) -> Option<Done> {
        let (store, own) = (self.store.clone(), self.clock.clone());
        let tenant: TenantId = tenant.parse().unwrap();
        self.process.begin(async move {
            Done::Checked(Box::pin(night(&store, &own, &tenant, shard)).await)
        })
    }

    /// Counts a segment of the table again.
    pub(crate) fn recount(&mut self, segment: Segment) -> Option<Done> {
        let (store, own) = (self.store.clone(), self.clock.clone());
        self.process
            .begin(async move { Done::Recounted(Box::pin(recounted(&store, &own, segment)).await) })
    }

    /// Does a part of a reconciliation, against the list that the shop has by now.
    pub(crate) fn reconcile(
        &mut self,
        tenant: &str,
        (job, stops): (Job, bool),
        list: &[&Value],
    ) -> Option<Done> {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let shop = Shop::new(&store).listing(list.iter().copied()).clocked(move || clock.now());
        let tenant: TenantId = tenant.parse().unwrap();
        self.process.begin(async move {
            Done::Reconciled(Box::pin(work(&store, &shop, &tenant, job, stops)).await)
        })
    }

    /// Makes a change by hand.
    pub(crate) fn change(&mut self, tenant: &str, change: Change) -> Option<Done> {
        let (store, clock) = (self.store.clone(), self.clock.clone());
        let tenant: TenantId = tenant.parse().unwrap();
        self.process.begin(async move {
            Done::Changed(Box::pin(make(&store, clock.now(), &tenant, change)).await)
        })
    }
}

/// A part of a night after the other, each of a page.
async fn night(store: &Store, own: &Clock, tenant: &TenantId, shard: u8) -> StoreResult<Counts> {
    let (mut counts, mut after) = (Counts::default(), None);
    loop {
        // What is under way is asked for between the requests of one moment.
        let now = own.now();
        let clock = check_upgrades::Clock { now: &|| now, lead: Lead::ManyProcesses };
        let part = check_shard(store, clock, tenant, shard, after.as_deref(), || false).await?;
        counts += part.counts;
        after = part.after;
        if after.is_none() {
            return Ok(counts);
        }
    }
}

/// A part of a recount after the other, each of a page.
async fn recounted(
    store: &Store,
    own: &Clock,
    Segment { of, number }: Segment,
) -> StoreResult<recount::Counts> {
    let tenant: Option<TenantId> = of.map(|tenant| tenant.parse().unwrap());
    let scope = Scope { tenant: tenant.as_ref(), segment: Some(number) };
    let (mut counts, mut after) = (recount::Counts::default(), None);
    loop {
        let now = own.now();
        let part = recount::recount(store, &|| now, scope, after.as_deref(), || false).await?;
        counts += part.counts;
        after = part.after;
        if after.is_none() {
            return Ok(counts);
        }
    }
}

async fn make(
    store: &Store,
    now: Timestamp,
    tenant: &TenantId,
    change: Change,
) -> StoreResult<Option<String>> {
    let signed = Signed { at: now, by: "eve".to_owned(), role: "admin".to_owned(), reason: None };
    let when = Wanted { from: change.from, now, lead: Lead::ManyProcesses };
    let (distributor, standing) = match change.what {
        Changing::Plan { document, policy_rate, rollout } => {
            let (document, policy) = (document.to_string(), policy(policy_rate));
            let published = store.publish(tenant, &draft(&document, &policy), &signed).await?;
            let (Published::Created(version) | Published::Exists(version)) = published else {
                return Ok(Some(format!("{published:?}")));
            };
            let rollout = rollout.map(|rate| rate.parse().unwrap());
            let wish = ActivationWish { version, rollout, when };
            let activated = store.activate(tenant, &wish, &signed).await?;
            assert_ne!(activated, Activated::UnknownVersion, "it was published just now");
            return Ok(Some(format!("{activated:?}")));
        }
        Changing::Level { distributor, level } => {
            (distributor, Standing::Level(level.parse().unwrap()))
        }
        Changing::Status { distributor, status } => {
            (distributor, Standing::Status(Status::from_name(status).unwrap()))
        }
    };
    let distributor = distributor.parse().unwrap();
    let changed = store.change_standing(tenant, &distributor, &standing, &when, &signed).await?;
    let is_unknown = changed == upline_store::Changed::UnknownDistributor;
    Ok((!is_unknown).then(|| format!("{changed:?}")))
}

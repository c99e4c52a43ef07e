//! A run from its beginning to its end, part by part.

use std::collections::{HashSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use upline_contract::job::{AskedDay, DayPart, Job, JobMessage, Stage, Whom};
use upline_domain::ids::TenantId;
use upline_domain::time;
use upline_store::keys::SHARDS;
use upline_store::{Asked, Run, Store, StoreError, Tallies, Touched};

use crate::cursor::Ended;
use crate::{Site, SiteFailed, books, close, orders, tally};

/// What was sent has arrived by then, and is posted.
const UNTIL_ARRIVED: Duration = Duration::from_mins(1);

/// Why a part of a run has to be done again. What of it was done stays done.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileFailed {
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is outside the table did not answer.
    #[error(transparent)]
    Site(#[from] SiteFailed),
}

/// What a run is about.
pub(crate) struct Day<'a, S> {
    pub(crate) store: &'a Store,
    pub(crate) site: &'a S,
    pub(crate) tenant: &'a TenantId,
    pub(crate) date: Date,
    pub(crate) zone: TimeZone,
    pub(crate) run: Run,
    /// Whom this part of the run noted already as touched: an order of theirs more is no news.
    pub(crate) noted: Mutex<HashSet<Touched>>,
}

/// What came of asking for a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It began, or one that was asked for the same was under way.
    Run {
        /// The day.
        date: Date,
        /// Which run over it.
        run: u32,
        /// Its parts to be done.
        next: Vec<Next>,
    },
    /// The day has not begun yet.
    Ahead(Date),
}

/// A message of the job that is to be sent, or done at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// The message.
    pub message: JobMessage,
    /// After which time.
    pub delay: Duration,
}

/// What a part came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// What is to be done next.
    pub next: Vec<Next>,
    /// Of a run that is finished.
    pub finished: Option<Finished>,
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    /// Whether nothing was to be repaired.
    pub dry_run: bool,
    /// What was counted: the summary of its report.
    pub summary: Tallies,
}

/// Begins a run over a day that was asked for; over yesterday where none was named. Days are those
/// of the time zone of the tenant's plan; without a plan, of UTC.
///
/// # Errors
///
/// * [`ReconcileFailed`]: begin again; where it had begun, it is that run.
pub async fn begin<S: Site>(
    store: &Store,
    site: &S,
    asked: &AskedDay,
) -> Result<Begun, ReconcileFailed> {
    let (now, tenant) = (site.now(), &asked.tenant);
    let today = today(store, site, tenant).await?;
    let date = asked.date.unwrap_or_else(|| today.yesterday().unwrap_or(today));
    if date > today {
        return Ok(Begun::Ahead(date));
    }
    let wish = Asked { by: asked.by.clone(), dry_run: asked.dry_run };
    let run = store.begin_run(tenant, date, &wish, now).await?;
    let next = stage(tenant, date, run.number, Stage::Orders, Duration::ZERO);
    Ok(Begun::Run { date, run: run.number, next })
}

/// Which day it is for a tenant: the last that can be reconciled.
///
/// # Errors
///
/// * [`ReconcileFailed`]: nothing is known; ask again.
pub async fn today<S: Site>(
    store: &Store,
    site: &S,
    tenant: &TenantId,
) -> Result<Date, ReconcileFailed> {
    Ok(time::day(site.now(), &zone(store, site, tenant).await?))
}

async fn zone<S: Site>(
    store: &Store,
    site: &S,
    tenant: &TenantId,
) -> Result<TimeZone, ReconcileFailed> {
    let now = site.now();
    let plan = store.plan_at(tenant, now, now).await?;
    Ok(plan.map_or(TimeZone::UTC, |plan| plan.plan.timezone.clone()))
}

/// The parts of a stage.
fn stage(tenant: &TenantId, date: Date, run: u32, stage: Stage, delay: Duration) -> Vec<Next> {
    let shards = match stage {
        Stage::Orders | Stage::Books => 0..SHARDS,
        Stage::Close => 0..1,
    };
    let part = |shard| {
        let tenant = tenant.clone();
        Next::part(DayPart { tenant, date, run, stage, shard, after: None }, delay)
    };
    shards.map(part).collect()
}

/// Does a part of a run, for as long as `goes_on` says yes. A part of a run that there is not, or
/// that is finished, does nothing.
///
/// # Errors
///
/// * [`ReconcileFailed`]: do the part again.
pub async fn part<S: Site>(
    store: &Store,
    site: &S,
    goes_on: impl Fn() -> bool + Sync,
    part: &DayPart,
) -> Result<Done, ReconcileFailed> {
    let DayPart { tenant, date, run, stage: at, shard, after } = part;
    let Some(run) = store.run(tenant, *date, *run).await? else { return Ok(Done::default()) };
    let zone = zone(store, site, tenant).await?;
    let noted = Mutex::default();
    let day = Day { store, site, tenant, date: *date, zone, run, noted };
    if day.run.finished_at.is_some() {
        // Whoever closed it may have crashed before it was told.
        if part.stage == Stage::Close {
            day.tell_others(&day.run).await?;
        }
        return Ok(Done::default());
    }
    let after = after.as_deref();
    let ended = match at {
        // On the heap: what a stage waits for is nested deep, and its callers hold it.
        Stage::Orders => Box::pin(orders::part(&day, *shard, after, &goes_on)).await?,
        Stage::Books => Box::pin(books::part(&day, *shard, after, &goes_on)).await?,
        Stage::Close => return Box::pin(close::part(&day, after, &goes_on)).await,
    };
    match ended {
        Ended::Interrupted(after) => {
            let rest = DayPart { after: Some(after), ..part.clone() };
            Ok(Done { next: vec![Next::part(rest, Duration::ZERO)], finished: None })
        }
        Ended::Done { tallies, list } => {
            let (number, name) = (day.run.number, at.as_str());
            let list = list.as_deref();
            let ended = (name, *shard);
            let run = store.end_part(tenant, *date, number, ended, &tallies, list).await?;
            let all = run.filter(|run| is_done(run, *at));
            Ok(Done {
                next: all.map(|run| day.after(&run, *at)).unwrap_or_default(),
                finished: None,
            })
        }
    }
}

/// Whether a stage is done for all shards.
fn is_done(run: &Run, stage: Stage) -> bool {
    (0..SHARDS).all(|shard| run.done.contains_key(&(stage.as_str().to_owned(), shard)))
}

impl Next {
    pub(crate) fn part(part: DayPart, delay: Duration) -> Self {
        Self { message: JobMessage { job: Job::Reconcile, whom: Whom::Part(part) }, delay }
    }
}

impl<S: Site> Day<'_, S> {
    /// What follows a stage that is done. The end waits where something is on its way.
    fn after(&self, run: &Run, done: Stage) -> Vec<Next> {
        let next = match done {
            Stage::Orders => Stage::Books,
            Stage::Books | Stage::Close => Stage::Close,
        };
        let sent = run.done.values().any(|counted| counted.contains_key(tally::SENT));
        let waits = next == Stage::Close && sent;
        let delay = if waits { UNTIL_ARRIVED } else { Duration::ZERO };
        stage(self.tenant, self.date, run.number, next, delay)
    }

    /// Whether a time is of the day.
    pub(crate) fn has(&self, at: jiff::Timestamp) -> bool {
        time::day(at, &self.zone) == self.date
    }
}

/// Does a whole run here, one part after another.
///
/// # Errors
///
/// * [`ReconcileFailed`]: begin again; it goes on with the same run.
pub async fn run_here<S: Site>(
    store: &Store,
    site: &S,
    asked: &AskedDay,
) -> Result<(Begun, Tallies), ReconcileFailed> {
    let begun = begin(store, site, asked).await?;
    let Begun::Run { next, .. } = &begun else { return Ok((begun, Tallies::new())) };
    let mut waiting: VecDeque<Next> = next.iter().cloned().collect();
    let mut summary = Tallies::new();
    while let Some(Next { message, .. }) = waiting.pop_front() {
        let Whom::Part(one) = &message.whom else { continue };
        let done = part(store, site, || true, one).await?;
        waiting.extend(done.next);
        summary.extend(done.finished.into_iter().flat_map(|finished| finished.summary));
    }
    Ok((begun, summary))
}

//! The messages of the queue: one for all tenants makes one for each, that and one for a day begin
//! a run, and its parts make those that follow. Each may be done again, and twice at once.

use std::time::Duration;

use jiff::civil::Date;
use tracing::{info, warn};
use upline_contract::job::{AskedDay, DayPart, Job, JobMessage, Whom};
use upline_domain::ids::TenantId;
use upline_lambda::{
    Deadline, JobCounts, JobFailed, JobQueues, Shell, log_sent, send_to_each_tenant,
};
use upline_store::{Store, Tallies};

use crate::{Begun, Done, Finished, Next, ReconcileFailed, Site, begin, part, tally};

/// Who asks for a run where nobody does.
const NOBODY: &str = "reconcile";
/// Of how many orders the share is told that are inconsistent.
const MILLION: u64 = 1_000_000;

/// Does what a message asks for; what was counted, by the names of metrics.
///
/// # Errors
///
/// * [`JobFailed`]: do it again; what was found and repaired stays, what was sent is sent twice.
pub async fn handle<S: Site>(
    shell: &Shell,
    queues: &JobQueues,
    site: &S,
    deadline: Deadline<'_>,
    message: &JobMessage,
) -> Result<JobCounts, JobFailed> {
    let store = &shell.store;
    match &message.whom {
        Whom::Everybody => {
            let messages = send_to_each_tenant(store, queues, message.job).await?;
            log_sent(message, messages);
            Ok(Vec::new())
        }
        Whom::Tenant(tenant) => {
            let (tenant, by) = (tenant.clone(), NOBODY.to_owned());
            let yesterday = AskedDay { tenant, date: None, dry_run: false, by };
            begin_run(store, queues, site, message, &yesterday).await
        }
        Whom::Day(asked) => begin_run(store, queues, site, message, asked).await,
        Whom::Part(one) => do_part(store, queues, site, deadline, (message, one)).await,
        Whom::Shard { .. } | Whom::Distributor { .. } | Whom::Segment { .. } => {
            Err(JobFailed::Foreign(message.to_string()))
        }
    }
}

async fn begin_run<S: Site>(
    store: &Store,
    queues: &JobQueues,
    site: &S,
    message: &JobMessage,
    asked: &AskedDay,
) -> Result<JobCounts, JobFailed> {
    match begin(store, site, asked).await? {
        Begun::Run { next, .. } => {
            send(queues, &next).await?;
            log_sent(message, next.len());
        }
        Begun::Ahead(date) => log_ahead(message, date),
    }
    Ok(Vec::new())
}

async fn do_part<S: Site>(
    store: &Store,
    queues: &JobQueues,
    site: &S,
    deadline: Deadline<'_>,
    (message, one): (&JobMessage, &DayPart),
) -> Result<JobCounts, JobFailed> {
    let goes_on = || deadline.leaves_time_to_begin();
    let Done { next, finished } = part(store, site, goes_on, one).await?;
    send(queues, &next).await?;
    let Some(Finished { dry_run, summary }) = finished else {
        let goes_on = next.iter().any(|next| next.message.whom.after().is_some());
        log_done(message, if goes_on { "continued" } else { "done" });
        return Ok(Vec::new());
    };
    log_finished(message, &summary);
    // A dry run leaves by intention what it could repair: it is no alarm.
    Ok(if dry_run { Vec::new() } else { by_metric(&summary) })
}

/// Puts messages on the queue, those of one delay together.
async fn send(queues: &JobQueues, next: &[Next]) -> Result<(), JobFailed> {
    for same in next.chunk_by(|one, other| one.delay == other.delay) {
        let messages: Vec<_> = same.iter().map(|next| next.message.clone()).collect();
        let delay = same.first().map_or(Duration::ZERO, |next| next.delay);
        queues.send(Job::Reconcile, &messages, delay).await?;
    }
    Ok(())
}

impl From<ReconcileFailed> for JobFailed {
    fn from(failed: ReconcileFailed) -> Self {
        match failed {
            ReconcileFailed::Store(failed) => Self::Store(failed),
            ReconcileFailed::Site(failed) => Self::Outside(failed.to_string()),
        }
    }
}

fn of(summary: &Tallies, name: &str) -> u64 {
    summary.get(name).copied().unwrap_or_default()
}

fn by_metric(summary: &Tallies) -> JobCounts {
    let all = |prefix: &str| {
        let counts = summary.iter().filter(|(name, _)| name.starts_with(prefix));
        counts.fold(0_u64, |sum, (_, count)| sum.saturating_add(*count))
    };
    let (orders, left) = (of(summary, tally::ORDERS), of(summary, tally::AFTER));
    let per_million = left.saturating_mul(MILLION).checked_div(orders).unwrap_or_default();
    vec![
        ("OrdersReconciled", orders),
        ("OrdersInconsistent", left),
        ("OrdersInconsistentPerMillion", per_million),
        ("DifferencesFound", all("found#")),
        ("DifferencesRepaired", all("repaired#")),
        ("ReconciliationsFinished", 1),
    ]
}

fn log_done(message: &JobMessage, outcome: &str) {
    let (job, tenant) = (message.job.name(), message.whom.tenant().map(TenantId::as_str));
    info!(job, tenant, shard = message.whom.shard(), outcome, "{message}: {outcome}");
}

fn log_finished(message: &JobMessage, summary: &Tallies) {
    let (job, outcome) = (message.job.name(), "finished");
    let tenant = message.whom.tenant().map(TenantId::as_str);
    let orders = of(summary, tally::ORDERS);
    let (before, after) = (of(summary, tally::BEFORE), of(summary, tally::AFTER));
    info!(
        job,
        tenant,
        orders,
        before,
        after,
        outcome,
        "{message}: {outcome}, {orders} orders, {before} inconsistent before and {after} after",
    );
}

fn log_ahead(message: &JobMessage, date: Date) {
    let (job, outcome) = (message.job.name(), "ahead");
    let tenant = message.whom.tenant().map(TenantId::as_str);
    warn!(job, tenant, outcome, "{message}: {outcome}, {date} has not begun");
}

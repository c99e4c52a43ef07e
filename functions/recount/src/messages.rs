//! The messages of the queue: one for all tenants, or for one, makes one for each segment of the
//! table, and a segment whose time runs out makes one for the rest. Each may be done again, and
//! twice at once: a message more finds nothing to count.

use std::time::Duration;

use tracing::info;
use upline_contract::job::{JobMessage, Whom};
use upline_domain::ids::TenantId;
use upline_lambda::{Deadline, JobCounts, JobFailed, JobQueues, Shell, log_sent};
use upline_store::{Scope, keys};

use crate::{Counts, Part, recount};

/// Does what a message asks for; what was counted, by the names of metrics.
///
/// # Errors
///
/// * [`JobFailed`]: do it again; what was counted already stays, and what was sent is sent twice.
pub async fn handle(
    shell: &Shell,
    queues: &JobQueues,
    deadline: Deadline<'_>,
    message: &JobMessage,
) -> Result<JobCounts, JobFailed> {
    let job = message.job;
    match &message.whom {
        Whom::Everybody | Whom::Tenant(_) => {
            let of_segment = |segment| {
                let tenant = message.whom.tenant().cloned();
                JobMessage { job, whom: Whom::Segment { tenant, segment, after: None } }
            };
            let segments: Vec<_> = (0..keys::SEGMENTS).map(of_segment).collect();
            queues.send(job, &segments, Duration::ZERO).await?;
            log_sent(message, segments.len());
            Ok(Vec::new())
        }
        Whom::Segment { tenant, segment, after } => {
            let scope = Scope { tenant: tenant.as_ref(), segment: Some(*segment) };
            let (now, goes_on) = (|| deadline.now(), || deadline.leaves_time_to_begin());
            let part = recount(&shell.store, &now, scope, after.as_deref(), goes_on);
            let Part { counts, after } = part.await?;
            let outcome = if after.is_some() { "continued" } else { "done" };
            if after.is_some() {
                let whom = Whom::Segment { tenant: tenant.clone(), segment: *segment, after };
                let rest = [JobMessage { job, whom }];
                queues.send(job, &rest, Duration::ZERO).await?;
            }
            log_counted(message, *segment, outcome, counts);
            Ok(by_metric(counts))
        }
        Whom::Shard { .. } | Whom::Distributor { .. } | Whom::Day(_) | Whom::Part(_) => {
            Err(JobFailed::Foreign(message.to_string()))
        }
    }
}

/// What is parked is counted where it is parked.
fn by_metric(counts: Counts) -> JobCounts {
    let Counts { orders, lines, distributors, team_rows: _, parked: _ } = counts;
    let all = [
        ("OrdersRecounted", orders),
        ("LinesRecounted", lines),
        ("DistributorsRecounted", distributors),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn log_counted(message: &JobMessage, segment: u32, outcome: &str, counts: Counts) {
    let Counts { orders, lines, distributors, team_rows, parked } = counts;
    let (job, tenant) = (message.job.name(), message.whom.tenant().map(TenantId::as_str));
    info!(
        job,
        tenant,
        segment,
        orders,
        lines,
        distributors,
        team_rows,
        parked,
        outcome,
        "{message}: {outcome}, {orders} orders, {lines} lines changed, {distributors} distributors",
    );
}

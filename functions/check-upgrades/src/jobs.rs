//! The messages of the queue: one for all tenants makes one for each, that makes one for each
//! shard, and a shard whose time runs out makes one for the rest. Each may be done again, and twice
//! at once: a message more finds nothing to change.

use std::time::Duration;

use tracing::{info, warn};
use upline_contract::job::{Job, JobMessage, Whom};
use upline_domain::ids::{DistributorId, TenantId};
use upline_lambda::{
    Deadline, JobCounts, JobFailed, JobQueues, Shell, log_sent, send_to_each_tenant,
};
use upline_store::keys;

use crate::{Clock, Counts, Part, check_one, check_shard};

/// Does what a message asks for; what was counted, by the names of metrics.
///
/// # Errors
///
/// * [`JobFailed`]: do it again; what was changed already stays, and what was sent is sent twice.
pub async fn handle(
    shell: &Shell,
    queues: &JobQueues,
    clock: Clock<'_>,
    deadline: Deadline<'_>,
    message: &JobMessage,
) -> Result<JobCounts, JobFailed> {
    let store = &shell.store;
    let counts = match &message.whom {
        Whom::Everybody => {
            let messages = send_to_each_tenant(store, queues, message.job).await?;
            log_sent(message, messages);
            return Ok(Vec::new());
        }
        Whom::Tenant(tenant) => {
            let shards: Vec<_> = (0..keys::SHARDS).map(|shard| of_shard(tenant, shard)).collect();
            queues.send(message.job, &shards, Duration::ZERO).await?;
            log_sent(message, shards.len());
            return Ok(Vec::new());
        }
        Whom::Shard { tenant, shard, after } => {
            let goes_on = || deadline.leaves_time_to_begin();
            let part = check_shard(store, clock, tenant, *shard, after.as_deref(), goes_on);
            let Part { counts, after } = part.await?;
            let outcome = if after.is_some() { "continued" } else { "done" };
            if let Some(after) = after {
                let whom =
                    Whom::Shard { tenant: tenant.clone(), shard: *shard, after: Some(after) };
                let rest = [JobMessage { job: message.job, whom }];
                queues.send(message.job, &rest, Duration::ZERO).await?;
            }
            log_checked(message, outcome, counts);
            counts
        }
        Whom::Distributor { tenant, distributor } => {
            match check_one(store, clock, tenant, distributor).await? {
                Some(looked) => {
                    let counts = Counts::of(&looked);
                    log_checked(message, "done", counts);
                    counts
                }
                None => {
                    log_unknown(message, distributor);
                    Counts::default()
                }
            }
        }
        Whom::Day(_) | Whom::Part(_) | Whom::Segment { .. } => {
            return Err(JobFailed::Foreign(message.to_string()));
        }
    };
    Ok(by_metric(counts))
}

fn of_shard(tenant: &TenantId, shard: u8) -> JobMessage {
    let whom = Whom::Shard { tenant: tenant.clone(), shard, after: None };
    JobMessage { job: Job::CheckUpgrades, whom }
}

fn by_metric(counts: Counts) -> JobCounts {
    let Counts { checked, raised, lowered, not_active: _, no_room, unreadable } = counts;
    let all = [
        ("DistributorsChecked", checked),
        ("LevelsRaised", raised),
        ("LevelsLowered", lowered),
        ("LevelsWithoutRoom", no_room),
        ("DistributorsUnreadable", unreadable),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn log_checked(message: &JobMessage, outcome: &str, counts: Counts) {
    let Counts { checked, raised, lowered, .. } = counts;
    let (job, tenant) = (message.job.name(), message.whom.tenant().map(TenantId::as_str));
    info!(
        job,
        tenant,
        shard = message.whom.shard(),
        distributor.id = message.whom.distributor().map(DistributorId::as_str),
        checked,
        raised,
        lowered,
        outcome,
        "{message}: {outcome}, {checked} checked, {raised} raised, {lowered} lowered",
    );
}

fn log_unknown(message: &JobMessage, id: &DistributorId) {
    let (job, outcome) = (message.job.name(), "unknown");
    let tenant = message.whom.tenant().map(TenantId::as_str);
    warn!(
        job,
        tenant,
        distributor.id = id.as_str(),
        outcome,
        "{message}: {outcome}, nobody was checked",
    );
}

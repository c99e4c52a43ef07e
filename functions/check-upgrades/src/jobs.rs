//! The messages of the queue: one for all tenants makes one for each, that makes one for each
//! shard, and a shard whose time runs out makes one for the rest. Each may be done again, and twice
//! at once: a message more finds nothing to change.

use std::fmt;

use tracing::{info, warn};
use upline_contract::job::{Job, JobMessage, Whom};
use upline_domain::ids::{DistributorId, TenantId};
use upline_lambda::{Deadline, JobCounts, JobFailed, JobQueues, Shell};
use upline_store::{Store, keys};

use crate::{Clock, Counts, Part, check_one, check_shard};

/// Tenants of one page: their messages are sent before the next is read.
const TENANTS_PAGE: usize = 100;

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
            let messages = send_to_tenants(store, queues, message.job).await?;
            log_sent(message, messages);
            return Ok(Vec::new());
        }
        Whom::Tenant(tenant) => {
            let shards: Vec<_> = (0..keys::SHARDS).map(|shard| of_shard(tenant, shard)).collect();
            queues.send(message.job, &shards).await?;
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
                queues.send(message.job, &[JobMessage { job: message.job, whom }]).await?;
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
    };
    Ok(by_metric(counts))
}

/// Sends a message for each tenant that has a plan; how many.
async fn send_to_tenants(store: &Store, queues: &JobQueues, job: Job) -> Result<usize, JobFailed> {
    let (mut sent, mut after) = (0_usize, None);
    loop {
        let page = store.tenants(TENANTS_PAGE, after).await?;
        let of_tenant = |tenant| JobMessage { job, whom: Whom::Tenant(tenant) };
        let messages: Vec<_> = page.items.into_iter().map(of_tenant).collect();
        queues.send(job, &messages).await?;
        sent = sent.saturating_add(messages.len());
        after = page.after;
        if after.is_none() {
            return Ok(sent);
        }
    }
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

/// What a message is about, in words.
struct About<'a>(&'a JobMessage);

impl fmt::Display for About<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let JobMessage { job, whom } = self.0;
        match whom {
            Whom::Everybody => write!(f, "{job} of all tenants"),
            Whom::Tenant(tenant) => write!(f, "{job} of tenant {tenant}"),
            Whom::Shard { tenant, shard, .. } => {
                write!(f, "{job} of tenant {tenant}, shard {shard}")
            }
            Whom::Distributor { tenant, distributor } => {
                write!(f, "{job} of tenant {tenant}, distributor {distributor}")
            }
        }
    }
}

fn log_sent(message: &JobMessage, messages: usize) {
    let (job, outcome) = (message.job.name(), "sent");
    let tenant = message.whom.tenant().map(TenantId::as_str);
    info!(job, tenant, messages, outcome, "{}: {messages} messages {outcome}", About(message));
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
        "{}: {outcome}, {checked} checked, {raised} raised, {lowered} lowered",
        About(message)
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
        "{}: {outcome}, nobody was checked",
        About(message)
    );
}

//! Messages of the queue of a job in batches. What is no message of a job can never be one, so it
//! is kept for a person like an event that cannot succeed.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use tracing::{info, warn};
use upline_contract::job::{Job, JobMessage, Limits, Whom};
use upline_domain::ids::TenantId;
use upline_store::{Store, StoreError, StoreResult, keys};

use crate::deadline::Deadline;
use crate::enqueue::{JobQueues, NotSent};
use crate::open::{Shell, now};
use crate::outcome::Outcome;
use crate::park::park_body;
use crate::queue::{Handled, each};

/// Tenants of one page: their messages are sent before the next is read.
const TENANTS_PAGE: usize = 100;
/// Into how many parts the work of jobs is cut.
const LIMITS: Limits = Limits { shards: keys::SHARDS, segments: keys::SEGMENTS };

/// What was done for one message, by the names of metrics.
pub type JobCounts = Vec<(&'static str, u64)>;

/// Why a message of a job comes again.
#[derive(Debug, thiserror::Error)]
pub enum JobFailed {
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is left of it is not known to be on the queue.
    #[error(transparent)]
    Queue(#[from] NotSent),
    /// It is on the queue of another job, which nobody but an operator can have put it on.
    #[error("{0} is not done by this function; put it on the queue of its own job")]
    Foreign(String),
    /// Something else that it needs did not answer, such as the bus.
    #[error("{0}")]
    Outside(String),
}

/// Puts a message for each tenant that has a plan on the queue of a job; how many. A repeat puts
/// them there twice.
///
/// # Errors
///
/// * [`JobFailed`]: some may be there; send all of them again.
pub async fn send_to_each_tenant(
    store: &Store,
    queues: &JobQueues,
    job: Job,
) -> Result<usize, JobFailed> {
    let (mut sent, mut after) = (0_usize, None);
    loop {
        let page = store.tenants(TENANTS_PAGE, after).await?;
        let of_tenant = |tenant| JobMessage { job, whom: Whom::Tenant(tenant) };
        let messages: Vec<_> = page.items.into_iter().map(of_tenant).collect();
        queues.send(job, &messages, Duration::ZERO).await?;
        sent = sent.saturating_add(messages.len());
        after = page.after;
        if after.is_none() {
            return Ok(sent);
        }
    }
}

/// Logs that a message was made into others.
pub fn log_sent(message: &JobMessage, messages: usize) {
    let (job, outcome) = (message.job.name(), "sent");
    let tenant = message.whom.tenant().map(TenantId::as_str);
    info!(job, tenant, messages, outcome, "{message}: {messages} messages {outcome}");
}

/// Does what each message of a batch asks for, and names those that must come again: as
/// [`crate::each_message`] does for events. Whatever half of it was done is done again.
pub async fn each_job(
    shell: &Shell,
    deadline: Deadline<'_>,
    batch: SqsEvent,
    handle: impl AsyncFn(&JobMessage) -> Result<JobCounts, JobFailed>,
) -> SqsBatchResponse {
    let take = async |message: &SqsMessage| -> Result<Handled, JobFailed> {
        let text = message.body.as_deref().unwrap_or_default();
        match JobMessage::parse(text, LIMITS) {
            Ok(job) => Ok(Handled { outcome: "done", counts: handle(&job).await? }),
            Err(wrong) => Ok(keep(&shell.store, message, text, &wrong.to_string()).await?),
        }
    };
    each(shell, deadline, batch, take).await
}

async fn keep(store: &Store, message: &SqsMessage, text: &str, why: &str) -> StoreResult<Handled> {
    let (outcome, code) = ("parked", "malformed");
    park_body(store, now(), text, &Outcome::parked(code, why)).await?;
    let id = message.message_id.as_deref().unwrap_or_default();
    warn!(message.id = id, outcome, code, "message {id} is no job and is {outcome}: {code}");
    Ok(Handled { outcome, counts: Vec::new() })
}

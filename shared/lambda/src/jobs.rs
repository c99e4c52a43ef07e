//! Messages of the queue of a job in batches. What is no message of a job can never be one, so it
//! is kept for a person like an event that cannot succeed.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use tracing::warn;
use upline_contract::job::JobMessage;
use upline_store::{Store, StoreError, StoreResult, keys};

use crate::deadline::Deadline;
use crate::enqueue::NotSent;
use crate::open::{Shell, now};
use crate::outcome::Outcome;
use crate::park::park_body;
use crate::queue::{Handled, each};

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
        match JobMessage::parse(text, keys::SHARDS) {
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

//! Messages of a queue in batches: each is answered by itself, and only what must be tried again
//! goes back, later each time.

use std::pin::Pin;
use std::time::Instant;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::error::DisplayErrorContext;
use tracing::error;
use upline_contract::delivered::{Delivered, delivered};
use upline_store::{ParkedId, Store, StoreResult};

use crate::bus::retried;
use crate::deadline::Deadline;
use crate::door::{Arrived, Message, arrive, take, take_mended};
use crate::logs::{Tries, log_taken};
use crate::metrics::Measured;
use crate::open::{Shell, now};
use crate::outcome::{Outcome, Taken};

/// The longest a message is put off, in seconds.
const RETRY_DELAY_MAX_S: u32 = 900;

/// Handles each event of a batch, and names the messages that must come again. A message that is
/// not JSON is parked like any other that cannot succeed.
pub async fn each_message(
    shell: &Shell,
    deadline: Deadline<'_>,
    batch: SqsEvent,
    handle: impl AsyncFn(&Message) -> StoreResult<Outcome>,
) -> SqsBatchResponse {
    let take = async |message: &SqsMessage| -> StoreResult<Handled> {
        let before = shell.store.retries();
        let taken = take_message(shell, message, &handle).await?;
        let retries = shell.store.retries().saturating_sub(before);
        log_taken(&taken, Tries { receives: receives(message), retries });
        Ok(Handled { outcome: taken.outcome.word(), counts: Vec::new() })
    };
    each(shell, deadline, batch, take).await
}

/// What was made of a message.
pub(crate) struct Handled {
    /// In a word.
    pub(crate) outcome: &'static str,
    /// What was done for it, by the names of metrics.
    pub(crate) counts: Vec<(&'static str, u64)>,
}

/// Handles each message of a batch, and names those that must come again. Where too little time is
/// left, a message is not begun, or is left where it is, and comes again: all that is half done can
/// be done again.
pub(crate) async fn each<E: std::error::Error>(
    shell: &Shell,
    deadline: Deadline<'_>,
    batch: SqsEvent,
    take: impl AsyncFn(&SqsMessage) -> Result<Handled, E>,
) -> SqsBatchResponse {
    let mut failures = Vec::new();
    let mut measured = Measured::default();
    for message in batch.records {
        let began = Instant::now();
        let handled = in_time(deadline, Box::pin(take(&message))).await;
        measured.message(handled.as_ref().map(|handled| handled.outcome).ok(), began.elapsed());
        match handled {
            Ok(handled) => {
                handled.counts.into_iter().for_each(|(name, more)| measured.count(name, more));
            }
            Err(failed) => {
                let id = message.message_id.clone().unwrap_or_default();
                error!(message.id = id, "message {id} will come again: {failed}");
                if matches!(failed, Failed::Undone(_)) {
                    put_off(shell, deadline, &message).await;
                }
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = id;
                failures.push(failure);
            }
        }
    }
    measured.tally(shell.store.take_tally());
    shell.metrics.write(deadline.now(), measured);
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures;
    response
}

/// Why a message comes again.
#[derive(Debug, thiserror::Error)]
enum Failed<E: std::error::Error> {
    /// What it needs did not answer.
    #[error(transparent)]
    Undone(E),
    /// It was not begun.
    #[error("too little time is left to begin it")]
    NotBegun,
    /// It was begun, and there is no time to go on.
    #[error("it was not done in time")]
    NotDone,
}

/// Waits for a message as long as there is time. Its future has a type of its own no more: what a
/// handler waits for is nested deeper than the compiler looks by itself.
async fn in_time<E: std::error::Error>(
    deadline: Deadline<'_>,
    message: Pin<Box<dyn Future<Output = Result<Handled, E>> + '_>>,
) -> Result<Handled, Failed<E>> {
    if !deadline.leaves_time_to_begin() {
        return Err(Failed::NotBegun);
    }
    match tokio::time::timeout(deadline.left(), message).await {
        Ok(handled) => handled.map_err(Failed::Undone),
        Err(_) => Err(Failed::NotDone),
    }
}

async fn take_message(
    shell: &Shell,
    message: &SqsMessage,
    handle: &impl AsyncFn(&Message) -> StoreResult<Outcome>,
) -> StoreResult<Taken> {
    let Delivered { text, resources } = delivered(message.body.as_deref().unwrap_or_default());
    let arrived = arrive(now(), None, &text);
    let Some(parked) = retried(&resources) else {
        return take(&shell.store, now(), arrived, async |message| handle(message).await).await;
    };
    take_retried(&shell.store, arrived, &parked, handle).await
}

/// Takes an event that a person sent again. The parked one that it stands for waits until it is
/// taken; where it is not, that one stays in the list for both.
async fn take_retried(
    store: &Store,
    arrived: Arrived,
    parked: &ParkedId,
    handle: &impl AsyncFn(&Message) -> StoreResult<Outcome>,
) -> StoreResult<Taken> {
    let handle = async |message: &Message| handle(message).await;
    let taken = take_mended(store, now(), arrived, handle).await?;
    if let Some(tenant) = taken.tenant.as_ref().filter(|_| taken.outcome.is_taken()) {
        store.taken_up(tenant, parked, now()).await?;
    }
    Ok(taken)
}

/// How often the queue has delivered a message, as it says.
fn receives(message: &SqsMessage) -> Option<u32> {
    message.attributes.get("ApproximateReceiveCount")?.parse().ok()
}

/// Asks the queue to hide a message that failed for a while that grows with each receive.
async fn put_off(shell: &Shell, deadline: Deadline<'_>, message: &SqsMessage) {
    let receives = receives(message).unwrap_or(1);
    let Some(url) = message.event_source_arn.as_deref().and_then(queue_url) else {
        return;
    };
    let request = shell
        .queues
        .change_message_visibility()
        .queue_url(url)
        .set_receipt_handle(message.receipt_handle.clone())
        .visibility_timeout(retry_delay_s(receives, fastrand::u32(..)).try_into().unwrap_or(0));
    let why = match tokio::time::timeout(deadline.left(), request.send()).await {
        Ok(Ok(_)) => None,
        Ok(Err(refused)) => Some(DisplayErrorContext(&refused).to_string()),
        Err(_) => Some("no time is left to ask for another".to_owned()),
    };
    if let Some(why) = why {
        let id = message.message_id.as_deref().unwrap_or_default();
        error!(message.id = id, "message {id} comes at the queue's own delay: {why}");
    }
}

/// How long a message that was received so often is put off, in seconds: between half and all of a
/// time that doubles, from 2 s to 15 minutes. `random` spreads those that failed together.
#[must_use]
pub fn retry_delay_s(receives: u32, random: u32) -> u32 {
    let most = 1_u32.checked_shl(receives.min(16)).unwrap_or(u32::MAX).clamp(2, RETRY_DELAY_MAX_S);
    let half = most / 2;
    half.saturating_add(random % half.saturating_add(1))
}

/// The address of a queue from its ARN: `arn:aws:sqs:region:account:name`.
fn queue_url(arn: &str) -> Option<String> {
    let mut parts = arn.split(':').skip(3);
    let (region, account, name) = (parts.next()?, parts.next()?, parts.next()?);
    let host = std::env::var("AWS_ENDPOINT_URL");
    let host = host.unwrap_or_else(|_| format!("https://sqs.{region}.amazonaws.com"));
    Some(format!("{}/{account}/{name}", host.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_grows_and_ends() {
        for receives in 1..40 {
            let (least, most) = (retry_delay_s(receives, 0), retry_delay_s(receives, u32::MAX));
            assert!(least >= 1 && least <= most && most <= RETRY_DELAY_MAX_S, "{receives}");
        }
        assert_eq!(retry_delay_s(1, 0), 1);
        assert_eq!(retry_delay_s(5, 0), 16);
        assert_eq!(retry_delay_s(5, 16), 32);
        assert_eq!(retry_delay_s(39, 0), 450);
    }

    #[test]
    fn a_queue_is_found_by_its_arn() {
        let url = queue_url("arn:aws:sqs:eu-west-1:123456789012:orders").unwrap();
        assert!(url.ends_with("/123456789012/orders"), "{url}");
        assert_eq!(queue_url("orders"), None);
    }
}

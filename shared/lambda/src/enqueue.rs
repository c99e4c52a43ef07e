//! Queues that messages of jobs are put on: ten at a time, and again where they are not taken.

use std::time::Duration;

use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures::StreamExt;
use tracing::error;
use upline_contract::job::{Job, JobMessage};

use crate::tries::{AT_ONCE, ENTRIES_MAX, until_taken};

/// The longest that a queue holds a message back.
const DELAY_SECONDS_MAX: i32 = 900;

/// Why messages are not known to be on a queue: a word of the queue's own. Some of them may be, so
/// that whoever sends all of them again sends some twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the queue did not take a message ({0})")]
pub struct NotSent(String);

/// The address of the queue of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueOf {
    /// The job.
    pub job: Job,
    /// Where its queue is.
    pub url: String,
}

/// The queues of jobs that a function puts messages on.
#[derive(Clone, Debug)]
pub struct JobQueues {
    client: aws_sdk_sqs::Client,
    queues: Vec<QueueOf>,
}

impl JobQueues {
    /// The queues of these addresses.
    #[must_use]
    pub fn new(client: aws_sdk_sqs::Client, queues: Vec<QueueOf>) -> Self {
        Self { client, queues }
    }

    /// Puts messages on the queue of their job, to be handed out after a delay of at most 15
    /// minutes. What the queue refuses is tried again by itself, after pauses that grow. A repeat
    /// puts them there twice.
    ///
    /// # Errors
    ///
    /// * [`NotSent`] where one is not known to be there in the end, whatever the others are.
    pub async fn send(
        &self,
        job: Job,
        messages: &[JobMessage],
        delay: Duration,
    ) -> Result<(), NotSent> {
        let Some(queue) = self.queues.iter().find(|queue| queue.job == job) else {
            return Err(NotSent(format!("{job} has no queue here")));
        };
        let delay_s = i32::try_from(delay.as_secs()).unwrap_or(i32::MAX).min(DELAY_SECONDS_MAX);
        let queue = Queue { client: self.client.clone(), url: queue.url.clone(), delay_s };
        let bodies: Vec<String> = messages.iter().map(JobMessage::text).collect();
        let batches = bodies.chunks(ENTRIES_MAX);
        let sent =
            batches.map(|batch| queue.clone().send_batch(batch.to_vec())).collect::<Vec<_>>();
        let sent: Vec<_> = futures::stream::iter(sent).buffer_unordered(AT_ONCE).collect().await;
        sent.into_iter().collect()
    }
}

/// The queue of one job, as messages are put on it.
#[derive(Clone, Debug)]
struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
    delay_s: i32,
}

impl Queue {
    async fn send_batch(self, bodies: Vec<String>) -> Result<(), NotSent> {
        let (client, url, delay_s) = (&self.client, &self.url, self.delay_s);
        let sent = until_taken(bodies, |bodies| async move {
            let mut request = client.send_message_batch().queue_url(url);
            for (place, body) in bodies.iter().enumerate() {
                let entry = SendMessageBatchRequestEntry::builder().id(place.to_string());
                let entry = entry.message_body(body).delay_seconds(delay_s).build();
                request = request.entries(entry.map_err(|wrong| wrong.to_string())?);
            }
            let answer = request.send().await.map_err(|failed| {
                error!("messages cannot be put on the queue: {}", DisplayErrorContext(&failed));
                failed.code().unwrap_or("no answer").to_owned()
            })?;
            let one = |place: usize| {
                let id = place.to_string();
                if answer.successful().iter().any(|taken| taken.id() == id) {
                    return Ok(());
                }
                let refused = answer.failed().iter().find(|refused| refused.id() == id);
                Err(refused.map_or("no answer", |refused| refused.code()).to_owned())
            };
            Ok((0..bodies.len()).map(one).collect())
        });
        sent.await.into_iter().collect::<Result<(), _>>().map_err(NotSent)
    }
}

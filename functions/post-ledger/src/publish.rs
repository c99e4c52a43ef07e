//! Puts events on the bus: at least once, in batches, what the bus turns away once more.

use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use upline_contract::published::{Outgoing, Told};

/// Most events of one request, by EventBridge.
const ENTRIES_MAX: usize = 10;
/// Most bytes of one request, by EventBridge; an event is counted as its texts are long.
const REQUEST_BYTES_MAX: usize = 256 * 1024;
/// How often an event is put: the bus turns away what comes too fast.
const TRIES_MAX: u32 = 6;
/// The first pause before what was turned away is put again, in milliseconds; each is twice as long
/// as the one before, and random from half of it on.
const PAUSE_MS: u64 = 25;

/// Why events are not known to be on the bus. To publish them all again does no harm.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The bus did not take a request.
    #[error("PutEvents: {0}")]
    Request(String),
    /// The bus took the request, and turned some events away, time and again.
    #[error("PutEvents turned {count} events away {TRIES_MAX} times, the last time for {code}")]
    TurnedAway {
        /// How many were left in the end.
        count: usize,
        /// Why, in the word of the bus.
        code: String,
    },
    /// An event has no form; a bug.
    #[error("an event cannot be written: {0}")]
    Form(String),
}

/// The bus that events go to.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// The bus of that name.
    #[must_use]
    pub fn new(client: Client, name: &str) -> Self {
        Self { client, name: name.to_owned() }
    }

    /// Puts all of these events on the bus; it returns once the bus has all of them.
    ///
    /// # Errors
    ///
    /// * [`PublishError`]: some may be on the bus; publish them all again.
    pub async fn publish(&self, events: &[Outgoing<Told>]) -> Result<(), PublishError> {
        let entries = events.iter().map(|event| self.entry(event));
        for request in requests(entries.collect::<Result<_, _>>()?) {
            self.put(request).await?;
        }
        Ok(())
    }

    fn entry(&self, event: &Outgoing<Told>) -> Result<PutEventsRequestEntry, PublishError> {
        let detail = serde_json::to_string(&event.detail)
            .map_err(|error| PublishError::Form(error.to_string()))?;
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(&event.source)
            .detail_type(&event.detail_type)
            .detail(detail);
        Ok(entry.build())
    }

    /// Puts the events of one request, and those again that are turned away.
    async fn put(&self, mut entries: Vec<PutEventsRequestEntry>) -> Result<(), PublishError> {
        let mut code = String::new();
        for attempt in 0..TRIES_MAX {
            if attempt > 0 {
                tokio::time::sleep(pause(attempt)).await;
            }
            let request = self.client.put_events().set_entries(Some(entries.clone())).send().await;
            let answer = request.map_err(|failed| {
                PublishError::Request(DisplayErrorContext(&failed).to_string())
            })?;
            let results = answer.entries();
            if let Some(turned_away) = results.iter().find_map(|one| one.error_code()) {
                code = turned_away.to_owned();
            }
            // One that has no answer is not known to be there.
            let mut answers = results.iter();
            entries.retain(|_| answers.next().is_none_or(|one| one.event_id().is_none()));
            if entries.is_empty() {
                return Ok(());
            }
        }
        Err(PublishError::TurnedAway { count: entries.len(), code })
    }
}

fn pause(attempt: u32) -> Duration {
    let most = PAUSE_MS.saturating_mul(1 << attempt.min(10));
    Duration::from_millis(fastrand::u64(most / 2..=most))
}

/// Cuts events into requests, in their order.
fn requests(entries: Vec<PutEventsRequestEntry>) -> Vec<Vec<PutEventsRequestEntry>> {
    let mut requests: Vec<Vec<PutEventsRequestEntry>> = Vec::new();
    let mut left = 0_usize;
    for entry in entries {
        let size = bytes(&entry);
        match requests.last_mut().filter(|last| last.len() < ENTRIES_MAX && size <= left) {
            Some(last) => last.push(entry),
            None => {
                left = REQUEST_BYTES_MAX;
                requests.push(vec![entry]);
            }
        }
        left = left.saturating_sub(size);
    }
    requests
}

/// What EventBridge counts of an event.
fn bytes(entry: &PutEventsRequestEntry) -> usize {
    let texts = [entry.source(), entry.detail_type(), entry.detail()];
    texts.into_iter().flatten().map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(bytes: usize) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder().detail("x".repeat(bytes)).build()
    }

    #[track_caller]
    fn check(sizes: &[usize], want: &[usize]) {
        let requests = requests(sizes.iter().map(|size| entry(*size)).collect());
        let got: Vec<usize> = requests.iter().map(Vec::len).collect();
        assert_eq!(got, want);
        let all: Vec<usize> = requests.iter().flatten().map(bytes).collect();
        assert_eq!(all, sizes, "each once, in order");
    }

    #[test]
    fn requests_keep_to_the_limits() {
        check(&[], &[]);
        check(&[500; 10], &[10]);
        check(&[500; 21], &[10, 10, 1]);
        check(&[100_000, 100_000, 62_144, 1], &[3, 1]);
        check(&[100_000, 100_000, 62_145], &[2, 1]);
        check(&[300_000, 1, 1], &[1, 2]);
    }

    #[test]
    fn a_pause_grows() {
        for attempt in 1..40 {
            let pause = u64::try_from(pause(attempt).as_millis()).unwrap();
            assert!((PAUSE_MS..=PAUSE_MS * 1024).contains(&pause), "{attempt}: {pause}");
        }
    }
}

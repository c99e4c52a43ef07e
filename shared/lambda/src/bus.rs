//! The bus that events are put on: in batches as it takes them, and again where it does not.

use std::ops::Range;

use aws_sdk_eventbridge::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use futures::StreamExt;
use tracing::error;
use upline_contract::delivered::BusEvent;
use upline_contract::published::{Outgoing, Told};
use upline_store::ParkedId;

use crate::outcome::Outcome;
use crate::tries::{AT_ONCE, ENTRIES_MAX, until_taken};

/// Most bytes of all events of one request together; the bus's own limit.
const BATCH_BYTES_MAX: usize = 256 * 1024;
/// Longest source; the bus's own limit.
const SOURCE_BYTES_MAX: usize = 256;
/// What stands for the source of an event that has none: the bus wants one.
const SOURCE: &str = "upline.http";
/// How a resource begins that names the parked event which the event on the bus is a retry of.
const PARKED: &str = "upline:parked:";

/// An event that the bus can take.
#[derive(Clone, Debug)]
pub struct Entry {
    event: BusEvent,
    resources: Vec<String>,
}

impl Entry {
    /// An event as it was sent, and the parked event that it is a retry of.
    ///
    /// # Errors
    ///
    /// * [`Outcome::Parked`] for what the bus can never take.
    pub fn of(text: &str, retried: Option<&ParkedId>) -> Result<Self, Outcome> {
        let malformed = |reason: &str| Outcome::parked("malformed", reason);
        let event = BusEvent::of(text).ok_or_else(|| malformed("send an event"))?;
        let source = event.source.as_deref().unwrap_or_default();
        if source.starts_with("aws.") {
            return Err(malformed("source: the bus keeps aws. for AWS itself; send another"));
        }
        if source.len() > SOURCE_BYTES_MAX {
            let reason = format!("source: the bus takes at most {SOURCE_BYTES_MAX} bytes");
            return Err(malformed(&reason));
        }
        let resources = retried.iter().map(|id| format!("{PARKED}{id}")).collect();
        let entry = Self { event, resources };
        let size = entry.size();
        if size > BATCH_BYTES_MAX {
            let reason = format!(
                "the event has {size} bytes, and the bus takes at most {BATCH_BYTES_MAX}; send an \
                 order of fewer or shorter lines",
            );
            return Err(Outcome::parked("too_large", reason));
        }
        Ok(entry)
    }

    /// An event of the product's own.
    ///
    /// # Errors
    ///
    /// * An error of JSON never: all of it is text and whole numbers.
    pub fn telling(told: &Outgoing<Told>) -> serde_json::Result<Self> {
        let event = BusEvent {
            source: Some(told.source.clone()),
            detail_type: told.detail_type.clone(),
            detail: serde_json::to_string(&told.detail)?,
        };
        Ok(Self { event, resources: Vec::new() })
    }

    fn source(&self) -> &str {
        self.event.source.as_deref().filter(|source| !source.is_empty()).unwrap_or(SOURCE)
    }

    /// How much of a request the bus counts it as.
    fn size(&self) -> usize {
        let BusEvent { detail_type, detail, .. } = &self.event;
        let resources: usize = self.resources.iter().map(String::len).sum();
        [self.source().len(), detail_type.len(), detail.len(), resources]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    fn request(&self, bus: &str) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(bus)
            .source(self.source())
            .detail_type(&self.event.detail_type)
            .detail(&self.event.detail)
            .set_resources(Some(self.resources.clone()).filter(|some| !some.is_empty()))
            .build()
    }
}

/// The parked event that an event was put on the bus to retry, by its resources.
pub(crate) fn retried(resources: &[String]) -> Option<ParkedId> {
    resources.iter().find_map(|resource| resource.strip_prefix(PARKED)?.parse().ok())
}

/// Why the bus did not take an event: a word of the bus's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bus did not take the event ({0})")]
pub struct NotTaken(pub String);

/// A bus.
#[derive(Clone, Debug)]
pub struct Bus {
    client: aws_sdk_eventbridge::Client,
    name: String,
}

impl Bus {
    /// The bus of a name.
    #[must_use]
    pub fn new(client: aws_sdk_eventbridge::Client, name: &str) -> Self {
        Self { client, name: name.to_owned() }
    }

    /// Puts events on the bus; what became of each, in their order. What the bus refuses is tried
    /// again by itself, after pauses that grow.
    pub async fn put(&self, entries: &[Entry]) -> Vec<Result<(), NotTaken>> {
        let sizes: Vec<usize> = entries.iter().map(Entry::size).collect();
        let batches = batches(&sizes).into_iter().filter_map(|range| entries.get(range));
        let put = batches.map(|batch| self.clone().put_batch(batch.to_vec())).collect::<Vec<_>>();
        let put = futures::stream::iter(put).buffered(AT_ONCE).collect::<Vec<_>>();
        put.await.into_iter().flatten().collect()
    }

    async fn put_batch(self, batch: Vec<Entry>) -> Vec<Result<(), NotTaken>> {
        let (client, name) = (&self.client, &self.name);
        let put = until_taken(batch, |left| async move {
            let requests = left.iter().map(|entry| entry.request(name)).collect();
            let answer = client.put_events().set_entries(Some(requests)).send().await;
            let answer = answer.map_err(|failed| {
                error!("events cannot be put on the bus: {}", DisplayErrorContext(&failed));
                failed.code().unwrap_or("no answer").to_owned()
            })?;
            Ok(answer.entries().iter().map(taken).collect())
        });
        put.await.into_iter().map(|result| result.map_err(NotTaken)).collect()
    }
}

fn taken(said: &PutEventsResultEntry) -> Result<(), String> {
    match said.error_code() {
        None => Ok(()),
        Some(code) => Err(code.to_owned()),
    }
}

/// Cuts events of these sizes into requests as the bus takes them, in their order.
fn batches(sizes: &[usize]) -> Vec<Range<usize>> {
    let (mut batches, mut start, mut bytes) = (Vec::new(), 0_usize, 0_usize);
    for (place, size) in sizes.iter().enumerate() {
        let full = place.saturating_sub(start) >= ENTRIES_MAX;
        if place > start && (full || bytes.saturating_add(*size) > BATCH_BYTES_MAX) {
            batches.push(start..place);
            (start, bytes) = (place, 0);
        }
        bytes = bytes.saturating_add(*size);
    }
    if start < sizes.len() {
        batches.push(start..sizes.len());
    }
    batches
}

#[cfg(test)]
#[path = "bus_tests.rs"]
mod tests;

//! A batch of the stream: posted, told on the bus, and measured.

use std::time::{Duration, Instant};

use upline_contract::published::{Outgoing, Told};
use upline_lambda::{
    Bus, Deadline, Entry, Image, Measured, NotTaken, Shell, each_change, each_outgoing,
};
use upline_store::StoreError;

use crate::handle;

/// Why a batch comes again, whole. What of it is posted or published already does no harm.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus did not take some events, however often it was asked.
    #[error("the bus did not take {count} of the events ({word})")]
    NotTaken {
        /// How many.
        count: usize,
        /// Why, of one of them: a word of the bus's own.
        word: String,
    },
    /// An event has no form; a bug.
    #[error("an event cannot be written: {0}")]
    Form(#[from] serde_json::Error),
    /// There is no time to go on.
    #[error("the batch was not done in time")]
    NotDone,
}

/// Posts a batch, then publishes what it has to tell, where there is a bus.
///
/// # Errors
///
/// * [`BatchError`]: hand in the whole batch again.
pub async fn take(
    shell: &Shell,
    bus: Option<&Bus>,
    deadline: Deadline<'_>,
    images: &[Image],
) -> Result<(), BatchError> {
    let began = Instant::now();
    let mut measured = Measured::default();
    let done = if deadline.leaves_time_to_begin() {
        let done = post_and_publish(shell, bus, deadline, images, &mut measured);
        let done = tokio::time::timeout(deadline.left(), Box::pin(done)).await;
        done.unwrap_or(Err(BatchError::NotDone))
    } else {
        Err(BatchError::NotDone)
    };
    measured.took("Latency", began.elapsed());
    measured.count(if done.is_ok() { "BatchesPosted" } else { "BatchesRetried" }, 1);
    measured.tally(shell.store.take_tally());
    shell.metrics.write(deadline.now(), measured);
    done
}

async fn post_and_publish(
    shell: &Shell,
    bus: Option<&Bus>,
    deadline: Deadline<'_>,
    images: &[Image],
    measured: &mut Measured,
) -> Result<(), BatchError> {
    handle(&shell.store, deadline.now(), each_change(images)).await?;
    for image in images {
        if let Some(lag) = lag(image, deadline) {
            measured.took("PostingLag", lag);
        }
    }
    if let Some(bus) = bus {
        let events = each_outgoing(images);
        publish(bus, &events).await?;
        measured.count("EventsPublished", u64::try_from(events.len()).unwrap_or(u64::MAX));
    }
    Ok(())
}

/// Puts all of these events on the bus, or fails: each is put again as often as one likes.
async fn publish(bus: &Bus, events: &[Outgoing<Told>]) -> Result<(), BatchError> {
    let entries: Vec<Entry> = events.iter().map(Entry::telling).collect::<Result<_, _>>()?;
    let put = bus.put(&entries).await;
    let mut not_taken = put.into_iter().filter_map(Result::err);
    match not_taken.next() {
        None => Ok(()),
        Some(NotTaken(word)) => {
            Err(BatchError::NotTaken { count: not_taken.count().saturating_add(1), word })
        }
    }
}

/// From the change of an item to its being posted. The stream knows the second alone.
fn lag(image: &Image, deadline: Deadline<'_>) -> Option<Duration> {
    let lag = deadline.now().duration_since(image.changed_at()?);
    Some(Duration::try_from(lag).unwrap_or_default())
}

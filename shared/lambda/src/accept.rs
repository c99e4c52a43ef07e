//! The door to the bus: what can be handled goes on it, and what cannot is kept aside at once.

use jiff::Timestamp;
use upline_store::{ParkedId, Store, StoreResult};

use crate::bus::Entry;
use crate::door::{Admitted, Arrived, Message, admit};
use crate::outcome::{Outcome, Taken};
use crate::park::{Keep, park_message};

/// What is to be put on the bus, or what became of an event that cannot. `retried` is the parked
/// event that it stands for.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: nothing is known to be kept; send it again.
pub async fn admit_to_bus(
    store: &Store,
    now: Timestamp,
    arrived: Arrived,
    retried: Option<&ParkedId>,
    keep: Keep,
) -> StoreResult<Result<(Box<Message>, Entry), Taken>> {
    let message = match admit(store, now, arrived, keep).await? {
        Admitted::Sound(message) => message,
        Admitted::Unsound(taken) => return Ok(Err(taken)),
    };
    let outcome: Outcome = match Entry::of(&message.text, retried) {
        Ok(entry) => return Ok(Ok((message, entry))),
        Err(outcome) => outcome,
    };
    park_message(store, now, &message, &outcome, keep).await?;
    let reason = outcome.reason();
    Ok(Err(Taken::of(message.event, outcome, reason)))
}

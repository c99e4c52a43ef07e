//! What cannot succeed as it is: kept whole, with its reason, for a person.

use jiff::Timestamp;
use upline_contract::event::Event;
use upline_contract::restate::order_paid;
use upline_domain::ids::{EventId, TenantId};
use upline_domain::order::Paid;
use upline_domain::time;
use upline_store::{Cannot, ParkedEvent, ParkedId, Store, StoreResult, keys};

use crate::door::{Message, hash};
use crate::outcome::Outcome;

/// What is known of an event that is parked.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) tenant: Option<&'a TenantId>,
    pub(crate) id: Option<&'a EventId>,
    pub(crate) time: Option<Timestamp>,
    pub(crate) text: &'a str,
    pub(crate) hash: &'a str,
}

impl<'a> About<'a> {
    pub(crate) fn of(message: &'a Message) -> Self {
        let Event { id, tenant, time, .. } = &message.event;
        let Message { text, hash, .. } = message;
        About { tenant: Some(tenant), id: Some(id), time: Some(*time), text, hash }
    }
}

/// Where an event is kept that cannot succeed as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// In the list of those that wait for a person.
    Listed,
    /// Beside the list, in which another event stands for it.
    Aside,
}

/// Keeps an event whole where its outcome says that it cannot succeed; nothing otherwise.
pub(crate) async fn park(
    store: &Store,
    now: Timestamp,
    about: About<'_>,
    outcome: &Outcome,
    keep: Keep,
) -> StoreResult<()> {
    let (code, reason) = match outcome {
        Outcome::Conflict { reason } => ("conflict", reason),
        Outcome::Parked { code, reason } => (code.as_str(), reason),
        Outcome::Created
        | Outcome::Exists
        | Outcome::Superseded { .. }
        | Outcome::Waiting
        | Outcome::Refused { .. } => return Ok(()),
    };
    let day = about.time.map(|at| time::day(at, &jiff::tz::TimeZone::UTC).to_string());
    let event = about.id.map_or(keys::UNREAD, EventId::as_str).to_owned();
    let id = ParkedId {
        day: day.unwrap_or_else(|| keys::UNDATED.to_owned()),
        event,
        hash: about.hash.to_owned(),
    };
    let parked = ParkedEvent {
        id,
        code: code.to_owned(),
        reason: reason.clone(),
        at: now,
        event: about.text.to_owned(),
    };
    match keep {
        Keep::Listed => store.park(about.tenant, &parked).await,
        Keep::Aside => store.park_aside(about.tenant, &parked).await,
    }
}

/// Parks a message where its outcome says so; nothing otherwise.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: it is not known to be kept; do it again.
pub async fn park_message(
    store: &Store,
    now: Timestamp,
    message: &Message,
    outcome: &Outcome,
    keep: Keep,
) -> StoreResult<()> {
    park(store, now, About::of(message), outcome, keep).await
}

/// Parks orders that waited and turn out to be impossible to calculate, each as the event it came
/// from, so that it can be retried.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: some are not known to be kept; do it again.
pub async fn park_restated(
    store: &Store,
    now: Timestamp,
    tenant: &TenantId,
    orders: Vec<(Paid, Cannot)>,
) -> StoreResult<()> {
    for (paid, cannot) in orders {
        park_order(store, now, tenant, &paid, &Outcome::parked(cannot.code(), &cannot)).await?;
    }
    Ok(())
}

/// Parks an order that is recorded as the event it came from.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: it is not known to be kept; do it again.
pub async fn park_order(
    store: &Store,
    now: Timestamp,
    tenant: &TenantId,
    paid: &Paid,
    outcome: &Outcome,
) -> StoreResult<()> {
    match Message::of(order_paid(tenant, paid, paid.paid_at).to_string()) {
        Some(message) => park_message(store, now, &message, outcome, Keep::Listed).await,
        None => Ok(()),
    }
}

/// Parks a message of a queue that is no event. It is in no tenant's list, whatever it names: what
/// is listed there can be sent again as an event, which this is not.
pub(crate) async fn park_body(
    store: &Store,
    now: Timestamp,
    text: &str,
    outcome: &Outcome,
) -> StoreResult<()> {
    let about = About { tenant: None, id: None, time: None, text, hash: &hash(text) };
    park(store, now, about, outcome, Keep::Listed).await
}

/// Parks an item of the table that cannot be posted, by the id of the order or distributor.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: it is not known to be kept; do it again.
pub async fn park_item(
    store: &Store,
    now: Timestamp,
    tenant: &TenantId,
    id: &str,
    outcome: &Outcome,
) -> StoreResult<()> {
    let (text, id) = (serde_json::json!({ "item": id }).to_string(), id.parse().ok());
    let about = About {
        tenant: Some(tenant),
        id: id.as_ref(),
        time: None,
        text: &text,
        hash: &hash(&text),
    };
    park(store, now, about, outcome, Keep::Listed).await
}

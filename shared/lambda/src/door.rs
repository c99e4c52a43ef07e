//! The one door for events, however they come: parsed, held against the clock, handled, and parked
//! whole where they cannot succeed as they are.

use jiff::Timestamp;
use upline_contract::event::{Event, Fact, Refused, parse_text};
use upline_domain::fingerprint::Fields;
use upline_domain::ids::{EventId, ForeignId, TenantId};
use upline_domain::limits::AHEAD_MINUTES_MAX;
use upline_domain::member::Referrer;
use upline_domain::time;
use upline_store::{Store, StoreResult};

use crate::outcome::{Outcome, Taken};
use crate::park::{About, Keep, park};

/// An event as a handler takes it.
#[derive(Clone, Debug)]
pub struct Message {
    /// What it says.
    pub event: Event,
    /// The event whole, letter by letter as it came.
    pub text: String,
    /// Of the text.
    pub hash: String,
}

impl Message {
    /// The message of an event that was kept and is taken up again; none where it is no event.
    #[must_use]
    pub fn of(text: String) -> Option<Self> {
        let event = parse_text(&text).ok()?;
        let hash = hash(&text);
        Some(Self { event, text, hash })
    }
}

pub(crate) fn hash(text: &str) -> String {
    Fields::of("event").text(text).finish().to_string()
}

/// An event that came through the door: read, and held against the clock and the token.
#[derive(Debug)]
pub struct Arrived {
    text: String,
    hash: String,
    id: Option<EventId>,
    tenant: Option<TenantId>,
    time: Option<Timestamp>,
    correlation: Option<ForeignId>,
    causation: Option<ForeignId>,
    event: Result<Event, Outcome>,
}

impl Arrived {
    /// What it says, where it can be handled.
    #[must_use]
    pub fn event(&self) -> Option<&Event> {
        self.event.as_ref().ok()
    }
}

/// Reads one event from its text; nothing is kept yet. `caller` is the tenant who may send here;
/// none where that is settled before, as on a queue.
#[must_use]
pub fn arrive(now: Timestamp, caller: Option<&TenantId>, text: &str) -> Arrived {
    let (text, hash) = (text.to_owned(), hash(text));
    let arrived = match parse_text(&text) {
        Ok(event) => Arrived {
            text,
            hash,
            id: Some(event.id.clone()),
            tenant: Some(event.tenant.clone()),
            time: Some(event.time),
            correlation: event.correlation.clone(),
            causation: event.causation.clone(),
            event: ahead(&event, now).map_or(Ok(event), Err),
        },
        Err(refused) => {
            let event = Err(Outcome::parked(refused.code, &refused.reason));
            let Refused { id, tenant, time, correlation, causation, .. } = *refused;
            Arrived { text, hash, id, tenant, time, correlation, causation, event }
        }
    };
    match (caller, &arrived.tenant) {
        (Some(caller), Some(named)) if caller != named => {
            let (tenant, event) = (Some(caller.clone()), Err(foreign_outcome()));
            Arrived { tenant, event, ..arrived }
        }
        (Some(caller), _) => Arrived { tenant: Some(caller.clone()), ..arrived },
        (None, _) => arrived,
    }
}

/// Lets `handle` decide and commit what arrived, and parks it where it cannot succeed.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: nothing is known to be kept; send it again.
pub async fn take(
    store: &Store,
    now: Timestamp,
    arrived: Arrived,
    handle: impl AsyncFnOnce(&Message) -> StoreResult<Outcome>,
) -> StoreResult<Taken> {
    take_and_keep(store, now, arrived, handle, Keep::Listed).await
}

/// Like [`take`], for an event that a person mended. Where it cannot succeed either it is kept, but
/// not listed: the person has the answer, and the one that they mended stays listed for both.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: nothing is known to be kept; send it again.
pub async fn take_mended(
    store: &Store,
    now: Timestamp,
    arrived: Arrived,
    handle: impl AsyncFnOnce(&Message) -> StoreResult<Outcome>,
) -> StoreResult<Taken> {
    take_and_keep(store, now, arrived, handle, Keep::Aside).await
}

async fn take_and_keep(
    store: &Store,
    now: Timestamp,
    arrived: Arrived,
    handle: impl AsyncFnOnce(&Message) -> StoreResult<Outcome>,
    keep: Keep,
) -> StoreResult<Taken> {
    let message = match admit(store, now, arrived, keep).await? {
        Admitted::Sound(message) => message,
        Admitted::Unsound(taken) => return Ok(taken),
    };
    // On the heap: what a handler waits for is nested deep, and its callers hold it.
    let outcome = Box::pin(handle(&message)).await?;
    let waits = || waits_for(&message.event.fact);
    let reason = outcome.reason().or_else(|| (outcome == Outcome::Waiting).then(waits));
    park(store, now, About::of(&message), &outcome, keep).await?;
    Ok(Taken::of(message.event, outcome, reason))
}

/// What became of an event at the door.
#[derive(Debug)]
pub enum Admitted {
    /// It can be handled.
    Sound(Box<Message>),
    /// It cannot succeed as it is, and is parked, or it is another tenant's.
    Unsound(Taken),
}

/// Lets an event pass that can be handled, and keeps one that cannot succeed as it is.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: nothing is known to be kept; send it again.
pub async fn admit(
    store: &Store,
    now: Timestamp,
    arrived: Arrived,
    keep: Keep,
) -> StoreResult<Admitted> {
    let Arrived { text, hash, id, tenant, time, correlation, causation, event } = arrived;
    let outcome = match event {
        Ok(event) => return Ok(Admitted::Sound(Box::new(Message { event, text, hash }))),
        Err(outcome) => outcome,
    };
    let about = About { tenant: tenant.as_ref(), id: id.as_ref(), time, text: &text, hash: &hash };
    park(store, now, about, &outcome, keep).await?;
    let (detail_type, reason) = (None, outcome.reason());
    Ok(Admitted::Unsound(Taken {
        id,
        tenant,
        correlation,
        causation,
        detail_type,
        outcome,
        reason,
    }))
}

/// What a fact that waits is waiting for, in words.
fn waits_for(fact: &Fact) -> String {
    let (path, referrer) = match fact {
        Fact::Registered(one) => ("sponsor_id", one.sponsor.as_ref()),
        Fact::Bound(one) => ("distributor_id", Some(&one.referrer)),
        Fact::Paid(_) | Fact::Refunded { .. } | Fact::Completed { .. } => ("buyer_id", None),
    };
    let then = "it is taken up by itself when that changes";
    match (referrer, fact) {
        (Some(Referrer::Code(code)), _) => {
            format!(
                "waiting: detail.data.invite_code: the invite code {code} is not known yet; {then}"
            )
        }
        (Some(Referrer::Distributor(id)), _) => {
            format!("waiting: detail.data.{path}: distributor {id} is not known yet; {then}")
        }
        (None, Fact::Paid(paid)) => {
            let code = paid.invite_code.as_ref();
            let code = code.map(|code| format!(", nor does the invite code {code}"));
            format!(
                "waiting: detail.data.{path}: no binding of buyer {} counts at paid_at yet{}; \
                 {then}",
                paid.buyer,
                code.unwrap_or_default(),
            )
        }
        (None, _) => format!("waiting: {then}"),
    }
}

fn foreign_outcome() -> Outcome {
    let reason = "detail.metadata.tenant: it is not the tenant of the token; use that tenant's";
    Outcome::Refused { reason: reason.to_owned() }
}

/// Refuses what is dated too far ahead: plans, levels and statuses of then are not settled yet.
fn ahead(event: &Event, now: Timestamp) -> Option<Outcome> {
    let fact = &event.fact;
    let dates = [("detail.metadata.time", event.time), (fact.time_path(), fact.time())];
    let (path, date) = dates.into_iter().find(|(_, date)| time::is_ahead(*date, now))?;
    let reason = format!(
        "{path}: {} is more than {AHEAD_MINUTES_MAX} minutes ahead of the clock, {}; \
         check the shop's clock, and retry when the time has come",
        time::text(date),
        time::text(now),
    );
    Some(Outcome::parked("ahead", reason))
}

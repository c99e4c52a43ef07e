//! The messages of a shop, read into facts of the domain, or refused with the reason.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use upline_domain::bind::BindingRequest;
use upline_domain::ids::{Cause, EventId, ForeignId, OrderId, RefundId, TenantId};
use upline_domain::member::Registration;
use upline_domain::order::{Paid, Refund};
use upline_domain::time;

use crate::convert;
use crate::read::{Flaw, MALFORMED, ignored, read};
use crate::strict::{self, Oddity};
use crate::wire::{
    BuyerBound, Detail, DistributorRegistered, Envelope, OrderCompleted, OrderPaid, OrderRefunded,
};

/// A message of a shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Of the message. Not what makes a fact unique: the fact's own id does.
    pub id: EventId,
    /// The shop.
    pub tenant: TenantId,
    /// When the message was made. Held against the clock by whoever takes it.
    pub time: Timestamp,
    /// Of the chain of messages that it belongs to, where the shop says so.
    pub correlation: Option<ForeignId>,
    /// Of what it came of, where the shop says so.
    pub causation: Option<ForeignId>,
    /// What it says happened.
    pub fact: Fact,
}

impl Event {
    /// This event, as the cause of what comes of it.
    #[must_use]
    pub fn as_cause(&self) -> Cause {
        Cause { event: self.id.clone(), correlation: self.correlation.clone() }
    }
}

/// What a message says happened, checked and in range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Someone became a distributor.
    Registered(Registration),
    /// A buyer came through a distributor.
    Bound(BindingRequest),
    /// An order was paid.
    Paid(Paid),
    /// Money was given back.
    Refunded {
        /// The order.
        order: OrderId,
        /// Unique in the order.
        id: RefundId,
        /// How much, of what.
        refund: Refund,
    },
    /// The buyer confirmed receipt, or the return window closed.
    Completed {
        /// The order.
        order: OrderId,
        /// When.
        completed_at: Timestamp,
    },
}

/// The kinds of message, as `detail-type` has them.
pub(crate) const REGISTERED: &str = "DistributorRegistered";
pub(crate) const BOUND: &str = "BuyerBound";
pub(crate) const PAID: &str = "OrderPaid";
pub(crate) const REFUNDED: &str = "OrderRefunded";
pub(crate) const COMPLETED: &str = "OrderCompleted";

impl Fact {
    /// When it happened by the shop's account: `registered_at`, `bound_at`, `paid_at`,
    /// `refunded_at` or `completed_at`.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        match self {
            Self::Registered(registration) => registration.registered_at,
            Self::Bound(binding) => binding.bound_at,
            Self::Paid(paid) => paid.paid_at,
            Self::Refunded { refund, .. } => refund.refunded_at,
            Self::Completed { completed_at, .. } => *completed_at,
        }
    }

    /// Where [`Fact::time`] stands in the event.
    #[must_use]
    pub fn time_path(&self) -> &'static str {
        match self {
            Self::Registered(_) => "detail.data.registered_at",
            Self::Bound(_) => "detail.data.bound_at",
            Self::Paid(_) => "detail.data.paid_at",
            Self::Refunded { .. } => "detail.data.refunded_at",
            Self::Completed { .. } => "detail.data.completed_at",
        }
    }

    /// The `detail-type` of messages that say so.
    #[must_use]
    pub fn detail_type(&self) -> &'static str {
        match self {
            Self::Registered(_) => REGISTERED,
            Self::Bound(_) => BOUND,
            Self::Paid(_) => PAID,
            Self::Refunded { .. } => REFUNDED,
            Self::Completed { .. } => COMPLETED,
        }
    }
}

/// Why a message is no event, and what could be read of its envelope all the same, for parking.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {reason}")]
pub struct Refused {
    /// One word for programs: `malformed`, `too_large` or `overflow`; of what is read strictly, as
    /// a simulation or a case is, also `unknown_key`.
    pub code: &'static str,
    /// The path of what is wrong and what to do, in one sentence.
    pub reason: String,
    /// The id of the message, where it is one.
    pub id: Option<EventId>,
    /// The shop, where its id is one.
    pub tenant: Option<TenantId>,
    /// When the message was made, where that is a time.
    pub time: Option<Timestamp>,
    /// Of the chain of messages that it belongs to, where that is an id.
    pub correlation: Option<ForeignId>,
    /// Of what it came of, where that is an id.
    pub causation: Option<ForeignId>,
}

impl Refused {
    pub(crate) fn new(flaw: &Flaw, envelope: Option<&Value>) -> Self {
        let field = |name: &str| {
            let metadata = envelope?.get("detail")?.get("metadata")?;
            metadata.get(name)?.as_str()
        };
        Self {
            code: flaw.code,
            reason: flaw.sentence(),
            id: field("id").and_then(|id| id.parse().ok()),
            tenant: field("tenant").and_then(|tenant| tenant.parse().ok()),
            time: field("time").and_then(|text| time::parse(text).ok()),
            correlation: field("correlation_id").and_then(|id| id.parse().ok()),
            causation: field("causation_id").and_then(|id| id.parse().ok()),
        }
    }
}

/// Reads one message. Unknown fields are ignored, and `null` is the same as absent.
///
/// # Errors
///
/// * [`Refused`] with code `malformed` for a field that is missing, of another type or form, or
///   contradicts another; `too_large` for more lines than an order may have; `overflow` for an
///   amount, product or total above 10^12 minor units.
pub fn parse(value: &Value) -> Result<Event, Box<Refused>> {
    event(value).map_err(|flaw| Box::new(Refused::new(&flaw, Some(value))))
}

/// Reads one message from its text.
///
/// # Errors
///
/// * [`Refused`] as [`parse`] has it, and with code `malformed` for what is not JSON, or has a key
///   twice in one object: which of the two is meant, nobody can know.
pub fn parse_text(text: &str) -> Result<Event, Box<Refused>> {
    let (value, twice) = strictly(text).map_err(|flaw| Box::new(Refused::new(&flaw, None)))?;
    match twice {
        Some(flaw) => Err(Box::new(Refused::new(&flaw, Some(&value)))),
        None => parse(&value),
    }
}

/// Reads a text as JSON in which no key stands twice.
pub(crate) fn json(text: &str) -> Result<Value, Flaw> {
    let (value, twice) = strictly(text)?;
    twice.map_or(Ok(value), Err)
}

/// Reads a text as JSON, with the first key that stands twice in one object.
fn strictly(text: &str) -> Result<(Value, Option<Flaw>), Flaw> {
    let mut twice = None;
    let value = strict::parse(text, &mut |oddity, path| {
        if oddity == Oddity::Twice && twice.is_none() {
            twice = Some(Flaw::malformed(path.to_string(), "the key stands twice; send it once"));
        }
    });
    Ok((value.map_err(|error| Flaw::malformed("", error))?, twice))
}

/// The fields of an event that the format does not have, by path, such as
/// `detail.data.lines[0].discuont`; none of a text that is no event. They are ignored where the
/// event is taken, so one that is misspelt is as absent. What EventBridge adds beside `detail` is
/// left out.
#[must_use]
pub fn ignored_fields(text: &str) -> Vec<String> {
    let Ok((value, _)) = strictly(text) else { return Vec::new() };
    let mut fields = match value.get("detail-type").and_then(Value::as_str) {
        Some(REGISTERED) => ignored::<Envelope<DistributorRegistered>>(&value),
        Some(BOUND) => ignored::<Envelope<BuyerBound>>(&value),
        Some(PAID) => ignored::<Envelope<OrderPaid>>(&value),
        Some(REFUNDED) => ignored::<Envelope<OrderRefunded>>(&value),
        Some(COMPLETED) => ignored::<Envelope<OrderCompleted>>(&value),
        Some(_) | None => Vec::new(),
    };
    fields.retain(|path| path.starts_with("detail."));
    fields
}

/// Of the chain of messages that a text belongs to, as far as it can be read.
pub(crate) fn correlation_of(text: &str) -> Option<ForeignId> {
    let (value, _) = strictly(text).ok()?;
    value.get("detail")?.get("metadata")?.get("correlation_id")?.as_str()?.parse().ok()
}

/// The order that an event is of, as far as it can be read.
#[must_use]
pub fn subject_order(text: &str) -> Option<OrderId> {
    let (value, _) = strictly(text).ok()?;
    value.get("detail")?.get("data")?.get("order_id")?.as_str()?.parse().ok()
}

/// What an event is about, as far as it can be read, such as `OrderPaid of order_id A1`: two events
/// are of one thing where this is the same. None where the kind or an id cannot be read.
#[must_use]
pub fn subject(text: &str) -> Option<String> {
    let (value, _) = strictly(text).ok()?;
    let kind = value.get("detail-type")?.as_str()?;
    let names: &[&str] = match kind {
        REGISTERED => &["distributor_id"],
        BOUND => &["buyer_id"],
        PAID | COMPLETED => &["order_id"],
        REFUNDED => &["order_id", "refund_id"],
        _ => return None,
    };
    let data = value.get("detail")?.get("data")?;
    let id = |name: &&str| {
        let id: OrderId = data.get(*name)?.as_str()?.parse().ok()?;
        Some(format!("{name} {id}"))
    };
    let ids: Option<Vec<String>> = names.iter().map(id).collect();
    Some(format!("{kind} of {}", ids?.join(", ")))
}

fn event(value: &Value) -> Result<Event, Flaw> {
    match value.get("detail-type").and_then(Value::as_str) {
        Some(REGISTERED) => of(value, |data: DistributorRegistered| {
            convert::registration(data, DATA).map(Fact::Registered)
        }),
        Some(BOUND) => of(value, |data: BuyerBound| convert::binding(data, DATA).map(Fact::Bound)),
        Some(PAID) => of(value, |data: OrderPaid| convert::payment(data, DATA).map(Fact::Paid)),
        Some(REFUNDED) => of(value, |data: OrderRefunded| {
            let (order, id) = (data.order_id.0.clone(), data.refund_id.0.clone());
            convert::refund(data, DATA).map(|refund| Fact::Refunded { order, id, refund })
        }),
        Some(COMPLETED) => of(value, |data: OrderCompleted| {
            let (order, completed_at) = (data.order_id.0, data.completed_at.0);
            Ok(Fact::Completed { order, completed_at })
        }),
        Some(other) => Err(unknown(other)),
        None => of(value, |_: serde::de::IgnoredAny| Err(unknown(""))),
    }
}

/// Where the data of a message stand in it.
const DATA: &str = "detail.data";

fn unknown(detail_type: &str) -> Flaw {
    let shown: String = detail_type.chars().take(40).collect();
    let message = format!(
        "there is no message {shown:?}; \
         write {REGISTERED}, {BOUND}, {PAID}, {REFUNDED} or {COMPLETED}"
    );
    Flaw::new(MALFORMED, "detail-type", message)
}

fn of<D: DeserializeOwned>(
    value: &Value,
    fact: impl FnOnce(D) -> Result<Fact, Flaw>,
) -> Result<Event, Flaw> {
    let Envelope { detail: Detail { metadata, data }, .. } = read::<Envelope<D>>(value)?;
    if metadata.version.as_deref().is_some_and(|version| version != "1") {
        let message = "write \"1\", the only version of this format, or leave it out";
        return Err(Flaw::malformed("detail.metadata.version", message));
    }
    Ok(Event {
        id: metadata.id.0,
        tenant: metadata.tenant.0,
        time: metadata.time.0,
        correlation: metadata.correlation_id.map(|id| id.0),
        causation: metadata.causation_id.map(|id| id.0),
        fact: fact(data)?,
    })
}

#[cfg(test)]
mod tests;

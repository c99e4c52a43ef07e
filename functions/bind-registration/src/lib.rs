//! `bind-registration`: a distributor is registered, a buyer is bound. Whoever waited for them is
//! taken up.

mod bind;
mod referrer;
mod register;
mod take_up;

use jiff::Timestamp;
use upline_contract::event::Fact;
use upline_domain::ids::BuyerId;
use upline_domain::member::Member;
use upline_lambda::{Message, Outcome};
use upline_store::{Store, StoreResult};

/// Longest event that may have to wait: it is kept whole in one item of the table.
const WAITING_BYTES_MAX: usize = 300_000;

/// What became of an event, and who may have been waited for.
struct Handled {
    outcome: Outcome,
    appeared: Option<Appeared>,
}

/// Somebody who may have been waited for; also where they were there before, because the one who
/// made them may have crashed before taking up what waited.
enum Appeared {
    /// A distributor, by id or code, or as a buyer.
    Distributor(Box<Member>),
    /// A buyer with a binding that counts from a time on.
    Bound(BuyerId, Timestamp),
}

impl Handled {
    fn only(outcome: Outcome) -> Self {
        Self { outcome, appeared: None }
    }
}

/// Takes a `DistributorRegistered` or a `BuyerBound`.
///
/// One that names a code or distributor who is not known yet is kept and answered `waiting`; it is
/// taken up by itself when they appear. Every registration and binding, a repeat too, takes up what
/// waited for it: other registrations and bindings, and orders paid from its date on.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: send it again; what was done already is not done twice.
pub async fn handle(store: &Store, now: Timestamp, message: &Message) -> StoreResult<Outcome> {
    let store = &store.caused_by(message.event.as_cause());
    let Handled { outcome, appeared } = handle_one(store, now, message).await?;
    if let Some(appeared) = appeared {
        take_up::all(store, now, &message.event.tenant, appeared).await?;
    }
    Ok(outcome)
}

async fn handle_one(store: &Store, now: Timestamp, message: &Message) -> StoreResult<Handled> {
    if message.text.len() > WAITING_BYTES_MAX {
        let reason = format!(
            "detail: the event has {} bytes, and one that may have to wait has at most \
             {WAITING_BYTES_MAX}; send it without what is not asked for",
            message.text.len(),
        );
        return Ok(Handled::only(Outcome::parked("too_large", reason)));
    }
    match &message.event.fact {
        Fact::Registered(registration) => {
            register::register(store, now, message, registration).await
        }
        Fact::Bound(request) => bind::bind(store, message, request).await,
        Fact::Paid(_) | Fact::Refunded { .. } | Fact::Completed { .. } => {
            let reason = "detail-type: send DistributorRegistered and BuyerBound here";
            Ok(Handled::only(Outcome::parked("malformed", reason)))
        }
    }
}

//! `calculate-commission`: an order was paid; who earns what of it is decided and frozen.

use jiff::Timestamp;
use upline_contract::event::Fact;
use upline_lambda::{Message, Outcome, park_restated};
use upline_store::{Attempt, Store, StoreResult};

/// Takes an `OrderPaid`: one conditional write with the payment and, where it is known through whom
/// the order came, what it earns whom. Where it is not known, the order waits.
///
/// A repeat changes nothing. The same order id with another payment is a conflict.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: send it again; what was done already is not done twice.
pub async fn handle(store: &Store, now: Timestamp, message: &Message) -> StoreResult<Outcome> {
    let Fact::Paid(paid) = &message.event.fact else {
        return Ok(Outcome::parked("malformed", "detail-type: send OrderPaid here"));
    };
    let store = &store.caused_by(message.event.as_cause());
    let tenant = &message.event.tenant;
    let (attempt, others) = store.record_payment(tenant, paid, now).await?;
    park_restated(store, now, tenant, others).await?;
    Ok(match attempt {
        Attempt::Attributed => Outcome::Created,
        Attempt::Exists => Outcome::Exists,
        Attempt::Waiting => Outcome::Waiting,
        Attempt::Conflict => Outcome::Conflict {
            reason: format!(
                "detail.data.order_id: {} is recorded with another payment; \
                 an order is never edited, send a refund or another order",
                paid.order,
            ),
        },
        Attempt::Cannot(cannot) => Outcome::parked(cannot.code(), format!("detail.data: {cannot}")),
    })
}

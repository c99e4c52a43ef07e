//! `reverse-refund`: money was given back; the order's record gains the refund. What it takes back
//! of whom is a function of the record.

use jiff::Timestamp;
use upline_contract::event::Fact;
use upline_domain::limits::{REFUNDED_LINES_MAX, REFUNDS_MAX};
use upline_lambda::{Message, Outcome};
use upline_store::{Added, Store, StoreResult};

/// Takes an `OrderRefunded`: one conditional write, whether or not the payment is here.
///
/// A repeat changes nothing. The same refund id with other contents is a conflict.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: send it again; what was done already is not done twice.
pub async fn handle(store: &Store, _now: Timestamp, message: &Message) -> StoreResult<Outcome> {
    let Fact::Refunded { order, id, refund } = &message.event.fact else {
        return Ok(Outcome::parked("malformed", "detail-type: send OrderRefunded here"));
    };
    let store = store.caused_by(message.event.as_cause());
    Ok(match store.add_refund(&message.event.tenant, order, id, refund).await? {
        Added::Created => Outcome::Created,
        Added::Exists => Outcome::Exists,
        Added::Conflict => Outcome::Conflict {
            reason: format!(
                "detail.data.refund_id: refund {id} of order {order} is recorded with other \
                 contents; a refund is never edited, send another refund_id",
            ),
        },
        Added::TooLarge => Outcome::parked(
            "too_large",
            format!(
                "detail.data: order {order} has {REFUNDS_MAX} refunds or {REFUNDED_LINES_MAX} \
                 refunded lines, the most it can hold; adjust the rest by hand",
            ),
        ),
    })
}

//! `complete-order`: the buyer confirmed receipt, or the return window closed; the order's record
//! gains the completion, and its commission gets a date.

use jiff::Timestamp;
use upline_contract::event::Fact;
use upline_lambda::{Message, Outcome};
use upline_store::{Added, Store, StoreResult};

/// Takes an `OrderCompleted`: one conditional write, whether or not the payment is here.
///
/// A repeat changes nothing. Another time for the same order is a conflict.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: send it again; what was done already is not done twice.
pub async fn handle(store: &Store, _now: Timestamp, message: &Message) -> StoreResult<Outcome> {
    let Fact::Completed { order, completed_at } = &message.event.fact else {
        return Ok(Outcome::parked("malformed", "detail-type: send OrderCompleted here"));
    };
    let store = store.caused_by(message.event.as_cause());
    let tenant = &message.event.tenant;
    Ok(match store.add_completion(tenant, order, *completed_at).await? {
        Added::Created => Outcome::Created,
        Added::Exists => Outcome::Exists,
        Added::Conflict | Added::TooLarge => Outcome::Conflict {
            reason: format!(
                "detail.data.completed_at: order {order} is recorded as completed at another \
                 time; the first stands",
            ),
        },
    })
}

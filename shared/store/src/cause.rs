//! What brought about the facts of an order: the event of each is kept on it, so that what is
//! published of the order can name it.
//!
//! That of the payment stays. Of the others the last one is kept, because a refund with an event
//! each would take more room than an order has.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use upline_domain::ids::Cause;

use crate::Store;
use crate::change::Update;
use crate::item::{Item, Read, Reader, text};
use crate::order_item::fact;

/// Of the payment.
const CAUSE: &str = "cause";
/// Of the fact that came last, where that is not the payment.
const LATER_CAUSE: &str = "later_cause";

impl Store {
    /// The same table: what is written is brought about by this event.
    #[must_use]
    pub fn caused_by(&self, cause: Cause) -> Self {
        Self { cause: Some(Arc::new(cause)), ..self.clone() }
    }

    /// The payment, as one more fact of an order.
    pub(crate) fn first_fact(&self) -> Update {
        let update = fact().remove(LATER_CAUSE);
        update.maybe_set(CAUSE, self.cause.as_deref().map(words))
    }

    /// One more fact of an order, which is not the payment.
    pub(crate) fn later_fact(&self) -> Update {
        fact().maybe_set(LATER_CAUSE, self.cause.as_deref().map(words))
    }
}

/// The event that brought about the last fact of an order; none of an order of before it was kept.
///
/// # Errors
///
/// * [`crate::Damaged`] where it is not as this program writes it.
pub fn cause_of(item: &Item) -> Read<Option<Cause>> {
    let reader = Reader(item);
    let later = reader.maybe(LATER_CAUSE, cause)?;
    if later.is_some() { Ok(later) } else { reader.maybe(CAUSE, cause) }
}

/// `event correlation`: no id has a blank.
fn words(Cause { event, correlation }: &Cause) -> AttributeValue {
    match correlation {
        Some(correlation) => text(format_args!("{event} {correlation}")),
        None => text(event),
    }
}

fn cause(value: &AttributeValue) -> Option<Cause> {
    let mut words = value.as_s().ok()?.splitn(2, ' ');
    let event = words.next()?.parse().ok()?;
    Some(Cause { event, correlation: words.next().map(str::parse).transpose().ok()? })
}

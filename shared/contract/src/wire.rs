//! The messages of a shop exactly as they are written, field by field.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use upline_domain::ids::{
    BuyerId, DistributorId, EventId, ForeignId, InviteCode, LineId, OrderId, RefundId, TenantId,
    Text,
};
use upline_domain::money::Currency;

use crate::read::objects;
use crate::scalar::{Amount, Checked, Quantity};

/// A message on the bus or over HTTP.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "an event as an object")]
pub(crate) struct Envelope<T> {
    /// Who sent it, such as `shop.demo`.
    source: Option<String>,
    /// What the message says happened.
    #[serde(rename = "detail-type")]
    detail_type: String,
    /// The message.
    pub(crate) detail: Detail<T>,
}

/// The message of an envelope.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "an object")]
pub(crate) struct Detail<T> {
    /// What every message has.
    pub(crate) metadata: Metadata,
    /// What this kind of message says.
    pub(crate) data: T,
}

/// What every message has.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "an object")]
pub(crate) struct Metadata {
    /// Of the message; the same message again has the same.
    pub(crate) id: Checked<EventId>,
    /// The shop.
    pub(crate) tenant: Checked<TenantId>,
    /// Of this format; "1" where it is absent.
    #[schemars(extend("enum" = ["1", null]))]
    pub(crate) version: Option<String>,
    /// When the message was made.
    pub(crate) time: Checked<Timestamp>,
    /// Of the chain of messages that this one belongs to, in whatever the shop does; it goes on to
    /// the log and to the events that come of this one.
    pub(crate) correlation_id: Option<Checked<ForeignId>>,
    /// Of the message or request that this one came of; it goes on to the log.
    pub(crate) causation_id: Option<Checked<ForeignId>>,
}

/// Someone became a distributor.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "an object")]
pub(crate) struct DistributorRegistered {
    /// The new distributor.
    pub(crate) distributor_id: Checked<DistributorId>,
    /// Since when.
    pub(crate) registered_at: Checked<Timestamp>,
    /// The code of the sponsor; not beside `sponsor_id`.
    pub(crate) invite_code: Option<Checked<InviteCode>>,
    /// The sponsor; not beside `invite_code`.
    pub(crate) sponsor_id: Option<Checked<DistributorId>>,
    /// The invite code they wish for.
    pub(crate) own_code: Option<Checked<InviteCode>>,
    /// Shown in team lists.
    pub(crate) display_name: Option<Checked<Text>>,
    /// Of the phone or browser they registered with.
    device_id: Option<String>,
    /// Of the same.
    ip: Option<String>,
    /// Where they registered.
    region: Option<Checked<Text>>,
}

/// A buyer came through a distributor.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "an object")]
pub(crate) struct BuyerBound {
    /// Who is bound.
    pub(crate) buyer_id: Checked<BuyerId>,
    /// The code of the distributor; this or `distributor_id`.
    pub(crate) invite_code: Option<Checked<InviteCode>>,
    /// The distributor; this or `invite_code`.
    pub(crate) distributor_id: Option<Checked<DistributorId>>,
    /// From when it counts.
    pub(crate) bound_at: Checked<Timestamp>,
    /// How the buyer was reached, such as `moments` or `group`.
    channel: Option<String>,
}

/// An order was paid.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "an object")]
pub(crate) struct OrderPaid {
    /// The order.
    pub(crate) order_id: Checked<OrderId>,
    /// Who bought.
    pub(crate) buyer_id: Checked<BuyerId>,
    /// Of every amount of the order.
    pub(crate) currency: Checked<Currency>,
    /// When it was paid.
    pub(crate) paid_at: Checked<Timestamp>,
    /// What was bought.
    #[schemars(length(min = 1, max = 200))]
    pub(crate) lines: Vec<OrderLine>,
    /// A coupon on the whole order, shared over its lines.
    pub(crate) discount: Option<Amount>,
    /// Earns no commission.
    pub(crate) shipping: Option<Amount>,
    /// Earns no commission.
    pub(crate) tax: Option<Amount>,
    /// The code the buyer came with.
    pub(crate) invite_code: Option<Checked<InviteCode>>,
    /// Where the order came from, for rules.
    pub(crate) region: Option<Checked<Text>>,
    /// Of the phone or browser that ordered.
    device_id: Option<String>,
    /// Of the same.
    ip: Option<String>,
}

/// One line of an order.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "a line as an object")]
pub(crate) struct OrderLine {
    /// Unique in the order.
    pub(crate) line_id: Checked<LineId>,
    /// What was bought.
    pub(crate) sku: Checked<Text>,
    /// Its category as a path, such as `apparel/women`.
    pub(crate) category: Option<Checked<Text>>,
    /// How many.
    pub(crate) quantity: Quantity,
    /// Price of one.
    pub(crate) unit_price: Amount,
    /// Taken off the whole line.
    pub(crate) discount: Option<Amount>,
    /// What one cost the shop.
    pub(crate) unit_cost: Option<Amount>,
}

/// Money was given back.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "an object")]
pub(crate) struct OrderRefunded {
    /// The order.
    pub(crate) order_id: Checked<OrderId>,
    /// Unique in the order.
    pub(crate) refund_id: Checked<RefundId>,
    /// When.
    pub(crate) refunded_at: Checked<Timestamp>,
    /// Of every amount of the refund.
    pub(crate) currency: Checked<Currency>,
    /// How much of which line; this or `amount`.
    #[schemars(length(min = 1, max = 400))]
    pub(crate) lines: Option<Vec<RefundedLine>>,
    /// How much of the goods in all; this or `lines`.
    pub(crate) amount: Option<Amount>,
    /// Given back of the shipping; takes no commission back.
    pub(crate) shipping: Option<Amount>,
    /// Given back of the tax; takes no commission back.
    pub(crate) tax: Option<Amount>,
}

/// What of one line is given back.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "a line as an object")]
pub(crate) struct RefundedLine {
    /// The line of the order.
    pub(crate) line_id: Checked<LineId>,
    /// How much of it.
    pub(crate) amount: Amount,
}

/// The buyer confirmed receipt, or the return window closed.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "an object")]
pub(crate) struct OrderCompleted {
    /// The order.
    pub(crate) order_id: Checked<OrderId>,
    /// When.
    pub(crate) completed_at: Checked<Timestamp>,
}

objects! {
    Metadata DistributorRegistered BuyerBound OrderPaid OrderLine OrderRefunded RefundedLine
    OrderCompleted
}
objects! { of T: Envelope Detail }

//! What events say, reduced to the fields that affect money or relations: two events with the same
//! of them are the same.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::exact::minor;
use super::fields::{list, required, text, time};
use super::people::Ancestor;

/// Someone, as an event names them.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Named {
    ByCode(String),
    ById(String),
}

impl Named {
    fn read(data: &Value, code: &str, id: &str) -> Option<Self> {
        let by_code = text(data, code).map(Self::ByCode);
        by_code.or_else(|| text(data, id).map(Self::ById))
    }
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Registration {
    pub(super) distributor: String,
    pub(super) registered_at: Timestamp,
    pub(super) sponsor: Option<Named>,
    pub(super) own_code: Option<String>,
}

impl Registration {
    pub(super) fn read(data: &Value) -> Self {
        Self {
            distributor: required(data, "distributor_id"),
            registered_at: time(&required(data, "registered_at")),
            sponsor: Named::read(data, "invite_code", "sponsor_id"),
            own_code: text(data, "own_code"),
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Payment {
    pub(super) order: String,
    pub(super) buyer: String,
    pub(super) currency: String,
    pub(super) paid_at: Timestamp,
    pub(super) lines: Vec<Goods>,
    pub(super) discount: i64,
    pub(super) code: Option<String>,
    pub(super) region: Option<String>,
}

/// A line of an order.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Goods {
    pub(super) id: String,
    pub(super) sku: String,
    pub(super) category: Option<String>,
    pub(super) quantity: i64,
    pub(super) price: i64,
    pub(super) discount: i64,
    pub(super) cost: Option<i64>,
}

impl Payment {
    pub(super) fn read(data: &Value) -> Self {
        let currency = required(data, "currency");
        let amount = |of: &Value, name: &str| text(of, name).map(|text| minor(&text, &currency));
        let line = |line: &Value| Goods {
            id: required(line, "line_id"),
            sku: required(line, "sku"),
            category: text(line, "category"),
            quantity: line.get("quantity").and_then(Value::as_i64).expect("a quantity"),
            price: amount(line, "unit_price").expect("a price"),
            discount: amount(line, "discount").unwrap_or(0),
            cost: amount(line, "unit_cost"),
        };
        Self {
            order: required(data, "order_id"),
            buyer: required(data, "buyer_id"),
            paid_at: time(&required(data, "paid_at")),
            lines: list(data, "lines").iter().map(line).collect(),
            discount: amount(data, "discount").unwrap_or(0),
            code: text(data, "invite_code"),
            region: text(data, "region"),
            currency,
        }
    }
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Refund {
    pub(super) refunded_at: Timestamp,
    pub(super) currency: String,
    pub(super) goods: Given,
}

/// What of the goods was given back.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Given {
    Lines(Vec<(String, i64)>),
    Amount(i64),
}

impl Refund {
    pub(super) fn read(data: &Value) -> Self {
        let currency = required(data, "currency");
        let line =
            |line: &Value| (required(line, "line_id"), minor(&required(line, "amount"), &currency));
        let goods = match text(data, "amount") {
            Some(amount) => Given::Amount(minor(&amount, &currency)),
            None => Given::Lines(list(data, "lines").iter().map(line).collect()),
        };
        Self { refunded_at: time(&required(data, "refunded_at")), goods, currency }
    }
}

/// What the answer of an order depends on besides it and the plan. All else that is frozen follows
/// from it, as long as a tenant has one plan.
pub(super) struct Frozen {
    /// Nearest first.
    pub(super) lineage: Vec<Ancestor>,
    /// Whether it is the buyer's first: no order of theirs could be attributed before.
    pub(super) first_order: bool,
    /// What each of them sold in the calendar month of the payment, of what was posted then.
    pub(super) sold: BTreeMap<String, i64>,
}

/// All that is known of one order. It only gains facts.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) paid: Option<Payment>,
    /// Whether it has waited since it was not known through whom the order came. One that is parked
    /// at once is a person's to send again.
    pub(super) waits: bool,
    /// Once it is known through whom the order came.
    pub(super) frozen: Option<Frozen>,
    pub(super) refunds: BTreeMap<String, Refund>,
    pub(super) completed_at: Option<Timestamp>,
}

//! A payment as the event it came from, for an order that is found later to be impossible to
//! calculate: what is parked can be sent again through the same door. And the data of payments and
//! refunds, for lists of orders.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use upline_domain::ids::{OrderId, RefundId, TenantId, Text};
use upline_domain::money::Money;
use upline_domain::order::{Line, Paid, Refund, Refunded};
use upline_domain::time;

/// The `OrderPaid` event of a payment, under an id of its own: the same each time.
#[must_use]
pub fn order_paid(tenant: &TenantId, paid: &Paid, at: Timestamp) -> Value {
    let id = format!("restated:{}", paid.fingerprint());
    json!({
        "source": "upline",
        "detail-type": "OrderPaid",
        "detail": {
            "metadata": {
                "id": id, "tenant": tenant.as_str(), "version": "1", "time": time::text(at),
            },
            "data": payment(paid),
        },
    })
}

/// The data of the `OrderPaid` of a payment.
pub(crate) fn payment(paid: &Paid) -> Value {
    let amount = |amount: Money| amount.text(paid.currency);
    let line = |line: &Line| {
        present([
            ("line_id", Some(json!(line.id.as_str()))),
            ("sku", Some(json!(line.sku.as_str()))),
            ("category", line.category.as_ref().map(|text| json!(text.as_str()))),
            ("quantity", Some(json!(line.quantity))),
            ("unit_price", Some(json!(amount(line.unit_price)))),
            ("discount", Some(json!(amount(line.discount)))),
            ("unit_cost", line.unit_cost.map(|cost| json!(amount(cost)))),
        ])
    };
    present([
        ("order_id", Some(json!(paid.order.as_str()))),
        ("buyer_id", Some(json!(paid.buyer.as_str()))),
        ("currency", Some(json!(paid.currency.code()))),
        ("paid_at", Some(json!(time::text(paid.paid_at)))),
        ("lines", Some(paid.lines.iter().map(line).collect())),
        ("discount", Some(json!(amount(paid.discount)))),
        ("invite_code", paid.invite_code.as_ref().map(|code| json!(code.as_str()))),
        ("region", paid.region.as_ref().map(Text::as_str).map(|text| json!(text))),
    ])
}

/// The data of the `OrderRefunded` of a refund.
pub(crate) fn refund(order: &OrderId, id: &RefundId, refund: &Refund) -> Value {
    let amount = |amount: &Money| json!(amount.text(refund.currency));
    let line = |(id, back): &(_, Money)| {
        let id: &upline_domain::ids::LineId = id;
        json!({ "line_id": id.as_str(), "amount": amount(back) })
    };
    let (lines, whole) = match &refund.goods {
        Refunded::Lines(lines) => (Some(lines.iter().map(line).collect()), None),
        Refunded::Amount(back) => (None, Some(amount(back))),
    };
    present([
        ("order_id", Some(json!(order.as_str()))),
        ("refund_id", Some(json!(id.as_str()))),
        ("refunded_at", Some(json!(time::text(refund.refunded_at)))),
        ("currency", Some(json!(refund.currency.code()))),
        ("lines", lines),
        ("amount", whole),
    ])
}

fn present<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let present = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Fact, parse};

    #[test]
    fn a_restated_payment_is_the_same_payment() {
        let event = json!({
            "detail-type": "OrderPaid",
            "detail": {
                "metadata": { "id": "e", "tenant": "demo", "time": "2026-11-11T00:00:03Z" },
                "data": {
                    "order_id": "A1", "buyer_id": "b", "currency": "CNY",
                    "paid_at": "2026-11-11T00:00:03.5Z", "discount": "1.5", "invite_code": "X",
                    "region": "上海",
                    "lines": [
                        { "line_id": "1", "sku": "s", "category": "a/b", "quantity": 2,
                          "unit_price": "3", "discount": "0.5", "unit_cost": "1.25" },
                        { "line_id": "2", "sku": "t", "quantity": 1, "unit_price": "9.90" },
                    ],
                },
            },
        });
        let first = parse(&event).unwrap();
        let Fact::Paid(paid) = &first.fact else { panic!("an OrderPaid") };
        let again = parse(&order_paid(&first.tenant, paid, first.time)).unwrap();
        assert_eq!(again.fact, first.fact);
        assert_eq!(again.tenant, first.tenant);
    }
}

//! Events to send. Each has an id made of what it says, so that the same call is the same event.

use serde_json::{Value, json};

/// An event of the tenant "demo".
#[must_use]
pub fn event(detail_type: &str, id: &str, data: &Value) -> Value {
    json!({
        "source": "shop.demo",
        "detail-type": detail_type,
        "detail": {
            "metadata": {
                "id": id, "tenant": "demo", "version": "1", "time": "2026-11-21T00:00:00Z",
            },
            "data": data,
        },
    })
}

/// The same event of another tenant.
#[must_use]
pub fn of_tenant(mut event: Value, tenant: &str) -> Value {
    event["detail"]["metadata"]["tenant"] = json!(tenant);
    event
}

/// The same event with other data: `change` edits them.
#[must_use]
pub fn with(mut event: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(event.pointer_mut("/detail/data").unwrap());
    event
}

/// A distributor without a sponsor, whose invite code is their id in capitals.
#[must_use]
pub fn registered(id: &str, at: &str) -> Value {
    let data = json!({
        "distributor_id": id, "registered_at": at, "own_code": id.to_uppercase(),
    });
    event("DistributorRegistered", &format!("register-{id}"), &data)
}

/// A distributor under a sponsor's invite code.
#[must_use]
pub fn registered_under(id: &str, sponsor: &str, at: &str) -> Value {
    with(registered(id, at), |data| data["invite_code"] = json!(sponsor.to_uppercase()))
}

/// A buyer bound by a distributor's invite code.
#[must_use]
pub fn bound(buyer: &str, distributor: &str, at: &str) -> Value {
    let data = json!({
        "buyer_id": buyer, "invite_code": distributor.to_uppercase(), "bound_at": at,
    });
    event("BuyerBound", &format!("bind-{buyer}"), &data)
}

/// An order of one line in CNY.
#[must_use]
pub fn paid(order: &str, buyer: &str, amount: &str, at: &str) -> Value {
    let data = json!({
        "order_id": order, "buyer_id": buyer, "currency": "CNY", "paid_at": at,
        "lines": [ { "line_id": "1", "sku": "cd", "quantity": 1, "unit_price": amount } ],
    });
    event("OrderPaid", &format!("pay-{order}"), &data)
}

/// A refund of an amount of the goods.
#[must_use]
pub fn refunded(order: &str, refund: &str, amount: &str, at: &str) -> Value {
    let data = json!({
        "order_id": order, "refund_id": refund, "refunded_at": at, "currency": "CNY",
        "amount": amount,
    });
    event("OrderRefunded", &format!("refund-{order}-{refund}"), &data)
}

/// A completion.
#[must_use]
pub fn completed(order: &str, at: &str) -> Value {
    let data = json!({ "order_id": order, "completed_at": at });
    event("OrderCompleted", &format!("complete-{order}"), &data)
}

//! A fact that was read, written again as an event.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use upline_contract::event::{Event, Fact};
use upline_contract::restate::order_paid;
use upline_domain::bind::{BindingRequest, BoundBy};
use upline_domain::member::{Referrer, Registration};
use upline_domain::order::{Refund, Refunded};
use upline_domain::time;

/// The event of a fact, with all that was read of it and nothing else.
pub(crate) fn restated(event: &Event) -> Value {
    let data = match &event.fact {
        Fact::Paid(paid) => return order_paid(&event.tenant, paid, event.time),
        Fact::Registered(registration) => registered(registration),
        Fact::Bound(binding) => bound(binding),
        Fact::Refunded { order, id, refund } => {
            let mut data = refunded(refund);
            data["order_id"] = json!(order.as_str());
            data["refund_id"] = json!(id.as_str());
            data
        }
        Fact::Completed { order, completed_at } => {
            json!({ "order_id": order.as_str(), "completed_at": at(*completed_at) })
        }
    };
    json!({
        "detail-type": event.fact.detail_type(),
        "detail": {
            "metadata": { "id": "again", "tenant": event.tenant.as_str(), "time": at(event.time) },
            "data": data,
        },
    })
}

fn at(time: Timestamp) -> String {
    time::text(time)
}

fn referrer(data: &mut Map<String, Value>, named: &Referrer, id_key: &str) {
    match named {
        Referrer::Code(code) => data.insert("invite_code".to_owned(), json!(code.as_str())),
        Referrer::Distributor(id) => data.insert(id_key.to_owned(), json!(id.as_str())),
    };
}

fn registered(registration: &Registration) -> Value {
    let Registration { distributor, registered_at, sponsor, own_code, display_name } = registration;
    let mut data = Map::new();
    data.insert("distributor_id".to_owned(), json!(distributor.as_str()));
    data.insert("registered_at".to_owned(), json!(at(*registered_at)));
    if let Some(sponsor) = sponsor {
        referrer(&mut data, sponsor, "sponsor_id");
    }
    if let Some(code) = own_code {
        data.insert("own_code".to_owned(), json!(code.as_str()));
    }
    if let Some(name) = display_name {
        data.insert("display_name".to_owned(), json!(name.as_str()));
    }
    Value::Object(data)
}

fn bound(binding: &BindingRequest) -> Value {
    let BindingRequest { buyer, referrer: named, bound_at, how } = binding;
    let mut data = Map::new();
    data.insert("buyer_id".to_owned(), json!(buyer.as_str()));
    data.insert("bound_at".to_owned(), json!(at(*bound_at)));
    referrer(&mut data, named, "distributor_id");
    assert_eq!(*how == BoundBy::Code, matches!(named, Referrer::Code(_)), "how is as it was named");
    Value::Object(data)
}

fn refunded(refund: &Refund) -> Value {
    let currency = refund.currency;
    let mut data = json!({ "currency": currency.code(), "refunded_at": at(refund.refunded_at) });
    match &refund.goods {
        Refunded::Amount(amount) => data["amount"] = json!(amount.text(currency)),
        Refunded::Lines(lines) => {
            let line = |(id, amount): &(
                upline_domain::ids::LineId,
                upline_domain::money::Money,
            )| {
                json!({ "line_id": id.as_str(), "amount": amount.text(currency) })
            };
            data["lines"] = lines.iter().map(line).collect();
        }
    }
    data
}

//! Events: what is accepted is what the text says, and what is refused says why.

use serde_json::Value;
use upline_contract::event::{Event, Fact, Refused, ignored_fields, parse, parse_text, subject};
use upline_domain::fingerprint::Fingerprint;
use upline_domain::ids::{EventId, TenantId};
use upline_domain::order::Paid;
use upline_domain::time;

use crate::corpus;
use crate::mutate::{Input, near};
use crate::refusal::check_sentence;
use crate::restated::restated;

#[test]
fn events() {
    let samples = samples();
    let mut read = 0;
    for text in samples.iter().chain(&corpus::kept("events")) {
        read += usize::from(check(text));
    }
    assert!(read >= 17, "only {read} samples are events");
    let target = bolero::check!().with_generator(near(&samples)).with_iterations(3_000);
    target.for_each(|input: &Input| _ = check(&input.text));
}

/// The samples: those that are parked stand in a file with the reason.
fn samples() -> Vec<String> {
    let parked = corpus::files("events/samples/parked").into_iter().map(|text| {
        let sample: Value = serde_json::from_str(&text).unwrap();
        sample["event"].to_string()
    });
    corpus::files("events/samples/accepted").into_iter().chain(parked).collect()
}

/// Reads a text; whether it is an event.
fn check(text: &str) -> bool {
    let read = parse_text(text);
    match &read {
        Ok(event) => accepted(text, event),
        Err(refused) => check_refused(text, refused),
    }
    let is_event = read.is_ok();
    null_is_the_same_as_absent(text, read);
    is_event
}

/// `null` is the same as absent, wherever it stands in an object.
fn null_is_the_same_as_absent(text: &str, read: Result<Event, Box<Refused>>) {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else { return };
    if read.as_ref().is_err_and(|refused| refused.reason.contains("the key stands twice")) {
        return;
    }
    without_nulls(&mut value);
    let outcome = |read: Result<Event, Box<Refused>>| read.map_err(|refused| refused.code);
    assert_eq!(outcome(parse(&value)), outcome(read), "with and without nulls");
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, one| !one.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(without_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn fingerprint(fact: &Fact) -> Option<Fingerprint> {
    match fact {
        Fact::Registered(registration) => Some(registration.fingerprint()),
        Fact::Paid(paid) => Some(paid.fingerprint()),
        Fact::Refunded { refund, .. } => Some(refund.fingerprint()),
        Fact::Bound(_) | Fact::Completed { .. } => None,
    }
}

fn accepted(text: &str, event: &Event) {
    let value: Value = serde_json::from_str(text).unwrap();
    let said = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let data = |name: &str| said(&format!("/detail/data/{name}"));
    assert_eq!(said("/detail/metadata/id"), Some(event.id.as_str()));
    assert_eq!(said("/detail/metadata/tenant"), Some(event.tenant.as_str()));
    assert_eq!(said("/detail-type"), Some(event.fact.detail_type()));
    let at = event.fact.time_path().replace('.', "/");
    let at = said(&format!("/{at}")).and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let millis = at.map(|at| at.as_nanosecond().div_euclid(1_000_000));
    assert_eq!(millis, Some(event.fact.time().as_nanosecond() / 1_000_000), "cut, not rounded");
    match &event.fact {
        Fact::Registered(one) => assert_eq!(data("distributor_id"), Some(one.distributor.as_str())),
        Fact::Bound(one) => assert_eq!(data("buyer_id"), Some(one.buyer.as_str())),
        Fact::Paid(paid) => check_paid(&value, paid),
        Fact::Refunded { order, id, .. } => {
            assert_eq!(data("order_id"), Some(order.as_str()));
            assert_eq!(data("refund_id"), Some(id.as_str()));
        }
        Fact::Completed { order, .. } => assert_eq!(data("order_id"), Some(order.as_str())),
    }
    assert!(subject(text).is_some(), "it is known what it is about");
    let ignored = ignored_fields(text);
    assert!(ignored.iter().all(|path| path.starts_with("detail.")), "{ignored:?}");
    let again = parse(&restated(event)).unwrap();
    assert_eq!((&again.fact, &again.tenant), (&event.fact, &event.tenant), "written again");
    assert_eq!(fingerprint(&again.fact), fingerprint(&event.fact), "the same fact");
}

/// The amounts of a payment, added up from its digits.
fn check_paid(value: &Value, paid: &Paid) {
    let data = &value["detail"]["data"];
    let digits = usize::try_from(paid.currency.digits()).unwrap();
    let minor = |amount: &Value| -> u128 {
        let text = amount.as_str().unwrap_or("0");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        format!("{whole}{fraction:0<digits$}").parse().unwrap()
    };
    assert_eq!(data["order_id"], paid.order.as_str());
    assert_eq!(data["buyer_id"], paid.buyer.as_str());
    assert_eq!(data["currency"], paid.currency.code());
    let lines = data["lines"].as_array().unwrap();
    assert!(!lines.is_empty() && lines.len() == paid.lines.len());
    let mut total = 0;
    for (line, read) in lines.iter().zip(&paid.lines) {
        assert_eq!(line["line_id"], read.id.as_str());
        let list = minor(&line["unit_price"]) * u128::from(line["quantity"].as_u64().unwrap());
        total += list - minor(&line["discount"]);
    }
    let total = total - minor(&data["discount"]);
    assert_eq!(u128::from(paid.total().minor()), total, "what was paid");
    let parts: u64 = paid.amounts().iter().map(|line| line.paid.minor()).sum();
    assert_eq!(u128::from(parts), total, "the coupon is shared to the last unit");
}

fn check_refused(text: &str, refused: &Refused) {
    assert!(["malformed", "too_large", "overflow"].contains(&refused.code), "{refused}");
    check_sentence(text, &refused.reason, |value| !value.is_object());
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let said =
        |name: &str| value.pointer(&format!("/detail/metadata/{name}")).and_then(Value::as_str);
    let id = refused.id.as_ref().map(EventId::as_str);
    assert_eq!(id, said("id").filter(|id| is_id(id)), "the id that was sent");
    let tenant = refused.tenant.as_ref().map(TenantId::as_str);
    assert_eq!(tenant, said("tenant").filter(|tenant| is_id(tenant)), "the tenant that was sent");
    assert_eq!(refused.time, said("time").and_then(|text| time::parse(text).ok()));
}

/// Whether a text is an id, by the letter of the design.
fn is_id(text: &str) -> bool {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || b"._:@/+=-".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(may)
}

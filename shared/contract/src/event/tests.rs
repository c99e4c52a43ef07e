//! What of a message is read, what is refused, and what is kept of it for parking.

use serde_json::{Value, json};
use upline_domain::bind::BoundBy;
use upline_domain::ids::Text;
use upline_domain::member::Referrer;
use upline_domain::order::Refunded;
use upline_domain::time;

use super::{Event, Fact, ignored_fields, parse, parse_text, subject};

fn message(detail_type: &str, data: &Value) -> Value {
    json!({ "source": "shop.demo", "detail-type": detail_type, "detail": {
        "metadata": { "id": "evt-1", "tenant": "demo", "version": "1",
                      "time": "2026-11-11T00:00:03Z" },
        "data": data,
    } })
}

fn paid() -> Value {
    message(
        "OrderPaid",
        &json!({
            "order_id": "A1", "buyer_id": "u", "currency": "CNY", "paid_at": "2026-11-11T00:00:00Z",
            "lines": [ { "line_id": "1", "sku": "tea", "quantity": 3, "unit_price": "9.9" },
                       { "line_id": "2", "sku": "mug", "category": "home", "quantity": 1,
                         "unit_price": "35", "discount": "5.00", "unit_cost": "12.5" } ],
            "discount": "5.97", "shipping": "6", "region": "上海",
        }),
    )
}

fn refunded(fields: &Value) -> Value {
    let mut event = message(
        "OrderRefunded",
        &json!({
            "order_id": "A1", "refund_id": "r", "currency": "JPY",
            "refunded_at": "2026-11-12T00:00:00Z",
        }),
    );
    let data = event["detail"]["data"].as_object_mut().unwrap();
    data.extend(fields.as_object().unwrap().clone());
    event
}

#[track_caller]
fn read(value: &Value) -> Event {
    parse(value).unwrap_or_else(|refused| panic!("{refused}\nin {value:#}"))
}

/// What is refused where the value at `pointer` is another; `want` is how the refusal begins.
#[track_caller]
fn check(event: &Value, pointer: &str, other: &Value, want: &str) {
    let mut event = event.clone();
    *event.pointer_mut(pointer).unwrap_or_else(|| panic!("nothing is at {pointer}")) =
        other.clone();
    match parse(&event) {
        Ok(event) => panic!("{pointer} = {other} was read as {event:?}"),
        Err(refused) => {
            let got = refused.to_string();
            assert!(got.starts_with(want), "{pointer} = {other}: wanted {want}, got {got}");
        }
    }
}

#[test]
fn a_payment_is_read_to_the_unit() {
    let event = read(&paid());
    assert_eq!((event.id.as_str(), event.tenant.as_str()), ("evt-1", "demo"));
    assert_eq!(time::text(event.time), "2026-11-11T00:00:03.000Z");
    assert_eq!(time::text(event.fact.time()), "2026-11-11T00:00:00.000Z");
    let Fact::Paid(paid) = event.fact else { panic!("{:?}", event.fact) };
    // Net 29.70 and 30.00; 5.97 shared by them is 2.97 and 3.00.
    let minor: Vec<_> = paid.amounts().iter().map(|line| line.paid.minor()).collect();
    assert_eq!(minor, [2_673, 2_700]);
    assert_eq!(paid.amounts()[1].profit.map(upline_domain::money::Money::minor), Some(1_450));
    assert_eq!(paid.region.as_ref().map(Text::as_str), Some("上海"));
    assert_eq!(paid.lines[0].category, None);
}

#[test]
fn null_is_absent_and_what_is_unknown_is_ignored() {
    let mut event = paid();
    let plain = read(&event);
    event["detail"]["metadata"]["version"] = Value::Null;
    event["detail"]["metadata"]["trace"] = json!({ "a": [1.5] });
    event["detail"]["data"]["invite_code"] = Value::Null;
    event["detail"]["data"]["lines"][0]["unit_cost"] = Value::Null;
    event["detail"]["data"]["colour"] = json!("red");
    event["source"] = Value::Null;
    event["version"] = json!(0);
    assert_eq!(read(&event), plain);
}

#[test]
fn what_a_message_belongs_to_goes_on_as_it_came() {
    let mut event = paid();
    assert_eq!((read(&event).correlation, read(&event).causation), (None, None));
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    event["detail"]["metadata"]["correlation_id"] = json!("checkout#7");
    event["detail"]["metadata"]["causation_id"] = json!(trace);
    let read = read(&event);
    assert_eq!(read.causation.unwrap().as_str(), trace);
    assert_eq!(read.correlation.unwrap().as_str(), "checkout#7");
    let at = "/detail/metadata/correlation_id";
    let want = "malformed: detail.metadata.correlation_id: ";
    check(&event, at, &json!("a b"), want);
    check(&event, at, &json!("x".repeat(129)), want);
    check(&event, at, &json!(7), want);
    check(&event, "/detail/metadata/causation_id", &json!(""), "malformed: detail.metadata.caus");
}

#[test]
fn of_a_message_that_is_refused_the_ids_are_kept() {
    let mut event = paid();
    event["detail"]["metadata"]["correlation_id"] = json!("c-1");
    event["detail"]["metadata"]["causation_id"] = json!("no id");
    let refused = parse(&event).unwrap_err();
    assert_eq!(refused.correlation.map(|id| id.to_string()).as_deref(), Some("c-1"));
    assert_eq!(refused.causation, None);
}

#[test]
fn a_registration_names_its_sponsor_by_code_or_id() {
    let sponsor = |fields: Value| {
        let mut event = message(
            "DistributorRegistered",
            &json!({
                "distributor_id": "a", "registered_at": "2026-11-01T00:00:00Z", "own_code": "AAA",
                "display_name": "林美", "device_id": "d", "ip": "203.0.113.7", "region": "浙江",
            }),
        );
        let data = event["detail"]["data"].as_object_mut().unwrap();
        data.extend(fields.as_object().unwrap().clone());
        let Fact::Registered(registration) = read(&event).fact else { panic!("no registration") };
        assert_eq!(registration.own_code, "AAA".parse().ok());
        registration.sponsor
    };
    assert_eq!(sponsor(json!({})), None);
    assert_eq!(sponsor(json!({ "invite_code": "B" })), "B".parse().ok().map(Referrer::Code));
    assert_eq!(sponsor(json!({ "sponsor_id": "b" })), "b".parse().ok().map(Referrer::Distributor));
}

#[test]
fn a_binding_says_how_it_came_about() {
    let bound = |fields: Value| {
        let mut data = json!({ "buyer_id": "u", "bound_at": "2026-11-01T00:00:00Z" });
        data.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let Fact::Bound(request) = read(&message("BuyerBound", &data)).fact else {
            panic!("no binding")
        };
        (request.referrer, request.how)
    };
    let code = Referrer::Code("B".parse().unwrap());
    let link = Referrer::Distributor("b".parse().unwrap());
    assert_eq!(bound(json!({ "invite_code": "B" })), (code, BoundBy::Code));
    assert_eq!(bound(json!({ "distributor_id": "b", "invite_code": null })), (link, BoundBy::Link));
}

#[test]
fn a_refund_is_of_lines_or_of_an_amount() {
    let goods = |fields: Value| {
        let event = read(&refunded(&fields));
        assert_eq!(event.fact.detail_type(), "OrderRefunded");
        let Fact::Refunded { order, id, refund } = event.fact else { panic!("no refund") };
        assert_eq!((order.as_str(), id.as_str()), ("A1", "r"));
        refund.goods
    };
    let yen = |minor| upline_domain::money::Money::from_minor(minor).unwrap();
    assert_eq!(goods(json!({ "amount": "300" })), Refunded::Amount(yen(300)));
    let lines = json!({ "lines": [ { "line_id": "1", "amount": "7" } ], "tax": "1" });
    assert_eq!(goods(lines), Refunded::Lines(vec![("1".parse().unwrap(), yen(7))]));
}

#[test]
fn every_kind_of_payment_error_names_its_path() {
    let paid = paid();
    let data = |field: &str| format!("/detail/data/{field}");
    let at = |field: &str| format!("malformed: detail.data.{field}: ");
    let refuses =
        |field: &str, other: Value, path: &str| check(&paid, &data(field), &other, &at(path));
    refuses("order_id", json!("a#b"), "order_id");
    refuses("order_id", json!(9_007_199_254_740_993_u64), "order_id");
    refuses("buyer_id", Value::Null, "buyer_id");
    refuses("currency", json!("cny"), "currency");
    refuses("paid_at", json!("2026-11-11T08:00:00+08:00"), "paid_at");
    refuses("lines", json!([]), "lines");
    refuses("lines", json!("tea"), "lines");
    refuses("lines/1", json!(["2", "mug", "home", 1, "35"]), "lines[1]");
    refuses("lines/1/line_id", json!("1"), "lines[1].line_id");
    refuses("lines/1/sku", json!("a\u{7}"), "lines[1].sku");
    refuses("lines/0/quantity", json!(0), "lines[0].quantity");
    refuses("lines/0/quantity", json!(1.0), "lines[0].quantity");
    refuses("lines/0/quantity", json!("3"), "lines[0].quantity");
    refuses("lines/0/unit_price", json!("9.901"), "lines[0].unit_price");
    refuses("lines/0/unit_price", json!("1e1"), "lines[0].unit_price");
    refuses("lines/0/unit_price", json!(""), "lines[0].unit_price");
    refuses("lines/1/discount", json!("35.01"), "lines[1].discount");
    refuses("lines/1/unit_cost", json!("x"), "lines[1].unit_cost");
    refuses("discount", json!("59.71"), "discount");
    refuses("shipping", json!("-6"), "shipping");
    refuses("region", json!("上".repeat(86)), "region");
    let number = "malformed: detail.data.lines[0].unit_price: write the amount as a string";
    check(&paid, &data("lines/0/unit_price"), &json!(9.9), number);
    check(&paid, &data("lines/0/unit_price"), &json!(9), number);
}

#[test]
fn the_envelope_is_checked() {
    let paid = paid();
    check(&paid, "/detail-type", &json!("OrderPayed"), "malformed: detail-type: ");
    check(&paid, "/detail-type", &json!(1), "malformed: detail-type: ");
    check(&paid, "/source", &json!(1), "malformed: source: ");
    check(&paid, "/detail", &json!([{}, {}]), "malformed: detail: ");
    check(&paid, "/detail/data", &Value::Null, "malformed: detail.data: ");
    check(&paid, "/detail/metadata/id", &json!(""), "malformed: detail.metadata.id: ");
    check(&paid, "/detail/metadata/tenant", &Value::Null, "malformed: detail.metadata.tenant: ");
    check(&paid, "/detail/metadata/version", &json!("2"), "malformed: detail.metadata.version: ");
    check(&paid, "/detail/metadata/version", &json!(1), "malformed: detail.metadata.version: ");
    check(&paid, "/detail/metadata/time", &json!("now"), "malformed: detail.metadata.time: ");
    for (text, want) in
        [("{", "this is not JSON"), ("3", "write"), ("null", "write"), ("[]", "write")]
    {
        let refused = parse_text(text).unwrap_err();
        assert!(refused.reason.starts_with(want), "{text}: {refused}");
        assert_eq!(refused.code, "malformed", "{text}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(parse_text(&deep).unwrap_err().code, "malformed");
    assert_eq!(parse_text(&paid.to_string()).unwrap(), read(&paid));
}

#[test]
fn the_limits_hold_at_their_edge() {
    let lines = |count: usize| {
        let line =
            |n| json!({ "line_id": format!("{n}"), "sku": "s", "quantity": 1, "unit_price": "1" });
        let mut event = paid();
        event["detail"]["data"]["lines"] = (0..count).map(line).collect();
        event
    };
    read(&lines(200));
    let refused = parse(&lines(201)).unwrap_err();
    assert!(refused.to_string().starts_with("too_large: detail.data.lines: "), "{refused}");
    let back = |count: usize| {
        let line = |n| json!({ "line_id": format!("{n}"), "amount": "1" });
        refunded(&json!({ "lines": (0..count).map(line).collect::<Value>() }))
    };
    read(&back(400));
    let refused = parse(&back(401)).unwrap_err();
    assert!(refused.to_string().starts_with("too_large: detail.data.lines: "), "{refused}");
    let price = |text: &str, count: u32| {
        let mut event = lines(1);
        event["detail"]["data"]["discount"] = Value::Null;
        event["detail"]["data"]["lines"][0]["unit_price"] = json!(text);
        event["detail"]["data"]["lines"][0]["quantity"] = json!(count);
        parse(&event).map_err(|refused| refused.to_string())
    };
    assert!(price("10000000000.00", 1).is_ok());
    assert!(price("10000.00", 1_000_000).is_ok());
    let starts = |text: &str, count, want: &str| {
        let got = price(text, count).unwrap_err();
        assert!(got.starts_with(want), "{text} × {count}: {got}");
    };
    starts("10000000000.01", 1, "overflow: detail.data.lines[0].unit_price: ");
    starts("10000.01", 1_000_000, "overflow: detail.data.lines[0]: ");
    starts("1", 1_000_001, "malformed: detail.data.lines[0].quantity: ");
}

#[test]
fn what_could_be_read_is_kept_for_parking() {
    let mut event = paid();
    event["detail"]["data"] = Value::Null;
    let refused = parse(&event).unwrap_err();
    assert_eq!(refused.id, "evt-1".parse().ok());
    assert_eq!(refused.tenant, "demo".parse().ok());
    assert_eq!(refused.time.map(time::text).as_deref(), Some("2026-11-11T00:00:03.000Z"));
    event["detail"]["metadata"] = json!({ "id": "a b", "tenant": "demo", "time": 3 });
    let refused = parse(&event).unwrap_err();
    assert_eq!((refused.id, refused.tenant, refused.time), (None, "demo".parse().ok(), None));
}

#[test]
fn a_key_that_stands_twice_is_named_and_what_could_be_read_is_kept() {
    let text = paid().to_string();
    let twice = |from: &str, to: &str| {
        let text = text.replacen(from, to, 1);
        parse_text(&text).unwrap_err()
    };
    let both = r#""unit_price":"9.9","unit_price":"99""#;
    let refused = twice(r#""unit_price":"9.9""#, both);
    let want = "malformed: detail.data.lines[0].unit_price: the key stands twice";
    assert!(refused.to_string().starts_with(want), "{refused}");
    assert_eq!((refused.id, refused.tenant), ("evt-1".parse().ok(), "demo".parse().ok()));
    let refused = twice(r#""quantity":3"#, r#""x":{"y":1,"y":1},"quantity":3"#);
    assert!(refused.reason.starts_with("detail.data.lines[0].x.y: "), "{refused}");
}

#[test]
fn a_reason_is_short_however_long_what_is_sent_is() {
    let long = "x".repeat(500_000);
    let mut event = paid();
    event["detail"]["data"]["lines"][0]["quantity"] = json!(long);
    let refused = parse(&event).unwrap_err();
    assert!(refused.reason.len() < 2_000, "{}", refused.reason.len());
    assert!(refused.reason.starts_with("detail.data.lines[0].quantity: write"), "{refused}");
    let text = format!(r#"{{"{long}": 1, "{long}": 2}}"#);
    let refused = parse_text(&text).unwrap_err();
    assert!(refused.reason.len() < 2_000, "{}", refused.reason.len());
    assert!(refused.reason.ends_with(": the key stands twice; send it once"), "it says why");
}

#[test]
fn a_misspelt_field_is_named_beside_the_one_that_is_missing() {
    let misspelt = |from: &str, to: &str| {
        let text = paid().to_string().replacen(&format!("\"{from}\""), &format!("\"{to}\""), 1);
        parse_text(&text).unwrap_err().reason
    };
    let said = |field: &str, to: &str| format!("the field is missing; write {field} for {to}");
    for (field, to) in [("buyer_id", "buyerId"), ("unit_price", "unit_prise"), ("lines", "line")] {
        let reason = misspelt(field, to);
        assert!(reason.ends_with(&said(field, to)), "{reason}");
    }
    let reason = misspelt("buyer_id", "customer");
    assert!(reason.ends_with("the field is missing; add it"), "{reason}");
}

#[test]
fn fields_that_the_format_does_not_have_are_named() {
    let event = |lines: &str| {
        format!(
            r#"{{ "detail-type": "OrderPaid", "account": "1", "detail": {{ "metadata": {{ "id": "e",
                 "tenant": "t", "time": "2026-11-11T00:00:00Z", "trace": 1 }}, "data": {{
                 "order_id": "A1", "buyer_id": "b", "currency": "CNY", "note": null,
                 "paid_at": "2026-11-11T00:00:00Z", "lines": [{lines}] }} }} }}"#
        )
    };
    let line =
        r#"{ "line_id": "1", "sku": "s", "quantity": 1, "unit_price": "9", "discuont": "1" }"#;
    assert_eq!(
        ignored_fields(&event(line)),
        ["detail.data.lines[0].discuont", "detail.data.note", "detail.metadata.trace"]
    );
    assert_eq!(ignored_fields(&event("7")), [""; 0], "no event: it is parked with its reason");
    assert_eq!(ignored_fields("x"), [""; 0]);
}

#[test]
fn subject_table() {
    let check = |kind: &str, data: &str, want: Option<&str>| {
        let text = format!(r#"{{ "detail-type": "{kind}", "detail": {{ "data": {data} }} }}"#);
        assert_eq!(subject(&text).as_deref(), want, "{text}");
    };
    check("OrderPaid", r#"{ "order_id": "A1", "lines": 7 }"#, Some("OrderPaid of order_id A1"));
    check("OrderCompleted", r#"{ "order_id": "A1" }"#, Some("OrderCompleted of order_id A1"));
    check("BuyerBound", r#"{ "buyer_id": "b" }"#, Some("BuyerBound of buyer_id b"));
    check(
        "OrderRefunded",
        r#"{ "order_id": "A1", "refund_id": "r" }"#,
        Some("OrderRefunded of order_id A1, refund_id r"),
    );
    check("OrderRefunded", r#"{ "order_id": "A1" }"#, None);
    check("OrderPaid", r#"{ "order_id": "a#b" }"#, None);
    check("OrderPaid", r#"{ "order_id": 7 }"#, None);
    check("Other", r#"{ "order_id": "A1" }"#, None);
    assert_eq!(subject("x"), None);
}

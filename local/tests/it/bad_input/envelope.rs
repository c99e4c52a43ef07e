//! The envelope of an event.

use serde_json::{Value, json};
use upline_testkit::events::paid;

use crate::bad_input::page::Page;
use crate::bad_input::shop::{AT, Parked, Refused, Shop, put, without};

const MALFORMED: &str = "malformed";

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door(
        "The envelope",
        "One event among those of a request; the others are taken all the same.",
    );
    let mut malformed = |sent: &str, event: &Value, path: &str| {
        shop.event(page, sent, event, Parked(MALFORMED, path), "");
    };
    malformed("a string", &json!("not an event"), "");
    malformed("a number", &json!(7), "");
    malformed("`null`", &Value::Null, "");
    malformed("a list", &json!([]), "");
    malformed("`{}`", &json!({}), "detail-type");
    let base = || paid("E1", "zoe", "10.00", AT);
    malformed("no `detail-type`", &without(base(), "/detail-type"), "detail-type");
    let with = |pointer: &str, value: Value| {
        let mut event = base();
        put(&mut event, pointer, &value);
        event
    };
    malformed(
        "`\"detail-type\": \"OrderPayed\"`",
        &with("/detail-type", json!("OrderPayed")),
        "detail-type",
    );
    malformed("`\"detail-type\": 1`", &with("/detail-type", json!(1)), "detail-type");
    malformed("no `detail`", &without(base(), "/detail"), "detail");
    malformed("no `data`", &without(base(), "/detail/data"), "detail.data");
    malformed("`\"data\": null`", &with("/detail/data", Value::Null), "detail.data");
    malformed("`\"data\": []`", &with("/detail/data", json!([])), "detail.data");
    for field in ["id", "tenant", "time"] {
        let event = without(base(), &format!("/detail/metadata/{field}"));
        let path = format!("detail.metadata.{field}");
        malformed(&format!("no `metadata.{field}`"), &event, &path);
    }
    let mut camel = without(base(), "/detail/data/order_id");
    camel["detail"]["data"]["orderId"] = json!("E1");
    malformed("`orderId` for `order_id`", &camel, "detail.data.order_id");
    malformed(
        "`\"version\": \"2\"`",
        &with("/detail/metadata/version", json!("2")),
        "detail.metadata.version",
    );
    malformed("`\"source\": 1`", &with("/source", json!(1)), "source");
    malformed("`\"id\": 7`", &with("/detail/metadata/id", json!(7)), "detail.metadata.id");
    malformed(
        "`\"tenant\": \"a#b\"`",
        &with("/detail/metadata/tenant", json!("a#b")),
        "detail.metadata.tenant",
    );

    let other = with("/detail/metadata/tenant", json!("other"));
    shop.event(page, "another tenant", &other, Refused, "");
    assert!(shop.find(&other.to_string()).is_none(), "nothing is kept for another tenant");

    twice(shop, page);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    shop.event_text(page, "nested 10,000 deep", &deep, Parked(MALFORMED, ""), "");
    let surrogate = base().to_string().replace("\"cd\"", "\"\\ud800\"");
    let half = "half of a surrogate pair, `\"\\ud800\"`";
    shop.event_text(page, half, &surrogate, Parked(MALFORMED, ""), "");
}

/// A key that stands twice: which is meant, nobody can know.
fn twice(shop: &Shop, page: &mut Page) {
    let event = paid("E2", "zoe", "10.00", AT).to_string();
    let mut row = |sent: &str, from: &str, to: &str, path: &str| {
        let text = event.replacen(from, to, 1);
        assert_ne!(text, event, "{from} is in the event");
        shop.event_text(page, sent, &text, Parked(MALFORMED, path), "");
    };
    let price = r#""unit_price":"10.00""#;
    let both = r#""unit_price":"10.00","unit_price":"99.00""#;
    row("an amount twice", price, both, "detail.data.lines[0].unit_price");
    let id = r#""order_id":"E2""#;
    row(
        "the order's id twice, the same",
        id,
        r#""order_id":"E2","order_id":"E2""#,
        "detail.data.order_id",
    );
    row("a field that is ignored, twice", id, r#""x":1,"x":2,"order_id":"E2""#, "detail.data.x");
    let (status, _) = shop.ask("GET", "/v1/orders/E2", None);
    assert_eq!(status, 404, "neither is taken");
}

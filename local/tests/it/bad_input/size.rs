//! Size.

use serde_json::{Value, json};
use upline_testkit::events::{paid, refunded, with};

use crate::bad_input::page::Page;
use crate::bad_input::shop::{AT, Created, Parked, Shop, line, order};

const LATER: &str = "2026-11-05T00:00:00Z";
const LINES: &str = "detail.data.lines";

/// A refund of so many lines.
fn refund_of(order: &str, refund: &str, lines: usize) -> Value {
    let line = |n: usize| json!({ "line_id": n.to_string(), "amount": "0.01" });
    with(refunded(order, refund, "1", LATER), |data| {
        data.as_object_mut().unwrap().remove("amount");
        data["lines"] = (0..lines).map(line).collect();
    })
}

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door(
        "Size",
        "An order is one item of the table: 200 lines, 100 refunds, 400 refunded lines.",
    );
    let lines =
        |count: usize| -> Value { (0..count).map(|n| line(&n.to_string(), 1, "1.00")).collect() };
    shop.event(page, "200 lines", &order("S1", "/lines", &lines(200)), Created, "nothing");
    shop.event(
        page,
        "201 lines",
        &order("S2", "/lines", &lines(201)),
        Parked("too_large", LINES),
        "",
    );
    let full = |n: usize| {
        json!({ "line_id": format!("{n:0128}"), "sku": "s".repeat(256), "category": "c".repeat(256),
                "quantity": 1_000_000, "unit_price": "40.00", "unit_cost": "20.00",
                "discount": "0.01" })
    };
    let full: Value = (0..200).map(full).collect();
    shop.event(
        page,
        "200 lines of the longest ids and texts",
        &order("S3", "/lines", &full),
        Created,
        "nothing",
    );
    let noted =
        with(order("S4", "/lines", &lines(1)), |data| data["note"] = json!("x".repeat(900_000)));
    let ignored = "nothing; only what Upline knows is kept";
    shop.event(page, "900 KB in a field that is ignored", &noted, Created, ignored);

    assert_eq!(shop.send(&paid("S5", "zoe", "100.00", AT).to_string()).outcome, "created");
    let refunds = (0..99).map(|n| refunded("S5", &format!("r{n}"), "0.01", LATER));
    let body = json!({ "events": refunds.collect::<Vec<_>>() }).to_string();
    let (status, answer) = shop.ask("POST", "/v1/events", Some(&body));
    let results = answer["results"].as_array().unwrap();
    assert_eq!((status, results.len()), (200, 99));
    assert!(results.iter().all(|one| one["outcome"] == "created"), "{answer}");
    shop.event(
        page,
        "a 100th refund of one order",
        &refunded("S5", "r99", "0.01", LATER),
        Created,
        "nothing",
    );
    let more = refunded("S5", "r100", "0.01", LATER);
    let reason = "detail.data";
    too_large(shop, page, "a 101st", &more, reason);
    shop.event(page, "a refund of 400 lines", &refund_of("S6", "r1", 400), Created, "nothing");
    shop.event(
        page,
        "a refund of 401 lines",
        &refund_of("S7", "r1", 401),
        Parked("too_large", LINES),
        "",
    );
    too_large(shop, page, "a 401st refunded line of one order", &refund_of("S6", "r2", 1), reason);
}

/// A refund that its order has no more room for.
fn too_large(shop: &Shop, page: &mut Page, sent: &str, event: &Value, path: &str) {
    shop.event(page, sent, event, Parked("too_large", path), "");
}

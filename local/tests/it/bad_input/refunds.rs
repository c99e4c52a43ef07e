//! Refunds.

use serde_json::{Value, json};
use upline_testkit::events::{paid, refunded, with};

use crate::bad_input::page::Page;
use crate::bad_input::shop::{AT, Conflict, Created, Exists, Parked, Shop};

const LATER: &str = "2026-11-05T00:00:00Z";

/// A refund of F1 with other goods than an amount.
fn of(refund: &str, fields: &Value) -> Value {
    with(refunded("F1", refund, "1.00", LATER), |data| {
        let data = data.as_object_mut().unwrap();
        data.remove("amount");
        data.extend(fields.as_object().unwrap().clone());
    })
}

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door(
        "Refunds",
        "`OrderRefunded`. Money that was given back is a fact, so a refund that has too much is \
         kept; what of it reverses nothing is a problem that the order shows.",
    );
    assert_eq!(shop.send(&paid("F1", "zoe", "100.00", AT).to_string()).outcome, "created");
    let mut malformed = |sent: &str, event: &Value, path: &str| {
        shop.event(page, sent, event, Parked("malformed", path), "");
    };
    let lines = json!([{ "line_id": "1", "amount": "1.00" }]);
    malformed(
        "`lines` and `amount`",
        &of("x", &json!({ "lines": lines, "amount": "1.00" })),
        "detail.data.amount",
    );
    malformed("neither `lines` nor `amount`", &of("x", &json!({})), "detail.data.lines");
    malformed("no lines, `[]`", &of("x", &json!({ "lines": [] })), "detail.data.lines");
    malformed("`\"-1.00\"`", &of("x", &json!({ "amount": "-1.00" })), "detail.data.amount");
    malformed("`1.00` as a number", &of("x", &json!({ "amount": 1.0 })), "detail.data.amount");
    let three = json!({ "lines": [{ "line_id": "1", "amount": "1.001" }] });
    malformed("`\"1.001\"` CNY of a line", &of("x", &three), "detail.data.lines[0].amount");
    let none = with(of("x", &json!({ "amount": "1" })), |data| data["refund_id"] = Value::Null);
    malformed("no `refund_id`", &none, "detail.data.refund_id");

    let mut problem = |sent: &str, order: &str, event: &Value, problems: &Value, todo: &str| {
        shop.event(page, sent, event, Created, todo);
        let (status, shown) = shop.ask("GET", &format!("/v1/orders/{order}"), None);
        assert_eq!((status, &shown["problems"]), (200, problems), "{sent}: {shown}");
    };
    problem(
        "`\"0\"`",
        "F1",
        &of("r0", &json!({ "amount": "0" })),
        &json!([]),
        "nothing; it reverses nothing",
    );
    let unknown = of("r1", &json!({ "lines": [{ "line_id": "9", "amount": "1.00" }] }));
    let todo = "problem `unknown_line`; give the rest back by another refund";
    problem("a line that the order does not have", "F1", &unknown, &json!(["unknown_line"]), todo);
    let shop_order = |id: &str| {
        assert_eq!(shop.send(&paid(id, "zoe", "10.00", AT).to_string()).outcome, "created");
    };
    shop_order("F2");
    let much = refunded("F2", "r", "10.01", LATER);
    let todo = "problem `over_refunded`; check the refund";
    problem("more than was paid", "F2", &much, &json!(["over_refunded"]), todo);
    shop_order("F3");
    let yen = with(refunded("F3", "r", "5", LATER), |data| data["currency"] = json!("JPY"));
    let todo = "problem `currency_mismatch`; send it in the order's currency, with another id";
    problem("another currency than the order's", "F3", &yen, &json!(["currency_mismatch"]), todo);
    let early = refunded("F4", "r", "5", LATER);
    problem("a refund before its order", "F4", &early, &json!([]), "nothing; send the order");

    let again = refunded("F4", "r", "5.00", LATER);
    shop.event(page, "the same refund again", &again, Exists, "nothing");
    let other = refunded("F4", "r", "6.00", LATER);
    let at = "detail.data.refund_id";
    shop.event(page, "the same `refund_id` with another amount", &other, Conflict(at), "");
}

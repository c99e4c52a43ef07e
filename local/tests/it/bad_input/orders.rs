//! Orders and completions.

use serde_json::{Value, json};
use upline_testkit::events::{completed, paid, registered, with};

use crate::bad_input::page::Page;
use crate::bad_input::shop::{
    AT, Conflict, Created, Exists, Parked, Shop, Waiting, line, order, without,
};

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door("Orders", "`OrderPaid` and `OrderCompleted`.");
    let mut malformed = |sent: &str, event: &Value, path: &str| {
        shop.event(page, sent, event, Parked("malformed", path), "");
    };
    let lines = |lines: Value| order("O1", "/lines", &lines);
    malformed("no lines, `[]`", &lines(json!([])), "detail.data.lines");
    malformed("`\"lines\": {}`", &lines(json!({})), "detail.data.lines");
    malformed("`\"lines\": null`", &lines(Value::Null), "detail.data.lines");
    malformed("`null` for a line", &lines(json!([null])), "detail.data.lines[0]");
    let list = json!([["1", "cd", 1, "9.00"]]);
    malformed("a list for a line", &lines(list), "detail.data.lines[0]");
    let twice = json!([line("1", 1, "1"), line("2", 1, "1"), line("1", 1, "1")]);
    malformed("one line id twice", &lines(twice), "detail.data.lines[2].line_id");
    let misspelt = json!([{ "line_id": "1", "sku": "cd", "quantity": 1, "unit_prise": "9.00" }]);
    malformed("`unit_prise` for `unit_price`", &lines(misspelt), "detail.data.lines[0].unit_price");
    let no_buyer = without(paid("O1", "zoe", "1.00", AT), "/detail/data/buyer_id");
    malformed("no `buyer_id`", &no_buyer, "detail.data.buyer_id");
    malformed(
        "`\"buyer_id\": null`",
        &order("O1", "/buyer_id", &Value::Null),
        "detail.data.buyer_id",
    );

    let ignored = "hold events against the schema before you send them";
    let discout = order("O2", "/discout", &json!("5.00"));
    shop.event(
        page,
        "`discout` for `discount`, which may be left out: it is ignored",
        &discout,
        Created,
        ignored,
    );
    assert_eq!(shop.ask("GET", "/v1/orders/O2", None).1["paid"], "10.00", "without the discount");
    let null = order("O3", "/invite_code", &Value::Null);
    shop.event(
        page,
        "`null` for what may be left out: the same as absent",
        &null,
        Created,
        "nothing",
    );

    kept(shop, page);
}

/// Orders and completions that are not taken at once, or are there already.
fn kept(shop: &Shop, page: &mut Page) {
    shop.event(page, "the same order again", &paid("A1", "zoe", "100", AT), Exists, "nothing");
    let other = order("A1", "/lines/0/unit_price", &json!("99.99"));
    let at = "detail.data.order_id";
    shop.event(page, "the same `order_id` with another price", &other, Conflict(at), "");
    let buyer = order("A1", "/buyer_id", &json!("yan"));
    shop.event(page, "the same `order_id` of another buyer", &buyer, Conflict(at), "");

    let unbound = paid("O4", "nobody", "10.00", AT);
    let waits = Waiting("no binding of buyer nobody counts at paid_at yet");
    shop.event(page, "a buyer whom nobody is known to have brought", &unbound, waits, "nothing");
    let coded = with(paid("O5", "una", "10.00", AT), |data| data["invite_code"] = json!("CLEO"));
    let waits = Waiting("nor does the invite code CLEO");
    shop.event(page, "the same, with an invite code that nobody has", &coded, waits, "nothing");
    assert_eq!(shop.ask("GET", "/v1/orders/O5", None).1["state"], "waiting");
    let cleo = registered("cleo", "2026-10-05T00:00:00Z");
    shop.event(
        page,
        "… and then the code appears",
        &cleo,
        Created,
        "nothing; the order is calculated now",
    );
    assert_eq!(shop.ask("GET", "/v1/orders/O5", None).1["state"], "attributed");

    let done = completed("A1", "2026-11-09T00:00:00Z");
    shop.event(page, "a completion", &done, Created, "nothing");
    let again = completed("A1", "2026-11-09T00:00:01Z");
    let at = "detail.data.completed_at";
    shop.event(page, "a second completion at another time", &again, Conflict(at), "");
    let early = completed("O6", "2026-11-09T00:00:00Z");
    shop.event(page, "a completion before its order", &early, Created, "nothing; send the order");
    let (status, answer) = shop.ask("GET", "/v1/orders/O6", None);
    assert_eq!((status, &answer["state"]), (200, &json!("unpaid")), "it is kept");
}

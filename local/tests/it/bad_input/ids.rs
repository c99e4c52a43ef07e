//! Ids and texts.

use serde_json::json;

use crate::bad_input::page::Page;
use crate::bad_input::shop::{Created, Parked, Shop, order};

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door(
        "Ids and texts",
        "An id is 1 to 128 bytes of letters, digits and `. _ : @ / + = -`; any other text at most \
         256 bytes without control characters.",
    );
    let mut id = |sent: &str, id: &str, want| {
        shop.event(page, sent, &order("unused", "/order_id", &json!(id)), want, "");
    };
    let at = "detail.data.order_id";
    id("`\"A#1\"`", "A#1", Parked("malformed", at));
    id("`\"A 1\"`", "A 1", Parked("malformed", at));
    id("an empty id", "", Parked("malformed", at));
    id("a line break in it", "A\n1", Parked("malformed", at));
    id("`\"\\u0000\"`", "\u{0}", Parked("malformed", at));
    id("an emoji", "A😀", Parked("malformed", at));
    id("a letter beyond ASCII", "订单1", Parked("malformed", at));
    id("an id of 128 bytes", &"x".repeat(128), Created);
    id("an id of 129 bytes", &"x".repeat(129), Parked("malformed", at));
    id("every character that is allowed", "gid://shop/Order.1_2:3@4+5=6-7", Created);
    let number = order("unused", "/order_id", &json!(9_007_199_254_740_993_u64));
    shop.event(page, "a number", &number, Parked("malformed", at), "");
    let line = order("I1", "/lines/0/line_id", &json!("1|2"));
    shop.event(
        page,
        "`\"1|2\"` for a line",
        &line,
        Parked("malformed", "detail.data.lines[0].line_id"),
        "",
    );

    let mut text = |sent: &str, id: &str, text: &str, want| {
        shop.event(page, sent, &order(id, "/lines/0/sku", &json!(text)), want, "");
    };
    let at = "detail.data.lines[0].sku";
    text("a text of 256 bytes", "I2", &"é".repeat(128), Created);
    text("a text of 257 bytes", "I3", &format!("{}x", "é".repeat(128)), Parked("malformed", at));
    text("a control character in a text", "I4", "te\u{7}a", Parked("malformed", at));
    text("an emoji in a text", "I5", "茶 🍵 #1", Created);
    text("a text of 500,000 bytes", "I6", &"x".repeat(500_000), Parked("malformed", at));
    let sku = order("I7", "/lines/0/sku", &json!(12));
    shop.event(page, "a number for a text", &sku, Parked("malformed", at), "");
}

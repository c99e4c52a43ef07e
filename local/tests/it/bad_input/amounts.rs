//! Amounts, quantities and currencies.

use serde_json::{Value, json};

use crate::bad_input::page::Page;
use crate::bad_input::shop::{Created, Parked, Shop, line, order, put};

const PRICE: &str = "detail.data.lines[0].unit_price";

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door(
        "Amounts",
        "An amount is a string of digits with an optional point, and at most the digits of its \
         currency after it.",
    );
    let mut price = |sent: &str, value: Value, want| {
        shop.event(page, sent, &order("M1", "/lines/0/unit_price", &value), want, "");
    };
    let malformed = Parked("malformed", PRICE);
    price("`9.9`", json!(9.9), malformed);
    price("`9`", json!(9), malformed);
    price("`true`", json!(true), malformed);
    price("`null`", Value::Null, malformed);
    for text in [
        "9.999", "9.990", "12.", ".5", "1e3", "-5", "+5", " 5", "5 ", "1,000.00", "１２", "٣", "",
        "NaN", "0x10", "1.2.3",
    ] {
        price(&format!("`\"{text}\"` CNY"), json!(text), malformed);
    }
    let overflow = Parked("overflow", PRICE);
    price("`\"10000000000.01\"`", json!("10000000000.01"), overflow);
    price("40 digits", json!("9".repeat(40)), overflow);
    price("500,000 digits", json!("9".repeat(500_000)), overflow);
    price("a string of 500,000 letters", json!("x".repeat(500_000)), malformed);
    let free = order("M2", "/lines/0/unit_price", &json!("0"));
    shop.event(page, "`\"0\"`: a gift", &free, Created, "nothing; it earns nobody anything");
    let most = order("M3", "/lines/0/unit_price", &json!("10000000000.00"));
    shop.event(page, "`\"10000000000.00\"`, the largest", &most, Created, "nothing");

    let mut lines = |sent: &str, lines: Value, want, todo: &str| {
        shop.event(page, sent, &order("M4", "/lines", &lines), want, todo);
    };
    let product = json!([line("1", 1_000_000, "10000.01")]);
    lines("`\"10000.01\"` × 1,000,000", product, Parked("overflow", "detail.data.lines[0]"), "");
    let total = json!([line("1", 1, "10000000000"), line("2", 1, "0.01")]);
    lines("lines that come to more than that", total, Parked("overflow", "detail.data.lines"), "");
    let mut cost = line("1", 1_000_000, "1");
    cost["unit_cost"] = json!("10000.01");
    lines(
        "a cost × quantity of more than that",
        json!([cost]),
        Parked("overflow", "detail.data.lines[0]"),
        "",
    );

    let mut quantity = |sent: &str, value: Value, want| {
        shop.event(page, sent, &order("M5", "/lines/0/quantity", &value), want, "");
    };
    let malformed = Parked("malformed", "detail.data.lines[0].quantity");
    quantity("quantity `0`", json!(0), malformed);
    quantity("quantity `-1`", json!(-1), malformed);
    quantity("quantity `1.5`", json!(1.5), malformed);
    quantity("quantity `1.0`", json!(1.0), malformed);
    quantity("quantity `\"2\"`", json!("2"), malformed);
    quantity("quantity `1000001`", json!(1_000_001), malformed);
    quantity("a quantity of 500,000 letters", json!("x".repeat(500_000)), malformed);
    quantity("a quantity of 500,000 letters", json!("x".repeat(500_000)), malformed);
    quantity("quantity `1e30`", json!(1e30), malformed);

    let mut discount = |sent: &str, pointer: &str, value: &str, path: &str| {
        let event = order("M6", pointer, &json!(value));
        shop.event(page, sent, &event, Parked("malformed", path), "");
    };
    discount("a discount above the lines", "/discount", "10.01", "detail.data.discount");
    discount(
        "a line's discount above its price",
        "/lines/0/discount",
        "10.01",
        "detail.data.lines[0].discount",
    );
    discount("a discount below zero", "/discount", "-1", "detail.data.discount");
    discount("shipping below zero", "/shipping", "-6", "detail.data.shipping");
    currencies(shop, page);
}

fn currencies(shop: &Shop, page: &mut Page) {
    let mut currency = |sent: &str, value: Value, want, todo: &str| {
        shop.event(page, sent, &order("M7", "/currency", &value), want, todo);
    };
    let malformed = Parked("malformed", "detail.data.currency");
    currency("currency `\"RMB\"`", json!("RMB"), malformed, "write CNY");
    currency("currency `\"cny\"`", json!("cny"), malformed, "");
    currency("currency `\"¥\"`", json!("¥"), malformed, "");
    currency("currency `156`", json!(156), malformed, "");
    currency("currency `\"XAU\"`, gold", json!("XAU"), malformed, "");
    let unplanned = Parked("currency_not_planned", "detail.data");
    currency("a currency that the plan has no part for", json!("EUR"), unplanned, "");
    let mut yen = order("M8", "/currency", &json!("JPY"));
    put(&mut yen, "/detail/data/lines/0/unit_price", &json!("5.5"));
    shop.event(page, "`\"5.5\"` JPY", &yen, Parked("malformed", PRICE), "");
}

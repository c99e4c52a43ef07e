//! Orders and those whom they wait for.

use serde_json::{Value, json};
use upline_testkit::events::{bound, paid, registered, registered_under, with};

use super::meeting::Meeting;
use crate::plans::TWO_DEEP;

/// ann above bob above cat; and dan, who stands alone.
pub(super) fn family() -> Vec<Value> {
    vec![
        registered("ann", "2026-10-01T00:00:00Z"),
        registered_under("bob", "ann", "2026-10-02T00:00:00Z"),
        registered_under("cat", "bob", "2026-10-03T00:00:00Z"),
        registered("dan", "2026-10-01T00:00:00Z"),
    ]
}

/// An order of zoe's for 100.00.
pub(super) fn order(id: &str) -> Value {
    paid(id, "zoe", "100.00", "2026-11-03T00:00:00Z")
}

/// The same order with a distributor's code.
pub(super) fn coded(id: &str, distributor: &str) -> Value {
    with(order(id), |data| data["invite_code"] = json!(distributor.to_uppercase()))
}

/// The binding of zoe to a distributor.
pub(super) fn binding(distributor: &str) -> Value {
    let mut event = bound("zoe", distributor, "2026-11-01T00:00:00Z");
    event["detail"]["metadata"]["id"] = json!(format!("bind-to-{distributor}"));
    event
}

#[test]
fn an_order_beside_its_buyers_binding() {
    Meeting { plan: TWO_DEEP, given: family(), events: vec![order("o1"), binding("cat")] }
        .ends_in(&["o1: cat 10.00, bob 5.00; zoe first with o1; zoe through cat"]);
}

#[test]
fn an_order_beside_the_registration_of_its_codes_owner() {
    let owner = registered_under("eve", "cat", "2026-10-04T00:00:00Z");
    Meeting { plan: TWO_DEEP, given: family(), events: vec![coded("o1", "eve"), owner] }.ends_in(
        &["eve below cat, bob, ann; o1: eve 10.00, cat 5.00; zoe first with o1; zoe through eve"],
    );
}

#[test]
fn an_order_beside_its_buyers_registration() {
    let own = registered_under("zoe", "cat", "2026-11-01T00:00:00Z");
    Meeting { plan: TWO_DEEP, given: family(), events: vec![order("o1"), own] }
        .ends_in(&["o1: cat 10.00, bob 5.00; zoe below cat, bob, ann; zoe first with o1"]);
}

#[test]
fn two_orders_of_a_buyer_beside_their_binding() {
    Meeting {
        plan: TWO_DEEP,
        given: family(),
        events: vec![order("o1"), order("o2"), binding("cat")],
    }
    .ends_in(&[
        "o1: cat 10.00, bob 5.00; o2: cat 10.00, bob 5.00; zoe first with o1; zoe through cat",
        "o1: cat 10.00, bob 5.00; o2: cat 10.00, bob 5.00; zoe first with o2; zoe through cat",
    ]);
}

#[test]
fn an_order_with_a_code_beside_another_binding() {
    Meeting { plan: TWO_DEEP, given: family(), events: vec![coded("o1", "dan"), binding("cat")] }
        .ends_in(&[
            "o1: cat 10.00, bob 5.00; zoe first with o1; zoe through cat",
            "o1: dan 10.00; zoe first with o1; zoe through dan",
        ]);
}

/// The binding, which counts from after the orders on.
fn late(distributor: &str) -> Value {
    with(binding(distributor), |data| data["bound_at"] = json!("2026-11-09T00:00:00Z"))
}

#[test]
fn an_order_beside_a_binding_from_after_it() {
    Meeting { plan: TWO_DEEP, given: family(), events: vec![order("o1"), late("cat")] }
        .ends_in(&["o1: waiting; zoe through cat"]);
}

#[test]
fn an_order_with_a_code_beside_a_binding_from_after_it() {
    Meeting { plan: TWO_DEEP, given: family(), events: vec![coded("o1", "dan"), late("cat")] }
        .ends_in(&[
            "o1: dan 10.00; zoe first with o1; zoe through dan",
            "o1: waiting; zoe through cat",
        ]);
}

#[test]
fn an_order_beside_two_bindings() {
    Meeting {
        plan: TWO_DEEP,
        given: family(),
        events: vec![order("o1"), binding("cat"), binding("dan")],
    }
    .ends_in(&[
        "o1: cat 10.00, bob 5.00; zoe first with o1; zoe through cat",
        "o1: dan 10.00; zoe first with o1; zoe through dan",
    ]);
}

#[test]
fn the_same_payment_twice_beside_a_binding() {
    Meeting {
        plan: TWO_DEEP,
        given: family(),
        events: vec![order("o1"), order("o1"), binding("cat")],
    }
    .ends_in(&["o1: cat 10.00, bob 5.00; zoe first with o1; zoe through cat"]);
}

#[test]
fn a_binding_beside_the_registration_of_a_buyer_whose_order_waits() {
    let mut given = family();
    given.push(order("o1"));
    let own = registered_under("zoe", "dan", "2026-11-01T00:00:00Z");
    Meeting { plan: TWO_DEEP, given, events: vec![binding("cat"), own] }.ends_in(&[
        "o1: cat 10.00, bob 5.00; zoe below dan; zoe first with o1; zoe through cat",
        "o1: dan 10.00; zoe below dan; zoe first with o1; zoe through cat",
    ]);
}

#[test]
fn two_orders_with_codes() {
    Meeting {
        plan: TWO_DEEP,
        given: family(),
        events: vec![coded("o1", "cat"), coded("o2", "dan")],
    }
    .ends_in_or_between(
        &[
            "o1: cat 10.00, bob 5.00; o2: cat 10.00, bob 5.00; zoe first with o1; zoe through cat",
            "o1: dan 10.00; o2: dan 10.00; zoe first with o2; zoe through dan",
        ],
        &[
            "o1: cat 10.00, bob 5.00; o2: cat 10.00, bob 5.00; zoe first with o2; zoe through cat",
            "o1: dan 10.00; o2: dan 10.00; zoe first with o1; zoe through dan",
        ],
    );
}

#[test]
fn an_order_with_a_code_beside_one_without() {
    let events = vec![coded("o1", "cat"), order("o2")];
    Meeting { plan: TWO_DEEP, given: family(), events }.ends_in_or_between(
        &["o1: cat 10.00, bob 5.00; o2: cat 10.00, bob 5.00; zoe first with o1; zoe through cat"],
        &["o1: cat 10.00, bob 5.00; o2: cat 10.00, bob 5.00; zoe first with o2; zoe through cat"],
    );
}

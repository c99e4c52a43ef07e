//! One order id, one first order: who claims it.

use serde_json::{Value, json};
use upline_testkit::events::{bound, paid, registered_under, with};

use super::meeting::Meeting;
use super::waiting::{binding, coded, family, order};
use crate::plans::{FIRST_MORE, TWO_DEEP};

/// zoe through cat and yan through dan.
fn bound_buyers() -> Vec<Value> {
    let mut given = family();
    given.extend([binding("cat"), bound("yan", "dan", "2026-11-01T00:00:00Z")]);
    given
}

/// An order of another buyer's, or of another amount, under the id of [`order`].
fn other(buyer: &str, amount: &str) -> Value {
    let mut event = paid("o1", buyer, amount, "2026-11-03T00:00:00Z");
    event["detail"]["metadata"]["id"] = json!("pay-other");
    event
}

#[test]
fn two_first_orders_of_a_buyer() {
    Meeting { plan: TWO_DEEP, given: bound_buyers(), events: vec![order("o1"), order("o2")] }
        .ends_in(&[
            "o1: cat 10.00, bob 5.00; o2: cat 10.00, bob 5.00; zoe first with o1",
            "o1: cat 10.00, bob 5.00; o2: cat 10.00, bob 5.00; zoe first with o2",
        ]);
}

#[test]
fn two_first_orders_of_which_one_pays_more() {
    Meeting { plan: FIRST_MORE, given: bound_buyers(), events: vec![order("o1"), order("o2")] }
        .ends_in(&[
            "o1: cat 10.00; o2: cat 30.00; zoe first with o2",
            "o1: cat 30.00; o2: cat 10.00; zoe first with o1",
        ]);
}

#[test]
fn two_first_orders_that_wait_for_a_binding() {
    let mut given = family();
    given.extend([order("o1"), order("o2")]);
    let later = with(order("o3"), |data| data["paid_at"] = json!("2026-11-08T00:00:00Z"));
    Meeting { plan: FIRST_MORE, given, events: vec![later, binding("cat")] }.ends_in_or_between(
        &["o1: cat 30.00; o2: cat 10.00; o3: cat 10.00; zoe first with o1; zoe through cat"],
        &["o1: cat 10.00; o2: cat 10.00; o3: cat 30.00; zoe first with o3; zoe through cat"],
    );
}

#[test]
fn two_amounts_of_one_order() {
    Meeting {
        plan: TWO_DEEP,
        given: bound_buyers(),
        events: vec![order("o1"), other("zoe", "200.00")],
    }
    .ends_in(&[
        "o1: cat 10.00, bob 5.00; parked: pay-other conflict; zoe first with o1",
        "o1: cat 20.00, bob 10.00; parked: pay-o1 conflict; zoe first with o1",
    ]);
}

#[test]
fn two_buyers_of_one_order() {
    Meeting {
        plan: TWO_DEEP,
        given: bound_buyers(),
        events: vec![order("o1"), other("yan", "100.00")],
    }
    .ends_in(&[
        "o1: cat 10.00, bob 5.00; parked: pay-other conflict; zoe first with o1",
        "o1: dan 10.00; parked: pay-o1 conflict; yan first with o1",
    ]);
}

#[test]
fn two_buyers_of_one_order_who_are_not_bound() {
    Meeting { plan: TWO_DEEP, given: family(), events: vec![order("o1"), other("yan", "100.00")] }
        .ends_in(&[
            "o1: waiting; parked: pay-other conflict",
            "o1: waiting; parked: pay-o1 conflict",
        ]);
}

#[test]
fn two_codes_of_one_order() {
    let mut other = coded("o1", "dan");
    other["detail"]["metadata"]["id"] = json!("pay-other");
    Meeting { plan: TWO_DEEP, given: family(), events: vec![coded("o1", "cat"), other] }.ends_in(&[
        "o1: cat 10.00, bob 5.00; parked: pay-other conflict; zoe first with o1; zoe through cat",
        "o1: dan 10.00; parked: pay-o1 conflict; zoe first with o1; zoe through dan",
    ]);
}

#[test]
fn two_amounts_of_one_order_beside_a_binding() {
    let events = vec![order("o1"), other("zoe", "200.00"), binding("cat")];
    Meeting { plan: TWO_DEEP, given: family(), events }.ends_in(&[
        "o1: cat 10.00, bob 5.00; parked: pay-other conflict; zoe first with o1; zoe through cat",
        "o1: cat 20.00, bob 10.00; parked: pay-o1 conflict; zoe first with o1; zoe through cat",
    ]);
}

/// 30 % of a first order and 10 % of others; of what comes through bob, of the profit.
const PROFIT_OF_BOB: &str = r#"{
    "currencies": { "CNY": {
        "depth": 1,
        "cards": {
            "welcome": { "base": "paid", "mode": { "percent": { "rates": ["0.30"] } } },
            "standard": { "base": "paid", "mode": { "percent": { "rates": ["0.10"] } } },
            "profit": { "base": "profit", "mode": { "percent": { "rates": ["0.10"] } } }
        },
        "rules": [
            { "id": "bob", "priority": 2, "when": { "distributor": ["bob"] }, "card": "profit" },
            { "id": "first", "priority": 1, "when": { "first_order": true }, "card": "welcome" },
            { "id": "default", "priority": 0, "card": "standard" }
        ]
    } }
}"#;

#[test]
fn an_order_twice_beside_what_makes_it_impossible() {
    // Once zoe is registered under bob, her order has no cost that the card of bob asks for.
    let own = registered_under("zoe", "bob", "2026-11-01T00:00:00Z");
    Meeting {
        plan: PROFIT_OF_BOB,
        given: bound_buyers(),
        events: vec![order("o1"), order("o1"), own],
    }
    .ends_in_or_between(
        &[
            "o1: cat 30.00; zoe below bob, ann; zoe first with o1",
            "parked: pay-o1 cost_missing; zoe below bob, ann",
        ],
        &["o1: cat 30.00; parked: pay-o1 cost_missing; zoe below bob, ann; zoe first with o1"],
    );
}

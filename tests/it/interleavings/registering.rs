//! Registrations and bindings, and those whom they wait for.

use serde_json::{Value, json};
use upline_testkit::events::{registered, registered_under, with};

use super::meeting::Meeting;
use super::waiting::{binding, family, order};
use crate::plans::TWO_DEEP;

/// eve below cat.
fn eve() -> Value {
    registered_under("eve", "cat", "2026-10-04T00:00:00Z")
}

#[test]
fn a_registration_beside_that_of_its_sponsor() {
    let fay = registered_under("fay", "eve", "2026-10-05T00:00:00Z");
    Meeting { plan: TWO_DEEP, given: family(), events: vec![fay, eve()] }
        .ends_in(&["eve below cat, bob, ann; fay below eve, cat, bob, ann"]);
}

#[test]
fn a_registration_by_id_beside_that_of_its_sponsor() {
    let fay =
        with(registered("fay", "2026-10-05T00:00:00Z"), |data| data["sponsor_id"] = json!("eve"));
    Meeting { plan: TWO_DEEP, given: family(), events: vec![fay, eve()] }
        .ends_in(&["eve below cat, bob, ann; fay below eve, cat, bob, ann"]);
}

#[test]
fn a_binding_beside_the_registration_that_it_waits_for() {
    Meeting { plan: TWO_DEEP, given: family(), events: vec![binding("eve"), eve()] }
        .ends_in(&["eve below cat, bob, ann; zoe through eve"]);
}

#[test]
fn an_order_a_binding_and_a_registration() {
    Meeting { plan: TWO_DEEP, given: family(), events: vec![order("o1"), binding("eve"), eve()] }
        .ends_in(&[
            "eve below cat, bob, ann; o1: eve 10.00, cat 5.00; zoe first with o1; zoe through eve",
        ]);
}

#[test]
fn the_same_registration_twice() {
    Meeting { plan: TWO_DEEP, given: family(), events: vec![eve(), eve()] }
        .ends_in(&["eve below cat, bob, ann"]);
}

#[test]
fn two_registrations_that_wish_for_one_code() {
    let fay =
        with(registered("fay", "2026-10-05T00:00:00Z"), |data| data["own_code"] = json!("EVE"));
    Meeting { plan: TWO_DEEP, given: family(), events: vec![fay, eve()] }.ends_in(&[
        "eve below cat, bob, ann; parked: register-fay code_taken",
        "fay below ; parked: register-eve code_taken",
    ]);
}

#[test]
fn two_registrations_of_one_id() {
    let other = registered_under("eve", "dan", "2026-10-04T00:00:00Z");
    Meeting { plan: TWO_DEEP, given: family(), events: vec![other, eve()] }.ends_in(&[
        "eve below cat, bob, ann; parked: register-eve conflict",
        "eve below dan; parked: register-eve conflict",
    ]);
}

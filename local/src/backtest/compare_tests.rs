//! One order at a time, figures by hand.

use serde_json::json;
use upline_contract::listed::parse_listed;
use upline_contract::plan::{Policy, compile};

use super::*;

fn plan(part: &str) -> Plan {
    let text = format!(
        r#"{{ "levels": [ {{ "id": "bronze" }}, {{ "id": "gold" }} ],
              "currencies": {{ "CNY": {part} }} }}"#
    );
    compile(&text, &Policy::named("cn").unwrap()).unwrap()
}

/// An order of `u` of 100.00 of `x` and 100.00 of `y`; of `x` half was refunded.
fn compared(plan: &Plan, lineage: &[(&str, &str)]) -> Compared {
    let line = |id: &str| json!({"line_id": id, "sku": id, "quantity": 1, "unit_price": "100.00"});
    let standing = |(id, level): &(&str, &str)| json!({ "distributor_id": id, "level": level });
    let lineage: Vec<_> = lineage.iter().map(standing).collect();
    let item = json!({
        "given": {
            "order": { "order_id": "A1", "buyer_id": "u", "currency": "CNY",
                       "paid_at": "2026-11-11T00:00:00Z", "lines": [line("x"), line("y")] },
            "lineage": lineage,
            "month_sales": { "a": "70.00" },
            "refunds": [ { "order_id": "A1", "refund_id": "r", "currency": "CNY",
                           "refunded_at": "2026-11-12T00:00:00Z",
                           "lines": [ { "line_id": "x", "amount": "50.00" } ] } ],
        },
        "state": "attributed", "plan_version": 1,
        "allocations": [ { "distributor_id": "a", "depth": 1, "amount": "1.00",
                           "reversed": "0.25" } ],
    });
    match compare(parse_listed(&item.to_string(), plan).unwrap(), plan).unwrap() {
        Outcome::Compared(compared) => *compared,
        other @ (Outcome::Waiting(_) | Outcome::Refused { .. }) => panic!("{other:?}"),
    }
}

/// Who earns what at which depth, and what of it is taken back.
fn new(compared: &Compared) -> Vec<(&str, usize, u64, u64)> {
    let one = |one: &'_ Earned| (one.depth, one.amount.minor(), one.reversed.minor());
    let all = compared.new.iter();
    all.map(|new| (new.distributor.as_str(), one(new)))
        .map(|(who, (depth, amount, back))| (who, depth, amount, back))
        .collect()
}

const PERCENT: &str = r#"{ "depth": 2, "self_purchase": "OWN",
    "cards": { "all": { "base": "paid", "mode": { "percent": { "rates": ["0.10", "0.05"] } } } },
    "rules": [ { "id": "default", "priority": 0, "card": "all" } ] }"#;

#[test]
fn a_buyer_stands_first_only_where_the_plan_pays_them() {
    let own = [("u", "bronze"), ("a", "bronze"), ("b", "bronze")];
    let buyer = plan(&PERCENT.replace("OWN", "buyer"));
    let none = plan(&PERCENT.replace("OWN", "none"));
    assert_eq!(new(&compared(&buyer, &own)), [("u", 1, 2_000, 500), ("a", 2, 1_000, 250)]);
    assert_eq!(new(&compared(&none, &own)), [("a", 1, 2_000, 500), ("b", 2, 1_000, 250)]);
    let others = [("a", "bronze"), ("b", "bronze")];
    let (old, again) = (compared(&buyer, &others), compared(&none, &others));
    assert_eq!(old, again);
    assert_eq!(new(&old), [("a", 1, 2_000, 500), ("b", 2, 1_000, 250)]);
    assert_eq!((old.refunded.minor(), old.old[0].amount.minor()), (5_000, 100));
    let lines: Vec<_> = old.lines.iter().map(|line| line.cost.minor()).collect();
    assert_eq!(lines, [1_500, 1_500]);
}

#[test]
fn month_sales_move_with_those_whose_they_are() {
    // From 50.00 on a fifth, below nothing; of a alone it is known what they sold, and of b not.
    let month = r#"{ "depth": 2,
        "cards": { "all": { "base": "paid", "mode": { "tiered": { "measure": "month_sales",
            "kind": "whole", "tiers": [ { "from": "50.00", "rates": ["0.2", "0.2"] } ] } } } },
        "rules": [ { "id": "default", "priority": 0, "card": "all" } ] }"#;
    let compared = compared(&plan(month), &[("u", "bronze"), ("a", "bronze"), ("b", "bronze")]);
    assert_eq!(new(&compared), [("a", 1, 4_000, 1_000)]);
    assert_eq!(compared.unknown.month_sales, 1);
}

#[test]
fn each_cap_is_counted_with_what_it_cut() {
    // The bronze a earns 5.00 of x. Of y the gold g earns 10.00, cut to 4.00 by the card; all of
    // that is cut by the depth of 1. Of the 5.00 of a, the cap on the total leaves 2.00.
    let caps = r#"{ "depth": 1, "max_total_rate": "0.01",
        "cards": {
            "x": { "base": "paid",
                   "mode": { "differential": { "by_level": { "bronze": "0.05" } } } },
            "y": { "base": "paid", "mode": { "differential": { "by_level": { "gold": "0.10" } } },
                   "max_per_order": "4.00" } },
        "rules": [ { "id": "x", "priority": 1, "when": { "sku": ["x"] }, "card": "x" },
                   { "id": "y", "priority": 0, "card": "y" } ] }"#;
    let compared = compared(&plan(caps), &[("a", "bronze"), ("g", "gold")]);
    let cut = |cap, minor: u128| Cut { cap, micros: minor * MICROS_PER_MINOR };
    let card = Cap::Card("y".parse().unwrap());
    assert_eq!(compared.cuts, [cut(card, 600), cut(Cap::Depth, 400), cut(Cap::Total, 300)]);
    assert_eq!(new(&compared), [("a", 1, 200, 100)]);
}

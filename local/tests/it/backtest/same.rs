//! A backtest of the very plan that is active changes nothing.

use super::*;

/// Numbers that look drawn, and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// A plan with every mode and cap; those who are passed over, paid or not, as is said.
fn plan(inactive: &str, own: &str) -> String {
    let text = r#"{ "levels": [ { "id": "bronze" }, { "id": "gold" } ], "currencies": { "CNY": {
        "depth": 3, "inactive": "INACTIVE", "self_purchase": "OWN", "rounding": "half_up",
        "max_total_rate": "0.25",
        "cards": {
            "all": { "base": "net", "mode": { "percent": { "rates": ["0.11", "0.07", "0.03"] } },
                     "max_per_order": "9.99" },
            "welcome": { "mode": { "fixed": { "amounts": ["1.50", "0.50"] } } },
            "month": { "base": "paid", "mode": { "tiered": { "measure": "month_sales",
                "kind": "graduated", "tiers": [
                    { "from": "0", "rates": ["0.05", "0.02"] },
                    { "from": "150.00", "rates": ["0.15", "0.04"] } ] } } },
            "order": { "base": "list", "mode": { "tiered": { "measure": "order", "kind": "whole",
                "tiers": [ { "from": "50.00", "rates": ["0.1", "0.1", "0.1"] } ] } } },
            "up": { "base": "profit", "mode": { "differential": {
                "by_level": { "bronze": "0.05", "gold": "0.10" }, "peer": "0.01" } } } },
        "rules": [
            { "id": "first", "priority": 9, "when": { "first_order": true }, "card": "welcome" },
            { "id": "month", "priority": 4, "when": { "sku": ["s0", "s1"] }, "card": "month" },
            { "id": "order", "priority": 3, "when": { "sku": ["s2"] }, "card": "order" },
            { "id": "up", "priority": 2, "when": { "sku": ["s3"] }, "card": "up" },
            { "id": "default", "priority": 0, "when": { "sku": ["s4"] }, "card": "all" } ] } } }"#;
    text.replace("INACTIVE", inactive).replace("OWN", own)
}

/// Twelve distributors in a tree, who buy too, thirty buyers, 300 orders and 100 refunds.
fn story(seed: u64) -> Vec<Value> {
    let mut dice = Dice(seed);
    let at = "2026-10-01T00:00:00Z";
    let mut events = vec![registered("d0", at)];
    for n in 1..12 {
        let sponsor = format!("d{}", dice.below(n));
        events.push(registered_under(&format!("d{n}"), &sponsor, at));
    }
    for n in 0..30 {
        events.push(bound(&format!("b{n}"), &format!("d{}", dice.below(12)), at));
    }
    for n in 0..300 {
        let buyer = match dice.below(5) {
            0 => format!("d{}", dice.below(12)),
            _ => format!("b{}", dice.below(33)),
        };
        let lines: Vec<Value> = (0..=dice.below(3))
            .map(|line| {
                let price = 100 + dice.below(9_000);
                json!({ "line_id": line.to_string(), "sku": format!("s{}", dice.below(6)),
                    "quantity": 1 + dice.below(3), "unit_cost": "0.99", "discount": "0.13",
                    "unit_price": format!("{}.{:02}", price / 100, price % 100) })
            })
            .collect();
        let day = 1 + dice.below(20);
        let order = format!("o{n}");
        let data = json!({ "order_id": order, "buyer_id": buyer, "currency": "CNY",
            "paid_at": format!("2026-11-{day:02}T{:02}:00:00Z", dice.below(24)),
            "discount": "0.37", "lines": lines });
        events.push(event("OrderPaid", &format!("pay-{order}"), &data));
        if dice.below(3) == 0 {
            let back = format!("{}.{:02}", dice.below(90), dice.below(100));
            events.push(refunded(&order, "r", &back, "2026-11-21T00:00:00Z"));
        }
    }
    events
}

#[test]
fn the_plan_that_is_active_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let kinds = [("forfeit", "none"), ("compress", "buyer"), ("compress", "none")];
    for (seed, (inactive, own)) in (1..).zip(kinds) {
        std::fs::write(folder.join("plan.json"), plan(inactive, own)).unwrap();
        let lines: Vec<String> = story(seed).iter().map(Value::to_string).collect();
        std::fs::write(folder.join("events.jsonl"), lines.join("\n")).unwrap();
        let arguments = ["--plan", "plan.json", "--events", "events.jsonl"];
        let same = answer(folder, &[arguments.as_slice(), &["--against", "plan.json"]].concat());
        assert_eq!((&same["orders"]["read"], &same["not_calculable"]), (&json!(300), &json!([])));
        let part = &same["currencies"][0];
        assert!(part["orders"].as_u64().unwrap() > 200, "{}", same["orders"]);
        assert_eq!(part["changed"], 0, "seed {seed}");
        for cost in [&part["total"], &part["net"]] {
            assert_eq!(cost["old"], cost["new"], "seed {seed}");
            assert_eq!(cost["change"], "0.00");
        }
        assert!(part["by_depth"].as_array().unwrap().iter().all(|one| one["change"] == "0.00"));
        assert_eq!(part["orders_that_change_most"], json!([]));
        assert_eq!(part["distributors_that_change_most"], json!([]));
        assert!(part["total"]["old"] != part["net"]["old"], "refunds took something back");
        let rules = part["rules"].as_array().unwrap();
        assert!(rules.len() == 6 && rules.iter().all(|rule| rule["lines"] != 0), "{rules:?}");
        assert!(part["caps"].as_array().unwrap().len() >= 2, "{}", part["caps"]);
        let notes = same["notes"].to_string();
        assert!(!notes.contains("month sales that nobody"), "{notes}");
    }
}

#[test]
fn month_sales_that_nobody_asked_for_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    files(folder);
    let month = plan("compress", "none").replace(r#""sku": ["s0", "s1"]"#, r#""sku": ["cd"]"#);
    std::fs::write(folder.join("month.json"), month).unwrap();
    let arguments = ["--plan", "month.json", "--events", "events.jsonl", "--against", "old.json"];
    let notes = answer(folder, &arguments)["notes"].to_string();
    // All of zoe but her first order are on the card.
    assert!(notes.contains("in 22 orders a card asks for month sales"), "{notes}");
}

//! The order of the budget and its plan: three lines under a coupon, five distributors, and as many
//! rules as are asked for.

use upline_contract::plan::{Policy, compile};
use upline_contract::simulate::{Simulation, parse_simulation};
use upline_domain::plan::Plan;
use upline_domain::rule_table::RuleTable;

/// A card of five depths, with a bonus for a level and a cap.
pub(crate) const PERCENT: &str = r#"{ "base": "paid",
    "mode": { "percent": { "rates": ["0.10", "0.05", "0.02", "0.01", "0.01"] } },
    "level_bonus": { "gold": "0.02" }, "max_per_order": "500.00" }"#;

/// A plan of five depths with a card, and one rule for all lines below `rules - 1` others.
pub(crate) fn plan(card: &str, rules: usize) -> Plan {
    let document = format!(
        r#"{{ "levels": [ {{ "id": "bronze" }}, {{ "id": "silver" }}, {{ "id": "gold" }} ],
             "currencies": {{ "CNY": {{ "depth": 5, "cards": {{ "it": {card} }},
               "rules": [ {{ "id": "all", "priority": 0, "card": "it" }},
                          {{ "id": "other", "priority": 1, "card": "it",
                             "when": {{ "sku": ["nothing"] }} }} ] }} }} }}"#
    );
    let policy = Policy::named("global").unwrap();
    let mut plan = compile(&document, &policy).unwrap();
    let programme = plan.currencies.values_mut().next().unwrap();
    let [other, all] = programme.rules.to_vec().try_into().unwrap();
    let mut table = Vec::with_capacity(rules);
    for n in 1..rules {
        let mut rule = other.clone();
        // A third each by product, category and region, none of which the order has.
        rule.when.sku = None;
        let value = vec![format!("other/{n}").parse().unwrap()];
        match n % 3 {
            0 => rule.when.sku = Some(value),
            1 => rule.when.category = Some(value),
            _ => rule.when.region = Some(value),
        }
        table.push(rule);
    }
    table.push(all);
    programme.rules = RuleTable::new(table);
    plan
}

/// Three lines under a coupon, and five distributors.
pub(crate) fn order(plan: &Plan) -> Simulation {
    let line = |n: u32| {
        format!(
            r#"{{ "line_id": "{n}", "sku": "S{n}", "category": "apparel/women/dresses",
                 "quantity": {n}, "unit_price": "{n}9.90" }}"#
        )
    };
    let standing = |n: u32, level: &str| {
        format!(r#"{{ "distributor_id": "d{n}", "level": "{level}", "status": "active" }}"#)
    };
    let text = format!(
        r#"{{ "order": {{ "order_id": "A1", "buyer_id": "b", "currency": "CNY", "region": "east",
                "paid_at": "2026-11-11T00:00:00Z", "discount": "10.00",
                "lines": [{}, {}, {}] }},
             "lineage": [{}, {}, {}, {}, {}] }}"#,
        line(1),
        line(2),
        line(3),
        standing(1, "bronze"),
        standing(2, "bronze"),
        standing(3, "silver"),
        standing(4, "gold"),
        standing(5, "gold"),
    );
    parse_simulation(&text, plan).unwrap()
}

//! The plans of these tests: small numbers, so that every figure is worked out in the head.

/// 10 % and 5 %, in CNY, due 7 days after completion; a depth of 2.
pub(crate) const TWO_DEEP: &str = r#"{
    "timezone": "Asia/Shanghai",
    "currencies": { "CNY": {
        "depth": 2,
        "max_total_rate": "0.30",
        "cards": { "standard": { "base": "paid",
            "mode": { "percent": { "rates": ["0.10", "0.05"] } } } },
        "rules": [ { "id": "default", "priority": 0, "when": {}, "card": "standard" } ],
        "settlement": { "hold_days": 7, "cycle": "daily" }
    } }
}"#;

/// The same, paying distributors on what they buy themselves, and on profit for books.
pub(crate) const SELF_PURCHASE: &str = r#"{
    "timezone": "Asia/Shanghai",
    "currencies": { "CNY": {
        "depth": 2,
        "self_purchase": "buyer",
        "max_total_rate": "0.30",
        "cards": {
            "standard": { "base": "paid", "mode": { "percent": { "rates": ["0.10", "0.05"] } } },
            "margin": { "base": "profit", "mode": { "percent": { "rates": ["0.50"] } } }
        },
        "rules": [
            { "id": "books", "priority": 1, "when": { "category": ["books"] }, "card": "margin" },
            { "id": "default", "priority": 0, "when": {}, "card": "standard" }
        ]
    } }
}"#;

/// Books that come through ann are paid on profit.
pub(crate) const PROFIT_UNDER_ANN: &str = r#"{
    "currencies": { "CNY": {
        "depth": 1,
        "cards": {
            "standard": { "base": "paid", "mode": { "percent": { "rates": ["0.10"] } } },
            "margin": { "base": "profit", "mode": { "percent": { "rates": ["0.50"] } } }
        },
        "rules": [
            { "id": "ann", "priority": 1, "when": { "distributor": ["ann"] }, "card": "margin" },
            { "id": "default", "priority": 0, "card": "standard" }
        ]
    } }
}"#;

/// 30 % of a buyer's first order, and 10 % of each later one.
pub(crate) const FIRST_MORE: &str = r#"{
    "currencies": { "CNY": {
        "depth": 1,
        "cards": {
            "welcome": { "base": "paid", "mode": { "percent": { "rates": ["0.30"] } } },
            "standard": { "base": "paid", "mode": { "percent": { "rates": ["0.10"] } } }
        },
        "rules": [
            { "id": "first", "priority": 1, "when": { "first_order": true }, "card": "welcome" },
            { "id": "default", "priority": 0, "card": "standard" }
        ]
    } }
}"#;

//! What is told of two plans, and that nothing is where they mean the same.

use serde_json::{Value, json};

use super::*;

mod levels;

fn base() -> Value {
    json!({
        "timezone": "Asia/Shanghai",
        "levels": [{ "id": "bronze" }, { "id": "silver", "when": { "all": [
            { "own_orders": { "min": 5, "days": 30 } },
            { "own_sales": { "min": "100.00", "currency": "CNY", "days": 90 } },
        ] } }, { "id": "gold" }],
        "currencies": { "CNY": {
            "depth": 2,
            "team_depth": 2,
            "min_level_for_depth": { "2": "silver" },
            "max_total_rate": "0.30",
            "cards": {
                "standard": {
                    "base": "paid",
                    "mode": { "percent": { "rates": ["0.10", "0.05"] } },
                    "level_bonus": { "gold": "0.02" },
                    "max_per_order": "500.00",
                },
                "welcome": { "mode": { "fixed": { "amounts": ["20.00"], "per": "line" } } },
                "halving": {
                    "base": "profit",
                    "mode": { "decay": { "first": "0.20", "ratio": "0.5", "depth": 2 } },
                },
                "ladder": { "base": "paid", "mode": { "tiered": {
                    "measure": "order",
                    "kind": "whole",
                    "tiers": [
                        { "from": "0", "rates": ["0.10"] },
                        { "from": "1000.00", "rates": ["0.13", "0.05"] },
                    ],
                } } },
                "agents": { "base": "list", "mode": { "differential": {
                    "by_level": { "bronze": "0.05", "gold": "0.15" },
                    "peer": "0.01",
                } } },
            },
            "rules": [
                { "id": "first", "priority": 90, "card": "welcome",
                  "when": { "first_order": true } },
                { "id": "women", "priority": 50, "card": "ladder", "when": {
                    "category": ["women", "shoes"],
                    "level": ["gold"],
                    "order_amount": { "min": "10.00" },
                    "quantity": { "max": 5 },
                    "between": { "from": "2026-01-01T00:00:00Z" },
                } },
                { "id": "default", "priority": 0, "card": "standard" },
            ],
            "settlement": { "hold_days": 7, "cycle": "monthly", "review_above": "100.00" },
        } },
    })
}

/// What stands at a pointer, where nothing may stand yet; `null` takes it away.
fn with(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let place = document.pointer_mut(parent).unwrap();
    if let Value::Object(map) = place {
        map.insert(key.to_owned(), value);
        map.retain(|_, value| !value.is_null());
    } else if let Value::Array(list) = place {
        match key.parse::<usize>() {
            Err(_) => list.push(value),
            Ok(place) if value.is_null() => drop(list.remove(place)),
            Ok(place) => list[place] = value,
        }
    }
    document
}

fn side(document: &Value) -> Side {
    Side::read(&document.to_string(), &Policy::named("cn").unwrap()).unwrap()
}

fn sentences(old: &Value, new: &Value, language: Language) -> Vec<String> {
    let changes = diff(&side(old), &side(new), language);
    changes.into_iter().map(|change| change.sentence).collect()
}

/// One edit of the base, the sentences that it makes in English and in Chinese, and those that
/// undoing it makes in English.
#[track_caller]
fn check(pointer: &str, value: Value, want: [&str; 3]) {
    let new = with(base(), pointer, value);
    let [english, chinese, back] = want;
    assert_eq!(sentences(&base(), &new, Language::English), [english]);
    assert_eq!(sentences(&base(), &new, Language::Chinese), [chinese]);
    assert_eq!(sentences(&new, &base(), Language::English), [back]);
}

const CNY: &str = "/currencies/CNY";

#[test]
fn rates_and_amounts_rise_and_fall() {
    check(
        &format!("{CNY}/cards/standard/mode/percent/rates/0"),
        json!("0.12"),
        [
            "CNY, card standard: the rate at depth 1 rises from 0.1 to 0.12",
            "CNY 费率卡 standard：第 1 级佣金比例由 0.1 提高到 0.12",
            "CNY, card standard: the rate at depth 1 falls from 0.12 to 0.1",
        ],
    );
    check(
        &format!("{CNY}/cards/standard/max_per_order"),
        Value::Null,
        [
            "CNY, card standard: the most per order is gone, before 500.00",
            "CNY 费率卡 standard：取消单笔封顶，原为 500.00",
            "CNY, card standard: the most per order is new: 500.00",
        ],
    );
    check(
        &format!("{CNY}/cards/standard/level_bonus/silver"),
        json!("0.01"),
        [
            "CNY, card standard: the bonus of level silver is new: 0.01",
            "CNY 费率卡 standard：新增等级 silver 的加成：0.01",
            "CNY, card standard: the bonus of level silver is gone, before 0.01",
        ],
    );
    check(
        &format!("{CNY}/settlement/hold_days"),
        json!(14),
        [
            "CNY: orders mature 14 days after completion, before 7",
            "CNY：订单完成后 14 天可结算，原为 7 天",
            "CNY: orders mature 7 days after completion, before 14",
        ],
    );
    check(
        &format!("{CNY}/rules/2/priority"),
        json!(-1),
        [
            "CNY, rule default: the priority falls from 0 to -1",
            "CNY 规则 default：优先级由 0 降低到 -1",
            "CNY, rule default: the priority rises from -1 to 0",
        ],
    );
}

#[test]
fn words_change() {
    check(
        &format!("{CNY}/settlement/cycle"),
        json!("weekly"),
        [
            "CNY: the settlement cycle is now weekly, before monthly",
            "CNY：结算周期由 monthly 改为 weekly",
            "CNY: the settlement cycle is now monthly, before weekly",
        ],
    );
    check(
        &format!("{CNY}/rules/1/when/level"),
        json!(["gold", "bronze"]),
        [
            "CNY, rule women: the level is now bronze, gold, before gold",
            "CNY 规则 women：分销商等级由 gold 改为 bronze, gold",
            "CNY, rule women: the level is now gold, before bronze, gold",
        ],
    );
    check(
        &format!("{CNY}/cards/ladder/mode/tiered/tiers/1/rates"),
        json!(["0.14"]),
        [
            "CNY, card ladder: the tier from 1000.00 is now 0.14, before 0.13, 0.05",
            "CNY 费率卡 ladder：1000.00 起的阶梯比例由 0.13, 0.05 改为 0.14",
            "CNY, card ladder: the tier from 1000.00 is now 0.13, 0.05, before 0.14",
        ],
    );
    check(
        "/timezone",
        Value::Null,
        [
            "plan: the time zone is now UTC, before Asia/Shanghai",
            "方案：时区由 Asia/Shanghai 改为 UTC",
            "plan: the time zone is now Asia/Shanghai, before UTC",
        ],
    );
}

#[test]
fn a_whole_is_told_once() {
    let vip = json!({ "id": "vip", "priority": 60, "card": "standard",
        "when": { "level": ["gold"], "sku": ["a, b", "c"] } });
    check(
        &format!("{CNY}/rules/-"),
        vip,
        [
            "CNY, rule vip is new: priority 60, for sku \"a, b\", c, for level gold, card standard",
            r#"新增 CNY 规则 vip：优先级 60；货号 "a, b", c；分销商等级 gold；费率卡 standard"#,
            "CNY, rule vip is gone, before: priority 60, for sku \"a, b\", c, for level gold, card \
             standard",
        ],
    );
    check(
        &format!("{CNY}/cards/tea"),
        json!({ "base": "net", "mode": { "percent": { "rates": ["0.1"] } } }),
        [
            "CNY, card tea is new: mode percent, base net, rate at depth 1 is 0.1",
            "新增 CNY 费率卡 tea：计佣方式 percent；计佣基数 net；第 1 级佣金比例 0.1",
            "CNY, card tea is gone, before: mode percent, base net, rate at depth 1 is 0.1",
        ],
    );
    let standard = &base()["currencies"]["CNY"]["cards"]["standard"];
    let usd = json!({ "depth": 1, "cards": { "std": standard },
        "rules": [{ "id": "all", "priority": 0, "card": "std" }] });
    check(
        "/currencies/USD",
        usd,
        [
            "USD is new: depth 1, cards std, rules all",
            "新增 USD：分佣级数 1；费率卡 std；规则 all",
            "USD is gone, before: depth 1, cards std, rules all",
        ],
    );
}

#[test]
fn a_change_has_its_path_kind_and_values() {
    let new = with(base(), &format!("{CNY}/rules/1/when/quantity"), json!({ "min": 2, "max": 5 }));
    let want = Change {
        path: "currencies.CNY.rules.women.when.quantity".to_owned(),
        kind: "changed".to_owned(),
        old: Some("max 5".to_owned()),
        new: Some("min 2, max 5".to_owned()),
        sentence: "CNY, rule women: the quantity is now min 2, max 5, before max 5".to_owned(),
    };
    assert_eq!(diff(&side(&base()), &side(&new), Language::English), [want]);
}

/// Every key of a plan that may be written in another way without a difference.
#[test]
fn another_way_to_write_it_is_no_difference() {
    let same = [
        (format!("{CNY}/cards/standard/mode/percent/rates/0"), json!("0.1000")),
        (format!("{CNY}/cards/standard/max_per_order"), json!("500")),
        (format!("{CNY}/cards/standard/level_bonus/bronze"), json!("0")),
        (format!("{CNY}/cards/halving/mode"), json!({ "percent": { "rates": ["0.2", "0.1"] } })),
        (format!("{CNY}/cards/agents/mode/differential/by_level/silver"), json!("0.0")),
        (format!("{CNY}/rules/1/when/category"), json!(["shoes", "women", "shoes"])),
        (format!("{CNY}/rules/1/when/line_amount"), json!({})),
        (format!("{CNY}/rules/2/when"), json!({})),
        (format!("{CNY}/settlement/review_above"), json!("100")),
        (format!("{CNY}/inactive"), json!("forfeit")),
        (format!("{CNY}/rounding"), json!("down")),
        (format!("{CNY}/self_purchase"), json!("none")),
        (format!("{CNY}/team_depth"), Value::Null),
        (format!("{CNY}/max_total_rate"), Value::Null),
        (format!("{CNY}/min_level_for_depth/1"), json!("bronze")),
        ("/demote".to_owned(), json!("never")),
    ];
    let mut all = base();
    for (pointer, value) in same {
        let new = with(base(), &pointer, value.clone());
        assert_ne!(new, base(), "{pointer}");
        let changes = diff(&side(&base()), &side(&new), Language::English);
        assert_eq!(changes, [], "{pointer}");
        all = with(all, &pointer, value);
    }
    all["currencies"]["CNY"]["rules"].as_array_mut().unwrap().reverse();
    assert_eq!(diff(&side(&base()), &side(&all), Language::English), []);
}

/// Edits that each mean something else, but for the first, which is none.
fn edits() -> Vec<(String, Value)> {
    let at = |rest: &str| format!("{CNY}/{rest}");
    vec![
        (at("depth"), json!(2)),
        (at("depth"), json!(3)),
        (at("team_depth"), json!(1)),
        (at("inactive"), json!("compress")),
        (at("rounding"), json!("half_up")),
        (at("self_purchase"), json!("buyer")),
        (at("max_total_rate"), json!("0.299999")),
        (at("min_level_for_depth/2"), json!("gold")),
        (at("min_level_for_depth"), json!({ "1": "silver" })),
        (at("settlement/hold_days"), json!(8)),
        (at("settlement/cycle"), json!("instant")),
        (at("settlement/auto_complete_days"), json!(15)),
        (at("settlement/review_above"), json!("100.01")),
        (at("settlement/minimum"), json!("1.00")),
        (at("cards/standard/base"), json!("net")),
        (at("cards/standard/mode/percent/rates"), json!(["0.10"])),
        (at("cards/standard/mode/percent/rates"), json!(["0.10", "0.05", "0"])),
        (at("cards/standard/level_bonus/gold"), json!("0.000001")),
        (at("cards/standard/max_per_order"), json!("500.01")),
        (at("cards/welcome/mode/fixed/per"), json!("unit")),
        (at("cards/welcome/mode/fixed/amounts/0"), json!("20.01")),
        (at("cards/halving/mode/decay/ratio"), json!("0.500005")),
        (at("cards/ladder/mode/tiered/measure"), json!("line")),
        (at("cards/ladder/mode/tiered/kind"), json!("graduated")),
        (at("cards/ladder/mode/tiered/tiers/0/from"), json!("0.01")),
        (at("cards/ladder/mode/tiered/tiers/0/rates"), json!([])),
        (at("cards/agents/mode/differential/peer"), Value::Null),
        (at("cards/agents/mode/differential/by_level/silver"), json!("0.05")),
        (at("cards/new"), json!({ "mode": { "fixed": { "amounts": ["1.00"] } } })),
        (at("rules/0"), Value::Null),
        (at("rules/0/id"), json!("other")),
        (at("rules/0/card"), json!("standard")),
        (at("rules/0/when/first_order"), json!(false)),
        (at("rules/1/priority"), json!(51)),
        (at("rules/1/when/category"), json!(["women"])),
        (at("rules/1/when/category"), json!(["women, shoes"])),
        (at("rules/1/when/sku"), json!(["1"])),
        (at("rules/1/when/region"), json!(["1"])),
        (at("rules/1/when/distributor"), json!(["1"])),
        (at("rules/1/when/level"), json!(["silver"])),
        (at("rules/1/when/line_amount"), json!({ "min": "0" })),
        (at("rules/1/when/order_amount"), json!({ "max": "10.00" })),
        (at("rules/1/when/quantity"), json!({ "max": 6 })),
        (at("rules/1/when/between"), json!({ "from": "2026-01-01T00:00:00.001Z" })),
        ("/levels/0/id".to_owned(), json!("standard")),
        ("/levels/1/when/all/0".to_owned(), json!({ "own_orders": { "min": 5, "days": 31 } })),
        ("/levels/1/when/all/0".to_owned(), json!({ "months_active": { "min": 2, "days": 30 } })),
        ("/levels/1/when/all/0".to_owned(), json!({ "compliant": true })),
        ("/levels/1/when/all/1/own_sales/min".to_owned(), json!("100.01")),
        ("/levels/2/when".to_owned(), json!({ "any": [{ "team_size": { "min": 9 } }] })),
        (
            "/levels/2/when".to_owned(),
            json!({ "any": [{ "team_size": { "min": 9, "depth": 4 } }] }),
        ),
        (
            "/levels/2/when".to_owned(),
            json!({ "score": { "min": "9", "of": [
            { "weight": "1", "direct_recruits": { "days": 30 } } ] } }),
        ),
        (
            "/levels/2/when".to_owned(),
            json!({ "score": { "min": "9", "of": [
            { "weight": "2", "direct_recruits": { "days": 30 } } ] } }),
        ),
        ("/levels/1/when".to_owned(), Value::Null),
        ("/demote".to_owned(), json!({ "after_days": 30 })),
        ("/timezone".to_owned(), json!("Asia/Tokyo")),
    ]
}

/// What only the document keeps, in the plainest way: the keys that are not compiled.
fn kept(document: &Value) -> [Option<Value>; 2] {
    let at = |pointer: &str| document.pointer(pointer).cloned();
    [at("/currencies/CNY/settlement/review_above"), at("/currencies/CNY/settlement/minimum")]
}

#[test]
fn no_difference_is_told_exactly_where_the_plans_mean_the_same() {
    let documents: Vec<Value> = edits()
        .into_iter()
        .map(|(pointer, value)| with(base(), &pointer, value))
        // The plan of the lowest level has its name in two places.
        .map(|document| match document["levels"][0]["id"].as_str() {
            Some("standard") => {
                let text = document.to_string().replace("\"bronze\"", "\"standard\"");
                serde_json::from_str(&text).unwrap()
            }
            _ => document,
        })
        .collect();
    let sides: Vec<(Side, [Option<Value>; 2])> =
        documents.iter().map(|document| (side(document), kept(document))).collect();
    for (at, (old, old_kept)) in sides.iter().enumerate() {
        for (other, (new, new_kept)) in sides.iter().enumerate() {
            let same = old.plan == new.plan && old_kept == new_kept;
            assert_eq!(same, at == other, "edits {at} and {other} should mean something else");
            for language in Language::ALL {
                let changes = diff(old, new, language);
                assert_eq!(changes.is_empty(), same, "edits {at} and {other}: {changes:?}");
                assert!(changes.iter().all(|change| !change.sentence.is_empty()));
            }
        }
    }
}

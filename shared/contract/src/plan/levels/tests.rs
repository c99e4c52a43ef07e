//! What is refused of levels, each once, and what is made of those that are right.

use serde_json::{Value, json};
use upline_domain::level::{Measure, Score, Weighted};

use super::super::{EXAMPLE_PLAN, Finding, Policy, compile};
use super::*;

fn plan(levels: &Value) -> Result<Ladder, Vec<Finding>> {
    let part = json!({ "depth": 1, "rules": [], "cards": {} });
    let plan = json!({ "levels": levels, "demote": { "after_days": 30 },
        "currencies": { "CNY": part.clone(), "KWD": part } });
    compile(&plan.to_string(), &Policy::named("cn").unwrap()).map(|plan| plan.ladder)
}

/// A bronze level, and gold with these conditions.
fn gold(when: &Value) -> Result<Ladder, Vec<Finding>> {
    plan(&json!([{ "id": "bronze" }, { "id": "gold", "when": when }]))
}

/// All that is found wrong: path below the conditions, and code.
#[track_caller]
fn check(when: &Value, want: &[(&str, &str)]) {
    let found = gold(when).err().unwrap_or_default();
    let path = |path: &str| path.strip_prefix("levels[1].when").unwrap().to_owned();
    let found: Vec<_> = found.iter().map(|one| (path(&one.path), one.code)).collect();
    let want: Vec<_> = want.iter().map(|(path, code)| ((*path).to_owned(), *code)).collect();
    assert_eq!(found, want, "{when}");
}

/// One condition in a list.
#[track_caller]
fn one(condition: &Value, want: &[(&str, &str)]) {
    let want: Vec<_> = want.iter().map(|(path, code)| (format!(".all[0]{path}"), *code)).collect();
    let want: Vec<_> = want.iter().map(|(path, code)| (path.as_str(), *code)).collect();
    check(&json!({ "all": [condition] }), &want);
}

#[test]
fn everything_that_may_be_asked_for_is_compiled() {
    let cny: Currency = "CNY".parse().unwrap();
    let kwd: Currency = "KWD".parse().unwrap();
    let ladder = gold(&json!({ "all": [
        { "team_sales": { "min": "50000.5", "currency": "CNY", "days": 366 } },
        { "own_sales": { "min": "0.001", "currency": "KWD", "days": 1 } },
        { "own_orders": { "min": 5, "days": 30 } },
        { "any": [{ "direct_recruits": { "min": 3, "days": 90 } },
                  { "team_size": { "min": 20 } }, { "team_size": { "min": 9, "depth": 3 } }] },
        { "months_active": { "min": 4_294_967_295_u32, "days": 180 } },
        { "compliant": true },
        { "score": { "min": "1000000000", "of": [
            { "weight": "0.000001", "own_sales": { "currency": "CNY", "days": 30 } },
            { "weight": "5.50", "direct_recruits": { "days": 90 } } ] } }
    ] }));
    let at_least = |measure, least| Condition::AtLeast { measure, least };
    let part = |weight_millionths, measure| Weighted { weight_millionths, measure };
    let want = Condition::All(vec![
        at_least(Measure::TeamSales { currency: cny, days: 366 }, 5_000_050),
        at_least(Measure::OwnSales { currency: kwd, days: 1 }, 1),
        at_least(Measure::OwnOrders { days: 30 }, 5),
        Condition::Any(vec![
            at_least(Measure::DirectRecruits { days: 90 }, 3),
            at_least(Measure::TeamSize { depth: 5 }, 20),
            at_least(Measure::TeamSize { depth: 3 }, 9),
        ]),
        at_least(Measure::MonthsActive { days: 180 }, 4_294_967_295),
        Condition::Compliant,
        Condition::Score(Score {
            least_millionths: 1_000_000_000_000_000,
            parts: vec![
                part(1, Measure::OwnSales { currency: cny, days: 30 }),
                part(5_500_000, Measure::DirectRecruits { days: 90 }),
            ],
        }),
    ]);
    let demotion = Demotion::AfterDays(30);
    assert_eq!(ladder, Ok(Ladder { asked: vec![None, Some(want)], demotion }));
}

#[test]
fn levels_that_are_left_out_ask_for_nothing() {
    let none = r#"{ "currencies": { "CNY": { "depth": 1, "rules": [], "cards": {} } } }"#;
    let found = compile(none, &Policy::named("cn").unwrap()).unwrap();
    assert_eq!(found.ladder, Ladder { asked: vec![None], demotion: Demotion::Never });
    assert_eq!(found.levels.len(), 1);
    let by_hand = plan(&json!([{ "id": "a" }, { "id": "b" }])).unwrap();
    assert_eq!(by_hand.asked, [None, None]);
    let example = compile(EXAMPLE_PLAN, &Policy::named("cn").unwrap()).unwrap();
    assert_eq!(example.ladder.asked.iter().flatten().count(), 2);
}

#[test]
fn lists_table() {
    check(&json!({}), &[("", "malformed")]);
    check(&json!([]), &[("", "malformed")]);
    check(&json!({ "all": [] }), &[(".all", "empty")]);
    check(&json!({ "all": [{ "compliant": true }] }), &[("", "easier_level")]);
    check(&json!({ "any": {} }), &[(".any", "malformed")]);
    check(
        &json!({ "any": [], "all": [{ "compliant": true }] }),
        &[(".any", "empty"), ("", "malformed")],
    );
    check(&json!({ "own_orders": { "min": 5, "days": 30 } }), &[(".own_orders", "unknown_key")]);
    one(&json!({}), &[("", "malformed")]);
    one(&json!(7), &[("", "malformed")]);
    one(&json!({ "any": [] }), &[(".any", "empty")]);
    one(&json!({ "any": [{}] }), &[(".any[0]", "malformed")]);
    let deep = json!({ "any": [{ "all": [{ "compliant": true }] }] });
    one(&deep, &[(".any[0].all", "malformed")]);
    one(&json!({ "compliant": true, "own_orders": { "min": 1, "days": 1 } }), &[("", "malformed")]);
    one(&json!({ "compliant": false }), &[(".compliant", "malformed")]);
    one(&json!({ "compliant": "yes" }), &[(".compliant", "malformed")]);
}

fn sales(min: &str, currency: &str) -> Value {
    json!({ "own_sales": { "min": min, "currency": currency, "days": 30 } })
}

#[test]
fn measures_table() {
    let orders = |min: Value, days: Value| json!({ "own_orders": { "min": min, "days": days } });
    one(
        &orders(json!(0), json!(0)),
        &[(".own_orders.min", "out_of_range"), (".own_orders.days", "out_of_range")],
    );
    one(&orders(json!(1), json!(367)), &[(".own_orders.days", "out_of_range")]);
    one(
        &orders(json!("1"), json!(1.5)),
        &[(".own_orders.days", "malformed"), (".own_orders.min", "malformed")],
    );
    one(
        &json!({ "own_order": { "min": 1, "dayz": 0 } }),
        &[(".own_order", "unknown_key"), (".own_order.dayz", "unknown_key")],
    );
    let team = |key: &str| json!({ "team_size": { "min": 1, key: 6 } });
    one(&team("depth"), &[(".team_size.depth", "out_of_range")]);
    one(&team("days"), &[(".team_size.days", "unknown_key")]);
    one(&sales("0.00", "CNY"), &[(".own_sales.min", "out_of_range")]);
    one(&sales("0.001", "CNY"), &[(".own_sales.min", "malformed")]);
    one(&sales("10000000000.01", "CNY"), &[(".own_sales.min", "overflow")]);
    one(&sales("1", "RMB"), &[(".own_sales.currency", "malformed")]);
    one(&sales("1", "USD"), &[(".own_sales.currency", "currency_not_planned")]);
    one(
        &json!({ "own_sales": { "min": "0.001", "days": 0 } }),
        &[(".own_sales.currency", "malformed"), (".own_sales.days", "out_of_range")],
    );
    one(&json!({ "team_sales": 5 }), &[(".team_sales", "malformed")]);
}

#[test]
fn scores_table() {
    let score = |min: &str, of: &Value| json!({ "score": { "min": min, "of": of } });
    let part = |weight: &str| json!([{ "weight": weight, "own_orders": { "days": 30 } }]);
    check(&score("1", &part("1")), &[]);
    check(
        &score("0", &part("0.0")),
        &[(".score.min", "out_of_range"), (".score.of[0].weight", "out_of_range")],
    );
    check(
        &score("1000000000.000001", &part("99999999999999999999")),
        &[(".score.min", "out_of_range"), (".score.of[0].weight", "out_of_range")],
    );
    check(
        &score("0.0000001", &part("-1")),
        &[(".score.min", "malformed"), (".score.of[0].weight", "malformed")],
    );
    check(&score("1", &json!([])), &[(".score.of", "empty")]);
    check(&json!({ "score": {} }), &[(".score.min", "malformed"), (".score.of", "malformed")]);
    check(
        &score("1", &json!([{ "weight": "1" }, 5, { "own_orders": { "days": 1 } }])),
        &[
            (".score.of[1]", "malformed"),
            (".score.of[2].weight", "malformed"),
            (".score.of[0]", "malformed"),
        ],
    );
    let asked = json!([{ "weight": "1", "own_orders": { "min": 3, "days": 30 } }]);
    check(&score("1", &asked), &[(".score.of[0].own_orders.min", "unknown_key")]);
    let sales = json!([{ "weight": "1", "own_sales": { "currency": "USD", "days": 0 } }]);
    check(
        &score("1", &sales),
        &[
            (".score.of[0].own_sales.currency", "currency_not_planned"),
            (".score.of[0].own_sales.days", "out_of_range"),
        ],
    );
}

#[test]
fn a_level_asks_for_so_many_measures() {
    let orders = |count: usize| vec![json!({ "own_orders": { "min": 1, "days": 1 } }); count];
    let parts = vec![json!({ "weight": "1", "own_orders": { "days": 30 } }); 9];
    let with = |count: usize| {
        let mut list = orders(count);
        list.push(json!({ "score": { "min": "1", "of": parts.clone() } }));
        json!({ "all": [{ "any": list }, { "compliant": true }] })
    };
    check(&with(11), &[]);
    check(&with(12), &[("", "too_large")]);
}

#[test]
fn a_currency_may_be_the_one_that_cannot_be_read() {
    let level = json!({ "id": "b", "when": { "any": [
        { "own_sales": { "min": "1", "currency": "CNY", "days": 30 } } ] } });
    let found = |currencies: Value| {
        let plan = json!({ "levels": [{ "id": "a" }, level.clone()], "currencies": currencies });
        let found = compile(&plan.to_string(), &Policy::named("cn").unwrap()).unwrap_err();
        found.iter().map(|one| (one.path.clone(), one.code)).collect::<Vec<_>>()
    };
    let part = json!({ "depth": 1, "rules": [], "cards": {} });
    let at = |path: &str, code: &'static str| vec![(path.to_owned(), code)];
    assert_eq!(found(json!({ "RMB": part.clone() })), at("currencies.RMB", "malformed"));
    assert_eq!(found(json!({})), at("currencies", "empty"));
    assert_eq!(found(json!([])), at("currencies", "malformed"));
    let path = "levels[1].when.any[0].own_sales.currency";
    assert_eq!(found(json!({ "USD": part })), at(path, "currency_not_planned"));
}

#[test]
fn the_first_level_asks_for_nothing() {
    let when = json!({ "any": [{ "compliant": true }] });
    let found = plan(&json!([{ "id": "bronze", "when": when }])).unwrap_err();
    assert_eq!((found[0].path.as_str(), found[0].code), ("levels[0].when", "malformed"));
}

#[test]
fn a_misspelt_measure_is_told_with_the_one_that_is_meant() {
    let found =
        gold(&json!({ "all": [{ "own_sale": { "min": "1", "currency": "CNY", "days": 1 } }] }));
    let found = found.unwrap_err();
    assert_eq!(found[0].path, "levels[1].when.all[0].own_sale");
    assert_eq!(found[0].message, "there is no such key here; write own_sales");
    assert_eq!(found.len(), 1);
}

#[test]
fn a_level_that_is_no_harder_than_one_below_it_is_refused() {
    let recruits = |min: u32| json!({ "any": [{ "direct_recruits": { "min": min, "days": 90 } }] });
    let ladder = |levels: &[Option<Value>]| {
        let level = |(place, when): (usize, &Option<Value>)| match when {
            Some(when) => json!({ "id": format!("l{place}"), "when": when }),
            None => json!({ "id": format!("l{place}") }),
        };
        let levels: Vec<Value> = levels.iter().enumerate().map(level).collect();
        plan(&json!(levels)).err().unwrap_or_default()
    };
    let (three, four) = (Some(recruits(3)), Some(recruits(4)));
    assert_eq!(ladder(&[None, three.clone(), four.clone()]), []);
    // Whatever stands between them, one given by hand or one of another kind.
    let orders = Some(json!({ "any": [{ "own_orders": { "min": 9, "days": 1 } }] }));
    for between in [None, orders] {
        let found = ladder(&[None, four.clone(), between, three.clone()]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].path.as_str(), found[0].code), ("levels[3].when", "easier_level"));
        let message = "whoever meets level l1 meets l3 above it, so nobody would ever stand on l1; \
                       for example, 3 direct recruits in 90 days is enough for l3 and not for l1; \
                       ask more for l3";
        assert_eq!(found[0].message, message);
    }
    let same = ladder(&[None, four.clone(), four.clone()]);
    assert!(
        same[0].message.contains("4 direct recruits in 90 days is enough for both"),
        "{same:?}"
    );
    let gated = json!({ "all": [recruits(4), { "compliant": true }] });
    let found = ladder(&[None, Some(gated), four]);
    assert!(
        found[0].message.contains("4 direct recruits in 90 days and an open risk flag meet l2")
    );
}

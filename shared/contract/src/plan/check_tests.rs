//! What a look at a plan without errors says of it.

use serde_json::json;

use super::tests::BASE;
use super::{Check, EXAMPLE_PLAN, Finding, Policy, check};

fn checked(text: &str) -> Check {
    check(text, &Policy::named("cn").unwrap())
}

/// A plan of which nothing is to be said.
fn base() -> String {
    BASE.replace("\"20.00\"", "\"0\"")
}

/// Path below the currency, and code.
fn brief(found: &[Finding]) -> Vec<(String, &'static str)> {
    let path = |path: &str| path.strip_prefix("currencies.CNY.").unwrap_or(path).to_owned();
    found.iter().map(|found| (path(&found.path), found.code)).collect()
}

#[track_caller]
fn warns(from: &str, to: &str, want: &[(&str, &'static str)]) -> Vec<Finding> {
    let base = base();
    assert_eq!(base.matches(from).count(), 1, "{from} is to stand once in the base plan");
    let checked = checked(&base.replace(from, to));
    assert_eq!(checked.errors, [], "{from} written as {to}");
    let want: Vec<_> = want.iter().map(|(path, code)| ((*path).to_owned(), *code)).collect();
    assert_eq!(brief(&checked.warnings), want, "{from} written as {to}");
    checked.warnings
}

#[test]
fn a_plan_that_is_meant_has_no_warnings() {
    let checked = checked(&base());
    assert!(checked.is_ok() && checked.plan.is_some());
    assert_eq!(checked.warnings, []);
    // It pays for samples, however little is paid for them.
    let example = check(EXAMPLE_PLAN, &checked.policy);
    assert_eq!(brief(&example.warnings), [("rules[0].card".to_owned(), "above_total_cap")]);
}

#[test]
fn a_plan_with_errors_has_no_warnings_and_no_plan() {
    let checked = checked(&base().replace("\"card\": \"a\" }", "\"card\": \"x\" }"));
    assert_eq!(brief(&checked.errors), [("rules[0].card".to_owned(), "unknown_card")]);
    assert!(!checked.is_ok() && checked.plan.is_none() && checked.warnings.is_empty());
    let json = checked.to_json();
    assert_eq!(json["ok"], false);
    assert_eq!(json["policy"]["name"], "cn");
    let error = &json["errors"][0];
    assert_eq!(error["rule"], "all");
    assert_eq!(error["path"], "currencies.CNY.rules[0].card");
    assert!(error["message"].as_str().unwrap().contains("a, b, c"), "{error}");
}

#[test]
fn a_rule_that_never_matches_is_told_with_what_takes_its_lines() {
    let never = |rule: &'static str| [(rule, "never_matches")];
    // Of one rule above.
    let found = warns(
        "\"priority\": 0",
        "\"priority\": 99",
        &[("rules[1]", "never_matches"), ("rules[2]", "never_matches")],
    );
    let message = &found[0].message;
    assert_eq!(found[0].rule.as_deref(), Some("tea"));
    assert!(message.contains("rule all is above it"), "{message}");
    assert!(message.contains("for example category tea, level gold;"), "{message}");
    // Of two together: gold by the one, bronze by the other.
    let two = r#"{ "id": "b", "priority": 8, "when": { "category": ["tea"] }, "card": "a" },
        { "id": "c", "priority": 10, "when": { "level": ["bronze"] }, "card": "b" },
        { "id": "tea""#;
    let found = warns("{ \"id\": \"tea\"", two, &never("rules[1]"));
    let message = &found[0].message;
    assert!(message.contains("rules c and tea are above it and together"), "{message}");
    // Of itself.
    let found = warns(
        "\"quantity\": { \"min\": 10 }",
        "\"quantity\": { \"min\": 1000001 }",
        &never("rules[2]"),
    );
    assert!(found[0].message.contains("1 to 1000000"), "{:?}", found[0]);
    let amounts = "\"quantity\": { \"min\": 10 }, \"order_amount\": { \"max\": \"10\" }";
    let when = base().replace("\"max\": \"99.99\"", "\"min\": \"10\"");
    let checked = checked(&when.replace("\"quantity\": { \"min\": 10 }", amounts));
    assert_eq!(brief(&checked.warnings), [("rules[2]".to_owned(), "never_matches")]);
    let message = &checked.warnings[0].message;
    assert!(message.contains("no line is paid more than its order"), "{message}");
}

#[test]
fn lines_without_a_rule_are_told_with_one() {
    let only = "\"priority\": 0, \"when\": { \"line_amount\": { \"min\": \"5\" } }";
    let found = warns("\"priority\": 0", only, &[("rules", "unmatched_lines")]);
    let message = &found[0].message;
    assert!(message.contains("line paid 0.01 CNY"), "{message}");
    assert!(message.contains("no category"), "{message}");
    assert_eq!(found[0].rule, None);
    let levels = "\"priority\": 0, \"when\": { \"level\": [\"bronze\", \"gold\"] }";
    warns("\"priority\": 0", levels, &[]);
}

#[test]
fn rates_beyond_the_depth_are_told() {
    let five = "\"0.10\", \"0.05\", \"0\", \"0\"";
    warns("\"0.10\", \"0.05\"", five, &[("cards.a.mode.percent.rates", "rate_beyond_depth")]);
    let four = "\"0\", \"0\", \"0\", \"0\"";
    warns("\"0\"", four, &[("cards.b.mode.fixed.amounts", "rate_beyond_depth")]);
    let four = "\"ratio\": \"0.5\", \"depth\": 4";
    warns(
        "\"ratio\": \"0.5\", \"depth\": 2",
        four,
        &[("cards.c.mode.decay.depth", "rate_beyond_depth")],
    );
}

#[test]
fn write_units_count_those_whose_books_change() {
    let units = |text: &str| {
        let found = checked(text).write_units;
        (found[0].distributors, found[0].total())
    };
    assert_eq!(units(BASE), (5, "14.0".to_owned()));
    assert_eq!(
        units(&BASE.replace("\"team_depth\": 5", "\"team_depth\": 1")),
        (3, "9.2".to_owned())
    );
}

#[test]
fn what_the_cap_will_cut_is_told_with_the_figures() {
    // 0.19 + 0.02 of gold and 0.05 + 0.02: 0.28 above 0.25.
    let rates = "\"0.19\", \"0.05\"";
    let found = warns("\"0.10\", \"0.05\"", rates, &[("rules[0].card", "above_total_cap")]);
    let message = &found[0].message;
    assert!(message.contains("0.28 of paid (0.21 + 0.07)"), "{message}");
    assert!(message.contains("the cap of 0.25"), "{message}");
    // 0.16 + 0.02 and 0.05 + 0.02 are 0.25, which is not above.
    warns("\"0.10\", \"0.05\"", "\"0.16\", \"0.05\"", &[]);
    // 20.00 of a line that may have cost less than 80.00; of one that may not.
    let found = warns("[\"0\"]", "[\"20.00\"]", &[("rules[1].card", "above_total_cap")]);
    assert!(found[0].message.contains("less than 80.00 CNY is paid for each line"));
    let enough = base().replace("[\"0\"]", "[\"20.00\"]");
    let least = "[\"gold\"], \"line_amount\": { \"min\": \"80.00\" }";
    assert_eq!(checked(&enough.replace("[\"gold\"]", least)).warnings, []);
    let least = least.replace("80.00", "79.99");
    assert_eq!(checked(&enough.replace("[\"gold\"]", &least)).warnings.len(), 1);
}

#[test]
fn the_most_that_a_rule_costs_is_told_of_each() {
    let checked = checked(BASE);
    let told: Vec<_> =
        checked.worst_case.iter().map(|cost| (cost.rule.as_str(), cost.figures())).collect();
    assert_eq!(
        told,
        [
            ("tea", "20.00 CNY a line".to_owned()),
            ("big", "0.15 of list (0.1 + 0.05)".to_owned()),
            ("all", "0.19 of paid (0.12 + 0.07)".to_owned()),
        ]
    );
    // 0.25 of paid is 0.15 of list where 40 % are taken off.
    let cut = checked.worst_case[1].cut().unwrap();
    assert!(
        cut.ends_with("the cap of 0.25 of paid cuts it where more than 40.0 % was taken off"),
        "{cut}"
    );
    assert_eq!(checked.worst_case[2].cut(), None);
    let json = checked.to_json();
    let want = json!({ "currency": "CNY", "rule": "all", "card": "a", "of": "paid", "total": "0.19",
        "by_depth": ["0.12", "0.07"], "max_total_rate": "0.25", "above_cap": false });
    assert_eq!(json["worst_case"][2], want);
    let want = json!({ "currency": "CNY", "rule": "tea", "card": "b", "per": "line",
        "total": "20.00", "by_depth": ["20.00"], "max_total_rate": "0.25", "above_cap": true });
    assert_eq!(json["worst_case"][0], want);
}

#[test]
fn what_nobody_can_meet_is_told_where_it_stands() {
    let never = |path: &str| vec![(path.to_owned(), "never_met")];
    let orders = "{ \"own_orders\": { \"min\": 5, \"days\": 30 } }";
    let found = |instead: &str| checked(&base().replace(orders, instead)).warnings;
    let months = |min: u32, days: u32| {
        format!("{{ \"months_active\": {{ \"min\": {min}, \"days\": {days} }} }}")
    };
    assert_eq!(found(&months(3, 30)), []);
    let told = found(&months(3, 29));
    assert_eq!(brief(&told), never("levels[1].when.all[0].months_active"));
    assert_eq!(
        told[0].message,
        "this can never be met: 29 days on end touch at most 2 calendar months; ask for at most 2, \
         or in 30 days or more; nobody would ever rise to level gold"
    );
    // There is another way to the level; and there is none to so many months.
    let told = found(&format!("{{ \"any\": [{orders}, {}] }}", months(14, 366)));
    assert_eq!(brief(&told), never("levels[1].when.all[0].any[1].months_active"));
    assert!(told[0].message.ends_with("calendar months; ask for at most 13"), "{told:?}");
    let score = |min: u32| {
        format!(
            "{{ \"score\": {{ \"min\": \"{min}\", \"of\": [ {{ \"weight\": \"2.5\", \
             \"months_active\": {{ \"days\": 29 }} }} ] }} }}"
        )
    };
    assert_eq!(found(&score(5)), []);
    assert_eq!(brief(&found(&score(6))), never("levels[1].when.all[0].score"));
}

//! `upline plan check`: what a person and a program are told; and that a plan is held against its
//! policy by every command that reads one.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::upline;

/// Rules of which one never matches, lines without one, a rate beyond the depth, and a welcome that
/// the cap cuts.
const PLAN: &str = r#"{
  "levels": [ { "id": "bronze" }, { "id": "gold" } ],
  "currencies": { "CNY": { "depth": 2,
    "cards": {
      "standard": { "base": "paid", "mode": { "percent": { "rates": ["0.10", "0.05", "0.01"] } } },
      "listed": { "base": "list", "mode": { "percent": { "rates": ["0.20"] } } },
      "welcome": { "mode": { "fixed": { "amounts": ["20.00"], "per": "line" } } } },
    "rules": [
      { "id": "food", "priority": 30, "when": { "category": ["food"] }, "card": "standard" },
      { "id": "tea", "priority": 20, "when": { "category": ["food/tea"], "level": ["gold"] },
        "card": "listed" },
      { "id": "large", "priority": 10, "when": { "order_amount": { "min": "1000.00" } },
        "card": "welcome" } ] } } }"#;

/// Standard output, standard error and exit status.
fn run(folder: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = upline(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn warnings_do_not_fail_and_are_told_with_lines_and_figures() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plan.json"), PLAN).unwrap();
    let (words, error, status) = run(folder.path(), &["plan", "check", "plan.json"]);
    assert_eq!((error.as_str(), status), ("", Some(0)), "{words}");
    for line in [
        "plan.json is a plan without errors under policy cn of 2026-11-01",
        "Warnings: 4",
        "  currencies.CNY.rules: unmatched_lines",
        "  currencies.CNY.rules[1]: never_matches",
        "  currencies.CNY.cards.standard.mode.percent.rates: rate_beyond_depth",
        "  currencies.CNY.rules[2].card: above_total_cap",
        "  CNY  food   card standard  0.15 of paid (0.1 + 0.05)",
        "  CNY  tea    card listed    0.2 of list",
        "  CNY  large  card welcome   20.00 CNY a line",
        "Policy cn of 2026-11-01",
        "  max_depth 3",
    ] {
        assert!(words.lines().any(|told| told == line), "{line} is not in:\n{words}");
    }
    let told = words.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "for example category food/tea, level gold;",
        "for example order paid 0.01 CNY, no category, level bronze;",
        "the cap of 0.3 of paid cuts it where more than 33.3 % was taken off",
        "less than 66.67 CNY is paid for each line",
        "CNY: 6.8, of which 2 when it is written and 2.4 for each of 2 distributors",
        "not legal advice",
    ] {
        assert!(told.contains(part), "{part} is not in:\n{words}");
    }
    assert!(words.lines().all(|line| line.chars().count() <= 100), "{words}");
}

#[test]
fn a_program_is_told_the_same() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plan.json"), PLAN).unwrap();
    let (answer, error, status) = run(folder.path(), &["plan", "check", "plan.json", "--json"]);
    assert_eq!((error.as_str(), status), ("", Some(0)));
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["errors", "ok", "policy", "warnings", "worst_case", "write_units"]);
    assert_eq!((&answer["ok"], &answer["errors"]), (&json!(true), &json!([])));
    let warnings = answer["warnings"].as_array().unwrap();
    let brief = warnings.iter().map(|one| (one["rule"].as_str(), one["code"].as_str().unwrap()));
    let want = [
        (None, "unmatched_lines"),
        (Some("tea"), "never_matches"),
        (None, "rate_beyond_depth"),
        (Some("large"), "above_total_cap"),
    ];
    assert_eq!(brief.collect::<Vec<_>>(), want);
    assert_eq!(answer["worst_case"].as_array().unwrap().len(), 3);
    assert_eq!(answer["policy"]["name"], "cn");
    assert!(answer["policy"]["sources"]["max_depth"].as_str().unwrap().contains("ounsel"));
}

#[test]
fn a_plan_is_held_against_a_policy_of_ones_own_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let policy = json!({ "name": "shop", "effective_from": "2026-01-01", "max_depth": 1,
        "max_total_rate": "0.20", "self_purchase_allowed": false });
    std::fs::write(folder.join("policy.json"), policy.to_string()).unwrap();
    std::fs::write(folder.join("plan.json"), PLAN).unwrap();
    std::fs::write(folder.join("one.json"), PLAN.replace("\"depth\": 2", "\"depth\": 1")).unwrap();
    let under = ["--policy", "policy.json"];
    let check = |plan| run(folder, &[&["plan", "check", plan][..], &under].concat());
    let (words, error, status) = check("plan.json");
    assert_eq!(status, Some(1), "{words}");
    assert!(words.contains("depth: above_policy: policy shop allows at most 1 depths, not 2"));
    assert!(error.contains("under policy shop of 2026-01-01"), "{error}");
    let (words, _, status) = check("one.json");
    assert_eq!(status, Some(0), "{words}");
    // Its cap is the plan's, and it says nothing of where its numbers are from.
    assert!(words.contains("the cap of 0.2"), "{words}");
    assert!(words.contains("The policy names no source."), "{words}");
    assert!(words.contains("Have it checked by counsel"), "{words}");
    for command in [
        &["simulate", "--plan", "plan.json", "--order", "none"][..],
        &["dev", "--data", ":memory:", "--port", "0", "--plan", "plan.json"],
        &["demo", "--data", "new.db", "--plan", "plan.json"],
    ] {
        let (_, error, status) = run(folder, &[command, &under].concat());
        assert_eq!(status, Some(2), "{command:?}: {error}");
        assert!(error.contains("above_policy"), "{command:?}: {error}");
    }
}

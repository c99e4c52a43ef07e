//! Plan files, by `upline plan check`.

use std::path::Path;

use serde_json::{Value, json};

use crate::bad_input::page::Page;
use crate::harness::upline;

/// A plan without errors, for the rows to break.
const PLAN: &str = r#"{
  "timezone": "Asia/Shanghai",
  "levels": [
    { "id": "bronze" },
    { "id": "silver", "when": { "any": [ { "team_size": { "min": 20, "depth": 4 } } ] } },
    { "id": "gold", "when": { "all": [
      { "own_sales": { "min": "10000.00", "currency": "CNY", "days": 30 } },
      { "score": { "min": "100", "of": [
        { "weight": "5", "direct_recruits": { "days": 90 } } ] } } ] } } ],
  "currencies": { "CNY": {
    "depth": 3,
    "cards": {
      "standard": { "base": "paid", "mode": { "percent": { "rates": ["0.10", "0.05"] } } },
      "steps": { "base": "list", "mode": { "tiered": { "measure": "order", "kind": "whole",
        "tiers": [ { "from": "0", "rates": ["0.1"] }, { "from": "9", "rates": ["0.2"] } ] } } },
      "agents": { "base": "list", "mode": { "differential": { "by_level": { "gold": "0.1" } } } },
      "tea": { "base": "profit",
               "mode": { "decay": { "first": "0.20", "ratio": "0.5", "depth": 2 } } } },
    "rules": [
      { "id": "tea", "priority": 20, "when": { "category": ["food/tea"] }, "card": "tea" },
      { "id": "cups", "priority": 10, "when": { "sku": ["cup"] }, "card": "standard" },
      { "id": "default", "priority": 0, "card": "standard" } ] } } }"#;

/// What is written, the change of the plan, and what is found then: three lines each.
const CHANGES: &str = r#"
`timezon` for `timezone`
  "timezone" => "timezon"
    /timezon unknown_key
`rulez` for `rules`
  "rules" => "rulez"
    rulez unknown_key
`colour`, which nothing is like
  "depth": 3 => "depth": 3, "colour": 1
    colour unknown_key
`"depth": null`
  "depth": 3 => "depth": null
    depth null
a key twice
  "depth": 3 => "depth": 3, "depth": 2
    depth duplicate_key
a rate as a number, `0.1`
  "0.10" => 0.1
    cards.standard.mode.percent.rates[0] malformed
a rate above 1
  "0.10" => "1.1"
    cards.standard.mode.percent.rates[0] malformed
a rate of 7 digits
  "0.10" => "0.1000000"
    cards.standard.mode.percent.rates[0] malformed
a rate in percent
  "0.10" => "10%"
    cards.standard.mode.percent.rates[0] malformed
no rates, `[]`
  ["0.10", "0.05"] => []
    cards.standard.mode.percent.rates empty
a rule that names no card
  "priority": 0, "card": "standard" => "priority": 0
    rules[2].card malformed
a card that there is not
  "card": "tea" => "card": "coffee"
    rules[0].card unknown_card
a level that there is not
  "depth": 3 => "depth": 3, "min_level_for_depth": {"2": "iron"}
    min_level_for_depth.2 unknown_level
a base that there is not
  "base": "paid" => "base": "price"
    cards.standard.base malformed
a mode that there is not
  "percent" => "procent"
    cards.standard.mode malformed
tiers out of order
  "from": "9" => "from": "0.00"
    cards.steps.mode.tiered.tiers[1].from out_of_order
tiers of a measure that there is not
  "measure": "order" => "measure": "week"
    cards.steps.mode.tiered.measure malformed
a rate for a level that there is not
  "by_level": { "gold" => "by_level": { "iron"
    cards.agents.mode.differential.by_level.iron unknown_level
`"depth": 0`
  "depth": 3 => "depth": 0
    depth out_of_range
`"depth": 21`
  "depth": 3 => "depth": 21
    depth out_of_range
`"depth": "3"`
  "depth": 3 => "depth": "3"
    depth malformed
a depth above the policy's
  "depth": 3 => "depth": 4
    depth above_policy
a total rate above the policy's
  "depth": 3 => "depth": 3, "max_total_rate": "0.31"
    max_total_rate above_policy
a time zone that there is not
  Asia/Shanghai => Asia/Atlantis
    /timezone malformed
a currency that there is not
  { "CNY": { => { "RMB": {
    /currencies.RMB malformed
two rules of one priority that one line could match
  "priority": 10 => "priority": 20
    rules[1] overlap
two rules of one id
  "id": "cups" => "id": "tea"
    rules[1].id duplicate_id
a priority as a string
  "priority": 10 => "priority": "10"
    rules[1].priority malformed
a string where a list belongs
  ["cup"] => "cup"
    rules[1].when.sku malformed
an empty list
  ["cup"] => []
    rules[1].when.sku empty
a measure that there is not, `own_sale`
  "own_sales" => "own_sale"
    /levels[2].when.all[0].own_sale unknown_key
a measure that nothing is like
  "own_sales" => "fame"
    /levels[2].when.all[0].fame unknown_key
an amount that a level asks for as a number
  "10000.00" => 10000
    /levels[2].when.all[0].own_sales.min malformed
a level that asks for nothing, `"0.00"`
  "10000.00" => "0.00"
    /levels[2].when.all[0].own_sales.min out_of_range
sales in a currency that the plan has no part for
  "currency": "CNY" => "currency": "USD"
    /levels[2].when.all[0].own_sales.currency currency_not_planned
a window of 400 days
  "days": 30 => "days": 400
    /levels[2].when.all[0].own_sales.days out_of_range
a team down to depth 6
  "depth": 4 } => "depth": 6 }
    /levels[1].when.any[0].team_size.depth out_of_range
a weight of 0
  "weight": "5" => "weight": "0"
    /levels[2].when.all[1].score.of[0].weight out_of_range
a weight of 7 digits
  "weight": "5" => "weight": "0.0000005"
    /levels[2].when.all[1].score.of[0].weight malformed
a `min` in a score
  "direct_recruits": { => "direct_recruits": { "min": 3,
    /levels[2].when.all[1].score.of[0].direct_recruits.min unknown_key
no conditions, `[]`
  [ { "team_size": { "min": 20, "depth": 4 } } ] => []
    /levels[1].when.any empty
`all` and `any` at once
  "when": { "any": => "when": { "all": [ { "compliant": true } ], "any":
    /levels[1].when malformed
lists in lists in a list
  { "team_size": { "min": 20, "depth": 4 } } => { "all": [ { "any": [ { "compliant": true } ] } ] }
    /levels[1].when.any[0].all[0].any malformed
`"compliant": false`
  "team_size": { "min": 20, "depth": 4 } => "compliant": false
    /levels[1].when.any[0].compliant malformed
`"compliant": true` and nothing else
  "team_size": { "min": 20, "depth": 4 } => "compliant": true
    /levels[1].when easier_level
conditions of the first level
  { "id": "bronze" } => { "id": "bronze", "when": { "any": [ { "compliant": true } ] } }
    /levels[0].when malformed
a level that is easier than the one below it
  "when": { "all": [ => "when": { "any": [ { "team_size": { "min": 19 } },
    /levels[2].when easier_level
`first_order` as a string
  { "sku": ["cup"] } => { "sku": ["cup"], "first_order": "yes" }
    rules[1].when.first_order malformed
"#;

/// Checks a plan file; gives the errors as path and code, and what a person is told.
fn check(folder: &Path, bytes: &[u8]) -> (Vec<(String, String)>, String) {
    std::fs::write(folder.join("plan.json"), bytes).unwrap();
    let run = |arguments: &[&str]| {
        let output = upline(folder).args(["plan", "check", "plan.json"]).args(arguments).output();
        let output = output.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (status, answer, _) = run(&["--json"]);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(status, Some(i32::from(!errors.is_empty())), "{answer}");
    let field = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    let errors = errors.iter().map(|error| (field(error, "path"), field(error, "code")));
    let (_, words, _) = run(&[]);
    (errors.collect(), words)
}

/// A row: what stands in the plan written otherwise, and all that is found then, below the currency
/// unless the path begins with `/`.
#[track_caller]
fn row(page: &mut Page, sent: &str, plan: &[u8], want: &[(&str, &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let (errors, words) = check(folder.path(), plan);
    let path = |path: &str| match path.strip_prefix('/') {
        Some(rest) => rest.to_owned(),
        None => format!("currencies.CNY.{path}"),
    };
    let want = want.iter().map(|(at, code)| (path(at), (*code).to_owned()));
    assert_eq!(errors, want.collect::<Vec<_>>(), "{sent}: {words}");
    // What a plan without errors is told beside that is on the page of the check.
    let said = if errors.is_empty() { words.lines().next().unwrap() } else { &words };
    page.row(sent, if errors.is_empty() { "0" } else { "1" }, said, "");
}

pub(super) fn rows(page: &mut Page) {
    page.door(
        "Plan files",
        "`upline plan check FILE`: the exit status and each error, one a line, here after a \
         stroke. `upline dev`, `demo` and `simulate` refuse such a plan with the same errors.",
    );
    let whole = |page: &mut Page, sent: &str, text: &str, want: &[(&str, &str)]| {
        row(page, sent, text.as_bytes(), want);
    };
    whole(page, "an empty file", "", &[("/", "not_json")]);
    whole(page, "not JSON", "levels: []", &[("/", "not_json")]);
    whole(page, "JSON that ends half way", PLAN.get(..200).unwrap(), &[("/", "not_json")]);
    whole(page, "`null`", "null", &[("/", "null")]);
    whole(page, "`[]`", "[]", &[("/", "malformed")]);
    whole(page, "`{}`", "{}", &[("/currencies", "malformed")]);
    whole(page, "`{\"currencies\": {}}`", r#"{"currencies": {}}"#, &[("/currencies", "empty")]);
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    whole(page, "nested 10,000 deep", &deep, &[("/", "not_json")]);
    let large = format!("{PLAN}{}", " ".repeat(10_000_000 - PLAN.len()));
    whole(page, "a file of 10 MB", &large, &[("/", "too_large")]);

    for row in CHANGES.trim().lines().collect::<Vec<_>>().chunks(3) {
        let (sent, change, found) = (row[0], row[1], row[2]);
        let (from, to) = change.trim().split_once(" => ").unwrap();
        let plan = PLAN.replacen(from, to, 1);
        assert_ne!(plan, PLAN, "{from} is in the plan");
        self::row(page, sent, plan.as_bytes(), &[found.trim().split_once(' ').unwrap()]);
    }
    several(page);
    limits(page);
}

/// All that is wrong is told at once, also where the types are.
fn several(page: &mut Page) {
    let plan = PLAN
        .replace("\"0.10\"", "0.1")
        .replace("\"priority\": 10", "\"priority\": \"10\"")
        .replace("\"card\": \"tea\"", "\"card\": \"coffee\"")
        .replace("Asia/Shanghai", "Asia/Atlantis")
        .replace("\"id\": \"gold\"", "\"idd\": \"gold\"");
    let want = [
        ("cards.standard.mode.percent.rates[0]", "malformed"),
        ("rules[1].priority", "malformed"),
        ("/levels[2].idd", "unknown_key"),
        ("/levels[2].id", "malformed"),
        ("/timezone", "malformed"),
        ("rules[0].card", "unknown_card"),
    ];
    row(page, "five mistakes at once", plan.as_bytes(), &want);
    let plan =
        PLAN.replace("\"currencies\"", "\"curencies\"").replace("\"depth\": 3", "\"depth\": 4");
    let want = [("/curencies", "unknown_key"), ("/curencies.CNY.depth", "above_policy")];
    row(page, "a mistake below a misspelt key", plan.as_bytes(), &want);
    row(page, "a plan after a byte order mark", format!("\u{feff}{PLAN}").as_bytes(), &[]);
}

fn limits(page: &mut Page) {
    let rules = |count: usize| {
        let rule = |n: usize| json!({ "id": format!("r{n}"), "priority": n, "card": "standard" });
        let mut plan: Value = serde_json::from_str(PLAN).unwrap();
        plan["currencies"]["CNY"]["rules"] = (0..count).map(rule).collect();
        plan.to_string()
    };
    row(page, "501 rules of one currency", rules(501).as_bytes(), &[("rules", "too_large")]);
    let values = |count: usize| {
        let mut plan: Value = serde_json::from_str(PLAN).unwrap();
        plan["currencies"]["CNY"]["rules"][0]["when"]["category"] =
            (0..count).map(|n| format!("c{n}")).collect();
        plan.to_string()
    };
    let want = [("rules", "too_large")];
    row(page, "conditions that list 10,001 values", values(10_000).as_bytes(), &want);
    row(page, "… 10,000", values(9_999).as_bytes(), &[]);
}

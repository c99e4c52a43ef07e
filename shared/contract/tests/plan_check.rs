//! Everything that a look at a plan can say, each shown by a change of one plan, on
//! `docs/plan-check.md`, which this test holds to the code and writes with `UPLINE_BLESS=1`.
#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use upline_contract::plan::{ERROR_CODES, Finding, Policy, WARNING_CODES, check};

/// A plan of which nothing is to be said.
const PLAN: &str = r#"{
  "timezone": "Asia/Shanghai",
  "levels": [
    { "id": "bronze" },
    { "id": "silver", "when": { "any": [
      { "direct_recruits": { "min": 3, "days": 90 } },
      { "own_sales": { "min": "9000.00", "currency": "CNY", "days": 30 } } ] } },
    { "id": "gold", "when": { "all": [
      { "team_sales": { "min": "50000.00", "currency": "CNY", "days": 30 } },
      { "months_active": { "min": 3, "days": 90 } } ] } } ],
  "currencies": { "CNY": {
    "depth": 2,
    "max_total_rate": "0.30",
    "cards": {
      "standard": { "base": "paid", "mode": { "percent": { "rates": ["0.10", "0.05"] } },
                    "level_bonus": { "gold": "0.02" } },
      "welcome": { "mode": { "fixed": { "amounts": ["20.00"], "per": "line" } } } },
    "rules": [
      { "id": "tea", "priority": 20, "when": { "category": ["food/tea"] }, "card": "standard" },
      { "id": "large", "priority": 10, "when": { "line_amount": { "min": "1000.00" } },
        "card": "welcome" },
      { "id": "default", "priority": 0, "card": "standard" } ] } } }
"#;

const TIERS: &str = r#"{ "tiered": { "measure": "order", "kind": "whole", "tiers": [
{ "from": "100.00", "rates": ["0.10"] }, { "from": "0", "rates": ["0.05"] }]}}, "base": "paid" }"#;

/// A code; what stands in the plan and what is written instead; and what the code means.
type Row = (&'static str, &'static str, &'static str, &'static str);

const ERRORS: &[Row] = &[
    ("not_json", "\"timezone\":", "\"timezone\"", "The text is not JSON."),
    (
        "unknown_key",
        "\"depth\":",
        "\"dept\": 1, \"depth\":",
        "A key that a plan does not have, often a misspelt one. It is never ignored.",
    ),
    (
        "duplicate_key",
        "\"depth\": 2",
        "\"depth\": 2, \"depth\": 1",
        "A key that stands twice: one of the two would be lost.",
    ),
    (
        "null",
        "\"depth\": 2",
        "\"depth\": 2, \"team_depth\": null",
        "`null`, which says nothing. Leave the key out.",
    ),
    (
        "malformed",
        "\"0.10\"",
        "0.10",
        "Something is missing, of another type, or not of the form that it must have.",
    ),
    ("out_of_range", "\"depth\": 2", "\"depth\": 0", "A number outside what the format allows."),
    (
        "overflow",
        "\"1000.00\"",
        "\"99999999999.00\"",
        "An amount above the largest, 10^12 minor units.",
    ),
    (
        "too_large",
        "\"category\": [\"food/tea\"]",
        "MANY",
        "More levels, cards, rules or values than a plan may have, more than 20 measures of one \
         level, or a document above 350,000 bytes.",
    ),
    ("empty", "[\"food/tea\"]", "[]", "A list or an interval in which nothing can be."),
    ("duplicate_id", "\"id\": \"large\"", "\"id\": \"tea\"", "Two levels or two rules of one id."),
    (
        "unknown_level",
        "\"gold\": \"0.02\"",
        "\"golden\": \"0.02\"",
        "A level that `levels` does not have.",
    ),
    (
        "unknown_card",
        "\"card\": \"welcome\"",
        "\"card\": \"welcom\"",
        "A card that the currency does not have.",
    ),
    (
        "overlap",
        "\"priority\": 10",
        "\"priority\": 20",
        "Two rules of equal priority that one line could match: which of them pays would be \
         chance. The line is an example.",
    ),
    (
        "above_policy",
        "\"depth\": 2",
        "\"depth\": 4",
        "More than the policy allows: `depth`, `max_total_rate`, or `self_purchase`.",
    ),
    (
        "currency_not_planned",
        "\"9000.00\", \"currency\": \"CNY\"",
        "\"9000.00\", \"currency\": \"USD\"",
        "A level asks for sales in a currency that the plan has no part for: no order of it is \
         ever counted.",
    ),
    (
        "easier_level",
        "\"all\": [",
        "\"any\": [ { \"team_size\": { \"min\": 3 } },
      { \"own_orders\": { \"min\": 1, \"days\": 60 } },",
        "A level that is no harder than one below it: everybody who meets the lower meets the \
         upper, so nobody would ever stand on the lower. It is found for all figures that a \
         distributor can have, unless both levels have a score of several measures: then it is \
         found only where the one score clearly follows from the other. Levels that are given by \
         hand are passed over. The figures are an example.",
    ),
    (
        "out_of_order",
        "{ \"fixed\": { \"amounts\": [\"20.00\"], \"per\": \"line\" } } }",
        "TIERS",
        "A tier that does not begin above the one before it.",
    ),
];

const WARNINGS: &[Row] = &[
    (
        "never_matches",
        "\"priority\": 0,",
        "\"priority\": 30,",
        "Rules above it take every line that the rule describes, or it excludes itself. It is \
         found for every line that there can be. A line here is one that can earn: it was paid \
         something, at most what its order was paid, and somebody is first in its lineage.",
    ),
    (
        "unmatched_lines",
        "\"priority\": 0,",
        "\"priority\": 0, \"when\": { \"level\": [\"gold\"] },",
        "Lines that no rule matches earn nobody anything, and are no error. The line is an \
         example.",
    ),
    (
        "never_met",
        "\"min\": 3, \"days\": 90 } } ] } } ]",
        "\"min\": 3, \"days\": 29 } } ] } } ]",
        "Nobody can meet a condition of a level: so few days on end do not touch so many calendar \
         months. Anything else that a level may ask for somebody can come to.",
    ),
    (
        "rate_beyond_depth",
        "\"0.05\"]",
        "\"0.05\", \"0.02\"]",
        "A card has rates or amounts for depths that do not earn.",
    ),
    (
        "above_total_cap",
        "\"0.10\"",
        "\"0.30\"",
        "Some lineage would earn more of a line than `max_total_rate` leaves; the cap takes it \
         from the farthest. The figures are before that cap.",
    ),
    (
        "not_decided",
        "",
        "",
        "Whether the rule can ever match, or whether every line has one, takes more steps than \
         are taken to find out. It needs hundreds of rules whose amounts, quantities and lists \
         lie across each other. Nothing is guessed: the rule may match or not.",
    ),
];

/// All that is found with a change of the plan.
fn found(row: &Row) -> (bool, Vec<Finding>) {
    let (_, from, to, _) = row;
    let many = || format!("\"category\": [{}]", vec!["\"c\""; 10_001].join(", "));
    let to = match *to {
        "MANY" => many(),
        "TIERS" => TIERS.to_owned(),
        to => to.to_owned(),
    };
    assert_eq!(PLAN.matches(from).count(), 1, "{from} is to stand once in the plan");
    let checked = check(&PLAN.replace(from, &to), &Policy::named("cn").unwrap());
    (checked.is_ok(), if checked.is_ok() { checked.warnings } else { checked.errors })
}

fn table(page: &mut String, rows: &[Row]) {
    for row in rows {
        let (code, from, to, meaning) = row;
        writeln!(page, "\n### `{code}`\n\n{meaning}").unwrap();
        if from.is_empty() {
            continue;
        }
        let (_, all) = found(row);
        let one = all.iter().find(|one| one.code == *code).unwrap();
        let to = match *to {
            "MANY" => "\"category\": [ 10,001 values ]",
            "TIERS" => TIERS,
            to => to,
        };
        writeln!(
            page,
            "\n`{}` written as `{}`:\n\n```text\n{}\n```",
            from.trim_end_matches(','),
            to.trim_end_matches(','),
            one.sentence()
        )
        .unwrap();
    }
}

const HEAD: &str = "\
# What the check of a plan says

`upline plan check FILE` holds a plan against its format and a policy. Errors keep it from being
published, served or simulated; warnings do not. With `--json` each is `{\"rule\", \"path\",
\"code\", \"message\"}`. This page is written by `shared/contract/tests/plan_check.rs` from the
code; do not edit it. Each example is a change of this plan:
";

const FIGURES: &str = "
## Figures

**The most that each rule can cost** is over all lineages and levels, before the cap on the total.
For rates it is a share of the card's base: the sum over the depths of the highest rate and bonus
that one who may stand there can have, as far as `max_per_order` leaves it of the smallest line of
the rule. `paid` is what was paid, `profit` at most that. `list` and `net` are more than what was
paid where a discount was given, and then cost more of it: the check says beyond which discount the
cap cuts. For amounts it is money, for each line or unit, whatever was paid; the check says below
what the cap cuts.

**Write units of a paid order** are 2 when it is written, the item and its index, and 2.4 for each
distributor whose books count it: the nearest `team_depth`, and `depth` if that is more. One who
earns from farther up is one more. It is so while items have at most 1 KB, and ten orders of a
distributor are posted at once.
";

#[test]
fn the_page_shows_everything_that_a_check_can_say() {
    let (fine, said) = found(&("", "\"timezone\"", "\"timezone\"", ""));
    assert!(fine && said.is_empty(), "{said:?}");
    for (rows, codes) in [(ERRORS, ERROR_CODES), (WARNINGS, WARNING_CODES)] {
        let shown: BTreeSet<&str> = rows.iter().map(|row| row.0).collect();
        assert_eq!(shown, codes.iter().copied().collect::<BTreeSet<_>>());
        for row in rows.iter().filter(|row| !row.1.is_empty()) {
            let (fine, all) = found(row);
            assert_eq!(fine, rows == WARNINGS, "{}: {all:?}", row.0);
            assert!(all.iter().any(|one| one.code == row.0), "{}: {all:?}", row.0);
        }
    }
    let mut page = format!("{HEAD}\n```json\n{PLAN}```\n\n## Errors\n");
    page.push_str("\nAll errors of a document are told at once, at most 200.\n");
    table(&mut page, ERRORS);
    page.push_str("\n## Warnings\n");
    table(&mut page, WARNINGS);
    page.push_str(FIGURES);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plan-check.md");
    if std::env::var_os("UPLINE_BLESS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = page.lines().zip(written.lines()).find(|(now, was)| now != was);
    assert!(
        page == written,
        "write docs/plan-check.md again with UPLINE_BLESS=1 cargo test -p upline-contract; the \
         first line that differs, now and before: {differs:#?}",
    );
}

/// The plan of `docs/levels.md`, which shows everything that a level may ask for.
#[test]
fn nothing_is_to_be_said_of_the_plan_that_shows_levels() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/levels.md");
    let page = std::fs::read_to_string(path).unwrap();
    let plan = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let checked = check(plan, &Policy::named("cn").unwrap());
    assert_eq!((checked.errors, checked.warnings), (Vec::new(), Vec::new()));
    let asked = checked.plan.unwrap().ladder.asked;
    let asks: Vec<bool> = asked.iter().map(Option::is_some).collect();
    assert_eq!(asks, [false, true, true, false, true], "partner is given by hand");
}

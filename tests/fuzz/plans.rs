//! Plans: what compiles can be checked, told from others and calculated with; what does not says
//! where it is wrong.

use serde_json::Value;
use upline_contract::plan::diff::{Side, diff};
use upline_contract::plan::{
    Check, ERROR_CODES, EXAMPLE_PLAN, Finding, Policy, WARNING_CODES, check as check_plan, compile,
    fingerprint,
};
use upline_domain::language::Language;
use upline_domain::level_order::{can_be_met, easier};
use upline_domain::plan::Plan;

use crate::corpus;
use crate::dice::Dice;
use crate::document::Node;
use crate::mutate::{Input, near};
use crate::orders;
use crate::refusal::check_path;

/// Levels that ask for everything that a level may ask for.
const LEVELS: &str = r#"{
  "levels": [
    { "id": "bronze" },
    { "id": "silver", "when": { "any": [
      { "direct_recruits": { "min": 3, "days": 90 } },
      { "all": [ { "own_sales": { "min": "0.01", "currency": "CNY", "days": 366 } },
                 { "months_active": { "min": 3, "days": 30 } } ] } ] } },
    { "id": "given-by-hand" },
    { "id": "gold", "when": { "all": [
      { "any": [ { "team_sales": { "min": "50000.00", "currency": "CNY", "days": 30 } },
                 { "score": { "min": "100", "of": [
                   { "weight": "0.01", "own_sales": { "currency": "KWD", "days": 30 } },
                   { "weight": "5", "team_size": { "depth": 1 } } ] } } ] },
      { "own_orders": { "min": 5, "days": 30 } },
      { "team_size": { "min": 20, "depth": 3 } },
      { "compliant": true } ] } },
    { "id": "top", "when": { "score": { "min": "1000000000", "of": [
      { "weight": "0.000001", "team_sales": { "currency": "CNY", "days": 1 } },
      { "weight": "1000", "months_active": { "days": 365 } },
      { "weight": "7.5", "direct_recruits": { "days": 7 } },
      { "weight": "2", "own_orders": { "days": 14 } } ] } } } ],
  "demote": { "after_days": 30 },
  "currencies": {
    "CNY": { "depth": 1, "cards": {}, "rules": [] },
    "KWD": { "depth": 1, "cards": {}, "rules": [] } } }"#;

const POLICIES: [&str; 3] = ["global", "cn", "cn-wechat"];

fn samples() -> Vec<String> {
    let folders = ["tests/scenarios/plans", "shared/domain/tests/cases/plans"];
    let mut samples: Vec<String> = folders.into_iter().flat_map(corpus::files).collect();
    samples.extend([EXAMPLE_PLAN, LEVELS].map(str::to_owned));
    samples.extend(
        ["agents", "fashion"].map(|shop| corpus::file(&format!("examples/{shop}/plan.json"))),
    );
    samples
}

#[test]
fn plans() {
    let samples = samples();
    let mut compiled = 0;
    for text in samples.iter().chain(&corpus::kept("plans")) {
        compiled += usize::from(check(text, &[]));
    }
    assert!(compiled >= 20, "only {compiled} samples compile");
    let target = bolero::check!().with_generator(near(&samples)).with_iterations(400);
    target.for_each(|input: &Input| _ = check(&input.text, &input.rest));
}

/// Checks a plan, and an order under it that the bytes choose; whether it compiles.
fn check(text: &str, bytes: &[u8]) -> bool {
    let mut dice = Dice::of(bytes);
    let policy = Policy::named(dice.pick::<&str>(&POLICIES)).unwrap();
    let found = check_plan(text, &policy);
    assert_eq!(found.policy, policy);
    match compile(text, &policy) {
        Err(errors) => {
            assert_eq!(found.errors, errors, "the check has all that compiling finds");
            assert!(!found.is_ok() && found.plan.is_none() && found.warnings.is_empty());
            assert!((1..=200).contains(&errors.len()), "{} findings", errors.len());
            check_findings(text, &errors, ERROR_CODES);
            false
        }
        Ok(plan) => {
            check_compiled(text, &plan, &found);
            check_same(text, &policy);
            for currency in plan.currencies.keys() {
                orders::check(&plan, *currency, &found.worst_case, &mut dice);
            }
            true
        }
    }
}

fn check_findings(text: &str, findings: &[Finding], codes: &[&str]) {
    let value: Option<Value> = serde_json::from_str(text).ok();
    for (place, finding) in findings.iter().enumerate() {
        let Finding { path, code, message, rule } = finding;
        assert!(codes.contains(code), "{finding:?}");
        assert!(!message.is_empty() && message.len() < 1_100, "{finding:?}");
        let is_name = |rule: &String| (1..=131).contains(&rule.len());
        assert!(rule.as_ref().is_none_or(is_name) && path.len() < 510, "{finding:?}");
        let is_told = findings[..place].iter().any(|other| other.path == *path);
        assert!(!is_told || path.ends_with('…'), "twice: {finding:?}");
        // Of what stands twice, the value has one.
        let is_once = findings.iter().all(|one| one.code != "duplicate_key");
        if let Some(value) = value.as_ref().filter(|_| is_once) {
            check_path(value, path);
        }
    }
}

fn check_compiled(text: &str, plan: &Plan, found: &Check) {
    assert!(found.is_ok() && found.plan.is_some());
    check_findings(text, &found.warnings, WARNING_CODES);
    assert_eq!(found.write_units.len(), plan.currencies.len());
    check_ladder(plan, found);
    let rules = plan.currencies.iter().flat_map(|(currency, part)| {
        part.rules.iter().map(|rule| (*currency, rule.id.to_string()))
    });
    let costs = found.worst_case.iter().map(|cost| (cost.currency, cost.rule.clone()));
    assert_eq!(costs.collect::<Vec<_>>(), rules.collect::<Vec<_>>(), "a cost of each rule");
    for cost in &found.worst_case {
        let own = |one: &Finding| one.rule.as_ref() == Some(&cost.rule);
        let codes = ["above_total_cap", "never_matches"];
        let is_told = found.warnings.iter().any(|one| own(one) && codes.contains(&one.code));
        let is_full = found.warnings.len() >= 200;
        assert!(is_told || is_full || !cost.is_above_cap(), "{} is told of", cost.rule);
        assert!(!cost.figures().is_empty() && (cost.cut().is_some() || !cost.is_above_cap()));
    }
    assert_eq!(found.to_json()["ok"], true);
}

/// Each level can be stood on: nobody is on the first for what they did, and what is asked for
/// another is asked by nothing below it. What nobody can meet is told.
fn check_ladder(plan: &Plan, found: &Check) {
    let asked = &plan.ladder.asked;
    assert_eq!(asked.len(), plan.levels.len());
    assert_eq!(asked.first(), Some(&None));
    for (place, upper) in asked.iter().enumerate() {
        let Some(upper) = upper else { continue };
        for lower in asked[..place].iter().flatten() {
            assert_eq!(easier(lower, upper), None, "{lower:?} below {upper:?}");
            assert!(upper != lower || !can_be_met(lower), "{upper:?} twice");
        }
        let at = format!("levels[{place}].when.");
        let never = |one: &Finding| one.code == "never_met" && one.path.starts_with(&at);
        let is_told = found.warnings.iter().any(never) || found.warnings.len() >= 200;
        assert!(is_told || can_be_met(upper), "{upper:?} is told of");
    }
}

/// However a plan is written, it is the same plan.
fn check_same(text: &str, policy: &Policy) {
    let value: Value = serde_json::from_str(text).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    let turned = turned(text);
    let rules = policy.to_text();
    let of = |text: &str| fingerprint(text, &rules).unwrap();
    assert_eq!(of(text), of(&pretty), "the fingerprint of {pretty}");
    assert_eq!(of(text), of(&turned), "the fingerprint of {turned}");
    let sides = [text, &turned].map(|text| Side::read(text, policy).unwrap());
    for language in [Language::English, Language::Chinese] {
        assert_eq!(diff(&sides[0], &sides[1], language), [], "{turned} is no other plan");
    }
    let example = Side::read(EXAMPLE_PLAN, &Policy::named("global").unwrap()).unwrap();
    let [there, back] =
        [[&sides[0], &example], [&example, &sides[0]]].map(|[a, b]| diff(a, b, Language::English));
    let turn = |kind: &str| match kind {
        "added" => "removed".to_owned(),
        "removed" => "added".to_owned(),
        other => other.to_owned(),
    };
    let there: Vec<_> =
        there.into_iter().map(|one| (one.path, turn(&one.kind), one.new, one.old)).collect();
    let back: Vec<_> = back.into_iter().map(|one| (one.path, one.kind, one.old, one.new)).collect();
    assert_eq!(there, back, "a difference is the same from either side");
}

/// The same document with the keys of each object the other way round.
fn turned(text: &str) -> String {
    fn turn(node: &mut Node) {
        match node {
            Node::Raw(_) => {}
            Node::List(list) => list.iter_mut().for_each(turn),
            Node::Object(fields) => {
                fields.reverse();
                for (_, one) in fields {
                    turn(one);
                }
            }
        }
    }
    let mut node = Node::read(text).unwrap();
    turn(&mut node);
    let mut turned = String::new();
    node.write(&mut turned);
    turned
}

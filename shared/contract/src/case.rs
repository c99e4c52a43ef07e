//! Case files: what one order must come to under a plan. A shop keeps them beside its plan and runs
//! them with `upline plan test`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use upline_domain::money::{Currency, Money};
use upline_domain::plan::Plan;

use crate::answer::OrderView;
use crate::event::{Refused, json};
use crate::read::{Flaw, UNKNOWN_KEY, below, objects, read};
use crate::scalar::{Amount, Checked, Digits};
use crate::simulate::{Simulation, ignored_fields, parse_simulation};

/// A case: an order with its lineage, and what it must earn whom.
pub struct Case {
    /// What the plan does, in a sentence.
    pub it: String,
    /// The plan file, from the folder of the case.
    pub plan: String,
    given: Value,
    expect: Expect,
}

/// What `upline plan test` reads.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "a case as an object")]
#[schemars(rename = "Case")]
pub(crate) struct Document {
    /// What the plan does, in a sentence.
    #[schemars(length(min = 1))]
    it: String,
    /// The arithmetic, for whoever checks the figures.
    why: Option<String>,
    /// The plan file, from the folder of the case.
    plan: String,
    /// What `upline simulate` reads. A field that is no part of it is refused here.
    given: Value,
    /// What must come out.
    expect: Expect,
}

/// What must come out.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "what must come out as an object")]
struct Expect {
    /// What each distributor earns; one who is not named earns nothing.
    allocations: BTreeMap<String, Amount>,
    /// What refunds take back of each; of one who is not named, nothing.
    reversed: Option<BTreeMap<String, Amount>>,
    /// The rule of a line, null where none may match; a line that is not named may have any.
    rules: Option<BTreeMap<String, Option<String>>>,
}

objects! { Document Expect }

/// One figure or rule that is not as the case has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Where in `expect`, such as `allocations.ann` or `rules.1`.
    pub path: String,
    /// What the case has; null for nothing.
    pub expected: Option<String>,
    /// What came out; null for nothing.
    pub got: Option<String>,
}

/// Reads a case file. A key that is no part of it is refused, in `given` too: a misspelt one would
/// test nothing, in silence.
///
/// # Errors
///
/// * [`Refused`], with paths from the root, such as `given.order.lines[0].categroy`.
pub fn parse_case(text: &str) -> Result<Case, Box<Refused>> {
    case(text).map_err(|flaw| Box::new(Refused::new(&flaw, None)))
}

fn case(text: &str) -> Result<Case, Flaw> {
    let value = json(text)?;
    let Document { it, why: _, plan, given, expect } = read(&value)?;
    if let Some(path) = ignored_fields(&given).first() {
        let message = "there is no such field in an event, so it would say nothing; take it out";
        return Err(Flaw::new(UNKNOWN_KEY, below("given", path), message));
    }
    Ok(Case { it, plan, given, expect })
}

impl Case {
    /// The order of the case, to be calculated under its plan. A level that the plan does not name
    /// is refused: it would be read as the lowest, in silence.
    ///
    /// # Errors
    ///
    /// * [`Refused`], with paths from the root of `given`.
    pub fn simulation(&self, plan: &Plan) -> Result<Simulation, Box<Refused>> {
        let lineage = self.given.get("lineage").and_then(Value::as_array);
        for (place, one) in lineage.into_iter().flatten().enumerate() {
            let level = one.get("level").and_then(Value::as_str);
            let is_unknown = |level: &&str| plan.levels.iter().all(|own| own.as_str() != *level);
            if let Some(level) = level.filter(is_unknown) {
                let path = format!("lineage[{place}].level");
                let message = format!("the plan has no level {level}; write one of its own");
                return Err(Box::new(Refused::new(&Flaw::malformed(path, message), None)));
            }
        }
        parse_simulation(&self.given.to_string(), plan)
    }

    /// All in which an order in `currency` is not as the case has it. Amounts are compared as
    /// amounts: `"12.3"` is `"12.30"`.
    ///
    /// # Errors
    ///
    /// * [`Refused`] for an expected amount that is none of the currency.
    pub fn differences(
        &self,
        view: &OrderView,
        currency: Currency,
    ) -> Result<Vec<Difference>, Box<Refused>> {
        let Expect { allocations, reversed, rules } = &self.expect;
        let mut found = Vec::new();
        let got = view.allocations.iter().map(|one| (&one.distributor_id, &one.amount));
        amounts("allocations", allocations, got, currency, &mut found)?;
        if let Some(reversed) = reversed {
            let got = view.allocations.iter().map(|one| (&one.distributor_id, &one.reversed));
            amounts("reversed", reversed, got, currency, &mut found)?;
        }
        for (line, expected) in rules.iter().flatten() {
            let got = view.lines.iter().find(|one| one.line_id == *line);
            let rule = got.and_then(|line| line.rule.as_ref());
            if got.is_none() || rule != expected.as_ref() {
                let none = || "no rule".to_owned();
                found.push(Difference {
                    path: below("rules", line),
                    expected: Some(expected.clone().unwrap_or_else(none)),
                    got: got.map(|_| rule.cloned().unwrap_or_else(none)),
                });
            }
        }
        Ok(found)
    }
}

/// Compares amounts by distributor, each side's absence being nothing.
fn amounts<'a>(
    path: &str,
    expected: &BTreeMap<String, Amount>,
    got: impl Iterator<Item = (&'a String, &'a String)>,
    currency: Currency,
    found: &mut Vec<Difference>,
) -> Result<(), Box<Refused>> {
    let got: BTreeMap<&String, &String> = got.collect();
    let names: BTreeSet<&String> = expected.keys().chain(got.keys().copied()).collect();
    for name in names {
        let path = below(path, name);
        let read = |text: &String| {
            Money::parse(text, currency).map_err(|wrong| {
                let flaw = Flaw::malformed(below("expect", &path), wrong);
                Box::new(Refused::new(&flaw, None))
            })
        };
        let expected = expected.get(name).map(|Checked(Digits(text))| read(text));
        let expected = expected.transpose()?.unwrap_or_default();
        let got = got.get(name).map(|text| read(text)).transpose()?.unwrap_or_default();
        if expected != got {
            let told = |amount: Money| (amount > Money::ZERO).then(|| amount.text(currency));
            found.push(Difference { path, expected: told(expected), got: told(got) });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{AllocationView, LineView};
    use serde_json::json;

    fn document() -> Value {
        json!({
            "it": "pays ten percent", "why": "9 × 0.10", "plan": "plan.json",
            "given": {
                "order": { "order_id": "A1", "buyer_id": "u", "currency": "CNY",
                           "paid_at": "2026-11-11T00:00:00Z",
                           "lines": [ { "line_id": "1", "sku": "s", "quantity": 1,
                                        "unit_price": "9" } ] },
                "lineage": [ { "distributor_id": "a" } ],
            },
            "expect": { "allocations": { "a": "0.9" }, "reversed": { "a": "0.30" },
                        "rules": { "1": "default", "2": null } },
        })
    }

    fn view() -> OrderView {
        let line = |id: &str, rule: Option<&str>| LineView {
            line_id: id.to_owned(),
            list: "9.00".to_owned(),
            net: "9.00".to_owned(),
            discount_share: "0.00".to_owned(),
            paid: "9.00".to_owned(),
            profit: None,
            refunded: "3.00".to_owned(),
            rule: rule.map(str::to_owned),
            card: rule.map(str::to_owned),
            why: Vec::new(),
        };
        let one = AllocationView {
            distributor_id: "a".to_owned(),
            depth: 1,
            amount: "0.90".to_owned(),
            reversed: "0.30".to_owned(),
            lines: Vec::new(),
            trace: Vec::new(),
        };
        OrderView {
            order_id: "A1".to_owned(),
            buyer_id: Some("u".to_owned()),
            paid_at: Some("2026-11-11T00:00:00.000Z".to_owned()),
            completed_at: None,
            currency: Some("CNY".to_owned()),
            paid: Some("9.00".to_owned()),
            plan_version: Some(0),
            state: "attributed".to_owned(),
            problems: Vec::new(),
            lines: vec![line("1", Some("default")), line("2", None)],
            allocations: vec![one],
            nothing: Vec::new(),
            refunds: Vec::new(),
        }
    }

    fn differences(document: &Value) -> Vec<String> {
        let case = parse_case(&document.to_string()).unwrap();
        let found = case.differences(&view(), "CNY".parse().unwrap()).unwrap();
        let told = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        found
            .into_iter()
            .map(|one| format!("{}: {} {}", one.path, told(one.expected), told(one.got)))
            .collect()
    }

    #[track_caller]
    fn check(pointer: &str, other: Value, want: &[&str]) {
        let mut document = document();
        *document.pointer_mut(pointer).unwrap() = other;
        assert_eq!(differences(&document), want, "{pointer}");
    }

    #[test]
    fn differences_table() {
        check("/it", json!("is as it has it"), &[]);
        check("/expect/allocations", json!({}), &["allocations.a: - 0.90"]);
        check("/expect/allocations/a", json!("0.91"), &["allocations.a: 0.91 0.90"]);
        check(
            "/expect/allocations",
            json!({ "a": "0.90", "b": "1", "c": "0" }),
            &["allocations.b: 1.00 -"],
        );
        check("/expect/reversed/a", json!("0.31"), &["reversed.a: 0.31 0.30"]);
        check("/expect/reversed", Value::Null, &[]);
        check("/expect/rules/1", json!("women"), &["rules.1: women default"]);
        check("/expect/rules/2", json!("default"), &["rules.2: default no rule"]);
        check("/expect/rules", json!({ "3": null }), &["rules.3: no rule -"]);
    }

    #[track_caller]
    fn check_refused(pointer: &str, other: Value, want: &str) {
        let mut document = document();
        *document.pointer_mut(pointer).unwrap() = other;
        let text = document.to_string();
        let refused = parse_case(&text)
            .and_then(|case| case.differences(&view(), "CNY".parse().unwrap()).map(|_| ()));
        let said = refused.unwrap_err().to_string();
        assert!(said.starts_with(want), "{pointer}: {said}");
    }

    #[test]
    fn refusals_table() {
        check_refused("", json!([]), "malformed: write a case as an object");
        check_refused("", json!({ "it": "x" }), "malformed: plan: ");
        check_refused("/expect", json!({ "allocation": {} }), "unknown_key: expect.allocation: ");
        check_refused(
            "/expect/allocations",
            json!({ "a": 1 }),
            "malformed: expect.allocations.a: ",
        );
        check_refused("/expect/allocations/a", json!("0.905"), "malformed: expect.allocations.a: ");
        check_refused("/expect/reversed/a", json!("-1"), "malformed: expect.reversed.a: ");
        let misspelt = json!({ "line_id": "1", "sku": "s", "quantity": 1, "unit_price": "9",
                               "categroy": "toys" });
        let path = "unknown_key: given.order.lines[0].categroy: ";
        check_refused("/given/order/lines/0", misspelt, path);
    }
}

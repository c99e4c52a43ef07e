//! Orders with their lineage, as `upline simulate` and case files have them: what can be read can
//! be calculated, shown and explained, and its figures hold together.

use serde_json::Value;
use upline_contract::answer::OrderView;
use upline_contract::case::parse_case;
use upline_contract::plan::{EXAMPLE_PLAN, Policy, compile};
use upline_contract::simulate::parse_simulation;
use upline_contract::simulated::simulated;
use upline_domain::language::Language;
use upline_domain::money::Money;
use upline_domain::plan::Plan;

use crate::corpus;
use crate::mutate::{Input, near};
use crate::refusal::check_sentence;

const CODES: [&str; 4] = ["malformed", "too_large", "overflow", "unknown_key"];

fn plan(text: &str) -> Plan {
    compile(text, &Policy::named("global").unwrap()).unwrap()
}

fn plans() -> Vec<Plan> {
    let shop = |name: &str| corpus::file(&format!("examples/{name}/plan.json"));
    vec![plan(EXAMPLE_PLAN), plan(&shop("agents")), plan(&shop("fashion"))]
}

fn samples() -> Vec<String> {
    let folders = ["examples/agents/cases", "examples/fashion/cases"];
    let acts = ["calculate", "reverse"].map(|act| format!("shared/domain/tests/cases/{act}"));
    let folders = folders.map(str::to_owned).into_iter().chain(acts);
    folders.flat_map(|folder| corpus::files(&folder)).collect()
}

#[test]
fn cases() {
    let (samples, plans) = (samples(), plans());
    let mut read = 0;
    for text in samples.iter().chain(&corpus::kept("cases")) {
        read += usize::from(check(text, &plans));
    }
    assert!(read >= 60, "only {read} samples are cases");
    let target = bolero::check!().with_generator(near(&samples)).with_iterations(700);
    target.for_each(|input: &Input| _ = check(&input.text, &plans));
}

/// Reads a case, and what is given in it as it is; whether it is a case.
fn check(text: &str, plans: &[Plan]) -> bool {
    let case = parse_case(text);
    if let Err(refused) = &case {
        assert!(CODES.contains(&refused.code));
        check_sentence(text, &refused.reason, |value| !value.is_object());
    }
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let given = value.get("given").map_or_else(|| text.to_owned(), Value::to_string);
    for plan in plans {
        if let Ok(case) = &case {
            check_case(case, plan);
        }
        match parse_simulation(&given, plan) {
            Ok(simulation) => {
                let shown = [Language::English, Language::Chinese]
                    .map(|language| simulated(simulation.clone(), plan, language));
                let [Ok(english), Ok(chinese)] = shown else { continue };
                check_figures(&english);
                assert_eq!(figures(&english), figures(&chinese), "the same in any language");
            }
            Err(refused) => {
                assert!(CODES.contains(&refused.code));
                check_sentence(&given, &refused.reason, |value| !value.is_object());
            }
        }
    }
    case.is_ok()
}

/// A case agrees with what comes out of it, once that is what it expects.
fn check_case(case: &upline_contract::case::Case, plan: &Plan) {
    let Ok(simulation) = case.simulation(plan) else { return };
    let currency = simulation.paid.currency;
    let Ok(view) = simulated(simulation, plan, Language::English) else { return };
    let Ok(differences) = case.differences(&view, currency) else { return };
    for one in differences {
        assert_ne!(one.expected, one.got, "{} differs", one.path);
    }
}

fn figures(view: &OrderView) -> Vec<(String, String, String)> {
    let all = view.allocations.iter();
    all.map(|one| (one.distributor_id.clone(), one.amount.clone(), one.reversed.clone())).collect()
}

fn check_figures(view: &OrderView) {
    let currency = view.currency.as_ref().unwrap().parse().unwrap();
    let minor = |text: &String| Money::parse(text, currency).unwrap().minor();
    let paid = minor(view.paid.as_ref().unwrap());
    let lines: u64 = view.lines.iter().map(|line| minor(&line.paid)).sum();
    assert_eq!(lines, paid, "the lines are what was paid");
    let is_refunded = view.lines.iter().all(|line| line.refunded == line.paid);
    let mut allocated = 0;
    for one in &view.allocations {
        let (amount, reversed) = (minor(&one.amount), minor(&one.reversed));
        assert!(amount > 0 && reversed <= amount, "{one:?}");
        assert!(!is_refunded || reversed == amount, "all is refunded, and not taken back: {one:?}");
        let parts: u64 = one.lines.iter().map(|part| minor(&part.amount)).sum();
        let back: u64 = one.lines.iter().map(|part| minor(&part.reversed)).sum();
        assert_eq!((parts, back), (amount, reversed), "{one:?} is the sum of its lines");
        assert!(!one.trace.is_empty() && one.trace.iter().all(|step| !step.is_empty()));
        allocated += amount;
    }
    assert!(allocated <= paid, "{allocated} of {paid}");
    for line in &view.lines {
        assert!(minor(&line.refunded) <= minor(&line.paid), "{line:?}");
    }
}

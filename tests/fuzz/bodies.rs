//! The bodies of changes by hand. They are read strictly: a key that is not known, or stands
//! twice, is refused, because it would change something that nobody asked for.

use serde_json::{Value, json};
use upline_contract::plan::{EXAMPLE_PLAN, Policy};
use upline_contract::request::{
    ActivationRequest, PlanRequest, RequestError, SimulatedPlan, StandingRequest, parse_activation,
    parse_plan, parse_simulate, parse_standing,
};
use upline_domain::ids::Text;
use upline_domain::time;

use crate::corpus;
use crate::mutate::{Input, near};
use crate::refusal::check_sentence;

fn samples() -> Vec<String> {
    let document: Value = serde_json::from_str(EXAMPLE_PLAN).unwrap();
    let policy = Policy::named("cn").unwrap().to_json();
    let case = corpus::files("examples/fashion/cases").remove(0);
    let case: Value = serde_json::from_str(&case).unwrap();
    let small = json!({ "currencies": { "CNY": { "depth": 1, "cards": {}, "rules": [] } } });
    let all = [
        json!({ "value": "frozen", "from": "2026-11-12T00:00:00Z", "reason": "fraud" }),
        json!({ "value": "gold", "reason": "升级" }),
        json!({ "value": "gold", "reason": " " }),
        json!({ "version": 2, "from": "2026-11-12T00:00:00Z", "rollout": "0.10", "reason": "x" }),
        json!({ "version": 1 }),
        json!({ "document": small, "policy": "global", "reason": "x" }),
        json!({ "document": small, "policy": policy }),
        json!({ "document": document }),
        json!({ "document": small, "policy": "cn", "given": case["given"] }),
        json!({ "version": 3, "given": case["given"] }),
    ];
    all.iter().map(Value::to_string).collect()
}

#[test]
fn bodies() {
    let samples = samples();
    let mut read = 0;
    for text in samples.iter().chain(&corpus::kept("bodies")) {
        read += check(text);
    }
    assert!(read >= 9, "only {read} samples are bodies");
    let target = bolero::check!().with_generator(near(&samples)).with_iterations(1_500);
    target.for_each(|input: &Input| _ = check(&input.text));
}

/// Reads a text as each kind of body; of how many it is one.
fn check(text: &str) -> usize {
    let strict = |text: &str| {
        [
            parse_activation(text).is_ok(),
            parse_standing(text).is_ok(),
            parse_plan(text).is_ok(),
            parse_simulate(text).is_ok(),
        ]
    };
    let [activation, standing, plan, simulate] = [
        kept(text, parse_activation(text), |read, value| activation_is(&read, value)),
        kept(text, parse_standing(text), |read, value| standing_is(&read, value)),
        kept(text, parse_plan(text), |read, value| plan_is(&read, value)),
        kept(text, parse_simulate(text), |read, value| {
            assert_eq!(read.given, value["given"].to_string());
            match read.plan {
                SimulatedPlan::Version(version) => assert_eq!(value["version"], version),
                SimulatedPlan::Draft(draft) => plan_is(&draft, value),
            }
        }),
    ];
    let count = [activation, standing, plan, simulate].into_iter().filter(|read| *read).count();
    assert!(count <= 1, "it is one kind of body: {text}");
    if count == 1 {
        let inner = text.trim().strip_suffix('}').unwrap();
        assert_eq!(strict(&format!("{inner},\"nobody\":1}}")), [false; 4], "an unknown key");
        let value: Value = serde_json::from_str(text).unwrap();
        let (key, one) = value.as_object().unwrap().iter().next().unwrap();
        let key = Value::from(key.as_str());
        assert_eq!(
            strict(&format!("{inner},{key}:{one}}}")),
            [false; 4],
            "a key that stands twice"
        );
    }
    count
}

/// Whether it was read; what was is as the text says, and what was not says where.
fn kept<T>(text: &str, read: Result<T, RequestError>, is: impl FnOnce(T, &Value)) -> bool {
    match read {
        Ok(read) => {
            is(read, &serde_json::from_str(text).unwrap());
            true
        }
        Err(refused) => {
            check_sentence(text, &refused.to_string(), |value| !value.is_object());
            false
        }
    }
}

fn said<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

fn activation_is(read: &ActivationRequest, value: &Value) {
    assert_eq!(value["version"], read.version);
    assert_eq!(said(value, "from").map(|text| time::parse(text).unwrap()), read.from);
    assert_eq!(said(value, "rollout").map(|text| text.parse().unwrap()), read.rollout);
    assert_eq!(said(value, "reason"), read.reason.as_ref().map(Text::as_str));
}

fn standing_is(read: &StandingRequest, value: &Value) {
    assert_eq!(said(value, "value"), Some(read.value.as_str()));
    assert_eq!(said(value, "from").map(|text| time::parse(text).unwrap()), read.from);
    assert_eq!(said(value, "reason"), Some(read.reason.as_str()));
    assert!(!read.reason.as_str().trim().is_empty(), "nobody changes anything without a reason");
}

fn plan_is(read: &PlanRequest, value: &Value) {
    let document: Value = serde_json::from_str(read.document.get()).unwrap();
    assert_eq!(document, value["document"], "the document letter by letter");
    let policy = match value.get("policy") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Policy::named(name),
        Some(other) => Some(Policy::parse(&other.to_string()).unwrap()),
    };
    assert_eq!(read.policy, policy);
    if let Some(policy) = &read.policy {
        assert_eq!(Policy::parse(&policy.to_text()).as_ref(), Ok(policy), "written and read again");
    }
    // A request to try an order out has no reason.
    let reason = read.reason.as_ref().map(Text::as_str);
    assert_eq!(reason, said(value, "reason"));
}

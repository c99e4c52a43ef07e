//! What a person asks to be changed: the bodies of requests. They are read strictly, because a
//! misspelt key would be a change that nobody asked for.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use upline_domain::ids::Text;
use upline_domain::money::Rate;

use crate::event::json;
use crate::plan::Policy;
use crate::read::{Flaw, objects, read};
use crate::scalar::{Checked, Whole};

/// Why a body cannot be read: the path, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RequestError(String);

impl From<Flaw> for RequestError {
    fn from(flaw: Flaw) -> Self {
        Self(flaw.sentence())
    }
}

/// A plan to be published, or checked.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The plan, letter by letter as it came.
    pub document: Box<RawValue>,
    /// What it is held against; without one, what the tenant's newest version was.
    pub policy: Option<Policy>,
    /// Why.
    pub reason: Option<Text>,
}

/// An order to be tried out under a plan.
#[derive(Clone, Debug)]
pub struct SimulateRequest {
    /// The plan.
    pub plan: SimulatedPlan,
    /// What `upline simulate` reads, as JSON.
    pub given: String,
}

/// The plan under which an order is tried out.
#[derive(Clone, Debug)]
pub enum SimulatedPlan {
    /// One that was published.
    Version(u32),
    /// One that may yet be.
    Draft(PlanRequest),
}

/// A version to be activated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationRequest {
    /// Which.
    pub version: u32,
    /// From when; as soon as may be without it.
    pub from: Option<Timestamp>,
    /// For which share of the buyers; for all without it.
    pub rollout: Option<Rate>,
    /// Why.
    pub reason: Option<Text>,
}

/// A level or status for a distributor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingRequest {
    /// The level or status.
    pub value: Text,
    /// From when; as soon as may be without it.
    pub from: Option<Timestamp>,
    /// Why; never blank.
    pub reason: Text,
}

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with a document")]
struct PlanBody {
    document: Value,
    policy: Option<Value>,
    reason: Option<Checked<Text>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with a plan and given")]
struct SimulateBody {
    document: Option<Value>,
    policy: Option<Value>,
    version: Option<Whole<u32>>,
    given: Value,
}

/// The document letter by letter, which a value is not.
#[derive(Deserialize)]
struct Letters {
    document: Box<RawValue>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with a version")]
struct ActivationBody {
    version: Whole<u32>,
    from: Option<Checked<Timestamp>>,
    rollout: Option<Checked<Rate>>,
    reason: Option<Checked<Text>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with a value and a reason")]
struct StandingBody {
    value: Checked<Text>,
    from: Option<Checked<Timestamp>>,
    reason: Checked<Text>,
}

objects! { PlanBody SimulateBody ActivationBody StandingBody }

/// Reads `{"document": {…}, "policy"?: "cn" | {…}, "reason"?: "…"}`. The document is not looked at.
///
/// # Errors
///
/// * [`RequestError`] for what is not JSON, a key that stands twice or is unknown, and for a policy
///   that is none.
pub fn parse_plan(text: &str) -> Result<PlanRequest, RequestError> {
    let value = json(text)?;
    let PlanBody { document, policy, reason } = read(&value)?;
    if !document.is_object() {
        return Err(Flaw::malformed("document", "write the plan as an object").into());
    }
    let letters: Result<Letters, _> = serde_json::from_str(text);
    let Letters { document } = letters.map_err(|wrong| Flaw::malformed("document", wrong))?;
    let policy = policy.map(|policy| read_policy(&policy)).transpose()?;
    Ok(PlanRequest { document, policy, reason: reason.map(|reason| reason.0) })
}

/// Reads `{"document": {…} or "version": 2, "policy"?: "cn" | {…}, "given": {…}}`. Neither document
/// nor order is looked at.
///
/// # Errors
///
/// * [`RequestError`] as [`parse_plan`] has it, and for both a document and a version, or neither.
pub fn parse_simulate(text: &str) -> Result<SimulateRequest, RequestError> {
    let value = json(text)?;
    let SimulateBody { document, policy, version, given } = read(&value)?;
    let plan = match (document, version) {
        (Some(document), None) => {
            let mut body = serde_json::json!({ "document": document });
            if let (Some(policy), Some(body)) = (policy, body.as_object_mut()) {
                body.insert("policy".to_owned(), policy);
            }
            SimulatedPlan::Draft(parse_plan(&body.to_string())?)
        }
        (None, Some(Whole(version))) if policy.is_none() => SimulatedPlan::Version(version),
        (None, Some(_)) => {
            let message = "a version has a policy of its own; leave this out";
            return Err(Flaw::malformed("policy", message).into());
        }
        (Some(_), Some(_)) | (None, None) => {
            let message = "write the plan as document, or the number of one as version";
            return Err(Flaw::malformed("document", message).into());
        }
    };
    Ok(SimulateRequest { plan, given: given.to_string() })
}

fn read_policy(policy: &Value) -> Result<Policy, Flaw> {
    let form = "write cn-wechat, cn, global, or a policy as an object";
    match policy {
        Value::String(name) => Policy::named(name).ok_or_else(|| Flaw::malformed("policy", form)),
        Value::Object(_) => Policy::parse(&policy.to_string())
            .map_err(|wrong| Flaw::malformed(String::new(), format!("policy.{wrong}"))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Err(Flaw::malformed("policy", form))
        }
    }
}

/// Reads `{"version": 2, "from"?: "…", "rollout"?: "0.10", "reason"?: "…"}`.
///
/// # Errors
///
/// * [`RequestError`] for what is not JSON, a key that stands twice or is unknown, a value that is
///   not of its form.
pub fn parse_activation(text: &str) -> Result<ActivationRequest, RequestError> {
    let value = json(text)?;
    let ActivationBody { version, from, rollout, reason } = read(&value)?;
    Ok(ActivationRequest {
        version: version.0,
        from: from.map(|from| from.0),
        rollout: rollout.map(|rollout| rollout.0),
        reason: reason.map(|reason| reason.0),
    })
}

/// Reads `{"value": "…", "from"?: "…", "reason": "…"}`.
///
/// # Errors
///
/// * [`RequestError`] for what is not JSON, a key that stands twice or is unknown, a value that is
///   not of its form, and for a blank reason.
pub fn parse_standing(text: &str) -> Result<StandingRequest, RequestError> {
    let value = json(text)?;
    let StandingBody { value, from, reason } = read(&value)?;
    if reason.0.as_str().trim().is_empty() {
        return Err(Flaw::malformed("reason", "write why, for whoever asks later").into());
    }
    Ok(StandingRequest { value: value.0, from: from.map(|from| from.0), reason: reason.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        let activation = parse_activation(text).map(|_| "activation");
        let standing = parse_standing(text).map(|_| "standing");
        let plan = parse_plan(text).map(|_| "plan");
        let all = [activation, standing, plan].map(|one| one.map_err(|wrong| wrong.to_string()));
        let good: Vec<_> = all.iter().filter_map(|one| one.as_ref().ok()).collect();
        match good.as_slice() {
            [one] => assert_eq!(**one, want, "{text}"),
            [] => assert!(
                all.iter().any(|one| one.as_ref().unwrap_err().starts_with(want)),
                "{all:?}"
            ),
            more => panic!("{text}: {more:?}"),
        }
    }

    #[test]
    fn body_table() {
        check(r#"{"version": 2}"#, "activation");
        let whole =
            r#"{"version": 2, "from": "2026-11-11T00:00:00Z", "rollout": "0.10", "reason": "x"}"#;
        check(whole, "activation");
        check(r#"{"version": 2, "from": null}"#, "activation");
        check(r#"{"version": -1}"#, "version: ");
        check(r#"{"version": "2"}"#, "version: write a whole number");
        check(r#"{"version": 2, "version": 3}"#, "version: the key stands twice");
        check(r#"{"version": 2, "share": "0.1"}"#, "share: there is no such key");
        check(r#"{"version": 2, "": 1}"#, "there is no key without a name here; write one of");
        check(r#"{"version": 2, "rollout": 0.1}"#, "rollout: write the rate as a string");
        check(r#"{"version": 2, "rollout": "1.1"}"#, "rollout: ");
        check(r#"{"version": 2, "from": "tomorrow"}"#, "from: write a time");
        check(r#"{"value": "frozen", "reason": "fraud"}"#, "standing");
        check(r#"{"value": "frozen"}"#, "reason: the field is missing");
        check(r#"{"value": "frozen", "reason": " "}"#, "reason: write why");
        check(r#"{"value": "frozen", "reason": "a\nb"}"#, "reason: a text cannot hold");
        check(r#"{"document": {}}"#, "plan");
        check(r#"{"document": {}, "policy": "global", "reason": "x"}"#, "plan");
        check(r#"{"document": {}, "policy": "mars"}"#, "policy: write cn-wechat");
        check(r#"{"document": {}, "policy": {"name": "own"}}"#, "policy.effective_from: ");
        check(r#"{"document": []}"#, "document: write the plan as an object");
        check(r#"{"document": {"a": 1, "a": 2}}"#, "document.a: the key stands twice");
        check("", "this is not JSON");
        check("[]", "write an object with a version");
    }

    #[test]
    fn a_document_is_kept_letter_by_letter() {
        let request = parse_plan(r#" {"document":  {"b" : 1.0,"a":"\u0041"} } "#).unwrap();
        assert_eq!(request.document.get(), r#"{"b" : 1.0,"a":"\u0041"}"#);
    }
}

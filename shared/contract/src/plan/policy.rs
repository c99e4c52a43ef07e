//! Policies: dated limits of a jurisdiction, each with its source, for counsel to check.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use upline_domain::limits::LINEAGE_MAX;
use upline_domain::money::Rate;

use crate::event::json;
use crate::read::{Flaw, objects, read};

/// What a jurisdiction, or a platform, allows a plan to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How it is called.
    pub name: String,
    /// The day from which its numbers hold.
    pub effective_from: Date,
    /// Most beneficiaries of one order.
    pub max_depth: usize,
    /// Most of what was paid that a plan may allocate.
    pub max_total_rate: Rate,
    /// Whether a plan may pay distributors on what they buy themselves.
    pub self_purchase_allowed: bool,
    /// Where each number is from, by its name.
    pub sources: BTreeMap<String, String>,
}

/// Why a text is no policy: the path, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(String);

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "a policy as an object")]
struct Document {
    name: String,
    effective_from: String,
    max_depth: usize,
    max_total_rate: String,
    self_purchase_allowed: bool,
    #[serde(default)]
    sources: BTreeMap<String, String>,
}

objects! { Document }

impl Policy {
    /// A policy that is shipped: `cn-wechat`, `cn` or `global`; none of another name. They are
    /// defaults for counsel to check, and say so in their sources.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let text = match name {
            "cn-wechat" => include_str!("../../policies/cn-wechat.json"),
            "cn" => include_str!("../../policies/cn.json"),
            "global" => include_str!("../../policies/global.json"),
            _ => return None,
        };
        Self::parse(text).ok()
    }

    /// The policy as the text that [`Policy::parse`] reads, to be kept with a plan.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.to_json().to_string()
    }

    /// The policy as JSON, of the form of a policy file.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::json!({
            "name": self.name,
            "effective_from": self.effective_from.to_string(),
            "max_depth": self.max_depth,
            "max_total_rate": self.max_total_rate.to_string(),
            "self_purchase_allowed": self.self_purchase_allowed,
            "sources": self.sources,
        })
    }

    /// Reads a policy file.
    ///
    /// # Errors
    ///
    /// * [`PolicyError`] for what is not JSON, an unknown key, a number out of range.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        policy(text).map_err(|flaw| PolicyError(flaw.sentence()))
    }
}

fn policy(text: &str) -> Result<Policy, Flaw> {
    let value = json(text)?;
    let document: Document = read(&value)?;
    let day = document
        .effective_from
        .parse()
        .map_err(|_| Flaw::malformed("effective_from", "write a day such as \"2026-11-01\""))?;
    let rate = document.max_total_rate.parse();
    let rate = rate.map_err(|error| Flaw::malformed("max_total_rate", error))?;
    if !(1..=LINEAGE_MAX).contains(&document.max_depth) {
        let message = format!("write a whole number from 1 to {LINEAGE_MAX}");
        return Err(Flaw::malformed("max_depth", message));
    }
    Ok(Policy {
        name: document.name,
        effective_from: day,
        max_depth: document.max_depth,
        max_total_rate: rate,
        self_purchase_allowed: document.self_purchase_allowed,
        sources: document.sources,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_policies_are_there_and_ask_for_counsel() {
        for (name, depth, rate) in [("cn-wechat", 2, "0.3"), ("cn", 3, "0.3"), ("global", 5, "0.5")]
        {
            let policy = Policy::named(name).unwrap_or_else(|| panic!("{name} is not there"));
            assert_eq!(policy.name, name);
            assert_eq!((policy.max_depth, policy.max_total_rate.to_string()), (depth, rate.into()));
            for number in ["max_depth", "max_total_rate", "self_purchase_allowed", "notice"] {
                let source = &policy.sources[number];
                assert!(source.contains("ounsel"), "{name}: {number}: {source}");
            }
        }
        assert_eq!(Policy::named("mars"), None);
        let cn = Policy::named("cn").unwrap();
        assert_eq!(Policy::parse(&cn.to_text()), Ok(cn));
    }

    #[track_caller]
    fn check(text: &str, want: &str) {
        let base = r#"{ "name": "n", "effective_from": "2026-11-01", "max_depth": 3,
                        "max_total_rate": "0.30", "self_purchase_allowed": true }"#;
        let (from, to) = text.split_once(" => ").unwrap();
        let got = Policy::parse(&base.replace(from, to)).map(|policy| policy.name);
        match got {
            Ok(name) => assert_eq!(name, want, "{text}"),
            Err(error) => assert!(error.to_string().starts_with(want), "{text}: {error}"),
        }
    }

    #[test]
    fn policy_table() {
        check(" => ", "n");
        check("{ => [", "this is not JSON");
        check("2026-11-01 => 1 November", "effective_from: ");
        check(": 3 => : 21", "max_depth: ");
        check(": 3 => : 0", "max_depth: ");
        check(": 3 => : -3", "max_depth: ");
        check("0.30 => 1.30", "max_total_rate: ");
        check("\"0.30\" => 0.3", "max_total_rate: ");
        check("\"name\" => \"nom\"", "nom: ");
        check("true => \"yes\"", "self_purchase_allowed: ");
    }
}

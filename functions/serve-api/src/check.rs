//! A plan held against a policy: the one place where the API asks what is found of it.

use serde_json::Value;
use upline_contract::plan::{Policy, compile};

use crate::problem::Problem;

/// What is found of a plan.
pub(crate) struct Found {
    /// What keeps it from being published.
    pub(crate) errors: Vec<Value>,
    /// What to look at, though it is no error.
    pub(crate) warnings: Vec<Value>,
    /// The most that a rule can pay.
    pub(crate) worst_case: Vec<Value>,
}

/// Holds a plan against a policy.
pub(crate) fn hold(document: &str, policy: &Policy) -> Result<Found, Problem> {
    let errors = compile(document, policy).err().unwrap_or_default();
    let errors: Result<_, _> = errors.iter().map(serde_json::to_value).collect();
    let errors = errors.map_err(|broke| Problem::broken(&broke))?;
    Ok(Found { errors, warnings: Vec::new(), worst_case: Vec::new() })
}

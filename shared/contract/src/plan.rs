//! The plan document: read, held against a policy, and compiled; or all that is wrong with it.

mod cards;
mod check;
mod compile;
pub mod diff;
pub(crate) mod document;
mod finding;
mod fingerprint;
mod levels;
mod mend;
mod modes;
mod part;
mod policy;
mod rules;
mod words;

pub use check::{Check, RuleCost, WriteUnits, check};
pub use compile::compile;
pub use finding::{ERROR_CODES, Finding, WARNING_CODES};
pub use fingerprint::fingerprint;
pub use policy::{Policy, PolicyError};

/// A plan to begin with: CNY and USD, three levels, three depths. It compiles under policy `cn`.
pub const EXAMPLE_PLAN: &str = include_str!("../plans/example.json");

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod modes_tests;
#[cfg(test)]
mod outcome_tests;
#[cfg(test)]
mod tests;

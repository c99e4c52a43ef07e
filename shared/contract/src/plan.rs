//! The plan document: read, held against a policy, and compiled; or all that is wrong with it.

mod cards;
mod compile;
pub(crate) mod document;
mod finding;
mod fingerprint;
mod mend;
mod modes;
mod part;
mod policy;
mod rules;

pub use compile::compile;
pub use finding::Finding;
pub use fingerprint::fingerprint;
pub use policy::{Policy, PolicyError};

/// A plan to begin with: CNY and USD, three levels, three depths. It compiles under policy `cn`.
pub const EXAMPLE_PLAN: &str = include_str!("../plans/example.json");

#[cfg(test)]
mod modes_tests;
#[cfg(test)]
mod outcome_tests;
#[cfg(test)]
mod tests;

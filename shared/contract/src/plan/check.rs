//! Checks a plan as a whole: what is wrong with it, what is right and surely not meant, and what it
//! can cost.

mod cost;
mod levels;
mod part;
mod units;

use serde_json::{Value, json};
use upline_domain::money::Currency;
use upline_domain::plan::Plan;

use super::compile::with_document;
use super::document::{self, Document};
use super::finding::{Finding, Findings};
use super::policy::Policy;
pub use cost::RuleCost;
use part::Part;
pub use units::WriteUnits;

/// What a look at a plan document finds.
#[derive(Clone, Debug)]
pub struct Check {
    /// The plan, compiled, where it has no errors.
    pub plan: Option<Plan>,
    /// What is wrong with it: it cannot be published. At most 200, as [`super::compile`] has them.
    pub errors: Vec<Finding>,
    /// What it may be, and what its author will hardly have meant; none beside errors. At most 200.
    pub warnings: Vec<Finding>,
    /// The most that each rule can cost, highest priority first; none beside errors.
    pub worst_case: Vec<RuleCost>,
    /// What a paid order costs, by currency.
    pub write_units: Vec<WriteUnits>,
    /// What it was held against.
    pub policy: Policy,
}

impl Check {
    /// Whether the plan may be published; warnings do not keep it from that.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.errors.is_empty()
    }

    /// The check as `upline plan check --json` prints it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "ok": self.is_ok(),
            "errors": self.errors,
            "warnings": self.warnings,
            "worst_case": self.worst_case.iter().map(RuleCost::to_json).collect::<Vec<_>>(),
            "write_units": self.write_units,
            "policy": self.policy.to_json(),
        })
    }
}

/// Checks a plan document under a policy. The same text and policy give the same answer.
#[must_use]
pub fn check(text: &str, policy: &Policy) -> Check {
    let policy = policy.clone();
    let (document, plan) = match with_document(text, &policy) {
        Ok(both) => both,
        Err(errors) => {
            return Check {
                plan: None,
                errors,
                warnings: Vec::new(),
                worst_case: Vec::new(),
                write_units: Vec::new(),
                policy,
            };
        }
    };
    let (mut warnings, mut worst_case) = (Findings::default(), Vec::new());
    levels::warn_of_levels(&plan, &mut warnings);
    for (&currency, programme) in &plan.currencies {
        let Some(written) = part(&document, currency) else { continue };
        let part = Part { plan: &plan, programme, currency, written };
        let never = part.warn_of_rules(&mut warnings);
        part.warn_of_depths(&mut warnings);
        worst_case.extend(part.costs(&never, &mut warnings));
    }
    let write_units = plan.currencies.iter();
    let write_units = write_units.map(|(&currency, part)| WriteUnits::of(currency, part)).collect();
    let warnings = warnings.into_list();
    Check { plan: Some(plan), errors: Vec::new(), warnings, worst_case, write_units, policy }
}

fn part(document: &Document, currency: Currency) -> Option<&document::Part> {
    document.currencies.get(currency.code())
}

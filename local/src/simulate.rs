//! `upline simulate`: what a plan makes of an order, without a server.

use std::io::Write;
use std::path::Path;

use upline_contract::plan::{Finding, Policy, compile};
use upline_contract::simulate::parse_simulation;
use upline_contract::simulated::simulated;
use upline_domain::plan::Plan;

use crate::cli::{Simulate, read};
use crate::explain::explain;
use crate::failure::{Failure, Form};

/// Compiles a plan, or says all that is wrong with it.
pub(crate) fn compiled(text: &str, policy: &Policy, name: &str) -> Result<Plan, Failure> {
    compile(text, policy).map_err(|found| with_errors(&found, policy, name))
}

/// All that is wrong with a plan that cannot be used.
pub(crate) fn with_errors(found: &[Finding], policy: &Policy, name: &str) -> Failure {
    let found: Vec<_> = found.iter().map(Finding::sentence).collect();
    let Policy { name: policy, effective_from, .. } = policy;
    let found = found.join("\n");
    Failure::usage(format!("{name} has errors under policy {policy} of {effective_from}:\n{found}"))
}

/// `upline simulate`.
pub(crate) fn simulate(
    command: &Simulate,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let name = |file: &Path| file.display().to_string();
    let policy = command.policy.read()?;
    let plan = compiled(&read(&command.plan)?, &policy, &name(&command.plan))?;
    let order = name(&command.order);
    let simulation = parse_simulation(&read(&command.order)?, &plan)
        .map_err(|refused| Failure::usage(format!("{order}: {}", refused.reason)))?;
    let view = simulated(simulation, &plan, command.language);
    let view = view.map_err(|wrong| Failure::usage(format!("{order}: {wrong}")))?;
    match form {
        Form::Json => {
            let answer = serde_json::to_string(&view).map_err(std::io::Error::other)?;
            writeln!(out, "{answer}")?;
        }
        Form::Words => explain(&view, command.language, out)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use upline_contract::plan::EXAMPLE_PLAN;
    use upline_domain::language::Language;

    use super::*;

    #[test]
    fn an_order_is_told_in_words_with_its_refund() {
        let policy = Policy::named("cn").unwrap();
        let plan = compiled(EXAMPLE_PLAN, &policy, "example").unwrap();
        let given = json!({
            "order": {"order_id": "A1", "buyer_id": "b", "currency": "USD",
                "paid_at": "2026-11-11T00:00:00Z",
                "lines": [{"line_id": "1", "sku": "cd", "quantity": 1, "unit_price": "50.00"}]},
            "lineage": [{"distributor_id": "a"}, {"distributor_id": "up"}],
            "refunds": [{"order_id": "A1", "refund_id": "r", "currency": "USD",
                "refunded_at": "2026-11-12T00:00:00Z", "amount": "50.00"}],
        });
        let simulation = parse_simulation(&given.to_string(), &plan).unwrap();
        let view = simulated(simulation, &plan, Language::English).unwrap();
        assert_eq!(view.plan_version, Some(0));
        assert_eq!(
            view.allocations.first().unwrap().amount,
            view.allocations.first().unwrap().reversed
        );
        let mut words = Vec::new();
        explain(&view, Language::English, &mut words).unwrap();
        let words = String::from_utf8(words).unwrap();
        assert!(words.contains("order A1: 50.00 USD paid, attributed"), "{words}");
        assert!(words.contains("50.00 paid, 50.00 refunded"), "{words}");
        assert!(words.contains("a at depth 1 earns"), "{words}");
        assert!(words.contains("× "), "the trace shows a rate: {words}");
    }
}

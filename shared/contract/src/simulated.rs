//! An order that is only tried out: what its events would leave, and how people see it.

use upline_domain::allocation::{Attribution, CALCULATION_VERSION};
use upline_domain::calculate::{CalculateError, Step, calculate};
use upline_domain::language::Language;
use upline_domain::order::Record;
use upline_domain::plan::Plan;

use crate::order_view::{OrderView, order_view};
use crate::simulate::Simulation;

/// The order of a simulation, calculated under a plan and told in a language.
///
/// # Errors
///
/// * [`CalculateError`] as [`calculate`] has it.
pub fn simulated(
    simulation: Simulation,
    plan: &Plan,
    language: Language,
) -> Result<OrderView, CalculateError> {
    let id = simulation.paid.order.clone();
    let record = simulated_record(simulation, plan, &mut |_| {})?;
    order_view(&id, &record, Some(plan), language).map_err(CalculateError::Overflow)
}

/// The record that the events of a simulation would leave; `note` is told each step. Its plan
/// version is 0.
///
/// # Errors
///
/// * [`CalculateError`] as [`calculate`] has it.
pub fn simulated_record(
    simulation: Simulation,
    plan: &Plan,
    note: &mut impl for<'a> FnMut(Step<'a>),
) -> Result<Record, CalculateError> {
    let currency = simulation.paid.currency;
    let terms = plan.terms(currency).ok_or(CalculateError::CurrencyNotPlanned(currency))?;
    let calculation = calculate(&simulation.paid, plan, &simulation.frozen, note)?;
    let attributed = Attribution {
        plan_version: 0,
        calculation_version: CALCULATION_VERSION,
        terms,
        frozen: simulation.frozen,
        lines: calculation.lines,
        allocations: calculation.allocations,
    };
    Ok(Record {
        paid: Some(simulation.paid),
        attributed: Some(attributed),
        refunds: simulation.refunds,
        completed_at: simulation.completed_at,
        version: 0,
    })
}

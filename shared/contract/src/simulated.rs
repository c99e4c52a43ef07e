//! An order that is only tried out: what its events would leave, and how people see it.

use upline_domain::calculate::{CalculateError, Step, attribute};
use upline_domain::language::Language;
use upline_domain::order::Record;
use upline_domain::plan::Plan;

use crate::order_view::{OrderView, order_view};
use crate::simulate::Simulation;

/// The order of a simulation, calculated under a plan and told in a language.
///
/// # Errors
///
/// * [`CalculateError`] as [`attribute`] has it.
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
/// * [`CalculateError`] as [`attribute`] has it.
pub fn simulated_record(
    simulation: Simulation,
    plan: &Plan,
    note: &mut impl for<'a> FnMut(Step<'a>),
) -> Result<Record, CalculateError> {
    let attributed = attribute(&simulation.paid, (0, plan), simulation.frozen, note)?;
    Ok(Record {
        paid: Some(simulation.paid),
        attributed: Some(attributed),
        refunds: simulation.refunds,
        completed_at: simulation.completed_at,
        version: 0,
    })
}

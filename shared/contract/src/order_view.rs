//! An order as people see it: its facts, what it earns whom and why, and what refunds took back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use upline_domain::allocation::{Allocation, Attribution, CALCULATION_VERSION};
use upline_domain::calculate::calculate;
use upline_domain::explain::{ancestor, sentence};
use upline_domain::ids::OrderId;
use upline_domain::money::{Currency, Money, Overflow};
use upline_domain::order::{Paid, Record};
use upline_domain::plan::Plan;
use upline_domain::reverse::{Problem, Reversal, reversed};

/// The problem of an order whose allocations, worked out again from its frozen inputs, are not the
/// ones that are stored.
const MISCALCULATED: &str = "miscalculated";

/// An order: what `upline simulate --json` prints and `GET /v1/orders/{id}` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderView {
    /// The order.
    pub order_id: String,
    /// Of every amount; null while there is no payment.
    pub currency: Option<String>,
    /// What was paid for goods; null while there is no payment.
    pub paid: Option<String>,
    /// The version it was calculated by; 0 in a simulation, null before.
    pub plan_version: Option<u32>,
    /// `unpaid`, `waiting`, `attributed` or `completed`.
    pub state: String,
    /// `over_refunded`, `unknown_line`, `currency_mismatch`; `miscalculated` where the stored
    /// allocations are not what the frozen inputs give.
    pub problems: Vec<String>,
    /// In the order of the order.
    pub lines: Vec<LineView>,
    /// Nearest first.
    pub allocations: Vec<AllocationView>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineView {
    /// The line.
    pub line_id: String,
    /// What was paid for it.
    pub paid: String,
    /// What was given back of it.
    pub refunded: String,
    /// The rule that matched it; null where none did.
    pub rule: Option<String>,
    /// The rule's card.
    pub card: Option<String>,
}

/// What one beneficiary earns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AllocationView {
    /// Who.
    pub distributor_id: String,
    /// The smallest depth at which they earn.
    pub depth: usize,
    /// How much.
    pub amount: String,
    /// What refunds took back of it.
    pub reversed: String,
    /// By line.
    pub lines: Vec<PartView>,
    /// Why, a sentence a step.
    pub trace: Vec<String>,
}

/// The part of an allocation that one line earned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartView {
    /// The line.
    pub line_id: String,
    /// How much.
    pub amount: String,
    /// What refunds took back of it.
    pub reversed: String,
}

/// Shows a record. With the `plan` it was calculated by, it is calculated again: that gives the
/// trace, and shows whether the stored allocations still follow from the frozen inputs.
///
/// # Errors
///
/// * [`Overflow`] never, for records within the limits.
pub fn order_view(
    id: &OrderId,
    record: &Record,
    plan: Option<&Plan>,
) -> Result<OrderView, Overflow> {
    let reversal = reversed(record)?;
    let problems = reversal.problems.iter().map(|problem| Problem::as_str(*problem).to_owned());
    let mut view = OrderView {
        order_id: id.to_string(),
        currency: None,
        paid: None,
        plan_version: record.attributed.as_ref().map(|attributed| attributed.plan_version),
        state: record.state().as_str().to_owned(),
        problems: problems.collect(),
        lines: Vec::new(),
        allocations: Vec::new(),
    };
    let Some(paid) = &record.paid else {
        return Ok(view);
    };
    view.currency = Some(paid.currency.to_string());
    view.paid = Some(paid.total().text(paid.currency));
    view.lines = lines(paid, record.attributed.as_ref(), &reversal);
    let Some(attributed) = &record.attributed else {
        return Ok(view);
    };
    let again = plan.map(|plan| calculate_again(paid, attributed, plan));
    let traces = match again {
        None => Vec::new(),
        Some(Again { traces, same }) => {
            if !same {
                view.problems.push(MISCALCULATED.to_owned());
            }
            traces
        }
    };
    for (place, allocation) in attributed.allocations.iter().enumerate() {
        let trace = traces.get(allocation.ancestor).cloned().unwrap_or_default();
        let order = Order { paid, attributed, reversal: &reversal };
        view.allocations.push(order.allocation(place, allocation, trace)?);
    }
    Ok(view)
}

fn lines(paid: &Paid, attributed: Option<&Attribution>, reversal: &Reversal) -> Vec<LineView> {
    let line = |(place, (line, amounts)): (usize, (&upline_domain::order::Line, &_))| {
        let amounts: &upline_domain::order::LineAmounts = amounts;
        let rule = attributed.and_then(|attributed| attributed.lines.get(place)?.as_ref());
        let refunded = reversal.refunded.get(place).copied().unwrap_or_default();
        LineView {
            line_id: line.id.to_string(),
            paid: amounts.paid.text(paid.currency),
            refunded: refunded.text(paid.currency),
            rule: rule.map(|rule| rule.rule.to_string()),
            card: rule.map(|rule| rule.card.to_string()),
        }
    };
    paid.priced_lines().enumerate().map(line).collect()
}

/// What calculating an order again gives.
struct Again {
    /// By place in the lineage.
    traces: Vec<Vec<String>>,
    /// Whether it is what is stored.
    same: bool,
}

fn calculate_again(paid: &Paid, attributed: &Attribution, plan: &Plan) -> Again {
    let mut traces = vec![Vec::new(); attributed.frozen.lineage.len()];
    let again = calculate(paid, plan, &attributed.frozen, &mut |step| {
        if let Some(trace) = traces.get_mut(ancestor(&step)) {
            trace.push(sentence(&step, paid.currency));
        }
    });
    // An order of another version of the calculation may rightly differ.
    let other_version = attributed.calculation_version != CALCULATION_VERSION;
    let same = other_version
        || again.is_ok_and(|again| {
            again.allocations == attributed.allocations && again.lines == attributed.lines
        });
    Again { traces, same }
}

struct Order<'a> {
    paid: &'a Paid,
    attributed: &'a Attribution,
    reversal: &'a Reversal,
}

impl Order<'_> {
    fn allocation(
        &self,
        place: usize,
        allocation: &Allocation,
        trace: Vec<String>,
    ) -> Result<AllocationView, Overflow> {
        let currency: Currency = self.paid.currency;
        let taken_back = self.reversal.taken_back.get(place).into_iter().flatten();
        let parts = allocation.lines.iter().zip(taken_back);
        let part = |(&(line, amount), &back): (&(usize, Money), &Money)| {
            let line = self.paid.lines.get(line)?;
            Some(PartView {
                line_id: line.id.to_string(),
                amount: amount.text(currency),
                reversed: back.text(currency),
            })
        };
        let who = self.attributed.frozen.lineage.get(allocation.ancestor);
        Ok(AllocationView {
            distributor_id: who.map(|who| who.id.to_string()).unwrap_or_default(),
            depth: allocation.depth,
            amount: allocation.amount.text(currency),
            reversed: self.reversal.of_allocation(place)?.text(currency),
            lines: parts.filter_map(part).collect(),
            trace,
        })
    }
}

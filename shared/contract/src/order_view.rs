//! An order as people see it: its facts, what it earns whom and why, and what refunds took back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use upline_domain::allocation::{Allocation, Attribution};
use upline_domain::ids::OrderId;
use upline_domain::language::Language;
use upline_domain::money::{Currency, Money, Overflow};
use upline_domain::order::{Line, LineAmounts, Paid, Record, Refunded};
use upline_domain::plan::Plan;
use upline_domain::reverse::{Problem, Reversal, in_order, reversed};
use upline_domain::time;

use crate::order_told::{Told, told};

/// The problem of an order whose allocations, worked out again from its frozen inputs, are not the
/// ones that are stored.
const MISCALCULATED: &str = "miscalculated";

/// An order: what `upline simulate --json` prints and `GET /v1/orders/{id}` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderView {
    /// The order.
    pub order_id: String,
    /// Who bought; null while there is no payment.
    pub buyer_id: Option<String>,
    /// When it was paid; null while there is no payment.
    pub paid_at: Option<String>,
    /// When it was completed; null before.
    pub completed_at: Option<String>,
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
    /// The others of the frozen lineage, nearest first.
    pub nothing: Vec<NothingView>,
    /// In the order in which they are applied: by time, then by id.
    pub refunds: Vec<RefundView>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineView {
    /// The line.
    pub line_id: String,
    /// `unit_price × quantity`.
    pub list: String,
    /// `list` less the line's own discount.
    pub net: String,
    /// Its share of the order's discount, by `net`.
    pub discount_share: String,
    /// What was paid for it: `net` less `discount_share`.
    pub paid: String,
    /// `paid` less the cost, not below zero; null where the cost is not known.
    pub profit: Option<String>,
    /// What was given back of it.
    pub refunded: String,
    /// The rule that matched it; null where none did.
    pub rule: Option<String>,
    /// The rule's card.
    pub card: Option<String>,
    /// Why this rule and none of higher priority, in sentences; empty before the order is
    /// calculated.
    pub why: Vec<String>,
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

/// One of the lineage who earns nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NothingView {
    /// Who.
    pub distributor_id: String,
    /// Why, a sentence a reason; or the steps to what was cut away.
    pub trace: Vec<String>,
}

/// A refund, as the shop stated it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundView {
    /// The refund.
    pub refund_id: String,
    /// When.
    pub refunded_at: String,
    /// Of its amounts.
    pub currency: String,
    /// One amount of the whole order, shared over what is left of its lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Amounts of lines, in its stead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<RefundedLineView>>,
    /// What is wrong with it: `over_refunded`, `unknown_line`, `currency_mismatch`.
    pub problems: Vec<String>,
}

/// What a refund gives back of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RefundedLineView {
    /// The line.
    pub line_id: String,
    /// How much.
    pub amount: String,
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
/// words, in `language`, and shows whether the stored allocations still follow from the frozen
/// inputs.
///
/// # Errors
///
/// * [`Overflow`] never, for records within the limits.
pub fn order_view(
    id: &OrderId,
    record: &Record,
    plan: Option<&Plan>,
    language: Language,
) -> Result<OrderView, Overflow> {
    let reversal = reversed(record)?;
    let mut view = OrderView {
        order_id: id.to_string(),
        buyer_id: None,
        paid_at: None,
        completed_at: record.completed_at.map(time::text),
        currency: None,
        paid: None,
        plan_version: record.attributed.as_ref().map(|attributed| attributed.plan_version),
        state: record.state().as_str().to_owned(),
        problems: words(&reversal.problems),
        lines: Vec::new(),
        allocations: Vec::new(),
        nothing: Vec::new(),
        refunds: refunds(record, &reversal),
    };
    let Some(paid) = &record.paid else {
        return Ok(view);
    };
    view.buyer_id = Some(paid.buyer.to_string());
    view.paid_at = Some(time::text(paid.paid_at));
    view.currency = Some(paid.currency.to_string());
    view.paid = Some(paid.total().text(paid.currency));
    let again = record.attributed.as_ref().zip(plan);
    let again = again.map(|(attributed, plan)| told(paid, attributed, plan, language));
    let Told { mut traces, why, differs } = again.unwrap_or_default();
    view.lines = lines(paid, record.attributed.as_ref(), &reversal);
    view.lines.iter_mut().zip(why).for_each(|(line, why)| line.why = why);
    let Some(attributed) = &record.attributed else {
        return Ok(view);
    };
    if differs {
        view.problems.push(MISCALCULATED.to_owned());
    }
    let lineage = &attributed.frozen.lineage;
    traces.resize(lineage.len(), Vec::new());
    for (place, allocation) in attributed.allocations.iter().enumerate() {
        let trace = traces.get_mut(allocation.ancestor).map(std::mem::take).unwrap_or_default();
        let order = Order { paid, attributed, reversal: &reversal };
        view.allocations.push(order.allocation(place, allocation, trace)?);
    }
    let earns = |place| attributed.allocations.iter().any(|one| one.ancestor == place);
    let others = lineage.iter().zip(traces).enumerate().filter(|(place, _)| !earns(*place));
    view.nothing = others
        .map(|(_, (who, trace))| NothingView { distributor_id: who.id.to_string(), trace })
        .collect();
    Ok(view)
}

fn words(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| problem.as_str().to_owned()).collect()
}

fn refunds(record: &Record, reversal: &Reversal) -> Vec<RefundView> {
    let refunds = in_order(record).into_iter();
    let view = refunds.map(|(id, refund)| {
        let text = |amount: Money| amount.text(refund.currency);
        let (amount, lines) = match &refund.goods {
            Refunded::Amount(amount) => (Some(text(*amount)), None),
            Refunded::Lines(lines) => {
                let lines = lines.iter().map(|(line, amount)| RefundedLineView {
                    line_id: line.to_string(),
                    amount: text(*amount),
                });
                (None, Some(lines.collect()))
            }
        };
        RefundView {
            refund_id: id.to_string(),
            refunded_at: time::text(refund.refunded_at),
            currency: refund.currency.to_string(),
            amount,
            lines,
            problems: reversal.problems_of.get(id).map(|own| words(own)).unwrap_or_default(),
        }
    });
    view.collect()
}

fn lines(paid: &Paid, attributed: Option<&Attribution>, reversal: &Reversal) -> Vec<LineView> {
    let text = |amount: Money| amount.text(paid.currency);
    let line = |(place, (line, amounts)): (usize, (&Line, &LineAmounts))| {
        let rule = attributed.and_then(|attributed| attributed.lines.get(place)?.as_ref());
        LineView {
            line_id: line.id.to_string(),
            list: text(amounts.list),
            net: text(amounts.net),
            discount_share: text(amounts.net.less(amounts.paid)),
            paid: text(amounts.paid),
            profit: amounts.profit.map(text),
            refunded: text(reversal.refunded.get(place).copied().unwrap_or_default()),
            rule: rule.map(|rule| rule.rule.to_string()),
            card: rule.map(|rule| rule.card.to_string()),
            why: Vec::new(),
        }
    };
    paid.priced_lines().enumerate().map(line).collect()
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

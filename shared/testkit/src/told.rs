//! An order as the product tells it, in the words of the reference.

use upline_contract::answer::{AllocationView, LineView, OrderView, PartView};

use crate::reference::{Allocation, Line, Order};

/// Every state and problem of an order that the reference knows.
const WORDS: [&str; 7] = [
    "unpaid",
    "waiting",
    "attributed",
    "completed",
    "over_refunded",
    "unknown_line",
    "currency_mismatch",
];

/// Minor units of an amount that has all digits of its currency.
#[must_use]
pub fn minor(amount: &str) -> i64 {
    amount.replace('.', "").parse().unwrap()
}

/// An order that was told, as the reference has it: lines that earn nothing are left out.
#[must_use]
pub fn order(view: OrderView) -> Order {
    let OrderView { state, problems, lines, allocations, .. } = view;
    let line = |line: LineView| Line {
        paid: minor(&line.paid),
        refunded: minor(&line.refunded),
        rule: line.rule.zip(line.card),
        line_id: line.line_id,
    };
    let part = |part: PartView| (part.line_id, minor(&part.amount), minor(&part.reversed));
    let allocation = |one: AllocationView| Allocation {
        distributor: one.distributor_id,
        depth: one.depth,
        amount: minor(&one.amount),
        reversed: minor(&one.reversed),
        lines: one.lines.into_iter().map(part).filter(|(_, amount, _)| *amount > 0).collect(),
    };
    let known = |word: String| WORDS.into_iter().find(|one| *one == word).unwrap_or("unheard of");
    Order {
        state: known(state),
        problems: problems.into_iter().map(known).collect(),
        lines: lines.into_iter().map(line).collect(),
        allocations: allocations.into_iter().map(allocation).collect(),
    }
}

//! What the refunds of an order take back.

use super::calculate::{Earned, paid_by_line};
use super::exact::{Exact, floor, share_minor, whole};
use super::facts::{Facts, Given, Payment, Refund};

/// What is wrong with refunds, in the order of domain.md.
const PROBLEMS: [&str; 3] = ["over_refunded", "unknown_line", "currency_mismatch"];

/// Where the refunds of an order stand.
pub(super) struct Refunded {
    /// The running total of each line, at most what was paid for it.
    pub(super) by_line: Vec<i64>,
    pub(super) problems: Vec<&'static str>,
}

/// Applies the refunds in the order of their dates and ids, whenever they arrived.
pub(super) fn refunded(order: &Payment, facts: &Facts) -> Refunded {
    let mut refunds: Vec<(&String, &Refund)> = facts.refunds.iter().collect();
    refunds.sort_by_key(|(id, refund)| (refund.refunded_at, *id));
    let mut left = paid_by_line(order);
    let mut problems = Vec::new();
    for (_, refund) in refunds {
        if refund.currency == order.currency {
            give_back(order, &refund.goods, &mut left, &mut problems);
        } else {
            problems.push("currency_mismatch");
        }
    }
    let by_line = paid_by_line(order).iter().zip(left).map(|(paid, left)| paid - left).collect();
    let problems = PROBLEMS.into_iter().filter(|one| problems.contains(one)).collect();
    Refunded { by_line, problems }
}

fn give_back(order: &Payment, goods: &Given, left: &mut [i64], problems: &mut Vec<&'static str>) {
    let back = match goods {
        Given::Amount(amount) => {
            if *amount > left.iter().sum() {
                problems.push("over_refunded");
            }
            let weights: Vec<Exact> = left.iter().copied().map(whole).collect();
            share_minor(*amount, &weights)
        }
        Given::Lines(lines) => {
            if lines.iter().any(|(id, _)| order.lines.iter().all(|line| line.id != *id)) {
                problems.push("unknown_line");
            }
            // A line named twice is summed.
            let of =
                |line: &str| lines.iter().filter(|(id, _)| id == line).map(|(_, back)| back).sum();
            order.lines.iter().map(|line| of(&line.id)).collect()
        }
    };
    for (left, back) in left.iter_mut().zip(back) {
        if back > *left {
            problems.push("over_refunded");
        }
        *left = (*left - back).max(0);
    }
}

/// What is taken back of an allocation, by line: `floor(alloc × R ÷ paid)`.
pub(super) fn reversed(order: &Payment, refunded: &Refunded, earned: &Earned) -> Vec<i64> {
    let lines = paid_by_line(order).into_iter().zip(&refunded.by_line).zip(&earned.by_line);
    lines
        .map(|((paid, refunded), amount)| match paid {
            0 => 0,
            paid => floor(&(whole(*amount) * whole(*refunded) / whole(paid))),
        })
        .collect()
}

//! Amounts and refunds as the design has them once more, in exact fractions of a minor unit, as
//! slowly and literally as they are written.

use num_rational::BigRational;
use upline_domain::allocation::Allocation;
use upline_domain::money::{Money, Rate};
use upline_domain::order::{Line, Payment, Refund, Refunded};
use upline_domain::reverse::Problem;

/// An exact amount in minor units.
pub(crate) type Exact = BigRational;

pub(crate) fn whole(number: impl Into<u128>) -> Exact {
    Exact::from_integer(number.into().into())
}

pub(crate) fn rate(rate: Rate) -> Exact {
    whole(rate.millionths()) / whole(1_000_000_u32)
}

pub(crate) fn minor(amount: Money) -> Exact {
    whole(amount.minor())
}

pub(crate) fn money(amount: &Exact) -> Money {
    assert!(amount.is_integer(), "{amount} is no whole number of minor units");
    Money::from_minor(amount.to_integer().try_into().unwrap()).unwrap()
}

/// Largest remainder: the floor of each exact part, then a unit each by what was cut off.
pub(crate) fn share(total: &Exact, weights: &[Exact]) -> Vec<Exact> {
    let sum: Exact = weights.iter().sum();
    if sum == whole(0_u8) {
        return vec![whole(0_u8); weights.len()];
    }
    let exact: Vec<Exact> = weights.iter().map(|weight| total * weight / &sum).collect();
    let mut parts: Vec<Exact> = exact.iter().map(Exact::floor).collect();
    let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
    by_remainder.sort_by_key(|&at| (&parts[at] - &exact[at], at));
    for at in by_remainder {
        if parts.iter().sum::<Exact>() < *total {
            parts[at] += whole(1_u8);
        }
    }
    parts
}

/// What each line comes to.
#[derive(Clone, Debug)]
pub(crate) struct Amounts {
    pub(crate) list: Exact,
    pub(crate) net: Exact,
    pub(crate) paid: Exact,
    pub(crate) profit: Option<Exact>,
}

pub(crate) fn amounts(payment: &Payment) -> Vec<Amounts> {
    let list = |line: &Line| minor(line.unit_price) * whole(line.quantity);
    let net = |line: &Line| list(line) - minor(line.discount);
    let nets: Vec<Exact> = payment.lines.iter().map(net).collect();
    let shares = share(&minor(payment.discount), &nets);
    let lines = payment.lines.iter().zip(shares);
    lines
        .map(|(line, share)| {
            let paid = net(line) - share;
            let cost = line.unit_cost.map(|cost| minor(cost) * whole(line.quantity));
            let profit = cost.map(|cost| (&paid - cost).max(whole(0_u8)));
            Amounts { list: list(line), net: net(line), paid, profit }
        })
        .collect()
}

/// The running total of each line, and what is wrong, after refunds that are in order.
pub(crate) fn refunded(payment: &Payment, refunds: &[Refund]) -> (Vec<Money>, Vec<Problem>) {
    let paid: Vec<Exact> = amounts(payment).into_iter().map(|line| line.paid).collect();
    let mut back = vec![whole(0_u8); paid.len()];
    let mut problems = Vec::new();
    for refund in refunds {
        if refund.currency != payment.currency {
            problems.push(Problem::CurrencyMismatch);
            continue;
        }
        let left: Vec<Exact> = paid.iter().zip(&back).map(|(paid, back)| paid - back).collect();
        match &refund.goods {
            Refunded::Amount(amount) => {
                let most: Exact = left.iter().sum();
                if minor(*amount) > most {
                    problems.push(Problem::OverRefunded);
                }
                let parts = share(&minor(*amount).min(most), &left);
                back.iter_mut().zip(parts).for_each(|(back, part)| *back += part);
            }
            Refunded::Lines(lines) => {
                for (id, amount) in lines {
                    match payment.lines.iter().position(|line| line.id == *id) {
                        Some(line) => back[line] += minor(*amount),
                        None => problems.push(Problem::UnknownLine),
                    }
                }
            }
        }
        for (back, paid) in back.iter_mut().zip(&paid) {
            if *back > *paid {
                problems.push(Problem::OverRefunded);
                *back = paid.clone();
            }
        }
    }
    problems.sort();
    problems.dedup();
    (back.iter().map(money).collect(), problems)
}

/// What is taken back of each line of an allocation.
pub(crate) fn taken_back(
    payment: &Payment,
    refunded: &[Money],
    allocation: &Allocation,
) -> Vec<Money> {
    let paid = amounts(payment);
    let lines = allocation.lines.iter();
    lines
        .map(|&(line, part)| {
            money(&(minor(part) * minor(refunded[line]) / &paid[line].paid).floor())
        })
        .collect()
}

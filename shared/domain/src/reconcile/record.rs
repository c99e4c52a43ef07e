//! An order of the books held against itself: what its facts say of each other.

use std::collections::BTreeSet;

use crate::allocation::{Allocation, Attribution, CALCULATION_VERSION};
use crate::calculate::{Calculation, calculate};
use crate::ids::OrderId;
use crate::money::{Money, Overflow};
use crate::order::{Paid, Record};
use crate::plan::Plan;
use crate::reconcile::values::Values;
use crate::reconcile::{Act, Compared, Difference, Kind};
use crate::reverse::reversed;
use crate::time;

/// What is wrong with an order by its own facts, and by the plan it was calculated by; none for
/// `plan` where that cannot be read any more.
///
/// # Errors
///
/// * [`Overflow`] never, for records within the limits; of one that is not, what is wrong with its
///   allocations is found.
pub fn record(
    order: &OrderId,
    record: &Record,
    plan: Option<&Plan>,
) -> Result<Vec<Difference>, Overflow> {
    let Some(paid) = &record.paid else { return Ok(orphans(order, record)) };
    let mut differences = Vec::new();
    if let Some(attributed) = &record.attributed {
        differences.extend(allocation(order, paid, attributed, plan));
    }
    let reversal = match reversed(record) {
        Ok(reversal) => reversal,
        // Nothing can be taken back of what is allocated to no line of the order, whichever
        // calculation allocated it.
        Err(Overflow) if !differences.is_empty() => return Ok(differences),
        Err(Overflow) => {
            let attributed = record.attributed.as_ref().ok_or(Overflow)?;
            let found = Compared::found("allocations", all_of(&attributed.allocations));
            return Ok(vec![wrong(order, paid, vec![found])]);
        }
    };
    for (refund, problems) in reversal.problems_of {
        for problem in problems {
            let value = Compared::found(problem.as_str(), "yes".to_owned());
            differences.push(Difference {
                order: Some(order.clone()),
                about: refund.to_string(),
                currency: record.refunds.get(&refund).map(|refund| refund.currency),
                ..Difference::new(Kind::ProblemFlag, vec![value], Act::Look)
            });
        }
    }
    Ok(merged(differences))
}

/// One refund may have several problems: they are one difference.
fn merged(differences: Vec<Difference>) -> Vec<Difference> {
    let mut merged: Vec<Difference> = Vec::with_capacity(differences.len());
    for one in differences {
        match merged.last_mut().filter(|last| last.kind == one.kind && last.about == one.about) {
            Some(last) => last.values.extend(one.values),
            None => merged.push(one),
        }
    }
    merged
}

fn orphans(order: &OrderId, record: &Record) -> Vec<Difference> {
    let refunds = record.refunds.iter().map(|(id, refund)| Difference {
        about: id.to_string(),
        ..Difference::new(
            Kind::OrphanRefund,
            vec![Compared::found("refunded_at", time::text(refund.refunded_at))],
            Act::Look,
        )
    });
    let completion = record.completed_at.map(|at| {
        let value = Compared::found("completed_at", time::text(at));
        Difference::new(Kind::OrphanCompletion, vec![value], Act::Look)
    });
    let all = refunds.chain(completion);
    all.map(|one| Difference { order: Some(order.clone()), ..one }).collect()
}

fn wrong(order: &OrderId, paid: &Paid, values: Vec<Compared>) -> Difference {
    Difference {
        order: Some(order.clone()),
        currency: Some(paid.currency),
        ..Difference::new(Kind::WrongAllocation, values, Act::Look)
    }
}

fn allocation(
    order: &OrderId,
    paid: &Paid,
    attributed: &Attribution,
    plan: Option<&Plan>,
) -> Option<Difference> {
    // By another version of the calculation the answer may rightly be another.
    if attributed.calculation_version != CALCULATION_VERSION {
        return None;
    }
    let wrong = |values| Some(wrong(order, paid, values));
    let version = attributed.plan_version.to_string();
    let Some(plan) = plan else {
        return wrong(vec![Compared::found("plan_version", version)]);
    };
    let again = match calculate(paid, plan, &attributed.frozen, &mut |_| {}) {
        Ok(again) => again,
        Err(why) => return wrong(vec![Compared::both("plan_version", why.to_string(), version)]),
    };
    if again.allocations == attributed.allocations && again.lines == attributed.lines {
        return None;
    }
    wrong(allocation_values(paid, attributed, &again))
}

fn allocation_values(paid: &Paid, attributed: &Attribution, again: &Calculation) -> Vec<Compared> {
    let mut values = Values::default();
    let mut hold = |name: String, expected: Option<String>, found: Option<String>| {
        values.hold_maybe(&name, expected, found);
    };
    let all = again.allocations.iter().chain(&attributed.allocations);
    let places: BTreeSet<usize> = all.map(|one| one.ancestor).collect();
    for place in places {
        let of = |all: &[Allocation]| all.iter().find(|one| one.ancestor == place).cloned();
        let (expected, found) = (of(&again.allocations), of(&attributed.allocations));
        let who = attributed.frozen.lineage.get(place);
        let who = who.map_or_else(|| format!("place {place}"), |who| who.id.to_string());
        let amount = |one: &Option<Allocation>| Some(one.as_ref()?.amount.text(paid.currency));
        hold(who.clone(), amount(&expected), amount(&found));
        let depth = |one: &Option<Allocation>| Some(one.as_ref()?.depth.to_string());
        if expected.is_some() && found.is_some() {
            hold(format!("{who}.depth"), depth(&expected), depth(&found));
        }
        for (line, id) in paid.lines.iter().map(|line| &line.id).enumerate() {
            let part = |one: &Option<Allocation>| {
                let (_, part) = one.as_ref()?.lines.iter().find(|(place, _)| *place == line)?;
                Some(part.text(paid.currency))
            };
            hold(format!("{who}.lines[{id}]"), part(&expected), part(&found));
        }
    }
    for (line, id) in paid.lines.iter().map(|line| &line.id).enumerate() {
        let rule = |lines: &[Option<crate::allocation::LineRule>]| {
            let rule = lines.get(line)?.as_ref()?;
            Some(format!("{} ({})", rule.rule, rule.card))
        };
        hold(format!("lines[{id}].rule"), rule(&again.lines), rule(&attributed.lines));
    }
    let Values(mut values) = values;
    if values.is_empty() {
        // One that stands twice, in another place of the list, or with a part of no line.
        let (expected, found) = (all_of(&again.allocations), all_of(&attributed.allocations));
        values.push(Compared::both("allocations", expected, found));
    }
    values
}

/// All of some allocations, in minor units; lines by their place.
fn all_of(allocations: &[Allocation]) -> String {
    let whole = |one: &Allocation| {
        let Allocation { ancestor, depth, amount, lines } = one;
        let part = |(line, part): &(usize, Money)| format!("line {line} {}", part.minor());
        let parts: Vec<String> = lines.iter().map(part).collect();
        format!("place {ancestor} depth {depth} {} = {}", amount.minor(), parts.join(" + "))
    };
    allocations.iter().map(whole).collect::<Vec<_>>().join("; ")
}

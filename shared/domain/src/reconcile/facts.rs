//! A fact of the shop's list held against the same fact in the books, field by field.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ids::{InviteCode, LineId, OrderId, RefundId, Text};
use crate::money::{Currency, Money};
use crate::order::{Line, Paid, Record, Refund, Refunded};
use crate::reconcile::values::Values;
use crate::reconcile::{Act, Compared, Difference, Kind};
use crate::time;

/// What a shop's list says of an order.
#[derive(Clone, Copy, Debug)]
pub enum Listed<'a> {
    /// It was paid.
    Paid(&'a Paid),
    /// Money was given back.
    Refunded(&'a RefundId, &'a Refund),
    /// It was completed.
    Completed(Timestamp),
}

/// What is otherwise in the books than the shop's list has it; none where both agree. `record` is
/// what the books have of the order, if anything.
#[must_use]
pub fn listed(order: &OrderId, listed: Listed<'_>, record: Option<&Record>) -> Option<Difference> {
    match listed {
        Listed::Paid(paid) => payment(order, paid, record.and_then(|one| one.paid.as_ref())),
        Listed::Refunded(id, refund) => {
            refunded(order, (id, refund), record.and_then(|one| one.refunds.get(id)))
        }
        Listed::Completed(at) => completed(order, at, record.and_then(|one| one.completed_at)),
    }
}

fn payment(order: &OrderId, listed: &Paid, stored: Option<&Paid>) -> Option<Difference> {
    let difference = |kind, values, act| Difference {
        order: Some(order.clone()),
        currency: Some(listed.currency),
        ..Difference::new(kind, values, act)
    };
    let Some(stored) = stored else {
        let paid = Compared::expected("paid", listed.total().text(listed.currency));
        return Some(difference(Kind::MissingHere, vec![paid], Act::Feed));
    };
    let values = payment_values(listed, stored);
    (!values.is_empty()).then(|| difference(Kind::AmountsDiffer, values, Act::Look))
}

fn refunded(
    order: &OrderId,
    (id, listed): (&RefundId, &Refund),
    stored: Option<&Refund>,
) -> Option<Difference> {
    let difference = |kind, values, act| Difference {
        order: Some(order.clone()),
        about: id.to_string(),
        currency: Some(listed.currency),
        ..Difference::new(kind, values, act)
    };
    let Some(stored) = stored else {
        let values =
            goods(listed).into_iter().map(|(name, amount)| Compared::expected(name, amount));
        return Some(difference(Kind::RefundMissing, values.collect(), Act::Feed));
    };
    let mut values = Values::default();
    values.hold("refunded_at", time::text(listed.refunded_at), time::text(stored.refunded_at));
    values.hold("currency", listed.currency.to_string(), stored.currency.to_string());
    values.hold_all(goods(listed), goods(stored));
    let values = values.0;
    (!values.is_empty()).then(|| difference(Kind::RefundDiffers, values, Act::Look))
}

fn completed(order: &OrderId, listed: Timestamp, stored: Option<Timestamp>) -> Option<Difference> {
    let name = "completed_at";
    let (kind, value, act) = match stored {
        None => {
            let value = Compared::expected(name, time::text(listed));
            (Kind::CompletionMissing, value, Act::Feed)
        }
        Some(stored) if stored == listed => return None,
        Some(stored) => {
            let value = Compared::both(name, time::text(listed), time::text(stored));
            (Kind::CompletionDiffers, value, Act::Look)
        }
    };
    Some(Difference { order: Some(order.clone()), ..Difference::new(kind, vec![value], act) })
}

/// What the books have of a day that the shop's list does not name. `is_listed` says whether it
/// names a fact, `of_day` whether a time is of the day.
pub fn unlisted(
    order: &OrderId,
    record: &Record,
    of_day: impl Fn(Timestamp) -> bool,
    is_listed: impl Fn(&FactName<'_>) -> bool,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut missing = |kind, about: String, currency, value| {
        let difference = Difference {
            order: Some(order.clone()),
            about,
            currency,
            ..Difference::new(kind, value, Act::Look)
        };
        differences.push(difference);
    };
    if let Some(paid) = &record.paid
        && of_day(paid.paid_at)
        && !is_listed(&FactName::Paid)
    {
        let value = Compared::found("paid", paid.total().text(paid.currency));
        missing(Kind::MissingThere, String::new(), Some(paid.currency), vec![value]);
    }
    for (id, refund) in &record.refunds {
        if of_day(refund.refunded_at) && !is_listed(&FactName::Refunded(id)) {
            let values = goods(refund).into_iter();
            let values = values.map(|(name, amount)| Compared::found(name, amount)).collect();
            let currency = Some(refund.currency);
            missing(Kind::RefundMissingThere, id.to_string(), currency, values);
        }
    }
    if let Some(at) = record.completed_at
        && of_day(at)
        && !is_listed(&FactName::Completed)
    {
        let value = Compared::found("completed_at", time::text(at));
        missing(Kind::CompletionMissingThere, String::new(), None, vec![value]);
    }
    differences
}

/// Which fact of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactName<'a> {
    /// The payment.
    Paid,
    /// A refund.
    Refunded(&'a RefundId),
    /// The completion.
    Completed,
}

fn payment_values(listed: &Paid, stored: &Paid) -> Vec<Compared> {
    if listed == stored {
        return Vec::new();
    }
    let mut values = Values::default();
    let text = |text: &Option<Text>| text.as_ref().map(ToString::to_string);
    let code = |code: &Option<InviteCode>| code.as_ref().map(ToString::to_string);
    let amount = |paid: &Paid, amount: Money| amount.text(paid.currency);
    values.hold("paid", amount(listed, listed.total()), amount(stored, stored.total()));
    values.hold("currency", listed.currency.to_string(), stored.currency.to_string());
    values.hold("buyer_id", listed.buyer.to_string(), stored.buyer.to_string());
    values.hold("paid_at", time::text(listed.paid_at), time::text(stored.paid_at));
    values.hold("discount", amount(listed, listed.discount), amount(stored, stored.discount));
    values.hold_maybe("invite_code", code(&listed.invite_code), code(&stored.invite_code));
    values.hold_maybe("region", text(&listed.region), text(&stored.region));
    let by_id = |paid: &Paid| -> BTreeMap<LineId, Line> {
        paid.lines.iter().map(|line| (line.id.clone(), line.clone())).collect()
    };
    let (expected, found) = (by_id(listed), by_id(stored));
    let ids: std::collections::BTreeSet<&LineId> = expected.keys().chain(found.keys()).collect();
    for id in ids {
        let fields = |paid: &Paid, line: Option<&Line>| -> Vec<(String, String)> {
            let Some(line) = line else { return Vec::new() };
            line_fields(line, paid.currency)
                .into_iter()
                .map(|(name, value)| (format!("lines[{id}].{name}"), value))
                .collect()
        };
        values.hold_all(fields(listed, expected.get(id)), fields(stored, found.get(id)));
    }
    let order =
        |paid: &Paid| paid.lines.iter().map(|line| line.id.as_str()).collect::<Vec<_>>().join(" ");
    if values.0.is_empty() {
        // By it the units that are left over when a coupon is shared find their line.
        values.hold("the order of the lines", order(listed), order(stored));
    }
    values.0
}

fn line_fields(line: &Line, currency: Currency) -> Vec<(&'static str, String)> {
    let all = [
        ("sku", Some(line.sku.to_string())),
        ("category", line.category.as_ref().map(ToString::to_string)),
        ("quantity", Some(line.quantity.to_string())),
        ("unit_price", Some(line.unit_price.text(currency))),
        ("discount", Some(line.discount.text(currency))),
        ("unit_cost", line.unit_cost.map(|cost| cost.text(currency))),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// What a refund gives back, each amount with its name. A line that it names twice is summed.
fn goods(refund: &Refund) -> Vec<(String, String)> {
    match &refund.goods {
        Refunded::Amount(amount) => vec![("amount".to_owned(), amount.text(refund.currency))],
        Refunded::Lines(lines) => {
            let mut sums: BTreeMap<&LineId, u64> = BTreeMap::new();
            for (id, amount) in lines {
                let sum = sums.entry(id).or_default();
                *sum = sum.saturating_add(amount.minor());
            }
            let text = |minor| match Money::from_minor(minor) {
                Ok(amount) => amount.text(refund.currency),
                // Above the largest amount of a field; there is no more of it than can be paid.
                Err(_) => format!("{minor} minor units"),
            };
            sums.into_iter().map(|(id, sum)| (format!("lines[{id}].amount"), text(sum))).collect()
        }
    }
}

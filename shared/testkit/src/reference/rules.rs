//! Which rule a line falls under.

use serde_json::Value;

use super::exact::minor;
use super::facts::{Frozen, Goods, Payment};
use super::fields::{list, time};
use super::people::Ancestor;

/// A line, with what the conditions of a rule ask for.
pub(super) struct Line<'a> {
    pub(super) order: &'a Payment,
    pub(super) goods: &'a Goods,
    pub(super) paid: i64,
    /// What was paid for all lines of the order.
    pub(super) order_paid: i64,
    pub(super) frozen: &'a Frozen,
}

/// Whether all conditions of a rule hold.
pub(super) fn matches(when: &Value, line: &Line<'_>) -> bool {
    let Line { order, goods, .. } = line;
    let first =
        |of: fn(&Ancestor) -> &String| line.frozen.lineage.first().map(of).map(String::as_str);
    let amount = |text: &str| minor(text, &order.currency);
    when.as_object().into_iter().flatten().all(|(condition, _)| match condition.as_str() {
        "category" => is_below(goods.category.as_deref(), list(when, "category")),
        "sku" => is_one_of(Some(&goods.sku), list(when, "sku")),
        "region" => is_one_of(order.region.as_deref(), list(when, "region")),
        "level" => is_one_of(first(|who| &who.level), list(when, "level")),
        "distributor" => is_one_of(first(|who| &who.id), list(when, "distributor")),
        "line_amount" => is_within(line.paid, &when["line_amount"], amount),
        "order_amount" => is_within(line.order_paid, &when["order_amount"], amount),
        "quantity" => {
            let bound = |name: &str| when["quantity"].get(name).and_then(Value::as_i64);
            bound("min").is_none_or(|min| min <= goods.quantity)
                && bound("max").is_none_or(|max| goods.quantity < max)
        }
        "between" => {
            let bound = |name: &str| when["between"].get(name).and_then(Value::as_str).map(time);
            bound("from").is_none_or(|from| from <= order.paid_at)
                && bound("to").is_none_or(|to| order.paid_at < to)
        }
        "first_order" => when["first_order"] == line.frozen.first_order,
        other => unreachable!("the condition {other}"),
    })
}

fn is_one_of(text: Option<&str>, list: &[Value]) -> bool {
    text.is_some_and(|text| list.iter().any(|one| one == text))
}

fn is_below(category: Option<&str>, paths: &[Value]) -> bool {
    let is_below = |category: &str, path: &str| {
        category.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut paths = paths.iter().filter_map(Value::as_str);
    category.is_some_and(|category| paths.any(|path| is_below(category, path)))
}

fn is_within(amount: i64, bounds: &Value, minor: impl Fn(&str) -> i64) -> bool {
    let bound = |name: &str| bounds.get(name).and_then(Value::as_str).map(&minor);
    bound("min").is_none_or(|min| min <= amount) && bound("max").is_none_or(|max| amount < max)
}

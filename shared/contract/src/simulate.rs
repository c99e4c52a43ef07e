//! One order with its lineage, as `upline simulate` and case files have it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use upline_domain::allocation::{Ancestor, Frozen};
use upline_domain::ids::{DistributorId, LevelId, RefundId};
use upline_domain::limits::{LINEAGE_MAX, REFUNDED_LINES_MAX, REFUNDS_MAX};
use upline_domain::member::Status;
use upline_domain::money::{Currency, Money};
use upline_domain::order::{Paid, Refund};
use upline_domain::plan::Plan;

use crate::convert;
use crate::event::{Refused, json};
use crate::read::{Flaw, TOO_LARGE, below, ignored, objects, read};
use crate::scalar::{Amount, Checked};
use crate::wire::{OrderPaid, OrderRefunded};

/// All that is needed to calculate one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// The order.
    pub paid: Paid,
    /// What the answer depends on besides; the buyer is never added to the lineage.
    pub frozen: Frozen,
    /// Refunds by id.
    pub refunds: BTreeMap<RefundId, Refund>,
    /// When the order was completed, if it was.
    pub completed_at: Option<Timestamp>,
}

/// What `upline simulate` reads.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an order with its lineage as an object")]
#[schemars(rename = "Simulation")]
pub(crate) struct Document {
    /// The data of an `OrderPaid`.
    order: OrderPaid,
    /// Who stands above the buyer, the nearest first.
    #[schemars(length(max = 20))]
    lineage: Vec<Standing>,
    /// Whether it is the buyer's first order; it is not where this is absent.
    first_order: Option<bool>,
    /// What each of the lineage sold in the month, in the order's currency; nothing where absent.
    month_sales: Option<BTreeMap<String, Amount>>,
    /// The data of each `OrderRefunded`.
    refunds: Option<Vec<OrderRefunded>>,
    /// When the order was completed, if it was.
    completed_at: Option<Checked<Timestamp>>,
}

/// One of the lineage, as they stood when the order was paid.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "one of the lineage as an object")]
struct Standing {
    /// Who.
    distributor_id: Checked<DistributorId>,
    /// Their level; the plan's first where it is absent, or one the plan does not name.
    level: Option<String>,
    /// Whether they took part; active where it is absent.
    status: Option<Checked<Status>>,
}

objects! { Document Standing }

/// Reads a simulation. Who has no level, or one the plan does not name, stands on the plan's first;
/// who has no status is active. Fields of an event that are unknown are ignored, and `null` is the
/// same as absent.
///
/// # Errors
///
/// * [`Refused`] as events are, with paths from the root, such as `order.lines[0].unit_price`; also
///   for a refund of another order, or two different refunds of one id; with code `unknown_key` for
///   a key beside `order` or `lineage`, or of one of the lineage, that there is not.
pub fn parse_simulation(text: &str, plan: &Plan) -> Result<Simulation, Box<Refused>> {
    let simulation = json(text).and_then(|value| simulation(&value, plan));
    simulation.map_err(|flaw| Box::new(Refused::new(&flaw, None)))
}

/// The paths of the fields that are no part of a simulation, and that are ignored, such as
/// `order.lines[0].categroy`. A real order may have such; where somebody wrote one to be read, it
/// is a mistake.
pub(crate) fn ignored_fields(value: &Value) -> Vec<String> {
    ignored::<Document>(value)
}

pub(crate) fn simulation(value: &Value, plan: &Plan) -> Result<Simulation, Flaw> {
    let document: Document = read(value)?;
    let paid = convert::payment(document.order, "order")?;
    let lineage = lineage(document.lineage, plan)?;
    let sold = document.month_sales.unwrap_or_default();
    Ok(Simulation {
        frozen: Frozen {
            month_sales: month_sales(&sold, &lineage, paid.currency)?,
            lineage,
            first_order: document.first_order.unwrap_or_default(),
        },
        refunds: refunds(document.refunds.unwrap_or_default(), &paid)?,
        completed_at: document.completed_at.map(|Checked(time)| time),
        paid,
    })
}

fn lineage(written: Vec<Standing>, plan: &Plan) -> Result<Vec<Ancestor>, Flaw> {
    let count = written.len();
    if count > LINEAGE_MAX {
        let message = format!("a lineage has at most {LINEAGE_MAX}, this one {count}; cut it");
        return Err(Flaw::new(TOO_LARGE, "lineage", message));
    }
    let mut lineage: Vec<Ancestor> = Vec::with_capacity(count);
    for (place, Standing { distributor_id: Checked(id), level, status }) in
        written.into_iter().enumerate()
    {
        if lineage.iter().any(|nearer| nearer.id == id) {
            let path = format!("lineage[{place}].distributor_id");
            let message = format!("{id} stands twice in the lineage; keep the nearest");
            return Err(Flaw::malformed(path, message));
        }
        let level = level.and_then(|level| level.parse::<LevelId>().ok());
        let level = plan.levels.get(plan.rank(level.as_ref())).cloned();
        let level = level.ok_or_else(|| Flaw::malformed("lineage", "the plan has no levels"))?;
        let status = status.map_or(Status::Active, |Checked(status)| status);
        lineage.push(Ancestor { id, level, status });
    }
    Ok(lineage)
}

fn month_sales(
    written: &BTreeMap<String, Amount>,
    lineage: &[Ancestor],
    currency: Currency,
) -> Result<BTreeMap<usize, Money>, Flaw> {
    let mut sold = BTreeMap::new();
    for (id, written) in written {
        let path = below("month_sales", id);
        let amount = convert::amount(written, currency, || path.clone())?;
        let place = lineage.iter().position(|one| one.id.as_str() == id);
        let place = place.ok_or_else(|| {
            Flaw::malformed(path, format!("{id} is not in the lineage; name one who is"))
        })?;
        sold.insert(place, amount);
    }
    Ok(sold)
}

fn refunds(written: Vec<OrderRefunded>, paid: &Paid) -> Result<BTreeMap<RefundId, Refund>, Flaw> {
    let mut refunds = BTreeMap::new();
    for (place, data) in written.into_iter().enumerate() {
        let path = format!("refunds[{place}]");
        if data.order_id.0 != paid.order {
            let message = format!("write the order that is simulated, {}", paid.order);
            return Err(Flaw::malformed(below(&path, "order_id"), message));
        }
        let id = data.refund_id.0.clone();
        let refund = convert::refund(data, &path)?;
        let other = refunds.insert(id, refund.clone()).filter(|earlier| *earlier != refund);
        if other.is_some() {
            let message = "the id stands twice with other contents; give each refund its own";
            return Err(Flaw::malformed(below(&path, "refund_id"), message));
        }
    }
    let lines: usize = refunds.values().map(Refund::lines).sum();
    if refunds.len() > REFUNDS_MAX || lines > REFUNDED_LINES_MAX {
        let message = format!(
            "an order has at most {REFUNDS_MAX} refunds with {REFUNDED_LINES_MAX} lines in all; \
             send fewer"
        );
        return Err(Flaw::new(TOO_LARGE, "refunds", message));
    }
    Ok(refunds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{EXAMPLE_PLAN, Policy, compile};
    use serde_json::json;

    fn plan() -> Plan {
        compile(EXAMPLE_PLAN, &Policy::named("cn").unwrap()).unwrap()
    }

    fn document() -> Value {
        json!({
            "order": { "order_id": "A1", "buyer_id": "u", "currency": "CNY",
                       "paid_at": "2026-11-11T00:00:00Z", "shipping": "6.00",
                       "lines": [ { "line_id": "1", "sku": "s", "quantity": 1,
                                    "unit_price": "9" } ] },
            "lineage": [ { "distributor_id": "a", "level": "gold", "status": "frozen" },
                         { "distributor_id": "b", "level": "diamond" }, { "distributor_id": "c" } ],
            "first_order": true, "month_sales": { "a": "10.00" },
            "refunds": [ { "order_id": "A1", "refund_id": "r", "currency": "CNY",
                           "refunded_at": "2026-11-12T00:00:00Z", "amount": "1.00" } ],
            "completed_at": "2026-11-20T00:00:00Z",
        })
    }

    #[test]
    fn a_simulation_is_read_with_its_defaults() {
        let read = parse_simulation(&document().to_string(), &plan()).unwrap();
        let lineage: Vec<_> = read
            .frozen
            .lineage
            .iter()
            .map(|one| (one.id.as_str(), one.level.as_str(), one.status))
            .collect();
        assert_eq!(
            lineage,
            [
                ("a", "gold", Status::Frozen),
                ("b", "bronze", Status::Active),
                ("c", "bronze", Status::Active),
            ]
        );
        assert!(read.frozen.first_order);
        let sold: Vec<_> = read.frozen.month_sales.iter().map(|(at, m)| (*at, m.minor())).collect();
        assert_eq!(sold, [(0, 1_000)]);
        assert_eq!(read.paid.total().minor(), 900);
        assert_eq!(read.refunds.len(), 1);
        assert!(read.completed_at.is_some());
        let bare = json!({ "order": document()["order"], "lineage": [] }).to_string();
        let read = parse_simulation(&bare, &plan()).unwrap();
        assert!(read.frozen == Frozen::default() && read.refunds.is_empty());
    }

    #[test]
    fn what_is_ignored_is_named() {
        let mut document = document();
        document["month_sales"].take();
        assert_eq!(ignored_fields(&document), [""; 0]);
        document["order"]["lines"][0]["categroy"] = json!("toys");
        document["order"]["note"] = json!({ "any": "thing" });
        document["refunds"][0]["why"] = json!("broken");
        let paths = ["order.lines[0].categroy", "order.note", "refunds[0].why"];
        let mut ignored = ignored_fields(&document);
        ignored.sort();
        assert_eq!(ignored, paths);
    }

    #[track_caller]
    fn check(pointer: &str, other: Value, want: &str) {
        let mut document = document();
        *document.pointer_mut(pointer).unwrap() = other;
        let refused = parse_simulation(&document.to_string(), &plan()).unwrap_err();
        assert!(refused.to_string().starts_with(want), "{pointer}: {refused}");
    }

    #[test]
    fn simulation_table() {
        check("/order", Value::Null, "malformed: order: ");
        check("/order/lines/0/unit_price", json!(9), "malformed: order.lines[0].unit_price: ");
        check(
            "/order/lines/0/unit_price",
            json!("9.999"),
            "malformed: order.lines[0].unit_price: ",
        );
        check("/order/shipping", json!("x"), "malformed: order.shipping: ");
        check("/lineage", Value::Null, "malformed: lineage: ");
        check("/lineage/0/status", json!("asleep"), "malformed: lineage[0].status: ");
        check("/lineage/2/distributor_id", json!("a"), "malformed: lineage[2].distributor_id: ");
        check("/month_sales/a", json!("1.001"), "malformed: month_sales.a: ");
        check("/month_sales", json!({ "x": "1" }), "malformed: month_sales.x: x is not in");
        check("/refunds/0/order_id", json!("A2"), "malformed: refunds[0].order_id: ");
        check("/refunds/0/amount", json!("1.001"), "malformed: refunds[0].amount: ");
        check("/completed_at", json!("later"), "malformed: completed_at: ");
        let refund = document()["refunds"][0].clone();
        let mut other = refund.clone();
        other["amount"] = json!("2.00");
        check("/refunds", json!([refund, other]), "malformed: refunds[1].refund_id: ");
        let long: Vec<Value> =
            (0..21).map(|n| json!({ "distributor_id": format!("{n}") })).collect();
        check("/lineage", json!(long), "too_large: lineage: ");
        let many = |n: u32| {
            let mut refund = refund.clone();
            refund["refund_id"] = json!(format!("r{n}"));
            refund
        };
        check("/refunds", (0..101).map(many).collect(), "too_large: refunds: ");
        let twice = json!([refund, refund]);
        let mut document = document();
        document["refunds"] = twice;
        assert_eq!(parse_simulation(&document.to_string(), &plan()).unwrap().refunds.len(), 1);
    }
}

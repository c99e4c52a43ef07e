//! An order as the list of orders has it: `given`, which is what `upline simulate` reads, and what
//! was decided.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use upline_domain::allocation::{Ancestor, Attribution, Frozen};
use upline_domain::ids::DistributorId;
use upline_domain::money::{Currency, Money, Overflow};
use upline_domain::order::{Paid, Record};
use upline_domain::plan::Plan;
use upline_domain::reverse::{Reversal, reversed};
use upline_domain::time;

use crate::convert::amount;
use crate::event::{Refused, json as parsed};
use crate::read::{Flaw, below, read};
use crate::restate;
use crate::scalar::{Amount, Checked};
use crate::simulate::{Simulation, simulation};

/// A paid order: what `GET /v1/orders` lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OrderItem {
    /// What it is calculated from.
    pub given: GivenView,
    /// `waiting`, `attributed` or `completed`.
    pub state: String,
    /// The version it was calculated by; null while it waits.
    pub plan_version: Option<u32>,
    /// What it earns whom, nearest first.
    pub allocations: Vec<EarnedView>,
}

/// What `upline simulate` reads, unless the order waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GivenView {
    /// The data of its `OrderPaid`.
    pub order: Value,
    /// Who stood above the buyer when it was paid, the nearest first; null while it waits.
    pub lineage: Option<Vec<StandingView>>,
    /// Whether it is the buyer's first order; null while it waits.
    pub first_order: Option<bool>,
    /// What those of the lineage sold in the month for whom a card asked.
    pub month_sales: BTreeMap<String, String>,
    /// The data of each `OrderRefunded`.
    pub refunds: Vec<Value>,
    /// When it was completed; null where it was not.
    pub completed_at: Option<String>,
}

/// One of a lineage, as they stood when the order was paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StandingView {
    /// Who.
    pub distributor_id: String,
    /// Their level.
    pub level: String,
    /// `active`, `frozen` or `terminated`.
    pub status: String,
}

/// What one beneficiary earns of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EarnedView {
    /// Who.
    pub distributor_id: String,
    /// The smallest depth at which they earn.
    pub depth: usize,
    /// How much.
    pub amount: String,
    /// What refunds took back of it.
    pub reversed: String,
}

/// Shows a record in a list; none without a payment.
///
/// # Errors
///
/// * [`Overflow`] never, for records within the limits.
pub fn order_item(record: &Record) -> Result<Option<OrderItem>, Overflow> {
    let Some(paid) = &record.paid else { return Ok(None) };
    let attributed = record.attributed.as_ref();
    let refunds = record.refunds.iter();
    let allocations = attributed.map(|attributed| earned(paid, attributed, &reversed(record)?));
    let given = GivenView {
        order: restate::payment(paid),
        lineage: attributed.map(|one| one.frozen.lineage.iter().map(standing).collect()),
        first_order: attributed.map(|one| one.frozen.first_order),
        month_sales: attributed.map_or_else(BTreeMap::new, |one| sold(&one.frozen, paid.currency)),
        refunds: refunds.map(|(id, one)| restate::refund(&paid.order, id, one)).collect(),
        completed_at: record.completed_at.map(time::text),
    };
    Ok(Some(OrderItem {
        given,
        state: record.state().as_str().to_owned(),
        plan_version: attributed.map(|one| one.plan_version),
        allocations: allocations.transpose()?.unwrap_or_default(),
    }))
}

fn standing(one: &Ancestor) -> StandingView {
    StandingView {
        distributor_id: one.id.to_string(),
        level: one.level.to_string(),
        status: one.status.as_str().to_owned(),
    }
}

fn sold(frozen: &Frozen, currency: Currency) -> BTreeMap<String, String> {
    let sold = frozen.month_sales.iter();
    let named = sold.filter_map(|(place, sold)| {
        Some((frozen.lineage.get(*place)?.id.to_string(), sold.text(currency)))
    });
    named.collect()
}

fn earned(
    paid: &Paid,
    attributed: &Attribution,
    reversal: &Reversal,
) -> Result<Vec<EarnedView>, Overflow> {
    let one = |(place, one): (usize, &upline_domain::allocation::Allocation)| {
        let who = attributed.frozen.lineage.get(one.ancestor);
        Ok(EarnedView {
            distributor_id: who.map(|who| who.id.to_string()).unwrap_or_default(),
            depth: one.depth,
            amount: one.amount.text(paid.currency),
            reversed: reversal.of_allocation(place)?.text(paid.currency),
        })
    };
    attributed.allocations.iter().enumerate().map(one).collect()
}

/// An order of the list, to be calculated under another plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The order; its lineage is empty while it waits.
    pub simulation: Simulation,
    /// What was decided; none while it waits.
    pub decided: Option<Vec<Earned>>,
    /// Levels of the lineage that the other plan does not name.
    pub levels_not_named: BTreeSet<String>,
}

/// What one beneficiary earned of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earned {
    /// Who.
    pub distributor: DistributorId,
    /// The smallest depth at which they earned.
    pub depth: usize,
    /// How much.
    pub amount: Money,
    /// What refunds took back of it.
    pub reversed: Money,
}

/// What is read beside the simulation.
#[derive(Deserialize)]
struct Decision {
    given: Given,
    allocations: Vec<EarnedDocument>,
}

#[derive(Deserialize)]
struct Given {
    lineage: Option<Vec<Level>>,
}

#[derive(Deserialize)]
struct Level {
    level: Option<String>,
}

#[derive(Deserialize)]
struct EarnedDocument {
    distributor_id: Checked<DistributorId>,
    depth: usize,
    amount: Amount,
    reversed: Amount,
}

/// Reads an order of the list, to be calculated under `plan`: who has a level that this plan does
/// not name stands on its first.
///
/// # Errors
///
/// * [`Refused`] where it is not as [`order_item`] shows orders, with the path.
pub fn parse_listed(text: &str, plan: &Plan) -> Result<Listed, Box<Refused>> {
    listed(text, plan).map_err(|flaw| Box::new(Refused::new(&flaw, None)))
}

fn listed(text: &str, plan: &Plan) -> Result<Listed, Flaw> {
    let mut value = parsed(text)?;
    let Decision { given: Given { lineage }, allocations } = read(&value)?;
    let mut given = value.get_mut("given").map(Value::take).unwrap_or_default();
    if lineage.is_none()
        && let Some(given) = given.as_object_mut()
    {
        given.insert("lineage".to_owned(), json!([]));
    }
    let simulation = simulation(&given, plan)
        .map_err(|flaw| Flaw { path: below("given", &flaw.path), ..flaw })?;
    let currency = simulation.paid.currency;
    let earned = allocations.iter().enumerate().map(|(place, one)| {
        let path = |field: &'static str| move || format!("allocations[{place}].{field}");
        Ok(Earned {
            distributor: one.distributor_id.0.clone(),
            depth: one.depth,
            amount: amount(&one.amount, currency, path("amount"))?,
            reversed: amount(&one.reversed, currency, path("reversed"))?,
        })
    });
    let earned = earned.collect::<Result<_, Flaw>>()?;
    let named = |level: &String| plan.levels.iter().any(|known| known.as_str() == level);
    let levels = lineage.iter().flatten().filter_map(|one| one.level.clone());
    let levels_not_named = levels.filter(|level| !named(level)).collect();
    let decided = lineage.is_some().then_some(earned);
    Ok(Listed { simulation, decided, levels_not_named })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{EXAMPLE_PLAN, Policy, compile};
    use crate::simulate::parse_simulation;
    use upline_domain::allocation::CALCULATION_VERSION;
    use upline_domain::calculate::calculate;

    fn plan() -> Plan {
        compile(EXAMPLE_PLAN, &Policy::named("cn").unwrap()).unwrap()
    }

    /// An order with two refunds of which nothing is left out, and the record that it leaves.
    fn record() -> (Simulation, Record) {
        let refund = |id: &str, what: &str, value: Value| {
            json!({ "order_id": "A1", "refund_id": id, "currency": "CNY",
                    "refunded_at": "2026-11-12T00:00:00Z", what: value })
        };
        let document = json!({
            "order": { "order_id": "A1", "buyer_id": "u", "currency": "CNY",
                       "paid_at": "2026-11-11T00:00:00Z", "discount": "1.00", "region": "上海",
                       "lines": [ { "line_id": "1", "sku": "s", "category": "a/b", "quantity": 2,
                                    "unit_price": "50.50", "unit_cost": "20" },
                                  { "line_id": "2", "sku": "t", "quantity": 1,
                                    "unit_price": "33.30", "discount": "0.30" } ] },
            "lineage": [ { "distributor_id": "a", "level": "gold" },
                         { "distributor_id": "b", "level": "bronze", "status": "frozen" },
                         { "distributor_id": "c", "level": "silver" } ],
            "first_order": true, "month_sales": { "a": "10.00", "c": "0.00" },
            "refunds": [ refund("r1", "amount", json!("7.77")),
                         refund("r2", "lines", json!([{ "line_id": "2", "amount": "3.33" }])) ],
            "completed_at": "2026-11-20T00:00:00Z",
        });
        let plan = plan();
        let simulation = parse_simulation(&document.to_string(), &plan).unwrap();
        let Simulation { paid, frozen, refunds, completed_at } = simulation.clone();
        let calculation = calculate(&paid, &plan, &frozen, &mut |_| {}).unwrap();
        let attributed = Attribution {
            plan_version: 3,
            calculation_version: CALCULATION_VERSION,
            terms: plan.terms(paid.currency).unwrap(),
            frozen,
            lines: calculation.lines,
            allocations: calculation.allocations,
        };
        let (paid, attributed) = (Some(paid), Some(attributed));
        (simulation, Record { paid, attributed, refunds, completed_at, version: 5 })
    }

    #[test]
    fn an_order_of_the_list_is_read_as_it_was() {
        let (simulation, record) = record();
        let item = order_item(&record).unwrap().unwrap();
        let text = serde_json::to_string(&item).unwrap();
        let read = parse_listed(&text, &plan()).unwrap();
        assert_eq!(read.simulation, simulation);
        let given = serde_json::to_string(&item.given).unwrap();
        assert_eq!(parse_simulation(&given, &plan()).unwrap(), simulation, "simulate reads it");
        assert_eq!(read.levels_not_named, BTreeSet::new());
        assert_eq!((item.state.as_str(), item.plan_version), ("completed", Some(3)));
        let reversal = reversed(&record).unwrap();
        let frozen = &record.attributed.unwrap().allocations;
        assert_eq!(frozen.len(), 2);
        for (place, (one, read)) in frozen.iter().zip(read.decided.unwrap()).enumerate() {
            assert_eq!((one.depth, one.amount), (read.depth, read.amount));
            assert_eq!(reversal.of_allocation(place).unwrap(), read.reversed);
            assert!(read.reversed > Money::ZERO);
        }
        let mut other = plan();
        other.levels.remove(0);
        let read = parse_listed(&text, &other).unwrap();
        assert_eq!(read.levels_not_named, BTreeSet::from(["bronze".to_owned()]));
    }

    #[test]
    fn an_order_that_waits_is_not_one_without_a_lineage() {
        let (_, mut record) = record();
        record.attributed = None;
        let item = order_item(&record).unwrap().unwrap();
        assert_eq!((item.state.as_str(), &item.given.lineage), ("waiting", &None));
        let read = |item: &OrderItem| {
            parse_listed(&serde_json::to_string(item).unwrap(), &plan()).unwrap()
        };
        assert_eq!(read(&item).decided, None);
        let given = GivenView { lineage: Some(Vec::new()), ..item.given };
        let nobody = OrderItem { given, ..item };
        assert_eq!(read(&nobody).decided, Some(Vec::new()));
        record.paid = None;
        assert_eq!(order_item(&record).unwrap(), None);
    }

    #[test]
    fn what_is_no_order_of_the_list_is_refused_with_its_path() {
        let (_, record) = record();
        let item = serde_json::to_value(order_item(&record).unwrap()).unwrap();
        let check = |pointer: &str, other: Value, want: &str| {
            let mut item = item.clone();
            *item.pointer_mut(pointer).unwrap() = other;
            let refused = parse_listed(&item.to_string(), &plan()).unwrap_err();
            assert!(refused.to_string().starts_with(want), "{pointer}: {refused}");
        };
        check("/allocations", Value::Null, "malformed: allocations: ");
        check("/allocations/1/amount", json!("1.001"), "malformed: allocations[1].amount: ");
        check("/allocations/0/reversed", json!(1), "malformed: allocations[0].reversed: ");
        check("/given/order/lines/0/sku", json!(1), "malformed: given.order.lines[0].sku: ");
        check(
            "/given/lineage/0/distributor_id",
            json!("a#"),
            "malformed: given.lineage[0].distributor_id: ",
        );
    }
}

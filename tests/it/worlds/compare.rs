//! What stands in the table, held against the reference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use jiff::civil::Date;
use serde_json::Value;
use upline_contract::answer::order_view;
use upline_domain::language::Language;
use upline_store::{DayFigures, Period};
use upline_testkit::reference::{Day, Ledger, Order, Standing};
use upline_testkit::{World, told};

use super::story::Story;

/// All that can be seen of a world, in the words of the reference.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    orders: BTreeMap<String, Option<Order>>,
    balances: BTreeMap<(String, String), Standing>,
    days: BTreeMap<(String, String, Date), Day>,
    recruits: BTreeMap<(String, Date), i64>,
    team: BTreeMap<String, [u64; 5]>,
    pub(crate) parked: BTreeSet<(String, String)>,
}

/// Looks at everything in the table.
pub(crate) async fn seen(world: &World, story: &Story) -> Seen {
    let mut seen = Seen {
        orders: BTreeMap::new(),
        balances: BTreeMap::new(),
        days: BTreeMap::new(),
        recruits: BTreeMap::new(),
        team: BTreeMap::new(),
        parked: BTreeSet::new(),
    };
    for id in &story.orders {
        seen.orders.insert(id.clone(), order(world, id).await);
    }
    for id in &story.people {
        look_at_books(world, id, &mut seen).await;
        let counts = world.store.team_counts(&world.tenant, &id.parse().unwrap()).await.unwrap();
        let counts: [u64; 5] = counts.try_into().unwrap();
        if counts != [0; 5] {
            seen.team.insert(id.clone(), counts);
        }
    }
    for parked in world.parked().await {
        let event: Value = serde_json::from_str(&parked.event).unwrap();
        let order = event["detail"]["data"]["order_id"].as_str().unwrap_or_default();
        let is_restated = parked.id.event.starts_with("restated:");
        let id = if is_restated { order.to_owned() } else { parked.id.event };
        seen.parked.insert((id, parked.code));
    }
    seen
}

async fn look_at_books(world: &World, id: &str, seen: &mut Seen) {
    for balance in world.balances(id).await {
        let mut standing = Standing { pending: balance.pending.minor(), ..Standing::default() };
        standing.due.extend(balance.due.iter().map(|(date, due)| (*date, due.minor())));
        standing.due.retain(|_, amount| *amount != 0);
        if standing != Standing::default() {
            seen.balances.insert((id.to_owned(), balance.currency.to_string()), standing);
        }
    }
    let (tenant, distributor) = (&world.tenant, id.parse().unwrap());
    let page = world.store.days(tenant, &distributor, Period::default(), 1_000, None).await;
    for day in page.unwrap().items {
        let DayFigures { date, currency, recruits, .. } = day;
        if let Some(recruits) = recruits {
            seen.recruits.insert((id.to_owned(), date), recruits);
        }
        let Some(currency) = currency else { continue };
        let figures = Day {
            orders: day.orders,
            own_sales: day.own_sales.minor(),
            team_sales: day.team_sales.minor(),
            earned: day.earned.minor(),
            reversed: day.reversed.minor(),
        };
        if figures != Day::default() {
            seen.days.insert((id.to_owned(), currency.to_string(), date), figures);
        }
    }
}

/// An order as people see it, calculated again from what was frozen.
async fn order(world: &World, id: &str) -> Option<Order> {
    let id = id.parse().unwrap();
    let record = world.store.order(&world.tenant, &id).await.unwrap()?;
    let plan = world.store.plan_version(&world.tenant, 1).await.unwrap();
    let plan = plan.as_ref().map(|plan| &plan.plan);
    let view = order_view(&id, &record, plan, Language::Chinese).unwrap();
    Some(told::order(view))
}

/// Holds all that can be seen of a world against the reference.
///
/// # Errors
///
/// * Where they part, in words.
pub(crate) async fn compare(world: &World, ledger: &Ledger, story: &Story) -> Result<(), String> {
    let seen = seen(world, story).await;
    for (id, order) in seen.orders {
        same(&format!("order {id}"), order, ledger.order(&id))?;
    }
    same("balances", seen.balances, ledger.balances())?;
    same("days", seen.days, ledger.days())?;
    same("recruits", seen.recruits, ledger.recruits())?;
    let mut team = ledger.team();
    team.retain(|_, counts| *counts != [0; 5]);
    same("teams", seen.team, team)?;
    let parked = ledger.parked().into_iter().map(|(id, code)| (id, code.to_owned()));
    same("parked", seen.parked, parked.collect())
}

/// Holds one thing against another.
///
/// # Errors
///
/// * Both, where they are not the same.
#[expect(clippy::needless_pass_by_value, reason = "a call reads better without borrows")]
pub(crate) fn same<T: Debug + PartialEq>(what: &str, got: T, want: T) -> Result<(), String> {
    if got == want {
        return Ok(());
    }
    Err(format!("{what}:\n   got {got:?}\n  want {want:?}"))
}

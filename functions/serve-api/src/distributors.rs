//! Distributors: who they are, who stands above and below, and where their money stands.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use upline_contract::answer;
use upline_domain::ids::{DistributorId, Text};
use upline_domain::limits::TEAM_LIST_DEPTH_MAX;
use upline_domain::member::Member;
use upline_domain::money::{Currency, Overflow, SignedMoney};
use upline_domain::time;
use upline_store::keys;
use upline_store::{ActivePlan, Balance, DayFigures, Held, LedgerLine, TeamRow};

use crate::paging::{Asked, list};
use crate::plans::Made;
use crate::problem::{Answer, PathId, Problem};
use crate::{Api, Caller, Role};

/// The distributor that a path names, if the caller may see them.
pub(crate) fn named(caller: &Caller, id: &str) -> Result<DistributorId, Problem> {
    let id =
        id.parse().map_err(|wrong| Problem::bad_request(format!("distributor id: {wrong}")))?;
    caller.may_see(&id)?;
    Ok(id)
}

async fn member(api: &Api, caller: &Caller, id: &str) -> Result<Member, Problem> {
    let id = named(caller, id)?;
    known(api, caller, &id).await
}

/// The distributor of an id. A list asks only where it is empty: what has a row has an owner.
async fn known(api: &Api, caller: &Caller, id: &DistributorId) -> Result<Member, Problem> {
    let member = api.store.member(&caller.tenant, id).await?;
    member.ok_or_else(|| unknown(id))
}

pub(crate) fn unknown(id: &DistributorId) -> Problem {
    Problem::not_found(format!("there is no distributor {id}"))
}

/// `GET /v1/distributors/{id}`
pub(crate) async fn profile(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    asked: Asked,
) -> Answer<answer::Distributor> {
    asked.only(&[])?;
    let id = named(&caller, &id)?;
    let found = api.store.member_with_histories(&caller.tenant, &id).await?;
    let (member, histories) = found.ok_or_else(|| unknown(&id))?;
    let histories = caller.may(&[Role::Ops]).is_ok().then_some(histories);
    let now = (api.now)();
    let plan = api.store.plan_at(&caller.tenant, now, now).await?;
    let counts = api.store.team_counts(&caller.tenant, &member.id).await?;
    let counts = (1_usize..).zip(counts).filter(|(_, count)| *count > 0);
    Ok(Json(answer::Distributor {
        distributor_id: member.id.to_string(),
        display_name: name(member.display_name.as_ref()),
        sponsor: member.sponsor().map(ToString::to_string),
        invite_code: member.invite_code.to_string(),
        level: level(&member, plan.as_ref(), now),
        status: member.status_at(now).as_str().to_owned(),
        registered_at: time::text(member.registered_at),
        team: counts.map(|(depth, count)| answer::TeamCount { depth, count }).collect(),
        levels: histories.as_ref().map(|both| show_history(&both.levels)),
        statuses: histories.as_ref().map(|both| show_history(&both.statuses)),
        risks: histories.as_ref().map(|both| show_history(&both.risks)),
    }))
}

fn show_history(entries: &[Held]) -> Vec<answer::Held> {
    let show = |held: &Held| {
        let Made { at: made_at, by, role, reason } = Made::of(held.made.as_ref());
        let (value, from) = (held.value.clone(), time::text(held.from));
        answer::Held { value, from, made_at, by, role, reason }
    };
    entries.iter().map(show).collect()
}

fn name(text: Option<&Text>) -> Option<String> {
    text.map(ToString::to_string)
}

fn level(member: &Member, plan: Option<&Arc<ActivePlan>>, at: jiff::Timestamp) -> Option<String> {
    let plan = &plan?.plan;
    plan.levels.get(plan.rank(member.levels.at(at))).map(ToString::to_string)
}

/// `GET /v1/distributors/{id}/lineage`
pub(crate) async fn lineage(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    asked: Asked,
) -> Answer<answer::List<answer::LineageItem>> {
    asked.only(&[])?;
    let member = member(&api, &caller, &id).await?;
    let now = (api.now)();
    let plan = api.store.plan_at(&caller.tenant, now, now).await?;
    let ancestors = api.store.members(&caller.tenant, &member.lineage, now).await?;
    let items = (1_usize..).zip(&member.lineage).filter_map(|(depth, id)| {
        let one = ancestors.get(id)?;
        Some(answer::LineageItem {
            distributor_id: id.to_string(),
            display_name: name(one.display_name.as_ref()),
            depth,
            registered_at: time::text(one.registered_at),
            level: level(one, plan.as_ref(), now),
            status: one.status_at(now).as_str().to_owned(),
        })
    });
    Ok(Json(answer::List { items: items.collect(), cursor: None }))
}

/// `GET /v1/distributors/{id}/team?depth=1`
pub(crate) async fn team(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    asked: Asked,
) -> Answer<answer::List<answer::TeamItem>> {
    let id = named(&caller, &id)?;
    let asked = asked.only(&["depth", "limit", "cursor"])?;
    let form = format!("write 1 to {TEAM_LIST_DEPTH_MAX}");
    let read = |text: &str| text.parse().ok().filter(|d| (1..=TEAM_LIST_DEPTH_MAX).contains(d));
    let depth: usize = asked.read("depth", &form, read)?.unwrap_or(1);
    let after = asked.after(&keys::team_prefix(depth))?;
    let page = api.store.team(&caller.tenant, &id, depth, asked.limit()?, after).await?;
    if page.items.is_empty() {
        known(&api, &caller, &id).await?;
    }
    Ok(Json(list(page, |row: TeamRow| answer::TeamItem {
        distributor_id: row.distributor.to_string(),
        display_name: name(row.display_name.as_ref()),
        depth: row.depth,
        registered_at: time::text(row.registered_at),
    })))
}

/// `GET /v1/distributors/{id}/balance`
pub(crate) async fn balance(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    asked: Asked,
) -> Answer<answer::Balances> {
    asked.only(&[])?;
    let id = named(&caller, &id)?;
    let balances = api.store.balances(&caller.tenant, &id).await?;
    if balances.is_empty() {
        known(&api, &caller, &id).await?;
    }
    let balances: Result<Vec<_>, Overflow> = balances.iter().map(show_balance).collect();
    Ok(Json(answer::Balances { distributor_id: id.to_string(), balances: balances? }))
}

pub(crate) fn show_balance(balance: &Balance) -> Result<answer::Balance, Overflow> {
    let text = |amount: SignedMoney| amount.text(balance.currency);
    let due = balance.due.iter();
    let due =
        due.map(|(date, amount)| answer::Due { date: date.to_string(), amount: text(*amount) });
    Ok(answer::Balance {
        currency: balance.currency.to_string(),
        pending: text(balance.pending),
        due: due.collect(),
        settled: text(balance.settled),
        reserved: text(balance.reserved),
        withdrawn: text(balance.withdrawn),
        available: text(balance.available()?),
    })
}

/// `GET /v1/distributors/{id}/commissions?from&to`, newest first
pub(crate) async fn commissions(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    asked: Asked,
) -> Answer<answer::List<answer::Commission>> {
    let id = named(&caller, &id)?;
    let asked = asked.only(&["from", "to", "limit", "cursor"])?;
    let form = "write a time in UTC such as 2026-11-11T00:00:03Z";
    let paid = asked.period(form, |text| time::parse(text).ok())?;
    let (limit, after) = (asked.limit()?, asked.after(keys::LINES_FROM)?);
    let page = api.store.commissions(&caller.tenant, &id, paid, limit, after).await?;
    if page.items.is_empty() {
        known(&api, &caller, &id).await?;
    }
    Ok(Json(list(page, |line| show_commission(&line))))
}

fn show_commission(line: &LedgerLine) -> answer::Commission {
    let counted = &line.counted;
    let state = if counted.due.is_some() { "due" } else { "pending" };
    answer::Commission {
        order_id: line.order.to_string(),
        paid_at: time::text(counted.paid_at),
        depth: counted.depth,
        amount: counted.earned.text(counted.currency),
        reversed: counted.reversed.text(counted.currency),
        currency: counted.currency.to_string(),
        state: state.to_owned(),
        due: counted.due.map(|date| date.to_string()),
    }
}

/// `GET /v1/distributors/{id}/days?from&to`, newest first
pub(crate) async fn days(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    asked: Asked,
) -> Answer<answer::List<answer::Day>> {
    let id = named(&caller, &id)?;
    let asked = asked.only(&["from", "to", "limit", "cursor"])?;
    let dates = asked.days()?;
    let (limit, after) = (asked.limit()?, asked.after(keys::DAYS_FROM)?);
    let page = api.store.days(&caller.tenant, &id, dates, limit, after).await?;
    if page.items.is_empty() {
        known(&api, &caller, &id).await?;
    }
    Ok(Json(list(page, |day| show_day(&day))))
}

fn show_day(day: &DayFigures) -> answer::Day {
    let amount = |amount: SignedMoney| day.currency.map(|currency: Currency| amount.text(currency));
    answer::Day {
        date: day.date.to_string(),
        currency: day.currency.map(|currency| currency.to_string()),
        orders: day.currency.map(|_| day.orders),
        own_sales: amount(day.own_sales),
        team_sales: amount(day.team_sales),
        earned: amount(day.earned),
        reversed: amount(day.reversed),
        recruits: day.recruits,
    }
}

//! Who is owed what, over all distributors.

use axum::extract::State;
use axum::{Extension, Json};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use upline_contract::answer::{List, Owed};
use upline_domain::money::{Overflow, SignedMoney};
use upline_domain::time;
use upline_store::Balance;
use upline_store::keys::{self, Key, SHARDS};

use crate::distributors::show_balance;
use crate::paging::{Asked, listed_cursor};
use crate::problem::{Answer, Problem};
use crate::{Api, Caller, Role};

/// `GET /v1/balances?by`: the balances of all distributors that are not empty, each with what has
/// matured on or before a day; today in the time zone of the plan, where none is asked for.
pub(crate) async fn balances(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    asked: Asked,
) -> Answer<List<Owed>> {
    caller.may(&[Role::Ops])?;
    let asked = asked.only(&["by", "limit", "cursor"])?;
    let by = match asked.date("by")? {
        Some(by) => by,
        None => today(&api, &caller).await?,
    };
    let people = format!("{}#M#", caller.tenant);
    let own = |key: &Key| key.pk.starts_with(&people) && key.sk.starts_with(keys::BALANCES);
    let (limit, after) = (asked.limit()?, asked.after_listed(SHARDS.into(), own)?);
    let page = api.store.all_balances(&caller.tenant, limit, after).await?;
    let filled = page.items.into_iter().filter(|(_, balance)| !balance.is_empty());
    let items: Result<Vec<Owed>, Overflow> = filled
        .map(|(id, balance)| {
            Ok(Owed {
                distributor_id: id.to_string(),
                by: by.to_string(),
                owed: owed(&balance, by)?.text(balance.currency),
                balance: show_balance(&balance)?,
            })
        })
        .collect();
    Ok(Json(List { items: items?, cursor: page.after.map(listed_cursor) }))
}

async fn today(api: &Api, caller: &Caller) -> Result<Date, Problem> {
    let now = (api.now)();
    let plan = api.store.plan_at(&caller.tenant, now, now).await?;
    let zone = plan.map_or(TimeZone::UTC, |plan| plan.plan.timezone.clone());
    Ok(time::day(now, &zone))
}

fn owed(balance: &Balance, by: Date) -> Result<SignedMoney, Overflow> {
    let matured = balance.due.range(..=by).map(|(_, amount)| *amount);
    matured.into_iter().try_fold(SignedMoney::ZERO, SignedMoney::plus)
}

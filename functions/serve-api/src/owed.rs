//! Who is owed what, over all distributors.

use axum::extract::State;
use axum::{Extension, Json};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use upline_contract::answer::{List, Owed};
use upline_domain::money::{Overflow, SignedMoney};
use upline_domain::time;
use upline_store::keys::{self, Key, SHARDS};
use upline_store::{Balance, ListedAfter};

use crate::distributors::show_balance;
use crate::paging::{Asked, encode};
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
    let read = |text: &str| text.parse().ok().filter(|_| text.len() == 10);
    let by = match asked.read("by", "write a date such as 2026-11-11", read)? {
        Some(by) => by,
        None => today(&api, &caller).await?,
    };
    let (limit, after) = (asked.limit()?, after(&asked, &caller)?);
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
    Ok(Json(List { items: items?, cursor: page.after.map(cursor) }))
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

fn cursor(after: ListedAfter) -> String {
    let Key { pk, sk } = after.key.unwrap_or_else(|| Key { pk: String::new(), sk: String::new() });
    encode(&format!("{}\n{pk}\n{sk}", after.shard))
}

/// The cursor as [`cursor`] gave it for the caller's own tenant.
fn after(asked: &Asked, caller: &Caller) -> Result<Option<ListedAfter>, Problem> {
    let Some((shard, key)) = asked.after_both()? else { return Ok(None) };
    let own = format!("{}#M#", caller.tenant);
    let key = match key.split_once('\n') {
        Some(("", "")) => Some(None),
        Some((pk, sk)) if pk.starts_with(&own) && sk.starts_with(keys::BALANCES) => {
            Some(Some(Key { pk: pk.to_owned(), sk: sk.to_owned() }))
        }
        Some(_) | None => None,
    };
    let shard = shard.parse().ok().filter(|shard| *shard < SHARDS);
    let refused = || Problem::bad_request("cursor: use the one that the page before gave");
    let (shard, key) = shard.zip(key).ok_or_else(refused)?;
    Ok(Some(ListedAfter { shard, key }))
}

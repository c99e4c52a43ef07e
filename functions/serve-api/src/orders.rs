//! Orders: their facts, what they earn whom, and why.

use axum::extract::State;
use axum::{Extension, Json};
use upline_contract::answer::{List, OrderView, order_view};
use upline_contract::listed::{OrderItem, order_item};
use upline_domain::ids::OrderId;
use upline_domain::limits::LISTED_DAYS_MAX;
use upline_domain::money::Overflow;
use upline_store::Period;
use upline_store::keys::{Key, SHARDS, order_of};

use crate::paging::{Asked, listed_cursor};
use crate::problem::{Answer, PathId, Problem};
use crate::{Api, Caller, Role};

/// `GET /v1/orders/{id}?lang`: the record, calculated again by the plan version it names, and told
/// in the language `lang`.
pub(crate) async fn order(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    asked: Asked,
) -> Answer<OrderView> {
    caller.may(&[Role::Ops, Role::Shop])?;
    let language = asked.only(&["lang"])?.language()?;
    let id: OrderId =
        id.parse().map_err(|wrong| Problem::bad_request(format!("order id: {wrong}")))?;
    let record = api.store.order(&caller.tenant, &id).await?;
    let record = record.ok_or_else(|| {
        Problem::not_found(format!(
            "there is no order {id}; where it was sent and cannot be calculated, it is parked: GET \
             /v1/parked lists what is"
        ))
    })?;
    let plan = match &record.attributed {
        Some(attributed) => api.store.plan_version(&caller.tenant, attributed.plan_version).await?,
        None => None,
    };
    let plan = plan.as_ref().map(|plan| &plan.plan);
    Ok(Json(order_view(&id, &record, plan, language)?))
}

/// `GET /v1/orders?from&to`: the paid orders of the days from `from` up to but without `to`, those
/// that wait among them, each with all that it was calculated from.
pub(crate) async fn orders(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    asked: Asked,
) -> Answer<List<OrderItem>> {
    caller.may(&[Role::Ops])?;
    let asked = asked.only(&["from", "to", "limit", "cursor"])?;
    let Period { from, to } = asked.days()?;
    let missing = |name| {
        Problem::bad_request(format!("{name}: it is missing; write a date such as 2026-11-11"))
    };
    let (from, to) = (from.ok_or_else(|| missing("from"))?, to.ok_or_else(|| missing("to"))?);
    let days = from.until(to).map_or(0, |span| span.get_days());
    if days > LISTED_DAYS_MAX {
        return Err(Problem::bad_request(format!(
            "to: a list has at most {LISTED_DAYS_MAX} days, this one {days}; ask for them in turn"
        )));
    }
    let partitions = u32::try_from(days).unwrap_or(0).saturating_mul(SHARDS.into());
    let own = |key: &Key| order_of(&key.pk).is_some_and(|(tenant, _)| tenant == caller.tenant);
    let (limit, after) = (asked.limit()?, asked.after_listed(partitions, own)?);
    let page = api.store.orders_of_days(&caller.tenant, from..to, limit, after).await?;
    let shown = page.items.iter().map(|(_, record)| order_item(record));
    let items: Result<Vec<Option<OrderItem>>, Overflow> = shown.collect();
    let items = items?.into_iter().flatten().collect();
    Ok(Json(List { items, cursor: page.after.map(listed_cursor) }))
}

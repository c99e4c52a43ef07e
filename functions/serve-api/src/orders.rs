//! Orders: their facts, what they earn whom, and why.

use axum::extract::State;
use axum::{Extension, Json};
use upline_contract::answer::{OrderView, order_view};
use upline_domain::ids::OrderId;

use crate::paging::Asked;
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

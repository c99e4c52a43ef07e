//! Events that cannot succeed as they are.

use axum::extract::State;
use axum::{Extension, Json};
use serde_json::Value;
use upline_contract::answer::{List, Parked};
use upline_domain::time;
use upline_store::ParkedEvent;
use upline_store::keys::{self, Key};

use crate::paging::{AskedQuery, asked, encode};
use crate::problem::{Answer, Problem};
use crate::{Api, Caller, Role};

/// `GET /v1/parked`: those that were not taken up yet, by the date of the event.
pub(crate) async fn list(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    query: AskedQuery,
) -> Answer<List<Parked>> {
    caller.may(&[Role::Ops])?;
    let asked = asked(query)?;
    let own = keys::parked_partition(caller.tenant.as_str(), "");
    let after = match asked.after_both()? {
        Some((pk, _)) if !pk.starts_with(&own) => {
            return Err(Problem::bad_request("cursor: use the one that the page before gave"));
        }
        after => after.map(|(pk, sk)| Key { pk, sk }),
    };
    let page = api.store.parked(&caller.tenant, asked.limit()?, after).await?;
    let cursor = page.after.map(|Key { pk, sk }| encode(&format!("{pk}\n{sk}")));
    Ok(Json(List { items: page.items.into_iter().map(show).collect(), cursor }))
}

fn show(parked: ParkedEvent) -> Parked {
    let id = parked.id.to_string();
    let event_id = Some(parked.id.event).filter(|id| id != keys::UNREAD);
    let event = serde_json::from_str(&parked.event).unwrap_or(Value::String(parked.event));
    let at = time::text(parked.at);
    Parked { id, event_id, code: parked.code, reason: parked.reason, at, event }
}

//! Events that cannot succeed as they are.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::{Extension, Json};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, from_slice, from_str};
use upline_contract::answer::{Dismiss, EventResult, List, Parked};
use upline_domain::limits::DISMISSAL_BYTES_MAX;
use upline_domain::time;
use upline_store::keys::{self, Key};
use upline_store::{Dismissal, ParkedEvent, ParkedId};

use crate::paging::{Asked, encode};
use crate::problem::{Answer, PathId, Problem};
use crate::{Api, Caller, Role};

/// `GET /v1/parked?code`: those that wait for a person, by the date of the event; of one code only,
/// where one is asked for.
pub(crate) async fn list(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    asked: Asked,
) -> Answer<List<Parked>> {
    caller.may(&[Role::Ops])?;
    let asked = asked.only(&["code", "limit", "cursor"])?;
    let own = keys::parked_partition(caller.tenant.as_str(), "");
    let after = match asked.after_both()? {
        Some((pk, _)) if !pk.starts_with(&own) => {
            return Err(Problem::bad_request("cursor: use the one that the page before gave"));
        }
        after => after.map(|(pk, sk)| Key { pk, sk }),
    };
    let (code, limit) = (asked.text("code"), asked.limit()?);
    let page = api.store.parked_for(&caller.tenant, code, limit, after).await?;
    let cursor = page.after.map(|Key { pk, sk }| encode(&format!("{pk}\n{sk}")));
    let items: Result<_, Problem> = page.items.into_iter().map(show).collect();
    Ok(Json(List { items: items?, cursor }))
}

fn show(parked: ParkedEvent) -> Result<Parked, Problem> {
    let id = parked.id.to_string();
    let event_id = Some(parked.id.event).filter(|id| id != keys::UNREAD);
    // What can be read as a value can stand in the list as it is.
    let as_it_came = match from_str::<Value>(&parked.event) {
        Ok(_) => RawValue::from_string(parked.event),
        Err(_) => to_raw_value(&parked.event),
    };
    let event = as_it_came.map_err(|broke| Problem::broken(&broke))?;
    let at = time::text(parked.at);
    Ok(Parked { id, event_id, code: parked.code, reason: parked.reason, at, event })
}

/// `POST /v1/parked/{id}/dismiss`: puts a parked event away, which another has made moot.
pub(crate) async fn dismiss(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    body: Result<Bytes, BytesRejection>,
) -> Answer<EventResult> {
    caller.may(&[Role::Ops])?;
    let unknown = || Problem::not_found(format!("there is no parked event {id}"));
    let parked: ParkedId = id.parse().map_err(|()| unknown())?;
    let reason = reason(&body.unwrap_or_default())?;
    let event = api.store.parked_event(&caller.tenant, &parked).await?.ok_or_else(unknown)?;
    let dismissal = Dismissal { at: (api.now)(), by: caller.name(), reason };
    let (outcome, reason) = if api.store.dismiss(&caller.tenant, &parked, &dismissal).await? {
        ("dismissed", None)
    } else {
        ("exists", Some("exists: it was taken up or dismissed before".to_owned()))
    };
    let id = Some(event.id.event).filter(|id| id != keys::UNREAD);
    Ok(Json(EventResult { id, outcome: outcome.to_owned(), reason }))
}

fn reason(body: &[u8]) -> Result<String, Problem> {
    let refused = |wrong| Problem::bad_request(format!("send {{\"reason\": \"…\"}}: {wrong}"));
    let Dismiss { reason } = from_slice(body).map_err(refused)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > DISMISSAL_BYTES_MAX {
        let detail = format!("reason: write why, in 1 to {DISMISSAL_BYTES_MAX} bytes");
        return Err(Problem::bad_request(detail));
    }
    Ok(reason.to_owned())
}

//! Who changed what by hand.

use axum::extract::State;
use axum::{Extension, Json};
use upline_contract::answer::{AuditItem, List};
use upline_domain::time;
use upline_store::AuditEntry;
use upline_store::keys::{self, Key};

use crate::paging::{Asked, encode};
use crate::problem::{Answer, Problem};
use crate::{Api, Caller, Role};

/// `GET /v1/audit?from&to`: changes by hand, newest first; `from` and `to` are dates in UTC.
pub(crate) async fn list(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    asked: Asked,
) -> Answer<List<AuditItem>> {
    caller.may(&[Role::Ops])?;
    let asked = asked.only(&["from", "to", "limit", "cursor"])?;
    let days = asked.days()?;
    let own = keys::audit_partition(&caller.tenant, "");
    let after = match asked.after_both()? {
        Some((pk, _)) if !pk.starts_with(&own) => return Err(Problem::no_cursor()),
        after => after.map(|(pk, sk)| Key { pk, sk }),
    };
    let page = api.store.audit(&caller.tenant, days, asked.limit()?, after).await?;
    let cursor = page.after.map(|Key { pk, sk }| encode(&format!("{pk}\n{sk}")));
    Ok(Json(List { items: page.items.into_iter().map(show).collect(), cursor }))
}

fn show(entry: AuditEntry) -> AuditItem {
    let AuditEntry { signed, action, about, before, after } = entry;
    AuditItem {
        at: time::text(signed.at),
        by: signed.by,
        role: signed.role,
        action,
        about,
        before,
        after,
        reason: signed.reason.map(|reason| reason.to_string()),
    }
}

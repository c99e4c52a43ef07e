//! Finding whom an event names, or keeping it until they appear.

use upline_domain::ids::TenantId;
use upline_domain::member::{Member, Referrer};
use upline_lambda::Message;
use upline_store::{Store, StoreResult};

/// The distributor who is named, as they are now; none where they are not known yet.
async fn find(
    store: &Store,
    tenant: &TenantId,
    referrer: &Referrer,
) -> StoreResult<Option<Member>> {
    match referrer {
        Referrer::Distributor(id) => store.member(tenant, id).await,
        Referrer::Code(code) => match store.code_owner(tenant, code).await? {
            Some(owner) => store.member(tenant, &owner).await,
            None => Ok(None),
        },
    }
}

/// The distributor who is named. Where they are not known yet, the event is kept first and they are
/// looked for once more: whichever of the two comes second sees the other.
pub(crate) async fn find_or_wait(
    store: &Store,
    message: &Message,
    referrer: &Referrer,
) -> StoreResult<Option<Member>> {
    let tenant = &message.event.tenant;
    if let Some(found) = find(store, tenant, referrer).await? {
        return Ok(Some(found));
    }
    let event = (message.event.id.as_str(), message.hash.as_str());
    let row = store.await_referrer(tenant, referrer, event, &message.text).await?;
    let found = find(store, tenant, referrer).await?;
    if found.is_some() {
        store.awaits_no_more(&row).await?;
    }
    Ok(found)
}

//! What waited for somebody who is here now.

use jiff::Timestamp;
use upline_domain::ids::TenantId;
use upline_lambda::{Message, park_message, park_restated};
use upline_store::keys::Key;
use upline_store::{Awaited, Store, StoreResult};

use crate::{Appeared, Handled, handle_one};

/// One step of taking up.
enum Step {
    /// Take up what waited for somebody.
    For(Appeared),
    /// Do what is kept in a row.
    Row(Key, Awaited),
    /// Remove a row: what it holds is done, and all that followed from it.
    Remove(Key),
}

/// Takes up all that waited for somebody, and for those who were registered or bound by that, and
/// so on. The last step put down is done first; so a row is removed only after all that followed
/// from it is done, and a crash at any moment leaves the row for the next repeat.
pub(crate) async fn all(
    store: &Store,
    now: Timestamp,
    tenant: &TenantId,
    first: Appeared,
) -> StoreResult<()> {
    let mut left = vec![Step::For(first)];
    while let Some(step) = left.pop() {
        match step {
            Step::For(appeared) => left.extend(waited_for(store, now, tenant, appeared).await?),
            Step::Row(row, Awaited::Order(order)) => {
                let cannot = store.take_up_order(tenant, &order, now).await?;
                park_restated(store, now, tenant, cannot).await?;
                left.push(Step::Remove(row));
            }
            Step::Row(row, Awaited::Event(text)) => {
                left.push(Step::Remove(row));
                if let Some(message) = Message::of(text) {
                    let handled = handle_one(store, now, &message).await?;
                    let Handled { outcome, appeared } = handled;
                    park_message(store, now, &message, &outcome).await?;
                    left.extend(appeared.map(Step::For));
                }
            }
            Step::Remove(row) => store.awaits_no_more(&row).await?,
        }
    }
    Ok(())
}

/// Attributes the orders that waited for somebody, and lists the rows of what else did.
async fn waited_for(
    store: &Store,
    now: Timestamp,
    tenant: &TenantId,
    appeared: Appeared,
) -> StoreResult<Vec<Step>> {
    let (buyer, from) = match &appeared {
        Appeared::Bound(buyer, from) => (buyer.clone(), *from),
        Appeared::Distributor(member) => (member.id.as_buyer(), member.registered_at),
    };
    let cannot = store.take_up(tenant, &buyer, from, now).await?;
    park_restated(store, now, tenant, cannot).await?;
    let Appeared::Distributor(member) = appeared else { return Ok(Vec::new()) };
    let rows = store.awaiting(tenant, &member.id, &member.invite_code).await?;
    Ok(rows.into_iter().map(|(row, awaited)| Step::Row(row, awaited)).collect())
}

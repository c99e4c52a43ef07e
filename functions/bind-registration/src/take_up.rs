//! What waited for somebody who is here now.

use jiff::Timestamp;
use upline_domain::ids::TenantId;
use upline_lambda::{Keep, Message, park_message, park_restated};
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
                    park_message(store, now, &message, &outcome, Keep::Listed).await?;
                    left.extend(appeared.map(Step::For));
                }
            }
            Step::Remove(row) => store.awaits_no_more(&row).await?,
        }
    }
    Ok(())
}

/// Attributes the orders that waited for somebody, and lists the rows of what else did; what comes
/// last in the list is to be done first.
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
    let mut dated = Vec::new();
    for (row, awaited) in store.awaiting(tenant, &member.id, &member.invite_code).await? {
        let at = happened_at(store, tenant, &awaited).await?;
        dated.push(((at, row.sk.clone()), Step::Row(row, awaited)));
    }
    dated.sort_by(|(one, _), (other, _)| other.cmp(one));
    Ok(dated.into_iter().map(|(_, step)| step).collect())
}

/// When what waits happened, by the shop's account. The earliest is taken up first: a buyer is
/// bound once, and a binding from later on would leave the orders before it with nobody.
async fn happened_at(
    store: &Store,
    tenant: &TenantId,
    awaited: &Awaited,
) -> StoreResult<Option<Timestamp>> {
    Ok(match awaited {
        Awaited::Order(order) => {
            let record = store.order(tenant, order).await?;
            record.and_then(|record| record.paid).map(|paid| paid.paid_at)
        }
        Awaited::Event(text) => Message::of(text.clone()).map(|message| message.event.fact.time()),
    })
}

//! What waits for an invite code or a distributor that is not known yet: kept whole in the
//! partition of what it waits for, and taken up when that appears.

use upline_domain::ids::{DistributorId, InviteCode, OrderId, TenantId};
use upline_domain::member::Referrer;

use crate::Store;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, Reader, text};
use crate::keys::{self, AWAITS, Key};
use crate::table::item;

/// Something that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// An order that carries the code.
    Order(OrderId),
    /// An event, as it came.
    Event(String),
}

fn partition(tenant: &TenantId, referrer: &Referrer) -> String {
    match referrer {
        Referrer::Code(code) => keys::code_partition(tenant, code),
        Referrer::Distributor(id) => keys::distributor(tenant, id),
    }
}

impl Store {
    /// Writes down that an order waits for the code it carries, and says where. A repeat changes
    /// nothing.
    pub(crate) async fn await_code(
        &self,
        tenant: &TenantId,
        code: &InviteCode,
        order: &OrderId,
    ) -> StoreResult<Key> {
        let key = keys::await_order(keys::code_partition(tenant, code), order);
        self.put(item(&key, [("order", Some(text(order)))])).await?;
        Ok(key)
    }

    /// Keeps an event until whom it names appears, and says where. `hash` is of its content, so
    /// that a repeat is the same row. The caller then looks for whom it names once more, because
    /// they may have appeared meanwhile.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known to be kept; send it again.
    pub async fn await_referrer(
        &self,
        tenant: &TenantId,
        referrer: &Referrer,
        event: (&str, &str),
        whole: &str,
    ) -> StoreResult<Key> {
        let (id, hash) = event;
        let key = keys::await_event(partition(tenant, referrer), id, hash);
        self.put(item(&key, [("event", Some(text(whole)))])).await?;
        Ok(key)
    }

    /// What waits for a distributor or for their code, with where it is kept.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn awaiting(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        code: &InviteCode,
    ) -> StoreResult<Vec<(Key, Awaited)>> {
        let mut awaiting = Vec::new();
        for pk in [keys::code_partition(tenant, code), keys::distributor(tenant, id)] {
            for row in self.query_all(&pk, AWAITS).await? {
                awaiting.push(read(&row).map_err(StoreError::damaged(&pk))?);
            }
        }
        Ok(awaiting)
    }

    /// Removes the row of what waits no more.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: the row may be there still, which does no harm.
    pub async fn awaits_no_more(&self, row: &Key) -> StoreResult<()> {
        self.delete(row).await
    }
}

fn read(row: &Item) -> Read<(Key, Awaited)> {
    let reader = Reader::of(row)?;
    let key = Key { pk: reader.text("pk")?, sk: reader.text("sk")? };
    let awaited = match reader.maybe_text("order")? {
        Some(order) => Awaited::Order(order),
        None => Awaited::Event(reader.text("event")?),
    };
    Ok((key, awaited))
}

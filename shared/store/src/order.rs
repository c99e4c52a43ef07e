//! The facts of an order, each one conditional write of one item.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use upline_domain::allocation::Attribution;
use upline_domain::ids::{OrderId, RefundId, TenantId};
use upline_domain::limits::{ORDER_BYTES_MAX, REFUNDED_LINES_MAX, REFUNDS_BYTES_MAX, REFUNDS_MAX};
use upline_domain::order::{Paid, Record, Refund};
use upline_domain::time;

use crate::Store;
use crate::change::Update;
use crate::changes::Change;
use crate::error::{StoreError, StoreResult};
use crate::item::{Damaged, Item, Reader, bytes, instant, number, text};
use crate::keys::{self, Key, refund_attribute};
use crate::order_item::{
    ATTRIBUTED, COMPLETED_AT, PAYMENT, REFUND_COUNT, REFUNDED_LINES, decode, refund,
    with_attribution, with_payment,
};
use crate::table::{Reading, TRIES_MAX, Transacted, Written, item};

/// What adding a fact to a record came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Added {
    /// The record has one more fact.
    Created,
    /// It had this very fact.
    Exists,
    /// It has another fact under the same id.
    Conflict,
    /// It has as many as it can hold, or would grow too large.
    TooLarge,
}

/// What the claim of the buyer to a first order has to be for an order to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// It makes no difference.
    Whatever,
    /// It names the order, which was calculated as the first: a repeat that met another binding,
    /// and could not be calculated, may have given it back.
    ForIt,
}

impl Store {
    /// An order's record as it is now; none where nothing of it is known.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn order(&self, tenant: &TenantId, id: &OrderId) -> StoreResult<Option<Record>> {
        let key = keys::order(tenant, id);
        let item = self.get(&key).await?;
        let record =
            item.map(|item| decode(&item)).transpose().map_err(StoreError::damaged(&key.pk))?;
        Ok(record.map(|(_, record)| record))
    }

    /// The records of many orders as they are now, with their ids; instead of one that this program
    /// cannot read, what is wrong with it.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn orders(
        &self,
        tenant: &TenantId,
        ids: &[OrderId],
    ) -> StoreResult<Vec<(OrderId, Result<Record, Damaged>)>> {
        self.orders_of(tenant, ids, Reading::Now).await
    }

    /// The same, as fresh as is asked for.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn orders_of(
        &self,
        tenant: &TenantId,
        ids: &[OrderId],
        reading: Reading,
    ) -> StoreResult<Vec<(OrderId, Result<Record, Damaged>)>> {
        let keys: Vec<Key> = ids.iter().map(|id| keys::order(tenant, id)).collect();
        let items = self.get_many_of(keys.clone(), reading).await?;
        let found = ids.iter().zip(&keys).filter_map(|(id, key)| Some((id, items.get(key)?)));
        Ok(found.map(|(id, item)| (id.clone(), decode(item).map(|(_, record)| record))).collect())
    }

    /// Adds the payment, and with it what was calculated where that is known already. The same
    /// payment again is [`Added::Exists`], and changes nothing, also where it was attributed
    /// meanwhile. None where it has to be claimed as the first of its buyer, and is not any more:
    /// nothing is written.
    pub(crate) async fn add_payment(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        attributed: Option<&Attribution>,
        claim: Claimed,
    ) -> StoreResult<Option<(Added, Item)>> {
        let update = with_payment(self.first_fact(), paid);
        let update = match attributed {
            Some(attributed) => with_attribution(update, attributed),
            None => update,
        };
        let update = update.set("gsi1pk", text(day_partition(tenant, paid, attributed)));
        if item_bytes(&update) > ROOM {
            return Ok(Some((Added::TooLarge, Item::new())));
        }
        let key = keys::order(tenant, &paid.order);
        match self.write(tenant, paid, update.when_absent(PAYMENT), claim).await? {
            None => Ok(None),
            Some(Written::Made) => Ok(Some((Added::Created, Item::new()))),
            Some(Written::Refused(old)) => {
                let stored =
                    Reader(&old).fingerprint(PAYMENT).map_err(StoreError::damaged(&key.pk))?;
                let same = stored == paid.fingerprint();
                Ok(Some((if same { Added::Exists } else { Added::Conflict }, old)))
            }
        }
    }

    /// Adds what was calculated to an order that waited. It is frozen with the first; a later one
    /// is [`Added::Exists`] and changes nothing. None as for [`Store::add_payment`].
    pub(crate) async fn add_attribution(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        attributed: &Attribution,
        claim: Claimed,
    ) -> StoreResult<Option<Added>> {
        if !fits(paid, attributed) {
            return Ok(Some(Added::TooLarge));
        }
        let update = with_attribution(self.later_fact(), attributed);
        let update = update.set("gsi1pk", text(day_partition(tenant, paid, Some(attributed))));
        let update = update.when_present(PAYMENT).when_absent(ATTRIBUTED);
        match self.write(tenant, paid, update, claim).await? {
            None => Ok(None),
            Some(Written::Made) => Ok(Some(Added::Created)),
            Some(Written::Refused(old)) if old.contains_key(ATTRIBUTED) => Ok(Some(Added::Exists)),
            Some(Written::Refused(_)) => Err(StoreError::Contended("add_attribution")),
        }
    }

    /// Writes payment or attribution; none where the order has to be claimed for it, and is not.
    async fn write(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        update: Update,
        claim: Claimed,
    ) -> StoreResult<Option<Written>> {
        self.note(Change::order(tenant, &paid.order)).await?;
        let key = keys::order(tenant, &paid.order);
        if claim == Claimed::Whatever {
            return self.update(&key, update).await.map(Some);
        }
        for attempt in 0..TRIES_MAX {
            let claimed = self.claimed(tenant, &paid.buyer, &paid.order)?;
            let actions = vec![self.update_action(&key, update.clone())?, claimed];
            match self.transact(actions).await? {
                Transacted::Made => return Ok(Some(Written::Made)),
                Transacted::Refused(failed) => match failed.as_slice() {
                    [true, ..] => {
                        let stands = self.get(&key).await?.unwrap_or_default();
                        return Ok(Some(Written::Refused(stands)));
                    }
                    [_, true] => return Ok(None),
                    _ => self.pause(attempt).await,
                },
            }
        }
        Err(StoreError::Contended("add_payment"))
    }

    /// Adds a refund, whether or not the payment is here. The same refund again is
    /// [`Added::Exists`].
    ///
    /// First the order is listed under the day of the refund, so that there is no refund that is
    /// not found by its day; see [`ListedOrders::Refunded`](crate::ListedOrders::Refunded).
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known to be kept; send it again.
    pub async fn add_refund(
        &self,
        tenant: &TenantId,
        order: &OrderId,
        id: &RefundId,
        given: &Refund,
    ) -> StoreResult<Added> {
        let attribute = refund_attribute(id);
        let lines = given.lines();
        if lines > REFUNDED_LINES_MAX {
            return Ok(Added::TooLarge);
        }
        let update = self
            .later_fact()
            .set(&attribute, refund(given))
            .add(REFUND_COUNT, number(1))
            .add(REFUNDED_LINES, number(lines))
            .when_absent(&attribute)
            .when_at_most(REFUND_COUNT, number(REFUNDS_MAX.saturating_sub(1)))
            .when_at_most(REFUNDED_LINES, number(REFUNDED_LINES_MAX.saturating_sub(lines)));
        let update = orphan(update, tenant, order, given.refunded_at);
        self.note(Change::order(tenant, order)).await?;
        let day = time::day(given.refunded_at, &TimeZone::UTC);
        self.put(item(&keys::refunded(tenant, day, order), [])).await?;
        let key = keys::order(tenant, order);
        match self.update(&key, update).await? {
            Written::Made => Ok(Added::Created),
            Written::Refused(old) => {
                let (_, record) = decode(&old).map_err(StoreError::damaged(&key.pk))?;
                let stored = record.refunds.get(id).map(Refund::fingerprint);
                Ok(match stored {
                    None => Added::TooLarge,
                    Some(stored) if stored == given.fingerprint() => Added::Exists,
                    Some(_) => Added::Conflict,
                })
            }
        }
    }

    /// Adds the completion, whether or not the payment is here. The same one again is
    /// [`Added::Exists`].
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known to be kept; send it again.
    pub async fn add_completion(
        &self,
        tenant: &TenantId,
        order: &OrderId,
        completed_at: Timestamp,
    ) -> StoreResult<Added> {
        let update = self.later_fact().set(COMPLETED_AT, instant(completed_at));
        let update = update.when_absent(COMPLETED_AT);
        let update = orphan(update, tenant, order, completed_at);
        self.note(Change::order(tenant, order)).await?;
        let key = keys::order(tenant, order);
        match self.update(&key, update).await? {
            Written::Made => Ok(Added::Created),
            Written::Refused(old) => {
                let stored = Reader(&old).instant(COMPLETED_AT);
                let stored = stored.map_err(StoreError::damaged(&key.pk))?;
                Ok(if stored == completed_at { Added::Exists } else { Added::Conflict })
            }
        }
    }
}

/// The day under which the index lists a paid order: in the plan's time zone once that is known,
/// before in UTC.
#[must_use]
pub fn listed_on(paid: &Paid, attributed: Option<&Attribution>) -> Date {
    let utc = TimeZone::UTC;
    time::day(paid.paid_at, attributed.map_or(&utc, |attributed| &attributed.terms.timezone))
}

/// Where the index lists a paid order.
fn day_partition(tenant: &TenantId, paid: &Paid, attributed: Option<&Attribution>) -> String {
    keys::orders_of_day(tenant, listed_on(paid, attributed), &paid.order)
}

/// Lists an order as one without a payment, unless it is listed already.
fn orphan(update: Update, tenant: &TenantId, order: &OrderId, at: Timestamp) -> Update {
    let day = time::day(at, &TimeZone::UTC);
    update.set_once("gsi1pk", text(keys::orphans_of_day(tenant, day, order)))
}

/// What an order may take of its item, so that its refunds have room at their limits.
const ROOM: usize = ORDER_BYTES_MAX.saturating_sub(REFUNDS_BYTES_MAX);

/// Whether an order with what was calculated leaves room for its refunds.
pub(crate) fn fits(paid: &Paid, attributed: &Attribution) -> bool {
    item_bytes(&with_attribution(with_payment(Update::new(), paid), attributed)) <= ROOM
}

/// What an update makes of an item that had nothing but its key.
fn item_bytes(update: &Update) -> usize {
    let names: usize = update.names.values().map(String::len).sum();
    names.saturating_add(bytes(&update.values))
}

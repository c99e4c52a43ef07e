//! Buyers: bound once, their first order claimed once, and the orders that wait for a binding.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::{SignedDuration, Timestamp};
use upline_domain::bind::{Binding, BoundBy, Buyer};
use upline_domain::ids::{BuyerId, OrderId, TenantId};
use upline_domain::member::Member;

use crate::Store;
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, Reader, instant, number, text};
use crate::keys::{self, WAITS};
use crate::member;
use crate::order_item::{ATTRIBUTED, BUYER};
use crate::table::{Transacted, Written, item};

/// How long an order waits for a binding before its row is swept away: 90 days.
const WAITS_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What binding a buyer came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The buyer is bound by this.
    Created(Binding),
    /// The buyer was bound before; that stands.
    Exists(Binding),
}

impl Store {
    /// A buyer, and the same person as a distributor, both as they are now.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn buyer(
        &self,
        tenant: &TenantId,
        id: &BuyerId,
    ) -> StoreResult<(Buyer, Option<Member>)> {
        let buyer_key = keys::buyer(tenant, id);
        let member_key = keys::member(tenant, &id.as_distributor());
        let items = self.get_many(vec![buyer_key.clone(), member_key.clone()]).await?;
        let buyer = items.get(&buyer_key).map(decode).transpose();
        let member = items.get(&member_key).map(member::decode).transpose();
        Ok((
            buyer.map_err(StoreError::damaged(&buyer_key.pk))?.unwrap_or_default(),
            member.map_err(StoreError::damaged(&member_key.pk))?,
        ))
    }

    /// Binds a buyer, unless they are bound: the first binding to arrive stands.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known to be kept; send it again.
    pub async fn bind(
        &self,
        tenant: &TenantId,
        id: &BuyerId,
        binding: Binding,
    ) -> StoreResult<Bound> {
        let key = keys::buyer(tenant, id);
        let update = Update::new()
            .set("distributor", text(&binding.distributor))
            .set("bound_at", instant(binding.bound_at))
            .set("how", text(binding.how.as_str()))
            .when_absent("distributor");
        match self.update(&key, update).await? {
            Written::Made => Ok(Bound::Created(binding)),
            Written::Refused(old) => {
                let buyer = decode(&old).map_err(StoreError::damaged(&key.pk))?;
                let standing = buyer.binding.ok_or(StoreError::Contended("bind"))?;
                Ok(Bound::Exists(standing))
            }
        }
    }

    /// Claims an order as the buyer's first, once in a buyer's life; says whether it is. A repeat
    /// for the same order says so again.
    pub(crate) async fn claim_first(
        &self,
        tenant: &TenantId,
        buyer: &BuyerId,
        order: &OrderId,
    ) -> StoreResult<bool> {
        let key = keys::buyer(tenant, buyer);
        let update = Update::new().set("first_order", text(order)).when_absent("first_order");
        match self.update(&key, update).await? {
            Written::Made => Ok(true),
            Written::Refused(old) => {
                let first: OrderId =
                    Reader(&old).text("first_order").map_err(StoreError::damaged(&key.pk))?;
                Ok(first == *order)
            }
        }
    }

    /// Takes a claim back, where the order does not live by it: it is parked, or another buyer's.
    /// Where it is not claimed for this order, or is attributed by the claim meanwhile, nothing is
    /// changed.
    pub(crate) async fn disclaim_first(
        &self,
        tenant: &TenantId,
        buyer: &BuyerId,
        order: &OrderId,
    ) -> StoreResult<()> {
        let claim = Update::new().remove("first_order").when_equal("first_order", text(order));
        let unused = Update::new().when_absent_or_other(ATTRIBUTED, (BUYER, text(buyer)));
        let actions = vec![
            self.update_action(&keys::buyer(tenant, buyer), claim)?,
            self.check_action(&keys::order(tenant, order), &unused)?,
        ];
        match self.transact(actions).await? {
            Transacted::Made => Ok(()),
            Transacted::Refused(failed) if failed.contains(&true) => Ok(()),
            Transacted::Refused(_) => Err(StoreError::Contended("disclaim_first")),
        }
    }

    /// The condition that an order is claimed as its buyer's first.
    pub(crate) fn claimed(
        &self,
        tenant: &TenantId,
        buyer: &BuyerId,
        order: &OrderId,
    ) -> StoreResult<TransactWriteItem> {
        let claimed = Update::new().when_equal("first_order", text(order));
        self.check_action(&keys::buyer(tenant, buyer), &claimed)
    }

    /// Writes down that an order waits for a binding of its buyer. A repeat changes nothing.
    pub(crate) async fn wait(
        &self,
        tenant: &TenantId,
        buyer: &BuyerId,
        order: &OrderId,
        paid_at: Timestamp,
        now: Timestamp,
    ) -> StoreResult<()> {
        let swept = now.as_second().saturating_add(WAITS_FOR.as_secs());
        let row = [
            ("order", Some(text(order))),
            ("paid_at", Some(instant(paid_at))),
            ("ttl", Some(number(swept))),
        ];
        self.put(item(&keys::wait(tenant, buyer, order), row)).await
    }

    /// The orders of a buyer that wait for a binding and were paid at or after `from`, the earliest
    /// first.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn waiting_orders(
        &self,
        tenant: &TenantId,
        buyer: &BuyerId,
        from: Timestamp,
    ) -> StoreResult<Vec<OrderId>> {
        let pk = keys::buyer_partition(tenant, buyer);
        let rows = self.query_all(&pk, WAITS).await?;
        let read = |row: &Item| -> Read<(Timestamp, OrderId)> {
            let reader = Reader::of(row)?;
            Ok((reader.instant("paid_at")?, reader.text("order")?))
        };
        let mut rows: Vec<_> =
            rows.iter().map(read).collect::<Read<_>>().map_err(StoreError::damaged(&pk))?;
        rows.sort();
        Ok(rows
            .into_iter()
            .filter(|(paid_at, _)| *paid_at >= from)
            .map(|(_, order)| order)
            .collect())
    }

    /// Removes the row of an order that waits no more.
    pub(crate) async fn waits_no_more(
        &self,
        tenant: &TenantId,
        buyer: &BuyerId,
        order: &OrderId,
    ) -> StoreResult<()> {
        self.delete(&keys::wait(tenant, buyer, order)).await
    }
}

fn decode(item: &Item) -> Read<Buyer> {
    let reader = Reader::of(item)?;
    let binding = match reader.maybe_text("distributor")? {
        None => None,
        Some(distributor) => Some(Binding {
            distributor,
            bound_at: reader.instant("bound_at")?,
            how: reader.one("how", |value| BoundBy::from_name(value.as_s().ok()?))?,
        }),
    };
    Ok(Buyer { binding, first_order: reader.maybe_text("first_order")? })
}

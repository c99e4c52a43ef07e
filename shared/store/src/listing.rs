//! What the index lists, over all its shards. The index is a moment behind the table; the items it
//! names are read as they are now.

use std::ops::Range;

use jiff::civil::Date;
use upline_domain::ids::{DistributorId, OrderId, TenantId};
use upline_domain::order::Record;

use crate::Store;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, Reader, text};
use crate::keys::{self, Key, SHARDS};
use crate::ledger_items::{Balance, read_balance};
use crate::ledger_reads::Page;
use crate::order_item::decode;
use crate::table::{Query, key_of};

/// Most partitions of the index that are read for one page, each with a request of its own: days
/// without an order would else keep whoever asks waiting.
const PARTITIONS_MAX: u32 = 64;

/// Where a list that is spread over partitions of the index goes on: after a key of one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAfter {
    /// The partition, by its place in the list: of balances their shard; of the orders of days the
    /// shard of a day, [`SHARDS`] a day.
    pub partition: u32,
    /// The last key that was read of it; none where it is yet to be begun.
    pub key: Option<Key>,
}

/// Which orders of a day are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedOrders {
    /// Those that were paid.
    Paid {
        /// The day.
        day: Date,
        /// Which shard, from 0.
        shard: u8,
    },
    /// Those without a payment.
    Orphans {
        /// The day, in UTC.
        day: Date,
        /// Which shard, from 0.
        shard: u8,
    },
    /// Those of which a refund was made, whenever they were paid.
    Refunded {
        /// The day, in UTC.
        day: Date,
        /// Which shard, from 0.
        shard: u8,
    },
}

impl Store {
    /// A page of the balances of a tenant, each with whose it is, in no order that means anything.
    ///
    /// A balance whose very first commission was posted within the last second may be missing.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn all_balances(
        &self,
        tenant: &TenantId,
        limit: usize,
        after: Option<ListedAfter>,
    ) -> StoreResult<Page<(DistributorId, Balance), ListedAfter>> {
        let shards = 0..u32::from(SHARDS);
        let partition = |shard| Some(keys::balances_of_shard(tenant, u8::try_from(shard).ok()?));
        let page = self.listed(shards, partition, limit, after).await?;
        let read = |(key, item): (Key, Item)| {
            let whose = keys::distributor_of(&key.pk);
            let balance = read_balance(&item).map_err(StoreError::damaged(&key.pk))?;
            Ok(whose.map(|(_, id)| (id, balance)))
        };
        let items: StoreResult<Vec<_>> =
            page.items.into_iter().filter_map(|row| read(row).transpose()).collect();
        Ok(Page { items: items?, after: page.after })
    }

    /// A page of the paid orders of the days from `from` up to but without `to`, with their ids, by
    /// day and in no order within it. The day is that of `paid_at`: in the plan's time zone once an
    /// order is attributed, before in UTC. So one that is attributed between two pages may stand on
    /// both, or on neither.
    ///
    /// A page may be short, or empty, and not the last.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn orders_of_days(
        &self,
        tenant: &TenantId,
        days: Range<Date>,
        limit: usize,
        after: Option<ListedAfter>,
    ) -> StoreResult<Page<(OrderId, Record), ListedAfter>> {
        let count = days.start.until(days.end).map_or(0, |span| span.get_days());
        let partitions = 0..u32::try_from(count).unwrap_or(0).saturating_mul(SHARDS.into());
        let partition = |place: u32| {
            let day = i64::from(place.checked_div(SHARDS.into())?);
            let shard = u8::try_from(place.checked_rem(SHARDS.into())?).ok()?;
            let day = days.start.checked_add(jiff::Span::new().try_days(day).ok()?).ok()?;
            Some(keys::orders_of_shard(tenant, day, shard))
        };
        let page = self.listed(partitions, partition, limit, after).await?;
        let read = |(key, item): (Key, Item)| decode(&item).map_err(StoreError::damaged(&key.pk));
        let items: StoreResult<Vec<_>> = page.items.into_iter().map(read).collect();
        Ok(Page { items: items?, after: page.after })
    }

    /// A page of the ids of a day's orders in one shard, in no order that means anything: those
    /// that were paid, those without a payment that were first heard of then, or those that were
    /// refunded. The day is that of [`Store::orders_of_days`]; but for those that were paid in UTC.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn order_ids(
        &self,
        tenant: &TenantId,
        listed: ListedOrders,
        limit: usize,
        after: Option<Key>,
    ) -> StoreResult<Page<OrderId, Key>> {
        let partition = match listed {
            ListedOrders::Paid { day, shard } => keys::orders_of_shard(tenant, day, shard),
            ListedOrders::Orphans { day, shard } => keys::orphans_of_shard(tenant, day, shard),
            ListedOrders::Refunded { day, shard } => {
                return self
                    .refunded(&keys::refunded_of_shard(tenant, day, shard), limit, after)
                    .await;
            }
        };
        let (keys, after) = self.index_page(&partition, limit, after).await?;
        let id = |key: &Key| keys::order_of(&key.pk).map(|(_, id)| id);
        Ok(Page { items: keys.iter().filter_map(id).collect(), after })
    }

    /// A page of the ids in a partition of those that were refunded.
    async fn refunded(
        &self,
        pk: &str,
        limit: usize,
        after: Option<Key>,
    ) -> StoreResult<Page<OrderId, Key>> {
        let page = self
            .query(Query {
                pk,
                from: keys::REFUNDED,
                to: keys::REFUNDED_TO,
                only: &[],
                ascending: true,
                limit: Some(limit),
                after: after.map(|key| key.sk),
            })
            .await?;
        let id = |row: &Item| -> Read<Option<OrderId>> {
            let sk: String = Reader::of(row)?.text("sk")?;
            Ok(sk.strip_prefix(keys::REFUNDED).and_then(|id| id.parse().ok()))
        };
        let ids: Read<Vec<_>> = page.items.iter().filter_map(|row| id(row).transpose()).collect();
        let items = ids.map_err(StoreError::damaged(pk))?;
        Ok(Page { items, after: page.after.map(|sk| Key { pk: pk.to_owned(), sk }) })
    }

    /// A page of the items that the index lists in each of these partitions, one after the other. A
    /// page has fewer than `limit` where [`PARTITIONS_MAX`] were read for it.
    async fn listed(
        &self,
        partitions: Range<u32>,
        partition: impl Fn(u32) -> Option<String>,
        limit: usize,
        after: Option<ListedAfter>,
    ) -> StoreResult<Page<(Key, Item), ListedAfter>> {
        let mut keys = Vec::with_capacity(limit);
        let first = ListedAfter { partition: partitions.start, key: None };
        let ListedAfter { partition: mut place, key: mut last } = after.unwrap_or(first);
        let end = partitions.end.min(place.saturating_add(PARTITIONS_MAX));
        while place < end && keys.len() < limit {
            let missing = limit.saturating_sub(keys.len());
            if let Some(partition) = partition(place) {
                let (found, next) = self.index_page(&partition, missing, last.take()).await?;
                keys.extend(found);
                last = next;
            }
            if last.is_none() {
                place = place.saturating_add(1);
            }
        }
        let more = partitions.contains(&place);
        let after = more.then_some(ListedAfter { partition: place, key: last });
        let mut items = self.get_many(keys.clone()).await?;
        let items = keys.into_iter().filter_map(|key| items.remove_entry(&key)).collect();
        Ok(Page { items, after })
    }

    /// A page of the keys of one partition of the index, and the key to go on after.
    pub(crate) async fn index_page(
        &self,
        partition: &str,
        limit: usize,
        after: Option<Key>,
    ) -> StoreResult<(Vec<Key>, Option<Key>)> {
        let after = after.map(|Key { pk, sk }| {
            let pairs = [("gsi1pk", partition), ("pk", &pk), ("sk", &sk)];
            pairs.into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect()
        });
        let request = self
            .client
            .query()
            .table_name(&*self.table)
            .index_name("gsi1")
            .key_condition_expression("gsi1pk = :partition")
            .expression_attribute_values(":partition", text(partition))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(after);
        let answer = request.send().await.map_err(StoreError::request("Query"))?;
        let keys = answer.items.unwrap_or_default().iter().filter_map(key_of).collect();
        Ok((keys, answer.last_evaluated_key.as_ref().and_then(key_of)))
    }
}

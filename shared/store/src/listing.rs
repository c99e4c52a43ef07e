//! What the index lists, over all its shards. The index is a moment behind the table; the items it
//! names are read as they are now.

use upline_domain::ids::{DistributorId, TenantId};

use crate::Store;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, text};
use crate::keys::{self, Key, SHARDS};
use crate::ledger_items::{Balance, read_balance};
use crate::ledger_reads::Page;
use crate::table::key_of;

/// Where a list that is spread over shards goes on: after a key of a shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAfter {
    /// The shard.
    pub shard: u8,
    /// The last key that was read of it; none where it is yet to be begun.
    pub key: Option<Key>,
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
        let partition = |shard| keys::balances_of_shard(tenant, shard);
        let page = self.listed(partition, limit, after).await?;
        let read = |(key, item): (Key, Item)| {
            let whose = keys::distributor_of(&key.pk);
            let balance = read_balance(&item).map_err(StoreError::damaged(&key.pk))?;
            Ok(whose.map(|(_, id)| (id, balance)))
        };
        let items: StoreResult<Vec<_>> =
            page.items.into_iter().filter_map(|row| read(row).transpose()).collect();
        Ok(Page { items: items?, after: page.after })
    }

    /// A page of the items that the index lists in a partition of each shard, one after the other.
    async fn listed(
        &self,
        partition: impl Fn(u8) -> String,
        limit: usize,
        after: Option<ListedAfter>,
    ) -> StoreResult<Page<(Key, Item), ListedAfter>> {
        let mut keys = Vec::with_capacity(limit);
        let (mut shard, mut last) = after.map_or((0, None), |after| (after.shard, after.key));
        while shard < SHARDS && keys.len() < limit {
            let missing = limit.saturating_sub(keys.len());
            let (found, next) = self.index_page(&partition(shard), missing, last.take()).await?;
            keys.extend(found);
            match next {
                Some(key) => last = Some(key),
                None => shard = shard.saturating_add(1),
            }
        }
        let after = (shard < SHARDS).then_some(ListedAfter { shard, key: last });
        let mut items = self.get_many(keys.clone()).await?;
        let items = keys.into_iter().filter_map(|key| items.remove_entry(&key)).collect();
        Ok(Page { items, after })
    }

    /// A page of the keys of one partition of the index, and the key to go on after.
    async fn index_page(
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

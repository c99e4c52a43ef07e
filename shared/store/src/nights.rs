//! Who is due for a check of their level: those whose figures were posted since the last night,
//! those whose day has come, and all where the plan asks for something else now. The index lists
//! them; no other distributor is read.

use std::collections::HashSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use upline_domain::fingerprint::Fingerprint;
use upline_domain::ids::{DistributorId, TenantId};
use upline_domain::time;

use crate::Store;
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, Reader, fingerprint, instant, number, text};
use crate::keys::{self, Key};
use crate::ledger_reads::Page;
use crate::table::Written;

/// How late the index may list what was posted, and how far clocks may be apart, together.
const LATE: SignedDuration = SignedDuration::from_hours(1);

/// After a pause of this length all are listed, as for the first night.
const LONG: SignedDuration = SignedDuration::from_hours(24 * 366);

/// A night whose checks are all done, of one shard of a tenant's distributors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Night {
    /// When it began.
    pub began: Timestamp,
    /// What the plan asked for its levels then.
    pub ladder: Fingerprint,
}

/// Partitions of the index in which those who are due are listed, in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due(Vec<String>);

impl Due {
    /// Those of a night that begins at a time, after the last one, which may be none. `today` gives
    /// the day of an instant in the tenant's time zone.
    #[must_use]
    pub fn of(
        tenant: &TenantId,
        shard: u8,
        last: Option<Night>,
        now: Night,
        today: impl Fn(Timestamp) -> Date,
    ) -> Self {
        let utc = |at: Timestamp| time::day(at, &jiff::tz::TimeZone::UTC);
        // After so long nobody is spared much, and each day is a request of its own.
        let long_ago = now.began.checked_sub(LONG).unwrap_or(now.began);
        let is_followed = |last: &Night| last.ladder == now.ladder && last.began >= long_ago;
        let Some(last) = last.filter(is_followed) else {
            return Self(vec![keys::members_of_shard(tenant, shard)]);
        };
        let since = last.began.checked_sub(LATE).unwrap_or(last.began);
        let until = now.began.checked_add(LATE).unwrap_or(now.began);
        let moved = days(utc(since), utc(until));
        let moved = moved.map(|day| keys::moved_of_shard(tenant, day, shard));
        let come = days(today(since), today(now.began));
        let come = come.map(|day| keys::checks_of_shard(tenant, day, shard));
        Self(moved.chain(come).collect())
    }

    fn position(&self, partition: &str) -> Option<usize> {
        self.0.iter().position(|one| one == partition)
    }
}

fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    from.series(1.day()).take_while(move |day| *day <= to)
}

/// Where a list of those who are due goes on: after a key of a partition of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueAfter {
    /// The partition.
    pub partition: String,
    /// The last key that was read of it; none where it is yet to be begun.
    pub key: Option<Key>,
}

impl Store {
    /// The last night of a shard whose checks are all done; none before the first.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn last_night(&self, tenant: &TenantId, shard: u8) -> StoreResult<Option<Night>> {
        let key = keys::nights(tenant, shard);
        let Some(item) = self.get(&key).await? else { return Ok(None) };
        let night: Read<Night> = Reader::of(&item).and_then(|reader| {
            let (began, ladder) = (reader.instant("began")?, reader.fingerprint("ladder")?);
            Ok(Night { began, ladder })
        });
        night.map(Some).map_err(StoreError::damaged(&key.pk))
    }

    /// Keeps that the checks of a night are all done, unless a later night is done already.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it may be kept; a night that is not is gone through again.
    pub async fn end_night(&self, tenant: &TenantId, shard: u8, night: Night) -> StoreResult<()> {
        let update = Update::new()
            .set("began", instant(night.began))
            .set("ladder", fingerprint(night.ladder))
            .when_at_most("began", number(night.began.as_millisecond()));
        let written = self.update(&keys::nights(tenant, shard), update).await?;
        match written {
            Written::Made | Written::Refused(_) => Ok(()),
        }
    }

    /// A page of those who are due, each once on it; a page may have none and not be the last.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn due(
        &self,
        due: &Due,
        limit: usize,
        after: Option<DueAfter>,
    ) -> StoreResult<Page<DistributorId, DueAfter>> {
        // Where another night was done in between, the rest may stand elsewhere: from the first on.
        let found = after.and_then(|after| Some((due.position(&after.partition)?, after.key)));
        let (place, mut last) = found.unwrap_or((0, None));
        let mut place = Some(place);
        // Who was posted for on two days, or is due by day as well, stands in several partitions.
        let mut seen = HashSet::new();
        let mut items: Vec<DistributorId> = Vec::new();
        while let Some(partition) = place.and_then(|place| due.0.get(place)) {
            let missing = limit.saturating_sub(items.len());
            if missing == 0 {
                let after = DueAfter { partition: partition.clone(), key: last };
                return Ok(Page { items, after: Some(after) });
            }
            let (keys, next) = self.index_page(partition, missing, last.take()).await?;
            let found = self.distributors_of(keys).await?;
            items.extend(found.into_iter().filter(|id| seen.insert(id.clone())));
            if next.is_none() {
                place = place.and_then(|place| place.checked_add(1));
            }
            last = next;
        }
        Ok(Page { items, after: None })
    }

    /// Whose rows or invite codes these are.
    async fn distributors_of(&self, keys: Vec<Key>) -> StoreResult<Vec<DistributorId>> {
        let of_rows = |key: &Key| keys::distributor_of(&key.pk).map(|(_, id)| id);
        let rows: Vec<DistributorId> = keys.iter().filter_map(of_rows).collect();
        let codes = keys.into_iter().filter(|key| key.sk == keys::CODE).collect();
        let of_code = |(key, item): (Key, Item)| {
            let owner: Read<DistributorId> =
                Reader::of(&item).and_then(|it| it.text("distributor"));
            owner.map_err(StoreError::damaged(&key.pk))
        };
        let owners: StoreResult<Vec<_>> =
            self.get_many(codes).await?.into_iter().map(of_code).collect();
        Ok(rows.into_iter().chain(owners?).collect())
    }

    /// A page of the tenants that have a plan.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn tenants(
        &self,
        limit: usize,
        after: Option<Key>,
    ) -> StoreResult<Page<TenantId, Key>> {
        let (keys, after) = self.index_page(&keys::tenants(), limit, after).await?;
        let items = keys.iter().filter_map(|key| keys::tenant_of_plans(&key.pk)).collect();
        Ok(Page { items, after })
    }
}

/// Lists a row among what was posted for a distributor on the day of `now`.
pub(crate) fn mark(
    update: Update,
    tenant: &TenantId,
    id: &DistributorId,
    now: Timestamp,
) -> Update {
    let day = time::day(now, &jiff::tz::TimeZone::UTC);
    update.set("gsi1pk", text(keys::moved(tenant, day, id)))
}

//! Reconciliations of a day: each run, which of its parts are done, and what it found. A run is cut
//! into parts that may each be done again and twice at once: what they write is the same.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use upline_domain::ids::{DistributorId, OrderId, TenantId};
use upline_domain::reconcile::{Difference, Outcome};

use crate::Store;
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, instant, text};
use crate::keys;
use crate::ledger_reads::Page;
use crate::report_items::{
    Run, Shown, part_name, read_run, read_shown, read_touched, shown, tallies, touched,
};
use crate::table::{Query, TRIES_MAX, Written, put_request};

/// A run that was not done by then was given up: another begins.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(6);
/// What a run has to look at is swept after so long.
const SWEPT_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Runs of one day that may be under way at once, each asked for something else: so many of the
/// last are looked at.
const LAST_RUNS: usize = 8;
/// Differences that are kept at once.
const KEPT_AT_ONCE: usize = 8;

/// What was counted, each by its name.
pub type Tallies = BTreeMap<String, u64>;

/// What is asked of a reconciliation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Who asked.
    pub by: String,
    /// Whether nothing is to be repaired.
    pub dry_run: bool,
}

/// A distributor whose books are to be looked at, or one of the orders that are not counted right
/// for them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Touched {
    /// Who.
    pub distributor: DistributorId,
    /// The order.
    pub order: Option<OrderId>,
}

impl Store {
    /// Begins a run over a day. While one is under way that was asked for the same it is that: two
    /// who ask at once do one run together.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it may have begun; ask again, and it is that one.
    pub async fn begin_run(
        &self,
        tenant: &TenantId,
        day: Date,
        asked: &Asked,
        now: Timestamp,
    ) -> StoreResult<Run> {
        for _ in 0..TRIES_MAX {
            let runs = self.last_runs(tenant, day, LAST_RUNS).await?;
            let number = runs.first().map_or(0, |run| run.number).saturating_add(1);
            let given_up = now.checked_sub(GIVEN_UP_AFTER).unwrap_or(Timestamp::MIN);
            let under_way = |run: &Run| {
                run.finished_at.is_none()
                    && run.dry_run == asked.dry_run
                    && run.started_at > given_up
            };
            if let Some(run) = runs.into_iter().find(under_way) {
                return Ok(run);
            }
            let key = keys::run(tenant, day, number);
            let update = Update::new()
                .set("by", text(&asked.by))
                .set("dry_run", aws_sdk_dynamodb::types::AttributeValue::Bool(asked.dry_run))
                .set("started_at", instant(now))
                .when_absent("started_at");
            match self.update(&key, update).await? {
                Written::Made => {
                    return Ok(Run {
                        number,
                        by: asked.by.clone(),
                        dry_run: asked.dry_run,
                        started_at: now,
                        finished_at: None,
                        list: None,
                        done: BTreeMap::new(),
                        summary: Tallies::new(),
                    });
                }
                // Another began it.
                Written::Refused(_) => {}
            }
        }
        Err(StoreError::Contended("begin_run"))
    }

    /// The last run over a day; none where there was none.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn last_run(&self, tenant: &TenantId, day: Date) -> StoreResult<Option<Run>> {
        Ok(self.last_runs(tenant, day, 1).await?.into_iter().next())
    }

    /// The last runs over a day, the newest first.
    async fn last_runs(&self, tenant: &TenantId, day: Date, limit: usize) -> StoreResult<Vec<Run>> {
        let pk = keys::runs(tenant, day);
        let query = Query {
            pk: &pk,
            from: keys::RUNS,
            to: keys::RUNS_TO,
            only: &[],
            ascending: false,
            limit: Some(limit),
            after: None,
        };
        let page = self.query(query).await?;
        let runs: Read<Vec<Run>> = page.items.iter().map(read_run).collect();
        runs.map_err(StoreError::damaged(&pk))
    }

    /// One run over a day; none where there is no such.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn run(&self, tenant: &TenantId, day: Date, run: u32) -> StoreResult<Option<Run>> {
        let key = keys::run(tenant, day, run);
        let item = self.get(&key).await?;
        item.as_ref().map(read_run).transpose().map_err(StoreError::damaged(&key.pk))
    }

    /// Keeps that a part of a run is done, and what it counted; gives the run as it is then. A
    /// repeat keeps what the repeat counted.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it may be kept; do the part again.
    pub async fn end_part(
        &self,
        tenant: &TenantId,
        day: Date,
        run: u32,
        (stage, shard): (&str, u8),
        counted: &Tallies,
        list: Option<&str>,
    ) -> StoreResult<Option<Run>> {
        let key = keys::run(tenant, day, run);
        let update = Update::new()
            .set(&part_name(stage, shard), tallies(counted))
            .maybe_set("list", list.map(text))
            .when_present("started_at");
        match self.update(&key, update).await? {
            Written::Made => self.run(tenant, day, run).await,
            Written::Refused(_) => Ok(None),
        }
    }

    /// Closes a run with what it all came to; whether it was open. A repeat changes nothing.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it may be closed; close it again.
    pub async fn finish_run(
        &self,
        tenant: &TenantId,
        day: Date,
        run: u32,
        summary: &Tallies,
        now: Timestamp,
    ) -> StoreResult<bool> {
        let update = Update::new()
            .set("summary", tallies(summary))
            .set("finished_at", instant(now))
            .when_present("started_at")
            .when_absent("finished_at");
        let written = self.update(&keys::run(tenant, day, run), update).await?;
        Ok(matches!(written, Written::Made))
    }

    /// Keeps what a run found. A difference that is kept already is kept anew, but never over one
    /// that a newer program kept: what became of it would be lost.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: some may be kept; keep them all again.
    pub async fn keep_differences(
        &self,
        tenant: &TenantId,
        day: Date,
        run: u32,
        found: &[Shown],
    ) -> StoreResult<()> {
        let mut rows = BTreeMap::new();
        for one in found {
            let key = keys::difference(tenant, day, run, &one.difference);
            let row = shown(&key, one);
            rows.insert(key, row);
        }
        let puts: Vec<_> = rows.into_values().map(|row| self.put(row)).collect();
        stream::iter(puts).buffer_unordered(KEPT_AT_ONCE).try_collect().await
    }

    /// Keeps what became of a difference.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it may be kept; keep it again.
    pub async fn keep_outcome(
        &self,
        tenant: &TenantId,
        day: Date,
        run: u32,
        of: &Difference,
        outcome: Outcome,
        reason: Option<&str>,
    ) -> StoreResult<()> {
        let key = keys::difference(tenant, day, run, of);
        let update = Update::new().set("outcome", text(outcome.as_str()));
        let update = match reason {
            Some(reason) => update.set("reason", text(reason)),
            None => update.remove("reason"),
        };
        self.update(&key, update.when_present("kind")).await.map(|_| ())
    }

    /// A page of what a run found in one shard: of one order together.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn differences(
        &self,
        tenant: &TenantId,
        (day, run): (Date, u32),
        shard: u8,
        limit: usize,
        after: Option<String>,
    ) -> StoreResult<Page<Shown>> {
        let pk = keys::found(tenant, day, shard);
        self.found_page(&pk, &keys::differences(run), (limit, after), read_shown).await
    }

    /// What a run found of one order.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn differences_of(
        &self,
        tenant: &TenantId,
        (day, run): (Date, u32),
        order: &OrderId,
    ) -> StoreResult<Vec<Shown>> {
        let pk = keys::found(tenant, day, keys::order_shard(order));
        let prefix = format!("{}{order}#", keys::differences(run));
        self.found_all(&pk, &prefix, read_shown).await
    }

    /// The orders that a run has to look at for one distributor.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn touched_orders(
        &self,
        tenant: &TenantId,
        (day, run): (Date, u32),
        distributor: &DistributorId,
    ) -> StoreResult<Vec<OrderId>> {
        let pk = keys::found(tenant, day, keys::distributor_shard(distributor));
        let prefix = format!("{}{distributor}#", keys::all_touched(run));
        let touched = self.found_all(&pk, &prefix, read_touched).await?;
        Ok(touched.into_iter().filter_map(|one| one.order).collect())
    }

    /// Keeps whose books a run has to look at. A repeat changes nothing. They are written without a
    /// condition, many in one request, also over what a newer program wrote: such a row says what
    /// its key says and no more, and the newer one reads it as one of before.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: some may be kept; keep them all again.
    pub async fn keep_touched(
        &self,
        tenant: &TenantId,
        day: Date,
        run: u32,
        all: &[Touched],
        now: Timestamp,
    ) -> StoreResult<()> {
        let swept_s = now.as_second().saturating_add(SWEPT_AFTER.as_secs());
        // No request may name one row twice.
        let mut rows = BTreeMap::new();
        for one in all {
            let key = keys::touched(tenant, day, run, &one.distributor, one.order.as_ref());
            let row = touched(&key, one, swept_s);
            rows.insert(key, row);
        }
        let writes = rows.into_values().map(put_request).collect::<StoreResult<Vec<_>>>()?;
        self.write_many(&self.table, writes).await
    }

    /// A page of those whose books a run has to look at in one shard, by distributor: first each
    /// distributor, then the orders that are not counted right for them.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn touched(
        &self,
        tenant: &TenantId,
        (day, run): (Date, u32),
        shard: u8,
        limit: usize,
        after: Option<String>,
    ) -> StoreResult<Page<Touched>> {
        let pk = keys::found(tenant, day, shard);
        self.found_page(&pk, &keys::all_touched(run), (limit, after), read_touched).await
    }

    async fn found_all<T>(
        &self,
        pk: &str,
        prefix: &str,
        read: fn(&Item) -> Read<T>,
    ) -> StoreResult<Vec<T>> {
        let rows = self.query_all(pk, prefix).await?;
        let all: Read<Vec<T>> = rows.iter().map(read).collect();
        all.map_err(StoreError::damaged(pk))
    }

    async fn found_page<T>(
        &self,
        pk: &str,
        prefix: &str,
        (limit, after): (usize, Option<String>),
        read: fn(&Item) -> Read<T>,
    ) -> StoreResult<Page<T>> {
        let to = format!("{prefix}{}", keys::LAST);
        let query = Query {
            pk,
            from: prefix,
            to: &to,
            only: &[],
            ascending: true,
            limit: Some(limit),
            after,
        };
        let page = self.query(query).await?;
        let items: Read<Vec<T>> = page.items.iter().map(read).collect();
        Ok(Page { items: items.map_err(StoreError::damaged(pk))?, after: page.after })
    }
}

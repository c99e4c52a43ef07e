//! What is still to be posted, where the table has no stream: a row for each order and distributor
//! that is about to change, in a table of its own, written before the change and removed once the
//! change is posted. A crash in between leaves the row, and posting again does no harm.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use upline_domain::ids::{DistributorId, OrderId, TenantId};

use crate::Store;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Reader};
use crate::keys::{self, Key};
use crate::table::{delete_request, item, key_of, put_request};

/// Something that posting reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// An order.
    Order(TenantId, OrderId),
    /// A distributor.
    Member(TenantId, DistributorId),
}

impl Change {
    /// An order about to change.
    #[must_use]
    pub fn order(tenant: &TenantId, id: &OrderId) -> Self {
        Self::Order(tenant.clone(), id.clone())
    }

    /// A distributor about to change.
    #[must_use]
    pub fn member(tenant: &TenantId, id: &DistributorId) -> Self {
        Self::Member(tenant.clone(), id.clone())
    }

    fn pk(&self) -> String {
        match self {
            Self::Order(tenant, id) => keys::order(tenant, id).pk,
            Self::Member(tenant, id) => keys::distributor(tenant, id),
        }
    }

    fn from_pk(pk: &str) -> Option<Self> {
        let order = keys::order_of(pk).map(|(tenant, id)| Self::Order(tenant, id));
        order.or_else(|| keys::distributor_of(pk).map(|(tenant, id)| Self::Member(tenant, id)))
    }
}

/// The rows of one batch of events: each batch writes and removes its own, so that two batches that
/// touch the same order cannot remove each other's.
#[derive(Clone)]
pub struct Changes {
    table: Arc<str>,
    batch: Arc<str>,
    noted: Arc<Mutex<BTreeSet<Change>>>,
}

impl Changes {
    /// The rows of the batch of that name; no two batches may have one name.
    #[must_use]
    pub fn new(table: &str, batch: &str) -> Self {
        Self { table: table.into(), batch: batch.into(), noted: Arc::default() }
    }

    /// What was noted so far.
    #[must_use]
    pub fn noted(&self) -> Vec<Change> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn key(&self, change: &Change) -> Key {
        Key { pk: change.pk(), sk: self.batch.to_string() }
    }
}

impl Store {
    /// The same table, with a row in `changes` before each change of an order or a distributor.
    #[must_use]
    pub fn noting(&self, changes: Changes) -> Self {
        Self { changes: Some(changes), ..self.clone() }
    }

    /// Notes many changes at once, where it is known beforehand what will change.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: some may be noted, which does no harm.
    pub async fn note_many(&self, about_to_change: Vec<Change>) -> StoreResult<()> {
        let Some(changes) = &self.changes else {
            return Ok(());
        };
        let new: BTreeSet<Change> = {
            let noted = changes.noted.lock().unwrap_or_else(PoisonError::into_inner);
            about_to_change.into_iter().filter(|change| !noted.contains(change)).collect()
        };
        let rows = new.iter().map(|change| put_request(item(&changes.key(change), [])));
        self.write_many(&changes.table, rows.collect::<StoreResult<_>>()?).await?;
        changes.noted.lock().unwrap_or_else(PoisonError::into_inner).extend(new);
        Ok(())
    }

    pub(crate) async fn note(&self, change: Change) -> StoreResult<()> {
        if self.changes.is_none() { Ok(()) } else { self.note_many(vec![change]).await }
    }

    /// Removes the rows of some batches of one table, once what they name is posted.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: some may be there still, which does no harm.
    pub async fn posted(&self, batches: &[Changes]) -> StoreResult<()> {
        let Some(Changes { table, .. }) = batches.first() else { return Ok(()) };
        let rows = batches.iter().flat_map(|batch| {
            batch.noted().into_iter().map(|change| delete_request(&batch.key(&change)))
        });
        self.write_many(table, rows.collect::<StoreResult<_>>()?).await
    }

    /// All batches that were noted and not posted, from before a restart.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn unposted(&self, table: &str) -> StoreResult<Vec<Changes>> {
        let mut batches: Vec<Changes> = Vec::new();
        let pages = self.client.scan().table_name(table).into_paginator().items().send();
        let rows: Vec<Item> =
            pages.collect::<Result<_, _>>().await.map_err(StoreError::request("Scan"))?;
        for row in &rows {
            let Some(key) = key_of(row) else { continue };
            Reader::of(row).map_err(StoreError::damaged(&key.pk))?;
            let Some(change) = Change::from_pk(&key.pk) else {
                continue;
            };
            let known = batches.iter().position(|batch| *batch.batch == *key.sk);
            let batch = match known.and_then(|at| batches.get(at)) {
                Some(batch) => batch.clone(),
                None => {
                    let batch = Changes::new(table, &key.sk);
                    batches.push(batch.clone());
                    batch
                }
            };
            batch.noted.lock().unwrap_or_else(PoisonError::into_inner).insert(change);
        }
        Ok(batches)
    }
}

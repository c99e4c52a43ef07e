//! A shop whose orders are reconciled: its list, and a door over a table.

use std::io::Cursor;
use std::sync::Mutex;

use jiff::Timestamp;
use jiff::civil::Date;
use reconcile::{Fed, List, Site, SiteFailed};
use serde_json::Value;
use upline_contract::published::{Outgoing, Told};
use upline_domain::ids::TenantId;
use upline_lambda::{Changed, Message, arrive, take};
use upline_store::{PostOrder, Store, keys};

use crate::world::{handle, now};

/// Where a reconciliation of tests runs: its list is the events that it is given, and what it is
/// fed is handled and posted at once.
pub struct Shop {
    store: Store,
    /// The rows of its list; none where it has no list.
    pub list: Option<Vec<String>>,
    sends: bool,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    told: Mutex<Vec<Value>>,
    fed: Mutex<Vec<String>>,
}

impl Shop {
    /// A shop without a list, over a table.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        let (told, fed) = (Mutex::default(), Mutex::default());
        Self { store: store.clone(), list: None, sends: false, clock: Box::new(now), told, fed }
    }

    /// The same with a list of these events.
    #[must_use]
    pub fn listing<'a>(self, events: impl IntoIterator<Item = &'a Value>) -> Self {
        Self { list: Some(events.into_iter().map(Value::to_string).collect()), ..self }
    }

    /// The same, where what it is fed is on its way: nobody takes it but who asks for it.
    #[must_use]
    pub fn sending(self) -> Self {
        Self { sends: true, ..self }
    }

    /// The same at another time.
    #[must_use]
    pub fn at(self, clock: Timestamp) -> Self {
        self.clocked(move || clock)
    }

    /// The same by another clock.
    #[must_use]
    pub fn clocked(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { clock: Box::new(clock), ..self }
    }

    /// What was told since the last call.
    pub fn told(&self) -> Vec<Value> {
        std::mem::take(&mut self.told.lock().unwrap())
    }

    /// The events that were fed since the last call.
    pub fn fed(&self) -> Vec<String> {
        std::mem::take(&mut self.fed.lock().unwrap())
    }

    async fn post(&self, tenant: &TenantId, event: &str) -> Result<(), SiteFailed> {
        let order = upline_contract::event::subject_order(event);
        let Some(id) = order else { return Ok(()) };
        let failed = |error: upline_store::StoreError| SiteFailed(error.to_string());
        let Some(record) = self.store.order(tenant, &id).await.map_err(failed)? else {
            return Ok(());
        };
        let order = PostOrder { tenant: tenant.clone(), id, record };
        let changed = vec![Changed::Order(Box::new(order))];
        post_ledger::handle(&self.store, self.now(), changed).await.map_err(failed)
    }
}

impl Site for Shop {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    async fn list(&self, _: &TenantId, day: Date) -> Result<Option<List>, SiteFailed> {
        let Some(rows) = &self.list else { return Ok(None) };
        let reader = Box::new(Cursor::new(rows.join("\n")));
        Ok(Some(List { name: format!("{day}.jsonl"), reader: Ok(reader) }))
    }

    async fn feed(&self, tenant: &TenantId, event: &str) -> Result<Fed, SiteFailed> {
        self.fed.lock().unwrap().push(event.to_owned());
        if self.sends {
            return Ok(Fed::Sent);
        }
        let arrived = arrive(self.now(), Some(tenant), event);
        let taken = take(&self.store, self.now(), arrived, async |message: &Message| {
            handle(&self.store, self.now(), message).await
        });
        let taken = taken.await.map_err(|error| SiteFailed(error.to_string()))?;
        self.post(tenant, event).await?;
        let result = taken.into_result();
        Ok(Fed::Taken { outcome: result.outcome, reason: result.reason })
    }

    async fn posted(&self) {}

    async fn tell(&self, event: &Outgoing<Told>) -> Result<(), SiteFailed> {
        let event = serde_json::to_value(event).map_err(|error| SiteFailed(error.to_string()))?;
        self.told.lock().unwrap().push(event);
        Ok(())
    }
}

/// All that a run found, in the order of the table.
///
/// # Panics
///
/// Where the table does not answer.
pub async fn found(
    store: &Store,
    tenant: &TenantId,
    day: Date,
    run: u32,
) -> Vec<upline_store::Shown> {
    let mut all = Vec::new();
    for shard in 0..keys::SHARDS {
        let mut after = None;
        loop {
            let page = store.differences(tenant, (day, run), shard, 100, after).await.unwrap();
            all.extend(page.items);
            after = page.after;
            if after.is_none() {
                break;
            }
        }
    }
    all
}

//! A tenant on an embedded table in memory.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde_json::Value;
use upline_contract::event::Fact;
use upline_contract::plan::Policy;
use upline_domain::ids::{BuyerId, DistributorId, OrderId, TenantId};
use upline_domain::order::Record;
use upline_embedded::Embedded;
use upline_lambda::{Changed, Message, Outcome, arrive, read_plan, take};
use upline_store::{
    Balance, Change, Changes, Item, ParkedEvent, PostOrder, Store, StoreResult, decode_member,
    decode_order, keys,
};

use crate::detour::{cut_off, in_turns};
use crate::plans::publish_first;

const CHANGES: &str = "changes";

/// The time of all tests: a fixed instant after every event's.
#[must_use]
pub fn now() -> Timestamp {
    "2026-12-31T00:00:00Z".parse().unwrap()
}

/// Runs a test that waits for the table.
pub fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test)
}

/// A tenant, "demo", with a table of its own.
pub struct World {
    /// The table.
    pub store: Store,
    /// The tenant.
    pub tenant: TenantId,
    embedded: Embedded,
    changes: Changes,
    next: AtomicU64,
}

impl World {
    /// A tenant with a plan, active from the beginning of time, under policy `global`.
    pub async fn with_plan(plan: &str) -> Self {
        Self::with_plan_under(plan, "global").await
    }

    /// A tenant with a plan, active from the beginning of time, under a shipped policy.
    pub async fn with_plan_under(plan: &str, policy: &str) -> Self {
        let world = Self::without_plan().await;
        world.publish_under(plan, policy).await;
        world
    }

    /// A tenant without a plan.
    pub async fn without_plan() -> Self {
        let embedded = Embedded::memory().unwrap();
        let table = Store::new(&embedded.client(), "upline", read_plan);
        table.create_table().await.unwrap();
        table.create_changes_table(CHANGES).await.unwrap();
        let changes = Changes::new(CHANGES, "0");
        let store = table.noting(changes.clone());
        let tenant = "demo".parse().unwrap();
        Self { store, tenant, embedded, changes, next: AtomicU64::new(1) }
    }

    /// The table without the store, to look at items as they are.
    #[must_use]
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        self.embedded.client()
    }

    /// Publishes the tenant's first plan.
    pub async fn publish(&self, plan: &str) {
        self.publish_under(plan, "global").await;
    }

    async fn publish_under(&self, plan: &str, policy: &str) {
        let policy = Policy::named(policy).unwrap().to_text();
        publish_first(&self.store, &self.tenant, plan, &policy).await;
    }

    /// The same table with caches of its own: another process, which takes turns with others.
    #[must_use]
    pub fn another_process(&self) -> Self {
        self.process(&in_turns(&self.client()))
    }

    /// Another process that crashes after so many requests.
    #[must_use]
    pub fn crashing(&self, after: usize) -> Self {
        self.process(&cut_off(&self.client(), after))
    }

    /// Another process over a client of its own. Its table has a stream, so that it notes nothing.
    #[must_use]
    pub fn over(&self, client: &aws_sdk_dynamodb::Client) -> Self {
        let store = Store::new(client, "upline", read_plan);
        Self { store, ..self.process(&self.client()) }
    }

    fn process(&self, client: &aws_sdk_dynamodb::Client) -> Self {
        let batch = self.next.fetch_add(1, Ordering::SeqCst);
        let changes = Changes::new(CHANGES, &batch.to_string());
        let store = Store::new(client, "upline", read_plan);
        Self {
            store: store.noting(changes.clone()),
            tenant: self.tenant.clone(),
            embedded: self.embedded.clone(),
            changes,
            next: AtomicU64::new(batch * 1_000),
        }
    }

    /// Sends one event through its handler.
    pub async fn send(&self, event: &Value) -> Outcome {
        self.try_send(event).await.expect("the table answers")
    }

    /// Sends one event through its handler, where the table may not answer.
    ///
    /// # Errors
    ///
    /// * [`upline_store::StoreError`] where it did not.
    pub async fn try_send(&self, event: &Value) -> StoreResult<Outcome> {
        self.try_send_text(&event.to_string()).await
    }

    async fn try_send_text(&self, text: &str) -> StoreResult<Outcome> {
        let arrived = arrive(now(), Some(&self.tenant), text);
        let taken = take(&self.store, now(), arrived, async |message: &Message| {
            handle(&self.store, now(), message).await
        });
        Ok(taken.await?.outcome)
    }

    /// Sends a text that may be no event.
    pub async fn send_text(&self, text: &str) -> Outcome {
        self.try_send_text(text).await.expect("the table answers")
    }

    /// Sends events one after another, and posts what they changed.
    pub async fn send_all<'a>(&self, events: impl IntoIterator<Item = &'a Value>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for event in events {
            outcomes.push(self.send(event).await);
        }
        self.post().await;
        outcomes
    }

    /// What was changed since the beginning, as it is now.
    pub async fn changed(&self) -> Vec<Changed> {
        let mut changed = Vec::new();
        for change in self.changes.noted() {
            match change {
                Change::Order(tenant, id) => {
                    if let Some(record) = self.store.order(&tenant, &id).await.unwrap() {
                        changed.push(Changed::Order(Box::new(PostOrder { tenant, id, record })));
                    }
                }
                Change::Member(tenant, id) => {
                    if let Some(member) = self.store.member(&tenant, &id).await.unwrap() {
                        changed.push(Changed::Member(tenant, Box::new(member)));
                    }
                }
            }
        }
        changed
    }

    /// Posts all that was changed since the beginning, as it is now.
    pub async fn post(&self) {
        let changed = self.changed().await;
        post_ledger::handle(&self.store, now(), changed).await.unwrap();
    }

    /// Every item of the table.
    pub async fn items(&self) -> Vec<Item> {
        let pages = self.client().scan().table_name("upline").into_paginator().items().send();
        pages.collect::<Result<_, _>>().await.unwrap()
    }

    /// Every order and distributor of the table, as a recount reads them.
    pub async fn everything(&self) -> Vec<Changed> {
        let mut everything = Vec::new();
        for item in self.items().await {
            let key = |name: &str| item[name].as_s().unwrap().clone();
            if key("sk") == "ORDER" {
                let (tenant, _) = keys::order_of(&key("pk")).unwrap();
                let (id, record) = decode_order(&item).unwrap();
                everything.push(Changed::Order(Box::new(PostOrder { tenant, id, record })));
            } else if key("sk") == "MEMBER" {
                let (tenant, _) = keys::distributor_of(&key("pk")).unwrap();
                let member = decode_member(&item).unwrap();
                everything.push(Changed::Member(tenant, Box::new(member)));
            }
        }
        everything
    }

    /// The record of an order that is there.
    pub async fn record(&self, order: &str) -> Record {
        let id: OrderId = order.parse().unwrap();
        self.store.order(&self.tenant, &id).await.unwrap().expect("the order is there")
    }

    /// The balances of a distributor.
    pub async fn balances(&self, distributor: &str) -> Vec<Balance> {
        let id: DistributorId = distributor.parse().unwrap();
        self.store.balances(&self.tenant, &id).await.unwrap()
    }

    /// The orders of a buyer that wait, whenever they were paid.
    pub async fn waiting(&self, buyer: &str) -> Vec<OrderId> {
        let id: BuyerId = buyer.parse().unwrap();
        self.store.waiting_orders(&self.tenant, &id, Timestamp::MIN).await.unwrap()
    }

    /// The parked events that were not taken up.
    pub async fn parked(&self) -> Vec<ParkedEvent> {
        self.store.parked(&self.tenant, 1_000, None).await.unwrap().items
    }
}

/// Lets the act that a message is for handle it.
///
/// # Errors
///
/// * [`upline_store::StoreError`] where the table did not answer.
pub async fn handle(store: &Store, now: Timestamp, message: &Message) -> StoreResult<Outcome> {
    match &message.event.fact {
        Fact::Registered(_) | Fact::Bound(_) => {
            bind_registration::handle(store, now, message).await
        }
        Fact::Paid(_) => calculate_commission::handle(store, now, message).await,
        Fact::Refunded { .. } => reverse_refund::handle(store, now, message).await,
        Fact::Completed { .. } => complete_order::handle(store, now, message).await,
    }
}

//! A table for each test, and stores over it whose requests wait their turn, are cut off, or are
//! metered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use futures::future::BoxFuture;
use upline_contract::plan::{Policy, compile};
use upline_domain::ids::TenantId;
use upline_domain::plan::Plan;
use upline_embedded::Embedded;
use upline_store::keys::Key;
use upline_store::{Item, Store};
use upline_testkit::plans::publish_first;
use upline_testkit::{cut_off, through};

use crate::values::{THREE_DEEP, id, member};

pub(crate) const TABLE: &str = "upline";
pub(crate) const CHANGES: &str = "changes";

/// A table in memory with the table of changes beside it, and a tenant.
pub(crate) struct Table {
    pub(crate) tenant: TenantId,
    embedded: Embedded,
}

impl Table {
    /// An empty table.
    pub(crate) async fn empty() -> Self {
        let table = Self { tenant: id("demo"), embedded: Embedded::memory().unwrap() };
        let store = table.store();
        store.create_table().await.unwrap();
        store.create_changes_table(CHANGES).await.unwrap();
        table
    }

    /// A table with a plan three deep, ann above bob above cat, and their codes `ANN` and so on.
    pub(crate) async fn with_family() -> Self {
        let table = Self::empty().await;
        table.settle_family().await;
        table
    }

    /// Puts the plan and the family there.
    pub(crate) async fn settle_family(&self) {
        let store = self.store();
        publish_first(&store, &self.tenant, THREE_DEEP, POLICY).await;
        for (name, lineage) in [("ann", vec![]), ("bob", vec!["ann"]), ("cat", vec!["bob", "ann"])]
        {
            store.register(&self.tenant, &member(name, &lineage)).await.unwrap();
        }
    }

    pub(crate) fn client(&self) -> Client {
        self.embedded.client()
    }

    /// The table as another process sees it, with caches of its own.
    pub(crate) fn store(&self) -> Store {
        Store::new(&self.client(), TABLE, read_plan)
    }

    /// The same, where each request waits for a few turns of the others first.
    pub(crate) fn in_turns(&self, seed: u64) -> Store {
        let turns = Mutex::new(fastrand::Rng::with_seed(seed));
        self.through(move |inner, request| {
            let wait = turns.lock().unwrap().u8(0..4);
            HttpConnectorFuture::new(async move {
                for _ in 0..wait {
                    tokio::task::yield_now().await;
                }
                inner.call(request).await
            })
        })
    }

    /// The same, where only so many requests reach the table, as before a crash.
    pub(crate) fn cut_off(&self, after: usize) -> Store {
        Store::new(&cut_off(&self.client(), after), TABLE, read_plan)
    }

    /// The same, where something is done by others just before its nth write.
    pub(crate) fn meanwhile(
        &self,
        nth: usize,
        change: impl Fn(Client) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Store {
        let (writes, client, change) = (AtomicUsize::new(0), self.client(), Arc::new(change));
        self.through(move |inner, request| {
            let target = request.headers().get("x-amz-target").unwrap();
            let read =
                ["GetItem", "BatchGetItem", "Query"].iter().any(|read| target.ends_with(read));
            let meets = !read && writes.fetch_add(1, Ordering::SeqCst) + 1 == nth;
            let (client, change) = (client.clone(), Arc::clone(&change));
            HttpConnectorFuture::new(async move {
                if meets {
                    change(client).await;
                }
                inner.call(request).await
            })
        })
    }

    /// A table in memory with the same items.
    pub(crate) async fn copy(items: &BTreeMap<Key, Item>) -> Self {
        let table = Self::empty().await;
        for item in items.values() {
            table.put(item.clone()).await;
        }
        table
    }

    /// The same, where something is done with each request on its way.
    pub(crate) fn through<Way>(&self, way: Way) -> Store
    where
        Way: Fn(SharedHttpConnector, HttpRequest) -> HttpConnectorFuture + Send + Sync + 'static,
    {
        Store::new(&through(&self.client(), way), TABLE, read_plan)
    }

    /// All items, by their keys.
    pub(crate) async fn items(&self) -> BTreeMap<Key, Item> {
        let pages = self.client().scan().table_name(TABLE).into_paginator().items().send();
        let items: Vec<Item> = pages.collect::<Result<_, _>>().await.unwrap();
        let part = |item: &Item, name: &str| item[name].as_s().unwrap().clone();
        items.into_iter().map(|i| (Key { pk: part(&i, "pk"), sk: part(&i, "sk") }, i)).collect()
    }

    /// One item that is there.
    pub(crate) async fn item(&self, key: &Key) -> Item {
        self.items().await.remove(key).unwrap_or_else(|| panic!("{key:?} is there"))
    }

    /// A row of the table of changes.
    pub(crate) async fn change(&self) -> Item {
        let rows = self.client().scan().table_name(CHANGES).send().await.unwrap();
        rows.items().first().unwrap().clone()
    }

    /// Puts a row into the table of changes.
    pub(crate) async fn put_change(&self, row: Item) {
        self.client().put_item().table_name(CHANGES).set_item(Some(row)).send().await.unwrap();
    }

    /// Puts an item as somebody else might.
    pub(crate) async fn put(&self, item: Item) {
        self.client().put_item().table_name(TABLE).set_item(Some(item)).send().await.unwrap();
    }
}

/// A policy that allows all that the limits do.
pub(crate) const POLICY: &str = r#"{
    "name": "test", "effective_from": "2026-01-01", "max_depth": 20, "max_total_rate": "1",
    "self_purchase_allowed": true, "sources": {}
}"#;

/// Compiles a plan as the product does.
pub(crate) fn read_plan(document: &str, policy: &str) -> Result<Plan, String> {
    let policy = Policy::parse(policy).map_err(|error| error.to_string())?;
    compile(document, &policy).map_err(|findings| format!("{findings:?}"))
}

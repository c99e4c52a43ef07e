//! The embedded table without its client: a request in, its answer out, at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use serde_json::{Value, json};

use crate::request::{Answer, Request, key_of};
use crate::{run, through};

/// The name of the table in all tests.
pub const TABLE: &str = "upline";

/// The database that stands behind a client.
pub struct Database(SharedHttpConnector);

impl Database {
    /// What stands behind a client, without the client.
    #[must_use]
    pub fn behind(client: &Client) -> Self {
        let caught = Arc::new(Mutex::new(None));
        let catch = Arc::clone(&caught);
        let client = through(client, move |inner, request| {
            let answer = inner.call(request);
            *catch.lock().unwrap() = Some(inner);
            answer
        });
        run(client.list_tables().send()).unwrap();
        Self(caught.lock().unwrap().take().unwrap())
    }

    /// Makes a request.
    #[must_use]
    pub fn call(&self, request: &Request) -> Answer {
        let mut answer = std::pin::pin!(self.0.call(request.http()));
        let Poll::Ready(answer) = answer.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("the embedded table answers at once")
        };
        let answer = answer.unwrap();
        let body: Value = serde_json::from_slice(answer.body().bytes().unwrap()).unwrap();
        Answer { status: answer.status().as_u16(), body: body.to_string() }
    }

    /// Makes a request that has to succeed; its answer.
    #[must_use]
    pub fn read(&self, operation: &str, body: &Value) -> Value {
        let answer = self.call(&Request::new(operation, body));
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    /// One item, as it is now.
    #[must_use]
    pub fn item(&self, key: &Value) -> Option<Value> {
        let get = json!({ "TableName": TABLE, "Key": key, "ConsistentRead": true });
        self.read("GetItem", &get).get("Item").cloned()
    }

    /// All items of the table, which is small, by key as text.
    #[must_use]
    pub fn items(&self) -> BTreeMap<String, Value> {
        let found = self.read("Scan", &json!({ "TableName": TABLE, "ConsistentRead": true }));
        assert_eq!(found.get("LastEvaluatedKey"), None, "a small table is one page");
        let items = found["Items"].as_array().unwrap().iter();
        items.map(|item| (key_of(item).to_string(), item.clone())).collect()
    }
}

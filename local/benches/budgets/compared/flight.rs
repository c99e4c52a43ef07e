//! Requests that take a while, as over a network, and writes that meet in flight.
//!
//! DynamoDB documents: a `TransactWriteItems` that meets an ongoing one on an item is canceled with
//! the reason `TransactionConflict`, and so is one that meets an ongoing `PutItem`, `UpdateItem` or
//! `DeleteItem`; one of these that meets an ongoing transaction is refused with a
//! `TransactionConflictException`. Single writes of one item wait for each other. The embedded
//! table answers at once and never conflicts, so it is done here, in front of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use upline_testkit::through;

use super::clock::Clock;

/// How long a read or a single write is on its way: "single-digit milliseconds".
pub(crate) const SINGLE: Duration = Duration::from_millis(4);
/// A transaction prepares and commits.
pub(crate) const TRANSACTION: Duration = Duration::from_millis(8);

/// What is written while it is on its way, by item; and what was refused for that.
#[derive(Clone, Default)]
pub(crate) struct Flight {
    items: Arc<Mutex<HashMap<String, Held>>>,
    conflicts: Arc<AtomicU64>,
    requests: Arc<AtomicU64>,
}

/// Who writes an item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    Transaction,
    Singles(u32),
}

impl Flight {
    /// Writes refused because they met another.
    pub(crate) fn conflicts(&self) -> u64 {
        self.conflicts.load(Ordering::Relaxed)
    }

    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Takes items for a write; by place, which of them are taken already.
    fn take(&self, items: &[String], transaction: Transaction) -> Result<(), Vec<bool>> {
        let mut held = self.items.lock().unwrap();
        let meets = |item: &String| match (held.get(item), transaction) {
            (None, _) | (Some(Held::Singles(_)), Transaction::No) => false,
            (Some(_), _) => true,
        };
        let met: Vec<bool> = items.iter().map(meets).collect();
        if met.contains(&true) {
            self.conflicts.fetch_add(1, Ordering::Relaxed);
            return Err(met);
        }
        for item in items {
            let count = match held.get(item) {
                Some(Held::Singles(count)) => *count,
                Some(Held::Transaction) | None => 0,
            };
            let now = match transaction {
                Transaction::Yes => Held::Transaction,
                Transaction::No => Held::Singles(count + 1),
            };
            held.insert(item.clone(), now);
        }
        Ok(())
    }

    fn leave(&self, items: &[String]) {
        let mut held = self.items.lock().unwrap();
        for item in items {
            match held.get_mut(item) {
                Some(Held::Singles(count)) if *count > 1 => *count -= 1,
                _ => drop(held.remove(item)),
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Transaction {
    Yes,
    No,
}

/// The items that a request writes, and how.
fn writes(operation: &str, body: &Value) -> (Vec<String>, Transaction) {
    let key = |keyed: &Value| format!("{} {}", keyed["pk"]["S"], keyed["sk"]["S"]);
    match operation {
        "PutItem" => (vec![key(&body["Item"])], Transaction::No),
        "UpdateItem" | "DeleteItem" => (vec![key(&body["Key"])], Transaction::No),
        "TransactWriteItems" => {
            let actions = body["TransactItems"].as_array().unwrap().iter();
            let written = |action: &Value| match action.get("Put") {
                Some(put) => key(&put["Item"]),
                None => key(&action.as_object().unwrap().values().next().unwrap()["Key"]),
            };
            (actions.map(written).collect(), Transaction::Yes)
        }
        _ => (Vec::new(), Transaction::No),
    }
}

/// What DynamoDB answers to a write that met another.
fn refused(transaction: Transaction, met: &[bool]) -> HttpResponse {
    let kind = "com.amazonaws.dynamodb.v20120810#";
    let body = match transaction {
        Transaction::No => json!({ "__type": format!("{kind}TransactionConflictException"),
            "message": "Transaction is ongoing for the item" }),
        Transaction::Yes => {
            let code = |met: &bool| if *met { "TransactionConflict" } else { "None" };
            let reasons: Vec<_> = met.iter().map(|met| json!({ "Code": code(met) })).collect();
            json!({ "__type": format!("{kind}TransactionCanceledException"),
                "message": "Transaction cancelled", "CancellationReasons": reasons })
        }
    };
    HttpResponse::new(StatusCode::try_from(400).unwrap(), SdkBody::from(body.to_string()))
}

/// The same client, whose requests take a while and may meet.
pub(crate) fn in_flight(client: &Client, clock: &Clock, flight: &Flight) -> Client {
    let client = Client::from_conf(client.config().to_builder().sleep_impl(clock.clone()).build());
    let (clock, flight) = (clock.clone(), flight.clone());
    through(&client, move |inner, request| {
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.rsplit('.').next().unwrap().to_owned();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let (items, transaction) = writes(&operation, &body);
        let (clock, flight) = (clock.clone(), flight.clone());
        HttpConnectorFuture::new(async move {
            flight.requests.fetch_add(1, Ordering::Relaxed);
            if let Err(met) = flight.take(&items, transaction) {
                // It is refused while it prepares.
                clock.pass(SINGLE).await;
                return Ok(refused(transaction, &met));
            }
            clock.pass(if transaction == Transaction::Yes { TRANSACTION } else { SINGLE }).await;
            let answer = inner.call(request).await;
            flight.leave(&items);
            answer
        })
    })
}

//! Writers who meet. Their requests go in step: each waits until every other writer has one too, so
//! that all have read before any of them writes. What the table refuses is counted, and a condition
//! can be taken out of each request, to see who notices.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;
use tokio::task::yield_now;
use upline_store::{CompilePlan, Store};
use upline_testkit::through;

use crate::table::{TABLE, Table};

#[derive(Default)]
struct State {
    /// Those who have not left yet.
    writers: BTreeSet<usize>,
    /// Those of them who have a request to make in this round.
    ready: BTreeSet<usize>,
    round: u64,
    refused: usize,
    broken: usize,
}

/// How a writer's requests go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    /// In step with all others.
    InStep,
    /// As they come.
    Free,
    /// Reads as they come; no write before all others have left.
    Last,
}

#[derive(Clone, Default)]
pub(crate) struct Meeting(Arc<Mutex<State>>);

impl Meeting {
    /// A writer with a process of their own. `broken` is a condition that none of their requests
    /// has, as [`clauses`] names it.
    pub(crate) fn writer(
        &self,
        table: &Table,
        (writer, pace): (usize, Pace),
        compile: CompilePlan,
        broken: Option<&str>,
    ) -> Store {
        self.0.lock().unwrap().writers.insert(writer);
        let (meeting, broken) = (self.clone(), broken.map(str::to_owned));
        let client = through(&table.client(), move |inner, mut request| {
            let meeting = meeting.clone();
            let target = request.headers().get("x-amz-target").unwrap();
            let writes = ["UpdateItem", "PutItem", "DeleteItem", "TransactWriteItems"]
                .iter()
                .any(|operation| target.ends_with(&format!(".{operation}")));
            if let Some(broken) = &broken {
                let mut body: Value =
                    serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
                meeting.0.lock().unwrap().broken += break_clause(&mut body, broken);
                *request.body_mut() = SdkBody::from(body.to_string());
            }
            HttpConnectorFuture::new(async move {
                match pace {
                    Pace::InStep => meeting.step(writer).await,
                    Pace::Last if writes => meeting.until_alone().await,
                    Pace::Last | Pace::Free => {}
                }
                let response = inner.call(request).await?;
                let text = str::from_utf8(response.body().bytes().unwrap()).unwrap();
                let refused = !response.status().is_success();
                if refused && text.contains("ConditionalCheckFailed") {
                    meeting.0.lock().unwrap().refused += 1;
                }
                Ok(response)
            })
        });
        Store::new(&client, TABLE, compile)
    }

    async fn step(&self, writer: usize) {
        let round = {
            let mut state = self.0.lock().unwrap();
            state.ready.insert(writer);
            state.round
        };
        loop {
            {
                let mut state = self.0.lock().unwrap();
                if state.round == round && state.ready.len() >= state.writers.len() {
                    state.round += 1;
                    state.ready.clear();
                }
                if state.round != round {
                    return;
                }
            }
            yield_now().await;
        }
    }

    async fn until_alone(&self) {
        while self.0.lock().unwrap().writers.len() > 1 {
            yield_now().await;
        }
    }

    /// A writer has no more requests to make.
    pub(crate) fn leave(&self, writer: usize) {
        let mut state = self.0.lock().unwrap();
        state.writers.remove(&writer);
        state.ready.remove(&writer);
    }

    /// How many requests the table refused on a condition.
    pub(crate) fn refused(&self) -> usize {
        self.0.lock().unwrap().refused
    }

    /// How many conditions were taken out.
    pub(crate) fn broken(&self) -> usize {
        self.0.lock().unwrap().broken
    }
}

/// The writes of a request: it alone, or the actions of a transaction.
fn writes(body: &mut Value) -> Vec<&mut Value> {
    if body.get("TransactItems").is_none() {
        return vec![body];
    }
    let actions = body["TransactItems"].as_array_mut().unwrap().iter_mut();
    actions.flat_map(|action| action.as_object_mut().unwrap().values_mut()).collect()
}

/// The conditions of one write as they are sent, each with what it says: the kind of item by its
/// sort key, and the condition with names instead of places, and `?` for values.
fn clauses(write: &Value) -> Vec<(String, String)> {
    let Some(expression) = write["ConditionExpression"].as_str() else { return Vec::new() };
    let key = write.get("Key").or_else(|| write.get("Item")).unwrap();
    let kind = key["sk"]["S"].as_str().unwrap().split('#').next().unwrap();
    let said = |clause: &str| {
        let mut said = format!("{kind} {clause}");
        for (place, name) in write["ExpressionAttributeNames"].as_object().into_iter().flatten() {
            let (exact, name) = (format!("{place})"), name.as_str().unwrap());
            said = said.replace(&exact, &format!("{name})"));
            said = said.replace(&format!("{place} "), &format!("{name} "));
        }
        let words = said.split(' ').map(|word| match word.strip_prefix(':') {
            Some(rest) if rest.ends_with(')') => "?)",
            Some(_) => "?",
            None => word,
        });
        words.collect::<Vec<_>>().join(" ")
    };
    expression.split(" AND ").map(|clause| (clause.to_owned(), said(clause))).collect()
}

/// Makes a condition hold whatever is there, wherever a request has it; says how often it had.
fn break_clause(body: &mut Value, broken: &str) -> usize {
    let mut count = 0;
    for write in writes(body) {
        let all = clauses(write);
        if all.iter().any(|(_, said)| said == broken) {
            let loose = all.iter().map(|(clause, said)| {
                if said == broken { format!("({clause} OR NOT {clause})") } else { clause.clone() }
            });
            write["ConditionExpression"] = loose.collect::<Vec<_>>().join(" AND ").into();
            count += 1;
        }
    }
    count
}

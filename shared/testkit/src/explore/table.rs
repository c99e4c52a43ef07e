//! The table, tabulated: what it answers to a request, and what it holds afterwards.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use serde_json::{Value, json};

use super::interned::Interned;
use super::request::{Answer, Request, key_of};
use crate::{run, through};

/// The items of the table by key, both as JSON with their keys in order.
type Content = BTreeMap<String, Rc<str>>;

/// Writes of one `BatchWriteItem`, by DynamoDB.
const WRITES_MAX: usize = 25;
const TABLE: &str = "upline";

/// The one table of all actors. It is brought to what it held at any moment, where a request is
/// made that was not made at that moment before.
pub(super) struct Table {
    database: SharedHttpConnector,
    /// What the database holds now.
    held: Content,
    contents: Interned<Content>,
    answers: Interned<Answer>,
    /// By content and request: the answer, and the content afterwards.
    known: HashMap<(usize, usize), (usize, usize)>,
}

impl Table {
    pub(super) fn new(client: &Client) -> Self {
        let database = connector(client);
        let (contents, answers) = (Interned::default(), Interned::default());
        let held = Content::new();
        Self { database, held, contents, answers, known: HashMap::new() }
    }

    /// What the table holds now, as a number.
    pub(super) fn now(&mut self) -> usize {
        self.look();
        self.contents.number(self.held.clone())
    }

    /// What the database holds, as text.
    pub(super) fn held(&self) -> String {
        self.held.values().map(|item| &**item).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn answer(&self, number: usize) -> &Answer {
        self.answers.get(number)
    }

    /// Makes a request of a content: the answer, and the content afterwards.
    pub(super) fn ask(
        &mut self,
        content: usize,
        (number, asked): (usize, &Request),
    ) -> (usize, usize) {
        if let Some(known) = self.known.get(&(content, number)) {
            return *known;
        }
        self.restore(content);
        let answer = self.call(asked);
        let written = asked.written();
        for key in &written {
            let get = json!({ "TableName": TABLE, "Key": key, "ConsistentRead": true });
            let found: Value = self.read("GetItem", &get);
            match found.get("Item") {
                Some(item) => self.held.insert(key.to_string(), item.to_string().into()),
                None => self.held.remove(&key.to_string()),
            };
        }
        let reads = written.is_empty();
        let after = if reads { content } else { self.contents.number(self.held.clone()) };
        let answered = (self.answers.number(answer), after);
        self.known.insert((content, number), answered);
        answered
    }

    /// Brings the database to a content.
    pub(super) fn restore(&mut self, content: usize) {
        let wanted = self.contents.get(content);
        let stale = self.held.keys().filter(|key| !wanted.contains_key(*key));
        let deletes = stale.map(|key| json!({ "DeleteRequest": { "Key": parsed(key) } }));
        let missing = wanted.iter().filter(|(key, item)| self.held.get(*key) != Some(item));
        let puts = missing.map(|(_, item)| json!({ "PutRequest": { "Item": parsed(item) } }));
        let writes: Vec<Value> = deletes.chain(puts).collect();
        self.held = wanted.clone();
        for writes in writes.chunks(WRITES_MAX) {
            let answer = self.read("BatchWriteItem", &json!({ "RequestItems": { TABLE: writes } }));
            assert_eq!(answer["UnprocessedItems"], json!({}));
        }
    }

    /// Looks what the database holds, where others may have written.
    pub(super) fn look(&mut self) {
        let found = self.read("Scan", &json!({ "TableName": TABLE, "ConsistentRead": true }));
        assert_eq!(found.get("LastEvaluatedKey"), None, "a small table is one page");
        let items = found["Items"].as_array().unwrap().iter();
        self.held = items.map(|item| (key_of(item).to_string(), item.to_string().into())).collect();
    }

    fn read(&self, operation: &str, body: &Value) -> Value {
        let answer = self.call(&Request::new(operation, body));
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
        parsed(&answer.body)
    }

    fn call(&self, request: &Request) -> Answer {
        let mut answer = std::pin::pin!(self.database.call(request.http()));
        let Poll::Ready(answer) = answer.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        else {
            panic!("the embedded table answers at once")
        };
        let answer = answer.unwrap();
        let body: Value = serde_json::from_slice(answer.body().bytes().unwrap()).unwrap();
        Answer { status: answer.status().as_u16(), body: body.to_string() }
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What stands behind a client, without the client.
fn connector(client: &Client) -> SharedHttpConnector {
    let caught = Arc::new(Mutex::new(None));
    let catch = Arc::clone(&caught);
    let client = through(client, move |inner, request| {
        let answer = inner.call(request);
        *catch.lock().unwrap() = Some(inner);
        answer
    });
    run(client.list_tables().send()).unwrap();
    caught.lock().unwrap().take().unwrap()
}

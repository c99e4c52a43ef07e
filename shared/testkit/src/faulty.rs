//! The table as it is met over a network: it refuses for a while, answers in part, answers from a
//! copy that lags behind, and serves a request whose answer never arrives.
//!
//! Each of these is something that DynamoDB documents, and happens where it may: a read is stale
//! only where it does not ask for consistency, and only a write can meet a transaction. What a
//! request changed is told item by item, for whoever holds it against what may be.

use std::collections::{BTreeMap, VecDeque};

use aws_sdk_dynamodb::Client;
use serde_json::{Value, json};
use upline_embedded::Embedded;
use upline_lambda::read_plan;
use upline_store::Store;

use crate::database::{Database, TABLE};
use crate::process::Reply;
use crate::request::{Answer, Request};
use crate::run;

/// How much of a partial answer is served, of a batch or of a page.
const PART: usize = 1;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is served.
    Served,
    /// It is refused: too many requests. Nothing is done.
    Throttled,
    /// It is refused: a transaction writes one of its items. Nothing is done.
    Conflict,
    /// It is answered with an error of the server, once it was served or without.
    Broken {
        /// Whether it was.
        is_served: bool,
    },
    /// The answer is lost, once it was served or without.
    Lost {
        /// Whether it was.
        is_served: bool,
    },
    /// Only the first of what it asks for is answered, and where to go on.
    InPart,
}

impl Fate {
    /// All of them, for those who draw one.
    pub const ALL: [Self; 8] = [
        Self::Served,
        Self::Throttled,
        Self::Conflict,
        Self::Broken { is_served: false },
        Self::Broken { is_served: true },
        Self::Lost { is_served: false },
        Self::Lost { is_served: true },
        Self::InPart,
    ];

    /// Whether a request may meet it.
    #[must_use]
    pub fn may_meet(self, request: &Request) -> bool {
        let operation = request.operation.as_str();
        match self {
            Self::Conflict => {
                ["UpdateItem", "PutItem", "DeleteItem", "TransactWriteItems"].contains(&operation)
            }
            Self::InPart => ["BatchGetItem", "Query", "Scan"].contains(&operation),
            Self::Served | Self::Throttled | Self::Broken { .. } | Self::Lost { .. } => true,
        }
    }

    fn is_served(self) -> bool {
        match self {
            Self::Served | Self::InPart => true,
            Self::Throttled | Self::Conflict => false,
            Self::Broken { is_served } | Self::Lost { is_served } => is_served,
        }
    }
}

/// A partition and a sort key.
pub type Key = (String, String);

/// One item before and after a write.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which.
    pub key: Key,
    /// What it was; none where there was none.
    pub before: Option<Value>,
    /// What it is.
    pub after: Option<Value>,
}

/// The table, and a copy that lags behind.
pub struct FaultyTable {
    client: Client,
    database: Database,
    copy: Database,
    /// Writes that the copy has not seen.
    behind: VecDeque<Request>,
    items: BTreeMap<Key, Value>,
}

impl FaultyTable {
    /// A table that holds nothing, and its copy.
    #[must_use]
    pub fn empty() -> Self {
        let [client, copy] = [(); 2].map(|()| Embedded::memory().unwrap().client());
        for client in [&client, &copy] {
            let store = Store::new(client, TABLE, read_plan);
            run(store.create_table()).unwrap();
        }
        Self {
            database: Database::behind(&client),
            copy: Database::behind(&copy),
            behind: VecDeque::new(),
            items: BTreeMap::new(),
            client,
        }
    }

    /// A client of the table without its faults, for whoever makes others of it.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Lets the copy see all that was written, as it does in a while.
    pub fn catch_up(&mut self) {
        for write in self.behind.drain(..) {
            assert_eq!(self.copy.call(&write).status, 200, "{}", write.words());
        }
    }

    /// Every item as it is, by key.
    #[must_use]
    pub fn items(&self) -> &BTreeMap<Key, Value> {
        &self.items
    }

    /// Makes a request that meets a fate: what comes back, and what it changed. `catch_up` says how
    /// many of the writes that the copy has not seen it sees before it answers.
    pub fn ask(
        &mut self,
        request: &Request,
        fate: Fate,
        catch_up: impl FnOnce(usize) -> usize,
    ) -> (Reply, Vec<Change>) {
        let (mut answer, mut changes) = (refusal(request, fate), Vec::new());
        if fate.is_served() {
            let served = self.serve(request, fate, catch_up);
            if served.status == 200 {
                changes = self.changes(request);
            }
            answer = answer.or(Some(served));
        }
        match (fate, answer) {
            (Fate::Lost { .. }, _) | (_, None) => (Reply::Lost, changes),
            (_, Some(answer)) => (Reply::Answer(answer), changes),
        }
    }

    fn serve(
        &mut self,
        request: &Request,
        fate: Fate,
        catch_up: impl FnOnce(usize) -> usize,
    ) -> Answer {
        if !request.written().is_empty() {
            return self.database.call(request);
        }
        if is_stale(request) {
            let seen = catch_up(self.behind.len()).min(self.behind.len());
            for write in self.behind.drain(..seen) {
                assert_eq!(self.copy.call(&write).status, 200, "{}", write.words());
            }
            // A scan is long enough to be cut where it reads the copy, too.
            let is_cut = fate == Fate::InPart && request.operation == "Scan";
            return if is_cut {
                self.copy.call(&in_part(request).0)
            } else {
                self.copy.call(request)
            };
        }
        if fate != Fate::InPart {
            return self.database.call(request);
        }
        let (part, rest) = in_part(request);
        let answer = self.database.call(&part);
        let Some(rest) = rest.filter(|_| answer.status == 200) else { return answer };
        let mut body: Value = serde_json::from_str(&answer.body).unwrap();
        body["UnprocessedKeys"] = rest;
        Answer { status: 200, body: body.to_string() }
    }

    /// What a write changed that was made just now.
    fn changes(&mut self, request: &Request) -> Vec<Change> {
        let mut changes = Vec::new();
        for key in request.written() {
            let after = self.database.item(&key);
            let key = pair(&key);
            let before = match &after {
                Some(item) => self.items.insert(key.clone(), item.clone()),
                None => self.items.remove(&key),
            };
            if before != after {
                changes.push(Change { key, before, after });
            }
        }
        if !changes.is_empty() {
            self.behind.push_back(request.clone());
        }
        changes
    }
}

/// Whether a request is a read that does not ask for what is there now.
fn is_stale(request: &Request) -> bool {
    let body: Value = serde_json::from_str(&request.body).unwrap();
    match request.operation.as_str() {
        "BatchGetItem" => body["RequestItems"][TABLE]["ConsistentRead"] != json!(true),
        _ => body["ConsistentRead"] != json!(true),
    }
}

/// The first part of a read, and the keys of a batch that are left.
fn in_part(request: &Request) -> (Request, Option<Value>) {
    let mut body: Value = serde_json::from_str(&request.body).unwrap();
    if request.operation != "BatchGetItem" {
        body["Limit"] = json!(PART);
        return (Request::new(&request.operation, &body), None);
    }
    let mut rest = body["RequestItems"].clone();
    let keys = body["RequestItems"][TABLE]["Keys"].as_array_mut().unwrap();
    let left = keys.split_off(PART.min(keys.len()));
    let part = Request::new(&request.operation, &body);
    rest[TABLE]["Keys"] = Value::Array(left);
    let is_whole = rest[TABLE]["Keys"] == json!([]);
    (part, (!is_whole).then_some(rest))
}

/// What DynamoDB answers where it refuses, or breaks.
fn refusal(request: &Request, fate: Fate) -> Option<Answer> {
    let body = |kind: &str| {
        let kind = format!("com.amazonaws.dynamodb.v20120810#{kind}");
        json!({ "__type": kind, "message": "for a while" })
    };
    let is_transaction = request.operation == "TransactWriteItems";
    let canceled = |code: &str| {
        let mut body = body("TransactionCanceledException");
        let reasons = (0..request.written().len()).map(|action| {
            let code = if action == 0 { code } else { "None" };
            json!({ "Code": code })
        });
        body["CancellationReasons"] = reasons.collect();
        body
    };
    let (status, body) = match fate {
        Fate::Served | Fate::InPart | Fate::Lost { .. } => return None,
        Fate::Throttled if is_transaction => (400, canceled("ThrottlingError")),
        Fate::Throttled => (400, body("ProvisionedThroughputExceededException")),
        Fate::Conflict if is_transaction => (400, canceled("TransactionConflict")),
        Fate::Conflict => (400, body("TransactionConflictException")),
        Fate::Broken { .. } => (500, body("InternalServerError")),
    };
    Some(Answer { status, body: body.to_string() })
}

fn pair(key: &Value) -> Key {
    let part = |name: &str| key[name]["S"].as_str().unwrap().to_owned();
    (part("pk"), part("sk"))
}

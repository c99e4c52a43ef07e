//! A request to the table and its answer: as they are sent, and in words.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// A request by what it says, so that the same one made again is the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// Such as `GetItem`.
    pub operation: String,
    /// JSON, its keys in order: the client writes them in any.
    pub body: String,
}

const TARGET: &str = "x-amz-target";
const TARGET_PREFIX: &str = "DynamoDB_20120810.";

impl Request {
    /// A request of one operation.
    #[must_use]
    pub fn new(operation: &str, body: &Value) -> Self {
        Self { operation: operation.to_owned(), body: body.to_string() }
    }

    /// What a client sends.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let target = request.headers().get(TARGET).unwrap();
        let body = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        Self::new(target.strip_prefix(TARGET_PREFIX).unwrap(), &body)
    }

    /// It, as a client sends it.
    #[must_use]
    pub fn http(&self) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(self.body.as_str()));
        request.headers_mut().insert(TARGET, format!("{TARGET_PREFIX}{}", self.operation));
        request
    }

    /// The keys that it may write, as pairs.
    pub fn writes(&self) -> impl Iterator<Item = (String, String)> {
        self.written().into_iter().map(|key| pair(&key))
    }

    /// The keys that it may write; none where it reads only.
    #[must_use]
    pub fn written(&self) -> Vec<Value> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        match self.operation.as_str() {
            "GetItem" | "BatchGetItem" | "Query" | "Scan" => Vec::new(),
            "UpdateItem" | "DeleteItem" => vec![body["Key"].clone()],
            "PutItem" => vec![key_of(&body["Item"])],
            "TransactWriteItems" => {
                let actions = body["TransactItems"].as_array().unwrap().iter();
                let actions = actions.flat_map(|action| action.as_object().unwrap().values());
                actions.map(|action| key_of(action.get("Key").unwrap_or(&action["Item"]))).collect()
            }
            "BatchWriteItem" => {
                let tables = body["RequestItems"].as_object().unwrap().values();
                let writes = tables.flat_map(|writes| writes.as_array().unwrap().clone());
                let key = |write: Value| match write.pointer("/PutRequest/Item") {
                    Some(item) => key_of(item),
                    None => write["DeleteRequest"]["Key"].clone(),
                };
                writes.map(key).collect()
            }
            other => panic!("an actor asks for {other}, of which the explorer knows nothing"),
        }
    }

    /// The partitions that it names, to read or to write; of an index, its own.
    #[must_use]
    pub fn partitions(&self) -> Vec<String> {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        let keys = match self.operation.as_str() {
            "GetItem" => vec![body["Key"].clone()],
            "BatchGetItem" => {
                let tables = body["RequestItems"].as_object().unwrap().values();
                tables.flat_map(|table| table["Keys"].as_array().unwrap().clone()).collect()
            }
            "Query" => vec![json!({ "pk": listed(&body) })],
            _ => self.written(),
        };
        keys.iter().map(|key| text(&key["pk"]).to_owned()).collect()
    }

    /// Whether it reads only, and nothing that is among the keys.
    #[must_use]
    pub fn reads_none_of(&self, keys: &BTreeSet<(String, String)>) -> bool {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        let missed = |key: &Value| !keys.contains(&pair(key));
        match self.operation.as_str() {
            "GetItem" => missed(&body["Key"]),
            "BatchGetItem" => {
                let mut tables = body["RequestItems"].as_object().unwrap().values();
                tables.all(|table| table["Keys"].as_array().unwrap().iter().all(missed))
            }
            // Of a list only the partition is looked at.
            "Query" => {
                let listed = text(listed(&body));
                keys.iter().all(|(pk, _)| pk != listed)
            }
            _ => false,
        }
    }

    /// The request in words: what it does, and to which items.
    #[must_use]
    pub fn words(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap();
        let name = |key: &Value| format!("{} {}", text(&key["pk"]), text(&key["sk"]));
        let names = |keys: &[Value]| keys.iter().map(name).collect::<Vec<_>>().join(", ");
        let written = names(&self.written());
        match self.operation.as_str() {
            "GetItem" => format!("reads {}", name(&body["Key"])),
            "BatchGetItem" => {
                let tables = body["RequestItems"].as_object().unwrap().values();
                let keys = tables.flat_map(|table| table["Keys"].as_array().unwrap().clone());
                format!("reads {}", names(&keys.collect::<Vec<_>>()))
            }
            "Query" => {
                let from = body["ExpressionAttributeValues"][":from"]["S"].as_str();
                format!("lists {} from {}", text(listed(&body)), from.unwrap_or("its beginning"))
            }
            "Scan" => "lists everything".to_owned(),
            "PutItem" => format!("puts {written}"),
            "DeleteItem" => format!("deletes {written}"),
            "TransactWriteItems" => format!("writes together {written}"),
            _ => format!("updates {written}"),
        }
    }
}

/// The key of an item, as a request names it.
#[must_use]
pub fn key_of(item: &Value) -> Value {
    json!({ "pk": item["pk"], "sk": item["sk"] })
}

/// The partition that a query lists, of the table or of an index.
fn listed(query: &Value) -> &Value {
    let values = &query["ExpressionAttributeValues"];
    values.get(":pk").unwrap_or(&values[":partition"])
}

fn pair(key: &Value) -> (String, String) {
    (text(&key["pk"]).to_owned(), text(&key["sk"]).to_owned())
}

fn text(attribute: &Value) -> &str {
    attribute["S"].as_str().unwrap()
}

/// An answer of the table: its status, and its body as JSON with its keys in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// Of HTTP.
    pub status: u16,
    /// JSON.
    pub body: String,
}

impl Answer {
    /// The answer in a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.status == 200 { "done" } else { "refused" }
    }
}

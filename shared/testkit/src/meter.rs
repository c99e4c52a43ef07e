//! What requests cost, by the capacity that the table itself reports.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use crate::detour::through;

/// What some requests cost. Units are in tenths, because a read may be half a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// All requests in their sequence.
    pub requests: Vec<String>,
    /// Those that read.
    pub reads: Vec<String>,
    /// Those that write.
    pub writes: Vec<String>,
    /// Read units, in tenths.
    pub read_tenths: u64,
    /// Write units of the table, in tenths.
    pub table_tenths: u64,
    /// Write units of its index, in tenths.
    pub index_tenths: u64,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = |tenths: u64| format!("{}.{}", tenths / 10, tenths % 10);
        write!(
            f,
            "write units {} table + {} index, read units {}; {} reads {:?}, {} writes {:?}",
            units(self.table_tenths),
            units(self.index_tenths),
            units(self.read_tenths),
            self.reads.len(),
            self.reads,
            self.writes.len(),
            self.writes,
        )
    }
}

/// Adds up what the requests of one client cost.
#[derive(Clone, Default)]
pub struct Meter(Arc<Mutex<Cost>>);

impl Meter {
    /// What was spent since the last time.
    #[must_use]
    pub fn spent(&self) -> Cost {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn add(&self, operation: &str, answer: &Value) {
        let mut cost = self.0.lock().unwrap();
        cost.requests.push(operation.to_owned());
        // What is refused answers nothing of capacity; DynamoDB charges the item's size.
        let consumed = &answer["ConsumedCapacity"];
        let all = match consumed.as_array() {
            Some(all) => all.clone(),
            None => Vec::from_iter(consumed.is_object().then(|| consumed.clone())),
        };
        let whole: u64 = all.iter().map(|one| tenths(&one["CapacityUnits"])).sum();
        let indexes = all.iter().filter_map(|one| one["GlobalSecondaryIndexes"].as_object());
        let index: u64 =
            indexes.flat_map(|map| map.values()).map(|i| tenths(&i["CapacityUnits"])).sum();
        if ["GetItem", "BatchGetItem", "Query", "Scan"].contains(&operation) {
            cost.reads.push(operation.to_owned());
            cost.read_tenths += whole;
        } else {
            cost.writes.push(operation.to_owned());
            cost.table_tenths += whole - index;
            cost.index_tenths += index;
        }
    }
}

fn tenths(units: &Value) -> u64 {
    let text = units.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, "0"));
    assert_eq!(part.len(), 1, "{text}");
    whole.parse::<u64>().unwrap() * 10 + part.parse::<u64>().unwrap()
}

/// The same client, all of whose requests are metered.
#[must_use]
pub fn metered(client: &Client) -> (Client, Meter) {
    let meter = Meter::default();
    let meters = meter.clone();
    let client = through(client, move |inner, mut request| {
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.rsplit('.').next().unwrap().to_owned();
        let mut body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        body["ReturnConsumedCapacity"] = json!("INDEXES");
        *request.body_mut() = SdkBody::from(body.to_string());
        let meter = meters.clone();
        HttpConnectorFuture::new(async move {
            let response = inner.call(request).await?;
            let answer = response.body().bytes().unwrap();
            meter.add(&operation, &serde_json::from_slice(answer).unwrap());
            Ok(response)
        })
    });
    (client, meter)
}

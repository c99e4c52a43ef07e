//! What requests cost, by the capacity that the table itself reports.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use upline_store::Store;

use crate::table::Table;

/// What some requests cost. Units are in tenths, because a read may be half a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// All requests in their sequence.
    pub(crate) requests: Vec<String>,
    pub(crate) reads: Vec<String>,
    pub(crate) writes: Vec<String>,
    pub(crate) read_tenths: u64,
    pub(crate) table_tenths: u64,
    pub(crate) index_tenths: u64,
}

#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<Mutex<Cost>>);

impl Meter {
    /// What was spent since the last time, printed under a name.
    pub(crate) fn spent(&self, what: &str) -> Cost {
        let cost = std::mem::take(&mut *self.0.lock().unwrap());
        let units = |tenths: u64| format!("{}.{}", tenths / 10, tenths % 10);
        println!(
            "{what}: write units {} table + {} index, read units {}; {} reads {:?}, {} writes {:?}",
            units(cost.table_tenths),
            units(cost.index_tenths),
            units(cost.read_tenths),
            cost.reads.len(),
            cost.reads,
            cost.writes.len(),
            cost.writes,
        );
        cost
    }

    fn add(&self, operation: &str, answer: &Value) {
        let mut cost = self.0.lock().unwrap();
        cost.requests.push(operation.to_owned());
        // What is refused answers nothing of capacity; DynamoDB charges the item's size.
        let all = match &answer["ConsumedCapacity"] {
            Value::Null => Vec::new(),
            Value::Array(all) => all.clone(),
            one => vec![one.clone()],
        };
        let whole: u64 = all.iter().map(|one| tenths(&one["CapacityUnits"])).sum();
        let indexes = all.iter().filter_map(|one| one["GlobalSecondaryIndexes"].as_object());
        let index: u64 =
            indexes.flat_map(|map| map.values()).map(|i| tenths(&i["CapacityUnits"])).sum();
        if ["GetItem", "BatchGetItem", "Query"].contains(&operation) {
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

/// Another process, all of whose requests are metered.
pub(crate) fn metered(table: &Table) -> (Store, Meter) {
    let meter = Meter::default();
    let meters = meter.clone();
    let store = table.through(move |inner, mut request| {
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
    (store, meter)
}

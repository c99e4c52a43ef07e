//! A tenant on an embedded table with as many distributors as are asked for, and orders that come
//! through them, in this process and through the real handlers.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use serde_json::{Value, json};
use upline_lambda::Changed;
use upline_store::{Item, PostOrder};
use upline_testkit::meter::{Cost, Meter, metered};
use upline_testkit::{World, events, now};

/// 10 %, 5 % and 2 %: three commissions an order.
pub(crate) const PLAN: &str = r#"{
    "timezone": "Asia/Shanghai",
    "currencies": { "CNY": {
        "depth": 3, "max_total_rate": "0.30",
        "cards": { "standard": { "base": "paid",
            "mode": { "percent": { "rates": ["0.10", "0.05", "0.02"] } } } },
        "rules": [ { "id": "default", "priority": 0, "when": {}, "card": "standard" } ],
        "settlement": { "hold_days": 7, "cycle": "daily" }
    } }
}"#;

/// Distributors that stand in one line, each below the next.
pub(crate) const DEEP: usize = 5;
const REGISTERED: &str = "2026-10-01T00:00:00Z";
const PAID: &str = "2026-11-11T04:00:00Z";

/// A distributor of a line, from 1 for the one nearest to the buyers.
pub(crate) fn distributor(line: usize, depth: usize) -> String {
    format!("line-{line:06}-{depth}")
}

/// An order of 100 yuan in three lines: 10, 5 and 2 yuan for the nearest three.
pub(crate) fn order(name: &str, buyer: &str) -> Value {
    let line = |n: u32, price: &str| {
        json!({ "line_id": n.to_string(), "sku": format!("sku-{n}"), "quantity": 1,
                "unit_price": price })
    };
    events::with(events::paid(name, buyer, "0", PAID), |data| {
        data["lines"] = json!([line(1, "50.00"), line(2, "30.00"), line(3, "20.00")]);
    })
}

/// A table and the lines of distributors on it.
pub(crate) struct Ground {
    pub(crate) world: World,
    lines: usize,
    /// The distributors of line 0 and their codes, as the product wrote them.
    first: Vec<Item>,
}

impl Ground {
    /// A table with one line of distributors, registered as shops do.
    pub(crate) async fn new() -> Self {
        Self::with_plan(PLAN).await
    }

    /// The same under another plan.
    pub(crate) async fn with_plan(plan: &str) -> Self {
        let world = World::with_plan(plan).await;
        for depth in (1..=DEEP).rev() {
            let name = distributor(0, depth);
            let event = match depth {
                DEEP => events::registered(&name, REGISTERED),
                _ => events::registered_under(&name, &distributor(0, depth + 1), REGISTERED),
            };
            assert_eq!(world.send(&event).await.word(), "created");
        }
        let distributor =
            |item: &Item| ["MEMBER", "CODE"].contains(&item["sk"].as_s().unwrap().as_str());
        let first = world.items().await.into_iter().filter(distributor).collect();
        Self { world, lines: 1, first }
    }

    /// Adds lines of distributors until there are so many: the items of the first line with other
    /// names, written many at once.
    pub(crate) async fn grow(&mut self, members: usize) {
        let lines = members / DEEP;
        let mut writes = Vec::with_capacity(25);
        for line in self.lines..lines {
            for item in &self.first {
                let put = PutRequest::builder().set_item(Some(renamed(item, line))).build();
                writes.push(WriteRequest::builder().put_request(put.unwrap()).build());
                if writes.len() == 25 {
                    self.write(std::mem::take(&mut writes)).await;
                }
            }
        }
        if !writes.is_empty() {
            self.write(writes).await;
        }
        self.lines = self.lines.max(lines);
    }

    async fn write(&self, writes: Vec<WriteRequest>) {
        let client = self.world.client();
        let answer = client.batch_write_item().request_items("upline", writes).send().await;
        assert!(answer.unwrap().unprocessed_items().is_none_or(HashMap::is_empty));
    }

    /// Binds so many buyers, spread over all lines, and has each buy once; gives their names.
    pub(crate) async fn buyers(&self, name: &str, count: usize) -> Vec<String> {
        let mut buyers = Vec::with_capacity(count);
        for n in 0..count {
            let buyer = format!("{name}-{n}");
            let line = n * self.lines / count;
            let event = events::with(events::bound(&buyer, "", REGISTERED), |data| {
                data["distributor_id"] = json!(distributor(line, 1));
                data.as_object_mut().unwrap().remove("invite_code");
            });
            assert_eq!(self.world.send(&event).await.word(), "created");
            let first = order(&format!("{buyer}-first"), &buyer);
            assert_eq!(self.world.send(&first).await.word(), "created");
            buyers.push(buyer);
        }
        buyers
    }

    /// Another process, which remembers nothing, and what its requests cost.
    pub(crate) fn process(&self) -> (World, Meter) {
        let (client, meter) = metered(&self.world.client());
        (self.world.over(&client), meter)
    }

    /// Sends orders through their handler; they must be new.
    pub(crate) async fn pay(&self, process: &World, orders: &[Value]) {
        for order in orders {
            assert_eq!(process.send(order).await.word(), "created");
        }
    }

    /// The records of orders, as a stream brings them.
    pub(crate) async fn records(&self, orders: &[Value]) -> Vec<Changed> {
        let mut changed = Vec::with_capacity(orders.len());
        for order in orders {
            let name = order["detail"]["data"]["order_id"].as_str().unwrap();
            let record = self.world.record(name).await;
            let (tenant, id) = (self.world.tenant.clone(), name.parse().unwrap());
            changed.push(Changed::Order(Box::new(PostOrder { tenant, id, record })));
        }
        changed
    }

    /// Posts orders.
    pub(crate) async fn post(&self, process: &World, changed: Vec<Changed>) {
        post_ledger::handle(&process.store, now(), changed).await.unwrap();
    }
}

/// A distributor of the first line as that of another.
fn renamed(item: &Item, line: usize) -> Item {
    let prefix = format!("line-{line:06}-");
    item.iter().map(|(name, value)| (name.clone(), rename(value, &prefix))).collect()
}

fn rename(value: &AttributeValue, prefix: &str) -> AttributeValue {
    if let AttributeValue::S(text) = value {
        let text = text.replace("line-000000-", prefix);
        return AttributeValue::S(text.replace("LINE-000000-", &prefix.to_uppercase()));
    }
    if let AttributeValue::L(list) = value {
        return AttributeValue::L(list.iter().map(|one| rename(one, prefix)).collect());
    }
    value.clone()
}

/// Write units of table and index together, in tenths.
pub(crate) fn written(cost: &Cost) -> u64 {
    cost.table_tenths + cost.index_tenths
}

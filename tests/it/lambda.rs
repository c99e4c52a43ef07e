//! What AWS hands a function: messages of a queue in batches, and changes of the table.

use aws_lambda_events::sqs::SqsEvent;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use upline_lambda::{
    Changed, Deadline, Message, Shell, each_change, each_message, now, read_images,
};
use upline_store::StoreError;
use upline_testkit::events::{paid, refunded, registered};
use upline_testkit::{World, run, stream};

use crate::earning::{family, pending};
use crate::plans::TWO_DEEP;

/// A shell over the world's table, whose queues nobody answers.
pub(crate) fn shell(world: &World) -> Shell {
    Shell::new(world.store.clone(), queues_at(NOWHERE))
}

/// Where nobody answers.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:1";

/// A client of the queues at an address, which does not try again by itself.
pub(crate) fn queues_at(url: &str) -> aws_sdk_sqs::Client {
    let queues = aws_sdk_sqs::Config::builder()
        .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
        .endpoint_url(url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(aws_sdk_sqs::config::Region::new("eu-west-1"))
        .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
        .allow_no_auth()
        .build();
    aws_sdk_sqs::Client::from_conf(queues)
}

/// As much time as one likes.
pub(crate) fn unhurried() -> Deadline<'static> {
    Deadline::from_millis(u64::MAX, &now)
}

/// Messages as a queue delivers them the first time.
pub(crate) fn batch(bodies: &[String]) -> SqsEvent {
    batch_again(bodies, 1)
}

/// The same, delivered so often by now.
pub(crate) fn batch_again(bodies: &[String], receives: u32) -> SqsEvent {
    let record = |(n, body): (usize, &String)| {
        json!({
            "messageId": format!("m{n}"), "receiptHandle": format!("h{n}"), "body": body,
            "attributes": { "ApproximateReceiveCount": receives.to_string() },
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders",
        })
    };
    let records: Vec<Value> = bodies.iter().enumerate().map(record).collect();
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

#[test]
fn only_what_must_come_again_goes_back_to_the_queue() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        let shell = shell(&world);
        let of = |id: &str| registered(id, "2026-10-01T00:00:00Z").to_string();
        let bodies = [of("ann"), "{poison".to_owned(), of("bob"), of("cat")];
        let answer =
            each_message(&shell, unhurried(), batch(&bodies), async |message: &Message| {
                if message.event.id.as_str() == "register-bob" {
                    return Err(StoreError::Contended("the table is busy"));
                }
                bind_registration::handle(&shell.store, now(), message).await
            });
        let failures = answer.await.batch_item_failures;
        let failed: Vec<_> = failures.iter().map(|one| one.item_identifier.as_str()).collect();
        assert_eq!(failed, ["m2"]);
        for (id, there) in [("ann", true), ("bob", false), ("cat", true)] {
            let member = world.store.member(&world.tenant, &id.parse().unwrap()).await.unwrap();
            assert_eq!(member.is_some(), there, "{id}");
        }
        assert_eq!(world.parked().await, [], "what names no tenant is in no tenant's list");
        let items = items(&world).await;
        let parked = items.iter().find(|item| item["pk"]["S"] == "?#X#-").unwrap();
        assert_eq!(parked["event"]["S"], "{poison", "it is kept whole");
    });
}

/// A value as the stream writes it.
#[expect(clippy::wildcard_enum_match_arm, clippy::panic, reason = "the product writes no others")]
fn stream_json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(digits) => json!({ "N": digits }),
        AttributeValue::Bool(bool) => json!({ "BOOL": bool }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::B(blob) => json!({ "B": STANDARD.encode(blob.as_ref()) }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(stream_json).collect::<Vec<_>>() }),
        AttributeValue::M(map) => json!({ "M": object(map) }),
        other => panic!("the product writes no {other:?}"),
    }
}

fn object(item: &std::collections::HashMap<String, AttributeValue>) -> Value {
    let values = item.iter().map(|(name, value)| (name.clone(), stream_json(value)));
    Value::Object(values.collect::<Map<_, _>>())
}

/// All items of the table, as the stream writes them.
pub(crate) async fn items(world: &World) -> Vec<Value> {
    let answer = world.client().scan().table_name("upline").send().await.unwrap();
    answer.items().iter().map(object).collect()
}

#[test]
fn the_stream_posts_what_changed_and_passes_over_the_rest() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send(&paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")).await;
        world.send(&refunded("A1", "r1", "40.00", "2026-11-12T00:00:00Z")).await;
        let images = items(&world).await;
        let changes = each_change(&read_images(stream::batch(&images)));
        assert_eq!(changes.len(), 4, "three distributors and an order");
        assert!(images.len() > 8, "and codes, a buyer and a plan, which are not posted");
        post_ledger::handle(&world.store, now(), changes).await.unwrap();
        assert_eq!(pending(&world, "cat").await, "6.00");
        // Again, with the lines and balances that posting wrote: nothing to add, nothing to wake.
        let changes = each_change(&read_images(stream::batch(&items(&world).await)));
        assert_eq!(changes.len(), 4);
        post_ledger::handle(&world.store, now(), changes).await.unwrap();
        assert_eq!(pending(&world, "cat").await, "6.00");
    });
}

#[test]
fn an_item_of_a_newer_program_is_named_and_holds_up_nobody() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send(&paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")).await;
        let mut images = items(&world).await;
        let order = images.iter_mut().find(|item| item["sk"]["S"] == "ORDER").unwrap();
        order["format"]["N"] = json!("2");
        let changes = each_change(&read_images(stream::batch(&images)));
        let damaged = changes.iter().filter_map(|change| match change {
            Changed::Damaged { id, .. } => Some(id.as_str()),
            Changed::Order(_) | Changed::Member(..) => None,
        });
        assert_eq!(damaged.collect::<Vec<_>>(), ["A1"]);
        assert_eq!(changes.len(), 4);
    });
}

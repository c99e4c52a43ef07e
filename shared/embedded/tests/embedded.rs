//! The embedded table through the real client: what the product relies on, once each.
#![expect(clippy::unwrap_used, reason = "a test ends at what it does not expect")]

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, CancellationReason, ConditionCheck,
    KeySchemaElement, KeyType, KeysAndAttributes, Put, PutRequest, ReturnConsumedCapacity,
    ReturnValue, ReturnValuesOnConditionCheckFailure, ScalarAttributeType, TransactWriteItem,
    Update, WriteRequest,
};
use upline_embedded::Embedded;

const TABLE: &str = "upline";
const ABSENT: &str = "attribute_not_exists(pk)";

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn item(pk: &str, amount: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("pk".to_owned(), text(pk)),
        ("sk".to_owned(), text("ORDER")),
        ("amount".to_owned(), AttributeValue::N(amount.to_owned())),
    ])
}

fn key(pk: &str) -> HashMap<String, AttributeValue> {
    HashMap::from([("pk".to_owned(), text(pk)), ("sk".to_owned(), text("ORDER"))])
}

async fn create_table(client: &Client) {
    let mut request =
        client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
        let schema = KeySchemaElement::builder().attribute_name(name).key_type(kind);
        let attribute = AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S);
        request = request
            .key_schema(schema.build().unwrap())
            .attribute_definitions(attribute.build().unwrap());
    }
    request.send().await.unwrap();
}

async fn memory() -> Client {
    let client = Embedded::memory().unwrap().client();
    create_table(&client).await;
    client
}

async fn get(client: &Client, pk: &str) -> Option<HashMap<String, AttributeValue>> {
    let request = client.get_item().table_name(TABLE).set_key(Some(key(pk)));
    request.consistent_read(true).send().await.unwrap().item
}

fn put(pk: &str, amount: &str) -> Put {
    let put = Put::builder().table_name(TABLE).set_item(Some(item(pk, amount)));
    put.condition_expression(ABSENT).build().unwrap()
}

#[tokio::test]
async fn a_failed_condition_returns_the_item_that_is_there() {
    let client = memory().await;
    let put = |amount| {
        client
            .put_item()
            .table_name(TABLE)
            .set_item(Some(item("o1", amount)))
            .condition_expression(ABSENT)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
    };
    put("12345678901234567890123456789012345678").await.unwrap();

    let error = put("2").await.unwrap_err().into_service_error();
    assert!(error.is_conditional_check_failed_exception(), "{error:?}");
    assert_eq!(error.code(), Some("ConditionalCheckFailedException"));
    let old = item("o1", "12345678901234567890123456789012345678");
    let PutItemError::ConditionalCheckFailedException(failed) = error else {
        panic!("{error:?}");
    };
    assert_eq!(failed.item, Some(old.clone()));
    assert_eq!(get(&client, "o1").await, Some(old));
}

#[tokio::test]
async fn a_cancelled_transaction_gives_a_reason_for_each_action_and_writes_nothing() {
    let client = memory().await;
    let whole = |put| TransactWriteItem::builder().put(put).build();
    let check = ConditionCheck::builder()
        .table_name(TABLE)
        .set_key(Some(key("gone")))
        .condition_expression("attribute_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let check = TransactWriteItem::builder().condition_check(check.build().unwrap()).build();
    let error = client
        .transact_write_items()
        .transact_items(whole(put("o1", "1")))
        .transact_items(check)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        panic!("{error:?}");
    };
    let reasons = cancelled.cancellation_reasons().iter();
    let reasons: Vec<_> = reasons.map(CancellationReason::code).collect();
    assert_eq!(reasons, [Some("None"), Some("ConditionalCheckFailed")]);
    assert_eq!(get(&client, "o1").await, None);

    let both = client
        .transact_write_items()
        .transact_items(whole(put("o1", "1")))
        .transact_items(whole(put("o2", "2")));
    both.send().await.unwrap();
    assert_eq!(get(&client, "o2").await, Some(item("o2", "2")));
}

#[tokio::test]
async fn consumed_capacity_is_told() {
    let client = memory().await;
    let mut large = item("o1", "1");
    large.insert("text".to_owned(), text(&"x".repeat(1500)));
    let written = client
        .put_item()
        .table_name(TABLE)
        .set_item(Some(large))
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
        .unwrap();
    let units = written.consumed_capacity.unwrap().capacity_units.unwrap();
    assert_eq!(units.to_string(), "2", "two write units for more than 1 KB");
}

#[tokio::test]
async fn updates_queries_scans_and_batches_see_the_same_items() {
    let client = memory().await;
    let write = |pk: &str| {
        let put = PutRequest::builder().set_item(Some(item(pk, "5")));
        WriteRequest::builder().put_request(put.build().unwrap()).build()
    };
    let batch = client.batch_write_item().request_items(TABLE, vec![write("o1"), write("o2")]);
    batch.send().await.unwrap();
    let updated = client
        .update_item()
        .table_name(TABLE)
        .set_key(Some(key("o1")))
        .update_expression("ADD amount :by")
        .expression_attribute_values(":by", AttributeValue::N("-7".to_owned()))
        .return_values(ReturnValue::AllNew);
    let updated = updated.send().await.unwrap();
    assert_eq!(updated.attributes, Some(item("o1", "-2")));

    let found = client
        .query()
        .table_name(TABLE)
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", text("o1"));
    assert_eq!(found.send().await.unwrap().items, Some(vec![item("o1", "-2")]));
    assert_eq!(client.scan().table_name(TABLE).send().await.unwrap().count, 2);

    let keys = KeysAndAttributes::builder().keys(key("o1")).keys(key("o3"));
    let many = client.batch_get_item().request_items(TABLE, keys.build().unwrap());
    let many = many.send().await.unwrap().responses.unwrap();
    assert_eq!(many[TABLE], [item("o1", "-2")]);

    let gone = client.delete_item().table_name(TABLE).set_key(Some(key("o1")));
    gone.send().await.unwrap();
    assert_eq!(get(&client, "o1").await, None);
}

#[tokio::test]
async fn what_is_refused_is_refused_as_on_aws() {
    let client = memory().await;
    let unknown = client.describe_limits().send().await.unwrap_err();
    assert_eq!(unknown.code(), Some("UnknownOperationException"));

    let missing = client.get_item().table_name("no-such").set_key(Some(key("a")));
    let missing = missing.send().await.unwrap_err().into_service_error();
    assert!(missing.is_resource_not_found_exception(), "{missing:?}");

    let empty_set = client
        .put_item()
        .table_name(TABLE)
        .item("pk", text("a"))
        .item("sk", text("ORDER"))
        .item("set", AttributeValue::Ss(Vec::new()));
    let empty_set = empty_set.send().await.unwrap_err();
    assert_eq!(empty_set.code(), Some("ValidationException"));

    let number = client.put_item().table_name(TABLE).set_item(Some(item("a", "twelve")));
    let number = number.send().await.unwrap_err();
    assert_eq!(number.code(), Some("ValidationException"), "{number:?}");
}

#[tokio::test]
async fn a_file_that_is_opened_again_keeps_its_items() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("upline.db");
    {
        let client = Embedded::file(&path).unwrap().client();
        create_table(&client).await;
        let request = client.put_item().table_name(TABLE);
        request.set_item(Some(item("o1", "1"))).send().await.unwrap();
    }
    let client = Embedded::file(&path).unwrap().client();
    assert_eq!(get(&client, "o1").await, Some(item("o1", "1")));
    let tables = client.list_tables().send().await.unwrap();
    assert_eq!(tables.table_names(), [TABLE]);
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "Dear reader, ".repeat(500)).unwrap();
    let error = Embedded::file(&path).unwrap_err().to_string();
    assert!(error.contains("letter.txt"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "Dear reader, ".repeat(500));
}

#[tokio::test]
async fn a_token_that_is_given_counts_and_none_is_made_up() {
    let client = memory().await;
    let add = |token: Option<&str>| {
        let update = Update::builder()
            .table_name(TABLE)
            .set_key(Some(key("o1")))
            .update_expression("ADD amount :by")
            .expression_attribute_values(":by", AttributeValue::N("1".to_owned()));
        let action = TransactWriteItem::builder().update(update.build().unwrap()).build();
        let request = client.transact_write_items().transact_items(action);
        request.set_client_request_token(token.map(str::to_owned)).send()
    };
    for token in [None, None, Some("t"), Some("t")] {
        add(token).await.unwrap();
    }
    assert_eq!(get(&client, "o1").await, Some(item("o1", "3")));
}

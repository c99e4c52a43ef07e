//! The requests to the table, each once, with the answers that the other modules need.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::config::AsyncSleep;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, DeleteRequest, KeysAndAttributes, PutRequest, TransactWriteItem, WriteRequest,
};
use futures::TryStreamExt;
use futures::stream::{self, StreamExt};

use crate::Store;
use crate::change::{Update, on_condition};
use crate::error::{StoreError, StoreResult};
use crate::item::{FORMAT, Item, Reader, as_text, number, text};
use crate::keys::{self, Key};

/// Keys of one `BatchGetItem`, by DynamoDB.
const GETS_MAX: usize = 100;
/// Writes of one `BatchWriteItem`, by DynamoDB.
const WRITES_MAX: usize = 25;
/// Requests under way at once for one caller.
const REQUESTS_MAX: usize = 8;

/// How often a request is tried again where others write the same items, or the table is busy.
pub(crate) const TRIES_MAX: u32 = 12;

/// How fresh what is read has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// As it is now.
    Now,
    /// As it was a moment ago: half the price, for a first look.
    Lately,
}

impl Reading {
    fn is_now(self) -> bool {
        self == Self::Now
    }
}

/// What a conditional write came to.
pub(crate) enum Written {
    /// It was made.
    Made,
    /// Its condition failed; this is the item as it stands, empty where there is none.
    Refused(Item),
}

/// What a transaction came to.
pub(crate) enum Transacted {
    /// All of it was made.
    Made,
    /// None of it was made: by place, whether the action's own condition failed.
    Refused(Vec<bool>),
}

pub(crate) fn key_item(key: &Key) -> Item {
    HashMap::from([("pk".to_owned(), text(&key.pk)), ("sk".to_owned(), text(&key.sk))])
}

/// An item with its key and format.
pub(crate) fn item<const N: usize>(key: &Key, pairs: [(&str, Option<AttributeValue>); N]) -> Item {
    let mut item = key_item(key);
    item.insert("format".to_owned(), number(FORMAT));
    item.extend(pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    item
}

/// Whether the item that stood in the way of a write is one to go by. What a newer program wrote is
/// neither a repeat nor a contradiction of anything: nothing was written, and the same is sent
/// again once this program is the newer one too.
fn readable(old: Option<&Item>) -> StoreResult<()> {
    let Some(old) = old.filter(|old| !old.is_empty()) else { return Ok(()) };
    let pk = key_of(old).map(|key| key.pk).unwrap_or_default();
    Reader::of(old).map(|_| ()).map_err(StoreError::damaged(&pk))
}

/// The key of an item as it was read.
pub(crate) fn key_of(item: &Item) -> Option<Key> {
    let part = |name: &str| item.get(name).and_then(as_text::<String>);
    Some(Key { pk: part("pk")?, sk: part("sk")? })
}

impl Store {
    /// One item, as it is now.
    pub(crate) async fn get(&self, key: &Key) -> StoreResult<Option<Item>> {
        let request = self.client.get_item().table_name(&*self.table);
        let request = request.set_key(Some(key_item(key))).consistent_read(true);
        Ok(request.send().await.map_err(StoreError::request("GetItem"))?.item)
    }

    /// Many items, as they are now, by key; those that are not there are left out.
    pub(crate) async fn get_many(&self, keys: Vec<Key>) -> StoreResult<HashMap<Key, Item>> {
        self.get_many_of(keys, Reading::Now).await
    }

    /// The same, as fresh as is asked for.
    pub(crate) async fn get_many_of(
        &self,
        keys: Vec<Key>,
        reading: Reading,
    ) -> StoreResult<HashMap<Key, Item>> {
        let chunks: Vec<Vec<Key>> = keys.chunks(GETS_MAX).map(<[Key]>::to_vec).collect();
        let requests = chunks.into_iter().map(|chunk| self.get_chunk(chunk, reading));
        let found: Vec<Vec<Item>> =
            stream::iter(requests).buffer_unordered(REQUESTS_MAX).try_collect().await?;
        Ok(found.into_iter().flatten().filter_map(|item| Some((key_of(&item)?, item))).collect())
    }

    async fn get_chunk(&self, keys: Vec<Key>, reading: Reading) -> StoreResult<Vec<Item>> {
        let mut left: Vec<Item> = keys.iter().map(key_item).collect();
        let mut found = Vec::with_capacity(left.len());
        for attempt in 0..TRIES_MAX {
            if left.is_empty() {
                return Ok(found);
            }
            if attempt > 0 {
                self.pause(attempt).await;
            }
            let wanted = KeysAndAttributes::builder().set_keys(Some(left));
            let wanted = wanted.consistent_read(reading.is_now());
            let wanted = wanted.build().map_err(|error| invalid("BatchGetItem", &error))?;
            let request = self.client.batch_get_item().request_items(&*self.table, wanted);
            let answer = request.send().await.map_err(StoreError::request("BatchGetItem"))?;
            found.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
            let unprocessed = answer.unprocessed_keys.into_iter().flatten();
            left = unprocessed.flat_map(|(_, keys)| keys.keys).collect();
        }
        Err(StoreError::Contended("BatchGetItem"))
    }

    /// Writes an item, whatever is there; but never over one of a newer program.
    pub(crate) async fn put(&self, item: Item) -> StoreResult<()> {
        let condition = Update::new().when_known();
        let request = self.client.put_item().table_name(&*self.table).set_item(Some(item));
        let request = on_condition!(request, condition);
        let Err(error) = request.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                readable(failed.item.as_ref())?;
                Err(StoreError::Contended("PutItem"))
            }
            _ => Err(StoreError::request("PutItem")(error)),
        }
    }

    /// Removes an item, if it is there; but never one of a newer program.
    pub(crate) async fn delete(&self, key: &Key) -> StoreResult<()> {
        let condition = Update::new().when_known();
        let request =
            self.client.delete_item().table_name(&*self.table).set_key(Some(key_item(key)));
        let request = on_condition!(request, condition);
        let Err(error) = request.send().await else { return Ok(()) };
        match error.as_service_error() {
            Some(DeleteItemError::ConditionalCheckFailedException(failed)) => {
                readable(failed.item.as_ref())?;
                Err(StoreError::Contended("DeleteItem"))
            }
            _ => Err(StoreError::request("DeleteItem")(error)),
        }
    }

    /// Updates an item on its conditions and on that of its format, and says what stands there
    /// where they fail.
    pub(crate) async fn update(&self, key: &Key, update: Update) -> StoreResult<Written> {
        let update = update.in_format();
        let request = self
            .client
            .update_item()
            .table_name(&*self.table)
            .set_key(Some(key_item(key)))
            .update_expression(update.expression());
        let request = on_condition!(request, update);
        match request.send().await {
            Ok(_) => Ok(Written::Made),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    readable(failed.item.as_ref())?;
                    Ok(Written::Refused(failed.item.clone().unwrap_or_default()))
                }
                _ => Err(StoreError::request("UpdateItem")(error)),
            },
        }
    }

    /// Makes all of the actions or none.
    pub(crate) async fn transact(
        &self,
        actions: Vec<TransactWriteItem>,
    ) -> StoreResult<Transacted> {
        let request = self.client.transact_write_items().set_transact_items(Some(actions));
        let Err(error) = request.send().await else {
            return Ok(Transacted::Made);
        };
        let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) =
            error.as_service_error()
        else {
            return Err(StoreError::request("TransactWriteItems")(error));
        };
        let codes: Vec<&str> = canceled
            .cancellation_reasons()
            .iter()
            .map(|reason| reason.code().unwrap_or("None"))
            .collect();
        let expected =
            |code: &&str| ["None", "ConditionalCheckFailed", "TransactionConflict"].contains(code);
        for reason in canceled.cancellation_reasons() {
            readable(reason.item.as_ref())?;
        }
        if codes.iter().all(expected) {
            Ok(Transacted::Refused(
                codes.iter().map(|&code| code == "ConditionalCheckFailed").collect(),
            ))
        } else {
            Err(StoreError::request("TransactWriteItems")(error))
        }
    }

    /// Puts and deletes many items of one table, in any order, whatever is there.
    pub(crate) async fn write_many(
        &self,
        table: &str,
        writes: Vec<WriteRequest>,
    ) -> StoreResult<()> {
        for chunk in writes.chunks(WRITES_MAX) {
            self.write_chunk(table, chunk.to_vec()).await?;
        }
        Ok(())
    }

    async fn write_chunk(&self, table: &str, mut left: Vec<WriteRequest>) -> StoreResult<()> {
        for attempt in 0..TRIES_MAX {
            if attempt > 0 {
                self.pause(attempt).await;
            }
            let request = self.client.batch_write_item().request_items(table, left);
            let answer = request.send().await.map_err(StoreError::request("BatchWriteItem"))?;
            left = answer.unprocessed_items.into_iter().flatten().flat_map(|(_, w)| w).collect();
            if left.is_empty() {
                return Ok(());
            }
        }
        Err(StoreError::Contended("BatchWriteItem"))
    }

    /// Waits a while of at most so long, which doubles with each attempt, so that two who meet
    /// part. It waits as the client does between its own attempts, where that is settled.
    pub(crate) async fn pause(&self, attempt: u32) {
        let most_ms = 4_u64.saturating_mul(1 << attempt.min(7));
        let pause = Duration::from_millis(fastrand::u64(0..=most_ms));
        match self.client.config().sleep_impl() {
            Some(sleep) => sleep.sleep(pause).await,
            None => tokio::time::sleep(pause).await,
        }
    }

    /// A page of the items of a partition between two sort keys, both inclusive.
    pub(crate) async fn query(&self, query: Query<'_>) -> StoreResult<Queried> {
        self.query_of(query, Reading::Now).await
    }

    /// The same, as fresh as is asked for.
    pub(crate) async fn query_of(
        &self,
        query: Query<'_>,
        reading: Reading,
    ) -> StoreResult<Queried> {
        let values = HashMap::from([
            (":pk".to_owned(), text(query.pk)),
            (":from".to_owned(), text(query.from)),
            (":to".to_owned(), text(query.to)),
        ]);
        let after = query.after.map(|sk| Key { pk: query.pk.to_owned(), sk });
        let names: HashMap<String, String> =
            query.only.iter().map(|name| (format!("#{name}"), (*name).to_owned())).collect();
        let only: Vec<String> = names.keys().cloned().collect();
        let request = self
            .client
            .query()
            .table_name(&*self.table)
            .consistent_read(reading.is_now())
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .set_expression_attribute_values(Some(values))
            .set_projection_expression((!only.is_empty()).then(|| only.join(", ")))
            .set_expression_attribute_names((!names.is_empty()).then_some(names))
            .scan_index_forward(query.ascending)
            .set_limit(query.limit.and_then(|limit| i32::try_from(limit).ok()))
            .set_exclusive_start_key(after.as_ref().map(key_item));
        let answer = request.send().await.map_err(StoreError::request("Query"))?;
        let after = answer.last_evaluated_key.as_ref().and_then(key_of).map(|key| key.sk);
        Ok(Queried { items: answer.items.unwrap_or_default(), after })
    }

    /// All items of a partition whose sort key begins with `prefix`.
    pub(crate) async fn query_all(&self, pk: &str, prefix: &str) -> StoreResult<Vec<Item>> {
        self.query_between(pk, prefix, &format!("{prefix}{}", keys::LAST)).await
    }

    /// All items of a partition between two sort keys, both inclusive.
    pub(crate) async fn query_between(
        &self,
        pk: &str,
        from: &str,
        to: &str,
    ) -> StoreResult<Vec<Item>> {
        let mut items = Vec::new();
        let mut after = None;
        loop {
            let query = Query { pk, from, to, only: &[], ascending: true, limit: None, after };
            let page = self.query(query).await?;
            items.extend(page.items);
            after = page.after;
            if after.is_none() {
                return Ok(items);
            }
        }
    }
}

/// What to read of one partition.
pub(crate) struct Query<'a> {
    pub(crate) pk: &'a str,
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    /// The attributes that are wanted; all where none is named.
    pub(crate) only: &'a [&'a str],
    pub(crate) ascending: bool,
    pub(crate) limit: Option<usize>,
    /// The sort key after which the page begins.
    pub(crate) after: Option<String>,
}

/// A page of a partition.
pub(crate) struct Queried {
    pub(crate) items: Vec<Item>,
    /// The sort key after which the next page begins; none at the end.
    pub(crate) after: Option<String>,
}

pub(crate) fn invalid(request: &'static str, error: &dyn std::error::Error) -> StoreError {
    StoreError::Request { request, answer: error.to_string() }
}

pub(crate) fn put_request(item: Item) -> StoreResult<WriteRequest> {
    let put = PutRequest::builder().set_item(Some(item)).build();
    let put = put.map_err(|error| invalid("BatchWriteItem", &error))?;
    Ok(WriteRequest::builder().put_request(put).build())
}

pub(crate) fn delete_request(key: &Key) -> StoreResult<WriteRequest> {
    let delete = DeleteRequest::builder().set_key(Some(key_item(key))).build();
    let delete = delete.map_err(|error| invalid("BatchWriteItem", &error))?;
    Ok(WriteRequest::builder().delete_request(delete).build())
}

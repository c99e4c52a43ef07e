//! The table, tabulated: what it answers to a request, and what it holds afterwards.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use aws_sdk_dynamodb::Client;
use serde_json::{Value, json};

use super::interned::Interned;
use crate::database::{Database, TABLE};
use crate::request::{Answer, Request};

/// The items of the table by key, both as JSON with their keys in order.
type Content = BTreeMap<String, Rc<str>>;

/// Writes of one `BatchWriteItem`, by DynamoDB.
const WRITES_MAX: usize = 25;
/// The one table of all actors. It is brought to what it held at any moment, where a request is
/// made that was not made at that moment before.
pub(super) struct Table {
    database: Database,
    /// What the database holds now.
    held: Content,
    contents: Interned<Content>,
    answers: Interned<Answer>,
    /// By content and request: the answer, and the content afterwards.
    known: HashMap<(usize, usize), (usize, usize)>,
}

impl Table {
    pub(super) fn new(client: &Client) -> Self {
        let database = Database::behind(client);
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
        let answer = self.database.call(asked);
        let written = asked.written();
        for key in &written {
            match self.database.item(key) {
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
            let writes = json!({ "RequestItems": { TABLE: writes } });
            let answer = self.database.read("BatchWriteItem", &writes);
            assert_eq!(answer["UnprocessedItems"], json!({}));
        }
    }

    /// Looks what the database holds, where others may have written.
    pub(super) fn look(&mut self) {
        let items = self.database.items().into_iter();
        self.held = items.map(|(key, item)| (key, item.to_string().into())).collect();
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

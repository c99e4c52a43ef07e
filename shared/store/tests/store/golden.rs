//! What the store writes stands in `tests/golden`: a change of any item is a change of format, and
//! tables that are there already have the old one. The items of each format stand in a folder of
//! its number. That of the format of today is written by the tests; one of an older format is never
//! written again, and every later program reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use upline_store::Item;
use upline_store::keys::Key;
use upline_testkit::run;

use crate::reading::reading;
use crate::story::{kinds, told};
use crate::table::Table;
use crate::variants::{told_more, variants};

/// The format that the store writes today.
const FORMAT: u32 = 1;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Holds a text against the file of that name, or writes it there with `UPLINE_BLESS=1`.
#[track_caller]
pub(crate) fn hold(name: &str, text: &str) {
    let path = folder(name);
    if std::env::var_os("UPLINE_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = text.lines().zip(golden.lines()).find(|(now, was)| now != was);
    assert!(
        text == golden,
        "run with UPLINE_BLESS=1 to write {}; the first line that differs, now and before: \
         {differs:?}",
        path.display(),
    );
}

fn json_of_all(item: &Item) -> Value {
    let sorted: BTreeMap<_, _> = item.iter().collect();
    sorted.into_iter().map(|(name, value)| (name.clone(), json_of(value))).collect()
}

/// DynamoDB's own JSON.
fn json_of(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(digits) => json!({ "N": digits }),
        AttributeValue::B(blob) => json!({ "B": STANDARD.encode(blob) }),
        AttributeValue::Bool(is) => json!({ "BOOL": is }),
        AttributeValue::Null(is) => json!({ "NULL": is }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(json_of).collect::<Vec<_>>() }),
        AttributeValue::M(map) => json!({ "M": json_of_all(map) }),
        other => panic!("no item has {other:?}"),
    }
}

/// An item from DynamoDB's own JSON.
fn item_of(json: &Value) -> Item {
    let object = json.as_object().unwrap();
    object.iter().map(|(name, value)| (name.clone(), value_of(value))).collect()
}

fn value_of(json: &Value) -> AttributeValue {
    let (kind, value) = json.as_object().unwrap().iter().next().unwrap();
    let text = || value.as_str().unwrap().to_owned();
    match kind.as_str() {
        "S" => AttributeValue::S(text()),
        "N" => AttributeValue::N(text()),
        "B" => AttributeValue::B(STANDARD.decode(text()).unwrap().into()),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "NULL" => AttributeValue::Null(true),
        "L" => AttributeValue::L(value.as_array().unwrap().iter().map(value_of).collect()),
        "M" => AttributeValue::M(item_of(value)),
        other => panic!("no item has {other:?}"),
    }
}

/// The names in a folder of `tests/golden`.
fn names(name: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder(name)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The items of one format, by their names.
pub(crate) fn golden(format: &str) -> BTreeMap<String, Item> {
    let items = format!("items/{format}");
    let read = |name: String| {
        let text = std::fs::read_to_string(folder(&items).join(&name)).unwrap();
        let item = item_of(&serde_json::from_str(&text).unwrap());
        (name.trim_end_matches(".json").to_owned(), item)
    };
    names(&items).into_iter().map(read).collect()
}

/// The formats of which there are items.
pub(crate) fn formats() -> BTreeSet<String> {
    names("items")
}

#[test]
fn each_kind_of_item_is_as_it_was() {
    run(async {
        let (table, more) = (told().await, told_more().await);
        let all = kinds(&table).into_iter().map(|(kind, key)| (kind, key, &table));
        for (kind, key, table) in
            all.chain(variants(&more).into_iter().map(|(kind, key)| (kind, key, &more)))
        {
            let text = serde_json::to_string_pretty(&json_of_all(&table.item(&key).await)).unwrap();
            hold(&format!("items/{FORMAT}/{kind}.json"), &(text + "\n"));
        }
        let row = serde_json::to_string_pretty(&json_of_all(&more.change().await)).unwrap();
        hold(&format!("items/{FORMAT}/change.json"), &(row + "\n"));
    });
}

#[test]
fn every_kind_of_item_is_among_them() {
    run(async {
        let (table, more) = (told().await, told_more().await);
        let shape = |key: &Key| {
            let kind = key.pk.split('#').nth(1).unwrap_or_default().to_owned();
            (kind, key.sk.split('#').next().unwrap_or_default().to_owned())
        };
        let golden: BTreeSet<_> = kinds(&table).iter().map(|(_, key)| shape(key)).collect();
        let written: BTreeSet<_> = table.items().await.keys().map(shape).collect();
        let version = |(kind, sk): &(String, String)| kind == "P" && sk == "V";
        assert!(written.iter().any(version));
        assert_eq!(written, golden);
        let all = kinds(&table).into_iter().chain(variants(&more));
        let mut files: BTreeSet<String> = all.map(|(kind, _)| format!("{kind}.json")).collect();
        files.insert("change.json".to_owned());
        assert_eq!(names(&format!("items/{FORMAT}")), files, "no file is left over");
    });
}

#[test]
fn items_of_every_format_are_read_as_those_of_today() {
    run(async {
        let (told, more) = (told().await, told_more().await);
        let known: BTreeSet<_> = (1..=FORMAT).map(|format| format.to_string()).collect();
        assert_eq!(formats(), known, "a folder for each format, and the newest is FORMAT");
        for format in known {
            let table = Table::empty().await;
            let items = golden(&format);
            for (kind, item) in &items {
                assert_eq!(item["format"], AttributeValue::N(format.clone()), "{kind}");
                match kind.as_str() {
                    "change" => table.put_change(item.clone()).await,
                    _ => table.put(item.clone()).await,
                }
            }
            // The first part of a long event is not among them: it has 300,000 bytes.
            table.put(more.item(&crate::variants::first_part(&more)).await).await;
            for kind in items.keys() {
                let (old, today) = (reading(&table, kind).await, reading(&told, kind).await);
                let today = if today.is_empty() { reading(&more, kind).await } else { today };
                assert!(!today.is_empty(), "{kind} is read");
                assert_eq!(old, today, "{kind} of format {format}");
            }
        }
    });
}

//! What the store writes stands in `tests/golden`: a change of any item is a change of format, and
//! tables that are there already have the old one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use upline_store::Item;
use upline_store::keys::Key;
use upline_testkit::run;

use crate::story::{kinds, told};

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
        "run with UPLINE_BLESS=1 to write {}; the first line that differs, now and before: {differs:?}",
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

#[test]
fn each_kind_of_item_is_as_it_was() {
    run(async {
        let table = told().await;
        for (kind, key) in kinds(&table) {
            let text = serde_json::to_string_pretty(&json_of_all(&table.item(&key).await)).unwrap();
            hold(&format!("items/{kind}.json"), &(text + "\n"));
        }
    });
}

#[test]
fn every_kind_of_item_is_among_them() {
    run(async {
        let table = told().await;
        let shape = |key: &Key| {
            let kind = key.pk.split('#').nth(1).unwrap_or_default().to_owned();
            (kind, key.sk.split('#').next().unwrap_or_default().to_owned())
        };
        let golden: BTreeSet<_> = kinds(&table).iter().map(|(_, key)| shape(key)).collect();
        let written: BTreeSet<_> = table.items().await.keys().map(shape).collect();
        let version = |(kind, sk): &(String, String)| kind == "P" && sk == "V";
        assert!(written.iter().any(version));
        assert_eq!(written, golden);
        let file = |name: std::io::Result<std::fs::DirEntry>| name.unwrap().file_name();
        let files: BTreeSet<_> = std::fs::read_dir(folder("items")).unwrap().map(file).collect();
        let names: BTreeSet<_> =
            kinds(&table).iter().map(|(kind, _)| format!("{kind}.json").into()).collect();
        assert_eq!(files, names, "no file is left over");
    });
}

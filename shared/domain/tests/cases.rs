//! Case files: one rule of the design each, as `it`, `given` and `expect` in `cases/<act>/*.json`.
//! The figures are worked out by hand; `why` shows how. Users write the same form for their plans.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a case that cannot be read fails at once; clippy sees only #[test] as a test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

#[path = "cases/complete.rs"]
mod complete;
#[path = "cases/order.rs"]
mod order;
#[path = "cases/origin.rs"]
mod origin;

/// One file. A misspelt key is an error, or it would say nothing in silence.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the system does, in a sentence.
    it: String,
    /// The arithmetic, for whoever checks the figures; nothing here reads it.
    #[serde(default)]
    #[expect(dead_code, reason = "for people; named so that it is no unknown key")]
    why: Option<String>,
    /// A plan, or the path of one from the case's folder.
    #[serde(default)]
    plan: Option<Value>,
    given: Value,
    /// What to look at, and what it must be: a key of the answer, or `error` with a part of it.
    expect: Map<String, Value>,
}

/// What came out, by the keys that `expect` may name; or why nothing did.
type Answer = Result<Map<String, Value>, String>;

#[test]
fn calculate() {
    run("calculate", order::answer);
}

#[test]
fn explain() {
    run("explain", order::answer);
}

#[test]
fn reverse() {
    run("reverse", order::answer);
}

#[test]
fn contribution() {
    run("contribution", order::answer);
}

#[test]
fn complete() {
    run("complete", complete::answer);
}

#[test]
fn bind() {
    run("bind", origin::answer);
}

#[test]
fn no_folder_is_left_out() {
    let folders = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"));
    let folders = folders.iter().filter(|path| path.is_dir());
    let names: Vec<&str> =
        folders.map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(
        names,
        ["bind", "calculate", "complete", "contribution", "explain", "plans", "reverse"]
    );
}

/// Holds every case of a folder against its answer, and only then fails, with all that differs.
fn run(act: &str, answer: fn(&Case, &Path) -> Answer) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let files = files(&folder.join(act));
    assert!(!files.is_empty(), "no case in tests/cases/{act}");
    let failures: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let failure = check(file, answer).err()?;
            Some(format!("{}\n{failure}", file.strip_prefix(&folder).unwrap().display()))
        })
        .collect();
    let (failed, all) = (failures.len(), files.len());
    assert!(failures.is_empty(), "{failed} of {all} cases fail\n\n{}", failures.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn check(file: &Path, answer: fn(&Case, &Path) -> Answer) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| format!("  cannot be read: {error}\n"))?;
    let case: Case =
        serde_json::from_str(&text).map_err(|error| format!("  is no case: {error}\n"))?;
    let differences = if case.expect.is_empty() {
        vec!["expects nothing".to_owned()]
    } else {
        judge(&case.expect, answer(&case, file.parent().unwrap()))
    };
    if differences.is_empty() {
        return Ok(());
    }
    let lines = differences.iter().map(|line| format!("    {line}\n"));
    Err(format!("  it {}\n{}", case.it, lines.collect::<String>()))
}

fn judge(expect: &Map<String, Value>, answer: Answer) -> Vec<String> {
    let got = match (expect.get("error"), answer) {
        (None, Ok(got)) => got,
        (None, Err(error)) => return vec![format!("error: {error}")],
        (Some(part), Ok(_)) => return vec![format!("error: expected {part}, got an answer")],
        (Some(part), Err(error)) => {
            let said = part.as_str().is_some_and(|part| !part.is_empty() && error.contains(part));
            return if said && expect.len() == 1 {
                Vec::new()
            } else {
                vec![format!("error: expected {part} alone, got {error:?}")]
            };
        }
    };
    let mut found = Vec::new();
    for (key, want) in expect {
        match got.get(key) {
            Some(got) => compare(key, Some(want), Some(got), &mut found),
            None => found.push(format!("{key}: no such key to expect")),
        }
    }
    found
}

/// Names each leaf in which the two differ; a key is in both or it differs.
fn compare(path: &str, want: Option<&Value>, got: Option<&Value>, found: &mut Vec<String>) {
    if let (Some(Value::Object(want)), Some(Value::Object(got))) = (want, got) {
        let keys: BTreeSet<&String> = want.keys().chain(got.keys()).collect();
        for key in keys {
            compare(&format!("{path}.{key}"), want.get(key), got.get(key), found);
        }
    } else if want != got {
        let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
        found.push(format!("{path}: expected {}, got {}", text(want), text(got)));
    }
}

#[test]
fn the_runner_sees_what_differs() {
    let map = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
    let judged = |expect: &str, got: &str| judge(&map(expect), Ok(map(got)));
    let same: [String; 0] = [];
    assert_eq!(judged(r#"{"a": {"x": "1"}}"#, r#"{"a": {"x": "1"}, "b": 2}"#), same);
    assert_eq!(
        judged(r#"{"a": {"x": "1"}, "c": null}"#, r#"{"a": {"y": "1"}}"#),
        [
            r#"a.x: expected "1", got nothing"#,
            r#"a.y: expected nothing, got "1""#,
            "c: no such key to expect",
        ]
    );
    assert_eq!(judged(r#"{"error": "x"}"#, "{}"), [r#"error: expected "x", got an answer"#]);
    assert_eq!(judge(&map(r#"{"error": "over"}"#), Err("overflow".to_owned())), same);
    let other = judge(&map(r#"{"error": "over"}"#), Err("malformed".to_owned()));
    assert_eq!(other, [r#"error: expected "over" alone, got "malformed""#]);
    assert_eq!(judge(&map("{}"), Err("overflow".to_owned())), ["error: overflow"]);
    assert!(serde_json::from_str::<Case>(r#"{"it": "", "given": 1, "expected": {}}"#).is_err());
}

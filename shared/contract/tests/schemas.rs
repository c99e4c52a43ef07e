//! Holds `events/schemas` and `events/samples` to the code that reads them.
#![expect(clippy::panic, clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use upline_contract::event::parse;
use upline_contract::schema::schemas;

fn events(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(folder)
}

fn files(folder: &str) -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(events(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let value = serde_json::from_str(&fs::read_to_string(path).unwrap());
        (name.clone(), value.unwrap_or_else(|error| panic!("{name} is not JSON: {error}")))
    };
    paths.iter().map(read).collect()
}

#[test]
fn the_schemas_are_those_of_the_code() {
    if std::env::var_os("UPLINE_BLESS").is_some() {
        for (name, schema) in schemas() {
            let text = serde_json::to_string_pretty(&schema).unwrap();
            fs::write(events("schemas").join(name), text + "\n").unwrap();
        }
    }
    let mut written: Vec<_> = schemas();
    written.sort_by_key(|(name, _)| *name);
    let found = files("schemas");
    let names = |list: &[(String, Value)]| -> Vec<String> {
        list.iter().map(|(name, _)| name.clone()).collect()
    };
    let wanted: Vec<(String, Value)> =
        written.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let remedy = "write them again with UPLINE_BLESS=1 cargo test -p upline-contract";
    assert_eq!(names(&found), names(&wanted), "events/schemas has other files; {remedy}");
    for ((name, found), (_, wanted)) in found.iter().zip(&wanted) {
        assert_eq!(found, wanted, "events/schemas/{name} is not what the code says; {remedy}");
    }
}

#[test]
fn accepted_samples_are_accepted() {
    let samples = files("samples/accepted");
    assert!(samples.len() >= 12, "only {} accepted samples", samples.len());
    for (name, sample) in samples {
        let event = parse(&sample);
        let event = event.unwrap_or_else(|refused| panic!("accepted/{name}: {refused}"));
        assert_eq!(event.tenant.as_str(), "demo", "accepted/{name}");
        assert_eq!(sample["detail-type"], event.fact.detail_type(), "accepted/{name}");
    }
}

#[test]
fn parked_samples_are_refused_for_their_reason() {
    let samples = files("samples/parked");
    assert!(samples.len() >= 20, "only {} parked samples", samples.len());
    for (name, sample) in samples {
        let why = sample["why"].as_str().unwrap_or_else(|| panic!("parked/{name} has no why"));
        match parse(&sample["event"]) {
            Ok(event) => panic!("parked/{name} was read as {event:?}, wanted {why}"),
            Err(refused) => {
                let got = refused.to_string();
                assert!(got.starts_with(why), "parked/{name}: wanted {why}, got {got}");
            }
        }
    }
}

//! The scenario table against `upline dev` over HTTP; `tests/it` plays the same files in process.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use upline_contract::answer::{EventResult, EventResults};
use upline_testkit::scenario::{Place, Scenario, play_folder};

use crate::harness::{Server, ask};

/// As many as there were when the table was last added to.
const AT_LEAST: usize = 110;

#[test]
fn every_scenario_holds_over_http() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/scenarios");
    let folder = folder.canonicalize().unwrap();
    play_folder(&folder, AT_LEAST, OverHttp::open);
}

struct OverHttp {
    server: Server,
    _folder: tempfile::TempDir,
}

impl OverHttp {
    fn open(scenario: &Scenario) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("plan.json"), &scenario.plan).unwrap();
        let server = Server::start_with(
            folder.path(),
            &["--data", ":memory:", "--plan", "plan.json", "--policy", &scenario.policy],
        );
        Self { server, _folder: folder }
    }
}

impl Place for OverHttp {
    fn send(&mut self, events: &[Value]) -> Vec<EventResult> {
        let url = format!("{}/v1/events", self.server.url);
        let body = json!({ "events": events }).to_string();
        let (status, answer) = ask("POST", &url, &self.server.token, Some(&body)).unwrap();
        assert_eq!(status, 200, "{answer}");
        let results: EventResults = serde_json::from_value(answer).unwrap();
        results.results
    }

    fn settle(&mut self) {
        self.server.settle();
    }

    fn get(&mut self, path: &str) -> (u16, Value) {
        let url = format!("{}{path}", self.server.url);
        ask("GET", &url, &self.server.token, None).unwrap()
    }
}

//! Reconciliation over HTTP and on the command line: lists that are put, runs that are asked for,
//! reports that are read, and who may do what.

mod commands;
mod lists;
mod reports;

use serde_json::{Value, json};
use upline_testkit::events::{bound, completed, paid, refunded, registered, registered_under};

use crate::harness::{Server, upline};

/// Days begin in Shanghai, at 16:00 of the day before in UTC.
const PLAN: &str = r#"{ "timezone": "Asia/Shanghai",
    "currencies": { "CNY": { "depth": 2,
        "cards": { "standard": { "base": "paid",
            "mode": { "percent": { "rates": ["0.10", "0.05"] } } } },
        "rules": [ { "id": "default", "priority": 0, "card": "standard" } ] } } }"#;

const DAY: &str = "2026-11-11";
const RUN: &str = "/v1/jobs/reconcile/run";

/// A server with ann above bob, who brought zoe.
struct Shop {
    folder: tempfile::TempDir,
    server: Server,
}

/// What the server answered, as it is.
struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    #[track_caller]
    fn is(&self, status: u16, part: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert!(self.text.contains(part), "wanted {part}, got {}", self.text);
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

impl Shop {
    fn open() -> Self {
        Self::open_with(&[])
    }

    fn open_with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("plan.json"), PLAN).unwrap();
        let server =
            Server::start_with(folder.path(), &[&["--plan", "plan.json"], arguments].concat());
        let shop = Self { folder, server };
        shop.send(&[
            registered("ann", "2026-10-01T00:00:00Z"),
            registered_under("bob", "ann", "2026-10-02T00:00:00Z"),
            bound("zoe", "bob", "2026-10-03T00:00:00Z"),
        ]);
        shop
    }

    /// The same data with another process.
    fn restart(self) -> Self {
        let Self { folder, server } = self;
        drop(server);
        let server = Server::start(folder.path());
        Self { folder, server }
    }

    fn send(&self, events: &[Value]) {
        let (status, answer) = self.server.send(self.folder.path(), events);
        assert_eq!(status, Some(0), "{answer}");
    }

    fn token(&self, role: &str, more: &[&str]) -> String {
        let mut command = upline(self.folder.path());
        let output = command.args(["token", "--role", role]).args(more).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Asks with a token and a body of any bytes.
    fn ask(&self, method: &str, path: &str, token: &str, body: &[u8]) -> Answer {
        let agent = ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build();
        let url = format!("{}{path}", self.server.url);
        let request = ureq::http::Request::builder().method(method).uri(url);
        let request = request.header("authorization", format!("Bearer {token}"));
        let mut answer = agent.new_agent().run(request.body(body).unwrap()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        Answer { status: answer.status().as_u16(), headers: answer.headers().clone(), text }
    }

    /// Asks as an admin.
    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &self.server.token, b"")
    }

    fn put(&self, list: &[u8]) -> Answer {
        self.ask("PUT", &format!("/v1/lists/{DAY}"), &self.server.token, list)
    }

    /// Has the day reconciled; what was counted.
    fn reconcile(&self, dry_run: bool) -> Value {
        let body = json!({ "date": DAY, "dry_run": dry_run }).to_string();
        let answer = self.ask("POST", RUN, &self.server.token, body.as_bytes());
        answer.is(200, "\"outcome\":\"done\"");
        answer.json()["counts"].clone()
    }

    /// What the last run over the day found, a line each.
    fn found(&self) -> Vec<String> {
        let answer = self.get(&format!("/v1/reports/{DAY}"));
        answer.is(200, "\"state\":\"finished\"");
        let report = answer.json();
        report["differences"].as_array().unwrap().iter().map(told).collect()
    }

    /// Runs a command beside the server; its exit status and all it says.
    fn run(&self, line: &str) -> (Option<i32>, String) {
        let mut command = upline(self.folder.path());
        command.args(line.split(' '));
        command.args(["--url", &self.server.url, "--token", &self.server.token]);
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout) + &text(output.stderr))
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

/// A difference in a few words.
fn told(one: &Value) -> String {
    let part = |name: &str| one[name].as_str().unwrap_or_default();
    let parts = ["kind", "order_id", "distributor_id", "about"].map(part);
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{}: {}", parts.join(" "), part("outcome"))
}

/// The shop's orders of the day, from its first moment to its last.
fn orders() -> Vec<Value> {
    vec![
        paid("A1", "zoe", "100.00", "2026-11-10T16:00:00Z"),
        paid("A2", "zoe", "200.00", "2026-11-11T02:00:00Z"),
        paid("A3", "zoe", "300.00", "2026-11-11T03:00:00Z"),
        refunded("A2", "r1", "50.00", "2026-11-11T04:00:00Z"),
        completed("A3", "2026-11-11T15:59:59.999Z"),
    ]
}

/// The moments before and after it, which no list of the day has.
fn around() -> [Value; 2] {
    [
        paid("B1", "zoe", "100.00", "2026-11-10T15:59:59.999Z"),
        paid("B2", "zoe", "100.00", "2026-11-11T16:00:00Z"),
    ]
}

/// Events as JSON lines.
fn lines(events: &[Value]) -> String {
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}

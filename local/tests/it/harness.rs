//! A server as a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// A running `upline dev`, killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
    pub(crate) token: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

pub(crate) fn upline(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_upline"));
    command.current_dir(folder).env_remove("UPLINE_DATA");
    command
}

impl Server {
    pub(crate) fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    pub(crate) fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = upline(folder);
        // Tests send much that is parked: each would be a line of warning.
        command.env("RUST_LOG", "error").stdout(Stdio::piped());
        command.args(["dev", "--json", "--port", "0"]).args(arguments);
        let mut child = command.spawn().unwrap();
        let mut ready = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut ready).unwrap();
        let ready: Value = serde_json::from_str(&ready).unwrap();
        let field = |name| ready.get(name).and_then(Value::as_str).unwrap().to_owned();
        assert_eq!(field("tenant"), "demo");
        Self { child, url: field("url"), token: field("token") }
    }

    /// Sends events with `upline event send -`; gives the exit status and the answer.
    pub(crate) fn send(&self, folder: &Path, events: &[Value]) -> (Option<i32>, Value) {
        let mut command = upline(folder);
        command.args(["event", "send", "-", "--json", "--url", &self.url, "--token", &self.token]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        for event in events {
            writeln!(stdin, "{event}").unwrap();
        }
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, answer) =
            ask("GET", &format!("{}{path}", self.url), &self.token, None).unwrap();
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub(crate) fn settle(&self) {
        until("posting ends", || self.get("/v1/health").get("unposted") == Some(&json!(0)));
    }
}

/// Looks at another process until it shows what is awaited, for two minutes at the most.
#[track_caller]
pub(crate) fn until(awaited: &str, mut shows: impl FnMut() -> bool) {
    let began = Instant::now();
    while !shows() {
        assert!(began.elapsed() < Duration::from_mins(2), "waited in vain until {awaited}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Asks a server, and gives the status and the answer; an error where it does not answer.
pub(crate) fn ask(
    method: &str,
    url: &str,
    token: &str,
    body: Option<&str>,
) -> Result<(u16, Value), ureq::Error> {
    let agent = ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build();
    let request = ureq::http::Request::builder().method(method).uri(url);
    let request = request.header("authorization", format!("Bearer {token}"));
    let mut answer = agent.new_agent().run(request.body(body.unwrap_or_default().to_owned())?)?;
    let text = answer.body_mut().read_to_string()?;
    Ok((answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

//! A running `upline dev`: the real process, spoken to over HTTP.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ureq::Agent;

/// The process, killed when it is dropped.
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

/// A client that keeps its connections.
pub(crate) fn agent() -> Agent {
    let config = Agent::config_builder().proxy(None).http_status_as_error(false);
    config.max_idle_connections_per_host(1).build().new_agent()
}

impl Server {
    /// Starts a server in memory with a plan.
    pub(crate) fn start(plan: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_upline"));
        command.env("RUST_LOG", "error").env_remove("UPLINE_DATA").stdout(Stdio::piped());
        command.args(["dev", "--json", "--port", "0", "--data", ":memory:", "--policy", "global"]);
        let mut child = command.arg("--plan").arg(plan).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let ready: Value = serde_json::from_str(&ready).unwrap();
        let field = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self { child, url: field("url"), token: field("token") }
    }

    /// Asks for something.
    pub(crate) fn get(&self, agent: &Agent, path: &str) -> Value {
        let request = agent.get(format!("{}{path}", self.url));
        let answer = request.header("authorization", format!("Bearer {}", self.token)).call();
        let text = answer.unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Sends the events of one body; all of them must be new facts.
    pub(crate) fn send(&self, agent: &Agent, body: &Batch) {
        let request = agent.post(format!("{}/v1/events", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let text = request.send(&body.text).unwrap().body_mut().read_to_string().unwrap();
        let created = text.matches(r#""outcome":"created""#).count();
        assert_eq!(created, body.events, "{text}");
    }

    /// Waits until all is posted.
    pub(crate) fn settle(&self, agent: &Agent) {
        let began = Instant::now();
        while self.get(agent, "/v1/health")["unposted"] != json!(0) {
            assert!(began.elapsed() < Duration::from_mins(2), "posting does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The time that the process has had on a core, in all its threads.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let (_, after_name) = stat.rsplit_once(')').unwrap();
        let ticks = |place: usize| -> u64 {
            after_name.split_whitespace().nth(place).unwrap().parse().unwrap()
        };
        // Of a hundredth of a second, in user and in system mode: proc(5), fields 14 and 15.
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// The most memory that the process had, in KiB.
    pub(crate) fn most_memory(&self) -> u64 {
        memory(self.child.id(), "VmHWM")
    }
}

/// A figure of the memory of a process, in KiB.
pub(crate) fn memory(process: u32, figure: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(figure)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// The body of one request, made beforehand.
pub(crate) struct Batch {
    text: String,
    events: usize,
}

/// Puts events into bodies of so many.
pub(crate) fn batches(events: &[Value], size: usize) -> Vec<Batch> {
    let batch = |events: &[Value]| Batch {
        text: json!({ "events": events }).to_string(),
        events: events.len(),
    };
    events.chunks(size).map(batch).collect()
}

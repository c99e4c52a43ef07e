//! A bus that answers over HTTP as EventBridge does, and remembers what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_sdk_eventbridge::config::{BehaviorVersion, Region, retry::RetryConfig};
use axum::Json;
use axum::extract::State;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use upline_lambda::Bus;

#[derive(Clone, Default)]
struct Asked {
    requests: Arc<Mutex<Vec<Vec<Value>>>>,
    refusals: Arc<Mutex<HashMap<String, usize>>>,
}

/// The bus, on a port of loopback until it is dropped.
pub(crate) struct Answering {
    asked: Asked,
    url: String,
    server: JoinHandle<()>,
}

/// Whether an entry is the event of an id.
pub(crate) fn is(entry: &Value, id: &str) -> bool {
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    detail["metadata"]["id"] == id
}

async fn put_events(State(asked): State<Asked>, body: String) -> Json<Value> {
    let body: Value = serde_json::from_str(&body).unwrap();
    let entries = body["Entries"].as_array().unwrap().clone();
    let mut refusals = asked.refusals.lock().unwrap();
    let mut take = |entry: &Value| {
        let refused = refusals.iter_mut().find(|(id, left)| **left > 0 && is(entry, id));
        match refused {
            Some((_, left)) => {
                *left -= 1;
                json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded" })
            }
            None => json!({ "EventId": "1" }),
        }
    };
    let answers: Vec<Value> = entries.iter().map(&mut take).collect();
    let failed = answers.iter().filter(|one| one.get("ErrorCode").is_some()).count();
    asked.requests.lock().unwrap().push(entries);
    Json(json!({ "FailedEntryCount": failed, "Entries": answers }))
}

impl Answering {
    pub(crate) async fn start() -> Self {
        let asked = Asked::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/", post(put_events)).with_state(asked.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { asked, url, server }
    }

    /// A client of it, which does not try again by itself.
    pub(crate) fn client(&self) -> Bus {
        let config = aws_sdk_eventbridge::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::new("eu-west-1"))
            .retry_config(RetryConfig::disabled())
            .allow_no_auth()
            .build();
        Bus::new(aws_sdk_eventbridge::Client::from_conf(config), "bus")
    }

    /// Refuses the event of an id so many times.
    pub(crate) fn refuse(&self, id: &str, times: usize) {
        self.asked.refusals.lock().unwrap().insert(id.to_owned(), times);
    }

    /// Answers nobody any more.
    pub(crate) fn close(&self) {
        self.server.abort();
    }

    /// The entries of each request so far.
    pub(crate) fn requests(&self) -> Vec<Vec<Value>> {
        self.asked.requests.lock().unwrap().clone()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.close();
    }
}

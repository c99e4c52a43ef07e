//! A queue that answers over HTTP as SQS does, and keeps what it was sent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Json;
use axum::extract::State;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use upline_contract::job::Job;
use upline_lambda::{JobQueues, QueueOf};

use crate::lambda::queues_at;

#[derive(Clone, Default)]
struct Asked {
    sent: Arc<Mutex<Vec<String>>>,
    requests: Arc<Mutex<Vec<usize>>>,
    refusals: Arc<Mutex<HashMap<String, usize>>>,
}

/// The queue, on a port of loopback until it is dropped.
pub(crate) struct Answering {
    asked: Asked,
    url: String,
    server: JoinHandle<()>,
}

async fn send_batch(State(asked): State<Asked>, body: String) -> Json<Value> {
    let body: Value = serde_json::from_str(&body).unwrap();
    let entries = body["Entries"].as_array().unwrap();
    asked.requests.lock().unwrap().push(entries.len());
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    let mut refusals = asked.refusals.lock().unwrap();
    for entry in entries {
        let (id, text) = (&entry["Id"], entry["MessageBody"].as_str().unwrap());
        let refused = refusals.iter_mut().find(|(part, left)| **left > 0 && text.contains(*part));
        if let Some((_, left)) = refused {
            *left -= 1;
            failed.push(json!({ "Id": id, "SenderFault": false, "Code": "InternalError" }));
        } else {
            asked.sent.lock().unwrap().push(text.to_owned());
            successful.push(json!({ "Id": id, "MessageId": "m", "MD5OfMessageBody": "" }));
        }
    }
    // What was taken is told in an order of its own.
    successful.reverse();
    Json(json!({ "Successful": successful, "Failed": failed }))
}

impl Answering {
    pub(crate) async fn start() -> Self {
        let asked = Asked::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/", post(send_batch)).with_state(asked.clone());
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { asked, url, server }
    }

    /// The queue of each job: all of them this one.
    pub(crate) fn jobs(&self) -> JobQueues {
        let queue = |job| QueueOf { job, url: format!("{}/1/jobs", self.url) };
        JobQueues::new(queues_at(&self.url), Job::ALL.map(queue).to_vec())
    }

    /// Refuses messages with this in them so many times.
    pub(crate) fn refuse(&self, part: &str, times: usize) {
        self.asked.refusals.lock().unwrap().insert(part.to_owned(), times);
    }

    /// Answers nobody any more.
    pub(crate) fn close(&self) {
        self.server.abort();
    }

    /// How many messages each request had.
    pub(crate) fn requests(&self) -> Vec<usize> {
        self.asked.requests.lock().unwrap().clone()
    }

    /// What it took since it was asked last, sorted.
    pub(crate) fn take(&self) -> Vec<String> {
        let mut sent = std::mem::take(&mut *self.asked.sent.lock().unwrap());
        sent.sort();
        sent
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.close();
    }
}

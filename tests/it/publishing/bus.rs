//! A bus that stands in for EventBridge: nothing here serves one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::config::retry::RetryConfig;
use aws_sdk_eventbridge::config::{BehaviorVersion, Config, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use upline_lambda::Bus;

/// How the bus answers one request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// It turns these away, by their places, and takes the others.
    TurnsAway(&'static [usize]),
    /// It fails, and takes nothing.
    Breaks,
    /// It never answers.
    Hangs,
}

#[derive(Debug, Default)]
struct State {
    answers: VecDeque<Answer>,
    requests: Vec<usize>,
    taken: Vec<Value>,
}

/// The bus; it takes everything, unless it is told how to answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct StandIn(Arc<Mutex<State>>);

impl StandIn {
    /// How it answers the next requests.
    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        self.0.lock().unwrap().answers.extend(answers);
    }

    /// How many events each request had.
    pub(crate) fn requests(&self) -> Vec<usize> {
        self.0.lock().unwrap().requests.clone()
    }

    /// The events that it took since it was asked last, as a rule of the bus sees them.
    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.0.lock().unwrap().taken)
    }

    /// The client's end of it.
    pub(crate) fn bus(&self) -> Bus {
        let connector = SharedHttpConnector::new(self.clone());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .retry_config(RetryConfig::disabled())
            .allow_no_auth()
            .build();
        Bus::new(Client::from_conf(config), "upline")
    }

    fn answer(&self, body: &[u8]) -> Option<HttpResponse> {
        let request: Value = serde_json::from_slice(body).unwrap();
        let entries = request["Entries"].as_array().unwrap();
        assert!(entries.len() <= 10, "EventBridge takes no more at once");
        let state = &mut *self.0.lock().unwrap();
        state.requests.push(entries.len());
        let turned_away = match state.answers.pop_front() {
            Some(Answer::Breaks) => {
                return Some(response(500, &json!({ "__type": "InternalException" })));
            }
            Some(Answer::Hangs) => return None,
            Some(Answer::TurnsAway(places)) => places,
            None => &[],
        };
        let answers = entries.iter().enumerate().map(|(place, entry)| {
            assert_eq!(entry["EventBusName"], "upline");
            if turned_away.contains(&place) {
                return json!({ "ErrorCode": "ThrottlingException", "ErrorMessage": "later" });
            }
            let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
            state.taken.push(json!({
                "source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail,
            }));
            json!({ "EventId": format!("e{}", state.taken.len()) })
        });
        let answers: Vec<Value> = answers.collect();
        let failed = turned_away.len();
        Some(response(200, &json!({ "FailedEntryCount": failed, "Entries": answers })))
    }
}

fn response(status: u16, body: &Value) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string()))
}

impl HttpConnector for StandIn {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        match self.answer(body) {
            Some(answer) => HttpConnectorFuture::ready(Ok(answer)),
            None => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

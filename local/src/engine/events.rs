//! Events come in: each is handled before the request is answered.

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::value::RawValue;
use serve_api::{Answer, Caller, Problem, Role};
use tracing::error;
use upline_contract::answer::{EventResult, EventResults};
use upline_contract::event::{Event, Fact};
use upline_lambda::{Arrived, Message, Outcome, Taken, arrive, log_taken, now, take};
use upline_store::{Change, Changes, ParkedId, Store, StoreError, StoreResult};

use crate::engine::{CHANGES, Engine};

/// Longest body of a request.
const BODY_BYTES_MAX: usize = 1_000_000;
/// Most events of a request.
const EVENTS_MAX: usize = 1_000;

/// `POST /v1/events`: what became of each, in the order sent.
pub(crate) async fn send(
    State(engine): State<Engine>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Answer<EventResults> {
    caller.may(&[Role::Shop])?;
    let events = events(body).await?;
    let arrive = |event: &RawValue| arrive(now(), Some(&caller.tenant), event.get());
    let arrived = events.iter().map(|event| arrive(event)).collect();
    Ok(Json(EventResults { results: engine.take_all(arrived).await? }))
}

/// The body of a request, each event letter by letter as it came.
#[derive(Deserialize)]
struct Request {
    events: Vec<Box<RawValue>>,
}

/// Reads `{"events": […]}`, within its limits.
async fn events(body: Body) -> Result<Vec<Box<RawValue>>, Problem> {
    let most = || {
        let detail = format!(
            "a request has at most {BODY_BYTES_MAX} bytes and {EVENTS_MAX} events; send several",
        );
        Problem::too_large(detail)
    };
    let bytes = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| most())?;
    let request: Request = serde_json::from_slice(&bytes).map_err(|wrong| {
        Problem::bad_request(format!("send {{\"events\": [an event, …]}}: {wrong}"))
    })?;
    if request.events.len() > EVENTS_MAX { Err(most()) } else { Ok(request.events) }
}

/// `POST /v1/parked/{id}/retry`: the parked event once more, whole, through the same door.
pub(crate) async fn retry(
    State(engine): State<Engine>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Answer<EventResult> {
    caller.may(&[Role::Ops])?;
    let unknown = || Problem::not_found(format!("there is no parked event {id}"));
    let parked: ParkedId = id.parse().map_err(|()| unknown())?;
    let event = engine.store.parked_event(&caller.tenant, &parked).await?.ok_or_else(unknown)?;
    let arrived = arrive(now(), Some(&caller.tenant), &event.event);
    let results = engine.take_all(vec![arrived]).await?;
    let result = results.into_iter().next().ok_or_else(unknown)?;
    if ["created", "exists", "waiting"].contains(&result.outcome.as_str()) {
        engine.store.taken_up(&caller.tenant, &parked, now()).await?;
    }
    Ok(Json(result))
}

impl Engine {
    /// Handles events in a task of its own: a client that hangs up does not stop half way.
    async fn take_all(&self, arrived: Vec<Arrived>) -> Result<Vec<EventResult>, Problem> {
        let engine = self.clone();
        let task = tokio::spawn(async move { engine.take_each(arrived).await });
        task.await.map_err(|broke| Problem::broken(&broke))
    }

    /// Handles events one after another. What each is about to change is noted before; what was
    /// changed is handed to posting after, also where an event failed.
    async fn take_each(&self, arrived: Vec<Arrived>) -> Vec<EventResult> {
        let changes = Changes::new(CHANGES, &self.batches.name());
        let store = self.store.noting(changes.clone());
        let known = arrived.iter().filter_map(|one| change(one.event()?)).collect();
        let noted = store.note_many(known).await;
        let mut results = Vec::with_capacity(arrived.len());
        for one in arrived {
            let id = one.event().map(|event| event.id.to_string());
            let taken = match &noted {
                Ok(()) => {
                    take(&store, now(), one, async |m: &Message| handle(&store, m).await).await
                }
                Err(failed) => {
                    Err(StoreError::Request { request: "note", answer: failed.to_string() })
                }
            };
            results.push(result(id, taken));
            tokio::task::yield_now().await;
        }
        self.poster.post(changes);
        results
    }
}

fn result(id: Option<String>, taken: StoreResult<Taken>) -> EventResult {
    match taken {
        Ok(taken) => {
            log_taken(&taken);
            let id = taken.id.map(|id| id.to_string());
            let (outcome, reason) = (taken.outcome.word().to_owned(), taken.outcome.reason());
            EventResult { id, outcome, reason }
        }
        Err(failed) => {
            error!("an event is to be sent again: {failed}");
            let reason = "retry: the table did not answer; send the event again".to_owned();
            EventResult { id, outcome: "retry".to_owned(), reason: Some(reason) }
        }
    }
}

/// What an event is about to change, as far as it says so itself.
fn change(event: &Event) -> Option<Change> {
    let tenant = &event.tenant;
    match &event.fact {
        Fact::Registered(one) => Some(Change::member(tenant, &one.distributor)),
        Fact::Bound(_) => None,
        Fact::Paid(paid) => Some(Change::order(tenant, &paid.order)),
        Fact::Refunded { order, .. } | Fact::Completed { order, .. } => {
            Some(Change::order(tenant, order))
        }
    }
}

async fn handle(store: &Store, message: &Message) -> StoreResult<Outcome> {
    match &message.event.fact {
        Fact::Registered(_) | Fact::Bound(_) => {
            bind_registration::handle(store, now(), message).await
        }
        Fact::Paid(_) => calculate_commission::handle(store, now(), message).await,
        Fact::Refunded { .. } => reverse_refund::handle(store, now(), message).await,
        Fact::Completed { .. } => complete_order::handle(store, now(), message).await,
    }
}

//! Events come in: each is handled before the request is answered.

use axum::body::Body;
use axum::extract::State;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::value::RawValue;
use serve_api::{Answer, BODY_BYTES_MAX, Caller, PathId, Problem, Role, text};
use tracing::error;
use upline_contract::answer::{EventResult, EventResults, Mended};
use upline_contract::event::{Event, Fact, subject};
use upline_lambda::{Arrived, Message, Outcome, Taken, arrive, log_taken, now, take, take_mended};
use upline_store::{Change, Changes, ParkedId, Store, StoreError, StoreResult};

use crate::engine::{CHANGES, Engine};

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
    Ok(Json(EventResults { results: engine.take_all(arrived, Sender::Shop).await? }))
}

/// The body of a request, each event letter by letter as it came.
#[derive(Deserialize)]
struct Request {
    events: Vec<Box<RawValue>>,
}

fn too_large() -> Problem {
    let detail = format!(
        "a request has at most {BODY_BYTES_MAX} bytes and {EVENTS_MAX} events; send several",
    );
    Problem::too_large(detail)
}

/// Reads `{"events": […]}`, within its limits.
async fn events(body: Body) -> Result<Vec<Box<RawValue>>, Problem> {
    let text = text(body, too_large).await?;
    let form = |wrong: String| {
        Problem::bad_request(format!("send {{\"events\": [an event, …]}}: {wrong}"))
    };
    if text.trim_start().starts_with('[') {
        return Err(form("this is a list; put it under \"events\"".to_owned()));
    }
    let request: Request = serde_json::from_str(&text).map_err(|wrong| form(wrong.to_string()))?;
    if request.events.len() > EVENTS_MAX { Err(too_large()) } else { Ok(request.events) }
}

/// `POST /v1/parked/{id}/retry`: the parked event once more, or the mended one of the body in its
/// place, through the same door. One that is taken ends the wait of the parked event. A mended one
/// that cannot be taken either is kept beside the list, in which the parked one stands for both.
pub(crate) async fn retry(
    State(engine): State<Engine>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    body: Body,
) -> Answer<EventResult> {
    caller.may(&[Role::Ops])?;
    let unknown = || Problem::not_found(format!("there is no parked event {id}"));
    let parked: ParkedId = id.parse().map_err(|()| unknown())?;
    let mended = mended(body).await?;
    let event = engine.store.parked_event(&caller.tenant, &parked).await?.ok_or_else(unknown)?;
    let (text, sender) = match &mended {
        Some(mended) => {
            same_subject(&event.event, mended.get())?;
            (mended.get(), Sender::Person)
        }
        None => (event.event.as_str(), Sender::Shop),
    };
    let arrived = arrive(now(), Some(&caller.tenant), text);
    let results = engine.take_all(vec![arrived], sender).await?;
    let result = results.into_iter().next().ok_or_else(unknown)?;
    if ["created", "exists", "waiting"].contains(&result.outcome.as_str()) {
        engine.store.taken_up(&caller.tenant, &parked, now()).await?;
    }
    Ok(Json(result))
}

/// Refuses an event of something else in the place of a parked one, which would be lost with it.
fn same_subject(parked: &str, mended: &str) -> Result<(), Problem> {
    match (subject(parked), subject(mended)) {
        (Some(parked), Some(mended)) if parked != mended => Err(Problem::bad_request(format!(
            "event: the parked one is {parked}, and this is {mended}; mend that one, or dismiss it \
             with the reason and send this one as an event"
        ))),
        (_, _) => Ok(()),
    }
}

/// Reads `{"event": …}`, or nothing.
async fn mended(body: Body) -> Result<Option<Box<RawValue>>, Problem> {
    let text = text(body, too_large).await?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    let form = |wrong| {
        let detail = format!("send {{\"event\": the mended event}}, or an empty body: {wrong}");
        Problem::bad_request(detail)
    };
    let Mended { event } = serde_json::from_str(&text).map_err(form)?;
    Ok(Some(event))
}

/// Who sends an event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// The shop, for the first time or again: what cannot succeed is listed.
    Shop,
    /// A person who mended it, and has another in the list.
    Person,
}

impl Engine {
    /// Handles events in a task of its own: a client that hangs up does not stop half way.
    async fn take_all(
        &self,
        arrived: Vec<Arrived>,
        sender: Sender,
    ) -> Result<Vec<EventResult>, Problem> {
        let engine = self.clone();
        let task = tokio::spawn(async move { engine.take_each(arrived, sender).await });
        task.await.map_err(|broke| Problem::broken(&broke))
    }

    /// Handles events one after another. What each is about to change is noted before; what was
    /// changed is handed to posting after, also where an event failed.
    async fn take_each(&self, arrived: Vec<Arrived>, sender: Sender) -> Vec<EventResult> {
        // Until it is handed over: a fact that can be seen before that is not posted yet either.
        let _under_way = self.poster.under_way();
        let changes = Changes::new(CHANGES, &self.batches.name());
        let store = self.store.noting(changes.clone());
        let known = arrived.iter().filter_map(|one| change(one.event()?)).collect();
        let noted = store.note_many(known).await;
        let mut results = Vec::with_capacity(arrived.len());
        for one in arrived {
            let id = one.event().map(|event| event.id.to_string());
            let taken = match &noted {
                Ok(()) => take_one(&store, one, sender).await,
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

async fn take_one(store: &Store, arrived: Arrived, sender: Sender) -> StoreResult<Taken> {
    let handle = async |message: &Message| handle(store, message).await;
    match sender {
        Sender::Shop => take(store, now(), arrived, handle).await,
        Sender::Person => take_mended(store, now(), arrived, handle).await,
    }
}

fn result(id: Option<String>, taken: StoreResult<Taken>) -> EventResult {
    match taken {
        Ok(taken) => {
            log_taken(&taken);
            let id = taken.id.map(|id| id.to_string());
            let outcome = taken.outcome.word().to_owned();
            EventResult { id, outcome, reason: taken.reason }
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

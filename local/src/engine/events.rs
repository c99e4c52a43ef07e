//! Events come in: each is handled before the request is answered.

use axum::body::Body;
use axum::extract::State;
use axum::{Extension, Json};
use jiff::Timestamp;
use serde_json::value::RawValue;
use serve_api::{Answer, Caller, PathId, Problem, Retried};
use tracing::error;
use upline_contract::answer::{EventResult, EventResults};
use upline_contract::event::{Event, Fact};
use upline_lambda::{
    Arrived, Keep, Message, Outcome, Taken, Tries, arrive, log_taken, take, take_mended,
};
use upline_store::{Change, Changes, Store, StoreError, StoreResult};

use crate::engine::{CHANGES, Engine};

/// `POST /v1/events`: what became of each, in the order sent.
pub(crate) async fn send(
    State(engine): State<Engine>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Answer<EventResults> {
    let events = serve_api::events(&caller, body).await?;
    let arrive = |event: &RawValue| arrive((engine.clock)(), Some(&caller.tenant), event.get());
    let arrived = events.iter().map(|event| arrive(event)).collect();
    Ok(Json(EventResults { results: engine.take_all(arrived, Keep::Listed).await? }))
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
    let Retried { parked, text, keep } =
        serve_api::retried(&engine.store, &caller, &id, body).await?;
    let arrived = arrive((engine.clock)(), Some(&caller.tenant), &text);
    let results = engine.take_all(vec![arrived], keep).await?;
    let unknown = || Problem::not_found(format!("there is no parked event {id}"));
    let result = results.into_iter().next().ok_or_else(unknown)?;
    if ["created", "exists", "waiting"].contains(&result.outcome.as_str()) {
        engine.store.taken_up(&caller.tenant, &parked, (engine.clock)()).await?;
    }
    Ok(Json(result))
}

impl Engine {
    /// Handles events in a task of its own: a client that hangs up does not stop half way.
    async fn take_all(
        &self,
        arrived: Vec<Arrived>,
        keep: Keep,
    ) -> Result<Vec<EventResult>, Problem> {
        let engine = self.clone();
        let task = tokio::spawn(async move { engine.take_each(arrived, keep).await });
        task.await.map_err(|broke| Problem::broken(&broke))
    }

    /// Handles events one after another. What each is about to change is noted before; what was
    /// changed is handed to posting after, also where an event failed.
    pub(super) async fn take_each(&self, arrived: Vec<Arrived>, keep: Keep) -> Vec<EventResult> {
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
                Ok(()) => take_one(&store, self.clock, one, keep).await,
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

async fn take_one(
    store: &Store,
    clock: fn() -> Timestamp,
    arrived: Arrived,
    keep: Keep,
) -> StoreResult<Taken> {
    let handle = async |message: &Message| handle(store, clock(), message).await;
    match keep {
        Keep::Listed => take(store, clock(), arrived, handle).await,
        Keep::Aside => take_mended(store, clock(), arrived, handle).await,
    }
}

fn result(id: Option<String>, taken: StoreResult<Taken>) -> EventResult {
    match taken {
        Ok(taken) => {
            log_taken(&taken, Tries::default());
            taken.into_result()
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

async fn handle(store: &Store, now: Timestamp, message: &Message) -> StoreResult<Outcome> {
    match &message.event.fact {
        Fact::Registered(_) | Fact::Bound(_) => {
            bind_registration::handle(store, now, message).await
        }
        Fact::Paid(_) => calculate_commission::handle(store, now, message).await,
        Fact::Refunded { .. } => reverse_refund::handle(store, now, message).await,
        Fact::Completed { .. } => complete_order::handle(store, now, message).await,
    }
}

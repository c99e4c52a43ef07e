//! Events come in on AWS: what is wrong is answered at once and parked, all else goes on the bus.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use futures::StreamExt;
use jiff::Timestamp;
use tracing::error;
use upline_contract::answer::{EventResult, EventResults};
use upline_lambda::{
    Arrived, Bus, Entry, Keep, Message, NotTaken, Tries, admit_to_bus, arrive, log_accepted,
    log_taken,
};
use upline_store::{ParkedId, Store};

use crate::intake::{Retried, events, retried};
use crate::{Caller, PathId, Problem};

/// Events that are parked at once.
const AT_ONCE: usize = 8;
/// What has become of an event that is on the bus.
const ACCEPTED: &str = "accepted";

type Answer<T> = Result<(StatusCode, Json<T>), Problem>;

/// What takes events in.
#[derive(Clone)]
pub(crate) struct Intake {
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) now: fn() -> Timestamp,
}

/// `POST /v1/events`: what was accepted or is wrong, in the order sent.
pub(crate) async fn send(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Answer<EventResults> {
    let now = (intake.now)();
    let arrived = events(&caller, body).await?;
    let arrived = arrived.iter().map(|event| arrive(now, Some(&caller.tenant), event.get()));
    let results = intake.take(arrived.collect(), None, Keep::Listed).await;
    Ok((StatusCode::ACCEPTED, Json(EventResults { results })))
}

/// `POST /v1/parked/{id}/retry`: the parked event once more, or the mended one of the body in its
/// place. The parked one is listed until its act has taken this one.
pub(crate) async fn retry(
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    body: Body,
) -> Answer<EventResult> {
    let Retried { parked, text, keep } = retried(&intake.store, &caller, &id, body).await?;
    let arrived = arrive((intake.now)(), Some(&caller.tenant), &text);
    let results = intake.take(vec![arrived], Some(parked), keep).await;
    let unknown = || Problem::not_found(format!("there is no parked event {id}"));
    let mut result = results.into_iter().next().ok_or_else(unknown)?;
    if result.outcome != ACCEPTED {
        return Ok((StatusCode::OK, Json(result)));
    }
    result.reason = Some(format!("{ACCEPTED}: it stays listed until its act has taken it"));
    Ok((StatusCode::ACCEPTED, Json(result)))
}

/// An event that may go on the bus, or the answer to one that may not.
enum Sorted {
    Good(Box<Message>, Entry),
    Answered(EventResult),
}

impl Intake {
    /// Parks what is wrong, and puts the others on the bus.
    async fn take(
        &self,
        arrived: Vec<Arrived>,
        retried: Option<ParkedId>,
        keep: Keep,
    ) -> Vec<EventResult> {
        let sort = |one| self.clone().sort(one, retried.clone(), keep);
        let sorting: Vec<_> = arrived.into_iter().map(sort).collect();
        let sorted = futures::stream::iter(sorting).buffered(AT_ONCE);
        let sorted: Vec<Sorted> = sorted.collect().await;
        let good = |one: &Sorted| match one {
            Sorted::Good(_, entry) => Some(entry.clone()),
            Sorted::Answered(_) => None,
        };
        let entries: Vec<Entry> = sorted.iter().filter_map(good).collect();
        let mut put = self.bus.put(&entries).await.into_iter();
        let answer = |one| match one {
            Sorted::Answered(result) => result,
            Sorted::Good(message, _) => {
                let lost = || Err(NotTaken("no answer".to_owned()));
                accepted(&message, put.next().unwrap_or_else(lost))
            }
        };
        sorted.into_iter().map(answer).collect()
    }

    async fn sort(self, arrived: Arrived, retried: Option<ParkedId>, keep: Keep) -> Sorted {
        let id = arrived.event().map(|event| event.id.to_string());
        let now = (self.now)();
        match admit_to_bus(&self.store, now, arrived, retried.as_ref(), keep).await {
            Ok(Ok((message, entry))) => Sorted::Good(message, entry),
            Ok(Err(taken)) => {
                log_taken(&taken, Tries::default());
                Sorted::Answered(taken.into_result())
            }
            Err(failed) => {
                error!("an event is to be sent again: {failed}");
                Sorted::Answered(retry_later(id, "the table did not answer"))
            }
        }
    }
}

fn accepted(message: &Message, put: Result<(), NotTaken>) -> EventResult {
    let id = Some(message.event.id.to_string());
    match put {
        Ok(()) => {
            log_accepted(&message.event);
            EventResult { id, outcome: ACCEPTED.to_owned(), reason: None }
        }
        Err(not) => retry_later(id, &not.to_string()),
    }
}

fn retry_later(id: Option<String>, why: &str) -> EventResult {
    let reason = Some(format!("retry: {why}; send the event again"));
    EventResult { id, outcome: "retry".to_owned(), reason }
}

//! Events come in: how a request has them, on one machine and on AWS alike.

use axum::body::Body;
use serde::Deserialize;
use serde_json::value::RawValue;
use upline_contract::answer::Mended;
use upline_contract::event::subject;
use upline_lambda::Keep;
use upline_store::{ParkedId, Store};

use crate::{BODY_BYTES_MAX, Caller, Problem, Role, text};

/// Most events of a request.
const EVENTS_MAX: usize = 1_000;

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

/// Reads `{"events": […]}` from the body of a shop's request, within its limits.
///
/// # Errors
///
/// * [`Problem`] 403 for another role, 413 above the limits, 400 for what is not of this form.
pub async fn events(caller: &Caller, body: Body) -> Result<Vec<Box<RawValue>>, Problem> {
    caller.may(&[Role::Shop])?;
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

/// A parked event that is to be tried again.
#[derive(Clone, Debug)]
pub struct Retried {
    /// The parked event.
    pub parked: ParkedId,
    /// What is tried: the parked event as it came, or the mended one in its place.
    pub text: String,
    /// Where it is kept if it cannot be taken either.
    pub keep: Keep,
}

/// Reads what `POST /v1/parked/{id}/retry` is to try: the parked event, or the one of the body,
/// which has to be about the same thing.
///
/// # Errors
///
/// * [`Problem`] 403 for another role, 404 where there is no such event, 400 and 413 for the body.
pub async fn retried(
    store: &Store,
    caller: &Caller,
    id: &str,
    body: Body,
) -> Result<Retried, Problem> {
    caller.may(&[Role::Ops])?;
    let unknown = || Problem::not_found(format!("there is no parked event {id}"));
    let parked: ParkedId = id.parse().map_err(|()| unknown())?;
    let mended = mended(body).await?;
    let event = store.parked_event(&caller.tenant, &parked).await?.ok_or_else(unknown)?;
    let (text, keep) = match mended {
        Some(mended) => {
            same_subject(&event.event, mended.get())?;
            (mended.get().to_owned(), Keep::Aside)
        }
        None => (event.event, Keep::Listed),
    };
    Ok(Retried { parked, text, keep })
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

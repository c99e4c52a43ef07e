//! Level, status and risk of a distributor, changed by hand.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use upline_contract::answer::StandingChanged;
use upline_contract::request::{StandingRequest, parse_standing};
use upline_domain::ids::{DistributorId, LevelId};
use upline_domain::member::{Risk, Status};
use upline_domain::schedule::Wanted;
use upline_domain::time;
use upline_store::{Changed, Standing};

use crate::body::one;
use crate::problem::{PathId, Problem};
use crate::{Api, Caller, Role};

type Answer = Result<(StatusCode, Json<StandingChanged>), Problem>;

/// `POST /v1/distributors/{id}/status`
pub(crate) async fn status(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    body: Body,
) -> Answer {
    let (id, request) = read(&caller, &id, body).await?;
    let wrong = || Problem::bad_request("value: write active, frozen or terminated");
    let status = Status::from_name(request.value.as_str()).ok_or_else(wrong)?;
    change(&api, &caller, id, Standing::Status(status), request).await
}

/// `POST /v1/distributors/{id}/risk`
pub(crate) async fn risk(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    body: Body,
) -> Answer {
    let (id, request) = read(&caller, &id, body).await?;
    let wrong = || Problem::bad_request("value: write flagged or clear");
    let risk = Risk::from_name(request.value.as_str()).ok_or_else(wrong)?;
    change(&api, &caller, id, Standing::Risk(risk), request).await
}

/// `POST /v1/distributors/{id}/level`: to a level of the plan that is active from then on.
pub(crate) async fn level(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    body: Body,
) -> Answer {
    let (id, request) = read(&caller, &id, body).await?;
    let wrong = |wrong| Problem::bad_request(format!("value: {wrong}"));
    let level: LevelId = request.value.as_str().parse().map_err(wrong)?;
    let now = (api.now)();
    let from = Wanted { from: request.from, now, lead: api.lead }.start();
    let plan = api.store.plan_at(&caller.tenant, from, now).await?;
    let none = || Problem::refused("value: no plan is active by then; activate one first");
    let levels = &plan.as_ref().ok_or_else(none)?.plan.levels;
    if !levels.contains(&level) {
        let names: Vec<&str> = levels.iter().map(LevelId::as_str).collect();
        let detail =
            format!("value: the plan has no level {level} then; write {}", names.join(", "));
        return Err(Problem::refused(detail));
    }
    change(&api, &caller, id, Standing::Level(level), request).await
}

async fn read(
    caller: &Caller,
    id: &str,
    body: Body,
) -> Result<(DistributorId, StandingRequest), Problem> {
    caller.may(&[Role::Ops])?;
    let id =
        id.parse().map_err(|wrong| Problem::bad_request(format!("distributor id: {wrong}")))?;
    let request = parse_standing(&one(body).await?).map_err(|wrong| {
        let form = "send {\"value\": \"…\", \"reason\": \"…\"}";
        Problem::bad_request(format!("{form}: {wrong}"))
    })?;
    Ok((id, request))
}

async fn change(
    api: &Api,
    caller: &Caller,
    id: DistributorId,
    standing: Standing,
    request: StandingRequest,
) -> Answer {
    let now = (api.now)();
    let when = Wanted { from: request.from, now, lead: api.lead };
    let signed = caller.sign(now, Some(request.reason));
    let changed = api.store.change_standing(&caller.tenant, &id, &standing, &when, &signed).await?;
    let (status, outcome, from) = match changed {
        Changed::Created(from) => (StatusCode::CREATED, "created", from),
        Changed::Exists(from) => (StatusCode::OK, "exists", from),
        Changed::UnknownDistributor => {
            return Err(Problem::not_found(format!("there is no distributor {id}")));
        }
        Changed::Cannot(cannot) => return Err(Problem::refused(cannot.to_string())),
    };
    let changed = StandingChanged {
        distributor_id: id.to_string(),
        outcome: outcome.to_owned(),
        value: request.value.to_string(),
        from: time::text(from),
    };
    Ok((status, Json(changed)))
}

//! Jobs are asked for: how a request has it, on one machine and on AWS alike. On AWS a message
//! goes on the queue of the job.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use upline_contract::answer::JobRun;
use upline_contract::job::{Job, JobMessage, JobRequest, Whom};
use upline_lambda::JobQueues;

use crate::body::one;
use crate::{Caller, PathId, Problem, Role};

/// Reads what `POST /v1/jobs/{job}/run` is to do: all of the caller's tenant, or the distributor
/// whom the body names.
///
/// # Errors
///
/// * [`Problem`] 403 for another role or another tenant, 404 where there is no such job, 400 and
///   413 for the body.
pub async fn job_asked(caller: &Caller, job: &str, body: Body) -> Result<JobMessage, Problem> {
    caller.may(&[Role::Ops])?;
    let job = Job::from_name(job).ok_or_else(|| {
        let detail = format!("there is no job {job:?}; ask for one of: {}", Job::names());
        Problem::not_found(detail)
    })?;
    let JobRequest { tenant, distributor } =
        JobRequest::parse(&one(body).await?).map_err(|wrong| {
            let form = "send {\"distributor_id\": the distributor}, or an empty body for all";
            Problem::bad_request(format!("{form}: {wrong}"))
        })?;
    if tenant.is_some_and(|named| named != caller.tenant) {
        let detail = "tenant: it is not the tenant of the token; leave it out";
        return Err(Problem::forbidden(detail));
    }
    let tenant = caller.tenant.clone();
    let whom = match distributor {
        Some(distributor) => Whom::Distributor { tenant, distributor },
        None => Whom::Tenant(tenant),
    };
    Ok(JobMessage { job, whom })
}

/// `POST /v1/jobs/{job}/run`: the job is on its way. Asked for twice it is done twice, which does
/// no harm.
pub(crate) async fn run(
    State(queues): State<JobQueues>,
    Extension(caller): Extension<Caller>,
    PathId(job): PathId,
    body: Body,
) -> Result<(StatusCode, Json<JobRun>), Problem> {
    let message = job_asked(&caller, &job, body).await?;
    queues.send(message.job, std::slice::from_ref(&message)).await?;
    let accepted = JobRun {
        job: message.job.to_string(),
        tenant: caller.tenant.to_string(),
        distributor_id: message.whom.distributor().map(ToString::to_string),
        outcome: "accepted".to_owned(),
        counts: BTreeMap::default(),
    };
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

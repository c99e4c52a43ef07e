//! Jobs are asked for: how a request has it, on one machine and on AWS alike. On AWS a message
//! goes on the queue of the job.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use upline_contract::answer::JobRun;
use upline_contract::job::{AskedDay, Job, JobMessage, JobRequest, Whom};
use upline_lambda::JobQueues;

use crate::body::one;
use crate::{Caller, PathId, Problem, Role};

/// Reads what `POST /v1/jobs/{job}/run` is to do: for all of the caller's tenant, or for the
/// distributor or the day that the body names.
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
    let JobRequest { tenant, distributor, date, dry_run } =
        JobRequest::parse(job, &one(body).await?).map_err(|wrong| {
            let form = match job {
                Job::CheckUpgrades => "{\"distributor_id\": the distributor}, or nothing for all",
                Job::Reconcile => {
                    "{\"date\": the day, \"dry_run\": true}, or nothing for yesterday"
                }
                Job::Recount => "nothing",
            };
            Problem::bad_request(format!("send {form}: {wrong}"))
        })?;
    if tenant.is_some_and(|named| named != caller.tenant) {
        return Err(Problem::other_tenant());
    }
    let tenant = caller.tenant.clone();
    let whom = match (job, distributor) {
        (Job::Reconcile, _) => {
            let by = caller.subject.as_ref().map_or(caller.role.as_str(), |id| id.as_str());
            Whom::Day(AskedDay { tenant, date, dry_run, by: by.to_owned() })
        }
        (Job::CheckUpgrades, Some(distributor)) => Whom::Distributor { tenant, distributor },
        (Job::CheckUpgrades | Job::Recount, _) => Whom::Tenant(tenant),
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
    queues.send(message.job, std::slice::from_ref(&message), Duration::ZERO).await?;
    let accepted = JobRun {
        job: message.job.to_string(),
        tenant: caller.tenant.to_string(),
        distributor_id: message.whom.distributor().map(ToString::to_string),
        date: message.whom.date().map(|date| date.to_string()),
        outcome: "accepted".to_owned(),
        counts: BTreeMap::default(),
    };
    Ok((StatusCode::ACCEPTED, Json(accepted)))
}

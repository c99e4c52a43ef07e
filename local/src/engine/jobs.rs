//! Jobs that are run each night on AWS, run here when they are asked for.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::{Extension, Json};
use check_upgrades::{Clock, Counts, check_one, check_shard};
use serve_api::{Answer, Caller, PathId, Problem, job_asked};
use upline_contract::answer::JobRun;
use upline_contract::job::{Job, JobMessage};
use upline_domain::ids::{DistributorId, TenantId};
use upline_store::StoreResult;
use upline_store::keys::SHARDS;

use crate::engine::{Engine, LEAD};

/// `POST /v1/jobs/{job}/run`: the job is done when the answer is there. It begins once all that was
/// taken before is posted.
pub(crate) async fn run(
    State(engine): State<Engine>,
    Extension(caller): Extension<Caller>,
    PathId(job): PathId,
    body: Body,
) -> Answer<JobRun> {
    let JobMessage { job, whom } = job_asked(&caller, &job, body).await?;
    engine.poster.caught_up().await;
    let tenant = caller.tenant;
    let named = whom.distributor().cloned();
    let task_engine = engine.clone();
    let (of, only) = (tenant.clone(), named.clone());
    // A client that hangs up does not stop it half way.
    let task = tokio::spawn(async move {
        match job {
            Job::CheckUpgrades => task_engine.check_upgrades(&of, only.as_ref()).await,
            Job::Reconcile | Job::Recount => Ok(None),
        }
    });
    let counts = task.await.map_err(|broke| Problem::broken(&broke))??;
    let unknown = |id: &DistributorId| Problem::not_found(format!("there is no distributor {id}"));
    let counts = match (counts, &named) {
        (None, Some(id)) => return Err(unknown(id)),
        (counts, _) => counts.unwrap_or_default(),
    };
    let counts: BTreeMap<String, u64> =
        counts.named().into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    Ok(Json(JobRun {
        job: job.to_string(),
        tenant: tenant.to_string(),
        distributor_id: named.map(|id| id.to_string()),
        date: None,
        outcome: "done".to_owned(),
        counts,
    }))
}

impl Engine {
    /// Checks levels: of one distributor, none where there is no such; or of all who are due.
    async fn check_upgrades(
        &self,
        tenant: &TenantId,
        only: Option<&DistributorId>,
    ) -> StoreResult<Option<Counts>> {
        let clock = Clock { now: &self.clock, lead: LEAD };
        let Some(id) = only else {
            let mut counts = Counts::default();
            for shard in 0..SHARDS {
                let part = check_shard(&self.store, clock, tenant, shard, None, || true).await?;
                counts += part.counts;
            }
            return Ok(Some(counts));
        };
        let looked = check_one(&self.store, clock, tenant, id).await?;
        Ok(looked.as_ref().map(Counts::of))
    }
}

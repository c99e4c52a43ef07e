//! Jobs that are run each night on AWS, run here when they are asked for.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::{Extension, Json};
use check_upgrades::{Clock, Counts, check_one, check_shard};
use serve_api::{Answer, Caller, PathId, Problem, job_asked};
use upline_contract::answer::JobRun;
use upline_contract::job::{Job, JobMessage, Whom};
use upline_domain::ids::{DistributorId, TenantId};
use upline_store::keys::SHARDS;
use upline_store::{Scope, StoreResult};

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
    // A client that hangs up does not stop it half way.
    let task = tokio::spawn(async move {
        let tenant = caller.tenant;
        let done = match (job, whom) {
            (Job::CheckUpgrades, Whom::Distributor { distributor, .. }) => {
                let counts = engine.check_upgrades(&tenant, Some(&distributor)).await?;
                let counts = counts.ok_or_else(|| {
                    Problem::not_found(format!("there is no distributor {distributor}"))
                })?;
                let distributor_id = Some(distributor.to_string());
                JobRun { distributor_id, ..done(job, &tenant, by_name(counts.named())) }
            }
            (Job::Reconcile, Whom::Day(asked)) => engine.reconcile(&asked).await?,
            (Job::Recount, _) => {
                done(job, &tenant, by_name(engine.recount(&tenant).await?.named()))
            }
            (Job::CheckUpgrades | Job::Reconcile, _) => {
                let counts = engine.check_upgrades(&tenant, None).await?.unwrap_or_default();
                done(job, &tenant, by_name(counts.named()))
            }
        };
        Ok::<_, Problem>(done)
    });
    Ok(Json(task.await.map_err(|broke| Problem::broken(&broke))??))
}

/// A job that was done for a tenant.
fn done(job: Job, tenant: &TenantId, counts: BTreeMap<String, u64>) -> JobRun {
    JobRun {
        job: job.to_string(),
        tenant: tenant.to_string(),
        distributor_id: None,
        date: None,
        outcome: "done".to_owned(),
        counts,
    }
}

/// What was done, by name.
fn by_name<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

impl Engine {
    /// Posts all orders and distributors of a tenant again, one page of the table after the other:
    /// it lies in one file, and several segments of it would be read at the price of one each.
    async fn recount(&self, tenant: &TenantId) -> StoreResult<recount::Counts> {
        let scope = Scope { tenant: Some(tenant), segment: None };
        let part = recount::recount(&self.store, &self.clock, scope, None, || true).await?;
        Ok(part.counts)
    }

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

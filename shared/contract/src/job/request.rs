//! Reads what a person asks of a job. Each job has keys of its own.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;
use upline_domain::ids::{DistributorId, TenantId};

use super::{Job, JobRequest};
use crate::event::json;
use crate::read::{objects, read};
use crate::request::RequestError;
use crate::scalar::Checked;

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object, or nothing")]
struct CheckAsked {
    tenant: Option<Checked<TenantId>>,
    distributor_id: Option<Checked<DistributorId>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object, or nothing")]
struct ReconcileAsked {
    tenant: Option<Checked<TenantId>>,
    date: Option<Checked<Date>>,
    dry_run: Option<bool>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object, or nothing")]
struct RecountAsked {
    tenant: Option<Checked<TenantId>>,
}

objects! { CheckAsked ReconcileAsked RecountAsked }

impl JobRequest {
    /// Reads `{"tenant"?: "…"}`, for `check-upgrades` also with `"distributor_id"`, for `reconcile`
    /// with `"date"` and `"dry_run"`; or nothing.
    ///
    /// # Errors
    ///
    /// * [`RequestError`] for what is not JSON, a key that stands twice or is unknown, a value that
    ///   is not of its form.
    pub fn parse(job: Job, text: &str) -> Result<Self, RequestError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let value = json(text)?;
        Ok(match job {
            Job::CheckUpgrades => {
                let CheckAsked { tenant, distributor_id } = read(&value)?;
                let distributor = distributor_id.map(|id| id.0);
                Self { tenant: tenant.map(|id| id.0), distributor, ..Self::default() }
            }
            Job::Reconcile => {
                let ReconcileAsked { tenant, date, dry_run } = read(&value)?;
                let (date, dry_run) = (date.map(|date| date.0), dry_run.unwrap_or(false));
                Self { tenant: tenant.map(|id| id.0), date, dry_run, ..Self::default() }
            }
            Job::Recount => {
                let RecountAsked { tenant } = read(&value)?;
                Self { tenant: tenant.map(|id| id.0), ..Self::default() }
            }
        })
    }
}

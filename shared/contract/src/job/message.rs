//! Reads and writes the messages of jobs. Each job has keys of its own.

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};
use upline_domain::ids::{DistributorId, TenantId, Text};

use super::{AskedDay, DayPart, Job, JobMessage, Stage, Whom};
use crate::event::json;
use crate::read::{Flaw, objects, read};
use crate::request::RequestError;
use crate::scalar::{Checked, Scalar, Whole};

/// Longest place in a part, in bytes: a key of the table with what was counted so far. A queue
/// takes messages of 256 KB.
const PLACE_BYTES_MAX: usize = 32_768;

/// Into how many parts the work of jobs is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Shards of a tenant.
    pub shards: u8,
    /// Segments of the table.
    pub segments: u32,
}

/// How far a message came in its part.
#[derive(Clone, Debug)]
struct Place(String);

impl Scalar for Place {
    const EXPECTED: &'static str = "the place as the message before had it";

    fn scan(text: &str) -> Result<Self, String> {
        match text.len() {
            1..=PLACE_BYTES_MAX => Ok(Self(text.to_owned())),
            _ => Err(format!("write {}, in 1 to {PLACE_BYTES_MAX} bytes", Self::EXPECTED)),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": PLACE_BYTES_MAX })
    }
}

/// What every message has.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", expecting = "an object with a job")]
struct AnyBody {
    job: Checked<Job>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with a job")]
struct CheckBody {
    job: Checked<Job>,
    tenant: Option<Checked<TenantId>>,
    distributor_id: Option<Checked<DistributorId>>,
    shard: Option<Whole<u8>>,
    after: Option<Checked<Place>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with a job")]
struct ReconcileBody {
    job: Checked<Job>,
    tenant: Option<Checked<TenantId>>,
    date: Option<Checked<Date>>,
    dry_run: Option<bool>,
    by: Option<Checked<Text>>,
    run: Option<Whole<u32>>,
    stage: Option<Checked<Stage>>,
    shard: Option<Whole<u8>>,
    after: Option<Checked<Place>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with a job")]
struct RecountBody {
    job: Checked<Job>,
    tenant: Option<Checked<TenantId>>,
    segment: Option<Whole<u32>>,
    after: Option<Checked<Place>>,
}

objects! { AnyBody CheckBody ReconcileBody RecountBody }

/// Who asked, where a message does not say.
const NOBODY: &str = "reconcile";

impl JobMessage {
    /// Reads `{"job": "check-upgrades", "tenant"?: "…", "shard"?: 3, "after"?: "…"}`, or with
    /// `distributor_id` in place of the last two; `{"job": "reconcile", "tenant"?: "…", "date"?:
    /// "2026-11-25", "dry_run"?: true, "by"?: "…"}`, or with `run`, `stage`, `shard` and `after`;
    /// `{"job": "recount", "tenant"?: "…", "segment"?: 3, "after"?: "…"}`.
    ///
    /// # Errors
    ///
    /// * [`RequestError`] for what is not JSON, a key that stands twice or is unknown, a value that
    ///   is not of its form, and for keys that do not go together.
    pub fn parse(text: &str, limits: Limits) -> Result<Self, RequestError> {
        let value = json(text)?;
        let AnyBody { job } = read(&value)?;
        let whom = match job.0 {
            Job::CheckUpgrades => of_check(read(&value)?, limits)?,
            Job::Reconcile => of_reconcile(read(&value)?, limits)?,
            Job::Recount => of_recount(read(&value)?, limits)?,
        };
        Ok(Self { job: job.0, whom })
    }

    /// What is read again as the same message.
    #[must_use]
    pub fn text(&self) -> String {
        let mut body = Map::new();
        let mut put = |key: &str, value: Value| drop(body.insert(key.to_owned(), value));
        put("job", self.job.name().into());
        if let Some(tenant) = self.whom.tenant() {
            put("tenant", tenant.as_str().into());
        }
        match &self.whom {
            Whom::Everybody | Whom::Tenant(_) => {}
            Whom::Shard { shard, .. } => put("shard", (*shard).into()),
            Whom::Distributor { distributor, .. } => {
                put("distributor_id", distributor.as_str().into());
            }
            Whom::Day(AskedDay { date, dry_run, by, .. }) => {
                if let Some(date) = date {
                    put("date", date.to_string().into());
                }
                put("dry_run", (*dry_run).into());
                put("by", by.as_str().into());
            }
            Whom::Part(DayPart { date, run, stage, shard, .. }) => {
                put("date", date.to_string().into());
                put("run", (*run).into());
                put("stage", stage.as_str().into());
                put("shard", (*shard).into());
            }
            Whom::Segment { segment, .. } => put("segment", (*segment).into()),
        }
        if let Some(after) = self.whom.after() {
            put("after", after.into());
        }
        Value::Object(body).to_string()
    }
}

fn wrong<T>(path: &str, message: impl Into<String>) -> Result<T, Flaw> {
    Err(Flaw::malformed(path, message.into()))
}

fn lonely<T>(what: &str) -> Result<T, Flaw> {
    wrong("tenant", format!("{what} is of a tenant; name the tenant"))
}

fn shard_below(shard: Whole<u8>, shards: u8) -> Result<u8, Flaw> {
    if shard.0 < shards {
        return Ok(shard.0);
    }
    wrong("shard", format!("write a whole number below {shards}"))
}

fn of_check(body: CheckBody, limits: Limits) -> Result<Whom, Flaw> {
    let CheckBody { job: _, tenant, distributor_id, shard, after } = body;
    Ok(match (tenant, distributor_id, shard) {
        (_, Some(_), Some(_)) => {
            return wrong("shard", "a distributor is looked at alone; leave this out");
        }
        (_, _, None) if after.is_some() => {
            return wrong("after", "a place is one in a shard; name the shard");
        }
        (None, Some(_), None) => return lonely("a distributor"),
        (None, None, Some(_)) => return lonely("a shard"),
        (Some(tenant), None, Some(shard)) => {
            let shard = shard_below(shard, limits.shards)?;
            Whom::Shard { tenant: tenant.0, shard, after: after.map(|after| after.0.0) }
        }
        (Some(tenant), Some(distributor), None) => {
            Whom::Distributor { tenant: tenant.0, distributor: distributor.0 }
        }
        (Some(tenant), None, None) => Whom::Tenant(tenant.0),
        (None, None, None) => Whom::Everybody,
    })
}

fn of_reconcile(body: ReconcileBody, limits: Limits) -> Result<Whom, Flaw> {
    let ReconcileBody { job: _, tenant, date, dry_run, by, run, stage, shard, after } = body;
    let Some(Checked(tenant)) = tenant else {
        if date.is_some() || run.is_some() || stage.is_some() || shard.is_some() {
            return lonely("a day");
        }
        if dry_run.is_some() || by.is_some() || after.is_some() {
            return wrong("tenant", "name one, or leave all but the job out: that is for all");
        }
        return Ok(Whom::Everybody);
    };
    let date = date.map(|date| date.0);
    match (date, run, stage, shard) {
        (Some(date), Some(run), Some(stage), Some(shard)) => {
            if dry_run.is_some() || by.is_some() {
                return wrong("run", "a run knows who asked for what; leave dry_run and by out");
            }
            let shard = shard_below(shard, limits.shards)?;
            let after = after.map(|after| after.0.0);
            Ok(Whom::Part(DayPart { tenant, date, run: run.0, stage: stage.0, shard, after }))
        }
        (_, None, None, None) if after.is_some() => {
            wrong("after", "a place is one in a part of a run; name its run, stage and shard")
        }
        (None, None, None, None) if dry_run.is_none() && by.is_none() => Ok(Whom::Tenant(tenant)),
        (date, None, None, None) => {
            let by = by.map_or_else(|| NOBODY.to_owned(), |by| by.0.as_str().to_owned());
            Ok(Whom::Day(AskedDay { tenant, date, dry_run: dry_run.unwrap_or(false), by }))
        }
        _ => wrong("run", "a part of a run has all of date, run, stage and shard, or none"),
    }
}

fn of_recount(body: RecountBody, limits: Limits) -> Result<Whom, Flaw> {
    let RecountBody { job: _, tenant, segment, after } = body;
    let tenant = tenant.map(|tenant| tenant.0);
    match segment {
        None if after.is_some() => wrong("after", "a place is one in a segment; name the segment"),
        None => Ok(tenant.map_or(Whom::Everybody, Whom::Tenant)),
        Some(segment) if segment.0 >= limits.segments => {
            wrong("segment", format!("write a whole number below {}", limits.segments))
        }
        Some(segment) => {
            let after = after.map(|after| after.0.0);
            Ok(Whom::Segment { tenant, segment: segment.0, after })
        }
    }
}

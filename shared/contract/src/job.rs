//! Messages of the queues of jobs: which job, and for whom. A message for many is turned into
//! messages for fewer, down to a part of one tenant. Like a request it is read strictly: nobody but
//! the product and its operators writes one. What a person may ask of a job is here too, with the
//! answer.

use std::collections::BTreeMap;
use std::fmt;

use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use upline_domain::ids::{DistributorId, TenantId};

use crate::event::json;
use crate::read::{Flaw, objects, read};
use crate::request::RequestError;
use crate::scalar::{Checked, Scalar, Whole};

/// Longest place in a shard, in bytes: it is a key of the table, and `DynamoDB` has none longer.
const PLACE_BYTES_MAX: usize = 2_048;

/// A job: what is done each night, and whenever somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Holds distributors against the conditions of the levels.
    CheckUpgrades,
}

impl Job {
    /// Each of them.
    pub const ALL: [Self; 1] = [Self::CheckUpgrades];

    /// Its name: of its messages, its queue, its function and its route.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CheckUpgrades => "check-upgrades",
        }
    }

    /// The job of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == name)
    }

    /// The names of all, for whoever wrote another.
    #[must_use]
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// For whom a job is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// For every tenant.
    Everybody,
    /// For every distributor of a tenant whose time has come.
    Tenant(TenantId),
    /// For those of one shard of a tenant.
    Shard {
        /// The tenant.
        tenant: TenantId,
        /// Which, from 0.
        shard: u8,
        /// How far another message came; from the beginning without it.
        after: Option<String>,
    },
    /// For one distributor.
    Distributor {
        /// The tenant.
        tenant: TenantId,
        /// The distributor.
        distributor: DistributorId,
    },
}

/// A message of the queue of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobMessage {
    /// The job.
    pub job: Job,
    /// For whom.
    pub whom: Whom,
}

/// What a person may ask of a job of their own tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobRequest {
    /// The tenant, where the body names one: it has to be that of the token.
    pub tenant: Option<TenantId>,
    /// For one distributor; for all whose time has come without it.
    pub distributor: Option<DistributorId>,
}

/// What asking for a job came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobRun {
    /// Which.
    pub job: String,
    /// For whom.
    pub tenant: String,
    /// For one distributor of theirs, where one was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distributor_id: Option<String>,
    /// `accepted` on AWS, where it is on its way; `done` on one machine.
    pub outcome: String,
    /// What was done, by name; absent where it is on its way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
}

impl Scalar for Job {
    const EXPECTED: &'static str = "the name of the job as a string";

    fn scan(text: &str) -> Result<Self, String> {
        Self::from_name(text).ok_or_else(|| format!("write {}, not {text:?}", Self::names()))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::name) })
    }
}

/// How far a message came in its shard.
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

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with a job")]
struct MessageBody {
    job: Checked<Job>,
    tenant: Option<Checked<TenantId>>,
    distributor_id: Option<Checked<DistributorId>>,
    shard: Option<Whole<u8>>,
    after: Option<Checked<Place>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object, or nothing")]
struct RequestBody {
    tenant: Option<Checked<TenantId>>,
    distributor_id: Option<Checked<DistributorId>>,
}

objects! { MessageBody RequestBody }

impl JobMessage {
    /// Reads `{"job": "check-upgrades", "tenant"?: "…", "shard"?: 3, "after"?: "…"}`, or with
    /// `distributor_id` in place of the last two. A tenant has so many `shards`.
    ///
    /// # Errors
    ///
    /// * [`RequestError`] for what is not JSON, a key that stands twice or is unknown, a value that
    ///   is not of its form, and for keys that do not go together.
    pub fn parse(text: &str, shards: u8) -> Result<Self, RequestError> {
        let value = json(text)?;
        let MessageBody { job, tenant, distributor_id, shard, after } = read(&value)?;
        let wrong = |path: &str, message: String| Err(Flaw::malformed(path, message).into());
        let lonely = |what| wrong("tenant", format!("{what} is of a tenant; name the tenant"));
        let whom = match (tenant, distributor_id, shard) {
            (_, Some(_), Some(_)) => {
                return wrong("shard", "a distributor is looked at alone; leave this out".into());
            }
            (_, _, None) if after.is_some() => {
                return wrong("after", "a place is one in a shard; name the shard".into());
            }
            (None, Some(_), None) => return lonely("a distributor"),
            (None, None, Some(_)) => return lonely("a shard"),
            (_, _, Some(shard)) if shard.0 >= shards => {
                return wrong("shard", format!("write a whole number below {shards}"));
            }
            (Some(tenant), None, Some(shard)) => {
                let after = after.map(|after| after.0.0);
                Whom::Shard { tenant: tenant.0, shard: shard.0, after }
            }
            (Some(tenant), Some(distributor), None) => {
                Whom::Distributor { tenant: tenant.0, distributor: distributor.0 }
            }
            (Some(tenant), None, None) => Whom::Tenant(tenant.0),
            (None, None, None) => Whom::Everybody,
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
            Whom::Shard { shard, after, .. } => {
                put("shard", (*shard).into());
                if let Some(after) = after {
                    put("after", after.as_str().into());
                }
            }
            Whom::Distributor { distributor, .. } => {
                put("distributor_id", distributor.as_str().into());
            }
        }
        Value::Object(body).to_string()
    }
}

impl Whom {
    /// The tenant; none where it is for all.
    #[must_use]
    pub fn tenant(&self) -> Option<&TenantId> {
        match self {
            Self::Everybody => None,
            Self::Tenant(tenant)
            | Self::Shard { tenant, .. }
            | Self::Distributor { tenant, .. } => Some(tenant),
        }
    }

    /// The shard, where it is for one.
    #[must_use]
    pub fn shard(&self) -> Option<u8> {
        match self {
            Self::Shard { shard, .. } => Some(*shard),
            Self::Everybody | Self::Tenant(_) | Self::Distributor { .. } => None,
        }
    }

    /// The distributor, where it is for one.
    #[must_use]
    pub fn distributor(&self) -> Option<&DistributorId> {
        match self {
            Self::Distributor { distributor, .. } => Some(distributor),
            Self::Everybody | Self::Tenant(_) | Self::Shard { .. } => None,
        }
    }
}

impl JobRequest {
    /// Reads `{"tenant"?: "…", "distributor_id"?: "…"}`, or nothing.
    ///
    /// # Errors
    ///
    /// * [`RequestError`] for what is not JSON, a key that stands twice or is unknown, a value that
    ///   is not of its form.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let value = json(text)?;
        let RequestBody { tenant, distributor_id } = read(&value)?;
        let (tenant, distributor) = (tenant.map(|id| id.0), distributor_id.map(|id| id.0));
        Ok(Self { tenant, distributor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read_as(text: &str, want: &Whom) {
        let read = JobMessage::parse(text, 8).unwrap();
        assert_eq!((read.job, &read.whom), (Job::CheckUpgrades, want), "{text}");
        assert_eq!(JobMessage::parse(&read.text(), 8).unwrap(), read, "{}", read.text());
    }

    #[track_caller]
    fn refused(text: &str, want: &str) {
        let wrong = JobMessage::parse(text, 8).unwrap_err().to_string();
        assert!(wrong.starts_with(want), "{want}: {wrong}");
    }

    #[test]
    fn message_table() {
        let tenant: TenantId = "demo".parse().unwrap();
        read_as(r#"{"job": "check-upgrades"}"#, &Whom::Everybody);
        read_as(r#"{"job": "check-upgrades", "tenant": null}"#, &Whom::Everybody);
        read_as(r#"{"job":"check-upgrades","tenant":"demo"}"#, &Whom::Tenant(tenant.clone()));
        let shard = |after: Option<&str>| {
            let after = after.map(str::to_owned);
            Whom::Shard { tenant: tenant.clone(), shard: 7, after }
        };
        read_as(r#"{"job":"check-upgrades","tenant":"demo","shard":7}"#, &shard(None));
        let on = r#"{"job":"check-upgrades","tenant":"demo","shard":7,"after":"demo#M#\"ann\""}"#;
        read_as(on, &shard(Some("demo#M#\"ann\"")));
        let one = r#"{"job":"check-upgrades","tenant":"demo","distributor_id":"gid://a/1"}"#;
        let distributor = "gid://a/1".parse().unwrap();
        read_as(one, &Whom::Distributor { tenant, distributor });
    }

    #[test]
    fn what_is_no_message_is_refused_with_what_to_do() {
        refused("", "this is not JSON");
        refused("[]", "write an object with a job");
        refused("{}", "job: the field is missing");
        refused(r#"{"job": "check"}"#, "job: write check-upgrades, not \"check\"");
        refused(r#"{"job": 1}"#, "job: write the name of the job");
        refused(r#"{"job":"check-upgrades","job":"check-upgrades"}"#, "job: the key stands twice");
        let with = |more: &str| format!(r#"{{"job":"check-upgrades",{more}}}"#);
        refused(&with(r#""tennant":"a""#), "tennant: there is no such key here; write tenant");
        refused(&with(r#""tenant":"a#b""#), "tenant: an id is made of");
        refused(&with(r#""shard":1"#), "tenant: a shard is of a tenant; name the tenant");
        refused(&with(r#""distributor_id":"a""#), "tenant: a distributor is of a tenant");
        refused(&with(r#""tenant":"a","shard":8"#), "shard: write a whole number below 8");
        refused(&with(r#""tenant":"a","shard":-1"#), "shard: ");
        refused(&with(r#""tenant":"a","after":"b""#), "after: a place is one in a shard");
        refused(&with(r#""tenant":"a","shard":1,"after":"""#), "after: write the place");
        let long = format!(r#""tenant":"a","shard":1,"after":"{}""#, "b".repeat(2_049));
        refused(&with(&long), "after: write the place");
        let both = r#""tenant":"a","shard":1,"distributor_id":"b""#;
        refused(&with(both), "shard: a distributor is looked at alone");
    }

    #[test]
    fn a_request_may_be_empty() {
        for nothing in ["", " \n", "{}"] {
            assert_eq!(JobRequest::parse(nothing), Ok(JobRequest::default()), "{nothing:?}");
        }
        let asked = JobRequest::parse(r#"{"tenant": "demo", "distributor_id": "bob"}"#).unwrap();
        assert_eq!(asked.tenant, Some("demo".parse().unwrap()));
        assert_eq!(asked.distributor, Some("bob".parse().unwrap()));
        for (text, want) in [
            (r#"{"distributor": "bob"}"#, "distributor: there is no such key here"),
            (r#"{"distributor_id": 7}"#, "distributor_id: write the id as a string"),
            ("[]", "write an object, or nothing"),
            ("{", "this is not JSON"),
        ] {
            let wrong = JobRequest::parse(text).unwrap_err().to_string();
            assert!(wrong.starts_with(want), "{want}: {wrong}");
        }
    }

    #[test]
    fn a_job_is_known_by_its_name() {
        for job in Job::ALL {
            assert_eq!(Job::from_name(job.name()), Some(job));
        }
        assert_eq!(Job::from_name("check-upgrade"), None);
        assert_eq!(Job::names(), "check-upgrades");
    }
}

//! Messages of the queues of jobs: which job, and for whom. A message for many is turned into
//! messages for fewer, down to a part of one tenant. Like a request it is read strictly: nobody but
//! the product and its operators writes one. What a person may ask of a job is here too, with the
//! answer.

mod message;
mod request;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, json_schema};
use serde::{Deserialize, Serialize};
use upline_domain::ids::{DistributorId, TenantId};

pub use self::message::Limits;
use crate::scalar::Scalar;

/// A job: what is done each night, and whenever somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Holds distributors against the conditions of the levels.
    CheckUpgrades,
    /// Holds the shop's orders of a day against the books, and the books against themselves.
    Reconcile,
    /// Posts every order and distributor of the table again.
    Recount,
}

impl Job {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::CheckUpgrades, Self::Reconcile, Self::Recount];

    /// Its name: of its messages, its queue, its function and its route.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CheckUpgrades => "check-upgrades",
            Self::Reconcile => "reconcile",
            Self::Recount => "recount",
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

impl Scalar for Job {
    const EXPECTED: &'static str = "the name of the job as a string";

    fn scan(text: &str) -> Result<Self, String> {
        Self::from_name(text).ok_or_else(|| format!("write {}, not {text:?}", Self::names()))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::name) })
    }
}

/// For whom a job is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// For every tenant.
    Everybody,
    /// For a tenant: every distributor whose time has come, yesterday, or every order.
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
    /// For a day of a tenant, because somebody asked.
    Day(AskedDay),
    /// For a part of a reconciliation that began.
    Part(DayPart),
    /// For a part of the whole table.
    Segment {
        /// Of one tenant alone; of all without it.
        tenant: Option<TenantId>,
        /// Which, from 0.
        segment: u32,
        /// How far another message came; from the beginning without it.
        after: Option<String>,
    },
}

/// A day that is to be reconciled, because somebody asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedDay {
    /// The tenant.
    pub tenant: TenantId,
    /// The day, in the tenant's time zone; yesterday without it.
    pub date: Option<Date>,
    /// Whether nothing is to be repaired.
    pub dry_run: bool,
    /// Who asked: the subject of their token, or its role where it names none.
    pub by: String,
}

/// A part of a reconciliation that began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPart {
    /// The tenant.
    pub tenant: TenantId,
    /// The day, in the tenant's time zone.
    pub date: Date,
    /// Which run over the day, from 1.
    pub run: u32,
    /// What is done.
    pub stage: Stage,
    /// Of which shard, from 0; of [`Stage::Close`] always 0.
    pub shard: u8,
    /// How far another message came; from the beginning without it.
    pub after: Option<String>,
}

/// What a part of a reconciliation does; each begins when the one before is done for all shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Holds list and orders against each other.
    Orders,
    /// Holds lines, balances and daily figures against the orders.
    Books,
    /// Looks whether what was sent arrived, and closes the report.
    Close,
}

impl Stage {
    /// Each of them, in order.
    pub const ALL: [Self; 3] = [Self::Orders, Self::Books, Self::Close];

    /// Its word in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Books => "books",
            Self::Close => "close",
        }
    }
}

impl Scalar for Stage {
    const EXPECTED: &'static str = "\"orders\", \"books\" or \"close\"";

    fn scan(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|stage| stage.as_str() == text);
        found.ok_or_else(|| format!("write {}, not {text:?}", Self::EXPECTED))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::as_str) })
    }
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
    /// Of `check-upgrades`, for one distributor; for all whose time has come without it.
    pub distributor: Option<DistributorId>,
    /// Of `reconcile`, the day in the tenant's time zone; yesterday without it.
    pub date: Option<Date>,
    /// Of `reconcile`, whether nothing is to be repaired.
    pub dry_run: bool,
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
    /// For which day, where it is of one and that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// `accepted` on AWS, where it is on its way; `done` on one machine.
    pub outcome: String,
    /// What was done, by name; absent where it is on its way.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
}

impl fmt::Display for JobMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { job, whom } = self;
        match whom.tenant() {
            Some(tenant) => write!(f, "{job} of tenant {tenant}")?,
            None => write!(f, "{job} of all tenants")?,
        }
        match whom {
            Whom::Everybody | Whom::Tenant(_) => Ok(()),
            Whom::Shard { shard, .. } => write!(f, ", shard {shard}"),
            Whom::Distributor { distributor, .. } => write!(f, ", distributor {distributor}"),
            Whom::Day(AskedDay { date, .. }) => match date {
                Some(date) => write!(f, ", day {date}"),
                None => f.write_str(", yesterday"),
            },
            Whom::Part(DayPart { date, run, stage, shard, .. }) => {
                write!(f, ", day {date}, run {run}, {}, shard {shard}", stage.as_str())
            }
            Whom::Segment { segment, .. } => write!(f, ", segment {segment}"),
        }
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
            | Self::Distributor { tenant, .. }
            | Self::Day(AskedDay { tenant, .. })
            | Self::Part(DayPart { tenant, .. }) => Some(tenant),
            Self::Segment { tenant, .. } => tenant.as_ref(),
        }
    }

    /// The shard, where it is for one.
    #[must_use]
    pub fn shard(&self) -> Option<u8> {
        match self {
            Self::Shard { shard, .. } | Self::Part(DayPart { shard, .. }) => Some(*shard),
            Self::Everybody
            | Self::Tenant(_)
            | Self::Distributor { .. }
            | Self::Day(_)
            | Self::Segment { .. } => None,
        }
    }

    /// The distributor, where it is for one.
    #[must_use]
    pub fn distributor(&self) -> Option<&DistributorId> {
        match self {
            Self::Distributor { distributor, .. } => Some(distributor),
            Self::Everybody
            | Self::Tenant(_)
            | Self::Shard { .. }
            | Self::Day(_)
            | Self::Part(_)
            | Self::Segment { .. } => None,
        }
    }

    /// The day, where it is for one that is named.
    #[must_use]
    pub fn date(&self) -> Option<Date> {
        match self {
            Self::Day(day) => day.date,
            Self::Part(part) => Some(part.date),
            Self::Everybody
            | Self::Tenant(_)
            | Self::Shard { .. }
            | Self::Distributor { .. }
            | Self::Segment { .. } => None,
        }
    }

    /// How far another message came, where it goes on from there.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        match self {
            Self::Shard { after, .. }
            | Self::Segment { after, .. }
            | Self::Part(DayPart { after, .. }) => after.as_deref(),
            Self::Everybody | Self::Tenant(_) | Self::Distributor { .. } | Self::Day(_) => None,
        }
    }
}

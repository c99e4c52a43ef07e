//! Changes by hand on the command line: plans of a running server, status and level, and the audit.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use upline_contract::plan::Policy;
use upline_domain::ids::DistributorId;

use super::{Server, read_policy};
use crate::failure::Failure;

/// `upline plan publish`.
#[derive(Debug, Args)]
pub(crate) struct PlanPublish {
    /// The plan file; "-" is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// cn-wechat, cn, global, or a policy file; without it, that of the newest version, or cn.
    #[arg(long)]
    policy: Option<String>,
    /// Why, for whoever asks later.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// The server.
    #[command(flatten)]
    pub(crate) server: Server,
}

impl PlanPublish {
    /// The policy, where one is named.
    pub(crate) fn policy(&self) -> Result<Option<Policy>, Failure> {
        self.policy.as_deref().map(read_policy).transpose()
    }
}

/// `upline plan show`.
#[derive(Debug, Args)]
pub(crate) struct PlanShow {
    /// Which version.
    pub(crate) version: u32,
    /// The server.
    #[command(flatten)]
    pub(crate) server: Server,
}

/// `upline plan activate`.
#[derive(Debug, Args)]
pub(crate) struct PlanActivate {
    /// Which version; an older one, to roll back.
    pub(crate) version: u32,
    /// From when, such as 2026-11-11T00:00:00Z; as soon as may be without it.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// For which share of the buyers, such as 0.10; for all without it. The others keep what they
    /// have. Whoever is inside a share is inside every larger one.
    #[arg(long, value_name = "RATE")]
    pub(crate) rollout: Option<String>,
    /// Why, for whoever asks later.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// The server.
    #[command(flatten)]
    pub(crate) server: Server,
}

/// What to do with a distributor.
#[derive(Debug, Subcommand)]
pub(crate) enum DistributorCommand {
    /// Set the status: active, frozen or terminated.
    Status(Standing),
    /// Set the level, to one of the plan's.
    Level(Standing),
    /// Open or clear a risk flag: flagged or clear.
    Risk(Standing),
}

/// `upline distributor status`, `level` and `risk`.
#[derive(Debug, Args)]
pub(crate) struct Standing {
    /// Whose.
    pub(crate) id: DistributorId,
    /// To what.
    pub(crate) value: String,
    /// From when, such as 2026-11-11T00:00:00Z; as soon as may be without it. Orders paid before
    /// keep what held then.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// Why, for whoever asks later.
    #[arg(long)]
    pub(crate) reason: String,
    /// The server.
    #[command(flatten)]
    pub(crate) server: Server,
}

/// `upline audit`.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// From this day on, in UTC.
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    /// Up to but without this day.
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    /// The server.
    #[command(flatten)]
    pub(crate) server: Server,
}

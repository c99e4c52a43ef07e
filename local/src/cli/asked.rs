//! What is asked of a running server about distributors: balances and levels; and jobs.

use clap::{Args, Subcommand};
use jiff::civil::Date;
use upline_domain::ids::{DistributorId, TenantId};
use upline_domain::language::Language;

use super::Server;
use super::explained::language;

/// `upline balance`.
#[derive(Debug, Args)]
pub(crate) struct BalanceOf {
    /// The distributor.
    pub(crate) id: DistributorId,
    /// Where.
    #[command(flatten)]
    pub(crate) server: Server,
}

/// `upline owed`.
#[derive(Debug, Args)]
pub(crate) struct Owed {
    /// The last day whose due amounts are owed, such as 2026-12-01; today without it.
    #[arg(long, value_name = "DATE")]
    pub(crate) by: Option<Date>,
    /// Where.
    #[command(flatten)]
    pub(crate) server: Server,
}

/// `upline level`.
#[derive(Debug, Args)]
pub(crate) struct LevelOf {
    /// The distributor.
    pub(crate) id: DistributorId,
    /// The language of the words: en or zh.
    #[arg(long = "lang", value_name = "LANG", default_value = "en", value_parser = language)]
    pub(crate) language: Language,
    /// Where.
    #[command(flatten)]
    pub(crate) server: Server,
}

/// What to do with a job.
#[derive(Debug, Subcommand)]
pub(crate) enum JobCommand {
    /// Run it, and say what it did.
    Run(JobRunOf),
}

/// `upline job run`.
#[derive(Debug, Args)]
pub(crate) struct JobRunOf {
    /// Which: check-upgrades.
    pub(crate) job: String,
    /// For one distributor; for all whose time has come without it.
    #[arg(long, value_name = "ID")]
    pub(crate) distributor: Option<DistributorId>,
    /// The tenant, to be sure: one that the token is not of is refused.
    #[arg(long)]
    pub(crate) tenant: Option<TenantId>,
    /// The server.
    #[command(flatten)]
    pub(crate) server: Server,
}

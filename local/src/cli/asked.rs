//! What is asked of a running server about distributors: balances and levels; and jobs.

use std::path::PathBuf;

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

/// `upline report`.
#[derive(Debug, Args)]
pub(crate) struct ReportOf {
    /// The day that was reconciled, such as 2026-11-11.
    pub(crate) day: Date,
    /// Which run over it, from 1; the last without it.
    #[arg(long, value_name = "N")]
    pub(crate) run: Option<u32>,
    /// Write all of it to a file as CSV.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Write all of it to a file as a page for people, to be read in a browser or printed.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// The language of the page: en or zh.
    #[arg(long = "lang", value_name = "LANG", value_parser = language, requires = "html")]
    pub(crate) language: Option<Language>,
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
    /// Which: check-upgrades, reconcile or recount.
    pub(crate) job: String,
    /// Of check-upgrades: for one distributor; for all whose time has come without it.
    #[arg(long, value_name = "ID")]
    pub(crate) distributor: Option<DistributorId>,
    /// Of reconcile: the day, in the tenant's time zone; yesterday without it.
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<Date>,
    /// Of reconcile: the shop's own list of that day, as JSON lines of its events or as CSV, gzip
    /// or not. It is kept, after a dry run as well, and stands until another is given for the day.
    #[arg(long, value_name = "FILE", requires = "date")]
    pub(crate) orders: Option<PathBuf>,
    /// Of reconcile: find, and repair nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// The tenant, to be sure: one that the token is not of is refused.
    #[arg(long)]
    pub(crate) tenant: Option<TenantId>,
    /// The server.
    #[command(flatten)]
    pub(crate) server: Server,
}

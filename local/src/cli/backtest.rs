//! What a backtest is asked.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;

use super::PolicyArgs;

/// `upline plan backtest`.
#[derive(Debug, Args)]
pub(crate) struct PlanBacktest {
    /// The plan file of the candidate.
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: PathBuf,
    /// What the plans are held against.
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// The first day of the orders that a server has, such as 2026-11-01.
    #[arg(long, value_name = "DATE", requires = "to", conflicts_with_all = ["events", "against"])]
    pub(crate) from: Option<Date>,
    /// The first day after them.
    #[arg(long, value_name = "DATE", requires = "from", conflicts_with_all = ["events", "against"])]
    pub(crate) to: Option<Date>,
    /// Files of events, as `upline event send` takes them: they are played in memory before.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) events: Vec<PathBuf>,
    /// The plan that the events are played under; the built-in example without it.
    #[arg(long, value_name = "FILE", requires = "events")]
    pub(crate) against: Option<PathBuf>,
    /// The server.
    #[arg(long, env = "UPLINE_URL", default_value = "http://127.0.0.1:8787")]
    pub(crate) url: String,
    /// A token of a role that may list orders: ops or admin.
    #[arg(long, env = "UPLINE_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}

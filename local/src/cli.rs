//! What can be asked on the command line.

mod asked;
mod backtest;
mod explained;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use upline_contract::plan::{EXAMPLE_PLAN, Policy};
use upline_domain::ids::{DistributorId, TenantId};

pub(crate) use self::asked::{BalanceOf, JobCommand, JobRunOf, LevelOf, Owed, ReportOf};
pub(crate) use self::explained::{Order, PlanDiff, Simulate};
use crate::failure::Failure;
use crate::token::Role;

mod changes;

pub(crate) use backtest::PlanBacktest;
pub(crate) use changes::{Audit, DistributorCommand, PlanActivate, PlanPublish, PlanShow};

/// The one tenant of `upline dev` and `upline demo`.
pub(crate) const TENANT: &str = "demo";

/// Commissions for a shop's distributors: who earned what of which order, and why.
#[derive(Debug, Parser)]
#[command(name = "upline", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Answer in JSON, for programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

/// One command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the HTTP API on this machine, and print a token for the tenant "demo".
    Dev(Dev),
    /// Play 18 months of a real shop's orders through everything, and show the result.
    Demo(Demo),
    /// Send events to a running server.
    #[command(subcommand)]
    Event(EventCommand),
    /// List the events that wait for a person, retry one, or put one away.
    Parked(Parked),
    /// Check a plan file; publish plans to a running server, list them, and activate them.
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Show an order: what it earns whom, and why.
    Order(Order),
    /// Show where a distributor's money stands.
    Balance(BalanceOf),
    /// List who is owed what, and when.
    Owed(Owed),
    /// Show a distributor's level: what it brings, what the next one asks, and how far they are.
    Level(LevelOf),
    /// Run a job now that is run each night.
    #[command(subcommand)]
    Job(JobCommand),
    /// Show what a reconciliation of a day found, and write it as CSV or as a page.
    Report(ReportOf),
    /// Change the status, level or risk of a distributor.
    #[command(subcommand)]
    Distributor(DistributorCommand),
    /// List who changed what by hand, newest first.
    Audit(Audit),
    /// Calculate one order from a file: who earns what, and why.
    Simulate(Simulate),
    /// Print a token for a server on this machine.
    Token(Token),
}

/// `upline dev`.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// The data file, made where it is not there yet, or ":memory:".
    #[arg(long, env = "UPLINE_DATA", default_value = "upline.db")]
    pub(crate) data: Data,
    /// The port on loopback; 0 takes a free one.
    #[arg(long, default_value_t = 8787)]
    pub(crate) port: u16,
    /// The plan.
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
}

/// `upline demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// A data file that is not there yet, or ":memory:".
    #[arg(long, default_value = crate::demo::DATA)]
    pub(crate) data: Data,
    /// Play again: remove upline-demo.db, which an earlier demo left, first.
    #[arg(long, conflicts_with = "data")]
    pub(crate) fresh: bool,
    /// The plan.
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
}

/// What to do with events.
#[derive(Debug, Subcommand)]
pub(crate) enum EventCommand {
    /// Send the events in files, and list those that were not simply taken.
    Send(Send),
}

/// `upline event send`.
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// JSON, a JSON array or JSON lines; "-" is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The server.
    #[arg(long, env = "UPLINE_URL", default_value = "http://127.0.0.1:8787")]
    pub(crate) url: String,
    /// A token of a role that may send events: shop or admin.
    #[arg(long, env = "UPLINE_TOKEN", hide_env_values = true)]
    pub(crate) token: String,
}

/// `upline parked`: lists, without a subcommand.
#[derive(Debug, Args)]
pub(crate) struct Parked {
    /// What else to do.
    #[command(subcommand)]
    pub(crate) command: Option<ParkedCommand>,
    /// Only those with this code, such as `cost_missing`.
    #[arg(long)]
    pub(crate) code: Option<String>,
    /// The server.
    #[arg(long, env = "UPLINE_URL", default_value = "http://127.0.0.1:8787", global = true)]
    pub(crate) url: String,
    /// A token of a role that may do so: ops or admin.
    #[arg(long, env = "UPLINE_TOKEN", hide_env_values = true, global = true)]
    pub(crate) token: Option<String>,
}

/// What to do with a parked event.
#[derive(Debug, Subcommand)]
pub(crate) enum ParkedCommand {
    /// Print the event as it came, to be mended.
    Show {
        /// Its id, the beginning of it, or the event's id.
        #[arg(allow_hyphen_values = true)]
        id: String,
    },
    /// Take it once more through the door, or a mended event in its place.
    Retry {
        /// Its id, the beginning of it, or the event's id.
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// The mended event; "-" is standard input.
        #[arg(long, value_name = "FILE")]
        event: Option<PathBuf>,
    },
    /// Put it away, with the reason: another event has made it moot. It is kept, and not listed.
    Dismiss {
        /// Its id, the beginning of it, or the event's id.
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Why, for whoever asks later.
        #[arg(long)]
        reason: String,
    },
}

/// A running server, and a token for it.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// The server.
    #[arg(long, env = "UPLINE_URL", default_value = "http://127.0.0.1:8787")]
    pub(crate) url: String,
    /// A token of a role that may do so.
    #[arg(long, env = "UPLINE_TOKEN", hide_env_values = true)]
    pub(crate) token: String,
}

/// What to do with a plan file.
#[derive(Debug, Subcommand)]
pub(crate) enum PlanCommand {
    /// List all that is wrong with a plan file; exit status 1 if anything is.
    Check(PlanCheck),
    /// Tell what the orders of a period would have cost under another plan, and what changes.
    Backtest(PlanBacktest),
    /// Print the built-in example, to begin with or to compare.
    Example,
    /// List in what two plans differ, files or versions of a server, by what they mean.
    Diff(PlanDiff),
    /// Run case files against the plans they name; exit status 1 if one comes out otherwise.
    Test(PlanTest),
    /// Publish a plan as the next version, if nothing is wrong with it. It is active only once it
    /// is activated; the same plan again makes no other version. Exit status 1 where something is
    /// wrong.
    Publish(PlanPublish),
    /// List the versions, newest first, with their activations.
    List(Server),
    /// Print the document of one version.
    Show(PlanShow),
    /// Make a version active from a time on. To roll back, activate an older one.
    Activate(PlanActivate),
}

/// `upline plan check`.
#[derive(Debug, Args)]
pub(crate) struct PlanCheck {
    /// The plan file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What the plan is held against.
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

/// `upline plan test`.
#[derive(Debug, Args)]
pub(crate) struct PlanTest {
    /// A folder, with all below it, or one case file.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// What the plans are held against.
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

/// `upline token`.
#[derive(Debug, Args)]
pub(crate) struct Token {
    /// The data file of the server that is to take the token.
    #[arg(long, env = "UPLINE_DATA", default_value = "upline.db")]
    pub(crate) data: Data,
    /// The tenant.
    #[arg(long, default_value = TENANT)]
    pub(crate) tenant: TenantId,
    /// What the holder may do.
    #[arg(long, value_enum)]
    pub(crate) role: Role,
    /// Who the holder is: for the role distributor, which one.
    #[arg(long, value_name = "ID", required_if_eq("role", "distributor"))]
    pub(crate) sub: Option<DistributorId>,
    /// How many days the token is good for.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) ttl_days: u16,
}

/// A plan that a server begins with.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// The plan file; a built-in example without it.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// What the plan is held against.
    #[command(flatten)]
    policy: PolicyArgs,
}

impl PlanArgs {
    /// Reads the files that were named.
    pub(crate) fn choose(&self) -> Result<PlanChoice, Failure> {
        let policy = self.policy.read()?;
        let (text, source) = match &self.plan {
            Some(file) => (read(file)?, PlanSource::Given),
            None if self.policy.policy.is_some() => (EXAMPLE_PLAN.to_owned(), PlanSource::Given),
            None => (EXAMPLE_PLAN.to_owned(), PlanSource::Example),
        };
        Ok(PlanChoice { text, policy, source })
    }
}

/// What a plan is held against.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// cn-wechat, cn, global, or a policy file; cn without it.
    #[arg(long)]
    policy: Option<String>,
}

impl PolicyArgs {
    /// The shipped policy of that name, or the one in the file.
    pub(crate) fn read(&self) -> Result<Policy, Failure> {
        read_policy(self.policy.as_deref().unwrap_or("cn"))
    }
}

fn read_policy(name: &str) -> Result<Policy, Failure> {
    if let Some(policy) = Policy::named(name) {
        return Ok(policy);
    }
    let file = PathBuf::from(name);
    if !file.exists() {
        return Err(Failure::usage(format!(
            "there is no policy {name:?}: write cn-wechat, cn, global or the name of a file",
        )));
    }
    Policy::parse(&read(&file)?)
        .map_err(|wrong| Failure::usage(format!("policy file {}: {wrong}", file.display())))
}

/// The plan that is active from the beginning of time on data that have none yet.
#[derive(Clone, Debug)]
pub(crate) struct PlanChoice {
    /// The plan document.
    pub(crate) text: String,
    /// What it is held against.
    pub(crate) policy: Policy,
    /// Who chose it.
    pub(crate) source: PlanSource,
}

impl PlanChoice {
    /// The built-in example.
    pub(crate) fn example(policy: Policy) -> Self {
        Self { text: EXAMPLE_PLAN.to_owned(), policy, source: PlanSource::Example }
    }
}

/// Who chose a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlanSource {
    /// It was named on the command line, or its policy was: data that have another are refused.
    Given,
    /// Nobody: it is the built-in example, and data that have a plan keep theirs.
    Example,
}

/// Where the data are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// In this process only.
    Memory,
    /// In a file, with others beside it.
    File(PathBuf),
}

impl Data {
    /// The file beside the data file with this ending, such as `key`; none in memory.
    pub(crate) fn beside(&self, ending: &str) -> Option<PathBuf> {
        match self {
            Self::Memory => None,
            Self::File(path) => {
                let mut name = OsString::from(path);
                name.push(".");
                name.push(ending);
                Some(name.into())
            }
        }
    }
}

impl From<OsString> for Data {
    fn from(text: OsString) -> Self {
        if text == ":memory:" { Self::Memory } else { Self::File(text.into()) }
    }
}

impl fmt::Display for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str(":memory:"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// Reads a text file, or standard input for `-`.
pub(crate) fn read(file: &std::path::Path) -> Result<String, Failure> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    let text =
        text.map_err(|wrong| Failure::usage(format!("cannot read {}: {wrong}", file.display())))?;
    // A byte order mark says nothing in UTF-8, and some editors write one.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

//! The commands that explain themselves in a language that can be chosen.

use std::path::PathBuf;

use clap::Args;
use upline_domain::ids::OrderId;
use upline_domain::language::Language;

use super::{PolicyArgs, Server};

/// `upline order`.
#[derive(Debug, Args)]
pub(crate) struct Order {
    /// The order.
    pub(crate) id: OrderId,
    /// The language of the words: en or zh.
    #[arg(long = "lang", value_name = "LANG", default_value = "en", value_parser = language)]
    pub(crate) language: Language,
    /// Where.
    #[command(flatten)]
    pub(crate) server: Server,
}

/// `upline simulate`.
#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// The plan file.
    #[arg(long, value_name = "FILE")]
    pub(crate) plan: PathBuf,
    /// The order with its lineage, as JSON; "-" is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) order: PathBuf,
    /// The language of the words: en or zh.
    #[arg(long = "lang", value_name = "LANG", default_value = "en", value_parser = language)]
    pub(crate) language: Language,
    /// What the plan is held against.
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

/// `upline plan diff`.
#[derive(Debug, Args)]
pub(crate) struct PlanDiff {
    /// The plan before: a file, or the number of a version of the server.
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The plan after: a file, or the number of a version of the server.
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// The language of the words: en or zh.
    #[arg(long = "lang", value_name = "LANG", default_value = "en", value_parser = language)]
    pub(crate) language: Language,
    /// What files are held against; a version is held against its own.
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
    /// The server, for versions.
    #[arg(long, env = "UPLINE_URL", default_value = "http://127.0.0.1:8787")]
    pub(crate) url: String,
    /// A token of an admin, for versions.
    #[arg(long, env = "UPLINE_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}

/// Reads the name of a language.
pub(super) fn language(name: &str) -> Result<Language, String> {
    Language::from_name(name).ok_or_else(|| "write en or zh".to_owned())
}

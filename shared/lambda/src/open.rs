//! What a function opens once, at its start.

use aws_config::{BehaviorVersion, Region};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use jiff::Timestamp;
use upline_contract::plan::{Policy, compile};
use upline_domain::plan::Plan;
use upline_store::Store;

use crate::logs::start_logs;

/// What every message of a function is handled with.
pub struct Shell {
    /// The table.
    pub store: Store,
    /// The queue that feeds the function, to put off what is tried again.
    pub(crate) queues: aws_sdk_sqs::Client,
}

impl Shell {
    /// A shell over a table and the queues that are there.
    #[must_use]
    pub fn new(store: Store, queues: aws_sdk_sqs::Client) -> Self {
        Self { store, queues }
    }
}

/// Why a function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A variable of the environment is missing.
    #[error("the environment variable {0} is not set; the stack sets it on every function")]
    Missing(&'static str),
}

/// The time now: the one place where the clock is read.
#[expect(clippy::disallowed_methods, reason = "the edge, where the clock is read")]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Opens the table that `TABLE_NAME` names, and starts the logs.
///
/// # Errors
///
/// * [`OpenError::Missing`] where the environment does not say which table.
pub async fn open() -> Result<Shell, OpenError> {
    start_logs();
    let table = std::env::var("TABLE_NAME").map_err(|_| OpenError::Missing("TABLE_NAME"))?;
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
    if let Ok(region) = std::env::var("AWS_REGION") {
        loader = loader.region(Region::new(region));
    }
    let config = loader.load().await;
    let store = Store::new(aws_sdk_dynamodb::Client::new(&config), &table, read_plan);
    Ok(Shell::new(store, aws_sdk_sqs::Client::new(&config)))
}

/// Compiles a stored plan document under its stored policy.
///
/// # Errors
///
/// * All that is wrong with either, in words.
pub fn read_plan(document: &str, policy: &str) -> Result<Plan, String> {
    let policy = Policy::parse(policy).map_err(|error| error.to_string())?;
    compile(document, &policy).map_err(|findings| {
        let lines = findings.iter().map(|one| format!("{}: {}", one.path, one.message));
        lines.collect::<Vec<_>>().join("; ")
    })
}

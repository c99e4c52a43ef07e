//! What a function opens once, at its start.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use jiff::Timestamp;
use upline_contract::plan::{Policy, compile};
use upline_domain::plan::Plan;
use upline_store::Store;

use crate::bus::Bus;
use crate::logs::start_logs;
use crate::settings::{Settings, SettingsError};

/// How long one try of a request waits for its answer. A connection may be dead without a word,
/// after a function was frozen for a while; another try takes another connection, well within the
/// time that a function has.
const TRY_SECONDS: u64 = 3;

/// What every message of a function is handled with.
pub struct Shell {
    /// The table.
    pub store: Store,
    /// The queue that feeds the function, to put off what is tried again.
    pub(crate) queues: aws_sdk_sqs::Client,
    bus: Option<Bus>,
}

impl Shell {
    /// A shell over a table and the queues that are there.
    #[must_use]
    pub fn new(store: Store, queues: aws_sdk_sqs::Client) -> Self {
        Self { store, queues, bus: None }
    }

    /// The bus that the environment names.
    ///
    /// # Errors
    ///
    /// * [`SettingsError`] where it names none.
    pub fn bus(&self) -> Result<Bus, SettingsError> {
        self.bus.clone().ok_or_else(|| SettingsError::not_set("EVENT_BUS_NAME"))
    }
}

/// The time now: the one place where the clock is read.
#[expect(clippy::disallowed_methods, reason = "the edge, where the clock is read")]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Opens the table that the environment names, and starts the logs.
///
/// # Errors
///
/// * [`SettingsError`] where something is missing in the environment, or wrong.
pub async fn open() -> Result<Shell, SettingsError> {
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    start_logs(settings.level);
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let patience =
        TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(TRY_SECONDS));
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(patience.build());
    let config = loader.region(Region::new(settings.region)).load().await;
    let store = Store::new(aws_sdk_dynamodb::Client::new(&config), &settings.table, read_plan);
    let on = |name: &String| Bus::new(aws_sdk_eventbridge::Client::new(&config), name);
    let bus = settings.event_bus.as_ref().map(on);
    Ok(Shell { bus, ..Shell::new(store, aws_sdk_sqs::Client::new(&config)) })
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

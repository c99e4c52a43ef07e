//! What a function opens once, at its start.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use jiff::Timestamp;
use upline_contract::job::Job;
use upline_contract::plan::{Policy, compile};
use upline_domain::plan::Plan;
use upline_store::Store;

use crate::bus::Bus;
use crate::enqueue::{JobQueues, QueueOf};
use crate::lists::Lists;
use crate::logs::start_logs;
use crate::metrics::{Measured, Metrics};
use crate::settings::{Settings, SettingsError, queue_variable};

/// The longest that a connection may take to be there: all is in one region.
const CONNECT_MAX: Duration = Duration::from_secs(2);
/// The longest that one try of a request may take. A connection may be dead without a word, after a
/// function was frozen for one; then another try takes another connection, well within the time
/// that a function has.
const ATTEMPT_MAX: Duration = Duration::from_secs(3);
/// The longest that a request may take with all its tries: less than any function has.
const OPERATION_MAX: Duration = Duration::from_secs(12);

/// What every message of a function is handled with.
pub struct Shell {
    /// The table.
    pub store: Store,
    /// Queues: that which feeds the function, to put off what is tried again.
    pub(crate) queues: aws_sdk_sqs::Client,
    /// Where what was done is counted.
    pub metrics: Metrics,
    bus: Option<Bus>,
    jobs: Vec<QueueOf>,
    lists: Option<(SdkConfig, String)>,
}

impl Shell {
    /// A shell over a table and the queues that are there, which counts nothing and has neither a
    /// bus nor queues of jobs nor lists.
    #[must_use]
    pub fn new(store: Store, queues: aws_sdk_sqs::Client) -> Self {
        let metrics = Metrics::none();
        Self { store, queues, metrics, bus: None, jobs: Vec::new(), lists: None }
    }

    /// Measures a request that was answered, by its status and by how long it took.
    pub fn answered(&self, status: u16, took: Duration) {
        let mut measured = Measured::default();
        let name = match status {
            ..400 => "RequestsAnswered",
            400..500 => "RequestsRefused",
            500.. => "RequestsFailed",
        };
        measured.count(name, 1);
        measured.took("Latency", took);
        measured.tally(self.store.take_tally());
        self.metrics.write(now(), measured);
    }

    /// The bus that the environment names.
    ///
    /// # Errors
    ///
    /// * [`SettingsError`] where it names none.
    pub fn bus(&self) -> Result<Bus, SettingsError> {
        self.bus.clone().ok_or_else(|| SettingsError::not_set("EVENT_BUS_NAME"))
    }

    /// The queues of these jobs, which the environment names.
    ///
    /// # Errors
    ///
    /// * [`SettingsError`] where it does not name each.
    pub fn jobs(&self, jobs: &[Job]) -> Result<JobQueues, SettingsError> {
        let missing = jobs.iter().find(|job| !self.jobs.iter().any(|queue| queue.job == **job));
        match missing {
            Some(job) => Err(SettingsError::not_set(&queue_variable(*job))),
            None => Ok(JobQueues::new(self.queues.clone(), self.jobs.clone())),
        }
    }

    /// The lists of shops, in the bucket that the environment names. Its client is made here, so
    /// that it is in no function but one that asks.
    ///
    /// # Errors
    ///
    /// * [`SettingsError`] where it names none.
    pub fn lists(&self) -> Result<Lists, SettingsError> {
        let (config, bucket) =
            self.lists.as_ref().ok_or_else(|| SettingsError::not_set("LISTS_BUCKET"))?;
        Ok(Lists::open(config, bucket))
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
    let loader = aws_config::defaults(BehaviorVersion::latest());
    let loader = loader.http_client(http).timeout_config(timeouts());
    let config = loader.region(Region::new(settings.region)).load().await;
    let store = Store::new(&aws_sdk_dynamodb::Client::new(&config), &settings.table, read_plan);
    let queues = aws_sdk_sqs::Client::new(&config);
    let metrics = settings.metrics.map_or_else(Metrics::none, Metrics::on_standard_output);
    let on = |name: &String| Bus::new(aws_sdk_eventbridge::Client::new(&config), name);
    let bus = settings.event_bus.as_ref().map(on);
    let lists = settings.lists_bucket.map(|bucket| (config, bucket));
    Ok(Shell { store, queues, metrics, bus, jobs: settings.job_queues, lists })
}

/// How long a request may take. A try that hangs is given up while there is time for another, and a
/// request that fails fails before the function is cut off, which would hide why. What an answer
/// brings as a stream, such as a list, is not counted.
pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_MAX)
        .operation_attempt_timeout(ATTEMPT_MAX)
        .operation_timeout(OPERATION_MAX)
        .build()
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

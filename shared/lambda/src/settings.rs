//! What a function is told by its environment: read and checked once, at its start.
//! `docs/deploy-environment.md` lists the variables.

use std::fmt;

use tracing::level_filters::LevelFilter;
use upline_contract::job::Job;

use crate::enqueue::QueueOf;

/// The longest name of a table, and the shortest; DynamoDB's own limits.
const TABLE_NAME_BYTES: std::ops::RangeInclusive<usize> = 3..=255;
/// The longest name of a bus; EventBridge's own limit.
const BUS_NAME_BYTES_MAX: usize = 256;
/// The longest name of a bucket of S3, and the shortest; its own limits.
const BUCKET_NAME_BYTES: std::ops::RangeInclusive<usize> = 3..=63;
const SCHEMES: [&str; 2] = ["http://", "https://"];
const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// What every function is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The table.
    pub table: String,
    /// Where AWS's region is.
    pub region: String,
    /// The bus, for a function that puts events on it.
    pub event_bus: Option<String>,
    /// The queues of jobs, for a function that puts messages on them.
    pub job_queues: Vec<QueueOf>,
    /// The bucket with the lists of shops, for a function that reads them.
    pub lists_bucket: Option<String>,
    /// From which level on lines are logged.
    pub level: LevelFilter,
    /// What metrics are written under; without a namespace, none are.
    pub metrics: Option<MetricsSettings>,
}

/// What metrics are written under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsSettings {
    /// The namespace of CloudWatch.
    pub namespace: String,
    /// What tells this function's from another's: its dimension `service`.
    pub service: String,
    /// The function, as Lambda calls it.
    pub function_name: String,
}

/// All that is missing or wrong in the environment, one sentence each.
#[derive(PartialEq, Eq, thiserror::Error)]
#[error("the function's environment cannot be used: {}; \
         docs/deploy-environment.md lists what the stack has to set", .0.join("; "))]
pub struct SettingsError(Vec<String>);

impl SettingsError {
    /// That one function needs what others do not.
    pub(crate) fn not_set(name: &str) -> Self {
        Self(vec![format!("{name} is not set")])
    }
}

// A `main` that returns an error prints it in this form, and a person has to read it.
impl fmt::Debug for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Settings {
    /// Reads the settings from the environment; `variable` looks one up. An empty one is not set.
    ///
    /// # Errors
    ///
    /// * [`SettingsError`], which names all that is missing or wrong.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut wrong = Vec::new();
        let mut needed = |name: &str| {
            let value = variable(name);
            if value.is_none() {
                wrong.push(format!("{name} is not set"));
            }
            value.unwrap_or_default()
        };
        let (table, region) = (needed("TABLE_NAME"), needed("AWS_REGION"));
        if !table.is_empty() && !is_table_name(&table) {
            wrong.push(format!(
                "TABLE_NAME is {table:?}, which is no name of a table: 3 to 255 letters, digits, \
                 '_', '-' and '.'"
            ));
        }
        let level = variable("LOG_LEVEL").unwrap_or_else(|| "INFO".to_owned());
        if !LEVELS.iter().any(|known| known.eq_ignore_ascii_case(&level)) {
            let levels = LEVELS.join(", ");
            wrong.push(format!("LOG_LEVEL is {level:?}: leave it out or name one of {levels}"));
        }
        let of_queues = Job::ALL.map(queue_variable);
        for name in of_queues.iter().map(String::as_str).chain(["AWS_ENDPOINT_URL"]) {
            let value = variable(name);
            if let Some(url) = value.filter(|url| !SCHEMES.iter().any(|one| url.starts_with(one))) {
                wrong.push(format!(
                    "{name} is {url:?}: leave it out, or begin it with http:// or https://"
                ));
            }
        }
        let event_bus = variable("EVENT_BUS_NAME");
        if let Some(name) = event_bus.as_ref().filter(|name| !is_bus_name(name)) {
            wrong.push(format!(
                "EVENT_BUS_NAME is {name:?}, which is no name of a bus: leave it out, or write 1 \
                 to 256 letters, digits, '_', '-', '.' and '/'"
            ));
        }
        let lists_bucket = variable("LISTS_BUCKET");
        if let Some(name) = lists_bucket.as_ref().filter(|name| !is_bucket_name(name)) {
            wrong.push(format!(
                "LISTS_BUCKET is {name:?}, which is no name of a bucket: leave it out, or write 3 \
                 to 63 small letters, digits, '-' and '.'"
            ));
        }
        let function_name = variable("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| "-".to_owned());
        let metrics = variable("POWERTOOLS_METRICS_NAMESPACE").map(|namespace| MetricsSettings {
            namespace,
            service: variable("POWERTOOLS_SERVICE_NAME").unwrap_or_else(|| function_name.clone()),
            function_name,
        });
        let level = level.parse().unwrap_or(LevelFilter::INFO);
        let queue = |job| variable(&queue_variable(job)).map(|url| QueueOf { job, url });
        let job_queues = Job::ALL.into_iter().filter_map(queue).collect();
        let settings = Self { table, region, event_bus, job_queues, lists_bucket, level, metrics };
        if wrong.is_empty() { Ok(settings) } else { Err(SettingsError(wrong)) }
    }
}

/// The variable with the address of the queue of a job.
pub(crate) fn queue_variable(job: Job) -> String {
    format!("{}_QUEUE_URL", job.name().to_uppercase().replace('-', "_"))
}

fn is_bus_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    name.len() <= BUS_NAME_BYTES_MAX && name.bytes().all(known)
}

fn is_bucket_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let known = |byte: u8| known(byte) || b"-.".contains(&byte);
    BUCKET_NAME_BYTES.contains(&name.len()) && name.bytes().all(known)
}

fn is_table_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    TABLE_NAME_BYTES.contains(&name.len()) && name.bytes().all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Settings, String> {
        let value = |name: &str| set.iter().find(|one| one.0 == name).map(|one| one.1.to_owned());
        Settings::read(value).map_err(|wrong| format!("{wrong:?}"))
    }

    #[test]
    fn what_is_set_is_read() {
        let read = |level| {
            read(&[
                ("TABLE_NAME", "upline.Table_1-a"),
                ("AWS_REGION", "eu-west-1"),
                ("LOG_LEVEL", level),
                ("EVENT_BUS_NAME", "bus"),
                ("CHECK_UPGRADES_QUEUE_URL", "https://sqs/1/checks"),
                ("RECOUNT_QUEUE_URL", "https://sqs/1/recount"),
                ("LISTS_BUCKET", "upline-lists.1"),
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
            ])
        };
        let settings = |level| {
            let (table, region) = ("upline.Table_1-a".to_owned(), "eu-west-1".to_owned());
            let event_bus = Some("bus".to_owned());
            let queue = |job, url: &str| QueueOf { job, url: url.to_owned() };
            let job_queues = vec![
                queue(Job::CheckUpgrades, "https://sqs/1/checks"),
                queue(Job::Recount, "https://sqs/1/recount"),
            ];
            let lists_bucket = Some("upline-lists.1".to_owned());
            let metrics = None;
            Ok(Settings { table, region, event_bus, job_queues, lists_bucket, level, metrics })
        };
        assert_eq!(read(""), settings(LevelFilter::INFO));
        assert_eq!(read("WARN"), settings(LevelFilter::WARN));
        assert_eq!(read("debug"), settings(LevelFilter::DEBUG));
    }

    #[test]
    fn a_bus_and_metrics_are_there_where_they_are_named() {
        let set = [
            ("TABLE_NAME", "upline"),
            ("AWS_REGION", "eu-west-1"),
            ("EVENT_BUS_NAME", "upline"),
            ("POWERTOOLS_METRICS_NAMESPACE", "Upline"),
            ("AWS_LAMBDA_FUNCTION_NAME", "upline-post-ledger"),
            ("POWERTOOLS_SERVICE_NAME", "posting"),
        ];
        let settings = read(&set).unwrap();
        assert_eq!(settings.event_bus.as_deref(), Some("upline"));
        let metrics = settings.metrics.unwrap();
        assert_eq!((metrics.namespace.as_str(), metrics.service.as_str()), ("Upline", "posting"));
        assert_eq!(metrics.function_name, "upline-post-ledger");
        let metrics = read(&set[..5]).unwrap().metrics.unwrap();
        assert_eq!(metrics.service, "upline-post-ledger", "where the stack names no service");
        let wrong = [set[0], set[1], ("EVENT_BUS_NAME", "a bus")];
        assert!(read(&wrong).unwrap_err().contains("EVENT_BUS_NAME is \"a bus\""));
    }

    #[test]
    fn all_that_is_missing_or_wrong_is_named_together() {
        let wrong = read(&[
            ("TABLE_NAME", "a table"),
            ("AWS_REGION", ""),
            ("LOG_LEVEL", "loud"),
            ("AWS_ENDPOINT_URL", "127.0.0.1:4566"),
            ("CHECK_UPGRADES_QUEUE_URL", "checks"),
            ("LISTS_BUCKET", "Lists"),
        ]);
        let wrong = wrong.unwrap_err();
        for told in [
            "TABLE_NAME is \"a table\"",
            "AWS_REGION is not set",
            "LOG_LEVEL is \"loud\"",
            "AWS_ENDPOINT_URL is \"127.0.0.1:4566\"",
            "CHECK_UPGRADES_QUEUE_URL is \"checks\": leave it out",
            "LISTS_BUCKET is \"Lists\", which is no name of a bucket",
            "docs/deploy-environment.md",
        ] {
            assert!(wrong.contains(told), "{told}: {wrong}");
        }
        let wrong = read(&[("AWS_REGION", "eu-west-1")]).unwrap_err();
        assert!(wrong.contains("TABLE_NAME is not set;"), "{wrong}");
        assert!(!wrong.contains("no name of a table"), "one fault is told once: {wrong}");
        let wrong = read(&[]).unwrap_err();
        assert!(wrong.contains("TABLE_NAME is not set; AWS_REGION is not set;"), "{wrong}");
    }

    #[test]
    fn a_table_has_a_name_of_dynamodb() {
        for (name, is_one) in [("ab", false), ("abc", true), ("a/b", false), ("tä", false)] {
            assert_eq!(is_table_name(name), is_one, "{name}");
        }
        assert!(is_table_name(&"a".repeat(255)) && !is_table_name(&"a".repeat(256)));
    }
}

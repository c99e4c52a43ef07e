//! The DynamoDB of one machine: an embedded database behind the real SDK client, in this process.
//! There is no socket, no thread, no retry and no credential here, and none of the product's own
//! words.
//!
//! A request of the client is answered on the task that makes it, before its future is first
//! polled. The answer takes some hundred microseconds, which is less than handing it to another
//! thread and back would cost.
//!
//! Consistency is stricter than on AWS: every read is consistent, and nothing is ever throttled or
//! refused for a conflict. On a file, an answered write is on the disk: the database keeps a
//! write-ahead log and syncs it with each commit, so neither a killed process nor a power cut loses
//! what was answered.

mod connector;
mod dispatch;

use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use dynoxide::{Database, DynoxideError};

use crate::connector::InProcess;
use crate::dispatch::NO_TOKEN;

/// The host name in the client's requests. Nobody looks it up: `.invalid` is reserved for that.
const ENDPOINT: &str = "http://embedded.invalid";

/// Why there is no embedded database.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The path cannot be handed to the database, which takes text.
    #[error("the path {0:?} is not valid UTF-8: choose another name for the data file")]
    Path(PathBuf),
    /// The file cannot be opened, or is not such a database.
    #[error("cannot open the data file {path}: {reason}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the database says.
        reason: DynoxideError,
    },
    /// The database in memory cannot be made.
    #[error("cannot make a database in memory: {0}")]
    Memory(DynoxideError),
}

/// One embedded database. A clone is the same one, and so are all its clients.
#[derive(Clone)]
pub struct Embedded {
    database: Database,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Embedded")
    }
}

impl Embedded {
    /// A database that ends with its last clone.
    ///
    /// # Errors
    ///
    /// * [`EmbeddedError::Memory`] where there is no memory for it.
    pub fn memory() -> Result<Self, EmbeddedError> {
        let database = Database::memory().map_err(EmbeddedError::Memory)?;
        Ok(Self { database })
    }

    /// The database in a file, which is made where it is not there yet. Beside it come `-wal` and
    /// `-shm`, which belong to it. One process at a time: the caller sees to that.
    ///
    /// # Errors
    ///
    /// * [`EmbeddedError::Path`] for a path that is not UTF-8.
    /// * [`EmbeddedError::Open`] for a file that cannot be opened or is something else.
    pub fn file(path: &Path) -> Result<Self, EmbeddedError> {
        let text = path.to_str().ok_or_else(|| EmbeddedError::Path(path.to_owned()))?;
        let database = Database::new(text)
            .map_err(|reason| EmbeddedError::Open { path: path.to_owned(), reason })?;
        Ok(Self { database })
    }

    /// A client of this database. Requests are not signed, because nobody would check, and not
    /// tried again, because what fails here fails again; nothing leaves the process.
    #[must_use]
    pub fn client(&self) -> Client {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("us-east-1"))
            .endpoint_url(ENDPOINT)
            .allow_no_auth()
            .auth_scheme_preference([AuthSchemeId::from("no_auth")])
            .idempotency_token_provider(NO_TOKEN)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .http_client(InProcess::new(self.database.clone()))
            .build();
        Client::from_conf(config)
    }
}

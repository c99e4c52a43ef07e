//! What can go wrong with the table.

use std::error::Error;
use std::fmt::Debug;

use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};

use upline_domain::money::Overflow;

use crate::item::Damaged;

/// A request to the table that gave no answer to rely on. Nothing is known to be kept: the caller
/// sends the same again, which is safe, because every write is conditional.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused the request, or did not answer.
    #[error("{request}: {answer}")]
    Request {
        /// The operation.
        request: &'static str,
        /// Its error, with all its causes.
        answer: String,
    },
    /// An item is not as this program writes it.
    #[error("item {key}: {damaged}")]
    Damaged {
        /// The item's partition key.
        key: String,
        /// What is wrong with it.
        damaged: Damaged,
    },
    /// An item that another one names is not there, though it was written before that one.
    #[error("item {key}: it is missing, though a lineage or a binding names it; restore it")]
    Missing {
        /// The item's partition key.
        key: String,
    },
    /// A sum left the range of amounts.
    #[error("item {key}: {Overflow}")]
    Overflow {
        /// The item's partition key.
        key: String,
    },
    /// Other writers kept changing what a write was conditional on.
    #[error("{0}: others kept writing the same items; try again")]
    Contended(&'static str),
    /// A stored plan does not compile.
    #[error("plan version {version} of {tenant}: {why}")]
    Plan {
        /// Whose.
        tenant: String,
        /// Which.
        version: u32,
        /// What the compiler says.
        why: String,
    },
}

/// The result of a request to the table.
pub type StoreResult<T> = Result<T, StoreError>;

impl StoreError {
    pub(crate) fn request<E, R>(request: &'static str) -> impl Fn(SdkError<E, R>) -> Self
    where
        E: Error + Send + Sync + 'static,
        R: Debug + Send + Sync + 'static,
    {
        move |error| Self::Request { request, answer: DisplayErrorContext(&error).to_string() }
    }

    pub(crate) fn damaged(key: &str) -> impl Fn(Damaged) -> Self {
        move |damaged| Self::Damaged { key: key.to_owned(), damaged }
    }
}

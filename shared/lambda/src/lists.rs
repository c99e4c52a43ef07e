//! The lists of orders that shops put in a bucket, one object a day. A list is downloaded whole
//! before it is read, so that whoever reads it does so at their own pace.

use std::fs::File;
use std::io::{self, BufReader, Seek, Write};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::config::StalledStreamProtectionConfig;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_s3::types::Object;
use jiff::civil::Date;
use tracing::error;
use upline_domain::ids::TenantId;

/// The longest that nothing of a list may come. A download takes as long as it flows, and one that
/// stands still is given up while there is time to begin it again.
const STALL_MAX: Duration = Duration::from_secs(20);
/// Lists of one day that an error names: one is right, and two are too many already.
const NAMED_MAX: usize = 5;

/// Why the list of a day is not there to be read. To try again does no harm.
#[derive(Debug, thiserror::Error)]
pub enum ListFailed {
    /// Nobody can say which of them is the list.
    #[error("there is more than one list of that day: {}; remove all but one", .0.join(", "))]
    Several(Vec<String>),
    /// The bucket did not answer, or not to the end: a word of its own.
    #[error("the bucket of lists did not answer ({0})")]
    NoAnswer(String),
    /// There is no place for it.
    #[error("a list cannot be kept in the temporary folder: {0}; has it more than that can hold?")]
    NotKept(#[from] io::Error),
}

/// A list of a day, here. It vanishes when it is dropped.
#[derive(Debug)]
pub struct Downloaded {
    /// What its object is called.
    pub name: String,
    /// All of it, from its first byte on.
    pub reader: BufReader<File>,
}

/// The bucket of lists.
#[derive(Clone, Debug)]
pub struct Lists {
    client: aws_sdk_s3::Client,
    bucket: String,
}

impl Lists {
    /// The bucket of a name.
    pub(crate) fn open(config: &SdkConfig, bucket: &str) -> Self {
        let stalled = StalledStreamProtectionConfig::enabled().grace_period(STALL_MAX).build();
        let config = aws_sdk_s3::config::Builder::from(config)
            // An emulator has one name, to which that of a bucket cannot be added.
            .force_path_style(config.endpoint_url().is_some())
            .stalled_stream_protection(stalled)
            .build();
        Self { client: aws_sdk_s3::Client::from_conf(config), bucket: bucket.to_owned() }
    }

    /// Downloads the list of a day: the one object whose name begins with `{tenant}/{date}.`. None
    /// where the shop gave none.
    ///
    /// # Errors
    ///
    /// * [`ListFailed`].
    pub async fn of_day(
        &self,
        tenant: &TenantId,
        day: Date,
    ) -> Result<Option<Downloaded>, ListFailed> {
        let mut found = self.found(&format!("{tenant}/{day}.")).await?;
        let Some(name) = found.pop() else { return Ok(None) };
        if found.is_empty() {
            let reader = self.download(&name).await?;
            return Ok(Some(Downloaded { name, reader }));
        }
        found.push(name);
        Err(ListFailed::Several(found))
    }

    /// The names that begin so. What has another `/` is of another tenant, whose id begins so too.
    async fn found(&self, prefix: &str) -> Result<Vec<String>, ListFailed> {
        let request = self.client.list_objects_v2().bucket(&self.bucket);
        let mut pages = request.prefix(prefix).delimiter("/").into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|failed| no_answer(&failed))?;
            found.extend(page.contents().iter().filter_map(Object::key).map(str::to_owned));
            if found.len() >= NAMED_MAX {
                found.truncate(NAMED_MAX);
                break;
            }
        }
        Ok(found)
    }

    async fn download(&self, name: &str) -> Result<BufReader<File>, ListFailed> {
        let request = self.client.get_object().bucket(&self.bucket).key(name);
        let mut body = request.send().await.map_err(|failed| no_answer(&failed))?.body;
        let mut file = tempfile::tempfile()?;
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(|failed| {
                error!("a list cannot be read to its end: {}", DisplayErrorContext(&failed));
                ListFailed::NoAnswer("not to the end".to_owned())
            })?;
            file.write_all(&bytes)?;
        }
        file.rewind()?;
        Ok(BufReader::new(file))
    }
}

fn no_answer<E: ProvideErrorMetadata + std::error::Error>(failed: &E) -> ListFailed {
    error!("lists cannot be read: {}", DisplayErrorContext(failed));
    ListFailed::NoAnswer(failed.code().unwrap_or("no answer").to_owned())
}

#[cfg(test)]
#[path = "lists_tests.rs"]
mod tests;

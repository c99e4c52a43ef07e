//! A reconciliation on AWS: lists are objects of a bucket, and what is missing goes on the bus,
//! from where its act takes it like any other event.

use jiff::Timestamp;
use jiff::civil::Date;
use upline_contract::published::{Outgoing, Told};
use upline_domain::ids::TenantId;
use upline_lambda::{
    Bus, Downloaded, Entry, Keep, ListFailed, Lists, SettingsError, Shell, Tries, admit_to_bus,
    arrive, log_accepted, log_taken, now,
};
use upline_store::Store;

use crate::{Fed, List, Site, SiteFailed};

/// A stack on AWS.
pub struct Aws {
    store: Store,
    bus: Bus,
    lists: Lists,
}

impl Aws {
    /// The stack that the environment names.
    ///
    /// # Errors
    ///
    /// * [`SettingsError`] where it names no bus, or no bucket of lists.
    pub fn open(shell: &Shell) -> Result<Self, SettingsError> {
        Ok(Self { store: shell.store.clone(), bus: shell.bus()?, lists: shell.lists()? })
    }

    async fn put(&self, entry: Entry) -> Result<(), SiteFailed> {
        let put = self.bus.put(&[entry]).await;
        put.into_iter().collect::<Result<(), _>>().map_err(failed)
    }
}

impl Site for Aws {
    fn now(&self) -> Timestamp {
        now()
    }

    async fn list(&self, tenant: &TenantId, day: Date) -> Result<Option<List>, SiteFailed> {
        match self.lists.of_day(tenant, day).await {
            Ok(found) => Ok(found
                .map(|Downloaded { name, reader }| List { name, reader: Ok(Box::new(reader)) })),
            Err(several @ ListFailed::Several(_)) => {
                let name = format!("{tenant}/{day}.*");
                Ok(Some(List { name, reader: Err(several.to_string()) }))
            }
            Err(gone) => Err(failed(gone)),
        }
    }

    async fn feed(&self, tenant: &TenantId, event: &str) -> Result<Fed, SiteFailed> {
        let now = now();
        let arrived = arrive(now, Some(tenant), event);
        let admitted = admit_to_bus(&self.store, now, arrived, None, Keep::Listed).await;
        match admitted.map_err(failed)? {
            Ok((message, entry)) => {
                self.put(entry).await?;
                log_accepted(&message.event);
                Ok(Fed::Sent)
            }
            Err(taken) => {
                log_taken(&taken, Tries::default());
                let result = taken.into_result();
                Ok(Fed::Taken { outcome: result.outcome, reason: result.reason })
            }
        }
    }

    /// Posting is behind the stream, which nobody can wait for.
    async fn posted(&self) {}

    async fn tell(&self, event: &Outgoing<Told>) -> Result<(), SiteFailed> {
        self.put(Entry::telling(event).map_err(failed)?).await
    }
}

fn failed(error: impl std::error::Error) -> SiteFailed {
    SiteFailed(error.to_string())
}

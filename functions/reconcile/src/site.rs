//! Where a reconciliation runs: what differs between AWS and one machine.

use std::io::BufRead;

use jiff::Timestamp;
use jiff::civil::Date;
use upline_contract::published::{Outgoing, Told};
use upline_domain::ids::TenantId;

/// The shop's own list of a day.
pub struct List {
    /// What it is called, for the report.
    pub name: String,
    /// Its bytes from the first on; JSON lines or CSV, gzip or not. Where what the shop gave cannot
    /// be taken for its list, why: the report says it.
    pub reader: Result<Box<dyn BufRead + Send>, String>,
}

/// What became of a missing event that was sent through the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fed {
    /// It was taken, and this came of it: `created`, `exists`, `waiting`, `conflict`, `parked` or
    /// `refused`, with the reason where there is more to say.
    Taken {
        /// The word.
        outcome: String,
        /// Why.
        reason: Option<String>,
    },
    /// It is on its way.
    Sent,
}

/// Why a site could not do what it was asked for; the part of the run is done again.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SiteFailed(pub String);

/// Where a reconciliation runs.
pub trait Site: Sync {
    /// The clock.
    fn now(&self) -> Timestamp;

    /// The shop's list of a day, opened anew at each call; none where the shop gave none.
    fn list(
        &self,
        tenant: &TenantId,
        day: Date,
    ) -> impl Future<Output = Result<Option<List>, SiteFailed>> + Send;

    /// Sends an event that is missing through the door that it should have come by.
    fn feed(
        &self,
        tenant: &TenantId,
        event: &str,
    ) -> impl Future<Output = Result<Fed, SiteFailed>> + Send;

    /// Waits until what was taken before is posted, where that is in reach.
    fn posted(&self) -> impl Future<Output = ()> + Send;

    /// Tells others that a run is finished, where anybody listens.
    fn tell(&self, event: &Outgoing<Told>) -> impl Future<Output = Result<(), SiteFailed>> + Send;
}

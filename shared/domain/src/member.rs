//! Distributors, as they are registered and as they stand at a time.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::fingerprint::{Fields, Fingerprint};
use crate::ids::{DistributorId, InviteCode, LevelId, Text};
use crate::limits::HISTORY_MAX;
use crate::schedule::{Placed, TooSoon, Wanted};

/// Who brought a distributor in, or whom a buyer is bound to, as an event names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Referrer {
    /// By the code they hand out.
    Code(InviteCode),
    /// By their id.
    Distributor(DistributorId),
}

/// The fact that someone became a distributor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The new distributor.
    pub distributor: DistributorId,
    /// Since when.
    pub registered_at: Timestamp,
    /// Who brought them in, if anyone did.
    pub sponsor: Option<Referrer>,
    /// The invite code they wish for.
    pub own_code: Option<InviteCode>,
    /// Shown in team lists. Not part of what makes two registrations the same.
    pub display_name: Option<Text>,
}

impl Registration {
    /// What a second registration under the same id must equal to be the same one.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let (code, sponsor) = match &self.sponsor {
            Some(Referrer::Code(code)) => (Some(code.as_str()), None),
            Some(Referrer::Distributor(id)) => (None, Some(id.as_str())),
            None => (None, None),
        };
        Fields::of("registration")
            .text(self.distributor.as_str())
            .time(self.registered_at)
            .maybe(code)
            .maybe(sponsor)
            .maybe(self.own_code.as_ref().map(InviteCode::as_str))
            .finish()
    }
}

/// Whether a distributor takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Earns.
    Active,
    /// Stopped for a while by an operator; earns by the plan's `inactive`.
    Frozen,
    /// Stopped for good.
    Terminated,
}

impl Status {
    /// The status as it is written on the wire and in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Frozen => "frozen",
            Self::Terminated => "terminated",
        }
    }

    /// Reads what [`Status::as_str`] writes.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Frozen, Self::Terminated].into_iter().find(|s| s.as_str() == name)
    }
}

/// Whether something about a distributor is being looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Risk {
    /// Nothing is.
    Clear,
    /// An operator has flagged them: a plan may withhold levels until that is cleared.
    Flagged,
}

impl Risk {
    /// The risk as it is written on the wire and in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Flagged => "flagged",
        }
    }

    /// Reads what [`Risk::as_str`] writes.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Clear, Self::Flagged].into_iter().find(|risk| risk.as_str() == name)
    }
}

/// Values with the time from which each holds, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History<T>(pub Vec<(Timestamp, T)>);

impl<T> Default for History<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> History<T> {
    /// The value that holds at `time`, if one does by then.
    #[must_use]
    pub fn at(&self, time: Timestamp) -> Option<&T> {
        self.0.iter().rev().find(|(from, _)| *from <= time).map(|(_, value)| value)
    }

    /// When another value may hold next, after `time`.
    #[must_use]
    pub fn next_after(&self, time: Timestamp) -> Option<Timestamp> {
        self.0.iter().map(|(from, _)| *from).find(|from| *from > time)
    }
}

/// Why a level or status cannot be changed as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotChange {
    /// It would hold earlier than a change may.
    #[error("from: {0}")]
    TooSoon(#[from] TooSoon),
    /// There is no room for more.
    #[error("value: there have been {HISTORY_MAX} changes, and there is no room for more")]
    TooMany,
}

impl<T: PartialEq> History<T> {
    /// Decides where a change by hand stands in it. See [`Wanted::place`] for what a repeat is.
    ///
    /// # Errors
    ///
    /// * [`CannotChange`], which says what to do.
    pub fn place(&self, value: &T, when: &Wanted) -> Result<Placed, CannotChange> {
        let told: Vec<_> = self.0.iter().map(|(from, held)| (*from, held == value)).collect();
        let placed = when.place(&told)?;
        let is_new = matches!(placed, Placed::New { .. });
        if is_new && told.len() >= HISTORY_MAX { Err(CannotChange::TooMany) } else { Ok(placed) }
    }
}

/// A distributor as the table keeps them. The lineage never changes; level and status gain entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The distributor.
    pub id: DistributorId,
    /// Since when they are one.
    pub registered_at: Timestamp,
    /// That day in the tenant's time zone, as known at registration.
    pub registered_on: Date,
    /// Ancestors, the sponsor first, the nearest 20.
    pub lineage: Vec<DistributorId>,
    /// The code they hand out, unique in the tenant.
    pub invite_code: InviteCode,
    /// Shown in team lists.
    pub display_name: Option<Text>,
    /// Levels with their from-times.
    pub levels: History<LevelId>,
    /// Statuses with their from-times; active before the first.
    pub statuses: History<Status>,
    /// Risk flags with their from-times; clear before the first.
    pub risks: History<Risk>,
    /// Of the registration that made them.
    pub fingerprint: Fingerprint,
}

impl Member {
    /// Who brought them in, if anyone did.
    #[must_use]
    pub fn sponsor(&self) -> Option<&DistributorId> {
        self.lineage.first()
    }

    /// The status at `time`.
    #[must_use]
    pub fn status_at(&self, time: Timestamp) -> Status {
        self.statuses.at(time).copied().unwrap_or(Status::Active)
    }

    /// The risk at `time`.
    #[must_use]
    pub fn risk_at(&self, time: Timestamp) -> Risk {
        self.risks.at(time).copied().unwrap_or(Risk::Clear)
    }
}

//! What became of an event.

use std::fmt;

use upline_contract::answer::EventResult;
use upline_contract::event::Event;
use upline_domain::ids::{EventId, ForeignId, TenantId};

/// What became of an event. Whatever it is, the message is done; only an error sends it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A new fact.
    Created,
    /// The same fact again.
    Exists,
    /// Another one stands, and the first to arrive does: this one changes nothing, and the sender
    /// has to know. On the wire it is `exists`, with the reason.
    Superseded {
        /// What stands.
        reason: String,
    },
    /// Kept; taken up by itself when what it names appears.
    Waiting,
    /// The same id with other contents; parked.
    Conflict {
        /// What stands against it, and what to do.
        reason: String,
    },
    /// It cannot succeed as it is; parked.
    Parked {
        /// Why, as a word.
        code: String,
        /// Why, and what to do, as a sentence.
        reason: String,
    },
    /// It is another tenant's; not kept.
    Refused {
        /// What was wrong, and what to do.
        reason: String,
    },
}

impl Outcome {
    /// Parked, with why.
    #[must_use]
    pub fn parked(code: &str, reason: impl fmt::Display) -> Self {
        Self::Parked { code: code.to_owned(), reason: reason.to_string() }
    }

    /// Whether the event is done: it needs no person, and nothing has to send it again.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        match self {
            Self::Created | Self::Exists | Self::Superseded { .. } | Self::Waiting => true,
            Self::Conflict { .. } | Self::Parked { .. } | Self::Refused { .. } => false,
        }
    }

    /// The word for it on the wire and in logs.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Exists | Self::Superseded { .. } => "exists",
            Self::Waiting => "waiting",
            Self::Conflict { .. } => "conflict",
            Self::Parked { .. } => "parked",
            Self::Refused { .. } => "refused",
        }
    }

    /// `code: a sentence`, where there is more to say. What an event waits for, the event says: see
    /// [`Taken::reason`].
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Created | Self::Exists | Self::Waiting => None,
            Self::Superseded { reason } => Some(format!("superseded: {reason}")),
            Self::Conflict { reason } => Some(format!("conflict: {reason}")),
            Self::Refused { reason } => Some(format!("other_tenant: {reason}")),
            Self::Parked { code, reason } => Some(format!("{code}: {reason}")),
        }
    }
}

/// What became of an event, with what could be read of it.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The event's id, where it had one.
    pub id: Option<EventId>,
    /// The tenant it names, where it names one.
    pub tenant: Option<TenantId>,
    /// Of the chain of messages that it belongs to, where the shop says so.
    pub correlation: Option<ForeignId>,
    /// Of what it came of, where the shop says so.
    pub causation: Option<ForeignId>,
    /// What it is about, as its `detail-type` says.
    pub detail_type: Option<&'static str>,
    /// What became of it.
    pub outcome: Outcome,
    /// `code: a sentence`: what is wrong, or what it waits for.
    pub reason: Option<String>,
}

impl Taken {
    /// What became of an event that could be read.
    #[must_use]
    pub fn of(event: Event, outcome: Outcome, reason: Option<String>) -> Self {
        let detail_type = Some(event.fact.detail_type());
        let Event { id, tenant, correlation, causation, .. } = event;
        let (id, tenant) = (Some(id), Some(tenant));
        Self { id, tenant, correlation, causation, detail_type, outcome, reason }
    }

    /// What the sender of the event is answered.
    #[must_use]
    pub fn into_result(self) -> EventResult {
        let (id, outcome) = (self.id.map(|id| id.to_string()), self.outcome.word().to_owned());
        EventResult { id, outcome, reason: self.reason }
    }
}

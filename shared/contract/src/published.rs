//! What the product tells others: the events that it puts on the bus, each made from one item of
//! the table as it is, and from nothing else. So the same image always gives the same events, under
//! the same ids, and to publish it again does no harm.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use upline_domain::contribution::{Contribution, contributions};
use upline_domain::ids::{Cause, DistributorId, OrderId, TenantId};
use upline_domain::money::{Money, Overflow};
use upline_domain::order::Record;
use upline_domain::time;

use crate::level_view::ReadingView;
use crate::reconciliation::KindCount;

/// Who sends them, as `source` has it.
pub const SOURCE: &str = "upline";

/// What somebody earns of an order, as it was first calculated.
pub const EARNED: &str = "CommissionEarned";
/// Refunds took something of it back.
pub const REVERSED: &str = "CommissionReversed";
/// The order was completed: what is left has a date.
pub const DUE: &str = "CommissionDue";
/// A distributor's level is another from a time on.
pub const LEVEL_CHANGED: &str = "LevelChanged";
/// A reconciliation of a day is finished.
pub const RECONCILED: &str = "ReconciliationFinished";
/// An event was kept aside for a person.
pub const PARKED: &str = "EventParked";

/// The most of a reason that is published, in characters: it may quote what came from outside, and
/// an event of the bus has a limit.
const REASON_CHARACTERS_MAX: usize = 1_000;

/// An event of the product, as it is on the bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Outgoing<D> {
    /// Always `upline`.
    pub source: String,
    /// What the event says happened.
    #[serde(rename = "detail-type")]
    pub detail_type: String,
    /// The event.
    pub detail: OutgoingDetail<D>,
}

/// The event in its envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutgoingDetail<D> {
    /// What every event has.
    pub metadata: OutgoingMetadata,
    /// What this kind of event says.
    pub data: D,
}

/// What every event has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutgoingMetadata {
    /// The same event again has the same.
    pub id: String,
    /// Whose; `?` for an event of which none could be read.
    pub tenant: String,
    /// Of this format.
    #[schemars(extend("const" = "1"))]
    pub version: String,
    /// When the newest of the facts happened from which it is made.
    #[schemars(extend("format" = "date-time"))]
    pub time: String,
    /// The `correlation_id` of the event that it came of, where that had one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The id of the event that it came of, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<String>,
}

/// What one distributor earns of one order, in all. Totals, never differences: whoever keeps the
/// data of the highest `version` has what stands, whatever was lost or came twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CommissionTotals {
    /// The order.
    pub order_id: String,
    /// Who earns.
    pub distributor_id: String,
    /// The smallest depth at which they earn.
    #[schemars(range(min = 1))]
    pub depth: usize,
    /// Of the amounts.
    pub currency: String,
    /// What they were given of the order.
    pub amount: String,
    /// What refunds took back of it so far.
    pub reversed: String,
    /// `pending`, or `due` on a date.
    pub state: CommissionState,
    /// The date on which what is left matures; absent while it is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// When the order was paid.
    #[schemars(extend("format" = "date-time"))]
    pub paid_at: String,
    /// The version of the plan that it was calculated by.
    pub plan_version: u32,
    /// Of the order: one more with each of its facts.
    pub version: u64,
}

/// Where commission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CommissionState {
    /// It has no date yet.
    Pending,
    /// It has a date.
    Due,
}

/// That an event was kept aside, because it cannot succeed as it is. Never its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventParked {
    /// Of the event; `?` where none could be read.
    pub event_id: String,
    /// What is wrong, as a word.
    pub code: String,
    /// The path of what is wrong, and what to do.
    pub reason: String,
    /// When.
    #[schemars(extend("format" = "date-time"))]
    pub parked_at: String,
}

/// That a distributor's level is another from a time on, and what led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LevelChanged {
    /// Whose level.
    pub distributor_id: String,
    /// The level until then; absent where none was ever given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// The level from then on.
    pub level: String,
    /// From when on; orders paid before keep the level of before.
    #[schemars(extend("format" = "date-time"))]
    pub from: String,
    /// When it was changed.
    #[schemars(extend("format" = "date-time"))]
    pub made_at: String,
    /// `check`, or `hand`.
    pub how: LevelChangedHow,
    /// The version of the plan that a check went by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_version: Option<u32>,
    /// What a check found that led to it: of a rise what the new level asks, of a fall what the old
    /// one does. An amount is a string beside its `currency`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<ReadingView>,
    /// Of the distributor: one more with each change by hand or by a check.
    pub version: u64,
}

/// By what a level was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LevelChangedHow {
    /// By a check of what the plan asks.
    Check,
    /// By an operator.
    Hand,
}

/// That a reconciliation of a day is finished, and what it came to. `GET /v1/reports/{day}` has the
/// report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReconciliationFinished {
    /// The day, in the tenant's time zone.
    #[schemars(extend("format" = "date"))]
    pub day: String,
    /// Which run over the day, from 1.
    pub run: u32,
    /// Whether nothing was to be repaired.
    pub dry_run: bool,
    /// Whether the shop gave a list, so that it was asked whether everything is here.
    pub listed: bool,
    /// Orders that were looked at.
    pub orders: u64,
    /// Of them, those with a difference when it began.
    pub inconsistent_before: u64,
    /// Of them, those with a difference that is not repaired.
    pub inconsistent_after: u64,
    /// How many differences of each kind; kinds without one are left out.
    pub kinds: Vec<KindCount>,
    /// When it was done.
    #[schemars(extend("format" = "date-time"))]
    pub finished_at: String,
}

/// What an event says, of whatever kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Told {
    /// Of a commission.
    Commission(CommissionTotals),
    /// Of a level.
    Level(LevelChanged),
    /// Of a reconciliation.
    Reconciled(ReconciliationFinished),
    /// Of an event that was kept aside.
    Parked(EventParked),
}

/// What an order as it is has to tell: of everyone who earns of it, nearest first, one event, or
/// two where something was taken back and the order is completed. Nothing before it is calculated.
///
/// # Errors
///
/// * [`Overflow`] where the order cannot be counted; it is parked then.
pub fn of_order(
    tenant: &TenantId,
    id: &OrderId,
    record: &Record,
    cause: Option<&Cause>,
) -> Result<Vec<Outgoing<Told>>, Overflow> {
    let (Some(paid), Some(attributed)) = (&record.paid, &record.attributed) else {
        return Ok(Vec::new());
    };
    let refunded = record.refunds.values().map(|refund| refund.refunded_at);
    let time = refunded.chain(record.completed_at).fold(paid.paid_at, Timestamp::max);
    let mut events = Vec::new();
    for (distributor, one) in contributions(record)? {
        if one.earned == Money::ZERO {
            continue;
        }
        let metadata = OutgoingMetadata {
            id: format!("{id}#{}#{distributor}", record.version),
            tenant: tenant.to_string(),
            version: "1".to_owned(),
            time: time::text(time),
            correlation_id: cause.and_then(|one| one.correlation.as_ref().map(ToString::to_string)),
            causation_id: cause.map(|one| one.event.to_string()),
        };
        let totals = totals(id, &distributor, &one, (attributed.plan_version, record.version));
        for detail_type in kinds(record, &one) {
            let (metadata, data) = (metadata.clone(), Told::Commission(totals.clone()));
            events.push(outgoing(detail_type, metadata, data));
        }
    }
    Ok(events)
}

/// Which events a commission is told by.
fn kinds(record: &Record, one: &Contribution) -> Vec<&'static str> {
    let reversed = (one.reversed > Money::ZERO).then_some(REVERSED);
    let due = record.completed_at.map(|_| DUE);
    let later: Vec<_> = reversed.into_iter().chain(due).collect();
    if later.is_empty() { vec![EARNED] } else { later }
}

fn totals(
    id: &OrderId,
    distributor: &DistributorId,
    one: &Contribution,
    (plan_version, version): (u32, u64),
) -> CommissionTotals {
    CommissionTotals {
        order_id: id.to_string(),
        distributor_id: distributor.to_string(),
        depth: one.depth,
        currency: one.currency.to_string(),
        amount: one.earned.text(one.currency),
        reversed: one.reversed.text(one.currency),
        state: one.due.map_or(CommissionState::Pending, |_| CommissionState::Due),
        due: one.due.map(|day| day.to_string()),
        paid_at: time::text(one.paid_at),
        plan_version,
        version,
    }
}

/// An event that was kept aside, as its row has it.
#[derive(Clone, Copy, Debug)]
pub struct ParkedRow<'a> {
    /// Whose; `?` where none could be read.
    pub tenant: &'a str,
    /// Of the event; `?` where none could be read.
    pub event: &'a str,
    /// Of its text.
    pub hash: &'a str,
    /// What is wrong, as a word.
    pub code: &'a str,
    /// What is wrong and what to do.
    pub reason: &'a str,
    /// When it was parked.
    pub at: Timestamp,
    /// The event, or its beginning: its `correlation_id` goes on, and nothing else of it.
    pub text: &'a str,
}

/// What a parked event has to tell.
#[must_use]
pub fn of_parked(row: ParkedRow<'_>) -> Outgoing<Told> {
    let metadata = OutgoingMetadata {
        id: format!("{}#{}", row.event, row.hash),
        tenant: row.tenant.to_owned(),
        version: "1".to_owned(),
        time: time::text(row.at),
        correlation_id: crate::event::correlation_of(row.text).map(|id| id.to_string()),
        causation_id: Some(row.event.to_owned()),
    };
    let data = EventParked {
        event_id: row.event.to_owned(),
        code: row.code.to_owned(),
        reason: row.reason.chars().take(REASON_CHARACTERS_MAX).collect(),
        parked_at: time::text(row.at),
    };
    outgoing(PARKED, metadata, Told::Parked(data))
}

/// What a change of level has to tell.
#[must_use]
pub fn of_level(tenant: &TenantId, data: LevelChanged) -> Outgoing<Told> {
    let metadata = OutgoingMetadata {
        // No order's id has such a middle.
        id: format!("{}#LEVEL#{}", data.distributor_id, data.version),
        tenant: tenant.to_string(),
        version: "1".to_owned(),
        time: data.made_at.clone(),
        correlation_id: None,
        causation_id: None,
    };
    outgoing(LEVEL_CHANGED, metadata, Told::Level(data))
}

/// What a reconciliation has to tell.
#[must_use]
pub fn of_reconciliation(tenant: &TenantId, data: ReconciliationFinished) -> Outgoing<Told> {
    let metadata = OutgoingMetadata {
        id: format!("{}#RECONCILIATION#{}", data.day, data.run),
        tenant: tenant.to_string(),
        version: "1".to_owned(),
        time: data.finished_at.clone(),
        correlation_id: None,
        causation_id: None,
    };
    outgoing(RECONCILED, metadata, Told::Reconciled(data))
}

fn outgoing(detail_type: &str, metadata: OutgoingMetadata, data: Told) -> Outgoing<Told> {
    Outgoing {
        source: SOURCE.to_owned(),
        detail_type: detail_type.to_owned(),
        detail: OutgoingDetail { metadata, data },
    }
}

#[cfg(test)]
#[path = "published_tests.rs"]
mod tests;

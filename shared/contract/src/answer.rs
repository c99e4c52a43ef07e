//! What the HTTP API and `--json` answer. An amount is a string beside a `currency`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

pub use crate::job::JobRun;
pub use crate::order_view::{
    AllocationView, LineView, NothingView, OrderView, PartView, RefundView, RefundedLineView,
    order_view,
};
pub use crate::reconciliation::ListPut;

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct List<T> {
    /// What is on the page.
    pub items: Vec<T>,
    /// Handed back as `cursor` to read on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What became of one event of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventResult {
    /// The event's id; null where it had none that could be read.
    pub id: Option<String>,
    /// `created`, `exists`, `waiting`, `conflict`, `parked`, `refused` or `retry`; on AWS
    /// `accepted` for what is on its way to its act.
    pub outcome: String,
    /// `code: a sentence that names the path`, where there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of the events of a request, in the order sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventResults {
    /// One for each event.
    pub results: Vec<EventResult>,
}

/// A distributor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Distributor {
    /// Who.
    pub distributor_id: String,
    /// Their name, where they gave one.
    pub display_name: Option<String>,
    /// Who brought them in, if anyone did.
    pub sponsor: Option<String>,
    /// The code they hand out.
    pub invite_code: String,
    /// Their level now; null where the tenant has no plan yet.
    pub level: Option<String>,
    /// `active`, `frozen` or `terminated`.
    pub status: String,
    /// Since when they are a distributor.
    pub registered_at: String,
    /// How many stand below them, by depth.
    pub team: Vec<TeamCount>,
    /// What level they were and will be on, oldest first; told to ops and admins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub levels: Option<Vec<Held>>,
    /// What status they had and will have, oldest first; told to ops and admins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statuses: Option<Vec<Held>>,
    /// Risk flags that were and will be open, oldest first; told to ops and admins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risks: Option<Vec<Held>>,
}

/// How many stand at one depth below a distributor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TeamCount {
    /// From 1.
    pub depth: usize,
    /// How many.
    pub count: u64,
}

/// One who stands below a distributor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TeamItem {
    /// Who.
    pub distributor_id: String,
    /// Their name, where they gave one.
    pub display_name: Option<String>,
    /// How far below, from 1.
    pub depth: usize,
    /// Since when they are a distributor.
    pub registered_at: String,
}

/// One who stands above a distributor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineageItem {
    /// Who.
    pub distributor_id: String,
    /// Their name, where they gave one.
    pub display_name: Option<String>,
    /// How far above, from 1.
    pub depth: usize,
    /// Since when they are a distributor.
    pub registered_at: String,
    /// Their level now; null where the tenant has no plan yet.
    pub level: Option<String>,
    /// `active`, `frozen` or `terminated`.
    pub status: String,
}

/// Where a distributor's money stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Balances {
    /// Whose.
    pub distributor_id: String,
    /// By currency.
    pub balances: Vec<Balance>,
}

/// Where a distributor's money of one currency stands. A debt has a leading `-`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Balance {
    /// Of every amount.
    pub currency: String,
    /// Earned by orders that are not completed.
    pub pending: String,
    /// What matures, by date.
    pub due: Vec<Due>,
    /// On statements.
    pub settled: String,
    /// Held for withdrawals under way.
    pub reserved: String,
    /// Paid out.
    pub withdrawn: String,
    /// What can be withdrawn now.
    pub available: String,
}

/// What a distributor is owed in one currency: their balance, and how much of it has matured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Owed {
    /// Whom.
    pub distributor_id: String,
    /// The last day whose due amounts are in `owed`.
    pub by: String,
    /// What matures on or before that day and is on no statement yet, debts included.
    pub owed: String,
    /// All of the balance.
    pub balance: Balance,
}

/// What matures on one date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Due {
    /// In the tenant's time zone.
    pub date: String,
    /// How much.
    pub amount: String,
}

/// What a distributor earns on one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Commission {
    /// The order.
    pub order_id: String,
    /// When it was paid.
    pub paid_at: String,
    /// The depth at which the distributor earns.
    pub depth: usize,
    /// Allocated.
    pub amount: String,
    /// Taken back of it by refunds.
    pub reversed: String,
    /// Of the amounts.
    pub currency: String,
    /// `pending` or `due`.
    pub state: String,
    /// The date on which it matures, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
}

/// A distributor's figures of one day: those of one currency, or the recruits in a row without one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Day {
    /// In the tenant's time zone.
    pub date: String,
    /// Of the amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Own orders, less those refunded in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<i64>,
    /// Own sales, net of refunds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_sales: Option<String>,
    /// Team sales, net of refunds, own ones among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_sales: Option<String>,
    /// Allocated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earned: Option<String>,
    /// Taken back of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversed: Option<String>,
    /// Direct recruits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recruits: Option<i64>,
}

/// An event that cannot succeed as it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Parked {
    /// Names it in `POST /v1/parked/{id}/retry`.
    pub id: String,
    /// The event's own id; null where none could be read.
    pub event_id: Option<String>,
    /// What is wrong, as a word.
    pub code: String,
    /// What is wrong and what to do, as a sentence that names the path.
    pub reason: String,
    /// When it was parked.
    pub at: String,
    /// The event, letter by letter as it came; as a string where it is not JSON, or nested so deep
    /// that nobody could read the list.
    #[schemars(with = "Value")]
    pub event: Box<RawValue>,
}

/// What mends a parked event: the body of `POST /v1/parked/{id}/retry`, which may be empty.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mended {
    /// The event as it should have been.
    #[schemars(with = "Value")]
    pub event: Box<RawValue>,
}

/// Why a parked event is put away: the body of `POST /v1/parked/{id}/dismiss`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dismiss {
    /// For whoever asks later.
    pub reason: String,
}

/// Whether the server serves, and how far posting is behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// Order changes that are not posted yet; when it is 0, balances are up to date. Absent on AWS,
    /// where an alarm looks at the age of the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unposted: Option<u64>,
}

/// A level or status with the time from which it holds; of equal times the last one wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    /// The level, status or risk.
    pub value: String,
    /// From when.
    pub from: String,
    /// When it was said; null, as are the others, where nothing is known of it.
    pub made_at: Option<String>,
    /// Who said so: the subject of their token, or its role where it names none.
    pub by: Option<String>,
    /// The role of their token.
    pub role: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// A version of the plan.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct PlanVersion {
    /// From 1.
    pub version: u32,
    /// The policy it was held against.
    pub policy: Value,
    /// What tells it from others; null for one that an older program published.
    pub hash: Option<String>,
    /// When it was published; null for one that an older program published.
    pub published_at: Option<String>,
    /// Who published it.
    pub by: Option<String>,
    /// The role of their token.
    pub role: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// From when it is active, for whom.
    pub activations: Vec<Activation>,
    /// The plan, letter by letter as it was published; absent in a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Value>")]
    pub document: Option<Box<RawValue>>,
}

/// That a version of the plan is active from a time on; of equal times the one made later wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Activation {
    /// From when; null from the beginning of time.
    pub from: Option<String>,
    /// For which share of the buyers; null for all.
    pub rollout: Option<String>,
    /// When it was made; null, as are the others, where nothing is known of it.
    pub made_at: Option<String>,
    /// Who made it: the subject of their token, or its role where it names none.
    pub by: Option<String>,
    /// The role of their token.
    pub role: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What publishing a plan came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanPublished {
    /// The version.
    pub version: u32,
    /// `created`, or `exists` where the same was published before.
    pub outcome: String,
    /// The policy it was held against.
    pub policy: String,
    /// What to look at, though it is no error.
    pub warnings: Vec<Value>,
}

/// What activating a version came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanActivated {
    /// The version.
    pub version: u32,
    /// `created`, or `exists` where the same was activated before.
    pub outcome: String,
    /// From when; null from the beginning of time.
    pub from: Option<String>,
    /// For which share of the buyers; null for all.
    pub rollout: Option<String>,
}

/// What changing a level, status or risk came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StandingChanged {
    /// Whose.
    pub distributor_id: String,
    /// `created`, or `exists` where the same was changed before.
    pub outcome: String,
    /// The level, status or risk.
    pub value: String,
    /// From when it holds.
    pub from: String,
}

/// One change by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditItem {
    /// When.
    pub at: String,
    /// Who: the subject of their token, or its role where it names none.
    pub by: String,
    /// The role of their token.
    pub role: String,
    /// `plan.publish`, `plan.activate`, `distributor.level` or `distributor.status`.
    pub action: String,
    /// Of what: the version of a plan, or a distributor.
    pub about: String,
    /// What was before, by the names of its parts.
    pub before: BTreeMap<String, String>,
    /// What is from now on.
    pub after: BTreeMap<String, String>,
    /// Why.
    pub reason: Option<String>,
}

/// An error, as RFC 9457 has it, in `application/problem+json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProblemDetails {
    /// What kind of problem, as a word.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What was wrong, where, and what to do.
    pub detail: String,
    /// All that is wrong with a plan, as `upline plan check --json` has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Value>,
}

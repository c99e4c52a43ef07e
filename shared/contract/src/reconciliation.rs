//! The report of a reconciliation: what was looked at, what was found, and what became of it. The
//! same report is JSON for machines, CSV for a sheet, and a page for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use upline_domain::reconcile::Kind;

/// The report of one run over a day of a tenant; what `GET /v1/reports/{day}` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportView {
    /// Whose.
    pub tenant: String,
    /// The day, in the tenant's time zone.
    pub day: String,
    /// Which run over the day, from 1.
    pub run: u32,
    /// `running` or `finished`.
    pub state: String,
    /// Whether nothing was to be repaired.
    pub dry_run: bool,
    /// Who asked; `reconcile` where it ran by itself.
    pub by: String,
    /// When it began.
    pub started_at: String,
    /// When it was done; null before.
    pub finished_at: Option<String>,
    /// The shop's own list of the day; null where there was none, so that the first question was
    /// not asked.
    pub list: Option<ListedView>,
    /// Orders that were looked at: those of the day in the books, and those that the list names.
    pub orders: u64,
    /// Of them, those that still wait for a binding: they are not inconsistent.
    pub waiting: u64,
    /// Distributors whose books were looked at.
    pub distributors: u64,
    /// Of the orders, those with a difference when it began.
    pub inconsistent_before: u64,
    /// Of the orders, those with a difference that is not repaired.
    pub inconsistent_after: u64,
    /// `inconsistent_before` as a share of `orders`: a decimal of 6 digits, cut.
    pub share_before: String,
    /// `inconsistent_after` as a share of `orders`.
    pub share_after: String,
    /// By currency: what the day comes to.
    pub totals: Vec<DayTotals>,
    /// How many differences of each kind; kinds without one are left out.
    pub kinds: Vec<KindCount>,
    /// The differences of this page: of one order together.
    pub differences: Vec<DifferenceView>,
    /// Handed back as `cursor` to read on; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl ReportView {
    /// Whether something of the shop's list cannot be read, so that nobody knows whether it is
    /// here.
    #[must_use]
    pub fn has_unreadable_rows(&self) -> bool {
        self.kinds.iter().any(|kind| kind.kind == Kind::UnreadableRow.as_str())
    }

    /// Puts the differences in the order of their orders, and those of none last: they come by
    /// shards.
    pub fn sort(&mut self) {
        let order = |one: &DifferenceView| (one.order_id.is_none(), one.order_id.clone());
        self.differences.sort_by_cached_key(order);
    }

    /// Whether the shop's list has rows of what happened on another day.
    #[must_use]
    pub fn has_rows_of_other_days(&self) -> bool {
        self.list.as_ref().is_some_and(|list| list.other_days > 0)
    }
}

/// A shop's list of a day that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListPut {
    /// The day.
    pub day: String,
    /// How long it is.
    pub bytes: u64,
}

/// The shop's own list of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedView {
    /// The file.
    pub name: String,
    /// Its entries: each an order, a refund or a completion, however many rows it takes.
    pub rows: u64,
    /// Of them, those that cannot be read.
    pub unreadable: u64,
    /// Of them, those of what happened on another day: they are compared like any other.
    #[serde(default)]
    pub other_days: u64,
}

/// What a day comes to in one currency, in the shop's list and in the books. Amounts are strings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DayTotals {
    /// Of the amounts.
    pub currency: String,
    /// Orders that the list has as paid; null without a list.
    pub listed_orders: Option<u64>,
    /// What was paid for them; null without a list.
    pub listed_paid: Option<String>,
    /// Orders of the day in the books, after repair of what could be repaired at once.
    pub orders: u64,
    /// What was paid for them.
    pub paid: String,
    /// What was refunded of them, to this day.
    pub refunded: String,
    /// What was allocated of them.
    pub earned: String,
    /// What refunds took back of it.
    pub reversed: String,
}

/// How many differences there are of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KindCount {
    /// The kind.
    pub kind: String,
    /// `complete`, `right` or `clear`.
    pub question: String,
    /// How many.
    pub found: u64,
    /// Of them, those that are no more.
    pub repaired: u64,
    /// Of them, those whose event is on its way.
    pub sent: u64,
}

impl KindCount {
    /// Those that are neither repaired nor on their way.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.found.saturating_sub(self.repaired).saturating_sub(self.sent)
    }
}

/// How many differences there are of each kind, from counts by name: `found#` and the kind,
/// `repaired#` and `sent#`. Kinds without one are left out.
pub fn kind_counts(count: impl Fn(&str) -> u64) -> Vec<KindCount> {
    let of = |word: &str, kind: &Kind| count(&format!("{word}#{}", kind.as_str()));
    let kinds = Kind::ALL.iter().map(|kind| KindCount {
        kind: kind.as_str().to_owned(),
        question: kind.question().as_str().to_owned(),
        found: of("found", kind),
        repaired: of("repaired", kind),
        sent: of("sent", kind),
    });
    kinds.filter(|kind| kind.found > 0).collect()
}

/// A part of a whole as a decimal of 6 digits, cut; nothing of nothing is `0.000000`.
#[must_use]
pub fn share(part: u64, whole: u64) -> String {
    let millionths = u128::from(part).saturating_mul(1_000_000).checked_div(whole.into());
    let millionths = millionths.unwrap_or(0);
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DifferenceView {
    /// What kind of.
    pub kind: String,
    /// The question that it is an answer to: `complete`, `right` or `clear`.
    pub question: String,
    /// The order, where it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// The distributor, where it is of the books of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distributor_id: Option<String>,
    /// What of them: a refund, a date, a parked event, a row of the list; empty where there is only
    /// one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Of amounts among the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Both values of each thing that differs.
    pub values: Vec<ComparedView>,
    /// What is to be done: `feed`, `post`, `correct` or `look`.
    pub act: String,
    /// What became of it: `found`, `sent`, `repaired` or `left`.
    pub outcome: String,
    /// Why it is left, where there is more to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One value of two that should be the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ComparedView {
    /// What it is of, such as `lines[1].unit_price`, `pending` or `team_sales`.
    pub name: String,
    /// What the shop has, or what the facts give; null where that has none.
    pub expected: Option<String>,
    /// What the books have; null where they have none.
    pub found: Option<String>,
}

//! The table: one conditional write a fact, over one DynamoDB table.
//!
//! There are no rules of commission here (they are in `upline-domain`), no event formats and no
//! Lambda. Every key is built in [`keys`]; each of the other modules holds one kind of item, with
//! its codec, its reads and its conditional writes. What a repeat does is said at each write.

mod actions;
mod activations;
mod attempt;
mod attribute;
mod audit;
mod await_rows;
mod books;
mod buyer;
mod cause;
mod change;
mod changes;
mod check;
mod decide;
mod error;
mod item;
pub mod keys;
mod ledger;
mod ledger_items;
mod ledger_reads;
mod level_fact;
mod listing;
mod member;
mod nights;
mod order;
mod order_item;
mod parked;
mod plan;
mod report;
mod report_items;
mod scan;
mod schema;
mod shard;
mod standing;
mod table;
mod tally;
mod team;
mod versions;

pub use activations::{Activated, MadeActivation};
pub use attempt::{Attempt, Cannot};
pub use audit::{AuditEntry, Facts, Signed};
pub use await_rows::Awaited;
pub use books::{LineMend, Mend, ReadBooks};
pub use buyer::Bound;
pub use cause::cause_of;
pub use changes::{Change, Changes};
pub use check::{CheckState, NewLevel, Subject};
pub use error::{StoreError, StoreResult};
pub use item::{Damaged, Item};
pub use ledger::{PostOrder, Posted};
pub use ledger_items::{Balance, DayFigures, LedgerLine};
pub use ledger_reads::{LineOf, Page, Period};
pub use level_fact::{CheckedBy, LevelFact, decode_level};
pub use listing::{ListedAfter, ListedOrders};
pub use member::Registered;
pub use member::decode as decode_member;
pub use nights::{Due, DueAfter, Night};
pub use order::{Added, listed_on};
pub use order_item::decode as decode_order;
pub use parked::{Dismissal, ParkedEvent, ParkedId, decode_listed};
pub use plan::{ActivePlan, CompilePlan};
pub use report::{Asked, Tallies, Touched};
pub use report_items::{Run, Shown};
pub use scan::Scope;
pub use standing::{Changed, Held, Histories, Standing};
pub use table::Reading;
pub use tally::{Earned, Tally};
pub use team::TeamRow;
pub use versions::{Draft, PlanFingerprint, PlanVersion, Published};

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use upline_domain::ids::Cause;

/// The table of all tenants. A copy is cheap and shares the caches.
#[derive(Clone)]
pub struct Store {
    client: Client,
    table: Arc<str>,
    compile: CompilePlan,
    caches: Arc<Mutex<Caches>>,
    changes: Option<Changes>,
    cause: Option<Arc<Cause>>,
    tallied: tally::Tallied,
}

#[derive(Default)]
struct Caches {
    plans: plan::PlanCache,
    members: member::MemberCache,
    /// How often this process changed something of what it remembers.
    changes: u64,
}

impl Store {
    /// The store over a table that is there. `compile` reads a plan document; the store knows no
    /// formats itself.
    #[must_use]
    pub fn new(client: &Client, table: &str, compile: CompilePlan) -> Self {
        let tallied = tally::Tallied::default();
        let counting = client.config().to_builder().interceptor(tallied.clone());
        Self {
            client: Client::from_conf(counting.build()),
            table: table.into(),
            compile,
            caches: Arc::default(),
            changes: None,
            cause: None,
            tallied,
        }
    }

    fn caches(&self) -> std::sync::MutexGuard<'_, Caches> {
        self.caches.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Forgets what this process has changed, so that it goes by the change at once. What is being
    /// read meanwhile is not remembered.
    fn forget(&self, what: impl FnOnce(&mut Caches)) {
        let mut caches = self.caches();
        caches.changes = caches.changes.wrapping_add(1);
        what(&mut caches);
    }
}

//! `post-ledger`: lines, balances, days and team lists are brought up to changed orders and
//! distributors, each contribution counted once; and what changed is told on the bus.

mod batch;

use jiff::Timestamp;
use upline_lambda::{Changed, post};
use upline_store::{Store, StoreResult};

pub use batch::{BatchError, take};

/// Posts a batch of changes, in whatever order and however often they come. What cannot
/// be counted is parked by its id, and does not hold up the others.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: post the whole batch again; nothing is counted twice.
pub async fn handle(store: &Store, now: Timestamp, batch: Vec<Changed>) -> StoreResult<()> {
    post(store, now, batch).await.map(|_| ())
}

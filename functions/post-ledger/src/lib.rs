//! `post-ledger`: lines, balances, days and team lists are brought up to changed orders and
//! distributors, each contribution counted once; and what changed is told on the bus.

mod batch;

use jiff::Timestamp;
use upline_domain::ids::TenantId;
use upline_domain::member::Member;
use upline_lambda::{Changed, Outcome, park_item, park_order};
use upline_store::{PostOrder, Store, StoreResult};

pub use batch::{BatchError, take};

/// Posts a batch of changes, in whatever order and however often they come. What cannot
/// be counted is parked by its id, and does not hold up the others.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: post the whole batch again; nothing is counted twice.
pub async fn handle(store: &Store, now: Timestamp, batch: Vec<Changed>) -> StoreResult<()> {
    let mut orders: Vec<PostOrder> = Vec::with_capacity(batch.len());
    let mut members: Vec<(TenantId, Box<Member>)> = Vec::new();
    for changed in batch {
        match changed {
            Changed::Order(order) => orders.push(*order),
            Changed::Member(tenant, member) => members.push((tenant, member)),
            Changed::Damaged { tenant, id, damaged } => {
                let reason =
                    format!("{id}: {damaged}; once it is mended, send an event of it again");
                park_item(store, now, &tenant, &id, &Outcome::parked("damaged", reason)).await?;
            }
        }
    }
    for (tenant, member) in members {
        store.post_member(&tenant, &member, now).await?;
    }
    for (order, overflow) in store.post_orders(orders, now).await? {
        let Some(paid) = &order.record.paid else {
            continue;
        };
        let reason = format!("detail.data.order_id: {} cannot be counted: {overflow}", order.id);
        let outcome = Outcome::parked("overflow", reason);
        park_order(store, now, &order.tenant, paid, &outcome).await?;
    }
    Ok(())
}

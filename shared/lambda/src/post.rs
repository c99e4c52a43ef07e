//! Orders and distributors are brought into the books, wherever they were read: in the stream, in
//! the table of changes, or in the whole table.

use jiff::Timestamp;
use upline_domain::ids::TenantId;
use upline_domain::member::Member;
use upline_store::{PostOrder, Posted, Store, StoreResult};

use crate::outcome::Outcome;
use crate::park::{park_item, park_order};
use crate::stream::Changed;

/// What posting a batch came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PostedBatch {
    /// Lines that were written because something of them was not counted yet.
    pub lines: u64,
    /// Rows of team lists that were not there yet.
    pub team_rows: u64,
    /// Orders and distributors that cannot be counted, and are parked.
    pub parked: u64,
}

/// Posts a batch, in whatever order and however often it comes. What cannot be counted is parked by
/// its id, and does not hold up the others.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: post the whole batch again; nothing is counted twice.
pub async fn post(store: &Store, now: Timestamp, batch: Vec<Changed>) -> StoreResult<PostedBatch> {
    let mut orders: Vec<PostOrder> = Vec::with_capacity(batch.len());
    let mut members: Vec<(TenantId, Box<Member>)> = Vec::new();
    let mut posted = PostedBatch::default();
    for changed in batch {
        match changed {
            Changed::Order(order) => orders.push(*order),
            Changed::Member(tenant, member) => members.push((tenant, member)),
            Changed::Damaged { tenant, id, damaged } => {
                let reason =
                    format!("{id}: {damaged}; once it is mended, send an event of it again");
                park_item(store, now, &tenant, &id, &Outcome::parked("damaged", reason)).await?;
                posted.parked = posted.parked.saturating_add(1);
            }
        }
    }
    for (tenant, member) in members {
        let entered = store.post_member(&tenant, &member, now).await?;
        posted.team_rows = posted.team_rows.saturating_add(entered);
    }
    let Posted { refused, lines } = store.post_orders(orders, now).await?;
    posted.lines = lines;
    for (order, overflow) in refused {
        let Some(paid) = &order.record.paid else {
            continue;
        };
        let reason = format!("detail.data.order_id: {} cannot be counted: {overflow}", order.id);
        let outcome = Outcome::parked("overflow", reason);
        park_order(store, now, &order.tenant, paid, &outcome).await?;
        posted.parked = posted.parked.saturating_add(1);
    }
    Ok(posted)
}

//! `recount`: every order and every distributor of the table is posted again, for books that lag
//! behind what a stream has forgotten. What is counted already is left as it is, so that it may run
//! at any time, beside orders that come in, again, and twice at once. What others were told of an
//! order is not told again.

mod messages;

use std::ops::AddAssign;

use jiff::Timestamp;
use upline_lambda::{Changed, PostedBatch, each_item, post};
use upline_store::keys::Key;
use upline_store::{Item, Scope, Store, StoreResult};

pub use messages::handle;

/// What a recount came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Orders that were looked at.
    pub orders: u64,
    /// Lines in which something of them was not counted, and now is.
    pub lines: u64,
    /// Distributors who were looked at.
    pub distributors: u64,
    /// Team lists in which they were not, and now are.
    pub team_rows: u64,
    /// Orders and distributors that cannot be counted, and are parked.
    pub parked: u64,
}

impl Counts {
    /// Each with its name.
    #[must_use]
    pub fn named(self) -> [(&'static str, u64); 5] {
        let Self { orders, lines, distributors, team_rows, parked } = self;
        [
            ("orders", orders),
            ("lines_changed", lines),
            ("distributors", distributors),
            ("team_rows_changed", team_rows),
            ("parked", parked),
        ]
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let pairs = [
            (&mut self.orders, other.orders),
            (&mut self.lines, other.lines),
            (&mut self.distributors, other.distributors),
            (&mut self.team_rows, other.team_rows),
            (&mut self.parked, other.parked),
        ];
        for (sum, more) in pairs {
            *sum = sum.saturating_add(more);
        }
    }
}

/// A part of a recount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it came to.
    pub counts: Counts,
    /// Where the recount goes on; none once it is done.
    pub after: Option<String>,
}

/// Posts what lies in a scope again, from where an earlier part stopped. It stops between two pages
/// once `goes_on` says no.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: do the part again; nothing is counted twice.
pub async fn recount(
    store: &Store,
    now: &(dyn Fn() -> Timestamp + Sync),
    scope: Scope<'_>,
    after: Option<&str>,
    goes_on: impl Fn() -> bool,
) -> StoreResult<Part> {
    let mut counts = Counts::default();
    let mut after = after.and_then(read);
    loop {
        let page = store.scan(scope, after.as_ref()).await?;
        counts += post_page(store, now(), &page.items).await?;
        after = page.after;
        if after.is_none() || !goes_on() {
            return Ok(Part { counts, after: after.as_ref().map(text) });
        }
    }
}

/// Posts a page. Whoever stands in all lists already is passed over: nothing is written where
/// nothing is to be counted.
async fn post_page(store: &Store, now: Timestamp, items: &[Item]) -> StoreResult<Counts> {
    let mut counts = Counts::default();
    let (mut batch, mut members) = (Vec::new(), Vec::new());
    for changed in each_item(items) {
        match changed {
            Changed::Member(tenant, member) => {
                counts.distributors = counts.distributors.saturating_add(1);
                members.push((tenant, member));
            }
            Changed::Order(_) => {
                counts.orders = counts.orders.saturating_add(1);
                batch.push(changed);
            }
            Changed::Damaged { .. } => batch.push(changed),
        }
    }
    let unentered = store.unentered(members).await?;
    batch.extend(unentered.into_iter().map(|(tenant, member)| Changed::Member(tenant, member)));
    let PostedBatch { lines, team_rows, parked } = post(store, now, batch).await?;
    Ok(Counts { lines, team_rows, parked, ..counts })
}

/// The place after a key, as it is handed from one part to the next. No partition has a `~` in it.
fn text(Key { pk, sk }: &Key) -> String {
    format!("{pk}~{sk}")
}

/// Reads what [`text`] writes; what is something else begins anew.
fn read(text: &str) -> Option<Key> {
    let (pk, sk) = text.split_once('~')?;
    let is_key = !pk.is_empty() && !sk.is_empty();
    is_key.then(|| Key { pk: pk.to_owned(), sk: sk.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_was_written() {
        for sk in ["ORDER", "DIFF#1#~ann"] {
            let key = Key { pk: "demo#O#gid://shop/Order/1".to_owned(), sk: sk.to_owned() };
            assert_eq!(read(&text(&key)), Some(key));
        }
        for wrong in ["", "demo#O#1", "~ORDER", "demo#O#1~"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}

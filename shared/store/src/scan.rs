//! The whole table, page by page: every order and distributor, for whoever counts them again.

use upline_domain::ids::TenantId;

use crate::Store;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, text};
use crate::keys::{self, Key};
use crate::ledger_reads::Page;
use crate::table::{key_item, key_of};

/// Items of one page, whatever they are. About one in five is an order or a distributor, so that
/// what a page is posted with is done in some seconds, also where none of it was counted before.
const PAGE: i32 = 200;

/// What of the table is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The orders and distributors of one tenant; of all without it.
    pub tenant: Option<&'a TenantId>,
    /// One of the [`keys::SEGMENTS`] into which the table is cut, to be read beside the others; all
    /// of it, one after the other, without it.
    pub segment: Option<u32>,
}

impl Store {
    /// A page of the orders and distributors of the table, as they are stored. A page may have none
    /// and not be the last. All pages together have each that is there from the first page to the
    /// last, once.
    ///
    /// They are as they were a moment ago, at half a read unit each 4 KB: one that was changed just
    /// now may be read as it was before. Posting drops an order that is older than what is
    /// counted, and whatever changes is posted by its own change. All that lies in the table is
    /// read and paid for; what is neither an order nor a distributor, or of another tenant, is left
    /// out of the answer alone.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn scan(
        &self,
        scope: Scope<'_>,
        after: Option<&Key>,
    ) -> StoreResult<Page<Item, Key>> {
        let Scope { tenant, segment } = scope;
        let number = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let prefix = tenant.map(|tenant| text(keys::tenant_prefix(tenant)));
        let of_tenant = prefix.as_ref().map_or("", |_| " AND begins_with(pk, :tenant)");
        let values = [
            (":order", Some(text(keys::ORDER))),
            (":member", Some(text(keys::MEMBER))),
            (":tenant", prefix),
        ];
        let values = values.into_iter();
        let values = values.filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let request = self
            .client
            .scan()
            .table_name(&*self.table)
            .set_segment(segment.map(number))
            .set_total_segments(segment.map(|_| number(keys::SEGMENTS)))
            .filter_expression(format!("sk IN (:order, :member){of_tenant}"))
            .set_expression_attribute_values(Some(values.collect()))
            .limit(PAGE)
            .set_exclusive_start_key(after.map(key_item));
        let answer = request.send().await.map_err(StoreError::request("Scan"))?;
        let after = answer.last_evaluated_key.as_ref().and_then(key_of);
        Ok(Page { items: answer.items.unwrap_or_default(), after })
    }
}

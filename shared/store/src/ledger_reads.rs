//! What a distributor's books say.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use upline_domain::ids::{DistributorId, OrderId, TenantId};
use upline_domain::money::{Currency, Overflow, SignedMoney};

use crate::Store;
use crate::error::{StoreError, StoreResult};
use crate::item::{Damaged, Item, Read};
use crate::keys;
use crate::ledger_items::{Balance, DayFigures, LedgerLine, read_balance, read_day, read_line};
use crate::table::{Query, Reading};

/// A page of a list, with where the next one begins; none at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T, After = String> {
    /// What is on the page.
    pub items: Vec<T>,
    /// Handed back to read on.
    pub after: Option<After>,
}

/// From a time on, up to but without another; either may be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period<T> {
    /// The first that is in it.
    pub from: Option<T>,
    /// The first that is after it.
    pub to: Option<T>,
}

/// Which line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LineOf {
    /// Whose.
    pub distributor: DistributorId,
    /// When the order was paid.
    pub paid_at: Timestamp,
    /// The order.
    pub order: OrderId,
}

impl Store {
    /// Where a distributor's money stands, by currency.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn balances(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
    ) -> StoreResult<Vec<Balance>> {
        let pk = keys::distributor(tenant, id);
        let items = self.query_all(&pk, keys::BALANCES).await?;
        let balances: Read<Vec<Balance>> = items.iter().map(read_balance).collect();
        balances.map_err(StoreError::damaged(&pk))
    }

    /// A page of the lines on which a distributor earns, newest first.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn commissions(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        paid: Period<Timestamp>,
        limit: usize,
        after: Option<String>,
    ) -> StoreResult<Page<LedgerLine>> {
        let bound =
            |time: Option<Timestamp>, open: &str| time.map_or(open.to_owned(), keys::line_prefix);
        let bounds = (bound(paid.from, keys::LINES_FROM), bound(paid.to, keys::LINES_TO));
        let earns = |line: &LedgerLine| line.counted.depth > 0;
        self.newest(tenant, id, bounds, (limit, after), read_line, earns).await
    }

    /// The lines of some orders, as fresh as is asked for, each with whose it is; instead of one
    /// that this program cannot read, what is wrong with it. Those that are not there are left out.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn lines_of(
        &self,
        tenant: &TenantId,
        wanted: &[LineOf],
        reading: Reading,
    ) -> StoreResult<HashMap<LineOf, Result<LedgerLine, Damaged>>> {
        let key = |one: &LineOf| keys::line(tenant, &one.distributor, one.paid_at, &one.order);
        let items = self.get_many_of(wanted.iter().map(key).collect(), reading).await?;
        let read = |one: &LineOf| Some((one.clone(), read_line(items.get(&key(one))?)));
        Ok(wanted.iter().filter_map(read).collect())
    }

    /// A page of a distributor's daily figures, newest first.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn days(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        dates: Period<Date>,
        limit: usize,
        after: Option<String>,
    ) -> StoreResult<Page<DayFigures>> {
        let from = dates.from.map_or(keys::DAYS_FROM.to_owned(), keys::day_prefix);
        let last = dates.to.and_then(|to| to.yesterday().ok());
        let bounds = (from, last.map_or(keys::DAYS_TO.to_owned(), keys::day_end));
        self.newest(tenant, id, bounds, (limit, after), read_day, |_| true).await
    }

    /// What a distributor sold in the calendar month of a day, in one currency, net of refunds, as
    /// it is posted now.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub(crate) async fn month_sold(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        day: Date,
        currency: Currency,
    ) -> StoreResult<SignedMoney> {
        let pk = keys::distributor(tenant, id);
        let from = keys::day_prefix(day.first_of_month());
        let rows = self.query_between(&pk, &from, &keys::day_end(day.last_of_month())).await?;
        let days: Read<Vec<DayFigures>> = rows.iter().map(read_day).collect();
        let days = days.map_err(StoreError::damaged(&pk))?.into_iter();
        let mut sold = days.filter(|day| day.currency == Some(currency)).map(|day| day.own_sales);
        let total = sold.try_fold(SignedMoney::ZERO, SignedMoney::plus);
        total.map_err(|Overflow| StoreError::Overflow { key: pk })
    }

    /// A page of the rows of a distributor between two sort keys, the last first, without those
    /// that are not wanted. A start outside of them is the end that it is nearer to.
    async fn newest<T>(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        (from, to): (String, String),
        (limit, mut after): (usize, Option<String>),
        read: fn(&Item) -> Read<T>,
        wanted: impl Fn(&T) -> bool,
    ) -> StoreResult<Page<T>> {
        let pk = keys::distributor(tenant, id);
        let mut items = Vec::with_capacity(limit);
        after.take_if(|after| *after > to);
        if from > to || after.as_ref().is_some_and(|after| *after <= from) {
            return Ok(Page { items, after: None });
        }
        loop {
            let missing = Some(limit.saturating_sub(items.len()));
            let query = Query {
                pk: &pk,
                from: &from,
                to: &to,
                only: &[],
                ascending: false,
                limit: missing,
                after,
            };
            let page = self.query(query).await?;
            for row in &page.items {
                let row = read(row).map_err(StoreError::damaged(&pk))?;
                if wanted(&row) {
                    items.push(row);
                }
            }
            after = page.after;
            if after.is_none() || items.len() >= limit {
                return Ok(Page { items, after });
            }
        }
    }
}

//! Posting: lines, balances and days are brought up to orders, each contribution counted once.
//!
//! A line says what of an order is counted for a distributor, and is the guard of the count: it is
//! written in one transaction with the balance and the days, on condition that it is still as it
//! was read. So a redelivery, a second poller and a full recount all find nothing to add.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::TransactWriteItem;
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use upline_domain::contribution::{Contribution, contributions};
use upline_domain::ids::{DistributorId, OrderId, TenantId};
use upline_domain::money::{Currency, Money, Overflow};
use upline_domain::order::Record;

use crate::Store;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, text};
use crate::keys::{self, Key};
use crate::ledger_items::{Differences, LedgerLine, line, read_line};
use crate::nights::mark;
use crate::table::{TRIES_MAX, Transacted};

/// Actions of one transaction, by DynamoDB.
const ACTIONS_MAX: usize = 100;
/// Transactions under way at once: each is of another distributor. A batch of a stream names up to
/// some hundred, and one poster alone takes the changes of a shard; the comparison that `make
/// bench` prints shows what it comes to.
const DISTRIBUTORS_MAX: usize = 32;

/// An order to be counted, as it was seen in the stream or read.
#[derive(Clone, Debug)]
pub struct PostOrder {
    /// Whose.
    pub tenant: TenantId,
    /// The order.
    pub id: OrderId,
    /// Its record.
    pub record: Record,
}

/// What posting came to.
#[derive(Clone, Debug, Default)]
pub struct Posted {
    /// The orders that cannot be counted, with why: a person has to look at them, and they do not
    /// hold up the others.
    pub refused: Vec<(PostOrder, Overflow)>,
    /// Lines that were written because something of them was not counted yet.
    pub lines: u64,
}

/// What is to stand in one line.
#[derive(Clone, Debug)]
struct Wanted {
    key: Key,
    order: OrderId,
    contribution: Contribution,
    version: u64,
}

/// Whose books are written, and when.
#[derive(Clone, Copy)]
struct Whose<'a> {
    tenant: &'a TenantId,
    distributor: &'a DistributorId,
    now: Timestamp,
}

/// The writes of one transaction, and the commissions that it counts for the first time.
struct Planned {
    actions: Vec<TransactWriteItem>,
    lines: u64,
    earned: Vec<(Currency, Money)>,
}

impl Store {
    /// Brings lines, balances and days up to these orders; whoever's days change is listed for the
    /// next night after `now`. An order older than what is counted
    /// already changes nothing; a repeat finds nothing to add.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: some may be counted; post them all again.
    pub async fn post_orders(&self, orders: Vec<PostOrder>, now: Timestamp) -> StoreResult<Posted> {
        let mut wanted: BTreeMap<(TenantId, DistributorId), Vec<Wanted>> = BTreeMap::new();
        let mut refused = Vec::new();
        for order in newest(orders) {
            match contributions(&order.record) {
                Err(overflow) => refused.push((order, overflow)),
                Ok(contributions) => {
                    for (distributor, contribution) in contributions {
                        let PostOrder { tenant, id, record } = &order;
                        let key = keys::line(tenant, &distributor, contribution.paid_at, id);
                        let (order, version) = (id.clone(), record.version);
                        let line = Wanted { key, order, contribution, version };
                        wanted.entry((tenant.clone(), distributor)).or_default().push(line);
                    }
                }
            }
        }
        let keys = wanted.values().flatten().map(|line| line.key.clone()).collect();
        let read = &self.get_many(keys).await?;
        let posts = wanted.into_iter().flat_map(|(whose, lines)| {
            let chunks: Vec<Vec<Wanted>> = chunks(lines);
            chunks.into_iter().map(move |lines| (whose.clone(), lines))
        });
        let posts = posts.map(|(whose, lines)| async move {
            let (tenant, distributor) = &whose;
            let whose = Whose { tenant, distributor, now };
            self.post_lines(whose, &lines, read).await
        });
        let posts: Vec<_> = posts.collect();
        let posts = stream::iter(posts).buffer_unordered(DISTRIBUTORS_MAX);
        let lines = posts.try_fold(0_u64, |sum, more| async move { Ok(sum.saturating_add(more)) });
        Ok(Posted { refused, lines: lines.await? })
    }

    /// Brings some lines of one distributor up to what is wanted, in one transaction; how many were
    /// not.
    async fn post_lines(
        &self,
        whose: Whose<'_>,
        wanted: &[Wanted],
        read: &HashMap<Key, Item>,
    ) -> StoreResult<u64> {
        let mut reread = None;
        for attempt in 0..TRIES_MAX {
            let lines = reread.as_ref().unwrap_or(read);
            let Planned { actions, lines, earned } = self.actions(whose, wanted, lines)?;
            if actions.is_empty() {
                return Ok(0);
            }
            match self.transact(actions).await? {
                Transacted::Made => {
                    self.tallied.earned(earned);
                    return Ok(lines);
                }
                Transacted::Refused(_) => {
                    self.pause(attempt).await;
                    let keys = wanted.iter().map(|line| line.key.clone()).collect();
                    reread = Some(self.get_many(keys).await?);
                }
            }
        }
        Err(StoreError::Contended("post_lines"))
    }

    fn actions(
        &self,
        Whose { tenant, distributor, now }: Whose<'_>,
        wanted: &[Wanted],
        read: &HashMap<Key, Item>,
    ) -> StoreResult<Planned> {
        let mut earned = Vec::new();
        let mut actions = Vec::with_capacity(ACTIONS_MAX);
        let mut differences = Differences::default();
        for Wanted { key, order, contribution, version } in wanted {
            let old = read.get(key).map(read_line).transpose();
            let old = old.map_err(StoreError::damaged(&key.pk))?;
            // An older image would undo a newer one, and the same one has nothing to add.
            if old.as_ref().is_some_and(|old| old.version >= *version) {
                continue;
            }
            let n = old.as_ref().map(|old| old.n);
            if n.is_none() && contribution.earned > Money::ZERO {
                earned.push((contribution.currency, contribution.earned));
            }
            let next = LedgerLine {
                order: order.clone(),
                counted: contribution.clone(),
                version: *version,
                n: n.map_or(1, |n| n.saturating_add(1)),
            };
            actions.push(self.put_action(line(key, &next), n)?);
            let counted = old.as_ref().map(|old| &old.counted);
            differences.add(counted, Some(contribution)).map_err(|Overflow| overflow(key))?;
        }
        let lines = u64::try_from(actions.len()).unwrap_or(u64::MAX);
        for (currency, update) in differences.balance_updates() {
            let key = keys::balance(tenant, distributor, currency);
            // Once: an index costs a write where what it lists changes, and only there.
            let update = update.set_once("gsi1pk", text(keys::balances(tenant, distributor)));
            actions.push(self.update_action(&key, update)?);
        }
        for (date, currency, update) in differences.day_updates() {
            let key = keys::day(tenant, distributor, date, currency);
            actions.push(self.update_action(&key, mark(update, tenant, distributor, now))?);
        }
        Ok(Planned { actions, lines, earned })
    }
}

fn overflow(key: &Key) -> StoreError {
    StoreError::Overflow { key: key.pk.clone() }
}

/// The newest record of each order.
fn newest(orders: Vec<PostOrder>) -> Vec<PostOrder> {
    let mut newest: BTreeMap<(TenantId, OrderId), PostOrder> = BTreeMap::new();
    for order in orders {
        let key = (order.tenant.clone(), order.id.clone());
        let known = newest.get(&key).map_or(0, |known| known.record.version);
        if known <= order.record.version {
            newest.insert(key, order);
        }
    }
    newest.into_values().collect()
}

/// Cuts the lines of one distributor so that each transaction has room for the balances and days
/// that they touch.
fn chunks(lines: Vec<Wanted>) -> Vec<Vec<Wanted>> {
    let mut chunks: Vec<Vec<Wanted>> = Vec::new();
    let mut touched = BTreeSet::new();
    for line in lines {
        let Contribution { currency, day, .. } = line.contribution;
        touched.insert((currency, None));
        touched.insert((currency, Some(day)));
        let room = chunks
            .last()
            .is_some_and(|chunk| chunk.len().saturating_add(touched.len()) < ACTIONS_MAX);
        match chunks.last_mut().filter(|_| room) {
            Some(chunk) => chunk.push(line),
            None => {
                touched = BTreeSet::from([(currency, None), (currency, Some(day))]);
                chunks.push(vec![line]);
            }
        }
    }
    chunks
}

//! The second stage, of one shard of distributors: lines against orders, and balances and daily
//! figures against lines. What has drifted is put right by the difference, after a second look, on
//! condition that nothing was written since.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use upline_domain::books::Sums;
use upline_domain::contribution::{Contribution, contributions};
use upline_domain::ids::{DistributorId, OrderId};
use upline_domain::money::Overflow;
use upline_domain::order::Record;
use upline_domain::reconcile::{Act, Books, Counted, Difference, Kind, Outcome, WhyLeft, line};
use upline_store::{
    AuditEntry, Facts, LedgerLine, LineMend, Mend, PostOrder, ReadBooks, Reading, StoreError,
    Touched,
};

use crate::cursor::{Cursor, Ended};
use crate::found::{Buckets, Found, lacking};
use crate::look::{Records, unreadable};
use crate::run::Day;
use crate::{ReconcileFailed, Site, tally};

/// Rows of one page.
const PAGE: usize = 100;
/// Distributors whose books are read at once.
const AT_ONCE: usize = 8;
/// How often books are read again where others write them.
const TRIES_MAX: usize = 100;
/// How often they are looked at until they look twice the same, where others never rest.
const LOOKS_MAX: usize = 10;

/// Does the part of one shard.
pub(crate) async fn part<S: Site>(
    day: &Day<'_, S>,
    shard: u8,
    after: Option<&str>,
    goes_on: &(impl Fn() -> bool + Sync),
) -> Result<Ended, ReconcileFailed> {
    let Cursor { place, mut tallies } = Cursor::from(after);
    let mut after = place.into_iter().next().filter(|after| !after.is_empty());
    loop {
        let of = (day.date, day.run.number);
        let page = day.store.touched(day.tenant, of, shard, PAGE, after.take()).await?;
        // Each distributor has a row without an order, which comes first; the orders beside it are
        // read with it, wherever a page ends.
        let whole = page.items.iter().filter(|one| one.order.is_none());
        let goes_over = page.after.is_some();
        let checks = whole.map(|Touched { distributor, .. }| {
            let drifted = page.items.iter().filter(|one| &one.distributor == distributor);
            let ends = page.items.last().is_some_and(|last| &last.distributor == distributor);
            let orders: Vec<OrderId> = drifted.filter_map(|one| one.order.clone()).collect();
            async move {
                let orders = if ends && goes_over {
                    day.store.touched_orders(day.tenant, of, distributor).await?
                } else {
                    orders
                };
                day.check_books(distributor, orders).await
            }
        });
        let checks: Vec<_> = checks.collect();
        let count = u64::try_from(checks.len()).unwrap_or(u64::MAX);
        stream::iter(checks).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        tally::count(&mut tallies, tally::DISTRIBUTORS, count)?;
        after = page.after;
        let Some(next) = &after else { return Ok(Ended::Done { tallies, list: None }) };
        if !goes_on() {
            let place = vec![next.clone()];
            return Ok(Ended::Interrupted(Cursor { place, tallies }.text()));
        }
    }
}

impl<S: Site> Day<'_, S> {
    /// Holds a distributor's books against their orders, those among them that may not be counted
    /// right, and puts them right unless nothing is to be repaired.
    pub(crate) async fn check_books(
        &self,
        id: &DistributorId,
        orders: Vec<OrderId>,
    ) -> Result<(), ReconcileFailed> {
        let orders: BTreeSet<OrderId> = orders.into_iter().collect();
        let mut reading = if orders.is_empty() { Reading::Lately } else { Reading::Now };
        let mut told: Vec<Difference> = Vec::new();
        let mut seen = Vec::new();
        let mut buckets = Buckets::new();
        for tries in 0..TRIES_MAX {
            let found = match self.find(id, (&orders, &buckets), reading).await {
                Err(ReconcileFailed::Store(StoreError::Damaged { damaged, .. })) => {
                    return self.keep(&[unreadable(None, Some(id), &damaged)]).await;
                }
                found => found?,
            };
            if reading == Reading::Lately && !found.is_clean() {
                reading = Reading::Now;
                continue;
            }
            let drifted = found.drifted();
            if !drifted.is_subset(&buckets) {
                buckets.extend(drifted);
                continue;
            }
            // What is posted between two pages looks like drift, and otherwise a moment later.
            if told.is_empty() && found.differences != seen && tries < LOOKS_MAX {
                seen.clone_from(&found.differences);
                continue;
            }
            // Once something was put right, what is told is told; the rest is what it led to.
            if told.is_empty() {
                told = self.tell(&found).await?;
            }
            let overflow = |Overflow| StoreError::Overflow { key: id.to_string() };
            let lacks = found.books.lacks(&found.books.wanted).map_err(overflow)?;
            let is_right = found.mends.is_empty() && lacks == Sums::default();
            if self.run.dry_run || is_right {
                return self.repaired(told).await;
            }
            self.put_right(id, &found).await?;
            reading = Reading::Now;
        }
        Err(StoreError::Contended("check_books").into())
    }

    /// Keeps what was found, and what is left of it; gives what is to be put right.
    async fn tell(&self, found: &Found) -> Result<Vec<Difference>, ReconcileFailed> {
        let all: Vec<Difference> = found.differences.iter().map(|(one, _)| one.clone()).collect();
        self.keep(&all).await?;
        for (difference, why) in &found.differences {
            if let Some(why) = why {
                self.became(difference, Outcome::Left, Some(why.as_str())).await?;
            }
        }
        let mut all = all;
        all.retain(|one| one.act != Act::Look);
        Ok(all)
    }

    async fn repaired(&self, told: Vec<Difference>) -> Result<(), ReconcileFailed> {
        if self.run.dry_run {
            return Ok(());
        }
        for difference in told {
            self.became(&difference, Outcome::Repaired, None).await?;
        }
        Ok(())
    }

    async fn find(
        &self,
        id: &DistributorId,
        (orders, buckets): (&BTreeSet<OrderId>, &Buckets),
        reading: Reading,
    ) -> Result<Found, ReconcileFailed> {
        // Lines first: an order that moves on meanwhile is then ahead of them, as it is until it is
        // posted.
        let keep = |line: &LedgerLine| {
            let Contribution { currency, due, day, .. } = line.counted;
            day == self.date || orders.contains(&line.order) || buckets.contains(&(currency, due))
        };
        let read = self.store.read_books(self.tenant, id, reading, keep).await?;
        let ids: BTreeSet<OrderId> =
            read.kept.iter().map(|line| line.order.clone()).chain(orders.iter().cloned()).collect();
        let ids: Vec<OrderId> = ids.into_iter().collect();
        let records = self.records(&ids, reading).await?;
        self.hold(id, read, records).await
    }

    async fn hold(
        &self,
        id: &DistributorId,
        mut read: ReadBooks,
        records: Records,
    ) -> Result<Found, ReconcileFailed> {
        let kept = std::mem::take(&mut read.kept);
        let (stored, moved, lines) = (read.stored.clone(), read.moved.clone(), read.lines.clone());
        let mut by_order: BTreeMap<OrderId, Vec<LedgerLine>> = BTreeMap::new();
        for line in kept {
            by_order.entry(line.order.clone()).or_default().push(line);
        }
        let mut found = Found {
            books: Books { stored, moved, wanted: lines.clone(), lines, ..Books::default() },
            mends: Vec::new(),
            differences: Vec::new(),
            records: BTreeMap::new(),
            read,
        };
        for (order, record) in &records {
            // One that cannot be read was told of where orders are looked at.
            let Ok(record) = record else {
                by_order.remove(order).iter().flatten().for_each(|line| found.open(line));
                continue;
            };
            let all = contributions(record).unwrap_or_default();
            let wanted = all.into_iter().find(|(own, _)| own == id).map(|(_, adds)| adds);
            let stored = by_order.remove(order).unwrap_or_default();
            self.hold_order(id, (order, record), wanted, stored, &mut found).await?;
        }
        for (order, lines) in by_order {
            for stored in lines {
                found.open(&stored);
                let counted = counted(&stored);
                let difference = line(&order, id, None, Some(counted));
                let look = |one| Difference { act: Act::Look, ..one };
                let left = difference.map(look).map(|one| (one, Some(WhyLeft::NoOrder)));
                found.differences.extend(left);
            }
        }
        found.books.open_other_days(self.date);
        let reason = |one: &Difference| {
            let is_balance = one.kind == Kind::BalanceDrift;
            match one.currency {
                _ if one.act != Act::Look => None,
                Some(currency) if is_balance && found.books.is_moved(currency) => {
                    Some(WhyLeft::Moved)
                }
                _ => Some(WhyLeft::Open),
            }
        };
        let drift = found.books.drift(id).into_iter();
        let drift: Vec<_> = drift.map(|one| (one.clone(), reason(&one))).collect();
        found.differences.extend(drift);
        Ok(found)
    }

    /// Holds the lines of one order against what it contributes: the one that it has to have, and
    /// others that stand beside it.
    async fn hold_order(
        &self,
        id: &DistributorId,
        (order, record): (&OrderId, &Record),
        wanted: Option<Contribution>,
        stored: Vec<LedgerLine>,
        found: &mut Found,
    ) -> Result<(), ReconcileFailed> {
        let version = record.version;
        let is_it = |line: &LedgerLine| {
            wanted.as_ref().is_some_and(|wanted| wanted.paid_at == line.counted.paid_at)
        };
        let (own, beside): (Vec<LedgerLine>, Vec<LedgerLine>) = stored.into_iter().partition(is_it);
        let own = own.into_iter().next();
        let mut pairs: Vec<(Option<LedgerLine>, Option<Contribution>)> =
            beside.into_iter().map(|line| (Some(line), None)).collect();
        pairs.push((own, wanted));
        for (old, new) in pairs {
            let as_wanted = new.as_ref().map(|contribution| Counted { contribution, version });
            let Some(difference) = line(order, id, as_wanted, old.as_ref().map(counted)) else {
                continue;
            };
            if self.is_in_question(order).await? {
                let difference = Difference { act: Act::Look, ..difference };
                found.differences.push((difference, Some(WhyLeft::InQuestion)));
                continue;
            }
            let overflow = |Overflow| StoreError::Overflow { key: order.to_string() };
            old.as_ref()
                .map_or(Ok(()), |old| found.books.wanted.take(&old.counted))
                .and_then(|()| new.as_ref().map_or(Ok(()), |new| found.books.wanted.add(new)))
                .map_err(overflow)?;
            let new = new.map(|contribution| (contribution, version));
            found.mends.push(LineMend { order: order.clone(), old, new });
            found.records.insert(order.clone(), record.clone());
            found.differences.push((difference, None));
        }
        Ok(())
    }

    /// Whether something was found of an order that a person has to judge, so that nobody knows yet
    /// what is to be counted of it.
    async fn is_in_question(&self, order: &OrderId) -> Result<bool, ReconcileFailed> {
        let of = (self.date, self.run.number);
        let found = self.store.differences_of(self.tenant, of, order).await?;
        Ok(found.iter().any(|one| match one.difference.kind {
            Kind::AmountsDiffer
            | Kind::RefundDiffers
            | Kind::CompletionDiffers
            | Kind::WrongAllocation
            | Kind::UnreadableItem => true,
            Kind::MissingHere
            | Kind::MissingThere
            | Kind::RefundMissing
            | Kind::RefundMissingThere
            | Kind::CompletionMissing
            | Kind::CompletionMissingThere
            | Kind::UnreadableRow
            | Kind::OrphanRefund
            | Kind::OrphanCompletion
            | Kind::ProblemFlag
            | Kind::Parked
            | Kind::LineDrift
            | Kind::BalanceDrift
            | Kind::DailyFigureDrift => false,
        }))
    }

    /// Puts some of it right, or all: whoever calls reads again.
    async fn put_right(&self, id: &DistributorId, found: &Found) -> Result<(), ReconcileFailed> {
        let Found { books, mends, read, .. } = found;
        if mends.len() > Mend::LINES_MAX && found.is_not_counted() {
            return self.post_again(id, found).await;
        }
        let mut chosen = mends.get(..Mend::LINES_MAX).unwrap_or(mends);
        let mut add = lacking(id, books, chosen)?;
        // Lines of many days and currencies touch more than a transaction holds: then fewer at
        // once.
        while !Mend::fits(chosen.len(), &add) && chosen.len() > 1 {
            let half = chosen.len().div_euclid(2);
            chosen = chosen.get(..half).unwrap_or(chosen);
            add = lacking(id, books, chosen)?;
        }
        let mend = Mend { lines: chosen, add, signed: &self.signed() };
        // Where it was written meanwhile, the next reading has what is wrong then.
        self.store.mend(self.tenant, id, read, &mend).await?;
        Ok(())
    }

    /// Posts orders that were not counted, as whoever posts them does.
    async fn post_again(&self, id: &DistributorId, found: &Found) -> Result<(), ReconcileFailed> {
        let post = |(order, record): (&OrderId, &Record)| PostOrder {
            tenant: self.tenant.clone(),
            id: order.clone(),
            record: record.clone(),
        };
        let orders: Vec<PostOrder> = found.records.iter().map(post).collect();
        self.store.post_orders(orders, self.site.now()).await?;
        for order in found.records.keys() {
            let entry = AuditEntry {
                signed: self.signed(),
                action: "reconcile.post".to_owned(),
                about: format!("{id} {order}"),
                before: Facts::new(),
                after: Facts::new(),
            };
            self.store.audited(self.tenant, &entry).await?;
        }
        Ok(())
    }
}

fn counted(line: &LedgerLine) -> Counted<'_> {
    Counted { contribution: &line.counted, version: line.version }
}

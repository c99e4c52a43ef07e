//! Each order against itself, and against the lines that count it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use upline_domain::contribution::{Contribution, contributions};
use upline_domain::ids::{DistributorId, OrderId};
use upline_domain::money::Overflow;
use upline_domain::order::Record;
use upline_domain::reconcile::{Act, Compared, Counted, Difference, Kind, line, record};
use upline_domain::reverse::reversed;
use upline_store::{Damaged, LineOf, Reading, StoreError, Tallies, Touched};

use crate::run::Day;
use crate::{ReconcileFailed, Site, tally};

/// Orders as they were read, or what is wrong with one.
pub(crate) type Records = BTreeMap<OrderId, Result<Record, Damaged>>;

/// What an order adds to the books of one distributor.
#[derive(Clone, Debug)]
struct Adds {
    whose: LineOf,
    contribution: Contribution,
    version: u64,
}

impl<S: Site> Day<'_, S> {
    /// Reads orders; those that are not there are left out.
    pub(crate) async fn records(
        &self,
        ids: &[OrderId],
        reading: Reading,
    ) -> Result<Records, ReconcileFailed> {
        let once: BTreeSet<&OrderId> = ids.iter().collect();
        let once: Vec<OrderId> = once.into_iter().cloned().collect();
        Ok(self.store.orders_of(self.tenant, &once, reading).await?.into_iter().collect())
    }

    /// Looks at orders, each once: what is wrong by their own facts, and whether each is counted as
    /// it should be. Whose books they touch is looked at in the next stage.
    pub(crate) async fn look(
        &self,
        records: Records,
        tallies: &mut Tallies,
    ) -> Result<(), ReconcileFailed> {
        let count = u64::try_from(records.len()).unwrap_or(u64::MAX);
        tally::count(tallies, tally::ORDERS, count)?;
        let mut found = Vec::new();
        let mut readable = BTreeMap::new();
        for (order, one) in records {
            match one {
                Ok(one) => {
                    let plan = match &one.attributed {
                        Some(attributed) => {
                            let version = attributed.plan_version;
                            self.store.plan_version(self.tenant, version).await?
                        }
                        None => None,
                    };
                    let plan = plan.as_ref().map(|plan| &plan.plan);
                    found.extend(record(&order, &one, plan).map_err(overflow(&order))?);
                    self.total(&order, &one, tallies)?;
                    readable.insert(order, one);
                }
                Err(damaged) => found.push(unreadable(Some(&order), None, &damaged)),
            }
        }
        let (touched, damaged) = self.lines(&readable).await?;
        found.extend(damaged);
        self.keep(&found).await?;
        self.note(touched).await
    }

    /// Notes whose books are to be looked at, unless this part noted it already: many orders of a
    /// day are of one distributor.
    async fn note(&self, mut touched: BTreeSet<Touched>) -> Result<(), ReconcileFailed> {
        let noted = || self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let noted = noted();
            touched.retain(|one| !noted.contains(one));
        }
        let touched: Vec<Touched> = touched.into_iter().collect();
        let (run, now) = (self.run.number, self.site.now());
        self.store.keep_touched(self.tenant, self.date, run, &touched, now).await?;
        noted().extend(touched);
        Ok(())
    }

    /// Whom orders contribute to, and which of them may not be counted for whom as they should be:
    /// it is a first look, and may be behind. What a line cannot be read for is told.
    async fn lines(
        &self,
        records: &BTreeMap<OrderId, Record>,
    ) -> Result<(BTreeSet<Touched>, Vec<Difference>), ReconcileFailed> {
        let adds = adds(records);
        let wanted: Vec<LineOf> = adds.iter().map(|one| one.whose.clone()).collect();
        let lines = self.store.lines_of(self.tenant, &wanted, Reading::Lately).await?;
        let (mut touched, mut damaged) = (BTreeSet::new(), Vec::new());
        for Adds { whose, contribution, version } in &adds {
            let LineOf { distributor, order, .. } = whose;
            touched.insert(Touched { distributor: distributor.clone(), order: None });
            let wanted = Some(Counted { contribution, version: *version });
            let stored = match lines.get(whose) {
                None => None,
                Some(Ok(line)) => {
                    Some(Counted { contribution: &line.counted, version: line.version })
                }
                Some(Err(wrong)) => {
                    damaged.push(unreadable(Some(order), Some(distributor), wrong));
                    continue;
                }
            };
            if line(order, distributor, wanted, stored).is_some() {
                let (distributor, order) = (distributor.clone(), Some(order.clone()));
                touched.insert(Touched { distributor, order });
            }
        }
        Ok((touched, damaged))
    }

    /// Adds what an order comes to, where it is of the day.
    fn total(
        &self,
        order: &OrderId,
        record: &Record,
        tallies: &mut Tallies,
    ) -> Result<(), ReconcileFailed> {
        let Some(paid) = &record.paid else { return Ok(()) };
        if record.attributed.is_none() {
            tally::count(tallies, tally::WAITING, 1)?;
        }
        if !self.has(paid.paid_at) {
            return Ok(());
        }
        let currency = paid.currency;
        // One whose allocation is of no line is told of by itself, and has no place in a sum.
        let Ok(reversal) = reversed(record) else { return Ok(()) };
        let refunded = reversal.refunded_total().map_err(overflow(order))?;
        tally::count(tallies, &format!("orders#{currency}"), 1)?;
        tally::amount(tallies, "paid", currency, paid.total())?;
        tally::amount(tallies, "refunded", currency, refunded)?;
        let allocations = record.attributed.iter().flat_map(|one| &one.allocations);
        for (place, one) in allocations.enumerate() {
            let back = reversal.of_allocation(place).map_err(overflow(order))?;
            tally::amount(tallies, "earned", currency, one.amount)?;
            tally::amount(tallies, "reversed", currency, back)?;
        }
        Ok(())
    }
}

fn overflow(order: &OrderId) -> impl Fn(Overflow) -> ReconcileFailed {
    let key = order.to_string();
    move |Overflow| StoreError::Overflow { key: key.clone() }.into()
}

/// What orders add to whose books. One past the end of the calendar adds nothing: it was parked
/// when it was to be posted.
fn adds(records: &BTreeMap<OrderId, Record>) -> Vec<Adds> {
    let mut adds = Vec::new();
    for (order, record) in records {
        for (distributor, contribution) in contributions(record).unwrap_or_default() {
            let (order, paid_at) = (order.clone(), contribution.paid_at);
            let whose = LineOf { distributor, paid_at, order };
            adds.push(Adds { whose, contribution, version: record.version });
        }
    }
    adds
}

/// An item that cannot be read.
pub(crate) fn unreadable(
    order: Option<&OrderId>,
    distributor: Option<&DistributorId>,
    damaged: &impl ToString,
) -> Difference {
    let value = Compared::found("why", damaged.to_string());
    Difference {
        order: order.cloned(),
        distributor: distributor.cloned(),
        ..Difference::new(Kind::UnreadableItem, vec![value], Act::Look)
    }
}

//! The end of a run: what was sent is looked for, what was found is counted, and the report is
//! closed.

use std::time::Duration;

use upline_contract::job::{DayPart, Stage};
use upline_contract::published::{ReconciliationFinished, of_reconciliation};
use upline_contract::reconciliation::kind_counts;
use upline_domain::ids::OrderId;
use upline_domain::order::Record;
use upline_domain::reconcile::{Act, Difference, Kind, Outcome};
use upline_domain::time;
use upline_store::keys::SHARDS;
use upline_store::{Reading, Run, Shown, Tallies};

use crate::cursor::Cursor;
use crate::run::{Day, Done, Finished, Next};
use crate::{ReconcileFailed, Site, tally};

/// Rows of one page.
const PAGE: usize = 100;
/// How often a run waits for what it sent.
const WAITS_MAX: u32 = 5;
/// How long it waits each time.
const WAIT: Duration = Duration::from_mins(1);

/// Where the differences of a run are gone through.
struct Place {
    /// How often the run waited.
    waits: u32,
    shard: u8,
    /// The sort key that was read last.
    after: Option<String>,
    /// The order that was counted last.
    last: Option<Inconsistent>,
}

/// An order with differences, as far as they are gone through.
struct Inconsistent {
    order: OrderId,
    /// Whether it was counted as inconsistent after repair.
    is_left: bool,
    /// Whether one of them says that it was looked at, and is among the orders that were counted.
    is_looked_at: bool,
}

impl Place {
    fn begin(waits: u32) -> Self {
        Self { waits, shard: 0, after: None, last: None }
    }

    fn read(words: &[String]) -> Option<Self> {
        let [waits, shard, order, left, looked, after @ ..] = words else { return None };
        let of = |order| Inconsistent {
            order,
            is_left: left == "left",
            is_looked_at: looked == "looked",
        };
        Some(Self {
            waits: waits.parse().ok()?,
            shard: shard.parse().ok()?,
            after: (!after.is_empty()).then(|| after.join("~")),
            last: order.parse().ok().map(of),
        })
    }

    fn words(&self) -> Vec<String> {
        let last = self.last.as_ref();
        let order = last.map(|last| last.order.to_string()).unwrap_or_default();
        let left = if last.is_some_and(|last| last.is_left) { "left" } else { "-" };
        let looked = if last.is_some_and(|last| last.is_looked_at) { "looked" } else { "-" };
        let [waits, shard] = [self.waits.to_string(), self.shard.to_string()];
        let words = [waits, shard, order, left.to_owned(), looked.to_owned()];
        words.into_iter().chain(self.after.clone()).collect()
    }

    /// Counts a difference, and its order where it is another than the one before. Gives that one,
    /// of which all is counted then.
    fn tally(
        &mut self,
        difference: &Difference,
        outcome: Outcome,
        tallies: &mut Tallies,
    ) -> Result<Option<Inconsistent>, ReconcileFailed> {
        let kind = difference.kind.as_str();
        tally::count(tallies, &format!("found#{kind}"), 1)?;
        match outcome {
            Outcome::Repaired => tally::count(tallies, &format!("repaired#{kind}"), 1)?,
            Outcome::Sent => tally::count(tallies, &format!("sent#{kind}"), 1)?,
            Outcome::Found | Outcome::Left => {}
        }
        let Some(order) = &difference.order else { return Ok(None) };
        let is_same = self.last.as_ref().is_some_and(|last| last.order == *order);
        let before = if is_same { None } else { self.last.take() };
        if !is_same {
            tally::count(tallies, tally::BEFORE, 1)?;
        }
        let last = self.last.get_or_insert_with(|| Inconsistent {
            order: order.clone(),
            is_left: false,
            is_looked_at: false,
        });
        if outcome != Outcome::Repaired && !last.is_left {
            tally::count(tallies, tally::AFTER, 1)?;
            last.is_left = true;
        }
        last.is_looked_at |= looked_at(difference.kind);
        Ok(before)
    }
}

/// Whether a difference of an order is found where the order itself is looked at, and counted.
fn looked_at(kind: Kind) -> bool {
    !matches!(kind, Kind::Parked | Kind::UnreadableRow | Kind::LineDrift)
}

/// Goes through what was found; then closes the report, or waits for what is on its way.
pub(crate) async fn part<S: Site>(
    day: &Day<'_, S>,
    after: Option<&str>,
    goes_on: &(impl Fn() -> bool + Sync),
) -> Result<Done, ReconcileFailed> {
    let cursor = after.and_then(Cursor::read);
    let began = cursor.and_then(|cursor| Some((Place::read(&cursor.place)?, cursor.tallies)));
    let (mut place, mut tallies) = began.unwrap_or_else(|| (Place::begin(0), Tallies::new()));
    while place.shard < SHARDS {
        let of = (day.date, day.run.number);
        let page =
            day.store.differences(day.tenant, of, place.shard, PAGE, place.after.take()).await?;
        for shown in page.items {
            let outcome = day.settle(&shown).await?;
            let done = place.tally(&shown.difference, outcome, &mut tallies)?;
            day.count_if_not_looked_at(done, &mut tallies).await?;
        }
        place.after = page.after;
        if place.after.is_none() {
            day.count_if_not_looked_at(place.last.take(), &mut tallies).await?;
            place = Place { shard: place.shard.saturating_add(1), ..place };
        }
        if !goes_on() && place.shard < SHARDS {
            return Ok(day.go_on(&place, tallies, Duration::ZERO));
        }
    }
    let on_their_way = tallies.keys().any(|name| name.starts_with("sent#"));
    if on_their_way && place.waits < WAITS_MAX {
        let again = Place::begin(place.waits.saturating_add(1));
        return Ok(day.go_on(&again, Tallies::new(), WAIT));
    }
    for (name, counted) in day.run.counted()? {
        tally::count(&mut tallies, &name, counted)?;
    }
    let (now, number) = (day.site.now(), day.run.number);
    let closed = day.store.finish_run(day.tenant, day.date, number, &tallies, now).await?;
    // As it was closed: two that close it at once tell the same.
    if let Some(run) = day.store.run(day.tenant, day.date, number).await? {
        day.tell_others(&run).await?;
    }
    let finished = Finished { dry_run: day.run.dry_run, summary: tallies };
    Ok(Done { next: Vec::new(), finished: closed.then_some(finished) })
}

impl<S: Site> Day<'_, S> {
    /// Tells others of a run that is finished, by what was kept of it: a repeat tells the same.
    pub(crate) async fn tell_others(&self, run: &Run) -> Result<(), ReconcileFailed> {
        let Some(at) = run.finished_at else { return Ok(()) };
        let of = |name: &str| run.summary.get(name).copied().unwrap_or_default();
        let finished = ReconciliationFinished {
            day: self.date.to_string(),
            run: run.number,
            dry_run: run.dry_run,
            listed: run.list.is_some(),
            orders: of(tally::ORDERS),
            inconsistent_before: of(tally::BEFORE),
            inconsistent_after: of(tally::AFTER),
            kinds: kind_counts(|name| of(name)),
            finished_at: time::text(at),
        };
        Ok(self.site.tell(&of_reconciliation(self.tenant, finished)).await?)
    }

    /// Counts an order with differences among the orders, where it is not among them yet: one that
    /// is neither in the books nor in the list, and known by an event that is kept aside or by a
    /// row that cannot be read; or one of another day, known by a line.
    async fn count_if_not_looked_at(
        &self,
        one: Option<Inconsistent>,
        tallies: &mut Tallies,
    ) -> Result<(), ReconcileFailed> {
        let Some(one) = one.filter(|one| !one.is_looked_at) else { return Ok(()) };
        let records = self.records(std::slice::from_ref(&one.order), Reading::Now).await?;
        let record = records.get(&one.order).and_then(|record| record.as_ref().ok());
        let paid = record.and_then(|record| record.paid.as_ref());
        if !paid.is_some_and(|paid| self.has(paid.paid_at)) {
            tally::count(tallies, tally::ORDERS, 1)?;
        }
        Ok(())
    }

    fn go_on(&self, place: &Place, tallies: Tallies, delay: Duration) -> Done {
        let after = Some(Cursor { place: place.words(), tallies }.text());
        let (tenant, date, run) = (self.tenant.clone(), self.date, self.run.number);
        let part = DayPart { tenant, date, run, stage: Stage::Close, shard: 0, after };
        Done { next: vec![Next::part(part, delay)], finished: None }
    }

    /// What became of a difference in the end: what was sent may have arrived, and what was put
    /// right may not have been kept.
    async fn settle(&self, shown: &Shown) -> Result<Outcome, ReconcileFailed> {
        let Shown { difference, outcome, .. } = shown;
        let is_orphan = matches!(difference.kind, Kind::OrphanRefund | Kind::OrphanCompletion);
        let is_open = matches!(outcome, Outcome::Found | Outcome::Sent);
        if !(is_open || is_orphan) || self.run.dry_run {
            return Ok(*outcome);
        }
        match difference.act {
            Act::Look if !is_orphan => Ok(*outcome),
            // Of an orphan the payment may have been sent after it was looked at.
            Act::Look | Act::Feed => {
                let Some(order) = &difference.order else { return Ok(*outcome) };
                let records = self.records(std::slice::from_ref(order), Reading::Now).await?;
                let record = records.get(order).and_then(|record| record.as_ref().ok());
                if !record.is_some_and(|record| is_here(difference, record)) {
                    return Ok(*outcome);
                }
                self.became(difference, Outcome::Repaired, None).await?;
                Ok(Outcome::Repaired)
            }
            Act::Post | Act::Correct => {
                let Some(distributor) = &difference.distributor else { return Ok(*outcome) };
                let orders = difference.order.iter().cloned().collect();
                self.check_books(distributor, orders).await?;
                self.became(difference, Outcome::Repaired, None).await?;
                Ok(Outcome::Repaired)
            }
        }
    }
}

/// Whether what was missing is in the record by now.
fn is_here(missing: &Difference, record: &Record) -> bool {
    match missing.kind {
        Kind::MissingHere | Kind::OrphanRefund | Kind::OrphanCompletion => record.paid.is_some(),
        Kind::RefundMissing => record.refunds.keys().any(|id| id.as_str() == missing.about),
        Kind::CompletionMissing => record.completed_at.is_some(),
        Kind::MissingThere
        | Kind::AmountsDiffer
        | Kind::RefundMissingThere
        | Kind::RefundDiffers
        | Kind::CompletionMissingThere
        | Kind::CompletionDiffers
        | Kind::UnreadableRow
        | Kind::WrongAllocation
        | Kind::ProblemFlag
        | Kind::Parked
        | Kind::UnreadableItem
        | Kind::LineDrift
        | Kind::BalanceDrift
        | Kind::DailyFigureDrift => false,
    }
}

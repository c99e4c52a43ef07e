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
    /// The order that was counted last, and whether it was counted as inconsistent after repair.
    last: Option<(OrderId, bool)>,
}

impl Place {
    fn begin(waits: u32) -> Self {
        Self { waits, shard: 0, after: None, last: None }
    }

    fn read(words: &[String]) -> Option<Self> {
        let [waits, shard, order, counted, after @ ..] = words else { return None };
        Some(Self {
            waits: waits.parse().ok()?,
            shard: shard.parse().ok()?,
            after: (!after.is_empty()).then(|| after.join("~")),
            last: order.parse().ok().map(|order| (order, counted == "after")),
        })
    }

    fn words(&self) -> Vec<String> {
        let (order, counted) = self
            .last
            .clone()
            .map_or((String::new(), false), |(order, after)| (order.to_string(), after));
        let counted = if counted { "after" } else { "before" };
        let mut words =
            vec![self.waits.to_string(), self.shard.to_string(), order, counted.to_owned()];
        words.extend(self.after.clone());
        words
    }

    /// Counts a difference, and its order where it is another than the one before.
    fn tally(
        &mut self,
        difference: &Difference,
        outcome: Outcome,
        tallies: &mut Tallies,
    ) -> Result<(), ReconcileFailed> {
        let kind = difference.kind.as_str();
        tally::count(tallies, &format!("found#{kind}"), 1)?;
        match outcome {
            Outcome::Repaired => tally::count(tallies, &format!("repaired#{kind}"), 1)?,
            Outcome::Sent => tally::count(tallies, &format!("sent#{kind}"), 1)?,
            Outcome::Found | Outcome::Left => {}
        }
        // A row that cannot be read may name an order that nobody has looked at.
        let of_order = difference.order.as_ref().filter(|_| difference.kind != Kind::UnreadableRow);
        let Some(order) = of_order else { return Ok(()) };
        let is_left = outcome != Outcome::Repaired;
        let (is_new, was_left) = match &self.last {
            Some((last, left)) if last == order => (false, *left),
            _ => (true, false),
        };
        if is_new {
            tally::count(tallies, tally::BEFORE, 1)?;
        }
        if is_left && !was_left {
            tally::count(tallies, tally::AFTER, 1)?;
        }
        self.last = Some((order.clone(), is_left || was_left));
        Ok(())
    }
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
            place.tally(&shown.difference, outcome, &mut tallies)?;
        }
        place.after = page.after;
        if place.after.is_none() {
            place = Place { shard: place.shard.saturating_add(1), last: None, ..place };
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

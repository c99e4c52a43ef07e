//! Reads pages and calculates them, on all cores at once.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::value::RawValue;
use upline_contract::listed::{Listed, parse_listed};
use upline_domain::limits::LISTED_DAYS_MAX;
use upline_domain::plan::Plan;

use super::Days;
use super::compare::{Outcome, compare};
use super::sums::Sums;
use super::ticker::Ticker;
use crate::client::Client;
use crate::failure::Failure;

/// Orders of one request.
const PAGE: usize = 100;

type Page = Vec<Box<RawValue>>;

/// What all orders come to, and how long it took.
pub(super) struct Done {
    pub(super) sums: Sums,
    /// From the first request to the last sum.
    pub(super) elapsed: Duration,
    /// Of it, what was spent in calculating, over all threads.
    pub(super) calculating: Duration,
}

/// The orders of a page, calculated.
struct Calculated {
    outcomes: Vec<Outcome>,
    took: Duration,
}

/// Reads the orders of the days, and calculates each under the plan.
pub(super) fn work(
    client: &Client,
    days: Days,
    plan: &Plan,
    mut ticker: Ticker,
) -> Result<Done, Failure> {
    let began = Instant::now();
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let (pages_in, pages) = sync_channel(threads.saturating_mul(2));
    let (calculated_in, calculated) = channel();
    let (mut sums, mut calculating) = (Sums::default(), Duration::ZERO);
    thread::scope(|scope| {
        let reader = scope.spawn(move || read(client, days, &pages_in));
        // Once no thread takes pages any more, the reader stops too.
        let pages = Arc::new(Mutex::new(pages));
        for _ in 0..threads {
            let (pages, calculated_in) = (Arc::clone(&pages), calculated_in.clone());
            scope.spawn(move || calculate(&pages, plan, &calculated_in));
        }
        drop((pages, calculated_in));
        for page in calculated {
            let Calculated { outcomes, took } = page?;
            calculating = calculating.saturating_add(took);
            ticker.forward(outcomes.len());
            for outcome in outcomes {
                let overflow = |wrong| Failure::usage(format!("a total: {wrong}"));
                sums.add(outcome).map_err(overflow)?;
            }
        }
        reader.join().unwrap_or_else(|_| Err(Failure::usage("the reader broke")))
    })?;
    ticker.end();
    Ok(Done { sums, elapsed: began.elapsed(), calculating })
}

/// What is needed of an order to know whether it was there before.
#[derive(Deserialize)]
struct Named {
    given: Given,
}

#[derive(Deserialize)]
struct Given {
    order: Id,
}

#[derive(Deserialize)]
struct Id {
    order_id: String,
}

/// Reads all pages. An order that was attributed meanwhile may be listed under two days: it is
/// taken once.
fn read(client: &Client, days: Days, pages: &SyncSender<Page>) -> Result<(), Failure> {
    let mut seen = HashSet::new();
    let mut first = days.from;
    while first < days.to {
        let next = following(first).map_or(days.to, |next| next.min(days.to));
        let path = format!("/v1/orders?from={first}&to={next}&limit={PAGE}");
        client.each_page(&path, |mut page: Page| {
            page.retain(|order| is_new(order, &mut seen));
            if pages.send(page).is_ok() {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        first = next;
    }
    Ok(())
}

/// Whether an order was not there before. What cannot be read is told by whoever is to calculate
/// it.
fn is_new(order: &RawValue, seen: &mut HashSet<String>) -> bool {
    match serde_json::from_str(order.get()) {
        Ok(Named { given: Given { order: Id { order_id } } }) => seen.insert(order_id),
        Err(_) => true,
    }
}

/// The first day that is too many for one list.
fn following(first: Date) -> Option<Date> {
    first.checked_add(LISTED_DAYS_MAX.days()).ok()
}

fn calculate(
    pages: &Mutex<Receiver<Page>>,
    plan: &Plan,
    calculated: &Sender<Result<Calculated, Failure>>,
) {
    loop {
        let page = pages.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(page) = page else { return };
        if calculated.send(calculate_page(&page, plan)).is_err() {
            return;
        }
    }
}

fn calculate_page(page: &Page, plan: &Plan) -> Result<Calculated, Failure> {
    let unread = |wrong| Failure::usage(format!("an order of the list cannot be read: {wrong}"));
    let listed = page.iter().map(|order| parse_listed(order.get(), plan));
    let listed: Vec<Listed> = listed.collect::<Result<_, _>>().map_err(unread)?;
    let began = Instant::now();
    let outcomes = listed.into_iter().map(|order| compare(order, plan)).collect::<Result<_, _>>();
    let outcomes = outcomes.map_err(|wrong| Failure::usage(format!("an order: {wrong}")))?;
    Ok(Calculated { outcomes, took: began.elapsed() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_taken_once() {
        let mut seen = HashSet::new();
        let order = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let a1 = order(r#"{"given": {"order": {"order_id": "A1"}, "lineage": null}}"#);
        let again = order(r#"{"given": {"order": {"order_id": "A1"}, "lineage": []}}"#);
        let a2 = order(r#"{"given": {"order": {"order_id": "A2"}}}"#);
        assert!(is_new(&a1, &mut seen) && is_new(&a2, &mut seen));
        assert!(!is_new(&again, &mut seen));
        let odd = order("{}");
        assert!(is_new(&odd, &mut seen) && is_new(&odd, &mut seen));
    }
}

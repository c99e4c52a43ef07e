//! Plays events through the real handlers in memory, as `upline demo` does.

use std::path::PathBuf;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use upline_contract::event::{Fact, parse_text};
use upline_domain::time;

use super::Days;
use super::ticker::Ticker;
use crate::cli::{Data, PlanChoice};
use crate::client::Client;
use crate::demo::{admin, settle};
use crate::engine::{self, Options, Running};
use crate::failure::{Failure, Form};
use crate::runtime;
use crate::send::{Totals, batches, count, read_files, sentence};

/// How many events are named that were not taken.
const NAMED: usize = 10;

/// A shop in memory that has all events, and a client of it.
pub(super) struct Played {
    pub(super) client: Client,
    /// All days on which an order was paid, whatever the time zone.
    pub(super) days: Days,
    pub(super) told: Told,
    running: Running,
    runtime: tokio::runtime::Runtime,
}

/// What became of the events.
pub(super) struct Told {
    pub(super) outcomes: Totals,
    /// The first that were not taken, with the reason.
    pub(super) not_taken: Vec<String>,
}

/// Plays the events of files under a plan. Posting ends before the next request begins, so that the
/// same files give the same answer each time.
pub(super) fn play(files: &[PathBuf], plan: PlanChoice, form: Form) -> Result<Played, Failure> {
    let events = read_files(files)?;
    let texts: Vec<&str> = events.iter().map(|event| event.get()).collect();
    let days = days(&texts)?;
    let runtime = runtime()?;
    let options = Options { data: Data::Memory, port: 0, plan, clock: upline_lambda::now };
    let running = runtime.block_on(engine::start(options));
    let running = running.map_err(|wrong| Failure::usage(wrong.to_string()))?;
    let client = Client::new(&running.url, &admin(&running.keys)?)?;
    let mut told = Told { outcomes: Totals::new(), not_taken: Vec::new() };
    let mut ticker = Ticker::new("events played", form);
    for batch in batches(&texts) {
        let outcomes = client.post(&batch)?;
        settle(&client)?;
        count(&mut told.outcomes, &outcomes);
        let taken = |word: &str| matches!(word, "created" | "exists" | "waiting");
        let not_taken = outcomes.iter().filter(|outcome| !taken(&outcome.outcome));
        let room = NAMED.saturating_sub(told.not_taken.len());
        told.not_taken.extend(not_taken.map(sentence).take(room));
        ticker.forward(batch.len());
    }
    ticker.end();
    Ok(Played { client, days, told, running, runtime })
}

impl Played {
    pub(super) fn stop(self) -> Result<(), Failure> {
        let stopped = self.runtime.block_on(self.running.stop());
        stopped.map_err(|wrong| Failure::usage(wrong.to_string()))
    }
}

/// From a day before the first order to a day after the last: a time zone moves it by one at most.
fn days(texts: &[&str]) -> Result<Days, Failure> {
    let paid_at = |text: &&str| match parse_text(text).ok()?.fact {
        Fact::Paid(paid) => Some(paid.paid_at),
        Fact::Registered(_) | Fact::Bound(_) | Fact::Refunded { .. } | Fact::Completed { .. } => {
            None
        }
    };
    let paid: Vec<Timestamp> = texts.iter().filter_map(paid_at).collect();
    let (first, last) = paid.iter().min().zip(paid.iter().max()).ok_or_else(|| {
        Failure::usage("there is no OrderPaid in what was given: there is nothing to calculate")
    })?;
    let day = |at: Timestamp| time::day(at, &TimeZone::UTC);
    let from = day(*first).checked_sub(1.day()).unwrap_or_else(|_| day(*first));
    let to = day(*last).checked_add(2.days()).unwrap_or_else(|_| day(*last));
    Ok(Days { from, to })
}

//! `upline plan backtest`: what the orders of a period would have cost under another plan.
//!
//! Each order is calculated from what was frozen with it, so the answer is the candidate's and not
//! that of another lineage; what the record cannot know is told as a note.

mod compare;
mod play;
mod report;
mod sums;
mod ticker;
mod words;
mod work;

use std::io::Write;

use jiff::civil::Date;
use upline_domain::plan::Plan;

use crate::backtest::report::{Question, Report};
use crate::backtest::ticker::Ticker;
use crate::backtest::work::{Done, work};
use crate::cli::{PlanBacktest, PlanChoice, PlanSource, read};
use crate::client::Client;
use crate::failure::{Failure, Form};
use crate::simulate::compiled;

/// The days from one up to but without another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Days {
    from: Date,
    to: Date,
}

/// `upline plan backtest`.
pub(crate) fn backtest(
    command: &PlanBacktest,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let policy = command.policy.read()?;
    let name = command.plan.display().to_string();
    let plan = compiled(&read(&command.plan)?, &policy, &name)?;
    let question = Question { name, policy: policy.name.clone(), days: None, events: None };
    let report = if command.events.is_empty() {
        of_server(command, &plan, question, form)?
    } else {
        of_events(command, &plan, question, form)?
    };
    match form {
        Form::Json => {
            let answer = serde_json::to_string(&report).map_err(std::io::Error::other)?;
            writeln!(out, "{answer}")?;
        }
        Form::Words => words::tell(&report, out)?,
    }
    Ok(())
}

/// Orders that a running server has.
fn of_server(
    command: &PlanBacktest,
    plan: &Plan,
    question: Question<'_>,
    form: Form,
) -> Result<Report, Failure> {
    let days = command.from.zip(command.to).ok_or_else(|| {
        Failure::usage("name a period with --from and --to, or files of events with --events")
    })?;
    let days = Days { from: days.0, to: days.1 };
    if days.from >= days.to {
        return Err(Failure::usage(format!(
            "--to {}, which is not in the period, does not lie after --from {}; write a later day",
            days.to, days.from
        )));
    }
    let no_token = || Failure::usage("name a token of the role ops with --token or UPLINE_TOKEN");
    let client = Client::new(&command.url, command.token.as_deref().ok_or_else(no_token)?)?;
    let done = work(&client, days, plan, Ticker::new("orders", form))?;
    report(Question { days: Some(days), ..question }, plan, &done)
}

/// Orders of events that are played before.
fn of_events(
    command: &PlanBacktest,
    plan: &Plan,
    question: Question<'_>,
    form: Form,
) -> Result<Report, Failure> {
    let policy = command.policy.read()?;
    let old = match &command.against {
        Some(file) => {
            let text = read(file)?;
            compiled(&text, &policy, &file.display().to_string())?;
            PlanChoice { text, policy, source: PlanSource::Given }
        }
        None => PlanChoice::example(policy),
    };
    let played = play::play(&command.events, old, form)?;
    let done = work(&played.client, played.days, plan, Ticker::new("orders", form));
    let report = done
        .and_then(|done| report(Question { events: Some(&played.told), ..question }, plan, &done));
    played.stop()?;
    report
}

fn report(question: Question<'_>, plan: &Plan, done: &Done) -> Result<Report, Failure> {
    let overflow = |wrong| Failure::usage(format!("a total: {wrong}"));
    Report::of(question, plan, done).map_err(overflow)
}

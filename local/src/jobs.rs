//! `upline job run`: what a server does each night, now.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use jiff::civil::Date;
use serde_json::{Map, Value, json};
use upline_contract::answer::{JobRun, ListPut};
use upline_contract::job::Job;

use crate::cli::JobRunOf;
use crate::client::{Client, escaped};
use crate::failure::{Failure, Form};
use crate::look::client;

/// `upline job run`.
pub(crate) fn run(command: &JobRunOf, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let of_one_job = [
        ("--orders", Job::Reconcile, command.orders.is_some()),
        ("--date", Job::Reconcile, command.date.is_some()),
        ("--dry-run", Job::Reconcile, command.dry_run),
        ("--distributor", Job::CheckUpgrades, command.distributor.is_some()),
    ];
    for (option, job, is_given) in of_one_job {
        let asked = &command.job;
        if is_given && *asked != job.name() {
            return Err(Failure::usage(format!(
                "{option} is of the job {job} alone, and {asked} was asked for: leave it out"
            )));
        }
    }
    let client = client(&command.server)?;
    if let (Some(file), Some(day)) = (&command.orders, command.date) {
        put(&client, file, day)?;
    }
    let path = format!("/v1/jobs/{}/run", escaped(&command.job));
    let run: JobRun = client.run_job(&path, &body(command))?;
    if form == Form::Json {
        writeln!(out, "{}", json!(run))?;
        return Ok(());
    }
    let JobRun { job, tenant, distributor_id, date, outcome, counts } = &run;
    let number = counts.get("run").map(|number| format!(", run {number}")).unwrap_or_default();
    let of = distributor_id.as_ref().map(|id| format!(", distributor {id}")).unwrap_or_default();
    let on = date.as_ref().map(|date| format!(", {date}")).unwrap_or_default();
    writeln!(out, "{job} of {tenant}{of}{on}{number}: {outcome}")?;
    for (name, count) in counts.iter().filter(|(name, _)| *name != "run") {
        writeln!(out, "  {count:>8}  {}", name.replace('_', " "))?;
    }
    if let Some(date) = date {
        writeln!(out, "`upline report {date}` shows what it found")?;
    }
    Ok(())
}

/// Gives the server the shop's list of a day.
pub(crate) fn put(client: &Client, file: &Path, day: Date) -> Result<ListPut, Failure> {
    let shown = file.display();
    let opened = File::open(file);
    let opened = opened.map_err(|wrong| Failure::usage(format!("cannot read {shown}: {wrong}")))?;
    client.put_file(&format!("/v1/lists/{day}"), opened)
}

/// What is asked: only what was said, as each job takes keys of its own.
fn body(command: &JobRunOf) -> String {
    let text = |text: Option<String>| text.map(Value::from);
    let parts = [
        ("tenant", text(command.tenant.as_ref().map(ToString::to_string))),
        ("distributor_id", text(command.distributor.as_ref().map(ToString::to_string))),
        ("date", text(command.date.map(|date| date.to_string()))),
        ("dry_run", command.dry_run.then_some(Value::Bool(true))),
    ];
    let said = parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?)));
    Value::Object(said.collect::<Map<_, _>>()).to_string()
}

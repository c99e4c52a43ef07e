//! `upline job run`: what a server does each night, now.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use jiff::civil::Date;
use serde_json::{Map, Value, json};
use upline_contract::answer::{JobRun, ListPut};
use upline_contract::job::Job;
use upline_domain::ids::TenantId;

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
    let given = command.orders.as_deref().zip(command.date);
    if let Some((file, day)) = given {
        put(&client, file, day, command.tenant.as_ref())?;
    }
    let path = format!("/v1/jobs/{}/run", escaped(&command.job));
    let run = client.run_job(&path, &body(command));
    let kept = "the list that was given is kept, and was not compared";
    let run: JobRun =
        run.map_err(|wrong: Failure| if given.is_some() { wrong.adding(kept) } else { wrong })?;
    if form == Form::Json {
        writeln!(out, "{}", json!(run))?;
    } else {
        words(&run, command.dry_run, out)?;
    }
    match (run.counts.get("left"), &run.date) {
        (Some(left @ 1..), Some(date)) => {
            Err(Failure::no(format!("left: {left}; see `upline report {date}`")))
        }
        _ => Ok(()),
    }
}

/// What comes first among the counts of a reconciliation, and what it is called; the others are
/// kinds of differences.
const NAMED: [(&str, &str); 10] = [
    ("orders", "orders"),
    ("waiting", "orders that wait for a binding"),
    ("distributors", "distributors"),
    ("rows", "entries of the shop's list"),
    ("unreadable", "entries that cannot be read"),
    ("other_days", "entries of another day"),
    ("inconsistent_before", "orders inconsistent before"),
    ("inconsistent_after", "orders inconsistent after"),
    ("repaired", "differences repaired"),
    ("left", "differences left"),
];

fn words(run: &JobRun, dry_run: bool, out: &mut impl Write) -> std::io::Result<()> {
    let JobRun { job, tenant, distributor_id, date, outcome, counts } = run;
    let of = distributor_id.as_ref().map(|id| format!(", distributor {id}")).unwrap_or_default();
    let on = date.as_ref().map(|date| format!(", {date}")).unwrap_or_default();
    let number = counts.get("run").map(|number| format!(", run {number}")).unwrap_or_default();
    let dry = if dry_run { ", a dry run: nothing was repaired" } else { "" };
    writeln!(out, "{job} of {tenant}{of}{on}{number}: {outcome}{dry}")?;
    // Where it is on its way, nothing is known of it yet.
    let is_done = !counts.is_empty();
    let is_reconcile = *job == Job::Reconcile.name();
    if is_done && is_reconcile && !counts.contains_key("rows") {
        writeln!(out, "            no list: it was not asked whether everything is here")?;
    }
    let named: &[(&str, &str)] = if is_reconcile { &NAMED } else { &[] };
    for (name, said) in named {
        if let Some(count) = counts.get(*name) {
            writeln!(out, "  {count:>8}  {said}")?;
        }
    }
    let is_named = |name: &str| name == "run" || named.iter().any(|(named, _)| *named == name);
    for (name, count) in counts.iter().filter(|(name, _)| !is_named(name)) {
        writeln!(out, "  {count:>8}  {}", name.replace('_', " "))?;
    }
    let of = |name: &str| counts.get(name).copied().unwrap_or_default();
    let changed = of("lines_changed").saturating_add(of("team_rows_changed"));
    if is_done && *job == Job::Recount.name() && changed == 0 {
        writeln!(out, "everything was counted already")?;
    }
    match date {
        Some(date) => writeln!(out, "`upline report {date}` shows what it found"),
        None => Ok(()),
    }
}

/// Gives the server the shop's list of a day, of a tenant where one is named to be sure.
pub(crate) fn put(
    client: &Client,
    file: &Path,
    day: Date,
    tenant: Option<&TenantId>,
) -> Result<ListPut, Failure> {
    let shown = file.display();
    let opened = File::open(file);
    let opened = opened.map_err(|wrong| Failure::usage(format!("cannot read {shown}: {wrong}")))?;
    let tenant = tenant.map(|tenant| format!("?tenant={}", escaped(tenant.as_str())));
    client.put_file(&format!("/v1/lists/{day}{}", tenant.unwrap_or_default()), opened)
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

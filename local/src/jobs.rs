//! `upline job run`: what a server does each night, now.

use std::io::Write;

use serde_json::{Value, json};
use upline_contract::answer::JobRun;

use crate::cli::JobRunOf;
use crate::client::escaped;
use crate::failure::{Failure, Form};
use crate::look::client;

/// `upline job run`.
pub(crate) fn run(command: &JobRunOf, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let path = format!("/v1/jobs/{}/run", escaped(&command.job));
    // Each job has keys of its own: what was not named is left out.
    let named = [
        ("tenant", command.tenant.as_ref().map(ToString::to_string)),
        ("distributor_id", command.distributor.as_ref().map(ToString::to_string)),
    ];
    let named = named.into_iter().filter_map(|(name, value)| Some((name, json!(value?))));
    let body: Value = named.collect();
    let run: JobRun = client(&command.server)?.post_to(&path, &body.to_string())?;
    if form == Form::Json {
        writeln!(out, "{}", json!(run))?;
        return Ok(());
    }
    let JobRun { job, tenant, distributor_id, date: _, outcome, counts } = &run;
    let of = distributor_id.as_ref().map(|id| format!(", distributor {id}")).unwrap_or_default();
    writeln!(out, "{job} of {tenant}{of}: {outcome}")?;
    for (name, count) in counts {
        writeln!(out, "  {count:>8}  {}", name.replace('_', " "))?;
    }
    Ok(())
}

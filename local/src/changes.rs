//! `upline distributor` and `upline audit`: changes by hand, and who made them.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::json;
use upline_contract::answer::{AuditItem, StandingChanged};

use crate::cli::{Audit, DistributorCommand};
use crate::client::escaped;
use crate::failure::{Failure, Form};
use crate::look::client;

/// `upline distributor status`, `level` and `risk`.
pub(crate) fn distributor(
    command: &DistributorCommand,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let (what, standing) = match command {
        DistributorCommand::Status(standing) => ("status", standing),
        DistributorCommand::Level(standing) => ("level", standing),
        DistributorCommand::Risk(standing) => ("risk", standing),
    };
    let path = format!("/v1/distributors/{}/{what}", escaped(standing.id.as_str()));
    let body = json!({
        "value": standing.value, "from": standing.from, "reason": standing.reason,
    });
    let changed: StandingChanged = client(&standing.server)?.post_to(&path, &body.to_string())?;
    match form {
        Form::Json => writeln!(out, "{}", json!(changed))?,
        Form::Words => {
            let StandingChanged { distributor_id, outcome, value, from } = &changed;
            let already = if outcome == "exists" { ", as it was before" } else { "" };
            writeln!(out, "the {what} of {distributor_id} is {value} from {from}{already}")?;
        }
    }
    Ok(())
}

/// `upline audit`.
pub(crate) fn audit(command: &Audit, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let day = |name: &str, day: &Option<String>| {
        day.as_ref().map(|day| format!("&{name}={}", escaped(day))).unwrap_or_default()
    };
    let period = day("from", &command.from) + &day("to", &command.to);
    let path = format!("/v1/audit?limit=100{period}");
    let items: Vec<AuditItem> = client(&command.server)?.all(&path)?;
    if form == Form::Json {
        writeln!(out, "{}", json!({ "items": items }))?;
        return Ok(());
    }
    if items.is_empty() {
        writeln!(out, "nothing was changed by hand")?;
    }
    for AuditItem { at, by, role, action, about, before, after, reason } in &items {
        let change = if before.is_empty() {
            parts(after)
        } else {
            format!("{} -> {}", parts(before), parts(after))
        };
        let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        writeln!(out, "{at} {by} ({role}) {action} {about}, {change}{reason}")?;
    }
    Ok(())
}

fn parts(facts: &BTreeMap<String, String>) -> String {
    let parts: Vec<String> = facts.iter().map(|(name, part)| format!("{name} {part}")).collect();
    parts.join(" ")
}

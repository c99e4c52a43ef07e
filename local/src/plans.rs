//! `upline plan publish`, `list`, `show` and `activate`: the plans of a running server.

use std::io::Write;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use upline_contract::answer::{Activation, PlanActivated, PlanPublished, PlanVersion};

use crate::cli::{PlanActivate, PlanPublish, PlanShow, Server, read};
use crate::failure::{Failure, Form};
use crate::look::client;

/// `upline plan publish`: exit status 1 where the plan has errors.
pub(crate) fn publish(
    command: &PlanPublish,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let file = command.file.display();
    let document: Box<RawValue> = serde_json::from_str(&read(&command.file)?)
        .map_err(|wrong| Failure::usage(format!("{file}: this is not JSON: {wrong}; mend it")))?;
    let mut body = serde_json::Map::new();
    if let Some(policy) = command.policy()? {
        let policy = serde_json::from_str(&policy.to_text()).map_err(std::io::Error::other)?;
        body.insert("policy".to_owned(), policy);
    }
    if let Some(reason) = &command.reason {
        body.insert("reason".to_owned(), json!(reason));
    }
    // The document goes letter by letter, beside the rest.
    let rest = Value::Object(body).to_string();
    let rest = rest.trim_start_matches('{');
    let comma = if rest == "}" { "" } else { "," };
    let body = format!(r#"{{"document":{document}{comma}{rest}"#);
    let published: PlanPublished = match client(&command.server)?.post_plan("/v1/plans", &body)? {
        Ok(published) => published,
        Err(errors) => return refused(&errors, &file.to_string(), form, out),
    };
    let PlanPublished { version, outcome, policy, .. } = &published;
    match form {
        Form::Json => writeln!(out, "{}", json!(published))?,
        Form::Words if outcome == "created" => writeln!(
            out,
            "version {version} is published under policy {policy}; `upline plan activate \
             {version}` makes it active"
        )?,
        Form::Words => {
            writeln!(out, "version {version} is this plan under policy {policy} already")?;
        }
    }
    Ok(())
}

/// One thing that is wrong with a plan.
#[derive(Deserialize)]
struct Wrong {
    rule: Option<String>,
    path: String,
    code: String,
    message: String,
}

fn refused(errors: &[Value], file: &str, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    match form {
        Form::Json => writeln!(out, "{}", json!({ "ok": false, "errors": errors }))?,
        Form::Words => {
            for error in errors {
                let Wrong { rule, path, code, message } =
                    Wrong::deserialize(error).map_err(std::io::Error::other)?;
                let rule = rule.map(|rule| format!("rule {rule}: ")).unwrap_or_default();
                let path = if path.is_empty() { path } else { format!("{path}: ") };
                writeln!(out, "{rule}{path}{code}: {message}")?;
            }
        }
    }
    let count = errors.len();
    Err(Failure::no(format!("errors in {file}: {count}; mend them; nothing is published")))
}

/// `upline plan list`.
pub(crate) fn list(server: &Server, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let versions: Vec<PlanVersion> = client(server)?.all("/v1/plans?limit=100")?;
    if form == Form::Json {
        writeln!(out, "{}", json!({ "items": versions }))?;
        return Ok(());
    }
    for one in &versions {
        let policy = one.policy.get("name").and_then(Value::as_str).unwrap_or("-");
        let published = match (&one.published_at, &one.by) {
            (Some(at), Some(by)) => format!("published {at} by {by}"),
            _ => "published by an older program".to_owned(),
        };
        let reason = because(one.reason.as_deref());
        writeln!(out, "version {}, policy {policy}, {published}{reason}", one.version)?;
        for Activation { from, rollout, by, reason, .. } in &one.activations {
            let from = from.as_deref().unwrap_or("the beginning of time");
            let share = rollout.as_ref().map(|share| format!(" of {share} of the buyers"));
            let (share, reason) = (share.unwrap_or_default(), because(reason.as_deref()));
            let by = by.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
            writeln!(out, "  active from {from}{share}{by}{reason}")?;
        }
    }
    Ok(())
}

fn because(reason: Option<&str>) -> String {
    reason.map(|reason| format!(": {reason}")).unwrap_or_default()
}

/// `upline plan show`.
pub(crate) fn show(command: &PlanShow, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let path = format!("/v1/plans/{}", command.version);
    let version: PlanVersion = client(&command.server)?.get(&path)?;
    match (form, &version.document) {
        (Form::Words, Some(document)) => writeln!(out, "{document}")?,
        (Form::Words, None) | (Form::Json, _) => {
            let text = serde_json::to_string(&version).map_err(std::io::Error::other)?;
            writeln!(out, "{text}")?;
        }
    }
    Ok(())
}

/// `upline plan activate`.
pub(crate) fn activate(
    command: &PlanActivate,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let PlanActivate { version, from, rollout, reason, server } = command;
    let body = json!({ "version": version, "from": from, "rollout": rollout, "reason": reason });
    let activated: PlanActivated =
        client(server)?.post_to("/v1/plans/activations", &body.to_string())?;
    match form {
        Form::Json => writeln!(out, "{}", json!(activated))?,
        Form::Words => {
            let PlanActivated { version, outcome, from, rollout } = &activated;
            let from = from.as_deref().unwrap_or("the beginning of time");
            let share = rollout
                .as_ref()
                .map_or_else(|| "all".to_owned(), |share| format!("{share} of the buyers"));
            let already = if outcome == "exists" { ", as it was before" } else { "" };
            writeln!(out, "version {version} is active from {from} for {share}{already}")?;
        }
    }
    Ok(())
}

//! `upline parked`: the events that wait for a person, by the HTTP API of a running server.

use std::io::Write;
use std::path::Path;

use serde_json::json;
use upline_contract::answer::{EventResult, Parked};

use crate::cli::{self, ParkedCommand, read};
use crate::client::{Client, escaped};
use crate::failure::{Failure, Form};
use crate::send::{events, sentence};

/// The fewest letters of a hash that are shown.
const HASH_LETTERS: usize = 6;
/// How many are named where several may be meant.
const SHOWN: usize = 2;

/// `upline parked`: exit status 1 where an event was retried and not taken.
pub(crate) fn parked(
    command: &cli::Parked,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let no_token = || Failure::usage("name a token of the role ops with --token or UPLINE_TOKEN");
    let token = command.token.as_deref().ok_or_else(no_token)?;
    let client = Client::new(&command.url, token)?;
    match &command.command {
        None => list(&client, command.code.as_deref(), form, out),
        Some(ParkedCommand::Show { id }) => {
            let event = find(&client, id)?.event;
            // What is not JSON is listed as a string, and shown as it came.
            match serde_json::from_str::<String>(event.get()) {
                Ok(text) => writeln!(out, "{text}")?,
                Err(_) => writeln!(out, "{}", event.get())?,
            }
            Ok(())
        }
        Some(ParkedCommand::Retry { id, event }) => retry(&client, id, event.as_deref(), form, out),
        Some(ParkedCommand::Dismiss { id, reason }) => dismiss(&client, id, reason, form, out),
    }
}

/// All that are listed.
fn all(client: &Client, code: Option<&str>) -> Result<Vec<Parked>, Failure> {
    let code = code.map(|code| format!("&code={}", escaped(code))).unwrap_or_default();
    client.all(&format!("/v1/parked?limit=100{code}"))
}

fn list(
    client: &Client,
    code: Option<&str>,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let items = all(client, code)?;
    if form == Form::Json {
        writeln!(out, "{}", json!({ "items": items }))?;
        return Ok(());
    }
    if items.is_empty() {
        writeln!(out, "nothing waits for a person")?;
        return Ok(());
    }
    let ids: Vec<&str> = items.iter().map(|one| one.id.as_str()).collect();
    let ids: Vec<&str> = ids.iter().map(|id| short(id, &ids)).collect();
    let event_ids = || items.iter().map(|one| one.event_id.as_deref().unwrap_or("-"));
    let width = |texts: &mut dyn Iterator<Item = &str>| texts.map(str::len).max().unwrap_or(0);
    let id_width = width(&mut ids.iter().copied());
    let event_width = width(&mut event_ids()).max("EVENT".len());
    let code_width = width(&mut items.iter().map(|one| one.code.as_str())).max("CODE".len());
    writeln!(
        out,
        "{:id_width$}  {:event_width$}  {:code_width$}  {:24}  REASON",
        "ID", "EVENT", "CODE", "AT",
    )?;
    for ((one, id), event_id) in items.iter().zip(ids).zip(event_ids()) {
        let Parked { code, reason, at, .. } = one;
        writeln!(
            out,
            "{id:id_width$}  {event_id:event_width$}  {code:code_width$}  {at:24}  {reason}"
        )?;
    }
    Ok(())
}

/// The shortest beginning of an id that no other begins with, and some letters of its hash.
fn short<'a>(id: &'a str, all: &[&str]) -> &'a str {
    let least = id.find('.').map_or(0, |point| point.saturating_add(1 + HASH_LETTERS));
    let unique = |length: &usize| {
        let start = id.get(..*length);
        start.is_some_and(|start| all.iter().filter(|one| one.starts_with(start)).count() == 1)
    };
    let length = (least..id.len()).find(unique).unwrap_or(id.len());
    id.get(..length).unwrap_or(id)
}

/// The one that is meant: by its id, the beginning of it, or the event's id.
fn find(client: &Client, wanted: &str) -> Result<Parked, Failure> {
    let mut items = all(client, None)?;
    let places = |is: &dyn Fn(&Parked) -> bool| -> Vec<usize> {
        let found = items.iter().enumerate().filter(|(_, one)| is(one));
        found.map(|(place, _)| place).collect()
    };
    // An event's id may look like the beginning of another's: the whole of one goes first.
    let mut found = places(&|one| one.id == wanted);
    if found.is_empty() {
        found = places(&|one| one.event_id.as_deref() == Some(wanted));
    }
    if found.is_empty() && !wanted.is_empty() {
        found = places(&|one| one.id.starts_with(wanted));
    }
    match found.as_slice() {
        [place] => Ok(items.swap_remove(*place)),
        [] => Err(Failure::usage(format!(
            "no parked event {wanted} waits for a person; `upline parked` lists those that do"
        ))),
        several => {
            let ids = several.iter().take(SHOWN).filter_map(|at| Some(items.get(*at)?.id.as_str()));
            Err(Failure::usage(format!(
                "{wanted} may be {} parked events: name one by its id, such as {}",
                several.len(),
                ids.collect::<Vec<_>>().join(", ")
            )))
        }
    }
}

fn retry(
    client: &Client,
    wanted: &str,
    mended: Option<&Path>,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let body = match mended {
        None => String::new(),
        Some(file) => {
            let no_event = || {
                let file = file.display();
                Failure::usage(format!("{file}: write one event, as JSON, and nothing else"))
            };
            let events = events(&read(file)?).map_err(|_| no_event())?;
            let [event] = events.as_slice() else { return Err(no_event()) };
            format!(r#"{{"event":{event}}}"#)
        }
    };
    let parked = find(client, wanted)?;
    let result: EventResult = client.post_to(&format!("/v1/parked/{}/retry", parked.id), &body)?;
    tell(&result, form, out)?;
    if ["created", "exists", "waiting", "accepted"].contains(&result.outcome.as_str()) {
        Ok(())
    } else {
        Err(Failure::no("it was not taken and stays listed: mend what the reason names"))
    }
}

fn dismiss(
    client: &Client,
    wanted: &str,
    reason: &str,
    form: Form,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let parked = find(client, wanted)?;
    let body = json!({ "reason": reason }).to_string();
    let path = format!("/v1/parked/{}/dismiss", parked.id);
    let result: EventResult = client.post_to(&path, &body)?;
    tell(&result, form, out)
}

fn tell(result: &EventResult, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    match form {
        Form::Json => writeln!(out, "{}", json!(result))?,
        Form::Words if result.reason.is_none() => {
            let id = result.id.as_deref().unwrap_or("(no id)");
            writeln!(out, "{id}: {}", result.outcome)?;
        }
        Form::Words => writeln!(out, "{}", sentence(result))?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_shown_as_far_as_it_is_its_own() {
        let all = ["2026-11-11.abcdef0123.61", "2026-11-11.abcdef0145.61", "-.99"];
        assert_eq!(short(all[0], &all), "2026-11-11.abcdef012");
        assert_eq!(short(all[1], &all), "2026-11-11.abcdef014");
        assert_eq!(short(all[2], &all), "-.99");
        assert_eq!(short(all[0], &all[..1]), "2026-11-11.abcdef");
    }
}

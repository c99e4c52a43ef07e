//! `upline event send`: events of files, in requests that a server takes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

use serde_json::json;
use serde_json::value::RawValue;
use upline_contract::answer::EventResult;
use upline_contract::event::ignored_fields;

use crate::cli::{Send, read};
use crate::client::Client;
use crate::failure::{Failure, Form};

/// A server refuses more events in one request.
const BATCH_EVENTS_MAX: usize = 1000;
/// A server refuses a request above 1 MB; this leaves room for the braces around the events.
const BATCH_BYTES_MAX: usize = 1_000_000 - 100;
/// How many fields are shown that the format does not have.
const IGNORED_SHOWN: usize = 20;

/// The events of a text: one, an array, or one after the other as JSON lines have them. Each is
/// kept letter by letter, so that no number changes on its way.
pub(crate) fn events(text: &str) -> Result<Vec<Box<RawValue>>, serde_json::Error> {
    let mut events = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Box<RawValue>>() {
        let value = value?;
        if value.get().starts_with('[') {
            events.extend(serde_json::from_str::<Vec<Box<RawValue>>>(value.get())?);
        } else {
            events.push(value);
        }
    }
    Ok(events)
}

/// Cuts events into requests that a server takes. An event that is too large for any request goes
/// alone, so that the server can say so.
pub(crate) fn batches<'a>(events: &[&'a str]) -> Vec<Vec<&'a str>> {
    let mut batches = vec![Vec::new()];
    let mut bytes = 0_usize;
    for event in events {
        let size = event.len().saturating_add(1);
        let full = |batch: &Vec<&str>| {
            !batch.is_empty()
                && (batch.len() >= BATCH_EVENTS_MAX || bytes.saturating_add(size) > BATCH_BYTES_MAX)
        };
        if batches.last().is_some_and(full) {
            batches.push(Vec::new());
            bytes = 0;
        }
        bytes = bytes.saturating_add(size);
        if let Some(batch) = batches.last_mut() {
            batch.push(event);
        }
    }
    batches.retain(|batch| !batch.is_empty());
    batches
}

/// Counts of each outcome, by its word.
pub(crate) type Totals = BTreeMap<String, u64>;

/// Counts outcomes.
pub(crate) fn count(totals: &mut Totals, outcomes: &[EventResult]) {
    for outcome in outcomes {
        let count = totals.entry(outcome.outcome.clone()).or_default();
        *count = count.saturating_add(1);
    }
}

fn is_plain(outcome: &EventResult) -> bool {
    let taken = ["created", "exists", "accepted"].contains(&outcome.outcome.as_str());
    taken && outcome.reason.is_none()
}

/// What became of an event, for a person.
pub(crate) fn sentence(outcome: &EventResult) -> String {
    let id = outcome.id.as_deref().unwrap_or("(no id)");
    let reason = outcome.reason.as_deref().unwrap_or("no reason given");
    let word = &outcome.outcome;
    // The code of a reason may be the word itself, and is told once.
    let said_twice = reason.strip_prefix(word.as_str()).and_then(|rest| rest.strip_prefix(": "));
    format!("{id}: {word}: {}", said_twice.unwrap_or(reason))
}

/// The fields that the format of events does not have, each with how many events have it. The
/// places in lists are left out.
fn ignored(texts: &[&str]) -> BTreeMap<String, usize> {
    let mut fields = BTreeMap::new();
    for text in texts {
        let paths = ignored_fields(text).into_iter();
        let paths: BTreeSet<String> = paths
            .map(|path| {
                let mut places = path.split('[');
                let first = places.next().unwrap_or_default().to_owned();
                places.fold(first, |path, rest| {
                    format!("{path}[]{}", rest.split_once(']').map_or("", |(_, rest)| rest))
                })
            })
            .collect();
        for path in paths {
            let count: &mut usize = fields.entry(path).or_default();
            *count = count.saturating_add(1);
        }
    }
    fields
}

/// The events of files, in the order of the files; at least one.
pub(crate) fn read_files(files: &[PathBuf]) -> Result<Vec<Box<RawValue>>, Failure> {
    let mut all = Vec::new();
    for file in files {
        let not_events = |wrong| {
            let file = file.display();
            Failure::usage(format!("{file}: not JSON, a JSON array or JSON lines: {wrong}"))
        };
        all.extend(events(&read(file)?).map_err(not_events)?);
    }
    if all.is_empty() {
        return Err(Failure::usage("there is no event in what was given"));
    }
    Ok(all)
}

/// `upline event send`.
pub(crate) fn send(command: &Send, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let read_events = read_files(&command.files)?;
    let texts: Vec<&str> = read_events.iter().map(|event| event.get()).collect();
    let client = Client::new(&command.url, &command.token)?;
    let mut totals = Totals::new();
    let mut noted = Vec::new();
    // Every event is sent, also where nobody reads what became of them any more.
    let mut told = Ok(());
    let mut answered = 0_usize;
    for batch in batches(&texts) {
        let outcomes = client.post(&batch).map_err(|failure| {
            let all = texts.len();
            failure.adding(&format!(
                "{answered} of {all} events were answered before; to send all again is harmless"
            ))
        })?;
        answered = answered.saturating_add(batch.len());
        count(&mut totals, &outcomes);
        for outcome in outcomes.into_iter().filter(|outcome| !is_plain(outcome)) {
            if form == Form::Words {
                told = told.and_then(|()| writeln!(out, "{}", sentence(&outcome)));
            } else {
                noted.push(outcome);
            }
        }
    }
    told?;
    let ignored = ignored(&texts);
    match form {
        Form::Words => {
            for (path, count) in ignored.iter().take(IGNORED_SHOWN) {
                let events = if *count == 1 { "event" } else { "events" };
                writeln!(out, "ignored in {count} {events}, for there is no such field: {path}")?;
            }
            let counts = totals.iter().map(|(word, count)| format!("{count} {word}"));
            let counts: Vec<_> = counts.collect();
            writeln!(out, "{} events: {}", texts.len(), counts.join(", "))?;
        }
        Form::Json => {
            let answer = json!({"sent": texts.len(), "outcomes": totals, "results": noted,
                "ignored": ignored});
            writeln!(out, "{answer}")?;
        }
    }
    let refused = |word: &&str| totals.contains_key(*word);
    let words: Vec<_> =
        ["parked", "conflict", "refused", "retry"].into_iter().filter(refused).collect();
    if words.is_empty() {
        Ok(())
    } else {
        Err(Failure::no(format!(
            "not every event was taken ({}): the reasons above say what to do about each; `upline \
             parked` lists what is parked",
            words.join(", ")
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_letter_by_letter() {
        let check = |text: &str, want: &[&str]| {
            let events = events(text).unwrap();
            let got: Vec<_> = events.iter().map(|event| event.get()).collect();
            assert_eq!(got, want, "{text}");
        };
        check("", &[]);
        check("{\n \"a\": 1 }\n", &["{\n \"a\": 1 }"]);
        check(
            "{\"id\": 1234567890123456789012}\n{}\n",
            &["{\"id\": 1234567890123456789012}", "{}"],
        );
        check(" [ {}, {\"a\": 12.30} ] ", &["{}", "{\"a\": 12.30}"]);
        assert!(events("{} x").is_err());
    }

    #[test]
    fn fields_that_are_ignored_are_counted_by_path() {
        let line = |field: &str| {
            format!(r#"{{"line_id": "1", "sku": "s", "quantity": 1, "unit_price": "9", {field}}}"#)
        };
        let event = |lines: &[String]| {
            format!(
                r#"{{"detail-type": "OrderPaid", "detail": {{
                    "metadata": {{"id": "e", "tenant": "t", "time": "2026-11-11T00:00:00Z"}},
                    "data": {{"order_id": "A1", "buyer_id": "b", "currency": "CNY",
                    "paid_at": "2026-11-11T00:00:00Z", "lines": [{}]}}}}}}"#,
                lines.join(",")
            )
        };
        let odd = line(r#""discuont": "1""#);
        let (twice, once) = (event(&[odd.clone(), odd.clone()]), event(&[odd]));
        let plain = event(&[line(r#""discount": "1""#)]);
        let fields = ignored(&[&twice, &once, &plain]);
        assert_eq!(fields, BTreeMap::from([("detail.data.lines[].discuont".to_owned(), 2)]));
    }

    #[test]
    fn batches_stay_below_both_limits() {
        let small = vec!["{}"; 2500];
        let sizes: Vec<_> = batches(&small).iter().map(Vec::len).collect();
        assert_eq!(sizes, [1000, 1000, 500]);
        let large = "x".repeat(400_000);
        let large = [large.as_str(); 5];
        let sizes: Vec<_> = batches(&large).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 2, 1]);
        assert_eq!(batches(&[]), Vec::<Vec<&str>>::new());
        let huge = "x".repeat(2_000_000);
        assert_eq!(batches(&["{}", &huge, "{}"]).len(), 3);
    }
}

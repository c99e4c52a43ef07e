//! The night that the demo ends with: of one late day a few events never came. The shop's own list
//! of that day is put, the day is reconciled as anybody would, and what was withheld has to be
//! found and repaired, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::{Value, json};
use upline_contract::answer::JobRun;
use upline_contract::event::{Fact, parse_text};
use upline_contract::reconciliation::{DifferenceView, ReportView};
use upline_contract::report::html;
use upline_domain::language::Language;
use upline_domain::reconcile::Kind;
use upline_domain::time;

use super::dice::Dice;
use super::story::Story;
use crate::cli::Data;
use crate::client::Client;
use crate::failure::Failure;
use crate::{jobs, report};

/// Another seed withholds other events.
const SEED: u64 = 1998;
/// A day is late that is one of the last so many on which anything was ordered.
const LATE_DAYS: i64 = 28;
/// How many events are withheld, by what they are missed as.
const WITHHELD: [(Kind, usize); 3] =
    [(Kind::MissingHere, 3), (Kind::RefundMissing, 1), (Kind::CompletionMissing, 1)];
/// What the page begins with where the data are in memory, and have no name.
const NAME: &str = "upline-demo";

/// What a difference is told from every other by: its kind, its order, and what of it.
type Name = (String, String, String);

/// A day of which the server did not hear everything.
#[derive(Debug)]
pub(super) struct Withheld {
    /// Which, in the time zone of the plan.
    pub(super) day: Date,
    /// The shop's own list of it: its events, each on a line.
    list: Vec<String>,
    /// What was not sent.
    names: BTreeSet<Name>,
}

/// An event of a day that is about an order.
struct Row {
    /// Its place in the story.
    place: usize,
    /// As what it is missed where it does not come.
    kind: Kind,
    name: Name,
}

/// Takes some events of one late day out of the story: of the busiest of the last weeks that has a
/// refund and a completion. Where none has both, of the busiest of these weeks. None where nothing
/// is ordered at all.
pub(super) fn withhold(story: &mut Story, zone: &TimeZone) -> Option<Withheld> {
    let days = days(story, zone);
    let ordered = |rows: &[Row]| rows.iter().filter(|row| row.kind == Kind::MissingHere).count();
    let end = days.iter().rev().find(|(_, rows)| ordered(rows) > 0).map(|(day, _)| *day)?;
    let before = end.checked_sub(Span::new().days(LATE_DAYS)).ok()?;
    let busiest = days.iter().filter(|(day, _)| **day > before).max_by_key(|(day, rows)| {
        let has = |(kind, _): &(Kind, usize)| rows.iter().any(|row| row.kind == *kind);
        (WITHHELD.iter().all(has), ordered(rows), **day)
    });
    let (day, rows) = busiest?;

    let (mut dice, mut drawn) = (Dice::new(SEED), BTreeMap::new());
    for (kind, count) in WITHHELD {
        let mut own: Vec<&Row> = rows.iter().filter(|row| row.kind == kind).collect();
        for _ in 0..count {
            let Some(one) = dice.pick(&own).copied() else { break };
            own.retain(|other| other.place != one.place);
            drawn.insert(one.place, one.name.clone());
        }
    }
    let list = rows.iter().filter_map(|row| story.messages.get(row.place));
    let list = list.map(|message| message.text.clone()).collect();
    let mut place = 0;
    story.messages.retain(|_| {
        place += 1;
        !drawn.contains_key(&(place - 1))
    });
    Some(Withheld { day: *day, list, names: drawn.into_values().collect() })
}

/// The events about orders, by the day on which they happened.
fn days(story: &Story, zone: &TimeZone) -> BTreeMap<Date, Vec<Row>> {
    let mut days: BTreeMap<Date, Vec<Row>> = BTreeMap::new();
    for (place, message) in story.messages.iter().enumerate() {
        let Ok(event) = parse_text(&message.text) else { continue };
        let at: Timestamp = event.fact.time();
        let (kind, order, about) = match &event.fact {
            Fact::Registered(_) | Fact::Bound(_) => continue,
            Fact::Paid(paid) => (Kind::MissingHere, &paid.order, String::new()),
            Fact::Refunded { order, id, .. } => (Kind::RefundMissing, order, id.to_string()),
            Fact::Completed { order, .. } => (Kind::CompletionMissing, order, String::new()),
        };
        let name = (kind.as_str().to_owned(), order.to_string(), about);
        days.entry(time::day(at, zone)).or_default().push(Row { place, kind, name });
    }
    days
}

/// Where the report of a day is written: beside the data, or in this folder.
pub(super) fn page(data: &Data, day: Date) -> PathBuf {
    let path = match data {
        Data::Memory => Path::new(NAME),
        Data::File(path) => path,
    };
    let mut name = beginning(path);
    name.push(format!("{day}.html"));
    path.with_file_name(name)
}

fn beginning(path: &Path) -> OsString {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push("-");
    name
}

/// The reports that earlier demos wrote beside a data file.
pub(super) fn pages(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let Ok(files) = std::fs::read_dir(folder.unwrap_or(Path::new("."))) else { return Vec::new() };
    let beginning = beginning(path).into_string().unwrap_or_default();
    let is_page = |name: &OsString| {
        let day = name.to_str().and_then(|name| name.strip_prefix(&beginning));
        let day = day.and_then(|rest| rest.strip_suffix(".html"));
        day.is_some_and(|day| day.parse().is_ok_and(|date: Date| date.to_string() == day))
    };
    let names = files.filter_map(|file| Some(file.ok()?.file_name()));
    names.filter(is_page).map(|name| path.with_file_name(name)).collect()
}

/// Gives the server the shop's list of the day, has the day reconciled, and writes the report as a
/// page.
pub(super) fn hold(client: &Client, withheld: Withheld, page: PathBuf) -> Result<Night, Failure> {
    let Withheld { day, list, names } = withheld;
    let failed = |wrong| Failure::usage(format!("cannot write the list of {day}: {wrong}"));
    let mut file = tempfile::NamedTempFile::new().map_err(failed)?;
    for row in &list {
        writeln!(file, "{row}").map_err(failed)?;
    }
    jobs::put(client, file.path(), day, None)?;
    let asked = json!({"date": day.to_string()}).to_string();
    let run: JobRun = client.run_job("/v1/jobs/reconcile/run", &asked)?;
    let number = run.counts.get("run").and_then(|number| u32::try_from(*number).ok());
    let report = report::whole(client, day, number)?;
    report::write(&page, &html(&report, Language::English))?;
    Ok(Night { names, report, page })
}

/// What came of the night.
pub(super) struct Night {
    names: BTreeSet<Name>,
    report: ReportView,
    page: PathBuf,
}

fn name(one: &DifferenceView) -> Name {
    (one.kind.clone(), one.order_id.clone().unwrap_or_default(), one.about.clone())
}

fn shown((kind, order, about): &Name) -> String {
    let parts = [kind.replace('_', " "), order.clone(), about.clone()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

impl Night {
    /// The day that was reconciled.
    pub(super) fn day(&self) -> &str {
        &self.report.day
    }

    /// All of it as one object.
    pub(super) fn json(&self) -> Value {
        let withheld = self.names.iter().map(
            |(kind, order, about)| json!({"missed_as": kind, "order_id": order, "about": about}),
        );
        json!({
            "day": self.report.day, "withheld": withheld.collect::<Vec<_>>(),
            "report": self.report, "page": self.page.display().to_string(),
        })
    }

    /// The same in words.
    pub(super) fn words(&self, out: &mut impl Write) -> std::io::Result<()> {
        let report = &self.report;
        let rows = report.list.as_ref().map_or(0, |list| list.rows);
        writeln!(
            out,
            "\nA night: {} events of {} never came. In the end the shop's own list of that day, \
             {rows} events,\nwas held against the books:\n",
            self.names.len(),
            report.day,
        )?;
        let mut differences: Vec<&DifferenceView> = report.differences.iter().collect();
        differences.sort_by_key(|one| name(one));
        for one in differences {
            writeln!(out, "  {}: {}", shown(&name(one)), one.outcome)?;
        }
        let (before, after) = (report.inconsistent_before, report.inconsistent_after);
        writeln!(
            out,
            "\n  {before} of {} orders were inconsistent ({}), {after} are ({})\n\nThe report is a \
             page to read or print: {}",
            report.orders,
            report.share_before,
            report.share_after,
            self.page.display(),
        )
    }

    /// The failure where something else was found than was withheld, or something is not repaired.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        let found: BTreeSet<Name> = self.report.differences.iter().map(name).collect();
        let is_left = |one: &&DifferenceView| one.outcome != "repaired";
        let left = self.report.differences.iter().filter(is_left).map(name);
        let wrong = [
            ("withheld and not found", self.names.difference(&found).cloned().collect()),
            ("found and not withheld", found.difference(&self.names).cloned().collect()),
            ("not repaired", left.collect::<Vec<_>>()),
        ];
        let wrong = wrong.iter().filter(|(_, names)| !names.is_empty()).map(|(what, names)| {
            let names = names.iter().take(10).map(shown).collect::<Vec<_>>();
            format!("{what}: {}", names.join(", "))
        });
        let mut wrong: Vec<String> = wrong.collect();
        let after = self.report.inconsistent_after;
        if after > 0 {
            wrong.push(format!("{after} orders are inconsistent after it"));
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let (day, page) = (&self.report.day, self.page.display());
        let wrong = wrong.join("; ");
        Err(Failure::no(format!("the night of {day} did not end well: {wrong}; {page} has all")))
    }
}

#[cfg(test)]
#[path = "night_tests.rs"]
mod tests;

//! `upline report`: what a reconciliation of a day found.

use std::io::Write;
use std::path::Path;

use jiff::civil::Date;
use serde_json::json;
use upline_contract::reconciliation::{ComparedView, DifferenceView, KindCount, ReportView};
use upline_contract::report::{csv, html};
use upline_domain::language::Language;
use upline_domain::reconcile::Kind;

use crate::cli::ReportOf;
use crate::client::Client;
use crate::failure::{Failure, Form};
use crate::look::client;

/// Differences that are shown in the terminal.
const SHOWN: usize = 20;

/// `upline report`.
pub(crate) fn report(command: &ReportOf, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let report = whole(&client(&command.server)?, command.day, command.run)?;
    if let Some(file) = &command.csv {
        write(file, &csv(&report))?;
    }
    if let Some(file) = &command.html {
        write(file, &html(&report, command.language.unwrap_or(Language::English)))?;
    }
    if form == Form::Json {
        return Ok(writeln!(out, "{}", json!(report))?);
    }
    words(&report, out)?;
    for file in command.csv.iter().chain(&command.html) {
        writeln!(out, "written: {}", file.display())?;
    }
    Ok(())
}

/// A report with all of its differences, however many pages they take; of the last run where none
/// is named.
pub(crate) fn whole(client: &Client, day: Date, run: Option<u32>) -> Result<ReportView, Failure> {
    let path = |run: Option<u32>| {
        let run = run.map(|run| format!("&run={run}")).unwrap_or_default();
        format!("/v1/reports/{day}?limit=1000{run}")
    };
    let mut report: ReportView = client.get(&path(run))?;
    while let Some(cursor) = report.cursor.take() {
        // Of the same run: another may have begun since.
        let next = format!("{}&cursor={cursor}", path(Some(report.run)));
        let page: ReportView = client.get(&next)?;
        report.differences.extend(page.differences);
        report.cursor = page.cursor;
    }
    report.sort();
    Ok(report)
}

/// Writes a report to a file, in place of what stands there.
pub(crate) fn write(file: &Path, text: &str) -> Result<(), Failure> {
    let failed = |wrong| Failure::usage(format!("cannot write {}: {wrong}", file.display()));
    std::fs::write(file, text).map_err(failed)
}

fn words(report: &ReportView, out: &mut impl Write) -> std::io::Result<()> {
    let ReportView { tenant, day, run, state, .. } = report;
    let dry = if report.dry_run { ", a dry run: nothing was repaired" } else { "" };
    writeln!(out, "{tenant}, {day}, run {run}: {state}{dry}")?;
    match &report.list {
        Some(list) => {
            writeln!(out, "  {:>8}  entries of the shop's list {}", list.rows, list.name)?;
        }
        None => writeln!(out, "            no list: it was not asked whether everything is here")?,
    }
    if report.has_unreadable_rows() {
        let told = "something of the list cannot be read: whether that is here is not known";
        writeln!(out, "            {told}")?;
    }
    if report.has_rows_of_other_days() {
        let told = "of them of another day: see whether it is the right list";
        let rows = report.list.as_ref().map_or(0, |list| list.other_days);
        writeln!(out, "  {rows:>8}  {told}")?;
    }
    writeln!(out, "  {:>8}  orders, {} of them waiting", report.orders, report.waiting)?;
    writeln!(out, "  {:>8}  distributors", report.distributors)?;
    let (before, after) = (report.inconsistent_before, report.inconsistent_after);
    writeln!(out, "  {before:>8}  orders inconsistent before ({})", report.share_before)?;
    writeln!(out, "  {after:>8}  orders inconsistent after ({})", report.share_after)?;
    for KindCount { kind, found, repaired, sent, .. } in &report.kinds {
        let kind = kind.replace('_', " ");
        writeln!(out, "  {found:>8}  {kind}: {repaired} repaired, {sent} on their way")?;
    }
    for one in report.differences.iter().take(SHOWN) {
        difference(one, out)?;
    }
    let more = report.differences.len().saturating_sub(SHOWN);
    if more > 0 {
        writeln!(out, "and {more} more: `--csv FILE` or `--html FILE` has all")?;
    }
    Ok(())
}

/// Whether differences of a kind are of one side alone.
fn is_alone(kind: &str) -> bool {
    [Kind::Parked, Kind::UnreadableRow, Kind::UnreadableItem].iter().any(|one| one.as_str() == kind)
}

fn difference(one: &DifferenceView, out: &mut impl Write) -> std::io::Result<()> {
    let order = one.order_id.as_ref().map(|id| format!("order {id}"));
    let distributor = one.distributor_id.as_ref().map(|id| format!("distributor {id}"));
    let about = Some(one.about.clone()).filter(|about| !about.is_empty());
    let parts: Vec<String> = [order, distributor, about].into_iter().flatten().collect();
    let kind = one.kind.replace('_', " ");
    writeln!(out, "{kind}, {}: {}", parts.join(", "), one.outcome)?;
    for ComparedView { name, expected, found } in &one.values {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        // An event that is kept aside, or something that cannot be read, has nothing beside it.
        if is_alone(&one.kind) {
            writeln!(out, "    {name}: {}", text(found))?;
            continue;
        }
        writeln!(out, "    {name}: {} expected, {} found", text(expected), text(found))?;
    }
    match &one.reason {
        Some(reason) => writeln!(out, "    {reason}"),
        None => Ok(()),
    }
}

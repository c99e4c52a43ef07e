//! The report of a reconciliation for people: a sheet of the differences, and a page that stands by
//! itself: no script, and nothing is fetched, so that it can be kept, sent and printed.

mod differences;
mod markup;
mod names;
mod page;
mod sheet;
mod words;

pub use names::value_name;

use upline_domain::language::Language;

use crate::reconciliation::ReportView;

/// The differences of a report as CSV (RFC 4180), one row for each value that differs.
///
/// A text that a spreadsheet would take for a formula has an apostrophe before it.
#[must_use]
pub fn csv(report: &ReportView) -> String {
    sheet::csv(report)
}

/// The report as a page of HTML: the verdict and the totals first, then the differences by question
/// and kind.
#[must_use]
pub fn html(report: &ReportView, language: Language) -> String {
    page::html(report, language)
}

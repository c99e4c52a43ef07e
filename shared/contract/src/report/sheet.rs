//! The differences as CSV.

use csv::{Terminator, WriterBuilder};

use crate::reconciliation::{ComparedView, DifferenceView, ReportView};

const COLUMNS: [&str; 12] = [
    "kind",
    "question",
    "order",
    "distributor",
    "about",
    "currency",
    "name",
    "expected",
    "found",
    "act",
    "outcome",
    "reason",
];

#[expect(clippy::expect_used, reason = "writing texts to memory does not fail")]
pub(super) fn csv(report: &ReportView) -> String {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(COLUMNS).expect("the names of the columns");
    for difference in &report.differences {
        for row in rows(difference) {
            writer.write_record(row.map(guarded)).expect("a row");
        }
    }
    String::from_utf8(writer.into_inner().expect("all rows")).expect("texts")
}

/// A row for each value; one without a value where there is none.
fn rows(of: &DifferenceView) -> impl Iterator<Item = [&str; 12]> {
    let none = of.values.is_empty().then_some(None);
    of.values.iter().map(Some).chain(none).map(|value| row(of, value))
}

fn row<'a>(of: &'a DifferenceView, value: Option<&'a ComparedView>) -> [&'a str; 12] {
    let or_nothing = |text: &'a Option<String>| text.as_deref().unwrap_or_default();
    [
        &of.kind,
        &of.question,
        or_nothing(&of.order_id),
        or_nothing(&of.distributor_id),
        &of.about,
        or_nothing(&of.currency),
        value.map_or("", |value| &value.name),
        value.map_or("", |value| or_nothing(&value.expected)),
        value.map_or("", |value| or_nothing(&value.found)),
        &of.act,
        &of.outcome,
        or_nothing(&of.reason),
    ]
}

/// A cell that no spreadsheet runs: what would begin a formula has an apostrophe before it, but for
/// numbers.
fn guarded(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula && !is_number(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// Whether a text is digits, with at most one sign before them and one point among them.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all(whole) && all(part)
}

//! The one form in which every figure is printed: a table in Markdown, with what was measured
//! beside its limit.

use std::collections::BTreeMap;

use upline_testkit::meter::Cost;

/// One line of a table.
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// The limit, where there is one.
    pub(crate) limit: String,
    /// What was measured.
    pub(crate) measured: String,
}

impl Row {
    pub(crate) fn new(what: &str, limit: &str, measured: String) -> Self {
        Self { what: what.to_owned(), limit: limit.to_owned(), measured }
    }
}

/// A part of the whole, under a heading of its own.
pub(crate) struct Part {
    pub(crate) heading: &'static str,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Sentences below the table.
    pub(crate) notes: Vec<String>,
}

impl Part {
    /// A part of rows with limits.
    pub(crate) fn of(heading: &'static str, rows: Vec<Row>) -> Self {
        let cells = |row: Row| vec![row.what, row.limit, row.measured];
        let rows = rows.into_iter().map(cells).collect();
        Self { heading, columns: vec!["what", "limit", "measured"], rows, notes: Vec::new() }
    }
}

/// Prints a part on standard output.
pub(crate) fn print(part: &Part) {
    say(&format!("## {}\n", part.heading));
    say(&format!("| {} |", part.columns.join(" | ")));
    say(&format!("|{}", "---|".repeat(part.columns.len())));
    for row in &part.rows {
        say(&format!("| {} |", row.join(" | ")));
    }
    say("");
    for note in &part.notes {
        say(&format!("{note}\n"));
    }
}

/// Prints a text on standard output.
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// Says on standard error what is being done.
pub(crate) fn progress(what: &str) {
    eprintln!("{what} …");
}

/// A whole number with commas between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of tenths: `9.2`, and `10` where nothing is behind the point.
pub(crate) fn tenths(number: u64) -> String {
    match number % 10 {
        0 => grouped(number / 10),
        part => format!("{}.{part}", grouped(number / 10)),
    }
}

/// Requests by their kind, each with how many there were.
pub(crate) fn requests(cost: &Cost) -> String {
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for request in &cost.requests {
        *kinds.entry(request).or_default() += 1;
    }
    let kinds = kinds.iter().map(|(kind, count)| format!("{} {kind}", grouped(*count)));
    kinds.collect::<Vec<_>>().join(", ")
}

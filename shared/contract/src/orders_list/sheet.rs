//! A list as CSV: columns by name, and the rows of one order gathered.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::Arc;

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};

use super::ListRow;
use super::group::{Group, Key};
use super::lines::{Line, Lines};
use crate::similar::similar;

/// The columns that there are.
const COLUMNS: [&str; 20] = [
    "event",
    "order_id",
    "time",
    "buyer_id",
    "currency",
    "line_id",
    "sku",
    "category",
    "quantity",
    "unit_price",
    "line_discount",
    "unit_cost",
    "order_discount",
    "shipping",
    "tax",
    "invite_code",
    "region",
    "refund_id",
    "amount",
    "event_id",
];

/// Those without which no row says anything.
const NEEDED: [&str; 3] = ["event", "order_id", "time"];

/// Most orders and refunds that are remembered, to see that their rows do not stand apart: each
/// takes about 20 bytes. Of a longer list, rows of one order that stand farther apart are two.
const REMEMBERED_MAX: usize = 2_000_000;

/// A list as CSV. A value has no line break, so that a quote that is never closed spoils one line
/// and not the rest of the file.
pub(super) struct Sheet {
    columns: Columns,
    parser: csv_core::Reader,
    ahead: Option<Read>,
    /// The line before, where it cannot be read.
    spoilt: Option<u64>,
    seen: HashSet<u64>,
}

/// The columns as the first row names them.
pub(super) type Columns = Arc<[&'static str]>;

/// One line of values.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) number: u64,
    text: String,
    ends: Vec<usize>,
}

impl Row {
    /// What stands in a column; none where nothing does, or there is no such column.
    pub(super) fn get(&self, columns: &Columns, name: &str) -> Option<&str> {
        let place = columns.iter().position(|column| *column == name)?;
        self.values().nth(place).filter(|value| !value.is_empty())
    }

    fn values(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let all = starts.zip(&self.ends);
        all.map(|(start, end)| self.text.get(*start..*end).unwrap_or_default())
    }

    /// How many bytes it takes.
    pub(super) fn size(&self) -> usize {
        self.text.len()
    }
}

enum Read {
    Row(Key, Row),
    Spoilt { number: u64, reason: String },
}

impl Sheet {
    /// A sheet whose columns are named by this line.
    pub(super) fn of(header: &str) -> Result<Self, String> {
        let mut parser = ReaderBuilder::new().terminator(Terminator::Any(b'\n')).build();
        let row = values(&mut parser, 0, header.to_owned())?;
        let columns = columns(&row)?;
        Ok(Self { columns, parser, ahead: None, spoilt: None, seen: HashSet::new() })
    }

    /// The next rows of one event.
    pub(super) fn next(&mut self, lines: &mut Lines) -> io::Result<Option<ListRow>> {
        let spoilt = self.spoilt.take();
        let (key, row) = match self.take(lines)? {
            None => return Ok(None),
            Some(Read::Spoilt { number, reason }) => {
                self.spoilt = Some(number);
                return Ok(Some(ListRow::unreadable(number, reason)));
            }
            Some(Read::Row(key, row)) => (key, row),
        };
        let mut group = Group::new(Arc::clone(&self.columns), key, row);
        if !group.key().has_lines() {
            return Ok(Some(ListRow::group(group)));
        }
        if let Some(number) = spoilt {
            group.may_lack(number);
        }
        if !self.is_new(group.key()) {
            group.stands_apart();
        }
        loop {
            match self.take(lines)? {
                Some(Read::Row(key, row)) if key == *group.key() => group.push(row),
                other => {
                    if let Some(Read::Spoilt { number, .. }) = &other {
                        group.may_lack(*number);
                    }
                    self.ahead = other;
                    return Ok(Some(ListRow::group(group)));
                }
            }
        }
    }

    /// Whether no rows of this came before.
    fn is_new(&mut self, key: &Key) -> bool {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let hash = hasher.finish();
        if self.seen.len() < REMEMBERED_MAX {
            self.seen.insert(hash)
        } else {
            !self.seen.contains(&hash)
        }
    }

    fn take(&mut self, lines: &mut Lines) -> io::Result<Option<Read>> {
        if self.ahead.is_some() {
            return Ok(self.ahead.take());
        }
        let Some(Line { number, text, .. }) = lines.next()? else { return Ok(None) };
        let read = text.and_then(|text| {
            let row = values(&mut self.parser, number, text)?;
            let (has, want) = (row.ends.len(), self.columns.len());
            if has != want {
                return Err(format!("the row has {has} values, and there are {want} columns"));
            }
            Ok((Key::of(&self.columns, &row)?, row))
        });
        Ok(Some(match read {
            Ok((key, row)) => Read::Row(key, row),
            Err(reason) => Read::Spoilt { number, reason: format!("line {number}: {reason}") },
        }))
    }
}

/// Most values of a row that are read: one more than there are columns shows that it is too many.
const VALUES_MAX: usize = COLUMNS.len() + 1;

/// The values of one line.
fn values(parser: &mut csv_core::Reader, number: u64, mut text: String) -> Result<Row, String> {
    text.push('\n');
    let (mut bytes, mut ends) = (vec![0; text.len()], vec![0; VALUES_MAX]);
    parser.reset();
    let (result, taken, written, count) =
        parser.read_record(text.as_bytes(), &mut bytes, &mut ends);
    match result {
        ReadRecordResult::Record if taken == text.len() => {}
        ReadRecordResult::OutputEndsFull => {
            return Err(format!("the row has more than {} values", COLUMNS.len()));
        }
        ReadRecordResult::Record
        | ReadRecordResult::InputEmpty
        | ReadRecordResult::OutputFull
        | ReadRecordResult::End => {
            return Err("a quote is not closed; close it in the line it begins in".to_owned());
        }
    }
    bytes.truncate(written);
    ends.truncate(count);
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    Ok(Row { number, text, ends })
}

fn columns(header: &Row) -> Result<Columns, String> {
    let mut columns = Vec::new();
    for name in header.values().map(str::trim) {
        let known = COLUMNS.into_iter().find(|column| *column == name);
        let column = known.ok_or_else(|| unknown(name))?;
        if columns.contains(&column) {
            return Err(format!("{column} stands twice; name it once"));
        }
        columns.push(column);
    }
    match NEEDED.iter().find(|needed| !columns.contains(needed)) {
        Some(missing) => Err(format!("there is no {missing}; add it")),
        None => Ok(columns.into()),
    }
}

fn unknown(name: &str) -> String {
    let shown: String = name.chars().take(40).collect();
    if name.contains([';', '\t']) {
        return format!("{shown:?} is no column; put a comma between two");
    }
    if name.starts_with('[') {
        return format!("{shown:?} is no column; write JSON one event a line, without brackets");
    }
    match similar(name, COLUMNS) {
        Some(meant) => format!("there is no column {shown:?}; write {meant}"),
        None => {
            let all = COLUMNS.join(", ");
            format!("there is no column {shown:?}; leave it out, or write one of {all}")
        }
    }
}

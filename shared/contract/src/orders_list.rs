//! A shop's own list of the orders of a day: JSON lines of its events, or a sheet as CSV, gzip or
//! not. It is read one row after another, so a list may be of any length; a row that cannot be read
//! is a finding about that row, and never the end of the list.

mod group;
mod lines;
mod sheet;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use upline_domain::ids::{OrderId, TenantId};

use self::group::Group;
use self::lines::Lines;
use self::sheet::Sheet;
use crate::event::{BOUND, Event, REGISTERED, parse_text};
use crate::scalar::Checked;

/// Rows of a list, one after another, from any reader. After an error there are no more.
pub struct OrdersList {
    lines: Lines,
    form: Form,
    is_over: bool,
}

/// What a list is written in.
enum Form {
    /// An event a line; the first line was read to tell the form.
    Events(Option<lines::Line>),
    /// CSV.
    Sheet(Box<Sheet>),
}

/// The list itself cannot be read, or not any further.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The file ends before its time, or its compression is broken.
    #[error("the list cannot be read on after line {line}")]
    Read {
        /// The last line that was read.
        line: u64,
        /// What it was.
        #[source]
        source: io::Error,
    },
    /// The first row of a CSV file does not name the columns.
    #[error("line {line} names the columns of the list: {reason}")]
    Columns {
        /// Where they are named.
        line: u64,
        /// What is wrong and what to do.
        reason: String,
    },
}

impl ListError {
    /// The error with what it came of.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Read { source, .. } => format!("{self}: {source}"),
            Self::Columns { .. } => self.to_string(),
        }
    }
}

impl OrdersList {
    /// Tells the form by the content: what begins as gzip does is unpacked; then `{` as the first
    /// character that is no blank means JSON lines, and anything else CSV.
    ///
    /// # Errors
    ///
    /// * [`ListError::Read`] where the beginning cannot be read.
    /// * [`ListError::Columns`] for CSV with a column that there is not, one that stands twice, or
    ///   without one that every row needs.
    pub fn open(reader: Box<dyn BufRead + Send>) -> Result<Self, ListError> {
        let failed = |line, source| ListError::Read { line, source };
        let reader = unpacked(reader).map_err(|source| failed(0, source))?;
        let mut lines = Lines::new(reader);
        let first = lines.next().map_err(|source| failed(lines.number(), source))?;
        let form = match first {
            Some(line) if !line.is_object => {
                let (number, named) = (line.number, line.text);
                let sheet = named.and_then(|text| Sheet::of(&text));
                let sheet = sheet.map_err(|reason| ListError::Columns { line: number, reason });
                Form::Sheet(Box::new(sheet?))
            }
            first => Form::Events(first),
        };
        Ok(Self { lines, form, is_over: false })
    }

    /// Whether it is a sheet, in which an event may take several lines.
    #[must_use]
    pub fn is_sheet(&self) -> bool {
        matches!(self.form, Form::Sheet(_))
    }

    fn read(&mut self) -> io::Result<Option<ListRow>> {
        let first = match &mut self.form {
            Form::Sheet(sheet) => return sheet.next(&mut self.lines),
            Form::Events(first) => first,
        };
        loop {
            let line = match first.take() {
                None => self.lines.next()?,
                first => first,
            };
            let Some(line) = line else { return Ok(None) };
            let row = match line.text {
                Ok(text) => ListRow::event(line.number, text),
                Err(reason) => Some(ListRow::unreadable(line.number, reason)),
            };
            if row.is_some() {
                return Ok(row);
            }
        }
    }
}

/// The first two bytes of whatever is compressed by gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The content of a file, unpacked where it is compressed; of several parts, all of them.
fn unpacked(mut reader: Box<dyn BufRead + Send>) -> io::Result<Box<dyn BufRead + Send>> {
    let mut beginning = Vec::new();
    reader.by_ref().take(2).read_to_end(&mut beginning)?;
    let is_gzip = beginning == GZIP;
    let whole = Cursor::new(beginning).chain(reader);
    Ok(if is_gzip { Box::new(BufReader::new(MultiGzDecoder::new(whole))) } else { Box::new(whole) })
}

impl Iterator for OrdersList {
    type Item = Result<ListRow, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let row = self.read().transpose();
        self.is_over = !matches!(row, Some(Ok(_)));
        let line = self.lines.number();
        row.map(|row| row.map_err(|source| ListError::Read { line, source }))
    }
}

/// One row of a list: one event, which in a sheet may take several lines.
#[derive(Debug)]
pub struct ListRow {
    /// The line of the file on which it begins, from 1.
    pub number: u64,
    order: Option<OrderId>,
    said: Said,
}

#[derive(Debug)]
enum Said {
    Event(String),
    Group(Group),
    Unreadable(String),
}

impl ListRow {
    /// A line that is an event; none where it is one of another kind than orders have.
    fn event(number: u64, text: String) -> Option<Self> {
        let Glance { detail_type, detail } = serde_json::from_str(&text).unwrap_or_default();
        if matches!(detail_type.as_deref(), Some(REGISTERED | BOUND)) {
            return None;
        }
        let order = detail.and_then(|detail| detail.data?.order_id).map(|order| order.0);
        Some(Self { number, order, said: Said::Event(text) })
    }

    fn unreadable(number: u64, reason: String) -> Self {
        Self { number, order: None, said: Said::Unreadable(reason) }
    }

    fn group(group: Group) -> Self {
        Self { number: group.number(), order: group.order(), said: Said::Group(group) }
    }

    /// The order that it is of, found without reading all of it; none where that cannot be found,
    /// and then [`ListRow::read`] fails.
    #[must_use]
    pub fn order(&self) -> Option<OrderId> {
        self.order.clone()
    }

    /// The event: `OrderPaid`, `OrderRefunded` or `OrderCompleted` of `tenant`, checked as any
    /// event is that comes by the door.
    ///
    /// # Errors
    ///
    /// * Why it is none, with its path in an event, or its line and column in a sheet.
    pub fn read(&self, tenant: &TenantId) -> Result<Event, String> {
        let event = match &self.said {
            Said::Event(text) => parse_text(text).map_err(|refused| refused.reason)?,
            Said::Group(group) => group.read(tenant)?,
            Said::Unreadable(reason) => return Err(reason.clone()),
        };
        if event.tenant != *tenant {
            let other = &event.tenant;
            let reason = format!("write {tenant}, whose list this is, not {other}");
            return Err(format!("detail.metadata.tenant: {reason}"));
        }
        Ok(event)
    }

    /// The text of the event, to be sent by the door: the line as it is, or what the lines of a
    /// sheet come to. None where they come to nothing. That it can be read is not said.
    #[must_use]
    pub fn text(&self, tenant: &TenantId) -> Option<Cow<'_, str>> {
        match &self.said {
            Said::Event(text) => Some(Cow::Borrowed(text)),
            Said::Group(group) => group.text(tenant).ok().map(Cow::Owned),
            Said::Unreadable(_) => None,
        }
    }
}

/// What of an event is read to tell whose it is. Readers of other orders pass it over.
#[derive(Default, Deserialize)]
struct Glance {
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    detail: Option<GlanceDetail>,
}

#[derive(Deserialize)]
struct GlanceDetail {
    data: Option<GlanceData>,
}

#[derive(Deserialize)]
struct GlanceData {
    order_id: Option<Checked<OrderId>>,
}

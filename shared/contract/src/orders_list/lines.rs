//! The lines of a list, one after another, none of them longer in memory than a row may be.

use std::io::{self, BufRead, Read};

/// Longest row that is read: as long as a whole request of events may be, and far longer than an
/// order of the most lines. What is longer is no row, but a file of another kind.
pub(super) const ROW_BYTES_MAX: usize = 1_000_000;

/// The same, and what ends a line.
const TAKEN_MAX: u64 = 1_000_002;
const _: () = assert!(ROW_BYTES_MAX == 1_000_000, "TAKEN_MAX is two bytes more");

/// One line that is not blank.
pub(super) struct Line {
    /// From 1, blank lines counted.
    pub(super) number: u64,
    /// The first character that is no blank is `{`.
    pub(super) is_object: bool,
    /// What stands in it, without its end; or why that cannot be read.
    pub(super) text: Result<String, String>,
}

/// Lines of a file.
pub(super) struct Lines {
    reader: Box<dyn BufRead + Send>,
    number: u64,
}

impl Lines {
    pub(super) fn new(reader: Box<dyn BufRead + Send>) -> Self {
        Self { reader, number: 0 }
    }

    /// How many were read.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line that is not blank; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            if self.reader.by_ref().take(TAKEN_MAX).read_until(b'\n', &mut bytes)? == 0 {
                return Ok(None);
            }
            self.number = self.number.saturating_add(1);
            let is_whole = without_end(&mut bytes);
            if !is_whole && bytes.len() > ROW_BYTES_MAX {
                self.reader.skip_until(b'\n')?;
            }
            if self.number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
                bytes.drain(..BYTE_ORDER_MARK.len());
            }
            let Some(first) = bytes.trim_ascii_start().first() else { continue };
            let is_object = *first == b'{';
            return Ok(Some(Line { number: self.number, is_object, text: text(bytes) }));
        }
    }
}

/// What some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Takes the end off a line; whether it had one.
fn without_end(bytes: &mut Vec<u8>) -> bool {
    let is_whole = bytes.pop_if(|last| *last == b'\n').is_some();
    if is_whole {
        bytes.pop_if(|last| *last == b'\r');
    }
    is_whole
}

fn text(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() > ROW_BYTES_MAX {
        return Err(format!("the row has more than {ROW_BYTES_MAX} bytes; send one event a row"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to().saturating_add(1);
        format!("the row is not UTF-8 from byte {at} on; save the list as UTF-8")
    })
}

//! The page: its doors, each a table of rows.

use std::fmt::Write as _;

const HEAD: &str = "\
# What a bad input is answered

Every row of this page is sent to a running server, or given to the command line, by
`local/tests/it/bad_input.rs`, which holds the answers against this page. Do not edit it: run
`UPLINE_BLESS=1 cargo test -p upline --test it bad_input` to write it again.

An event is never dropped in silence. `created` and `exists` are facts in the books; `waiting` is
kept and taken up by itself; `parked` and `conflict` are kept whole, letter by letter, for a person:
`upline parked` lists them, and the README says how to mend them. Nothing is kept of a request that
cannot be read at all (400, 401, 403, 404, 405, 413) nor of an event of another tenant (`refused`):
the sender has the answer. Where the last column is empty, the answer says what to do.
";

/// The rows by door.
pub(super) struct Page {
    text: String,
    rows: usize,
}

impl Page {
    pub(super) fn new() -> Self {
        Self { text: HEAD.to_owned(), rows: 0 }
    }

    /// Begins the table of a door.
    pub(super) fn door(&mut self, name: &str, about: &str) {
        write!(
            self.text,
            "\n## {name}\n\n{about}\n\n\
             | what is sent | what is answered | what to do |\n|---|---|---|\n"
        )
        .unwrap();
    }

    /// Adds a row: what is sent, what is answered, and what to do where that does not say it.
    pub(super) fn row(&mut self, sent: &str, status: &str, answer: &str, todo: &str) {
        self.rows += 1;
        let said = if answer.is_empty() { String::new() } else { format!(" {}", code(answer)) };
        writeln!(self.text, "| {} | {status}{said} | {} |", cell(sent), cell(todo)).unwrap();
    }

    pub(super) fn text(&self) -> String {
        format!("{}\n{} rows.\n", self.text, self.rows)
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// A text as code, also where it has backticks in it; lines follow each other with a stroke.
fn code(text: &str) -> String {
    let text = text.trim().replace('\n', " / ").replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

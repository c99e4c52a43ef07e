//! How far it is, for somebody who waits before a terminal.

use std::io::{IsTerminal as _, Write as _};

use crate::failure::Form;

/// Counts on standard error, where that is a terminal and the answer is for a person.
pub(super) struct Ticker {
    what: &'static str,
    done: usize,
    shows: bool,
}

impl Ticker {
    pub(super) fn new(what: &'static str, form: Form) -> Self {
        let shows = form == Form::Words && std::io::stderr().is_terminal();
        Self { what, done: 0, shows }
    }

    pub(super) fn forward(&mut self, by: usize) {
        self.done = self.done.saturating_add(by);
        self.tell(&format!("\r{} {}", self.done, self.what));
    }

    pub(super) fn end(&self) {
        self.tell("\n");
    }

    fn tell(&self, text: &str) {
        if self.shows {
            // Nobody needs the progress of a program whose standard error is gone.
            let _told = std::io::stderr().lock().write_all(text.as_bytes());
        }
    }
}

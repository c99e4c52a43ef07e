//! How a command ends that did not do what was asked: a sentence that says what to do, and an exit
//! status.

use std::io::Write;
use std::process::ExitCode;

use serde_json::json;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) struct Failure {
    status: Status,
    detail: String,
}

#[derive(Clone, Copy, Debug)]
enum Status {
    /// The answer is no. Exit status 1.
    No,
    /// Wrong use or bad input. Exit status 2.
    Usage,
    /// Whoever read the answer has had enough of it, as in `| head -1`. Exit status 141, which is
    /// what a shell gives for a program that is ended by it; nothing is told.
    Enough,
}

impl Failure {
    /// The command did its work, and the answer is no.
    pub(crate) fn no(detail: impl Into<String>) -> Self {
        Self { status: Status::No, detail: detail.into() }
    }

    /// The command cannot do its work as it was asked to.
    pub(crate) fn usage(detail: impl Into<String>) -> Self {
        Self { status: Status::Usage, detail: detail.into() }
    }

    /// The same failure with something to add.
    pub(crate) fn adding(mut self, more: &str) -> Self {
        self.detail.push_str("; ");
        self.detail.push_str(more);
        self
    }

    /// Tells it on standard error, and gives the exit status. What is wrong with standard error
    /// itself has nobody to be told to.
    pub(crate) fn report(&self, form: Form) -> ExitCode {
        let (code, title) = match self.status {
            Status::No => (1, "The answer is no"),
            Status::Usage => (2, "Wrong use or bad input"),
            Status::Enough => return ExitCode::from(141),
        };
        let mut standard_error = std::io::stderr().lock();
        let _told = match form {
            Form::Words => writeln!(standard_error, "upline: {}", self.detail),
            Form::Json => {
                let problem = json!({"type": "about:blank", "title": title, "detail": self.detail});
                writeln!(standard_error, "{problem}")
            }
        };
        ExitCode::from(code)
    }
}

impl From<std::io::Error> for Failure {
    fn from(wrong: std::io::Error) -> Self {
        if wrong.kind() == std::io::ErrorKind::BrokenPipe {
            return Self { status: Status::Enough, detail: String::new() };
        }
        Self::usage(format!("cannot write the answer: {wrong}"))
    }
}

/// For whom an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A person.
    Words,
    /// A program.
    Json,
}

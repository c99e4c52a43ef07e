//! What is wrong with a plan document, gathered instead of stopping at the first.

use std::collections::BTreeSet;

use serde::Serialize;
use upline_domain::limits::ID_BYTES_MAX;

use crate::read::{Flaw, MESSAGE_BYTES_MAX, PATH_BYTES_MAX, cut};

/// One thing that is wrong with a plan document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule it is about, if it is about one.
    pub rule: Option<String>,
    /// Where in the document, such as `currencies.CNY.cards.standard.mode.percent.rates[0]`.
    pub path: String,
    /// One word for programs, such as `malformed` or `unknown_card`.
    pub code: &'static str,
    /// What to do about it.
    pub message: String,
}

impl Finding {
    /// The rule, the path, the code and what to do, in one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { rule, path, code, message } = self;
        let rule = rule.as_ref().map(|rule| format!("rule {rule}: ")).unwrap_or_default();
        let path = if path.is_empty() { String::new() } else { format!("{path}: ") };
        format!("{rule}{path}{code}: {message}")
    }
}

/// The code of a number that is outside what the format or its limits allow.
pub(super) const OUT_OF_RANGE: &str = "out_of_range";
/// The code of a list or an interval in which nothing can be.
pub(super) const EMPTY: &str = "empty";
/// The code of two things of one name.
pub(super) const DUPLICATE_ID: &str = "duplicate_id";
/// The code of a level that `levels` does not have.
pub(super) const UNKNOWN_LEVEL: &str = "unknown_level";
/// The code of a currency that the plan has no part for.
pub(super) const CURRENCY_NOT_PLANNED: &str = "currency_not_planned";
/// The code of a level that is no harder than one below it.
pub(super) const EASIER_LEVEL: &str = "easier_level";
/// The code of more than the policy allows.
pub(super) const ABOVE_POLICY: &str = "above_policy";

/// Every code of an error of a plan.
pub const ERROR_CODES: &[&str] = &[
    "above_policy",
    "currency_not_planned",
    "duplicate_id",
    "duplicate_key",
    "easier_level",
    "empty",
    "malformed",
    "not_json",
    "null",
    "out_of_order",
    "out_of_range",
    "overflow",
    "overlap",
    "too_large",
    "unknown_card",
    "unknown_key",
    "unknown_level",
];

/// Every code of a warning.
pub const WARNING_CODES: &[&str] = &[
    "above_total_cap",
    "never_matches",
    "never_met",
    "not_decided",
    "rate_beyond_depth",
    "unmatched_lines",
];

/// Most findings that are told of one document: a person mends these first, and a document made to
/// be wrong everywhere takes no more time than one that is right.
const FINDINGS_MAX: usize = 200;

/// All that was found so far.
#[derive(Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    paths: BTreeSet<String>,
    rule: Option<String>,
    /// Where something stands in for what could not be read: nothing is said of it any more.
    mended: Vec<String>,
    /// Where something was moved to for reading, and where it stands.
    moved: Vec<(String, String)>,
}

impl Findings {
    /// Names the rule that what follows is about. What is too long for an id is cut, and what is
    /// empty names nothing: it is as it was written, and need not be one.
    pub(super) fn about(&mut self, rule: Option<&str>) {
        let rule = rule.filter(|rule| !rule.is_empty());
        self.rule = rule.map(|rule| cut(rule.to_owned(), ID_BYTES_MAX));
    }

    /// Adds one, unless something was found at the very place before, or there is no more room.
    pub(super) fn add(
        &mut self,
        code: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        #[cfg(test)]
        assert!([ERROR_CODES, WARNING_CODES].concat().contains(&code), "{code} is in no list");
        let path = path.into();
        if self.is_mended_at(&path) {
            return;
        }
        let path = self.as_written(path);
        if !self.is_full() && self.paths.insert(path.clone()) {
            let rule = self.rule.clone();
            // Keys and names of the document stand in them, however long they are.
            let (path, message) =
                (cut(path, PATH_BYTES_MAX), cut(message.into(), MESSAGE_BYTES_MAX));
            self.list.push(Finding { rule, path, code, message });
        }
    }

    /// Adds what was found wrong, or hands on what was not.
    pub(super) fn keep<T>(&mut self, read: Result<T, Flaw>) -> Option<T> {
        read.map_err(|flaw| self.add(flaw.code, flaw.path, flaw.message)).ok()
    }

    /// Notes that something stands in for what is wrong at a path; whether it did not before.
    pub(super) fn mended(&mut self, path: &str) -> bool {
        let first = !self.is_mended(path);
        if first {
            self.mended.push(path.to_owned());
        }
        first
    }

    /// Notes that what stands at a path is read as if it stood at another.
    pub(super) fn moved(&mut self, from: &str, to: String) {
        let from = self.as_written(from.to_owned());
        self.moved.push((to, from));
    }

    /// Whether something stands in for what was wrong at this very path.
    pub(super) fn is_mended(&self, path: &str) -> bool {
        self.mended.iter().any(|mended| mended == path)
    }

    /// Whether something stands in for what was wrong at a path, or for what holds it.
    pub(super) fn is_mended_at(&self, path: &str) -> bool {
        self.mended.iter().any(|mended| is_at_or_below(path, mended))
    }

    /// Whether something at or below a path could not be read.
    pub(super) fn is_mended_in(&self, path: &str) -> bool {
        self.mended.iter().any(|mended| is_at_or_below(mended, path))
    }

    /// The path in the document as it was written.
    fn as_written(&self, path: String) -> String {
        let moved = self.moved.iter().rev().find(|(to, _)| is_at_or_below(&path, to));
        match moved {
            Some((to, from)) => path.replacen(to.as_str(), from, 1),
            None => path,
        }
    }

    /// Everything, in the order it was found.
    pub(super) fn into_list(self) -> Vec<Finding> {
        self.list
    }

    /// Whether there is room for no more.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= FINDINGS_MAX
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

fn is_at_or_below(path: &str, other: &str) -> bool {
    let rest = path.strip_prefix(other);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

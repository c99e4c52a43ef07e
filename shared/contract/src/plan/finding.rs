//! What is wrong with a plan document, gathered instead of stopping at the first.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::read::Flaw;

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

/// The code of a number that is outside what the format or its limits allow.
pub(super) const OUT_OF_RANGE: &str = "out_of_range";
/// The code of a list or an interval in which nothing can be.
pub(super) const EMPTY: &str = "empty";
/// The code of two things of one name.
pub(super) const DUPLICATE_ID: &str = "duplicate_id";
/// The code of a level that `levels` does not have.
pub(super) const UNKNOWN_LEVEL: &str = "unknown_level";
/// The code of more than the policy allows.
pub(super) const ABOVE_POLICY: &str = "above_policy";
/// The code of what the format has and this program cannot calculate.
pub(super) const NOT_SUPPORTED: &str = "not_supported_yet";

/// Most findings that are told of one document: a person mends these first, and a document made to
/// be wrong everywhere takes no more time than one that is right.
const FINDINGS_MAX: usize = 200;

/// All that was found so far.
#[derive(Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    paths: BTreeSet<String>,
    rule: Option<String>,
}

impl Findings {
    /// Names the rule that what follows is about.
    pub(super) fn about(&mut self, rule: Option<&str>) {
        self.rule = rule.map(str::to_owned);
    }

    /// Adds one, unless something was found at the very place before, or there is no more room.
    pub(super) fn add(
        &mut self,
        code: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        let path = path.into();
        if !self.is_full() && self.paths.insert(path.clone()) {
            let (rule, message) = (self.rule.clone(), message.into());
            self.list.push(Finding { rule, path, code, message });
        }
    }

    /// Adds what was found wrong, or hands on what was not.
    pub(super) fn keep<T>(&mut self, read: Result<T, Flaw>) -> Option<T> {
        read.map_err(|flaw| self.add(flaw.code, flaw.path, flaw.message)).ok()
    }

    /// Everything, in the order it was found.
    pub(super) fn into_list(self) -> Vec<Finding> {
        self.list
    }

    /// Whether there is room for no more.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= FINDINGS_MAX
    }

    /// Whether nothing was found.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

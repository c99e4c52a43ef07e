//! In what two plans differ, by what they mean and not by how they are written: the order of keys,
//! `"0.1"` for `"0.10"`, or a default left out are no differences.

mod facts;
mod levels;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use upline_domain::language::Language;
use upline_domain::plan::Plan;

use self::facts::{Facts, Key, facts};
use self::words::Whole;
use super::Policy;
use super::compile::with_document;
use super::document::Document;
use super::finding::Finding;

/// A plan with its document, to be held against another.
pub struct Side {
    plan: Plan,
    document: Document,
}

impl Side {
    /// Reads and compiles a plan document.
    ///
    /// # Errors
    ///
    /// * As [`super::compile`].
    pub fn read(text: &str, policy: &Policy) -> Result<Self, Vec<Finding>> {
        let (document, plan) = with_document(text, policy)?;
        Ok(Self { plan, document })
    }
}

/// One thing in which two plans differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Where, with rules and levels by their id, such as `currencies.CNY.rules.vip.priority`.
    pub path: String,
    /// `added`, `removed` or `changed`.
    pub kind: String,
    /// What it was; null where it is added.
    pub old: Option<String>,
    /// What it is; null where it is removed.
    pub new: Option<String>,
    /// The difference in words.
    pub sentence: String,
}

/// All in which two plans differ, by path; nothing where they mean the same.
///
/// A `decay` card is compared by the rates that it makes, an absent `max_total_rate` as the
/// policy's. The order of a level's conditions says nothing. A currency, a card, a rule or what a
/// level takes that only one of the two has is one change.
#[must_use]
pub fn diff(old: &Side, new: &Side, language: Language) -> Vec<Change> {
    let (old, new) = (facts(&old.plan, &old.document), facts(&new.plan, &new.document));
    let (old_wholes, new_wholes) = (wholes(&old), wholes(&new));
    let mut found = BTreeMap::new();
    let keys: BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let (before, after) = (old.get(key), new.get(key));
        if before.map(|fact| &fact.value) == after.map(|fact| &fact.value) {
            continue;
        }
        let on_both = |whole: &&String| old_wholes.contains(whole) && new_wholes.contains(whole);
        // All facts of a whole that one side lacks are told once, as the whole.
        let (at, told) = match key.wholes.iter().find(|whole| !on_both(whole)) {
            Some(whole) => {
                let is_new = new_wholes.contains(whole);
                let side = if is_new { Whole::Added(&new) } else { Whole::Removed(&old) };
                (
                    Key { path: whole.clone(), wholes: Vec::new() },
                    words::whole(whole, side, language),
                )
            }
            None => (key.clone(), words::change(key, [before, after], language)),
        };
        found.entry(at).or_insert(told);
    }
    found.into_values().collect()
}

/// The paths of all currencies, cards and rules, and of what levels take.
fn wholes(facts: &Facts) -> BTreeSet<&String> {
    facts.keys().flat_map(|key| &key.wholes).collect()
}

#[cfg(test)]
mod tests;

//! Values of two sides held against each other: what is the same is left out.

use std::collections::BTreeMap;

use crate::reconcile::Compared;

/// Values that are not the same on both sides.
#[derive(Default)]
pub(super) struct Values(pub(super) Vec<Compared>);

impl Values {
    /// Holds a value that both have.
    pub(super) fn hold(&mut self, name: &str, expected: String, found: String) {
        if expected != found {
            self.0.push(Compared::both(name, expected, found));
        }
    }

    /// Holds a value that one of them may not have.
    pub(super) fn hold_maybe(
        &mut self,
        name: &str,
        expected: Option<String>,
        found: Option<String>,
    ) {
        if expected != found {
            self.0.push(Compared { name: name.to_owned(), expected, found });
        }
    }

    /// Holds all values of one side against those of the other, by name.
    pub(super) fn hold_all(
        &mut self,
        expected: Vec<(String, String)>,
        found: Vec<(String, String)>,
    ) {
        let mut both: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
        for (name, value) in expected {
            both.entry(name).or_default().0 = Some(value);
        }
        for (name, value) in found {
            both.entry(name).or_default().1 = Some(value);
        }
        for (name, (expected, found)) in both {
            self.hold_maybe(&name, expected, found);
        }
    }
}

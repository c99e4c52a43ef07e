//! What makes two facts the same: a hash over their fields that affect money or relations.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::money::Money;

/// The first 128 bits of a SHA-256 over a fact's fields, each with its length before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub [u8; 16]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A fingerprint in the making. The order of the calls is part of it.
pub struct Fields(Sha256);

impl Fields {
    /// Begins the fingerprint of one kind of fact.
    #[must_use]
    pub fn of(kind: &str) -> Self {
        Self(Sha256::new()).text(kind)
    }

    /// Adds a text, or that there is none.
    #[must_use]
    pub fn maybe(self, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(text),
            None => self.bytes(&u64::MAX.to_be_bytes()),
        }
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.number(u64::try_from(text.len()).unwrap_or(u64::MAX)).bytes(text.as_bytes())
    }

    /// Adds a time in UTC milliseconds.
    #[must_use]
    pub fn time(self, time: Timestamp) -> Self {
        self.bytes(&time.as_millisecond().to_be_bytes())
    }

    /// Adds an amount in minor units.
    #[must_use]
    pub fn money(self, amount: Money) -> Self {
        self.number(amount.minor())
    }

    /// Adds a whole number.
    #[must_use]
    pub fn number(self, number: u64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    /// The fingerprint of what was added.
    #[must_use]
    pub fn finish(self) -> Fingerprint {
        let mut first = [0; 16];
        first.iter_mut().zip(self.0.finalize()).for_each(|(to, from)| *to = from);
        Fingerprint(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_run_into_each_other() {
        let two = |a: &str, b: &str| Fields::of("x").text(a).text(b).finish();
        assert_eq!(two("ab", "c"), two("ab", "c"));
        assert_ne!(two("ab", "c"), two("a", "bc"));
        assert_ne!(Fields::of("x").maybe(None).finish(), Fields::of("x").maybe(Some("")).finish());
    }
}

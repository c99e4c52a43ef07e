//! Attributes in and out. Numbers are decimal digits throughout: never a float.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use upline_domain::fingerprint::Fingerprint;
use upline_domain::money::Money;
use upline_domain::time;

/// An item of the table, or a map inside one.
pub type Item = HashMap<String, AttributeValue>;

/// The format that this program writes, kept on every item as `format`.
pub(crate) const FORMAT: u32 = 1;

/// An item is not as this program writes it: a newer program's, or somebody's edit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// An attribute is missing or of another type.
    #[error("attribute {0} is missing or not of its type")]
    Attribute(String),
    /// The item was written by a newer program.
    #[error("format {0} is newer than this program; deploy the newer one")]
    Format(u32),
}

pub(crate) fn text(value: impl Display) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

pub(crate) fn number(value: impl Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn money(amount: Money) -> AttributeValue {
    number(amount.minor())
}

pub(crate) fn instant(at: Timestamp) -> AttributeValue {
    number(at.as_millisecond())
}

pub(crate) fn fingerprint(of: Fingerprint) -> AttributeValue {
    AttributeValue::B(Blob::new(of.0))
}

pub(crate) fn list(values: impl IntoIterator<Item = AttributeValue>) -> AttributeValue {
    AttributeValue::L(values.into_iter().collect())
}

/// A list with one more entry before what is at a place. The others stay as they are, with whatever
/// of them this program does not know.
pub(crate) fn with_entry(
    list: Option<&AttributeValue>,
    place: usize,
    entry: AttributeValue,
) -> AttributeValue {
    let mut entries = list.and_then(|list| list.as_l().ok()).cloned().unwrap_or_default();
    entries.insert(place.min(entries.len()), entry);
    AttributeValue::L(entries)
}

pub(crate) fn map<const N: usize>(pairs: [(&str, Option<AttributeValue>); N]) -> AttributeValue {
    let present = pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    AttributeValue::M(present.collect())
}

/// Reads the attributes of an item, each by its name, each an error that names it.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(pub(crate) &'a Item);

pub(crate) type Read<T> = Result<T, Damaged>;

impl<'a> Reader<'a> {
    /// Begins to read a whole item, once its format is known to this program.
    pub(crate) fn of(item: &'a Item) -> Read<Self> {
        let reader = Self(item);
        match reader.number::<u32>("format")? {
            format if format > FORMAT => Err(Damaged::Format(format)),
            _ => Ok(reader),
        }
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The attribute, read by `read`; none where it is absent.
    pub(crate) fn maybe<T>(
        self,
        name: &str,
        read: impl Fn(&'a AttributeValue) -> Option<T>,
    ) -> Read<Option<T>> {
        let value = self.0.get(name);
        value
            .map(|value| read(value).ok_or_else(|| Damaged::Attribute(name.to_owned())))
            .transpose()
    }

    /// The attribute, read by `read`; absent is an error.
    pub(crate) fn one<T>(
        self,
        name: &str,
        read: impl Fn(&'a AttributeValue) -> Option<T>,
    ) -> Read<T> {
        self.maybe(name, read)?.ok_or_else(|| Damaged::Attribute(name.to_owned()))
    }

    pub(crate) fn text<T: FromStr>(self, name: &str) -> Read<T> {
        self.one(name, as_text)
    }

    pub(crate) fn maybe_text<T: FromStr>(self, name: &str) -> Read<Option<T>> {
        self.maybe(name, as_text)
    }

    pub(crate) fn number<T: FromStr>(self, name: &str) -> Read<T> {
        self.one(name, as_number)
    }

    pub(crate) fn maybe_number<T: FromStr>(self, name: &str) -> Read<Option<T>> {
        self.maybe(name, as_number)
    }

    pub(crate) fn money(self, name: &str) -> Read<Money> {
        self.one(name, as_money)
    }

    pub(crate) fn maybe_money(self, name: &str) -> Read<Option<Money>> {
        self.maybe(name, as_money)
    }

    pub(crate) fn instant(self, name: &str) -> Read<Timestamp> {
        self.one(name, as_instant)
    }

    pub(crate) fn maybe_instant(self, name: &str) -> Read<Option<Timestamp>> {
        self.maybe(name, as_instant)
    }

    pub(crate) fn fingerprint(self, name: &str) -> Read<Fingerprint> {
        self.one(name, as_fingerprint)
    }

    /// Each element of a list, read by `read`.
    pub(crate) fn list<T>(
        self,
        name: &str,
        read: impl Fn(&'a AttributeValue) -> Option<T>,
    ) -> Read<Vec<T>> {
        self.one(name, |value| value.as_l().ok()?.iter().map(&read).collect())
    }

    /// Each element of a list of maps, read by `read`.
    pub(crate) fn maps<T>(self, name: &str, read: impl Fn(Reader<'a>) -> Read<T>) -> Read<Vec<T>> {
        let maps = self.list(name, |value| value.as_m().ok())?;
        maps.into_iter().map(|map| read(Reader(map))).collect()
    }
}

pub(crate) fn as_text<T: FromStr>(value: &AttributeValue) -> Option<T> {
    value.as_s().ok()?.parse().ok()
}

pub(crate) fn as_number<T: FromStr>(value: &AttributeValue) -> Option<T> {
    value.as_n().ok()?.parse().ok()
}

pub(crate) fn as_money(value: &AttributeValue) -> Option<Money> {
    Money::from_minor(as_number(value)?).ok()
}

pub(crate) fn as_instant(value: &AttributeValue) -> Option<Timestamp> {
    time::from_millis(as_number(value)?)
}

pub(crate) fn as_fingerprint(value: &AttributeValue) -> Option<Fingerprint> {
    Some(Fingerprint(value.as_b().ok()?.as_ref().try_into().ok()?))
}

/// What an item takes of the table in bytes, by DynamoDB's rules: names and values, and a little
/// for each list, map and element.
pub(crate) fn bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len().saturating_add(value_bytes(value))).sum()
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the kinds that this program writes are named")]
fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2).saturating_add(1),
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::L(values) => values
            .iter()
            .map(|value| value_bytes(value).saturating_add(1))
            .sum::<usize>()
            .saturating_add(3),
        AttributeValue::M(map) => bytes(map).saturating_add(map.len()).saturating_add(3),
        _ => 1,
    }
}

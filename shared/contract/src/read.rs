//! Reads JSON into a type, and says where it is wrong and what to write instead.

use std::fmt;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::similar::similar;

/// What is wrong at one place of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw {
    /// One word for programs.
    pub(crate) code: &'static str,
    /// From the root of the document, such as `detail.data.lines[0].unit_price`; empty at the root.
    pub(crate) path: String,
    /// What to do about it.
    pub(crate) message: String,
    /// For a key that the format does not have: the one that may be meant.
    pub(crate) meant: Option<String>,
}

/// Longest path and longest message in bytes: what is sent stands in them, however long it is, and
/// a parked event has to fit its row with both.
pub(crate) const PATH_BYTES_MAX: usize = 500;
pub(crate) const MESSAGE_BYTES_MAX: usize = 1_000;

/// A text of at most so many bytes, and a sign where it was longer.
pub(crate) fn cut(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
    text
}

impl Flaw {
    pub(crate) fn new(
        code: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let (path, message) = (path.into(), message.into());
        let (path, message) = (cut(path, PATH_BYTES_MAX), cut(message, MESSAGE_BYTES_MAX));
        Self { code, path, message, meant: None }
    }

    /// A field that is missing, of another type or not of the form it must have.
    pub(crate) fn malformed(path: impl Into<String>, message: impl fmt::Display) -> Self {
        Self::new(MALFORMED, path, message.to_string())
    }

    /// The path and what to do, in one sentence.
    pub(crate) fn sentence(&self) -> String {
        if self.path.is_empty() {
            self.message.clone()
        } else {
            format!("{}: {}", self.path, self.message)
        }
    }
}

/// The code of a field that is missing, of another type or not of the form it must have.
pub(crate) const MALFORMED: &str = "malformed";

/// The code of an amount, product or total above 10^12 minor units.
pub(crate) const OVERFLOW: &str = "overflow";

/// The code of more of something than an order may have.
pub(crate) const TOO_LARGE: &str = "too_large";

/// The code of a key that the format does not have.
pub(crate) const UNKNOWN_KEY: &str = "unknown_key";

/// Reads `value` into a type; a missing field is named by its own path, not by its parent's.
pub(crate) fn read<'de, T: Deserialize<'de>>(value: &'de Value) -> Result<T, Flaw> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let said = error.inner().to_string();
        let path = text(error.path());
        if let Some(field) = quoted(&said, "missing field `") {
            return missing(&path, field, keys(value, error.path()));
        }
        if let Some(unknown) = quoted(&said, "unknown field `") {
            let parent = text_without(error.path(), unknown);
            return unknown_key(below(&parent, unknown), unknown, &said);
        }
        let at_root = path.is_empty() && value.is_null();
        let said = if at_root { said.replacen("null", "nothing", 1) } else { said };
        Flaw::malformed(path, advice(&said))
    })
}

/// The paths of all that a type does not read; none where it cannot be read.
pub(crate) fn ignored<'de, T: Deserialize<'de>>(value: &'de Value) -> Vec<String> {
    let mut paths = Vec::new();
    let read = serde_ignored::deserialize::<_, _, T>(value, |path| paths.push(ignored_path(&path)));
    read.map(|_| paths).unwrap_or_default()
}

/// A path as the others are written.
fn ignored_path(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", ignored_path(parent)),
        Path::Map { parent, key } => below(&ignored_path(parent), key),
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => ignored_path(parent),
    }
}

/// What follows `prefix` in what serde says, up to the end of the name.
fn quoted<'a>(said: &'a str, prefix: &str) -> Option<&'a str> {
    said.strip_prefix(prefix)?.split('`').next()
}

/// A field that is missing, and what stands there that may be meant to be it.
fn missing<'a>(parent: &str, field: &str, keys: impl Iterator<Item = &'a str>) -> Flaw {
    let meant = keys.filter(|key| similar(key, [field]).is_some()).min();
    let message = match meant {
        Some(written) => format!("the field is missing; write {field} for {written}"),
        None => MISSING.to_owned(),
    };
    Flaw::malformed(below(parent, field), message)
}

/// A key that the format does not have, and the one that may be meant.
fn unknown_key(path: String, unknown: &str, said: &str) -> Flaw {
    let known = said.split_once(", expected ").map_or("", |(_, known)| known);
    let meant = similar(unknown, known.split('`').skip(1).step_by(2));
    // The path does not show a key without a letter.
    let such = if unknown.is_empty() { "key without a name" } else { "such key" };
    let message = match meant {
        Some(meant) => format!("there is no {such} here; write {meant}"),
        None => format!("there is no {such} here; write {}", known.replace('`', "")),
    };
    Flaw { meant: meant.map(str::to_owned), ..Flaw::new(UNKNOWN_KEY, path, message) }
}

/// The keys of the object that stands at a path; none where none does.
fn keys<'a>(value: &'a Value, path: &Path) -> impl Iterator<Item = &'a str> {
    let at = path.iter().try_fold(value, |value, segment| match segment {
        Segment::Seq { index } => value.get(index),
        Segment::Map { key } => value.get(key),
        Segment::Enum { variant } => value.get(variant),
        Segment::Unknown => None,
    });
    at.and_then(Value::as_object).into_iter().flat_map(|object| object.keys().map(String::as_str))
}

/// Reads a struct from an object only: what serde derives would take a list of its fields, too.
pub(crate) struct ObjectOnly<D>(pub(crate) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ObjectOnly<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

/// Implements `Deserialize` through [`ObjectOnly`] for structs that derive it as
/// `#[serde(remote = "Self")]`, which makes an inherent function of it.
macro_rules! objects {
    ($($name:ident)+) => {$(
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize($crate::read::ObjectOnly(deserializer))
            }
        }
    )+};
    (of T: $($name:ident)+) => {$(
        impl<'de, T: serde::Deserialize<'de>> serde::Deserialize<'de> for $name<T> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize($crate::read::ObjectOnly(deserializer))
            }
        }
    )+};
}

pub(crate) use objects;

const MISSING: &str = "the field is missing; add it";

/// Turns what serde says into what to do.
fn advice(said: &str) -> String {
    let Some((found, wanted)) = said.split_once(", expected ") else {
        return said.to_owned();
    };
    let wanted = match wanted {
        "a sequence" => "a list",
        "a map" => "an object",
        "a boolean" => "true or false",
        "map with a single key" => return "write exactly one of the keys".to_owned(),
        other => other,
    };
    let found = found
        .strip_prefix("invalid type: ")
        .or_else(|| found.strip_prefix("invalid value: "))
        .unwrap_or(found);
    let found = found.strip_prefix("unknown variant ").unwrap_or(found);
    let wanted = wanted.replace('`', "");
    match found {
        "null" => MISSING.to_owned(),
        "map" => format!("write {wanted}, not an object"),
        "sequence" => format!("write {wanted}, not a list"),
        other => format!("write {wanted}, not {}", other.replace('`', "")),
    }
}

/// The path of `field` of what stands at `parent`.
pub(crate) fn below(parent: &str, field: &str) -> String {
    if parent.is_empty() { field.to_owned() } else { format!("{parent}.{field}") }
}

fn text(path: &Path) -> String {
    if path.iter().next().is_none() { String::new() } else { path.to_string() }
}

fn text_without(path: &Path, last: &str) -> String {
    let ends = matches!(path.iter().next_back(), Some(Segment::Map { key }) if key == last);
    let whole = text(path);
    let parent = whole.strip_suffix(last).map(|parent| parent.trim_end_matches('.'));
    match parent {
        Some(parent) if ends => parent.to_owned(),
        Some(_) | None => whole,
    }
}

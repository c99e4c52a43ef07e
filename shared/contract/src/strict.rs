//! JSON read with what serde would take in silence: a key that stands twice, and `null`.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Map, Number, Value};

/// Something that JSON allows and that hides a mistake.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// A key that stands a second time in its object; the last is in the value.
    Twice,
    /// `null`, which is in the value.
    Null,
}

/// Reads a text as JSON, and tells each oddity with its path.
///
/// # Errors
///
/// * What to do about a text that is not JSON.
pub(crate) fn parse(
    text: &str,
    note: &mut dyn FnMut(Oddity, &dyn fmt::Display),
) -> Result<Value, String> {
    let mut deserializer = Deserializer::from_str(text);
    let value = Place { at: Step::Root, note }.deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    value.map_err(|error| not_json(text, &error))
}

fn not_json(text: &str, error: &serde_json::Error) -> String {
    let said = error.to_string();
    if text.trim().is_empty() {
        "this is not JSON: nothing is here; write it".to_owned()
    } else if said.starts_with("recursion limit exceeded") {
        "this is nested more than 127 deep; send it flatter".to_owned()
    } else {
        format!("this is not JSON: {said}; mend it")
    }
}

/// The way to a place; it is put into words only where there is something to say of it.
#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a Step<'a>, &'a str),
    Element(&'a Step<'a>, usize),
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) => f.write_str(key),
            Self::Key(parent, key) => write!(f, "{parent}.{key}"),
            Self::Element(parent, place) => write!(f, "{parent}[{place}]"),
        }
    }
}

struct Place<'a> {
    at: Step<'a>,
    note: &'a mut dyn FnMut(Oddity, &dyn fmt::Display),
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        (self.note)(Oddity::Null, &self.at);
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, is: bool) -> Result<Value, E> {
        Ok(is.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    #[expect(clippy::disallowed_types, reason = "a fraction is only ever refused, or passed over")]
    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        for place in 0_usize.. {
            let at = Step::Element(&self.at, place);
            match list.next_element_seed(Place { at, note: self.note })? {
                Some(value) => values.push(value),
                None => break,
            }
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let at = Step::Key(&self.at, &key);
            if values.contains_key(&key) {
                (self.note)(Oddity::Twice, &at);
            }
            let value = map.next_value_seed(Place { at, note: self.note })?;
            values.insert(key, value);
        }
        Ok(values.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_serde_reads_and_each_oddity_has_its_path() {
        let check = |text: &str, want: &[&str]| {
            let mut odd = Vec::new();
            let value = parse(text, &mut |oddity, path| {
                let word = if oddity == Oddity::Twice { "twice" } else { "null" };
                odd.push(format!("{word} {path}"));
            });
            assert_eq!(value.ok(), serde_json::from_str(text).ok(), "{text}");
            assert_eq!(odd, want, "{text}");
        };
        check(r#"{"a": [1, -2, 3.5, true, "x", {}], "b": {"c": "订"}}"#, &[]);
        check(
            r#"{"a": 1, "b": {"c": [{"d": 1, "d": 2}]}, "a": 3}"#,
            &["twice b.c[0].d", "twice a"],
        );
        check(r#"[null, {"a": null}]"#, &["null [0]", "null [1].a"]);
        check("null", &["null "]);
        check("{\"a\": 1", &[]);
        check("1 2", &[]);
    }
}

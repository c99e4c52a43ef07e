//! JSON as it is written: with keys that stand twice, and with values that are none.

use serde_json::Value;

/// A document, or a part of it.
#[derive(Clone)]
pub(crate) enum Node {
    /// A text, number or word, letter by letter.
    Raw(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(|value| Self::of(&value))
    }

    fn of(value: &Value) -> Self {
        match value {
            Value::Array(list) => Self::List(list.iter().map(Self::of).collect()),
            Value::Object(fields) => {
                Self::Object(fields.iter().map(|(key, one)| (key.clone(), Self::of(one))).collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Self::Raw(value.to_string())
            }
        }
    }

    /// A string of this text.
    pub(crate) fn text(text: &str) -> Self {
        Self::Raw(Value::from(text).to_string())
    }

    pub(crate) fn write(&self, to: &mut String) {
        match self {
            Self::Raw(raw) => to.push_str(raw),
            Self::List(list) => {
                to.push('[');
                for (place, one) in list.iter().enumerate() {
                    to.push_str(if place == 0 { "" } else { "," });
                    one.write(to);
                }
                to.push(']');
            }
            Self::Object(fields) => {
                to.push('{');
                for (place, (key, one)) in fields.iter().enumerate() {
                    to.push_str(if place == 0 { "" } else { "," });
                    to.push_str(&Value::from(key.as_str()).to_string());
                    to.push(':');
                    one.write(to);
                }
                to.push('}');
            }
        }
    }

    /// How many nodes there are, this one among them.
    pub(crate) fn count(&self) -> usize {
        let below: usize = match self {
            Self::Raw(_) => 0,
            Self::List(list) => list.iter().map(Self::count).sum(),
            Self::Object(fields) => fields.iter().map(|(_, one)| one.count()).sum(),
        };
        below + 1
    }

    /// The node of that number, from the root on; the root is 0.
    pub(crate) fn nth(&mut self, number: &mut usize) -> Option<&mut Self> {
        if *number == 0 {
            return Some(self);
        }
        *number -= 1;
        match self {
            Self::Raw(_) => None,
            Self::List(list) => list.iter_mut().find_map(|one| one.nth(number)),
            Self::Object(fields) => fields.iter_mut().find_map(|(_, one)| one.nth(number)),
        }
    }
}

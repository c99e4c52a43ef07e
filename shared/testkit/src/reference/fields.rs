//! Fields of JSON. What is absent or `null` is none; what is there is well-formed, or the test that
//! sent it is wrong.

use jiff::Timestamp;
use serde_json::Value;

/// A text.
pub(super) fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name)?.as_str().map(str::to_owned)
}

/// A text that has to be there.
pub(super) fn required(value: &Value, name: &str) -> String {
    text(value, name).unwrap_or_else(|| unreachable!("{name} of {value}"))
}

/// A list; empty where it is absent.
pub(super) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A time, cut to the millisecond.
pub(super) fn time(text: &str) -> Timestamp {
    let exact: Timestamp = text.parse().expect("a time");
    Timestamp::from_millisecond(exact.as_nanosecond().div_euclid(1_000_000).try_into().expect("ms"))
        .expect("a time")
}

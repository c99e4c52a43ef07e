//! Whether an answer is what a scenario expects.

use serde_json::Value;

/// Where `got` is not what is expected, each place with both values. Keys that nobody expects may
/// be there; an array has the length and the order that are expected; all else is equal.
pub(super) fn differences(expected: &Value, got: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", expected, got, &mut found);
    found
}

fn compare(path: &str, expected: &Value, got: &Value, found: &mut Vec<String>) {
    let named = if path.is_empty() { "the answer" } else { path };
    match (expected, got) {
        (Value::Object(expected), Value::Object(got)) => {
            for (key, expected) in expected {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match got.get(key) {
                    Some(got) => compare(&path, expected, got, found),
                    None => {
                        let keys: Vec<&str> = got.keys().map(String::as_str).collect();
                        let keys = keys.join(", ");
                        found
                            .push(format!("{path}: expected {expected}, and there is only {keys}"));
                    }
                }
            }
        }
        (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
            for (place, (expected, got)) in expected.iter().zip(got).enumerate() {
                compare(&format!("{path}[{place}]"), expected, got, found);
            }
        }
        (Value::Array(all), Value::Array(others)) => {
            let (wanted, there) = (all.len(), others.len());
            found.push(format!("{named}: expected {wanted} elements, got {there}: {got}"));
        }
        (expected, got) if expected == got => {}
        (expected, got) => found.push(format!("{named}: expected {expected}, got {got}")),
    }
}

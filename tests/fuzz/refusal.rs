//! What is refused says where: the path leads to a place of the document, or to one that lacks it.

use serde_json::Value;

/// Checks the sentence of a refusal against the document. One that names no path is about the
/// whole: it is no JSON, or not of the form it has to have.
#[track_caller]
pub(crate) fn check_sentence(text: &str, sentence: &str, is_whole: impl FnOnce(&Value) -> bool) {
    assert!(!sentence.trim().is_empty(), "a refusal has a reason");
    assert!(sentence.len() < 2_000, "it fits the row of a parked event");
    let Ok(value) = serde_json::from_str::<Value>(text) else { return };
    if sentence.ends_with("send it once") {
        return; // Of what stands twice, the value has one.
    }
    match sentence.split_once(": ").filter(|(path, _)| !path.contains(' ')) {
        Some((path, message)) => {
            assert!(!message.is_empty(), "it says what to do");
            check_path(&value, path);
        }
        None => assert!(is_whole(&value) || !is_plain(&value), "no path: {sentence}"),
    }
}

/// Checks that a path leads somewhere. A path with keys of other than plain letters cannot be told
/// apart, and is passed over.
#[track_caller]
pub(crate) fn check_path(value: &Value, path: &str) {
    if path.ends_with('…') || !is_plain(value) || path.is_empty() {
        return;
    }
    let steps: Vec<&str> = path.split(['.', '[']).filter(|step| !step.is_empty()).collect();
    let Some((last, above)) = steps.split_last() else { panic!("no path: {path}") };
    let holder = above.iter().try_fold(value, |at, step| below(at, step));
    let holder = holder.unwrap_or_else(|| panic!("{path} leads nowhere in {value}"));
    let fits = match last.strip_suffix(']') {
        Some(place) => holder.get(place.parse::<usize>().unwrap()).is_some(),
        None => holder.is_object(),
    };
    assert!(fits, "{path} is not in {value}");
}

fn below<'a>(at: &'a Value, step: &str) -> Option<&'a Value> {
    match step.strip_suffix(']') {
        Some(place) => at.get(place.parse::<usize>().ok()?),
        None => at.get(step),
    }
}

/// Whether each key is of plain letters, so that a path can be read.
fn is_plain(value: &Value) -> bool {
    let plain = |key: &String| {
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    match value {
        Value::Array(list) => list.iter().all(is_plain),
        Value::Object(fields) => fields.iter().all(|(key, one)| plain(key) && is_plain(one)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

//! Scenario files, read and checked: what could not fail, or would say nothing in silence, is
//! refused with the file and the step.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use upline_contract::plan::Policy;
use upline_lambda::read_plan;

use super::strict;
use crate::events::event;

/// A scenario, checked: its plan compiles, and each of its steps can fail.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The file.
    pub file: PathBuf,
    /// What the system does, in a sentence.
    pub it: String,
    /// The plan document that is active from the beginning of time.
    pub plan: String,
    /// The shipped policy it is held against.
    pub policy: String,
    /// One after another.
    pub steps: Vec<Step>,
}

/// Events to send, if any, and then what must be seen.
#[derive(Clone, Debug)]
pub struct Step {
    /// From 1, for messages.
    pub number: usize,
    /// Whole events.
    pub send: Vec<Value>,
    /// One for each event; or empty, where nobody asks.
    pub outcomes: Vec<Outcome>,
    /// Paths, and what must stand there once posting is quiet.
    pub see: Vec<(String, Value)>,
}

/// What must become of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// `created`, `exists` and so on.
    pub word: String,
    /// The code before the sentence, where it is asked for.
    pub code: Option<String>,
}

const WORDS: [&str; 6] = ["created", "exists", "waiting", "conflict", "parked", "refused"];

const DETAIL_TYPES: [&str; 5] =
    ["DistributorRegistered", "BuyerBound", "OrderPaid", "OrderRefunded", "OrderCompleted"];

/// A file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    it: String,
    /// The arithmetic, for whoever checks the figures.
    why: Vec<String>,
    plan: Value,
    policy: Option<String>,
    steps: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    send: Option<Vec<Map<String, Value>>>,
    outcomes: Option<Vec<String>>,
    see: Option<Map<String, Value>>,
}

impl Scenario {
    /// Reads one file.
    ///
    /// # Errors
    ///
    /// * A sentence that names the file, the step and what is wrong.
    pub fn read(file: &Path) -> Result<Self, String> {
        Self::try_read(file).map_err(|wrong| format!("{}: {wrong}", file.display()))
    }

    fn try_read(file: &Path) -> Result<Self, String> {
        let value = json(file)?;
        let Written { it, why, plan, policy, steps } = of(value)?;
        if it.is_empty() || why.is_empty() || steps.is_empty() {
            return Err("say what it does, why the figures are what they are, and steps".into());
        }
        let plan = match plan.as_str() {
            Some(name) => {
                let plan = file.with_file_name("plans").join(format!("{name}.json"));
                json(&plan).map_err(|wrong| format!("plan {name:?}: {wrong}"))?.to_string()
            }
            None => plan.to_string(),
        };
        let policy = policy.unwrap_or_else(|| "cn".to_owned());
        let known = Policy::named(&policy).ok_or_else(|| format!("no policy {policy:?}"))?;
        read_plan(&plan, &known.to_text()).map_err(|wrong| format!("plan: {wrong}"))?;
        let mut sent = 0;
        let numbered = (1_usize..).zip(steps);
        let steps = numbered.map(|(number, step)| {
            let step = Step::read(number, step, &mut sent);
            step.map_err(|wrong| format!("step {number}: {wrong}"))
        });
        let steps = steps.collect::<Result<_, _>>()?;
        Ok(Self { file: file.to_owned(), it, plan, policy, steps })
    }
}

impl Step {
    /// Reads a step; `sent` counts the events of the file, which names those without an id.
    fn read(number: usize, step: Value, sent: &mut usize) -> Result<Self, String> {
        let WrittenStep { send, outcomes, see } = of(step)?;
        if outcomes.is_none() && see.is_none() {
            return Err("it expects nothing; name outcomes or see".to_owned());
        }
        let mut events = Vec::new();
        for short in send.unwrap_or_default() {
            *sent += 1;
            events.push(whole(short, *sent).map_err(|wrong| format!("event {sent}: {wrong}"))?);
        }
        if let Some(outcomes) = outcomes.as_ref().filter(|all| all.len() != events.len()) {
            let (asked, sent) = (outcomes.len(), events.len());
            return Err(format!("it has {asked} outcomes and sends {sent} events"));
        }
        let outcomes = outcomes.unwrap_or_default();
        let outcomes: Vec<Outcome> =
            outcomes.iter().map(|text| Outcome::read(text)).collect::<Result<_, _>>()?;
        let see: Vec<(String, Value)> = see.into_iter().flatten().collect();
        if outcomes.is_empty() && see.is_empty() {
            return Err("it expects nothing; write something in outcomes or see".to_owned());
        }
        for (path, expected) in &see {
            if !path.starts_with("/v1/") {
                return Err(format!("see {path:?}: write a path such as /v1/orders/A1"));
            }
            if !expected.is_object() || expects_nothing(expected) {
                return Err(format!("see {path}: an object with nothing in it expects nothing"));
            }
        }
        Ok(Self { number, send: events, outcomes, see })
    }
}

impl Outcome {
    fn read(text: &str) -> Result<Self, String> {
        let (word, code) = match text.split_once(": ") {
            Some((word, code)) => (word, Some(code.to_owned())),
            None => (text, None),
        };
        if WORDS.contains(&word) {
            Ok(Self { word: word.to_owned(), code })
        } else {
            Err(format!("there is no outcome {text:?}; write {}", WORDS.join(", ")))
        }
    }
}

fn json(file: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(file).map_err(|wrong| wrong.to_string())?;
    strict::parse(&text).map_err(|wrong| wrong.to_string())
}

fn of<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|wrong| wrong.to_string())
}

/// The event that `{"OrderPaid": {…}, "id"?, "time"?}` is short for; `place` names one without an
/// id.
fn whole(mut short: Map<String, Value>, place: usize) -> Result<Value, String> {
    let id = text(short.remove("id"), "id")?;
    let time = text(short.remove("time"), "time")?;
    let mut data = short.into_iter();
    let (Some((detail_type, data)), None) = (data.next(), data.next()) else {
        return Err("it has one detail-type, and beside it id and time at most".to_owned());
    };
    if !DETAIL_TYPES.contains(&detail_type.as_str()) {
        let known = DETAIL_TYPES.join(", ");
        return Err(format!("unknown key {detail_type:?}; write {known}, id or time"));
    }
    let id = id.unwrap_or_else(|| format!("{detail_type}-{place}"));
    let mut event = event(&detail_type, &id, &data);
    if let (Some(time), Some(at)) = (time, event.pointer_mut("/detail/metadata/time")) {
        *at = time.into();
    }
    Ok(event)
}

fn text(value: Option<Value>, key: &str) -> Result<Option<String>, String> {
    let text = |value: Value| {
        value.as_str().map(str::to_owned).ok_or_else(|| format!("{key} is a string, not {value}"))
    };
    value.map(text).transpose()
}

/// Whether somewhere in it is an object that anything would match.
fn expects_nothing(expected: &Value) -> bool {
    match expected {
        Value::Object(map) => map.is_empty() || map.values().any(expects_nothing),
        Value::Array(list) => list.iter().any(expects_nothing),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

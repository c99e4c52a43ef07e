//! Scenarios, played at a place.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use serde_json::Value;
use upline_contract::answer::EventResult;

use super::matching::differences;
use super::{Scenario, Step};

/// How many scenarios are played at a time: each waits for its table or its server now and then.
const THREADS: usize = 3;

/// Where a scenario is played: the tenant "demo", with the scenario's plan and nothing else.
pub trait Place {
    /// Sends events in order, and gives what became of each.
    fn send(&mut self, events: &[Value]) -> Vec<EventResult>;

    /// Waits until all that was sent is posted.
    fn settle(&mut self);

    /// Asks for a path: the status, and the answer.
    fn get(&mut self, path: &str) -> (u16, Value);
}

/// Plays every scenario of a folder, each at a place of its own.
///
/// # Panics
///
/// * Where there are fewer than `at_least`: files that were lost would be missed by nobody.
/// * With all that failed, each with its file, step and path, and both values.
pub fn play_folder<P: Place>(folder: &Path, at_least: usize, open: impl Fn(&Scenario) -> P + Sync) {
    let mut files = files(folder);
    let count = files.len();
    assert!(count >= at_least, "{}: {count} of {at_least} scenarios", folder.display());
    files.reverse();
    let (files, failures) = (Mutex::new(files), Mutex::new(Vec::new()));
    let next = || files.lock().unwrap().pop();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(file) = next() {
                    let played = catch_unwind(AssertUnwindSafe(|| play_file(&file, &open)));
                    let broke = |_| Err(format!("{}: broke, see above", file.display()));
                    if let Err(failure) = played.unwrap_or_else(broke) {
                        failures.lock().unwrap().push(failure);
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    let (failed, said) = (failures.len(), failures.join("\n\n"));
    assert!(failures.is_empty(), "{failed} of {count} scenarios failed\n\n{said}\n");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|file| file.extension().is_some_and(|ending| ending == "json")).collect();
    files.sort();
    files
}

fn play_file<P: Place>(file: &Path, open: impl Fn(&Scenario) -> P) -> Result<(), String> {
    let scenario = Scenario::read(file)?;
    let mut place = open(&scenario);
    for step in &scenario.steps {
        let failures = play_step(step, &mut place);
        if !failures.is_empty() {
            let Scenario { file, it, .. } = &scenario;
            let said = failures.join("\n  ");
            return Err(format!("{}: it {it}\n  {said}", file.display()));
        }
    }
    Ok(())
}

/// Plays one step; what is not as it is expected. The step that failed is the last to be played.
fn play_step(step: &Step, place: &mut impl Place) -> Vec<String> {
    let number = step.number;
    let mut failures = Vec::new();
    if !step.send.is_empty() {
        let results = place.send(&step.send);
        failures.extend(compare_results(step, &results));
    }
    if !step.see.is_empty() {
        place.settle();
    }
    for (path, expected) in &step.see {
        let (status, answer) = place.get(path);
        // A number is the status of the answer; "status" is also a word that a distributor has.
        let wanted = expected.get("status").and_then(Value::as_u64).unwrap_or(200);
        if u64::from(status) == wanted {
            let found = differences(expected, &answer).into_iter();
            failures.extend(found.map(|found| format!("step {number}, see {path}: {found}")));
        } else {
            let got = format!("expected status {wanted}, got {status}: {answer}");
            failures.push(format!("step {number}, see {path}: {got}"));
        }
    }
    failures
}

fn compare_results(step: &Step, results: &[EventResult]) -> Vec<String> {
    let number = step.number;
    if results.len() != step.send.len() {
        let (sent, got) = (step.send.len(), results.len());
        return vec![format!("step {number}: sent {sent} events, got {got} results")];
    }
    let mut failures = Vec::new();
    for (event, result) in step.send.iter().zip(results) {
        let id = event.pointer("/detail/metadata/id").and_then(Value::as_str);
        if result.id.as_deref() != id {
            failures.push(format!("step {number}, event {id:?}: got the id {:?}", result.id));
        }
    }
    for (place, (expected, got)) in step.outcomes.iter().zip(results).enumerate() {
        let code = got.reason.as_deref().and_then(|reason| reason.split(": ").next());
        let same_code = expected.code.as_deref().is_none_or(|expected| Some(expected) == code);
        if expected.word != got.outcome || !same_code {
            let wanted = said(&expected.word, expected.code.as_deref());
            let came = said(&got.outcome, got.reason.as_deref());
            let id = got.id.as_deref().unwrap_or("an event without an id");
            let place = format!("step {number}, outcomes[{place}], of {id}");
            failures.push(format!("{place}: expected {wanted:?}, got {came:?}"));
        }
    }
    failures
}

fn said(word: &str, more: Option<&str>) -> String {
    more.map_or_else(|| word.to_owned(), |more| format!("{word}: {more}"))
}

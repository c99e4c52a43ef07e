//! `upline plan test`: case files against the plans they name, without a server.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};
use upline_contract::answer::OrderView;
use upline_contract::case::{Case, Difference, parse_case};
use upline_contract::plan::Policy;
use upline_contract::simulated::simulated;
use upline_domain::language::Language;
use upline_domain::plan::Plan;

use crate::cli::{PlanTest, read};
use crate::failure::{Failure, Form};
use crate::simulate::compiled;

/// Folders within folders that are looked through; a link to a folder above has no end.
const FOLDERS_DEEP_MAX: usize = 32;

/// What became of one case.
#[derive(Serialize)]
struct Outcome {
    /// The file, as it was found.
    file: String,
    /// What the plan does by the case.
    it: String,
    /// Whether everything is as the case has it.
    ok: bool,
    /// Why the order cannot be calculated; null where it can.
    error: Option<String>,
    /// What is not as the case has it.
    differences: Vec<Difference>,
    /// Why those who earn something else earn what they do, by distributor.
    trace: BTreeMap<String, Vec<String>>,
}

/// `upline plan test`: exit status 1 where a case comes out otherwise.
pub(crate) fn test(command: &PlanTest, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let policy = command.policy.read()?;
    let found = find(&command.folder)?;
    let mut plans = BTreeMap::new();
    let mut outcomes = Vec::with_capacity(found.len());
    for (file, case) in &found {
        let plan_file = file.parent().unwrap_or(Path::new("")).join(&case.plan);
        if !plans.contains_key(&plan_file) {
            plans.insert(plan_file.clone(), plan(&plan_file, file, &policy)?);
        }
        let Some(plan) = plans.get(&plan_file) else { continue };
        let outcome = outcome(file, case, plan)?;
        if form == Form::Words {
            tell(&outcome, out)?;
        }
        outcomes.push(outcome);
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.ok).count();
    let passed = outcomes.len().saturating_sub(failed);
    if form == Form::Json {
        let ok = failed == 0;
        writeln!(
            out,
            "{}",
            json!({"ok": ok, "passed": passed, "failed": failed, "cases": outcomes})
        )?;
    }
    let cases = if passed == 1 { "case" } else { "cases" };
    if failed > 0 {
        return Err(Failure::no(format!("{passed} {cases} passed, {failed} failed")));
    }
    if form == Form::Words {
        writeln!(out, "{passed} {cases} passed")?;
    }
    Ok(())
}

/// The cases in a folder and below, in the order of their names.
fn find(folder: &Path) -> Result<Vec<(PathBuf, Case)>, Failure> {
    let mut files = BTreeSet::new();
    json_files(folder, FOLDERS_DEEP_MAX, &mut files)?;
    let mut cases = Vec::new();
    for file in files {
        let text = read(&file)?;
        // Plans and policies may stand beside the cases. All else is a case, or meant to be one: a
        // file that was passed over in silence would test nothing.
        let has = |key| serde_json::from_str::<Value>(&text).is_ok_and(|v| v.get(key).is_some());
        if has("currencies") || has("max_depth") {
            continue;
        }
        let case = parse_case(&text).map_err(|refused| {
            Failure::usage(format!("{}: no case: {}", file.display(), refused.reason))
        })?;
        cases.push((file, case));
    }
    if cases.is_empty() {
        let folder = folder.display();
        return Err(Failure::usage(format!(
            "there is no case in {folder}: write one as a file that ends in .json, with it, plan, \
             given and expect"
        )));
    }
    Ok(cases)
}

fn json_files(at: &Path, deep: usize, files: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    let unread = |wrong| Failure::usage(format!("cannot read {}: {wrong}", at.display()));
    if !at.is_dir() {
        files.insert(at.to_owned());
        return Ok(());
    }
    let Some(deep) = deep.checked_sub(1) else { return Ok(()) };
    for entry in fs::read_dir(at).map_err(unread)? {
        let path = entry.map_err(unread)?.path();
        let is_json = path.extension().is_some_and(|ending| ending == "json");
        if path.is_dir() || is_json {
            json_files(&path, deep, files)?;
        }
    }
    Ok(())
}

/// The plan that a case names, compiled.
fn plan(file: &Path, case: &Path, policy: &Policy) -> Result<Plan, Failure> {
    let named = |failure: Failure| failure.adding(&format!("{} names it", case.display()));
    let text = read(file).map_err(named)?;
    compiled(&text, policy, &file.display().to_string()).map_err(named)
}

fn outcome(file: &Path, case: &Case, plan: &Plan) -> Result<Outcome, Failure> {
    let told = file.display().to_string();
    let unable = |reason| Failure::usage(format!("{told}: {reason}"));
    let simulation = case.simulation(plan).map_err(|refused| unable(refused.reason))?;
    let currency = simulation.paid.currency;
    let mut outcome = Outcome {
        file: told.clone(),
        it: case.it.clone(),
        ok: false,
        error: None,
        differences: Vec::new(),
        trace: BTreeMap::new(),
    };
    match simulated(simulation, plan, Language::English) {
        Err(wrong) => outcome.error = Some(wrong.to_string()),
        Ok(view) => {
            let found = case.differences(&view, currency);
            outcome.differences = found.map_err(|refused| unable(refused.reason))?;
            outcome.ok = outcome.differences.is_empty();
            outcome.trace = trace(&view, &outcome.differences);
        }
    }
    Ok(outcome)
}

/// The steps to what those earn who earn something else than the case has.
fn trace(view: &OrderView, differences: &[Difference]) -> BTreeMap<String, Vec<String>> {
    let earns = |id: &str| format!("allocations.{id}");
    let otherwise = view.allocations.iter().filter(|one| {
        differences.iter().any(|difference| difference.path == earns(&one.distributor_id))
    });
    otherwise.map(|one| (one.distributor_id.clone(), one.trace.clone())).collect()
}

fn tell(outcome: &Outcome, out: &mut impl Write) -> std::io::Result<()> {
    let Outcome { file, it, ok, error, differences, trace } = outcome;
    writeln!(out, "{} {file}: {it}", if *ok { "ok  " } else { "FAIL" })?;
    if let Some(error) = error {
        writeln!(out, "       cannot be calculated: {error}")?;
    }
    let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
    for one in differences {
        let (expected, got) = (told(&one.expected), told(&one.got));
        writeln!(out, "       {}: expected {expected}, got {got}", one.path)?;
    }
    for (distributor, steps) in trace {
        writeln!(out, "       why {distributor} gets that:")?;
        for step in steps {
            writeln!(out, "         {step}")?;
        }
    }
    Ok(())
}

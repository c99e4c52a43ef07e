//! Compiles the levels: their names, and what each asks for.

use std::collections::BTreeSet;

use jiff::civil::Date;
use upline_domain::figures::Figures;
use upline_domain::ids::LevelId;
use upline_domain::level::{Condition, Demotion, Ladder};
use upline_domain::level_order::{Easier, easier};
use upline_domain::limits::{LEVELS_MAX, MEASURES_MAX};
use upline_domain::money::Currency;

use self::asked::Reader;
use super::compile::{day_count, scan};
use super::document::{Demote, Document, Level};
use super::finding::{DUPLICATE_ID, EASIER_LEVEL, EMPTY, Findings};
use super::words;
use crate::read::{MALFORMED, TOO_LARGE};

mod asked;

/// The names of the levels, lowest first, and how they are risen to and lost.
pub(super) fn compile(document: &Document, findings: &mut Findings) -> (Vec<LevelId>, Ladder) {
    let demotion = match &document.demote {
        Some(Demote::AfterDays(days)) => {
            let days = day_count(*days, "demote.after_days", findings);
            days.map_or(Demotion::Never, Demotion::AfterDays)
        }
        Some(Demote::Never) | None => Demotion::Never,
    };
    let Some(written) = document.levels.as_deref() else {
        let levels: Vec<LevelId> = "standard".parse().into_iter().collect();
        return (levels, Ladder { asked: vec![None], demotion });
    };
    if written.is_empty() {
        findings.add(EMPTY, "levels", "name at least one level, or leave the key out");
    }
    if written.len() > LEVELS_MAX {
        let message = format!("a plan has at most {LEVELS_MAX} levels, this one {}", written.len());
        findings.add(TOO_LARGE, "levels", message);
    }
    let levels = names(written, findings);
    let planned: Option<BTreeSet<Currency>> =
        document.currencies.keys().map(|code| code.parse().ok()).collect();
    let asked: Vec<Option<Condition>> = written
        .iter()
        .enumerate()
        .map(|(place, level)| asked_for(place, level, planned.as_ref(), findings))
        .collect();
    refuse_easier(written, &asked, findings);
    (levels, Ladder { asked, demotion })
}

fn names(written: &[Level], findings: &mut Findings) -> Vec<LevelId> {
    let mut levels: Vec<LevelId> = Vec::with_capacity(written.len());
    for (place, level) in written.iter().enumerate() {
        let path = format!("levels[{place}].id");
        if let Some(id) = scan(&level.id, &path, findings) {
            if levels.contains(&id) {
                let message = format!("level {id} stands twice; give each its own id");
                findings.add(DUPLICATE_ID, path, message);
            }
            levels.push(id);
        }
    }
    levels
}

/// What one level asks for; nothing where it asks for nothing, or where something is wrong with it.
fn asked_for(
    place: usize,
    level: &Level,
    planned: Option<&BTreeSet<Currency>>,
    findings: &mut Findings,
) -> Option<Condition> {
    let when = level.when.as_ref()?;
    let path = format!("levels[{place}].when");
    if place == 0 {
        let message = "everybody stands on the first level, whatever they do; take its conditions \
                       away, or write a level without any before it";
        findings.add(MALFORMED, path, message);
        return None;
    }
    let before = findings.count();
    let mut reader = Reader { planned, findings, measures: 0 };
    let condition = reader.wanted(when, &path);
    let measures = reader.measures;
    if measures > MEASURES_MAX {
        let message =
            format!("a level asks for at most {MEASURES_MAX} measures, this one for {measures}");
        findings.add(TOO_LARGE, path, message);
        return None;
    }
    let condition = condition.filter(|_| !findings.is_mended_in(&path))?;
    let idle = Figures { compliant: true, ..Figures::default() };
    // A list that cannot be read in part holds for everybody too, and that is told already.
    if findings.count() == before && idle.meets(&condition, Date::ZERO) {
        let message = "whoever has no open risk flag meets it and need not do anything; ask for a \
                       measure, or leave the conditions away to give the level by hand";
        findings.add(EASIER_LEVEL, path, message);
        return None;
    }
    Some(condition)
}

/// Refuses a level that is no harder than one below it: nobody would stand on that one.
fn refuse_easier(written: &[Level], asked: &[Option<Condition>], findings: &mut Findings) {
    for (place, upper) in asked.iter().enumerate().take(LEVELS_MAX) {
        let Some(upper) = upper else { continue };
        let mut below = asked.iter().zip(written).take(place).rev();
        let found = below.find_map(|(lower, level)| {
            Some((level.id.text.as_str(), easier(lower.as_ref()?, upper)?))
        });
        let id = written.get(place).map_or("", |level| level.id.text.as_str());
        if let Some((lower, found)) = found {
            let message = too_easy(id, lower, &found);
            findings.add(EASIER_LEVEL, format!("levels[{place}].when"), message);
        }
    }
}

fn too_easy(upper: &str, lower: &str, found: &Easier) -> String {
    let figures = words::figures(&found.figures);
    let example = if found.meets_lower {
        format!("{figures} is enough for both")
    } else if found.is_flagged {
        format!("{figures} and an open risk flag meet {upper} and not {lower}")
    } else {
        format!("{figures} is enough for {upper} and not for {lower}")
    };
    format!(
        "whoever meets level {lower} meets {upper} above it, so nobody would ever stand on \
         {lower}; for example, {example}; ask more for {upper}"
    )
}

#[cfg(test)]
mod tests;

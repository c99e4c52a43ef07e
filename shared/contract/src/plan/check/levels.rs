//! Conditions of levels that nobody can meet.

use upline_domain::level::{Condition, Measure};
use upline_domain::level_order::{can_be_met, days_for_months, months_max};
use upline_domain::limits::WINDOW_DAYS_MAX;
use upline_domain::plan::Plan;

use crate::plan::finding::Findings;
use crate::plan::words::counted;
use crate::read::below;

/// Warns of each condition that nobody can meet, where it stands.
pub(super) fn warn_of_levels(plan: &Plan, warnings: &mut Findings) {
    for (place, (id, asked)) in plan.levels.iter().zip(&plan.ladder.asked).enumerate() {
        let Some(condition) = asked else { continue };
        let outcome = if can_be_met(condition) {
            String::new()
        } else {
            format!("; nobody would ever rise to level {id}")
        };
        warn(condition, &format!("levels[{place}].when"), &outcome, warnings);
    }
}

fn warn(condition: &Condition, path: &str, outcome: &str, warnings: &mut Findings) {
    match condition {
        Condition::All(list) => warn_of_each(list, &below(path, "all"), outcome, warnings),
        Condition::Any(list) => warn_of_each(list, &below(path, "any"), outcome, warnings),
        Condition::AtLeast { measure: Measure::MonthsActive { days }, least } => {
            let most = months_max(*days);
            if most < *least {
                let message = format!(
                    "this can never be met: {} on end touch at most {}; {}{outcome}",
                    counted((*days).into(), "day"),
                    counted(most, "calendar month"),
                    remedy(*least, most),
                );
                warnings.add("never_met", below(path, "months_active"), message);
            }
        }
        Condition::Score(_) if !can_be_met(condition) => {
            let message = format!(
                "this can never be met: its windows do not touch enough calendar months for so \
                 many points; ask for fewer, give months more weight, or count something else \
                 too{outcome}"
            );
            warnings.add("never_met", below(path, "score"), message);
        }
        Condition::AtLeast { .. } | Condition::Score(_) | Condition::Compliant => {}
    }
}

fn warn_of_each(list: &[Condition], path: &str, outcome: &str, warnings: &mut Findings) {
    for (place, one) in list.iter().enumerate() {
        warn(one, &format!("{path}[{place}]"), outcome, warnings);
    }
}

/// What to write for so many months in a window that touches at most so many.
fn remedy(months: u64, most: u64) -> String {
    let days = days_for_months(months);
    if days <= WINDOW_DAYS_MAX.into() {
        format!("ask for at most {most}, or in {days} days or more")
    } else {
        format!("ask for at most {most}")
    }
}

//! A calculation in words: one sentence a step, for a person who asks why.

mod chinese;
#[cfg(test)]
mod choice_tests;
mod english;
pub mod levels;
#[cfg(test)]
mod tests;

use std::fmt::Display;

use crate::calculate::{Reason, Step, Stretch};
use crate::language::Language;
use crate::limits::NAMES_SHOWN_MAX;
use crate::money::{Currency, MICROS_PER_MINOR, SignedMoney};
use crate::plan::Rule;
use crate::why_not::{Choice, Miss};

/// Whose step it is: a place in the lineage.
#[must_use]
pub fn ancestor(step: &Step<'_>) -> usize {
    match *step {
        Step::Earned { ancestor, .. }
        | Step::CardCap { ancestor, .. }
        | Step::DepthCap { ancestor }
        | Step::Rounded { ancestor, .. }
        | Step::TotalCap { ancestor, .. } => ancestor,
    }
}

/// The step as a sentence, with amounts in `currency`.
#[must_use]
pub fn sentence(step: &Step<'_>, currency: Currency, language: Language) -> String {
    match language {
        Language::English => english::step(step, currency),
        Language::Chinese => chinese::step(step, currency),
    }
}

/// Why a line fell under its rule, a sentence each: the rule with the plan `version`, 0 where it
/// has none; what kept each rule above from matching; and how many more are above.
#[must_use]
pub fn choice(choice: &Choice<'_>, version: u32, language: Language) -> Vec<String> {
    let Choice { rule, passed, others } = choice;
    let words = match language {
        Language::English => english::CHOICE,
        Language::Chinese => chinese::CHOICE,
    };
    let matched = std::iter::once((words.matched)(*rule, version));
    let passed = passed.iter().map(|(rule, miss)| (words.passed)(rule, miss));
    let others = Some(*others).filter(|others| *others > 0).map(words.others);
    matched.chain(passed).chain(others).collect()
}

/// Why one of the lineage is earned nothing, as a sentence, with amounts in `currency`.
#[must_use]
pub fn reason(reason: &Reason<'_>, currency: Currency, language: Language) -> String {
    match language {
        Language::English => english::reason(reason, currency),
        Language::Chinese => chinese::reason(reason, currency),
    }
}

/// The sentences on the choice of a rule in one language.
struct ChoiceWords {
    matched: fn(Option<&Rule>, u32) -> String,
    passed: fn(&Rule, &Miss) -> String,
    others: fn(usize) -> String,
}

/// The first names of a list with `between` them, and how many more there are.
fn names<T: Display>(all: &[T], between: &str) -> (String, usize) {
    let shown = all.iter().take(NAMES_SHOWN_MAX).map(ToString::to_string);
    let names = shown.collect::<Vec<_>>().join(between);
    (names, all.len().saturating_sub(NAMES_SHOWN_MAX))
}

/// The end of a stretch.
fn end(stretch: &Stretch<'_>) -> SignedMoney {
    SignedMoney::from(stretch.start).plus(stretch.length).unwrap_or_default()
}

/// Micros as an amount with all its digits, without zeros at the end beyond the currency's.
#[must_use]
pub fn exact(micros: u128, currency: Currency) -> String {
    let digits = usize::try_from(currency.digits()).unwrap_or(0);
    let unit = 10_u128.saturating_pow(currency.digits());
    let scale = MICROS_PER_MINOR.saturating_mul(unit);
    let whole = micros.checked_div(scale).unwrap_or_default();
    let rest = micros.checked_rem(scale).unwrap_or_default();
    let width = digits.saturating_add(6);
    let mut fraction = format!("{rest:0width$}");
    while fraction.len() > digits && fraction.ends_with('0') {
        fraction.pop();
    }
    if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") }
}

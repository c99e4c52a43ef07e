//! The words of an order: why each line is on its card, why each earns what they do, and why others
//! of the lineage earn nothing.

use upline_domain::allocation::{Attribution, CALCULATION_VERSION};
use upline_domain::calculate::{Step, calculate, nothing};
use upline_domain::explain::{ancestor, choice, reason, sentence};
use upline_domain::language::Language;
use upline_domain::order::Paid;
use upline_domain::plan::Plan;
use upline_domain::why_not::why_not;

/// What calculating an order again tells.
#[derive(Default)]
pub(crate) struct Told {
    /// By place in the lineage: the steps to what they earn, or why they earn nothing.
    pub(crate) traces: Vec<Vec<String>>,
    /// By line: why its rule, and not one above it.
    pub(crate) why: Vec<Vec<String>>,
    /// Whether what is stored is not what the frozen inputs give.
    pub(crate) differs: bool,
}

/// Calculates an order again by the plan it was calculated by.
pub(crate) fn told(paid: &Paid, attributed: &Attribution, plan: &Plan, language: Language) -> Told {
    let frozen = &attributed.frozen;
    let mut steps: Vec<Step<'_>> = Vec::new();
    let again = calculate(paid, plan, frozen, &mut |step| steps.push(step));
    // An order of another version of the calculation may rightly differ.
    let other_version = attributed.calculation_version != CALCULATION_VERSION;
    let same = other_version
        || again.as_ref().is_ok_and(|again| {
            again.allocations == attributed.allocations && again.lines == attributed.lines
        });
    let mut traces = vec![Vec::new(); frozen.lineage.len()];
    let mut tell = |place: usize, words: String| {
        if let Some(trace) = traces.get_mut(place) {
            trace.push(words);
        }
    };
    for step in &steps {
        tell(ancestor(step), sentence(step, paid.currency, language));
    }
    if again.is_ok() {
        for none in nothing(paid, plan, frozen, &steps) {
            for one in &none.reasons {
                tell(none.ancestor, reason(one, paid.currency, language));
            }
        }
    }
    let version = attributed.plan_version;
    let choices = why_not(paid, plan, frozen);
    let why = choices.iter().map(|one| choice(one, version, language)).collect();
    Told { traces, why, differs: !same }
}

//! A calculation in words: one sentence a step, for a person who asks why.

use crate::calculate::{Basis, Step};
use crate::money::{Currency, MICROS_PER_MINOR, Rate};
use crate::plan::{Base, Rounding};

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
pub fn sentence(step: &Step<'_>, currency: Currency) -> String {
    match step {
        Step::Earned { depth, line, rule, card, from, micros, .. } => format!(
            "line {}: rule {}, card {}, depth {depth}: {} = {}",
            line.id,
            rule.id,
            card.id,
            basis(*from, currency),
            exact(*micros, currency),
        ),
        Step::CardCap { card, micros, cap, .. } => format!(
            "card {}: max_per_order cuts {} to {}",
            card.id,
            exact(*micros, currency),
            cap.text(currency),
        ),
        Step::DepthCap { .. } => "the plan's depth is used up by those nearer: nothing".to_owned(),
        Step::Rounded { micros, rounding, amount, .. } => format!(
            "sum {}, {} to {}",
            exact(*micros, currency),
            match rounding {
                Rounding::Down => "rounded down",
                Rounding::HalfUp => "rounded half up",
            },
            amount.text(currency),
        ),
        Step::TotalCap { before, after, limit, .. } => format!(
            "max_total_rate allows {} for the order: {} cut to {}",
            limit.text(currency),
            before.text(currency),
            after.text(currency),
        ),
    }
}

fn basis(from: Basis, currency: Currency) -> String {
    match from {
        Basis::Rate { base, amount, rate, bonus } => {
            let base = match base {
                Base::List => "list",
                Base::Net => "net",
                Base::Paid => "paid",
                Base::Profit => "profit",
            };
            let amount = amount.text(currency);
            if bonus == Rate::ZERO {
                format!("{base} {amount} × {rate}")
            } else {
                format!("{base} {amount} × ({rate} + level bonus {bonus})")
            }
        }
        Basis::Fixed { amount, count } => format!("fixed {} × {count}", amount.text(currency)),
    }
}

/// Micros as an amount with all its digits, without zeros at the end beyond the currency's.
fn exact(micros: u128, currency: Currency) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_table() {
        let text = |micros, code: &str| exact(micros, code.parse().unwrap());
        assert_eq!(text(1_049_700_000, "CNY"), "10.497");
        assert_eq!(text(1_000_000_000, "CNY"), "10.00");
        assert_eq!(text(1, "CNY"), "0.00000001");
        assert_eq!(text(1_500_000, "JPY"), "1.5");
        assert_eq!(text(2_000_000, "JPY"), "2");
    }
}

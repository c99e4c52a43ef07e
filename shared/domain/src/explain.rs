//! A calculation in words: one sentence a step, for a person who asks why.

use crate::calculate::{Basis, Step, Stretch};
use crate::money::{Currency, MICROS_PER_MINOR, Money, Rate, SignedMoney};
use crate::plan::{Base, Measure, Rounding};

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

fn basis(from: Basis<'_>, currency: Currency) -> String {
    let text = |amount: Money| amount.text(currency);
    match from {
        Basis::Rate { base, amount, rate, bonus } => {
            format!("{} {} × {}", name(base), text(amount), raised(rate, bonus))
        }
        Basis::Fixed { amount, count } => format!("fixed {} × {count}", text(amount)),
        Basis::Tier { base, amount, measure, measured, from, rate, bonus } => format!(
            "{} {}, tier from {}: {} {} × {}",
            measured_as(measure, base),
            text(measured),
            text(from),
            name(base),
            text(amount),
            raised(rate, bonus),
        ),
        Basis::Parts { base, stretch } => parts(base, &stretch, currency),
        Basis::Share { base, amount, stretch } => format!(
            "{}, of which {} {} of {} has its share",
            parts(base, &stretch, currency),
            name(base),
            text(amount),
            text(stretch.length),
        ),
        Basis::Difference { base, amount, level, rate, below } => {
            format!("{} {} × ({rate} of level {level} − {below} below)", name(base), text(amount))
        }
        Basis::Peer { base, amount, level, rate } => {
            format!("{} {} × {rate}, once for a peer of level {level}", name(base), text(amount))
        }
    }
}

fn name(base: Base) -> &'static str {
    match base {
        Base::List => "list",
        Base::Net => "net",
        Base::Paid => "paid",
        Base::Profit => "profit",
    }
}

fn measured_as(measure: Measure, base: Base) -> String {
    match measure {
        Measure::Line => format!("{} of the line", name(base)),
        Measure::Order => format!("{} of the order on this card", name(base)),
        Measure::MonthSales => "month sales".to_owned(),
    }
}

/// A rate with its bonus, if it has one.
fn raised(rate: Rate, bonus: Rate) -> String {
    if bonus == Rate::ZERO { rate.to_string() } else { format!("({rate} + level bonus {bonus})") }
}

/// From where to where a stretch goes, and its parts that have a rate.
fn parts(base: Base, stretch: &Stretch<'_>, currency: Currency) -> String {
    let part = |(part, rate): (Money, Rate)| {
        format!("{} × {}", part.text(currency), raised(rate, stretch.bonus))
    };
    let parts: Vec<String> = stretch.parts().map(part).collect();
    let end = SignedMoney::from(stretch.start).plus(stretch.length).unwrap_or_default();
    format!(
        "{} from {} to {}, in parts: {}",
        measured_as(stretch.measure, base),
        stretch.start.text(currency),
        end.text(currency),
        parts.join(" + "),
    )
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

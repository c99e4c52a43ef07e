//! What a level takes, as facts.

use upline_domain::level::{Condition, Measure, Score};
use upline_domain::money::{Currency, Money};

use super::facts::{Field, Value, Within};
use crate::read::below;

/// The facts of what a level takes. Neither the order of its conditions nor where a list of them
/// stands among others means anything: like ones are numbered by what they say.
pub(super) fn asked(to: &mut Within<'_>, condition: &Condition) {
    let field = Field { key: "when", which: None };
    let at = to.at.clone();
    to.put(at.clone(), field, Value::word(word(condition)));
    match condition {
        Condition::All(list) | Condition::Any(list) => listed(to, &at, "", list),
        Condition::Score(score) => scored(to, &at, "", score),
        Condition::AtLeast { .. } | Condition::Compliant => {
            listed(to, &at, "", std::slice::from_ref(condition));
        }
    }
}

fn word(condition: &Condition) -> &'static str {
    match condition {
        Condition::All(_) | Condition::AtLeast { .. } | Condition::Compliant => "all",
        Condition::Any(_) => "any",
        Condition::Score(_) => "score",
    }
}

/// The facts of a list of conditions; each is told apart by the mark of the list, if it has one.
fn listed(to: &mut Within<'_>, at: &str, mark: &str, list: &[Condition]) {
    let mut sorted: Vec<&Condition> = list.iter().collect();
    sorted.sort_by_cached_key(|one| sorted_by(one));
    let (mut parts, mut before) = (0_usize, Vec::new());
    for one in sorted {
        match one {
            Condition::AtLeast { measure, least } => {
                let place = Place::next(at, mark, *measure, &mut before);
                let value = match measure.currency() {
                    Some(currency) => amount(*least, currency),
                    None => Value::count(*least),
                };
                to.put(below(&place.path, "min"), place.field(measure.as_str()), value);
                window(to, &place, *measure);
            }
            Condition::Compliant => {
                let which = (!mark.is_empty()).then(|| mark.to_owned());
                to.put(
                    below(at, "compliant"),
                    Field { key: "compliant", which },
                    Value::word(true),
                );
            }
            Condition::All(_) | Condition::Any(_) | Condition::Score(_) => {
                parts += 1;
                let at = format!("{at}[{parts}]");
                let field = Field { key: "part", which: Some(parts.to_string()) };
                to.put(at.clone(), field, Value::word(word(one)));
                let mark = format!(" [{parts}]");
                match one {
                    Condition::Score(score) => scored(to, &at, &mark, score),
                    Condition::All(list) | Condition::Any(list) => listed(to, &at, &mark, list),
                    Condition::AtLeast { .. } | Condition::Compliant => {}
                }
            }
        }
    }
}

fn scored(to: &mut Within<'_>, at: &str, mark: &str, score: &Score) {
    let which = (!mark.is_empty()).then(|| mark.to_owned());
    let field = Field { key: "score", which };
    to.put(below(at, "score"), field, points(score.least_millionths));
    let mut parts: Vec<_> = score.parts.iter().collect();
    parts.sort_by_key(|part| (part.measure, part.weight_millionths));
    let mut before = Vec::new();
    for part in parts {
        let place = Place::next(at, mark, part.measure, &mut before);
        let which = match &place.which {
            Some(which) => format!("{} {}", part.measure.as_str(), which.trim_start()),
            None => part.measure.as_str().to_owned(),
        };
        let field = Field { key: "weight", which: Some(which) };
        to.put(below(&place.path, "weight"), field, points(part.weight_millionths));
        window(to, &place, part.measure);
    }
}

/// Where a measure stands, and by what it is told from others of its name.
struct Place {
    path: String,
    which: Option<String>,
}

impl Place {
    /// The next of its name and currency after those before.
    fn next(
        at: &str,
        mark: &str,
        measure: Measure,
        before: &mut Vec<(&'static str, Option<&'static str>)>,
    ) -> Self {
        let currency = measure.currency().map(Currency::code);
        let own = (measure.as_str(), currency);
        let number = before.iter().filter(|other| **other == own).count() + 1;
        before.push(own);
        let name = match currency {
            Some(currency) => format!("{}.{currency}", measure.as_str()),
            None => measure.as_str().to_owned(),
        };
        let (path, repeat) = if number == 1 {
            (below(at, &name), String::new())
        } else {
            (format!("{}[{number}]", below(at, &name)), format!(" ({number})"))
        };
        let which = format!("{}{mark}{repeat}", currency.unwrap_or_default());
        Self { path, which: (!which.is_empty()).then_some(which) }
    }

    fn field(&self, key: &'static str) -> Field {
        Field { key, which: self.which.clone() }
    }
}

/// The days or the depth of a measure.
fn window(to: &mut Within<'_>, place: &Place, measure: Measure) {
    let (key, field, value) = match measure {
        Measure::TeamSize { depth } => ("team_size_depth", "depth", Value::place(depth)),
        Measure::DirectRecruits { days } => ("direct_recruits_days", "days", Value::count(days)),
        Measure::OwnSales { days, .. } => ("own_sales_days", "days", Value::count(days)),
        Measure::TeamSales { days, .. } => ("team_sales_days", "days", Value::count(days)),
        Measure::OwnOrders { days } => ("own_orders_days", "days", Value::count(days)),
        Measure::MonthsActive { days } => ("months_active_days", "days", Value::count(days)),
    };
    to.put(below(&place.path, field), place.field(key), value);
}

fn amount(minor: u64, currency: Currency) -> Value {
    match Money::from_minor(minor) {
        Ok(amount) => Value::money(amount, currency),
        Err(_) => Value::count(minor),
    }
}

/// `0.01` for 10,000 millionths.
fn points(millionths: u64) -> Value {
    let parts = format!("{:06}", millionths % 1_000_000);
    let parts = parts.trim_end_matches('0');
    let point = if parts.is_empty() { "" } else { "." };
    Value { text: format!("{}{point}{parts}", millionths / 1_000_000), size: Some(millionths) }
}

/// A text that is the same of conditions that are, however they are ordered.
fn sorted_by(condition: &Condition) -> String {
    let texts = |list: &[Condition]| {
        let mut texts: Vec<String> = list.iter().map(sorted_by).collect();
        texts.sort();
        texts.join(" ")
    };
    match condition {
        Condition::All(list) => format!("all ({})", texts(list)),
        Condition::Any(list) => format!("any ({})", texts(list)),
        Condition::AtLeast { measure, least } => format!("{measure:?} {least:020}"),
        Condition::Compliant => "compliant".to_owned(),
        Condition::Score(score) => {
            let mut parts: Vec<String> =
                score.parts.iter().map(|part| format!("{part:?}")).collect();
            parts.sort();
            format!("score {:020} ({})", score.least_millionths, parts.join(" "))
        }
    }
}

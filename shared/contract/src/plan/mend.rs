//! Puts something readable in the place of what cannot be read, so that the rest of a plan document
//! is read too. Nothing is calculated with it: a document with anything wrong is refused.

use serde_json::{Map, Value, json};

use super::finding::Findings;
use crate::read::Flaw;

/// What stands at a place of the document, as far as something can stand in for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plan,
    Levels,
    Level,
    Currencies,
    Part,
    Cards,
    Card,
    Mode,
    Percent,
    Decay,
    Fixed,
    Tiered,
    Tiers,
    Tier,
    Measure,
    Reach,
    Differential,
    ByLevel,
    Rates,
    Rules,
    Rule,
    Id,
    Priority,
    Depth,
    Rate,
    Wanted,
    Conditions,
    Condition,
    Score,
    Weights,
    Weighted,
    /// A measure that is counted, or of which only a window or a depth is written.
    Count,
    /// A measure that is an amount.
    Sales,
    One,
    /// Something that may be left out.
    Optional,
}

impl Kind {
    /// What stands below, by its key; a list's elements have no key.
    fn below(self, key: &str) -> Self {
        match (self, key) {
            (Self::Plan, "levels") => Self::Levels,
            (Self::Plan, "currencies") => Self::Currencies,
            (Self::Levels, _) => Self::Level,
            (Self::Level | Self::Rule, "id") | (Self::Rule, "card") | (Self::Sales, "currency") => {
                Self::Id
            }
            (Self::Currencies, _) => Self::Part,
            (Self::Part | Self::Decay, "depth") => Self::Depth,
            (Self::Part, "cards") => Self::Cards,
            (Self::Part, "rules") => Self::Rules,
            (Self::Cards, _) => Self::Card,
            (Self::Card, "mode") => Self::Mode,
            (Self::Mode, "percent") => Self::Percent,
            (Self::Mode, "decay") => Self::Decay,
            (Self::Mode, "fixed") => Self::Fixed,
            (Self::Mode, "tiered") => Self::Tiered,
            (Self::Mode, "differential") => Self::Differential,
            (Self::Tiered, "measure") => Self::Measure,
            (Self::Tiered, "kind") => Self::Reach,
            (Self::Tiered, "tiers") => Self::Tiers,
            (Self::Tiers, _) => Self::Tier,
            (Self::Differential, "by_level") => Self::ByLevel,
            (Self::Percent | Self::Tier, "rates") | (Self::Fixed, "amounts") => Self::Rates,
            (Self::Decay, "first" | "ratio")
            | (Self::Tier, "from")
            | (Self::Score | Self::Sales, "min")
            | (Self::Weighted, "weight")
            | (Self::Rates | Self::ByLevel, _) => Self::Rate,
            (Self::Rules, _) => Self::Rule,
            (Self::Rule, "priority") => Self::Priority,
            (Self::Level, "when") => Self::Wanted,
            (Self::Wanted | Self::Condition, "all" | "any") => Self::Conditions,
            (Self::Wanted | Self::Condition, "score") => Self::Score,
            (Self::Conditions, _) => Self::Condition,
            (Self::Score, "of") => Self::Weights,
            (Self::Weights, _) => Self::Weighted,
            (Self::Condition | Self::Weighted, "own_sales" | "team_sales") => Self::Sales,
            (
                Self::Condition | Self::Weighted,
                "direct_recruits" | "team_size" | "own_orders" | "months_active",
            ) => Self::Count,
            (Self::Count, "min") | (Self::Count | Self::Sales, "days") => Self::One,
            _ => Self::Optional,
        }
    }

    /// What stands in for it; none where leaving it out is enough. `place` is that of the nearest
    /// list, so that no two stand-ins are the same.
    fn stand_in(self, place: usize) -> Option<Value> {
        let id = || json!(format!("unread-{place}"));
        Some(match self {
            // A condition of which something is left out has none in its place.
            Self::Plan
            | Self::Levels
            | Self::Wanted
            | Self::Conditions
            | Self::Score
            | Self::Count
            | Self::Sales
            | Self::Optional => return None,
            Self::Currencies | Self::Cards | Self::ByLevel | Self::Condition => json!({}),
            Self::Rules | Self::Tiers | Self::Weights => json!([]),
            Self::Weighted => json!({ "weight": "1" }),
            Self::One => json!(1),
            Self::Level => json!({ "id": id() }),
            Self::Part => json!({ "depth": 20, "cards": {}, "rules": [] }),
            Self::Card => json!({ "mode": { "percent": { "rates": ["0"] } } }),
            Self::Mode => json!({ "percent": { "rates": ["0"] } }),
            Self::Percent => json!({ "rates": ["0"] }),
            Self::Decay => json!({ "first": "0", "ratio": "0", "depth": 1 }),
            Self::Fixed => json!({ "amounts": ["0"] }),
            Self::Tiered => json!({ "measure": "line", "kind": "whole", "tiers": [] }),
            Self::Tier => json!({ "from": "0", "rates": ["0"] }),
            Self::Measure => json!("line"),
            Self::Reach => json!("whole"),
            Self::Differential => json!({ "by_level": {} }),
            Self::Rates => json!(["0"]),
            Self::Rule => json!({ "id": id(), "priority": aside(place), "card": id() }),
            Self::Id => id(),
            Self::Priority => json!(aside(place)),
            Self::Depth => json!(20),
            Self::Rate => json!("0"),
        })
    }
}

/// A priority that no other rule has: what could not be read of a rule shares no line with another.
fn aside(place: usize) -> i64 {
    i64::from(i32::MIN) + i64::try_from(place).unwrap_or(0)
}

/// Notes what is wrong, and puts something in its place; whether it could.
pub(super) fn mend(value: &mut Value, flaw: &Flaw, findings: &mut Findings) -> bool {
    let Flaw { path, meant, .. } = flaw;
    let mut is_moved = false;
    let mut fix = |parent: &mut Value, kind: Kind, key: &str, place: usize| {
        if let Some((object, meant)) = parent.as_object_mut().zip(meant.as_deref()) {
            is_moved = !object.contains_key(meant);
            return rename(object, key, meant);
        }
        replace(parent, kind, key, place)
    };
    let mended = reach(value, Kind::Plan, path, 0, &mut fix);
    let fresh = match meant {
        Some(_) => true,
        None => !findings.is_mended(path),
    };
    if !mended || !fresh {
        return false;
    }
    findings.add(flaw.code, path.clone(), flaw.message.clone());
    match meant {
        // Where what is meant stands too, that one is read, and stands where it is written.
        Some(_) if !is_moved => {}
        Some(meant) => {
            let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
            findings.moved(path, crate::read::below(parent, meant));
        }
        None => drop(findings.mended(path)),
    }
    true
}

/// Reads what stands under a key as if it stood under another, unless that is there.
fn rename(object: &mut Map<String, Value>, key: &str, meant: &str) -> bool {
    let Some(value) = object.remove(key) else { return false };
    object.entry(meant).or_insert(value);
    true
}

/// Puts a stand-in under a key or at a place of a list, or takes away what stands there.
fn replace(parent: &mut Value, kind: Kind, key: &str, place: usize) -> bool {
    let stand_in = kind.stand_in(place);
    match (parent, stand_in) {
        (Value::Object(object), Some(stand_in)) => {
            object.insert(key.to_owned(), stand_in);
            true
        }
        (Value::Object(object), None) => object.remove(key).is_some(),
        (Value::Array(list), stand_in) => {
            let slot = key.parse().ok().and_then(|place: usize| list.get_mut(place));
            slot.map(|slot| *slot = stand_in.unwrap_or_else(|| json!("unread"))).is_some()
        }
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => false,
    }
}

/// Calls `fix` with what holds the place at `path`, and its key in it. A key may have a point in
/// it, so each that the path begins with is tried.
fn reach(
    value: &mut Value,
    kind: Kind,
    path: &str,
    place: usize,
    fix: &mut impl FnMut(&mut Value, Kind, &str, usize) -> bool,
) -> bool {
    if let Some((index, rest)) = path.strip_prefix('[').and_then(|path| path.split_once(']')) {
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        let kind = kind.below(index);
        let place = index.parse().unwrap_or(place);
        if rest.is_empty() {
            return fix(value, kind, index, place);
        }
        let inner = value.get_mut(place);
        return inner.is_some_and(|inner| {
            let fixed = reach(inner, kind, rest, place, fix);
            if fixed && kind == Kind::Rule {
                set_aside(inner, place);
            }
            fixed
        });
    }
    let keys: Vec<String> =
        value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default();
    for key in &keys {
        let Some(rest) = path.strip_prefix(key.as_str()) else { continue };
        let kind = kind.below(key);
        if rest.is_empty() {
            return fix(value, kind, key, place);
        }
        if !rest.starts_with(['.', '[']) {
            continue;
        }
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        let inner = value.get_mut(key);
        if inner.is_some_and(|inner| reach(inner, kind, rest, place, fix)) {
            return true;
        }
    }
    // A key that is missing is in no object; it is the last of the path.
    let missing = value.is_object() && !path.contains(['.', '[']);
    missing && fix(value, kind.below(path), path, place)
}

/// Moves a rule of which something could not be read out of the way of the others.
fn set_aside(rule: &mut Value, place: usize) {
    if let Some(priority) = rule.get_mut("priority") {
        *priority = json!(aside(place));
    }
}

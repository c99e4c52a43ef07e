//! The plan document, read for its meaning alone: whether it may be published is not asked here.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::exact::{Exact, cut, decimal, minor, whole};
use super::fields::{list, text};
use super::ladder::Ladder;

/// A plan.
pub(super) struct Plan {
    pub(super) zone: TimeZone,
    /// Lowest first; never empty.
    pub(super) levels: Vec<String>,
    pub(super) ladder: Ladder,
    pub(super) parts: BTreeMap<String, Part>,
}

/// What a plan says of one currency.
pub(super) struct Part {
    pub(super) depth: usize,
    pub(super) team_depth: usize,
    /// Whether a distributor who buys is paid on it.
    pub(super) pays_buyer: bool,
    /// Whether the next one up takes the place of one who may not earn.
    pub(super) compress: bool,
    pub(super) min_levels: BTreeMap<usize, String>,
    pub(super) half_up: bool,
    pub(super) max_total_rate: Exact,
    pub(super) cards: BTreeMap<String, Card>,
    /// The highest priority first.
    pub(super) rules: Vec<Rule>,
    pub(super) settlement: Settlement,
}

pub(super) struct Settlement {
    pub(super) hold_days: i64,
    pub(super) cycle: String,
    pub(super) auto_complete_days: Option<i64>,
}

pub(super) struct Card {
    pub(super) base: Option<String>,
    pub(super) mode: Mode,
    pub(super) level_bonus: BTreeMap<String, Exact>,
    pub(super) max_per_order: Option<i64>,
}

pub(super) enum Mode {
    /// `percent`, and `decay` worked out: a rate for each depth that has one.
    Rates(Vec<Exact>),
    /// `fixed`: minor units for each depth that has some.
    Fixed { amounts: Vec<i64>, per_unit: bool },
    /// `tiered`: where each tier begins, and a rate for each depth that has one.
    Tiers { measure: String, graduated: bool, tiers: Vec<(i64, Vec<Exact>)> },
    /// `differential`: the rate of each level that has one, and that of a peer.
    Levels { by_level: BTreeMap<String, Exact>, peer: Exact },
}

pub(super) struct Rule {
    pub(super) id: String,
    pub(super) priority: i64,
    pub(super) when: Value,
    pub(super) card: String,
}

impl Plan {
    /// Reads a plan; `policy_rate` is the policy's `max_total_rate`, for parts that name none.
    pub(super) fn read(document: &Value, policy_rate: &str) -> Self {
        let zone = text(document, "timezone").unwrap_or_else(|| "UTC".to_owned());
        let levels = list(document, "levels").iter().filter_map(|level| text(level, "id"));
        let mut levels: Vec<String> = levels.collect();
        if levels.is_empty() {
            levels.push("standard".to_owned());
        }
        let currencies = document.get("currencies").and_then(Value::as_object);
        let parts = currencies.expect("currencies").iter();
        Self {
            zone: TimeZone::get(&zone).expect("a time zone"),
            levels,
            ladder: Ladder::read(document),
            parts: parts.map(|(name, one)| (name.clone(), part(name, one, policy_rate))).collect(),
        }
    }

    /// How high a level stands, from 0.
    pub(super) fn rank(&self, level: &str) -> usize {
        self.levels.iter().position(|one| one == level).expect("a level of the plan")
    }
}

fn part(currency: &str, value: &Value, policy_rate: &str) -> Part {
    let depth = count(value, "depth").expect("a depth");
    let cards = value.get("cards").and_then(Value::as_object).expect("cards").iter();
    let mut rules: Vec<Rule> = list(value, "rules").iter().map(rule).collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
    let min_levels = texts(value, "min_level_for_depth").into_iter();
    let max = text(value, "max_total_rate");
    Part {
        depth,
        team_depth: count(value, "team_depth").unwrap_or(depth.min(10)),
        pays_buyer: text(value, "self_purchase").is_some_and(|who| who == "buyer"),
        compress: text(value, "inactive").is_some_and(|how| how == "compress"),
        min_levels: min_levels.map(|(n, level)| (n.parse().expect("a depth"), level)).collect(),
        half_up: text(value, "rounding").is_some_and(|how| how == "half_up"),
        max_total_rate: decimal(max.as_deref().unwrap_or(policy_rate)),
        cards: cards.map(|(name, one)| (name.clone(), card(currency, one))).collect(),
        rules,
        settlement: settlement(value.get("settlement").unwrap_or(&Value::Null)),
    }
}

fn settlement(value: &Value) -> Settlement {
    let days = |name: &str| value.get(name).and_then(Value::as_i64);
    Settlement {
        hold_days: days("hold_days").unwrap_or(7),
        cycle: text(value, "cycle").unwrap_or_else(|| "daily".to_owned()),
        auto_complete_days: days("auto_complete_days"),
    }
}

fn rule(value: &Value) -> Rule {
    Rule {
        id: text(value, "id").expect("a rule's id"),
        priority: value.get("priority").and_then(Value::as_i64).expect("a rule's priority"),
        when: value.get("when").cloned().unwrap_or_default(),
        card: text(value, "card").expect("a rule's card"),
    }
}

fn card(currency: &str, value: &Value) -> Card {
    let bonus = texts(value, "level_bonus").into_iter();
    Card {
        base: text(value, "base"),
        mode: mode(currency, value.get("mode").expect("a card's mode")),
        level_bonus: bonus.map(|(level, rate)| (level, decimal(&rate))).collect(),
        max_per_order: text(value, "max_per_order").map(|amount| minor(&amount, currency)),
    }
}

fn rates(value: &Value) -> Vec<Exact> {
    list(value, "rates").iter().filter_map(Value::as_str).map(decimal).collect()
}

fn mode(currency: &str, value: &Value) -> Mode {
    if let Some(percent) = value.get("percent") {
        return Mode::Rates(rates(percent));
    }
    if let Some(fixed) = value.get("fixed") {
        let amounts = list(fixed, "amounts").iter().filter_map(Value::as_str);
        let per_unit = text(fixed, "per").is_none_or(|per| per == "unit");
        let amounts = amounts.map(|amount| minor(amount, currency)).collect();
        return Mode::Fixed { amounts, per_unit };
    }
    if let Some(tiered) = value.get("tiered") {
        let tier = |tier: &Value| {
            (minor(&text(tier, "from").expect("where it begins"), currency), rates(tier))
        };
        return Mode::Tiers {
            measure: text(tiered, "measure").expect("a measure"),
            graduated: text(tiered, "kind").expect("a kind") == "graduated",
            tiers: list(tiered, "tiers").iter().map(tier).collect(),
        };
    }
    if let Some(differential) = value.get("differential") {
        let by_level = texts(differential, "by_level").into_iter();
        return Mode::Levels {
            by_level: by_level.map(|(level, rate)| (level, decimal(&rate))).collect(),
            peer: text(differential, "peer").map_or_else(|| whole(0), |peer| decimal(&peer)),
        };
    }
    let decay = value.get("decay").expect("a mode");
    let of = |name: &str| decimal(&text(decay, name).expect("a rate"));
    let (first, ratio) = (of("first"), of("ratio"));
    let depth = count(decay, "depth").expect("a depth");
    // The exact first × ratio^(n−1), cut once.
    let rate = |n: usize| {
        cut(&std::iter::repeat_n(ratio.clone(), n).fold(first.clone(), |r, by| r * by), 6)
    };
    Mode::Rates((0..depth).map(rate).collect())
}

impl Card {
    /// The rate of a depth among `rates`, with the level's bonus; none where the depth has no rate.
    pub(super) fn rate(&self, rates: &[Exact], depth: usize, level: &str) -> Option<Exact> {
        let bonus = self.level_bonus.get(level).cloned().unwrap_or_else(|| whole(0));
        rates.get(depth.checked_sub(1)?).map(|rate| rate + bonus)
    }
}

fn count(value: &Value, name: &str) -> Option<usize> {
    value.get(name)?.as_u64().and_then(|number| usize::try_from(number).ok())
}

fn texts(value: &Value, name: &str) -> BTreeMap<String, String> {
    let pairs = value.get(name).and_then(Value::as_object).into_iter().flatten();
    pairs.map(|(key, one)| (key.clone(), one.as_str().expect("a text").to_owned())).collect()
}

//! A plan as a list of facts, each with a path. Two plans mean the same where their facts do.

use std::collections::BTreeMap;
use std::fmt::Display;

use upline_domain::ids::LevelId;
use upline_domain::level::Demotion;
use upline_domain::money::{Currency, Money, Rate};
use upline_domain::plan::{
    Base, Card, Conditions, Cycle, Differential, Inactive, Measure, Mode, Per, Plan, Programme,
    Range, Rounding, Rule, SelfPurchase, TierKind, Tiered,
};
use upline_domain::time;

use super::super::document::{Document, Part};
use super::levels;
use crate::read::below;
use crate::scalar::{Amount, Checked, Digits};

/// The facts of a plan.
pub(super) type Facts = BTreeMap<Key, Fact>;

/// Which fact.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Where it stands.
    pub(super) path: String,
    /// The currency, and the card or rule, that it is of, as paths, the currency first; or what a
    /// level takes. An id may have a point in it, so the path alone does not tell them apart.
    pub(super) wholes: Vec<String>,
}

/// One fact of a plan.
pub(super) struct Fact {
    /// What it is of.
    pub(super) of: Of,
    /// What it is a fact of.
    pub(super) field: Field,
    /// What it says.
    pub(super) value: Value,
}

/// What of a plan a fact is of.
#[derive(Clone, Default)]
pub(super) struct Of {
    pub(super) currency: Option<String>,
    pub(super) item: Option<Item>,
}

/// A part of a plan that has a name.
#[derive(Clone)]
pub(super) enum Item {
    /// What a level takes. The level itself is one of a list, and the list is a fact.
    Asked(String),
    Card(String),
    Rule(String),
}

/// What a fact is of: a word of the plan, and which of several.
#[derive(Clone)]
pub(super) struct Field {
    /// The key of a plan that holds it.
    pub(super) key: &'static str,
    /// The depth, level or tier, where there are several.
    pub(super) which: Option<String>,
}

/// What a fact says.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// As text.
    pub(super) text: String,
    /// As a size, where it can rise and fall.
    pub(super) size: Option<u64>,
}

impl Value {
    pub(super) fn word(text: impl Display) -> Self {
        Self { text: text.to_string(), size: None }
    }

    pub(super) fn count(count: impl Into<u64> + Display + Copy) -> Self {
        Self { text: count.to_string(), size: Some(count.into()) }
    }

    pub(super) fn place(count: usize) -> Self {
        Self { text: count.to_string(), size: u64::try_from(count).ok() }
    }

    fn rate(rate: Rate) -> Self {
        Self { text: rate.to_string(), size: Some(rate.millionths().into()) }
    }

    pub(super) fn money(amount: Money, currency: Currency) -> Self {
        Self { text: amount.text(currency), size: Some(amount.minor()) }
    }
}

/// The facts of a plan, by their paths.
pub(super) fn facts(plan: &Plan, document: &Document) -> Facts {
    let mut facts = Gathered::default();
    facts.add("timezone", Value::word(plan.timezone.iana_name().unwrap_or("UTC")));
    facts.add("levels", Value::word(joined(&plan.levels)));
    facts.add(
        "demote",
        match plan.ladder.demotion {
            Demotion::Never => Value::word("never"),
            Demotion::AfterDays(days) => Value::count(days),
        },
    );
    for (level, asked) in plan.levels.iter().zip(&plan.ladder.asked) {
        if let Some(asked) = asked {
            let path = below(&below("levels", level.as_str()), "when");
            levels::asked(&mut facts.within(path, Some(Item::Asked(level.to_string()))), asked);
        }
    }
    for (currency, programme) in &plan.currencies {
        let path = below("currencies", currency.code());
        facts.of.currency = Some(currency.code().to_owned());
        let part = document.currencies.get(currency.code());
        programme_facts(&mut facts.within(path, None), (*currency, &plan.levels), programme, part);
    }
    facts.found
}

/// Facts while they are gathered.
#[derive(Default)]
pub(super) struct Gathered {
    found: Facts,
    of: Of,
}

/// Where facts are added.
pub(super) struct Within<'f> {
    facts: &'f mut Gathered,
    /// The path of what they are facts of.
    pub(super) at: String,
    wholes: Vec<String>,
    of: Of,
}

impl Gathered {
    fn add(&mut self, key: &'static str, value: Value) {
        let field = Field { key, which: None };
        let key = Key { path: key.to_owned(), wholes: Vec::new() };
        self.found.insert(key, Fact { of: Of::default(), field, value });
    }

    fn within(&mut self, at: String, item: Option<Item>) -> Within<'_> {
        let of = Of { item, ..self.of.clone() };
        let wholes = vec![at.clone()];
        Within { facts: self, at, wholes, of }
    }
}

impl Within<'_> {
    fn add(&mut self, key: &'static str, value: Value) {
        self.put(below(&self.at, key), Field { key, which: None }, value);
    }

    /// A fact of a key below another.
    fn add_in(&mut self, section: &str, key: &'static str, value: Value) {
        self.put(below(&below(&self.at, section), key), Field { key, which: None }, value);
    }

    /// A fact of one of several.
    fn add_of(&mut self, key: &'static str, which: impl Display, value: Value) {
        let which = which.to_string();
        let path = below(&below(&self.at, key), &which);
        self.put(path, Field { key, which: Some(which) }, value);
    }

    /// A fact at a path.
    pub(super) fn put(&mut self, path: String, field: Field, value: Value) {
        let key = Key { path, wholes: self.wholes.clone() };
        self.facts.found.insert(key, Fact { of: self.of.clone(), field, value });
    }

    fn item(&mut self, list: &str, id: &str, item: Item) -> Within<'_> {
        let at = below(&below(&self.at, list), id);
        let mut wholes = self.wholes.clone();
        wholes.push(at.clone());
        let of = Of { item: Some(item), ..self.of.clone() };
        Within { facts: self.facts, at, wholes, of }
    }
}

fn programme_facts(
    to: &mut Within<'_>,
    (currency, levels): (Currency, &[LevelId]),
    programme: &Programme,
    part: Option<&Part>,
) {
    to.add("depth", Value::place(programme.depth));
    to.add("team_depth", Value::place(programme.team_depth));
    to.add(
        "self_purchase",
        Value::word(match programme.self_purchase {
            SelfPurchase::None => "none",
            SelfPurchase::Buyer => "buyer",
        }),
    );
    to.add(
        "inactive",
        Value::word(match programme.inactive {
            Inactive::Forfeit => "forfeit",
            Inactive::Compress => "compress",
        }),
    );
    for (depth, rank) in (1_usize..).zip(&programme.min_rank).filter(|(_, rank)| **rank > 0) {
        let level = levels.get(*rank).map(LevelId::to_string).unwrap_or_default();
        to.add_of("min_level_for_depth", depth, Value::word(level));
    }
    to.add(
        "rounding",
        Value::word(match programme.rounding {
            Rounding::Down => "down",
            Rounding::HalfUp => "half_up",
        }),
    );
    to.add("max_total_rate", Value::rate(programme.max_total_rate));
    let settlement = programme.settlement;
    to.add_in("settlement", "hold_days", Value::count(settlement.hold_days));
    to.add_in("settlement", "cycle", Value::word(Cycle::as_str(settlement.cycle)));
    if let Some(days) = settlement.auto_complete_days {
        to.add_in("settlement", "auto_complete_days", Value::count(days));
    }
    let written = part.map(|part| &part.settlement);
    let mut amount = |key, written: Option<&Amount>| {
        let read = |Checked(Digits(text)): &Amount| Money::parse(text, currency).ok();
        if let Some(amount) = written.and_then(read) {
            to.add_in("settlement", key, Value::money(amount, currency));
        }
    };
    amount("review_above", written.and_then(|own| own.review_above.as_ref()));
    amount("minimum", written.and_then(|own| own.minimum.as_ref()));
    for card in &programme.cards {
        let id = card.id.to_string();
        card_facts(&mut to.item("cards", &id, Item::Card(id.clone())), (currency, levels), card);
    }
    for rule in programme.rules.iter() {
        let id = rule.id.to_string();
        let card = programme.cards.get(rule.card).map(|card| card.id.to_string());
        let to = &mut to.item("rules", &id, Item::Rule(id.clone()));
        to.add("priority", priority(rule));
        conditions(to, (currency, levels), &rule.when);
        to.add("card", Value::word(card.unwrap_or_default()));
    }
}

fn card_facts(to: &mut Within<'_>, (currency, levels): (Currency, &[LevelId]), card: &Card) {
    if let Some(base) = card.mode.base() {
        to.add(
            "base",
            Value::word(match base {
                Base::List => "list",
                Base::Net => "net",
                Base::Paid => "paid",
                Base::Profit => "profit",
            }),
        );
    }
    let mode = match &card.mode {
        Mode::Percent { rates, level_bonus, .. } => {
            for (depth, rate) in (1_usize..).zip(rates) {
                to.add_of("rates", depth, Value::rate(*rate));
            }
            by_level(to, "level_bonus", levels, level_bonus);
            "percent"
        }
        Mode::Fixed { amounts, per } => {
            for (depth, amount) in (1_usize..).zip(amounts) {
                to.add_of("amounts", depth, Value::money(*amount, currency));
            }
            to.add(
                "per",
                Value::word(match per {
                    Per::Unit => "unit",
                    Per::Line => "line",
                }),
            );
            "fixed"
        }
        Mode::Tiered(tiered) => {
            tiers(to, currency, tiered);
            by_level(to, "level_bonus", levels, &tiered.level_bonus);
            "tiered"
        }
        Mode::Differential(Differential { by_rank, peer, .. }) => {
            by_level(to, "by_level", levels, by_rank);
            if *peer > Rate::ZERO {
                to.add("peer", Value::rate(*peer));
            }
            "differential"
        }
    };
    to.add("mode", Value::word(mode));
    if let Some(most) = card.max_per_order {
        to.add("max_per_order", Value::money(most, currency));
    }
}

fn tiers(to: &mut Within<'_>, currency: Currency, tiered: &Tiered) {
    to.add(
        "measure",
        Value::word(match tiered.measure {
            Measure::Line => "line",
            Measure::Order => "order",
            Measure::MonthSales => "month_sales",
        }),
    );
    to.add(
        "kind",
        Value::word(match tiered.kind {
            TierKind::Whole => "whole",
            TierKind::Graduated => "graduated",
        }),
    );
    for tier in &tiered.tiers {
        let rates = Value::word(joined(&tier.rates));
        to.add_of("tiers", tier.from.text(currency), rates);
    }
}

/// A rate for each level; one of zero is as none.
fn by_level(to: &mut Within<'_>, key: &'static str, levels: &[LevelId], rates: &[Rate]) {
    for (level, rate) in levels.iter().zip(rates).filter(|(_, rate)| **rate > Rate::ZERO) {
        to.add_of(key, level, Value::rate(*rate));
    }
}

/// A priority may be below zero: its size is how far it stands above the least.
fn priority(rule: &Rule) -> Value {
    let above_least = i64::from(rule.priority).checked_sub(i32::MIN.into());
    let size = above_least.and_then(|size| u64::try_from(size).ok());
    Value { text: rule.priority.to_string(), size }
}

fn conditions(to: &mut Within<'_>, (currency, levels): (Currency, &[LevelId]), when: &Conditions) {
    let level = |rank: &usize| levels.get(*rank).map(LevelId::to_string).unwrap_or_default();
    let money = |amount: Money| amount.text(currency);
    list(to, "category", when.category.as_deref(), ToString::to_string);
    list(to, "sku", when.sku.as_deref(), ToString::to_string);
    list(to, "region", when.region.as_deref(), ToString::to_string);
    list(to, "level", when.rank.as_deref(), level);
    list(to, "distributor", when.distributor.as_deref(), ToString::to_string);
    range(to, "line_amount", when.line_amount, money);
    range(to, "order_amount", when.order_amount, money);
    range(to, "quantity", when.quantity, |count| count.to_string());
    range(to, "between", when.between, time::text);
    if let Some(first) = when.first_order {
        to.add_in("when", "first_order", Value::word(first));
    }
}

/// A list is a set: neither order nor repeats mean anything.
fn list<T>(
    to: &mut Within<'_>,
    key: &'static str,
    values: Option<&[T]>,
    text: impl Fn(&T) -> String,
) {
    let Some(values) = values else { return };
    let mut texts: Vec<String> = values.iter().map(text).map(quoted).collect();
    texts.sort();
    texts.dedup();
    to.add_in("when", key, Value::word(texts.join(", ")));
}

/// A range without ends is as none.
fn range<T: Copy>(
    to: &mut Within<'_>,
    key: &'static str,
    range: Option<Range<T>>,
    text: impl Fn(T) -> String,
) {
    let Some(Range { min, max }) = range else { return };
    let end = |name: &str, end: Option<T>| end.map(|end| format!("{name} {}", text(end)));
    let ends: Vec<String> = end("min", min).into_iter().chain(end("max", max)).collect();
    if !ends.is_empty() {
        to.add_in("when", key, Value::word(ends.join(", ")));
    }
}

/// A text that would read as two in a list, in quotes.
fn quoted(text: String) -> String {
    if text.contains([',', '"']) { format!("{text:?}") } else { text }
}

fn joined<T: Display>(values: &[T]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

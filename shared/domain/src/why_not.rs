//! Why a line fell under its rule and not under one of higher priority.

use std::fmt::Display;

use crate::allocation::Frozen;
use crate::limits::PASSED_RULES_SHOWN_MAX;
use crate::order::{Line, LineAmounts, Paid};
use crate::plan::{Conditions, Plan, Range, Rule};
use crate::rules::{Setting, is_below, one_of, within};
use crate::time;

/// The rule of a line, and those of higher priority that were passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// The matching rule of highest priority; none where no rule matches.
    pub rule: Option<&'a Rule>,
    /// Those above it that came nearest to matching, highest first, each with the first of its
    /// conditions that does not hold.
    pub passed: Vec<(&'a Rule, Miss)>,
    /// How many more are above it.
    pub others: usize,
}

/// A condition of a rule that does not hold of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Which.
    pub condition: Condition,
    /// What the line or order has; none where it has nothing.
    pub own: Option<String>,
    /// What the rule asks for.
    pub wanted: Wanted,
}

/// What a condition asks for, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// One of these.
    OneOf(Vec<String>),
    /// The minimum or more, and less than the maximum.
    Within {
        /// The least that is in it.
        min: Option<String>,
        /// The least that is above it.
        max: Option<String>,
    },
    /// That it is so, or that it is not.
    Is(bool),
}

/// The conditions of a rule, in the order in which they are held against a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the field of `Conditions` of that name")]
pub enum Condition {
    Category,
    Sku,
    Region,
    Level,
    Distributor,
    LineAmount,
    OrderAmount,
    Quantity,
    Between,
    FirstOrder,
}

impl Condition {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Category,
        Self::Sku,
        Self::Region,
        Self::Level,
        Self::Distributor,
        Self::LineAmount,
        Self::OrderAmount,
        Self::Quantity,
        Self::Between,
        Self::FirstOrder,
    ];
}

/// For each line of an order, which rule it falls under and why not under one above it. Nothing
/// where the plan has no part for the currency.
///
/// Of the rules above, those on which the fewest conditions fail are named, the nearest first among
/// equals, at most [`PASSED_RULES_SHOWN_MAX`].
#[must_use]
pub fn why_not<'a>(paid: &Paid, plan: &'a Plan, frozen: &Frozen) -> Vec<Choice<'a>> {
    let Some(programme) = plan.currencies.get(&paid.currency) else { return Vec::new() };
    let first = frozen.lineage.first();
    let first_rank = first.map_or(0, |first| plan.rank(Some(&first.level)));
    let setting = Setting { paid, first, first_rank, first_order: frozen.first_order };
    let choice = |(line, amounts)| choice(&programme.rules, &Held { plan, setting, line, amounts });
    paid.priced_lines().map(choice).collect()
}

fn choice<'a>(rules: &'a [Rule], held: &Held<'_>) -> Choice<'a> {
    let mut passed = Vec::new();
    let mut matched = None;
    for rule in rules {
        let missed =
            || Condition::ALL.iter().filter(|condition| !held.holds(&rule.when, **condition));
        let Some(first) = missed().next() else {
            matched = Some(rule);
            break;
        };
        passed.push((missed().count(), rule, *first));
    }
    let above = passed.len();
    // Nearest first, and stable: among rules of as many misses the nearer ones come first.
    passed.reverse();
    passed.sort_by_key(|(misses, ..)| *misses);
    passed.truncate(PASSED_RULES_SHOWN_MAX);
    passed.sort_by_key(|(_, rule, _)| std::cmp::Reverse(rule.priority));
    let others = above.saturating_sub(passed.len());
    let told = |(_, rule, condition): (_, &'a Rule, _)| (rule, held.miss(&rule.when, condition));
    Choice { rule: matched, passed: passed.into_iter().map(told).collect(), others }
}

/// What the conditions of a rule are held against.
struct Held<'a> {
    plan: &'a Plan,
    setting: Setting<'a>,
    line: &'a Line,
    amounts: &'a LineAmounts,
}

impl Held<'_> {
    fn holds(&self, when: &Conditions, condition: Condition) -> bool {
        let Self { setting: Setting { paid, first, first_rank, first_order }, line, .. } = *self;
        match condition {
            Condition::Category => {
                let own = line.category.as_ref();
                one_of(when.category.as_deref(), |path| own.is_some_and(|own| is_below(own, path)))
            }
            Condition::Sku => one_of(when.sku.as_deref(), |sku| *sku == line.sku),
            Condition::Region => {
                one_of(when.region.as_deref(), |region| Some(region) == paid.region.as_ref())
            }
            Condition::Level => {
                one_of(when.rank.as_deref(), |rank| first.is_some() && *rank == first_rank)
            }
            Condition::Distributor => {
                one_of(when.distributor.as_deref(), |id| first.is_some_and(|one| one.id == *id))
            }
            Condition::LineAmount => within(when.line_amount.as_ref(), self.amounts.paid),
            Condition::OrderAmount => within(when.order_amount.as_ref(), paid.total()),
            Condition::Quantity => within(when.quantity.as_ref(), line.quantity),
            Condition::Between => within(when.between.as_ref(), paid.paid_at),
            Condition::FirstOrder => when.first_order.is_none_or(|wanted| wanted == first_order),
        }
    }

    /// A condition that does not hold, in text.
    fn miss(&self, when: &Conditions, condition: Condition) -> Miss {
        let Setting { paid, first, .. } = self.setting;
        let money = |amount: crate::money::Money| amount.text(paid.currency);
        let (own, wanted) = match condition {
            Condition::Category => {
                (self.line.category.as_ref().map(text), list(when.category.as_deref(), text))
            }
            Condition::Sku => (Some(text(&self.line.sku)), list(when.sku.as_deref(), text)),
            Condition::Region => {
                (paid.region.as_ref().map(text), list(when.region.as_deref(), text))
            }
            Condition::Level => {
                let level =
                    |rank: &usize| self.plan.levels.get(*rank).map(text).unwrap_or_default();
                (first.map(|first| text(&first.level)), list(when.rank.as_deref(), level))
            }
            Condition::Distributor => {
                (first.map(|first| text(&first.id)), list(when.distributor.as_deref(), text))
            }
            Condition::LineAmount => {
                (Some(money(self.amounts.paid)), range(when.line_amount.as_ref(), money))
            }
            Condition::OrderAmount => {
                (Some(money(paid.total())), range(when.order_amount.as_ref(), money))
            }
            Condition::Quantity => {
                let quantity = Some(self.line.quantity.to_string());
                (quantity, range(when.quantity.as_ref(), |count| count.to_string()))
            }
            Condition::Between => {
                (Some(time::text(paid.paid_at)), range(when.between.as_ref(), time::text))
            }
            Condition::FirstOrder => (None, Wanted::Is(when.first_order.unwrap_or_default())),
        };
        Miss { condition, own, wanted }
    }
}

fn text(value: &impl Display) -> String {
    value.to_string()
}

fn list<T>(values: Option<&[T]>, text: impl Fn(&T) -> String) -> Wanted {
    Wanted::OneOf(values.into_iter().flatten().map(text).collect())
}

fn range<T: Copy>(range: Option<&Range<T>>, text: impl Fn(T) -> String) -> Wanted {
    let bound = |pick: fn(&Range<T>) -> Option<T>| range.and_then(pick).map(&text);
    Wanted::Within { min: bound(|range| range.min), max: bound(|range| range.max) }
}

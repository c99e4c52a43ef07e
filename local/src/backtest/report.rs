//! The answer: amounts as texts, for programs as it is and for a person in `words.rs`.

use std::time::Duration;

use serde::Serialize;
use upline_domain::explain::exact;
use upline_domain::money::{Currency, Overflow, Rate, SignedMoney};
use upline_domain::plan::{Plan, Programme, SelfPurchase};

use super::Days;
use super::compare::Cap;
use super::play::Told;
use super::sums::{Both, Compare, Counted, Cutting, Matched, Refused, Sums, largest_first};
use super::work::Done;
use crate::send::Totals;

/// What was asked.
pub(super) struct Question<'a> {
    /// The file of the candidate.
    pub(super) name: String,
    pub(super) policy: String,
    /// Of a server.
    pub(super) days: Option<Days>,
    /// Of files.
    pub(super) events: Option<&'a Told>,
}

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) plan: String,
    pub(super) policy: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) events: Option<Totals>,
    pub(super) not_taken: Vec<String>,
    pub(super) orders: Orders,
    pub(super) waiting: Vec<Waiting>,
    pub(super) not_calculable: Vec<NotCalculable>,
    pub(super) currencies: Vec<Part>,
    pub(super) notes: Vec<String>,
    pub(super) speed: Speed,
}

/// How many orders were read, and what came of them.
#[derive(Serialize)]
pub(super) struct Orders {
    pub(super) read: u64,
    pub(super) calculated: u64,
    pub(super) not_calculable: u64,
    pub(super) waiting: u64,
}

#[derive(Serialize)]
pub(super) struct Waiting {
    pub(super) currency: String,
    pub(super) orders: u64,
    pub(super) paid: String,
}

/// Orders that the candidate would park. They are in no total below.
#[derive(Serialize)]
pub(super) struct NotCalculable {
    pub(super) code: &'static str,
    pub(super) currency: String,
    pub(super) orders: u64,
    pub(super) paid: String,
    /// What they were given.
    pub(super) old: String,
    /// Why, of the first by id.
    pub(super) reason: String,
    pub(super) examples: Vec<String>,
}

/// All orders of one currency that have a cost under both plans.
#[derive(Serialize)]
pub(super) struct Part {
    pub(super) currency: String,
    pub(super) orders: u64,
    /// Orders of which somebody gets another amount.
    pub(super) changed: u64,
    pub(super) paid: String,
    pub(super) refunded: String,
    pub(super) total: Cost,
    /// Less what refunds took back; shares of what was paid and not refunded.
    pub(super) net: Cost,
    pub(super) by_depth: Vec<Row<usize>>,
    pub(super) rules: Vec<RuleRow>,
    pub(super) caps: Vec<CapRow>,
    pub(super) orders_that_change_most: Vec<Row<String>>,
    pub(super) distributors_that_change_most: Vec<Row<String>>,
}

/// Of one depth, order or distributor.
#[derive(Serialize)]
pub(super) struct Row<Id> {
    pub(super) of: Id,
    #[serde(flatten)]
    pub(super) cost: Cost,
}

/// An amount under both plans, and its share of what was paid, cut to 6 digits.
#[derive(Serialize)]
pub(super) struct Cost {
    pub(super) old: String,
    pub(super) new: String,
    pub(super) change: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) old_share: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) new_share: Option<String>,
}

#[derive(Serialize)]
pub(super) struct RuleRow {
    /// Null for the lines that no rule matched.
    pub(super) rule: Option<String>,
    pub(super) lines: u64,
    pub(super) paid: String,
    pub(super) cost: String,
}

#[derive(Serialize)]
pub(super) struct CapRow {
    /// `max_per_order`, `depth` or `max_total_rate`.
    pub(super) cap: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) card: Option<String>,
    /// One for each beneficiary of an order whom it cut.
    pub(super) times: u64,
    pub(super) orders: u64,
    /// How much, exact; of the first two before rounding.
    pub(super) cut: String,
}

#[derive(Serialize)]
pub(super) struct Speed {
    pub(super) elapsed_ms: u128,
    /// Reading, calculating and summing, on all cores.
    pub(super) orders_per_second: u128,
    /// Calculating alone, on one core.
    pub(super) calculations_per_second: u128,
}

impl Report {
    /// Puts sums into texts.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] where a difference leaves 64 bits.
    pub(super) fn of(question: Question<'_>, plan: &Plan, done: &Done) -> Result<Self, Overflow> {
        let Question { name, policy, days, events } = question;
        let sums = &done.sums;
        let orders = Orders {
            read: sums.read,
            calculated: sums.calculated(),
            not_calculable: sums.refused.values().map(|one| one.counted.orders).sum(),
            waiting: sums.waiting.values().map(|one| one.orders).sum(),
        };
        let parts = sums
            .compared
            .iter()
            .map(|(currency, compare)| part(*currency, compare, plan.currencies.get(currency)));
        let refused = sums.refused.iter();
        Ok(Self {
            plan: name,
            policy,
            from: days.map(|days| days.from.to_string()),
            to: days.map(|days| days.to.to_string()),
            events: events.map(|told| told.outcomes.clone()),
            not_taken: events.map(|told| told.not_taken.clone()).unwrap_or_default(),
            waiting: sums.waiting.iter().map(waiting).collect(),
            not_calculable: refused.map(|(key, one)| not_calculable(*key, one)).collect(),
            currencies: parts.collect::<Result<_, _>>()?,
            notes: notes(plan, sums),
            speed: Speed {
                elapsed_ms: done.elapsed.as_millis(),
                orders_per_second: per_second(orders.read, done.elapsed),
                calculations_per_second: per_second(
                    orders.calculated.saturating_add(orders.not_calculable),
                    done.calculating,
                ),
            },
            orders,
        })
    }
}

fn per_second(count: u64, time: Duration) -> u128 {
    let count = u128::from(count).saturating_mul(1_000_000_000);
    count.checked_div(time.as_nanos()).unwrap_or_default()
}

fn waiting((currency, counted): (&Currency, &Counted)) -> Waiting {
    let paid = counted.paid.text(*currency);
    Waiting { currency: currency.to_string(), orders: counted.orders, paid }
}

fn not_calculable((currency, code): (Currency, &'static str), refused: &Refused) -> NotCalculable {
    let Refused { counted, old, examples } = refused;
    NotCalculable {
        code,
        currency: currency.to_string(),
        orders: counted.orders,
        paid: counted.paid.text(currency),
        old: old.text(currency),
        reason: examples.values().next().map(ToString::to_string).unwrap_or_default(),
        examples: examples.keys().map(ToString::to_string).collect(),
    }
}

fn part(
    currency: Currency,
    compare: &Compare,
    programme: Option<&Programme>,
) -> Result<Part, Overflow> {
    let Compare { counted, refunded, total, reversed, .. } = compare;
    let kept = counted.paid.minus(*refunded)?;
    let net = Both { old: total.old.minus(reversed.old)?, new: total.new.minus(reversed.new)? };
    let of_paid = |both| cost(currency, both, Some(counted.paid));
    let depths = compare.by_depth.iter();
    let depths = depths.map(|(depth, both)| Ok(Row { of: *depth, cost: of_paid(*both)? }));
    let mut distributors: Vec<_> = compare.by_distributor.clone().into_iter().collect();
    distributors.retain(|(_, both)| both.old != both.new);
    largest_first(&mut distributors)?;
    Ok(Part {
        currency: currency.to_string(),
        orders: counted.orders,
        changed: compare.changed,
        paid: counted.paid.text(currency),
        refunded: refunded.text(currency),
        total: of_paid(*total)?,
        net: cost(currency, net, Some(kept))?,
        by_depth: depths.collect::<Result<_, Overflow>>()?,
        rules: rules(currency, compare, programme),
        caps: compare.caps.iter().map(|(cap, cutting)| cap_row(currency, cap, cutting)).collect(),
        orders_that_change_most: rows(currency, &compare.most)?,
        distributors_that_change_most: rows(currency, &distributors)?,
    })
}

fn rows<Id: ToString>(
    currency: Currency,
    most: &[(Id, Both)],
) -> Result<Vec<Row<String>>, Overflow> {
    let row = |(id, both): &(Id, Both)| {
        Ok(Row { of: id.to_string(), cost: cost(currency, *both, None)? })
    };
    most.iter().map(row).collect()
}

fn cost(currency: Currency, both: Both, whole: Option<SignedMoney>) -> Result<Cost, Overflow> {
    let share = |part| share(part, whole?).map(|share| share.to_string());
    Ok(Cost {
        old: both.old.text(currency),
        new: both.new.text(currency),
        change: both.change()?.text(currency),
        old_share: share(both.old),
        new_share: share(both.new),
    })
}

/// What a part is of the whole, cut to 6 digits; none of nothing.
fn share(part: SignedMoney, whole: SignedMoney) -> Option<Rate> {
    let millionths = i128::from(part.minor()).checked_mul(1_000_000)?;
    let millionths = millionths.checked_div(whole.minor().into())?;
    Rate::from_millionths(u32::try_from(millionths).ok()?)
}

/// The rules of the plan as they stand in it, also those that matched nothing.
fn rules(currency: Currency, compare: &Compare, programme: Option<&Programme>) -> Vec<RuleRow> {
    let known =
        programme.into_iter().flat_map(|one| one.rules.iter()).map(|rule| Some(rule.id.clone()));
    let none = compare.rules.contains_key(&None).then_some(None);
    let row = |rule| {
        let Matched { lines, paid, cost } = compare.rules.get(&rule).cloned().unwrap_or_default();
        let (paid, cost) = (paid.text(currency), cost.text(currency));
        RuleRow { rule: rule.map(|rule| rule.to_string()), lines, paid, cost }
    };
    known.chain(none).map(row).collect()
}

fn cap_row(currency: Currency, cap: &Cap, cutting: &Cutting) -> CapRow {
    let (cap, card) = match cap {
        Cap::Card(card) => ("max_per_order", Some(card.to_string())),
        Cap::Depth => ("depth", None),
        Cap::Total => ("max_total_rate", None),
    };
    let Cutting { times, orders, micros } = cutting;
    CapRow { cap, card, times: *times, orders: *orders, cut: exact(*micros, currency) }
}

/// What an answer of the past cannot know.
fn notes(plan: &Plan, sums: &Sums) -> Vec<String> {
    let mut notes = vec![
        "each order is calculated with what was frozen with it: lineage, levels, status, first \
         order and month sales"
            .to_owned(),
    ];
    let first = plan.levels.first().map(ToString::to_string).unwrap_or_default();
    for (level, orders) in &sums.levels_not_named {
        notes.push(format!(
            "the plan does not name the level {level}, which somebody in {orders} orders had: they \
             count as its first, {first}"
        ));
    }
    if sums.month_sales_unknown > 0 {
        notes.push(format!(
            "in {} orders a card asks for month sales that nobody asked for then: they count as \
             zero",
            sums.month_sales_unknown
        ));
    }
    let mut programmes = sums.compared.keys().filter_map(|currency| plan.currencies.get(currency));
    if programmes.any(|programme| programme.self_purchase == SelfPurchase::Buyer) {
        notes.push(
            "the plan pays distributors for what they buy themselves: an order of before, whose \
             plan did not, does not say whether its buyer was one, and pays their sponsor first"
                .to_owned(),
        );
    }
    notes
}

//! Orders of chance under a plan: none costs more than the check of the plan says, nor more than
//! the plan allows.

use std::collections::BTreeMap;

use upline_contract::plan::RuleCost;
use upline_domain::allocation::{Ancestor, Frozen};
use upline_domain::calculate::{CalculateError, Calculation, Step, calculate};
use upline_domain::member::Status;
use upline_domain::money::{Currency, MICROS_PER_MINOR, Money};
use upline_domain::order::{Line, LineAmounts, Paid, Payment};
use upline_domain::plan::{Base, Mode, Per, Plan, Programme};
use upline_domain::worst_case::WorstCase;

use crate::dice::Dice;

const PRICES: [u64; 12] = [1, 2, 3, 7, 99, 100, 999, 1_000, 9_999, 10_000, 99_999, 100_000_000];

/// Calculates an order under one part of a plan, and holds it against the check.
pub(crate) fn check(plan: &Plan, currency: Currency, costs: &[RuleCost], dice: &mut Dice<'_>) {
    let Some(programme) = plan.currencies.get(&currency) else { return };
    let Some(paid) = order(programme, currency, dice) else { return };
    let frozen = frozen(plan, dice);
    let mut micros = 0;
    let calculation = calculate(&paid, plan, &frozen, &mut |step| {
        if let Step::Rounded { micros: rounded, .. } = step {
            micros += rounded;
        }
    });
    let calculation = match calculation {
        Ok(calculation) => calculation,
        Err(CalculateError::Overflow(_)) if has_amounts(programme) => return,
        Err(wrong) => panic!("an order that has all costs cannot be calculated: {wrong}"),
    };
    check_bounds(programme, &paid, &frozen, &calculation);
    let most = most(programme, &paid, &calculation, costs, currency);
    assert!(
        micros <= most,
        "{micros} micros, and at most {most} by the check: {paid:?} {frozen:?}"
    );
}

/// Whether there is an amount that quantities multiply.
fn has_amounts(programme: &Programme) -> bool {
    programme.cards.iter().any(|card| matches!(card.mode, Mode::Fixed { .. }))
}

fn check_bounds(programme: &Programme, paid: &Paid, frozen: &Frozen, found: &Calculation) {
    let total: u64 = found.allocations.iter().map(|one| one.amount.minor()).sum();
    let cap = programme.max_total_rate.of(paid.total()) / MICROS_PER_MINOR;
    assert!(u128::from(total) <= cap, "{total} is above the cap of {cap}");
    assert!(found.allocations.len() <= programme.depth, "more than {} earn", programme.depth);
    for one in &found.allocations {
        let lines: u64 = one.lines.iter().map(|(_, amount)| amount.minor()).sum();
        assert!(one.amount > Money::ZERO && one.amount.minor() == lines, "{one:?}");
        assert_eq!(frozen.lineage[one.ancestor].status, Status::Active, "{one:?}");
    }
    assert_eq!(found.lines.len(), paid.lines.len());
}

/// The most that the lines of an order can cost by the check, in micros.
fn most(
    programme: &Programme,
    paid: &Paid,
    found: &Calculation,
    costs: &[RuleCost],
    currency: Currency,
) -> u128 {
    let mut most = 0;
    for ((line, amounts), rule) in paid.priced_lines().zip(&found.lines) {
        let Some(rule) = rule.as_ref().filter(|_| amounts.paid > Money::ZERO) else { continue };
        let name = rule.rule.as_str();
        let cost = costs.iter().find(|cost| cost.currency == currency && cost.rule == name);
        let cost = cost.unwrap_or_else(|| panic!("the check has rule {name}"));
        most += match &cost.most {
            WorstCase::OfBase { base, total, .. } => {
                let mode = programme.cards.iter().find(|card| card.id == rule.card);
                assert_eq!(mode.unwrap().mode.base(), Some(*base), "the base of rule {name}");
                u128::from(total.millionths()) * base_minor(*base, amounts)
            }
            WorstCase::Amounts { per, total_minor, .. } => {
                let count = if *per == Per::Unit { line.quantity } else { 1 };
                u128::from(*total_minor) * MICROS_PER_MINOR * u128::from(count)
            }
        };
    }
    most
}

fn base_minor(base: Base, amounts: &LineAmounts) -> u128 {
    let amount = match base {
        Base::List => amounts.list,
        Base::Net => amounts.net,
        Base::Paid => amounts.paid,
        Base::Profit => amounts.profit.unwrap(),
    };
    amount.minor().into()
}

/// Where something turns in a part of a plan: the ends of its conditions, and its tiers.
fn edges(programme: &Programme) -> Vec<u64> {
    let mut edges = PRICES.to_vec();
    for rule in programme.rules.iter() {
        let ranges = [rule.when.line_amount, rule.when.order_amount].into_iter().flatten();
        edges.extend(ranges.flat_map(|range| [range.min, range.max]).flatten().map(Money::minor));
    }
    for card in &programme.cards {
        edges.extend(card.max_per_order.map(Money::minor));
        if let Mode::Tiered(tiered) = &card.mode {
            edges.extend(tiered.tiers.iter().map(|tier| tier.from.minor()));
        }
    }
    edges
}

fn order(programme: &Programme, currency: Currency, dice: &mut Dice<'_>) -> Option<Paid> {
    let edges = edges(programme);
    let rules: Vec<_> = programme.rules.iter().collect();
    let line = |place: usize, dice: &mut Dice<'_>| {
        let quantity = *dice.pick(&[1, 1, 2, 3, 1_000]);
        let price = dice.pick(&edges).saturating_sub(u64::from(dice.chance(20)));
        let list = price.saturating_mul(quantity.into());
        let off = if dice.chance(30) { list / 3 } else { 0 };
        let when = (!rules.is_empty()).then(|| &dice.pick(&rules).when);
        let first =
            |of: Option<&Vec<upline_domain::ids::Text>>| of.and_then(|all| all.first()).cloned();
        let sku = first(when.and_then(|when| when.sku.as_ref()));
        Some(Line {
            id: format!("l{place}").parse().ok()?,
            sku: sku.unwrap_or("s".parse().ok()?),
            category: first(when.and_then(|when| when.category.as_ref())),
            quantity,
            unit_price: Money::from_minor(price).ok()?,
            discount: Money::from_minor(off).ok()?,
            unit_cost: Some(Money::from_minor(price / 2).ok()?),
        })
    };
    let lines: Option<Vec<Line>> = (0..=dice.below(3)).map(|place| line(place, dice)).collect();
    let lines = lines?;
    let net = |line: &Line| {
        line.unit_price.minor().saturating_mul(line.quantity.into()) - line.discount.minor()
    };
    let coupon = if dice.chance(30) { lines.iter().map(net).min()? / 2 } else { 0 };
    let when = (!rules.is_empty()).then(|| &dice.pick(&rules).when);
    let region = when.and_then(|when| when.region.as_ref()?.first().cloned());
    let from = when.and_then(|when| when.between.as_ref()?.min);
    let payment = Payment {
        order: "A".parse().ok()?,
        buyer: "b".parse().ok()?,
        currency,
        paid_at: from.unwrap_or("2026-11-11T00:00:00Z".parse().ok()?),
        lines,
        discount: Money::from_minor(coupon).ok()?,
        invite_code: None,
        region,
    };
    Paid::new(payment).ok()
}

fn frozen(plan: &Plan, dice: &mut Dice<'_>) -> Frozen {
    let mut month_sales = BTreeMap::new();
    let ancestor = |place: usize, dice: &mut Dice<'_>| Ancestor {
        id: format!("d{place}").parse().unwrap(),
        level: dice.pick(&plan.levels).clone(),
        status: if dice.chance(20) { Status::Frozen } else { Status::Active },
    };
    let lineage: Vec<Ancestor> = (0..dice.below(8)).map(|place| ancestor(place, dice)).collect();
    for place in 0..lineage.len() {
        if dice.chance(50) {
            month_sales.insert(place, Money::from_minor(*dice.pick(&PRICES)).unwrap());
        }
    }
    Frozen { lineage, first_order: dice.chance(50), month_sales }
}

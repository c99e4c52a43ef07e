//! The most that a rule can cost is held against what orders cost: never more, for some as much.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use upline_domain::allocation::{Ancestor, Frozen};
use upline_domain::calculate::{Step, calculate};
use upline_domain::limits::{AMOUNT_MINOR_MAX, QUANTITY_MAX};
use upline_domain::member::Status;
use upline_domain::money::{MICROS_PER_MINOR, Money};
use upline_domain::order::{Line, Paid, Payment};
use upline_domain::plan::{
    Base, Card, Measure, Mode, Per, Plan, Programme, Range, TierKind, Tiered,
};
use upline_domain::worst_case::WorstCase;

use crate::arbitrary::{currency, line_id, money, paid_at};
use crate::worst_plans::{LEVELS, amounts, plan, plan_of};

fn ancestor((place, (rank, status)): (usize, (usize, Status))) -> Ancestor {
    let [id, level] = [format!("d{place}"), LEVELS[rank].to_owned()];
    Ancestor { id: id.parse().unwrap(), level: level.parse().unwrap(), status }
}

/// A lineage, and what each of it sold in the month.
type Upline = (Vec<Ancestor>, BTreeMap<usize, Money>);

fn upline() -> impl Strategy<Value = Upline> {
    let status = prop_oneof![4 => Just(Status::Active), 1 => Just(Status::Frozen)];
    let sold = select(vec![0_u64, 39, 40, 100, 1_499, 2_400, 5_000]).prop_map(money);
    vec(((0_usize..3, status), sold), 1..6).prop_map(|all| {
        let (lineage, sold): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        let lineage = lineage.into_iter().enumerate().map(ancestor).collect();
        (lineage, sold.into_iter().enumerate().collect())
    })
}

/// What was paid of a line, beside what else.
#[derive(Clone, Copy, Debug, Default)]
struct Sold {
    paid: u64,
    quantity: u32,
    /// Taken off the line.
    off: u64,
    /// Taken off the order, where the line is all of it.
    coupon: u64,
    /// Of one.
    cost: u64,
}

fn sold() -> impl Strategy<Value = Sold> {
    let off = || prop_oneof![Just(0), 0_u64..500];
    (1_u64..3_000, 1_u32..4, off(), off(), 0_u64..3_000)
        .prop_map(|(paid, quantity, off, coupon, cost)| Sold { paid, quantity, off, coupon, cost })
}

fn order(lines: &[Sold]) -> Paid {
    let line = |(place, sold): (usize, &Sold)| {
        let Sold { paid, quantity, off, coupon, cost } = *sold;
        let net = paid + coupon;
        let price = (net + off).div_ceil(u64::from(quantity));
        Line {
            id: line_id(place),
            sku: "s".parse().unwrap(),
            category: None,
            quantity,
            unit_price: money(price),
            discount: money(price * u64::from(quantity) - net),
            unit_cost: Some(money(cost)),
        }
    };
    let payment = Payment {
        order: "A".parse().unwrap(),
        buyer: "b".parse().unwrap(),
        currency: currency(),
        paid_at: paid_at(),
        lines: lines.iter().enumerate().map(line).collect(),
        discount: money(lines.iter().map(|sold| sold.coupon).sum()),
        invite_code: None,
        region: None,
    };
    Paid::new(payment).unwrap()
}

/// What an order costs before it is rounded and before the cap on the total, in micros; and of how
/// much: the base of its lines on the rule, or their number or units.
fn cost(plan: &Plan, paid: &Paid, upline: &Upline) -> (u128, u128) {
    let (lineage, month_sales) = upline.clone();
    let mut cost = 0;
    let frozen = Frozen { lineage, first_order: false, month_sales };
    let calculation = calculate(paid, plan, &frozen, &mut |step| {
        if let Step::Rounded { micros, .. } = step {
            cost += micros;
        }
    });
    let on_rule = calculation.unwrap().lines;
    let programme = &plan.currencies[&currency()];
    let of = |(line, amounts): (&Line, &upline_domain::order::LineAmounts)| {
        let mode = &programme.cards[0].mode;
        u128::from(match (mode.base(), mode) {
            (Some(Base::List), _) => amounts.list.minor(),
            (Some(Base::Net), _) => amounts.net.minor(),
            (Some(Base::Paid), _) => amounts.paid.minor(),
            (Some(Base::Profit), _) => amounts.profit.unwrap().minor(),
            (None, Mode::Fixed { per: Per::Unit, .. }) => line.quantity.into(),
            (None, _) => 1,
        })
    };
    let lines = paid.priced_lines().zip(on_rule).filter(|(_, rule)| rule.is_some());
    (cost, lines.map(|(line, _)| of(line)).sum())
}

/// The most of one of what a cost is counted in, in micros.
fn most_of_one(worst: &WorstCase) -> u128 {
    match worst {
        WorstCase::OfBase { total, .. } => total.millionths().into(),
        WorstCase::Amounts { total_minor, .. } => u128::from(*total_minor) * MICROS_PER_MINOR,
    }
}

fn worst_case(plan: &Plan) -> WorstCase {
    let programme = &plan.currencies[&currency()];
    WorstCase::of(plan, programme, &programme.rules[0]).unwrap()
}

/// Every lineage of one more than the depth, where only the first may be passed over, and everyone
/// has sold as much as is best for them at their depth.
fn uplines(programme: &Programme) -> Vec<Upline> {
    let mode = &programme.cards[0].mode;
    let mut all = Vec::new();
    let length = u32::try_from(programme.depth).unwrap() + 1;
    for levels in 0..3_usize.pow(length) {
        let rank = |place: u32| levels / 3_usize.pow(place) % 3;
        let ranks: Vec<usize> = (0..length).map(rank).collect();
        for first in [Status::Active, Status::Frozen] {
            let status = |place| if place == 0 { first } else { Status::Active };
            let passed_over = usize::from(first == Status::Frozen);
            let all_of = ranks.iter().enumerate();
            let lineage = all_of.map(|(place, &rank)| ancestor((place, (rank, status(place)))));
            let sold = (0..ranks.len())
                .map(|place| (place, best_month(mode, place.saturating_sub(passed_over))));
            all.push((lineage.collect(), sold.collect()));
        }
    }
    all
}

fn best_month(mode: &Mode, place: usize) -> Money {
    let Mode::Tiered(Tiered { tiers, .. }) = mode else { return Money::ZERO };
    let rated = tiers.iter().filter(|tier| tier.rates.len() > place);
    rated.max_by_key(|tier| tier.rates[place]).map_or(Money::ZERO, |tier| tier.from)
}

fn least(range: Option<&Range<Money>>) -> u64 {
    range.and_then(|range| range.min).map_or(1, Money::minor)
}

proptest! {
    #![proptest_config(crate::cases(512))]

    #[test]
    fn no_order_costs_more_than_the_worst_case(
        plan in plan(),
        lines in vec(sold(), 1..4),
        upline in upline(),
    ) {
        let (cost, of) = cost(&plan, &order(&lines), &upline);
        let worst = worst_case(&plan);
        prop_assert!(cost <= most_of_one(&worst) * of, "{cost} of {of}: {worst:?}");
    }
}

proptest! {
    #![proptest_config(crate::cases(192))]

    #[test]
    fn some_order_costs_as_much_as_the_worst_case(plan in plan()) {
        let programme = &plan.currencies[&currency()];
        let when = &programme.rules[0].when;
        let card = &programme.cards[0];
        let least = least(when.line_amount.as_ref());
        let end = when.line_amount.and_then(|range| range.max).map_or(u64::MAX, Money::minor);
        let end = end.min(AMOUNT_MINOR_MAX + 1);
        // Lines where a tier begins, and just before; what is left is cost, or a discount, or not.
        let froms = match &card.mode {
            Mode::Tiered(tiered) => tiered.tiers.iter().map(|tier| tier.from.minor()).collect(),
            Mode::Percent { .. } | Mode::Fixed { .. } | Mode::Differential(_) => Vec::new(),
        };
        let edges = froms.iter().flat_map(|from| [*from, from.saturating_sub(1)]);
        let edges = edges.chain([1, least, end - 1, end + 40, AMOUNT_MINOR_MAX]);
        let bases: Vec<u64> = edges.collect();
        let bases = bases.into_iter().filter(|base| (1..=AMOUNT_MINOR_MAX).contains(base));
        let orders = bases.filter_map(|base| {
            let by_order =
                matches!(&card.mode, Mode::Tiered(tiered) if tiered.measure == Measure::Order);
            // A measure of the order may come from many lines.
            let lines = if by_order { base.div_ceil(end - 1).min(200) } else { 1 };
            let parts = (0..lines).map(|place| base / lines + u64::from(place < base % lines));
            let sold: Vec<Sold> = parts
                .map(|base| {
                    let paid = match card.mode.base() {
                        Some(Base::Profit) => base.max(least),
                        Some(Base::List | Base::Net) => base.min(end - 1),
                        Some(Base::Paid) | None => base,
                    };
                    let (above, cost) = (base.saturating_sub(paid), paid.saturating_sub(base));
                    let (off, coupon) = match card.mode.base() {
                        Some(Base::List) => (above, 0),
                        Some(Base::Net) => (0, above),
                        _ => (0, 0),
                    };
                    Sold { paid, quantity: 1, off, coupon, cost }
                })
                .collect();
            sold.iter().all(|sold| (least..end).contains(&sold.paid)).then(|| order(&sold))
        });
        let worst = worst_case(&plan);
        let uplines = uplines(programme);
        let mut missing = u128::MAX;
        for paid in orders {
            for upline in &uplines {
                let (cost, of) = cost(&plan, &paid, upline);
                let want = most_of_one(&worst) * of;
                prop_assert!(cost <= want, "{cost} of {of}: {worst:?}");
                // An average and what a cap leaves are rounded up to a millionth, for each depth.
                if of > 0 && want - cost <= of * slack(card) {
                    missing = missing.min(want - cost);
                }
            }
        }
        let order_is_larger = when.order_amount.is_some();
        // Other rules' lines on the card may make a measure of an order as large as that.
        let needs_others = end <= AMOUNT_MINOR_MAX && matches!(&card.mode, Mode::Tiered(tiered)
            if (tiered.measure, tiered.kind) == (Measure::Order, TierKind::Graduated));
        // A tier of month sales may be narrower than the smallest line.
        let is_narrow = least > 1 && matches!(&card.mode, Mode::Tiered(tiered)
            if (tiered.measure, tiered.kind) == (Measure::MonthSales, TierKind::Graduated));
        // A tier of the order may begin between what one number of lines comes to and the next.
        let is_between = matches!(&card.mode, Mode::Tiered(tiered)
            if tiered.measure == Measure::Order && tiered.tiers.iter().any(|tier| {
                let from = tier.from.minor().max(least);
                from.div_ceil(end - 1) * least > from
            }));
        let is_bound = order_is_larger || needs_others || is_narrow || is_between;
        let is_exact = !is_bound && is_exact(card);
        prop_assert!(!is_exact || missing < u128::MAX, "no order costs as much: {worst:?}");
    }
}

/// By how many millionths of what it is of a figure may be rounded up.
fn slack(card: &Card) -> u128 {
    let is_rounded = matches!(&card.mode, Mode::Tiered(Tiered { kind: TierKind::Graduated, .. }))
        || card.max_per_order.is_some();
    if is_rounded { 4 } else { 0 }
}

/// Whether the figure is reached. With a cap on one beneficiary some are bounds only: of stretches,
/// of differences, and of amounts, of which each line has its own and the cap is of the order.
fn is_exact(card: &Card) -> bool {
    match (&card.mode, card.max_per_order) {
        (Mode::Percent { .. }, _) | (_, None) => true,
        (Mode::Tiered(tiered), Some(_)) => {
            tiered.kind == TierKind::Whole && tiered.measure != Measure::MonthSales
        }
        (Mode::Fixed { .. } | Mode::Differential(_), Some(_)) => false,
    }
}

proptest! {
    #![proptest_config(crate::cases(256))]

    #[test]
    fn amounts_reach_the_cap_where_it_is_said(plan in plan_of(amounts())) {
        let programme = &plan.currencies[&currency()];
        let worst = worst_case(&plan);
        let when = &programme.rules[0].when;
        let (line, whole) = (least(when.line_amount.as_ref()), least(when.order_amount.as_ref()));
        let most = when.quantity.map_or(QUANTITY_MAX, |range| range.max.unwrap() - 1);
        let sold = |paid| Sold { paid, quantity: most, ..Sold::default() };
        // A line as small as they are, and one beside it that makes the order as large as it must
        // be.
        let of = |count: u64| {
            let more = whole.saturating_sub(line * count);
            let mut lines = vec![sold(line); usize::try_from(count).unwrap()];
            match (more, lines.len()) {
                (0, _) => {}
                (_, 200) => lines[0].paid += more,
                _ => lines.push(Sold { quantity: 1, ..sold(more) }),
            }
            order(&lines)
        };
        let one = of(1);
        let uplines = uplines(programme);
        let best = uplines.iter().max_by_key(|upline| cost(&plan, &one, upline)).unwrap();
        let cut = (1..=200_u64).any(|count| {
            let paid = of(count);
            let (micros, _) = cost(&plan, &paid, best);
            micros > programme.max_total_rate.of(paid.total())
        });
        prop_assert_eq!(worst.is_above(programme.max_total_rate), cut, "{:?}", worst);
    }
}

//! Plans of one rule, of which the most that it can cost is known.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use upline_domain::money::Rate;
use upline_domain::plan::{
    Base, Card, Conditions, Cycle, Differential, Inactive, Measure, Mode, Per, Plan, Programme,
    Range, Rounding, Rule, SelfPurchase, Settlement, Tier, TierKind, Tiered,
};
use upline_domain::rule_table::RuleTable;
use upline_domain::time;

use crate::arbitrary::{currency, money};

pub(crate) const LEVELS: [&str; 3] = ["bronze", "silver", "gold"];

fn rate() -> impl Strategy<Value = Rate> {
    let percent = select(vec![0, 1, 2, 5, 10, 20, 30]);
    percent.prop_map(|percent: u32| Rate::from_millionths(percent * 10_000).unwrap())
}

fn base() -> impl Strategy<Value = Base> {
    select(vec![Base::Paid, Base::Paid, Base::Profit, Base::Net, Base::List])
}

pub(crate) fn amounts() -> BoxedStrategy<Mode> {
    let amounts = vec(select(vec![0_u64, 1, 5, 40]).prop_map(money), 1..5);
    (amounts, select(vec![Per::Line, Per::Unit]))
        .prop_map(|(amounts, per)| Mode::Fixed { amounts, per })
        .boxed()
}

fn bonuses() -> impl Strategy<Value = Vec<Rate>> {
    prop_oneof![Just(Vec::new()), vec(rate(), LEVELS.len())]
}

fn tiered() -> impl Strategy<Value = Mode> {
    let measure = select(vec![Measure::Line, Measure::Order, Measure::MonthSales]);
    let kind = select(vec![TierKind::Whole, TierKind::Graduated]);
    let froms = subsequence(vec![0_u64, 40, 100, 1_500, 2_500], 1..=3);
    (base(), measure, kind, froms, vec(vec(rate(), 0..5), 3), bonuses()).prop_map(
        |(base, measure, kind, froms, rates, level_bonus)| {
            let tiers = froms.into_iter().zip(rates);
            let tiers = tiers.map(|(from, rates)| Tier { from: money(from), rates });
            Mode::Tiered(Tiered { base, measure, kind, tiers: tiers.collect(), level_bonus })
        },
    )
}

fn mode() -> BoxedStrategy<Mode> {
    let percent = (base(), vec(rate(), 1..5), bonuses());
    let percent =
        percent.prop_map(|(base, rates, level_bonus)| Mode::Percent { base, rates, level_bonus });
    let differential = (base(), vec(rate(), LEVELS.len()), rate());
    let differential = differential
        .prop_map(|(base, by_rank, peer)| Mode::Differential(Differential { base, by_rank, peer }));
    prop_oneof![2 => percent, 1 => amounts(), 3 => tiered(), 2 => differential].boxed()
}

fn conditions() -> impl Strategy<Value = Conditions> {
    let ranks = option::weighted(0.5, subsequence(vec![0, 1, 2], 1..=3));
    let from = |often| {
        let least = select(vec![1_u64, 40, 100, 1_500]);
        option::weighted(often, least.prop_map(|min| Range { min: Some(money(min)), max: None }))
    };
    let to = option::weighted(0.5, select(vec![60_u64, 100, 1_200, 2_000]));
    let line = (from(0.5), to).prop_map(|(from, to)| match (from, to) {
        (Some(Range { min: Some(min), .. }), Some(to)) if min.minor() < to => {
            Some(Range { min: Some(min), max: Some(money(to)) })
        }
        (None, Some(to)) => Some(Range { min: None, max: Some(money(to)) }),
        (from, _) => from,
    });
    let units = option::weighted(0.5, Just(Range { min: None, max: Some(3) }));
    (ranks, line, from(0.15), units).prop_map(|(rank, line_amount, order_amount, quantity)| {
        Conditions { rank, line_amount, order_amount, quantity, ..Conditions::default() }
    })
}

pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    plan_of(mode())
}

/// A plan of one rule, on a card of that mode.
pub(crate) fn plan_of(mode: BoxedStrategy<Mode>) -> impl Strategy<Value = Plan> {
    let shape =
        (1_usize..=4, vec(0_usize..3, 4), select(vec![Inactive::Forfeit, Inactive::Compress]));
    let cap = option::weighted(0.4, select(vec![0_u64, 1, 3, 20, 10_000]).prop_map(money));
    (shape, mode, cap, conditions(), rate()).prop_map(|(shape, mode, cap, when, total)| {
        let (depth, min_rank, inactive) = shape;
        let card = Card { id: "card".parse().unwrap(), mode, max_per_order: cap };
        let rule = Rule { id: "rule".parse().unwrap(), priority: 0, when, card: 0 };
        let programme = Programme {
            depth,
            team_depth: 1,
            self_purchase: SelfPurchase::None,
            inactive,
            min_rank,
            rounding: Rounding::Down,
            max_total_rate: total,
            cards: vec![card],
            rules: RuleTable::new(vec![rule]),
            settlement: Settlement { hold_days: 7, cycle: Cycle::Daily, auto_complete_days: None },
        };
        Plan {
            timezone: time::zone("UTC").unwrap(),
            levels: LEVELS.iter().map(|level| level.parse().unwrap()).collect(),
            ladder: upline_domain::level::Ladder::default(),
            currencies: BTreeMap::from([(currency(), programme)]),
        }
    })
}

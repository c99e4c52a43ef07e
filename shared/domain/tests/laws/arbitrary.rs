//! Any plan, order, lineage and refunds within the limits, from cents to the largest amounts.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use upline_domain::allocation::{Ancestor, Frozen};
use upline_domain::ids::{LineId, RefundId};
use upline_domain::level::Ladder;
use upline_domain::limits::{AMOUNT_MINOR_MAX, QUANTITY_MAX};
use upline_domain::member::Status;
use upline_domain::money::{Currency, Money, Rate};
use upline_domain::order::{Line, Payment, Refund, Refunded};
use upline_domain::plan::{
    Base, Card, Conditions, Cycle, Differential, Inactive, Measure, Mode, Per, Plan, Programme,
    Range, Rounding, Rule, SelfPurchase, Settlement, Tier, TierKind, Tiered,
};
use upline_domain::rule_table::RuleTable;
use upline_domain::time;

/// A plan, an order in its currency, and what else the answer depends on.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) payment: Payment,
    pub(crate) frozen: Frozen,
}

const LEVELS: [&str; 3] = ["bronze", "silver", "gold"];
const SKUS: [&str; 3] = ["S0", "S1", "S2"];
const CATEGORIES: [&str; 5] = ["a", "a/b", "a/bc", "a/b/c", "d"];

pub(crate) fn currency() -> Currency {
    "CNY".parse().unwrap()
}

pub(crate) fn money(minor: u64) -> Money {
    Money::from_minor(minor).unwrap()
}

/// Paid here, whatever else.
pub(crate) fn paid_at() -> Timestamp {
    "2026-11-11T00:00:00Z".parse().unwrap()
}

/// An order of cents, of everyday money, or of the largest amounts there are.
pub(crate) fn world() -> impl Strategy<Value = World> {
    select(vec![50, 1_000, 100_000, 10_000_000, AMOUNT_MINOR_MAX]).prop_flat_map(world_up_to)
}

/// An order that comes to at most so much.
pub(crate) fn world_up_to(most: u64) -> impl Strategy<Value = World> {
    (plan(most), payment(most), frozen(most)).prop_map(|(plan, payment, frozen)| World {
        plan,
        payment,
        frozen,
    })
}

pub(crate) fn rate() -> impl Strategy<Value = Rate> {
    let millionths = prop_oneof![
        1 => Just(0),
        6 => (1_u32..40).prop_map(|percent| percent * 10_000),
        3 => 0..=1_000_000_u32,
        1 => select(vec![1, 499_999, 999_999, 1_000_000]),
    ];
    millionths.prop_map(|millionths| Rate::from_millionths(millionths).unwrap())
}

fn amount(most: u64) -> impl Strategy<Value = Money> {
    prop_oneof![1 => Just(most), 3 => 0..=most, 6 => 0..=most / 20].prop_map(money)
}

fn plan(most: u64) -> impl Strategy<Value = Plan> {
    let zone = select(vec!["UTC", "Asia/Shanghai", "America/New_York"]);
    (programme(most), zone).prop_map(|(programme, zone)| Plan {
        timezone: time::zone(zone).unwrap(),
        levels: LEVELS.iter().map(|level| level.parse().unwrap()).collect(),
        ladder: Ladder::default(),
        currencies: BTreeMap::from([(currency(), programme)]),
    })
}

fn programme(most: u64) -> impl Strategy<Value = Programme> {
    let shape = (
        prop_oneof![5 => 1_usize..=7, 1 => 1_usize..=20],
        1_usize..=10,
        select(vec![Inactive::Forfeit, Inactive::Compress]),
        vec(prop_oneof![4 => Just(0_usize), 1 => 1_usize..3], 0..4),
        select(vec![Rounding::Down, Rounding::HalfUp]),
        prop_oneof![2 => Just(Rate::ONE), 3 => rate()],
    );
    let cards = vec(card(most), 3);
    let rules = vec((conditions(most), 0_usize..3), 0..5);
    (shape, cards, rules).prop_map(|(shape, cards, rules)| {
        let (depth, team_depth, inactive, min_rank, rounding, max_total_rate) = shape;
        let cards = cards.into_iter().zip(["c0", "c1", "c2"]);
        Programme {
            depth,
            team_depth,
            self_purchase: SelfPurchase::None,
            inactive,
            min_rank,
            rounding,
            max_total_rate,
            cards: cards.map(|(card, id)| Card { id: id.parse().unwrap(), ..card }).collect(),
            rules: RuleTable::new(rules_of(rules)),
            settlement: Settlement { hold_days: 7, cycle: Cycle::Daily, auto_complete_days: None },
        }
    })
}

/// Highest priority first, as a compiled plan has them; the last matches most lines.
fn rules_of(rules: Vec<(Conditions, usize)>) -> Vec<Rule> {
    let numbered = rules.into_iter().zip((-2..=2).rev());
    let rules = numbered.map(|((when, card), priority)| Rule {
        id: format!("r{priority}").parse().unwrap(),
        priority,
        when,
        card,
    });
    rules.collect()
}

fn card(most: u64) -> impl Strategy<Value = Card> {
    let percent = (base(), vec(rate(), 0..8), level_bonus()).prop_map(|(base, rates, bonus)| {
        Mode::Percent { base, level_bonus: bonuses(&rates, bonus), rates }
    });
    // So small that no quantity of all the lines makes it more than the largest amount.
    let fixed = (vec(amount((most / 10_000_000).max(1)), 0..6), select(vec![Per::Unit, Per::Line]))
        .prop_map(|(amounts, per)| Mode::Fixed { amounts, per });
    let mode = prop_oneof![
        3 => percent,
        1 => fixed,
        3 => tiered(most).prop_map(Mode::Tiered),
        2 => differential().prop_map(Mode::Differential),
    ];
    (mode, option::weighted(0.4, amount(most))).prop_map(|(mode, max_per_order)| Card {
        id: "card".parse().unwrap(),
        mode,
        max_per_order,
    })
}

fn base() -> impl Strategy<Value = Base> {
    select(vec![Base::List, Base::Net, Base::Paid, Base::Paid, Base::Profit])
}

fn level_bonus() -> impl Strategy<Value = Vec<Rate>> {
    prop_oneof![Just(Vec::new()), vec(rate(), 3)]
}

fn tiered(most: u64) -> impl Strategy<Value = Tiered> {
    let kinds = (
        select(vec![Measure::Line, Measure::Order, Measure::MonthSales]),
        select(vec![TierKind::Whole, TierKind::Graduated]),
    );
    let from = prop_oneof![1 => Just(Money::ZERO), 3 => amount(most)];
    let tiers = (btree_set(from, 1..5), vec(vec(rate(), 0..6), 5));
    (base(), kinds, tiers, level_bonus()).prop_map(|(base, (measure, kind), tiers, bonus)| {
        let (from, rates) = tiers;
        let tiers: Vec<Tier> =
            from.into_iter().zip(rates).map(|(from, rates)| Tier { from, rates }).collect();
        let rates: Vec<Rate> = tiers.iter().flat_map(|tier| tier.rates.clone()).collect();
        Tiered { base, measure, kind, tiers, level_bonus: bonuses(&rates, bonus) }
    })
}

fn differential() -> impl Strategy<Value = Differential> {
    let peer = prop_oneof![Just(Rate::ZERO), rate()];
    (base(), vec(rate(), 3), any::<bool>(), peer).prop_map(|(base, mut by_rank, rises, peer)| {
        if rises {
            by_rank.sort_unstable();
        }
        Differential { base, by_rank, peer }
    })
}

/// A plan whose rate and bonus come to more than one is refused.
fn bonuses(rates: &[Rate], level_bonus: Vec<Rate>) -> Vec<Rate> {
    let highest = rates.iter().map(|rate| rate.millionths()).max();
    let most = Rate::ONE.millionths() - highest.unwrap_or(0);
    let least = |bonus: Rate| Rate::from_millionths(bonus.millionths().min(most)).unwrap();
    level_bonus.into_iter().map(least).collect()
}

fn conditions(most: u64) -> impl Strategy<Value = Conditions> {
    let some = |of: &'static [&'static str]| {
        let list = vec(select(of), 1..3);
        option::weighted(0.2, list.prop_map(|list| texts(&list)))
    };
    let amounts = || option::weighted(0.15, range(amount(most).boxed()));
    (
        some(&CATEGORIES),
        some(&SKUS),
        option::weighted(0.15, vec(0_usize..3, 1..3)),
        option::weighted(0.1, select(vec![vec!["d0"], vec!["d1", "d2"]])),
        amounts(),
        amounts(),
        option::weighted(0.15, range((1_u32..10).boxed())),
        option::weighted(0.15, any::<bool>()),
    )
        .prop_map(|(category, sku, rank, distributor, line, order, quantity, first_order)| {
            Conditions {
                category,
                sku,
                region: None,
                rank,
                distributor: distributor.map(|ids| texts(&ids)),
                line_amount: line,
                order_amount: order,
                quantity,
                between: None,
                first_order,
            }
        })
}

fn texts<T: std::str::FromStr<Err: std::fmt::Debug>>(texts: &[&str]) -> Vec<T> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn range<T: Clone + std::fmt::Debug>(of: BoxedStrategy<T>) -> impl Strategy<Value = Range<T>> {
    (option::of(of.clone()), option::of(of)).prop_map(|(min, max)| Range { min, max })
}

fn frozen(most: u64) -> impl Strategy<Value = Frozen> {
    let month_sales = btree_map(0_usize..20, amount(most), 0..8);
    (lineage(), any::<bool>(), month_sales).prop_map(|(lineage, first_order, month_sales)| Frozen {
        lineage,
        first_order,
        month_sales,
    })
}

pub(crate) fn lineage() -> impl Strategy<Value = Vec<Ancestor>> {
    let level = select(LEVELS.to_vec());
    let status = prop_oneof![
        5 => Just(Status::Active), 1 => Just(Status::Frozen), 1 => Just(Status::Terminated),
    ];
    vec((level, status), 0..=20).prop_map(|all| {
        let all = all.into_iter().enumerate();
        all.map(|(place, (level, status))| Ancestor {
            id: format!("d{place}").parse().unwrap(),
            level: level.parse().unwrap(),
            status,
        })
        .collect()
    })
}

/// Numbers from which a line of any size is cut.
type RawLine = (u32, [u64; 3], [u8; 3], &'static str, Option<&'static str>);

fn payment(most: u64) -> impl Strategy<Value = Payment> {
    let quantity = prop_oneof![4 => 1_u32..10, 1 => 1..=QUANTITY_MAX, 1 => Just(QUANTITY_MAX)];
    let raw = (
        quantity,
        any::<[u64; 3]>(),
        any::<[u8; 3]>(),
        select(SKUS.to_vec()),
        option::of(select(CATEGORIES.to_vec())),
    );
    (vec(raw, 1..=8), any::<u64>(), any::<u8>()).prop_map(move |(raws, cut, how)| {
        let budget = most / u64::try_from(raws.len()).unwrap();
        let lines = raws.into_iter().enumerate();
        let lines: Vec<Line> = lines.map(|(place, raw)| line(place, raw, budget)).collect();
        let net = |line: &Line| {
            line.unit_price.minor() * u64::from(line.quantity) - line.discount.minor()
        };
        let net = lines.iter().map(net).sum();
        Payment {
            order: "A1".parse().unwrap(),
            buyer: "buyer".parse().unwrap(),
            currency: currency(),
            paid_at: paid_at(),
            lines,
            discount: money(part_of(net, cut, how)),
            invite_code: None,
            region: None,
        }
    })
}

/// Nothing, all, a cent less or anything between.
fn part_of(whole: u64, cut: u64, how: u8) -> u64 {
    match how {
        0..128 => 0,
        128..138 => whole,
        138..148 => whole.saturating_sub(1),
        148.. => cut % (whole + 1),
    }
}

fn line(place: usize, raw: RawLine, budget: u64) -> Line {
    let (quantity, [price, discount, cost], [full, how, costly], sku, category) = raw;
    let quantity = quantity.min(u32::try_from(budget).unwrap_or(u32::MAX)).max(1);
    let dearest = budget / u64::from(quantity);
    let unit_price = if full < 64 { dearest } else { price % (dearest + 1) };
    let list = unit_price * u64::from(quantity);
    Line {
        id: line_id(place),
        sku: sku.parse().unwrap(),
        category: category.map(|category| category.parse().unwrap()),
        quantity,
        unit_price: money(unit_price),
        discount: money(part_of(list, discount, how)),
        unit_cost: (costly > 12).then(|| money(cost % (dearest + 1))),
    }
}

pub(crate) fn line_id(place: usize) -> LineId {
    format!("line-{place}").parse().unwrap()
}

/// Refunds in the order in which they count: by their time, and of one time by their id.
pub(crate) fn in_order(keys: Vec<(u8, u16)>) -> Vec<(Timestamp, RefundId)> {
    let key = |(hours, id): (u8, u16)| {
        let time = paid_at() + SignedDuration::from_hours((hours % 4).into());
        (time, format!("r{id}").parse().unwrap())
    };
    let by_id: BTreeMap<u16, u8> = keys.into_iter().map(|(hours, id)| (id, hours)).collect();
    let mut keys: Vec<_> = by_id.into_iter().map(|(id, hours)| key((hours, id))).collect();
    keys.sort();
    keys
}

/// Any refund, of lines that may not exist, above what was paid, or in another currency.
pub(crate) fn goods(most: u64) -> impl Strategy<Value = (Currency, Refunded)> {
    let currency = select(vec!["CNY", "CNY", "CNY", "CNY", "CNY", "USD"]);
    let lines = vec((0_usize..9, amount(most)), 1..4).prop_map(|lines| {
        let lines = lines.into_iter();
        Refunded::Lines(lines.map(|(place, amount)| (line_id(place), amount)).collect())
    });
    let goods = prop_oneof![lines, amount(most).prop_map(Refunded::Amount)];
    (currency, goods).prop_map(|(currency, goods)| (currency.parse().unwrap(), goods))
}

pub(crate) fn refund(refunded_at: Timestamp, currency: Currency, goods: Refunded) -> Refund {
    Refund { refunded_at, currency, goods }
}

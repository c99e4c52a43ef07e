//! What the check of a rule table says is held against every line of a small world, one by one, by
//! the words of the design; and each example against the rules as orders meet them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use upline_domain::allocation::Ancestor;
use upline_domain::coverage::{Contradiction, Coverage, Example, Fact, Reach, Unmatched};
use upline_domain::limits::{AMOUNT_MINOR_MAX, QUANTITY_MAX};
use upline_domain::member::Status;
use upline_domain::money::{Money, Rate};
use upline_domain::order::{Line, Paid, Payment};
use upline_domain::plan::{
    Conditions, Cycle, Inactive, Programme, Range, Rounding, Rule, SelfPurchase, Settlement,
};
use upline_domain::rule_table::RuleTable;
use upline_domain::rules::Setting;

use crate::arbitrary::{currency, money};
use crate::sales::{LEVELS, Sale, holds, rule, sales, table};

/// A line as an example tells it; what it does not tell is as in `any`. None where it is too near
/// the largest amount for its quantity.
fn told(example: &Example, any: &Sale) -> Option<(Payment, Ancestor, Sale)> {
    let mut sale = any.clone();
    let text = |text: &Option<upline_domain::ids::Text>| text.clone();
    let (mut category, mut region) = (any.category.map(|c| c.parse().unwrap()), None);
    let mut sku = any.sku.parse().unwrap();
    let mut id = any.distributor.parse().unwrap();
    let (mut line, mut order) = (None, None);
    for fact in &example.facts {
        match fact {
            Fact::Category(name) => category = text(name),
            Fact::Sku(name) => sku = text(name).unwrap_or("unheard-of".parse().unwrap()),
            Fact::Region(name) => region = text(name),
            Fact::Rank(rank) => sale.rank = *rank,
            Fact::Distributor(name) => {
                id = name.clone().unwrap_or("unheard-of".parse().unwrap());
            }
            Fact::LineAmount(amount) => line = Some(amount.minor()),
            Fact::OrderAmount(amount) => order = Some(amount.minor()),
            Fact::Quantity(quantity) => sale.quantity = *quantity,
            Fact::PaidAt(time) => sale.paid_at = *time,
            Fact::FirstOrder(first) => sale.first_order = *first,
        }
    }
    let line = line.unwrap_or(1);
    let order = order.unwrap_or(line);
    let quantity = sale.quantity;
    let price = line.div_ceil(u64::from(quantity));
    let rest = price * u64::from(quantity) - line;
    // The one bound that the check does not know.
    if order + rest > AMOUNT_MINOR_MAX {
        return None;
    }
    let bought = |id: &str, quantity: u32, price: u64, discount: u64| Line {
        id: id.parse().unwrap(),
        sku: sku.clone(),
        category: category.clone(),
        quantity,
        unit_price: money(price),
        discount: money(discount),
        unit_cost: None,
    };
    let mut lines = vec![bought("1", quantity, price, rest)];
    if order > line {
        lines.push(bought("2", 1, order - line, 0));
    }
    let payment = Payment {
        order: "A".parse().unwrap(),
        buyer: "b".parse().unwrap(),
        currency: currency(),
        paid_at: sale.paid_at,
        lines,
        discount: Money::ZERO,
        invite_code: None,
        region,
    };
    let first = Ancestor { id, level: "any".parse().unwrap(), status: Status::Active };
    Some((payment, first, sale))
}

/// Holds that of the rules at `places` an order meets one of those at `want`, or none.
#[track_caller]
fn meets(rules: &[Rule], places: &[usize], example: &Example, want: (&Sale, Option<usize>)) {
    let (any, want) = want;
    let Some((payment, first, sale)) = told(example, any) else {
        return;
    };
    let paid = Paid::new(payment).unwrap();
    let mut chosen: Vec<Rule> = places.iter().map(|&place| rules[place].clone()).collect();
    chosen.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
    let programme = programme(chosen);
    let Sale { rank, first_order, .. } = sale;
    let setting = Setting { paid: &paid, first: Some(&first), first_rank: rank, first_order };
    let rule = programme.rules.rule_for(setting, paid.priced_lines().next().unwrap());
    // Of rules that overlap, which is refused, either is right.
    let priority = want.map(|rule| rules[rule].priority);
    assert_eq!(rule.map(|rule| rule.priority), priority, "{example:?} of {rules:#?}");
}

fn programme(rules: Vec<Rule>) -> Programme {
    Programme {
        depth: 1,
        team_depth: 1,
        self_purchase: SelfPurchase::None,
        inactive: Inactive::Forfeit,
        min_rank: vec![0],
        rounding: Rounding::Down,
        max_total_rate: Rate::ONE,
        cards: Vec::new(),
        rules: RuleTable::new(rules),
        settlement: Settlement { hold_days: 7, cycle: Cycle::Daily, auto_complete_days: None },
    }
}

/// The rules that match each line, and the lines.
struct World<'a> {
    rules: &'a [Rule],
    sales: Vec<Sale>,
    matching: Vec<Vec<usize>>,
}

impl World<'_> {
    fn any(&self) -> &Sale {
        self.sales.last().unwrap()
    }

    fn is_met(&self, rule: usize, example: &Example) {
        meets(self.rules, &[rule], example, (self.any(), Some(rule)));
    }

    fn overlaps(&self, said: &[(usize, usize, Example)]) {
        let mut want = BTreeMap::new();
        for rule in 0..self.rules.len() {
            let share = |&rival: &usize| {
                self.rules[rival].priority == self.rules[rule].priority
                    && self.matching.iter().any(|m| m.contains(&rule) && m.contains(&rival))
            };
            if let Some(rival) = (0..rule).find(share) {
                want.insert(rule, rival);
            }
        }
        let got: BTreeMap<usize, usize> = said.iter().map(|(rule, by, _)| (*rule, *by)).collect();
        assert_eq!(got, want);
        for (rule, rival, example) in said {
            self.is_met(*rule, example);
            self.is_met(*rival, example);
        }
    }

    fn reach(&self, rule: usize, said: &Reach) {
        let higher = |other: usize| self.rules[other].priority > self.rules[rule].priority;
        let own = || self.matching.iter().filter(|matching| matching.contains(&rule));
        let left = |by: &[usize]| own().any(|m| !m.iter().any(|other| by.contains(other)));
        let above: Vec<usize> = (0..self.rules.len()).filter(|&other| higher(other)).collect();
        match said {
            Reach::Matches => assert!(left(&above)),
            Reach::Contradiction(_) => assert_eq!(own().count(), 0),
            Reach::Taken { by, example, taker } => {
                assert!(own().count() > 0);
                assert!(by.iter().all(|&one| higher(one)), "{by:?}");
                assert!(!left(by), "{by:?} leave a line");
                for spared in by {
                    let fewer: Vec<_> = by.iter().copied().filter(|one| one != spared).collect();
                    assert!(left(&fewer), "{spared} of {by:?} could be spared");
                }
                self.is_met(rule, example);
                let all: Vec<usize> = (0..self.rules.len()).collect();
                meets(self.rules, &all, example, (self.any(), Some(*taker)));
            }
            Reach::NotDecided => unreachable!("a small world is decided"),
        }
    }

    fn unmatched(&self, said: &Unmatched) {
        let is_left = self.matching.iter().any(Vec::is_empty);
        match said {
            Unmatched::None => assert!(!is_left),
            Unmatched::Some(example) => {
                assert!(is_left);
                let all: Vec<usize> = (0..self.rules.len()).collect();
                meets(self.rules, &all, example, (self.any(), None));
            }
            Unmatched::NotDecided => unreachable!("a small world is decided"),
        }
    }
}

proptest! {
    #![proptest_config(crate::cases(512))]

    /// Overlaps, rules that never match and lines without a rule are what a look at every line
    /// finds, and each example shows what it is said to.
    #[test]
    fn the_check_finds_what_a_look_at_every_line_finds((asked, rules) in table()) {
        let sales = sales(&asked);
        let matching = |sale: &Sale| {
            (0..rules.len()).filter(|&rule| holds(&rules[rule].when, sale)).collect()
        };
        let matching = sales.iter().map(matching).collect();
        let world = World { rules: &rules, sales, matching };
        let coverage = Coverage::new(&rules, LEVELS).unwrap();
        world.overlaps(&coverage.overlaps());
        let (unmatched, reach) = coverage.judge();
        reach.iter().enumerate().for_each(|(rule, said)| world.reach(rule, said));
        world.unmatched(&unmatched);
    }
}

#[track_caller]
fn contradicts(when: Conditions, want: Contradiction) {
    let rules = [rule((0, (when, 0)))];
    let (_, reach) = Coverage::new(&rules, 1).unwrap().judge();
    assert_eq!(reach, [Reach::Contradiction(want)]);
}

#[test]
fn what_excludes_itself_is_named() {
    let none = Conditions::default;
    let to = |max: u64| Some(Range { min: None, max: Some(money(max)) });
    let from = |min: u64| Some(Range { min: Some(money(min)), max: None });
    contradicts(Conditions { line_amount: to(1), ..none() }, Contradiction::LineAmount);
    contradicts(Conditions { order_amount: to(1), ..none() }, Contradiction::OrderAmount);
    let (line_amount, order_amount) = (from(100), to(100));
    let when = Conditions { line_amount, order_amount, ..none() };
    contradicts(when, Contradiction::LineAboveOrder);
    let quantity = Some(Range { min: Some(QUANTITY_MAX + 1), max: None });
    contradicts(Conditions { quantity, ..none() }, Contradiction::Quantity);
    let between = Some(Range { min: None, max: Some("0000-01-01T00:00:00Z".parse().unwrap()) });
    contradicts(Conditions { between, ..none() }, Contradiction::Between);
    contradicts(Conditions { sku: Some(Vec::new()), ..none() }, Contradiction::EmptyList);
}

/// Rules of amounts and quantities that lie across each other, above one in their middle.
fn boxes(count: usize) -> Vec<Rule> {
    const WIDE: u32 = 150;
    let mut dice = 88_172_645_463_325_252_u64;
    let mut near = |middle: u32| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        middle - WIDE + u32::try_from(dice % u64::from(2 * WIDE)).unwrap()
    };
    let when = |[line, order, quantity]: [u32; 3], wide: u32| {
        let amount = |least: u32| Range {
            min: Some(money(least.into())),
            max: Some(money((least + wide).into())),
        };
        Conditions {
            line_amount: Some(amount(line)),
            order_amount: Some(amount(order)),
            quantity: Some(Range { min: Some(quantity), max: Some(quantity + wide) }),
            ..Conditions::default()
        }
    };
    let mut all: Vec<_> =
        (0..count).map(|_| (when([1_000, 3_000, 1_000].map(&mut near), WIDE), 1)).collect();
    all.push((when([900, 2_900, 900], 200), 0));
    all.into_iter().enumerate().map(rule).collect()
}

#[test]
fn what_is_too_entangled_is_said_to_be_not_decided() {
    let last_of = |count| {
        let rules = boxes(count);
        let (_, reach) = Coverage::new(&rules, 1).unwrap().judge();
        assert!(reach.iter().rev().skip(1).all(|reach| *reach != Reach::NotDecided));
        reach.last().unwrap().clone()
    };
    assert_eq!(last_of(100), Reach::Matches);
    assert!(matches!(last_of(200), Reach::Taken { by, .. } if by.len() == 12));
    assert_eq!(last_of(400), Reach::NotDecided);
}

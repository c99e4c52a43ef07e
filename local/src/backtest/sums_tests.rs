//! Laws of the sums.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::backtest::compare::{Cut, Line, Unknown};

fn money(minor: u64) -> Money {
    Money::from_minor(minor).unwrap()
}

fn earned(max: u64) -> impl Strategy<Value = Vec<Earned>> {
    let one = (0_u8..6, 1_usize..5, 0..max, 0_u64..=100);
    vec(one, 0..5).prop_map(|many| {
        let mut seen = BTreeSet::new();
        let many = many.into_iter().filter(|(who, ..)| seen.insert(*who));
        let one = |(who, depth, amount, percent): (u8, _, u64, u64)| Earned {
            distributor: format!("d{who}").parse().unwrap(),
            depth,
            amount: money(amount),
            reversed: money(amount * percent / 100),
        };
        many.map(one).collect()
    })
}

fn compared() -> impl Strategy<Value = Outcome> {
    let rule = proptest::option::of(0_u8..3);
    let line = (rule, 0_u64..10_000, 0_u64..1_000);
    let cut = (0_u8..3, 0_u128..1_000_000_000);
    let parts = (earned(100_000), earned(100_000), vec(line, 1..4), vec(cut, 0..4));
    (0_u16..500, prop_oneof![Just("CNY"), Just("JPY")], parts).prop_map(
        |(id, currency, (old, new, lines, cuts))| {
            let lines = lines.into_iter().map(|(rule, paid, cost)| Line {
                rule: rule.map(|rule| format!("r{rule}").parse().unwrap()),
                paid: money(paid),
                cost: money(cost),
            });
            let cuts = cuts.into_iter().map(|(cap, micros)| Cut {
                cap: match cap {
                    0 => Cap::Card("c".parse().unwrap()),
                    1 => Cap::Depth,
                    _ => Cap::Total,
                },
                micros,
            });
            let id = format!("o{id:03}").parse().unwrap();
            Outcome::Compared(Box::new(Compared {
                order: Order { id, currency: currency.parse().unwrap(), paid: money(1_000_000) },
                refunded: money(1_000),
                old,
                new,
                lines: lines.collect(),
                cuts: cuts.collect(),
                unknown: Unknown::default(),
            }))
        },
    )
}

fn summed(outcomes: impl IntoIterator<Item = Outcome>) -> Sums {
    let mut sums = Sums::default();
    outcomes.into_iter().for_each(|outcome| sums.add(outcome).unwrap());
    sums
}

fn total(all: impl Iterator<Item = Both>) -> Both {
    let add = |sum: Both, one: Both| Both {
        old: sum.old.plus(one.old).unwrap(),
        new: sum.new.plus(one.new).unwrap(),
    };
    all.fold(Both::default(), add)
}

proptest! {
    /// The total is what the depths come to and what the distributors come to, which is what the
    /// orders come to, added up here by hand.
    #[test]
    fn the_totals_add_up(outcomes in vec(compared(), 0..40)) {
        let mut by_hand: BTreeMap<Currency, [u64; 4]> = BTreeMap::new();
        for outcome in &outcomes {
            let Outcome::Compared(one) = outcome else { unreachable!() };
            let sum = |of: &[Earned], part: fn(&Earned) -> Money| -> u64 {
                of.iter().map(|one| part(one).minor()).sum()
            };
            let sums = by_hand.entry(one.order.currency).or_default();
            let amounts = [sum(&one.old, |one| one.amount), sum(&one.new, |one| one.amount)];
            let back = [sum(&one.old, |one| one.reversed), sum(&one.new, |one| one.reversed)];
            for (sum, one) in sums.iter_mut().zip(amounts.into_iter().chain(back)) {
                *sum += one;
            }
        }
        let sums = summed(outcomes.clone());
        prop_assert_eq!(sums.calculated(), u64::try_from(outcomes.len()).unwrap());
        prop_assert_eq!(sums.compared.len(), by_hand.len());
        for (currency, compare) in &sums.compared {
            let Both { old, new } = compare.total;
            let back = compare.reversed;
            let got = [old, new, back.old, back.new].map(|sum| u64::try_from(sum.minor()).unwrap());
            prop_assert_eq!(got, by_hand[currency]);
            prop_assert_eq!(total(compare.by_depth.values().copied()), compare.total);
            prop_assert_eq!(total(compare.by_distributor.values().copied()), compare.total);
        }
    }

    /// Threads end in any order: the sums are the same.
    #[test]
    fn the_order_of_orders_makes_no_difference(
        outcomes in vec(compared(), 0..40).prop_map(|outcomes| {
            // One record an order.
            let id = |outcome: &Outcome| match outcome {
                Outcome::Compared(one) => one.order.id.clone(),
                Outcome::Waiting(_) | Outcome::Refused { .. } => unreachable!(),
            };
            let by_id = outcomes.into_iter().map(|outcome| (id(&outcome), outcome));
            by_id.collect::<BTreeMap<_, _>>().into_values().collect::<Vec<_>>()
        }),
        other in any::<prop::sample::Index>(),
    ) {
        let mut turned = outcomes.clone();
        turned.reverse();
        let at = other.index(turned.len().max(1)).min(turned.len());
        turned.rotate_left(at);
        prop_assert_eq!(summed(turned), summed(outcomes));
    }
}

#[test]
fn those_that_change_most_come_first_and_are_ten() {
    let outcome = |n: u64| {
        let mut new = Vec::new();
        if n > 0 {
            let (distributor, amount) = ("d".parse().unwrap(), money(n.min(12)));
            new.push(Earned { distributor, depth: 1, amount, reversed: Money::ZERO });
        }
        let id = format!("o{n:02}").parse().unwrap();
        let order = Order { id, currency: "CNY".parse().unwrap(), paid: money(100) };
        let (refunded, old) = (Money::ZERO, Vec::new());
        let (lines, cuts, unknown) = (Vec::new(), Vec::new(), Unknown::default());
        Outcome::Compared(Box::new(Compared { order, refunded, old, new, lines, cuts, unknown }))
    };
    let sums = summed((0..15).map(outcome));
    let compare = sums.compared.values().next().unwrap();
    assert_eq!((compare.counted.orders, compare.changed), (15, 14));
    let most: Vec<_> = compare.most.iter().map(|(id, _)| id.as_str()).collect();
    // 12, 13 and 14 change by 12 each.
    assert_eq!(most, ["o12", "o13", "o14", "o11", "o10", "o09", "o08", "o07", "o06", "o05"]);
}

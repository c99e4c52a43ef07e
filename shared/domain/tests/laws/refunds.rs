//! What refunds take back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use upline_domain::allocation::{Attribution, CALCULATION_VERSION};
use upline_domain::ids::RefundId;
use upline_domain::money::{Currency, Money};
use upline_domain::order::{Paid, Record, Refund, Refunded};
use upline_domain::reverse::{Reversal, reversed};

use crate::arbitrary::{World, currency, goods, in_order, line_id, money, refund, world};
use crate::calculation::calculated;
use crate::{cases, reference};

/// The record of an order that was calculated; none where a cost is missing.
pub(crate) fn record(world: &World) -> Option<Record> {
    let paid = Paid::new(world.payment.clone()).unwrap();
    let calculation = calculated(world, &paid).ok()?;
    let attributed = Attribution {
        plan_version: 1,
        calculation_version: CALCULATION_VERSION,
        terms: world.plan.terms(paid.currency)?,
        frozen: world.frozen.clone(),
        lines: calculation.lines,
        allocations: calculation.allocations,
    };
    Some(Record {
        paid: Some(paid),
        attributed: Some(attributed),
        refunds: BTreeMap::new(),
        completed_at: None,
        version: 1,
    })
}

type Facts = Vec<((Timestamp, RefundId), Refund)>;

fn with(record: &Record, facts: &Facts) -> Record {
    let refunds = facts.iter().map(|((_, id), refund)| (id.clone(), refund.clone()));
    Record { refunds: refunds.collect(), ..record.clone() }
}

/// Any refunds, in the order in which they count.
pub(crate) fn refunds() -> impl Strategy<Value = Vec<((u8, u16), (Currency, Refunded))>> {
    vec(((any::<u8>(), 0_u16..200), goods(20_000)), 0..8)
}

pub(crate) fn facts(raw: Vec<((u8, u16), (Currency, Refunded))>) -> Facts {
    let (keys, goods): (Vec<_>, Vec<_>) = raw.into_iter().unzip();
    let keys = in_order(keys).into_iter();
    keys.zip(goods)
        .map(|(key, (currency, goods))| {
            let time = key.0;
            (key, refund(time, currency, goods))
        })
        .collect()
}

/// Cuts everything that was paid into refunds, the last of which takes what is left.
fn cut(paid: &Paid, keys: Vec<(u8, u16)>, cuts: &[(bool, usize, u64)]) -> Facts {
    let mut keys = in_order(keys);
    let last = keys.pop().unwrap();
    let mut facts = Facts::new();
    let left = |facts: &Facts| {
        let refunds: Vec<Refund> = facts.iter().map(|(_, refund)| refund.clone()).collect();
        let (back, _) = reference::refunded(paid, &refunds);
        let lines = paid.amounts().iter().zip(back);
        lines.map(|(line, back)| line.paid.less(back)).collect::<Vec<_>>()
    };
    for (key, &(by_line, line, size)) in keys.into_iter().zip(cuts) {
        let left = left(&facts);
        let line = line % left.len();
        let goods = if by_line {
            let own = left[line].minor();
            Refunded::Lines(vec![(line_id(line), money(size % (own + 1)))])
        } else {
            let all = Money::total(left).unwrap().minor();
            Refunded::Amount(money(size % (all + 1)))
        };
        let time = key.0;
        facts.push((key, refund(time, currency(), goods)));
    }
    let rest = left(&facts).into_iter();
    let goods = match cuts.first() {
        Some((true, _, _)) => {
            let lines = rest.enumerate();
            Refunded::Lines(lines.map(|(place, left)| (line_id(place), left)).collect())
        }
        Some(_) | None => Refunded::Amount(Money::total(rest).unwrap()),
    };
    let time = last.0;
    facts.push((last, refund(time, currency(), goods)));
    facts
}

/// Neither the running total of a line nor what is taken back of it is less than before.
fn not_less(before: &Reversal, after: &Reversal) -> bool {
    let all = |one: &Reversal| [one.refunded.clone(), one.taken_back.concat()].concat();
    all(before).iter().zip(all(after)).all(|(before, after)| *before <= after)
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// However a full refund is cut up, by lines and by amounts, and in whatever order it arrives,
    /// everything is taken back to the last unit, and never more on the way.
    #[test]
    fn any_cut_of_a_full_refund_takes_everything_back(
        world in world(),
        keys in vec((any::<u8>(), 0_u16..200), 1..10),
        cuts in vec((any::<bool>(), 0_usize..8, any::<u64>()), 10),
    ) {
        let Some(record) = record(&world) else { return Ok(()) };
        let (Some(paid), Some(attributed)) = (&record.paid, &record.attributed) else {
            return Ok(());
        };
        let facts = cut(paid, keys, &cuts);
        let mut before = reversed(&record).unwrap();
        for count in 1..=facts.len() {
            let after = reversed(&with(&record, &facts[..count].to_vec())).unwrap();
            prop_assert!(not_less(&before, &after));
            prop_assert_eq!(&after.problems, &[]);
            before = after;
        }
        let paid: Vec<Money> = paid.amounts().iter().map(|line| line.paid).collect();
        prop_assert_eq!(&before.refunded, &paid);
        for (place, one) in attributed.allocations.iter().enumerate() {
            let parts: Vec<Money> = one.lines.iter().map(|part| part.1).collect();
            prop_assert_eq!(&before.taken_back[place], &parts);
            prop_assert_eq!(before.of_allocation(place), Ok(one.amount));
        }
    }

    /// Any refunds, possible or not, take back what the design says, at most what was allocated,
    /// and no less with each one that is dated after the others.
    #[test]
    fn the_reference_agrees_on_any_refunds(world in world(), raw in refunds()) {
        let Some(record) = record(&world) else { return Ok(()) };
        let (Some(paid), Some(attributed)) = (&record.paid, &record.attributed) else {
            return Ok(());
        };
        let facts = facts(raw);
        let mut before = reversed(&record).unwrap();
        for count in 0..=facts.len() {
            let after = reversed(&with(&record, &facts[..count].to_vec())).unwrap();
            let refunds: Vec<Refund> =
                facts[..count].iter().map(|(_, refund)| refund.clone()).collect();
            let (refunded, problems) = reference::refunded(paid, &refunds);
            prop_assert_eq!(&after.refunded, &refunded);
            prop_assert_eq!(&after.problems, &problems);
            for (place, one) in attributed.allocations.iter().enumerate() {
                let wanted = reference::taken_back(paid, &refunded, one);
                prop_assert_eq!(&after.taken_back[place], &wanted);
                prop_assert!(after.of_allocation(place).unwrap() <= one.amount);
            }
            for (line, back) in paid.amounts().iter().zip(&after.refunded) {
                prop_assert!(*back <= line.paid);
            }
            prop_assert!(not_less(&before, &after));
            before = after;
        }
    }
}

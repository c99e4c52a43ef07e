//! What an order earns whom.

use proptest::prelude::*;
use upline_domain::allocation::LineRule;
use upline_domain::calculate::{CalculateError, Calculation, Step, calculate, month_sellers};
use upline_domain::explain::{ancestor, sentence};
use upline_domain::language::Language;
use upline_domain::limits::AMOUNT_MINOR_MAX;
use upline_domain::member::Status;
use upline_domain::money::Money;
use upline_domain::order::Paid;

use crate::arbitrary::{World, world, world_up_to};
use crate::reference::{self, rate, whole};
use crate::{cases, reckoning};

/// The calculation, or the line without its cost.
pub(crate) fn calculated(world: &World, paid: &Paid) -> Result<Calculation, String> {
    match calculate(paid, &world.plan, &world.frozen, &mut |_| {}) {
        Ok(calculation) => Ok(calculation),
        Err(CalculateError::CostMissing { line, .. }) => Err(line.to_string()),
        Err(other) => unreachable!("{other}"),
    }
}

fn total(calculation: &Calculation) -> Money {
    Money::total(calculation.allocations.iter().map(|one| one.amount)).unwrap()
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// The answer is the one that the design gives in exact fractions, to the unit and the line.
    #[test]
    fn the_reference_agrees(world in world()) {
        let paid = Paid::new(world.payment.clone()).unwrap();
        let programme = &world.plan.currencies[&paid.currency];
        let wanted = reckoning::calculate(&world.payment, &world.plan, &world.frozen);
        match (calculated(&world, &paid), wanted) {
            (Ok(got), Ok((rules, allocations))) => {
                let rules = rules.iter().map(|rule| rule.map(|rule| LineRule {
                    rule: rule.id.clone(),
                    card: programme.cards[rule.card].id.clone(),
                }));
                prop_assert_eq!(got.lines, rules.collect::<Vec<_>>());
                prop_assert_eq!(got.allocations, allocations);
            }
            (Err(line), Err(place)) => prop_assert_eq!(line, paid.lines[place].id.to_string()),
            (got, wanted) => prop_assert!(false, "got {:?}, wanted {:?}", got, wanted),
        }
    }

    /// Every line comes to what the design says in exact fractions.
    #[test]
    fn the_reference_agrees_on_lines(world in world()) {
        let paid = Paid::new(world.payment.clone()).unwrap();
        let exact = |amount: Money| whole(amount.minor());
        for (line, wanted) in paid.amounts().iter().zip(reference::amounts(&world.payment)) {
            prop_assert_eq!(exact(line.list), wanted.list);
            prop_assert_eq!(exact(line.net), wanted.net);
            prop_assert_eq!(exact(line.paid), wanted.paid);
            prop_assert_eq!(line.profit.map(exact), wanted.profit);
        }
        let lines = Money::total(paid.amounts().iter().map(|line| line.paid));
        prop_assert_eq!(lines, Ok(paid.total()));
        let nets = Money::total(paid.amounts().iter().map(|line| line.net)).unwrap();
        prop_assert_eq!(paid.total().plus(paid.discount), Ok(nets));
    }

    /// Never more is allocated than the plan allows of what was paid, and to nobody but the
    /// active, of whom at most `depth` earn; each allocation is the sum of its lines.
    #[test]
    fn an_allocation_keeps_its_bounds(world in world()) {
        let paid = Paid::new(world.payment.clone()).unwrap();
        let Ok(got) = calculated(&world, &paid) else { return Ok(()) };
        let programme = &world.plan.currencies[&paid.currency];
        let limit = (rate(programme.max_total_rate) * whole(paid.total().minor())).floor();
        prop_assert!(whole(total(&got).minor()) <= limit);
        prop_assert!(total(&got) <= paid.total());
        prop_assert!(got.allocations.len() <= programme.depth);
        prop_assert!(got.allocations.is_sorted_by(|a, b| a.ancestor < b.ancestor));
        for one in &got.allocations {
            prop_assert!(one.amount > Money::ZERO);
            prop_assert!((1..=programme.depth).contains(&one.depth));
            prop_assert_eq!(world.frozen.lineage[one.ancestor].status, Status::Active);
            prop_assert_eq!(Money::total(one.lines.iter().map(|part| part.1)), Ok(one.amount));
            prop_assert!(one.lines.is_sorted_by(|a, b| a.0 < b.0));
            for &(line, part) in &one.lines {
                prop_assert!(part > Money::ZERO);
                prop_assert!(paid.amounts()[line].paid > Money::ZERO);
                prop_assert!(got.lines[line].is_some());
            }
        }
    }

    /// The same inputs give the same answer, whoever listens, and what is told of each step ends
    /// in what is allocated.
    #[test]
    fn the_answer_repeats_and_is_told(world in world()) {
        let paid = Paid::new(world.payment.clone()).unwrap();
        let Ok(silent) = calculated(&world, &paid) else { return Ok(()) };
        let mut last = vec![Money::ZERO; world.frozen.lineage.len()];
        let told = calculate(&paid, &world.plan, &world.frozen, &mut |step| {
            for language in Language::ALL {
                assert!(!sentence(&step, paid.currency, language).is_empty());
            }
            match step {
                Step::Rounded { amount, .. } => last[ancestor(&step)] = amount,
                Step::TotalCap { before, after, .. } => {
                    assert_eq!(last[ancestor(&step)], before);
                    last[ancestor(&step)] = after;
                }
                Step::Earned { micros, .. } | Step::CardCap { micros, .. } => assert!(micros > 0),
                Step::DepthCap { .. } => last[ancestor(&step)] = Money::ZERO,
            }
        });
        prop_assert_eq!(&told, &Ok(silent.clone()));
        for (who, amount) in last.into_iter().enumerate() {
            let own = silent.allocations.iter().find(|one| one.ancestor == who);
            prop_assert_eq!(own.map_or(Money::ZERO, |one| one.amount), amount);
        }
    }

    /// What somebody sold in the month counts where it is asked for, and nowhere else.
    #[test]
    fn month_sales_count_where_they_are_asked_for(world in world()) {
        let paid = Paid::new(world.payment.clone()).unwrap();
        let asked = month_sellers(&paid, &world.plan, &world.frozen);
        let mut other = world.clone();
        other.frozen.month_sales.retain(|place, _| asked.contains(place));
        prop_assert_eq!(calculated(&other, &paid), calculated(&world, &paid));
        other.frozen.month_sales.clear();
        prop_assert_eq!(month_sellers(&paid, &world.plan, &other.frozen), asked);
    }

    /// Orders and plans of the largest amounts are calculated like any other.
    #[test]
    fn the_largest_amounts_fit(world in world_up_to(AMOUNT_MINOR_MAX)) {
        let paid = Paid::new(world.payment.clone()).unwrap();
        if let Ok(got) = calculated(&world, &paid) {
            prop_assert!(total(&got) <= paid.total());
        }
    }
}

//! What is told of an order beside the steps: why a rule, and why nothing.

use std::collections::BTreeSet;

use proptest::prelude::*;
use upline_domain::calculate::{Step, calculate, nothing};
use upline_domain::explain::{ancestor, choice, reason};
use upline_domain::language::Language;
use upline_domain::order::Paid;
use upline_domain::plan::{Conditions, Rule};
use upline_domain::rule_table::RuleTable;
use upline_domain::rules::Setting;
use upline_domain::why_not::{Condition, why_not};

use crate::arbitrary::world;
use crate::cases;

/// A condition of a rule without the others.
fn only(when: &Conditions, condition: Condition) -> Conditions {
    let none = Conditions::default();
    match condition {
        Condition::Category => Conditions { category: when.category.clone(), ..none },
        Condition::Sku => Conditions { sku: when.sku.clone(), ..none },
        Condition::Region => Conditions { region: when.region.clone(), ..none },
        Condition::Level => Conditions { rank: when.rank.clone(), ..none },
        Condition::Distributor => Conditions { distributor: when.distributor.clone(), ..none },
        Condition::LineAmount => Conditions { line_amount: when.line_amount, ..none },
        Condition::OrderAmount => Conditions { order_amount: when.order_amount, ..none },
        Condition::Quantity => Conditions { quantity: when.quantity, ..none },
        Condition::Between => Conditions { between: when.between, ..none },
        Condition::FirstOrder => Conditions { first_order: when.first_order, ..none },
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// The rule that is named is the one that decides; every rule above it is named or counted; and
    /// the condition that is named of one is a condition of it that does not hold.
    #[test]
    fn why_not_agrees_with_what_decides(world in world()) {
        let paid = Paid::new(world.payment.clone()).unwrap();
        let programme = &world.plan.currencies[&paid.currency];
        let first = world.frozen.lineage.first();
        let first_rank = first.map_or(0, |first| world.plan.rank(Some(&first.level)));
        let first_order = world.frozen.first_order;
        let setting = Setting { paid: &paid, first, first_rank, first_order };
        let choices = why_not(&paid, &world.plan, &world.frozen);
        prop_assert_eq!(choices.len(), paid.lines.len());
        for (line, told) in paid.priced_lines().zip(choices) {
            prop_assert_eq!(told.rule, programme.rules.rule_for(setting, line));
            let own = told.rule.and_then(|own| programme.rules.iter().position(|r| r == own));
            let above = own.unwrap_or(programme.rules.len());
            prop_assert_eq!(told.passed.len() + told.others, above);
            prop_assert!(told.passed.is_sorted_by(|a, b| a.0.priority >= b.0.priority));
            for (rule, miss) in &told.passed {
                let when = only(&rule.when, miss.condition);
                let alone = RuleTable::new(vec![Rule { when, ..(*rule).clone() }]);
                prop_assert_eq!(alone.rule_for(setting, line), None);
            }
            for language in Language::ALL {
                prop_assert!(choice(&told, 3, language).iter().all(|words| !words.is_empty()));
            }
        }
    }

    /// Each of the lineage has steps or a reason for having none, and never both.
    #[test]
    fn everybody_is_told_why(world in world()) {
        let paid = Paid::new(world.payment.clone()).unwrap();
        let mut steps: Vec<Step<'_>> = Vec::new();
        let done = calculate(&paid, &world.plan, &world.frozen, &mut |step| steps.push(step));
        if done.is_err() {
            return Ok(());
        }
        let without = nothing(&paid, &world.plan, &world.frozen, &steps);
        let with: BTreeSet<usize> = steps.iter().map(ancestor).collect();
        let everybody: BTreeSet<usize> = (0..world.frozen.lineage.len()).collect();
        let told: BTreeSet<usize> = without.iter().map(|one| one.ancestor).collect();
        prop_assert!(with.is_disjoint(&told));
        prop_assert_eq!(&with | &told, everybody);
        for one in without {
            prop_assert!(!one.reasons.is_empty());
            for language in Language::ALL {
                let words = one.reasons.iter().map(|why| reason(why, paid.currency, language));
                prop_assert!(words.into_iter().all(|words| !words.is_empty()));
            }
        }
    }
}

//! A line held against what its order contributes.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::subsequence;
use upline_domain::contribution::Contribution;
use upline_domain::reconcile::{Act, Counted, Kind, line};

use crate::books::contribution;
use crate::cases;
use crate::reconciled::{more, names, order};

/// A contribution with one field altered, by its name in a difference.
fn altered_line(of: &mut Contribution, name: &str) {
    match name {
        "currency" => of.currency = "EUR".parse().unwrap(),
        "day" => of.day = of.day.tomorrow().unwrap(),
        "depth" => of.depth += 1,
        "due" => of.due = of.due.xor(Some(of.day)),
        "earned" => of.earned = more(of.earned),
        "orders" => of.own_orders += 1,
        "own_sales" => of.own_sales = more(of.own_sales),
        "paid_at" => of.paid_at += SignedDuration::from_millis(1),
        "reversed" => of.reversed = more(of.reversed),
        "team_sales" => of.team_sales = more(of.team_sales),
        other => unreachable!("{other}"),
    }
}

const OF_LINE: [&str; 10] = [
    "currency",
    "day",
    "depth",
    "due",
    "earned",
    "orders",
    "own_sales",
    "paid_at",
    "reversed",
    "team_sales",
];

proptest! {
    #![proptest_config(cases(1_000))]

    /// A line is right where it counts what its order contributes, by a version that the order has
    /// reached; otherwise whatever is altered of it is named, and nothing else.
    #[test]
    fn what_is_altered_in_a_line_is_named(
        wanted in contribution(),
        fields in subsequence(OF_LINE.to_vec(), 0..=OF_LINE.len()),
        versions in (1_u64..4, 1_u64..4),
    ) {
        let mut stored = wanted.clone();
        for name in &fields {
            altered_line(&mut stored, name);
        }
        let who = "d0".parse().unwrap();
        let (expected, found) = (
            Counted { contribution: &wanted, version: versions.0 },
            Counted { contribution: &stored, version: versions.1 },
        );
        let difference = line(&order(), &who, Some(expected), Some(found));
        let want: BTreeSet<String> = match (fields.is_empty(), versions.1 > versions.0) {
            (true, true) => ["version".to_owned()].into(),
            _ => fields.iter().map(|name| (*name).to_owned()).collect(),
        };
        prop_assert_eq!(difference.as_ref().map(names).unwrap_or_default(), want);
        if let Some(one) = difference {
            let told = (one.kind, one.act, one.about.as_str());
            prop_assert_eq!(told, (Kind::LineDrift, Act::Post, ""));
            prop_assert_eq!((one.order, one.distributor), (Some(order()), Some(who.clone())));
        }

        let all: BTreeSet<String> = OF_LINE.into_iter().map(str::to_owned).collect();
        let missing = line(&order(), &who, Some(expected), None).unwrap();
        prop_assert_eq!(names(&missing), all.clone());
        prop_assert!(missing.values.iter().all(|one| one.found.is_none()));
        let beside = line(&order(), &who, None, Some(found)).unwrap();
        prop_assert_eq!(names(&beside), all);
        prop_assert!(beside.values.iter().all(|one| one.expected.is_none()));
        prop_assert_ne!(beside.about, missing.about, "two of one order are told apart");
        prop_assert_eq!(line(&order(), &who, None, None), None);
    }
}

//! What is easier than what, each reason once.

use super::*;
use crate::level::{Measure, Weighted};
use crate::money::Currency;

fn cny() -> Currency {
    "CNY".parse().unwrap()
}

fn least(measure: Measure, least: u64) -> Condition {
    Condition::AtLeast { measure, least }
}

fn recruits(count: u64, days: u16) -> Condition {
    least(Measure::DirectRecruits { days }, count)
}

fn orders(count: u64, days: u16) -> Condition {
    least(Measure::OwnOrders { days }, count)
}

fn months(count: u64, days: u16) -> Condition {
    least(Measure::MonthsActive { days }, count)
}

fn team(count: u64, depth: usize) -> Condition {
    least(Measure::TeamSize { depth }, count)
}

fn own(minor: u64, days: u16) -> Condition {
    least(Measure::OwnSales { currency: cny(), days }, minor)
}

fn sales(minor: u64, days: u16) -> Condition {
    least(Measure::TeamSales { currency: cny(), days }, minor)
}

fn all<const N: usize>(list: [Condition; N]) -> Condition {
    Condition::All(list.into())
}

fn any<const N: usize>(list: [Condition; N]) -> Condition {
    Condition::Any(list.into())
}

/// A score of so many whole points, by measure and weight in millionths.
fn score<const N: usize>(points: u64, parts: [(Measure, u64); N]) -> Condition {
    let part = |(measure, weight_millionths)| Weighted { weight_millionths, measure };
    Condition::Score(Score {
        least_millionths: points.checked_mul(MILLION).unwrap(),
        parts: parts.into_iter().map(part).collect(),
    })
}

const RECRUITS: Measure = Measure::DirectRecruits { days: 30 };
const ORDERS: Measure = Measure::OwnOrders { days: 30 };
const MILLION: u64 = 1_000_000;

#[track_caller]
fn check(lower: &Condition, upper: &Condition, want: bool) {
    let found = easier(lower, upper);
    assert_eq!(found.is_some(), want, "{found:?}: {upper:?} after {lower:?}");
}

#[test]
fn what_follows_from_a_figure_table() {
    check(&recruits(3, 90), &recruits(3, 90), true);
    check(&recruits(3, 90), &recruits(4, 90), false);
    check(&recruits(3, 30), &recruits(3, 90), true);
    check(&recruits(3, 90), &recruits(3, 30), false);
    check(&recruits(3, 90), &team(3, 1), true);
    check(&team(3, 1), &recruits(3, 366), false);
    check(&team(5, 2), &team(4, 5), true);
    check(&team(5, 2), &team(5, 1), false);
    check(&own(500, 30), &sales(500, 30), true);
    check(&own(500, 30), &sales(500, 29), false);
    check(&sales(500, 30), &own(500, 30), false);
    check(&own(500, 30), &orders(1, 30), true);
    check(&own(500, 30), &orders(2, 30), false);
    check(&own(500, 30), &months(1, 60), true);
    check(&own(500, 30), &months(2, 60), false);
    check(&orders(9, 30), &months(1, 30), true);
    check(&orders(9, 30), &months(2, 30), false);
    check(&orders(9, 30), &own(1, 366), false);
    check(&months(3, 90), &orders(3, 90), true);
    check(&months(3, 90), &orders(4, 90), false);
    // One day that only the longer window has is in one month.
    check(&months(13, 366), &months(12, 365), true);
    check(&months(13, 366), &months(13, 365), false);
    check(&months(5, 180), &orders(4, 179), true);
    let dollars = Measure::OwnSales { currency: "USD".parse().unwrap(), days: 30 };
    check(&own(500, 30), &least(dollars, 1), false);
    check(&Condition::Compliant, &recruits(1, 366), false);
    check(&recruits(1, 366), &Condition::Compliant, false);
}

#[test]
fn what_follows_from_several_table() {
    let silver = any([recruits(3, 90), own(1_000_000, 30)]);
    let gold = all([sales(5_000_000, 30), orders(5, 30)]);
    check(&silver, &gold, false);
    check(&gold, &silver, false);
    check(&silver, &any([recruits(2, 90), sales(1, 60), orders(100, 1)]), true);
    check(&silver, &any([recruits(2, 90), sales(1_000_001, 60)]), false);
    check(&gold, &any([sales(9_000_000, 60), orders(4, 60)]), true);
    check(&all([recruits(3, 90), Condition::Compliant]), &recruits(3, 90), true);
    check(&recruits(3, 90), &all([recruits(3, 90), Condition::Compliant]), false);
    // Either way to the lower one leads to the upper by another.
    let upper = all([any([team(2, 5), sales(9, 9)]), any([orders(1, 60), recruits(1, 60)])]);
    check(&any([recruits(2, 60), all([sales(9, 9), months(2, 60)])]), &upper, true);
    check(&any([recruits(2, 60), all([sales(8, 9), months(2, 60)])]), &upper, false);
    // Nobody meets it: nothing is said of the next.
    check(&months(3, 29), &recruits(1, 1), false);
}

#[test]
fn scores_table() {
    let ten = score(10, [(RECRUITS, MILLION), (ORDERS, MILLION)]);
    // A score of one measure is a figure of it: 10 points at 0.01 a yuan are 1000.00.
    let yuan = Measure::OwnSales { currency: cny(), days: 30 };
    check(&score(10, [(yuan, 10_000)]), &own(100_000, 30), true);
    check(&score(10, [(yuan, 10_000)]), &own(100_001, 30), false);
    check(&own(100_000, 30), &score(10, [(yuan, 10_000)]), true);
    check(&own(99_999, 30), &score(10, [(yuan, 10_000)]), false);
    // Five of each are ten points.
    check(&ten, &any([recruits(5, 30), orders(6, 30)]), true);
    check(&ten, &any([recruits(6, 30), orders(6, 30)]), false);
    check(&ten, &any([team(5, 1), orders(6, 90)]), true);
    check(&all([ten.clone(), recruits(1, 1)]), &team(1, 1), true);
    check(&recruits(10, 30), &ten, true);
    check(&all([recruits(4, 30), months(6, 30)]), &ten, false);
    check(&all([recruits(4, 30), orders(6, 7)]), &ten, true);
    // By the same measures.
    check(&ten, &score(9, [(ORDERS, MILLION), (RECRUITS, MILLION)]), true);
    check(&ten, &score(11, [(ORDERS, MILLION), (RECRUITS, MILLION)]), false);
    check(&ten, &score(20, [(ORDERS, 2 * MILLION), (RECRUITS, 2 * MILLION)]), true);
    check(&ten, &score(20, [(ORDERS, 2 * MILLION), (RECRUITS, 2 * MILLION - 1)]), false);
    let longer = Measure::OwnOrders { days: 90 };
    check(&ten, &score(10, [(longer, MILLION), (RECRUITS, MILLION)]), true);
    check(&ten, &score(10, [(longer, MILLION)]), false);
    check(&ten, &all([score(5, [(ORDERS, MILLION), (RECRUITS, MILLION)]), orders(1, 1)]), false);
}

#[test]
fn the_example_meets_the_upper_and_if_it_can_not_the_lower() {
    let figures = |lower: &Condition, upper: &Condition| {
        let found = easier(lower, upper).unwrap();
        (found.figures, found.meets_lower, found.is_flagged)
    };
    let of = |measure, least| vec![(Figure::Of(measure), least)];
    let days = 90;
    let measure = Measure::DirectRecruits { days };
    let both = (of(measure, 3), true, false);
    assert_eq!(figures(&recruits(3, 90), &recruits(3, 90)), both);
    let apart = (of(measure, 2), false, false);
    assert_eq!(figures(&recruits(3, 90), &recruits(2, 90)), apart);
    // The first of the two is also what the lower one asks for.
    assert_eq!(figures(&recruits(3, 90), &any([recruits(3, 90), orders(9, 30)])).0, of(ORDERS, 9));
    let gated = all([recruits(3, 90), Condition::Compliant]);
    assert_eq!(figures(&gated, &recruits(3, 90)), (of(measure, 3), false, true));
    let lower = score(10, [(RECRUITS, MILLION), (ORDERS, 3 * MILLION)]);
    let upper = score(9, [(RECRUITS, MILLION), (ORDERS, 3 * MILLION)]);
    assert_eq!(figures(&lower, &upper), (of(RECRUITS, 9), false, false));
}

#[test]
fn months_that_a_window_touches_table() {
    for (days, months) in [(1, 1), (2, 2), (29, 2), (30, 3), (60, 3), (61, 4), (90, 4), (91, 5)] {
        assert_eq!(months_max(days), months, "{days} days");
    }
    assert_eq!([months_max(0), months_max(335), months_max(336), months_max(366)], [0, 12, 13, 13]);
    assert!(can_be_met(&months(3, 30)) && !can_be_met(&months(3, 29)));
    assert!(can_be_met(&any([months(3, 29), recruits(1, 1)])));
    assert!(!can_be_met(&all([months(3, 29), recruits(1, 1)])));
    let points = |points| score(points, [(Measure::MonthsActive { days: 29 }, 5 * MILLION)]);
    assert!(can_be_met(&points(10)) && !can_be_met(&points(11)));
}

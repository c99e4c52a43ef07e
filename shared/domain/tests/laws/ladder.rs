//! What is said of two levels is held against made-up distributors, whose figures are counted from
//! what happened, day by day, and not from one another.

use jiff::civil::{Date, date};
use num_rational::Ratio;
use proptest::collection::vec;
use proptest::prelude::*;
use upline_domain::level::{Condition, Measure, Score, Weighted};
use upline_domain::level_order::{Figure, can_be_met, easier};
use upline_domain::money::Currency;

/// What happened, each so many days ago, and who stands below.
#[derive(Clone, Debug)]
struct History {
    today: Date,
    /// Own orders: when, the currency, and what was paid.
    own: Vec<(u16, &'static str, u64)>,
    /// Orders of the team, the same.
    team: Vec<(u16, &'static str, u64)>,
    /// Direct recruits.
    recruits: Vec<u16>,
    /// The depths of others who registered long ago.
    older: Vec<usize>,
    is_compliant: bool,
}

impl History {
    fn quiet(today: Date) -> Self {
        let none = Vec::new();
        let (own, team, recruits, older) = (none.clone(), none, Vec::new(), Vec::new());
        Self { today, own, team, recruits, older, is_compliant: true }
    }

    fn figure(&self, measure: Measure) -> u64 {
        let paid = |orders: &[(u16, &str, u64)], currency: &str, days: u16| -> u64 {
            let in_window = orders.iter().filter(|order| order.0 < days && order.1 == currency);
            in_window.map(|order| order.2).sum()
        };
        let count = |count: usize| u64::try_from(count).unwrap();
        match measure {
            Measure::DirectRecruits { days } => {
                count(self.recruits.iter().filter(|ago| **ago < days).count())
            }
            Measure::TeamSize { depth } => {
                count(self.recruits.len() + self.older.iter().filter(|own| **own <= depth).count())
            }
            Measure::OwnSales { currency, days } => paid(&self.own, currency.code(), days),
            Measure::TeamSales { currency, days } => {
                paid(&self.own, currency.code(), days) + paid(&self.team, currency.code(), days)
            }
            Measure::OwnOrders { days } => {
                count(self.own.iter().filter(|order| order.0 < days).count())
            }
            Measure::MonthsActive { days } => {
                let day = |ago: u16| self.today - jiff::Span::new().days(ago);
                let days = self.own.iter().filter(|order| order.0 < days).map(|order| day(order.0));
                let mut months: Vec<_> = days.map(|day| (day.year(), day.month())).collect();
                months.sort_unstable();
                months.dedup();
                count(months.len())
            }
        }
    }

    fn meets(&self, condition: &Condition) -> bool {
        match condition {
            Condition::All(list) => list.iter().all(|one| self.meets(one)),
            Condition::Any(list) => list.iter().any(|one| self.meets(one)),
            Condition::AtLeast { measure, least } => self.figure(*measure) >= *least,
            Condition::Compliant => self.is_compliant,
            Condition::Score(score) => {
                let points = score.parts.iter().map(|part| {
                    let digits = part.measure.currency().map_or(0, Currency::digits);
                    let figure = u128::from(self.figure(part.measure));
                    Ratio::new(figure * u128::from(part.weight_millionths), 10_u128.pow(digits))
                });
                points.sum::<Ratio<u128>>() >= Ratio::from(u128::from(score.least_millionths))
            }
        }
    }
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn days() -> impl Strategy<Value = u16> {
    prop::sample::select(vec![1_u16, 2, 3, 29, 30, 31, 59, 61, 90])
}

fn measure() -> impl Strategy<Value = Measure> {
    let code = prop::sample::select(vec!["CNY", "JPY"]);
    (0..6, days(), 1_usize..=5, code).prop_map(|(kind, days, depth, code)| match kind {
        0 => Measure::DirectRecruits { days },
        1 => Measure::TeamSize { depth },
        2 => Measure::OwnSales { currency: currency(code), days },
        3 => Measure::TeamSales { currency: currency(code), days },
        4 => Measure::OwnOrders { days },
        _ => Measure::MonthsActive { days },
    })
}

fn single() -> impl Strategy<Value = Condition> {
    (measure(), 1_u64..=4).prop_map(|(measure, least)| Condition::AtLeast { measure, least })
}

fn score() -> impl Strategy<Value = Condition> {
    let weight = prop::sample::select(vec![500_000_u64, 1_000_000, 2_000_000, 100_000_000]);
    let part = (weight, measure());
    let part =
        part.prop_map(|(weight_millionths, measure)| Weighted { weight_millionths, measure });
    (1_u64..=5, vec(part, 1..=3)).prop_map(|(points, parts)| {
        Condition::Score(Score { least_millionths: points * 1_000_000, parts })
    })
}

/// A score of measures of which some are at least others.
fn few() -> impl Strategy<Value = Condition> {
    let orders = |days| Measure::OwnOrders { days };
    let measures = [orders(30), orders(90), Measure::DirectRecruits { days: 30 }];
    let part = (1_u64..=3, prop::sample::select(measures.to_vec()));
    let part = part
        .prop_map(|(weight, measure)| Weighted { weight_millionths: weight * 1_000_000, measure });
    (1_u64..=9, vec(part, 2..=4)).prop_map(|(points, parts)| {
        Condition::Score(Score { least_millionths: points * 1_000_000, parts })
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let leaf = prop_oneof![6 => single(), 1 => score(), 1 => Just(Condition::Compliant)];
    leaf.prop_recursive(2, 9, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..=3).prop_map(Condition::All),
            vec(inner, 1..=3).prop_map(Condition::Any),
        ]
    })
}

fn history() -> impl Strategy<Value = History> {
    let ago = || prop_oneof![0_u16..4, 27_u16..34, 57_u16..63, 0_u16..95];
    let orders = || vec((ago(), prop::sample::select(vec!["CNY", "JPY"]), 0_u64..=4), 0..5);
    let today = (0_i32..800).prop_map(|days| date(2027, 1, 1) + jiff::Span::new().days(days));
    let people = (vec(ago(), 0..4), vec(1_usize..=5, 0..4), any::<bool>());
    (today, orders(), orders(), people).prop_map(|(today, own, team, people)| {
        let (recruits, older, is_compliant) = people;
        // An order for which nothing is left of what was paid was refunded in full.
        let own = own.into_iter().filter(|order| order.2 > 0).collect();
        History { today, own, team, recruits, older, is_compliant }
    })
}

proptest! {
    #![proptest_config(crate::cases(3_000))]

    /// Nobody meets the lower level alone where the upper is said to be no harder, and nobody at
    /// all meets what is said to be out of reach.
    #[test]
    fn nobody_meets_the_lower_of_two_levels_alone(
        [lower, upper] in [condition(), condition()],
        histories in vec(history(), 40),
    ) {
        let is_easier = easier(&lower, &upper).is_some();
        for one in &histories {
            prop_assert!(can_be_met(&lower) || !one.meets(&lower), "{one:?}");
            if is_easier && one.meets(&lower) {
                prop_assert!(one.meets(&upper), "{one:?}");
            }
        }
    }

    /// The same of two scores of the same few measures, of which one often follows from the other.
    #[test]
    fn nobody_has_the_points_of_the_lower_of_two_scores_alone(
        [lower, upper] in [few(), few()],
        histories in vec(history(), 40),
    ) {
        if easier(&lower, &upper).is_some() {
            for one in &histories {
                prop_assert!(!one.meets(&lower) || one.meets(&upper), "{one:?}");
            }
        }
    }

    /// The same of a level that takes from the lower one what it asks for, or asks for more.
    #[test]
    fn what_is_left_of_a_level_is_no_harder(
        list in vec(single(), 2..5),
        histories in vec(history(), 40),
    ) {
        let (all, any) = (Condition::All(list.clone()), Condition::Any(list.clone()));
        prop_assert!(!can_be_met(&all) || easier(&all, &any).is_some());
        prop_assert!(!can_be_met(&list[0]) || easier(&list[0], &any).is_some());
        prop_assert!(!can_be_met(&all) || easier(&all, &list[1]).is_some());
        if easier(&any, &all).is_some() {
            for one in histories {
                prop_assert!(one.meets(&all) || !one.meets(&any), "{one:?}");
            }
        }
    }

    /// Of single measures both answers are right: where the upper is not said to be easier, there
    /// is somebody who meets the lower alone.
    #[test]
    fn single_measures_are_told_apart_exactly([lower, upper] in [single(), single()]) {
        if can_be_met(&lower) && easier(&lower, &upper).is_none() {
            let alone = |one: &History| one.meets(&lower) && !one.meets(&upper);
            prop_assert!(barely(&lower).iter().any(alone), "nobody meets the lower alone");
        }
    }

    /// The figures of the example are such as it says, for one who has these figures and no more.
    #[test]
    fn an_example_meets_the_upper_and_misses_the_lower([lower, upper] in [single(), single()]) {
        let Some(found) = easier(&lower, &upper) else { return Ok(()) };
        let [(Figure::Of(measure), least)] = found.figures[..] else { panic!("{found:?}") };
        prop_assert_eq!(&upper, &Condition::AtLeast { measure, least });
        let is_apart = barely(&upper).iter().any(|one| !one.meets(&lower));
        prop_assert_eq!(is_apart, !found.meets_lower);
    }
}

/// Distributors who do just enough for a single measure, in various ways.
fn barely(condition: &Condition) -> Vec<History> {
    let Condition::AtLeast { measure, least } = *condition else { return Vec::new() };
    let oldest = measure.days().unwrap_or(1) - 1;
    let times = usize::try_from(least).unwrap();
    let mut quiet = History::quiet(date(2027, 1, 1));
    quiet.is_compliant = false;
    match measure {
        Measure::DirectRecruits { .. } => vec![History { recruits: vec![oldest; times], ..quiet }],
        Measure::TeamSize { depth } => vec![History { older: vec![depth; times], ..quiet }],
        Measure::OwnSales { currency, .. } => {
            vec![History { own: vec![(oldest, currency.code(), least)], ..quiet }]
        }
        Measure::TeamSales { currency, .. } => {
            vec![History { team: vec![(oldest, currency.code(), least)], ..quiet }]
        }
        Measure::OwnOrders { .. } => {
            // In no currency that a measure names, so that no sales come with them.
            vec![History { own: vec![(oldest, "KWD", 1); times], ..quiet }]
        }
        Measure::MonthsActive { days } => {
            let on = |today: Date| {
                // The oldest day of each month in the window, of the oldest months.
                let day = |ago: u16| today - jiff::Span::new().days(ago);
                let is_first = |ago: &u16| *ago == days - 1 || day(*ago).day() == 1;
                let own = (0..days).rev().filter(is_first).map(|ago| (ago, "KWD", 1)).take(times);
                History { today, own: own.collect(), ..quiet.clone() }
            };
            let days = (0..800).map(|n| date(2027, 1, 1) + jiff::Span::new().days(n));
            days.map(on).filter(|one| one.meets(condition)).collect()
        }
    }
}

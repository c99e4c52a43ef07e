//! Laws of checks of levels, over figures and ladders of chance.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use upline_domain::figures::{Day, Figures};
use upline_domain::level::{Condition, Demotion, Ladder, Measure, Score, Weighted};
use upline_domain::money::{Currency, SignedMoney};
use upline_domain::upgrade::{Standing, arrival, check};

use crate::cases;

fn day(number: u16) -> Date {
    jiff::civil::date(2026, 1, 1).checked_add(days(number)).unwrap()
}

fn days(count: u16) -> Span {
    i64::from(count).days()
}

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["CNY", "JPY", "KWD"]).prop_map(|code| code.parse().unwrap())
}

fn measure() -> impl Strategy<Value = Measure> {
    let window = prop_oneof![1_u16..10, 1_u16..=366];
    prop_oneof![
        window.clone().prop_map(|days| Measure::DirectRecruits { days }),
        (1_usize..=5).prop_map(|depth| Measure::TeamSize { depth }),
        (currency(), window.clone())
            .prop_map(|(currency, days)| Measure::OwnSales { currency, days }),
        (currency(), window.clone())
            .prop_map(|(currency, days)| Measure::TeamSales { currency, days }),
        window.clone().prop_map(|days| Measure::OwnOrders { days }),
        window.prop_map(|days| Measure::MonthsActive { days }),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let weighted = (1_u64..3_000_000, measure())
        .prop_map(|(weight_millionths, measure)| Weighted { weight_millionths, measure });
    let at_least =
        (measure(), 1_u64..30).prop_map(|(measure, least)| Condition::AtLeast { measure, least });
    let score = (1_u64..40_000_000, vec(weighted, 1..3))
        .prop_map(|(least_millionths, parts)| Score { least_millionths, parts })
        .prop_map(Condition::Score);
    let leaf = prop_oneof![6 => at_least, 1 => score, 1 => Just(Condition::Compliant)];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..3).prop_map(Condition::All),
            vec(inner, 1..3).prop_map(Condition::Any),
        ]
    })
}

fn figures_of_a_day() -> impl Strategy<Value = Day> {
    let sales = || btree_map(currency(), (0_i64..12).prop_map(SignedMoney::from_minor), 0..3);
    (0_i64..3, 0_i64..3, sales(), sales()).prop_map(|(recruits, orders, own_sales, team_sales)| {
        Day { recruits, orders, own_sales, team_sales }
    })
}

/// Figures of up to two months, some days of them, and who stands below.
fn figures() -> impl Strategy<Value = Figures> {
    let days = btree_map((0_u16..70).prop_map(day), figures_of_a_day(), 0..25);
    (days, vec(0_u64..20, 5), prop::bool::weighted(0.8))
        .prop_map(|(days, team, compliant)| Figures { days, team, compliant })
}

fn ladder() -> impl Strategy<Value = Ladder> {
    let demotion = prop_oneof![Just(Demotion::Never), (0_u16..20).prop_map(Demotion::AfterDays)];
    let asked = vec(prop::option::weighted(0.8, condition()), 1..4);
    (asked, demotion).prop_map(|(above, demotion)| {
        let asked = std::iter::once(None).chain(above).collect();
        Ladder { asked, demotion }
    })
}

fn standing(ladder: &Ladder, rank: usize, since: Option<u16>) -> Standing {
    let rank = rank % ladder.asked.len();
    let failing_since = match ladder.demotion {
        Demotion::Never => None,
        Demotion::AfterDays(_) => since.map(day),
    };
    Standing { rank, failing_since }
}

/// What a measure comes to, day by day.
fn plain(figures: &Figures, measure: Measure, on: Date) -> i128 {
    let mut sum = 0;
    let mut months = Vec::new();
    let back = measure.days().unwrap_or(0);
    for age in 0..back {
        let date = on.checked_sub(days(age)).unwrap();
        let Some(day) = figures.days.get(&date) else { continue };
        let of = |sales: &BTreeMap<Currency, SignedMoney>, currency| {
            sales.get(&currency).map_or(0, |amount| amount.minor())
        };
        sum += i128::from(match measure {
            Measure::DirectRecruits { .. } => day.recruits,
            Measure::OwnOrders { .. } => day.orders,
            Measure::OwnSales { currency, .. } => of(&day.own_sales, currency),
            Measure::TeamSales { currency, .. } => of(&day.team_sales, currency),
            Measure::MonthsActive { .. } => {
                let month = (date.year(), date.month());
                let is_new = day.orders > 0 && !months.contains(&month);
                months.extend(is_new.then_some(month));
                i64::from(is_new)
            }
            Measure::TeamSize { .. } => 0,
        });
    }
    if let Measure::TeamSize { depth } = measure {
        sum = figures.team.iter().take(depth).map(|count| i128::from(*count)).sum();
    }
    sum
}

/// Whether a condition holds by plain sums: points in exact fractions of 10^10.
fn holds(figures: &Figures, condition: &Condition, on: Date) -> bool {
    match condition {
        Condition::All(all) => all.iter().all(|one| holds(figures, one, on)),
        Condition::Any(any) => any.iter().any(|one| holds(figures, one, on)),
        Condition::AtLeast { measure, least } => plain(figures, *measure, on) >= i128::from(*least),
        Condition::Compliant => figures.compliant,
        Condition::Score(score) => {
            let points = score.parts.iter().map(|part| {
                let minor = part.measure.currency().map_or(1, |it| 10_i128.pow(it.digits()));
                let value = plain(figures, part.measure, on) * 10_000 / minor;
                assert_eq!(value * minor, plain(figures, part.measure, on) * 10_000, "exact");
                value * i128::from(part.weight_millionths)
            });
            points.sum::<i128>() >= i128::from(score.least_millionths) * 10_000
        }
    }
}

/// The highest level whose conditions hold.
fn highest(ladder: &Ladder, figures: &Figures, on: Date) -> usize {
    let asked = ladder.asked.iter().enumerate().rev();
    let holding = asked.filter_map(|(rank, asked)| Some((rank, asked.as_ref()?)));
    let mut ranks = holding.filter(|(_, asked)| holds(figures, asked, on)).map(|(rank, _)| rank);
    ranks.next().unwrap_or(0)
}

proptest! {
    #![proptest_config(cases(512))]

    /// A condition holds as plain sums over the days of its windows have it.
    #[test]
    fn a_condition_is_held_against_plain_sums(
        figures in figures(), condition in condition(), on in 0_u16..90,
    ) {
        let want = holds(&figures, &condition, day(on));
        prop_assert_eq!(figures.meets(&condition, day(on)), want);
    }

    /// After a check one stands on the highest level whose conditions hold, unless theirs is higher
    /// and by hand, or the plan lowers none, or it is not found wanting for long enough.
    #[test]
    fn one_stands_on_the_highest_level_that_holds(
        ladder in ladder(), figures in figures(), rank in 0_usize..4,
        since in prop::option::of(0_u16..60), on in 60_u16..70,
    ) {
        let stands = standing(&ladder, rank, since);
        let best = highest(&ladder, &figures, day(on));
        let after = check(&ladder, &figures, stands, day(on)).standing;
        if best > stands.rank {
            prop_assert_eq!(after, Standing { rank: best, failing_since: None });
        } else if best == stands.rank || ladder.asked[stands.rank].is_none() {
            prop_assert_eq!(after, Standing { rank: stands.rank, failing_since: None });
        } else if let Demotion::AfterDays(grace) = ladder.demotion {
            let since = stands.failing_since.unwrap_or(day(on));
            if since.checked_add(days(grace)).unwrap() <= day(on) {
                prop_assert_eq!(after, Standing { rank: best, failing_since: None });
            } else {
                prop_assert_eq!(after, Standing { rank: stands.rank, failing_since: Some(since) });
            }
        } else {
            prop_assert_eq!(after, Standing { rank: stands.rank, failing_since: None });
        }
    }

    /// The same night twice is as the same night once.
    #[test]
    fn the_same_night_again_changes_nothing(
        ladder in ladder(), figures in figures(), rank in 0_usize..4,
        since in prop::option::of(0_u16..60), on in 0_u16..70,
    ) {
        let once = check(&ladder, &figures, standing(&ladder, rank, since), day(on));
        prop_assert_eq!(check(&ladder, &figures, once.standing, day(on)), once);
    }

    /// Until the day to look again every night would say the same; on that day one says otherwise,
    /// unless it is only that a grace is longer than a year.
    #[test]
    fn the_day_to_look_again_is_the_first_that_makes_a_difference(
        ladder in ladder(), figures in figures(), rank in 0_usize..4, on in 0_u16..70,
    ) {
        let found = check(&ladder, &figures, standing(&ladder, rank, None), day(on));
        let mut next = day(on).tomorrow().unwrap();
        let end = found.look_on.unwrap_or(day(on + 470));
        while next < end {
            let then = check(&ladder, &figures, found.standing, next).standing;
            prop_assert_eq!(then, found.standing, "on {}", next);
            next = next.tomorrow().unwrap();
        }
        if let Some(look_on) = found.look_on {
            prop_assert!(look_on > day(on));
            let then = check(&ladder, &figures, found.standing, look_on).standing;
            prop_assert!(then != found.standing || look_on == day(on + 366));
        }
    }

    /// Whatever comes day by day, a level is lost only once a check of each day since it was found
    /// wanting said so, over all of the grace.
    #[test]
    fn no_level_is_lost_within_its_grace(
        ladder in ladder(), coming in vec(prop::option::weighted(0.2, figures_of_a_day()), 60),
        rank in 0_usize..4,
    ) {
        let mut figures = Figures { days: BTreeMap::new(), team: vec![0; 5], compliant: true };
        let mut stands = standing(&ladder, rank, None);
        let mut wanting = 0_u16;
        for (number, today) in (0_u16..).zip(coming) {
            let on = day(number);
            figures.days.extend(today.map(|today| (on, today)));
            let after = check(&ladder, &figures, stands, on).standing;
            let asked = ladder.asked[stands.rank].as_ref();
            let wants = asked.is_some_and(|asked| !holds(&figures, asked, on));
            wanting = if wants { wanting + 1 } else { 0 };
            if after.rank < stands.rank {
                let Demotion::AfterDays(grace) = ladder.demotion else {
                    return Err(TestCaseError::fail("the plan lowers no level"));
                };
                prop_assert!(wanting > grace, "after {} days of {}", wanting, grace);
            }
            if after.rank != stands.rank {
                wanting = 0;
            }
            stands = after;
        }
    }

    /// An estimate is right where each day to come does bring what the last thirty brought.
    #[test]
    fn an_estimate_is_right_if_the_days_come_as_it_assumes(
        condition in condition(), each in figures_of_a_day(),
    ) {
        let today = day(40);
        let mut figures = Figures { days: BTreeMap::new(), team: vec![0; 5], compliant: true };
        for number in 11..=40 {
            figures.days.insert(day(number), each.clone());
        }
        let estimate = arrival(&condition, &figures, today);
        let mut coming = figures.clone();
        for ahead in 0..=366 {
            let on = day(40 + ahead);
            if ahead > 0 {
                coming.days.insert(on, each.clone());
                coming.team[0] += u64::try_from(each.recruits).unwrap();
            }
            if holds(&coming, &condition, on) {
                prop_assert_eq!(estimate, Some(on));
                return Ok(());
            }
        }
        prop_assert_eq!(estimate, None);
    }
}

//! When commission matures.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use upline_domain::allocation::Terms;
use upline_domain::complete::due_on;
use upline_domain::money::Rate;
use upline_domain::plan::{Cycle, Settlement};
use upline_domain::time;

use crate::cases;

const ZONES: [&str; 7] = [
    "UTC",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "America/New_York",
    "America/Sao_Paulo",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
];

fn terms() -> impl Strategy<Value = Terms> {
    let cycle = select(vec![Cycle::Instant, Cycle::Daily, Cycle::Weekly, Cycle::Monthly]);
    let days = || prop_oneof![3 => 0_u16..40, 1 => 0_u16..=3_660];
    let zone = select(ZONES.to_vec());
    (cycle, days(), option::of(days()), zone).prop_map(|(cycle, hold_days, auto, zone)| Terms {
        depth: 1,
        team_depth: 1,
        max_total_rate: Rate::ONE,
        settlement: Settlement { hold_days, cycle, auto_complete_days: auto },
        timezone: time::zone(zone).unwrap(),
    })
}

/// An instant between 2000 and 2040.
fn instant() -> impl Strategy<Value = Timestamp> {
    (946_684_800_000_i64..2_208_988_800_000)
        .prop_map(|millis| Timestamp::from_millisecond(millis).unwrap())
}

fn day(time: Timestamp, zone: &TimeZone) -> Date {
    time.to_zoned(zone.clone()).date()
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).unwrap().get_days()
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// Commission is pending until the order is completed, and matures on the first day of the
    /// cycle that is not before the days held; with `instant`, on the day of completion.
    #[test]
    fn a_due_date_is_the_first_of_its_cycle(
        terms in terms(),
        paid_at in instant(),
        wait in option::of(0_i64..100_000),
    ) {
        let completed_at = wait.map(|minutes| paid_at + SignedDuration::from_mins(minutes));
        let due = due_on(&terms, paid_at, completed_at).unwrap();
        let confirmed = completed_at.map(|time| day(time, &terms.timezone));
        let auto = terms.settlement.auto_complete_days.map(i32::from);
        let Some(due) = due else {
            prop_assert_eq!((confirmed, auto), (None, None));
            return Ok(());
        };
        let paid_on = day(paid_at, &terms.timezone);
        let waited = confirmed.map(|confirmed| days_between(paid_on, confirmed));
        let completed = waited.into_iter().chain(auto).min().unwrap();
        let hold = i32::from(terms.settlement.hold_days);
        let after = days_between(paid_on, due) - completed;
        prop_assert!(after >= 0);
        match terms.settlement.cycle {
            Cycle::Instant => prop_assert_eq!(after, 0),
            Cycle::Daily => prop_assert_eq!(after, hold),
            Cycle::Weekly => {
                prop_assert_eq!(due.weekday(), Weekday::Monday);
                prop_assert!((hold..hold + 7).contains(&after));
            }
            Cycle::Monthly => {
                prop_assert_eq!(due.day(), 1);
                let month_before = i32::from(due.yesterday().unwrap().days_in_month());
                prop_assert!((hold..hold + month_before).contains(&after));
            }
        }
    }

    /// One who confirms later is not paid earlier.
    #[test]
    fn a_later_completion_is_not_due_earlier(
        terms in terms(),
        paid_at in instant(),
        wait in 0_i64..100_000,
        more in 0_i64..100_000,
    ) {
        let after = |minutes| Some(paid_at + SignedDuration::from_mins(minutes));
        let sooner = due_on(&terms, paid_at, after(wait)).unwrap();
        let later = due_on(&terms, paid_at, after(wait + more)).unwrap();
        prop_assert!(sooner.is_some() && sooner <= later);
    }
}

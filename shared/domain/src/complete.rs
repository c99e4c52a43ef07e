//! When commission matures.

use jiff::civil::{Date, Weekday};
use jiff::{Span, Timestamp};

use crate::allocation::Terms;
use crate::money::Overflow;
use crate::plan::Cycle;
use crate::time;

/// The day on which the commission of an order matures; none while it is pending.
///
/// In calendar days of the tenant's time zone: the day of completion, or the day of payment plus
/// `auto_complete_days` where that is earlier; plus `hold_days`; then moved to the cycle, where a
/// day already on it stays. `instant` is the day itself, whatever is held.
///
/// # Errors
///
/// * [`Overflow`] past the end of the calendar, in the year 9999.
pub fn due_on(
    terms: &Terms,
    paid_at: Timestamp,
    completed_at: Option<Timestamp>,
) -> Result<Option<Date>, Overflow> {
    let settlement = terms.settlement;
    let confirmed = completed_at.map(|at| time::day(at, &terms.timezone));
    let automatic = settlement
        .auto_complete_days
        .map(|days| plus_days(time::day(paid_at, &terms.timezone), days))
        .transpose()?;
    let Some(completed_on) = confirmed.into_iter().chain(automatic).min() else {
        return Ok(None);
    };
    let held = || plus_days(completed_on, settlement.hold_days);
    match settlement.cycle {
        Cycle::Instant => Ok(completed_on),
        Cycle::Daily => held(),
        Cycle::Weekly => next_monday(held()?),
        Cycle::Monthly => next_first(held()?),
    }
    .map(Some)
}

fn plus_days(day: Date, days: u16) -> Result<Date, Overflow> {
    day.checked_add(Span::new().days(i64::from(days))).map_err(|_| Overflow)
}

fn next_monday(day: Date) -> Result<Date, Overflow> {
    let since_monday = u16::from(day.weekday().since(Weekday::Monday).unsigned_abs());
    if since_monday == 0 { Ok(day) } else { plus_days(day, 7_u16.saturating_sub(since_monday)) }
}

fn next_first(day: Date) -> Result<Date, Overflow> {
    if day.day() == 1 {
        return Ok(day);
    }
    day.first_of_month().checked_add(Span::new().months(1)).map_err(|_| Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Rate;
    use crate::plan::Settlement;

    #[track_caller]
    fn check(cycle: Cycle, hold_days: u16, auto: Option<u16>, completed: Option<&str>, want: &str) {
        let terms = Terms {
            depth: 1,
            team_depth: 1,
            max_total_rate: Rate::ONE,
            settlement: Settlement { hold_days, cycle, auto_complete_days: auto },
            timezone: time::zone("Asia/Shanghai").unwrap(),
        };
        // 2026-11-11 in Shanghai, a Wednesday.
        let paid_at = time::parse("2026-11-10T16:00:00Z").unwrap();
        let completed_at = completed.map(|text| time::parse(text).unwrap());
        let due = due_on(&terms, paid_at, completed_at).unwrap();
        assert_eq!(due.map_or("pending".to_owned(), |day| day.to_string()), want);
    }

    #[test]
    fn due_table() {
        // Completed on 2026-11-20 in Shanghai, a Friday.
        let done = Some("2026-11-19T16:00:00Z");
        check(Cycle::Daily, 7, None, done, "2026-11-27");
        check(Cycle::Daily, 0, None, done, "2026-11-20");
        check(Cycle::Instant, 7, None, done, "2026-11-20");
        check(Cycle::Weekly, 7, None, done, "2026-11-30");
        check(Cycle::Weekly, 3, None, done, "2026-11-23"); // A Monday stays.
        check(Cycle::Monthly, 7, None, done, "2026-12-01");
        check(Cycle::Monthly, 11, None, done, "2026-12-01"); // A first stays.
        check(Cycle::Monthly, 12, None, done, "2027-01-01");
        check(Cycle::Daily, 7, None, None, "pending");
        check(Cycle::Daily, 7, Some(15), None, "2026-12-03");
        check(Cycle::Daily, 7, Some(15), done, "2026-11-27"); // Confirmed first.
        check(Cycle::Daily, 7, Some(3), done, "2026-11-21"); // By itself first.
    }
}

//! On which level somebody stands by what they did: the highest whose conditions hold. Nothing here
//! reads a clock: the day of the check is an argument.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::figures::Figures;
use crate::level::{Condition, Demotion, Ladder};
use crate::limits::WINDOW_DAYS_MAX;

/// How somebody stands when they are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The place of their level in the plan, the lowest 0.
    pub rank: usize,
    /// The day of the check that first found what is asked for the level not to hold, if it has
    /// not held since.
    pub failing_since: Option<Date>,
}

/// What a check comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How they stand from now on.
    pub standing: Standing,
    /// The first day on which another check would say something else, if nothing happens until
    /// then; none where only what happens can make a difference.
    pub look_on: Option<Date>,
}

/// Decides on which level somebody stands on a day: the highest whose conditions hold, if that is
/// above theirs; and, where the plan lowers levels, if what is asked for theirs was found not to
/// hold so many days ago and never held since. A level that asks for nothing is given by hand, and
/// is left as it is. The same check again comes to the same.
#[must_use]
pub fn check(ladder: &Ladder, figures: &Figures, stands: Standing, on: Date) -> Verdict {
    let standing = stands_on(ladder, figures, stands, on);
    let mut days = days_that_count(ladder, figures, standing, on).into_iter();
    let look_on = days.find(|day| stands_on(ladder, figures, standing, *day) != standing);
    // Whoever has a longer grace is looked at in between.
    let last = on.saturating_add(i64::from(WINDOW_DAYS_MAX).days());
    Verdict { standing, look_on: look_on.map(|day| day.min(last)) }
}

fn stands_on(ladder: &Ladder, figures: &Figures, stands: Standing, on: Date) -> Standing {
    let holds = |rank: &usize| ladder.asked(*rank).is_some_and(|one| figures.meets(one, on));
    let best = (0..ladder.asked.len()).rev().find(holds).unwrap_or(0);
    let safe = Standing { rank: stands.rank, failing_since: None };
    if best > stands.rank {
        return Standing { rank: best, failing_since: None };
    }
    if best == stands.rank || ladder.asked(stands.rank).is_none() {
        return safe;
    }
    let since = stands.failing_since.unwrap_or(on);
    match ladder.demotion.lost_on(since) {
        None => safe,
        Some(lost_on) if lost_on <= on => Standing { rank: best, failing_since: None },
        Some(_) => Standing { failing_since: Some(since), ..stands },
    }
}

/// The days after a check on which something may be otherwise although nothing happens: a figure of
/// a day leaves a window, a figure that is dated ahead enters one, a grace ends.
fn days_that_count(
    ladder: &Ladder,
    figures: &Figures,
    standing: Standing,
    on: Date,
) -> BTreeSet<Date> {
    let mut days = ahead(figures, on);
    if ladder.demotion == Demotion::Never {
        // Without new figures every measure only falls, and no level does.
        return days;
    }
    let ends = standing.failing_since.and_then(|since| ladder.demotion.lost_on(since));
    days.extend(ends.filter(|day| *day > on));
    let conditions = ladder.asked.iter().skip(standing.rank).flatten();
    let windows: BTreeSet<u16> = conditions.flat_map(Condition::windows).collect();
    for day in figures.days.keys() {
        let left = windows.iter().map(|days| day.saturating_add(i64::from(*days).days()));
        days.extend(left.filter(|day| *day > on));
    }
    days
}

fn ahead(figures: &Figures, on: Date) -> BTreeSet<Date> {
    figures.days.keys().copied().filter(|day| *day > on).collect()
}

/// How many days back, and the day itself, a check of any level has to know.
#[must_use]
pub fn window_days(ladder: &Ladder) -> u16 {
    ladder.asked.iter().flatten().flat_map(Condition::windows).max().unwrap_or(0)
}

/// The last day for which somebody's arrival is estimated, in days from today.
pub const ESTIMATE_DAYS_MAX: u16 = 366;

/// The first day on which a condition will hold, if each day to come brings what the last 30 days
/// brought on average ([`Figures::will_meet`]); none where it will not within a year.
#[must_use]
pub fn arrival(condition: &Condition, figures: &Figures, today: Date) -> Option<Date> {
    (0..=ESTIMATE_DAYS_MAX)
        .map(|days| today.saturating_add(i64::from(days).days()))
        .find(|day| figures.will_meet(condition, today, *day))
}

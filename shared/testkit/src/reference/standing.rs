//! Where the money of one order stands, for everyone whom it concerns.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::calculate::{Calculation, paid_by_line};
use super::facts::{Facts, Payment};
use super::people::Ancestor;
use super::plan::{Part, Plan, Settlement};
use super::refunds::{refunded, reversed};

/// What an order adds to one distributor's books.
pub(super) struct Contribution {
    pub(super) distributor: String,
    /// The day of `paid_at`.
    pub(super) day: Date,
    /// None while it is pending.
    pub(super) due: Option<Date>,
    pub(super) earned: i64,
    pub(super) reversed: i64,
    pub(super) own_orders: i64,
    pub(super) own_sales: i64,
    pub(super) team_sales: i64,
}

/// The contributions of an order to everyone in its frozen lineage.
pub(super) fn contributions(
    order: &Payment,
    facts: &Facts,
    lineage: &[Ancestor],
    (plan, part): (&Plan, &Part),
    calculation: &Calculation<'_>,
) -> Vec<Contribution> {
    let refunded = refunded(order, facts);
    let (orders, sales) = sold(order, facts);
    let day = day_of(order.paid_at, &plan.zone);
    let due = due(day, facts.completed_at, part, &plan.zone);
    let mut all = Vec::new();
    for (place, who) in lineage.iter().enumerate() {
        let earned = calculation.allocations.iter().find(|earned| earned.place == place);
        let first = place == 0;
        all.push(Contribution {
            distributor: who.id.clone(),
            day,
            due,
            earned: earned.map_or(0, |earned| earned.amount),
            reversed: earned.map_or(0, |earned| reversed(order, &refunded, earned).iter().sum()),
            own_orders: if first { orders } else { 0 },
            own_sales: if first { sales } else { 0 },
            team_sales: if place < part.team_depth { sales } else { 0 },
        });
    }
    all
}

/// What an order counts for whoever made it, as orders and in minor units.
pub(super) fn sold(order: &Payment, facts: &Facts) -> (i64, i64) {
    let paid: i64 = paid_by_line(order).iter().sum();
    let sales = paid - refunded(order, facts).by_line.iter().sum::<i64>();
    // An order that cost nothing cannot be refunded, so it is not refunded in full either.
    (i64::from(!(paid > 0 && sales == 0)), sales)
}

/// The calendar day of an instant in a time zone.
pub(super) fn day_of(time: Timestamp, zone: &TimeZone) -> Date {
    time.to_zoned(zone.clone()).date()
}

/// When commission matures; none while it is pending.
fn due(paid: Date, completed_at: Option<Timestamp>, part: &Part, zone: &TimeZone) -> Option<Date> {
    let Settlement { hold_days, cycle, auto_complete_days } = &part.settlement;
    let confirmed = completed_at.map(|at| day_of(at, zone));
    let by_itself = auto_complete_days.map(|days| paid + days.days());
    let completed = confirmed.into_iter().chain(by_itself).min()?;
    if cycle == "instant" {
        return Some(completed);
    }
    let on_cycle = |day: &Date| match cycle.as_str() {
        "weekly" => day.weekday() == Weekday::Monday,
        "monthly" => day.day() == 1,
        _ => true,
    };
    let mut day = completed + hold_days.days();
    while !on_cycle(&day) {
        day = day.tomorrow().expect("a day");
    }
    Some(day)
}

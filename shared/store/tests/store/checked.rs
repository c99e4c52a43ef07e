//! Distributors whose level is checked, and what a check of them comes to.

use jiff::{SignedDuration, Timestamp};
use upline_domain::figures::Reading;
use upline_domain::fingerprint::Fingerprint;
use upline_domain::ids::TenantId;
use upline_domain::level::Measure;
use upline_domain::schedule::{Lead, Wanted};
use upline_store::{Changed, CheckState, NewLevel, Night, Standing, Store, Subject};
use upline_testkit::now;
use upline_testkit::plans::signed;

use crate::table::Table;
use crate::values::{cny, id};

pub(crate) async fn subject(store: &Store, tenant: &TenantId, name: &str) -> Subject {
    let found = store.subjects(tenant, &[id(name)]).await.unwrap().remove(name);
    found.unwrap().unwrap()
}

/// What is asked for gold does not hold since today, and a week is left.
pub(crate) fn fails() -> CheckState {
    let failing = Some((id("gold"), id("2026-12-31")));
    CheckState { failing, look_on: Some(id("2027-01-07")) }
}

/// A level from 15 minutes on, with one reading of each kind.
pub(crate) fn raised(subject: &Subject, level: &str) -> NewLevel {
    let from = now() + SignedDuration::from_mins(15);
    let levels = &subject.member.levels;
    NewLevel {
        was: levels.at(from).cloned().unwrap_or(id("bronze")),
        level: id(level),
        from,
        place: levels.0.iter().filter(|(earlier, _)| *earlier <= from).count(),
        made_at: now(),
        plan_version: 1,
        on: id("2026-12-31"),
        readings: readings(),
    }
}

/// One of each kind, with every measure.
pub(crate) fn readings() -> Vec<Reading> {
    let read = |measure, have, least| Reading::Measured { measure, have, least };
    vec![
        read(Measure::TeamSales { currency: cny(), days: 30 }, 5_000_000, Some(5_000_000)),
        read(Measure::OwnOrders { days: 30 }, 0, Some(5)),
        read(Measure::TeamSize { depth: 3 }, 21, Some(20)),
        read(Measure::MonthsActive { days: 180 }, 3, Some(3)),
        Reading::Compliant { have: true },
        Reading::Compliant { have: false },
        Reading::Points { have_millionths: u64::MAX, least_millionths: 100_000_000 },
        read(Measure::OwnSales { currency: id("JPY"), days: 366 }, u64::MAX, None),
        read(Measure::DirectRecruits { days: 1 }, 2, None),
    ]
}

/// A night that began so many hours from now, by a plan that asks for something of a number.
pub(crate) fn night(hours: i64, asks: u8) -> Night {
    Night { began: in_hours(hours), ladder: Fingerprint([asks; 16]) }
}

pub(crate) fn in_hours(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

/// Cat stands so by hand, as soon as may be.
pub(crate) async fn by_hand(table: &Table, standing: Standing) {
    let when = Wanted { from: None, now: now(), lead: Lead::ManyProcesses };
    let (cat, store) = (id("cat"), table.store());
    let changed = store.change_standing(&table.tenant, &cat, &standing, &when, &signed()).await;
    assert!(matches!(changed, Ok(Changed::Created(_))), "{changed:?}");
}

/// Keeps a state of cat as it is read now.
pub(crate) async fn keep(table: &Table, store: &Store, state: CheckState) -> bool {
    let cat = subject(store, &table.tenant, "cat").await;
    store.keep_check(&table.tenant, &cat, state, None).await.unwrap()
}

/// Cat rises to a level, as they are read now.
pub(crate) async fn raise(table: &Table, store: &Store, level: &str, state: CheckState) -> bool {
    let cat = subject(store, &table.tenant, "cat").await;
    let new = raised(&cat, level);
    store.keep_check(&table.tenant, &cat, state, Some(new)).await.unwrap()
}

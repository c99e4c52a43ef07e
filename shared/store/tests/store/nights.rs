//! Who is due for a check is listed, and nobody else: whom something was posted for since the last
//! night, whose day has come, and all where the plan asks for something else.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use upline_domain::ids::TenantId;
use upline_domain::member::{Risk, Status};
use upline_domain::schedule::{Lead, Wanted};
use upline_domain::time;
use upline_store::{Changed, CheckState, Due, Night, PostOrder, Signed, Standing, Store, keys};
use upline_testkit::plans::signed;
use upline_testkit::run;

use crate::checked::{night, subject};
use crate::table::Table;
use crate::values::{at, binding, id, member, paid, refund};

/// The day in Shanghai.
pub(crate) fn today(at: Timestamp) -> Date {
    time::day(at, &TimeZone::get("Asia/Shanghai").unwrap())
}

/// A night of the same plan as all others here.
pub(crate) fn night_at(began: &str) -> Night {
    Night { began: at(began), ..night(0, 1) }
}

/// All who are due, in pages of at most so many, through a process of its own each.
pub(crate) async fn listed(
    table: &Table,
    tenant: &TenantId,
    (last, now): (Option<Night>, Night),
    limit: usize,
) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for shard in 0..keys::SHARDS {
        let due = Due::of(tenant, shard, last, now, today);
        let mut after = None;
        loop {
            let page = table.store().due(&due, limit, after).await.unwrap();
            let once: BTreeSet<_> = page.items.iter().collect();
            assert_eq!(once.len(), page.items.len(), "each once on a page: {page:?}");
            assert!(page.items.len() <= limit, "{page:?}");
            assert!(page.items.iter().all(|id| keys::distributor_shard(id) == shard), "{page:?}");
            all.extend(page.items.iter().map(ToString::to_string));
            after = page.after;
            if after.is_none() {
                break;
            }
        }
    }
    all
}

async fn due(table: &Table, last: &str, now: &str) -> BTreeSet<String> {
    listed(table, &table.tenant, (Some(night_at(last)), night_at(now)), 100).await
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// Somebody registers directly below this one, and is posted at a time.
pub(crate) async fn recruits(table: &Table, tenant: &TenantId, above: &str, time: Timestamp) {
    let below = member(&format!("{above}-{}", time.as_second()), &[above]);
    table.store().post_member(tenant, &below, time).await.unwrap();
}

/// Looks at somebody again on a day, or on none.
pub(crate) async fn look_on(store: &Store, tenant: &TenantId, who: &str, day: Option<&str>) {
    let subject = subject(store, tenant, who).await;
    let state = CheckState { failing: None, look_on: day.map(id) };
    assert!(store.keep_check(tenant, &subject, state, None).await.unwrap());
}

#[test]
fn whoever_was_posted_for_since_the_last_night_is_due() {
    run(async {
        let table = Table::empty().await;
        let first = at("2026-12-28T00:00:00Z");
        // Two a quarter of an hour, over five days of nights between: each at a time of their own.
        let times: Vec<Timestamp> =
            (0..480).map(|n| first + SignedDuration::from_mins(15 * n)).collect();
        for time in &times {
            recruits(&table, &table.tenant, &format!("d{}", time.as_second()), *time).await;
        }
        let nights = [
            ("2026-12-29T18:00:00Z", "2026-12-30T18:00:00Z"),
            // Less than an hour after midnight, and an hour after it.
            ("2026-12-30T00:59:59.999Z", "2026-12-30T12:00:00Z"),
            ("2026-12-30T01:00:00Z", "2026-12-30T12:00:00Z"),
            // More than an hour before midnight, and an hour before it.
            ("2026-12-30T12:00:00Z", "2026-12-30T22:59:59.999Z"),
            ("2026-12-30T12:00:00Z", "2026-12-30T23:00:00Z"),
            // After nights that were left out, and at once again.
            ("2026-12-28T12:00:00Z", "2026-12-31T12:00:00Z"),
            ("2026-12-31T12:00:00Z", "2026-12-31T12:00:00Z"),
            // One that began before the last that is done.
            ("2026-12-31T12:00:00Z", "2026-12-29T12:00:00Z"),
        ];
        let hour = SignedDuration::from_hours(1);
        for (last, now) in nights {
            let (from, to) = (at(last) - hour, at(now) + hour);
            let text = |time: Timestamp| time::text(time)[..10].to_owned();
            let (first, end) = (text(from), text(to));
            let want = |days: bool, time: &&Timestamp| {
                let within = from <= **time && **time <= to;
                let day = text(**time);
                within || (days && first <= day && day <= end)
            };
            let of = |days| -> BTreeSet<String> {
                let within = times.iter().filter(|time| want(days, time));
                within.map(|time| format!("d{}", time.as_second())).collect()
            };
            let found = due(&table, last, now).await;
            assert!(found.is_superset(&of(false)), "{last} to {now}: nobody is left out");
            assert_eq!(found, of(true), "{last} to {now}: and of other days nobody is in");
        }
    });
}

#[test]
fn each_kind_of_posting_lists_those_whom_it_moves() {
    run(async {
        let table = Table::with_family().await;
        let (store, tenant) = (table.store(), &table.tenant);
        store.register(tenant, &member("dan", &[])).await.unwrap();
        store.bind(tenant, &id("zoe"), binding("cat")).await.unwrap();
        let day = |day: u8| at(&format!("2027-01-{day:02}T12:00:00Z"));
        let on = async |day: u8| {
            let (last, now) =
                (format!("2027-01-{day:02}T02:00:00Z"), format!("2027-01-{day:02}T20:00:00Z"));
            due(&table, &last, &now).await
        };
        let post = async |at: Timestamp| {
            let record = store.order(tenant, &id("A1")).await.unwrap().unwrap();
            let post = PostOrder { tenant: tenant.clone(), id: id("A1"), record };
            assert!(store.post_orders(vec![post], at).await.unwrap().refused.is_empty());
        };
        let nobody = BTreeSet::new();
        store.record_payment(tenant, &paid("A1", "zoe", 10_000), day(1)).await.unwrap();
        assert_eq!(on(1).await, nobody, "registered, bound and paid: nothing is posted");
        post(day(2)).await;
        assert_eq!(on(2).await, names(["ann", "bob", "cat"]));
        post(day(3)).await;
        assert_eq!(on(3).await, nobody, "the same once more adds nothing");
        store.add_refund(tenant, &id("A1"), &id("r1"), &refund(1_000)).await.unwrap();
        post(day(4)).await;
        assert_eq!(on(4).await, names(["ann", "bob", "cat"]));
        assert_eq!(on(2).await, nobody, "a row is listed where it was posted last");
        let below = member("eve", &["bob", "ann"]);
        store.post_member(tenant, &below, day(5)).await.unwrap();
        assert_eq!(on(5).await, names(["ann", "bob"]));
        store.post_member(tenant, &below, day(6)).await.unwrap();
        assert_eq!(on(6).await, nobody);
        let standings = [
            Standing::Level(id("gold")),
            Standing::Status(Status::Frozen),
            Standing::Risk(Risk::Flagged),
        ];
        for (n, standing) in (7..).zip(&standings) {
            let made = Signed { at: day(n), ..signed() };
            let when = Wanted { from: None, now: day(n), lead: Lead::ManyProcesses };
            let dan = id("dan");
            for (made_on, want) in [(n, names(["dan"])), (n + 10, BTreeSet::new())] {
                let made = Signed { at: day(made_on), ..made.clone() };
                let changed = store.change_standing(tenant, &dan, standing, &when, &made).await;
                let changed = changed.unwrap();
                assert_eq!(matches!(changed, Changed::Created(_)), made_on == n, "{changed:?}");
                assert_eq!(on(made_on).await, want, "{standing:?} on {made_on}");
            }
        }
    });
}

#[test]
fn whose_day_has_come_is_due() {
    run(async {
        let table = Table::with_family().await;
        let (store, tenant) = (table.store(), &table.tenant);
        let days = ["2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02"];
        for day in days {
            let name = format!("d{day}");
            store.register(tenant, &member(&name, &[])).await.unwrap();
            look_on(&store, tenant, &name, Some(day)).await;
        }
        // In Shanghai it is eight hours later.
        let nights: [(&str, &str, &[&str]); 6] = [
            ("2026-12-29T18:00:00Z", "2026-12-30T18:00:00Z", &["2026-12-30", "2026-12-31"]),
            ("2026-12-30T18:00:00Z", "2026-12-31T18:00:00Z", &["2026-12-31", "2027-01-01"]),
            ("2026-12-29T16:59:59.999Z", "2026-12-30T15:59:59.999Z", &days[..2]),
            ("2026-12-29T17:00:00Z", "2026-12-30T16:00:00Z", &days[1..3]),
            ("2026-12-28T15:00:00Z", "2027-01-03T00:00:00Z", &days),
            ("2027-01-02T17:00:00Z", "2027-01-04T00:00:00Z", &[]),
        ];
        for (last, now, want) in nights {
            let want: BTreeSet<String> = want.iter().map(|day| format!("d{day}")).collect();
            assert_eq!(due(&table, last, now).await, want, "{last} to {now}");
        }
        let (last, now, _) = nights[4];
        look_on(&store, tenant, "d2026-12-31", None).await;
        look_on(&store, tenant, "d2026-12-30", Some("2027-06-01")).await;
        let want = names(["d2026-12-29", "d2027-01-01", "d2027-01-02"]);
        assert_eq!(due(&table, last, now).await, want, "a day that was taken back or moved");
    });
}

/// Forty distributors, every other of whom has moved, and every fifth a day that has come.
pub(crate) async fn forty() -> (Table, BTreeSet<String>, BTreeSet<String>) {
    let table = Table::empty().await;
    let (store, tenant) = (table.store(), &table.tenant);
    let (mut all, mut some) = (BTreeSet::new(), BTreeSet::new());
    for n in 0..40 {
        let name = format!("d{n}");
        store.register(tenant, &member(&name, &[])).await.unwrap();
        all.insert(name.clone());
        if n % 2 == 0 {
            some.insert(name.clone());
            let hours = if n % 4 == 0 { 0 } else { 24 };
            let time = at("2026-12-30T12:00:00Z") + SignedDuration::from_hours(hours);
            recruits(&table, tenant, &name, time).await;
        }
        if n % 5 == 0 {
            some.insert(name.clone());
            look_on(&store, tenant, &name, Some("2026-12-31")).await;
        }
        if n % 8 == 0 {
            // By hand on the other day: in two partitions of those who moved.
            let made = Signed { at: at("2026-12-31T13:00:00Z"), ..signed() };
            let when = Wanted { from: None, now: made.at, lead: Lead::ManyProcesses };
            let standing = Standing::Risk(Risk::Flagged);
            store.change_standing(tenant, &id(&name), &standing, &when, &made).await.unwrap();
        }
    }
    (table, all, some)
}

pub(crate) const LAST: &str = "2026-12-30T02:00:00Z";
pub(crate) const NOW: &str = "2026-12-31T20:00:00Z";

#[test]
fn all_are_due_where_the_plan_asks_for_something_else_and_before_the_first_night() {
    run(async {
        let (table, all, some) = forty().await;
        let now = night_at(NOW);
        let other = Night { began: at(NOW), ..night(0, 2) };
        for limit in [1, 2, 3, 7, 40, 100] {
            for last in [None, Some(other)] {
                let found = listed(&table, &table.tenant, (last, now), limit).await;
                assert_eq!(found, all, "limit {limit}, {last:?}");
            }
            let last = Some(night_at(LAST));
            let found = listed(&table, &table.tenant, (last, now), limit).await;
            assert_eq!(found, some, "limit {limit}");
        }
    });
}

#[test]
fn all_are_due_after_a_year_without_a_night() {
    let tenant: TenantId = id("t1");
    let of = |last: &str| {
        Due::of(&tenant, 3, Some(night_at(last)), night_at("2026-12-20T00:00:00Z"), today)
    };
    let all = Due::of(&tenant, 3, None, night_at("2026-12-20T00:00:00Z"), today);
    assert_eq!(of("2025-12-18T23:59:59Z"), all, "366 days and a second");
    assert_ne!(of("2025-12-19T00:00:00Z"), all);
}

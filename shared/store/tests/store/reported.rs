//! A reconciliation of a day, and what it found.

use upline_domain::reconcile::{Act, Compared, Difference, Kind, Outcome};
use upline_store::keys::{self, Key};
use upline_store::{Asked, Shown, Tallies, Touched};
use upline_testkit::now;

use crate::table::Table;
use crate::values::{cny, id};

/// The day that is reconciled.
pub(crate) const DAY: &str = "2026-11-11";

pub(crate) fn asked() -> Asked {
    Asked { by: "olga".to_owned(), dry_run: false }
}

pub(crate) fn tallies(counts: &[(&str, u64)]) -> Tallies {
    counts.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

/// A difference of which nothing became yet.
pub(crate) fn found(difference: Difference) -> Shown {
    Shown { difference, outcome: Outcome::Found, reason: None }
}

/// A line of an order that stands beside the right one: all that a difference can have.
pub(crate) fn drifted(order: &str, distributor: &str) -> Difference {
    let values = vec![
        Compared::both("earned", "9.90".to_owned(), "19.80".to_owned()),
        Compared::expected("due", "pending".to_owned()),
        Compared::found("reversed", "0.00".to_owned()),
    ];
    Difference {
        order: Some(id(order)),
        distributor: Some(id(distributor)),
        about: "2026-11-11T04:00:00.000Z".to_owned(),
        currency: Some(cny()),
        ..Difference::new(Kind::LineDrift, values, Act::Post)
    }
}

/// A row of the list that cannot be read, which is of no order and nobody.
pub(crate) fn unreadable(row: u64) -> Difference {
    let why = vec![Compared::found("why", "row 7: 缺少 paid_at".to_owned())];
    Difference { about: row.to_string(), ..Difference::new(Kind::UnreadableRow, why, Act::Look) }
}

/// An order that is not here.
pub(crate) fn missing(order: &str) -> Difference {
    let paid = vec![Compared::expected("paid", "99.00".to_owned())];
    Difference { order: Some(id(order)), ..Difference::new(Kind::MissingHere, paid, Act::Feed) }
}

pub(crate) fn touched(distributor: &str, order: Option<&str>) -> Touched {
    Touched { distributor: id(distributor), order: order.map(id) }
}

/// A run over the day that is done, and found something.
pub(crate) async fn reported(table: &Table) {
    let (store, tenant, day) = (table.store(), &table.tenant, id(DAY));
    let run = store.begin_run(tenant, day, &asked(), now()).await.unwrap().number;
    let all = [found(drifted("A1", "cat")), found(unreadable(7))];
    store.keep_differences(tenant, day, run, &all).await.unwrap();
    let (of, reason) = (&all[0].difference, Some("the order itself is in question"));
    store.keep_outcome(tenant, day, run, of, Outcome::Left, reason).await.unwrap();
    let all = [touched("cat", None), touched("cat", Some("A1"))];
    store.keep_touched(tenant, day, run, &all, now()).await.unwrap();
    let (counted, list) = (tallies(&[("orders", 3), ("paid#CNY", 24_300)]), "demo/2026-11-11.csv");
    let part = ("orders", 0);
    store.end_part(tenant, day, run, part, &counted, Some(list)).await.unwrap().unwrap();
    assert!(store.finish_run(tenant, day, run, &counted, now()).await.unwrap());
}

/// An item of every kind of it, by its name.
pub(crate) fn kinds(table: &Table) -> Vec<(&'static str, Key)> {
    let (tenant, day, cat) = (&table.tenant, id(DAY), &id("cat"));
    vec![
        ("run", keys::run(tenant, day, 1)),
        ("difference", keys::difference(tenant, day, 1, &drifted("A1", "cat"))),
        ("difference-of-nobody", keys::difference(tenant, day, 1, &unreadable(7))),
        ("touched", keys::touched(tenant, day, 1, cat, Some(&id("A1")))),
        ("touched-distributor", keys::touched(tenant, day, 1, cat, None)),
    ]
}

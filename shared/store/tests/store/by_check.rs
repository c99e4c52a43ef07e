//! The conditional writes of checks and nights, for `writers.rs`.

use futures::future::BoxFuture;
use jiff::ToSpan;
use upline_store::{CheckState, Store, Subject};

use crate::checked::{in_hours, night, raised, subject};
use crate::table::Table;
use crate::writers::{Stands, Write};
use crate::writes::{family, nothing};

/// The fact's own day on which cat is looked at again.
fn state(fact: u64) -> CheckState {
    let first = jiff::civil::date(2027, 1, 1);
    let look_on = first.checked_add(i64::try_from(fact).unwrap().days()).unwrap();
    CheckState { failing: None, look_on: Some(look_on) }
}

/// Checks cat once, as they were read.
async fn look(table: &Table, store: &Store, fact: u64) -> String {
    let cat = subject(store, &table.tenant, "cat").await;
    let kept = store.keep_check(&table.tenant, &cat, state(fact), None).await.unwrap();
    if kept { "kept" } else { "refused" }.into()
}

/// Checks cat until it is kept that they rise to a level that is the fact's own.
async fn raise(table: &Table, store: &Store, fact: u64) -> String {
    let level = format!("level-{fact}");
    let has = |cat: &Subject| cat.member.levels.0.iter().any(|(_, held)| held.as_str() == level);
    loop {
        let cat = subject(store, &table.tenant, "cat").await;
        if has(&cat) {
            return "exists".into();
        }
        let mut new = raised(&cat, &level);
        // Each from a time of its own, whoever comes first.
        new.from = in_hours(1 + i64::try_from(fact).unwrap());
        let earlier = cat.member.levels.0.iter().filter(|(from, _)| *from <= new.from);
        new.place = earlier.count();
        let state = cat.check.clone();
        if store.keep_check(&table.tenant, &cat, state, Some(new)).await.unwrap() {
            return "created".into();
        }
    }
}

/// A family whose cat was checked before.
fn checked(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        table.settle_family().await;
        look(table, &table.store(), 100).await;
    })
}

/// Every conditional write of a check, and of a night. Between two checks that come to a level,
/// each of the three conditions stands in for the others; of two nights, the one that comes second
/// may be the later. Where each condition is alone, `checks_meanwhile.rs` and `nights_paged.rs`
/// take it out.
pub(crate) const BY_CHECK: &[Write] = &[
    Write {
        name: "the first state of checks",
        calls: &["check.rs state: when_absent \"n\""],
        conditions: &["CHECK attribute_not_exists(n)"],
        given: family,
        write: |table, store, fact| Box::pin(look(table, store, fact)),
        heard: ["kept", "refused", "refused"],
        stands: Stands::Winner,
    },
    Write {
        name: "another state of checks",
        calls: &["check.rs state: when_equal \"n\""],
        conditions: &["CHECK n = ?"],
        given: checked,
        write: |table, store, fact| Box::pin(look(table, store, fact)),
        heard: ["kept", "refused", "refused"],
        stands: Stands::Winner,
    },
    Write {
        name: "levels by checks",
        calls: &[
            "check.rs keep_check: when_absent \"n\"",
            "check.rs keep_check: when_present \"id\"",
            "check.rs keep_check: when_equal \"n\"",
            "check.rs keep_check: put_action encode",
        ],
        conditions: &[],
        given: family,
        write: |table, store, fact| Box::pin(raise(table, store, fact)),
        heard: ["created", "exists", "created"],
        stands: Stands::Each,
    },
    Write {
        name: "a night",
        calls: &["nights.rs end_night: when_at_most \"began\""],
        conditions: &[],
        given: nothing,
        write: |table, store, fact| {
            Box::pin(async move {
                let night = night(i64::try_from(fact).unwrap(), u8::try_from(fact).unwrap());
                store.end_night(&table.tenant, 3, night).await.unwrap();
                "done".into()
            })
        },
        heard: ["done"; 3],
        stands: Stands::Newest,
    },
];

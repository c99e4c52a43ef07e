//! What a check comes to, kept beside what somebody else does meanwhile: each condition keeps two
//! apart, and where it is alone, it is missed if it is taken out.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::BoxFuture;
use upline_domain::member::{Risk, Status};
use upline_domain::schedule::{Lead, Wanted};
use upline_store::keys::{self, Key};
use upline_store::{Changed, CheckState, Item, Standing};
use upline_testkit::plans::signed;
use upline_testkit::{now, run};

use crate::checked::{by_hand, fails, in_hours, keep, raised, subject};
use crate::meeting::{Meeting, Pace};
use crate::table::{TABLE, Table, read_plan};
use crate::values::id;

fn member_key(table: &Table) -> Key {
    keys::member(&table.tenant, &id("cat"))
}

/// What comes between the reading of a subject and what is kept of their check.
type Between = for<'a> fn(&'a Table) -> BoxFuture<'a, ()>;

/// What a check comes to, with what was there before and what somebody else does meanwhile; and the
/// one condition, as the table is sent it, that keeps both apart.
struct Meets {
    name: &'static str,
    before: Between,
    between: Between,
    raises: bool,
    condition: &'static str,
}

fn as_it_is(_: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {})
}

fn freeze(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(by_hand(table, Standing::Status(Status::Frozen)))
}

fn flag(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(by_hand(table, Standing::Risk(Risk::Flagged)))
}

fn looked(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async { assert!(keep(table, &table.store(), fails()).await) })
}

fn looked_again(table: &Table) -> BoxFuture<'_, ()> {
    let state = CheckState { look_on: Some(id("2027-03-01")), failing: None };
    Box::pin(async { assert!(keep(table, &table.store(), state).await) })
}

/// The fact of a first change is there, as where the distributor was restored from before it.
fn told(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        let before = table.item(&member_key(table)).await;
        by_hand(table, Standing::Level(id("silver"))).await;
        table.put(before).await;
    })
}

fn gone(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        let Key { pk, sk } = member_key(table);
        let delete = table.client().delete_item().table_name(TABLE);
        let delete = delete.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk));
        delete.send().await.unwrap();
    })
}

const MEETS: &[Meets] = &[
    Meets {
        name: "a level, and the first change by hand",
        before: as_it_is,
        between: freeze,
        raises: true,
        condition: "MEMBER attribute_not_exists(n)",
    },
    Meets {
        name: "a level, and another change by hand",
        before: freeze,
        between: flag,
        raises: true,
        condition: "MEMBER n = ?",
    },
    Meets {
        name: "a level, and the first state by another check",
        before: as_it_is,
        between: looked,
        raises: true,
        condition: "CHECK attribute_not_exists(n)",
    },
    Meets {
        name: "a level, and another state by another check",
        before: looked,
        between: looked_again,
        raises: true,
        condition: "CHECK n = ?",
    },
    Meets {
        name: "a level whose fact is another's",
        before: told,
        between: as_it_is,
        raises: true,
        condition: "LEVEL attribute_not_exists(pk)",
    },
    Meets {
        name: "a level of one who is not there any more",
        before: as_it_is,
        between: gone,
        raises: true,
        condition: "MEMBER attribute_exists(id)",
    },
    Meets {
        name: "a state, and the first state by another check",
        before: as_it_is,
        between: looked,
        raises: false,
        condition: "CHECK attribute_not_exists(n)",
    },
    Meets {
        name: "a state, and another state by another check",
        before: looked,
        between: looked_again,
        raises: false,
        condition: "CHECK n = ?",
    },
];

/// Whether what a check came to was kept, and what is there before and after, by a process all of
/// whose requests lack a condition.
async fn meet(
    meets: &Meets,
    broken: Option<&str>,
) -> (bool, BTreeMap<Key, Item>, BTreeMap<Key, Item>) {
    let table = Table::with_family().await;
    (meets.before)(&table).await;
    let meeting = Meeting::default();
    let store = meeting.writer(&table, (0, Pace::Free), read_plan, broken);
    let cat = subject(&store, &table.tenant, "cat").await;
    (meets.between)(&table).await;
    let before = table.items().await;
    let new = meets.raises.then(|| raised(&cat, "gold"));
    let state = CheckState { look_on: Some(id("2027-06-01")), failing: None };
    let kept = store.keep_check(&table.tenant, &cat, state, new).await.unwrap();
    assert_eq!(meeting.broken(), usize::from(broken.is_some()), "{}: {broken:?}", meets.name);
    (kept, before, table.items().await)
}

#[test]
fn nothing_is_kept_over_what_somebody_else_wrote_since() {
    run(async {
        for meets in MEETS {
            let (kept, before, after) = meet(meets, None).await;
            assert!(!kept && before == after, "{}: {kept}", meets.name);
        }
    });
}

#[test]
fn each_condition_of_a_check_is_missed_where_it_is_alone() {
    run(async {
        for meets in MEETS {
            let (kept, before, after) = meet(meets, Some(meets.condition)).await;
            assert!(kept && before != after, "{}: nobody misses it", meets.name);
        }
    });
}

#[test]
fn a_state_is_kept_beside_a_change_by_hand_which_has_them_looked_at_again() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        let late = subject(&store, &table.tenant, "cat").await;
        freeze(&table).await;
        assert!(store.keep_check(&table.tenant, &late, fails(), None).await.unwrap());
        let cat = subject(&store, &table.tenant, "cat").await;
        assert_eq!((cat.check, cat.member.status_at(in_hours(1))), (fails(), Status::Frozen));
        let moved = keys::moved(&table.tenant, id("2026-12-31"), &id("cat"));
        let listed = table.item(&member_key(&table)).await.remove("gsi1pk");
        assert_eq!(listed, Some(AttributeValue::S(moved)));
    });
}

#[test]
fn a_level_by_hand_is_not_written_over_the_fact_of_another() {
    run(async {
        let table = Table::with_family().await;
        told(&table).await;
        let before = table.items().await;
        let when = Wanted { from: None, now: now(), lead: Lead::ManyProcesses };
        let (cat, gold, signed) = (id("cat"), Standing::Level(id("gold")), signed());
        let change = async |broken| {
            let store = Meeting::default().writer(&table, (0, Pace::Free), read_plan, broken);
            store.change_standing(&table.tenant, &cat, &gold, &when, &signed).await
        };
        let refused = change(None).await.unwrap_err().to_string();
        assert!(refused.starts_with("change_standing: others kept writing"), "{refused}");
        assert_eq!(table.items().await, before);
        let missed = change(Some("LEVEL attribute_not_exists(pk)")).await;
        assert!(matches!(missed, Ok(Changed::Created(_))), "{missed:?}");
    });
}

#[test]
fn a_check_is_kept_as_a_whole_or_not_at_all() {
    run(async {
        for requests in 0..3 {
            let table = Table::with_family().await;
            let before = table.items().await;
            let cat = subject(&table.store(), &table.tenant, "cat").await;
            let store = table.cut_off(requests);
            let new = Some(raised(&cat, "gold"));
            let kept = store.keep_check(&table.tenant, &cat, fails(), new).await;
            let items = table.items().await;
            match kept {
                Ok(kept) => assert!(kept && items.len() == before.len() + 2, "{requests}"),
                Err(_) => assert_eq!(items, before, "{requests}"),
            }
            assert_eq!(requests > 0, items != before, "it is one request");
        }
    });
}

//! The conditional writes of a person, for `writers.rs`: plans, and how a distributor stands.

use futures::future::BoxFuture;
use jiff::SignedDuration;
use upline_domain::activation::ActivationWish;
use upline_domain::member::{Risk, Status};
use upline_domain::schedule::{Lead, Wanted};
use upline_store::{Activated, Changed, Published, Standing, Store, StoreError, StoreResult};
use upline_testkit::now;
use upline_testkit::plans::{draft, signed};

use crate::table::{POLICY, Table};
use crate::values::{THREE_DEEP, id};
use crate::writers::{Stands, Write};
use crate::writes::{family, nothing};

/// What came of a write; none where others were in the way and it is to be made again.
fn made<T>(answer: StoreResult<T>) -> Option<T> {
    match answer {
        Ok(made) => Some(made),
        Err(StoreError::Contended(_)) => None,
        Err(failed) => panic!("{failed}"),
    }
}

/// A version that is not active.
fn published(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        let draft = draft(THREE_DEEP, POLICY);
        table.store().publish(&table.tenant, &draft, &signed()).await.unwrap();
    })
}

/// Activates version 1 from a time that is the fact's own.
async fn activate(table: &Table, store: &Store, fact: u64) -> String {
    let from = now() + SignedDuration::from_hours(1 + i64::try_from(fact).unwrap());
    let when = Wanted { from: Some(from), now: now(), lead: Lead::ManyProcesses };
    let wish = ActivationWish { version: 1, rollout: None, when };
    loop {
        return match made(store.activate(&table.tenant, &wish, &signed()).await) {
            Some(Activated::Created(_)) => "created",
            Some(Activated::Exists(_)) => "exists",
            Some(Activated::UnknownVersion) => "unknown",
            Some(Activated::Cannot(_)) => "cannot",
            None => continue,
        }
        .into();
    }
}

/// Publishes a plan that is the fact's own.
async fn publish(table: &Table, store: &Store, fact: u64) -> String {
    let document = THREE_DEEP.replace("0.10", &format!("0.1{fact}"));
    loop {
        let draft = draft(&document, POLICY);
        return match made(store.publish(&table.tenant, &draft, &signed()).await) {
            Some(Published::Created(_)) => "created",
            Some(Published::Exists(_)) => "exists",
            Some(Published::TooMany) => "too many",
            None => continue,
        }
        .into();
    }
}

/// Changes how cat stands from a time that is the fact's own.
async fn change(table: &Table, store: &Store, standing: &Standing, fact: u64) -> String {
    let from = now() + SignedDuration::from_hours(1 + i64::try_from(fact).unwrap());
    let when = Wanted { from: Some(from), now: now(), lead: Lead::ManyProcesses };
    let cat = id("cat");
    loop {
        let changed = store.change_standing(&table.tenant, &cat, standing, &when, &signed()).await;
        return match made(changed) {
            Some(Changed::Created(_)) => "created",
            Some(Changed::Exists(_)) => "exists",
            Some(Changed::UnknownDistributor) => "unknown",
            Some(Changed::Cannot(_)) => "cannot",
            None => continue,
        }
        .into();
    }
}

/// A family whose cat was frozen by hand before.
fn frozen(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        table.settle_family().await;
        let status = Standing::Status(Status::Frozen);
        change(table, &table.store(), &status, 100).await;
    })
}

/// Every conditional write of a person.
pub(crate) const BY_HAND: &[Write] = &[
    Write {
        name: "a version of the plan",
        calls: &["versions.rs publish: put_action version"],
        conditions: &["V attribute_not_exists(pk)"],
        given: nothing,
        write: |table, store, fact| Box::pin(publish(table, store, fact)),
        heard: ["created", "exists", "created"],
        stands: Stands::Each,
    },
    Write {
        name: "the first activation",
        calls: &["activations.rs activate: when_absent \"n\""],
        conditions: &["ACTIVE attribute_not_exists(n)"],
        given: published,
        write: |table, store, fact| Box::pin(activate(table, store, fact)),
        heard: ["created", "exists", "created"],
        stands: Stands::Each,
    },
    Write {
        name: "another activation",
        calls: &["activations.rs activate: when_equal \"n\""],
        conditions: &["ACTIVE n = ?"],
        given: family,
        write: |table, store, fact| Box::pin(activate(table, store, fact)),
        heard: ["created", "exists", "created"],
        stands: Stands::Each,
    },
    Write {
        name: "the first change by hand of a distributor",
        calls: &[
            "standing.rs change_standing: when_absent \"n\"",
            "standing.rs change_standing: when_present \"id\"",
        ],
        conditions: &["MEMBER attribute_not_exists(n)"],
        given: family,
        write: |table, store, fact| {
            Box::pin(
                async move { change(table, store, &Standing::Status(Status::Frozen), fact).await },
            )
        },
        heard: ["created", "exists", "created"],
        stands: Stands::Each,
    },
    Write {
        name: "another change by hand of a distributor",
        calls: &["standing.rs change_standing: when_equal \"n\""],
        conditions: &["MEMBER n = ?"],
        given: frozen,
        write: |table, store, fact| {
            Box::pin(
                async move { change(table, store, &Standing::Risk(Risk::Flagged), fact).await },
            )
        },
        heard: ["created", "exists", "created"],
        stands: Stands::Each,
    },
    // Two levels are kept apart by the row of either, too: `checks_meanwhile.rs` takes it out.
    Write {
        name: "another level by hand",
        calls: &["standing.rs change_standing: put_action row"],
        conditions: &[],
        given: frozen,
        write: |table, store, fact| {
            Box::pin(async move {
                let level = Standing::Level(id(&format!("level-{fact}")));
                change(table, store, &level, fact).await
            })
        },
        heard: ["created", "exists", "created"],
        stands: Stands::Each,
    },
];

//! An item that a newer program wrote after this one read it, and before it writes.

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::BoxFuture;
use upline_store::keys::{self, Key};
use upline_store::{CheckState, PostOrder, Store, StoreResult};
use upline_testkit::{now, run};

use crate::checked::{fails, keep, night, raised, subject};
use crate::table::{TABLE, Table};
use crate::values::{binding, id, paid, refund};
use crate::writes::{attributed, posted, waiting};

/// Which write meets the newer item, and of which item it is.
struct Meets {
    name: &'static str,
    given: for<'a> fn(&'a Table) -> BoxFuture<'a, ()>,
    nth: usize,
    key: fn(&Table) -> Key,
    write: for<'a> fn(&'a Table, &'a Store) -> BoxFuture<'a, StoreResult<()>>,
}

fn pay<'a>(table: &'a Table, store: &'a Store) -> BoxFuture<'a, StoreResult<()>> {
    Box::pin(async {
        let order = paid("A1", "zoe", 10_000);
        store.record_payment(&table.tenant, &order, now()).await.map(drop)
    })
}

fn post<'a>(table: &'a Table, store: &'a Store) -> BoxFuture<'a, StoreResult<()>> {
    Box::pin(async {
        let id = id("A1");
        let mut record = table.store().order(&table.tenant, &id).await.unwrap().unwrap();
        record.version += 1;
        record.refunds.insert("r1".parse().unwrap(), refund(1_000));
        let post = PostOrder { tenant: table.tenant.clone(), id, record };
        store.post_orders(vec![post], now()).await.map(drop)
    })
}

/// Checks cat, who may rise by it.
async fn look(table: &Table, store: &Store, level: Option<&str>) -> StoreResult<()> {
    let cat = subject(store, &table.tenant, "cat").await;
    let new = level.map(|level| raised(&cat, level));
    let look_on = Some(id("2027-02-01"));
    let state = CheckState { failing: None, look_on };
    store.keep_check(&table.tenant, &cat, state, new).await.map(drop)
}

fn checked(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        table.settle_family().await;
        assert!(keep(table, &table.store(), fails()).await);
    })
}

async fn end(store: &Store, table: &Table, hours: i64) -> StoreResult<()> {
    store.end_night(&table.tenant, 3, night(hours, 1)).await
}

fn line(table: &Table) -> Key {
    let noon = crate::values::at(crate::values::NOON);
    keys::line(&table.tenant, &id("cat"), noon, &id("A1"))
}

const MEETS: &[Meets] = &[
    Meets {
        name: "claim_first",
        given: |table| {
            Box::pin(async {
                table.settle_family().await;
                table.store().bind(&table.tenant, &id("zoe"), binding("cat")).await.unwrap();
            })
        },
        nth: 1,
        key: |table| keys::buyer(&table.tenant, &id("zoe")),
        write: pay,
    },
    Meets {
        name: "add_payment",
        given: waiting,
        nth: 2,
        key: |table| keys::order(&table.tenant, &id("A1")),
        write: pay,
    },
    Meets {
        name: "add_attribution",
        given: waiting,
        nth: 3,
        key: |table| keys::order(&table.tenant, &id("A1")),
        write: pay,
    },
    Meets {
        name: "a state of checks",
        given: checked,
        nth: 1,
        key: |table| keys::check(&table.tenant, &id("cat")),
        write: |table, store| Box::pin(look(table, store, None)),
    },
    Meets {
        name: "a first state of checks",
        given: |table| Box::pin(table.settle_family()),
        nth: 1,
        key: |table| keys::check(&table.tenant, &id("cat")),
        write: |table, store| Box::pin(look(table, store, None)),
    },
    Meets {
        name: "a state of checks with a level",
        given: checked,
        nth: 1,
        key: |table| keys::check(&table.tenant, &id("cat")),
        write: |table, store| Box::pin(look(table, store, Some("gold"))),
    },
    Meets {
        name: "a distributor with a level by a check",
        given: checked,
        nth: 1,
        key: |table| keys::member(&table.tenant, &id("cat")),
        write: |table, store| Box::pin(look(table, store, Some("gold"))),
    },
    Meets {
        name: "a change of level by a check",
        given: checked,
        nth: 1,
        key: |table| keys::level_change(&table.tenant, &id("cat"), 1),
        write: |table, store| Box::pin(look(table, store, Some("gold"))),
    },
    Meets {
        name: "a night",
        given: |table| Box::pin(async { end(&table.store(), table, 0).await.unwrap() }),
        nth: 1,
        key: |table| keys::nights(&table.tenant, 3),
        write: |table, store| Box::pin(end(store, table, 24)),
    },
    Meets { name: "a new line", given: attributed, nth: 1, key: line, write: post },
    Meets { name: "a line that is there", given: posted, nth: 1, key: line, write: post },
];

#[test]
fn what_became_newer_since_it_was_read_is_not_written() {
    run(async {
        for Meets { name, given, nth, key, write } in MEETS {
            let table = Table::empty().await;
            given(&table).await;
            let key = key(&table);
            let mut newer = table.items().await.remove(&key).unwrap_or_default();
            let text = |text: &str| AttributeValue::S(text.to_owned());
            newer.extend([("pk".into(), text(&key.pk)), ("sk".into(), text(&key.sk))]);
            newer.insert("format".into(), AttributeValue::N("2".into()));
            let put = newer.clone();
            let store = table.meanwhile(*nth, move |client| {
                let put = client.put_item().table_name(TABLE).set_item(Some(put.clone()));
                Box::pin(async { drop(put.send().await.unwrap()) })
            });
            let error = write(&table, &store).await.expect_err(name).to_string();
            assert!(error.contains("format 2 is newer than this program"), "{name}: {error}");
            assert_eq!(table.item(&key).await, newer, "{name}");
        }
    });
}

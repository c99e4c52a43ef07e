//! An item that a newer program wrote, or somebody's hand, is refused with what is wrong with it.

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::BoxFuture;
use upline_store::keys::{self, Key};
use upline_store::{Damaged, Item, Period, PostOrder, Store};
use upline_testkit::{now, run};

use crate::reported::DAY;
use crate::story::{kinds, told};
use crate::table::Table;
use crate::values::id;

type Reading = for<'a> fn(&'a Table, &'a Store) -> BoxFuture<'a, Result<(), String>>;

/// A kind of item: how it is read, which of its attributes must be there, and which may be.
struct Kind {
    name: &'static str,
    read: Reading,
    required: &'static [&'static str],
    optional: &'static [&'static str],
}

const ORDER: Kind = Kind {
    name: "order",
    read: |table, store| {
        Box::pin(async {
            let read = store.order(&table.tenant, &id("A1")).await;
            read.map(|record| assert!(record.is_some())).map_err(|error| error.to_string())
        })
    },
    required: &["format", "ver", "buyer", "currency", "paid_at", "lines"],
    optional: &["attributed", "completed_at", "refund#r1", "refund#r2", "discount", "region"],
};

const MEMBER: Kind = Kind {
    name: "member",
    read: |table, store| {
        Box::pin(async {
            let read = store.members(&table.tenant, &[id("bob")], now()).await;
            let cached = read.map(|found| assert_eq!(found.len(), 1));
            let read = store.member(&table.tenant, &id("bob")).await;
            let read = read.map(|found| assert!(found.is_some())).map_err(|e| e.to_string());
            assert_eq!(cached.map_err(|error| error.to_string()), read, "read the same both ways");
            read
        })
    },
    required: &[
        "format",
        "id",
        "registered_at",
        "registered_on",
        "lineage",
        "code",
        "levels",
        "statuses",
        "registration",
    ],
    optional: &["name", "risks"],
};

const LINE: Kind = Kind {
    name: "line",
    read: |table, store| {
        Box::pin(async {
            let period = Period::default();
            let read = store.commissions(&table.tenant, &id("cat"), period, 9, None).await;
            read.map(|page| assert_eq!(page.items.len(), 1)).map_err(|error| error.to_string())
        })
    },
    required: &[
        "format",
        "order",
        "ver",
        "n",
        "currency",
        "paid_at",
        "day",
        "depth",
        "earned",
        "reversed",
        "own_orders",
        "own_sales",
        "team_sales",
    ],
    optional: &["due"],
};

const BALANCE: Kind = Kind {
    name: "balance",
    read: |table, store| {
        Box::pin(async {
            let read = store.balances(&table.tenant, &id("cat")).await;
            read.map(|all| assert_eq!(all.len(), 1)).map_err(|error| error.to_string())
        })
    },
    required: &["format", "currency"],
    optional: &["due#2026-11-28"],
};

const BUYER: Kind = Kind {
    name: "buyer",
    read: |table, store| {
        Box::pin(async {
            let read = store.buyer(&table.tenant, &id("zoe")).await;
            let read = read.map(|(buyer, _)| assert!(buyer.first_order.is_some()));
            read.map_err(|error| error.to_string())
        })
    },
    required: &["format", "bound_at", "how"],
    optional: &["distributor", "first_order"],
};

const CHECK: Kind = Kind {
    name: "check",
    read: |table, store| {
        Box::pin(async {
            let pk = keys::distributor(&table.tenant, &id("bob"));
            let read = store.subjects(&table.tenant, &[id("bob")]).await.unwrap().remove("bob");
            let read = read.unwrap().map(|bob| assert!(bob.check.failing.is_some()));
            read.map_err(|damaged| format!("item {pk}: {damaged}"))
        })
    },
    required: &["format"],
    optional: &["n", "failing", "failing_since", "look_on"],
};

const LEVEL: Kind = Kind {
    name: "level",
    read: |table, store| {
        Box::pin(async {
            let read = store.level_changes(&table.tenant, &id("bob"), 9, None).await;
            let read = read.map(|page| assert!(page.items[0].checked.is_some()));
            read.map_err(|error| error.to_string())
        })
    },
    required: &["format", "n", "level", "from", "made_at", "by", "role", "plan", "readings"],
    optional: &["was", "checked_on"],
};

const NIGHT: Kind = Kind {
    name: "night",
    read: |table, store| {
        Box::pin(async {
            let read = store.last_night(&table.tenant, keys::distributor_shard(&id("bob"))).await;
            read.map(|night| assert!(night.is_some())).map_err(|error| error.to_string())
        })
    },
    required: &["format", "began", "ladder"],
    optional: &[],
};

const RUN: Kind = Kind {
    name: "run",
    read: |table, store| {
        Box::pin(async {
            let run = store.run(&table.tenant, id(DAY), 1).await;
            let run = run.map(|run| run.unwrap()).map_err(|error| error.to_string());
            let last = store.last_run(&table.tenant, id(DAY)).await;
            let last = last.map(|run| run.unwrap()).map_err(|error| error.to_string());
            assert_eq!(run, last, "read the same both ways");
            run.map(drop)
        })
    },
    required: &["format", "by", "dry_run", "started_at"],
    optional: &["list", "done#orders#0", "summary", "finished_at"],
};

const DIFFERENCE: Kind = Kind {
    name: "difference",
    read: |table, store| {
        Box::pin(async {
            let (of, a1) = ((id(DAY), 1), id("A1"));
            let own = store.differences_of(&table.tenant, of, &a1).await;
            let own = own.map_err(|error| error.to_string());
            let shard = keys::order_shard(&a1);
            let page = store.differences(&table.tenant, of, shard, 1, None).await;
            let page = page.map(|page| page.items).map_err(|error| error.to_string());
            assert_eq!(own, page, "read the same both ways");
            own.map(|own| assert_eq!(own.len(), 1))
        })
    },
    required: &["format", "kind", "about", "values", "act", "outcome"],
    optional: &["order", "distributor", "currency", "reason"],
};

const TOUCHED: Kind = Kind {
    name: "touched",
    read: |table, store| {
        Box::pin(async {
            let read = store.touched_orders(&table.tenant, (id(DAY), 1), &id("cat")).await;
            read.map(|orders| assert_eq!(orders.len(), 1)).map_err(|error| error.to_string())
        })
    },
    required: &["format", "distributor"],
    optional: &["order"],
};

const KINDS: [&Kind; 11] =
    [&ORDER, &MEMBER, &LINE, &BALANCE, &BUYER, &CHECK, &LEVEL, &NIGHT, &RUN, &DIFFERENCE, &TOUCHED];

async fn item(table: &Table, kind: &str) -> (Key, Item) {
    let (_, key) = kinds(table).into_iter().find(|(name, _)| *name == kind).unwrap();
    let item = table.item(&key).await;
    (key, item)
}

/// What is said of an item after it was changed; it must name the item.
async fn said(table: &Table, kind: &Kind, changed: Item) -> String {
    let pk = changed["pk"].as_s().unwrap().clone();
    table.put(changed).await;
    let error = (kind.read)(table, &table.store()).await.unwrap_err();
    assert!(error.starts_with(&format!("item {pk}: ")), "{error}");
    error
}

#[test]
fn a_newer_format_is_refused_by_its_number() {
    run(async {
        for kind in KINDS {
            let table = told().await;
            let (_, mut item) = item(&table, kind.name).await;
            (kind.read)(&table, &table.store()).await.unwrap();
            item.insert("format".into(), AttributeValue::N("2".into()));
            let error = said(&table, kind, item).await;
            assert!(error.contains("format 2 is newer than this program"), "{error}");
        }
    });
}

#[test]
fn a_missing_attribute_is_named() {
    run(async {
        for kind in KINDS {
            let table = told().await;
            let (_, item) = item(&table, kind.name).await;
            for name in kind.required {
                let mut changed = item.clone();
                assert!(changed.remove(*name).is_some(), "{} has {name}", kind.name);
                let error = said(&table, kind, changed).await;
                assert!(
                    error.ends_with(&format!("attribute {name} is missing or not of its type"))
                );
            }
        }
    });
}

#[test]
fn an_attribute_of_another_type_is_named() {
    run(async {
        for kind in KINDS {
            let table = told().await;
            let (_, item) = item(&table, kind.name).await;
            for name in kind.required.iter().chain(kind.optional) {
                let mut changed = item.clone();
                let was = changed.insert((*name).into(), AttributeValue::Null(true));
                assert!(was.is_some(), "{} has {name}", kind.name);
                let error = said(&table, kind, changed).await;
                assert!(error.contains(&format!("attribute {name} ")), "{name}: {error}");
            }
        }
    });
}

#[test]
fn what_is_missing_inside_an_order_is_named() {
    run(async {
        let table = told().await;
        let (_, item) = item(&table, "order").await;
        let attributed = item["attributed"].as_m().unwrap();
        for name in attributed.keys().filter(|name| *name != "first") {
            let mut inner = attributed.clone();
            inner.remove(name);
            let mut changed = item.clone();
            changed.insert("attributed".into(), AttributeValue::M(inner));
            let error = said(&table, &ORDER, changed).await;
            assert!(error.contains(&format!("attribute {name} ")), "{name}: {error}");
        }
        for name in ["i", "s", "q", "p"] {
            let mut lines = item["lines"].as_l().unwrap().clone();
            let mut first = lines[0].as_m().unwrap().clone();
            assert!(first.remove(name).is_some());
            lines[0] = AttributeValue::M(first);
            let mut changed = item.clone();
            changed.insert("lines".into(), AttributeValue::L(lines));
            let error = said(&table, &ORDER, changed).await;
            assert!(error.contains(&format!("attribute {name} ")), "{name}: {error}");
        }
    });
}

#[test]
fn a_line_of_a_newer_program_is_not_posted_over() {
    run(async {
        let table = told().await;
        let store = table.store();
        let (key, mut item) = item(&table, "line").await;
        item.insert("format".into(), AttributeValue::N("2".into()));
        table.put(item).await;
        let mut record = store.order(&table.tenant, &id("A1")).await.unwrap().unwrap();
        record.version += 1;
        record.refunds.clear();
        let before = table.items().await;
        let post = PostOrder { tenant: table.tenant.clone(), id: id("A1"), record };
        let error = store.post_orders(vec![post], now()).await.unwrap_err().to_string();
        assert!(error.contains("format 2"), "{error}");
        assert_eq!(table.items().await.get(&key), before.get(&key));
    });
}

#[test]
fn a_damaged_order_does_not_hold_up_the_others() {
    run(async {
        let table = told().await;
        let (_, mut item) = item(&table, "order").await;
        item.insert("format".into(), AttributeValue::N("2".into()));
        table.put(item).await;
        let ids = ["A1", "A2", "none"].map(id);
        let mut orders = table.store().orders(&table.tenant, &ids).await.unwrap();
        orders.sort_by(|(one, _), (other, _)| one.cmp(other));
        let [(a1, damaged), (a2, read)] = &orders[..] else { panic!("two: {orders:?}") };
        assert_eq!((a1, a2), (&ids[0], &ids[1]));
        assert_eq!(damaged, &Err(Damaged::Format(2)));
        assert!(read.as_ref().unwrap().paid.is_some());
    });
}

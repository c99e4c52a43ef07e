//! `read_books` and `mend`: books are read whole, and put right only as they were read.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_types::body::SdkBody;
use jiff::SignedDuration;
use proptest::prelude::*;
use upline_domain::books::Sums;
use upline_domain::contribution::contributions;
use upline_domain::order::{Paid, Payment, Record};
use upline_store::keys::{self, Key};
use upline_store::{AuditEntry, Item, Period, PostOrder, Reading, Store};
use upline_testkit::{now, run};

use crate::cases;
use crate::mending::{books, both, contribution, line_of_a1, mend, pending, rows, sold};
use crate::table::Table;
use crate::values::{NOON, at, binding, cny, id, payment, refund};
use crate::writes::posted;

const PEOPLE: [&str; 3] = ["ann", "bob", "cat"];

/// A table where A1 of zoe is posted.
async fn table_with_a1() -> Table {
    let table = Table::empty().await;
    posted(&table).await;
    table
}

async fn audited(table: &Table) -> Vec<AuditEntry> {
    let page = table.store().audit(&table.tenant, Period::default(), 200, None).await.unwrap();
    let mut own = page.items;
    own.retain(|one| one.action.starts_with("reconcile."));
    own
}

fn n(item: &Item) -> u64 {
    item["n"].as_n().unwrap().parse().unwrap()
}

/// The item as somebody else wrote it since: once more, and otherwise the same.
async fn written(table: &Table, key: &Key) {
    let mut item = table.item(key).await;
    item.insert("n".into(), AttributeValue::N((n(&item) + 1).to_string()));
    table.put(item).await;
}

/// A line, a balance and a day are wrong by so much.
fn all_three() -> Sums {
    both(pending(cny(), -4), sold(-4))
}

#[test]
fn a_mend_is_refused_where_one_of_its_rows_was_written_since() {
    run(async {
        for place in 0..3 {
            let table = table_with_a1().await;
            let store = table.store();
            let read = books(&table, &store, "cat").await;
            written(&table, &rows(&table)[place]).await;
            let before = table.items().await;
            let lines = [line_of_a1(&read, Some(9_996))];
            assert!(!mend(&table, &store, &read, (&lines, all_three())).await, "row {place}");
            assert_eq!(table.items().await, before, "row {place}: all or nothing");
            let read = books(&table, &store, "cat").await;
            assert!(mend(&table, &store, &read, (&lines_now(&read), all_three())).await);
        }
    });
}

fn lines_now(read: &upline_store::ReadBooks) -> [upline_store::LineMend; 1] {
    [line_of_a1(read, Some(9_996))]
}

#[test]
fn a_mend_is_refused_where_one_of_its_rows_appeared_or_went_since() {
    run(async {
        for place in 0..3 {
            let table = table_with_a1().await;
            let store = table.store();
            let there = table.item(&rows(&table)[place]).await;
            let gone = |table: &Table| {
                let delete = table.client().delete_item().table_name(crate::table::TABLE);
                let delete = delete.key("pk", there["pk"].clone()).key("sk", there["sk"].clone());
                async move { drop(delete.send().await.unwrap()) }
            };
            gone(&table).await;
            let read = books(&table, &store, "cat").await;
            let lines = lines_now(&read);
            table.put(there.clone()).await;
            let before = table.items().await;
            assert!(!mend(&table, &store, &read, (&lines, all_three())).await, "{place} appeared");
            assert_eq!(table.items().await, before, "row {place}: all or nothing");

            let read = books(&table, &store, "cat").await;
            gone(&table).await;
            let before = table.items().await;
            let lines = lines_now(&read);
            assert!(!mend(&table, &store, &read, (&lines, all_three())).await, "{place} went");
            assert_eq!(table.items().await, before, "row {place}: all or nothing");
        }
    });
}

#[test]
fn what_is_written_beside_it_does_not_refuse_a_mend() {
    run(async {
        let table = table_with_a1().await;
        let store = table.store();
        let read = books(&table, &store, "cat").await;
        for key in rows(&table) {
            written(&table, &key).await;
        }
        let day = [((id("2026-11-12"), cny()), [0, 5, 0, 0, 0])].into();
        let add = both(pending(id("USD"), 5), Sums { days: day, ..Sums::default() });
        assert!(mend(&table, &store, &read, (&[], add)).await);
    });
}

#[test]
fn a_mend_puts_right_what_it_names_and_each_has_its_entry() {
    run(async {
        let table = table_with_a1().await;
        let store = table.store();
        let before = table.items().await;
        let read = books(&table, &store, "cat").await;
        let lines = [line_of_a1(&read, Some(9_996))];
        assert!(mend(&table, &store, &read, (&lines, all_three())).await);

        let after = books(&table, &store, "cat").await;
        let [line] = &after.kept[..] else { panic!("one line") };
        assert_eq!((line.counted.earned.minor(), line.n, line.version), (9_996, 2, 1));
        assert_eq!(after.stored.minus(&read.stored).unwrap(), all_three());
        let items = table.items().await;
        for key in &rows(&table)[1..] {
            assert_eq!(n(&items[key]), n(&before[key]) + 1, "{key:?}");
        }
        let day = &items[&rows(&table)[2]];
        let moved = keys::moved(&table.tenant, id("2026-12-31"), &id("cat"));
        assert_eq!(day["gsi1pk"].as_s().unwrap(), &moved, "cat is due for the next night");
        let others = |items: &BTreeMap<Key, Item>| {
            let mut items = items.clone();
            items.retain(|key, _| !key.pk.contains("#A") && !rows(&table).contains(key));
            items
        };
        assert_eq!(others(&items), others(&before), "and nothing else");

        let mut entries = audited(&table).await;
        entries.sort_by(|one, other| one.action.cmp(&other.action));
        let told: Vec<_> = entries
            .iter()
            .map(|one| {
                let changed =
                    one.after.iter().filter(|(name, to)| one.before.get(*name) != Some(*to));
                let changed = changed.map(|(name, to)| format!("{name} {} {to}", one.before[name]));
                (one.action.as_str(), one.about.as_str(), changed.collect::<Vec<_>>())
            })
            .collect();
        let said = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let want = [
            ("reconcile.balance", "cat CNY", said(&["pending 100.00 99.96"])),
            ("reconcile.day", "cat 2026-11-11 CNY", said(&["own_sales 1000.00 999.96"])),
            ("reconcile.line", "cat A1 2026-11-11T04:00:00.000Z", said(&["earned 100.00 99.96"])),
        ];
        assert_eq!(told, want);
        assert!(entries.iter().all(|one| one.signed == upline_testkit::plans::signed()));
    });
}

#[test]
fn each_mend_of_one_moment_keeps_entries_of_its_own() {
    run(async {
        let table = table_with_a1().await;
        let store = table.store();
        for round in 1..=3 {
            let read = books(&table, &store, "cat").await;
            let lines = [line_of_a1(&read, Some(9_996 - round))];
            assert!(mend(&table, &store, &read, (&lines, all_three())).await);
            assert_eq!(audited(&table).await.len(), usize::try_from(3 * round).unwrap());
        }
    });
}

#[test]
fn a_line_is_taken_away_and_one_that_was_missing_is_there() {
    run(async {
        let table = table_with_a1().await;
        let store = table.store();
        let read = books(&table, &store, "cat").await;
        assert!(mend(&table, &store, &read, (&[line_of_a1(&read, None)], Sums::default())).await);
        let gone = books(&table, &store, "cat").await;
        assert_eq!((gone.kept.len(), gone.lines.clone()), (0, Sums::default()));
        assert_eq!(gone.stored, read.stored, "balances and days are not the line's");
        let [entry] = &audited(&table).await[..] else { panic!("one entry") };
        assert!(entry.after.is_empty() && entry.before["earned"] == "100.00", "{entry:?}");

        assert!(!mend(&table, &store, &read, (&[line_of_a1(&read, None)], Sums::default())).await);
        let none = [line_of_a1(&gone, None)];
        let before = table.items().await;
        assert!(mend(&table, &store, &gone, (&none, Sums::default())).await, "nothing to take");
        assert_eq!(table.items().await, before, "a mend of nothing writes nothing");
        assert!(
            mend(&table, &store, &gone, (&[line_of_a1(&gone, Some(7))], Sums::default())).await
        );
        let back = books(&table, &store, "cat").await;
        let [line] = &back.kept[..] else { panic!("one line") };
        assert_eq!((line.counted.earned.minor(), line.n), (7, 1));
        assert!(
            !mend(&table, &store, &gone, (&[line_of_a1(&gone, Some(7))], Sums::default())).await
        );
    });
}

/// The day of cat as a program of before wrote it, which did not count how often.
async fn without_n(table: &Table) -> Key {
    let [.., day] = rows(table);
    let mut item = table.item(&day).await;
    assert!(item.remove("n").is_some());
    table.put(item).await;
    day
}

#[test]
fn a_day_that_does_not_count_its_writes_is_put_right_once() {
    run(async {
        let table = table_with_a1().await;
        let store = table.store();
        let day = without_n(&table).await;
        let read = books(&table, &store, "cat").await;
        let sales = async || table.item(&day).await["own_sales"].as_n().unwrap().clone();
        assert_eq!(sales().await, "100000");
        assert!(mend(&table, &store, &read, (&[], sold(-4))).await);
        assert_eq!((sales().await.as_str(), n(&table.item(&day).await)), ("99996", 1));
        assert!(!mend(&table, &store, &read, (&[], sold(-4))).await, "by what was read before");
        assert_eq!(sales().await, "99996");
    });
}

#[test]
fn a_day_that_does_not_count_its_writes_is_not_put_right_once_it_is_posted_to() {
    run(async {
        let table = table_with_a1().await;
        let store = table.store();
        let day = without_n(&table).await;
        let read = books(&table, &store, "cat").await;
        let mut record = store.order(&table.tenant, &id("A1")).await.unwrap().unwrap();
        record.version += 1;
        record.refunds.insert(id("r1"), refund(1_000));
        let post = PostOrder { tenant: table.tenant.clone(), id: id("A1"), record };
        assert!(store.post_orders(vec![post], now()).await.unwrap().refused.is_empty());
        assert!(!mend(&table, &store, &read, (&[], sold(-4))).await);
        assert_eq!(table.item(&day).await["own_sales"].as_n().unwrap(), "99000");
    });
}

/// Another process, whose queries answer so many rows at a time.
fn in_pages(table: &Table, rows: usize) -> Store {
    table.through(move |inner, mut request| {
        if request.headers().get("x-amz-target").unwrap().ends_with(".Query") {
            let body = request.body().bytes().unwrap();
            let mut body: serde_json::Value = serde_json::from_slice(body).unwrap();
            body["Limit"] = rows.into();
            *request.body_mut() = SdkBody::from(body.to_string());
        }
        HttpConnectorFuture::new(async move { inner.call(request).await })
    })
}

#[derive(Clone, Debug)]
enum Step {
    Refund(u64),
    Complete(i64),
    Post,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1_u64..6_000).prop_map(Step::Refund),
        1 => (0_i64..40).prop_map(Step::Complete),
        4 => Just(Step::Post),
    ]
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// An order of zoe's, so many hours after noon.
async fn pay(table: &Table, name: &str, (hours, price): (i32, u64)) {
    let paid_at = at(NOON) + HOUR * hours;
    let paid = Paid::new(Payment { paid_at, ..payment(name, "zoe", price) }).unwrap();
    table.store().record_payment(&table.tenant, &paid, now()).await.unwrap();
}

/// What somebody's books come to by these records.
fn sums<'a>(records: impl IntoIterator<Item = &'a Record>, who: &str) -> Sums {
    let mut sums = Sums::default();
    for record in records {
        let own = contributions(record).unwrap().into_iter().filter(|(one, _)| *one == id(who));
        own.for_each(|(_, adds)| sums.add(&adds).unwrap());
    }
    sums
}

proptest! {
    #![proptest_config(cases(32))]

    /// Whatever happens to some orders, and however often they are posted, lines, balances and
    /// days are the same sums, and those of what was posted; and however the rows are paged.
    #[test]
    fn the_sums_of_lines_are_those_of_balances_and_days(
        orders in prop::collection::vec((0_i32..60, 1_u64..20_000), 1..5),
        steps in prop::collection::vec((any::<prop::sample::Index>(), step()), 0..20),
        page in 1_usize..5,
    ) {
        run(async {
            let table = Table::with_family().await;
            let (store, tenant) = (table.store(), &table.tenant);
            store.bind(tenant, &id("zoe"), binding("cat")).await.unwrap();
            let mut posted: BTreeMap<String, Record> = BTreeMap::new();
            let names: Vec<String> = (0..orders.len()).map(|n| format!("A{n}")).collect();
            for (name, order) in names.iter().zip(&orders) {
                pay(&table, name, *order).await;
            }
            for (n, (order, step)) in steps.iter().enumerate() {
                let name = order.get(&names);
                let order = &id(name);
                match step {
                    Step::Refund(amount) => {
                        let (refund_id, given) = (id(&format!("r{n}")), refund(*amount));
                        store.add_refund(tenant, order, &refund_id, &given).await.unwrap();
                    }
                    Step::Complete(hours) => {
                        let at = at(NOON) + SignedDuration::from_hours(60 + hours);
                        store.add_completion(tenant, order, at).await.unwrap();
                    }
                    Step::Post => {
                        let record = store.order(tenant, order).await.unwrap().unwrap();
                        let (tenant, id) = (tenant.clone(), order.clone());
                        let post = PostOrder { tenant, id, record: record.clone() };
                        let made = store.post_orders(vec![post], now()).await.unwrap();
                        assert!(made.refused.is_empty());
                        posted.insert(name.clone(), record);
                    }
                }
            }
            for who in PEOPLE {
                let whole = books(&table, &store, who).await;
                let want = sums(posted.values(), who);
                prop_assert_eq!(whole.lines.minus(&want).unwrap(), Sums::default());
                prop_assert_eq!(whole.stored.minus(&want).unwrap(), Sums::default());
                prop_assert_eq!(whole.kept.len(), posted.len());
                prop_assert!(whole.moved.values().all(|moved| *moved == 0));
                let paged = in_pages(&table, page);
                let lately = paged.read_books(tenant, &id(who), Reading::Lately, |_| true).await;
                prop_assert_eq!(&lately.unwrap(), &whole);
                let none = paged.read_books(tenant, &id(who), Reading::Now, |_| false).await;
                let none = none.unwrap();
                prop_assert_eq!((&none.lines, none.kept.len()), (&whole.lines, 0));
            }
            Ok(())
        })?;
    }
}

#[test]
fn books_keep_the_lines_that_are_asked_for_and_know_what_statements_moved() {
    run(async {
        let table = table_with_a1().await;
        let [_, balance, _] = rows(&table);
        let mut item = table.item(&balance).await;
        for (name, amount) in [("settled", "70"), ("withdrawn", "30"), ("reserved", "5")] {
            item.insert(name.into(), AttributeValue::N(amount.into()));
        }
        table.put(item).await;
        let read = books(&table, &table.store(), "cat").await;
        assert_eq!(read.moved, BTreeMap::from([(cny(), 100)]), "what is reserved is settled still");
        let orders: BTreeSet<_> = read.kept.iter().map(|line| line.order.as_str()).collect();
        assert_eq!(orders, BTreeSet::from(["A1"]));
        assert_ne!(contribution(), read.kept[0].counted, "A1 is larger");
        let nobody = books(&table, &table.store(), "nobody").await;
        assert_eq!(nobody, upline_store::ReadBooks::default());
    });
}

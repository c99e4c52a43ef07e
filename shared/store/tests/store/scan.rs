//! `scan`: every order and distributor of the table, once.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use upline_domain::ids::TenantId;
use upline_store::keys::{Key, SEGMENTS};
use upline_store::{Item, Scope, Store};
use upline_testkit::run;

use crate::meter::metered;
use crate::table::Table;
use crate::values::{id, member};

/// So many items of each of the tenants: pages have to be gone through in each segment.
const ITEMS: usize = 900;

fn key_of(item: &Item) -> Key {
    let part = |name: &str| item[name].as_s().unwrap().clone();
    Key { pk: part("pk"), sk: part("sk") }
}

/// What a tenant has, a fifth of it orders and distributors; some are of a newer program.
fn items(tenant: &str) -> Vec<Item> {
    let item = |n: usize| {
        let (pk, sk) = match n % 10 {
            0 => (format!("{tenant}#O#o{n}"), "ORDER".to_owned()),
            1 => (format!("{tenant}#M#d{n}"), "MEMBER".to_owned()),
            2 => (format!("{tenant}#I#C{n}"), "CODE".to_owned()),
            3 => (format!("{tenant}#B#b{n}"), "BUYER".to_owned()),
            _ => (format!("{tenant}#M#d{n}"), format!("LINE#2026-11-11T00:00:00.000Z#o{n}")),
        };
        let format = AttributeValue::N((1 + n % 2).to_string());
        let pair = |name: &str, value| (name.to_owned(), value);
        let [pk, sk] = [pk, sk].map(AttributeValue::S);
        Item::from([pair("pk", pk), pair("sk", sk), pair("format", format)])
    };
    (0..ITEMS).map(item).collect()
}

async fn full() -> Table {
    let table = Table::empty().await;
    // The name of one is the beginning of another's.
    for tenant in ["demo", "demo2", "other"] {
        for item in items(tenant) {
            table.put(item).await;
        }
    }
    table
}

/// All pages of a scope, and how many there were.
async fn scanned(store: &Store, scope: Scope<'_>) -> (Vec<Item>, usize) {
    let (mut items, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = store.scan(scope, after.as_ref()).await.unwrap();
        items.extend(page.items);
        (pages, after) = (pages + 1, page.after);
        if after.is_none() {
            return (items, pages);
        }
    }
}

#[test]
fn pages_and_segments_have_every_order_and_distributor_once_as_it_is() {
    run(async {
        let table = full().await;
        let (demo, store): (TenantId, Store) = (id("demo"), table.store());
        for tenant in [None, Some(&demo)] {
            let mut want = table.items().await;
            want.retain(|Key { pk, sk }, _| {
                let is_wanted = ["ORDER", "MEMBER"].contains(&sk.as_str());
                is_wanted && (tenant.is_none() || pk.starts_with("demo#"))
            });
            let whole = scanned(&store, Scope { tenant, segment: None }).await;
            let mut parts = (Vec::new(), 0);
            for segment in 0..SEGMENTS {
                let (items, pages) =
                    scanned(&store, Scope { tenant, segment: Some(segment) }).await;
                assert!(pages > 1, "segment {segment} is gone through page by page");
                assert!(!items.is_empty(), "segment {segment} has some");
                parts.0.extend(items);
                parts.1 += pages;
            }
            for (items, pages) in [whole, parts] {
                assert_eq!(items.len(), want.len(), "{tenant:?}: each once");
                let got: BTreeMap<Key, Item> =
                    items.into_iter().map(|item| (key_of(&item), item)).collect();
                assert_eq!(got, want, "{tenant:?}");
                assert!(pages >= 3 * ITEMS / 200, "{pages} pages of at most 200");
            }
        }
    });
}

#[test]
fn a_page_costs_half_a_unit_each_4_kb_of_what_is_read_and_no_more_for_one_tenant() {
    run(async {
        let table = full().await;
        let (store, meter) = metered(&table);
        let demo = id("demo");
        let mut spent = [(0, 0); 2];
        for (spent, tenant) in spent.iter_mut().zip([None, Some(&demo)]) {
            let page = store.scan(Scope { tenant, segment: None }, None).await.unwrap();
            let cost = meter.spent("a page of 200 small items");
            assert_eq!(cost.requests, ["Scan"]);
            *spent = (page.items.len(), cost.read_tenths);
        }
        let first: Vec<Item> = table.items().await.into_values().take(200).collect();
        let text = |item: &Item, name: &str| item[name].as_s().unwrap().len();
        // The names of the three attributes, and a number of one digit.
        let bytes = |item: &Item| text(item, "pk") + text(item, "sk") + "pkskformat".len() + 2;
        let read: usize = first.iter().map(bytes).sum();
        assert!(read > 4_096, "{read} bytes");
        // Half a unit, because they are as they were a moment ago.
        let want = 5 * u64::try_from(read.div_ceil(4_096)).unwrap();
        assert_eq!(spent.map(|(_, tenths)| tenths), [want, want], "{read} bytes");
    });
}

#[test]
fn who_is_missing_from_a_list_is_found_without_a_write() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        let people = || {
            let all = [("ann", vec![]), ("bob", vec!["ann"]), ("cat", vec!["bob", "ann"])];
            let one = |(name, lineage): (&str, Vec<&str>)| {
                (table.tenant.clone(), Box::new(member(name, &lineage)))
            };
            all.map(one).to_vec()
        };
        let missing = store.unentered(people()).await.unwrap();
        assert_eq!(missing, people()[1..], "ann stands below nobody");
        let mut entered = Vec::new();
        for (tenant, member) in &missing {
            entered.push(store.post_member(tenant, member, upline_testkit::now()).await.unwrap());
        }
        assert_eq!(entered, [1, 2]);
        assert_eq!(store.unentered(people()).await.unwrap(), []);
        let (tenant, cat) = &people()[2];
        assert_eq!(store.post_member(tenant, cat, upline_testkit::now()).await.unwrap(), 0);
        // One of two rows is gone: cat is entered in that list alone.
        let key = upline_store::keys::team(tenant, &id("ann"), 2, &id("cat"));
        let client = table.client().delete_item().table_name(crate::table::TABLE);
        let client =
            client.key("pk", AttributeValue::S(key.pk)).key("sk", AttributeValue::S(key.sk));
        client.send().await.unwrap();
        assert_eq!(store.unentered(people()).await.unwrap(), people()[2..]);
        assert_eq!(store.post_member(tenant, cat, upline_testkit::now()).await.unwrap(), 1);
    });
}

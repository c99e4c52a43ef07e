//! What a check is decided by, and what of it is kept: nothing where nothing is otherwise, one fact
//! where the level is another, and nothing over what somebody else wrote since.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::civil::{Date, date};
use upline_domain::figures::Day;
use upline_domain::member::{Risk, Status};
use upline_domain::money::SignedMoney;
use upline_domain::order::{Paid, Payment};
use upline_store::keys::{self, Key};
use upline_store::{CheckState, CheckedBy, Item, PostOrder, Signed, Standing, decode_level};
use upline_testkit::plans::{publish_first, signed};
use upline_testkit::{now, run};

use crate::checked::{by_hand, fails, in_hours, keep, raise, readings, subject};
use crate::table::{POLICY, Table};
use crate::values::{at, binding, id, member, payment, refund};

fn check_key(table: &Table) -> Key {
    keys::check(&table.tenant, &id("cat"))
}

fn member_key(table: &Table) -> Key {
    keys::member(&table.tenant, &id("cat"))
}

fn level_key(table: &Table, write: u64) -> Key {
    keys::level_change(&table.tenant, &id("cat"), write)
}

#[test]
fn a_subject_is_who_they_are_with_their_team_and_what_the_last_check_left() {
    run(async {
        let table = Table::with_family().await;
        let (store, tenant) = (table.store(), &table.tenant);
        for one in [member("bob", &["ann"]), member("cat", &["bob", "ann"])] {
            store.post_member(tenant, &one, now()).await.unwrap();
        }
        assert!(keep(&table, &store, fails()).await);
        let mut ghost = table.item(&check_key(&table)).await;
        ghost.insert("pk".into(), AttributeValue::S(keys::distributor(tenant, &id("eve"))));
        table.put(ghost).await;
        let found = store.subjects(tenant, &["ann", "bob", "cat", "eve"].map(id)).await.unwrap();
        let mut read: Vec<_> = found
            .into_values()
            .map(Result::unwrap)
            .map(|one| (one.member.id.to_string(), one.team, one.check))
            .collect();
        read.sort_by(|(one, ..), (other, ..)| one.cmp(other));
        let none = CheckState::default();
        let want = [
            ("ann".to_owned(), vec![1, 1, 0, 0, 0], none.clone()),
            ("bob".to_owned(), vec![1, 0, 0, 0, 0], none),
            ("cat".to_owned(), vec![0; 5], fails()),
        ];
        assert_eq!(read, want, "who is no distributor is left out, whatever is left of them");
        assert!(store.subjects(&id("demo2"), &["cat"].map(id)).await.unwrap().is_empty());
    });
}

#[test]
fn what_cannot_be_read_of_one_is_said_of_them_alone() {
    run(async {
        let table = Table::with_family().await;
        let (store, tenant) = (table.store(), &table.tenant);
        assert!(keep(&table, &store, fails()).await);
        let mut item = table.item(&check_key(&table)).await;
        item.insert("failing_since".into(), AttributeValue::S("soon".into()));
        table.put(item).await;
        let found = store.subjects(tenant, &["bob", "cat"].map(id)).await.unwrap();
        assert!(found["bob"].is_ok());
        let damaged = found["cat"].as_ref().err().map(ToString::to_string);
        assert_eq!(damaged.unwrap(), "attribute failing_since is missing or not of its type");
    });
}

/// Two currencies, of which one counts for two above.
const TWO: &str = r#"{
    "timezone": "Asia/Shanghai",
    "currencies": {
        "CNY": { "depth": 1, "team_depth": 2,
            "cards": { "one": { "base": "paid", "mode": { "percent": { "rates": ["0.10"] } } } },
            "rules": [ { "id": "all", "priority": 0, "when": {}, "card": "one" } ] },
        "USD": { "depth": 1,
            "cards": { "one": { "base": "paid", "mode": { "percent": { "rates": ["0.10"] } } } },
            "rules": [ { "id": "all", "priority": 0, "when": {}, "card": "one" } ] } }
}"#;

async fn post(table: &Table, order: &str) {
    let (store, tenant) = (table.store(), table.tenant.clone());
    let record = store.order(&tenant, &id(order)).await.unwrap().unwrap();
    let post = PostOrder { tenant, id: id(order), record };
    assert!(store.post_orders(vec![post], now()).await.unwrap().refused.is_empty());
}

fn day(recruits: i64, orders: i64, own: &[(&str, i64)], team: &[(&str, i64)]) -> Day {
    let sales = |of: &[(&str, i64)]| {
        of.iter().map(|(code, minor)| (id(code), SignedMoney::from_minor(*minor))).collect()
    };
    Day { recruits, orders, own_sales: sales(own), team_sales: sales(team) }
}

#[test]
fn figures_of_a_day_are_those_of_all_its_currencies_and_its_recruits() {
    run(async {
        let table = Table::empty().await;
        let (store, tenant) = (table.store(), &table.tenant);
        publish_first(&store, tenant, TWO, POLICY).await;
        for (name, lineage) in [("ann", vec![]), ("bob", vec!["ann"])] {
            store.register(tenant, &member(name, &lineage)).await.unwrap();
            store.post_member(tenant, &member(name, &lineage), now()).await.unwrap();
        }
        for (buyer, whose) in [("zoe", "bob"), ("yan", "ann")] {
            store.bind(tenant, &id(buyer), binding(whose)).await.unwrap();
        }
        // The last instant of a day in Shanghai, and the next two days.
        let (first, second, third) =
            ("2026-11-10T15:59:59.999Z", "2026-11-10T16:00:00Z", "2026-11-12T04:00:00Z");
        let orders = [
            ("A1", "yan", "CNY", 700, first),
            ("A2", "yan", "CNY", 1_000, second),
            ("A3", "yan", "USD", 30, second),
            ("A4", "zoe", "CNY", 5_000, second),
            ("A5", "yan", "CNY", 200, third),
        ];
        for (name, buyer, currency, price, paid_at) in orders {
            let payment = payment(name, buyer, price);
            let payment = Payment { currency: id(currency), paid_at: at(paid_at), ..payment };
            store.record_payment(tenant, &Paid::new(payment).unwrap(), now()).await.unwrap();
            post(&table, name).await;
        }
        // All of one order is given back, and a part of another.
        for (name, amount) in [("A5", 200), ("A2", 100)] {
            store.add_refund(tenant, &id(name), &id("r"), &refund(amount)).await.unwrap();
            post(&table, name).await;
        }
        let (nov, ann) = (|day| date(2026, 11, day), id("ann"));
        let since = async |from| store.figures_since(tenant, &ann, from).await.unwrap();
        let whole = BTreeMap::from([
            (date(2026, 10, 1), day(1, 0, &[], &[])),
            (nov(10), day(0, 1, &[("CNY", 700)], &[("CNY", 700)])),
            (nov(11), day(0, 2, &[("CNY", 900), ("USD", 30)], &[("CNY", 5_900), ("USD", 30)])),
            (nov(12), day(0, 0, &[("CNY", 0)], &[("CNY", 0)])),
        ]);
        assert_eq!(since(date(2026, 10, 1)).await, whole);
        let from = |first: Date| whole.clone().split_off(&first);
        for first in [date(2026, 10, 2), nov(10), nov(11), nov(12), nov(13)] {
            assert_eq!(since(first).await, from(first), "{first} is the first");
        }
        let bob = store.figures_since(tenant, &id("bob"), nov(1)).await.unwrap();
        let sold: &[_] = &[("CNY", 5_000)];
        assert_eq!(bob, BTreeMap::from([(nov(11), day(0, 1, sold, sold))]));
        assert_eq!(store.figures_since(&id("demo2"), &ann, nov(1)).await.unwrap(), BTreeMap::new());
    });
}

#[test]
fn a_check_that_changes_nothing_writes_nothing() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        let before = table.items().await;
        assert!(keep(&table, &store, CheckState::default()).await);
        assert_eq!(table.items().await, before, "no row where nothing is left");
        assert!(keep(&table, &store, fails()).await);
        let before = table.items().await;
        assert!(keep(&table, &store, fails()).await);
        assert_eq!(table.items().await, before);
        // Nobody is in the way of one who changes nothing.
        let late = subject(&store, &table.tenant, "cat").await;
        assert!(keep(&table, &store, CheckState::default()).await);
        let before = table.items().await;
        assert!(store.keep_check(&table.tenant, &late, fails(), None).await.unwrap());
        assert_eq!(table.items().await, before);
    });
}

#[test]
fn a_state_is_kept_until_the_next_and_says_nothing_of_another_level() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        let partition = |item: &Item| item.get("gsi1pk").map(|pk| pk.as_s().unwrap().clone());
        let shard = keys::distributor_shard(&id("cat"));
        let on = |day: &str| Some(keys::checks_of_shard(&table.tenant, id(day), shard));
        let states = [
            (fails(), on("2027-01-07")),
            (CheckState { look_on: Some(id("2027-02-01")), ..fails() }, on("2027-02-01")),
            (CheckState { look_on: None, ..fails() }, None),
            (CheckState { failing: None, ..fails() }, on("2027-01-07")),
            (CheckState::default(), None),
        ];
        for (state, listed) in states {
            assert!(keep(&table, &store, state.clone()).await);
            assert_eq!(subject(&store, &table.tenant, "cat").await.check, state);
            let item = table.item(&check_key(&table)).await;
            assert_eq!(partition(&item), listed, "{state:?}");
        }
        // Cat is given another level by hand; what was said of gold names it, and stays.
        assert!(keep(&table, &store, fails()).await);
        by_hand(&table, Standing::Level(id("silver"))).await;
        let cat = subject(&store, &table.tenant, "cat").await;
        assert_eq!(cat.member.levels.at(in_hours(1)), Some(&id("silver")));
        let (level, _) = cat.check.failing.unwrap();
        assert_eq!(level, id("gold"));
    });
}

#[test]
fn a_level_by_a_check_is_an_entry_and_a_fact_with_what_led_to_it() {
    run(async {
        let table = Table::with_family().await;
        let (store, tenant, cat) = (table.store(), &table.tenant, id("cat"));
        // From now on it remembers.
        store.members(tenant, std::slice::from_ref(&cat), now()).await.unwrap();
        by_hand(&table, Standing::Level(id("silver"))).await;
        assert!(raise(&table, &store, "gold", fails()).await);
        let known = store.members(tenant, std::slice::from_ref(&cat), now()).await.unwrap();
        assert_eq!(known["cat"].levels.at(in_hours(1)), Some(&id("gold")), "it goes by it at once");
        let (member, histories) = store.member_with_histories(tenant, &cat).await.unwrap().unwrap();
        assert_eq!(member.levels.at(now()), None, "it holds from later on");
        let made = Signed {
            at: now(),
            by: "check-upgrades".to_owned(),
            role: "system".to_owned(),
            reason: None,
        };
        assert_eq!(histories.levels[1].made.as_ref(), Some(&made));
        assert_eq!(subject(&store, tenant, "cat").await.check, fails());

        let page = store.level_changes(tenant, &cat, 1, None).await.unwrap();
        let [by_check] = page.items.as_slice() else { panic!("{page:?}") };
        assert_eq!((by_check.write, by_check.was.clone()), (2, Some(id("silver"))));
        assert_eq!((by_check.level.clone(), &by_check.made), (id("gold"), &made));
        assert_eq!(by_check.from, member.levels.0[1].0);
        let on = id("2026-12-31");
        let checked = CheckedBy { plan_version: 1, on, readings: readings() };
        assert_eq!(by_check.checked, Some(checked), "each reading as it was");
        let rest = store.level_changes(tenant, &cat, 9, page.after).await.unwrap();
        let [by_hand] = rest.items.as_slice() else { panic!("{rest:?}") };
        assert_eq!(
            (by_hand.write, by_hand.was.clone(), by_hand.level.clone()),
            (1, None, id("silver"))
        );
        assert_eq!((&by_hand.made, &by_hand.checked), (&signed(), &None));
        assert_eq!(rest.after, None);

        for (write, fact) in [(1, by_hand), (2, by_check)] {
            let read = decode_level(&table.item(&level_key(&table, write)).await).unwrap();
            assert_eq!(read, Some((tenant.clone(), cat.clone(), fact.clone())));
        }
        for other in [member_key(&table), check_key(&table), keys::code(tenant, &id("CAT"))] {
            assert_eq!(decode_level(&table.item(&other).await), Ok(None), "{other:?}");
        }
        let other = store.level_changes(&id("demo2"), &cat, 9, None).await.unwrap();
        assert!(other.items.is_empty());
    });
}

#[test]
fn status_and_risk_by_hand_are_no_changes_of_level() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        by_hand(&table, Standing::Status(Status::Frozen)).await;
        by_hand(&table, Standing::Risk(Risk::Flagged)).await;
        let cat = subject(&store, &table.tenant, "cat").await;
        assert_eq!(cat.member.risk_at(now()), Risk::Clear);
        assert_eq!(cat.member.risk_at(in_hours(1)), Risk::Flagged);
        let changes = store.level_changes(&table.tenant, &id("cat"), 9, None).await.unwrap();
        assert!(changes.items.is_empty());
    });
}

#[test]
fn a_reading_of_an_unknown_measure_is_refused() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        assert!(raise(&table, &store, "gold", CheckState::default()).await);
        let key = level_key(&table, 1);
        let fact = table.item(&key).await;
        let list = fact["readings"].as_l().unwrap();
        let said = async |list: Vec<AttributeValue>| {
            let mut changed = fact.clone();
            changed.insert("readings".into(), AttributeValue::L(list));
            table.put(changed).await;
            let read = store.level_changes(&table.tenant, &id("cat"), 9, None).await;
            read.unwrap_err().to_string()
        };
        for place in 0..list.len() {
            let reading = list[place].as_m().unwrap();
            // What a measure is asked for may be left out; it only adds to a score then.
            let measured = reading["m"].as_s().unwrap();
            let may_lack = |name: &&String| *name == "least" && measured != "score";
            for name in reading.keys().filter(|name| !may_lack(name)) {
                let mut less = reading.clone();
                less.remove(name);
                let mut list = list.clone();
                list[place] = AttributeValue::M(less);
                let error = said(list).await;
                assert!(error.contains(&format!("attribute {name} ")), "{measured}: {error}");
            }
            let mut other = reading.clone();
            other.insert("m".into(), AttributeValue::S("luck".into()));
            let error = said(vec![AttributeValue::M(other)]).await;
            assert!(error.contains("attribute m "), "{error}");
        }
    });
}

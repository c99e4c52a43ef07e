//! Versions of a plan: published, activated, and which of them an order falls under; by processes
//! that remember, and over data of an older program. By several at once: `by_hand.rs`.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use upline_domain::activation::{Activation, ActivationWish, CannotActivate, is_inside};
use upline_domain::ids::BuyerId;
use upline_domain::plan::Plan;
use upline_domain::schedule::{Lead, Wanted};
use upline_store::keys::{self, Key};
use upline_store::{Activated, Item, Published, Signed, Store, StoreError};
use upline_testkit::plans::{draft, publish_first, signed};
use upline_testkit::{now, run};

use crate::table::{POLICY, Table, read_plan};
use crate::values::{NOON, THREE_DEEP, at, binding, id, payment};

fn other_plan() -> String {
    THREE_DEEP.replace("0.10", "0.11")
}

async fn publish(table: &Table, store: &Store, document: &str) -> Published {
    store.publish(&table.tenant, &draft(document, POLICY), &signed()).await.unwrap()
}

/// Activates a version from a time on (as soon as may be without one) for all or a share.
async fn activate(
    table: &Table,
    store: &Store,
    version: u32,
    (from, share): (Option<Timestamp>, Option<&str>),
) -> Activated {
    let when = Wanted { from, now: now(), lead: Lead::ManyProcesses };
    let wish = ActivationWish { version, rollout: share.map(id), when };
    store.activate(&table.tenant, &wish, &signed()).await.unwrap()
}

/// The version for all at a time, as a process that remembers nothing has it.
async fn active(table: &Table, time: Timestamp) -> Option<u32> {
    let active = table.store().plan_at(&table.tenant, time, now()).await.unwrap()?;
    Some(active.version)
}

fn compiled(document: &str) -> Plan {
    read_plan(document, POLICY).unwrap()
}

fn in_minutes(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

#[test]
fn a_document_is_published_once_and_versions_count_on() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        assert_eq!(publish(&table, &store, THREE_DEEP).await, Published::Created(1));
        let before = table.items().await;
        assert_eq!(publish(&table, &store, THREE_DEEP).await, Published::Exists(1));
        let spaced = THREE_DEEP.replace(' ', "");
        assert_eq!(publish(&table, &store, &spaced).await, Published::Exists(1), "white space");
        assert_eq!(table.items().await, before, "a repeat writes nothing");
        assert_eq!(publish(&table, &store, &other_plan()).await, Published::Created(2));
        let strict = POLICY.replace("20", "19");
        let held = draft(THREE_DEEP, &strict);
        let other = store.publish(&table.tenant, &held, &signed()).await.unwrap();
        assert_eq!(other, Published::Created(3), "another policy");
        assert_eq!(publish(&table, &store, THREE_DEEP).await, Published::Exists(1), "still");

        let (about, document) = store.version(&table.tenant, 2).await.unwrap().unwrap();
        assert_eq!((document, about.published), (other_plan(), Some(signed())));
        assert_eq!(store.version(&table.tenant, 4).await.unwrap(), None);
        let page = store.versions(&table.tenant, 2, None).await.unwrap();
        let rest = store.versions(&table.tenant, 2, page.after).await.unwrap();
        let all = page.items.iter().chain(&rest.items).map(|one| one.version);
        assert_eq!(all.collect::<Vec<_>>(), [3, 2, 1], "newest first");
        assert_eq!(active(&table, now()).await, None, "none is active yet");
    });
}

#[test]
fn an_activation_holds_from_its_time_and_a_repeat_changes_nothing() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        publish_first(&store, &table.tenant, THREE_DEEP, POLICY).await;
        publish(&table, &store, &other_plan()).await;
        let made = Activation { from: in_minutes(20), version: 2, rollout: None };
        let twenty = (Some(in_minutes(20)), None);
        assert_eq!(activate(&table, &store, 2, twenty).await, Activated::Created(made.clone()));
        let before = table.items().await;
        assert_eq!(activate(&table, &store, 2, twenty).await, Activated::Exists(made));
        assert_eq!(table.items().await, before);
        let just_before = in_minutes(20) - SignedDuration::from_millis(1);
        assert_eq!(active(&table, just_before).await, Some(1));
        assert_eq!(active(&table, in_minutes(20)).await, Some(2));
        let plan = store.plan_at(&table.tenant, in_minutes(20), now()).await.unwrap().unwrap();
        assert_eq!(plan.plan, compiled(&other_plan()));
        // What holds already needs no other activation; what is to hold again does.
        let stands = activate(&table, &store, 1, (None, None)).await;
        assert!(matches!(stands, Activated::Exists(_)), "{stands:?}");
        let back = activate(&table, &store, 1, (Some(in_minutes(30)), None)).await;
        assert!(matches!(back, Activated::Created(_)), "{back:?}");
        assert_eq!(active(&table, in_minutes(30)).await, Some(1), "rolled back");
        assert_eq!(active(&table, in_minutes(29)).await, Some(2));
    });
}

#[test]
fn what_cannot_be_activated_changes_nothing() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        publish_first(&store, &table.tenant, THREE_DEEP, POLICY).await;
        publish(&table, &store, &other_plan()).await;
        let before = table.items().await;
        assert_eq!(activate(&table, &store, 3, (None, None)).await, Activated::UnknownVersion);
        let soon = activate(&table, &store, 2, (Some(in_minutes(14)), None)).await;
        let Activated::Cannot(CannotActivate::TooSoon(soon)) = soon else { panic!("{soon:?}") };
        assert_eq!(soon.earliest, in_minutes(15));
        let none = activate(&table, &store, 1, (None, Some("0.5"))).await;
        assert_eq!(none, Activated::Cannot(CannotActivate::ChangesNothing(1)));
        assert_eq!(table.items().await, before);
    });
}

#[test]
fn a_version_that_does_not_compile_is_never_active() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        let wrong = r#"{"currencies": {}}"#;
        assert_eq!(publish(&table, &store, wrong).await, Published::Created(1));
        let when = Wanted { from: None, now: now(), lead: Lead::SingleProcess };
        let wish = ActivationWish { version: 1, rollout: None, when };
        let error = store.activate(&table.tenant, &wish, &signed()).await.unwrap_err();
        assert!(error.to_string().starts_with("plan version 1 of demo: "), "{error}");
        assert_eq!(active(&table, in_minutes(99)).await, None);
    });
}

/// The buyer of that number, who is bound to cat.
fn buyer(number: usize) -> BuyerId {
    id(&format!("b{number}"))
}

#[test]
fn an_order_falls_under_the_version_of_its_buyer_and_time() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        publish(&table, &store, &other_plan()).await;
        activate(&table, &store, 2, (Some(in_minutes(20)), Some("0.30"))).await;
        let mut counts = [0, 0];
        for number in 0..40 {
            let buyer = buyer(number);
            store.bind(&table.tenant, &buyer, binding("cat")).await.unwrap();
            let inside = is_inside(id("0.30"), &table.tenant, 2, &buyer);
            counts[usize::from(inside)] += 1;
            for (minutes, version) in [(19, 1), (20, if inside { 2 } else { 1 })] {
                let name = format!("{buyer}-{minutes}");
                let mut payment = payment(&name, buyer.as_str(), 10_000);
                payment.paid_at = in_minutes(minutes);
                let paid = upline_domain::order::Paid::new(payment).unwrap();
                store.record_payment(&table.tenant, &paid, in_minutes(60)).await.unwrap();
                let record = store.order(&table.tenant, &id(&name)).await.unwrap().unwrap();
                let attributed = record.attributed.unwrap();
                assert_eq!(attributed.plan_version, version, "{name}");
                let first = attributed.allocations[0].amount.minor();
                assert_eq!(first, if version == 1 { 1_000 } else { 1_100 }, "{name}");
            }
        }
        assert!(counts.iter().all(|count| *count > 5), "{counts:?}");
    });
}

/// A process remembers for a minute what is active, and another activates a version as early as may
/// be. An event of 10 minutes ahead that arrives within that minute is the earliest that could go
/// wrong; and one that comes after it is right as well.
#[test]
fn no_memory_gives_a_wrong_version() {
    run(async {
        let table = Table::empty().await;
        let [warm, other] = [table.store(), table.store()];
        publish_first(&other, &table.tenant, THREE_DEEP, POLICY).await;
        publish(&table, &other, &other_plan()).await;
        let plan = async |time, clock| {
            let buyer: BuyerId = id("zoe");
            let of_order =
                warm.plan_for(&table.tenant, &buyer, time, clock).await.unwrap().unwrap();
            let of_all = warm.plan_at(&table.tenant, time, clock).await.unwrap().unwrap();
            assert_eq!(of_order.version, of_all.version);
            of_order.version
        };
        assert_eq!(plan(now(), now()).await, 1, "from now on it remembers");
        activate(&table, &other, 2, (None, None)).await;
        let from = in_minutes(15);
        for seconds in 0..=20 * 60 {
            let clock = now() + SignedDuration::from_secs(seconds);
            let ahead = clock + SignedDuration::from_mins(10);
            for paid_at in [clock, ahead] {
                let want = if paid_at < from { 1 } else { 2 };
                assert_eq!(plan(paid_at, clock).await, want, "{paid_at} at {clock}");
            }
        }
    });
}

#[test]
fn a_process_goes_by_its_own_activation_at_once() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        publish_first(&store, &table.tenant, THREE_DEEP, POLICY).await;
        publish(&table, &store, &other_plan()).await;
        let version =
            async || store.plan_at(&table.tenant, now(), now()).await.unwrap().unwrap().version;
        assert_eq!(version().await, 1, "from now on it remembers");
        let when = Wanted { from: None, now: now(), lead: Lead::SingleProcess };
        let wish = ActivationWish { version: 2, rollout: None, when };
        store.activate(&table.tenant, &wish, &signed()).await.unwrap();
        assert_eq!(version().await, 2);
    });
}

/// What is read while this very process activates another version is not remembered.
#[test]
fn what_was_read_before_an_activation_is_not_remembered_after_it() {
    run(async {
        let table = Table::empty().await;
        publish_first(&table.store(), &table.tenant, THREE_DEEP, POLICY).await;
        publish(&table, &table.store(), &other_plan()).await;
        for seed in 0..crate::SEEDS {
            let store = table.in_turns(seed);
            let version = 1 + u32::try_from(seed % 2).unwrap();
            let other = 3 - version;
            let clock = now() + SignedDuration::from_mins(i64::try_from(seed).unwrap());
            let when = Wanted { from: None, now: clock, lead: Lead::SingleProcess };
            let wish = ActivationWish { version: other, rollout: None, when };
            let reads = async {
                for _ in 0..4 {
                    store.plan_at(&table.tenant, clock, clock).await.unwrap();
                }
            };
            let signed = signed();
            let activates = store.activate(&table.tenant, &wish, &signed);
            let ((), made) = futures::future::join(reads, activates).await;
            made.unwrap();
            let held = store.plan_at(&table.tenant, clock, clock).await.unwrap().unwrap();
            assert_eq!(held.version, other, "{seed}");
        }
    });
}

#[test]
fn that_there_is_no_plan_is_not_remembered() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        assert_eq!(store.plan_at(&table.tenant, at(NOON), now()).await.unwrap(), None);
        publish_first(&table.store(), &table.tenant, THREE_DEEP, POLICY).await;
        assert!(store.plan_at(&table.tenant, at(NOON), now()).await.unwrap().is_some());
    });
}

#[test]
fn a_stored_plan_that_does_not_compile_is_an_error_that_says_so() {
    run(async {
        let table = Table::empty().await;
        publish_first(&table.store(), &table.tenant, THREE_DEEP, POLICY).await;
        let mut item = table.item(&keys::plan(&table.tenant, 1)).await;
        item.insert("document".into(), AttributeValue::S("{}".into()));
        table.put(item).await;
        let error = table.store().plan_at(&table.tenant, at(NOON), now()).await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("plan version 1 of demo: "), "{text}");
    });
}

/// A version and its activation as they were written before versions had a hash and activations a
/// name.
async fn of_an_older_program(table: &Table) {
    let text = |text: &str| AttributeValue::S(text.into());
    let n = |digits: i64| AttributeValue::N(digits.to_string());
    let item = |key: Key, rest: Vec<(&str, AttributeValue)>| -> Item {
        let whole = [("pk", text(&key.pk)), ("sk", text(&key.sk)), ("format", n(1))];
        whole.into_iter().chain(rest).map(|(name, value)| (name.to_owned(), value)).collect()
    };
    let version = vec![("document", text(THREE_DEEP)), ("policy", text(POLICY))];
    table.put(item(keys::plan(&table.tenant, 1), version)).await;
    let entry = [("from", n(Timestamp::MIN.as_millisecond())), ("version", n(1))];
    let entry = entry.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let active = vec![("active", AttributeValue::L(vec![AttributeValue::M(entry)]))];
    table.put(item(keys::active_plans(&table.tenant), active)).await;
}

#[test]
fn the_first_plan_of_an_older_program_goes_on() {
    run(async {
        let table = Table::empty().await;
        of_an_older_program(&table).await;
        let store = table.store();
        assert_eq!(active(&table, at("0001-01-01T00:00:00Z")).await, Some(1));
        let spaced = THREE_DEEP.replace(' ', "");
        assert_eq!(publish(&table, &store, &spaced).await, Published::Exists(1));
        assert_eq!(publish(&table, &store, &other_plan()).await, Published::Created(2));
        let listed = store.versions(&table.tenant, 9, None).await.unwrap().items;
        assert_eq!((listed[1].version, listed[1].hash, &listed[1].published), (1, None, &None));
        let again = activate(&table, &store, 1, (Some(Timestamp::MIN), None)).await;
        assert!(matches!(again, Activated::Exists(_)), "{again:?}");
        let made = activate(&table, &store, 2, (None, None)).await;
        assert!(matches!(made, Activated::Created(_)), "{made:?}");
        let all = store.activations(&table.tenant).await.unwrap();
        let all: Vec<_> =
            all.iter().map(|one| (one.activation.version, one.made.clone())).collect();
        assert_eq!(all, [(1, None), (2, Some(signed()))]);
        assert_eq!(active(&table, in_minutes(14)).await, Some(1));
        assert_eq!(active(&table, in_minutes(15)).await, Some(2));
    });
}

#[test]
fn a_crash_at_any_request_is_mended_by_a_repeat() {
    run(async {
        for requests in 0..8 {
            let table = Table::empty().await;
            let cut = table.cut_off(requests);
            let both = async |store: &Store| -> Result<(), StoreError> {
                store.publish(&table.tenant, &draft(THREE_DEEP, POLICY), &signed()).await?;
                let when =
                    Wanted { from: Some(Timestamp::MIN), now: now(), lead: Lead::ManyProcesses };
                let wish = ActivationWish { version: 1, rollout: None, when };
                store.activate(&table.tenant, &wish, &signed()).await.map(drop)
            };
            let crashed = both(&cut).await.is_err();
            assert_eq!(crashed, requests < 5, "{requests}");
            both(&table.store()).await.unwrap();
            let whole = Table::empty().await;
            publish_first(&whole.store(), &whole.tenant, THREE_DEEP, POLICY).await;
            assert_eq!(table.items().await, whole.items().await, "{requests}");
        }
    });
}

#[test]
fn each_change_leaves_one_row_for_whoever_asks_later() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        let by = |name: &str, minutes: i64| Signed {
            at: in_minutes(minutes),
            by: name.to_owned(),
            role: "admin".to_owned(),
            reason: Some(id("because")),
        };
        let plan = |n: i64| THREE_DEEP.replace("0.10", &format!("0.1{n}"));
        // Over two days: a minute before midnight, and after.
        for (n, minutes) in [(0, -1), (1, 0), (2, 5)] {
            let plan = plan(n);
            let draft = draft(&plan, POLICY);
            store.publish(&table.tenant, &draft, &by("eve", minutes)).await.unwrap();
            store.publish(&table.tenant, &draft, &by("mallory", minutes)).await.unwrap();
        }
        let list = async |period, limit| {
            let (mut all, mut after) = (Vec::new(), None);
            loop {
                let page = store.audit(&table.tenant, period, limit, after).await.unwrap();
                assert!(page.items.len() <= limit);
                all.extend(page.items);
                after = page.after;
                if after.is_none() {
                    return all;
                }
            }
        };
        let period = upline_store::Period::default();
        let all = list(period, 9).await;
        let told: Vec<_> = all.iter().map(|one| (one.about.as_str(), one.signed.clone())).collect();
        assert_eq!(told, [("3", by("eve", 5)), ("2", by("eve", 0)), ("1", by("eve", -1))]);
        assert_eq!((&*all[0].action, &all[0].after["version"]), ("plan.publish", &"3".to_owned()));
        for limit in 1..4 {
            assert_eq!(list(period, limit).await, all, "in pages of {limit}");
        }
        let (today, eve) = (id("2026-12-31"), id("2026-12-30"));
        let from = upline_store::Period { from: Some(today), to: None };
        assert_eq!(list(from, 9).await, all[..2]);
        let to = upline_store::Period { from: Some(eve), to: Some(today) };
        assert_eq!(list(to, 9).await, all[2..]);
    });
}

//! Items of an older, this and a newer format, each read and written in every way: an older one is
//! as good as this, what this program does not know is left alone, and what a newer program wrote
//! is neither read nor added to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::BoxFuture;
use jiff::Timestamp;
use upline_domain::activation::ActivationWish;
use upline_domain::member::{Member, Referrer, Status};
use upline_domain::schedule::{Lead, Wanted};
use upline_store::keys::{self, Key};
use upline_store::{
    Change, Changes, CheckState, Due, Item, Period, PostOrder, Standing, Store, StoreError,
    StoreResult, Subject, decode_level,
};
use upline_testkit::plans::{draft, signed};
use upline_testkit::{now, run};

use crate::checked::{night, raised, subject};
use crate::newer_reports::OF_REPORTS;
use crate::story::{kinds, order, told};
use crate::table::{CHANGES, POLICY, Table};
use crate::values::{NOON, THREE_DEEP, at, binding, id, member, paid, paid_with_code, refund};

pub(crate) type Answer = Result<String, String>;
pub(crate) type Doing = for<'a> fn(&'a Table, &'a Store) -> BoxFuture<'a, Answer>;

/// What a use does to an item that this program may write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// It is as it was.
    Alone,
    /// It is updated: what this program does not know is still there.
    Updated,
    /// It is written anew.
    Anew,
    /// It is not there any more.
    Gone,
}
use Leaves::{Alone, Anew, Gone, Updated};

/// The kind of item, how it is used, and what that leaves of it.
pub(crate) type Use = (&'static str, &'static str, Leaves, Doing);

pub(crate) fn said<T: Debug>(answer: StoreResult<T>) -> Answer {
    answer.map(|answer| format!("{answer:?}")).map_err(|error| error.to_string())
}

async fn pay(table: &Table, store: &Store, order: upline_domain::order::Paid) -> Answer {
    said(store.record_payment(&table.tenant, &order, now()).await)
}

/// Posts A1 with one more refund.
async fn post(table: &Table, store: &Store) -> Answer {
    let name = id("A1");
    let mut record = table.store().order(&table.tenant, &name).await.unwrap().unwrap();
    record.version += 1;
    record.refunds.insert(id("r9"), refund(1_000));
    let post = PostOrder { tenant: table.tenant.clone(), id: name, record };
    said(store.post_orders(vec![post], now()).await.map(|posted| posted.refused.len()))
}

/// Posts one who was registered under bob, below ann.
async fn recruit(table: &Table, store: &Store) -> Answer {
    said(store.post_member(&table.tenant, &member("dan", &["bob", "ann"]), now()).await)
}

async fn awaiting(table: &Table, store: &Store) -> Answer {
    let waiting = store.awaiting(&table.tenant, &id("xen"), &id("NEW")).await;
    said(waiting)
}

/// What the check of a distributor is decided by.
async fn subject_of(table: &Table, store: &Store, name: &str) -> Answer {
    let found = store.subjects(&table.tenant, &[id(name)]).await.unwrap().remove(name).unwrap();
    let key = keys::distributor(&table.tenant, &id(name));
    let read = found.map(|one| (one.member, one.team, one.check));
    said(read.map_err(|damaged| StoreError::Damaged { key, damaged }))
}

/// Bob as he was read after so many changes, whatever is there by now.
async fn bob_as(table: &Table, changes: u64) -> Subject {
    let copy = told().await;
    let mut bob = copy.item(&keys::member(&table.tenant, &id("bob"))).await;
    bob.insert("n".into(), n(&changes.to_string()));
    copy.put(bob).await;
    subject(&copy.store(), &table.tenant, "bob").await
}

/// Bob is raised by a check that read him after so many changes.
async fn raised_again(table: &Table, store: &Store, changes: u64) -> Answer {
    let bob = bob_as(table, changes).await;
    let new = raised(&bob, "diamond");
    said(store.keep_check(&table.tenant, &bob, CheckState::default(), Some(new)).await)
}

async fn figures(table: &Table, store: &Store, name: &str) -> Answer {
    said(store.figures_since(&table.tenant, &id(name), id("2026-01-01")).await)
}

/// When what is changed by hand holds, where it is new.
const LATER: &str = "2027-03-01T00:00:00Z";

/// Activates the first version from a time on.
async fn activate(table: &Table, store: &Store, from: Option<Timestamp>) -> Answer {
    let when = Wanted { from, now: now(), lead: Lead::ManyProcesses };
    let wish = ActivationWish { version: 1, rollout: None, when };
    said(store.activate(&table.tenant, &wish, &signed()).await)
}

async fn audited(table: &Table, store: &Store) -> Answer {
    said(store.audit(&table.tenant, Period::default(), 9, None).await)
}

macro_rules! uses {
    ($($kind:literal, $how:literal, $leaves:expr, |$table:ident, $store:ident| $doing:expr;)*) => {
        &[$(($kind, $how, $leaves, |$table, $store| Box::pin(async move { $doing }))),*]
    };
}
pub(crate) use uses;

const USES: &[Use] = uses![
    "order", "read", Alone, |t, s| said(s.order(&t.tenant, &id("A1")).await);
    "order", "read with others", Alone, |t, s| {
        let orders = s.orders(&t.tenant, &[id("A1")]).await.unwrap();
        let key = keys::order(&t.tenant, &id("A1")).pk;
        let one = orders.into_iter().next().unwrap().1;
        said(one.map_err(|damaged| StoreError::Damaged { key, damaged }))
    };
    "order", "the same payment", Alone, |t, s| pay(t, s, order()).await;
    "order", "another payment", Alone, |t, s| pay(t, s, paid("A1", "zoe", 1)).await;
    "order", "a refund", Updated, |t, s| {
        said(s.add_refund(&t.tenant, &id("A1"), &id("r9"), &refund(1)).await)
    };
    "order", "the same refund", Alone, |t, s| {
        said(s.add_refund(&t.tenant, &id("A1"), &id("r2"), &refund(100)).await)
    };
    "order", "the same completion", Alone, |t, s| {
        said(s.add_completion(&t.tenant, &id("A1"), at("2026-11-20T16:00:00Z")).await)
    };
    "order-unpaid", "a payment", Updated, |t, s| pay(t, s, paid("A3", "zoe", 100)).await;
    "order-unpaid", "a completion", Updated, |t, s| {
        said(s.add_completion(&t.tenant, &id("A3"), now()).await)
    };
    "order-waiting", "read", Alone, |t, s| said(s.order(&t.tenant, &id("A2")).await);
    "order-waiting", "the same payment", Alone, |t, s| {
        pay(t, s, paid_with_code("A2", "yan", "NEW")).await
    };
    "order-waiting", "taken up", Updated, |t, s| {
        t.store().bind(&t.tenant, &id("yan"), binding("cat")).await.unwrap();
        said(s.take_up_order(&t.tenant, &id("A2"), now()).await)
    };
    "member", "read", Alone, |t, s| said(s.member(&t.tenant, &id("bob")).await);
    "member", "read with others", Alone, |t, s| {
        said(s.members(&t.tenant, &[id("bob")], now()).await)
    };
    "member", "read as a buyer", Alone, |t, s| said(s.buyer(&t.tenant, &id("bob")).await);
    "member", "changed by hand", Updated, |t, s| {
        let when = Wanted { from: None, now: now(), lead: Lead::ManyProcesses };
        let status = Standing::Status(Status::Terminated);
        said(s.change_standing(&t.tenant, &id("bob"), &status, &when, &signed()).await)
    };
    "member", "read with histories", Alone, |t, s| {
        said(s.member_with_histories(&t.tenant, &id("bob")).await)
    };
    "member", "registered again", Alone, |t, s| {
        said(s.register(&t.tenant, &member("bob", &["ann"])).await)
    };
    "member", "checked", Alone, |t, s| subject_of(t, s, "bob").await;
    "member", "raised by a check", Updated, |t, s| raised_again(t, s, 3).await;
    "check", "read", Alone, |t, s| subject_of(t, s, "bob").await;
    "check", "the same kept", Alone, |t, s| {
        let bob = bob_as(t, 3).await;
        let kept = s.keep_check(&t.tenant, &bob, bob.check.clone(), None).await;
        said(kept).and(subject_of(t, s, "bob").await)
    };
    "check", "another kept", Updated, |t, s| {
        let bob = bob_as(t, 3).await;
        said(s.keep_check(&t.tenant, &bob, CheckState::default(), None).await)
    };
    "check", "kept with a level", Updated, |t, s| raised_again(t, s, 3).await;
    "level", "read", Alone, |t, s| {
        said(s.level_changes(&t.tenant, &id("bob"), 9, None).await)
    };
    "level", "read by itself", Alone, |t, s| {
        let item = t.item(&key_of(t, "level")).await;
        let key = keys::distributor(&t.tenant, &id("bob"));
        let read = decode_level(&item).map_err(|damaged| StoreError::Damaged { key, damaged });
        said(read).and(said(s.level_changes(&t.tenant, &id("bob"), 9, None).await))
    };
    "level", "written again", Alone, |t, s| raised_again(t, s, 2).await;
    "night", "read", Alone, |t, s| said(s.last_night(&t.tenant, 4).await);
    "night", "ended", Updated, |t, s| said(s.end_night(&t.tenant, 4, night(24, 2)).await);
    "night", "an earlier ended", Alone, |t, s| {
        said(s.end_night(&t.tenant, 4, night(-24, 2)).await)
    };
    "member", "an order below", Alone, |t, s| pay(t, s, paid("A9", "zoe", 100)).await;
    "code", "read", Alone, |t, s| said(s.code_owner(&t.tenant, &id("CAT")).await);
    "code", "listed", Alone, |t, s| {
        let shard = keys::distributor_shard(&id("cat"));
        let due = Due::of(&t.tenant, shard, None, night(0, 1), |_| id("2026-12-31"));
        said(s.due(&due, 9, None).await)
    };
    "code", "wished for again", Alone, |t, s| {
        let thief = Member { invite_code: id("CAT"), ..member("dan", &[]) };
        said(s.register(&t.tenant, &thief).await)
    };
    "buyer", "read", Alone, |t, s| said(s.buyer(&t.tenant, &id("zoe")).await);
    "buyer", "bound again", Alone, |t, s| {
        said(s.bind(&t.tenant, &id("zoe"), binding("bob")).await)
    };
    "buyer", "an order", Alone, |t, s| pay(t, s, paid("A9", "zoe", 100)).await;
    "wait", "read", Alone, |t, s| {
        said(s.waiting_orders(&t.tenant, &id("yan"), at(NOON)).await)
    };
    "wait", "written again", Anew, |t, s| {
        pay(t, s, paid_with_code("A2", "yan", "NEW")).await
    };
    "wait", "removed", Gone, |t, s| {
        t.store().bind(&t.tenant, &id("yan"), binding("cat")).await.unwrap();
        pay(t, s, paid_with_code("A2", "yan", "NEW")).await
    };
    "await-order", "read", Alone, |t, s| awaiting(t, s).await;
    "await-order", "written again", Anew, |t, s| {
        pay(t, s, paid_with_code("A2", "yan", "NEW")).await
    };
    "await-event", "read", Alone, |t, s| awaiting(t, s).await;
    "await-event", "written again", Anew, |t, s| {
        let whom = Referrer::Distributor(id("xen"));
        said(s.await_referrer(&t.tenant, &whom, ("evt-1", "00ff"), "{\"an\":\"event\"}").await)
    };
    "await-event", "removed", Gone, |t, s| {
        let row = keys::await_event(keys::distributor(&t.tenant, &id("xen")), "evt-1", "00ff");
        said(s.awaits_no_more(&row).await)
    };
    "line", "read", Alone, |t, s| {
        said(s.commissions(&t.tenant, &id("cat"), Period::default(), 9, None).await)
    };
    "line", "posted", Anew, |t, s| post(t, s).await;
    "balance", "read", Alone, |t, s| said(s.balances(&t.tenant, &id("cat")).await);
    "balance", "posted", Updated, |t, s| post(t, s).await;
    "day", "read", Alone, |t, s| {
        said(s.days(&t.tenant, &id("cat"), Period::default(), 9, None).await)
    };
    "day", "posted", Updated, |t, s| post(t, s).await;
    "recruits", "read", Alone, |t, s| {
        said(s.days(&t.tenant, &id("bob"), Period::default(), 9, None).await)
    };
    "day", "read for a check", Alone, |t, s| figures(t, s, "cat").await;
    "recruits", "read for a check", Alone, |t, s| figures(t, s, "bob").await;
    "recruits", "posted", Updated, |t, s| recruit(t, s).await;
    "team-counts", "read", Alone, |t, s| said(s.team_counts(&t.tenant, &id("ann")).await);
    "team-counts", "read for a check", Alone, |t, s| subject_of(t, s, "ann").await;
    "team-counts", "posted", Updated, |t, s| recruit(t, s).await;
    "team-row", "read", Alone, |t, s| said(s.team(&t.tenant, &id("ann"), 1, 9, None).await);
    "team-row", "posted again", Alone, |t, s| {
        said(s.post_member(&t.tenant, &member("bob", &["ann"]), now()).await)
    };
    "plan", "read", Alone, |t, s| said(s.plan_version(&t.tenant, 1).await);
    "plan-second", "read", Alone, |t, s| said(s.plan_version(&t.tenant, 2).await);
    "plan-second", "listed", Alone, |t, s| said(s.versions(&t.tenant, 9, None).await);
    "plan-second", "shown", Alone, |t, s| said(s.version(&t.tenant, 2).await);
    "plan", "published again", Alone, |t, s| {
        said(s.publish(&t.tenant, &draft(THREE_DEEP, POLICY), &signed()).await)
    };
    "plan", "another published", Alone, |t, s| {
        let third = THREE_DEEP.replace("0.10", "0.12");
        said(s.publish(&t.tenant, &draft(&third, POLICY), &signed()).await)
    };
    "active-plans", "read", Alone, |t, s| said(s.plan_at(&t.tenant, at(NOON), now()).await);
    "active-plans", "listed", Alone, |t, s| said(s.activations(&t.tenant).await);
    "active-plans", "the same activated", Alone, |t, s| activate(t, s, Some(Timestamp::MIN)).await;
    "active-plans", "another activated", Updated, |t, s| activate(t, s, Some(at(LATER))).await;
    "audit", "read", Alone, |t, s| audited(t, s).await;
    "audit", "written again", Updated, |t, s| {
        let made = keys::active_plans(&t.tenant);
        let mut item = t.item(&made).await;
        item.insert("n".into(), n("1"));
        t.put(item).await;
        let from = Some(at("2027-02-01T00:00:00Z"));
        let when = Wanted { from, now: now(), lead: Lead::ManyProcesses };
        let wish = ActivationWish { version: 2, rollout: None, when };
        said(s.activate(&t.tenant, &wish, &signed()).await)
    };
    "audit-day", "read", Alone, |t, s| audited(t, s).await;
    "audit-day", "written again", Updated, |t, s| activate(t, s, Some(at(LATER))).await;
];

/// Every use.
fn all() -> impl Iterator<Item = &'static Use> {
    USES.iter().chain(OF_REPORTS)
}

/// The items of the story, where one is of that format and has something else besides.
async fn with_format(items: &BTreeMap<Key, Item>, key: &Key, format: &str) -> Table {
    let table = Table::copy(items).await;
    let mut item = items[key].clone();
    item.insert("format".into(), AttributeValue::N(format.into()));
    item.insert("unknown".into(), AttributeValue::S("of another program".into()));
    table.put(item).await;
    table
}

/// All of one partition.
fn partition(items: &BTreeMap<Key, Item>, pk: &str) -> BTreeMap<Key, Item> {
    items.iter().filter(|(key, _)| key.pk == pk).map(|(k, i)| (k.clone(), i.clone())).collect()
}

fn key_of(table: &Table, kind: &str) -> Key {
    kinds(table).into_iter().find(|(name, _)| *name == kind).unwrap().1
}

#[test]
fn an_older_item_serves_as_one_of_today_and_keeps_what_is_not_known() {
    run(async {
        let told = told().await;
        let items = told.items().await;
        for (kind, how, leaves, doing) in all() {
            let (case, key) = (format!("{kind}: {how}"), key_of(&told, kind));
            let mut answers = Vec::new();
            for format in ["0", "1"] {
                let table = with_format(&items, &key, format).await;
                let before = table.item(&key).await;
                answers.push(doing(&table, &table.store()).await);
                let after = table.items().await.remove(&key);
                match leaves {
                    Alone => assert_eq!(after.as_ref(), Some(&before), "{case}"),
                    Anew => assert_eq!(after.unwrap()["format"], n("1"), "{case}"),
                    Gone => assert_eq!(after, None, "{case}"),
                    Updated => {
                        let after = after.unwrap();
                        assert_eq!(after["unknown"], before["unknown"], "{case}");
                        assert_eq!(after["format"], n("1"), "{case}: some of it is of today");
                    }
                }
            }
            assert!(answers[0].is_ok() && answers[0] == answers[1], "{case}: {answers:#?}");
        }
    });
}

fn n(digits: &str) -> AttributeValue {
    AttributeValue::N(digits.into())
}

#[test]
fn what_a_newer_program_wrote_is_neither_read_nor_written() {
    run(async {
        let told = told().await;
        let items = told.items().await;
        for (kind, how, leaves, doing) in all() {
            let (case, key) = (format!("{kind}: {how}"), key_of(&told, kind));
            let table = with_format(&items, &key, "2").await;
            let before = partition(&table.items().await, &key.pk);
            let answer = doing(&table, &table.store()).await;
            let error = answer.expect_err(&case);
            assert!(error.starts_with(&format!("item {}: ", key.pk)), "{case}: {error}");
            assert!(error.contains("format 2 is newer than this program"), "{case}: {error}");
            let after = partition(&table.items().await, &key.pk);
            // One who was bound on the way stands beside the row that is kept.
            let kept =
                if *leaves == Gone { after.get(&key) == before.get(&key) } else { after == before };
            assert!(kept, "{case}: {after:#?}");
        }
    });
}

#[test]
fn every_kind_of_item_is_used_in_every_format() {
    run(async {
        let table = told().await;
        let used: BTreeSet<&str> = all().map(|(kind, ..)| *kind).collect();
        // What is parked is in a module of its own.
        let kinds = kinds(&table).into_iter().map(|(kind, _)| kind);
        let kinds: BTreeSet<&str> = kinds.filter(|kind| !kind.starts_with("parked")).collect();
        assert_eq!(used, kinds);
    });
}

#[test]
fn a_change_that_a_newer_program_noted_is_left_to_it() {
    run(async {
        let table = Table::empty().await;
        let store = table.store().noting(Changes::new(CHANGES, "batch-1"));
        store.note_many(vec![Change::order(&table.tenant, &id("A1"))]).await.unwrap();
        assert_eq!(table.store().unposted(CHANGES).await.unwrap().len(), 1);
        let key = keys::order(&table.tenant, &id("A1")).pk;
        let row = [("pk", AttributeValue::S(key)), ("sk", AttributeValue::S("batch-1".into()))];
        let row = row.into_iter().chain([("format", n("2"))]);
        let put = table.client().put_item().table_name(CHANGES);
        let row = row.map(|(name, value)| (name.to_owned(), value)).collect();
        put.set_item(Some(row)).send().await.unwrap();
        let error = table.store().unposted(CHANGES).await.err().unwrap().to_string();
        assert!(error.contains("format 2 is newer"), "{error}");
    });
}

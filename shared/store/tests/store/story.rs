//! One fixed little story that writes an item of every kind.

use jiff::Timestamp;
use upline_domain::activation::ActivationWish;
use upline_domain::bind::{Binding, BoundBy};
use upline_domain::member::{History, Member, Referrer, Risk, Status};
use upline_domain::order::{Line, Paid, Payment, Refund, Refunded};
use upline_domain::schedule::{Lead, Wanted};
use upline_store::keys::{self, Key};
use upline_store::{
    Activated, Changed, ParkedEvent, ParkedId, PostOrder, Published, Signed, Standing,
};
use upline_testkit::now;
use upline_testkit::plans::{draft, publish_first, signed};

use crate::checked::{fails, night, raised, subject};
use crate::reported::{self, reported};
use crate::table::{POLICY, Table};
use crate::values::{
    NOON, THREE_DEEP, at, cny, fen, id, line, member, paid_with_code, payment, refund,
};

/// Three lines with all that a line can have, by zoe.
pub(crate) fn order() -> Paid {
    let dress = Line {
        category: Some(id("女装/连衣裙")),
        quantity: 2,
        discount: fen(500),
        unit_cost: Some(fen(3_000)),
        ..line("1", 9_900)
    };
    let lines = vec![dress, line("2", 5_000), Line { sku: id("赠品"), ..line("3", 0) }];
    let region = Some(id("华东"));
    Paid::new(Payment { lines, discount: fen(1_000), region, ..payment("A1", "zoe", 0) }).unwrap()
}

fn bob() -> Member {
    let from = |text: &str| -> Timestamp { at(text) };
    Member {
        display_name: Some(id("鲍勃")),
        levels: History(vec![(from("2026-10-02T00:00:00Z"), id("gold"))]),
        statuses: History(vec![
            (from("2026-12-01T00:00:00Z"), Status::Frozen),
            (from("2026-12-02T00:00:00Z"), Status::Active),
        ]),
        ..member("bob", &["ann"])
    }
}

/// The reason that a person gives for what they change.
pub(crate) const REASON: &str = "双十一";

/// Another plan, for a tenth of the buyers from the next year on.
async fn second_plan(table: &Table) {
    let (store, tenant) = (table.store(), &table.tenant);
    let signed = Signed { reason: Some(id(REASON)), ..signed() };
    let other = THREE_DEEP.replace("0.10", "0.11");
    let published = store.publish(tenant, &draft(&other, POLICY), &signed).await.unwrap();
    assert_eq!(published, Published::Created(2));
    let from = Some(at("2027-01-01T00:00:00Z"));
    let when = Wanted { from, now: now(), lead: Lead::ManyProcesses };
    let wish = ActivationWish { version: 2, rollout: Some(id("0.10")), when };
    let activated = store.activate(tenant, &wish, &signed).await.unwrap();
    assert!(matches!(activated, Activated::Created(_)), "{activated:?}");
}

/// Somebody is to stand so by hand, from the next year on.
pub(crate) async fn stands(table: &Table, who: &str, standing: Standing) {
    let from = Some(at("2027-01-01T00:00:00Z"));
    let when = Wanted { from, now: now(), lead: Lead::ManyProcesses };
    let signed = Signed { reason: Some(id(REASON)), ..signed() };
    let (who, store) = (id(who), table.store());
    let changed = store.change_standing(&table.tenant, &who, &standing, &when, &signed).await;
    assert!(matches!(changed, Ok(Changed::Created(_))), "{changed:?}");
}

/// A night whose check raises bob, and finds that he may lose what he is raised to.
async fn bob_is_checked(table: &Table) {
    let (store, tenant) = (table.store(), &table.tenant);
    let bob = subject(&store, tenant, "bob").await;
    let kept = store.keep_check(tenant, &bob, fails(), Some(raised(&bob, "platinum"))).await;
    assert!(kept.unwrap());
    store.end_night(tenant, keys::distributor_shard(&id("bob")), night(0, 1)).await.unwrap();
}

/// The table after the story.
pub(crate) async fn told() -> Table {
    let table = Table::empty().await;
    let (store, tenant) = (table.store(), &table.tenant);
    publish_first(&store, tenant, THREE_DEEP, POLICY).await;
    second_plan(&table).await;
    for one in [member("ann", &[]), bob(), member("cat", &["bob", "ann"])] {
        store.register(tenant, &one).await.unwrap();
        store.post_member(tenant, &one, now()).await.unwrap();
    }
    stands(&table, "bob", Standing::Status(Status::Frozen)).await;
    stands(&table, "bob", Standing::Risk(Risk::Flagged)).await;
    let bound_at = at("2026-10-04T00:00:00Z");
    let binding = Binding { distributor: id("cat"), bound_at, how: BoundBy::Code };
    store.bind(tenant, &id("zoe"), binding).await.unwrap();

    let a1 = id("A1");
    store.record_payment(tenant, &order(), now()).await.unwrap();
    let lines = vec![(id("1"), fen(1_234)), (id("2"), fen(5_000))];
    let by_line = Refund { goods: Refunded::Lines(lines), ..refund(0) };
    store.add_refund(tenant, &a1, &id("r1"), &by_line).await.unwrap();
    store.add_refund(tenant, &a1, &id("r2"), &refund(100)).await.unwrap();
    store.add_completion(tenant, &a1, at("2026-11-20T16:00:00Z")).await.unwrap();
    let record = store.order(tenant, &a1).await.unwrap().unwrap();
    let post = PostOrder { tenant: tenant.clone(), id: a1, record };
    assert!(store.post_orders(vec![post], now()).await.unwrap().refused.is_empty());

    store.record_payment(tenant, &paid_with_code("A2", "yan", "NEW"), now()).await.unwrap();
    store.add_refund(tenant, &id("A3"), &id("r1"), &refund(100)).await.unwrap();
    let awaited = Referrer::Distributor(id("xen"));
    store.await_referrer(tenant, &awaited, ("evt-1", "00ff"), "{\"an\":\"event\"}").await.unwrap();
    let parked = ParkedEvent {
        id: parked_id(),
        code: "malformed".into(),
        reason: "malformed: detail.data.paid_at: 缺少".into(),
        at: now(),
        event: "{\"another\":\"event\"}".into(),
    };
    store.park(Some(tenant), &parked).await.unwrap();
    store.taken_up(tenant, &parked.id, now()).await.unwrap();
    bob_is_checked(&table).await;
    reported(&table).await;
    table
}

fn parked_id() -> ParkedId {
    ParkedId { day: "2026-11-11".into(), event: "evt-2".into(), hash: "0123".into() }
}

/// An item of every kind in the story, by its name.
pub(crate) fn kinds(table: &Table) -> Vec<(&'static str, Key)> {
    let tenant = &table.tenant;
    let (ann, bob, cat) = (&id("ann"), &id("bob"), &id("cat"));
    let (a1, a2, day) = (&id("A1"), &id("A2"), id("2026-11-11"));
    let mut kinds = vec![
        ("active-plans", keys::active_plans(tenant)),
        ("audit", keys::audit(tenant, now(), "plan.activate", "2#2")),
        ("audit-day", keys::audit_day(tenant, id("2026-12-31"))),
        ("await-event", keys::await_event(keys::distributor(tenant, &id("xen")), "evt-1", "00ff")),
        ("await-order", keys::await_order(keys::code_partition(tenant, &id("NEW")), a2)),
        ("balance", keys::balance(tenant, cat, cny())),
        ("buyer", keys::buyer(tenant, &id("zoe"))),
        ("check", keys::check(tenant, bob)),
        ("code", keys::code(tenant, &id("CAT"))),
        ("day", keys::day(tenant, cat, day, cny())),
        ("level", keys::level_change(tenant, bob, 3)),
        ("line", keys::line(tenant, cat, at(NOON), a1)),
        ("member", keys::member(tenant, bob)),
        ("night", keys::nights(tenant, keys::distributor_shard(bob))),
        ("order", keys::order(tenant, a1)),
        ("order-unpaid", keys::order(tenant, &id("A3"))),
        ("order-waiting", keys::order(tenant, a2)),
        ("parked", keys::parked("demo", "2026-11-11", "evt-2", "0123")),
        ("parked-day", keys::parked_day("demo", "2026-11-11")),
        ("plan", keys::plan(tenant, 1)),
        ("plan-second", keys::plan(tenant, 2)),
        ("recruits", keys::recruits(tenant, bob, id("2026-10-01"))),
        ("refunded", keys::refunded(tenant, id("2026-11-12"), a1)),
        ("team-counts", keys::team_counts(tenant, ann)),
        ("team-row", keys::team(tenant, ann, 1, bob)),
        ("wait", keys::wait(tenant, &id("yan"), a2)),
    ];
    kinds.extend(reported::kinds(table));
    kinds
}

//! Level, status and risk changed by hand: created, exists, too soon, unknown; by operators at once
//! (in `writers.rs`), by processes that remember, and with who did so and why.

use jiff::{SignedDuration, Timestamp};
use upline_domain::limits::HISTORY_MAX;
use upline_domain::member::Status::{Active, Frozen, Terminated};
use upline_domain::member::{CannotChange, Risk};
use upline_domain::schedule::{Lead, Wanted};
use upline_store::{Changed, Held, Period, Signed, Standing, Store};
use upline_testkit::plans::signed;
use upline_testkit::{now, run};

use crate::table::Table;
use crate::values::id;

fn in_minutes(minutes: i64) -> Timestamp {
    now() + SignedDuration::from_mins(minutes)
}

fn signed_because(reason: &str) -> Signed {
    Signed { reason: Some(id(reason)), ..signed() }
}

/// Changes bob from a minute on, or as soon as may be.
async fn change(table: &Table, store: &Store, standing: Standing, minute: Option<i64>) -> Changed {
    let from = minute.map(in_minutes);
    let when = Wanted { from, now: now(), lead: Lead::ManyProcesses };
    let signed = signed_because("because");
    store.change_standing(&table.tenant, &id("bob"), &standing, &when, &signed).await.unwrap()
}

fn frozen() -> Standing {
    Standing::Status(Frozen)
}

fn active() -> Standing {
    Standing::Status(Active)
}

#[test]
fn a_change_holds_from_its_time_and_a_repeat_changes_nothing() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        let from = in_minutes(20);
        assert_eq!(change(&table, &store, frozen(), Some(20)).await, Changed::Created(from));
        let before = table.items().await;
        assert_eq!(change(&table, &store, frozen(), Some(20)).await, Changed::Exists(from));
        assert_eq!(table.items().await, before);
        let gold = Standing::Level(id("gold"));
        let soonest = Changed::Created(in_minutes(15));
        assert_eq!(change(&table, &store, gold.clone(), None).await, soonest);
        assert_eq!(change(&table, &store, gold, None).await, Changed::Exists(in_minutes(15)));
        // Between two others, and after one of its own time.
        change(&table, &store, active(), Some(40)).await;
        change(&table, &store, active(), Some(30)).await;
        assert_eq!(
            change(&table, &store, Standing::Status(Terminated), Some(40)).await,
            Changed::Created(in_minutes(40)),
        );
        let (bob, histories) =
            store.member_with_histories(&table.tenant, &id("bob")).await.unwrap().unwrap();
        let stood: Vec<_> =
            [19, 20, 30, 40].map(|minute| bob.status_at(in_minutes(minute))).to_vec();
        assert_eq!(stood, [Active, Frozen, Active, Terminated]);
        assert_eq!(bob.levels.at(in_minutes(15)), Some(&id("gold")));
        assert_eq!(bob.levels.at(in_minutes(14)), None);
        let made = Some(signed_because("because"));
        let held = Held { value: "gold".to_owned(), from: in_minutes(15), made };
        assert_eq!(histories.levels, [held]);
        let statuses: Vec<_> = histories.statuses.iter().map(|held| held.value.as_str()).collect();
        assert_eq!(statuses, ["frozen", "active", "active", "terminated"]);
        assert_eq!(store.member(&table.tenant, &id("bob")).await.unwrap(), Some(bob));
    });
}

#[test]
fn a_risk_is_flagged_and_cleared_and_tells_who_did_so() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        let (flagged, clear) = (Standing::Risk(Risk::Flagged), Standing::Risk(Risk::Clear));
        let whole =
            async || store.member_with_histories(&table.tenant, &id("bob")).await.unwrap().unwrap();
        let (bob, histories) = whole().await;
        assert_eq!((bob.risk_at(in_minutes(99)), histories.risks), (Risk::Clear, vec![]));
        change(&table, &store, clear, Some(40)).await;
        let created = Changed::Created(in_minutes(20));
        assert_eq!(change(&table, &store, flagged.clone(), Some(20)).await, created);
        let exists = Changed::Exists(in_minutes(20));
        assert_eq!(change(&table, &store, flagged, Some(20)).await, exists);
        let (bob, histories) = whole().await;
        let stood: Vec<_> = [19, 20, 39, 40].map(|minute| bob.risk_at(in_minutes(minute))).into();
        assert_eq!(stood, [Risk::Clear, Risk::Flagged, Risk::Flagged, Risk::Clear]);
        assert_eq!(bob.status_at(in_minutes(20)), Active, "a flag is no status");
        let held: Vec<_> = histories.risks.iter().map(|held| held.value.as_str()).collect();
        assert_eq!(held, ["flagged", "clear"]);
        let made = Some(signed_because("because"));
        assert!(histories.risks.iter().all(|held| held.made == made));
        assert_eq!(store.member(&table.tenant, &id("bob")).await.unwrap(), Some(bob));
    });
}

#[test]
fn what_cannot_be_changed_changes_nothing() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        let before = table.items().await;
        let soon = change(&table, &store, frozen(), Some(14)).await;
        let Changed::Cannot(CannotChange::TooSoon(soon)) = soon else { panic!("{soon:?}") };
        assert_eq!(soon.earliest, in_minutes(15));
        let when = Wanted { from: None, now: now(), lead: Lead::SingleProcess };
        let (eve, signed, standing) = (id("eve"), signed(), frozen());
        let ghost = store.change_standing(&table.tenant, &eve, &standing, &when, &signed).await;
        assert_eq!(ghost.unwrap(), Changed::UnknownDistributor);
        assert_eq!(table.items().await, before);
    });
}

#[test]
fn a_distributor_has_room_for_so_many_changes() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        let count = i64::try_from(HISTORY_MAX).unwrap();
        for minute in 0..count {
            let standing = if minute % 2 == 0 { frozen() } else { active() };
            change(&table, &store, standing, Some(20 + minute)).await;
        }
        let full = change(&table, &store, frozen(), Some(500)).await;
        assert_eq!(full, Changed::Cannot(CannotChange::TooMany));
        let again = change(&table, &store, frozen(), Some(20)).await;
        assert_eq!(again, Changed::Exists(in_minutes(20)), "a repeat needs no room");
    });
}

#[test]
fn each_change_leaves_one_row_for_whoever_asks_later() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        change(&table, &store, frozen(), Some(20)).await;
        change(&table, &store, frozen(), Some(20)).await;
        change(&table, &store, Standing::Level(id("gold")), Some(20)).await;
        change(&table, &store, Standing::Risk(Risk::Flagged), Some(20)).await;
        let all = store.audit(&table.tenant, Period::default(), 9, None).await.unwrap().items;
        let mut told: Vec<_> = all
            .iter()
            .filter(|one| one.about == "bob")
            .map(|one| (&*one.action, one.before.get("value"), one.after["value"].as_str()))
            .collect();
        told.sort_unstable();
        let (active, clear) = ("active".to_owned(), "clear".to_owned());
        let want = [
            ("distributor.level", None, "gold"),
            ("distributor.risk", Some(&clear), "flagged"),
            ("distributor.status", Some(&active), "frozen"),
        ];
        assert_eq!(told, want);
        let signed = signed_because("because");
        assert!(all.iter().filter(|one| one.about == "bob").all(|one| one.signed == signed));
    });
}

/// A process remembers bob for a minute, and another freezes him as early as may be. An event of 10
/// minutes ahead that arrives within that minute is the earliest that could go wrong.
#[test]
fn no_memory_gives_a_wrong_status() {
    run(async {
        let table = Table::with_family().await;
        let [warm, other] = [table.store(), table.store()];
        let status = async |time, clock| {
            let found = warm.members(&table.tenant, &[id("bob")], clock).await.unwrap();
            found["bob"].status_at(time)
        };
        assert_eq!(status(now(), now()).await, Active, "from now on it remembers");
        change(&table, &other, frozen(), None).await;
        let from = in_minutes(15);
        for seconds in 0..=20 * 60 {
            let clock = now() + SignedDuration::from_secs(seconds);
            for paid_at in [clock, clock + SignedDuration::from_mins(10)] {
                let want = if paid_at < from { Active } else { Frozen };
                assert_eq!(status(paid_at, clock).await, want, "{paid_at} at {clock}");
            }
        }
    });
}

#[test]
fn a_process_goes_by_its_own_change_at_once() {
    run(async {
        let table = Table::with_family().await;
        let store = table.store();
        let status = async || {
            let found = store.members(&table.tenant, &[id("bob")], now()).await.unwrap();
            found["bob"].status_at(now())
        };
        assert_eq!(status().await, Active, "from now on it remembers");
        let when = Wanted { from: None, now: now(), lead: Lead::SingleProcess };
        let (bob, signed, standing) = (id("bob"), signed(), frozen());
        let changed = store.change_standing(&table.tenant, &bob, &standing, &when, &signed).await;
        assert_eq!(changed.unwrap(), Changed::Created(now()));
        assert_eq!(status().await, Frozen);
    });
}

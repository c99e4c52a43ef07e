//! `park`, `taken_up` and `dismiss`: kept once, listed until taken up or put away, and again where
//! it comes again.

use futures::future::join_all;
use upline_store::keys::{self, Key};
use upline_store::{Dismissal, ParkedEvent, ParkedId};
use upline_testkit::{now, run};

use crate::SEEDS;
use crate::table::Table;

fn event(day: &str, name: &str, text: &str) -> ParkedEvent {
    ParkedEvent {
        id: ParkedId { day: day.into(), event: name.into(), hash: format!("{name}00ff") },
        code: "no_plan".into(),
        reason: "no_plan: 没有方案".into(),
        at: now(),
        event: text.into(),
    }
}

async fn listed(table: &Table) -> Vec<ParkedEvent> {
    table.store().parked(&table.tenant, 100, None).await.unwrap().items
}

#[test]
fn an_event_is_listed_until_it_is_taken_up_and_again_when_it_comes_again() {
    run(async {
        let table = Table::empty().await;
        let (store, parked) = (table.store(), event("2026-11-11", "evt-1", "{}"));
        store.park(Some(&table.tenant), &parked).await.unwrap();
        store.park(Some(&table.tenant), &parked).await.unwrap();
        assert_eq!(listed(&table).await, std::slice::from_ref(&parked), "kept once");
        for _ in 0..2 {
            store.taken_up(&table.tenant, &parked.id, now()).await.unwrap();
            assert_eq!(listed(&table).await, []);
        }
        let kept = store.parked_event(&table.tenant, &parked.id).await.unwrap();
        assert_eq!(kept.as_ref(), Some(&parked), "it is still there to look at");
        store.park(Some(&table.tenant), &parked).await.unwrap();
        assert_eq!(listed(&table).await, [parked]);
    });
}

#[test]
fn taking_up_or_dismissing_what_is_not_parked_makes_nothing() {
    run(async {
        let table = Table::empty().await;
        let unknown = event("2026-11-11", "evt-1", "{}").id;
        table.store().taken_up(&table.tenant, &unknown, now()).await.unwrap();
        assert!(!table.store().dismiss(&table.tenant, &unknown, &away(0)).await.unwrap());
        assert!(table.items().await.is_empty());
    });
}

fn away(after_ms: i64) -> Dismissal {
    let at = now().as_millisecond() + after_ms;
    Dismissal {
        at: jiff::Timestamp::from_millisecond(at).unwrap(),
        by: "olga".into(),
        reason: format!("paid by hand {after_ms}"),
    }
}

#[test]
fn what_is_dismissed_is_kept_with_who_when_and_why_each_time() {
    run(async {
        let table = Table::empty().await;
        let (store, parked) = (table.store(), event("2026-11-11", "evt-1", "{}"));
        let ParkedId { day, event, hash } = &parked.id;
        let key: Key = keys::parked(table.tenant.as_str(), day, event, hash);
        for times in 1..=2_i64 {
            store.park(Some(&table.tenant), &parked).await.unwrap();
            assert_eq!(listed(&table).await, std::slice::from_ref(&parked));
            let made = store.dismiss(&table.tenant, &parked.id, &away(times)).await.unwrap();
            assert!(made, "it was listed");
            let again = store.dismiss(&table.tenant, &parked.id, &away(9)).await.unwrap();
            assert!(!again, "it was listed no more");
            assert_eq!(listed(&table).await, []);
            let row = table.item(&key).await;
            let why: Vec<_> =
                row.iter().filter(|(name, _)| name.starts_with("dismissed#")).collect();
            assert_eq!(why.len(), usize::try_from(times).unwrap(), "{why:?}");
            let name = format!("dismissed#{}", away(times).at.as_millisecond());
            let said = row[&name].as_m().unwrap();
            assert_eq!(said["by"].as_s().unwrap(), "olga");
            assert_eq!(*said["reason"].as_s().unwrap(), away(times).reason);
        }
        let kept = store.parked_event(&table.tenant, &parked.id).await.unwrap();
        assert_eq!(kept, Some(parked), "it is still there to look at");
    });
}

#[test]
fn what_is_kept_aside_is_whole_and_not_listed_unless_it_was() {
    run(async {
        let table = Table::empty().await;
        let (store, parked) = (table.store(), event("2026-11-11", "evt-1", "{}"));
        store.park_aside(Some(&table.tenant), &parked).await.unwrap();
        assert_eq!(listed(&table).await, []);
        let kept = store.parked_event(&table.tenant, &parked.id).await.unwrap();
        assert_eq!(kept.as_ref(), Some(&parked));
        store.park(Some(&table.tenant), &parked).await.unwrap();
        store.park_aside(Some(&table.tenant), &parked).await.unwrap();
        assert_eq!(listed(&table).await, [parked], "the shop sent it itself");
    });
}

#[test]
fn a_row_from_before_it_said_whether_it_is_listed_is_read() {
    run(async {
        let table = Table::empty().await;
        let (store, parked) = (table.store(), event("2026-11-11", "evt-1", "{}"));
        let ParkedId { day, event, hash } = &parked.id;
        let key = keys::parked(table.tenant.as_str(), day, event, hash);
        store.park(Some(&table.tenant), &parked).await.unwrap();
        let mut row = table.item(&key).await;
        row.remove("listed").unwrap();
        table.put(row).await;
        assert_eq!(listed(&table).await, std::slice::from_ref(&parked));
        store.taken_up(&table.tenant, &parked.id, now()).await.unwrap();
        let mut row = table.item(&key).await;
        row.remove("listed").unwrap();
        table.put(row).await;
        assert_eq!(listed(&table).await, []);
    });
}

#[test]
fn pages_of_one_code_hold_each_of_it_once_and_end() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        for n in 0..1_100_usize {
            let mut one = event(["2026-11-10", "2026-11-11"][n % 2], &format!("evt-{n:04}"), "{}");
            one.code = if n % 500 == 7 { "rare".into() } else { "common".into() };
            store.park(Some(&table.tenant), &one).await.unwrap();
        }
        for (limit, counts) in [(1, &[1, 1, 1, 0][..]), (2, &[2, 1]), (9, &[2, 1])] {
            let (mut seen, mut after, mut pages) = (Vec::new(), None, Vec::new());
            loop {
                let page = store.parked_for(&table.tenant, Some("rare"), limit, after).await;
                let page = page.unwrap();
                pages.push(page.items.len());
                seen.extend(page.items.into_iter().map(|one| one.id.event));
                after = page.after;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, ["evt-0007", "evt-0507", "evt-1007"]);
            assert_eq!(pages, counts, "of at most {limit}, from a thousand rows at most");
        }
    });
}

#[test]
fn two_events_of_one_id_are_two_and_tenants_do_not_see_each_others() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        let one = event("2026-11-11", "evt-1", "{}");
        let two = ParkedEvent {
            id: ParkedId { hash: "other".into(), ..one.id.clone() },
            event: "[]".into(),
            ..one.clone()
        };
        let other = "other".parse().unwrap();
        store.park(Some(&table.tenant), &one).await.unwrap();
        store.park(Some(&table.tenant), &two).await.unwrap();
        store.park(Some(&other), &event("2026-11-11", "evt-2", "{}")).await.unwrap();
        store.park(None, &event("-", "-", "not an event")).await.unwrap();
        assert_eq!(listed(&table).await, [one, two]);
        assert_eq!(store.parked(&other, 9, None).await.unwrap().items.len(), 1);
    });
}

#[test]
fn a_long_event_is_kept_whole_through_a_crash_at_any_request() {
    run(async {
        let text = "订".repeat(250_000);
        let long = event("2026-11-11", "evt-1", &text);
        for requests in 0.. {
            let table = Table::empty().await;
            let cut = table.cut_off(requests).park(Some(&table.tenant), &long).await;
            let seen = listed(&table).await;
            assert_eq!(seen.len(), usize::from(cut.is_ok()), "after {requests}: whole or not yet");
            table.store().park(Some(&table.tenant), &long).await.unwrap();
            let listed = listed(&table).await;
            assert_eq!(listed, std::slice::from_ref(&long), "after {requests}");
            if cut.is_ok() {
                assert!(requests > 3, "it takes more than one row");
                return;
            }
        }
    });
}

#[test]
fn pages_over_days_hold_each_event_once_while_others_are_parked() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::empty().await;
            let days = ["-", "2026-11-10", "2026-11-11"];
            let events: Vec<ParkedEvent> =
                (0..9).map(|n| event(days[n % 3], &format!("evt-{n}"), "{}")).collect();
            let stores: Vec<_> = (0..3).map(|n| table.in_turns(seed * 3 + n)).collect();
            let parks = stores.iter().enumerate().map(async |(n, store)| {
                for event in events.iter().skip(n) {
                    store.park(Some(&table.tenant), event).await.unwrap();
                }
            });
            join_all(parks).await;
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let limit = 1 + usize::try_from(seed % 4).unwrap();
                let page = table.store().parked(&table.tenant, limit, after).await.unwrap();
                assert!(page.items.len() <= limit);
                seen.extend(page.items.into_iter().map(|one| one.id.event));
                after = page.after;
                if after.is_none() {
                    break;
                }
            }
            seen.sort();
            let want: Vec<String> = (0..9).map(|n| format!("evt-{n}")).collect();
            assert_eq!(seen, want, "{seed}");
        }
    });
}

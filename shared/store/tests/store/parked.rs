//! `park` and `taken_up`: kept once, listed until taken up, and again where it comes again.

use futures::future::join_all;
use upline_store::{ParkedEvent, ParkedId};
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
fn taking_up_what_is_not_parked_makes_nothing() {
    run(async {
        let table = Table::empty().await;
        let unknown = event("2026-11-11", "evt-1", "{}").id;
        table.store().taken_up(&table.tenant, &unknown, now()).await.unwrap();
        assert!(table.items().await.is_empty());
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

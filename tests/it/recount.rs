//! A recount counts what nobody posted, once, and leaves what is counted as it is.

mod messages;

use upline_domain::ids::TenantId;
use upline_lambda::Changed;
use upline_store::keys::SEGMENTS;
use upline_store::{Scope, Standing, Store};
use upline_testkit::events::{paid, refunded};
use upline_testkit::plans::signed;
use upline_testkit::{World, meter, now, run};

use recount::{Counts, Part, recount};

use crate::earning::{family, pending};
use crate::lambda::items;
use crate::plans::TWO_DEEP;
use crate::worlds::compare::compare;
use crate::worlds::story::{Step, Story};
use crate::worlds::{begun, number};

/// All segments one after another, each page as a part of its own.
async fn recounted(store: &Store, tenant: Option<&TenantId>) -> Counts {
    let mut counts = Counts::default();
    for segment in 0..SEGMENTS {
        let scope = Scope { tenant, segment: Some(segment) };
        let mut after = None;
        loop {
            let part = recount(store, &now, scope, after.as_deref(), || false).await.unwrap();
            counts += part.counts;
            after = part.after;
            if after.is_none() {
                break;
            }
        }
    }
    counts
}

/// Plays a world in which nothing is posted, and recounts it.
async fn play(seed: u64) -> Result<(), String> {
    let story = Story::of(seed);
    let (world, mut ledger) = begun(&story).await;
    for step in &story.first {
        if let Step::Send(event) = step {
            world.send(event).await;
            ledger.take(event);
        }
    }
    ledger.post();
    let (one, two) = (world.another_process(), world.another_process());
    let first = if seed.is_multiple_of(2) {
        // Two recounts at once, each of whose requests waits for some of the other's.
        let both = [&one, &two].map(|world| Box::pin(recounted(&world.store, None)));
        let [first, second] = futures::future::join_all(both).await.try_into().unwrap();
        assert_eq!((first.orders, first.distributors), (second.orders, second.distributors));
        first
    } else {
        recounted(&one.store, None).await
    };
    compare(&world, &ledger, &story).await?;
    let before = items(&world).await;
    let again = recounted(&one.store, Some(&world.tenant)).await;
    let Counts { orders, distributors, .. } = first;
    let want = Counts { orders, distributors, lines: 0, team_rows: 0, parked: again.parked };
    assert_eq!(again, want, "the second time there is nothing to count");
    assert_eq!(items(&world).await, before);
    Ok(())
}

#[test]
fn books_that_nobody_posted_come_to_what_the_reference_has() {
    run(async {
        let (from, count) = number("UPLINE_SEED").map_or((1, 12), |seed| (seed, 1));
        for seed in from..from + count {
            Box::pin(play(seed)).await.unwrap_or_else(|wrong| panic!("world {seed}: {wrong}"));
        }
    });
}

#[test]
fn it_says_what_was_not_counted() {
    run(async {
        let world = family(TWO_DEEP).await;
        let order = |id: &str| paid(id, "zoe", "100.00", "2026-11-11T00:00:00Z");
        world.send_all(&[order("A1")]).await;
        world.send(&refunded("A1", "r1", "40.00", "2026-11-12T00:00:00Z")).await;
        world.send(&order("A2")).await;
        let counts = recounted(&world.store, None).await;
        // Of the two who earn, each has a line of A1 without its refund, and none of A2.
        let want = Counts { orders: 2, lines: 4, distributors: 3, ..Counts::default() };
        assert_eq!(counts, want);
        assert_eq!(pending(&world, "cat").await, "16.00");
        let named = counts.named();
        assert_eq!(named[..2], [("orders", 2), ("lines_changed", 4)]);
        assert_eq!(named[2..4], [("distributors", 3), ("team_rows_changed", 0)]);
    });
}

#[test]
fn where_nothing_is_to_be_counted_nothing_is_written() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send_all(&[paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")]).await;
        let (client, meter) = meter::metered(&world.client());
        let store = world.over(&client).store;
        let whole = Scope { tenant: Some(&world.tenant), segment: None };
        let Part { counts, after } = recount(&store, &now, whole, None, || true).await.unwrap();
        assert_eq!((counts.orders, counts.distributors, after), (1, 3, None));
        let cost = meter.spent();
        assert_eq!(cost.writes, [""; 0]);
        assert_eq!(cost.requests, ["Scan", "BatchGetItem", "BatchGetItem"]);
    });
}

#[test]
fn who_was_changed_before_they_were_counted_is_counted() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        for event in [
            upline_testkit::events::registered("ann", "2026-10-01T00:00:00Z"),
            upline_testkit::events::registered_under("bob", "ann", "2026-10-02T00:00:00Z"),
        ] {
            world.send(&event).await;
        }
        let level = Standing::Level("gold".parse().unwrap());
        let lead = upline_domain::schedule::Lead::ManyProcesses;
        let when = upline_domain::schedule::Wanted { from: None, now: now(), lead };
        let bob = "bob".parse().unwrap();
        world.store.change_standing(&world.tenant, &bob, &level, &when, &signed()).await.unwrap();
        let counts = recounted(&world.store, None).await;
        assert_eq!((counts.distributors, counts.team_rows), (2, 1));
        let ann = "ann".parse().unwrap();
        let team = world.store.team_counts(&world.tenant, &ann).await.unwrap();
        assert_eq!(team, [1, 0, 0, 0, 0]);
    });
}

#[test]
fn what_cannot_be_read_is_parked_and_holds_up_nobody() {
    run(async {
        let world = family(TWO_DEEP).await;
        for n in 1..=3 {
            world.send(&paid(&format!("A{n}"), "zoe", "100.00", "2026-11-11T00:00:00Z")).await;
        }
        for (order, attribute) in [("A1", "format"), ("A2", "ver")] {
            let mut item = world
                .items()
                .await
                .into_iter()
                .find(|item| item["pk"].as_s().unwrap() == &format!("demo#O#{order}"));
            let item = item.as_mut().unwrap();
            let newer = aws_sdk_dynamodb::types::AttributeValue::N("2".to_owned());
            if attribute == "format" {
                item.insert("format".to_owned(), newer)
            } else {
                item.remove(attribute)
            };
            let put = world.client().put_item().table_name("upline");
            put.set_item(Some(item.clone())).send().await.unwrap();
        }
        for _ in 0..2 {
            let counts = recounted(&world.store, None).await;
            assert_eq!((counts.orders, counts.distributors, counts.parked), (1, 3, 2));
            assert_eq!(pending(&world, "cat").await, "10.00");
            let mut parked = world.parked().await;
            parked.sort_by(|one, other| one.id.event.cmp(&other.id.event));
            let ids: Vec<_> = parked.iter().map(|one| (&*one.id.event, &*one.code)).collect();
            assert_eq!(ids, [("A1", "damaged"), ("A2", "damaged")], "once each");
            assert!(parked[0].reason.contains("format 2 is newer"), "{}", parked[0].reason);
        }
    });
}

#[test]
fn a_page_that_is_older_than_what_is_counted_undoes_nothing() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send_all(&[paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")]).await;
        let whole = Scope { tenant: None, segment: None };
        let page = world.store.scan(whole, None).await.unwrap();
        world.send_all(&[refunded("A1", "r1", "40.00", "2026-11-12T00:00:00Z")]).await;
        let changed = upline_lambda::each_item(&page.items);
        let orders = changed.iter().filter(|one| matches!(one, Changed::Order(_))).count();
        assert_eq!((orders, changed.len()), (1, 4));
        let posted = upline_lambda::post(&world.store, now(), changed).await.unwrap();
        assert_eq!(posted, upline_lambda::PostedBatch::default());
        assert_eq!(pending(&world, "cat").await, "6.00");
    });
}

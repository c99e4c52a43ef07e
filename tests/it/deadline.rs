//! A function answers before Lambda cuts it off: what is not done by then comes again.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use upline_lambda::{Deadline, Message, Outcome, each_message, now, read_images};
use upline_testkit::events::{paid, registered};
use upline_testkit::{World, run, stream};

use crate::earning::{family, pending};
use crate::lambda::{batch, items, shell};
use crate::plans::TWO_DEEP;
use crate::publishing::bus::{Answer, StandIn};

const DEADLINE_MS: i64 = 1_000_000;

/// A clock that shows so much less than the deadline, until it is set.
struct Clock(AtomicI64);

impl Clock {
    fn before_the_deadline(left_ms: i64) -> Self {
        Self(AtomicI64::new(left_ms))
    }

    fn show(&self, left_ms: i64) {
        self.0.store(left_ms, Ordering::SeqCst);
    }

    fn now(&self) -> Timestamp {
        let left_ms = self.0.load(Ordering::SeqCst);
        Timestamp::from_millisecond(DEADLINE_MS - left_ms).unwrap()
    }
}

fn deadline(clock: &(dyn Fn() -> Timestamp + Sync)) -> Deadline<'_> {
    Deadline::from_millis(DEADLINE_MS.try_into().unwrap(), clock)
}

/// A clock by which there was time to begin, and then there is next to none.
fn running_out(asked: &AtomicI64) -> Timestamp {
    let is_first = asked.fetch_add(1, Ordering::SeqCst) == 0;
    let left_ms = if is_first { 30_000 } else { 1_500 };
    Timestamp::from_millisecond(DEADLINE_MS - left_ms).unwrap()
}

fn bodies() -> Vec<String> {
    let of = |id: &str| registered(id, "2026-10-01T00:00:00Z").to_string();
    ["ann", "bob", "cat"].map(of).to_vec()
}

async fn is_there(world: &World, id: &str) -> bool {
    world.store.member(&world.tenant, &id.parse().unwrap()).await.unwrap().is_some()
}

#[test]
fn what_there_is_no_time_to_begin_comes_again() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        let (shell, clock) = (shell(&world), Clock::before_the_deadline(30_000));
        let read = || clock.now();
        let answer =
            each_message(&shell, deadline(&read), batch(&bodies()), async |message: &Message| {
                let handled = bind_registration::handle(&shell.store, now(), message).await;
                clock.show(3_500);
                handled
            });
        let failures = answer.await.batch_item_failures;
        let failed: Vec<_> = failures.iter().map(|one| one.item_identifier.as_str()).collect();
        assert_eq!(failed, ["m1", "m2"]);
        assert!(is_there(&world, "ann").await);
        assert!(!is_there(&world, "bob").await && !is_there(&world, "cat").await);
    });
}

#[test]
fn what_is_not_done_in_time_is_left_and_comes_again() {
    run(async {
        let world = World::with_plan(TWO_DEEP).await;
        let (shell, asked) = (shell(&world), AtomicI64::new(0));
        let read = || running_out(&asked);
        let never = async |_: &Message| {
            std::future::pending::<()>().await;
            Ok(Outcome::Created)
        };
        let answer = each_message(&shell, deadline(&read), batch(&bodies()), never).await;
        let failures = answer.batch_item_failures;
        let failed: Vec<_> = failures.iter().map(|one| one.item_identifier.as_str()).collect();
        assert_eq!(failed, ["m0", "m1", "m2"]);
    });
}

#[test]
fn a_batch_of_the_stream_that_is_not_done_in_time_comes_again() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send(&paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")).await;
        let shell = shell(&world);
        let images = read_images(stream::batch(&items(&world).await));
        let clock = Clock::before_the_deadline(3_500);
        let read = || clock.now();
        let taken = post_ledger::take(&shell, None, deadline(&read), &images).await;
        assert_eq!(taken.unwrap_err().to_string(), "the batch was not done in time");
        assert_eq!(pending(&world, "cat").await, "-", "it was not begun");

        let (asked, stand_in) = (AtomicI64::new(0), StandIn::default());
        stand_in.answers([Answer::Hangs]);
        let read = || running_out(&asked);
        let bus = stand_in.bus();
        let taken = post_ledger::take(&shell, Some(&bus), deadline(&read), &images).await;
        assert_eq!(taken.unwrap_err().to_string(), "the batch was not done in time");
        assert_eq!(pending(&world, "cat").await, "10.00", "it is posted, and posted again");
    });
}

//! A night of `check-upgrades` by its messages: from one for all tenants down to each shard.

use std::sync::atomic::{AtomicI64, Ordering};

use check_upgrades::{Clock, jobs};
use jiff::Timestamp;
use serde_json::Value;
use upline_contract::job::{Job, JobMessage, Whom};
use upline_domain::ids::{DistributorId, TenantId};
use upline_domain::schedule::Lead;
use upline_lambda::{Deadline, Message, Shell, each_change, each_job, each_message, read_images};
use upline_store::keys::SHARDS;
use upline_testkit::events::{of_tenant, registered, registered_under};
use upline_testkit::plans::publish_first;
use upline_testkit::{World, handle, now, run, stream};

use crate::jobs::queue::Answering;
use crate::jobs::{of_tenant as of_one, texts};
use crate::lambda::{batch, items, shell, unhurried};
use crate::plans::TWO_DEEP;

/// As much as two distributors below ask for.
fn plan() -> String {
    let levels = r#""levels": [ { "id": "bronze" },
        { "id": "silver", "when": { "all": [
            { "direct_recruits": { "min": 2, "days": 366 } } ] } } ],
        "demote": "never", "currencies""#;
    TWO_DEEP.replacen(r#""currencies""#, levels, 1)
}

fn for_all() -> JobMessage {
    JobMessage { job: Job::CheckUpgrades, whom: Whom::Everybody }
}

/// Two tenants; ann has two below her with the one, and one with the other.
async fn two_tenants() -> World {
    let world = World::with_plan_under(&plan(), "global").await;
    let other: TenantId = "other".parse().unwrap();
    let policy = upline_contract::plan::Policy::named("global").unwrap().to_text();
    publish_first(&world.store, &other, &plan(), &policy).await;
    let at = "2026-10-01T00:00:00Z";
    let mut events = vec![registered("ann", at)];
    events.extend(["bob", "cat"].map(|id| registered_under(id, "ann", at)));
    let others: Vec<Value> =
        events[..2].iter().map(|event| of_tenant(event.clone(), "other")).collect();
    events.extend(others);
    take(&world, &events).await;
    world
}

/// Sends events through their queue, and posts what they changed.
async fn take(world: &World, events: &[Value]) {
    let shell = shell(world);
    for events in events.chunks(10) {
        let bodies: Vec<String> = events.iter().map(Value::to_string).collect();
        let answer =
            each_message(&shell, unhurried(), batch(&bodies), async |message: &Message| {
                handle(&world.store, now(), message).await
            });
        assert!(answer.await.batch_item_failures.is_empty());
    }
    let changed = each_change(&read_images(stream::batch(&items(world).await)));
    post_ledger::handle(&world.store, now(), changed).await.unwrap();
}

fn clock() -> Clock<'static> {
    Clock { now: &now, lead: Lead::ManyProcesses }
}

/// Hands bodies to the function, one after another, and whatever it sends, until nothing is left;
/// how many there were. What cannot be sent has to come again.
async fn play(
    world: &Shell,
    queue: &Answering,
    deadline: impl for<'a> Fn(&'a AtomicI64) -> Box<dyn Fn() -> Timestamp + Sync + 'a>,
    bodies: &[String],
) -> usize {
    let (mut left, mut handled) = (bodies.to_vec(), 0);
    while !left.is_empty() {
        for body in std::mem::take(&mut left) {
            let asked = AtomicI64::new(0);
            let clock_of = deadline(&asked);
            let answer = one(world, queue, Deadline::from_millis(DEADLINE_MS, &*clock_of), body);
            assert!(answer.await, "it is done");
            handled += 1;
        }
        left = queue.take();
    }
    handled
}

async fn one(shell: &Shell, queue: &Answering, deadline: Deadline<'_>, body: String) -> bool {
    let jobs = queue.jobs();
    let answer = each_job(shell, deadline, batch(&[body]), async |message: &JobMessage| {
        jobs::handle(shell, &jobs, clock(), deadline, message).await
    });
    answer.await.batch_item_failures.is_empty()
}

const DEADLINE_MS: u64 = 1_000_000;

fn left(left_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_000_000 - left_ms).unwrap()
}

/// A clock by which there is as much time as one likes.
fn at_ease(_: &AtomicI64) -> Box<dyn Fn() -> Timestamp + Sync + '_> {
    Box::new(|| left(900_000))
}

/// A clock by which there was time to begin, and then there is no more than to end.
fn in_haste(asked: &AtomicI64) -> Box<dyn Fn() -> Timestamp + Sync + '_> {
    Box::new(|| left(if asked.fetch_add(1, Ordering::SeqCst) < 2 { 30_000 } else { 3_500 }))
}

async fn changes(world: &World, tenant: &str, id: &str) -> Vec<String> {
    let (tenant, id): (TenantId, DistributorId) = (tenant.parse().unwrap(), id.parse().unwrap());
    let page = world.store.level_changes(&tenant, &id, 10, None).await.unwrap();
    page.items.into_iter().map(|fact| fact.level.to_string()).collect()
}

#[test]
fn a_message_for_all_comes_to_each_shard_of_each_tenant_and_once_more_changes_nothing() {
    run(async {
        let (world, queue) = (two_tenants().await, Answering::start().await);
        let shell = shell(&world);
        assert!(one(&shell, &queue, unhurried(), for_all().text()).await);
        let tenants = queue.take();
        assert_eq!(tenants, texts(&[of_one("demo"), of_one("other")]));
        let messages = 2 + 2 * usize::from(SHARDS);
        assert_eq!(play(&shell, &queue, at_ease, &tenants).await, messages);
        assert_eq!(changes(&world, "demo", "ann").await, ["silver"]);
        assert_eq!(changes(&world, "other", "ann").await, [""; 0], "one is not two");
        let before = items(&world).await;
        // The whole night once more, as one that is told twice is; and one tenant as if asked for.
        assert_eq!(play(&shell, &queue, at_ease, &[for_all().text()]).await, 1 + messages);
        play(&shell, &queue, at_ease, &texts(&[of_one("demo")])).await;
        assert_eq!(items(&world).await, before);
    });
}

#[test]
fn a_shard_whose_time_runs_out_goes_on_in_another_message() {
    run(async {
        let (world, queue) = (World::with_plan(&plan()).await, Answering::start().await);
        let at = "2026-10-01T00:00:00Z";
        let people = 300;
        let events: Vec<Value> = (0..people).map(|n| registered(&format!("d{n}"), at)).collect();
        take(&world, &events).await;
        let lines_of = crate::metrics::Lines::default();
        let mut shell = shell(&world);
        shell.metrics = lines_of.metrics();
        let handled = play(&shell, &queue, in_haste, &texts(&[of_one("demo")])).await;
        assert!(handled > 1 + usize::from(SHARDS), "{handled}: some go on in another");
        let lines = lines_of.take();
        let checked = lines.iter().filter_map(|line| line["DistributorsChecked"].as_u64());
        assert_eq!(checked.sum::<u64>(), people, "each once");
        let done = lines.iter().filter(|line| line["MessagesDone"] == 1).count();
        assert_eq!(done, handled);
        play(&shell, &queue, at_ease, &texts(&[of_one("demo")])).await;
        let again: Vec<_> = lines_of
            .take()
            .into_iter()
            .filter(|one| !one["DistributorsChecked"].is_null())
            .collect();
        assert_eq!(again, [Value::Null; 0], "that night is done: nobody is due");
    });
}

#[test]
fn what_cannot_be_sent_on_comes_again() {
    run(async {
        let (world, queue) = (two_tenants().await, Answering::start().await);
        let shell = shell(&world);
        queue.refuse("\"shard\":5", 100);
        let bodies = [for_all().text(), of_one("demo").text()];
        assert!(one(&shell, &queue, unhurried(), bodies[0].clone()).await);
        assert!(!one(&shell, &queue, unhurried(), bodies[1].clone()).await);
        queue.close();
        assert!(!one(&shell, &queue, unhurried(), bodies[0].clone()).await);
    });
}

#[test]
fn one_who_is_asked_for_is_checked_alone() {
    run(async {
        let (world, queue) = (two_tenants().await, Answering::start().await);
        let shell = shell(&world);
        let body = |tenant: &str, id: &str| {
            let (tenant, distributor) = (tenant.parse().unwrap(), id.parse().unwrap());
            let whom = Whom::Distributor { tenant, distributor };
            JobMessage { job: Job::CheckUpgrades, whom }.text()
        };
        for id in ["bob", "nobody"] {
            assert!(one(&shell, &queue, unhurried(), body("demo", id)).await, "{id}");
        }
        assert_eq!(changes(&world, "demo", "ann").await, [""; 0]);
        assert!(one(&shell, &queue, unhurried(), body("other", "ann")).await);
        assert!(one(&shell, &queue, unhurried(), body("demo", "ann")).await);
        assert_eq!(changes(&world, "demo", "ann").await, ["silver"]);
        assert_eq!(changes(&world, "other", "ann").await, [""; 0]);
        assert_eq!(queue.requests().len(), 0, "nothing is sent on");
    });
}

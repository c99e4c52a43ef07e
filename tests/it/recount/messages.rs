//! A recount by its messages: from one for all down to each segment, and on from page to page.

use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use upline_contract::job::{Job, JobMessage, Whom};
use upline_domain::ids::TenantId;
use upline_lambda::{Deadline, Message, Shell, each_job, each_message};
use upline_store::Balance;
use upline_store::keys::SEGMENTS;
use upline_testkit::events::{bound, of_tenant, paid, refunded, registered};
use upline_testkit::plans::publish_first;
use upline_testkit::{World, books, handle, now, run};

use crate::earning::family;
use crate::jobs::queue::Answering;
use crate::lambda::{batch, shell, unhurried};
use crate::metrics::Lines;
use crate::plans::TWO_DEEP;

fn message(tenant: Option<&str>) -> String {
    let whom = tenant.map_or(Whom::Everybody, |tenant| Whom::Tenant(tenant.parse().unwrap()));
    JobMessage { job: Job::Recount, whom }.text()
}

async fn one(shell: &Shell, queue: &Answering, deadline: Deadline<'_>, body: &str) -> bool {
    let jobs = queue.jobs();
    let answer = each_job(shell, deadline, batch(&[body.to_owned()]), async |message| {
        recount::handle(shell, &jobs, deadline, message).await
    });
    answer.await.batch_item_failures.is_empty()
}

/// Hands bodies to the function, and whatever it sends, until nothing is left; how many there were.
async fn play(shell: &Shell, queue: &Answering, body: String) -> usize {
    let (mut left, mut handled) = (vec![body], 0);
    while !left.is_empty() {
        for body in std::mem::take(&mut left) {
            assert!(one(shell, queue, unhurried(), &body).await, "it is done: {body}");
            handled += 1;
        }
        left = queue.take();
    }
    handled
}

async fn pending(world: &World, tenant: &str, id: &str) -> u64 {
    let tenant: TenantId = tenant.parse().unwrap();
    let balances = world.store.balances(&tenant, &id.parse().unwrap()).await.unwrap();
    let pending = |one: &Balance| u64::try_from(one.pending.minor()).unwrap();
    balances.first().map_or(0, pending)
}

#[test]
fn a_message_for_one_tenant_leaves_anothers_books_as_they_are() {
    run(async {
        let (world, queue) = (World::with_plan(TWO_DEEP).await, Answering::start().await);
        let policy = upline_contract::plan::Policy::named("global").unwrap().to_text();
        let shell = shell(&world);
        let mut events = vec![
            registered("ann", "2026-10-01T00:00:00Z"),
            bound("zoe", "ann", "2026-10-02T00:00:00Z"),
            paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z"),
        ];
        // The name of one is the beginning of the other's.
        for tenant in ["demo2", "other"] {
            publish_first(&world.store, &tenant.parse().unwrap(), TWO_DEEP, &policy).await;
            let more: Vec<_> =
                events[..3].iter().map(|event| of_tenant(event.clone(), tenant)).collect();
            events.extend(more);
        }
        let bodies: Vec<String> = events.iter().map(ToString::to_string).collect();
        let answer =
            each_message(&shell, unhurried(), batch(&bodies), async |message: &Message| {
                handle(&world.store, now(), message).await
            });
        assert!(answer.await.batch_item_failures.is_empty());
        let all = async || {
            let pending = |tenant| pending(&world, tenant, "ann");
            [pending("demo").await, pending("demo2").await, pending("other").await]
        };
        assert_eq!(all().await, [0, 0, 0], "nothing is posted");
        let segments = usize::try_from(SEGMENTS).unwrap();
        assert_eq!(play(&shell, &queue, message(Some("demo"))).await, 1 + segments);
        assert_eq!(all().await, [1_000, 0, 0]);
        assert_eq!(play(&shell, &queue, message(None)).await, 1 + segments);
        assert_eq!(all().await, [1_000, 1_000, 1_000]);
    });
}

/// A clock by which there was time to begin, and then there is no more than to end.
fn in_haste(asked: &AtomicI64) -> Timestamp {
    let left_ms = if asked.fetch_add(1, Ordering::SeqCst) < 2 { 30_000 } else { 3_500 };
    Timestamp::from_millisecond(DEADLINE_MS - left_ms).unwrap()
}

const DEADLINE_MS: i64 = 1_000_000;

#[test]
fn a_segment_whose_time_runs_out_goes_on_in_another_message_beside_orders_that_come_in() {
    run(async {
        let (world, queue) = (family(TWO_DEEP).await, Answering::start().await);
        for n in 0..1_800 {
            let [pk, sk] = [format!("demo#I#OLD{n}"), "CODE".to_owned()].map(AttributeValue::S);
            let put = world.client().put_item().table_name("upline");
            put.item("pk", pk).item("sk", sk).send().await.unwrap();
        }
        let order = |n: u64| paid(&format!("A{n}"), "zoe", "10.00", "2026-11-11T00:00:00Z");
        for n in 0..300 {
            world.send(&order(n)).await;
        }
        let lines_of = Lines::default();
        let mut shell = shell(&world);
        shell.metrics = lines_of.metrics();
        assert!(one(&shell, &queue, unhurried(), &message(Some("demo"))).await);
        let (mut left, mut handled) = (queue.take(), 0);
        while !left.is_empty() {
            for body in left {
                let asked = AtomicI64::new(0);
                let clock = || in_haste(&asked);
                let deadline = Deadline::from_millis(DEADLINE_MS.try_into().unwrap(), &clock);
                assert!(one(&shell, &queue, deadline, &body).await);
                handled += 1;
                // Every third part comes again, as a queue may hand it out twice.
                if handled % 3 == 0 {
                    assert!(one(&shell, &queue, unhurried(), &body).await);
                }
                let at = "2026-11-12T00:00:00Z";
                world.send(&order(300 + handled)).await;
                let refund = refunded(&format!("A{handled}"), "r1", "1.00", at);
                world.send_all(&[refund]).await;
            }
            left = queue.take();
        }
        assert!(handled > u64::from(SEGMENTS), "{handled}: some go on in another");
        let mut records = Vec::new();
        for n in 0..=300 + handled {
            let id = format!("A{n}").parse().unwrap();
            records.extend(world.store.order(&world.tenant, &id).await.unwrap());
        }
        let mut balances = Vec::new();
        for id in ["ann", "bob", "cat"] {
            balances.push((id.parse().unwrap(), world.balances(id).await));
        }
        assert_eq!(books::of_balances(balances), books::of_records(&records));
        let lines = lines_of.take();
        let sum = |name: &str| lines.iter().filter_map(|line| line[name].as_u64()).sum::<u64>();
        assert!(sum("OrdersRecounted") >= 300, "{}", sum("OrdersRecounted"));
        assert!(sum("LinesRecounted") > 0 && sum("DistributorsRecounted") >= 3);
    });
}

#[test]
fn what_cannot_be_sent_on_comes_again_and_what_is_another_jobs_is_not_done() {
    run(async {
        let (world, queue) = (family(TWO_DEEP).await, Answering::start().await);
        let shell = shell(&world);
        queue.refuse("\"segment\":5", 100);
        assert!(!one(&shell, &queue, unhurried(), &message(None)).await);
        let foreign = r#"{"job":"check-upgrades","tenant":"demo","shard":3}"#;
        assert!(!one(&shell, &queue, unhurried(), foreign).await);
        let anew = r#"{"job":"recount","segment":3,"after":"nonsense"}"#;
        assert!(one(&shell, &queue, unhurried(), anew).await, "it begins anew");
    });
}

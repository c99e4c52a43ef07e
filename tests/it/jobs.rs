//! Jobs: how they are asked for, how their messages are sent, and how they are taken from a queue.

mod night;
pub(crate) mod queue;

use std::sync::Mutex;
use std::time::Duration;

use serde_json::json;
use serve_api::{ClaimNames, on_aws};
use upline_contract::job::{Job, JobMessage, Whom};
use upline_lambda::{JobFailed, each_job};
use upline_store::StoreError;
use upline_testkit::{World, run};

use crate::accepting::bus::Answering as Bus;
use crate::accepting::{Asked, ask_of, claims};
use crate::jobs::queue::Answering;
use crate::lambda::{batch, items, shell, unhurried};

pub(crate) fn of_tenant(name: &str) -> JobMessage {
    JobMessage { job: Job::CheckUpgrades, whom: Whom::Tenant(name.parse().unwrap()) }
}

fn tenants(count: usize) -> Vec<JobMessage> {
    (0..count).map(|n| of_tenant(&format!("t{n:02}"))).collect()
}

pub(crate) fn texts(messages: &[JobMessage]) -> Vec<String> {
    messages.iter().map(JobMessage::text).collect()
}

#[test]
fn messages_are_sent_ten_at_a_time_and_what_is_refused_again_by_itself() {
    run(async {
        let queue = Answering::start().await;
        queue.refuse("\"t03\"", 2);
        queue.refuse("\"t11\"", 1);
        let messages = tenants(23);
        queue.jobs().send(Job::CheckUpgrades, &messages, Duration::ZERO).await.unwrap();
        assert_eq!(queue.take(), texts(&messages), "each once");
        let mut requests = queue.requests();
        requests.sort_unstable();
        assert_eq!(requests, [1, 1, 1, 3, 10, 10]);
        queue.jobs().send(Job::CheckUpgrades, &[], Duration::ZERO).await.unwrap();
        assert_eq!(queue.requests().len(), 6, "nothing is no request");
    });
}

#[test]
fn where_one_is_not_taken_in_the_end_the_whole_is_not_sent() {
    run(async {
        let queue = Answering::start().await;
        queue.refuse("\"t12\"", 100);
        let not =
            queue.jobs().send(Job::CheckUpgrades, &tenants(15), Duration::ZERO).await.unwrap_err();
        assert_eq!(not.to_string(), "the queue did not take a message (InternalError)");
        assert_eq!(queue.take().len(), 14, "the others are there, and will be twice");
        assert_eq!(queue.requests().len(), 2 + 4);
        queue.close();
        let not =
            queue.jobs().send(Job::CheckUpgrades, &tenants(1), Duration::ZERO).await.unwrap_err();
        assert_eq!(not.to_string(), "the queue did not take a message (no answer)");
    });
}

#[test]
fn what_is_no_message_of_a_job_is_kept_whole_and_the_others_are_done() {
    run(async {
        let world = World::without_plan().await;
        let shell = shell(&world);
        let done = Mutex::new(Vec::new());
        let bodies = [
            of_tenant("demo").text(),
            "{poison".to_owned(),
            of_tenant("failing").text(),
            r#"{"job":"check-upgrades","tenant":"demo","shard":8}"#.to_owned(),
            of_tenant("other").text(),
        ];
        let answer = each_job(&shell, unhurried(), batch(&bodies), async |message: &JobMessage| {
            if message == &of_tenant("failing") {
                return Err(JobFailed::Store(StoreError::Contended("the table is busy")));
            }
            done.lock().unwrap().push(message.text());
            Ok(Vec::new())
        });
        let failures = answer.await.batch_item_failures;
        let failed: Vec<_> = failures.iter().map(|one| one.item_identifier.as_str()).collect();
        assert_eq!(failed, ["m2"]);
        assert_eq!(done.into_inner().unwrap(), texts(&[of_tenant("demo"), of_tenant("other")]));
        let items = items(&world).await;
        let mut kept: Vec<_> = items.iter().filter(|one| one["pk"]["S"] == "?#X#-").collect();
        kept.sort_by_key(|one| one["event"]["S"].to_string());
        let kept = |name: &str| kept.iter().map(|one| one[name]["S"].clone()).collect::<Vec<_>>();
        assert_eq!(kept("event"), [bodies[3].clone(), bodies[1].clone()], "in no tenant's list");
        assert_eq!(kept("code"), ["malformed", "malformed"]);
        assert_eq!(kept("reason")[0], "shard: write a whole number below 8");
    });
}

#[test]
fn a_job_is_asked_for_by_those_who_may_for_their_own_tenant() {
    run(async {
        let (world, queue, bus) =
            (World::without_plan().await, Answering::start().await, Bus::start().await);
        let ask = async |job: &str, role: &str, body: Option<&str>, want: u16, part: &str| {
            let names = ClaimNames::read(|_| None);
            let router = on_aws(world.store.clone(), bus.client(), queue.jobs(), names);
            let path = format!("/v1/jobs/{job}/run");
            let claims = claims(role, "olga");
            let (status, answer) =
                ask_of(router, Asked { method: "POST", path: &path, claims, body }).await;
            assert_eq!(status, want, "{job} {role} {body:?}: {answer}");
            assert!(answer.to_string().contains(part), "{part}: {answer}");
            (answer, queue.take())
        };
        let (answer, sent) = ask("check-upgrades", "ops", None, 202, "").await;
        let want = json!({ "job": "check-upgrades", "tenant": "demo", "outcome": "accepted" });
        assert_eq!((answer, sent), (want, texts(&[of_tenant("demo")])));
        let one = r#"{"tenant":"demo","distributor_id":"bob"}"#;
        let (answer, sent) = ask("check-upgrades", "admin", Some(one), 202, "").await;
        assert_eq!(answer["distributor_id"], "bob");
        assert_eq!(sent, [r#"{"distributor_id":"bob","job":"check-upgrades","tenant":"demo"}"#]);

        let none = Vec::<String>::new();
        let other = Some(r#"{"tenant":"other"}"#);
        for (job, role, body, status, part) in [
            ("check-upgrades", "shop", None, 403, "the role ops or admin"),
            ("check-upgrades", "distributor", None, 403, "the role ops or admin"),
            ("check-upgrade", "ops", None, 404, "ask for one of: check-upgrades"),
            ("check-upgrades", "ops", other, 403, "it is not the tenant of the token"),
            ("check-upgrades", "admin", other, 403, "it is not the tenant of the token"),
            ("check-upgrades", "ops", Some(r#"{"id":"bob"}"#), 400, "id: there is no such key"),
        ] {
            assert_eq!(ask(job, role, body, status, part).await.1, none);
        }
        queue.close();
        ask("check-upgrades", "ops", None, 503, "the queue did not take it; ask again").await;
    });
}

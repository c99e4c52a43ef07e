//! Each line of `docs/logging.md` is as it is written, and no line has more than the page says.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::result::ConnectorError;
use check_upgrades::{Clock, jobs};
use serde_json::{Value, json};
use serve_api::Problem;
use tracing_subscriber::EnvFilter;
use upline_contract::job::{Job, JobMessage, Whom};
use upline_domain::money::Overflow;
use upline_domain::schedule::Lead;
use upline_lambda::{
    Message, Tries, arrive, each_job, each_message, json_lines, log_accepted, log_taken, now, take,
};
use upline_store::{StoreError, StoreResult};
use upline_testkit::events::{paid, registered};
use upline_testkit::shop::Shop;
use upline_testkit::{World, run, through};

use crate::jobs::queue::Answering;
use crate::lambda::{batch, batch_again, shell, unhurried};
use crate::plans::TWO_DEEP;

/// Where the lines go.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The lines of JSON in the page.
fn shown() -> Vec<Value> {
    let page = include_str!("../../docs/logging.md");
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(str::lines).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether a value is what the page shows; `…` stands for anything, and so does each timestamp.
fn is_as_shown(written: &Value, shown: &Value) -> bool {
    match (written, shown) {
        (Value::Object(written), Value::Object(shown)) => {
            written.keys().eq(shown.keys())
                && shown.iter().all(|(key, value)| {
                    key == "timestamp" || is_as_shown(&written[key.as_str()], value)
                })
        }
        (Value::String(written), Value::String(shown)) => match shown.split_once('…') {
            Some((start, end)) => written.starts_with(start) && written.ends_with(end),
            None => written == shown,
        },
        (written, shown) => written == shown,
    }
}

/// Events with each outcome from a queue, and one that fails.
fn events() -> Vec<String> {
    let mut ann = registered("ann", "2026-10-01T00:00:00Z");
    ann["detail"]["data"]["display_name"] = json!("鲍勃");
    let mut other = ann.clone();
    other["detail"]["data"]["registered_at"] = json!("2026-10-02T00:00:00Z");
    let mut waiting = registered("bob", "2026-10-03T00:00:00Z");
    waiting["detail"]["data"]["invite_code"] = json!("NOBODYS");
    waiting["detail"]["metadata"]["correlation_id"] = json!("campaign#7");
    waiting["detail"]["metadata"]["causation_id"] = json!("1-5759e988");
    let mut parked = registered("eve", "2026-10-04T00:00:00Z");
    parked["detail"]["data"]["sponsor_id"] = json!("eve");
    let mut unread = paid("A1", "zoe", "123.45", "2026-11-11T00:00:00Z");
    unread["detail"]["data"]["currency"] = json!("XXQ");
    unread["detail"]["metadata"]["correlation_id"] = json!("checkout#7");
    let failing = registered("failing", "2026-10-01T00:00:00Z");
    let events = [&ann, &ann, &waiting, &other, &parked, &unread, &json!("poison"), &failing];
    events.map(Value::to_string).to_vec()
}

async fn handle(world: &World, message: &Message) -> StoreResult<upline_lambda::Outcome> {
    if message.event.id.as_str() == "register-failing" {
        return Err(StoreError::Contended("register"));
    }
    bind_registration::handle(&world.store, now(), message).await
}

/// An event that was delivered before, whose first answer of the table is lost.
async fn play_again(world: &World) {
    let is_lost = AtomicBool::new(false);
    let losing = through(&world.client(), move |inner, request| {
        let writes = request.headers().get("x-amz-target").unwrap().ends_with("TransactWriteItems");
        let is_lost = writes && !is_lost.swap(true, Ordering::Relaxed);
        HttpConnectorFuture::new(async move {
            let answer = inner.call(request).await;
            if is_lost { Err(ConnectorError::io("the answer was lost".into())) } else { answer }
        })
    });
    let retry = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = losing.config().to_builder().retry_config(retry);
    let trying = world.over(&Client::from_conf(config.build()));
    let event = registered("cat", "2026-10-01T00:00:00Z").to_string();
    let handle = async |message: &Message| handle(&trying, message).await;
    each_message(&shell(&trying), unhurried(), batch_again(&[event], 2), handle).await;
}

/// A message of a job for each of those it may be for, one that is none, and what is not sent.
async fn play_jobs(world: &World) {
    let (shell, queue) = (shell(world), Answering::start().await);
    let queues = queue.jobs();
    let clock = Clock { now: &now, lead: Lead::ManyProcesses };
    let all = json!({ "job": "check-upgrades" });
    let with = |more: Value| {
        let mut message = all.clone();
        message["tenant"] = json!("demo");
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        message.to_string()
    };
    let bodies = [
        all.to_string(),
        with(json!({})),
        with(json!({ "shard": 3 })),
        with(json!({ "distributor_id": "ann" })),
        with(json!({ "distributor_id": "nobody" })),
        "poison".to_owned(),
    ];
    let handle = async |message: &JobMessage| {
        jobs::handle(&shell, &queues, clock, unhurried(), message).await
    };
    each_job(&shell, unhurried(), batch(&bodies), handle).await;
    let counted = [
        json!({ "job": "recount", "tenant": "demo" }),
        json!({ "job": "recount", "tenant": "demo", "segment": 3 }),
    ];
    let counted = counted.map(|message| message.to_string());
    each_job(&shell, unhurried(), batch(&counted), async |message: &JobMessage| {
        recount::handle(&shell, &queues, unhurried(), message).await
    })
    .await;
    let day = json!({ "job": "reconcile", "tenant": "demo", "date": "2026-11-11" });
    let of_day = |more: Value| {
        let mut message = day.clone();
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        message.to_string()
    };
    let reconciled = [
        of_day(json!({})),
        of_day(json!({ "run": 1, "stage": "orders", "shard": 3 })),
        of_day(json!({ "run": 1, "stage": "close", "shard": 0 })),
        of_day(json!({ "date": "2027-11-11" })),
    ];
    let shop = Shop::new(&world.store);
    each_job(&shell, unhurried(), batch(&reconciled), async |message: &JobMessage| {
        reconcile::handle(&shell, &queues, &shop, unhurried(), message).await
    })
    .await;
    queue.close();
    each_job(&shell, unhurried(), batch(&bodies[..1]), handle).await;
    let one = JobMessage { job: Job::CheckUpgrades, whom: Whom::Everybody };
    drop(Problem::from(
        queues.send(one.job, std::slice::from_ref(&one), Duration::ZERO).await.unwrap_err(),
    ));
}

#[test]
fn each_line_is_as_the_page_shows_it() {
    run(async {
        let written = Written::default();
        let writer = written.clone();
        let lines = json_lines(EnvFilter::new("info"), move || writer.clone());
        let listening = tracing::subscriber::set_default(lines);
        let world = World::with_plan(TWO_DEEP).await;
        let shell = shell(&world);
        // Another test may be the first to come to a line, just when nobody listened yet.
        tracing::callsite::rebuild_interest_cache();
        let handle_each = async |message: &Message| handle(&world, message).await;
        each_message(&shell, unhurried(), batch(&events()), handle_each).await;
        play_again(&world).await;
        play_jobs(&world).await;
        let other = "other".parse().unwrap();
        let foreign = registered("ann", "2026-10-01T00:00:00Z").to_string();
        let arrived = arrive(now(), Some(&other), &foreign);
        let refused = async |message: &Message| handle(&world, message).await;
        log_taken(&take(&world.store, now(), arrived, refused).await.unwrap(), Tries::default());
        let known = registered("ann", "2026-10-01T00:00:00Z").to_string();
        log_accepted(arrive(now(), None, &known).event().unwrap());
        drop(Problem::from(StoreError::Contended("query")));
        drop(Problem::from(Overflow));
        drop(Problem::broken(&std::io::Error::other("a task ended")));
        drop(listening);

        let (written, shown) = (written.lines(), shown());
        for line in &written {
            println!("{line}");
            let told = shown.iter().any(|shown| is_as_shown(line, shown));
            assert!(told, "docs/logging.md does not show {line}");
            for personal in ["鲍勃", "123.45", "NOBODYS"] {
                assert!(!line.to_string().contains(personal), "{personal} is in {line}");
            }
        }
        for shown in &shown {
            let found = written.iter().any(|line| is_as_shown(line, shown));
            assert!(found, "nothing writes {shown}");
        }
    });
}

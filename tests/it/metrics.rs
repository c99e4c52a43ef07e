//! What was done is counted: each message and each commission once, what is parked wherever it is
//! parked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use post_ledger::take;
use serde_json::{Value, json};
use upline_lambda::{Message, Metrics, MetricsSettings, Shell, each_message, now, read_images};
use upline_store::StoreError;
use upline_testkit::events::{paid, refunded, registered, registered_under};
use upline_testkit::{World, run, stream};

use crate::earning::family;
use crate::lambda::{batch, items, shell, unhurried};
use crate::plans::TWO_DEEP;

#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<Value>>>);

impl Lines {
    /// Metrics that go here.
    pub(crate) fn metrics(&self) -> Metrics {
        let lines = self.clone();
        let settings = MetricsSettings {
            namespace: "Upline".into(),
            service: "upline-test".into(),
            function_name: "upline-test".into(),
        };
        let write = move |line: &str| {
            lines.0.lock().unwrap().push(serde_json::from_str(line).unwrap());
        };
        Metrics::to(settings, write)
    }

    fn shell(&self, world: &World) -> Shell {
        let mut shell = shell(world);
        shell.metrics = self.metrics();
        shell
    }

    /// What was written since it was asked last.
    pub(crate) fn take(&self) -> Vec<Value> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[test]
fn messages_are_counted_by_outcome_and_what_is_parked_by_code() {
    run(async {
        let (world, lines) = (World::with_plan(TWO_DEEP).await, Lines::default());
        let shell = lines.shell(&world);
        let mut eve = registered("eve", "2026-10-01T00:00:00Z");
        eve["detail"]["data"]["sponsor_id"] = json!("eve");
        let of = |id: &str| registered(id, "2026-10-01T00:00:00Z").to_string();
        let bodies = [of("ann"), of("ann"), "{poison".into(), eve.to_string(), of("failing")];
        each_message(&shell, unhurried(), batch(&bodies), async |message: &Message| {
            if message.event.id.as_str() == "register-failing" {
                return Err(StoreError::Contended("the table is busy"));
            }
            bind_registration::handle(&shell.store, now(), message).await
        })
        .await;
        let written = lines.take();
        let [first, second] = &written[..] else { panic!("{written:?}") };
        let count = |name: &str| first[name].as_u64();
        assert_eq!(count("ColdStart"), Some(1));
        assert_eq!(count("MessagesCreated"), Some(1));
        assert_eq!(count("MessagesExisting"), Some(1));
        assert_eq!(count("MessagesParked"), Some(2));
        assert_eq!(count("MessagesRetried"), Some(1));
        assert_eq!(first["Latency"].as_array().unwrap().len(), 5);
        assert_eq!((&first["code"], count("EventsParked")), (&json!("malformed"), Some(1)));
        assert_eq!((&second["code"], &second["EventsParked"]), (&json!("self_sponsor"), &json!(1)));
    });
}

#[test]
fn what_is_parked_on_the_way_is_counted_too() {
    run(async {
        let (world, lines) = (World::with_plan(TWO_DEEP).await, Lines::default());
        let shell = lines.shell(&world);
        // Two wait for one sponsor, and contradict each other once she is there.
        let one = registered_under("bob", "ann", "2026-10-02T00:00:00Z");
        let mut other = one.clone();
        other["detail"]["metadata"]["id"] = json!("register-bob-again");
        other["detail"]["data"]["registered_at"] = json!("2026-10-03T00:00:00Z");
        let ann = registered("ann", "2026-10-01T00:00:00Z");
        let bodies = [one, other, ann].map(|event| event.to_string());
        each_message(&shell, unhurried(), batch(&bodies), async |message: &Message| {
            bind_registration::handle(&shell.store, now(), message).await
        })
        .await;
        let line = &lines.take()[0];
        assert_eq!((&line["MessagesWaiting"], &line["MessagesCreated"]), (&json!(2), &json!(1)));
        assert_eq!((&line["code"], &line["EventsParked"]), (&json!("conflict"), &json!(1)));
    });
}

#[test]
fn a_request_is_counted_by_its_status() {
    run(async {
        let (world, lines) = (World::with_plan(TWO_DEEP).await, Lines::default());
        let shell = lines.shell(&world);
        for status in [200, 202, 403, 500] {
            shell.answered(status, Duration::from_millis(5));
        }
        let names = ["RequestsAnswered", "RequestsRefused", "RequestsFailed"];
        let counts: Vec<_> = lines
            .take()
            .iter()
            .map(|line| names.map(|name| line[name].as_u64().unwrap_or(0)))
            .collect();
        assert_eq!(counts, [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]);
    });
}

#[test]
fn a_commission_is_counted_once_in_minor_units() {
    run(async {
        let (world, lines) = (family(TWO_DEEP).await, Lines::default());
        let shell = lines.shell(&world);
        world.send(&paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")).await;
        world.send(&paid("A2", "zoe", "10.50", "2026-11-11T00:00:00Z")).await;
        let images = read_images(stream::batch(&items(&world).await));
        take(&shell, None, unhurried(), &images).await.unwrap();
        take(&shell, None, unhurried(), &images).await.unwrap();
        let written = lines.take();
        let [first, second] = &written[..] else { panic!("{written:?}") };
        // 10 % for cat and 5 % for bob: 10.00 + 5.00 + 1.05 + 0.52.
        assert_eq!((&first["Commissions"], &first["CommissionsMinor"]), (&json!(4), &json!(1_657)));
        assert_eq!(first["currency"], "CNY");
        assert_eq!(second.get("Commissions"), None, "again there is nothing to count");
        world.send(&refunded("A1", "r1", "40.00", "2026-11-12T00:00:00Z")).await;
        let later = read_images(stream::batch(&items(&world).await));
        take(&shell, None, unhurried(), &later).await.unwrap();
        let third = &lines.take()[0];
        assert_eq!(third.get("Commissions"), None, "nor is a refund a commission");
        let lags = first["PostingLag"].as_array().unwrap();
        assert_eq!(lags.len(), images.len().min(100));
        assert_eq!(first["BatchesPosted"], 1);
        assert_eq!(first.get("EventsPublished"), None, "there is no bus");
    });
}

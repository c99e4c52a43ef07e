//! Messages of the queues of jobs, and what may be asked of a job. They are read strictly: a key
//! that is misspelt would have a job done for more people than were meant.

use serde_json::{Value, json};
use upline_contract::job::{Job, JobMessage, JobRequest, Limits, Whom};
use upline_domain::ids::{DistributorId, TenantId};

use crate::corpus;
use crate::mutate::{Input, near};
use crate::refusal::check_sentence;

const LIMITS: Limits = Limits { shards: 8, segments: 8 };

fn samples() -> Vec<String> {
    let (job, place) = ("check-upgrades", "1~demo#MEMBERS#0~demo#I#A~CODE");
    let all = [
        json!({ "job": job }),
        json!({ "job": job, "tenant": "demo" }),
        json!({ "job": job, "tenant": "demo", "shard": 7 }),
        json!({ "job": job, "tenant": "demo", "shard": 0, "after": place }),
        json!({ "job": job, "tenant": "demo", "distributor_id": "gid://shop/1" }),
        json!({ "tenant": "demo", "distributor_id": "gid://shop/1" }),
        json!({}),
        json!({ "job": "reconcile" }),
        json!({ "job": "reconcile", "tenant": "demo" }),
        json!({ "job": "reconcile", "tenant": "demo", "date": "2026-11-25", "dry_run": true,
                "by": "ann" }),
        json!({ "job": "reconcile", "tenant": "demo", "date": "2026-11-25", "run": 2,
                "stage": "orders", "shard": 7, "after": place }),
        json!({ "date": "2026-11-25", "dry_run": false }),
        json!({ "job": "recount", "tenant": "demo" }),
        json!({ "job": "recount", "segment": 7, "after": place }),
    ];
    all.iter().map(Value::to_string).collect()
}

#[test]
fn jobs() {
    let samples = samples();
    let mut read = 0;
    for text in samples.iter().chain(&corpus::kept("jobs")) {
        read += check(text);
    }
    assert!(read >= 14, "only {read} samples are read");
    let target = bolero::check!().with_generator(near(&samples)).with_iterations(3_000);
    target.for_each(|input: &Input| _ = check(&input.text));
}

/// Reads a text as a message and as a request; as how many of them it is read.
fn check(text: &str) -> usize {
    let message = JobMessage::parse(text, LIMITS).inspect(|message| {
        let value: Value = serde_json::from_str(text).unwrap();
        message_is(message, &value);
        assert_eq!(JobMessage::parse(&message.text(), LIMITS).as_ref(), Ok(message));
    });
    let requests = Job::ALL.map(|job| {
        JobRequest::parse(job, text).inspect(|request| {
            let value: Value = serde_json::from_str(text).unwrap_or_default();
            assert_eq!(said(&value, "tenant"), request.tenant.as_ref().map(TenantId::as_str));
            let distributor = request.distributor.as_ref().map(DistributorId::as_str);
            assert_eq!(said(&value, "distributor_id"), distributor);
            let date = request.date.map(|date| date.to_string());
            assert_eq!(said(&value, "date").map(str::to_owned), date);
            let dry_run = value.get("dry_run").and_then(Value::as_bool);
            assert_eq!(dry_run.unwrap_or_default(), request.dry_run);
        })
    });
    let refusals = requests.iter().map(|request| request.as_ref().err());
    for refused in refusals.chain([message.as_ref().err()]).flatten() {
        check_sentence(text, &refused.to_string(), |value| !value.is_object());
    }
    let asked = requests.iter().any(Result::is_ok);
    assert!(message.is_err() || !asked, "a message names its job: {text}");
    usize::from(message.is_ok() || asked)
}

/// Whether a message is for whom the text says, and for nobody else.
fn message_is(message: &JobMessage, value: &Value) {
    assert_eq!(value["job"], message.job.name());
    let whom = &message.whom;
    assert_eq!(said(value, "tenant"), whom.tenant().map(TenantId::as_str));
    assert_eq!(said(value, "distributor_id"), whom.distributor().map(DistributorId::as_str));
    assert_eq!(value.get("shard").and_then(Value::as_u64), whom.shard().map(u64::from));
    assert!(whom.shard().is_none_or(|shard| shard < LIMITS.shards), "a shard that there is");
    assert_eq!(said(value, "after"), whom.after());
    assert_eq!(said(value, "date").map(str::to_owned), whom.date().map(|date| date.to_string()));
    let dry_run = value.get("dry_run").and_then(Value::as_bool);
    if let Whom::Day(asked) = whom {
        assert_eq!(dry_run.unwrap_or_default(), asked.dry_run);
        assert!(said(value, "by").is_none_or(|by| by == asked.by), "{}", asked.by);
    } else {
        assert_eq!((dry_run, said(value, "by")), (None, None));
    }
}

fn said<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

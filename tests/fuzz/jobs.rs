//! Messages of the queues of jobs, and what may be asked of a job. They are read strictly: a key
//! that is misspelt would have a job done for more people than were meant.

use serde_json::{Value, json};
use upline_contract::job::{JobMessage, JobRequest, Whom};
use upline_domain::ids::{DistributorId, TenantId};

use crate::corpus;
use crate::mutate::{Input, near};
use crate::refusal::check_sentence;

const SHARDS: u8 = 8;

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
    assert!(read >= 7, "only {read} samples are read");
    let target = bolero::check!().with_generator(near(&samples)).with_iterations(3_000);
    target.for_each(|input: &Input| _ = check(&input.text));
}

/// Reads a text as a message and as a request; as how many of them it is read.
fn check(text: &str) -> usize {
    let message = JobMessage::parse(text, SHARDS).inspect(|message| {
        let value: Value = serde_json::from_str(text).unwrap();
        message_is(message, &value);
        assert_eq!(JobMessage::parse(&message.text(), SHARDS).as_ref(), Ok(message));
    });
    let request = JobRequest::parse(text).inspect(|request| {
        let value: Value = serde_json::from_str(text).unwrap_or_default();
        assert_eq!(said(&value, "tenant"), request.tenant.as_ref().map(TenantId::as_str));
        let distributor = request.distributor.as_ref().map(DistributorId::as_str);
        assert_eq!(said(&value, "distributor_id"), distributor);
    });
    for refused in [message.as_ref().err(), request.as_ref().err()].into_iter().flatten() {
        check_sentence(text, &refused.to_string(), |value| !value.is_object());
    }
    assert!(message.is_err() || request.is_err(), "a message names its job: {text}");
    usize::from(message.is_ok() || request.is_ok())
}

/// Whether a message is for whom the text says, and for nobody else.
fn message_is(message: &JobMessage, value: &Value) {
    assert_eq!(value["job"], message.job.name());
    let whom = &message.whom;
    assert_eq!(said(value, "tenant"), whom.tenant().map(TenantId::as_str));
    assert_eq!(said(value, "distributor_id"), whom.distributor().map(DistributorId::as_str));
    assert_eq!(value.get("shard").and_then(Value::as_u64), whom.shard().map(u64::from));
    assert!(whom.shard().is_none_or(|shard| shard < SHARDS), "a shard that there is");
    let after = match whom {
        Whom::Shard { after, .. } => after.as_deref(),
        Whom::Everybody | Whom::Tenant(_) | Whom::Distributor { .. } => None,
    };
    assert_eq!(said(value, "after"), after);
}

fn said<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

//! Messages and requests of jobs.

use super::*;

const LIMITS: Limits = Limits { shards: 8, segments: 16 };

#[track_caller]
fn read_as(text: &str, want: &Whom) {
    let read = JobMessage::parse(text, LIMITS).unwrap();
    assert_eq!(&read.whom, want, "{text}");
    assert!(text.contains(read.job.name()), "{text}");
    assert_eq!(JobMessage::parse(&read.text(), LIMITS).unwrap(), read, "{}", read.text());
}

#[track_caller]
fn refused(text: &str, want: &str) {
    let wrong = JobMessage::parse(text, LIMITS).unwrap_err().to_string();
    assert!(wrong.starts_with(want), "{want}: {wrong}");
}

#[test]
fn message_table() {
    let tenant: TenantId = "demo".parse().unwrap();
    read_as(r#"{"job": "check-upgrades"}"#, &Whom::Everybody);
    read_as(r#"{"job": "check-upgrades", "tenant": null}"#, &Whom::Everybody);
    read_as(r#"{"job":"check-upgrades","tenant":"demo"}"#, &Whom::Tenant(tenant.clone()));
    let shard = |after: Option<&str>| {
        let after = after.map(str::to_owned);
        Whom::Shard { tenant: tenant.clone(), shard: 7, after }
    };
    read_as(r#"{"job":"check-upgrades","tenant":"demo","shard":7}"#, &shard(None));
    let on = r#"{"job":"check-upgrades","tenant":"demo","shard":7,"after":"demo#M#\"ann\""}"#;
    read_as(on, &shard(Some("demo#M#\"ann\"")));
    let one = r#"{"job":"check-upgrades","tenant":"demo","distributor_id":"gid://a/1"}"#;
    let distributor = "gid://a/1".parse().unwrap();
    read_as(one, &Whom::Distributor { tenant: tenant.clone(), distributor });
    read_as(r#"{"job":"reconcile"}"#, &Whom::Everybody);
    read_as(r#"{"job":"reconcile","tenant":"demo"}"#, &Whom::Tenant(tenant.clone()));
    let date: Date = "2026-11-25".parse().unwrap();
    let day = |date, dry_run, by: &str| {
        Whom::Day(AskedDay { tenant: tenant.clone(), date, dry_run, by: by.to_owned() })
    };
    let asked = r#"{"job":"reconcile","tenant":"demo","date":"2026-11-25"}"#;
    read_as(asked, &day(Some(date), false, "reconcile"));
    let asked = r#"{"job":"reconcile","tenant":"demo","dry_run":true,"by":"ann"}"#;
    read_as(asked, &day(None, true, "ann"));
    let part = r#"{"job":"reconcile","tenant":"demo","date":"2026-11-25","run":2,
                   "stage":"books","shard":7,"after":"x"}"#;
    let (stage, after) = (Stage::Books, Some("x".to_owned()));
    let want = DayPart { tenant: tenant.clone(), date, run: 2, stage, shard: 7, after };
    read_as(part, &Whom::Part(want));
    read_as(r#"{"job":"recount","tenant":"demo"}"#, &Whom::Tenant(tenant.clone()));
    let segment = |tenant, after| Whom::Segment { tenant, segment: 15, after };
    read_as(r#"{"job":"recount","segment":15}"#, &segment(None, None));
    let after = r#"{"job":"recount","tenant":"demo","segment":15,"after":"y"}"#;
    read_as(after, &segment(Some(tenant), Some("y".to_owned())));
}

#[test]
fn what_is_no_message_is_refused_with_what_to_do() {
    refused("", "this is not JSON");
    refused("[]", "write an object with a job");
    refused("{}", "job: the field is missing");
    refused(r#"{"job": "check"}"#, "job: write check-upgrades, reconcile, recount, not \"check\"");
    refused(r#"{"job": 1}"#, "job: write the name of the job");
    refused(r#"{"job":"check-upgrades","job":"check-upgrades"}"#, "job: the key stands twice");
    let with = |more: &str| format!(r#"{{"job":"check-upgrades",{more}}}"#);
    refused(&with(r#""tennant":"a""#), "tennant: there is no such key here; write tenant");
    refused(&with(r#""tenant":"a#b""#), "tenant: an id is made of");
    refused(&with(r#""shard":1"#), "tenant: a shard is of a tenant; name the tenant");
    refused(&with(r#""distributor_id":"a""#), "tenant: a distributor is of a tenant");
    refused(&with(r#""tenant":"a","shard":8"#), "shard: write a whole number below 8");
    refused(&with(r#""tenant":"a","shard":-1"#), "shard: ");
    refused(&with(r#""tenant":"a","after":"b""#), "after: a place is one in a shard");
    refused(&with(r#""tenant":"a","shard":1,"after":"""#), "after: write the place");
    let long = format!(r#""tenant":"a","shard":1,"after":"{}""#, "b".repeat(32_769));
    refused(&with(&long), "after: write the place");
    refused(&with(r#""tenant":"a","date":"2026-11-25""#), "date: there is no such key here");
    let with = |more: &str| format!(r#"{{"job":"reconcile",{more}}}"#);
    refused(&with(r#""date":"2026-11-25""#), "tenant: a day is of a tenant; name the tenant");
    for more in [r#""dry_run":true"#, r#""dry_run":false"#, r#""by":"b""#, r#""after":"b""#] {
        refused(&with(more), "tenant: name one, or leave all but the job out");
    }
    refused(&with(r#""tenant":"a","date":"2026-11-5""#), "date: write the day as a string such as");
    refused(&with(r#""tenant":"a","run":1"#), "run: a part of a run has all of");
    refused(&with(r#""tenant":"a","after":"b""#), "after: a place is one in a part");
    let part = r#""tenant":"a","date":"2026-11-25","run":1,"stage":"orders""#;
    refused(&with(&format!(r#"{part},"shard":8"#)), "shard: write a whole number below 8");
    refused(&with(&format!(r#"{part},"shard":1,"by":"b""#)), "run: a run knows who asked");
    let other = part.replace("orders", "order");
    refused(&with(&format!(r#"{other},"shard":1"#)), "stage: write \"orders\", \"books\" or");
    let with = |more: &str| format!(r#"{{"job":"recount",{more}}}"#);
    refused(&with(r#""segment":16"#), "segment: write a whole number below 16");
    refused(&with(r#""after":"b""#), "after: a place is one in a segment; name the segment");
    let with = |more: &str| format!(r#"{{"job":"check-upgrades",{more}}}"#);
    let both = r#""tenant":"a","shard":1,"distributor_id":"b""#;
    refused(&with(both), "shard: a distributor is looked at alone");
}

#[test]
fn a_request_may_be_empty() {
    for nothing in ["", " \n", "{}"] {
        assert_eq!(
            JobRequest::parse(Job::CheckUpgrades, nothing),
            Ok(JobRequest::default()),
            "{nothing:?}"
        );
    }
    let asked =
        JobRequest::parse(Job::CheckUpgrades, r#"{"tenant": "demo", "distributor_id": "bob"}"#)
            .unwrap();
    assert_eq!(asked.tenant, Some("demo".parse().unwrap()));
    assert_eq!(asked.distributor, Some("bob".parse().unwrap()));
    for (text, want) in [
        (r#"{"distributor": "bob"}"#, "distributor: there is no such key here"),
        (r#"{"distributor_id": 7}"#, "distributor_id: write the id as a string"),
        ("[]", "write an object, or nothing"),
        ("{", "this is not JSON"),
    ] {
        let wrong = JobRequest::parse(Job::CheckUpgrades, text).unwrap_err().to_string();
        assert!(wrong.starts_with(want), "{want}: {wrong}");
    }
}

#[test]
fn each_job_is_asked_for_what_is_its_own() {
    let text = r#"{"date": "2026-11-25", "dry_run": true}"#;
    let asked = JobRequest::parse(Job::Reconcile, text).unwrap();
    assert_eq!((asked.date.unwrap().to_string(), asked.dry_run), ("2026-11-25".to_owned(), true));
    for job in [Job::CheckUpgrades, Job::Recount] {
        let wrong = JobRequest::parse(job, text).unwrap_err().to_string();
        assert!(wrong.starts_with("date: there is no such key here"), "{job}: {wrong}");
    }
}

#[test]
fn a_job_is_known_by_its_name() {
    for job in Job::ALL {
        assert_eq!(Job::from_name(job.name()), Some(job));
    }
    assert_eq!(Job::from_name("check-upgrade"), None);
    assert_eq!(Job::names(), "check-upgrades, reconcile, recount");
}

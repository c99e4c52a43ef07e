//! The shop's list: in which forms it is read, how long it is kept, and what is refused.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::{DAY, RUN, Shop, around, lines, orders};

const CSV: &str =
    "event,order_id,refund_id,time,buyer_id,currency,line_id,sku,quantity,unit_price,amount
paid,A1,,2026-11-10T16:00:00Z,zoe,CNY,1,cd,1,100.00,
paid,A2,,2026-11-11T02:00:00Z,zoe,CNY,1,cd,1,200.00,
paid,A3,,2026-11-11T03:00:00Z,zoe,CNY,1,cd,1,300.00,
refunded,A2,r1,2026-11-11T04:00:00Z,,CNY,,,,,50.00
completed,A3,,2026-11-11T15:59:59.999Z,,,,,,,
";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_list_is_read_in_each_of_its_forms() {
    let shop = Shop::open();
    let mut sent = orders();
    sent.retain(|event| event["detail-type"] != "OrderRefunded");
    shop.send(&sent);
    shop.send(&around());
    let events = lines(&orders());
    let forms = [events.clone().into_bytes(), CSV.into(), gzip(&events), gzip(CSV)];
    for form in &forms {
        let answer = shop.put(form);
        answer.is(200, DAY);
        assert_eq!(answer.json(), json!({ "day": DAY, "bytes": form.len() }));
        let counts = shop.reconcile(true);
        assert_eq!(shop.found(), ["refund_missing A2 r1: found"]);
        assert_eq!((&counts["orders"], &counts["inconsistent_after"]), (&json!(3), &json!(1)));
    }
    let counts = shop.reconcile(false);
    assert_eq!(shop.found(), ["refund_missing A2 r1: repaired"]);
    assert_eq!((&counts["run"], &counts["refund_missing"]), (&json!(5), &json!(1)));
    let commissions = shop.server.get("/v1/distributors/bob/commissions");
    let of_order = |one: &&serde_json::Value| one["order_id"] == "A2";
    let items = commissions["items"].as_array().unwrap();
    assert_eq!(items.iter().find(of_order).unwrap()["reversed"], "5.00", "{commissions}");
    for form in &forms {
        shop.put(form).is(200, DAY);
        shop.reconcile(false);
        assert_eq!(shop.found(), [""; 0]);
        let report = shop.get(&format!("/v1/reports/{DAY}")).json();
        let list = json!({ "name": DAY, "rows": 5, "unreadable": 0, "other_days": 0 });
        assert_eq!(report["list"], list);
        let totals = &report["totals"][0];
        assert_eq!((&totals["listed_paid"], &totals["paid"]), (&json!("600.00"), &json!("600.00")));
    }
}

#[test]
fn without_a_list_it_is_not_asked_whether_everything_is_here() {
    let shop = Shop::open();
    shop.send(&orders());
    shop.reconcile(false);
    let report = shop.get(&format!("/v1/reports/{DAY}")).json();
    assert_eq!((&report["list"], &report["orders"]), (&json!(null), &json!(3)));
    assert_eq!(report["totals"][0]["listed_orders"], json!(null));
    assert_eq!(shop.found(), [""; 0]);
}

#[test]
fn a_list_stands_until_another_is_put_and_over_a_restart() {
    let shop = Shop::open();
    shop.send(&orders()[..4]);
    shop.put(lines(&orders()[..4]).as_bytes()).is(200, DAY);
    shop.put(lines(&orders()).as_bytes()).is(200, DAY);
    let shop = shop.restart();
    shop.reconcile(true);
    assert_eq!(shop.found(), ["completion_missing A3: found"]);
    // The tenant's name as a folder's: it may have characters that no file's name has.
    let kept = shop.file("upline.db.lists").join("ZGVtbw").join(DAY);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), lines(&orders()));
    let mode = std::fs::metadata(&kept).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "it is its owner's alone: it says who bought what");
}

#[test]
fn with_data_in_memory_a_list_leaves_nothing_beside() {
    let shop = Shop::open_with(&["--data", ":memory:"]);
    shop.send(&orders()[..4]);
    shop.put(lines(&orders()).as_bytes()).is(200, DAY);
    shop.reconcile(false);
    assert_eq!(shop.found(), ["completion_missing A3: repaired"]);
    let files = std::fs::read_dir(shop.folder.path()).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["plan.json"]);
}

#[test]
fn what_is_no_list_is_told_and_nothing_is_taken_for_missing() {
    let shop = Shop::open();
    shop.send(&orders());
    let cut = gzip(CSV);
    let cut = &cut[..cut.len() / 2];
    shop.put(CSV.as_bytes()).is(200, DAY);
    let kept = shop.file("upline.db.lists").join("ZGVtbw").join(DAY);
    for (list, told) in [
        (&b"good morning"[..], "good morning"),
        (cut, "the list cannot be read on after line"),
        (b"event,order_id,time,colour\n", "colour"),
    ] {
        shop.put(list).is(400, told);
        shop.reconcile(false);
        assert_eq!(shop.found(), [""; 0], "the list before it stands");
        // What breaks where it is kept.
        std::fs::write(&kept, list).unwrap();
        shop.reconcile(false);
        let found = shop.found();
        assert_eq!(found, ["unreadable_row the list: left"], "{told}");
        let report = shop.get(&format!("/v1/reports/{DAY}")).json();
        let why = report["differences"][0]["values"][0]["found"].as_str().unwrap();
        assert!(why.contains(told), "{told}: {why}");
        shop.put(CSV.as_bytes()).is(200, DAY);
    }
    shop.put(b"{\"detail-type\": \"OrderPaid\"}\n{").is(200, DAY);
    shop.reconcile(false);
    let found = shop.found();
    let rows: Vec<_> = found.iter().filter(|line| line.starts_with("unreadable_row")).collect();
    assert_eq!(rows, ["unreadable_row line 1: left", "unreadable_row line 2: left"]);
    shop.put(b"").is(400, "a day without orders is a list of a blank line");
    shop.put(b"\n").is(200, DAY);
    shop.reconcile(false);
    let missing = shop.found();
    assert_eq!(missing.len(), 5, "{missing:?}");
    assert!(missing.iter().all(|line| line.contains("missing_there") && line.ends_with("left")));
}

#[test]
fn who_may_put_a_list_and_for_which_day() {
    let shop = Shop::open();
    let path = format!("/v1/lists/{DAY}");
    let list = lines(&orders());
    for role in ["shop", "ops", "admin"] {
        shop.ask("PUT", &path, &shop.token(role, &[]), list.as_bytes()).is(200, DAY);
    }
    let bob = shop.token("distributor", &["--sub", "bob"]);
    shop.ask("PUT", &path, &bob, list.as_bytes()).is(403, "ops, shop or admin");
    shop.ask("PUT", &path, "secret", list.as_bytes()).is(401, "this token");
    shop.ask("GET", &path, &shop.server.token, b"").is(405, "this path takes PUT");
    for day in
        ["today", "2026-11-31", "2026-1-1", "20261111", "2026-11-11T00:00:00Z", "..%2f..%2fx"]
    {
        let path = format!("/v1/lists/{day}");
        let answer = shop.ask("PUT", &path, &shop.server.token, list.as_bytes());
        answer.is(400, "the day: write one such as 2026-11-11");
    }
    let ahead = shop.ask("PUT", "/v1/lists/2999-01-01", &shop.server.token, list.as_bytes());
    ahead.is(400, "date: that day has not begun yet; write an earlier one");
    let named = format!("{path}?tenant=other");
    let refused = shop.ask("PUT", &named, &shop.server.token, list.as_bytes());
    refused.is(403, "it is not the tenant of the token");
    let misspelt = format!("{path}?tenent=demo");
    let refused = shop.ask("PUT", &misspelt, &shop.server.token, list.as_bytes());
    refused.is(400, "tenent: there is no such parameter here; write tenant");
    let audit = shop.get("/v1/audit").json();
    let puts = audit["items"].as_array().unwrap().iter();
    let puts = puts.filter(|one| one["action"] == "list.put" && one["about"] == DAY);
    assert_eq!(puts.count(), 3, "of those that were taken: {audit}");
    // Another tenant's list is another.
    let other = shop.token("admin", &["--tenant", "other"]);
    shop.ask("PUT", &path, &other, lines(&orders()[..1]).as_bytes()).is(200, DAY);
    shop.reconcile(true);
    assert_eq!(shop.found().len(), 5, "all of its own list is missing");
}

#[test]
fn who_may_ask_for_a_run_and_over_which_day() {
    let shop = Shop::open();
    let bob = shop.token("distributor", &["--sub", "bob"]);
    for token in [bob, shop.token("shop", &[])] {
        shop.ask("POST", RUN, &token, b"").is(403, "ops or admin");
    }
    let ops = shop.token("ops", &["--sub", "olga"]);
    // Yesterday, where none is named; today may be asked for.
    let run = shop.ask("POST", RUN, &ops, b"");
    run.is(200, "\"job\":\"reconcile\"");
    let yesterday = run.json()["date"].as_str().unwrap().to_owned();
    let report = shop.get(&format!("/v1/reports/{yesterday}")).json();
    assert_eq!((&report["by"], &report["dry_run"]), (&json!("olga"), &json!(false)));
    let today: jiff::civil::Date = yesterday.parse().unwrap();
    let today = today.tomorrow().unwrap();
    let body = format!("{{\"date\": \"{today}\"}}");
    shop.ask("POST", RUN, &ops, body.as_bytes()).is(200, &today.to_string());
    for (body, part) in [
        (r#"{"date": "2999-01-01"}"#, "that day has not begun yet"),
        (r#"{"date": "yesterday"}"#, "date"),
        (r#"{"date": "2026-02-30"}"#, "date"),
        (r#"{"date": 20261111}"#, "date"),
        (r#"{"dry_run": "yes"}"#, "dry_run"),
        (r#"{"distributor_id": "bob"}"#, "distributor_id"),
        (r#"{"day": "2026-11-11"}"#, "day"),
    ] {
        shop.ask("POST", RUN, &ops, body.as_bytes()).is(400, part);
    }
    shop.ask("POST", RUN, &ops, br#"{"tenant": "other"}"#).is(403, "tenant");
    let recount = "/v1/jobs/recount/run";
    shop.ask("POST", recount, &ops, br#"{"date": "2026-11-11"}"#).is(400, "send nothing");
    shop.ask("POST", recount, &shop.token("shop", &[]), b"").is(403, "ops or admin");
}

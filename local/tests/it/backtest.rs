//! `upline plan backtest`: orders of a server and of files under another plan, figures by hand.

use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use upline_testkit::events::{
    bound, completed, event, paid, refunded, registered, registered_under, with,
};

use crate::harness::{Server, ask, upline};

/// Ten and five hundredths for the nearest two.
const OLD: &str = r#"{ "levels": [ { "id": "bronze" } ], "currencies": { "CNY": { "depth": 2,
    "cards": { "all": { "base": "paid", "mode": { "percent": { "rates": ["0.10", "0.05"] } } } },
    "rules": [ { "id": "default", "priority": 0, "card": "all" } ] },
    "JPY": { "depth": 1,
    "cards": { "all": { "base": "paid", "mode": { "percent": { "rates": ["0.10"] } } } },
    "rules": [ { "id": "default", "priority": 0, "card": "all" } ] } } }"#;

/// Three depths, tea on its profit, at most 15.00 for one on the other card of an order, 20
/// hundredths in all; nothing for yen; no bronze.
const NEW: &str = r#"{ "levels": [ { "id": "iron" } ], "currencies": { "CNY": { "depth": 3,
    "max_total_rate": "0.20",
    "cards": { "all": { "base": "paid", "mode": { "percent": {
                            "rates": ["0.12", "0.06", "0.03"] } }, "max_per_order": "15.00" },
               "tea": { "base": "profit", "mode": { "percent": { "rates": ["0.20"] } } } },
    "rules": [ { "id": "tea", "priority": 1, "when": { "category": ["tea"] }, "card": "tea" },
               { "id": "spare", "priority": 2, "when": { "region": ["moon"] }, "card": "all" },
               { "id": "default", "priority": 0, "card": "all" } ] } } }"#;

/// Ann above bob above cid, who brought zoe. Of zoe: 20 orders of 100.00 in November; one of 200.00
/// on 1 December, half of which is refunded; one of tea with its cost and one without; one of yen;
/// and one of a buyer whom nobody brought.
fn events() -> Vec<Value> {
    let tea = |order: &str, cost: Option<&str>| {
        with(paid(order, "zoe", "50.00", "2026-11-20T12:00:00Z"), |data| {
            data["lines"][0]["category"] = json!("tea/green");
            data["lines"][0]["unit_cost"] = json!(cost);
        })
    };
    let mut events = vec![
        registered("ann", "2026-10-01T00:00:00Z"),
        registered_under("bob", "ann", "2026-10-01T00:00:00Z"),
        registered_under("cid", "bob", "2026-10-01T00:00:00Z"),
        bound("zoe", "cid", "2026-10-02T00:00:00Z"),
        paid("B1", "zoe", "200.00", "2026-11-21T00:00:00Z"),
        refunded("B1", "r", "100.00", "2026-11-21T00:00:00Z"),
        completed("B1", "2026-11-21T00:00:00Z"),
        tea("T1", Some("20.00")),
        tea("T2", None),
        with(paid("Y1", "zoe", "300", "2026-11-20T12:00:00Z"), |data| {
            data["currency"] = json!("JPY");
        }),
        paid("W1", "nobody", "70.00", "2026-11-20T12:00:00Z"),
    ];
    events.extend((1..=20).map(|n| {
        paid(&format!("A{n:02}"), "zoe", "100.00", &format!("2026-11-{:02}T12:00:00Z", 1 + n % 9))
    }));
    events
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = upline(folder);
    command.env_remove("UPLINE_URL").env_remove("UPLINE_TOKEN").stdin(Stdio::null());
    command.args(["plan", "backtest"]).args(arguments).output().unwrap()
}

fn answer(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    let mut answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["speed"]["elapsed_ms"].is_u64());
    answer.as_object_mut().unwrap().remove("speed");
    answer
}

fn row(of: impl Into<Value>, amounts: [&str; 3], shares: Option<[&str; 2]>) -> Value {
    let [old, new, change] = amounts;
    let of: Value = of.into();
    let mut row = json!({ "of": of, "old": old, "new": new, "change": change });
    if let Some([old, new]) = shares {
        row["old_share"] = json!(old);
        row["new_share"] = json!(new);
    }
    row
}

fn files(folder: &Path) {
    std::fs::write(folder.join("old.json"), OLD).unwrap();
    std::fs::write(folder.join("new.json"), NEW).unwrap();
    let lines: Vec<String> = events().iter().map(Value::to_string).collect();
    std::fs::write(folder.join("events.jsonl"), lines.join("\n")).unwrap();
}

/// 20 orders of 100.00: 10.00 and 5.00 before, 12.00, 6.00 and, of the 20.00 that all may have,
/// 2.00 of 3.00 after. B1 of 200.00: 20.00 and 10.00 before; after 24.00 cut to 15.00, 12.00 and
/// 6.00, in all 33.00 of 40.00. T1: 5.00 and 2.50 before; 6.00 of a profit of 30.00 after.
fn check_cny(part: &Value) {
    assert_eq!(part["currency"], "CNY");
    assert_eq!((&part["orders"], &part["changed"]), (&json!(22), &json!(22)));
    assert_eq!((&part["paid"], &part["refunded"]), (&json!("2250.00"), &json!("100.00")));
    let total = row(Value::Null, ["337.50", "439.00", "101.50"], Some(["0.15", "0.195111"]));
    let mut got = part["total"].clone();
    got["of"] = Value::Null;
    assert_eq!(got, total);
    // Half of B1 is taken back: 15.00 before, 16.50 after; of 2,150.00.
    let net = row(Value::Null, ["322.50", "422.50", "100.00"], Some(["0.15", "0.196511"]));
    let mut got = part["net"].clone();
    got["of"] = Value::Null;
    assert_eq!(got, net);
    let depths = json!([
        row(1, ["225.00", "261.00", "36.00"], Some(["0.1", "0.116"])),
        row(2, ["112.50", "132.00", "19.50"], Some(["0.05", "0.058666"])),
        row(3, ["0.00", "46.00", "46.00"], Some(["0", "0.020444"])),
    ]);
    assert_eq!(part["by_depth"], depths);
    let rules = json!([
        { "rule": "spare", "lines": 0, "paid": "0.00", "cost": "0.00" },
        { "rule": "tea", "lines": 1, "paid": "50.00", "cost": "6.00" },
        { "rule": "default", "lines": 21, "paid": "2200.00", "cost": "433.00" },
    ]);
    assert_eq!(part["rules"], rules);
    let caps = json!([
        { "cap": "max_per_order", "card": "all", "times": 1, "orders": 1, "cut": "9.00" },
        { "cap": "max_total_rate", "times": 20, "orders": 20, "cut": "20.00" },
    ]);
    assert_eq!(part["caps"], caps);
    let people = json!([
        row("ann", ["0.00", "46.00", "46.00"], None),
        row("cid", ["225.00", "261.00", "36.00"], None),
        row("bob", ["112.50", "132.00", "19.50"], None),
    ]);
    assert_eq!(part["distributors_that_change_most"], people);
    let most = part["orders_that_change_most"].as_array().unwrap();
    assert_eq!(most.len(), 10);
    assert_eq!(most[0], row("A01", ["15.00", "20.00", "5.00"], None));
    assert_eq!(most[9]["of"], "A10");
}

fn check_all(answer: &Value) {
    let orders = json!({ "read": 25, "calculated": 22, "not_calculable": 2, "waiting": 1 });
    assert_eq!(answer["orders"], orders);
    let waiting = json!([{ "currency": "CNY", "orders": 1, "paid": "70.00" }]);
    assert_eq!(answer["waiting"], waiting);
    let refused = answer["not_calculable"].as_array().unwrap();
    let told: Vec<Value> = refused
        .iter()
        .map(|one| {
            json!([one["code"], one["currency"], one["orders"], one["old"], one["examples"]])
        })
        .collect();
    let want = [
        json!(["cost_missing", "CNY", 1, "7.50", ["T2"]]),
        json!(["currency_not_planned", "JPY", 1, "30", ["Y1"]]),
    ];
    assert_eq!(told, want);
    assert_eq!(answer["currencies"].as_array().unwrap().len(), 1);
    check_cny(&answer["currencies"][0]);
    let notes = answer["notes"].to_string();
    assert!(notes.contains("bronze, which somebody in 22 orders had"), "{notes}");
    assert!(!notes.contains("month sales that nobody"), "{notes}");
}

#[test]
fn orders_of_a_server_cost_what_was_worked_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    files(folder);
    let server = Server::start_with(folder, &["--plan", "old.json"]);
    let (status, sent) = server.send(folder, &events());
    assert_eq!(status, Some(0), "{sent}");
    let of_days = |from: &str, to: &str| {
        let to_server = ["--url", &server.url, "--token", &server.token];
        let days = ["--plan", "new.json", "--from", from, "--to", to];
        answer(folder, &[days.as_slice(), &to_server].concat())
    };
    check_all(&of_days("2026-11-01", "2026-11-22"));
    // More days than one list has: the first of several ends on 4 November.
    check_all(&of_days("2025-10-01", "2031-01-01"));
    // The last day is not in it: B1 is left out, and its refund.
    let part = &of_days("2026-11-01", "2026-11-21")["currencies"][0];
    assert_eq!((&part["orders"], &part["refunded"]), (&json!(21), &json!("0.00")));
    let none = of_days("2026-11-10", "2026-11-11");
    assert_eq!((&none["orders"]["read"], &none["currencies"]), (&json!(0), &json!([])));

    let to_server = ["--url", &server.url, "--token", &server.token];
    let days = ["--plan", "new.json", "--from", "2026-11-01", "--to", "2026-11-22"];
    let output = run(folder, &[days.as_slice(), &to_server].concat());
    let words = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "no progress in a pipe");
    for part in [
        "25 orders read: 22 calculated, 2 not calculable, 1 waiting",
        "  waiting: 1 of 70.00 CNY earn nobody anything yet",
        "  cost_missing: 1 of 50.00 CNY, which were given 7.50, are in no figure below, such as \
         T2: line 1 has no unit_cost, which card tea needs",
        "CNY: 22 orders of 2250.00, of which 100.00 was refunded; of 22 somebody gets another",
        "15 % → 19.5111 %",
        "max_per_order of card all cut 1 times, in 1 orders, 9.00 in all",
        "note: the plan does not name the level bronze",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
}

#[test]
fn events_of_files_cost_what_was_worked_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    files(folder);
    let new = ["--plan", "new.json", "--events", "events.jsonl", "--against", "old.json"];
    let first = answer(folder, &new);
    check_all(&first);
    assert_eq!(first["events"], json!({ "created": 30, "waiting": 1 }));
    assert_eq!(answer(folder, &new), first, "the same again");
    // An event that is not taken is told.
    let wrong = with(paid("X1", "zoe", "1.00", "2026-11-01T00:00:00Z"), |data| {
        data["lines"] = json!([]);
    });
    std::fs::write(folder.join("wrong.json"), wrong.to_string()).unwrap();
    let more = answer(folder, &[new.as_slice(), &["--events", "wrong.json"]].concat());
    assert_eq!(more["events"]["parked"], 1);
    assert!(more["not_taken"][0].as_str().unwrap().contains("pay-X1: parked: "), "{more}");
    check_all(&more);
}

#[test]
fn a_list_of_orders_is_what_simulate_reads() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    files(folder);
    let server = Server::start_with(folder, &["--plan", "old.json"]);
    server.send(folder, &events());
    let (mut items, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let path = format!("/v1/orders?from=2026-11-01&to=2026-12-01&limit=7{cursor}");
        let page = server.get(&path);
        pages += 1;
        items.extend(page["items"].as_array().unwrap().clone());
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(pages >= 4 && items.len() == 25, "{pages} pages, {} orders", items.len());
    let of = |id: &str| items.iter().find(|item| item["given"]["order"]["order_id"] == id).unwrap();
    let waits = of("W1");
    assert_eq!((&waits["state"], &waits["given"]["lineage"]), (&json!("waiting"), &Value::Null));
    let order = of("B1");
    assert_eq!((&order["state"], &order["plan_version"]), (&json!("completed"), &json!(1)));
    let allocations = json!([
        { "distributor_id": "cid", "depth": 1, "amount": "20.00", "reversed": "10.00" },
        { "distributor_id": "bob", "depth": 2, "amount": "10.00", "reversed": "5.00" },
    ]);
    assert_eq!(order["allocations"], allocations);
    std::fs::write(folder.join("order.json"), order["given"].to_string()).unwrap();
    let mut command = upline(folder);
    command.args(["simulate", "--plan", "old.json", "--order", "order.json", "--json"]);
    let simulated: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    assert_eq!(simulated["allocations"][0]["amount"], "20.00");
    assert_eq!(simulated["allocations"][0]["reversed"], "10.00");
    // It is for ops, and of their tenant.
    let token = |arguments: &[&str]| {
        let output = upline(folder).arg("token").args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let url = format!("{}/v1/orders?from=2026-11-01&to=2026-11-08", server.url);
    assert_eq!(ask("GET", &url, &token(&["--role", "shop"]), None).unwrap().0, 403);
    let other = token(&["--role", "ops", "--tenant", "other"]);
    let empty = (200, json!({ "items": [] }));
    assert_eq!(ask("GET", &url, &other, None).unwrap(), empty);
}

#[path = "backtest/same.rs"]
mod same;

//! Who may ask what over HTTP, and what a wrong question is answered.

use std::process::Output;

use serde_json::{Value, json};
use upline_testkit::events::{bound, paid, registered, registered_under, with};

use crate::harness::{Server, ask, upline};

/// A server with ann above bob, and an order of zoe, whom bob brought.
struct Shop {
    folder: tempfile::TempDir,
    server: Server,
}

impl Shop {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path());
        let events = [
            registered("ann", "2026-10-01T00:00:00Z"),
            registered_under("bob", "ann", "2026-10-02T00:00:00Z"),
            bound("zoe", "bob", "2026-10-03T00:00:00Z"),
            paid("A1", "zoe", "100.00", "2026-11-01T00:00:00Z"),
        ];
        let (status, answer) = server.send(folder.path(), &events);
        assert_eq!(status, Some(0), "{answer}");
        server.settle();
        Self { folder, server }
    }

    fn token(&self, arguments: &[&str]) -> String {
        let Output { stdout, status, .. } =
            upline(self.folder.path()).arg("token").args(arguments).output().unwrap();
        assert!(status.success(), "{arguments:?}");
        String::from_utf8(stdout).unwrap().trim().to_owned()
    }

    fn get(&self, path: &str, token: &str) -> (u16, Value) {
        ask("GET", &format!("{}{path}", self.server.url), token, None).unwrap()
    }

    fn post(&self, path: &str, token: &str, body: &str) -> (u16, Value) {
        ask("POST", &format!("{}{path}", self.server.url), token, Some(body)).unwrap()
    }
}

const PATHS: [&str; 10] = [
    "/v1/distributors/bob",
    "/v1/distributors/bob/lineage",
    "/v1/distributors/bob/team",
    "/v1/distributors/bob/balance",
    "/v1/distributors/bob/commissions",
    "/v1/distributors/bob/days",
    "/v1/orders/A1",
    "/v1/parked",
    "/v1/balances",
    "/v1/orders?from=2026-11-01&to=2026-11-02",
];

#[test]
fn each_role_sees_what_it_may() {
    let shop = Shop::open();
    let check = |arguments: &[&str], want: [u16; 10]| {
        let token = shop.token(arguments);
        let got = PATHS.map(|path| shop.get(path, &token).0);
        assert_eq!(got, want, "{arguments:?}");
    };
    check(&["--role", "admin"], [200; 10]);
    check(&["--role", "ops"], [200; 10]);
    check(&["--role", "shop"], [403, 403, 403, 403, 403, 403, 200, 403, 403, 403]);
    let own = [200, 200, 200, 200, 200, 200, 403, 403, 403, 403];
    check(&["--role", "distributor", "--sub", "bob"], own);
    check(&["--role", "distributor", "--sub", "ann"], [403; 10]);
    // Another tenant finds nothing: neither people nor orders.
    let nothing = [404, 404, 404, 404, 404, 404, 404, 200, 200, 200];
    check(&["--role", "admin", "--tenant", "other"], nothing);
    let other = shop.token(&["--role", "admin", "--tenant", "other"]);
    assert_eq!(shop.get("/v1/balances", &other).1, json!({ "items": [] }));
    // Who is there and has nothing yet is shown an empty list.
    let admin = shop.token(&["--role", "admin"]);
    let empty = json!({ "items": [] });
    assert_eq!(shop.get("/v1/distributors/bob/team", &admin), (200, empty.clone()));
    assert_eq!(shop.get("/v1/distributors/bob/days?to=2026-10-01", &admin), (200, empty));
}

#[test]
fn nobody_is_let_in_without_a_valid_token() {
    let shop = Shop::open();
    let valid = shop.token(&["--role", "admin"]);
    let mut parts: Vec<&str> = valid.split('.').collect();
    let unsigned = format!("{}.{}.", "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0", parts[1]);
    let signature = parts[2].chars().rev().collect::<String>();
    parts[2] = &signature;
    let forged = parts.join(".");
    let elsewhere = Shop::open();
    let foreign = elsewhere.token(&["--role", "admin"]);
    for token in ["", "x", &unsigned, &forged, &foreign] {
        for path in PATHS {
            let (status, problem) = shop.get(path, token);
            assert_eq!((status, &problem["title"]), (401, &json!("unauthorized")), "{token}");
        }
        assert_eq!(shop.post("/v1/events", token, "{}").0, 401);
    }
    assert_eq!(shop.get("/v1/health", "").0, 200, "anyone may ask that");
}

#[test]
fn an_event_of_another_tenant_is_refused_and_not_kept() {
    let shop = Shop::open();
    let token = shop.token(&["--role", "shop", "--tenant", "other"]);
    let event = paid("A9", "zoe", "1.00", "2026-11-01T00:00:00Z");
    let (status, answer) =
        shop.post("/v1/events", &token, &json!({ "events": [event] }).to_string());
    assert_eq!(status, 200);
    assert_eq!(answer["results"][0]["outcome"], "refused");
    for tenant in ["demo", "other"] {
        let admin = shop.token(&["--role", "admin", "--tenant", tenant]);
        assert_eq!(shop.get("/v1/orders/A9", &admin).0, 404);
        assert_eq!(shop.get("/v1/parked", &admin).1["items"], json!([]));
    }
}

#[test]
fn a_wrong_question_is_told_what_is_wrong() {
    let shop = Shop::open();
    let token = shop.token(&["--role", "admin"]);
    let check = |path: &str, status: u16, part: &str| {
        let (got, problem) = shop.get(path, &token);
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(got == status && detail.contains(part), "{path}: {got} {problem}");
    };
    check("/v1/orders/A2", 404, "no order A2");
    check("/v1/orders/a%23b", 400, "order id");
    check("/v1/distributors/eve", 404, "no distributor eve");
    check("/v1/distributors/bob/team?depth=6", 400, "depth: write 1 to 5");
    check("/v1/distributors/bob/commissions?limit=0", 400, "limit");
    check("/v1/distributors/bob/commissions?from=2026-11-01", 400, "from: write a time");
    check("/v1/distributors/bob/commissions?cursor=abc", 400, "cursor");
    check("/v1/distributors/bob/days?to=yesterday", 400, "to: write a date");
    check("/v1/nothing", 404, "no such path");
    let posted = |body: &str| shop.post("/v1/events", &token, body);
    assert_eq!(posted("not json").0, 400);
    assert_eq!(posted("{}").0, 400);
    assert_eq!(posted(r#"{"events": 1}"#).0, 400);
    assert_eq!(posted(&json!({ "events": vec![0; 1_001] }).to_string()).0, 413);
    assert_eq!(posted(&format!(r#"{{"events": ["{}"]}}"#, "x".repeat(1_000_000))).0, 413);
    assert_eq!(shop.post("/v1/orders/A1", &token, "").0, 405);
}

#[test]
fn pages_follow_each_other_and_bounds_hold() {
    let shop = Shop::open();
    let token = shop.token(&["--role", "ops"]);
    let orders: Vec<Value> = (2..8)
        .map(|n| paid(&format!("A{n}"), "zoe", "10.00", &format!("2026-11-{n:02}T00:00:00Z")))
        .collect();
    shop.server.send(shop.folder.path(), &orders);
    shop.server.settle();
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let path = format!("/v1/distributors/bob/commissions?limit=3{cursor}");
        let page = shop.get(&path, &token).1;
        let ids = page["items"].as_array().unwrap().iter();
        seen.extend(ids.map(|item| item["order_id"].as_str().unwrap().to_owned()));
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["A7", "A6", "A5", "A4", "A3", "A2", "A1"]);
    // A cursor from outside the period is no error: the page is what of it is left.
    let path = "/v1/distributors/bob/commissions?to=2026-11-02T00:00:00Z";
    let page = shop.get(&format!("{path}{cursor}"), &token).1;
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
    // Ann's one recruit came on 2026-10-02; to is not in the period.
    let recruits = |period: &str| {
        let days = shop.get(&format!("/v1/distributors/ann/days?{period}"), &token).1;
        days["items"].as_array().unwrap().iter().filter(|day| day["recruits"] == 1).count()
    };
    assert_eq!(recruits("from=2026-10-02&to=2026-10-03"), 1);
    assert_eq!(recruits("to=2026-10-02"), 0);
}

#[test]
fn a_parked_event_is_listed_and_can_be_retried() {
    let shop = Shop::open();
    let token = shop.token(&["--role", "ops"]);
    let yen = with(paid("A2", "zoe", "5", "2026-11-01T00:00:00Z"), |data| {
        data["currency"] = json!("JPY");
    });
    let (status, _) = shop.server.send(shop.folder.path(), std::slice::from_ref(&yen));
    assert_eq!(status, Some(1));
    let listed = shop.get("/v1/parked", &token).1;
    assert_eq!(listed["items"][0]["code"], "currency_not_planned");
    assert_eq!(listed["items"][0]["event"], yen);
    let id = listed["items"][0]["id"].as_str().unwrap();
    let retry = format!("/v1/parked/{id}/retry");
    let (status, result) = shop.post(&retry, &token, "");
    assert_eq!((status, &result["outcome"]), (200, &json!("parked")), "it is as wrong as before");
    assert_eq!(shop.get("/v1/parked", &token).1["items"].as_array().unwrap().len(), 1);
    assert_eq!(shop.post("/v1/parked/2026.x.61/retry", &token, "").0, 404);
    assert_eq!(shop.post(&retry, &shop.token(&["--role", "shop"]), "").0, 403);
}

#[test]
fn who_is_owed_what_is_listed_for_a_day() {
    let shop = Shop::open();
    let admin = shop.token(&["--role", "admin"]);
    // The example plan completes an order after 15 days by itself and holds it for 7: paid on 1
    // November, it matures on the 23rd, and so on the first of December.
    let owed = |by: &str| {
        let (status, answer) = shop.get(&format!("/v1/balances?by={by}"), &admin);
        assert_eq!(status, 200, "{answer}");
        let items = answer["items"].as_array().unwrap().clone();
        let mut owed: Vec<(String, String)> = items
            .iter()
            .map(|one| {
                assert_eq!(one["by"], json!(by));
                let text = |name: &str| one[name].as_str().unwrap().to_owned();
                (text("distributor_id"), text("owed"))
            })
            .collect();
        owed.sort();
        owed
    };
    let both = |ann: &str, bob: &str| {
        [("ann".to_owned(), ann.to_owned()), ("bob".to_owned(), bob.to_owned())]
    };
    assert_eq!(owed("2026-11-30"), both("0.00", "0.00"));
    assert_eq!(owed("2026-12-01"), both("5.00", "10.00"));

    let run = |arguments: &[&str]| {
        let mut command = upline(shop.folder.path());
        command.args(arguments).args(["--url", &shop.server.url, "--token", &admin]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let table = run(&["owed", "--by", "2026-12-01"]);
    let rows: Vec<Vec<&str>> = table.lines().map(|l| l.split_whitespace().collect()).collect();
    assert_eq!(rows[1], ["bob", "CNY", "10.00", "0.00"], "{table}");
    assert_eq!(rows[2], ["ann", "CNY", "5.00", "0.00"], "{table}");
    assert_eq!(rows[3], ["all", "CNY", "15.00"], "{table}");
    let table = run(&["owed", "--by", "2026-11-30"]);
    assert!(table.contains("10.00 on 2026-12-01"), "{table}");
    assert!(run(&["balance", "bob"]).contains("10.00  due on 2026-12-01"));
    assert!(run(&["balance", "bob", "--json"]).contains(r#""date":"2026-12-01""#));
    assert!(run(&["order", "A1"]).contains("bob at depth 1 earns 10.00 CNY"));
}

#[test]
fn an_order_is_told_in_the_language_that_is_asked_for() {
    let shop = Shop::open();
    let token = shop.token(&["--role", "shop"]);
    let why = |query: &str| {
        let (status, order) = shop.get(&format!("/v1/orders/A1{query}"), &token);
        assert_eq!(status, 200, "{order}");
        order["lines"][0]["why"][0].as_str().unwrap().to_owned()
    };
    let english = "rule default (0) of plan version 1 is the highest that matches";
    assert_eq!(why(""), english);
    assert_eq!(why("?lang=en"), english);
    let chinese = "方案第 1 版：适用规则 default（优先级 0），为命中规则中优先级最高者";
    assert_eq!(why("?lang=zh"), chinese);
    let words = upline(shop.folder.path())
        .args(["order", "A1", "--lang", "zh", "--url", &shop.server.url, "--token", &token])
        .output()
        .unwrap();
    let words = String::from_utf8(words.stdout).unwrap();
    assert!(words.contains("订单 A1：实付") && words.contains(chinese), "{words}");
}

//! Changes by hand over HTTP and on the command line: plans, status and level, and who may; and
//! what the audit tells of them.

use std::process::Output;

use serde_json::{Value, json};
use upline_testkit::events::{bound, paid, registered, registered_under};

use crate::harness::{Server, ask, upline};

const FROZEN: &str = r#"{"value": "frozen", "reason": "fraud"}"#;

struct Shop {
    folder: tempfile::TempDir,
    server: Server,
}

/// A plan that pays so much of what is paid, at depth 1.
fn plan(rate: &str) -> Value {
    json!({ "levels": [{ "id": "bronze" }, { "id": "gold" }],
        "currencies": { "CNY": { "depth": 1,
        "cards": { "standard": { "base": "paid", "mode": { "percent": { "rates": [rate] } } } },
        "rules": [{ "id": "default", "priority": 0, "card": "standard" }] } } })
}

impl Shop {
    /// ann above bob, who brought zoe, under a plan that pays 10 %.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("plan.json"), plan("0.10").to_string()).unwrap();
        let server = Server::start_with(folder.path(), &["--plan", "plan.json"]);
        let shop = Self { folder, server };
        for event in [
            registered("ann", "2026-10-01T00:00:00Z"),
            registered_under("bob", "ann", "2026-10-02T00:00:00Z"),
            bound("zoe", "bob", "2026-10-03T00:00:00Z"),
        ] {
            shop.send(&event);
        }
        shop
    }

    fn send(&self, event: &Value) {
        let (status, answer) = self.server.send(self.folder.path(), std::slice::from_ref(event));
        assert_eq!(status, Some(0), "{answer}");
    }

    fn token(&self, arguments: &[&str]) -> String {
        let output = upline(self.folder.path()).arg("token").args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> (u16, Value) {
        ask(method, &format!("{}{path}", self.server.url), token, Some(body)).unwrap()
    }

    /// Asks as an admin.
    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask("POST", path, &self.server.token, &body.to_string())
    }

    /// A command with the server and a token of an admin, and what it answers as JSON.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, Value) {
        let output = self.command(&[arguments, &["--json"]].concat());
        let text = if output.stdout.is_empty() { &output.stderr } else { &output.stdout };
        (output.status.code(), serde_json::from_slice(text).unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Output {
        let mut command = upline(self.folder.path());
        command.args(arguments).args(["--url", &self.server.url, "--token", &self.server.token]);
        command.output().unwrap()
    }

    /// What an order of 100.00 earns bob that is paid now.
    fn earned(&self, order: &str) -> (u64, String) {
        let paid_at = upline_domain::time::text(upline_lambda::now());
        self.send(&paid(order, "zoe", "100.00", &paid_at));
        let shown = self.server.get(&format!("/v1/orders/{order}"));
        let first = shown["allocations"][0]["amount"].as_str().unwrap_or("-").to_owned();
        (shown["plan_version"].as_u64().unwrap(), first)
    }
}

#[test]
fn a_plan_is_published_activated_and_rolled_back() {
    let shop = Shop::open();
    assert_eq!(shop.earned("A1"), (1, "10.00".to_owned()));
    let body = json!({ "document": plan("0.20"), "reason": "11.11" });
    let want = json!({ "version": 2, "outcome": "created", "policy": "cn", "warnings": [] });
    assert_eq!(shop.post("/v1/plans", &body), (201, want.clone()));
    let (status, again) = shop.post("/v1/plans", &body);
    assert_eq!((status, &again["outcome"], &again["version"]), (200, &json!("exists"), &json!(2)));
    assert_eq!(shop.earned("A2"), (1, "10.00".to_owned()), "it is not active yet");

    let (status, made) = shop.post("/v1/plans/activations", &json!({ "version": 2 }));
    assert_eq!(
        (status, &made["outcome"], &made["rollout"]),
        (201, &json!("created"), &Value::Null)
    );
    assert_eq!(shop.earned("A3"), (2, "20.00".to_owned()), "at once");
    let (status, made) = shop.post("/v1/plans/activations", &json!({ "version": 2 }));
    assert_eq!((status, &made["outcome"]), (200, &json!("exists")));

    let listed = shop.server.get("/v1/plans");
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.iter().map(|one| &one["version"]).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(items[0]["by"], "admin");
    assert_eq!(items[0]["reason"], "11.11");
    assert_eq!(items[0]["policy"]["name"], "cn");
    assert_eq!(items[0]["activations"][0]["from"], made["from"]);
    assert_eq!(items[1]["activations"][0]["from"], Value::Null, "the beginning of time");
    assert_eq!(items[1]["by"], "upline dev");
    assert!(items.iter().all(|one| one.get("document").is_none()), "{listed}");
    let shown = shop.server.get("/v1/plans/2");
    assert_eq!((&shown["document"], &shown["hash"]), (&plan("0.20"), &items[0]["hash"]));

    // Rolled back; what was paid meanwhile stays as it was.
    let back = json!({ "version": 1, "reason": "too dear" });
    assert_eq!(shop.post("/v1/plans/activations", &back).0, 201);
    assert_eq!(shop.earned("A4"), (1, "10.00".to_owned()));
    let shown = shop.server.get("/v1/orders/A3");
    assert_eq!((&shown["plan_version"], &shown["problems"]), (&json!(2), &json!([])));
}

#[test]
fn a_plan_with_errors_is_never_published() {
    let shop = Shop::open();
    let mut wrong = plan("0.20");
    wrong["currencies"]["CNY"]["depth"] = json!(4);
    wrong["colour"] = json!(1);
    for path in ["/v1/plans", "/v1/plans/check"] {
        let (status, answer) = shop.post(path, &json!({ "document": wrong }));
        assert_eq!(status, if path == "/v1/plans" { 422 } else { 200 }, "{answer}");
        let codes: Vec<_> =
            answer["errors"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
        assert_eq!(codes, ["unknown_key", "above_policy"], "{answer}");
    }
    let body = json!({ "document": wrong, "policy": "global" });
    let (_, answer) = shop.post("/v1/plans/check", &body);
    assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "global allows 5: {answer}");
    let good = json!({ "document": plan("0.20") });
    let (status, answer) = shop.post("/v1/plans/check", &good);
    assert_eq!((status, &answer["ok"], &answer["errors"]), (200, &json!(true), &json!([])));
    assert_eq!(answer["worst_case"][0]["total"], "0.2", "{answer}");
    assert_eq!(answer["policy"]["name"], "cn");
    assert_eq!(shop.server.get("/v1/plans")["items"].as_array().unwrap().len(), 1, "none is kept");
    // The policy is kept with the tenant.
    let deep = json!({ "document": plan("0.20"), "policy": "global" });
    assert_eq!(shop.post("/v1/plans", &deep).1["policy"], "global");
    assert_eq!(shop.post("/v1/plans/check", &good).1["policy"]["name"], "global");
}

#[test]
fn a_plan_that_drops_a_currency_is_published_with_a_warning() {
    let shop = Shop::open();
    let mut dollars = plan("0.20");
    let part = dollars["currencies"]["CNY"].take();
    dollars["currencies"] = json!({ "USD": part });
    let (status, answer) = shop.post("/v1/plans", &json!({ "document": dollars }));
    assert_eq!(status, 201, "{answer}");
    let codes: Vec<_> = answer["warnings"].as_array().unwrap().iter().collect();
    let [warning] = codes.as_slice() else { panic!("one warning: {answer}") };
    assert_eq!(
        (&warning["code"], &warning["path"]),
        (&json!("currency_dropped"), &json!("currencies.CNY"),)
    );
}

#[test]
fn an_order_is_tried_out_under_a_plan_that_is_given_or_published() {
    let shop = Shop::open();
    let given = json!({
        "order": { "order_id": "A1", "buyer_id": "b", "currency": "CNY",
            "paid_at": "2026-11-11T00:00:00Z",
            "lines": [{ "line_id": "1", "sku": "x", "quantity": 3, "unit_price": "34.99" }] },
        "lineage": [{ "distributor_id": "a" }],
    });
    let earned = |body: &Value, path: &str| {
        let (status, view) = shop.post(path, body);
        assert_eq!(status, 200, "{view}");
        assert_eq!((&view["plan_version"], &view["paid"]), (&json!(0), &json!("104.97")));
        view["allocations"][0].clone()
    };
    let path = "/v1/plans/simulate";
    let published = earned(&json!({ "version": 1, "given": given }), path);
    assert_eq!(published["amount"], "10.49", "a tenth, rounded down");
    let draft = json!({ "document": plan("0.20"), "policy": "global", "given": given });
    assert_eq!(earned(&draft, path)["amount"], "20.99");
    let chinese = earned(&draft, "/v1/plans/simulate?lang=zh");
    assert_ne!(chinese["trace"], earned(&draft, path)["trace"]);
    assert_eq!(shop.ask("GET", "/v1/orders/A1", &shop.server.token, "").0, 404, "none is kept");
    assert_eq!(shop.server.get("/v1/plans")["items"].as_array().unwrap().len(), 1);
    let ops = shop.token(&["--role", "ops"]);
    assert_eq!(shop.ask("POST", path, &ops, &draft.to_string()).0, 403);
}

#[test]
fn a_status_and_a_level_are_changed_by_hand() {
    let shop = Shop::open();
    assert_eq!(shop.earned("A1"), (1, "10.00".to_owned()));
    let ops = shop.token(&["--role", "ops"]);
    let change = |path: &str, body: &Value| shop.ask("POST", path, &ops, &body.to_string());
    let status = "/v1/distributors/bob/status";
    let (code, made) = change(status, &json!({ "value": "frozen", "reason": "fraud" }));
    assert_eq!((code, &made["outcome"]), (201, &json!("created")));
    let (code, again) = change(status, &json!({ "value": "frozen", "reason": "fraud" }));
    assert_eq!((code, &again["from"]), (200, &made["from"]));
    assert_eq!(shop.earned("A2").1, "-", "bob is frozen at once");
    let ahead = json!({ "value": "active", "from": "2099-01-01T00:00:00Z", "reason": "cleared" });
    assert_eq!(change(status, &ahead).0, 201);
    let level = "/v1/distributors/bob/level";
    assert_eq!(change(level, &json!({ "value": "gold", "reason": "promised" })).0, 201);
    let (code, problem) = change(level, &json!({ "value": "iron", "reason": "?" }));
    let detail = problem["detail"].as_str().unwrap();
    assert!(code == 422 && detail.contains("write bronze, gold"), "{problem}");
    let (code, _) =
        change("/v1/distributors/eve/status", &json!({ "value": "frozen", "reason": "?" }));
    assert_eq!(code, 404);

    let shown = shop.ask("GET", "/v1/distributors/bob", &ops, "").1;
    assert_eq!((&shown["status"], &shown["level"]), (&json!("frozen"), &json!("gold")));
    let statuses = shown["statuses"].as_array().unwrap();
    let values: Vec<_> = statuses.iter().map(|one| (&one["value"], &one["reason"])).collect();
    assert_eq!(
        values,
        [(&json!("frozen"), &json!("fraud")), (&json!("active"), &json!("cleared"))]
    );
    assert_eq!(shown["levels"][0]["by"], "ops");
    let bob = shop.token(&["--role", "distributor", "--sub", "bob"]);
    let own = shop.ask("GET", "/v1/distributors/bob", &bob, "").1;
    assert_eq!((own.get("statuses"), &own["status"]), (None, &json!("frozen")), "no reasons");
}

#[test]
fn each_change_by_hand_is_in_the_audit() {
    let shop = Shop::open();
    shop.post("/v1/plans", &json!({ "document": plan("0.20"), "reason": "11.11" }));
    shop.post("/v1/plans/activations", &json!({ "version": 2, "rollout": "0.10" }));
    let lee = shop.token(&["--role", "ops", "--sub", "lee"]);
    assert_eq!(shop.ask("POST", "/v1/distributors/bob/status", &lee, FROZEN).0, 201);
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = shop.ask("GET", &format!("/v1/audit?limit=2{cursor}"), &lee, "").1;
        all.extend(page["items"].as_array().unwrap().clone());
        match page["cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    // Two changes of one millisecond stand in any order.
    let mut told: Vec<String> = all
        .iter()
        .map(|one| {
            let field = |name: &str| one[name].as_str().unwrap_or("-");
            let names =
                [field("action"), field("about"), field("by"), field("role"), field("reason")];
            names.join(" ")
        })
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            "distributor.status bob lee ops fraud",
            "plan.activate 1 upline dev admin -",
            "plan.activate 2 admin admin -",
            "plan.publish 1 upline dev admin -",
            "plan.publish 2 admin admin 11.11",
        ]
    );
    all.sort_by_key(|one| (one["action"].to_string(), one["about"].to_string()));
    assert_eq!(all[0]["before"], json!({ "value": "active" }));
    assert_eq!(all[0]["after"]["value"], "frozen");
    assert_eq!(
        (&all[2]["before"], &all[2]["after"]["rollout"]),
        (&json!({ "version": "1" }), &json!("0.1"))
    );
    let none = shop.ask("GET", "/v1/audit?to=2020-01-01", &lee, "").1;
    assert_eq!(none, json!({ "items": [] }));
}

#[test]
fn only_those_who_may_change_anything_and_only_their_own() {
    let shop = Shop::open();
    let document = json!({ "document": plan("0.20") }).to_string();
    let asks = [
        ("GET", "/v1/plans", ""),
        ("GET", "/v1/plans/1", ""),
        ("POST", "/v1/plans/check", &document),
        ("POST", "/v1/plans", &document),
        ("POST", "/v1/plans/activations", r#"{"version": 2}"#),
        ("GET", "/v1/audit", ""),
        ("POST", "/v1/distributors/bob/status", FROZEN),
        ("POST", "/v1/distributors/bob/level", r#"{"value": "gold", "reason": "x"}"#),
    ];
    let check = |arguments: &[&str], want: [u16; 8]| {
        let token = shop.token(arguments);
        let got = asks.map(|(method, path, body)| shop.ask(method, path, &token, body).0);
        assert_eq!(got, want, "{arguments:?}");
    };
    check(&["--role", "shop"], [403; 8]);
    check(&["--role", "distributor", "--sub", "bob"], [403; 8]);
    check(&["--role", "ops"], [403, 403, 403, 403, 403, 200, 201, 201]);
    // Another tenant has plans of its own, and none of these people.
    let other = ["--role", "admin", "--tenant", "other"];
    check(&other, [200, 404, 200, 201, 404, 200, 404, 422]);
    let listed = shop.ask("GET", "/v1/plans", &shop.token(&other), "").1;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "its own version 1");
    check(&["--role", "admin"], [200, 200, 200, 201, 201, 200, 200, 200]);
    let listed = shop.server.get("/v1/plans");
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "and no version of another");
}

#[test]
fn the_commands_do_the_same() {
    let shop = Shop::open();
    let file =
        |name: &str, text: &str| std::fs::write(shop.folder.path().join(name), text).unwrap();
    file("next.json", &plan("0.20").to_string());
    file("wrong.json", &plan("20%").to_string());
    let (status, answer) = shop.run(&["plan", "publish", "next.json", "--reason", "11.11"]);
    assert_eq!(
        (status, &answer["version"], &answer["outcome"]),
        (Some(0), &json!(2), &json!("created"))
    );
    let global = ["plan", "publish", "next.json", "--policy", "global"];
    assert_eq!(shop.run(&global).1["version"], 3, "another policy is another version");
    let (status, answer) = shop.run(&["plan", "publish", "wrong.json"]);
    assert_eq!((status, &answer["ok"]), (Some(1), &json!(false)), "{answer}");
    let words = shop.command(&["plan", "publish", "wrong.json"]);
    let words = String::from_utf8(words.stdout).unwrap();
    assert!(
        words.starts_with("currencies.CNY.cards.standard.mode.percent.rates[0]: malformed: "),
        "{words}"
    );
    let (status, answer) = shop.run(&["plan", "activate", "2", "--rollout", "1", "--reason", "go"]);
    assert_eq!((status, &answer["outcome"]), (Some(0), &json!("created")), "{answer}");
    assert_eq!(shop.earned("A1"), (2, "20.00".to_owned()));
    let too_soon = ["plan", "activate", "1", "--from", "2026-01-01T00:00:00Z"];
    let (status, problem) = shop.run(&too_soon);
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        status == Some(2) && detail.contains("from: what holds until then is settled"),
        "{detail}"
    );
    let listed = shop.run(&["plan", "list"]).1;
    assert_eq!(listed["items"].as_array().unwrap().len(), 3);
    let listed = String::from_utf8(shop.command(&["plan", "list"]).stdout).unwrap();
    assert!(listed.contains("active from the beginning of time, by upline dev"), "{listed}");
    let shown = shop.command(&["plan", "show", "2"]).stdout;
    assert_eq!(serde_json::from_slice::<Value>(&shown).unwrap(), plan("0.20"));
    let (status, _) = shop.run(&["distributor", "status", "bob", "frozen", "--reason", "fraud"]);
    assert_eq!(status, Some(0));
    let (status, _) = shop.run(&[
        "distributor",
        "level",
        "bob",
        "gold",
        "--reason",
        "kept",
        "--from",
        "2099-01-01T00:00:00Z",
    ]);
    assert_eq!(status, Some(0));
    let audit = shop.run(&["audit"]).1;
    assert_eq!(audit["items"].as_array().unwrap().len(), 7);
    let audit = String::from_utf8(shop.command(&["audit", "--from", "2020-01-01"]).stdout).unwrap();
    assert!(audit.contains("distributor.status bob, value active -> from "), "{audit}");
    assert!(audit.contains(" value frozen: fraud"), "{audit}");
}

#[test]
fn a_server_goes_on_with_the_plan_that_holds() {
    let shop = Shop::open();
    shop.post("/v1/plans", &json!({ "document": plan("0.20") }));
    shop.post("/v1/plans/activations", &json!({ "version": 2 }));
    let Shop { folder, server } = shop;
    drop(server);
    std::fs::write(folder.path().join("next.json"), format!(" {}", plan("0.20"))).unwrap();
    let started = |arguments: &[&str]| {
        let server = Server::start_with(folder.path(), arguments);
        server.get("/v1/plans")["items"].as_array().unwrap().len()
    };
    assert_eq!(started(&[]), 2);
    assert_eq!(started(&["--plan", "next.json"]), 2, "the one that holds");
    let refused =
        upline(folder.path()).args(["dev", "--port", "0", "--plan", "plan.json"]).output();
    let refused = refused.unwrap();
    let says = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{says}");
    assert!(says.contains("upline plan publish"), "{says}");
}

//! Levels over HTTP and on the command line: a night that is asked for, how a level stands, and who
//! may see and do what.

use serde_json::{Value, json};
use upline_domain::time;
use upline_testkit::events::{bound, paid, registered, registered_under};

use crate::harness::{Server, ask, upline};

/// Silver for 100.00 of own sales in 30 days, which adds 5 % to the 10 % of depth 1; gold for that
/// and two recruits.
const PLAN: &str = r#"{ "levels": [ { "id": "bronze" },
    { "id": "silver", "when": { "all": [
        { "own_sales": { "min": "100.00", "currency": "CNY", "days": 30 } } ] } },
    { "id": "gold", "when": { "all": [
        { "own_sales": { "min": "200.00", "currency": "CNY", "days": 30 } },
        { "direct_recruits": { "min": 2, "days": 366 } } ] } } ],
    "currencies": { "CNY": { "depth": 2, "min_level_for_depth": { "2": "silver" },
        "cards": { "standard": { "base": "paid",
            "mode": { "percent": { "rates": ["0.10", "0.05"] } },
            "level_bonus": { "silver": "0.05" } } },
        "rules": [ { "id": "default", "priority": 0, "card": "standard" } ] } } }"#;

struct Shop {
    folder: tempfile::TempDir,
    server: Server,
}

impl Shop {
    /// ann above bob, who brought zoe.
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("plan.json"), PLAN).unwrap();
        let server = Server::start_with(folder.path(), &["--plan", "plan.json"]);
        let shop = Self { folder, server };
        shop.send(&registered("ann", "2026-10-01T00:00:00Z"));
        shop.send(&registered_under("bob", "ann", "2026-10-02T00:00:00Z"));
        shop.send(&bound("zoe", "bob", "2026-10-03T00:00:00Z"));
        shop
    }

    fn send(&self, event: &Value) {
        let (status, answer) = self.server.send(self.folder.path(), std::slice::from_ref(event));
        assert_eq!(status, Some(0), "{answer}");
    }

    /// An order of zoe's that is paid now.
    fn order(&self, name: &str, amount: &str) {
        self.send(&paid(name, "zoe", amount, &time::text(upline_lambda::now())));
    }

    fn ask(&self, method: &str, path: &str, token: &str, body: &str) -> (u16, Value) {
        ask(method, &format!("{}{path}", self.server.url), token, Some(body)).unwrap()
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = upline(self.folder.path());
        command.args(arguments).args(["--url", &self.server.url, "--token", &self.server.token]);
        let output = command.output().unwrap();
        let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        (output.status.code(), String::from_utf8(text).unwrap())
    }

    fn token(&self, role: &str, sub: &[&str]) -> String {
        let mut command = upline(self.folder.path());
        let output = command.args(["token", "--role", role]).args(sub).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Has all checked who are due: raised and lowered.
    fn night(&self) -> (u64, u64) {
        let (status, answer) = self.ask("POST", RUN, &self.server.token, "");
        assert_eq!((status, &answer["outcome"]), (200, &json!("done")), "{answer}");
        let count = |name: &str| answer["counts"][name].as_u64().unwrap();
        (count("raised"), count("lowered"))
    }
}

const RUN: &str = "/v1/jobs/check-upgrades/run";

#[test]
fn who_sells_enough_rises_in_the_next_night_and_sees_why() {
    let shop = Shop::open();
    shop.order("A1", "74.20");
    assert_eq!(shop.night(), (0, 0));
    let level = shop.server.get("/v1/distributors/bob/level");
    assert_eq!((&level["level"], &level["since"]), (&json!("bronze"), &Value::Null));
    assert_eq!(
        level["benefits"],
        json!([{ "currency": "CNY", "text": "orders in CNY earn down to depth 1 of 2" }])
    );
    let asked = &level["next"]["conditions"]["all"][0]["one"];
    assert_eq!(asked["text"], "74.20 of 100.00 CNY of own sales in 30 days");
    assert_eq!((&asked["have"], &asked["min"]), (&json!("74.20"), &json!("100.00")));
    assert_eq!(asked["met"], false);
    let today = level["as_of"].as_str().unwrap();
    let date = level["next"]["estimate"]["date"].as_str().unwrap();
    assert!(date > today, "{date} is after {today}");

    shop.order("A2", "25.80");
    // The night begins once all that was sent before is posted.
    assert_eq!(shop.night(), (1, 0));
    assert_eq!(shop.night(), (0, 0), "the same again");
    let level = shop.server.get("/v1/distributors/bob/level");
    assert_eq!((&level["level"], &level["next"]["level"]), (&json!("silver"), &json!("gold")));
    let history = level["history"].as_array().unwrap();
    assert_eq!((history.len(), &history[0]["how"]), (1, &json!("check")));
    let led = &history[0]["measures"][0];
    assert_eq!((&led["have"], &led["min"]), (&json!("100.00"), &json!("100.00")));
    assert_eq!(history[0]["from"], level["since"]);

    shop.order("A3", "100.00");
    let order = shop.server.get("/v1/orders/A3");
    assert_eq!(order["allocations"][0]["amount"], "15.00", "with the bonus of silver");

    let (status, words) = shop.run(&["level", "bob"]);
    assert_eq!(status, Some(0), "{words}");
    for line in [
        "bob: silver (",
        "orders in CNY earn down to depth 2 of 2",
        "card standard (CNY) pays 5 % more at each depth",
        "+ 200.00 of 100.00 CNY of own sales in 30 days",
        "next is gold, which asks:",
        "- 0 of 2 recruits in 366 days",
        "bronze -> silver",
        "      + 100.00 of 100.00 CNY of own sales in 30 days",
    ] {
        assert!(words.contains(line), "{line}: {words}");
    }
    let (_, words) = shop.run(&["level", "bob", "--lang", "zh"]);
    assert!(words.contains("近 30 天个人销售额 200.00 / 100.00 CNY"), "{words}");
}

#[test]
fn the_command_says_what_a_job_did_and_one_can_be_asked_for_alone() {
    let shop = Shop::open();
    shop.order("A1", "100.00");
    let one = ["job", "run", "check-upgrades", "--distributor", "bob", "--tenant", "demo"];
    let (status, words) = shop.run(&one);
    assert_eq!(status, Some(0), "{words}");
    assert!(words.starts_with("check-upgrades of demo, distributor bob: done\n"), "{words}");
    assert!(words.contains("       1  raised\n"), "{words}");
    let (_, text) = shop.run(&["job", "run", "check-upgrades", "--json"]);
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&answer["job"], &answer["counts"]["raised"]),
        (&json!("check-upgrades"), &json!(0))
    );
    for (wrong, told) in [
        (
            &["job", "run", "settle"][..],
            "there is no job \"settle\"; ask for one of: check-upgrades",
        ),
        (
            &["job", "run", "check-upgrades", "--tenant", "other"],
            "it is not the tenant of the token",
        ),
        (&["job", "run", "check-upgrades", "--distributor", "eve"], "there is no distributor eve"),
        (&["level", "eve"], "there is no distributor eve"),
    ] {
        let (status, text) = shop.run(wrong);
        assert_eq!(status, Some(2), "{wrong:?}: {text}");
        assert!(text.contains(told), "{wrong:?}: {text}");
    }
}

#[test]
fn a_distributor_sees_their_own_level_and_not_who_changed_it() {
    let shop = Shop::open();
    let by_hand = r#"{"value": "gold", "reason": "our first seller"}"#;
    let path = "/v1/distributors/bob/level";
    assert_eq!(shop.ask("POST", path, &shop.server.token, by_hand).0, 201);
    let ops = shop.token("ops", &["--sub", "olga"]);
    let told = |token: &str| shop.ask("GET", path, token, "").1["history"][0].clone();
    assert_eq!(told(&ops)["reason"], "our first seller");
    let bob = shop.token("distributor", &["--sub", "bob"]);
    let seen = told(&bob);
    assert_eq!((&seen["level"], &seen["how"]), (&json!("gold"), &json!("hand")));
    assert!(seen.get("reason").is_none() && seen.get("by").is_none(), "{seen}");
    let ann = shop.token("distributor", &["--sub", "ann"]);
    assert_eq!(shop.ask("GET", path, &ann, "").0, 403);
    for role in ["shop", "distributor"] {
        let token = shop.token(role, &["--sub", "bob"]);
        assert_eq!(shop.ask("POST", RUN, &token, "").0, 403, "{role}");
    }
    assert_eq!(shop.ask("POST", RUN, &ops, "").0, 200);
}

#[test]
fn a_risk_flag_is_opened_and_cleared_by_hand() {
    let shop = Shop::open();
    let path = "/v1/distributors/bob/risk";
    let token = &shop.server.token;
    let (status, answer) = shop.ask("POST", path, token, r#"{"value": "high", "reason": "x"}"#);
    assert_eq!((status, &answer["detail"]), (400, &json!("value: write flagged or clear")));
    let (status, words) = shop.run(&["distributor", "risk", "bob", "flagged", "--reason", "cards"]);
    assert_eq!(status, Some(0), "{words}");
    assert!(words.starts_with("the risk of bob is flagged from "), "{words}");
    let profile = shop.server.get("/v1/distributors/bob");
    assert_eq!(profile["risks"][0]["value"], "flagged");
    let audit = shop.server.get("/v1/audit");
    assert_eq!(audit["items"][0]["action"], "distributor.risk");
    let bob = shop.token("distributor", &["--sub", "bob"]);
    assert!(shop.ask("GET", "/v1/distributors/bob", &bob, "").1.get("risks").is_none());
}

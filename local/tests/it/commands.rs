//! The commands that stand alone: what they print, and how they end.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

fn upline(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_upline"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("UPLINE_DATA")
        .env_remove("UPLINE_URL")
        .env_remove("UPLINE_TOKEN")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A command that fails says so in words, and as a problem document with `--json`.
#[track_caller]
fn check_failure(folder: &Path, arguments: &[&str], status: i32, says: &str) {
    let output = upline(folder, arguments);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {output:?}");
    assert!(text(&output.stderr).contains(says), "{arguments:?}: {output:?}");

    let output = upline(folder, &[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {output:?}");
    let problem: Value = serde_json::from_slice(&output.stderr).unwrap();
    let detail = problem.get("detail").and_then(Value::as_str).unwrap();
    assert!(detail.contains(says), "{arguments:?}: {problem}");
}

#[test]
fn wrong_use_and_bad_input_end_with_2_and_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("plan.json"), r#"{"currencies": {}}"#).unwrap();
    std::fs::write(folder.join("there.db"), "x").unwrap();
    std::fs::write(folder.join("no.json"), "{} x").unwrap();
    check_failure(folder, &["bogus"], 2, "bogus");
    check_failure(folder, &["token", "--role", "owner"], 2, "owner");
    check_failure(folder, &["token", "--role", "distributor"], 2, "--sub");
    check_failure(folder, &["token", "--role", "shop", "--tenant", "a#b"], 2, "letters");
    check_failure(folder, &["token", "--role", "shop", "--data", ":memory:"], 2, "name a file");
    check_failure(folder, &["plan", "check", "no-such-file"], 2, "no-such-file");
    check_failure(folder, &["plan", "check", "plan.json", "--policy", "mars"], 2, "cn-wechat");
    check_failure(folder, &["demo", "--data", "there.db"], 2, "is there already");
    check_failure(folder, &["demo", "--plan", "plan.json"], 2, "errors under policy cn");
    check_failure(folder, &["simulate", "--plan", "plan.json", "--order", "x"], 2, "errors");
    // A port that was free a moment ago: nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let send = |file| ["event", "send", file, "--token", "t", "--url", &url];
    check_failure(folder, &send("plan.json"), 2, "upline dev");
    check_failure(folder, &send("no.json"), 2, "JSON lines");
    std::fs::write(folder.join("empty.json"), "").unwrap();
    check_failure(folder, &send("empty.json"), 2, "no event");
}

#[test]
fn a_plan_with_errors_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("plan.json"), r#"{"currencies": {"CNY": {}}}"#).unwrap();
    check_failure(folder, &["plan", "check", "plan.json"], 1, "mend");
    let output = upline(folder, &["plan", "check", "plan.json", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer.get("ok"), Some(&json!(false)));
    let errors = answer.get("errors").and_then(Value::as_array).unwrap();
    let path = |error: &Value| error.get("path").cloned().unwrap();
    let paths: Vec<Value> = errors.iter().map(path).collect();
    assert_eq!(paths, ["depth", "cards", "rules"].map(|key| format!("currencies.CNY.{key}")));
}

#[test]
fn tokens_of_one_data_file_have_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    check_failure(folder, &["token", "--role", "shop"], 2, "there is no data file upline.db");
    std::fs::write(folder.join("upline.db"), "").unwrap();
    let token = |role: &[&str]| {
        let output = upline(folder, &[&["token", "--json", "--role"], role].concat());
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    token(&["ops"]);
    let key = std::fs::read(folder.join("upline.db.key")).unwrap();
    let token = token(&["distributor", "--sub", "a", "--ttl-days", "1"]);
    assert_eq!(token.get("token").unwrap().as_str().unwrap().split('.').count(), 3);
    assert_eq!(std::fs::read(folder.join("upline.db.key")).unwrap(), key);
}

#[test]
fn a_simulation_answers_what_the_server_would() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let plan = json!({"currencies": {"CNY": {"depth": 2,
        "cards": {"standard": {"base": "paid", "mode": {"percent": {"rates": ["0.10", "0.05"]}}}},
        "rules": [{"id": "default", "priority": 0, "card": "standard"}]}}});
    let order = json!({
        "order": {"order_id": "A1", "buyer_id": "b", "currency": "CNY",
            "paid_at": "2026-11-11T00:00:00Z",
            "lines": [{"line_id": "1", "sku": "x", "quantity": 3, "unit_price": "34.99"}]},
        "lineage": [{"distributor_id": "a"}, {"distributor_id": "up"}, {"distributor_id": "top"}],
        "refunds": [{"order_id": "A1", "refund_id": "r", "currency": "CNY",
            "refunded_at": "2026-11-12T00:00:00Z", "amount": "34.99"}],
    });
    std::fs::write(folder.join("plan.json"), plan.to_string()).unwrap();
    std::fs::write(folder.join("order.json"), order.to_string()).unwrap();
    let simulate = ["simulate", "--plan", "plan.json", "--order", "order.json"];
    let output = upline(folder, &[&simulate[..], &["--json"]].concat());
    assert!(output.status.success(), "{output:?}");
    let mut answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    for allocation in answer.get_mut("allocations").unwrap().as_array_mut().unwrap() {
        let trace = allocation.as_object_mut().unwrap().remove("trace").unwrap();
        assert!(!trace.as_array().unwrap().is_empty(), "{allocation}");
    }
    // By hand: 104.97 × 0.10 = 10.497 and × 0.05 = 5.2485, rounded down; a third taken back.
    let part = |id: &str, depth: u32, amount: &str, reversed: &str| {
        json!({"distributor_id": id, "depth": depth, "amount": amount, "reversed": reversed,
            "lines": [{"line_id": "1", "amount": amount, "reversed": reversed}]})
    };
    let why = "rule default (0) of the plan is the highest that matches";
    let want = json!({
        "order_id": "A1", "buyer_id": "b", "paid_at": "2026-11-11T00:00:00.000Z",
        "completed_at": null, "currency": "CNY", "paid": "104.97", "plan_version": 0,
        "state": "attributed", "problems": [],
        "lines": [{"line_id": "1", "list": "104.97", "net": "104.97", "discount_share": "0.00",
            "paid": "104.97", "profit": null, "refunded": "34.99", "rule": "default",
            "card": "standard", "why": [why]}],
        "allocations": [part("a", 1, "10.49", "3.49"), part("up", 2, "5.24", "1.74")],
        "nothing": [{"distributor_id": "top",
            "trace": ["stands above the 2 depths that the plan pays"]}],
        "refunds": [{"refund_id": "r", "refunded_at": "2026-11-12T00:00:00.000Z", "currency": "CNY",
            "amount": "34.99", "problems": []}],
    });
    assert_eq!(answer, want);

    let words = upline(folder, &simulate);
    assert!(text(&words.stdout).contains("a at depth 1 earns 10.49 CNY, 3.49 taken back"));
    let words = upline(folder, &[&simulate[..], &["--lang", "zh"]].concat());
    let want = "订单 A1：实付 104.97 CNY，已计佣
  商品行 1：实付 104.97，已退 34.99；规则 default，费率卡 standard
    本方案：适用规则 default（优先级 0），为命中规则中优先级最高者
  a 第 1 级，佣金 10.49 CNY，已扣回 3.49
    商品行 1：规则 default，费率卡 standard，第 1 级：实付金额 104.97 × 0.1 = 10.497
    合计 10.497，向下取整为 10.49
  up 第 2 级，佣金 5.24 CNY，已扣回 1.74
    商品行 1：规则 default，费率卡 standard，第 2 级：实付金额 104.97 × 0.05 = 5.2485
    合计 5.2485，向下取整为 5.24
  top 不计佣
    超出方案的 2 级分佣
  退款 r，2026-11-12T00:00:00.000Z：34.99 CNY
";
    assert_eq!(text(&words.stdout), want);
    check_failure(folder, &[&simulate[..], &["--lang", "fr"]].concat(), 2, "write en or zh");
}

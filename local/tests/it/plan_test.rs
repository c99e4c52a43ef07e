//! `upline plan test`: what it prints, and how it ends.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::harness::upline;

fn case(amount: &str) -> Value {
    json!({
        "it": "pays ten and five percent", "plan": "../plan.json",
        "given": {
            "order": {"order_id": "A1", "buyer_id": "b", "currency": "CNY",
                "paid_at": "2026-11-11T00:00:00Z",
                "lines": [{"line_id": "1", "sku": "x", "quantity": 3, "unit_price": "34.99"}]},
            "lineage": [{"distributor_id": "a"}, {"distributor_id": "up"}],
        },
        "expect": {"allocations": {"a": amount, "up": "5.24"}, "rules": {"1": "default"}},
    })
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let plan = json!({"currencies": {"CNY": {"depth": 2,
        "cards": {"standard": {"base": "paid", "mode": {"percent": {"rates": ["0.10", "0.05"]}}},
                  "margin": {"base": "profit", "mode": {"percent": {"rates": ["0.10"]}}}},
        "rules": [{"id": "default", "priority": 0, "card": "standard"},
                  {"id": "tea", "priority": 1, "card": "margin", "when": {"sku": ["tea"]}}]}}});
    std::fs::create_dir(folder.path().join("cases")).unwrap();
    write(folder.path(), "plan.json", &plan);
    write(folder.path(), "cases/percent.json", &case("10.49"));
    folder
}

fn write(folder: &Path, name: &str, value: &Value) {
    std::fs::write(folder.join(name), value.to_string()).unwrap();
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    upline(folder).args(["plan", "test"]).args(arguments).output().unwrap()
}

#[track_caller]
fn check(output: &Output, status: i32, says: &[&str]) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{said}");
    for part in says {
        assert!(said.contains(part), "wanted {part:?}, got {said}");
    }
}

#[test]
fn cases_that_come_out_as_they_have_it_pass() {
    let folder = folder();
    let says = ["ok   ./cases/percent.json: pays ten and five percent", "1 case passed"];
    check(&run(folder.path(), &["."]), 0, &says);
    check(&run(folder.path(), &["cases/percent.json"]), 0, &["1 case passed"]);
}

#[test]
fn a_figure_that_is_otherwise_is_shown_with_its_reason() {
    let folder = folder();
    write(folder.path(), "cases/wrong.json", &case("10.50"));
    let mut lost = case("10.49");
    lost["given"]["order"]["lines"][0]["sku"] = json!("tea");
    write(folder.path(), "cases/cost.json", &lost);
    let says = [
        "FAIL ./cases/wrong.json: pays ten and five percent",
        "allocations.a: expected 10.50, got 10.49",
        "why a gets that:",
        "104.97 × 0.1 = 10.497",
        "cannot be calculated: line 1 has no unit_cost",
        "1 case passed, 2 failed",
    ];
    check(&run(folder.path(), &["."]), 1, &says);
    let output = run(folder.path(), &[".", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |key: &str| answer.get(key).and_then(Value::as_u64).unwrap();
    assert_eq!((count("passed"), count("failed")), (1, 2), "{answer}");
    let wrong = answer.pointer("/cases/2/differences").unwrap();
    assert_eq!(
        *wrong,
        json!([{"path": "allocations.a", "expected": "10.50", "got": "10.49"}]),
        "{answer}"
    );
}

#[test]
fn what_is_no_case_is_refused_and_not_passed_over() {
    let folder = folder();
    let says = "cases/odd.json: no case: ";
    let mut odd = case("10.49");
    odd["given"]["order"]["lines"][0]["categroy"] = json!("tea");
    write(folder.path(), "cases/odd.json", &odd);
    let path = "given.order.lines[0].categroy";
    check(&run(folder.path(), &["."]), 2, &[says, path]);
    write(folder.path(), "cases/odd.json", &json!({"expected": {}}));
    check(&run(folder.path(), &["."]), 2, &[says, "expected: there is no such key here"]);
    let mut lost = case("10.49");
    lost["plan"] = json!("plan.json");
    write(folder.path(), "cases/odd.json", &lost);
    let says = ["cannot read ./cases/plan.json", "./cases/odd.json names it"];
    check(&run(folder.path(), &["."]), 2, &says);
    let mut glod = case("10.49");
    glod["given"]["lineage"][1]["level"] = json!("glod");
    write(folder.path(), "cases/odd.json", &glod);
    check(&run(folder.path(), &["."]), 2, &["lineage[1].level: the plan has no level glod"]);
    write(folder.path(), "cases/odd.json", &case("10.495"));
    check(&run(folder.path(), &["."]), 2, &["cases/odd.json: expect.allocations.a: "]);
    std::fs::remove_file(folder.path().join("cases/odd.json")).unwrap();
    write(folder.path(), "plan.json", &json!({"currencies": {}}));
    check(&run(folder.path(), &["."]), 2, &["./cases/../plan.json has errors"]);
    std::fs::remove_dir_all(folder.path().join("cases")).unwrap();
    check(&run(folder.path(), &["."]), 2, &["there is no case in ."]);
    check(&run(folder.path(), &["nowhere"]), 2, &["cannot read nowhere"]);
}

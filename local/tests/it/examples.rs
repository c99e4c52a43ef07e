//! The example plans: each passes its policy, its cases hold, and the cases are alive.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::harness::{Server, upline};

fn folder(shop: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples").join(shop)
}

fn answer(shop: &str, arguments: &[&str]) -> (Option<i32>, Value) {
    let Output { status, stdout, .. } =
        upline(&folder(shop)).args(arguments).arg("--json").output().unwrap();
    (status.code(), serde_json::from_slice(&stdout).unwrap())
}

#[track_caller]
fn check(shop: &str, cases: u64) {
    let (status, checked) = answer(shop, &["plan", "check", "plan.json"]);
    assert_eq!((status, &checked["ok"]), (Some(0), &Value::Bool(true)), "{checked}");
    let (status, tested) = answer(shop, &["plan", "test", "."]);
    assert_eq!(status, Some(0), "{tested}");
    assert_eq!(tested["passed"], cases, "each case of {shop} runs");

    // A plan that pays otherwise fails its cases.
    let other = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(folder(shop).join("plan.json")).unwrap();
    std::fs::write(other.path().join("plan.json"), text.replace("\"0.10\"", "\"0.09\"")).unwrap();
    std::fs::create_dir(other.path().join("cases")).unwrap();
    for case in std::fs::read_dir(folder(shop).join("cases")).unwrap() {
        let case = case.unwrap();
        let to = other.path().join("cases").join(case.file_name());
        std::fs::copy(case.path(), to).unwrap();
    }
    let output = upline(other.path()).args(["plan", "test", "."]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn the_fashion_shop_pays_as_its_cases_have_it() {
    check("fashion", 15);
}

#[test]
fn the_agents_earn_as_their_cases_have_it() {
    check("agents", 13);
}

/// Every case of an example is in its README, and every file that the README names is there.
#[test]
fn each_readme_lists_its_cases() {
    for shop in ["fashion", "agents"] {
        let readme = std::fs::read_to_string(folder(shop).join("README.md")).unwrap();
        for case in std::fs::read_dir(folder(shop).join("cases")).unwrap() {
            let name = case.unwrap().file_name().into_string().unwrap();
            assert!(readme.contains(&format!("(cases/{name})")), "{shop}: {name} is not listed");
        }
    }
}

#[test]
fn two_plans_are_held_against_each_other() {
    let (fashion, agents) = (folder("fashion").join("plan.json"), folder("agents"));
    let same = upline(&agents).args(["plan", "diff", "plan.json", "plan.json"]).output().unwrap();
    assert_eq!(same.status.code(), Some(0));
    assert_eq!(same.stdout, b"the two plans mean the same\n");
    let fashion = fashion.to_str().unwrap();
    let (status, changes) = answer("agents", &["plan", "diff", "plan.json", fashion]);
    assert_eq!(status, Some(0), "a difference is an answer");
    let sentences: Vec<&str> =
        changes.as_array().unwrap().iter().map(|one| one["sentence"].as_str().unwrap()).collect();
    let gone = "HKD is gone, before: depth 2, cards abroad, rules default";
    let held = "CNY: orders mature 7 days after completion, before 14";
    assert!(sentences.contains(&gone) && sentences.contains(&held), "{sentences:?}");
    let chinese = ["plan", "diff", "plan.json", fashion, "--lang", "zh"];
    let chinese = upline(&agents).args(chinese).output().unwrap();
    let chinese = String::from_utf8(chinese.stdout).unwrap();
    assert!(chinese.contains("CNY：订单完成后 7 天可结算，原为 14 天\n"), "{chinese}");
}

#[test]
fn versions_of_a_server_are_held_against_files_and_each_other() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path());
    let token = upline(data.path()).args(["token", "--role", "admin"]).output().unwrap();
    let token = String::from_utf8(token.stdout).unwrap();
    let client = ["--url", &server.url, "--token", token.trim()];
    let fashion = folder("fashion").join("plan.json").display().to_string();
    let run = |arguments: &[&str]| {
        let output = upline(data.path()).args(arguments).args(client).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["plan", "publish", &fashion]);
    assert_eq!(run(&["plan", "diff", "2", &fashion]), "the two plans mean the same\n");
    let told = run(&["plan", "diff", "1", "2"]);
    assert!(told.contains("USD is gone, before: depth"), "{told}");
}

//! What a person changes by hand: plans, activations, status and level, and the audit.

use serde_json::{Value, json};

use crate::bad_input::page::Page;
use crate::bad_input::shop::Shop;
use crate::harness::ask;

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    plans(shop, page);
    simulations(shop, page);
    activations(shop, page);
    standing(shop, page);
    let (status, answer) = shop.ask("GET", "/v1/audit", None);
    let rows = answer["items"].as_array().unwrap();
    let made = rows.iter().filter(|row| row["by"] != "upline dev");
    assert_eq!((status, made.count()), (200, 0), "nothing of all this was done: {answer}");
}

/// A plan that pays nobody anything.
const PLAN: &str = r#"{"currencies": {"CNY": {"depth": 1, "cards": {}, "rules": []}}}"#;

/// A request to publish the plan, with more.
fn with(rest: &str) -> String {
    format!(r#"{{"document": {PLAN}{rest}}}"#)
}

/// Sends the body to both routes that read one; what cannot be read is answered the same.
#[track_caller]
fn plan_row(shop: &Shop, page: &mut Page, sent: &str, body: &str, want: (u16, &str), todo: &str) {
    let got = shop.ask("POST", "/v1/plans", Some(body));
    if want.0 == 400 {
        let (status, checked) = shop.ask("POST", "/v1/plans/check", Some(body));
        assert_eq!((status, &checked["detail"]), (400, &got.1["detail"]), "{sent}");
    }
    Shop::problem(page, sent, got, want, todo);
}

fn plans(shop: &Shop, page: &mut Page) {
    page.door(
        "Plans",
        "`POST /v1/plans` with a token of an admin; `POST /v1/plans/check` reads the same body. \
         What is wrong with a plan itself is in `errors`, as in the table of plan files.",
    );
    let mut row = |sent: &str, body: &str, want: (u16, &str), todo: &str| {
        plan_row(shop, page, sent, body, want, todo);
    };
    row("nothing", "", (400, "this is not JSON: nothing is here"), "");
    row(
        "the plan itself",
        PLAN,
        (400, "currencies: there is no such key here"),
        "put it under `document`",
    );
    row("`{}`", "{}", (400, "document: the field is missing"), "");
    row(
        "`\"document\": \"{}\"`",
        r#"{"document": "{}"}"#,
        (400, "document: write the plan as an object"),
        "",
    );
    row(
        "`document` twice",
        &with(r#", "document": {}"#),
        (400, "document: the key stands twice"),
        "",
    );
    row(
        "a key twice inside the plan",
        &with("").replace("\"depth\": 1", "\"depth\": 1, \"depth\": 2"),
        (400, "document.currencies.CNY.depth: the key stands twice"),
        "",
    );
    row("`polcy` for `policy`", &with(r#", "polcy": "cn""#), (400, "write policy"), "");
    row(
        "a policy that there is not",
        &with(r#", "policy": "mars""#),
        (400, "policy: write cn-wechat, cn, global"),
        "",
    );
    row(
        "a policy without its numbers",
        &with(r#", "policy": {"name": "own"}"#),
        (400, "policy.effective_from: "),
        "",
    );
    row(
        "a reason as a number",
        &with(r#", "reason": 1"#),
        (400, "reason: write the text as a string"),
        "",
    );
    plan_contents(shop, page);
    plan_paths(shop, page);
}

/// Plans that are too long, or wrong in themselves.
fn plan_contents(shop: &Shop, page: &mut Page) {
    let mut row = |sent: &str, body: &str, want: (u16, &str), todo: &str| {
        plan_row(shop, page, sent, body, want, todo);
    };
    let long = "x".repeat(257);
    row(
        "a reason of 257 bytes",
        &with(&format!(r#", "reason": "{long}""#)),
        (400, "reason: a text has at most 256 bytes"),
        "",
    );
    row(
        "a plan with an error",
        &with("").replace("\"depth\": 1", "\"depth\": 9"),
        (422, "errors under policy cn: 1"),
        "mend what `errors` lists",
    );
    let large = format!("{PLAN}{}", " ".repeat(400_000 - PLAN.len()));
    let inside = large.replacen('{', &format!("{{{}", " ".repeat(400_000)), 1);
    row(
        "a plan of more than 350,000 bytes",
        &format!(r#"{{"document": {inside}}}"#),
        (422, "errors under policy cn: 1"),
        "mend what `errors` lists: it is too large",
    );
    row(
        "a body of 2 MB",
        &format!("{}{}", with(""), " ".repeat(2_000_000)),
        (413, "at most 1000000 bytes"),
        "",
    );
}

/// Versions that there are not, other methods, and who may not.
fn plan_paths(shop: &Shop, page: &mut Page) {
    let mut get = |path: &str, want: (u16, &str)| {
        Shop::problem(page, &format!("`GET {path}`"), shop.ask("GET", path, None), want, "");
    };
    get("/v1/plans/9", (404, "there is no version 9 of the plan"));
    get("/v1/plans/x", (404, "there is no version x of the plan"));
    get("/v1/plans/-1", (404, "there is no version -1"));
    get("/v1/plans?cursor=abc", (400, "cursor: use the one"));
    get("/v1/plans?version=1", (400, "version: there is no such parameter"));
    get("/v1/plans/check", (405, "this path takes POST"));
    let got = shop.ask("DELETE", "/v1/plans", None);
    Shop::problem(page, "`DELETE /v1/plans`", got, (405, "this path takes GET or POST"), "");
    let ops = shop.token(&["--role", "ops"]);
    let got = ask("POST", &shop.url("/v1/plans"), &ops, Some(&with(""))).unwrap();
    Shop::problem(page, "ops publish a plan", got, (403, "a token of the role admin"), "");
}

/// An order that is tried out.
fn simulations(shop: &Shop, page: &mut Page) {
    page.door(
        "Simulations",
        "`POST /v1/plans/simulate` with a token of an admin; `given` is what `simulate` reads.",
    );
    let mut row = |sent: &str, body: &Value, want: (u16, &str), todo: &str| {
        let got = shop.ask("POST", "/v1/plans/simulate", Some(&body.to_string()));
        Shop::problem(page, sent, got, want, todo);
    };
    let plan: Value = serde_json::from_str(PLAN).unwrap();
    let neither = "document: write the plan as document, or the number of one as version";
    row("no `given`", &json!({ "version": 1 }), (400, "given: the field is missing"), "");
    row("no plan", &json!({ "given": {} }), (400, neither), "");
    let both = json!({ "version": 1, "document": plan, "given": {} });
    row("two plans", &both, (400, neither), "");
    let policy = json!({ "version": 1, "policy": "cn", "given": {} });
    row("a version with a policy", &policy, (400, "policy: a version has a policy"), "");
    let unknown = json!({ "version": 9, "given": {} });
    row("a version that there is not", &unknown, (404, "there is no version 9"), "");
    let wrong = json!({ "document": {}, "given": {} });
    row("a plan with errors", &wrong, (422, "document: errors under policy"), "see `errors`");
    let bare = json!({ "document": plan, "given": {} });
    row("no order", &bare, (400, "given: malformed: order: the field is missing"), "");
}

fn activations(shop: &Shop, page: &mut Page) {
    page.door(
        "Activations",
        "`POST /v1/plans/activations` with a token of an admin, on data whose version 1 is active.",
    );
    let mut row = |sent: &str, body: &Value, want: (u16, &str), todo: &str| {
        let (status, mut answer) =
            shop.ask("POST", "/v1/plans/activations", Some(&body.to_string()));
        mask(&mut answer);
        Shop::problem(page, sent, (status, answer), want, todo);
    };
    row("`{}`", &json!({}), (400, "version: the field is missing"), "");
    row(
        "`\"version\": \"1\"`",
        &json!({ "version": "1" }),
        (400, "version: write a whole number"),
        "",
    );
    row("`\"version\": -1`", &json!({ "version": -1 }), (400, "version: "), "");
    row(
        "a version that there is not",
        &json!({ "version": 9 }),
        (404, "there is no version 9"),
        "",
    );
    row(
        "`share` for `rollout`",
        &json!({ "version": 1, "share": "0.1" }),
        (400, "share: there is no such key"),
        "",
    );
    row(
        "`\"rollout\": 0.1`",
        &json!({ "version": 1, "rollout": 0.1 }),
        (400, "rollout: write the rate as a string"),
        "",
    );
    row(
        "`\"rollout\": \"10%\"`",
        &json!({ "version": 1, "rollout": "10%" }),
        (400, "rollout: "),
        "",
    );
    row(
        "`\"rollout\": \"0\"`",
        &json!({ "version": 1, "rollout": "0" }),
        (422, "rollout: write a rate above 0"),
        "",
    );
    row(
        "a share for what holds for all",
        &json!({ "version": 1, "rollout": "0.5" }),
        (422, "everybody inside it has version 1"),
        "",
    );
    row(
        "`\"from\": \"tomorrow\"`",
        &json!({ "version": 1, "from": "tomorrow" }),
        (400, "from: write a time"),
        "",
    );
    row(
        "a time that has passed",
        &json!({ "version": 1, "from": "2026-11-01T00:00:00Z" }),
        (422, "from: what holds until then is settled"),
        "",
    );
}

/// An answer without the clock.
fn mask(answer: &mut Value) {
    let detail = answer["detail"].as_str().unwrap_or_default();
    if let Some((before, after)) = detail.split_once("is settled; write ") {
        let rest = after.split_once(" or later").unwrap().1;
        answer["detail"] = json!(format!("{before}is settled; write … or later{rest}"));
    }
}

fn standing(shop: &Shop, page: &mut Page) {
    page.door(
        "Status and level",
        "`POST /v1/distributors/{id}/status` and `/level`, with a token of ops or admin.",
    );
    let mut row = |sent: &str, (path, body): (&str, &Value), want: (u16, &str), todo: &str| {
        let path = format!("/v1/distributors/{path}");
        let (status, mut answer) = shop.ask("POST", &path, Some(&body.to_string()));
        mask(&mut answer);
        Shop::problem(page, sent, (status, answer), want, todo);
    };
    let (status, level) = ("bob/status", "bob/level");
    let frozen = json!({ "value": "frozen", "reason": "fraud" });
    row("`{}`", (status, &json!({})), (400, "value: the field is missing"), "");
    row(
        "no reason",
        (status, &json!({ "value": "frozen" })),
        (400, "reason: the field is missing"),
        "",
    );
    row(
        "a blank reason",
        (status, &json!({ "value": "frozen", "reason": " " })),
        (400, "reason: write why"),
        "",
    );
    let unknown = json!({ "value": "frozen", "reason": "x", "until": "2027-01-01T00:00:00Z" });
    row(
        "`until`, which there is not",
        (status, &unknown),
        (400, "until: there is no such key"),
        "",
    );
    row(
        "a status that there is not",
        (status, &json!({ "value": "paused", "reason": "x" })),
        (400, "write active, frozen or terminated"),
        "",
    );
    row(
        "a level that there is not",
        (level, &json!({ "value": "iron", "reason": "x" })),
        (422, "the plan has no level iron"),
        "",
    );
    row(
        "a level that is no id",
        (level, &json!({ "value": "a b", "reason": "x" })),
        (400, "value: an id is made of"),
        "",
    );
    let past = json!({ "value": "frozen", "reason": "x", "from": "2026-11-01T00:00:00Z" });
    row(
        "a time that has passed",
        (status, &past),
        (422, "from: what holds until then is settled"),
        "",
    );
    row(
        "a distributor who is not registered",
        ("ghost/status", &frozen),
        (404, "no distributor ghost"),
        "register them",
    );
    row(
        "an id that is none",
        ("a%23b/status", &frozen),
        (400, "distributor id: an id is made of"),
        "",
    );
    others(shop, page);
}

/// Who may not, and what is asked of the audit.
fn others(shop: &Shop, page: &mut Page) {
    let frozen = json!({ "value": "frozen", "reason": "fraud" });
    let ann = shop.token(&["--role", "distributor", "--sub", "ann"]);
    let url = shop.url("/v1/distributors/ann/status");
    let got = ask("POST", &url, &ann, Some(&frozen.to_string())).unwrap();
    Shop::problem(page, "a distributor changes their own", got, (403, "ops or admin"), "");
    for (path, part) in [
        ("/v1/audit?from=yesterday", "from: write a date"),
        ("/v1/audit?from=2026-11-02&to=2026-11-01", "to: it lies before from"),
        ("/v1/audit?cursor=b3RoZXIjQSMyMDI2CmE", "cursor: use the one"),
        ("/v1/audit?who=lee", "who: there is no such parameter"),
    ] {
        Shop::problem(page, &format!("`GET {path}`"), shop.ask("GET", path, None), (400, part), "");
    }
}

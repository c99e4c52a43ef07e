//! Reports over HTTP: page by page, as a sheet and as a page for people, and what is refused.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};
use upline_testkit::events::paid;

use super::{DAY, Shop, around, lines, orders, told};

/// So many orders that the server has none of: they are spread over all shards.
const MISSING: usize = 40;

fn many() -> Vec<Value> {
    let order = |n| paid(&format!("M{n}"), "zoe", "1.00", "2026-11-11T01:00:00Z");
    (0..MISSING).map(order).collect()
}

/// A shop with a dry run in which all orders are missing.
fn with_a_report() -> Shop {
    let shop = Shop::open();
    shop.put(lines(&many()).as_bytes()).is(200, DAY);
    shop.reconcile(true);
    shop
}

fn path(query: &str) -> String {
    format!("/v1/reports/{DAY}{query}")
}

fn differences(report: &Value) -> Vec<String> {
    report["differences"].as_array().unwrap().iter().map(told).collect()
}

#[test]
fn a_report_is_read_page_by_page() {
    let shop = with_a_report();
    let whole = shop.get(&path("")).json();
    let mut all = differences(&whole);
    assert_eq!((all.len(), whole.get("cursor")), (MISSING, None));
    for limit in [1, 7, MISSING - 1, MISSING] {
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = shop.get(&path(&format!("?limit={limit}{cursor}"))).json();
            let own = differences(&page);
            assert!(own.len() <= limit, "{} of {limit}", own.len());
            seen.extend(own);
            pages += 1;
            for part in ["kinds", "orders", "share_before", "totals"] {
                assert_eq!(page[part], whole[part], "each page has the whole summary");
            }
            let Some(next) = page["cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, all, "by {limit}");
        assert!(pages >= MISSING / limit, "{pages} pages");
    }
    all.dedup();
    assert_eq!(all.len(), MISSING, "each once");
}

#[test]
fn a_cursor_of_something_else_is_refused() {
    let shop = with_a_report();
    let cursor = shop.get(&path("?limit=3")).json()["cursor"].as_str().unwrap().to_owned();
    let said = String::from_utf8(BASE64.decode(&cursor).unwrap()).unwrap();
    let (_, after) = said.split_once('\n').unwrap();
    shop.get(&path(&format!("?cursor={cursor}"))).is(200, "missing_here");
    shop.reconcile(true);
    shop.get(&path(&format!("?cursor={cursor}&run=1"))).is(200, "missing_here");
    let forged = [
        cursor.clone(),
        format!("{cursor}="),
        "abc".to_owned(),
        BASE64.encode(said.replace("DIFF#1", "DIFF#2").replace('\n', "")),
        BASE64.encode(format!("8\n{after}")),
        BASE64.encode(format!("-1\n{after}")),
        BASE64.encode("0\n"),
        BASE64.encode(concat!("0\nTO", "DO#2#bob")),
        BASE64.encode("0\nRUN#2"),
        BASE64.encode(format!("0\nDIFF#2{}", "x".repeat(1_100))),
        BASE64.encode("0\nDIFF#20#M1#missing_here#"),
    ];
    for cursor in forged {
        shop.get(&path(&format!("?cursor={cursor}"))).is(400, "cursor: use the one");
    }
    // One that no page gave, and that could be one, gives what comes after it.
    let first = BASE64.encode("0\n ");
    shop.get(&path(&format!("?cursor={first}"))).is(200, "missing_here");
}

#[test]
fn who_may_read_a_report_and_what_is_refused() {
    let shop = Shop::open();
    let none = shop.get(&path(""));
    none.is(404, "there is no such report of 2026-11-11; leave the run out");
    shop.send(&orders());
    shop.reconcile(false);
    for (query, part) in [
        ("?run=0", "run: write the number of a run, from 1"),
        ("?run=-1", "run: write the number"),
        ("?run=one", "run: write the number"),
        ("?run=4294967296", "run: write the number"),
        ("?format=pdf", "format: write json, csv or html"),
        ("?format=", "format: write json, csv or html"),
        ("?format=HTML", "format: write json, csv or html"),
        ("?lang=fr", "lang: write en or zh"),
        ("?limit=0", "limit: write 1 to 1000"),
        ("?limit=1001", "limit: write 1 to 1000"),
        ("?language=zh", "language: there is no such parameter here; write run, format, lang"),
        ("?run=1&run=1", "run: it stands twice"),
    ] {
        shop.get(&path(query)).is(400, part);
    }
    shop.get(&path("?run=2")).is(404, "there is no such report");
    for day in ["today", "2026-11-31", "2026-1-1", "20261111"] {
        shop.get(&format!("/v1/reports/{day}")).is(400, "the day: write one such as");
    }
    shop.get("/v1/reports/2999-01-01").is(404, "there is no such report of 2999-01-01");
    shop.ask("POST", &path(""), &shop.server.token, b"").is(405, "this path takes GET");
    shop.ask("GET", &path(""), &shop.token("ops", &[]), b"").is(200, "\"run\":1");
    let bob = shop.token("distributor", &["--sub", "bob"]);
    for token in [bob, shop.token("shop", &[])] {
        shop.ask("GET", &path(""), &token, b"").is(403, "ops or admin");
    }
    let other = shop.token("admin", &["--tenant", "other"]);
    shop.ask("GET", &path(""), &other, b"").is(404, "there is no such report");
}

#[test]
fn a_report_is_a_sheet_or_a_page_too() {
    let shop = Shop::open();
    shop.send(&orders()[..3]);
    shop.send(&around());
    shop.put(lines(&orders()).as_bytes()).is(200, DAY);
    shop.reconcile(true);
    shop.reconcile(false);

    let sheet = shop.get(&path("?format=csv"));
    assert_eq!(sheet.header("content-type"), "text/csv; charset=utf-8");
    let head =
        "kind,question,order,distributor,about,currency,name,expected,found,act,outcome,reason";
    assert_eq!(sheet.text.lines().next(), Some(head));
    let is_repaired = |line: &str| line.contains(",A2,") && line.contains(",repaired,");
    assert!(sheet.text.lines().any(is_repaired), "{}", sheet.text);
    let first = shop.get(&path("?format=csv&run=1"));
    assert!(!first.text.contains(",repaired,") && first.text.contains(",found,"), "{}", first.text);

    for (query, words, lang) in [
        ("?format=html", "Reconciliation", "lang=\"en\""),
        ("?format=html&lang=zh", "对账报告", "lang=\"zh-CN\""),
    ] {
        let page = shop.get(&path(query));
        page.is(200, words);
        page.is(200, lang);
        page.is(200, "A3");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert!(!page.text.contains("<script"), "{}", page.text);
    }
    let report = shop.get(&path("?format=json")).json();
    assert_eq!((&report["run"], &report["dry_run"]), (&json!(2), &json!(false)));
    assert_eq!(
        (&report["share_before"], &report["share_after"]),
        (&json!("0.666666"), &json!("0.000000"))
    );
    assert_eq!(shop.get(&path("?run=1")).json()["dry_run"], json!(true));
}

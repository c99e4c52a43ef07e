//! The report of a reconciliation as a sheet and as a page, held against the files of
//! `tests/report`, which `UPLINE_BLESS=1` writes anew.
#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use upline_contract::reconciliation::ReportView;
use upline_contract::report::{csv, html};
use upline_domain::language::Language;
use upline_domain::reconcile::{Act, Kind, Outcome};

#[track_caller]
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report").join(name);
    if std::env::var_os("UPLINE_BLESS").is_some() {
        fs::write(&path, text).unwrap();
    }
    let was = fs::read_to_string(&path).unwrap_or_default();
    let mut lines = was.lines().zip(text.lines());
    let first = lines.find(|(was, is)| was != is);
    assert!(was == text, "run with UPLINE_BLESS=1 to write {name}; was and is: {first:?}");
}

fn difference(kind: Kind, order: &str, values: &Value, rest: &Value) -> Value {
    let mut difference = json!({
        "kind": kind.as_str(), "question": kind.question().as_str(), "order_id": order,
        "values": values, "act": "look", "outcome": "left",
    });
    let fields = difference.as_object_mut().unwrap();
    fields.extend(rest.as_object().unwrap().clone());
    difference
}

fn value(name: &str, expected: Option<&str>, found: Option<&str>) -> Value {
    json!({ "name": name, "expected": expected, "found": found })
}

fn counted(kind: Kind, [found, repaired, sent]: [u64; 3]) -> Value {
    json!({ "kind": kind.as_str(), "question": kind.question().as_str(), "found": found,
            "repaired": repaired, "sent": sent })
}

fn differences() -> Value {
    let feed = |outcome: &str| json!({ "currency": "CNY", "act": "feed", "outcome": outcome });
    let balance = difference(
        Kind::BalanceDrift,
        "",
        &json!([
            value("pending", Some("128.40"), Some("118.40")),
            value("due 2026-12-01", Some("40.00"), Some("0.00"))
        ]),
        &json!({ "order_id": null, "distributor_id": "ann", "about": "CNY", "currency": "CNY",
                 "act": "correct", "outcome": "repaired" }),
    );
    json!([
        difference(
            Kind::MissingHere,
            "9223372036854775807",
            &json!([value("paid", Some("410.00"), None)]),
            &feed("repaired"),
        ),
        difference(
            Kind::MissingHere,
            "gid://shop/Order/77+1",
            &json!([value("paid", Some("35.00"), None)]),
            &feed("sent"),
        ),
        difference(
            Kind::AmountsDiffer,
            "A-1042",
            &json!([
                value("lines[0].quantity", Some("2"), Some("3")),
                value("lines[0].sku", Some("DRESS-红-M"), Some("<script>alert(1)</script>")),
                value("lines[1].unit_price", Some("12.30"), Some("12.80"))
            ]),
            &json!({ "currency": "CNY", "reason": "the shop's list and the books contradict \
                     each other, and which of them is right is not known" }),
        ),
        difference(
            Kind::RefundMissing,
            "A-1007",
            &json!([value("amount", Some("16.66"), None)]),
            &json!({ "about": "r-1", "currency": "CNY", "act": "feed", "outcome": "repaired" }),
        ),
        difference(
            Kind::UnreadableRow,
            "",
            &json!([]),
            &json!({ "order_id": null, "about": "line 318", "reason": "line 318: a quote is not \
                     closed; close it in the line it begins in" }),
        ),
        difference(
            Kind::WrongAllocation,
            "A-1100",
            &json!([
                value("allocations[ann]", Some("10.49"), Some("10.50")),
                value("allocations[bob]", Some("-0.01"), None)
            ]),
            &json!({ "currency": "USD" }),
        ),
        difference(
            Kind::Parked,
            "",
            &json!([value("code", None, Some("no_plan"))]),
            &json!({ "order_id": null, "about": "evt-77", "reason": "=HYPERLINK(\"x\")" }),
        ),
        balance,
    ])
}

/// A report with something of everything.
fn sample() -> ReportView {
    let report = json!({
        "tenant": "demo", "day": "2026-11-11", "run": 2, "state": "finished", "dry_run": false,
        "by": "ann@shop", "started_at": "2026-11-12T02:00:00.000Z",
        "finished_at": "2026-11-12T02:03:17.250Z",
        "list": { "name": "2026-11-11.csv.gz", "rows": 1_871, "unreadable": 1,
                  "other_days": 2 },
        "orders": 1_204, "waiting": 7, "distributors": 318,
        "inconsistent_before": 12, "inconsistent_after": 3,
        "share_before": "0.009966", "share_after": "0.002491",
        "totals": [
            { "currency": "CNY", "listed_orders": 1_190, "listed_paid": "248310.55",
              "orders": 1_189, "paid": "248275.55", "refunded": "4210.00", "earned": "31034.20",
              "reversed": "488.12" },
            { "currency": "USD", "listed_orders": 15, "listed_paid": "1284.00", "orders": 15,
              "paid": "1284.00", "refunded": "0.00", "earned": "160.50", "reversed": "0.00" },
        ],
        "kinds": [
            counted(Kind::MissingHere, [8, 7, 1]), counted(Kind::AmountsDiffer, [1, 0, 0]),
            counted(Kind::RefundMissing, [1, 1, 0]), counted(Kind::UnreadableRow, [1, 0, 0]),
            counted(Kind::WrongAllocation, [1, 0, 0]), counted(Kind::Parked, [1, 0, 0]),
            counted(Kind::BalanceDrift, [1, 1, 0]),
        ],
        "differences": differences(),
        "cursor": "bW9yZQ",
    });
    serde_json::from_value(report).unwrap()
}

#[test]
fn the_report_as_a_sheet_and_as_a_page() {
    let report = sample();
    golden("differences.csv", &csv(&report));
    for language in Language::ALL {
        golden(&format!("{}.html", language.as_str()), &html(&report, language));
    }
}

#[test]
fn a_sheet_is_read_back_and_runs_no_formula() {
    let text = csv(&sample());
    assert!(text.ends_with("\r\n"), "RFC 4180");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 12, "a row for each value, and one where there is none");
    let cell = |row: usize, column: usize| rows[row].get(column).unwrap().to_owned();
    assert_eq!(cell(9, 11), "'=HYPERLINK(\"x\")");
    assert_eq!((cell(8, 6).as_str(), cell(8, 7).as_str()), ("allocations[bob]", "-0.01"));
    let mut report = sample();
    for (text, want) in [
        ("=1+1", "'=1+1"),
        ("+86 139", "'+86 139"),
        ("-1-1", "'-1-1"),
        ("@a", "'@a"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("-12.30", "-12.30"),
        ("+5", "+5"),
        ("-", "'-"),
        ("-1.", "'-1."),
        ("a=1", "a=1"),
    ] {
        text.clone_into(&mut report.differences[0].about);
        let sheet = csv(&report);
        let mut reader = csv::Reader::from_reader(sheet.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!(row.get(4), Some(want));
    }
}

/// The markup of a page without its texts and styles.
fn tags(page: &str) -> Vec<&str> {
    page.split('<').skip(1).map(|part| part.split('>').next().unwrap()).collect()
}

#[test]
fn nothing_of_the_data_becomes_markup() {
    let plain = serde_json::to_value(sample()).unwrap();
    let evil = "\"><script>alert('&')</script>";
    let mut hurt = plain.clone();
    spoil(&mut hurt, evil);
    let hurt: ReportView = serde_json::from_value(hurt).unwrap();
    for language in Language::ALL {
        let page = html(&hurt, language);
        assert!(tags(&page).iter().all(|tag| !tag.starts_with("script")), "a script");
        assert!(!page.contains(evil) && !page.contains("alert('"), "it is not escaped");
        assert!(page.contains("&lt;script&gt;alert(&#39;&amp;&#39;)"), "it is shown");
        assert!(!page.contains("href=\"/v1/orders/\"\""), "out of the attribute");
        assert!(
            page.contains("/v1/orders/A-1042%22%3E%3Cscript"),
            "it is one segment of the address"
        );
    }
}

/// Puts a text at the end of every text of a document.
fn spoil(value: &mut Value, with: &str) {
    match value {
        // The words of enumerations stay known, so that all of the page is there.
        Value::String(text) if text == "complete" || text == "right" || text == "clear" => {}
        Value::String(text) => text.push_str(with),
        Value::Array(list) => list.iter_mut().for_each(|one| spoil(one, with)),
        Value::Object(fields) => fields.values_mut().for_each(|one| spoil(one, with)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn a_page_stands_by_itself() {
    for language in Language::ALL {
        let page = html(&sample(), language);
        for outside in ["http:", "https:", "src=", "url(", "@import", "<script", "<link"] {
            assert!(!page.contains(outside), "{outside}");
        }
        for (open, close) in [("<table", "</table>"), ("<section", "</section>"), ("<p", "</p>")] {
            let tags = tags(&page);
            let opened = tags.iter().filter(|tag| {
                let name = tag.split([' ', '\n']).next().unwrap();
                format!("<{name}") == open
            });
            assert_eq!(opened.count(), page.matches(close).count(), "{open}");
        }
        assert!(page.contains("href=\"/v1/orders/gid%3A%2F%2Fshop%2FOrder%2F77%2B1\""));
    }
}

#[test]
fn the_verdict_says_how_it_stands() {
    let check = |change: &dyn Fn(&mut ReportView), english: &str, chinese: &str| {
        let mut report = sample();
        change(&mut report);
        for (language, want) in [(Language::English, english), (Language::Chinese, chinese)] {
            let page = html(&report, language);
            assert!(page.contains(want), "wanted {want} in {page}");
        }
    };
    check(
        &|_| {},
        "<p class=\"verdict open\">Of 1,204 orders, 12 (0.9966%) had a difference before repair, \
         and 3 (0.2491%) after.",
        "<p class=\"verdict open\">共核对 1,204 笔订单：处理前 12 笔不一致（0.9966%），\
         处理后 3 笔（0.2491%）。",
    );
    let clean = |report: &mut ReportView| {
        (report.inconsistent_before, report.inconsistent_after) = (0, 0);
        (report.kinds, report.differences, report.cursor) = (Vec::new(), Vec::new(), None);
    };
    check(
        &clean,
        "<p class=\"verdict good\">1,204 orders were looked at, and all of them are consistent.",
        "<p class=\"verdict good\">共核对 1,204 笔订单，全部一致。",
    );
    check(&clean, "There is no difference on this day.", "当日没有差异。");
    let none = |report: &mut ReportView| report.orders = 0;
    check(&none, "There were no orders to look at.", "没有需要核对的订单。");
    let without_list = |report: &mut ReportView| {
        clean(report);
        report.list = None;
    };
    check(&without_list, "No list of the shop was given", "没有店铺清单：未核对是否齐全。");
    check(&without_list, "<p class=\"answer\">not asked</p>", "<p class=\"answer\">未核对</p>");
    check(
        &|report| report.dry_run = true,
        "Dry run: nothing was repaired.",
        "试运行：未作任何修复。",
    );
    check(&|report| report.state = "running".to_owned(), "Still running", "仍在进行");
    check(&|_| {}, "This page shows the first differences.", "本页只列出前一部分差异。");
    check(&|_| {}, "2 shown of 8", "2 处，共 8");
}

#[test]
fn every_word_has_its_own() {
    for language in Language::ALL {
        let mut report = sample();
        let mut seen = Vec::new();
        for kind in Kind::ALL {
            for (act, outcome) in Act::ALL.iter().zip(Outcome::ALL) {
                let rest = json!({ "act": act.as_str(), "outcome": outcome.as_str() });
                let one = difference(*kind, "A", &json!([]), &rest);
                report.differences = vec![serde_json::from_value(one).unwrap()];
                let page = html(&report, language);
                let title = page.split("<h4>").nth(1).unwrap().split(" <span").next().unwrap();
                seen.push(title.to_owned());
                for word in [kind.as_str(), act.as_str()] {
                    assert!(
                        !page.contains(&format!(">{word}<")),
                        "{word} is no word of {language:?}"
                    );
                }
            }
        }
        seen.dedup();
        assert_eq!(seen.len(), Kind::ALL.len(), "{seen:?}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), Kind::ALL.len(), "two kinds have the same words: {seen:?}");
    }
}

#[test]
fn a_kind_that_is_not_known_is_shown_as_it_is() {
    let mut report = sample();
    report.differences.truncate(1);
    report.differences[0].kind = "of_tomorrow".to_owned();
    let page = html(&report, Language::English);
    assert!(page.contains("<h4>of_tomorrow <span"));
}

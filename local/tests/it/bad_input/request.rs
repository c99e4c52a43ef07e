//! The request itself.

use serde_json::{Value, json};
use upline_testkit::events::paid;

use crate::bad_input::page::Page;
use crate::bad_input::shop::{AT, Ends, Shop};

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door(
        "The request",
        "`POST /v1/events` with a token that may send. Nothing of such a request is kept: \
         send it again.",
    );
    let before = shop.listed("").len();
    let event = paid("R1", "zoe", "1.00", AT).to_string();
    let mut posted = |sent: &str, body: &str, want: (u16, &str), todo: &str| {
        let got = shop.ask("POST", "/v1/events", Some(body));
        Shop::problem(page, sent, got, want, todo);
    };
    posted("`not json`", "not json", (400, "expected ident"), "");
    posted("nothing", "", (400, "EOF"), "send JSON");
    posted("`{}`", "{}", (400, "missing field `events`"), "");
    posted("`{\"events\": 1}`", r#"{"events": 1}"#, (400, "expected a sequence"), "send a list");
    posted("the list itself, `[…]`", &format!("[[{event}]]"), (400, "put it under \"events\""), "");
    let twice = format!(r#"{{"events": [{event}], "events": []}}"#);
    posted("`events` twice", &twice, (400, "duplicate field `events`"), "send it once");
    posted(
        "JSON after a byte order mark",
        "\u{feff}{\"events\": []}",
        (400, "byte order mark"),
        "",
    );
    let half = &format!(r#"{{"events": [{event}"#);
    posted("JSON that ends half way", half, (400, "EOF while parsing"), "send it whole");
    let nul = "{\"events\": [\"a\u{0}\"]}";
    posted(
        "a NUL in a string",
        nul,
        (400, "control character"),
        "write `\\u0000`, or leave it out",
    );
    let many = |count: usize| json!({ "events": vec![0; count] }).to_string();
    posted("1,001 events", &many(1_001), (413, "at most 1000000 bytes and 1000 events"), "");
    posted("100,000 events", &many(100_000), (413, "send several"), "");
    let large = format!(r#"{{"events": ["{}"]}}"#, "x".repeat(10_000_000));
    posted("a body of 10 MB", &large, (413, "at most 1000000 bytes"), "");

    let body = |header: &str, body: &[u8]| [shop.post_head(header).as_bytes(), body].concat();
    let half = shop.raw(&body("content-length: 5000", event.as_bytes()), Ends::InTheMiddle);
    let sent = "a body shorter than its `content-length`";
    Shop::problem(page, sent, half, (400, "ends before its length"), "");
    let long = shop.raw(&body("content-length: 10", br#"{"events": []}"#), Ends::Whole);
    let sent = "a body longer than its `content-length`";
    Shop::problem(page, sent, long, (400, "EOF"), "send the length of the body");
    let latin = shop.raw(&body("content-length: 12", b"{\"a\": \"\xff\xfe\"} "), Ends::Whole);
    let sent = "bytes that are not UTF-8";
    Shop::problem(page, sent, latin, (400, "not UTF-8 from byte 7 on"), "");
    let (status, answer) = shop.raw(&body("content-length: x", b"{}"), Ends::Whole);
    assert_eq!((status, answer), (400, Value::Null), "the HTTP library answers this one");
    page.row("a `content-length` that is no number", "400", "", "send the length of the body");

    let (status, _) = shop.ask("GET", "/v1/orders/R1", None);
    assert_eq!(status, 404, "nothing of a request that cannot be read is taken");
    assert_eq!(shop.listed("").len(), before, "nor parked");
    let (status, answer) = shop.ask("POST", "/v1/events", Some(r#"{"events": []}"#));
    assert_eq!((status, &answer), (200, &json!({ "results": [] })));
    page.row("an empty list of events", "200", &answer.to_string(), "nothing");
}

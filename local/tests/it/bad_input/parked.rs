//! What waits for a person: listed, retried, mended, put away.

use serde_json::{Value, json};
use upline_testkit::events::paid;

use crate::bad_input::page::Page;
use crate::bad_input::shop::{AT, Listed, Parked, Shop, Want, order};

const PRICE: &str = "detail.data.lines[0].unit_price";
const WRONG: Want<'static> = Parked("malformed", PRICE);

/// What is asked of one parked event.
struct Case<'a> {
    shop: &'a Shop,
    id: String,
}

impl Case<'_> {
    fn ask(&self, what: &str, body: &str) -> (u16, Value) {
        self.shop.ask("POST", &format!("/v1/parked/{}/{what}", self.id), Some(body))
    }

    /// A row of what became of it.
    #[track_caller]
    fn row(&self, page: &mut Page, sent: &str, (what, body): (&str, &str), want: &str, todo: &str) {
        let (status, answer) = self.ask(what, body);
        assert_eq!((status, answer["outcome"].as_str()), (200, Some(want)), "{sent}: {answer}");
        page.row(sent, want, answer["reason"].as_str().unwrap_or_default(), todo);
    }
}

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door(
        "Parked events",
        "`POST /v1/parked/{id}/retry` and `/dismiss`, with a token of ops or admin.",
    );
    let wrong = order("P1", "/lines/0/unit_price", &json!(10)).to_string();
    shop.event_text(page, "an event to mend: a price as a number", &wrong, WRONG, "");
    let parked = shop.find(&wrong).unwrap();
    assert_eq!((parked.event_id.as_deref(), parked.code.as_str()), (Some("pay-P1"), "malformed"));
    assert!(parked.reason.starts_with(PRICE), "{}", parked.reason);
    ids(shop, page);
    let case = Case { shop, id: parked.id };
    bodies(&case, page);
    let other = json!({ "event": order("P9", "/lines/0/unit_price", &json!("1.00")) }).to_string();
    let want = (400, "event: the parked one is OrderPaid of order_id P1, and this is OrderPaid of");
    let got = case.ask("retry", &other);
    Shop::problem(page, "an event of another order in its place", got, want, "");
    assert!(shop.find(&wrong).is_some(), "it waits still");
    mended(&case, page, &wrong);
    moot(shop, page);
    codes(shop, page);
}

fn ids(shop: &Shop, page: &mut Page) {
    let mut row = |sent: &str, id: &str, want: (u16, &str)| {
        for (what, body) in [("retry", ""), ("dismiss", r#"{"reason": "x"}"#)] {
            let got = shop.ask("POST", &format!("/v1/parked/{id}/{what}"), Some(body));
            let sent = format!("{what} with {sent}, `{id}`");
            Shop::problem(page, &sent, got, want, "list them again");
        }
    };
    row("an id of no parked event", "2026-11-01.00ff.61", (404, "no parked event"));
    row("garbage for an id", "x%23y", (404, "no parked event"));
    row("bytes that are no UTF-8 for an id", "%ff", (400, "write UTF-8"));
    let long = "61".repeat(129);
    row("an id longer than any", &format!("-.00.{long}"), (404, "no parked event"));
}

fn bodies(case: &Case<'_>, page: &mut Page) {
    let mut problem = |sent: &str, what: &str, body: &str, part: &str| {
        Shop::problem(page, sent, case.ask(what, body), (400, part), "");
    };
    problem("retry with a body that is not JSON", "retry", "mended", "or an empty body");
    let list = r#"{"events": []}"#;
    problem("retry with `{\"events\": […]}`", "retry", list, "unknown field `events`");
    problem("dismiss with an empty body", "dismiss", "", "send {\"reason\": \"…\"}");
    problem("dismiss with a blank reason", "dismiss", r#"{"reason": " "}"#, "write why");
    let long = json!({ "reason": "x".repeat(1_001) }).to_string();
    problem("dismiss with a reason of 1,001 bytes", "dismiss", &long, "1 to 1000 bytes");
}

/// An event is retried and mended until it is taken.
fn mended(case: &Case<'_>, page: &mut Page, wrong: &str) {
    let shop = case.shop;
    let listed = || -> Vec<String> { shop.listed("").iter().map(Listed::sent).collect() };
    let before = listed();
    case.row(page, "retry as it is", ("retry", ""), "parked", "mend it; it stays listed");
    let worse = order("P1", "/lines/0/unit_price", &json!("10.001"));
    let body = json!({ "event": worse }).to_string();
    let todo = "mend it; the first stays listed, and this one is kept beside the list";
    case.row(
        page,
        "retry with a mended event that is wrong, too",
        ("retry", &body),
        "parked",
        todo,
    );
    let foreign = paid("P1", "zoe", "10.00", AT).to_string().replace("\"demo\"", "\"other\"");
    let body = format!(r#"{{"event": {foreign}}}"#);
    case.row(page, "retry with an event of another tenant", ("retry", &body), "refused", "");
    assert_eq!(listed(), before, "there is one row to work through, as it was");
    let body = json!({ "event": paid("P1", "zoe", "10.00", AT) }).to_string();
    let todo = "nothing; it is listed no more";
    case.row(page, "retry with a mended event", ("retry", &body), "created", todo);
    shop.is_done(wrong);
    assert!(shop.find(wrong).is_none());
    assert_eq!(shop.ask("GET", "/v1/orders/P1", None).1["state"], "attributed");
    case.row(page, "the same once more", ("retry", &body), "exists", "nothing");
}

/// An event is put away, and comes again.
fn moot(shop: &Shop, page: &mut Page) {
    let moot = order("P2", "/lines/0/unit_price", &json!(10)).to_string();
    shop.event_text(page, "an event that another has made moot", &moot, WRONG, "");
    let case = Case { shop, id: shop.find(&moot).unwrap().id };
    let dismiss = ("dismiss", r#"{"reason": "sent again as P3"}"#);
    let todo = "nothing; it is kept, and not listed";
    case.row(page, "dismiss it with a reason", dismiss, "dismissed", todo);
    shop.is_done(&moot);
    assert!(shop.find(&moot).is_none(), "it is listed no more");
    case.row(page, "the same once more", dismiss, "exists", "nothing");
    shop.event_text(page, "the same event comes again", &moot, WRONG, "it is listed again");
    assert!(shop.find(&moot).is_some());
}

fn codes(shop: &Shop, page: &mut Page) {
    let conflicts = shop.listed("&code=conflict");
    let all = shop.listed("");
    let count = all.iter().filter(|one| one.code == "conflict").count();
    assert!(count > 2 && conflicts.len() == count, "{count} and {}", conflicts.len());
    assert!(conflicts.iter().all(|one| one.code == "conflict"));
    let (status, answer) = shop.ask("GET", "/v1/parked?code=colour", None);
    assert_eq!((status, &answer["items"]), (200, &json!([])));
    page.row(
        "`GET /v1/parked?code=colour`, a code that nothing has",
        "200",
        &answer.to_string(),
        "write a code of the list",
    );
}

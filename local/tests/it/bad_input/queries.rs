//! What is asked.

use serde_json::json;

use crate::bad_input::page::Page;
use crate::bad_input::shop::Shop;
use crate::harness::ask;

pub(super) fn rows(shop: &Shop, page: &mut Page) {
    page.door("Questions", "`GET` with a token that may ask.");
    orders(shop, page);
    let mut row = |path: &str, want: (u16, &str), todo: &str| {
        Shop::problem(page, &format!("`{path}`"), shop.ask("GET", path, None), want, todo);
    };
    let bob = |rest: &str| format!("/v1/distributors/bob/{rest}");
    for limit in ["0", "101", "x", "-1", "1.0", ""] {
        row(&bob(&format!("commissions?limit={limit}")), (400, "limit: write 1 to 100"), "");
    }
    for cursor in ["abc", "%ff", "TEFORQ"] {
        row(&bob(&format!("days?cursor={cursor}")), (400, "cursor: use the one"), "");
    }
    row("/v1/parked?cursor=b3RoZXIjWCMKYQ", (400, "cursor: use the one"), "");
    // `demo#X#-`, and nothing after it.
    row("/v1/parked?cursor=ZGVtbyNYIy0K", (400, "cursor: use the one"), "");
    row("/v1/balances?by=tomorrow", (400, "by: write a date such as"), "");
    row("/v1/balances?currency=CNY", (400, "write by, limit, cursor"), "");
    // `0`, and a key of another tenant; then a shard that there is not.
    for cursor in ["MApvdGhlciNNI2EKQkFMI0NOWQ", "OQoK"] {
        row(&format!("/v1/balances?cursor={cursor}"), (400, "cursor: use the one"), "");
    }
    row(
        &bob("commissions?form=2026-11-01T00:00:00Z"),
        (400, "form: there is no such parameter"),
        "",
    );
    row(&bob("team?from=2026-11-01"), (400, "write depth, limit, cursor"), "");
    row(&bob("balance?currency=CNY"), (400, "this path takes none"), "");
    row(&bob("team?limit=1&limit=2"), (400, "limit: it stands twice"), "");
    let period = "commissions?from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z";
    row(&bob(period), (400, "to: it lies before from"), "");
    row(&bob("days?from=2026-11-02&to=2026-11-01"), (400, "to: it lies before from"), "");
    row(&bob("commissions?from=2026-11-01"), (400, "from: write a time"), "");
    row(&bob("days?to=2026-02-30"), (400, "to: write a date"), "");
    for depth in ["0", "6", "x"] {
        row(&bob(&format!("team?depth={depth}")), (400, "depth: write 1 to 5"), "");
    }
    for path in ["", "/lineage", "/team", "/balance", "/commissions", "/days"] {
        row(
            &format!("/v1/distributors/ghost{path}"),
            (404, "there is no distributor ghost"),
            "check the id",
        );
    }
    row("/v1/distributors/a%20b", (400, "distributor id: an id is made of"), "");
    row("/v1/nothing", (404, "there is no such path"), "");
    row("/v1/events", (405, "this path takes POST"), "");
    row("/v1/parked/x/dismiss", (405, "this path takes POST"), "");
    let got = shop.ask("POST", "/v1/orders/A1", Some("{}"));
    Shop::problem(page, "`POST /v1/orders/A1`", got, (405, "this path takes GET"), "");
    let got = shop.ask("DELETE", "/v1/parked/x/retry", None);
    Shop::problem(page, "`DELETE /v1/parked/x/retry`", got, (405, "this path takes POST"), "");

    reports(shop, page);
    of_nobody(shop, page);
}

/// Reports of reconciliations.
fn reports(shop: &Shop, page: &mut Page) {
    let mut row = |path: &str, want: (u16, &str), todo: &str| {
        Shop::problem(page, &format!("`{path}`"), shop.ask("GET", path, None), want, todo);
    };
    let day = |rest: &str| format!("/v1/reports/2026-11-01{rest}");
    row(&day(""), (404, "there is no such report of 2026-11-01"), "");
    let run = shop.ask("POST", RECONCILE, Some(r#"{"date": "2026-11-01"}"#));
    assert_eq!(run.0, 200, "{}", run.1);
    row(&day("?run=2"), (404, "there is no such report of 2026-11-01"), "");
    row("/v1/reports/november", (400, "the day: write one such as"), "");
    row("/v1/reports/2026-11-31", (400, "the day: write one such as"), "");
    row(&day("?run=0"), (400, "run: write the number of a run"), "");
    row(&day("?format=pdf"), (400, "format: write json, csv or html"), "");
    row(&day("?lang=fr"), (400, "lang: write en or zh"), "");
    row(&day("?limit=1001"), (400, "limit: write 1 to 1000"), "");
    row(&day("?from=2026-11-01"), (400, "write run, format, lang, limit, cursor"), "");
    // A shard that there is not, a row of another run, and no row at all.
    for cursor in ["OAogIA", "MApESUZGIzIjQTEj", "MAo"] {
        row(&day(&format!("?cursor={cursor}")), (400, "cursor: use the one"), "");
    }
}

const RECONCILE: &str = "/v1/jobs/reconcile/run";

/// What is asked of a reconciliation, and what is given to it.
pub(super) fn reconciliation(shop: &Shop, page: &mut Page) {
    page.door(
        "Lists and reconciliations",
        "`PUT /v1/lists/{day}` and `POST /v1/jobs/reconcile/run`. What cannot be read of a list \
         that was put is a difference of its report.",
    );
    let mut list = |path: &str, body: &str, part: &str| {
        let got = shop.ask("PUT", path, Some(body));
        let sent = if body.is_empty() { "an empty list" } else { "a list" };
        Shop::problem(page, &format!("`PUT {path}`, {sent}"), got, (400, part), "");
    };
    list("/v1/lists/2026-11-01", "", "a list of a blank line");
    list("/v1/lists/today", "{}", "the day: write one such as");
    list("/v1/lists/2026-11-31", "{}", "the day: write one such as");
    for (body, part) in [
        (r#"{"date": "2999-01-01"}"#, "that day has not begun yet"),
        (r#"{"date": "november"}"#, "date"),
        (r#"{"day": "2026-11-01"}"#, "day"),
        (r#"{"dry_run": 1}"#, "dry_run"),
    ] {
        let got = shop.ask("POST", RECONCILE, Some(body));
        Shop::problem(page, &format!("`{RECONCILE}` with `{body}`"), got, (400, part), "");
    }
}

/// Who finds nothing, because they ask for another tenant's or are not there yet.
fn of_nobody(shop: &Shop, page: &mut Page) {
    let other = shop.token(&["--role", "admin", "--tenant", "other"]);
    let got = ask("GET", &shop.url("/v1/orders/A1"), &other, None).unwrap();
    Shop::problem(
        page,
        "another tenant's token asks for an order",
        got,
        (404, "no order A1"),
        "use your tenant's token",
    );
    let ghost = shop.token(&["--role", "distributor", "--sub", "ghost"]);
    let got = ask("GET", &shop.url("/v1/distributors/ghost/days"), &ghost, None).unwrap();
    Shop::problem(
        page,
        "a distributor who is not registered yet asks for themself",
        got,
        (404, "no distributor ghost"),
        "register them",
    );
    let (status, answer) = shop.ask("GET", "/v1/distributors/bob/team", None);
    assert_eq!((status, &answer), (200, &json!({ "items": [] })), "who is there may have none");
}

/// Orders and the list of them.
fn orders(shop: &Shop, page: &mut Page) {
    let mut row = |path: &str, want: (u16, &str), todo: &str| {
        Shop::problem(page, &format!("`{path}`"), shop.ask("GET", path, None), want, todo);
    };
    row("/v1/orders/A1?x", (400, "x: there is no such parameter"), "");
    row("/v1/orders/A1?lang=fr", (400, "lang: write en or zh"), "");
    row("/v1/orders/nothing", (404, "there is no order nothing"), "check the id");
    row("/v1/orders/a%23b", (400, "order id: an id is made of"), "");
    row("/v1/orders/%ff", (400, "write UTF-8"), "");
    row("/v1/orders", (400, "from: it is missing"), "");
    row("/v1/orders?from=2026-11-01", (400, "to: it is missing"), "");
    row("/v1/orders?from=november&to=2026-12-01", (400, "from: write a date such as"), "");
    row("/v1/orders?from=2026-11-02&to=2026-11-01", (400, "to: it lies before from"), "");
    row("/v1/orders?from=2026-01-01&to=2027-02-06", (400, "at most 400 days, this one 401"), "");
    let november = |rest: &str| format!("/v1/orders?from=2026-11-01&to=2026-12-01&{rest}");
    row(&november("by=2026-11-02"), (400, "write from, to, limit, cursor"), "");
    // A key of another tenant, one of a distributor, and a day that is not in the period.
    for cursor in ["MApvdGhlciNPI2EKT1JERVI", "MApkZW1vI00jYm9iCk1FTUJFUg", "MjQwCgo"] {
        row(&november(&format!("cursor={cursor}")), (400, "cursor: use the one"), "");
    }
}

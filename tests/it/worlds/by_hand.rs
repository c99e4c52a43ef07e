//! The reference itself, held against figures that were worked out by hand: the examples of
//! `docs/money.md`. So it is not only compared with the product.

use serde_json::{Value, json};
use upline_testkit::events::{bound, completed, event, refunded, registered, registered_under};
use upline_testkit::reference::{Ledger, Order};

use super::story::given_code;

/// A plan of one currency, with what is said of it.
#[expect(clippy::needless_pass_by_value, reason = "a call reads better without borrows")]
fn plan(part: Value) -> Value {
    json!({ "timezone": "Asia/Shanghai", "currencies": { "CNY": part } })
}

/// The ledger of a plan, with zoe who came through a, above whom stand b, c and d.
fn family(part: Value) -> Ledger {
    let mut ledger = Ledger::new(&plan(part), "0.50", given_code);
    let at = "2026-11-01T00:00:00Z";
    for event in [
        registered("d", at),
        registered_under("c", "d", at),
        registered_under("b", "c", at),
        registered_under("a", "b", at),
        bound("zoe", "a", at),
    ] {
        assert_eq!(ledger.take(&event).word, "created");
    }
    ledger
}

fn paid(ledger: &mut Ledger, goods: Value) -> Order {
    let mut data = goods;
    data["order_id"] = json!("A1");
    data["buyer_id"] = json!("zoe");
    data["currency"] = json!("CNY");
    data["paid_at"] = json!("2026-11-11T00:00:03Z");
    assert_eq!(ledger.take(&event("OrderPaid", "pay", &data)).word, "created");
    ledger.order("A1").unwrap()
}

/// Who earns what: distributor, depth, amount and taken back; then by line amount and taken back.
fn earned(order: &Order) -> Vec<(String, Vec<[i64; 2]>)> {
    let one = |one: &upline_testkit::reference::Allocation| {
        let lines: Vec<[i64; 2]> = one.lines.iter().map(|(_, a, b)| [*a, *b]).collect();
        let sum = |place: usize| lines.iter().map(|line| line[place]).sum::<i64>();
        assert_eq!([one.amount, one.reversed], [sum(0), sum(1)], "the sum of its lines");
        (format!("{}{}", one.distributor, one.depth), lines)
    };
    order.allocations.iter().map(one).collect()
}

fn is(who: &str, lines: &[[i64; 2]]) -> (String, Vec<[i64; 2]>) {
    (who.to_owned(), lines.to_vec())
}

/// The order of the first and the third example.
fn with_coupon() -> (Ledger, Order) {
    let mut ledger = family(json!({
        "depth": 2, "max_total_rate": "0.30",
        "cards": { "standard": { "base": "paid",
            "mode": { "percent": { "rates": ["0.10", "0.05"] } } } },
        "rules": [ { "id": "default", "priority": 0, "when": {}, "card": "standard" } ],
        "settlement": { "hold_days": 7, "cycle": "weekly" },
    }));
    let order = paid(
        &mut ledger,
        json!({ "discount": "10.00", "lines": [
            { "line_id": "1", "sku": "s", "quantity": 2, "unit_price": "29.90",
              "discount": "4.80" },
            { "line_id": "2", "sku": "t", "quantity": 1, "unit_price": "19.99" },
        ] }),
    );
    (ledger, order)
}

#[test]
fn a_coupon_over_two_lines_and_two_depths() {
    let (_, order) = with_coupon();
    let paid: Vec<i64> = order.lines.iter().map(|line| line.paid).collect();
    assert_eq!(paid, [4_767, 1_732]);
    assert_eq!(earned(&order), [is("a1", &[[476, 0], [173, 0]]), is("b2", &[[238, 0], [86, 0]])]);
    let rule = Some(("default".to_owned(), "standard".to_owned()));
    assert!(order.lines.iter().all(|line| line.rule == rule));
}

#[test]
fn a_cap_of_a_card_then_the_cap_on_the_total() {
    let mut ledger = family(json!({
        "depth": 3, "max_total_rate": "0.2333",
        "cards": {
            "phones": { "base": "paid", "max_per_order": "50.00",
                        "mode": { "percent": { "rates": ["0.20", "0.10", "0.05"] } } },
            "standard": { "base": "paid",
                          "mode": { "percent": { "rates": ["0.20", "0.10", "0.05"] } } },
        },
        "rules": [
            { "id": "phones", "priority": 10, "card": "phones",
              "when": { "category": ["phones"] } },
            { "id": "default", "priority": 0, "when": {}, "card": "standard" },
        ],
    }));
    let line = |id: &str, category: &str, price: &str| {
        json!({ "line_id": id, "sku": "s", "category": category, "quantity": 1,
                "unit_price": price })
    };
    let lines = [
        line("1", "phones/new", "300.00"),
        line("2", "phones", "100.00"),
        line("3", "cases", "100.00"),
    ];
    let order = paid(&mut ledger, json!({ "lines": lines }));
    let a = is("a1", &[[3_750, 0], [1_250, 0], [2_000, 0]]);
    let b = is("b2", &[[2_799, 0], [933, 0], [933, 0]]);
    assert_eq!(earned(&order), [a, b]);
}

#[test]
fn parts_of_an_order_are_shared_over_its_lines() {
    let mut ledger = family(json!({
        "depth": 2,
        "cards": { "ladder": { "base": "paid", "mode": { "tiered": {
            "measure": "order", "kind": "graduated", "tiers": [
                { "from": "0", "rates": ["0.10", "0.05"] },
                { "from": "1000.00", "rates": ["0.13"] } ] } } } },
        "rules": [ { "id": "default", "priority": 0, "card": "ladder" } ],
    }));
    let line = |id: &str, price: &str| {
        json!({ "line_id": id, "sku": "s", "quantity": 1,
                "unit_price": price })
    };
    let order = paid(&mut ledger, json!({ "lines": [line("1", "800.00"), line("2", "500.01")] }));
    let a = is("a1", &[[8_554, 0], [5_346, 0]]);
    // 1000.00 × 0.05 = 50.00 by 80000 and 50001 cents: 30.769 and 19.231.
    let b = is("b2", &[[3_077, 0], [1_923, 0]]);
    assert_eq!(earned(&order), [a, b]);
}

#[test]
fn month_sales_count_once_they_are_posted() {
    let mut ledger = family(json!({
        "depth": 1,
        "cards": { "month": { "base": "paid", "mode": { "tiered": {
            "measure": "month_sales", "kind": "whole", "tiers": [
                { "from": "0", "rates": ["0.10"] },
                { "from": "1000.00", "rates": ["0.13"] } ] } } } },
        "rules": [ { "id": "default", "priority": 0, "card": "month" } ],
    }));
    let earns = |ledger: &mut Ledger, order: &str, paid_at: &str| {
        let data = json!({
            "order_id": order, "buyer_id": "zoe", "currency": "CNY", "paid_at": paid_at,
            "lines": [ { "line_id": "1", "sku": "s", "quantity": 1, "unit_price": "1000.00" } ],
        });
        assert_eq!(ledger.take(&event("OrderPaid", order, &data)).word, "created");
        ledger.order(order).unwrap().allocations[0].amount
    };
    assert_eq!(earns(&mut ledger, "A1", "2026-11-11T00:00:00Z"), 10_000);
    assert_eq!(earns(&mut ledger, "A2", "2026-11-11T00:00:00Z"), 10_000, "nothing is posted");
    ledger.post();
    assert_eq!(earns(&mut ledger, "A3", "2026-11-30T15:59:59Z"), 13_000);
    assert_eq!(earns(&mut ledger, "A4", "2026-11-30T16:00:00Z"), 10_000, "December in Shanghai");
}

#[test]
fn a_peer_has_its_rate_once() {
    let mut ledger = family(json!({
        "depth": 3,
        "cards": { "agents": { "base": "list", "mode": { "differential": {
            "by_level": { "standard": "0.05" }, "peer": "0.01" } } } },
        "rules": [ { "id": "default", "priority": 0, "card": "agents" } ],
    }));
    let line = json!({ "line_id": "1", "sku": "s", "quantity": 1, "unit_price": "200.00" });
    let order = paid(&mut ledger, json!({ "lines": [line] }));
    assert_eq!(earned(&order), [is("a1", &[[1_000, 0]]), is("b2", &[[200, 0]])]);
}

#[test]
fn partial_refunds_to_the_last_cent() {
    let (mut ledger, _) = with_coupon();
    let of_line = json!({
        "order_id": "A1", "refund_id": "r1", "refunded_at": "2026-11-12T00:00:00Z",
        "currency": "CNY", "lines": [ { "line_id": "1", "amount": "15.89" } ],
    });
    ledger.take(&event("OrderRefunded", "r1", &of_line));
    let order = ledger.order("A1").unwrap();
    assert_eq!(
        earned(&order),
        [is("a1", &[[476, 158], [173, 0]]), is("b2", &[[238, 79], [86, 0]])]
    );
    ledger.take(&refunded("A1", "r2", "20.00", "2026-11-13T00:00:00Z"));
    let order = ledger.order("A1").unwrap();
    let back: Vec<i64> = order.lines.iter().map(|line| line.refunded).collect();
    assert_eq!(back, [2_884, 705]);
    let want = [is("a1", &[[476, 287], [173, 70]]), is("b2", &[[238, 143], [86, 35]])];
    assert_eq!(earned(&order), want);
    ledger.take(&refunded("A1", "r3", "29.10", "2026-11-14T00:00:00Z"));
    let order = ledger.order("A1").unwrap();
    let want = [is("a1", &[[476, 476], [173, 173]]), is("b2", &[[238, 238], [86, 86]])];
    assert_eq!(earned(&order), want);
    assert_eq!(order.problems, [""; 0]);
    assert!(ledger.balances().is_empty(), "nothing is left of it");
}

#[test]
fn what_is_completed_is_due_on_the_next_monday_after_the_hold() {
    let (mut ledger, _) = with_coupon();
    let pending =
        |ledger: &Ledger, who: &str| ledger.balances()[&(who.to_owned(), "CNY".to_owned())].pending;
    assert_eq!([pending(&ledger, "a"), pending(&ledger, "b")], [649, 324]);
    // 18:00 UTC on the 12th is the 13th in Shanghai; 7 days after that is Friday the 20th.
    ledger.take(&completed("A1", "2026-11-12T18:00:00Z"));
    let standing = &ledger.balances()[&("b".to_owned(), "CNY".to_owned())];
    let due: Vec<_> = standing.due.iter().map(|(day, amount)| (day.to_string(), *amount)).collect();
    assert_eq!((standing.pending, due), (0, vec![("2026-11-23".to_owned(), 324)]));
    let day = ledger.days();
    let day = day.iter().find(|((who, _, _), _)| who == "a").unwrap();
    assert_eq!(day.0.2.to_string(), "2026-11-11");
    assert_eq!(
        [day.1.orders, day.1.own_sales, day.1.team_sales, day.1.earned],
        [1, 6_499, 6_499, 649]
    );
    assert_eq!(ledger.team()["d"], [1, 1, 1, 0, 0]);
    assert_eq!(ledger.order("A1").unwrap().state, "completed");
}

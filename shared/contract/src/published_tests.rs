//! What an image tells: which events, under which ids, with which figures.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use upline_domain::allocation::{Allocation, Ancestor, Attribution, Frozen, Terms};
use upline_domain::member::Status;
use upline_domain::money::Rate;
use upline_domain::order::{Line, Paid, Payment, Refund, Refunded};
use upline_domain::plan::{Cycle, Settlement};

use super::*;

fn at(text: &str) -> Timestamp {
    time::parse(text).unwrap()
}

fn cny(minor: u64) -> Money {
    Money::from_minor(minor).unwrap()
}

/// 100.00, of which cat earns 10.00 and ann 0.05; bob stands between them and earns nothing.
fn attributed() -> Record {
    let line = Line {
        id: "1".parse().unwrap(),
        sku: "cd".parse().unwrap(),
        category: None,
        quantity: 1,
        unit_price: cny(10_000),
        discount: Money::ZERO,
        unit_cost: None,
    };
    let payment = Payment {
        order: "A1".parse().unwrap(),
        buyer: "zoe".parse().unwrap(),
        currency: "CNY".parse().unwrap(),
        paid_at: at("2026-11-11T00:00:00Z"),
        lines: vec![line],
        discount: Money::ZERO,
        invite_code: None,
        region: None,
    };
    let ancestor = |id: &str| Ancestor {
        id: id.parse().unwrap(),
        level: "standard".parse().unwrap(),
        status: Status::Active,
    };
    let earns = |ancestor, depth, minor| Allocation {
        ancestor,
        depth,
        amount: cny(minor),
        lines: vec![(0, cny(minor))],
    };
    let settlement = Settlement { hold_days: 7, cycle: Cycle::Daily, auto_complete_days: None };
    let terms = Terms {
        depth: 3,
        team_depth: 3,
        max_total_rate: Rate::ONE,
        settlement,
        timezone: time::zone("Asia/Shanghai").unwrap(),
    };
    let lineage = ["cat", "bob", "ann"].map(ancestor).to_vec();
    let attributed = Attribution {
        plan_version: 4,
        calculation_version: 1,
        terms,
        frozen: Frozen { lineage, first_order: false, month_sales: BTreeMap::new() },
        lines: vec![None],
        allocations: vec![earns(0, 1, 1_000), earns(2, 3, 5)],
    };
    Record {
        paid: Some(Paid::new(payment).unwrap()),
        attributed: Some(attributed),
        refunds: BTreeMap::new(),
        completed_at: None,
        version: 1,
    }
}

fn refunded(record: Record, minor: u64) -> Record {
    let refund = Refund {
        refunded_at: at("2026-11-12T00:00:00Z"),
        currency: "CNY".parse().unwrap(),
        goods: Refunded::Amount(cny(minor)),
    };
    let refunds = BTreeMap::from([("r1".parse().unwrap(), refund)]);
    Record { refunds, version: record.version + 1, ..record }
}

fn completed(record: Record) -> Record {
    let completed_at = Some(at("2026-11-20T00:00:00Z"));
    Record { completed_at, version: record.version + 1, ..record }
}

fn events(record: &Record) -> Vec<Value> {
    let cause = Cause { event: "evt-9".parse().unwrap(), correlation: "checkout#7".parse().ok() };
    let (tenant, order) = ("demo".parse().unwrap(), "A1".parse().unwrap());
    let events = of_order(&tenant, &order, record, Some(&cause)).unwrap();
    events.iter().map(|event| serde_json::to_value(event).unwrap()).collect()
}

/// `kind distributor amount reversed due`, an event each.
fn told(record: &Record) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("pending").to_owned();
    let one = |event: &Value| {
        let data = &event["detail"]["data"];
        let fields = ["distributor_id", "amount", "reversed", "due"].map(|name| text(&data[name]));
        format!("{} {}", text(&event["detail-type"]), fields.join(" "))
    };
    events(record).iter().map(one).collect()
}

#[test]
fn an_order_that_was_calculated_is_earned() {
    let events = events(&attributed());
    assert_eq!(events.len(), 2, "who earns nothing is not told of");
    let want = json!({
        "source": "upline",
        "detail-type": "CommissionEarned",
        "detail": {
            "metadata": {
                "id": "A1#1#cat", "tenant": "demo", "version": "1",
                "time": "2026-11-11T00:00:00.000Z", "correlation_id": "checkout#7",
                "causation_id": "evt-9",
            },
            "data": {
                "order_id": "A1", "distributor_id": "cat", "depth": 1, "currency": "CNY",
                "amount": "10.00", "reversed": "0.00", "state": "pending",
                "paid_at": "2026-11-11T00:00:00.000Z", "plan_version": 4, "version": 1,
            },
        },
    });
    assert_eq!(events[0], want);
    assert_eq!(events[1]["detail"]["metadata"]["id"], "A1#1#ann");
}

#[test]
fn what_is_told_is_told_by_what_the_image_has() {
    let earned = attributed();
    assert_eq!(
        told(&earned),
        ["CommissionEarned cat 10.00 0.00 pending", "CommissionEarned ann 0.05 0.00 pending"]
    );
    // A tenth: of ann's 5 fen nothing is a whole one, so that she has earned what she had.
    let tenth = refunded(earned.clone(), 1_000);
    assert_eq!(
        told(&tenth),
        ["CommissionReversed cat 10.00 1.00 pending", "CommissionEarned ann 0.05 0.00 pending"]
    );
    let due = completed(earned.clone());
    assert_eq!(
        told(&due),
        ["CommissionDue cat 10.00 0.00 2026-11-27", "CommissionDue ann 0.05 0.00 2026-11-27"]
    );
    let both = refunded(due, 10_000);
    assert_eq!(
        told(&both),
        [
            "CommissionReversed cat 10.00 10.00 2026-11-27",
            "CommissionDue cat 10.00 10.00 2026-11-27",
            "CommissionReversed ann 0.05 0.05 2026-11-27",
            "CommissionDue ann 0.05 0.05 2026-11-27",
        ]
    );
    let metadata = &events(&both)[0]["detail"]["metadata"];
    assert_eq!(metadata["time"], "2026-11-20T00:00:00.000Z", "of the newest fact");
    assert_eq!(metadata["id"], "A1#3#cat");
}

#[test]
fn an_order_that_nobody_earns_of_tells_nothing() {
    let earned = attributed();
    assert_eq!(told(&Record { attributed: None, ..earned.clone() }), [""; 0]);
    assert_eq!(told(&Record { paid: None, ..earned }), [""; 0]);
}

#[test]
fn a_parked_event_is_named_and_not_quoted() {
    let text = json!({ "detail": { "metadata": { "correlation_id": "c-1" }, "data": "secret" } });
    let (text, reason) = (text.to_string(), "é".repeat(2_000));
    let row = ParkedRow {
        tenant: "demo",
        event: "evt-1",
        hash: "00ff",
        code: "malformed",
        reason: &reason,
        at: at("2026-11-11T00:00:00Z"),
        text: &text,
    };
    let event = serde_json::to_value(of_parked(row)).unwrap();
    assert_eq!(event["detail-type"], "EventParked");
    let metadata = json!({
        "id": "evt-1#00ff", "tenant": "demo", "version": "1",
        "time": "2026-11-11T00:00:00.000Z", "correlation_id": "c-1", "causation_id": "evt-1",
    });
    assert_eq!(event["detail"]["metadata"], metadata);
    assert_eq!(event["detail"]["data"]["reason"], "é".repeat(1_000));
    assert!(!event.to_string().contains("secret"));
    let cut = of_parked(ParkedRow { text: &text[..20], ..row });
    assert_eq!(cut.detail.metadata.correlation_id, None, "of a text that is cut nothing is read");
}

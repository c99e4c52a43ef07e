//! Facts to write. Amounts are in fen.

use std::fmt::Debug;
use std::str::FromStr;

use jiff::Timestamp;
use upline_domain::bind::{Binding, BoundBy};
use upline_domain::ids::{DistributorId, InviteCode};
use upline_domain::member::{History, Member, Registration};
use upline_domain::money::{Currency, Money};
use upline_domain::order::{Line, Paid, Payment, Refund, Refunded};

/// 10 %, 5 % and 2 % of what is paid, in CNY, due 7 days after completion.
pub(crate) const THREE_DEEP: &str = r#"{
    "timezone": "Asia/Shanghai",
    "currencies": { "CNY": {
        "depth": 3,
        "max_total_rate": "0.30",
        "cards": { "standard": { "base": "paid",
            "mode": { "percent": { "rates": ["0.10", "0.05", "0.02"] } } } },
        "rules": [ { "id": "default", "priority": 0, "when": {}, "card": "standard" } ],
        "settlement": { "hold_days": 7, "cycle": "daily" }
    } }
}"#;

/// When most things happen here.
pub(crate) const NOON: &str = "2026-11-11T04:00:00Z";

/// An id or a text.
pub(crate) fn id<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    upline_domain::time::parse(text).unwrap()
}

pub(crate) fn cny() -> Currency {
    id("CNY")
}

pub(crate) fn fen(minor: u64) -> Money {
    Money::from_minor(minor).unwrap()
}

pub(crate) fn line(name: &str, unit_price: u64) -> Line {
    Line {
        id: id(name),
        sku: id("cd"),
        category: None,
        quantity: 1,
        unit_price: fen(unit_price),
        discount: Money::ZERO,
        unit_cost: None,
    }
}

pub(crate) fn payment(order: &str, buyer: &str, unit_price: u64) -> Payment {
    Payment {
        order: id(order),
        buyer: id(buyer),
        currency: cny(),
        paid_at: at(NOON),
        lines: vec![line("1", unit_price)],
        discount: Money::ZERO,
        invite_code: None,
        region: None,
    }
}

/// An order of one line.
pub(crate) fn paid(order: &str, buyer: &str, unit_price: u64) -> Paid {
    Paid::new(payment(order, buyer, unit_price)).unwrap()
}

/// The same, with the code its buyer came with.
pub(crate) fn paid_with_code(order: &str, buyer: &str, code: &str) -> Paid {
    Paid::new(Payment { invite_code: Some(id(code)), ..payment(order, buyer, 10_000) }).unwrap()
}

/// A refund of an amount of the goods.
pub(crate) fn refund(amount: u64) -> Refund {
    let goods = Refunded::Amount(fen(amount));
    Refund { refunded_at: at("2026-11-12T04:00:00Z"), currency: cny(), goods }
}

/// A refund that names so many lines, a fen each.
pub(crate) fn refund_of_lines(count: usize) -> Refund {
    let goods = Refunded::Lines((0..count).map(|n| (id(&n.to_string()), fen(1))).collect());
    Refund { goods, ..refund(0) }
}

/// A distributor whose code is their id in capitals; the sponsor first, then up.
pub(crate) fn member(name: &str, lineage: &[&str]) -> Member {
    let code: InviteCode = id(&name.to_uppercase());
    let registered_at = at("2026-10-01T00:00:00Z");
    let registration = Registration {
        distributor: id(name),
        registered_at,
        sponsor: None,
        own_code: Some(code.clone()),
        display_name: None,
    };
    Member {
        id: id(name),
        registered_at,
        registered_on: id("2026-10-01"),
        lineage: lineage.iter().map(|one| id(one)).collect(),
        invite_code: code,
        display_name: None,
        levels: History::default(),
        statuses: History::default(),
        risks: History::default(),
        fingerprint: registration.fingerprint(),
    }
}

/// A binding before all orders.
pub(crate) fn binding(distributor: &str) -> Binding {
    let distributor: DistributorId = id(distributor);
    Binding { distributor, bound_at: at("2026-10-04T00:00:00Z"), how: BoundBy::Link }
}

//! Damages before anything is stored: events that never arrive, that the shop does not list, or
//! that contradict their order.

use serde_json::{Value, json};
use upline_domain::reconcile::Kind;
use upline_testkit::events::{completed, paid, refunded, with};

use super::{ANY, Claimed, Damage, Name, Touch, days_of, id_of};
use crate::reconciliation::calm::{Calm, is_of, of, time_of};
use crate::worlds::dice::Dice;

type Make = fn(&mut Dice, &Calm, &mut Claimed) -> Option<Damage>;

/// All of them.
pub(crate) const EVENTS: &[Make] = &[
    |dice, calm, claimed| missing(dice, calm, claimed, "OrderPaid"),
    |dice, calm, claimed| missing(dice, calm, claimed, "OrderRefunded"),
    |dice, calm, claimed| missing(dice, calm, claimed, "OrderCompleted"),
    |dice, calm, claimed| unlisted(dice, calm, claimed, "OrderPaid"),
    |dice, calm, claimed| unlisted(dice, calm, claimed, "OrderRefunded"),
    |dice, calm, claimed| unlisted(dice, calm, claimed, "OrderCompleted"),
    unlisted_later_refund,
    orphan_refund,
    orphan_completion,
    too_much,
    unknown_line,
    other_currency,
    parked,
    unreadable_row,
    unreadable_fact,
];

/// An event of a kind whose order is nobody's yet, and the order.
fn pick<'a>(
    dice: &mut Dice,
    calm: &'a Calm,
    claimed: &mut Claimed,
    is_it: impl Fn(&Value) -> bool,
) -> Option<(&'a Value, &'a str)> {
    let free = calm.events.iter().filter(|event| {
        let order = of(event, "order_id");
        !order.is_empty() && !claimed.orders.contains(order) && is_it(event)
    });
    let free: Vec<&Value> = free.collect();
    let event = *(!free.is_empty()).then(|| dice.pick(&free))?;
    let order = of(event, "order_id");
    claimed.orders.insert(order.to_owned());
    Some((event, order))
}

/// An event that never arrived: it is sent, and all of its order with it.
fn missing(dice: &mut Dice, calm: &Calm, claimed: &mut Claimed, kind: &str) -> Option<Damage> {
    // A code would bind the buyer, and whose is the first order would be another's: that would be
    // of other orders too.
    let is_it = |event: &Value| {
        let buyer = of(event, "buyer_id");
        let mut own = calm.events.iter().filter(|other| of(other, "buyer_id") == buyer);
        let mut own = own.by_ref().filter(|other| is_of(other, "OrderPaid"));
        let is_first = own.next() == Some(event) && own.next().is_some();
        is_of(event, kind)
            && (kind != "OrderPaid" || (of(event, "invite_code").is_empty() && !is_first))
    };
    let (event, order) = pick(dice, calm, claimed, is_it)?;
    let about = of(event, "refund_id");
    let (what, kind) = match kind {
        "OrderPaid" => ("an order never arrived", Kind::MissingHere),
        "OrderRefunded" => ("a refund never arrived", Kind::RefundMissing),
        _ => ("a completion never arrived", Kind::CompletionMissing),
    };
    Some(Damage {
        what,
        withheld: vec![id_of(event)],
        must: vec![Name::of(kind, order, "", about)],
        may: vec![
            Name::of(Kind::OrphanRefund, order, "", ANY),
            Name::of(Kind::OrphanCompletion, order, "", ""),
            // Where another run looks while it is not posted yet.
            Name::of(Kind::LineDrift, order, ANY, ""),
        ],
        is_repairable: true,
        touches: vec![Touch::Order(order.to_owned())],
        ..Damage::default()
    })
}

/// An event of the day of its order that only the books have. A completion of another day is found
/// only where a list names its order.
fn unlisted(dice: &mut Dice, calm: &Calm, claimed: &mut Claimed, kind: &str) -> Option<Damage> {
    let day = |event: &Value| calm.day_of(event);
    let waits = waiting(calm);
    let is_it = |event: &Value| {
        let order = of(event, "order_id");
        is_of(event, kind)
            && days_of(&calm.events, order, day) == 1
            && !waits.contains(&order.to_owned())
    };
    let (event, order) = pick(dice, calm, claimed, is_it)?;
    let about = of(event, "refund_id");
    let (what, kind) = match kind {
        "OrderPaid" => ("an order is only in the books", Kind::MissingThere),
        "OrderRefunded" => ("a refund is only in the books", Kind::RefundMissingThere),
        _ => ("a completion is only in the books", Kind::CompletionMissingThere),
    };
    Some(Damage {
        what,
        unlisted: vec![id_of(event)],
        must: vec![Name::of(kind, order, "", about)],
        ..Damage::default()
    })
}

/// A refund of another day than its order's payment that only the books have.
fn unlisted_later_refund(dice: &mut Dice, calm: &Calm, claimed: &mut Claimed) -> Option<Damage> {
    let is_it = |event: &Value| {
        let order = of(event, "order_id");
        let mut own = calm.events.iter().filter(|other| of(other, "order_id") == order);
        let payment = own.find(|other| is_of(other, "OrderPaid"));
        is_of(event, "OrderRefunded")
            && payment.is_some_and(|payment| calm.day_of(payment) != calm.day_of(event))
    };
    let (event, order) = pick(dice, calm, claimed, is_it)?;
    Some(Damage {
        what: "a refund of an older order is only in the books",
        unlisted: vec![id_of(event)],
        must: vec![Name::of(Kind::RefundMissingThere, order, "", of(event, "refund_id"))],
        ..Damage::default()
    })
}

/// Orders that wait: they are listed under their day in UTC, which may be another.
fn waiting(calm: &Calm) -> Vec<String> {
    let mut ledger = calm.ledger();
    let mut waiting = Vec::new();
    for event in &calm.events {
        if ledger.take(event).word == "waiting" {
            waiting.push(of(event, "order_id").to_owned());
        }
    }
    waiting
}

/// An event beside those of the shop, at a time of its calendar.
fn at(dice: &mut Dice, calm: &Calm) -> Option<String> {
    let times: Vec<_> = calm.events.iter().filter_map(time_of).collect();
    (!times.is_empty()).then(|| format!("{:.3}", dice.pick(&times)))
}

fn orphan_refund(dice: &mut Dice, calm: &Calm, _: &mut Claimed) -> Option<Damage> {
    let (at, order) = (at(dice, calm)?, format!("g{}", dice.number(0, 999_999)));
    let (event, is_listed) = (refunded(&order, "r1", "1.00", &at), dice.chance(50));
    let mut must = vec![Name::of(Kind::OrphanRefund, &order, "", "r1")];
    must.extend((!is_listed).then(|| Name::of(Kind::RefundMissingThere, &order, "", "r1")));
    let what = "a refund without a payment";
    Some(Damage { what, beside: vec![(event, is_listed)], must, ..Damage::default() })
}

fn orphan_completion(dice: &mut Dice, calm: &Calm, _: &mut Claimed) -> Option<Damage> {
    let (at, order) = (at(dice, calm)?, format!("g{}", dice.number(0, 999_999)));
    let (event, is_listed) = (completed(&order, &at), dice.chance(50));
    let mut must = vec![Name::of(Kind::OrphanCompletion, &order, "", "")];
    must.extend((!is_listed).then(|| Name::of(Kind::CompletionMissingThere, &order, "", "")));
    let what = "a completion without a payment";
    Some(Damage { what, beside: vec![(event, is_listed)], must, ..Damage::default() })
}

/// A refund of an order with something wrong, at the time of its payment.
fn wrong_refund(
    dice: &mut Dice,
    calm: &Calm,
    claimed: &mut Claimed,
    what: &'static str,
    change: impl FnOnce(&mut Value),
) -> Option<Damage> {
    let (event, order) = pick(dice, calm, claimed, |event| is_of(event, "OrderPaid"))?;
    let at = of(event, "paid_at");
    let refund = refunded(order, "wrong", "1", at);
    let refund = with(refund, |data| {
        data["currency"] = event["detail"]["data"]["currency"].clone();
        change(data);
    });
    let must = vec![Name::of(Kind::ProblemFlag, order, "", "wrong")];
    // Each that comes after the one that gives back too much may be the one too many.
    let may = vec![Name::of(Kind::ProblemFlag, order, "", ANY)];
    Some(Damage { what, beside: vec![(refund, true)], must, may, ..Damage::default() })
}

fn too_much(dice: &mut Dice, calm: &Calm, claimed: &mut Claimed) -> Option<Damage> {
    wrong_refund(dice, calm, claimed, "more is given back than was paid", |data| {
        let amount = match data["currency"].as_str() {
            Some("JPY") => "900000000000",
            Some("KWD") => "900000000",
            _ => "9000000000",
        };
        data["amount"] = json!(amount);
    })
}

fn unknown_line(dice: &mut Dice, calm: &Calm, claimed: &mut Claimed) -> Option<Damage> {
    wrong_refund(dice, calm, claimed, "a line is given back that is not there", |data| {
        data.as_object_mut().unwrap().remove("amount");
        data["lines"] = json!([{ "line_id": "nowhere", "amount": "1" }]);
    })
}

fn other_currency(dice: &mut Dice, calm: &Calm, claimed: &mut Claimed) -> Option<Damage> {
    wrong_refund(dice, calm, claimed, "another currency is given back", |data| {
        data["currency"] = json!("EUR");
    })
}

/// An order in a currency that no plan has. It is found under its day in UTC.
fn parked(dice: &mut Dice, calm: &Calm, _: &mut Claimed) -> Option<Damage> {
    let bound = calm.events.iter().find(|event| is_of(event, "BuyerBound"))?;
    let order = format!("g{}", dice.number(0, 999_999));
    let clock = format!("{}T12:00:00Z", dice.pick(&calm.days));
    let mut event = paid(&order, of(bound, "buyer_id"), "1.00", &clock);
    event["detail"]["data"]["currency"] = json!("SEK");
    event["detail"]["metadata"]["time"] = json!(clock);
    let must = vec![Name::of(Kind::Parked, &order, "", ANY)];
    let what = "an event is parked and not taken up";
    Some(Damage { what, beside: vec![(event, false)], must, ..Damage::default() })
}

#[expect(clippy::unnecessary_wraps, reason = "of others there may be none")]
fn unreadable_row(dice: &mut Dice, _: &Calm, _: &mut Claimed) -> Option<Damage> {
    let row = *dice.pick(&["{", "paid,o1,1.00", "{\"detail\":{}}", "null"]);
    let must = vec![Name::of(Kind::UnreadableRow, "", "", ANY)];
    let what = "a row of the list says nothing";
    Some(Damage { what, rows: vec![row.to_owned()], must, ..Damage::default() })
}

fn unreadable_fact(dice: &mut Dice, calm: &Calm, _: &mut Claimed) -> Option<Damage> {
    let (at, order) = (at(dice, calm)?, format!("g{}", dice.number(0, 999_999)));
    let row = refunded(&order, "r1", "many", &at).to_string();
    let must = vec![Name::of(Kind::UnreadableRow, &order, "", ANY)];
    let what = "a row of the list has no amount";
    Some(Damage { what, rows: vec![row], must, ..Damage::default() })
}

//! The events of a stream that is killed: what happens, and then what contradicts it.
//!
//! The first part ends the same in whatever order it arrives: each buyer has at most one binding,
//! registration or order with a code, and the plan asks for no first order. So several connections
//! and repeats leave one outcome. What depends on who came first, such as a contradiction, is in
//! the second part, which is sent when all of the first is answered.

use serde_json::{Value, json};
use upline_testkit::events::{bound, completed, event, paid, refunded, with};

/// All that happens, from a seed.
pub(super) struct Story {
    pub(super) first: Vec<Value>,
    pub(super) second: Vec<Value>,
    pub(super) orders: Vec<String>,
    pub(super) people: Vec<String>,
    /// What no reference reads, because it is malformed: it is parked.
    pub(super) malformed: Vec<String>,
}

const DISTRIBUTORS: usize = 14;
const BUYERS: usize = 24;

impl Story {
    pub(super) fn of(seed: u64, orders: usize) -> Self {
        let dice = &mut fastrand::Rng::with_seed(seed);
        let mut first: Vec<Value> = (0..DISTRIBUTORS).map(|n| registered(n, dice)).collect();
        // The last third of the buyers is never bound: some come with an order that has a code.
        first.extend((0..BUYERS * 2 / 3).map(|n| binding(n, dice)));
        let all: Vec<String> = (0..orders).map(|n| format!("o{n}")).collect();
        for (n, order) in all.iter().enumerate() {
            first.push(payment(n, order, dice));
            if dice.u8(0..3) == 0 {
                let mut ids = vec!["r1", "r2"];
                ids.truncate(dice.usize(1..=2));
                first.extend(ids.into_iter().map(|id| refund(order, id, dice)));
            }
            if dice.bool() {
                first.push(completed(order, &format!("2026-11-{}T00:00:00Z", dice.u8(19..24))));
            }
        }
        let repeats: Vec<Value> = (0..first.len() / 5).map(|_| again(&first, dice)).collect();
        let (second, malformed) = contradictions(&first, dice);
        first.extend(repeats);
        first.sort_by_cached_key(|event| place(event, orders, dice));
        let people = (0..DISTRIBUTORS).map(|n| format!("d{n}")).collect();
        Self { first, second, orders: all, people, malformed }
    }
}

/// Where an event comes in the stream: facts of one order near each other, so that they meet, and
/// those whom they wait for early but for a few, or nothing would be posted until the end.
fn place(event: &Value, orders: usize, dice: &mut fastrand::Rng) -> usize {
    let order = event["detail"]["data"]["order_id"].as_str().and_then(|id| id.strip_prefix('o'));
    let number: Option<usize> = order.map(|number| number.parse().unwrap());
    let id = event["detail"]["metadata"]["id"].as_str().unwrap();
    let is_last = ["register-d13", "register-d12", "bind-b3", "bind-b4"].contains(&id);
    match number {
        Some(number) => number * 4 + dice.usize(0..12),
        None if is_last && dice.bool() => dice.usize(0..orders * 4),
        None => dice.usize(0..orders / 2),
    }
}

fn registered(n: usize, dice: &mut fastrand::Rng) -> Value {
    let id = format!("d{n}");
    let mut data = json!({
        "distributor_id": id, "own_code": id.to_uppercase(),
        "registered_at": format!("2026-10-{:02}T{:02}:00:00Z", 1 + n, dice.u8(0..24)),
    });
    if n > 0 {
        let sponsor = n - 1 - dice.usize(0..n.min(3));
        if dice.bool() {
            data["sponsor_id"] = json!(format!("d{sponsor}"));
        } else {
            data["invite_code"] = json!(format!("D{sponsor}"));
        }
    }
    event("DistributorRegistered", &format!("register-{id}"), &data)
}

fn binding(n: usize, dice: &mut fastrand::Rng) -> Value {
    let distributor = format!("d{}", dice.usize(0..DISTRIBUTORS));
    // Some count only from the middle of the month on.
    let day = if dice.u8(0..5) == 0 { 14 } else { 1 };
    let at = format!("2026-11-{day:02}T00:00:00Z");
    let by_code = bound(&format!("b{n}"), &distributor, &at);
    if dice.bool() {
        return by_code;
    }
    let data =
        json!({ "buyer_id": format!("b{n}"), "distributor_id": distributor, "bound_at": at });
    event("BuyerBound", &format!("bind-b{n}"), &data)
}

fn payment(n: usize, order: &str, dice: &mut fastrand::Rng) -> Value {
    let buyer = match dice.u8(0..10) {
        0 => format!("d{}", dice.usize(0..DISTRIBUTORS)),
        _ => format!("b{}", dice.usize(0..BUYERS)),
    };
    let price = format!("{}.{:02}", dice.u16(1..400), dice.u8(0..100));
    let at = format!("2026-11-{}T{:02}:00:00Z", dice.u8(10..19), dice.u8(0..24));
    let (currency, sku) = (dice.choice(["CNY", "CNY", "USD"]), dice.choice(["S1", "SAMPLE-01"]));
    let category = dice.choice(["apparel/women", "music", "tea"]);
    with(paid(order, &buyer, &price, &at), |data| {
        data["currency"] = json!(currency);
        data["lines"][0]["sku"] = json!(sku);
        data["lines"][0]["category"] = json!(category);
        data["lines"][0]["quantity"] = json!(dice.u8(1..13));
        let line = json!({ "line_id": "2", "sku": "S2", "quantity": 2, "unit_price": "9.99" });
        data["lines"].as_array_mut().unwrap().push(line);
        if dice.bool() {
            data["discount"] = json!(format!("{}.{}", dice.u8(0..15), dice.u8(0..10)));
        }
        // The first order of some buyers brings them in.
        if n < BUYERS / 6 {
            data["buyer_id"] = json!(format!("b{}", BUYERS - 1 - n));
            data["paid_at"] = json!("2026-11-09T00:00:00Z");
            data["invite_code"] = json!(format!("D{}", n % DISTRIBUTORS));
        }
    })
}

fn refund(order: &str, id: &str, dice: &mut fastrand::Rng) -> Value {
    let amount = format!("{}.{}", dice.u8(1..60), dice.u8(0..10));
    let at = format!("2026-11-{}T00:00:00Z", dice.u8(18..22));
    with(refunded(order, id, &amount, &at), |data| {
        // In the other currency some reverse nothing.
        if dice.bool() {
            data["currency"] = json!("USD");
        }
        if dice.bool() {
            let line = dice.choice(["1", "2", "3"]);
            data["lines"] = json!([{ "line_id": line, "amount": data["amount"].take() }]);
        }
    })
}

/// The same fact once more, some in an event of its own.
fn again(events: &[Value], dice: &mut fastrand::Rng) -> Value {
    let mut event = events[dice.usize(0..events.len())].clone();
    if dice.bool() {
        event["detail"]["metadata"]["id"] = json!(format!("again-{}", dice.u64(..)));
        event = with(event, |data| data["ip"] = json!("198.51.100.23"));
    }
    event
}

/// Another fact under the id of one of these; and what can never be taken.
fn contradictions(events: &[Value], dice: &mut fastrand::Rng) -> (Vec<Value>, Vec<String>) {
    let (mut all, mut malformed) = (Vec::new(), Vec::new());
    for (n, event) in events.iter().enumerate().filter(|(n, _)| n % 9 == 0) {
        let mut other = with(event.clone(), |data| {
            let dates = ["registered_at", "bound_at", "paid_at", "refunded_at", "completed_at"];
            let date = dates.into_iter().find(|date| data.get(*date).is_some()).unwrap();
            data[date] = json!("2026-11-15T12:00:00Z");
        });
        other["detail"]["metadata"]["id"] = json!(format!("other-{n}"));
        all.push(other);
        all.push(again(events, dice));
    }
    for n in 0..8 {
        let order = paid(&format!("x{n}"), "b0", "10.00", "2026-11-20T00:00:00Z");
        all.push(with(order, |data| data["currency"] = json!("EUR")));
        let wrong = paid(&format!("y{n}"), "b0", "1e3", "2026-11-20T00:00:00Z");
        malformed.push(wrong["detail"]["metadata"]["id"].as_str().unwrap().to_owned());
        all.push(wrong);
    }
    dice.shuffle(&mut all);
    (all, malformed)
}

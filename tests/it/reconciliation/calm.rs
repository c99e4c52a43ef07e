//! A world of chance in which nothing is wrong: each event of it is news and can be taken, and what
//! happens to orders falls on one or two days of the tenant's own calendar.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use upline_contract::plan::{Policy, compile};
use upline_testkit::events::with;
use upline_testkit::reference::Ledger;

use crate::worlds::dice::Dice;
use crate::worlds::plan::policy;
use crate::worlds::story::{Shop, given_code};

/// What happens in it.
pub(crate) struct Calm {
    pub(crate) document: Value,
    pub(crate) policy_rate: &'static str,
    pub(crate) zone: TimeZone,
    /// The days on which something happens to orders.
    pub(crate) days: Vec<Date>,
    /// In the order in which they arrive.
    pub(crate) events: Vec<Value>,
}

/// When something happened to an order; none of what is of no order.
pub(crate) fn time_of(event: &Value) -> Option<Timestamp> {
    let data = &event["detail"]["data"];
    let times = ["paid_at", "refunded_at", "completed_at"];
    times.into_iter().find_map(|name| data[name].as_str()).map(|text| text.parse().unwrap())
}

pub(crate) fn of<'a>(event: &'a Value, name: &str) -> &'a str {
    event["detail"]["data"][name].as_str().unwrap_or_default()
}

pub(crate) fn is_of(event: &Value, kind: &str) -> bool {
    event["detail-type"] == kind
}

impl Calm {
    pub(crate) fn of(dice: &mut Dice) -> Self {
        let Shop { programme, events, .. } = Shop::of("demo", dice);
        let (document, policy_rate) = (programme.document, programme.policy_rate);
        let allowed = Policy::parse(&policy(policy_rate)).unwrap();
        let zone = compile(&document.to_string(), &allowed).unwrap().timezone;
        let days = [date(2026, 11, 11), date(2026, 11, 12)];
        let days = days[..*dice.pick(&[1, 1, 2])].to_vec();
        let mut ledger = Ledger::new(&document, policy_rate, given_code);
        let events = events.into_iter().map(|event| on_a_day(dice, event, &days, &zone));
        let mut known = Known::default();
        let events = events.filter(|event| is_fine(&mut ledger, &mut known, event)).collect();
        Self { document, policy_rate, zone, days, events }
    }

    /// What the shop has of a day.
    pub(crate) fn on(&self, day: Date) -> impl Iterator<Item = &Value> {
        self.events.iter().filter(move |event| self.day_of(event) == Some(day))
    }

    pub(crate) fn day_of(&self, event: &Value) -> Option<Date> {
        time_of(event).map(|at| self.zone.to_datetime(at).date())
    }

    /// The ledger of all that happened, with the versions that orders froze.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::new(&self.document, self.policy_rate, given_code)
    }
}

/// The same event on one of some days; who registers and who is bound did so before.
fn on_a_day(dice: &mut Dice, event: Value, days: &[Date], zone: &TimeZone) -> Value {
    let clock = match dice.number(0, 5) {
        0 => jiff::civil::time(0, 0, 0, 0),
        1 => jiff::civil::time(23, 59, 59, 999_000_000),
        _ => {
            let part = |dice: &mut Dice, most| i8::try_from(dice.number(0, most)).unwrap();
            let (hour, minute, second) = (part(dice, 23), part(dice, 59), part(dice, 59));
            jiff::civil::time(hour, minute, second, 0)
        }
    };
    let at = dice.pick(days).to_datetime(clock).to_zoned(zone.clone()).unwrap().timestamp();
    with(event, |data| {
        for (name, time) in [
            ("registered_at", "2026-10-15T00:00:00Z".to_owned()),
            ("bound_at", "2026-10-20T00:00:00Z".to_owned()),
            ("paid_at", format!("{at:.3}")),
            ("refunded_at", format!("{at:.3}")),
            ("completed_at", format!("{at:.3}")),
        ] {
            if data.get(name).is_some() {
                data[name] = json!(time);
            }
        }
    })
}

/// Orders, and buyers whose orders wait.
#[derive(Default)]
struct Known {
    orders: BTreeSet<String>,
    waiting: BTreeSet<String>,
}

/// Whether an event is taken, and nothing is wrong with its order by it. Who once waits does so to
/// the end: an order that is taken up later may be calculated as another's first.
fn is_fine(ledger: &mut Ledger, known: &mut Known, event: &Value) -> bool {
    let (order, buyer) = (of(event, "order_id"), of(event, "buyer_id"));
    let is_payment = is_of(event, "OrderPaid");
    if !order.is_empty() && !is_payment && !known.orders.contains(order) {
        return false;
    }
    let word = ledger.take(event).word;
    let problems = ledger.order(order).map(|order| order.problems).unwrap_or_default();
    let waits = word == "waiting" && is_payment;
    let is_taken = waits || (word == "created" && !known.waiting.contains(buyer));
    let is_fine = is_taken && problems.is_empty();
    if is_fine && is_payment {
        known.orders.insert(order.to_owned());
        known.waiting.extend(waits.then(|| buyer.to_owned()));
    }
    is_fine
}

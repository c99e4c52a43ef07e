//! What happens in the demo, as the events a shop would send, in the order in which they arrive.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use upline_domain::time;

use super::log::{Purchase, buyer_id};
use super::world::{Customer, Distributor, Tie, World};
use crate::cli::TENANT;

/// The currency of the log.
pub(super) const CURRENCY: &str = "USD";
/// Every tenth order with a price is refunded.
const REFUNDED_EACH: usize = 10;
/// So many days after the order.
const REFUND_DAYS: i64 = 5;
/// One order in so many is never completed.
const OPEN_EACH: usize = 15;
/// The hour of a night in UTC: two in the morning in the time zone of the built-in plan.
const NIGHT_HOUR: i8 = 18;

/// One event.
pub(super) struct Message {
    /// When the shop sends it.
    pub(super) arrives_at: Timestamp,
    /// As JSON.
    pub(super) text: String,
}

/// The whole story.
pub(super) struct Story {
    /// In the order of arrival.
    pub(super) messages: Vec<Message>,
    /// How many refunds the shop made.
    pub(super) refunds: usize,
}

/// What happens until a night.
pub(super) struct Night<'a> {
    /// When levels are looked at.
    pub(super) at: Timestamp,
    /// What was sent since the night before.
    pub(super) messages: &'a [Message],
}

impl Story {
    /// The story from night to night, so many days apart; nothing happens after the last one.
    pub(super) fn nights(&self, days: i64) -> Vec<Night<'_>> {
        let (mut nights, mut rest) = (Vec::new(), self.messages.as_slice());
        let first = rest.first().map(|message| time::day(message.arrives_at, &TimeZone::UTC));
        let first = first.and_then(|day| day.at(NIGHT_HOUR, 0, 0, 0).to_zoned(TimeZone::UTC).ok());
        let Some(mut at) = first.map(|night| night.timestamp()) else { return nights };
        while !rest.is_empty() {
            let count = rest.partition_point(|message| message.arrives_at <= at);
            let (messages, later) = rest.split_at(count);
            nights.push(Night { at, messages });
            (rest, at) = (later, at + SignedDuration::from_hours(24 * days));
        }
        nights
    }
}

/// Tells the story of the world and its orders.
pub(super) fn tell(world: &World, purchases: &[Purchase]) -> Story {
    let mut teller = Teller { messages: Vec::new() };
    for distributor in &world.distributors {
        teller.registration(distributor, &world.distributors);
    }
    let mut codes = BTreeMap::new();
    for customer in &world.customers {
        teller.binding(customer, &world.distributors);
        if let Tie::Code { distributor } = customer.tie {
            let code = world.distributors.get(distributor);
            codes.insert(customer.customer, code.and_then(|it| it.own_code.clone()));
        }
    }
    let (mut priced, mut refunds) = (0, 0);
    for purchase in purchases {
        // Only the first order carries the code: it binds the customer for all that follow.
        let code = codes.remove(purchase.customer).flatten();
        teller.order(purchase, code.as_deref());
        let mut given_back = Extent::Part;
        if purchase.total_minor > 0 {
            priced += 1;
            if priced % REFUNDED_EACH == 0 {
                given_back = teller.refund(purchase, refunds);
                refunds += 1;
            }
        }
        if given_back == Extent::Part && !purchase.number.is_multiple_of(OPEN_EACH) {
            teller.completion(purchase);
        }
    }
    let mut messages = teller.messages;
    messages.sort_by_key(|message| message.arrives_at);
    Story { messages, refunds }
}

struct Teller {
    messages: Vec<Message>,
}

impl Teller {
    fn say(&mut self, detail_type: &str, arrives_at: Timestamp, data: &Value) {
        let id = format!("evt-{:05}", self.messages.len() + 1);
        let metadata = json!({
            "id": id, "tenant": TENANT, "version": "1", "time": time::text(arrives_at),
        });
        let event = json!({
            "source": "shop.demo", "detail-type": detail_type,
            "detail": {"metadata": metadata, "data": data},
        });
        let text = event.to_string();
        self.messages.push(Message { arrives_at, text });
    }

    fn registration(&mut self, distributor: &Distributor, all: &[Distributor]) {
        let sponsor = distributor.sponsor.and_then(|sponsor| all.get(sponsor));
        let (code, id) = sponsor.map_or((None, None), named);
        let at = distributor.registered_at;
        let data = json!({
            "distributor_id": distributor.id, "display_name": distributor.name,
            "own_code": distributor.own_code, "invite_code": code, "sponsor_id": id,
            "registered_at": time::text(at),
        });
        self.say("DistributorRegistered", at, &data);
    }

    fn binding(&mut self, customer: &Customer, all: &[Distributor]) {
        let Tie::Link { distributor, bound_at, told_at } = customer.tie else {
            return;
        };
        let (code, id) = all.get(distributor).map_or((None, None), named);
        let data = json!({
            "buyer_id": buyer_id(customer.customer), "invite_code": code, "distributor_id": id,
            "bound_at": time::text(bound_at),
        });
        self.say("BuyerBound", told_at, &data);
    }

    fn order(&mut self, purchase: &Purchase, code: Option<&str>) {
        let line = |(index, (quantity, price_minor))| {
            json!({
                "line_id": line_id(index), "sku": "cd", "category": "music/cd",
                "quantity": quantity, "unit_price": dollars(price_minor),
            })
        };
        let lines = purchase.lines().into_iter().enumerate().map(line);
        let data = json!({
            "order_id": purchase.order_id(), "buyer_id": purchase.buyer_id(),
            "currency": CURRENCY, "paid_at": time::text(purchase.paid_at),
            "lines": lines.collect::<Vec<_>>(), "invite_code": code,
        });
        self.say("OrderPaid", purchase.paid_at, &data);
    }

    /// In turn: a part of a line, a part by amount, every line whole, all by amount. Gives which.
    fn refund(&mut self, purchase: &Purchase, turn: usize) -> Extent {
        let (extent, line_count) =
            if turn % 4 < 2 { (Extent::Part, 1) } else { (Extent::Whole, usize::MAX) };
        let lines: Vec<(usize, u64)> = purchase
            .lines()
            .into_iter()
            .map(|(quantity, price_minor)| u64::from(quantity) * price_minor)
            .enumerate()
            .take(line_count)
            .map(|(index, paid_minor)| (index, extent.of(paid_minor)))
            .collect();
        let lines = lines
            .into_iter()
            .map(|(index, minor)| json!({"line_id": line_id(index), "amount": dollars(minor)}));
        let lines: Vec<_> = lines.collect();
        let amount = dollars(extent.of(purchase.total_minor));
        let by_line = turn.is_multiple_of(2);
        let at = purchase.paid_at + SignedDuration::from_hours(24 * REFUND_DAYS);
        let data = json!({
            "order_id": purchase.order_id(), "refund_id": format!("r-{:05}", purchase.number),
            "currency": CURRENCY, "refunded_at": time::text(at),
            "lines": by_line.then_some(lines), "amount": (!by_line).then_some(amount),
        });
        self.say("OrderRefunded", at, &data);
        extent
    }

    fn completion(&mut self, purchase: &Purchase) {
        let days = i64::try_from(7 + purchase.number % 5).unwrap_or(7);
        let at = purchase.paid_at + SignedDuration::from_hours(24 * days);
        let data = json!({"order_id": purchase.order_id(), "completed_at": time::text(at)});
        self.say("OrderCompleted", at, &data);
    }
}

/// Who is meant, by their own code where they wished for one, else by id.
fn named(distributor: &Distributor) -> (Option<&str>, Option<&str>) {
    match &distributor.own_code {
        Some(code) => (Some(code), None),
        None => (None, Some(&distributor.id)),
    }
}

fn line_id(index: usize) -> String {
    (index + 1).to_string()
}

/// How much of an order is given back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// The half, rounded up, of a line or of all.
    Part,
    /// All of it.
    Whole,
}

impl Extent {
    fn of(self, minor: u64) -> u64 {
        match self {
            Self::Part => minor.div_ceil(2),
            Self::Whole => minor,
        }
    }
}

fn dollars(minor: u64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

#[cfg(test)]
mod tests {
    use upline_contract::event::{Fact, parse_text};

    use super::super::log::purchases;
    use super::super::world::grow;
    use super::*;

    #[test]
    fn every_message_is_an_event_and_none_comes_before_its_time() {
        let purchases = purchases().unwrap();
        let world = grow(&purchases).unwrap();
        let story = tell(&world, &purchases);
        let mut kinds = BTreeMap::new();
        let mut before = Timestamp::MIN;
        for message in &story.messages {
            let event = parse_text(&message.text).unwrap();
            assert!(event.time >= before, "{}", message.text);
            assert!(event.fact.time() <= event.time, "{}", message.text);
            before = event.time;
            *kinds.entry(event.fact.detail_type()).or_insert(0_usize) += 1;
            if let Fact::Paid(paid) = event.fact {
                let number: usize = paid.order.as_str()[3..].parse().unwrap();
                assert_eq!(paid.total().minor(), purchases[number - 1].total_minor);
            }
        }
        assert_eq!(kinds["OrderPaid"], 6_919);
        assert_eq!(kinds["OrderRefunded"], story.refunds);
        assert_eq!(story.refunds, 691);
        assert_eq!(kinds["DistributorRegistered"], world.distributors.len());
        assert!(kinds["OrderCompleted"] > 6_000, "{kinds:?}");
        assert!(kinds["BuyerBound"] > 2_000, "{kinds:?}");
    }

    #[test]
    fn every_message_is_sent_between_two_nights() {
        let purchases = purchases().unwrap();
        let story = tell(&grow(&purchases).unwrap(), &purchases);
        for days in [1, 7] {
            let nights = story.nights(days);
            let sent: usize = nights.iter().map(|night| night.messages.len()).sum();
            assert_eq!(sent, story.messages.len());
            for pair in nights.windows(2) {
                assert_eq!(pair[1].at, pair[0].at + SignedDuration::from_hours(24 * days));
                let mut later = pair[1].messages.iter().map(|message| message.arrives_at);
                assert!(later.all(|at| pair[0].at < at && at <= pair[1].at));
            }
            let [first, .., last] = &nights[..] else { panic!("{} nights", nights.len()) };
            assert_eq!(first.at.to_string(), "1996-07-01T18:00:00Z");
            assert!(!first.messages.is_empty() && !last.messages.is_empty());
        }
    }
}

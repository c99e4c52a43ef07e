//! All that was sent for a tenant, found again by what is kept of it; and that each of it is kept
//! somewhere.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use upline_lambda::Outcome;

use super::ending::{Part, at, instant};
use super::raw::{amount, each, list, map, number, text};
use super::run::{Answered, Held};
use super::script::{Script, What};

/// An instant of the wire, to the millisecond.
pub(crate) fn time(text: &str) -> Timestamp {
    let time: Timestamp = text.parse().unwrap();
    instant(time.as_millisecond())
}

/// The events of one tenant, each text once.
pub(crate) struct Sent(Vec<Value>);

impl Sent {
    pub(crate) fn of(tenant: &str, script: &Script) -> Self {
        let mut events: BTreeMap<String, Value> = BTreeMap::new();
        for arrival in script.arrivals.iter().filter(|arrival| arrival.tenant == tenant) {
            if let What::Event(event) = &arrival.what {
                events.insert(event.to_string(), event.clone());
            }
        }
        Self(events.into_values().collect())
    }

    fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a Value, &'a Value)> {
        let events = self.0.iter().filter(move |event| event["detail-type"] == kind);
        events.map(|event| (event, &event["detail"]["data"]))
    }

    /// The registration that a member is kept of.
    pub(crate) fn registration_of(
        &self,
        id: &str,
        member: &Value,
        part: &Part<'_>,
    ) -> Option<&Value> {
        let sponsor = list(member, "lineage").first().and_then(|one| one["S"].as_str());
        let is_it = |data: &Value| {
            data["distributor_id"] == id
                && at(data, "registered_at").map(Timestamp::as_millisecond)
                    == number(member, "registered_at")
                && data["own_code"].as_str().is_none_or(|own| text(member, "code") == Some(own))
                && named(data, "sponsor_id", part).as_deref() == sponsor
        };
        self.all("DistributorRegistered").find(|(_, data)| is_it(data)).map(|(event, _)| event)
    }

    /// Whether a binding was sent, by itself or with an order that carries a code.
    pub(crate) fn binds(
        &self,
        buyer: &str,
        distributor: &str,
        bound_at: Timestamp,
        part: &Part<'_>,
    ) -> bool {
        let is_named = |data: &Value| {
            data["buyer_id"] == buyer
                && named(data, "distributor_id", part).as_deref() == Some(distributor)
        };
        let bound = self
            .all("BuyerBound")
            .any(|(_, data)| is_named(data) && at(data, "bound_at") == Some(bound_at));
        let by_order = self
            .all("OrderPaid")
            .any(|(_, data)| is_named(data) && at(data, "paid_at") == Some(bound_at));
        bound || by_order
    }

    /// The payment that an order is kept of, letter by letter.
    pub(crate) fn payment_of(&self, id: &str, item: &Value) -> Option<&Value> {
        let mut paid = self.all("OrderPaid").filter(|(_, data)| data["order_id"] == id);
        paid.find(|(_, data)| is_payment(data, item)).map(|(event, _)| event)
    }

    pub(crate) fn refund_of(&self, order: &str, id: &str, kept: &Value) -> Option<&Value> {
        let is_it = |data: &Value| {
            data["order_id"] == order && data["refund_id"] == id && is_refund(data, kept)
        };
        self.all("OrderRefunded").find(|(_, data)| is_it(data)).map(|(event, _)| event)
    }

    pub(crate) fn completion_of(&self, order: &str, completed_at: Timestamp) -> Option<&Value> {
        let is_it = |data: &Value| {
            data["order_id"] == order && at(data, "completed_at") == Some(completed_at)
        };
        self.all("OrderCompleted").find(|(_, data)| is_it(data)).map(|(event, _)| event)
    }

    /// Each event that was sent is a fact of a record, or stands beside one that came first, or
    /// waits for somebody who is not there, or is parked whole.
    ///
    /// # Errors
    ///
    /// * The event.
    pub(crate) fn all_are_kept(&self, part: &Part<'_>) -> Held {
        let parked: Vec<(&str, &str)> = part
            .of("X", "")
            .into_iter()
            .filter_map(|(_, _, item)| Some((text(item, "event")?, text(item, "code")?)))
            .collect();
        for event in &self.0 {
            let whole = event.to_string();
            let codes: Vec<&str> =
                parked.iter().filter(|(text, _)| *text == whole).map(|(_, code)| *code).collect();
            let place = place(event, &whole, part, &codes);
            place.map_err(|wrong| format!("{wrong}: {whole}, parked as {codes:?}"))?;
        }
        for (buyer, _, item) in part.of("B", "WAIT#") {
            let order = text(item, "order").unwrap_or_default();
            let order = part.item("O", order, "ORDER");
            // A crash may leave the row of an order that is attributed, and that does no harm.
            if order.is_none_or(|order| text(order, "buyer") != Some(buyer)) {
                return Err(format!("a row of {buyer} waits for no order of theirs: {item}"));
            }
        }
        Ok(())
    }
}

/// Holds what was answered to an event against what is kept: what was taken for a fact is one, and
/// what was called a contradiction is none.
///
/// # Errors
///
/// * The event and its answer.
pub(crate) fn answer_holds(part: &Part<'_>, answered: &Answered) -> Held {
    let event: Value = serde_json::from_str(&answered.text).unwrap();
    let data = &event["detail"]["data"];
    let of = |name: &str| data[name].as_str().unwrap_or_default();
    let order = part.item("O", of("order_id"), "ORDER");
    let is_fact = match event["detail-type"].as_str().unwrap_or_default() {
        "OrderPaid" => order.is_some_and(|order| is_payment(data, order)),
        "OrderRefunded" => {
            let refunds = order.map(|order| each(order, "refund#")).unwrap_or_default();
            let own = refunds.iter().find(|(id, _)| *id == of("refund_id"));
            own.is_some_and(|(_, kept)| is_refund(data, &kept["M"]))
        }
        "OrderCompleted" => {
            let kept = order.and_then(|order| number(order, "completed_at")).map(instant);
            kept.is_some() && at(data, "completed_at") == kept
        }
        _ => return Ok(()),
    };
    let holds = match answered.outcome {
        Outcome::Created | Outcome::Exists | Outcome::Waiting => is_fact,
        Outcome::Conflict { .. } => !is_fact,
        Outcome::Superseded { .. } | Outcome::Parked { .. } | Outcome::Refused { .. } => true,
    };
    let Answered { text, outcome, .. } = answered;
    if holds { Ok(()) } else { Err(format!("{outcome:?} was answered to {text}")) }
}

/// The id of the distributor whom an event names by code or id, once they are there.
fn named(data: &Value, id: &str, part: &Part<'_>) -> Option<String> {
    let id = match data["invite_code"].as_str() {
        Some(code) => text(part.item("I", code, "CODE")?, "distributor")?,
        None => data[id].as_str()?,
    };
    part.item("M", id, "MEMBER").map(|_| id.to_owned())
}

/// Where an event is kept.
fn place(event: &Value, whole: &str, part: &Part<'_>, codes: &[&str]) -> Held {
    let data = &event["detail"]["data"];
    let of = |name: &str| data[name].as_str().unwrap_or_default();
    let is_parked_as = |code: &str| codes.contains(&code);
    let awaited = || awaited(data, whole, part);
    let order = part.item("O", of("order_id"), "ORDER");
    let is_kept = match event["detail-type"].as_str().unwrap_or_default() {
        "OrderPaid" => match order.filter(|order| order.get("payment").is_some()) {
            Some(order) => is_payment(data, order) || !codes.is_empty(),
            None => !codes.is_empty() && !is_parked_as("conflict"),
        },
        "OrderRefunded" => {
            let refunds = order.map(|order| each(order, "refund#")).unwrap_or_default();
            let kept = refunds.iter().find(|(id, _)| *id == of("refund_id"));
            let (_, kept) = kept.ok_or("a refund is not kept")?;
            is_refund(data, &kept["M"]) || is_parked_as("conflict")
        }
        "OrderCompleted" => {
            let kept = order.and_then(|order| number(order, "completed_at"));
            let kept = kept.ok_or("a completion is not kept")?;
            at(data, "completed_at") == Some(instant(kept)) || is_parked_as("conflict")
        }
        "DistributorRegistered" => {
            let member = part.item("M", of("distributor_id"), "MEMBER");
            let is_it = member.is_some_and(|member| {
                at(data, "registered_at") == Some(instant(amount(member, "registered_at")))
            });
            is_it || !codes.is_empty() || awaited()
        }
        _ => {
            let bound = part.item("B", of("buyer_id"), "BUYER");
            let bound = bound.and_then(|buyer| text(buyer, "distributor"));
            let named = named(data, "distributor_id", part);
            let is_own = named.as_deref() == Some(of("buyer_id"));
            match named {
                Some(_) if is_own => is_parked_as("self_binding"),
                Some(_) => bound.is_some(),
                None => awaited(),
            }
        }
    };
    if is_kept { Ok(()) } else { Err("an event is lost".to_owned()) }
}

/// Whether an event is kept with whom it waits for, who is not there.
fn awaited(data: &Value, whole: &str, part: &Part<'_>) -> bool {
    let (kind, id) = match data["invite_code"].as_str() {
        Some(code) => ("I", code),
        None => {
            let id = data["sponsor_id"].as_str().or(data["distributor_id"].as_str());
            ("M", id.unwrap_or_default())
        }
    };
    let is_there = part.item(kind, id, if kind == "I" { "CODE" } else { "MEMBER" }).is_some();
    let rows = part.of(kind, "AWAIT#EVENT#");
    let mut own = rows.iter().filter(|(at, _, _)| *at == id);
    !is_there && own.any(|(_, _, row)| text(row, "event") == Some(whole))
}

/// Whether a payment is the one that is kept: all that affects money or relations.
fn is_payment(data: &Value, item: &Value) -> bool {
    let currency = data["currency"].as_str().unwrap_or_default();
    let same_text = |wire: &str, kept: &str| data[wire].as_str() == text(item, kept);
    let lines = list(item, "lines");
    let wire = data["lines"].as_array().map_or(&[][..], Vec::as_slice);
    let is_line = |(wire, kept): (&Value, &Value)| {
        let kept = &kept["M"];
        let amounts = [("unit_price", "p"), ("discount", "d"), ("unit_cost", "k")];
        wire["line_id"].as_str() == text(kept, "i")
            && wire["sku"].as_str() == text(kept, "s")
            && wire["category"].as_str() == text(kept, "c")
            && wire["quantity"].as_i64() == number(kept, "q")
            && amounts.into_iter().all(|(name, key)| {
                let same = |wire: Option<i64>, kept| match name {
                    // None and nothing are one for a discount, and are not for a cost.
                    "discount" => wire.unwrap_or(0) == amount(kept, key),
                    _ => wire == number(kept, key),
                };
                same(minor(wire, name, currency), kept)
            })
    };
    same_text("buyer_id", "buyer")
        && same_text("currency", "currency")
        && same_text("invite_code", "code")
        && same_text("region", "region")
        && at(data, "paid_at").map(Timestamp::as_millisecond) == number(item, "paid_at")
        && minor(data, "discount", currency).unwrap_or(0) == amount(item, "discount")
        && lines.len() == wire.len()
        && wire.iter().zip(lines).all(is_line)
}

fn is_refund(data: &Value, kept: &Value) -> bool {
    let currency = data["currency"].as_str().unwrap_or_default();
    let lines = list(kept, "l").as_chunks::<2>().0.iter();
    let lines: Vec<(&str, i64)> = lines
        .map(|[id, amount]| (id["S"].as_str().unwrap(), super::raw::as_number(amount).unwrap()))
        .collect();
    let wire = data["lines"].as_array().map_or(&[][..], Vec::as_slice).iter();
    let wire: Vec<(&str, i64)> = wire
        .map(|line| (line["line_id"].as_str().unwrap(), minor(line, "amount", currency).unwrap()))
        .collect();
    text(kept, "c") == Some(currency)
        && at(data, "refunded_at").map(Timestamp::as_millisecond) == number(kept, "t")
        && minor(data, "amount", currency) == number(kept, "m")
        && map(kept, "l").is_some() == (data.get("lines").is_some())
        && wire == lines
}

/// An amount of the wire in minor units; none where it is absent.
pub(super) fn minor(data: &Value, name: &str, currency: &str) -> Option<i64> {
    let text = data[name].as_str()?;
    let places = match currency {
        "JPY" => 0,
        "KWD" => 3,
        _ => 2,
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    Some(format!("{whole}{part:0<places$}").parse().unwrap())
}

//! How each event is taken, and what waited for it after it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use super::facts::{Facts, Frozen, Named, Payment, Refund, Registration};
use super::fields::{required, text, time};
use super::people::{Ancestor, Binding, Member};
use super::{Answer, Ledger, Pinned, calculate};

/// What is kept until someone appears.
#[derive(PartialEq)]
pub(super) struct Waits {
    whom: Named,
    what: Kept,
}

#[derive(Clone, PartialEq)]
enum Kept {
    /// A registration or binding, whole.
    Event(Value),
    /// The id of an order that carries the code.
    Order(String),
}

const fn answer(word: &'static str) -> Answer {
    Answer { word, code: None }
}

const fn parked(code: &'static str) -> Answer {
    Answer { word: "parked", code: Some(code) }
}

/// The answer to a fact that may be there already.
fn again(same: bool) -> Answer {
    answer(if same { "exists" } else { "conflict" })
}

impl Ledger {
    pub(super) fn handle(&mut self, event: &Value) -> Answer {
        let detail = event.get("detail").expect("a detail");
        let data = detail.get("data").expect("data");
        let answer = match required(event, "detail-type").as_str() {
            "DistributorRegistered" => self.register(event, Registration::read(data)),
            "BuyerBound" => self.bind(event, data),
            "OrderPaid" => self.pay(Payment::read(data)),
            "OrderRefunded" => {
                let facts = self.orders.entry(required(data, "order_id")).or_default();
                let (id, refund) = (required(data, "refund_id"), Refund::read(data));
                match facts.refunds.get(&id) {
                    Some(known) => again(*known == refund),
                    None => {
                        facts.refunds.insert(id, refund);
                        answer("created")
                    }
                }
            }
            "OrderCompleted" => {
                let facts = self.orders.entry(required(data, "order_id")).or_default();
                let at = time(&required(data, "completed_at"));
                match facts.completed_at.replace(at) {
                    None => answer("created"),
                    Some(known) => {
                        facts.completed_at = Some(known);
                        again(known == at)
                    }
                }
            }
            other => unreachable!("the event {other}"),
        };
        let id = required(detail.get("metadata").expect("metadata"), "id");
        self.park(event.to_string(), id, answer);
        answer
    }

    /// Keeps what cannot succeed as it is; a repeat of the same text is kept once.
    fn park(&mut self, text: String, id: String, answer: Answer) {
        let code = answer.code.or((answer.word == "conflict").then_some("conflict"));
        if let Some(code) = code {
            self.parked.insert(text, (id, code));
        }
    }

    fn register(&mut self, event: &Value, registration: Registration) -> Answer {
        let id = registration.distributor.clone();
        let own = match &registration.sponsor {
            Some(Named::ById(sponsor)) => *sponsor == id,
            Some(Named::ByCode(code)) => registration.own_code.as_ref() == Some(code),
            None => false,
        };
        if own {
            return parked("self_sponsor");
        }
        if let Some(known) = self.people.members.get(&id) {
            return again(known.registration == registration);
        }
        let lineage = match &registration.sponsor {
            None => Vec::new(),
            Some(named) => match self.find_or_wait(named, event) {
                None => return answer("waiting"),
                Some(sponsor) => self.people.under(&sponsor),
            },
        };
        let is_free = |code: &String| !self.people.codes.contains_key(code);
        let code = match &registration.own_code {
            Some(own) => Some(own.clone()).filter(is_free),
            None => (0..=u8::MAX).map(|tried| (self.code)(&self.tenant, &id, tried)).find(is_free),
        };
        let Some(code) = code else { return parked("code_taken") };
        self.people.codes.insert(code.clone(), id.clone());
        self.people.members.insert(id.clone(), Member { registration, lineage });
        self.attribute_orders_of(&id, None);
        self.take_up(&[Named::ByCode(code), Named::ById(id)]);
        answer("created")
    }

    fn bind(&mut self, event: &Value, data: &Value) -> Answer {
        let buyer = required(data, "buyer_id");
        let by_code = text(data, "invite_code").map(Named::ByCode);
        let named = by_code.unwrap_or_else(|| Named::ById(required(data, "distributor_id")));
        let Some(distributor) = self.find_or_wait(&named, event) else {
            return answer("waiting");
        };
        if distributor == buyer {
            return parked("self_binding");
        }
        if self.people.bindings.contains_key(&buyer) {
            return answer("exists");
        }
        let bound_at = time(&required(data, "bound_at"));
        self.people.bindings.insert(buyer.clone(), Binding { distributor, bound_at });
        self.attribute_orders_of(&buyer, None);
        answer("created")
    }

    fn find_or_wait(&mut self, named: &Named, event: &Value) -> Option<String> {
        let found = self.people.find(named);
        if found.is_none() {
            self.wait(Waits { whom: named.clone(), what: Kept::Event(event.clone()) });
        }
        found
    }

    fn wait(&mut self, waits: Waits) {
        if !self.waiting.contains(&waits) {
            self.waiting.push(waits);
        }
    }

    fn pay(&mut self, payment: Payment) -> Answer {
        let facts = self.orders.get(&payment.order);
        if let Some(known) = facts.and_then(|facts| facts.paid.as_ref()) {
            if *known != payment {
                return answer("conflict");
            }
            if facts.is_some_and(|facts| facts.frozen.is_some()) {
                return answer("exists");
            }
        }
        if let Some(attributed) = self.attribute(&payment) {
            return attributed;
        }
        self.orders.entry(payment.order.clone()).or_default().paid = Some(payment.clone());
        self.bind_by_code(&payment);
        let Some(attributed) = self.attribute(&payment) else {
            self.orders.entry(payment.order).or_default().waits = true;
            return answer("waiting");
        };
        // The buyer is bound by this very order, and that counts for others of theirs.
        self.attribute_orders_of(&payment.buyer, Some(&payment.order));
        attributed
    }

    /// An order that carries a code binds its buyer, who is neither bound nor a distributor, as of
    /// `paid_at`; or waits for whoever the code belongs to.
    fn bind_by_code(&mut self, order: &Payment) {
        let Some(code) = &order.code else { return };
        let is_bound = self.people.bindings.contains_key(&order.buyer);
        if is_bound || self.people.is_distributor(order).is_some() {
            return;
        }
        let named = Named::ByCode(code.clone());
        match self.people.find(&named) {
            None => self.wait(Waits { whom: named, what: Kept::Order(order.order.clone()) }),
            Some(owner) if owner == order.buyer => {}
            Some(distributor) => {
                let binding = Binding { distributor, bound_at: order.paid_at };
                self.people.bindings.insert(order.buyer.clone(), binding);
            }
        }
    }

    /// Attributes an order, with its payment; none while it is not known through whom it came.
    fn attribute(&mut self, order: &Payment) -> Option<Answer> {
        let active = self.versions.of(&self.tenant, &order.buyer, order.paid_at);
        let plan = active.map(|active| &active.plan);
        let pinned = self.pins.get(&order.order);
        let lineage = match pinned {
            Some(pinned) => pinned.lineage.clone(),
            None => self.people.origin(order, plan)?,
        };
        let Some(plan) = plan else { return Some(parked("no_plan")) };
        let Some(part) = plan.parts.get(&order.currency) else {
            return Some(parked("currency_not_planned"));
        };
        let lineage = self.histories.frozen(&lineage, plan, order.paid_at);
        let frozen = match pinned {
            Some(Pinned { first_order, sold, .. }) => {
                Frozen { lineage, first_order: *first_order, sold: sold.clone() }
            }
            None => {
                let sold = |who: &Ancestor| (who.id.clone(), self.sold(&who.id, order, plan));
                let sold = lineage.iter().map(sold).collect();
                Frozen { sold, lineage, first_order: self.is_first(order) }
            }
        };
        if let Err(code) = calculate(order, plan, part, &frozen) {
            return Some(parked(code));
        }
        let facts: &mut Facts = self.orders.entry(order.order.clone()).or_default();
        facts.paid = Some(order.clone());
        facts.frozen = Some(frozen);
        Some(answer("created"))
    }

    /// Why an order cannot be calculated, where it is the buyer's first or is not.
    #[must_use]
    pub fn refuses(&self, paid: &Value, first_order: bool) -> Option<&'static str> {
        let order = Payment::read(paid.pointer("/detail/data").expect("data"));
        let active = self.versions.of(&self.tenant, &order.buyer, order.paid_at);
        let lineage = self.people.origin(&order, active.map(|active| &active.plan))?;
        let Some(plan) = active.map(|active| &active.plan) else { return Some("no_plan") };
        let Some(part) = plan.parts.get(&order.currency) else {
            return Some("currency_not_planned");
        };
        let lineage = self.histories.frozen(&lineage, plan, order.paid_at);
        let frozen = Frozen { lineage, first_order, sold: BTreeMap::new() };
        calculate(&order, plan, part, &frozen).err()
    }

    /// Whether an order is its buyer's first: no order of theirs was attributed before.
    fn is_first(&self, order: &Payment) -> bool {
        let of_buyer = |facts: &&Facts| facts.paid.as_ref().is_some_and(|o| o.buyer == order.buyer);
        !self.orders.values().filter(of_buyer).any(|facts| facts.frozen.is_some())
    }

    /// Attributes the orders of a buyer that wait, `but` for one: those for which it is known by
    /// now through whom they came, the earliest paid first. One that cannot be is parked by its
    /// id.
    fn attribute_orders_of(&mut self, buyer: &str, but: Option<&String>) {
        let waits = |facts: &&Facts| facts.waits && facts.frozen.is_none();
        let orders = self.orders.values().filter(waits).filter_map(|facts| facts.paid.clone());
        let mut orders: Vec<Payment> =
            orders.filter(|order| order.buyer == buyer && Some(&order.order) != but).collect();
        orders.sort_by_key(|order| (order.paid_at, order.order.clone()));
        for order in orders {
            if let Some(attributed) = self.attribute(&order) {
                self.park(format!("order {}", order.order), order.order, attributed);
            }
        }
    }

    /// Takes up what waited for someone who is here now: the earliest by the shop's account first,
    /// each with all that waited for it in turn before the next.
    fn take_up(&mut self, names: &[Named]) {
        let (mut here, others): (Vec<Waits>, Vec<Waits>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|one| names.contains(&one.whom));
        self.waiting = others;
        here.sort_by_key(|waits| self.turn(&waits.what));
        for waits in here.drain(..) {
            match waits.what {
                Kept::Event(event) => {
                    self.handle(&event);
                }
                Kept::Order(order) => {
                    let facts = self.orders.get(&order);
                    let payment = facts.and_then(|facts| facts.paid.clone());
                    if let Some(payment) = payment {
                        let attributed = self.pay(payment);
                        self.park(format!("order {order}"), order, attributed);
                    }
                }
            }
        }
    }

    /// When it is the turn of something that is kept: by the shop's account of when it happened; of
    /// the same instant, events before orders, and by id.
    fn turn(&self, kept: &Kept) -> (Option<Timestamp>, bool, String) {
        match kept {
            Kept::Event(event) => {
                let detail = event.get("detail").expect("a detail");
                let of = |part: &str, name: &str| text(detail.get(part)?, name);
                let at = of("data", "registered_at").or_else(|| of("data", "bound_at"));
                (at.map(|at| time(&at)), false, of("metadata", "id").unwrap_or_default())
            }
            Kept::Order(order) => {
                let paid = self.orders.get(order).and_then(|facts| facts.paid.as_ref());
                (paid.map(|paid| paid.paid_at), true, order.clone())
            }
        }
    }
}

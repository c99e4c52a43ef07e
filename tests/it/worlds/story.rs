//! What happens in a world of chance: who registers, who is bound, what is bought, given back and
//! completed, and in which order, how often and in which words the events of it arrive.

use serde_json::{Value, json};
use upline_testkit::events::{event, of_tenant, with};
use upline_testkit::reference::Ledger;

use super::dice::{Dice, amount};
use super::plan::{CATEGORIES, Programme, REGIONS, programme};

/// A world of chance.
#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) plan: Option<Value>,
    pub(crate) policy_rate: &'static str,
    /// Everybody and every order that is named.
    pub(crate) people: Vec<String>,
    pub(crate) orders: Vec<String>,
    pub(crate) first: Vec<Step>,
    /// Everything once more, in another order; in some worlds, because it takes as long again.
    pub(crate) second: Vec<Step>,
}

#[derive(Clone, PartialEq)]
pub(crate) enum Step {
    Send(Value),
    Post,
}

/// The invite code that the product gives one who wishes for none.
pub(crate) fn given_code(tenant: &str, distributor: &str, tried: u8) -> String {
    let (tenant, id) = (tenant.parse().unwrap(), distributor.parse().unwrap());
    upline_domain::bind::invite_code(&tenant, &id, tried).to_string()
}

/// What happens at one shop, told in its own order, each of it once.
pub(crate) struct Shop {
    pub(crate) programme: Programme,
    pub(crate) events: Vec<Value>,
    /// Everybody and every order that is named.
    pub(crate) people: Vec<String>,
    pub(crate) orders: Vec<String>,
}

impl Shop {
    pub(crate) fn of(tenant: &'static str, dice: &mut Dice) -> Self {
        let is_deep = dice.chance(3);
        let programme = programme(dice, if is_deep { 20 } else { 5 });
        let distributors = if is_deep { 25 } else { dice.count(3, 12) };
        let (events, people, codes) = (Vec::new(), Vec::new(), Vec::new());
        let mut writer = Writer { tenant, dice, programme, events, people, codes };
        writer.registrations(distributors, is_deep);
        writer.bindings();
        let orders = writer.orders();
        writer.refunds(&orders);
        writer.completions(&orders);
        let Writer { programme, events, people, .. } = writer;
        let orders = orders.iter().map(|order| text(order, "order_id")).collect();
        Self { programme, events, people, orders }
    }
}

impl Story {
    pub(crate) fn of(seed: u64) -> Self {
        let dice = &mut Dice::of(seed);
        let Shop { programme, events, people, orders } = Shop::of("demo", dice);
        let events = with_repeats(dice, events);
        let (mut first, mut second) = (events.clone(), events);
        if dice.chance(75) {
            dice.shuffle(&mut first);
        }
        dice.shuffle(&mut second);
        second.truncate(if dice.chance(35) { second.len() } else { 0 });
        let plan = (!dice.chance(3)).then_some(programme.document);
        Self {
            plan,
            policy_rate: programme.policy_rate,
            people,
            orders,
            first: with_posting(dice, first),
            second: with_posting(dice, second),
        }
    }
}

fn text(event: &Value, field: &str) -> String {
    event["detail"]["data"][field].as_str().unwrap_or_default().to_owned()
}

fn with_posting(dice: &mut Dice, events: Vec<Value>) -> Vec<Step> {
    let percent = *dice.pick(&[0, 4, 15]);
    let mut steps = Vec::new();
    for event in events {
        steps.push(Step::Send(event));
        if dice.chance(percent) {
            steps.push(Step::Post);
        }
    }
    steps
}

/// Repeats of some events, some in other words, and contradictions of some.
pub(crate) fn with_repeats(dice: &mut Dice, mut events: Vec<Value>) -> Vec<Value> {
    let once = events.clone();
    for _ in 0..dice.count(0, once.len() / 3) {
        let again = dice.pick(&once).clone();
        events.push(match dice.number(0, 3) {
            0 => again,
            1 | 2 => in_other_words(dice, again),
            _ => contradicted(dice, again),
        });
    }
    events
}

/// The same fact in an event of its own: what affects neither money nor relations is another.
fn in_other_words(dice: &mut Dice, mut event: Value) -> Value {
    event["detail"]["metadata"]["id"] = json!(format!("again-{}", dice.number(0, u64::MAX)));
    with(event, |data| {
        data["ip"] = json!("198.51.100.23");
        data["note"] = json!({ "gift": true });
        for time in ["registered_at", "bound_at", "paid_at", "refunded_at", "completed_at"] {
            let at = data[time].as_str().map(str::to_owned);
            if let Some(at) = at.filter(|at| !at.contains('.')) {
                data[time] = json!(at.replace('Z', ".0009Z"));
            }
        }
        let discount = data["discount"].as_str().map(str::to_owned);
        if let Some(discount) = discount.filter(|text| text.contains('.')) {
            let short = discount.trim_end_matches('0').trim_end_matches('.');
            data["discount"] = json!(short);
        }
    })
}

/// Another fact under the same id.
fn contradicted(dice: &mut Dice, mut event: Value) -> Value {
    // Two registrations that wait are taken up by date and event id, so theirs differ.
    if dice.chance(50) || event["detail-type"] == "DistributorRegistered" {
        event["detail"]["metadata"]["id"] = json!(format!("other-{}", dice.number(0, u64::MAX)));
    }
    let (time, turn) = (dice.time(), dice.number(0, 7));
    with(event, |data| {
        let is_order = data.get("paid_at").is_some();
        match turn {
            0 if is_order => data["region"] = json!("elsewhere"),
            1 if is_order => data["invite_code"] = json!("GHOST"),
            2 if is_order => data["buyer_id"] = json!("b0"),
            3 if is_order => data["lines"][0]["unit_cost"] = json!("1"),
            4 if is_order => data["lines"][0]["quantity"] = json!(7_001),
            5 if is_order => data["lines"][0]["category"] = json!("a/b"),
            _ if data.get("amount").is_some() => data["amount"] = json!("1"),
            0 | 1 if data.get("refund_id").is_some() => data["lines"][0]["amount"] = json!("1"),
            0 if data.get("own_code").is_some() => data["own_code"] = json!("ANOTHER"),
            1 if data.get("sponsor_id").is_some() => data["sponsor_id"] = json!("d0"),
            _ => {
                let dates = ["registered_at", "bound_at", "paid_at", "refunded_at", "completed_at"];
                if let Some(date) = dates.into_iter().find(|date| data.get(*date).is_some()) {
                    data[date] = json!(time);
                }
            }
        }
    })
}

/// Writes the events of one world.
struct Writer<'a> {
    tenant: &'static str,
    dice: &'a mut Dice,
    programme: Programme,
    events: Vec<Value>,
    people: Vec<String>,
    /// Codes that belong to somebody in the end, and one that does not.
    codes: Vec<String>,
}

impl Writer<'_> {
    fn add(&mut self, detail_type: &str, data: &Value) {
        let id = format!("evt-{}", self.events.len());
        self.events.push(of_tenant(event(detail_type, &id, data), self.tenant));
    }

    fn registrations(&mut self, count: usize, is_chain: bool) {
        self.codes.push("GHOST".to_owned());
        let mut known: Vec<(String, String)> = Vec::new();
        for n in 0..count {
            // Some who buy become distributors.
            let id = if n > 1 && self.dice.chance(20) { format!("b{n}") } else { format!("d{n}") };
            let mut data = json!({ "distributor_id": id, "registered_at": self.dice.time() });
            let mut code = given_code(self.tenant, &id, 0);
            if self.dice.chance(60) {
                code = format!("CODE-{n}");
                if let Some((taken, _)) = known.last().filter(|_| self.dice.chance(4)) {
                    // A code that another is given, or has.
                    code = given_code(self.tenant, taken, 0);
                }
                data["own_code"] = json!(code);
            }
            if let Some(sponsor) = self.sponsor(&known, is_chain) {
                let (by_id, by_code) = sponsor;
                if self.dice.chance(50) {
                    data["sponsor_id"] = json!(by_id);
                } else {
                    data["invite_code"] = json!(by_code);
                }
            } else if self.dice.chance(3) {
                data["sponsor_id"] = json!(id);
            }
            self.add("DistributorRegistered", &data);
            self.codes.push(code.clone());
            self.people.push(id.clone());
            known.push((id, code));
        }
    }

    /// Whom a new distributor names: id and code.
    fn sponsor(&mut self, known: &[(String, String)], is_chain: bool) -> Option<(String, String)> {
        if self.dice.chance(2) {
            return Some(("ghost".to_owned(), "GHOST".to_owned()));
        }
        let last = known.last()?;
        if is_chain || self.dice.chance(45) {
            return Some(last.clone());
        }
        (!self.dice.chance(10)).then(|| self.dice.pick(known).clone())
    }

    fn buyers(&mut self) -> String {
        if self.dice.chance(25) {
            let people = self.people.clone();
            return self.dice.pick(&people).clone();
        }
        format!("b{}", self.dice.number(0, 6))
    }

    fn bindings(&mut self) {
        let distributors = self.people.clone();
        for n in 0..7 {
            let buyer = format!("b{n}");
            for _ in 0..*self.dice.pick(&[0, 1, 1, 1, 1, 2]) {
                self.binding(&buyer, &distributors);
            }
            if !self.people.contains(&buyer) {
                self.people.push(buyer);
            }
        }
        if self.dice.chance(30) {
            let buyer = self.dice.pick(&distributors).clone();
            self.binding(&buyer, &distributors);
        }
        self.people.push("ghost".to_owned());
    }

    fn binding(&mut self, buyer: &str, distributors: &[String]) {
        let mut data = json!({ "buyer_id": buyer, "bound_at": self.dice.time() });
        if self.dice.chance(50) {
            data["invite_code"] = json!(self.dice.pick(&self.codes));
        } else {
            let ghost = self.dice.chance(3).then(|| "ghost".to_owned());
            let id = ghost.unwrap_or_else(|| self.dice.pick(distributors).clone());
            data["distributor_id"] = json!(id);
        }
        self.add("BuyerBound", &data);
    }

    fn orders(&mut self) -> Vec<Value> {
        let from = self.events.len();
        for n in 0..self.dice.count(3, 10) {
            let currency = match self.dice.number(0, 19) {
                0 => "EUR",
                _ => self.dice.pick(&self.programme.currencies),
            };
            let lines = self.lines(currency);
            let net: u64 = lines.iter().map(|(_, net)| net).sum();
            let lines: Vec<Value> = lines.into_iter().map(|(line, _)| line).collect();
            let mut data = json!({
                "order_id": format!("o{n}"), "buyer_id": self.buyers(), "currency": currency,
                "paid_at": self.dice.time(), "lines": lines,
            });
            if self.dice.chance(50) {
                let most = net.saturating_sub(1);
                let half = self.dice.number(0, net / 2);
                let nasty = self.dice.minor().min(net);
                let discount = *self.dice.pick(&[net, most, half, half, nasty, nasty]);
                data["discount"] = json!(amount(discount, currency));
            }
            if self.dice.chance(30) {
                data["invite_code"] = json!(self.dice.pick(&self.codes));
            }
            if self.dice.chance(40) {
                data["region"] = json!(self.dice.pick(&REGIONS));
            }
            if self.dice.chance(30) {
                data["shipping"] = json!(amount(self.dice.minor(), currency));
            }
            self.add("OrderPaid", &data);
        }
        self.events[from..].to_vec()
    }

    /// The lines of an order, each with what it costs after its own discount.
    fn lines(&mut self, currency: &str) -> Vec<(Value, u64)> {
        let (count, alike) =
            (self.dice.count(1, 5), self.dice.chance(25).then(|| self.dice.minor()));
        let mut lines = Vec::new();
        for n in 0..count {
            let price = alike.unwrap_or_else(|| self.dice.minor());
            let quantity = *self.dice.pick(&[1, 1, 1, 1, 2, 3, 7, 1_000]);
            let list = price * quantity;
            let mut line = json!({
                "line_id": format!("l{n}"), "sku": format!("s{}", self.dice.number(0, 4)),
                "quantity": quantity, "unit_price": amount(price, currency),
            });
            if self.dice.chance(70) {
                line["category"] = json!(self.dice.pick(&CATEGORIES));
            }
            let mut net = list;
            if self.dice.chance(35) {
                let discount = *self.dice.pick(&[list, 1, list / 3, list / 2]);
                line["discount"] = json!(amount(discount, currency));
                net -= discount;
            }
            if self.dice.chance(80) {
                let cost = *self.dice.pick(&[0, price / 2, price / 3, price, price + 1]);
                line["unit_cost"] = json!(amount(cost, currency));
            }
            lines.push((line, net));
        }
        lines
    }

    fn refunds(&mut self, orders: &[Value]) {
        for n in 0..self.dice.count(0, 8) {
            let order = self.dice.pick(orders).clone();
            let id =
                if self.dice.chance(3) { "ghost".to_owned() } else { text(&order, "order_id") };
            let mut currency = text(&order, "currency");
            let paid = paid(&order);
            if self.dice.chance(5) {
                "EUR".clone_into(&mut currency);
            }
            let mut data = json!({
                "order_id": id, "refund_id": format!("r{}", 20 - n),
                "refunded_at": self.dice.time(), "currency": currency,
            });
            if self.dice.chance(50) {
                let lines: Vec<Value> = (0..self.dice.count(1, 3))
                    .map(|_| self.refunded_line(&paid, &currency))
                    .collect();
                data["lines"] = Value::Array(lines);
            } else {
                let total = paid.iter().map(|(_, paid)| paid).sum();
                data["amount"] = json!(amount(self.part_of(total), &currency));
            }
            self.add("OrderRefunded", &data);
        }
    }

    fn refunded_line(&mut self, paid: &[(String, u64)], currency: &str) -> Value {
        let (line, paid) = self.dice.pick(paid).clone();
        let line = if self.dice.chance(5) { "unknown".to_owned() } else { line };
        json!({ "line_id": line, "amount": amount(self.part_of(paid), currency) })
    }

    /// All of it, some of it, or a little more.
    fn part_of(&mut self, paid: u64) -> u64 {
        let some = self.dice.number(1, paid.max(1));
        *self.dice.pick(&[paid.max(1), some, some, paid / 3 + 1, paid + 1])
    }

    fn completions(&mut self, orders: &[Value]) {
        for order in orders {
            if self.dice.chance(55) {
                let (order_id, completed_at) = (text(order, "order_id"), self.dice.time());
                let data = json!({ "order_id": order_id, "completed_at": completed_at });
                self.add("OrderCompleted", &data);
            }
        }
    }
}

/// What was paid for each line of an order.
fn paid(order: &Value) -> Vec<(String, u64)> {
    let mut ledger = Ledger::without_plan("demo", given_code);
    ledger.take(order);
    let lines = ledger.order(&text(order, "order_id")).unwrap().lines;
    lines.into_iter().map(|line| (line.line_id, line.paid.try_into().unwrap())).collect()
}

//! Adds up every order, and every balance, from the server's own answers, and compares the two.
//! Nothing of the posting code is used here.

use std::collections::{BTreeMap, BTreeSet};

use upline_contract::answer::{Balances, Distributor, OrderView};
use upline_domain::ids::LevelId;
use upline_domain::money::{Currency, Money, SignedMoney};

use super::levels::{self, Levels};
use super::log::Purchase;
use super::play::Progress;
use super::story::CURRENCY;
use super::world::World;
use crate::client::Client;
use crate::failure::{Failure, Form};

/// What one distributor earned, by the orders.
#[derive(Clone, Debug, Default)]
pub(super) struct Earner {
    /// All allocations.
    pub(super) earned: i64,
    /// What refunds took back of them.
    pub(super) reversed: i64,
    /// Allocations by depth, from 1.
    pub(super) by_depth: BTreeMap<usize, u64>,
}

impl Earner {
    /// What is left, in cents.
    pub(super) fn net(&self) -> i64 {
        self.earned - self.reversed
    }
}

/// The sums, in cents.
#[derive(Default)]
pub(super) struct Tally {
    /// Orders by state.
    pub(super) states: BTreeMap<String, u64>,
    /// Paid for goods.
    pub(super) paid: i64,
    /// Given back of it.
    pub(super) refunded: i64,
    /// By distributor, from the orders.
    pub(super) earners: BTreeMap<String, Earner>,
    /// Of all balances: not completed yet.
    pub(super) pending: i64,
    /// Of all balances: what matures, by month.
    pub(super) due: BTreeMap<String, i64>,
    /// Of all balances: everything.
    pub(super) balances: i64,
    /// What does not add up.
    pub(super) differences: Vec<String>,
    /// One order with as many beneficiaries as any.
    pub(super) shown: Option<OrderView>,
    /// One that was refunded in part.
    pub(super) shown_refund: Option<OrderView>,
    /// Who earned most, with what the server says of them.
    pub(super) top: Vec<Distributor>,
    /// Who rose and who fell.
    pub(super) levels: Levels,
}

/// How many earners are shown.
const TOP: usize = 10;

/// Reads every order and every balance, and how everybody stands on the levels of the plan.
pub(super) fn tally(
    client: &Client,
    (world, plan_levels): (&World, &[LevelId]),
    purchases: &[Purchase],
    form: Form,
) -> Result<Tally, Failure> {
    let people = &world.distributors;
    let steps = purchases.len() + people.len();
    let mut progress = Progress::new("orders and balances read back", steps, form);
    let levels = levels::read(client, world, plan_levels)?;
    let mut tally = Tally { levels, ..Tally::default() };
    for purchase in purchases {
        let order: OrderView = client.get(&format!("/v1/orders/{}", purchase.order_id()))?;
        tally.order(purchase, order)?;
        progress.forward(1);
    }
    for one in people {
        let path = format!("/v1/distributors/{}/balance", one.id);
        tally.balance(&client.get(&path)?)?;
        progress.forward(1);
    }
    progress.end();
    let known: BTreeSet<_> = people.iter().map(|one| &one.id).collect();
    let strangers = tally.earners.keys().filter(|id| !known.contains(id));
    let strangers: Vec<_> = strangers.map(|id| format!("{id} earns but never joined")).collect();
    tally.differences.extend(strangers);
    for id in tally.most() {
        tally.top.push(client.get(&format!("/v1/distributors/{id}"))?);
    }
    Ok(tally)
}

impl Tally {
    fn order(&mut self, purchase: &Purchase, order: OrderView) -> Result<(), Failure> {
        *self.states.entry(order.state.clone()).or_default() += 1;
        let paid = order.paid.as_deref().map_or(Ok(0), minor)?;
        if u64::try_from(paid) != Ok(purchase.total_minor) {
            let id = &order.order_id;
            let logged = purchase.total_minor;
            self.differences.push(format!("{id}: {paid} cents paid, the log has {logged}"));
        }
        for problem in &order.problems {
            self.differences.push(format!("{}: {problem}", order.order_id));
        }
        self.paid += paid;
        let mut refunded = 0;
        for line in &order.lines {
            refunded += minor(&line.refunded)?;
        }
        self.refunded += refunded;
        self.levels.order(&order);
        for one in &order.allocations {
            let earner = self.earners.entry(one.distributor_id.clone()).or_default();
            earner.earned += minor(&one.amount)?;
            earner.reversed += minor(&one.reversed)?;
            *earner.by_depth.entry(one.depth).or_default() += 1;
        }
        let shown = if refunded == 0 {
            &mut self.shown
        } else if refunded < paid {
            &mut self.shown_refund
        } else {
            return Ok(());
        };
        let beneficiaries = |view: &OrderView| view.allocations.len();
        if beneficiaries(&order) > shown.as_ref().map_or(0, beneficiaries) {
            *shown = Some(order);
        }
        Ok(())
    }

    fn balance(&mut self, answer: &Balances) -> Result<(), Failure> {
        let mut total = 0;
        for balance in &answer.balances {
            if balance.currency != CURRENCY {
                let (id, currency) = (&answer.distributor_id, &balance.currency);
                self.differences.push(format!("{id} has a balance in {currency}"));
                continue;
            }
            let pending = minor(&balance.pending)?;
            self.pending += pending;
            total += pending;
            for due in &balance.due {
                let amount = minor(&due.amount)?;
                let month: String = due.date.chars().take(7).collect();
                *self.due.entry(month).or_default() += amount;
                total += amount;
            }
            for rest in [&balance.settled, &balance.reserved, &balance.withdrawn] {
                total += minor(rest)?;
            }
        }
        self.balances += total;
        let id = &answer.distributor_id;
        let by_orders = self.earners.get(id).map_or(0, Earner::net);
        if total != by_orders {
            let difference = format!("{id}: balance {total} cents, orders {by_orders} cents");
            self.differences.push(difference);
        }
        Ok(())
    }

    /// What all earned, in cents.
    pub(super) fn earned(&self) -> i64 {
        self.earners.values().map(|one| one.earned).sum()
    }

    /// What refunds took back, in cents.
    pub(super) fn reversed(&self) -> i64 {
        self.earners.values().map(|one| one.reversed).sum()
    }

    fn most(&self) -> Vec<String> {
        let mut earners: Vec<_> = self.earners.iter().collect();
        earners.sort_by_key(|(_, one)| std::cmp::Reverse(one.net()));
        let ids = earners.into_iter().map(|(id, _)| id.clone());
        ids.take(TOP).collect()
    }

    /// Whether the sum of the balances, and each of them, is the sum of the orders.
    pub(super) fn adds_up(&self) -> bool {
        self.differences.is_empty() && self.balances == self.earned() - self.reversed()
    }

    /// The failure where it does not add up.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        if self.adds_up() {
            return Ok(());
        }
        let first: Vec<_> = self.differences.iter().take(10).cloned().collect();
        Err(Failure::no(format!(
            "the balances are not the sum of the orders, in {} places: {}",
            self.differences.len(),
            first.join("; ")
        )))
    }
}

/// An amount of an answer in cents.
fn minor(text: &str) -> Result<i64, Failure> {
    let amount = || {
        let currency: Currency = CURRENCY.parse().ok()?;
        let debt = text.strip_prefix('-');
        let amount = Money::parse(debt.unwrap_or(text), currency).ok()?;
        let minor = SignedMoney::from(amount).minor();
        Some(if debt.is_some() { -minor } else { minor })
    };
    amount().ok_or_else(|| Failure::no(format!("the server answers the amount {text:?}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::log::purchases;
    use super::*;

    fn with_one_order(reversed: &str) -> Tally {
        let purchase = purchases().unwrap().remove(0);
        assert_eq!(purchase.total_minor, 2_933);
        let order = json!({
            "order_id": "cd-00001", "buyer_id": "b", "currency": "USD", "paid": "29.33",
            "plan_version": 1, "state": "completed", "problems": [], "nothing": [], "refunds": [],
            "lines": [{"line_id": "1", "list": "29.33", "net": "29.33", "discount_share": "0.00",
                "paid": "29.33", "refunded": "10.00", "rule": "r", "card": "c", "why": []}],
            "allocations": [{"distributor_id": "a", "depth": 1, "amount": "2.93",
                "reversed": reversed, "lines": [], "trace": []}],
        });
        let mut tally = Tally::default();
        tally.order(&purchase, serde_json::from_value(order).unwrap()).unwrap();
        tally
    }

    #[track_caller]
    fn check(reversed: &str, pending: &str, due: &str, want: bool) {
        let mut tally = with_one_order(reversed);
        let balance = json!({"distributor_id": "a", "balances": [{"currency": "USD",
            "pending": pending, "due": [{"date": "1997-02-01", "amount": due}], "settled": "0.00",
            "reserved": "0.00", "withdrawn": "0.00", "available": "0.00"}]});
        tally.balance(&serde_json::from_value(balance).unwrap()).unwrap();
        assert_eq!(tally.adds_up(), want, "{:?}", tally.differences);
        assert_eq!(tally.verdict().is_ok(), want);
    }

    #[test]
    fn a_balance_that_is_not_the_sum_of_its_orders_is_found() {
        check("1.00", "0.00", "1.93", true);
        check("1.00", "2.00", "-0.07", true);
        check("1.00", "0.00", "1.94", false);
        check("0.99", "0.00", "1.93", false);
    }

    #[test]
    fn amounts_are_read_to_the_cent() {
        assert_eq!(minor("12.34").unwrap(), 1_234);
        assert_eq!(minor("-0.05").unwrap(), -5);
        assert!(minor("12.345").is_err());
        assert!(minor("--1").is_err());
    }
}

//! An order as people see it.

use super::calculate::{calculate, paid_by_line};
use super::facts::Frozen;
use super::refunds::{Refunded, refunded, reversed};
use super::{Allocation, Ledger, Line, Order, Payment};

impl Ledger {
    /// An order, once anything is known of it.
    #[must_use]
    pub fn order(&self, id: &str) -> Option<Order> {
        let facts = self.orders.get(id)?;
        let Some(order) = &facts.paid else {
            return Some(Order {
                state: "unpaid",
                problems: Vec::new(),
                lines: Vec::new(),
                allocations: Vec::new(),
            });
        };
        let refunded = refunded(order, facts);
        let state = match (&facts.frozen, facts.completed_at) {
            (None, _) => "waiting",
            (Some(_), None) => "attributed",
            (Some(_), Some(_)) => "completed",
        };
        let (rules, allocations) = match &facts.frozen {
            None => (vec![None; order.lines.len()], Vec::new()),
            Some(frozen) => self.figures(order, frozen, &refunded),
        };
        let paid = paid_by_line(order);
        let mut lines = Vec::new();
        for (number, (goods, rule)) in order.lines.iter().zip(rules).enumerate() {
            let of = |amounts: &[i64]| amounts.get(number).copied().unwrap_or_default();
            let (paid, refunded) = (of(&paid), of(&refunded.by_line));
            lines.push(Line { line_id: goods.id.clone(), paid, refunded, rule });
        }
        Some(Order { state, problems: refunded.problems.clone(), lines, allocations })
    }

    fn figures(
        &self,
        order: &Payment,
        frozen: &Frozen,
        refunded: &Refunded,
    ) -> (Vec<Option<(String, String)>>, Vec<Allocation>) {
        let plan = self.plan_of(order).expect("the plan it was attributed by");
        let part = plan.parts.get(&order.currency).expect("its part");
        let calculation = calculate(order, plan, part, frozen).expect("its costs");
        let rules = calculation.rules.iter();
        let rules = rules.map(|rule| rule.map(|rule| (rule.id.clone(), rule.card.clone())));
        let allocation = |earned: &super::calculate::Earned| {
            let back = reversed(order, refunded, earned);
            let lines = order.lines.iter().zip(&earned.by_line).zip(&back);
            let lines = lines.filter(|((_, amount), _)| **amount > 0);
            Allocation {
                distributor: frozen.lineage.get(earned.place).expect("the beneficiary").id.clone(),
                depth: earned.depth,
                amount: earned.amount,
                reversed: back.iter().sum(),
                lines: lines.map(|((line, a), b)| (line.id.clone(), *a, *b)).collect(),
            }
        };
        (rules.collect(), calculation.allocations.iter().map(allocation).collect())
    }
}

//! A line of an order, as far as rules ask about it.

use jiff::Timestamp;

use crate::ids::{DistributorId, Text};
use crate::money::Money;

/// One thing that a rule can ask of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The line's category; one that no rule names, or none at all, where it is none.
    Category(Option<Text>),
    /// The line's product number; one that no rule names where it is none.
    Sku(Option<Text>),
    /// The order's region; one that no rule names, or none at all, where it is none.
    Region(Option<Text>),
    /// The rank of the first of the lineage.
    Rank(usize),
    /// The first of the lineage; one whom no rule names where it is none.
    Distributor(Option<DistributorId>),
    /// What was paid for the line.
    LineAmount(Money),
    /// What was paid for the order.
    OrderAmount(Money),
    /// The line's quantity.
    Quantity(u32),
    /// When the order was paid.
    PaidAt(Timestamp),
    /// Whether the order is the first of its buyer.
    FirstOrder(bool),
}

/// A line that shows something. What it does not say can be anything that an order may have; where
/// it says nothing of the order's amount, the line is all there is of the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// What is asked of it.
    pub facts: Vec<Fact>,
}

//! An order: one record of facts that only ever gains facts, and its lines in minor units.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::allocation::Attribution;
use crate::fingerprint::{Fields, Fingerprint};
use crate::ids::{BuyerId, InviteCode, LineId, OrderId, RefundId, Text};
use crate::limits::LINES_MAX;
use crate::money::{Currency, Money, Overflow};
use crate::share::share_money;

/// One line of an order, as the shop states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Unique in the order.
    pub id: LineId,
    /// What was bought.
    pub sku: Text,
    /// Its category as a path, such as `apparel/women`.
    pub category: Option<Text>,
    /// How many, 1 to 10^6.
    pub quantity: u32,
    /// Price of one.
    pub unit_price: Money,
    /// Taken off the whole line.
    pub discount: Money,
    /// What one cost the shop.
    pub unit_cost: Option<Money>,
}

/// The fact that an order was paid, as the shop states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The order.
    pub order: OrderId,
    /// Who bought.
    pub buyer: BuyerId,
    /// Of every amount of the order.
    pub currency: Currency,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// What was bought; at least one line.
    pub lines: Vec<Line>,
    /// A coupon on the whole order, shared over its lines.
    pub discount: Money,
    /// The code the buyer came with.
    pub invite_code: Option<InviteCode>,
    /// Where the order came from, for rules.
    pub region: Option<Text>,
}

/// Why a payment is none. Lines are named by their place, from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaymentError {
    /// An order buys something.
    #[error("an order has at least one line")]
    NoLines,
    /// More lines than one item holds.
    #[error("an order has at most {LINES_MAX} lines, this one has {0}")]
    TooManyLines(usize),
    /// Two lines of one id could not be told apart by a refund.
    #[error("line id {id} stands twice in the order")]
    DuplicateLine {
        /// Place of the second of the two.
        line: usize,
        /// The id.
        id: LineId,
    },
    /// A line's discount is above its list price.
    #[error("the discount of {discount} is above the line's list price of {list}")]
    LineDiscount {
        /// Place of the line.
        line: usize,
        /// The discount as text.
        discount: String,
        /// `unit_price × quantity` as text.
        list: String,
    },
    /// The order's discount is above what its lines come to.
    #[error("the discount of {discount} is above the {net} that the lines come to")]
    Discount {
        /// The discount as text.
        discount: String,
        /// The sum of the lines after their own discounts, as text.
        net: String,
    },
    /// A product or total is above 10^12 minor units.
    #[error("overflow: {what} is above the largest amount of 10^12 minor units")]
    Overflow {
        /// Place of the line, or none for a total of the order.
        line: Option<usize>,
        /// The product or total.
        what: &'static str,
    },
}

/// What one line comes to, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineAmounts {
    /// `unit_price × quantity`.
    pub list: Money,
    /// `list` less the line's own discount.
    pub net: Money,
    /// `net` less the line's share of the order's discount.
    pub paid: Money,
    /// `paid` less the cost, not below zero; none where the cost is not known.
    pub profit: Option<Money>,
}

/// A payment whose amounts add up: made once, at the door, and then only read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    payment: Payment,
    amounts: Vec<LineAmounts>,
    total: Money,
}

impl std::ops::Deref for Paid {
    type Target = Payment;

    fn deref(&self) -> &Payment {
        &self.payment
    }
}

impl Paid {
    /// Works out what each line comes to. The order's discount is shared over the lines by their
    /// `net`, by largest remainder.
    ///
    /// # Errors
    ///
    /// * [`PaymentError`], which names the line and the figures.
    pub fn new(payment: Payment) -> Result<Self, PaymentError> {
        let count = payment.lines.len();
        if count == 0 {
            return Err(PaymentError::NoLines);
        }
        if count > LINES_MAX {
            return Err(PaymentError::TooManyLines(count));
        }
        let mut ids = BTreeSet::new();
        if let Some((line, twice)) =
            payment.lines.iter().enumerate().find(|(_, line)| !ids.insert(&line.id))
        {
            return Err(PaymentError::DuplicateLine { line, id: twice.id.clone() });
        }
        let amounts = amounts(&payment)?;
        let too_much = |what| move |_| PaymentError::Overflow { line: None, what };
        Money::total(amounts.iter().map(|line| line.list)).map_err(too_much("the list total"))?;
        let total =
            Money::total(amounts.iter().map(|line| line.paid)).map_err(too_much("the total"))?;
        Ok(Self { payment, amounts, total })
    }

    /// What each line comes to, in the order of the lines.
    #[must_use]
    pub fn amounts(&self) -> &[LineAmounts] {
        &self.amounts
    }

    /// The lines with what they come to.
    pub fn priced_lines(&self) -> impl Iterator<Item = (&Line, &LineAmounts)> {
        self.payment.lines.iter().zip(&self.amounts)
    }

    /// What was paid for goods: the sum of the lines' `paid`.
    #[must_use]
    pub fn total(&self) -> Money {
        self.total
    }

    /// What a second payment of the same order must equal to be the same one.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut fields = Fields::of("payment")
            .text(self.order.as_str())
            .text(self.buyer.as_str())
            .text(self.currency.code())
            .time(self.paid_at)
            .money(self.discount)
            .maybe(self.invite_code.as_ref().map(InviteCode::as_str))
            .maybe(self.region.as_ref().map(Text::as_str));
        for line in &self.lines {
            fields = fields
                .text(line.id.as_str())
                .text(line.sku.as_str())
                .maybe(line.category.as_ref().map(Text::as_str))
                .number(line.quantity.into())
                .money(line.unit_price)
                .money(line.discount)
                .number(line.unit_cost.map_or(u64::MAX, Money::minor));
        }
        fields.finish()
    }
}

fn amounts(payment: &Payment) -> Result<Vec<LineAmounts>, PaymentError> {
    let currency = payment.currency;
    let mut lists = Vec::with_capacity(payment.lines.len());
    let mut nets = Vec::with_capacity(payment.lines.len());
    for (place, line) in payment.lines.iter().enumerate() {
        let what = "unit_price × quantity";
        let list = line.unit_price.times(line.quantity);
        let list = list.map_err(|Overflow| PaymentError::Overflow { line: Some(place), what })?;
        let net = list.minus(line.discount).ok_or_else(|| PaymentError::LineDiscount {
            line: place,
            discount: line.discount.text(currency),
            list: list.text(currency),
        })?;
        lists.push(list);
        nets.push(net);
    }
    let too_much = |_| PaymentError::Overflow { line: None, what: "the sum of the lines" };
    let net_total = Money::total(nets.iter().copied()).map_err(too_much)?;
    if payment.discount > net_total {
        return Err(PaymentError::Discount {
            discount: payment.discount.text(currency),
            net: net_total.text(currency),
        });
    }
    let weights: Vec<u128> = nets.iter().map(|net| net.minor().into()).collect();
    let shares = share_money(payment.discount, &weights).map_err(too_much)?;
    let costs = costs(payment)?;
    let parts = lists.into_iter().zip(nets).zip(shares).zip(costs);
    Ok(parts
        .map(|(((list, net), share), cost)| {
            let paid = net.less(share);
            LineAmounts { list, net, paid, profit: cost.map(|cost| paid.less(cost)) }
        })
        .collect())
}

fn costs(payment: &Payment) -> Result<Vec<Option<Money>>, PaymentError> {
    let cost = |(place, line): (usize, &Line)| {
        let what = "unit_cost × quantity";
        let overflow = |Overflow| PaymentError::Overflow { line: Some(place), what };
        line.unit_cost.map(|cost| cost.times(line.quantity)).transpose().map_err(overflow)
    };
    let costs: Vec<_> = payment.lines.iter().enumerate().map(cost).collect::<Result<_, _>>()?;
    let total = Money::total(costs.iter().flatten().copied());
    let what = "the sum of the costs";
    total.map_err(|Overflow| PaymentError::Overflow { line: None, what })?;
    Ok(costs)
}

/// What of the goods a refund gives back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refunded {
    /// Amounts of named lines; a line named twice is summed.
    Lines(Vec<(LineId, Money)>),
    /// One amount, shared over the lines by what is left of them.
    Amount(Money),
}

/// The fact that money was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// When.
    pub refunded_at: Timestamp,
    /// Of every amount of the refund; not the order's: a problem of the order.
    pub currency: Currency,
    /// How much, of what.
    pub goods: Refunded,
}

impl Refund {
    /// How many lines the refund names.
    #[must_use]
    pub fn lines(&self) -> usize {
        match &self.goods {
            Refunded::Lines(lines) => lines.len(),
            Refunded::Amount(_) => 0,
        }
    }

    /// What a second refund of the same id must equal to be the same one.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let fields = Fields::of("refund").time(self.refunded_at).text(self.currency.code());
        match &self.goods {
            Refunded::Amount(amount) => fields.text("amount").money(*amount),
            Refunded::Lines(lines) => lines.iter().fold(fields.text("lines"), |fields, line| {
                fields.text(line.0.as_str()).money(line.1)
            }),
        }
        .finish()
    }
}

/// All that is known of one order. Facts are only ever added; in whatever order they arrive, the
/// record ends the same, `version` aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The payment, once it is here.
    pub paid: Option<Paid>,
    /// What was frozen when the order was calculated, once it was.
    pub attributed: Option<Attribution>,
    /// Refunds by id.
    pub refunds: BTreeMap<RefundId, Refund>,
    /// When the buyer confirmed receipt or the return window closed.
    pub completed_at: Option<Timestamp>,
    /// One more with each fact.
    pub version: u64,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Only refunds or a completion are here.
    Unpaid,
    /// Paid; it is not known yet through whom.
    Waiting,
    /// Calculated.
    Attributed,
    /// Calculated, and completed.
    Completed,
}

impl State {
    /// The state as it is written on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Waiting => "waiting",
            Self::Attributed => "attributed",
            Self::Completed => "completed",
        }
    }
}

impl Record {
    /// Where the order stands.
    #[must_use]
    pub fn state(&self) -> State {
        match (&self.paid, &self.attributed, self.completed_at) {
            (None, _, _) => State::Unpaid,
            (Some(_), None, _) => State::Waiting,
            (Some(_), Some(_), None) => State::Attributed,
            (Some(_), Some(_), Some(_)) => State::Completed,
        }
    }
}

//! From what is written to the facts of the domain: amounts in their currency, totals in range.

use upline_domain::bind::{BindingRequest, BoundBy};
use upline_domain::limits::{LINES_MAX, REFUNDED_LINES_MAX};
use upline_domain::member::{Referrer, Registration};
use upline_domain::money::{AmountError, Currency, Money};
use upline_domain::order::{Line, Paid, Payment, PaymentError, Refund, Refunded};

use crate::read::{Flaw, MALFORMED, OVERFLOW, TOO_LARGE, below};
use crate::scalar::{Amount, Checked};
use crate::wire::{
    BuyerBound, DistributorRegistered, OrderLine, OrderPaid, OrderRefunded, RefundedLine,
};

/// Reads an amount that stands at `path`.
pub(crate) fn amount(
    written: &Amount,
    currency: Currency,
    path: impl FnOnce() -> String,
) -> Result<Money, Flaw> {
    Money::parse(&written.0.0, currency).map_err(|error| match error {
        AmountError::Overflow(_) => {
            Flaw::new(OVERFLOW, path(), "write an amount of at most 10^12 minor units")
        }
        AmountError::Form | AmountError::Digits { .. } | AmountError::Rate => {
            Flaw::malformed(path(), error)
        }
    })
}

fn maybe(
    written: Option<&Amount>,
    currency: Currency,
    path: impl FnOnce() -> String,
) -> Result<Option<Money>, Flaw> {
    written.map(|written| amount(written, currency, path)).transpose()
}

fn unwrapped<T>(checked: Option<Checked<T>>) -> Option<T> {
    checked.map(|Checked(value)| value)
}

/// A registration; `at` is the path of `data`, here and below.
pub(crate) fn registration(data: DistributorRegistered, at: &str) -> Result<Registration, Flaw> {
    let sponsor = match (data.invite_code, data.sponsor_id) {
        (Some(_), Some(_)) => {
            let message = "name the sponsor by invite_code or by sponsor_id, not by both";
            return Err(Flaw::malformed(below(at, "sponsor_id"), message));
        }
        (Some(Checked(code)), None) => Some(Referrer::Code(code)),
        (None, Some(Checked(id))) => Some(Referrer::Distributor(id)),
        (None, None) => None,
    };
    Ok(Registration {
        distributor: data.distributor_id.0,
        registered_at: data.registered_at.0,
        sponsor,
        own_code: unwrapped(data.own_code),
        display_name: unwrapped(data.display_name),
    })
}

/// A binding.
pub(crate) fn binding(data: BuyerBound, at: &str) -> Result<BindingRequest, Flaw> {
    let (referrer, how) = match (data.invite_code, data.distributor_id) {
        (Some(Checked(code)), None) => (Referrer::Code(code), BoundBy::Code),
        (None, Some(Checked(id))) => (Referrer::Distributor(id), BoundBy::Link),
        (Some(_), Some(_)) => {
            let message = "name the distributor by invite_code or by distributor_id, not by both";
            return Err(Flaw::malformed(below(at, "distributor_id"), message));
        }
        (None, None) => {
            let message = "name the distributor by invite_code or by distributor_id";
            return Err(Flaw::malformed(below(at, "invite_code"), message));
        }
    };
    Ok(BindingRequest { buyer: data.buyer_id.0, referrer, bound_at: data.bound_at.0, how })
}

/// A payment whose amounts add up.
pub(crate) fn payment(data: OrderPaid, at: &str) -> Result<Paid, Flaw> {
    let currency = data.currency.0;
    let count = data.lines.len();
    if count > LINES_MAX {
        return Err(refused(&PaymentError::TooManyLines(count), at));
    }
    let lines = data.lines.into_iter().enumerate();
    let lines = lines.map(|(place, line)| {
        order_line(line, currency, |field| format!("{}[{place}].{field}", below(at, "lines")))
    });
    let field = |name: &'static str| move || below(at, name);
    let payment = Payment {
        lines: lines.collect::<Result<_, _>>()?,
        discount: maybe(data.discount.as_ref(), currency, field("discount"))?.unwrap_or_default(),
        order: data.order_id.0,
        buyer: data.buyer_id.0,
        currency,
        paid_at: data.paid_at.0,
        invite_code: unwrapped(data.invite_code),
        region: unwrapped(data.region),
    };
    maybe(data.shipping.as_ref(), currency, field("shipping"))?;
    maybe(data.tax.as_ref(), currency, field("tax"))?;
    Paid::new(payment).map_err(|error| refused(&error, at))
}

fn order_line(
    line: OrderLine,
    currency: Currency,
    path: impl Fn(&str) -> String,
) -> Result<Line, Flaw> {
    let discount = maybe(line.discount.as_ref(), currency, || path("discount"))?;
    Ok(Line {
        id: line.line_id.0,
        sku: line.sku.0,
        category: unwrapped(line.category),
        quantity: line.quantity.0,
        unit_price: amount(&line.unit_price, currency, || path("unit_price"))?,
        discount: discount.unwrap_or_default(),
        unit_cost: maybe(line.unit_cost.as_ref(), currency, || path("unit_cost"))?,
    })
}

/// Says where in the message the domain found a payment wrong.
fn refused(error: &PaymentError, at: &str) -> Flaw {
    let lines = below(at, "lines");
    let (code, path, remedy) = match error {
        PaymentError::NoLines => (MALFORMED, lines, "send what was bought"),
        PaymentError::TooManyLines(_) => (TOO_LARGE, lines, "split the order"),
        PaymentError::DuplicateLine { line, .. } => {
            (MALFORMED, format!("{lines}[{line}].line_id"), "give each line its own")
        }
        PaymentError::LineDiscount { line, .. } => {
            (MALFORMED, format!("{lines}[{line}].discount"), "send at most that")
        }
        PaymentError::Discount { .. } => (MALFORMED, below(at, "discount"), "send at most that"),
        PaymentError::Overflow { line: Some(line), .. } => {
            (OVERFLOW, format!("{lines}[{line}]"), "check the price and quantity")
        }
        PaymentError::Overflow { line: None, .. } => (OVERFLOW, lines, "split the order"),
    };
    let said = error.to_string();
    let said = said.strip_prefix("overflow: ").unwrap_or(&said);
    Flaw::new(code, path, format!("{said}; {remedy}"))
}

/// A refund, without the order and its own id.
pub(crate) fn refund(data: OrderRefunded, at: &str) -> Result<Refund, Flaw> {
    let currency = data.currency.0;
    let field = |name: &'static str| move || below(at, name);
    let goods = match (data.lines, data.amount) {
        (Some(lines), None) => Refunded::Lines(refunded_lines(lines, currency, at)?),
        (None, Some(given)) => Refunded::Amount(amount(&given, currency, field("amount"))?),
        (Some(_), Some(_)) => {
            let message = "say what was given back by lines or by amount, not by both";
            return Err(Flaw::malformed(below(at, "amount"), message));
        }
        (None, None) => {
            let message = "say what was given back by lines or by amount";
            return Err(Flaw::malformed(below(at, "lines"), message));
        }
    };
    maybe(data.shipping.as_ref(), currency, field("shipping"))?;
    maybe(data.tax.as_ref(), currency, field("tax"))?;
    Ok(Refund { refunded_at: data.refunded_at.0, currency, goods })
}

fn refunded_lines(
    lines: Vec<RefundedLine>,
    currency: Currency,
    at: &str,
) -> Result<Vec<(upline_domain::ids::LineId, Money)>, Flaw> {
    let path = below(at, "lines");
    if lines.is_empty() {
        return Err(Flaw::malformed(path, "name at least one line, or write amount instead"));
    }
    if lines.len() > REFUNDED_LINES_MAX {
        let count = lines.len();
        let message = format!(
            "a refund names at most {REFUNDED_LINES_MAX} lines, this one {count}; \
             write amount instead"
        );
        return Err(Flaw::new(TOO_LARGE, path, message));
    }
    let read = |(place, line): (usize, RefundedLine)| {
        let money = amount(&line.amount, currency, || format!("{path}[{place}].amount"))?;
        Ok((line.line_id.0, money))
    };
    lines.into_iter().enumerate().map(read).collect()
}

//! An order as an item: what each fact adds to it, and how a record is read back.
//!
//! Inside the repeated elements names are short, because most orders should fit in the 1 KB that
//! one write unit pays for. Lines are named by their place. `docs/data-model.md` lists them all.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use upline_domain::allocation::{Allocation, Ancestor, Attribution, Frozen, LineRule, Terms};
use upline_domain::ids::{LineId, OrderId, RefundId};
use upline_domain::member::Status;
use upline_domain::order::{Line, Paid, Payment, Record, Refund, Refunded};
use upline_domain::plan::{Cycle, Settlement};
use upline_domain::time;

use crate::change::Update;
use crate::item::{
    Damaged, Item, Read, Reader, as_money, as_number, as_text, fingerprint, instant, list, map,
    money, number, text,
};
use crate::keys::{REFUNDS, order_of};

pub(crate) const PAYMENT: &str = "payment";
pub(crate) const BUYER: &str = "buyer";
pub(crate) const ATTRIBUTED: &str = "attributed";
pub(crate) const COMPLETED_AT: &str = "completed_at";
const VERSION: &str = "ver";
pub(crate) const REFUND_COUNT: &str = "refunds";
pub(crate) const REFUNDED_LINES: &str = "refunded_lines";

/// One more fact of an order.
pub(crate) fn fact() -> Update {
    Update::new().add(VERSION, number(1))
}

/// Adds the payment. `payment` is its fingerprint and says that it is there.
pub(crate) fn with_payment(update: Update, paid: &Paid) -> Update {
    let line = |line: &Line| {
        map([
            ("i", Some(text(&line.id))),
            ("s", Some(text(&line.sku))),
            ("c", line.category.as_ref().map(text)),
            ("q", Some(number(line.quantity))),
            ("p", Some(money(line.unit_price))),
            ("d", Some(line.discount).filter(|d| d.minor() > 0).map(money)),
            ("k", line.unit_cost.map(money)),
        ])
    };
    update
        .set(PAYMENT, fingerprint(paid.fingerprint()))
        .set(BUYER, text(&paid.buyer))
        .set("currency", text(paid.currency))
        .set("paid_at", instant(paid.paid_at))
        .set("lines", list(paid.lines.iter().map(line)))
        .maybe_set("discount", Some(paid.discount).filter(|d| d.minor() > 0).map(money))
        .maybe_set("code", paid.invite_code.as_ref().map(text))
        .maybe_set("region", paid.region.as_ref().map(text))
}

/// Adds what was frozen when the order was calculated.
pub(crate) fn with_attribution(update: Update, attributed: &Attribution) -> Update {
    let Attribution { terms, frozen, .. } = attributed;
    // No id has a blank, so words stand for maps: fewer bytes, and as plain to read.
    let ancestor = |one: &Ancestor| match one.status {
        Status::Active => text(format_args!("{} {}", one.id, one.level)),
        Status::Frozen | Status::Terminated => {
            text(format_args!("{} {} {}", one.id, one.level, one.status.as_str()))
        }
    };
    let line_rule = |rule: &Option<LineRule>| match rule {
        Some(LineRule { rule, card }) => text(format_args!("{rule} {card}")),
        None => AttributeValue::Null(true),
    };
    let allocation = |one: &Allocation| {
        let parts = one.lines.iter().flat_map(|(place, part)| [number(place), money(*part)]);
        map([
            ("a", Some(number(one.ancestor))),
            ("n", Some(number(one.depth))),
            ("m", Some(money(one.amount))),
            ("p", Some(list(parts))),
        ])
    };
    let sold = &frozen.month_sales;
    let sold = || list(sold.iter().flat_map(|(place, sold)| [number(place), money(*sold)]));
    let auto = terms.settlement.auto_complete_days;
    let zone = terms.timezone.iana_name().unwrap_or("UTC");
    let attribution = map([
        ("plan", Some(number(attributed.plan_version))),
        ("calc", Some(number(attributed.calculation_version))),
        ("first", frozen.first_order.then_some(AttributeValue::Bool(true))),
        ("depth", Some(number(terms.depth))),
        ("team", Some(number(terms.team_depth))),
        ("max", Some(text(terms.max_total_rate))),
        ("hold", Some(number(terms.settlement.hold_days))),
        ("cycle", Some(text(terms.settlement.cycle.as_str()))),
        ("auto", auto.map(number)),
        ("zone", Some(text(zone))),
        ("lineage", Some(list(frozen.lineage.iter().map(ancestor)))),
        ("sold", (!frozen.month_sales.is_empty()).then(sold)),
        ("rules", Some(list(attributed.lines.iter().map(line_rule)))),
        ("paid", Some(list(attributed.allocations.iter().map(allocation)))),
    ]);
    update.set(ATTRIBUTED, attribution)
}

/// A refund as the value of its attribute.
pub(crate) fn refund(refund: &Refund) -> AttributeValue {
    let (amount, lines) = match &refund.goods {
        Refunded::Amount(amount) => (Some(money(*amount)), None),
        Refunded::Lines(lines) => {
            let parts = lines.iter().flat_map(|(id, amount)| [text(id), money(*amount)]);
            (None, Some(list(parts)))
        }
    };
    map([
        ("t", Some(instant(refund.refunded_at))),
        ("c", Some(text(refund.currency))),
        ("m", amount),
        ("l", lines),
    ])
}

/// Reads an order's item back.
///
/// # Errors
///
/// * [`Damaged`] where it is not as this program writes it, or a newer one's.
pub fn decode(item: &Item) -> Result<(OrderId, Record), Damaged> {
    let reader = Reader::of(item)?;
    let key: String = reader.text("pk")?;
    let (_, id) = order_of(&key).ok_or_else(|| Damaged::Attribute("pk".to_owned()))?;
    let paid = if reader.has(PAYMENT) { Some(paid(reader, &id)?) } else { None };
    let attributed = reader.maybe(ATTRIBUTED, |value| value.as_m().ok())?;
    let record = Record {
        paid,
        attributed: attributed.map(|map| attribution(Reader(map))).transpose()?,
        refunds: refunds(reader)?,
        completed_at: reader.maybe_instant(COMPLETED_AT)?,
        version: reader.number(VERSION)?,
    };
    Ok((id, record))
}

fn paid(reader: Reader<'_>, id: &OrderId) -> Read<Paid> {
    let line = |line: Reader<'_>| {
        Ok(Line {
            id: line.text("i")?,
            sku: line.text("s")?,
            category: line.maybe_text("c")?,
            quantity: line.number("q")?,
            unit_price: line.money("p")?,
            discount: line.maybe_money("d")?.unwrap_or_default(),
            unit_cost: line.maybe_money("k")?,
        })
    };
    let payment = Payment {
        order: id.clone(),
        buyer: reader.text(BUYER)?,
        currency: reader.text("currency")?,
        paid_at: reader.instant("paid_at")?,
        lines: reader.maps("lines", line)?,
        discount: reader.maybe_money("discount")?.unwrap_or_default(),
        invite_code: reader.maybe_text("code")?,
        region: reader.maybe_text("region")?,
    };
    Paid::new(payment).map_err(|_| Damaged::Attribute("lines".to_owned()))
}

fn attribution(reader: Reader<'_>) -> Read<Attribution> {
    let line_rule = |value: &AttributeValue| match value.as_s() {
        Ok(words) => {
            let (rule, card) = words.split_once(' ')?;
            Some(Some(LineRule { rule: rule.parse().ok()?, card: card.parse().ok()? }))
        }
        Err(_) => value.is_null().then_some(None),
    };
    let allocation = |one: Reader<'_>| {
        let parts = one.one("p", |value| pairs(value, as_number, as_money))?;
        Ok(Allocation {
            ancestor: one.number("a")?,
            depth: one.number("n")?,
            amount: one.money("m")?,
            lines: parts,
        })
    };
    let sold = reader.maybe("sold", |value| pairs(value, as_number, as_money))?;
    let first_order = reader.maybe("first", |value| value.as_bool().ok().copied())?;
    let settlement = Settlement {
        hold_days: reader.number("hold")?,
        cycle: reader.one("cycle", |value| Cycle::from_name(value.as_s().ok()?))?,
        auto_complete_days: reader.maybe_number("auto")?,
    };
    let terms = Terms {
        depth: reader.number("depth")?,
        team_depth: reader.number("team")?,
        max_total_rate: reader.text("max")?,
        settlement,
        timezone: reader.one("zone", |value| time::zone(value.as_s().ok()?).ok())?,
    };
    Ok(Attribution {
        plan_version: reader.number("plan")?,
        calculation_version: reader.number("calc")?,
        terms,
        frozen: Frozen {
            lineage: reader.list("lineage", ancestor)?,
            first_order: first_order.unwrap_or(false),
            month_sales: sold.into_iter().flatten().collect(),
        },
        lines: reader.list("rules", line_rule)?,
        allocations: reader.maps("paid", allocation)?,
    })
}

/// One of a lineage: `id level`, and the status where they are not active.
fn ancestor(value: &AttributeValue) -> Option<Ancestor> {
    let mut words = value.as_s().ok()?.split(' ');
    let (id, level) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let status = words.next().map_or(Some(Status::Active), Status::from_name)?;
    // A word more is not this program's: it could change what the others say.
    words.next().is_none().then_some(Ancestor { id, level, status })
}

fn refunds(reader: Reader<'_>) -> Read<BTreeMap<RefundId, Refund>> {
    let names = reader.0.keys().filter_map(|name| Some((name, name.strip_prefix(REFUNDS)?)));
    let refunds = names.map(|(name, id)| {
        let id = id.parse().map_err(|_| Damaged::Attribute(name.clone()))?;
        let value = Reader(reader.one(name, |value| value.as_m().ok())?);
        let goods = match value.maybe_money("m")? {
            Some(amount) => Refunded::Amount(amount),
            None => {
                Refunded::Lines(value.one("l", |value| pairs(value, as_text::<LineId>, as_money))?)
            }
        };
        let (refunded_at, currency) = (value.instant("t")?, value.text("c")?);
        Ok((id, Refund { refunded_at, currency, goods }))
    });
    refunds.collect()
}

/// A flat list of pairs.
fn pairs<A, B>(
    value: &AttributeValue,
    first: impl Fn(&AttributeValue) -> Option<A>,
    second: impl Fn(&AttributeValue) -> Option<B>,
) -> Option<Vec<(A, B)>> {
    let (pairs, rest) = value.as_l().ok()?.as_chunks::<2>();
    let pairs = pairs.iter().map(|[a, b]| Some((first(a)?, second(b)?))).collect();
    if rest.is_empty() { pairs } else { None }
}

#[cfg(test)]
#[path = "order_item_tests.rs"]
mod tests;

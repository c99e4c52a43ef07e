//! Lines, balances and days as items.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::civil::Date;
use upline_domain::books::{FIGURES, Sums};
use upline_domain::contribution::Contribution;
use upline_domain::ids::OrderId;
use upline_domain::money::{Currency, Overflow, SignedMoney};

use crate::change::Update;
use crate::item::{Item, Read, Reader, instant, money, number, text};
use crate::keys::Key;
use crate::table::item;

/// The beginning of the attributes of a balance that hold what is due on a date.
const DUE: &str = "due#";

/// What of an order is counted already for a distributor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// The order.
    pub order: OrderId,
    /// What is counted.
    pub counted: Contribution,
    /// The version of the order's record that it comes from.
    pub version: u64,
    /// How often the line was written.
    pub n: u64,
}

pub(crate) fn line(key: &Key, line: &LedgerLine) -> Item {
    let LedgerLine { order, counted, version, n } = line;
    item(
        key,
        [
            ("order", Some(text(order))),
            ("ver", Some(number(version))),
            ("n", Some(number(n))),
            ("currency", Some(text(counted.currency))),
            ("paid_at", Some(instant(counted.paid_at))),
            ("day", Some(text(counted.day))),
            ("depth", Some(number(counted.depth))),
            ("earned", Some(money(counted.earned))),
            ("reversed", Some(money(counted.reversed))),
            ("due", counted.due.map(text)),
            ("own_orders", Some(number(counted.own_orders))),
            ("own_sales", Some(money(counted.own_sales))),
            ("team_sales", Some(money(counted.team_sales))),
        ],
    )
}

pub(crate) fn read_line(item: &Item) -> Read<LedgerLine> {
    let reader = Reader::of(item)?;
    Ok(LedgerLine {
        order: reader.text("order")?,
        counted: Contribution {
            currency: reader.text("currency")?,
            paid_at: reader.instant("paid_at")?,
            day: reader.text("day")?,
            depth: reader.number("depth")?,
            earned: reader.money("earned")?,
            reversed: reader.money("reversed")?,
            due: reader.maybe_text("due")?,
            own_orders: reader.number("own_orders")?,
            own_sales: reader.money("own_sales")?,
            team_sales: reader.money("team_sales")?,
        },
        version: reader.number("ver")?,
        n: reader.number("n")?,
    })
}

/// Where a distributor's money of one currency stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// Of every amount.
    pub currency: Currency,
    /// Earned by orders that are not completed.
    pub pending: SignedMoney,
    /// By the day on which it matures; days with nothing are left out.
    pub due: BTreeMap<Date, SignedMoney>,
    /// On statements.
    pub settled: SignedMoney,
    /// Held for withdrawals under way.
    pub reserved: SignedMoney,
    /// Paid out.
    pub withdrawn: SignedMoney,
}

impl Balance {
    /// Whether nothing stands on it: what was earned was taken back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { currency: _, pending, due, settled, reserved, withdrawn } = self;
        let amounts = [pending, settled, reserved, withdrawn];
        due.is_empty() && amounts.into_iter().all(|amount| *amount == SignedMoney::ZERO)
    }

    /// What can be withdrawn: settled, less reserved, less the debts that stand among what is due.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] beyond 64 bits.
    pub fn available(&self) -> Result<SignedMoney, Overflow> {
        let debts = self.due.values().filter(|due| due.minor() < 0);
        debts.copied().try_fold(self.settled.minus(self.reserved)?, SignedMoney::plus)
    }
}

fn signed(value: &AttributeValue) -> Option<SignedMoney> {
    Some(SignedMoney::from_minor(value.as_n().ok()?.parse().ok()?))
}

pub(crate) fn read_balance(item: &Item) -> Read<Balance> {
    let reader = Reader::of(item)?;
    let amount = |name: &str| Ok(reader.maybe(name, signed)?.unwrap_or_default());
    let dues = item.keys().filter_map(|name| Some((name, name.strip_prefix(DUE)?.parse().ok()?)));
    let due: BTreeMap<Date, SignedMoney> = dues
        .map(|(name, date)| Ok((date, amount(name)?)))
        .filter(|due: &Read<(Date, SignedMoney)>| {
            due.as_ref().map_or(true, |(_, amount)| *amount != SignedMoney::ZERO)
        })
        .collect::<Read<_>>()?;
    Ok(Balance {
        currency: reader.text("currency")?,
        pending: amount("pending")?,
        due,
        settled: amount("settled")?,
        reserved: amount("reserved")?,
        withdrawn: amount("withdrawn")?,
    })
}

/// A distributor's figures of one day: of one currency, or the recruits without one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayFigures {
    /// In the tenant's time zone.
    pub date: Date,
    /// Of every amount; none in the row of recruits.
    pub currency: Option<Currency>,
    /// Own orders, less those refunded in full.
    pub orders: i64,
    /// Own sales, net of refunds.
    pub own_sales: SignedMoney,
    /// Team sales, net of refunds, own ones among them.
    pub team_sales: SignedMoney,
    /// Allocated.
    pub earned: SignedMoney,
    /// Taken back of it.
    pub reversed: SignedMoney,
    /// Direct recruits, in the row without a currency.
    pub recruits: Option<i64>,
}

pub(crate) fn read_day(item: &Item) -> Read<DayFigures> {
    let reader = Reader::of(item)?;
    let amount = |name: &str| Ok(reader.maybe(name, signed)?.unwrap_or_default());
    Ok(DayFigures {
        date: reader.text("date")?,
        currency: reader.maybe_text("currency")?,
        orders: reader.maybe_number("orders")?.unwrap_or(0),
        own_sales: amount("own_sales")?,
        team_sales: amount("team_sales")?,
        earned: amount("earned")?,
        reversed: amount("reversed")?,
        recruits: reader.maybe_number("recruits")?,
    })
}

/// The differences that a transaction adds to one distributor's balances and days.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences(pub(crate) Sums);

impl Differences {
    /// Adds the difference between what is counted and what is to be counted.
    pub(crate) fn add(
        &mut self,
        old: Option<&Contribution>,
        new: Option<&Contribution>,
    ) -> Result<(), Overflow> {
        old.map_or(Ok(()), |old| self.0.take(old))?;
        new.map_or(Ok(()), |new| self.0.add(new))
    }

    /// The additions to balances, those of nothing left out.
    pub(crate) fn balance_updates(&self) -> impl Iterator<Item = (Currency, Update)> {
        let mut updates: BTreeMap<Currency, Update> = BTreeMap::new();
        for (&(currency, due), amount) in self.0.standings.iter().filter(|(_, n)| **n != 0) {
            let name = due.map_or("pending".to_owned(), |date| format!("{DUE}{date}"));
            let update = updates.remove(&currency).unwrap_or_default();
            updates.insert(currency, update.add(&name, number(amount)));
        }
        updates.into_iter().map(|(currency, update)| {
            (currency, update.set_once("currency", text(currency)).add("n", number(1)))
        })
    }

    /// The additions to days, those of nothing left out.
    pub(crate) fn day_updates(&self) -> impl Iterator<Item = (Date, Currency, Update)> {
        self.0.days.iter().filter_map(move |(&(date, currency), figures)| {
            let changed: Vec<_> = FIGURES.iter().zip(figures).filter(|(_, n)| **n != 0).collect();
            let update = changed
                .iter()
                .fold(Update::new(), |update, (name, figure)| update.add(name, number(figure)));
            let update = update.set_once("date", text(date)).set_once("currency", text(currency));
            (!changed.is_empty()).then_some((date, currency, update.add("n", number(1))))
        })
    }
}

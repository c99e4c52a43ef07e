//! The purchase log of a real shop; `local/data/SOURCES.md` says where it is from.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The log as it was published.
const LOG: &str = include_str!("../../data/cdnow.txt");

/// The shop opens at this hour of each day of the log, which has days only: the orders of one day
/// follow each other by a minute.
const OPENING_HOUR: i8 = 8;

/// One order of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Purchase {
    /// Its place in time, from 1.
    pub(super) number: usize,
    /// Who bought.
    pub(super) customer: &'static str,
    /// When.
    pub(super) paid_at: Timestamp,
    /// How many CDs.
    pub(super) quantity: u32,
    /// For all of them, in cents; zero where the log says so.
    pub(super) total_minor: u64,
}

impl Purchase {
    /// The order's id.
    pub(super) fn order_id(&self) -> String {
        format!("cd-{:05}", self.number)
    }

    /// The buyer's id.
    pub(super) fn buyer_id(&self) -> String {
        buyer_id(self.customer)
    }

    /// Quantities and prices in cents that come to the total exactly. The log has the total of an
    /// order only: where it does not divide by the quantity, some CDs cost one cent more than the
    /// others, on a second line.
    pub(super) fn lines(&self) -> Vec<(u32, u64)> {
        let quantity = u64::from(self.quantity.max(1));
        let price_minor = self.total_minor / quantity;
        let dearer = u32::try_from(self.total_minor % quantity).unwrap_or_default();
        let mut lines = vec![(self.quantity.max(1) - dearer, price_minor)];
        if dearer > 0 {
            lines.push((dearer, price_minor + 1));
        }
        lines
    }
}

/// The id of a customer as a buyer.
pub(super) fn buyer_id(customer: &str) -> String {
    format!("c{customer}")
}

/// All orders of the log, in time; those of one day as the log has them. None if a line is not of
/// the log's form.
pub(super) fn purchases() -> Option<Vec<Purchase>> {
    let rows: Option<Vec<_>> = LOG.lines().map(row).collect();
    let mut rows = rows?;
    rows.sort_by_key(|(_, day, _, _)| *day);
    let mut purchases = Vec::with_capacity(rows.len());
    let (mut today, mut minutes) = (Date::MIN, 0_i64);
    for (index, (customer, day, quantity, total_minor)) in rows.into_iter().enumerate() {
        minutes = if day == today { minutes + 1 } else { 0 };
        today = day;
        let opening = day.at(OPENING_HOUR, 0, 0, 0).to_zoned(TimeZone::UTC).ok()?;
        let paid_at = opening.timestamp() + SignedDuration::from_mins(minutes);
        purchases.push(Purchase { number: index + 1, customer, paid_at, quantity, total_minor });
    }
    Some(purchases)
}

fn row(line: &'static str) -> Option<(&'static str, Date, u32, u64)> {
    let mut fields = line.split_ascii_whitespace();
    let _number_in_the_whole_log = fields.next()?;
    let customer = fields.next()?;
    let day = Date::strptime("%Y%m%d", fields.next()?).ok()?;
    let quantity = fields.next()?.parse().ok()?;
    let (dollars, cents) = fields.next()?.split_once('.')?;
    let (dollars, cents): (u64, u64) = (dollars.parse().ok()?, cents.parse().ok()?);
    Some((customer, day, quantity, dollars * 100 + cents))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_log_is_whole() {
        let purchases = purchases().unwrap();
        assert_eq!(purchases.len(), 6_919);
        let customers: BTreeSet<_> = purchases.iter().map(|one| one.customer).collect();
        assert_eq!(customers.len(), 2_357);
        let total: u64 = purchases.iter().map(|one| one.total_minor).sum();
        let by_column: u64 = LOG
            .lines()
            .filter_map(|line| line.split_ascii_whitespace().last())
            .map(|dollars| dollars.replace('.', "").parse::<u64>().unwrap())
            .sum();
        assert_eq!(total, by_column);
    }

    #[test]
    fn the_lines_of_an_order_come_to_its_total() {
        for purchase in purchases().unwrap() {
            let lines = purchase.lines();
            let total: u64 = lines.iter().map(|line| u64::from(line.0) * line.1).sum();
            let quantity: u32 = lines.iter().map(|line| line.0).sum();
            assert_eq!(total, purchase.total_minor, "{purchase:?}");
            assert_eq!(quantity, purchase.quantity, "{purchase:?}");
            assert!(lines.iter().all(|line| line.0 > 0), "{purchase:?}");
        }
    }

    #[test]
    fn no_two_orders_of_a_customer_are_at_the_same_time() {
        let purchases = purchases().unwrap();
        let times: BTreeSet<_> = purchases.iter().map(|one| one.paid_at).collect();
        assert_eq!(times.len(), purchases.len());
    }
}

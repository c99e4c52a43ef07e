//! Every key of the table. `#` separates parts and cannot occur in an id; every key begins with its
//! tenant, so that a caller can be confined to one by `dynamodb:LeadingKeys`.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use upline_domain::ids::{BuyerId, DistributorId, InviteCode, OrderId, RefundId, TenantId};
use upline_domain::money::Currency;
use upline_domain::time;

mod listed;
mod reports;

pub use listed::*;
pub use reports::*;

/// Shards of each day in the index of orders.
pub const SHARDS: u8 = 8;

/// Segments in which the whole table is scanned: so many requests beside each other at most.
pub const SEGMENTS: u32 = 8;

/// The primary key of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

/// The beginning of every partition of a tenant.
pub(crate) fn tenant_prefix(tenant: &TenantId) -> String {
    format!("{tenant}#")
}

/// The partition of a distributor.
#[must_use]
pub fn distributor(tenant: &TenantId, id: &DistributorId) -> String {
    format!("{tenant}#M#{id}")
}

/// The distributor themself.
#[must_use]
pub fn member(tenant: &TenantId, id: &DistributorId) -> Key {
    key(distributor(tenant, id), MEMBER)
}

/// The sort key of a distributor themself.
pub const MEMBER: &str = "MEMBER";

/// What an order adds to a distributor's books.
#[must_use]
pub fn line(tenant: &TenantId, id: &DistributorId, paid_at: Timestamp, order: &OrderId) -> Key {
    key(distributor(tenant, id), format!("{}{order}", line_prefix(paid_at)))
}

/// The beginning of the lines of one instant; such texts sort as instants do.
#[must_use]
pub fn line_prefix(paid_at: Timestamp) -> String {
    format!("LINE#{}#", time::text(paid_at))
}

/// Before every line.
pub const LINES_FROM: &str = "LINE#";
/// After every line: `$` follows `#`.
pub const LINES_TO: &str = "LINE$";

/// A distributor's balance of one currency.
#[must_use]
pub fn balance(tenant: &TenantId, id: &DistributorId, currency: Currency) -> Key {
    key(distributor(tenant, id), format!("{BALANCES}{currency}"))
}

/// The beginning of every balance.
pub const BALANCES: &str = "BAL#";

/// A distributor's figures of one day and currency.
#[must_use]
pub fn day(tenant: &TenantId, id: &DistributorId, date: Date, currency: Currency) -> Key {
    key(distributor(tenant, id), format!("DAY#{date}#{currency}"))
}

/// A distributor's recruits of one day.
#[must_use]
pub fn recruits(tenant: &TenantId, id: &DistributorId, date: Date) -> Key {
    key(distributor(tenant, id), day_prefix(date))
}

/// The beginning of the rows of one day.
#[must_use]
pub fn day_prefix(date: Date) -> String {
    format!("DAY#{date}")
}

/// After every row of one day, and before the next: `~` follows all that a key is made of.
#[must_use]
pub fn day_end(date: Date) -> String {
    format!("{}~", day_prefix(date))
}

/// Before every day.
pub const DAYS_FROM: &str = "DAY#";
/// After every day: `$` follows `#`.
pub const DAYS_TO: &str = "DAY$";

/// When a distributor's level is looked at again, and since when what is asked does not hold.
#[must_use]
pub fn check(tenant: &TenantId, id: &DistributorId) -> Key {
    key(distributor(tenant, id), CHECK)
}

/// The sort key of a check.
pub const CHECK: &str = "CHECK";

/// One change of a distributor's level: the write of the distributor that made it.
#[must_use]
pub fn level_change(tenant: &TenantId, id: &DistributorId, write: u64) -> Key {
    key(distributor(tenant, id), format!("{LEVELS}{write:06}"))
}

/// The beginning of every change of level.
pub const LEVELS: &str = "LEVEL#";

/// How many stand below a distributor at each depth.
#[must_use]
pub fn team_counts(tenant: &TenantId, id: &DistributorId) -> Key {
    key(distributor(tenant, id), "TEAM")
}

/// One who stands `depth` below a distributor; also the guard of the count.
#[must_use]
pub fn team(tenant: &TenantId, ancestor: &DistributorId, depth: usize, id: &DistributorId) -> Key {
    key(distributor(tenant, ancestor), format!("{}{id}", team_prefix(depth)))
}

/// The beginning of the rows of all who stand `depth` below.
#[must_use]
pub fn team_prefix(depth: usize) -> String {
    format!("TEAM#{depth}#")
}

/// The partition of an invite code.
#[must_use]
pub fn code_partition(tenant: &TenantId, code: &InviteCode) -> String {
    format!("{tenant}#I#{code}")
}

/// Whose invite code it is.
#[must_use]
pub fn code(tenant: &TenantId, code: &InviteCode) -> Key {
    key(code_partition(tenant, code), CODE)
}

/// The sort key of an invite code.
pub const CODE: &str = "CODE";

/// The beginning of what waits for a code or a distributor, in the partition of either.
pub const AWAITS: &str = "AWAIT#";

/// An order that waits for the code it carries.
#[must_use]
pub fn await_order(partition: String, order: &OrderId) -> Key {
    key(partition, format!("{AWAITS}ORDER#{order}"))
}

/// An event that waits for the code or distributor it names. The hash of its content tells two
/// events of one id apart.
#[must_use]
pub fn await_event(partition: String, event: &str, hash: &str) -> Key {
    key(partition, format!("{AWAITS}EVENT#{event}#{hash}"))
}

/// The partition of a buyer.
#[must_use]
pub fn buyer_partition(tenant: &TenantId, id: &BuyerId) -> String {
    format!("{tenant}#B#{id}")
}

/// The buyer.
#[must_use]
pub fn buyer(tenant: &TenantId, id: &BuyerId) -> Key {
    key(buyer_partition(tenant, id), "BUYER")
}

/// The beginning of the orders of a buyer that wait for a binding.
pub const WAITS: &str = "WAIT#";

/// An order that waits for a binding of its buyer.
#[must_use]
pub fn wait(tenant: &TenantId, id: &BuyerId, order: &OrderId) -> Key {
    key(buyer_partition(tenant, id), format!("{WAITS}{order}"))
}

/// An order.
#[must_use]
pub fn order(tenant: &TenantId, id: &OrderId) -> Key {
    key(format!("{tenant}#O#{id}"), ORDER)
}

/// The sort key of an order.
pub const ORDER: &str = "ORDER";

/// Whose order an item is, by its partition key; none where it is not one.
#[must_use]
pub fn order_of(pk: &str) -> Option<(TenantId, OrderId)> {
    let (tenant, id) = pk.split_once("#O#")?;
    Some((tenant.parse().ok()?, id.parse().ok()?))
}

/// Whose distributor an item is of, by its partition key; none where it is of none.
#[must_use]
pub fn distributor_of(pk: &str) -> Option<(TenantId, DistributorId)> {
    let (tenant, id) = pk.split_once("#M#")?;
    Some((tenant.parse().ok()?, id.parse().ok()?))
}

/// The attribute of an order that holds one refund.
#[must_use]
pub fn refund_attribute(id: &RefundId) -> String {
    format!("{REFUNDS}{id}")
}

/// The beginning of the attributes that hold refunds.
pub const REFUNDS: &str = "refund#";

/// That an order was refunded on a day, in UTC. The index lists an order by the day of its payment
/// alone; under its own day a refund is found here.
#[must_use]
pub fn refunded(tenant: &TenantId, day: Date, order: &OrderId) -> Key {
    key(refunded_of_shard(tenant, day, order_shard(order)), format!("{REFUNDED}{order}"))
}

/// The beginning of every order that was refunded on a day.
pub const REFUNDED: &str = "REFUND#";
/// After every one: `$` follows `#`.
pub const REFUNDED_TO: &str = "REFUND$";

/// One of the partitions of the orders that were refunded on a day.
#[must_use]
pub fn refunded_of_shard(tenant: &TenantId, day: Date, shard: u8) -> String {
    format!("{tenant}#F#{day}#{shard}")
}

/// How far the nights of one shard of a tenant's distributors are done.
#[must_use]
pub fn nights(tenant: &TenantId, shard: u8) -> Key {
    key(format!("{tenant}#L"), format!("SHARD#{shard}"))
}

/// Whose plans an item is of, by its partition key; none where it is of none.
#[must_use]
pub fn tenant_of_plans(pk: &str) -> Option<TenantId> {
    pk.strip_suffix("#P")?.parse().ok()
}

/// The partition of a tenant's plans.
#[must_use]
pub fn plans(tenant: &TenantId) -> String {
    format!("{tenant}#P")
}

/// One version of the plan.
#[must_use]
pub fn plan(tenant: &TenantId, version: u32) -> Key {
    key(plans(tenant), format!("{VERSIONS}{version:06}"))
}

/// The beginning of every version of the plan.
pub const VERSIONS: &str = "V#";

/// Which version an item is, by its sort key; none where it is none.
#[must_use]
pub fn version_of(sk: &str) -> Option<u32> {
    sk.strip_prefix(VERSIONS)?.parse().ok()
}

/// Which version is active from when.
#[must_use]
pub fn active_plans(tenant: &TenantId) -> Key {
    key(plans(tenant), "ACTIVE")
}

/// The partition of the days on which something was changed by hand.
#[must_use]
pub fn audit_days(tenant: &TenantId) -> String {
    format!("{tenant}#A")
}

/// A day on which something was changed by hand, in UTC.
#[must_use]
pub fn audit_day(tenant: &TenantId, day: Date) -> Key {
    key(audit_days(tenant), day.to_string())
}

/// The partition of what was changed by hand on a day.
#[must_use]
pub fn audit_partition(tenant: &TenantId, day: &str) -> String {
    format!("{tenant}#A#{day}")
}

/// One change by hand; such keys sort as instants do. `about` tells two of one instant apart.
#[must_use]
pub fn audit(tenant: &TenantId, at: Timestamp, action: &str, about: &str) -> Key {
    let day = time::day(at, &TimeZone::UTC).to_string();
    key(audit_partition(tenant, &day), format!("{}#{action}#{about}", time::text(at)))
}

/// The days of a tenant ([`UNREAD`] where none could be read) on which events are parked.
#[must_use]
pub fn parked_day(tenant: &str, day: &str) -> Key {
    key(parked_days(tenant), day)
}

/// The partition of the events parked under one day (`-` where none could be read).
#[must_use]
pub fn parked_partition(tenant: &str, day: &str) -> String {
    format!("{tenant}#X#{day}")
}

/// Whose parked event an item is, and of which day, by its partition key; none where it is not one.
#[must_use]
pub fn parked_of(pk: &str) -> Option<(&str, &str)> {
    let (tenant, day) = pk.split_once("#X#")?;
    (!day.contains('#')).then_some((tenant, day))
}

/// Stands for a tenant or an event id that could not be read: no id has it.
pub const UNREAD: &str = "?";

/// Stands for the date of an event of which none could be read.
pub const UNDATED: &str = "-";

/// Before every sort key: a blank, because a key is never empty and no id has one.
pub const FIRST: &str = " ";
/// After every sort key.
pub const LAST: &str = "\u{10ffff}";

/// The partition of the days on which a tenant's events are parked.
#[must_use]
pub fn parked_days(tenant: &str) -> String {
    format!("{tenant}#X")
}

/// One parked event. The hash of its content tells two events of one id apart, and makes a repeat
/// the same row.
#[must_use]
pub fn parked(tenant: &str, day: &str, event: &str, hash: &str) -> Key {
    key(parked_partition(tenant, day), format!("{event}#{hash}"))
}

/// One part of the text of a parked event that is too large for its row.
#[must_use]
pub fn parked_part(tenant: &str, hash: &str, part: usize) -> Key {
    key(format!("{tenant}#XPART#{hash}"), format!("{part:04}"))
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;

//! The partitions of the index: where what is listed is found.

use jiff::civil::Date;
use upline_domain::ids::{DistributorId, OrderId, TenantId};

use super::UNREAD;
use crate::shard::shard;

/// The index partition of the paid orders of a day.
#[must_use]
pub fn orders_of_day(tenant: &TenantId, day: Date, order: &OrderId) -> String {
    orders_of_shard(tenant, day, shard(order.as_str()))
}

/// One of the index partitions in which the paid orders of a day are listed.
#[must_use]
pub fn orders_of_shard(tenant: &TenantId, day: Date, shard: u8) -> String {
    format!("{tenant}#DAY#{day}#{shard}")
}

/// The index partition of the orders without a payment that were first heard of on a day.
#[must_use]
pub fn orphans_of_day(tenant: &TenantId, day: Date, order: &OrderId) -> String {
    format!("{tenant}#ORPHAN#{day}#{}", shard(order.as_str()))
}

/// The index partition of a distributor's balances.
#[must_use]
pub fn balances(tenant: &TenantId, id: &DistributorId) -> String {
    balances_of_shard(tenant, distributor_shard(id))
}

/// One of the index partitions in which the balances of a tenant are listed.
#[must_use]
pub fn balances_of_shard(tenant: &TenantId, shard: u8) -> String {
    format!("{tenant}#BAL#{shard}")
}

/// The index partition of the invite codes of a shard of a tenant's distributors, one each.
#[must_use]
pub fn members(tenant: &TenantId, id: &DistributorId) -> String {
    members_of_shard(tenant, distributor_shard(id))
}

/// One of the index partitions in which all distributors of a tenant are listed, by their codes.
#[must_use]
pub fn members_of_shard(tenant: &TenantId, shard: u8) -> String {
    format!("{tenant}#MEMBERS#{shard}")
}

/// The index partition of the distributors of a shard whose level is looked at again on a day, in
/// the tenant's time zone.
#[must_use]
pub fn checks_of_shard(tenant: &TenantId, day: Date, shard: u8) -> String {
    format!("{tenant}#CHECK#{day}#{shard}")
}

/// The index partition of what was posted last for a distributor on a day, in UTC.
#[must_use]
pub fn moved(tenant: &TenantId, day: Date, id: &DistributorId) -> String {
    moved_of_shard(tenant, day, distributor_shard(id))
}

/// One of the index partitions of what was posted last on a day, in UTC.
#[must_use]
pub fn moved_of_shard(tenant: &TenantId, day: Date, shard: u8) -> String {
    format!("{tenant}#MOVED#{day}#{shard}")
}

/// The shard of a distributor.
#[must_use]
pub fn distributor_shard(id: &DistributorId) -> u8 {
    shard(id.as_str())
}

/// The index partition of the tenants that have a plan.
#[must_use]
pub fn tenants() -> String {
    format!("{UNREAD}#TENANTS")
}

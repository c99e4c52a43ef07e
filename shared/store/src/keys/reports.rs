//! Keys of reconciliations: the runs over a day, and what was found, spread over shards.

use jiff::civil::Date;
use upline_domain::ids::{DistributorId, OrderId, TenantId};
use upline_domain::reconcile::Difference;

use super::{Key, distributor_shard, key};
use crate::shard::shard;

/// The partition of the reconciliations of a day, in the tenant's time zone.
#[must_use]
pub fn runs(tenant: &TenantId, day: Date) -> String {
    format!("{tenant}#R#{day}")
}

/// One reconciliation of a day.
#[must_use]
pub fn run(tenant: &TenantId, day: Date, run: u32) -> Key {
    key(runs(tenant, day), format!("{RUNS}{run:06}"))
}

/// The beginning of every run.
pub const RUNS: &str = "RUN#";
/// After every run: `$` follows `#`.
pub const RUNS_TO: &str = "RUN$";

/// The partition of what was found for one shard.
#[must_use]
pub fn found(tenant: &TenantId, day: Date, shard: u8) -> String {
    format!("{}#{shard}", runs(tenant, day))
}

/// One difference, in the shard of its order, else of its distributor, else in the first. What is
/// of one order stands together.
#[must_use]
pub fn difference(tenant: &TenantId, day: Date, run: u32, of: &Difference) -> Key {
    let shard = match (&of.order, &of.distributor) {
        (Some(order), _) => order_shard(order),
        (None, Some(distributor)) => distributor_shard(distributor),
        (None, None) => 0,
    };
    let order = of.order.as_ref().map_or(NONE, OrderId::as_str);
    let distributor = of.distributor.as_ref().map_or(NONE, DistributorId::as_str);
    let (prefix, kind, about) = (differences(run), of.kind.as_str(), &of.about);
    key(found(tenant, day, shard), format!("{prefix}{order}#{distributor}#{kind}#{about}"))
}

/// Stands for no order, and for no distributor: no id has it.
const NONE: &str = "~";

/// The beginning of the differences of a run.
#[must_use]
pub fn differences(run: u32) -> String {
    format!("DIFF#{run:06}#")
}

/// A distributor whose books are to be looked at, or one of the orders that are not counted right
/// for them.
#[must_use]
pub fn touched(
    tenant: &TenantId,
    day: Date,
    run: u32,
    distributor: &DistributorId,
    order: Option<&OrderId>,
) -> Key {
    let partition = found(tenant, day, distributor_shard(distributor));
    let order = order.map_or("", OrderId::as_str);
    key(partition, format!("{}{distributor}#{order}", all_touched(run)))
}

/// The beginning of what a run has to look at.
#[must_use]
pub fn all_touched(run: u32) -> String {
    format!("LOOK#{run:06}#")
}

/// The shard of an order.
#[must_use]
pub fn order_shard(order: &OrderId) -> u8 {
    shard(order.as_str())
}

/// One of the index partitions in which the orders of a day without a payment are listed.
#[must_use]
pub fn orphans_of_shard(tenant: &TenantId, day: Date, shard: u8) -> String {
    format!("{tenant}#ORPHAN#{day}#{shard}")
}

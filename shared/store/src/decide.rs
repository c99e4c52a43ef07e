//! What an order is calculated from: whom it came through, as each of them stood when it was paid,
//! and what they sold in its month, where a card asks for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::try_join_all;
use jiff::Timestamp;
use upline_domain::allocation::{Ancestor, Attribution, Frozen};
use upline_domain::calculate::{attribute, month_sellers};
use upline_domain::ids::{DistributorId, TenantId};
use upline_domain::limits::{AMOUNT_MINOR_MAX, LINEAGE_MAX};
use upline_domain::member::Member;
use upline_domain::money::{Money, SignedMoney};
use upline_domain::order::Paid;
use upline_domain::plan::Plan;
use upline_domain::time;

use crate::Store;
use crate::attempt::Cannot;
use crate::error::{StoreError, StoreResult};
use crate::plan::ActivePlan;

impl Store {
    /// Calculates an order from its lineage and whether it is the buyer's first. What a card asks
    /// beyond that is read here, and frozen with it.
    pub(crate) async fn calculated(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        active: &ActivePlan,
        mut frozen: Frozen,
    ) -> StoreResult<Result<Attribution, Cannot>> {
        frozen.month_sales = self.month_sales(tenant, paid, &active.plan, &frozen).await?;
        let plan = (active.version, &active.plan);
        Ok(attribute(paid, plan, frozen, &mut |_| {}).map_err(Cannot::from))
    }

    /// What those sold in the month of an order on whom its answer depends, by place in the
    /// lineage, as it is posted now. Nothing is read where no card asks.
    async fn month_sales(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        plan: &Plan,
        frozen: &Frozen,
    ) -> StoreResult<BTreeMap<usize, Money>> {
        let day = time::day(paid.paid_at, &plan.timezone);
        let sellers = month_sellers(paid, plan, frozen).into_iter();
        let sellers = sellers.filter_map(|place| Some((place, &frozen.lineage.get(place)?.id)));
        let sold = sellers.map(async |(place, id)| {
            let sold = self.month_sold(tenant, id, day, paid.currency).await?;
            StoreResult::Ok((place, measured(sold)))
        });
        Ok(try_join_all(sold).await?.into_iter().collect())
    }

    /// The lineage as each of it stood at `paid_at`.
    pub(crate) async fn ancestors(
        &self,
        tenant: &TenantId,
        ids: &[DistributorId],
        ActivePlan { version, plan }: &ActivePlan,
        paid_at: Timestamp,
        now: Timestamp,
    ) -> StoreResult<Vec<Ancestor>> {
        let nearest = ids.get(..LINEAGE_MAX).unwrap_or(ids);
        let members = self.named_members(tenant, nearest, now).await?;
        let ancestor = |member: &Arc<Member>| {
            let level = plan.levels.get(plan.rank(member.levels.at(paid_at)));
            let level = level.ok_or_else(|| StoreError::Plan {
                tenant: tenant.to_string(),
                version: *version,
                why: "it has no levels".to_owned(),
            })?;
            let (id, status) = (member.id.clone(), member.status_at(paid_at));
            Ok(Ancestor { id, level: level.clone(), status })
        };
        members.iter().map(ancestor).collect()
    }
}

/// What was sold as a measure: not below zero, and at most the largest amount, above which no tier
/// begins.
fn measured(sold: SignedMoney) -> Money {
    let minor = u64::try_from(sold.minor()).unwrap_or(0).min(AMOUNT_MINOR_MAX);
    Money::from_minor(minor).unwrap_or_default()
}

//! What an order is calculated from: whom it came through, as each of them stood when it was paid.

use std::sync::Arc;

use jiff::Timestamp;
use upline_domain::allocation::{Ancestor, Attribution, CALCULATION_VERSION, Frozen};
use upline_domain::calculate::{CalculateError, calculate};
use upline_domain::ids::{DistributorId, TenantId};
use upline_domain::limits::LINEAGE_MAX;
use upline_domain::member::Member;
use upline_domain::order::Paid;

use crate::Store;
use crate::attempt::Cannot;
use crate::error::{StoreError, StoreResult};
use crate::plan::ActivePlan;

impl Store {
    /// Freezes what an order's answer depends on, but for whether it is the buyer's first, which is
    /// settled when the order is written.
    pub(crate) async fn freeze(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        ids: &[DistributorId],
        active: &ActivePlan,
        now: Timestamp,
    ) -> StoreResult<Frozen> {
        let lineage = self.ancestors(tenant, ids, active, paid.paid_at, now).await?;
        Ok(Frozen { lineage, first_order: false })
    }

    /// The lineage as each of it stood at `paid_at`.
    async fn ancestors(
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

/// Calculates an order.
pub(crate) fn attribution(
    paid: &Paid,
    active: &ActivePlan,
    frozen: Frozen,
) -> Result<Attribution, Cannot> {
    let missing = CalculateError::CurrencyNotPlanned(paid.currency);
    let terms = active.plan.terms(paid.currency).ok_or(missing)?;
    let calculation = calculate(paid, &active.plan, &frozen, &mut |_| {})?;
    Ok(Attribution {
        plan_version: active.version,
        calculation_version: CALCULATION_VERSION,
        terms,
        frozen,
        lines: calculation.lines,
        allocations: calculation.allocations,
    })
}

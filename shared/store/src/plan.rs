//! The plan that an order falls under: which version is active for whom, and that version compiled.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use upline_domain::activation::{Activation, version_at, version_for};
use upline_domain::ids::{BuyerId, TenantId};
use upline_domain::plan::Plan;

use crate::Store;
use crate::activations::read_activations;
use crate::error::{StoreError, StoreResult};
use crate::item::{Read, Reader};
use crate::keys;

/// Compiles a stored plan document under its stored policy, both JSON; the error is for operators.
pub type CompilePlan = fn(document: &str, policy: &str) -> Result<Plan, String>;

/// How long a tenant's activations may be remembered. Other processes activate a version at least
/// 15 minutes before it holds, and this one forgets them when it does: no answer is wrong by it.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(1);

/// How many versions of one tenant's plan are kept compiled: those that hold, and some of those
/// that older orders name.
const COMPILED_MAX: usize = 16;

/// Plans read lately, by tenant.
pub(crate) type PlanCache = HashMap<TenantId, Remembered>;

#[derive(Clone)]
pub(crate) struct Remembered {
    read_at: Timestamp,
    /// Oldest first.
    active: Arc<[Activation]>,
    compiled: HashMap<u32, Arc<ActivePlan>>,
}

/// A version of a tenant's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivePlan {
    /// From 1.
    pub version: u32,
    /// The document, compiled.
    pub plan: Plan,
}

impl Store {
    /// The plan that is active for all at `time`; none where the tenant had none by then. What has
    /// no buyer falls under it: a registration, and how a distributor stands. Absence is never
    /// remembered.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again. [`StoreError::Plan`] will not pass by itself.
    pub async fn plan_at(
        &self,
        tenant: &TenantId,
        time: Timestamp,
        now: Timestamp,
    ) -> StoreResult<Option<Arc<ActivePlan>>> {
        self.active_plan(tenant, now, |active| version_at(active, time)).await
    }

    /// The plan for an order that a buyer paid at a time, who may be inside a share for which
    /// another version is active; none where the tenant had none by then.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again. [`StoreError::Plan`] will not pass by itself.
    pub async fn plan_for(
        &self,
        tenant: &TenantId,
        buyer: &BuyerId,
        paid_at: Timestamp,
        now: Timestamp,
    ) -> StoreResult<Option<Arc<ActivePlan>>> {
        self.active_plan(tenant, now, |active| version_for(active, tenant, buyer, paid_at)).await
    }

    async fn active_plan(
        &self,
        tenant: &TenantId,
        now: Timestamp,
        choose: impl FnOnce(&[Activation]) -> Option<u32>,
    ) -> StoreResult<Option<Arc<ActivePlan>>> {
        let known = self.caches().plans.get(tenant).cloned();
        let fresh = known.filter(|known| now.duration_since(known.read_at) < REMEMBERED);
        let remembered = match fresh {
            Some(fresh) => fresh,
            None => match self.read_active(tenant, now).await? {
                Some(read) => read,
                None => return Ok(None),
            },
        };
        let Some(version) = choose(&remembered.active) else { return Ok(None) };
        match remembered.compiled.get(&version) {
            Some(plan) => Ok(Some(Arc::clone(plan))),
            None => self.plan_version(tenant, version).await,
        }
    }

    /// One version of a tenant's plan; none where there is no such version.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again. [`StoreError::Plan`] will not pass by itself.
    pub async fn plan_version(
        &self,
        tenant: &TenantId,
        version: u32,
    ) -> StoreResult<Option<Arc<ActivePlan>>> {
        if let Some(known) = self.caches().plans.get(tenant)
            && let Some(plan) = known.compiled.get(&version)
        {
            return Ok(Some(Arc::clone(plan)));
        }
        let key = keys::plan(tenant, version);
        let Some(item) = self.get(&key).await? else {
            return Ok(None);
        };
        let texts: Read<(String, String)> =
            Reader::of(&item).and_then(|r| Ok((r.text("document")?, r.text("policy")?)));
        let (document, policy) = texts.map_err(StoreError::damaged(&key.pk))?;
        let compiled = (self.compile)(&document, &policy);
        let plan = compiled.map_err(|why| StoreError::Plan {
            tenant: tenant.to_string(),
            version,
            why,
        })?;
        let plan = Arc::new(ActivePlan { version, plan });
        if let Some(known) = self.caches().plans.get_mut(tenant) {
            if known.compiled.len() >= COMPILED_MAX {
                known.compiled.clear();
            }
            known.compiled.insert(version, Arc::clone(&plan));
        }
        Ok(Some(plan))
    }

    async fn read_active(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> StoreResult<Option<Remembered>> {
        let key = keys::active_plans(tenant);
        let changes = self.caches().changes;
        let Some(item) = self.get(&key).await? else {
            return Ok(None);
        };
        let active = read_activations(&item).map_err(StoreError::damaged(&key.pk))?;
        let active = active.into_iter().map(|made| made.activation).collect();
        let mut caches = self.caches();
        let known = caches.plans.get(tenant);
        let compiled = known.map(|known| known.compiled.clone()).unwrap_or_default();
        let remembered = Remembered { read_at: now, active, compiled };
        // What was read before a change of this very process is not what is there now.
        if caches.changes == changes {
            caches.plans.insert(tenant.clone(), remembered.clone());
        }
        Ok(Some(remembered))
    }
}

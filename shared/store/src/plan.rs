//! Plans: immutable versions, and which is active from when.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use upline_domain::ids::TenantId;
use upline_domain::plan::Plan;

use crate::Store;
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{Read, Reader, as_instant, as_number, instant, list, map, number, text};
use crate::keys;
use crate::table::Written;

/// Compiles a stored plan document under its stored policy, both JSON; the error is for operators.
pub type CompilePlan = fn(document: &str, policy: &str) -> Result<Plan, String>;

/// How long the list of a tenant's versions may be remembered. A version takes effect at least 15
/// minutes after it is activated, so that no answer can be wrong by it.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(1);

/// Plans read lately, by tenant.
pub(crate) type PlanCache = HashMap<TenantId, Remembered>;

#[derive(Clone)]
pub(crate) struct Remembered {
    read_at: Timestamp,
    /// From when each version is active, oldest first.
    active: Vec<(Timestamp, u32)>,
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
    /// The plan active at `time`; none where the tenant had none by then. Absence is never
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
        let known = self.caches().plans.get(tenant).cloned();
        let fresh = known.filter(|known| now.duration_since(known.read_at) < REMEMBERED);
        let remembered = match fresh {
            Some(fresh) => fresh,
            None => match self.read_active(tenant, now).await? {
                Some(read) => read,
                None => return Ok(None),
            },
        };
        let active = remembered.active.iter().rev().find(|(from, _)| *from <= time);
        let Some(&(_, version)) = active else {
            return Ok(None);
        };
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
        let Some(item) = self.get(&key).await? else {
            return Ok(None);
        };
        let entry = |entry: Reader<'_>| {
            Ok((entry.one("from", as_instant)?, entry.one("version", as_number)?))
        };
        let active = Reader::of(&item).and_then(|reader| reader.maps("active", entry));
        let active = active.map_err(StoreError::damaged(&key.pk))?;
        let mut caches = self.caches();
        let compiled = caches.plans.remove(tenant).map(|known| known.compiled).unwrap_or_default();
        let remembered = Remembered { read_at: now, active, compiled };
        caches.plans.insert(tenant.clone(), remembered.clone());
        Ok(Some(remembered))
    }

    /// Publishes a tenant's first plan, active from the beginning of time. The same again changes
    /// nothing; says whether version 1 is this very document under this very policy.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known to be kept; send it again.
    pub async fn publish_first(
        &self,
        tenant: &TenantId,
        document: &str,
        policy: &str,
    ) -> StoreResult<bool> {
        let key = keys::plan(tenant, 1);
        let update = Update::new()
            .set("document", text(document))
            .set("policy", text(policy))
            .when_absent("document");
        if let Written::Refused(old) = self.update(&key, update).await? {
            let reader = Reader(&old);
            let same = reader.text::<String>("document").is_ok_and(|stored| stored == document)
                && reader.text::<String>("policy").is_ok_and(|stored| stored == policy);
            if !same {
                return Ok(false);
            }
        }
        let entry = map([("from", Some(instant(Timestamp::MIN))), ("version", Some(number(1)))]);
        let update = Update::new().set_once("active", list([entry]));
        self.update(&keys::active_plans(tenant), update).await?;
        Ok(true)
    }
}

//! Which version of a tenant's plan is active from when, for whom: one item, a list that grows.

use aws_sdk_dynamodb::types::AttributeValue;
use upline_domain::activation::{Activation, ActivationWish, CannotActivate, activate, version_at};
use upline_domain::ids::TenantId;
use upline_domain::money::Rate;
use upline_domain::schedule::Placed;
use upline_domain::time;

use crate::Store;
use crate::audit::{AuditEntry, Signed, facts, read_signed};
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{
    Item, Read, Reader, as_instant, as_number, as_text, instant, map, number, text, with_entry,
};
use crate::keys;
use crate::table::{TRIES_MAX, Transacted};

/// The attribute that holds the list.
const ACTIVE: &str = "active";

/// An activation that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeActivation {
    /// What it says.
    pub activation: Activation,
    /// Who made it; nobody is known of one that an older program made.
    pub made: Option<Signed>,
}

/// What activating a version came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activated {
    /// It is new.
    Created(Activation),
    /// It was made before; that stands.
    Exists(Activation),
    /// There is no such version.
    UnknownVersion,
    /// It cannot be made as it is wanted.
    Cannot(CannotActivate),
}

impl Store {
    /// A tenant's activations as they are now, oldest first; of equal from-times the one made later
    /// stands last, and wins.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn activations(&self, tenant: &TenantId) -> StoreResult<Vec<MadeActivation>> {
        let key = keys::active_plans(tenant);
        let Some(item) = self.get(&key).await? else { return Ok(Vec::new()) };
        read_activations(&item).map_err(StoreError::damaged(&key.pk))
    }

    /// Activates a version that compiles. A repeat changes nothing. This process goes by it at
    /// once.
    ///
    /// # Errors
    ///
    /// * [`StoreError::Plan`] where the version does not compile; it will not pass by itself.
    /// * [`StoreError`]: nothing is known to be kept; send it again.
    pub async fn activate(
        &self,
        tenant: &TenantId,
        wish: &ActivationWish,
        signed: &Signed,
    ) -> StoreResult<Activated> {
        if self.plan_version(tenant, wish.version).await?.is_none() {
            return Ok(Activated::UnknownVersion);
        }
        let key = keys::active_plans(tenant);
        for attempt in 0..TRIES_MAX {
            let item = self.get(&key).await?.unwrap_or_default();
            let read = if item.is_empty() { Ok(Vec::new()) } else { read_activations(&item) };
            let made = read.map_err(StoreError::damaged(&key.pk))?;
            let made: Vec<Activation> = made.into_iter().map(|one| one.activation).collect();
            let (from, place) = match activate(&made, wish) {
                Err(cannot) => return Ok(Activated::Cannot(cannot)),
                Ok(Placed::Again { place, .. }) => {
                    let stands = made.get(place).cloned();
                    return stands.map(Activated::Exists).ok_or(StoreError::Contended("activate"));
                }
                Ok(Placed::New { from, place }) => (from, place),
            };
            let rollout = wish.rollout.filter(|share| *share != Rate::ONE);
            let new = Activation { from, version: wish.version, rollout };
            let n: Option<u64> =
                Reader(&item).maybe_number("n").map_err(StoreError::damaged(&key.pk))?;
            let write = n.unwrap_or(0).saturating_add(1);
            let update =
                Update::new().set(ACTIVE, with_entry(item.get(ACTIVE), place, entry(&new, signed)));
            let update = update.set("n", number(write)).set("gsi1pk", text(keys::tenants()));
            let update = match n {
                Some(n) => update.when_equal("n", number(n)),
                None => update.when_absent("n"),
            };
            let mut actions = vec![self.update_action(&key, update)?];
            actions.extend(self.audit_actions(tenant, &audited(&made, &new, signed), write)?);
            let done = self.transact(actions).await;
            // Also where it is not known whether it was made.
            self.forget(|caches| drop(caches.plans.remove(tenant)));
            match done? {
                Transacted::Made => return Ok(Activated::Created(new)),
                // Somebody else activated meanwhile.
                Transacted::Refused(failed) if failed.first() == Some(&true) => {}
                Transacted::Refused(_) => self.pause(attempt).await,
            }
        }
        Err(StoreError::Contended("activate"))
    }
}

fn audited(made: &[Activation], new: &Activation, signed: &Signed) -> AuditEntry {
    let before = version_at(made, new.from);
    let from = if new.from == jiff::Timestamp::MIN {
        "the beginning of time".to_owned()
    } else {
        time::text(new.from)
    };
    AuditEntry {
        signed: signed.clone(),
        action: "plan.activate".to_owned(),
        about: new.version.to_string(),
        before: facts([("version", before.map(|version| version.to_string()))]),
        after: facts([
            ("version", Some(new.version.to_string())),
            ("from", Some(from)),
            ("rollout", new.rollout.map(|share| share.to_string())),
        ]),
    }
}

fn entry(new: &Activation, signed: &Signed) -> AttributeValue {
    map([
        ("from", Some(instant(new.from))),
        ("version", Some(number(new.version))),
        ("rollout", new.rollout.map(text)),
        ("made_at", Some(instant(signed.at))),
        ("by", Some(text(&signed.by))),
        ("role", Some(text(&signed.role))),
        ("reason", signed.reason.as_ref().map(text)),
    ])
}

/// Reads the list of activations back; an older program's say nothing of who made them.
pub(crate) fn read_activations(item: &Item) -> Read<Vec<MadeActivation>> {
    let entry = |entry: Reader<'_>| {
        let activation = Activation {
            from: entry.one("from", as_instant)?,
            version: entry.one("version", as_number)?,
            rollout: entry.maybe("rollout", as_text)?,
        };
        let made = entry.has("made_at").then(|| read_signed(entry, "made_at")).transpose()?;
        Ok(MadeActivation { activation, made })
    };
    Reader::of(item)?.maps(ACTIVE, entry)
}

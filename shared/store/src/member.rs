//! Distributors: registered in one transaction with their invite code, read through a cache.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use upline_domain::ids::{DistributorId, InviteCode, TenantId};
use upline_domain::member::{History, Member, Risk, Status};

use crate::Store;
use crate::changes::Change;
use crate::error::{StoreError, StoreResult};
use crate::item::{
    Damaged, Item, Read, Reader, as_instant, as_text, fingerprint, instant, list, map, text,
};
use crate::keys;
use crate::table::{Transacted, item};

/// How long a distributor may be remembered. Lineages never change, and changes of level and status
/// take effect at least 15 minutes after they are made, so that no answer can be wrong by it.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(1);
/// How many distributors are remembered at once.
const REMEMBERED_MAX: usize = 50_000;

/// Distributors read lately, by tenant and id, with when.
pub(crate) type MemberCache = HashMap<(TenantId, DistributorId), (Timestamp, Arc<Member>)>;

/// What registering a distributor came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registered {
    /// There is one more distributor.
    Created,
    /// The id was taken meanwhile; read it again.
    IdTaken,
    /// The invite code belongs to somebody else.
    CodeTaken,
}

impl Store {
    /// A distributor as they are now; none where there is none.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn member(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
    ) -> StoreResult<Option<Member>> {
        let key = keys::member(tenant, id);
        let item = self.get(&key).await?;
        item.map(|item| decode(&item)).transpose().map_err(StoreError::damaged(&key.pk))
    }

    /// Distributors as they were at most a minute before `now`, by id. Absence is never remembered.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn members(
        &self,
        tenant: &TenantId,
        ids: &[DistributorId],
        now: Timestamp,
    ) -> StoreResult<HashMap<DistributorId, Arc<Member>>> {
        let mut found = HashMap::with_capacity(ids.len());
        let mut missing = Vec::new();
        let changes = {
            let caches = self.caches();
            for id in ids {
                let known = caches.members.get(&(tenant.clone(), id.clone()));
                let fresh = known.filter(|(at, _)| now.duration_since(*at) < REMEMBERED);
                match fresh {
                    Some((_, member)) => drop(found.insert(id.clone(), Arc::clone(member))),
                    None => missing.push(keys::member(tenant, id)),
                }
            }
            caches.changes
        };
        if missing.is_empty() {
            return Ok(found);
        }
        let items = self.get_many(missing).await?;
        for (key, item) in items {
            let member = Arc::new(decode(&item).map_err(StoreError::damaged(&key.pk))?);
            self.remember(tenant, Arc::clone(&member), now, changes);
            found.insert(member.id.clone(), member);
        }
        Ok(found)
    }

    /// Distributors whom a lineage or a binding names, in the order of `ids`, as they were at most
    /// a minute before `now`. All of them were there before they were named: one who is not is an
    /// error, because without them the ones above would move down, and be paid what is not theirs.
    ///
    /// # Errors
    ///
    /// * [`StoreError::Missing`] where one is not there; it will not pass by itself.
    /// * [`StoreError`]: nothing is known; ask again.
    pub(crate) async fn named_members(
        &self,
        tenant: &TenantId,
        ids: &[DistributorId],
        now: Timestamp,
    ) -> StoreResult<Vec<Arc<Member>>> {
        let found = self.members(tenant, ids, now).await?;
        let named = |id| {
            let missing = || StoreError::Missing { key: keys::member(tenant, id).pk };
            found.get(id).cloned().ok_or_else(missing)
        };
        ids.iter().map(named).collect()
    }

    /// Remembers a distributor who was read after so many changes of this very process, unless
    /// there have been more since.
    fn remember(&self, tenant: &TenantId, member: Arc<Member>, now: Timestamp, changes: u64) {
        let mut caches = self.caches();
        if caches.changes != changes {
            return;
        }
        if caches.members.len() >= REMEMBERED_MAX {
            caches.members.clear();
        }
        caches.members.insert((tenant.clone(), member.id.clone()), (now, member));
    }

    /// Whose invite code it is, as it is now.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn code_owner(
        &self,
        tenant: &TenantId,
        code: &InviteCode,
    ) -> StoreResult<Option<DistributorId>> {
        let key = keys::code(tenant, code);
        let item = self.get(&key).await?;
        let owner = item.map(|item| Reader::of(&item)?.text("distributor")).transpose();
        owner.map_err(StoreError::damaged(&key.pk))
    }

    /// Registers a distributor and takes their invite code, both or neither, on condition that
    /// neither is there. A repeat finds them there.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known to be kept; send it again.
    pub async fn register(&self, tenant: &TenantId, member: &Member) -> StoreResult<Registered> {
        let code = item(
            &keys::code(tenant, &member.invite_code),
            [
                ("distributor", Some(text(&member.id))),
                ("gsi1pk", Some(text(keys::members(tenant, &member.id)))),
            ],
        );
        self.note(Change::member(tenant, &member.id)).await?;
        let actions =
            vec![self.put_action(encode(tenant, member), None)?, self.put_action(code, None)?];
        match self.transact(actions).await? {
            Transacted::Made => Ok(Registered::Created),
            Transacted::Refused(failed) => match failed.as_slice() {
                [true, _] => Ok(Registered::IdTaken),
                [_, true] => Ok(Registered::CodeTaken),
                _ => Err(StoreError::Contended("register")),
            },
        }
    }
}

fn encode(tenant: &TenantId, member: &Member) -> Item {
    let level = |(from, level): &(Timestamp, _)| {
        map([("t", Some(instant(*from))), ("v", Some(text(level)))])
    };
    let status = |(from, status): &(Timestamp, Status)| {
        map([("t", Some(instant(*from))), ("v", Some(text(status.as_str())))])
    };
    let risk = |(from, risk): &(Timestamp, Risk)| {
        map([("t", Some(instant(*from))), ("v", Some(text(risk.as_str())))])
    };
    let risks = (!member.risks.0.is_empty()).then(|| list(member.risks.0.iter().map(risk)));
    item(
        &keys::member(tenant, &member.id),
        [
            ("id", Some(text(&member.id))),
            ("registered_at", Some(instant(member.registered_at))),
            ("registered_on", Some(text(member.registered_on))),
            ("lineage", Some(list(member.lineage.iter().map(text)))),
            ("code", Some(text(&member.invite_code))),
            ("name", member.display_name.as_ref().map(text)),
            ("levels", Some(list(member.levels.0.iter().map(level)))),
            ("statuses", Some(list(member.statuses.0.iter().map(status)))),
            ("risks", risks),
            ("registration", Some(fingerprint(member.fingerprint))),
        ],
    )
}

/// Reads a distributor's item back.
///
/// # Errors
///
/// * [`Damaged`] where it is not as this program writes it, or a newer one's.
pub fn decode(item: &Item) -> Result<Member, Damaged> {
    let reader = Reader::of(item)?;
    Ok(Member {
        id: reader.text("id")?,
        registered_at: reader.instant("registered_at")?,
        registered_on: reader.text("registered_on")?,
        lineage: reader.list("lineage", as_text)?,
        invite_code: reader.text("code")?,
        display_name: reader.maybe_text("name")?,
        levels: history(reader, "levels", |value| value.parse().ok())?,
        statuses: history(reader, "statuses", Status::from_name)?,
        risks: if reader.has("risks") {
            history(reader, "risks", Risk::from_name)?
        } else {
            History::default()
        },
        fingerprint: reader.fingerprint("registration")?,
    })
}

fn history<T>(
    reader: Reader<'_>,
    name: &str,
    value: impl Fn(&str) -> Option<T>,
) -> Read<History<T>> {
    let entry = |entry: Reader<'_>| {
        let from = entry.one("t", as_instant)?;
        Ok((from, entry.one("v", |attribute| value(attribute.as_s().ok()?))?))
    };
    reader.maps(name, entry).map(History)
}

//! Level, status and risk of a distributor, changed by hand: entries of their histories, which only
//! grow.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use upline_domain::ids::{DistributorId, LevelId, TenantId};
use upline_domain::member::{CannotChange, Member, Risk, Status};
use upline_domain::schedule::{Placed, Wanted};
use upline_domain::time;

use crate::Store;
use crate::audit::{AuditEntry, Signed, facts, read_signed};
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{Read, Reader, as_instant, as_text, instant, map, number, text, with_entry};
use crate::keys;
use crate::level_fact::{LevelFact, encode};
use crate::member::decode;
use crate::nights::mark;
use crate::table::{TRIES_MAX, Transacted};

/// How a distributor is to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// On this level.
    Level(LevelId),
    /// With this status.
    Status(Status),
    /// With an open risk flag, or without one.
    Risk(Risk),
}

impl Standing {
    /// The attribute that holds the history.
    fn attribute(&self) -> &'static str {
        match self {
            Self::Level(_) => "levels",
            Self::Status(_) => "statuses",
            Self::Risk(_) => "risks",
        }
    }

    fn action(&self) -> &'static str {
        match self {
            Self::Level(_) => "distributor.level",
            Self::Status(_) => "distributor.status",
            Self::Risk(_) => "distributor.risk",
        }
    }

    fn value(&self) -> &str {
        match self {
            Self::Level(level) => level.as_str(),
            Self::Status(status) => status.as_str(),
            Self::Risk(risk) => risk.as_str(),
        }
    }

    fn place(&self, member: &Member, when: &Wanted) -> Result<Placed, CannotChange> {
        match self {
            Self::Level(level) => member.levels.place(level, when),
            Self::Status(status) => member.statuses.place(status, when),
            Self::Risk(risk) => member.risks.place(risk, when),
        }
    }

    /// What holds at a time before the change; none where nothing was ever said.
    fn before(&self, member: &Member, time: Timestamp) -> Option<String> {
        match self {
            Self::Level(_) => member.levels.at(time).map(ToString::to_string),
            Self::Status(_) => Some(member.status_at(time).as_str().to_owned()),
            Self::Risk(_) => Some(member.risk_at(time).as_str().to_owned()),
        }
    }
}

/// What changing how a distributor stands came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It is new, and holds from this time.
    Created(Timestamp),
    /// It was made before, from this time; that stands.
    Exists(Timestamp),
    /// There is no such distributor.
    UnknownDistributor,
    /// It cannot be made as it is wanted.
    Cannot(CannotChange),
}

/// One entry of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The level or status.
    pub value: String,
    /// From when it holds.
    pub from: Timestamp,
    /// Who said so; nobody is known of what was not changed by hand.
    pub made: Option<Signed>,
}

/// What a distributor was and will be, oldest first; of equal from-times the one made later is
/// last, and wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histories {
    /// Levels.
    pub levels: Vec<Held>,
    /// Statuses.
    pub statuses: Vec<Held>,
    /// Risk flags.
    pub risks: Vec<Held>,
}

impl Store {
    /// Changes level, status or risk of a distributor from a time on, and has their level looked
    /// at by the next night. A repeat changes nothing. This process goes by it at once.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known to be kept; send it again.
    pub async fn change_standing(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        standing: &Standing,
        when: &Wanted,
        signed: &Signed,
    ) -> StoreResult<Changed> {
        let key = keys::member(tenant, id);
        for attempt in 0..TRIES_MAX {
            let Some(item) = self.get(&key).await? else { return Ok(Changed::UnknownDistributor) };
            let member = decode(&item).map_err(StoreError::damaged(&key.pk))?;
            let n: Option<u64> =
                Reader(&item).maybe_number("n").map_err(StoreError::damaged(&key.pk))?;
            let (from, place) = match standing.place(&member, when) {
                Err(cannot) => return Ok(Changed::Cannot(cannot)),
                Ok(Placed::Again { from, .. }) => return Ok(Changed::Exists(from)),
                Ok(Placed::New { from, place }) => (from, place),
            };
            let write = n.unwrap_or(0).saturating_add(1);
            let name = standing.attribute();
            let grown = with_entry(item.get(name), place, entry(standing, from, signed));
            let update = Update::new().set(name, grown).set("n", number(write));
            let update = mark(update, tenant, id, signed.at);
            let update = match n {
                Some(n) => update.when_equal("n", number(n)),
                None => update.when_absent("n").when_present("id"),
            };
            let entry = AuditEntry {
                signed: signed.clone(),
                action: standing.action().to_owned(),
                about: id.to_string(),
                before: facts([("value", standing.before(&member, from))]),
                after: facts([
                    ("value", Some(standing.value().to_owned())),
                    ("from", Some(time::text(from))),
                ]),
            };
            let mut actions = vec![self.update_action(&key, update)?];
            actions.extend(self.audit_actions(tenant, &entry, write)?);
            if let Standing::Level(level) = standing {
                let fact = LevelFact {
                    write,
                    was: member.levels.at(from).cloned(),
                    level: level.clone(),
                    from,
                    made: signed.clone(),
                    checked: None,
                };
                let row = encode(&keys::level_change(tenant, id, write), &fact);
                actions.push(self.put_action(row, None)?);
            }
            let done = self.transact(actions).await;
            // Also where it is not known whether it was made.
            self.forget(|caches| drop(caches.members.remove(&(tenant.clone(), id.clone()))));
            match done? {
                Transacted::Made => return Ok(Changed::Created(from)),
                // Somebody else changed them meanwhile.
                Transacted::Refused(failed) if failed.first() == Some(&true) => {}
                Transacted::Refused(_) => self.pause(attempt).await,
            }
        }
        Err(StoreError::Contended("change_standing"))
    }

    /// A distributor as they are now, with what they were and will be; none where there is none.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn member_with_histories(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
    ) -> StoreResult<Option<(Member, Histories)>> {
        let key = keys::member(tenant, id);
        let Some(item) = self.get(&key).await? else { return Ok(None) };
        let both = decode(&item).and_then(|member| {
            let reader = Reader(&item);
            let levels = reader.maps("levels", held)?;
            let statuses = reader.maps("statuses", held)?;
            let risks = if reader.has("risks") { reader.maps("risks", held)? } else { Vec::new() };
            Ok((member, Histories { levels, statuses, risks }))
        });
        both.map(Some).map_err(StoreError::damaged(&key.pk))
    }
}

pub(crate) fn entry(standing: &Standing, from: Timestamp, signed: &Signed) -> AttributeValue {
    map([
        ("t", Some(instant(from))),
        ("v", Some(text(standing.value()))),
        ("made_at", Some(instant(signed.at))),
        ("by", Some(text(&signed.by))),
        ("role", Some(text(&signed.role))),
        ("reason", signed.reason.as_ref().map(text)),
    ])
}

fn held(entry: Reader<'_>) -> Read<Held> {
    let made = entry.has("made_at").then(|| read_signed(entry, "made_at")).transpose()?;
    Ok(Held { value: entry.one("v", as_text)?, from: entry.one("t", as_instant)?, made })
}

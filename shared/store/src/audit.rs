//! Who changed what by hand: a row a change, written in the same transaction as the change.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use upline_domain::ids::{TenantId, Text};
use upline_domain::time;

use crate::Store;
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, Reader, instant, text};
use crate::keys::{self, Key};
use crate::ledger_reads::{Page, Period};
use crate::table::{Query, TRIES_MAX, Transacted, key_of};

/// Who makes a change by hand, when and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// When.
    pub at: Timestamp,
    /// Who: the subject of their token, or its role where it names none.
    pub by: String,
    /// The role of their token.
    pub role: String,
    /// Why.
    pub reason: Option<Text>,
}

/// What something is, by the name of each of its parts.
pub type Facts = BTreeMap<String, String>;

/// One change by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Who, when and why.
    pub signed: Signed,
    /// What was done, as a word such as `plan.publish`.
    pub action: String,
    /// To what: the version of a plan, or a distributor.
    pub about: String,
    /// What was before; empty where nothing was.
    pub before: Facts,
    /// What is from now on.
    pub after: Facts,
}

/// Parts with their names, as they stand in a row.
pub(crate) fn facts<const N: usize>(parts: [(&str, Option<String>); N]) -> Facts {
    parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part?))).collect()
}

impl Store {
    /// The two actions that keep an entry, for the transaction that makes its change: the row, and
    /// the day it is found under. `write` is what no two changes of one thing share: that it is
    /// made only once is the condition of the change itself.
    pub(crate) fn audit_actions(
        &self,
        tenant: &TenantId,
        entry: &AuditEntry,
        write: u64,
    ) -> StoreResult<[TransactWriteItem; 2]> {
        let day = keys::audit_day(tenant, time::day(entry.signed.at, &TimeZone::UTC));
        let day = self.update_action(&day, Update::new())?;
        Ok([self.audit_row(tenant, entry, write)?, day])
    }

    /// The actions that keep several entries of one moment.
    pub(crate) fn audit_many(
        &self,
        tenant: &TenantId,
        entries: &[(AuditEntry, u64)],
    ) -> StoreResult<Vec<TransactWriteItem>> {
        let Some(((first, write), rest)) = entries.split_first() else { return Ok(Vec::new()) };
        let mut actions = self.audit_actions(tenant, first, *write)?.to_vec();
        for (entry, write) in rest {
            actions.push(self.audit_row(tenant, entry, *write)?);
        }
        Ok(actions)
    }

    /// Keeps an entry by itself, for what is done elsewhere. A repeat changes nothing.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it may be kept; do it again.
    pub async fn audited(&self, tenant: &TenantId, entry: &AuditEntry) -> StoreResult<()> {
        let actions = self.audit_actions(tenant, entry, 0)?.to_vec();
        for attempt in 0..TRIES_MAX {
            match self.transact(actions.clone()).await? {
                Transacted::Made => return Ok(()),
                Transacted::Refused(_) => self.pause(attempt).await,
            }
        }
        Err(StoreError::Contended("audited"))
    }

    fn audit_row(
        &self,
        tenant: &TenantId,
        entry: &AuditEntry,
        write: u64,
    ) -> StoreResult<TransactWriteItem> {
        let AuditEntry { signed, action, about, before, after } = entry;
        let row = Update::new()
            .set("at", instant(signed.at))
            .set("by", text(&signed.by))
            .set("role", text(&signed.role))
            .maybe_set("reason", signed.reason.as_ref().map(text))
            .set("action", text(action))
            .set("about", text(about))
            .set("before", texts(before))
            .set("after", texts(after));
        let key = keys::audit(tenant, signed.at, action, &format!("{about}#{write}"));
        self.update_action(&key, row)
    }

    /// A page of what was changed by hand on some days, in UTC, newest first.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn audit(
        &self,
        tenant: &TenantId,
        period: Period<Date>,
        limit: usize,
        mut after: Option<Key>,
    ) -> StoreResult<Page<AuditEntry, Key>> {
        let mut items: Vec<AuditEntry> = Vec::new();
        for day in self.audit_days(tenant, period).await?.iter().rev() {
            let pk = keys::audit_partition(tenant, day);
            let mut from = match &after {
                Some(key) if key.pk < pk => continue,
                Some(key) if key.pk == pk => after.take().map(|key| key.sk),
                _ => None,
            };
            loop {
                let query = Query {
                    pk: &pk,
                    from: keys::FIRST,
                    to: keys::LAST,
                    only: &[],
                    ascending: false,
                    limit: Some(limit.saturating_sub(items.len())),
                    after: from,
                };
                let page = self.query(query).await?;
                for row in &page.items {
                    items.push(read(row).map_err(StoreError::damaged(&pk))?);
                    if items.len() >= limit {
                        return Ok(Page { items, after: key_of(row) });
                    }
                }
                from = page.after;
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(Page { items, after: None })
    }

    /// The days of a period on which something was changed, oldest first.
    async fn audit_days(
        &self,
        tenant: &TenantId,
        period: Period<Date>,
    ) -> StoreResult<Vec<String>> {
        let from = period.from.map_or_else(|| keys::FIRST.to_owned(), |day| day.to_string());
        let until = period.to.map(|day| day.to_string());
        let pk = keys::audit_days(tenant);
        let to = until.as_deref().unwrap_or(keys::LAST);
        let rows = self.query_between(&pk, &from, to).await?;
        let days: Read<Vec<String>> = rows.iter().map(|row| Reader::of(row)?.text("sk")).collect();
        let mut days = days.map_err(StoreError::damaged(&pk))?;
        days.retain(|day| Some(day) != until.as_ref());
        Ok(days)
    }
}

fn texts(facts: &Facts) -> AttributeValue {
    AttributeValue::M(facts.iter().map(|(name, part)| (name.clone(), text(part))).collect())
}

/// Reads who made a change back, from the item that it is kept in.
pub(crate) fn read_signed(reader: Reader<'_>, at: &str) -> Read<Signed> {
    Ok(Signed {
        at: reader.instant(at)?,
        by: reader.text("by")?,
        role: reader.text("role")?,
        reason: reader.maybe_text("reason")?,
    })
}

fn read(row: &Item) -> Read<AuditEntry> {
    let reader = Reader::of(row)?;
    let facts = |name: &str| {
        reader.one(name, |value| {
            let parts = value.as_m().ok()?.iter();
            parts.map(|(name, part)| Some((name.clone(), part.as_s().ok()?.clone()))).collect()
        })
    };
    Ok(AuditEntry {
        signed: read_signed(reader, "at")?,
        action: reader.text("action")?,
        about: reader.text("about")?,
        before: facts("before")?,
        after: facts("after")?,
    })
}

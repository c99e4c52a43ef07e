//! Versions of a tenant's plan: published once each, never changed.

use upline_domain::fingerprint::Fingerprint;
use upline_domain::ids::TenantId;
use upline_domain::limits::PLAN_VERSIONS_MAX;

use crate::Store;
use crate::audit::{AuditEntry, Facts, Signed, facts, read_signed};
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, Reader, as_fingerprint, fingerprint, instant, text};
use crate::keys;
use crate::ledger_reads::Page;
use crate::table::{Query, TRIES_MAX, Transacted, item};

/// What makes two documents under their policies the same, both JSON; the error is for an operator.
pub type PlanFingerprint = fn(document: &str, policy: &str) -> Result<Fingerprint, String>;

/// A plan that someone wants to publish. It compiles under its policy: the store does not look.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// The plan, as JSON; it is kept letter by letter.
    pub document: &'a str,
    /// The policy it was held against, as JSON.
    pub policy: &'a str,
    /// What tells it from others.
    pub fingerprint: PlanFingerprint,
}

/// What publishing a plan came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Published {
    /// There is a new version.
    Created(u32),
    /// This version is the same document under the same policy.
    Exists(u32),
    /// There is no room for more.
    TooMany,
}

/// A version of a tenant's plan, without the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanVersion {
    /// From 1.
    pub version: u32,
    /// The policy it was held against, as JSON.
    pub policy: String,
    /// What tells it from others; none of one that an older program published.
    pub hash: Option<Fingerprint>,
    /// Who published it; nobody is known of one that an older program published.
    pub published: Option<Signed>,
}

/// All that is read of a version but the document, which may be large.
const WITHOUT_DOCUMENT: &[&str] =
    &["pk", "sk", "format", "policy", "hash", "published_at", "by", "role", "reason"];

impl Store {
    /// Publishes a plan as the version after the newest: versions count 1, 2, 3 and so on, however
    /// many publish at once. The same document under the same policy makes no other version.
    ///
    /// # Errors
    ///
    /// * [`StoreError::Plan`] where a version that is there has no fingerprint; it will not pass by
    ///   itself.
    /// * [`StoreError`]: nothing is known to be kept; send it again.
    pub async fn publish(
        &self,
        tenant: &TenantId,
        draft: &Draft<'_>,
        signed: &Signed,
    ) -> StoreResult<Published> {
        let plan_error =
            |version, why| StoreError::Plan { tenant: tenant.to_string(), version, why };
        let hash = (draft.fingerprint)(draft.document, draft.policy);
        for attempt in 0..TRIES_MAX {
            let hashes = self.fingerprints(tenant, draft.fingerprint).await?;
            let newest = hashes.last().map_or(0, |(version, _)| *version);
            let next = newest.saturating_add(1);
            let hash = hash.clone().map_err(|why| plan_error(next, why))?;
            if let Some((version, _)) = hashes.iter().find(|(_, known)| *known == hash) {
                return Ok(Published::Exists(*version));
            }
            if newest >= PLAN_VERSIONS_MAX {
                return Ok(Published::TooMany);
            }
            let version = item(
                &keys::plan(tenant, next),
                [
                    ("document", Some(text(draft.document))),
                    ("policy", Some(text(draft.policy))),
                    ("hash", Some(fingerprint(hash))),
                    ("published_at", Some(instant(signed.at))),
                    ("by", Some(text(&signed.by))),
                    ("role", Some(text(&signed.role))),
                    ("reason", signed.reason.as_ref().map(text)),
                ],
            );
            let entry = AuditEntry {
                signed: signed.clone(),
                action: "plan.publish".to_owned(),
                about: next.to_string(),
                before: Facts::new(),
                after: facts([
                    ("version", Some(next.to_string())),
                    ("hash", Some(hash.to_string())),
                ]),
            };
            let mut actions = vec![self.put_action(version, None)?];
            actions.extend(self.audit_actions(tenant, &entry, next.into())?);
            match self.transact(actions).await? {
                Transacted::Made => return Ok(Published::Created(next)),
                // Somebody else published meanwhile: theirs may be the same.
                Transacted::Refused(failed) if failed.first() == Some(&true) => {}
                Transacted::Refused(_) => self.pause(attempt).await,
            }
        }
        Err(StoreError::Contended("publish"))
    }

    /// Every version with what tells it from others, oldest first.
    async fn fingerprints(
        &self,
        tenant: &TenantId,
        work_out: PlanFingerprint,
    ) -> StoreResult<Vec<(u32, Fingerprint)>> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let only = &["pk", "sk", "format", "hash"];
            let page = self.version_items(tenant, Way { only, ..Way::OLDEST_FIRST }, after).await?;
            for item in &page.items {
                let read = Reader::of(item).and_then(|reader| {
                    Ok((version(reader)?, reader.maybe("hash", as_fingerprint)?))
                });
                let (version, hash) = read.map_err(StoreError::damaged(&keys::plans(tenant)))?;
                let hash = match hash {
                    Some(hash) => hash,
                    None => self.work_out(tenant, version, work_out).await?,
                };
                found.push((version, hash));
            }
            after = page.after;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    /// The fingerprint of a version that an older program published without one.
    async fn work_out(
        &self,
        tenant: &TenantId,
        version: u32,
        work_out: PlanFingerprint,
    ) -> StoreResult<Fingerprint> {
        let key = keys::plan(tenant, version);
        let item = self.get(&key).await?.unwrap_or_default();
        let texts: Read<(String, String)> =
            Reader::of(&item).and_then(|r| Ok((r.text("document")?, r.text("policy")?)));
        let (document, policy) = texts.map_err(StoreError::damaged(&key.pk))?;
        let failed = |why| StoreError::Plan { tenant: tenant.to_string(), version, why };
        work_out(&document, &policy).map_err(failed)
    }

    /// A page of a tenant's versions, newest first.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn versions(
        &self,
        tenant: &TenantId,
        limit: usize,
        after: Option<String>,
    ) -> StoreResult<Page<PlanVersion>> {
        let way = Way { only: WITHOUT_DOCUMENT, ascending: false, limit: Some(limit) };
        let page = self.version_items(tenant, way, after).await?;
        let items: Read<Vec<PlanVersion>> = page.items.iter().map(read).collect();
        let items = items.map_err(StoreError::damaged(&keys::plans(tenant)))?;
        Ok(Page { items, after: page.after })
    }

    /// One version with its document, letter by letter; none where there is no such version.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn version(
        &self,
        tenant: &TenantId,
        version: u32,
    ) -> StoreResult<Option<(PlanVersion, String)>> {
        let key = keys::plan(tenant, version);
        let Some(item) = self.get(&key).await? else { return Ok(None) };
        let both = read(&item).and_then(|about| Ok((about, Reader(&item).text("document")?)));
        both.map(Some).map_err(StoreError::damaged(&key.pk))
    }

    async fn version_items(
        &self,
        tenant: &TenantId,
        Way { only, ascending, limit }: Way<'_>,
        after: Option<String>,
    ) -> StoreResult<Page<Item>> {
        let pk = keys::plans(tenant);
        let to = format!("{}{}", keys::VERSIONS, keys::LAST);
        let query = Query { pk: &pk, from: keys::VERSIONS, to: &to, only, ascending, limit, after };
        let page = self.query(query).await?;
        Ok(Page { items: page.items, after: page.after })
    }
}

/// How versions are gone through.
struct Way<'a> {
    only: &'a [&'a str],
    ascending: bool,
    limit: Option<usize>,
}

impl Way<'_> {
    const OLDEST_FIRST: Self = Self { only: &[], ascending: true, limit: None };
}

fn version(reader: Reader<'_>) -> Read<u32> {
    reader.one("sk", |sk| keys::version_of(sk.as_s().ok()?))
}

fn read(item: &Item) -> Read<PlanVersion> {
    let reader = Reader::of(item)?;
    let signed = reader.has("published_at").then(|| read_signed(reader, "published_at"));
    Ok(PlanVersion {
        version: version(reader)?,
        policy: reader.text("policy")?,
        hash: reader.maybe("hash", as_fingerprint)?,
        published: signed.transpose()?,
    })
}

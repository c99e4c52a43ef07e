//! Team lists: each distributor under their five nearest ancestors, counted once by their own row.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;
use upline_domain::ids::{DistributorId, TenantId, Text};
use upline_domain::limits::TEAM_LIST_DEPTH_MAX;
use upline_domain::member::Member;

use crate::Store;
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, Reader, instant, number, text};
use crate::keys::{self, Key};
use crate::ledger_reads::Page;
use crate::nights::mark;
use crate::table::{Query, TRIES_MAX, Transacted, item};

/// One who stands below a distributor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamRow {
    /// Who.
    pub distributor: DistributorId,
    /// Their name, where they gave one.
    pub display_name: Option<Text>,
    /// How far below, from 1.
    pub depth: usize,
    /// Since when they are a distributor.
    pub registered_at: Timestamp,
}

fn count_name(depth: usize) -> String {
    format!("depth{depth}")
}

impl Store {
    /// Enters a distributor in the team lists of their nearest ancestors, and counts them there and
    /// among their sponsor's recruits of the day; the ancestors' levels are looked at by the next
    /// night after `now`. A repeat changes nothing.
    ///
    /// Returns in how many lists they were not yet.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: they may be entered in some; do it again.
    pub async fn post_member(
        &self,
        tenant: &TenantId,
        member: &Member,
        now: Timestamp,
    ) -> StoreResult<u64> {
        let mut entered = 0_u64;
        for (depth, ancestor) in nearest(member) {
            let row = [
                ("distributor", Some(text(&member.id))),
                ("name", member.display_name.as_ref().map(text)),
                ("depth", Some(number(depth))),
                ("registered_at", Some(instant(member.registered_at))),
            ];
            let row = item(&keys::team(tenant, ancestor, depth, &member.id), row);
            let count = Update::new().add(&count_name(depth), number(1));
            let count = mark(count, tenant, ancestor, now);
            let counts = keys::team_counts(tenant, ancestor);
            let mut actions =
                vec![self.put_action(row, None)?, self.update_action(&counts, count)?];
            if depth == 1 {
                let day = keys::recruits(tenant, ancestor, member.registered_on);
                let recruit = Update::new()
                    .set_once("date", text(member.registered_on))
                    .add("recruits", number(1));
                actions.push(self.update_action(&day, recruit)?);
            }
            entered = entered.saturating_add(u64::from(self.count_once(actions).await?));
        }
        Ok(entered)
    }

    /// Those of some distributors who are missing from a list that they belong in. A transaction
    /// that finds its row there costs as much as one that is made; to look costs a read unit a row.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn unentered(
        &self,
        members: Vec<(TenantId, Box<Member>)>,
    ) -> StoreResult<Vec<(TenantId, Box<Member>)>> {
        let keys = members.iter().flat_map(|(tenant, member)| rows_of(tenant, member)).collect();
        let there = self.get_many(keys).await?;
        let is_missing = |(tenant, member): &(TenantId, Box<Member>)| {
            rows_of(tenant, member).any(|key| !there.contains_key(&key))
        };
        Ok(members.into_iter().filter(is_missing).collect())
    }

    /// Makes a transaction whose first action is the guard of the others: where that is there
    /// already, all of it was made before. Whether it was made now.
    async fn count_once(&self, actions: Vec<TransactWriteItem>) -> StoreResult<bool> {
        for attempt in 0..TRIES_MAX {
            match self.transact(actions.clone()).await? {
                Transacted::Made => return Ok(true),
                Transacted::Refused(failed) if failed.first() == Some(&true) => return Ok(false),
                Transacted::Refused(_) => self.pause(attempt).await,
            }
        }
        Err(StoreError::Contended("post_member"))
    }

    /// How many stand below a distributor at each of the five nearest depths, from depth 1.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn team_counts(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
    ) -> StoreResult<Vec<u64>> {
        let key = keys::team_counts(tenant, id);
        let Some(item) = self.get(&key).await? else { return Ok(vec![0; TEAM_LIST_DEPTH_MAX]) };
        read_counts(&item).map_err(StoreError::damaged(&key.pk))
    }

    /// A page of those who stand `depth` below a distributor, by id.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn team(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        depth: usize,
        limit: usize,
        after: Option<String>,
    ) -> StoreResult<Page<TeamRow>> {
        let pk = keys::distributor(tenant, id);
        let from = keys::team_prefix(depth);
        let to = format!("{from}\u{10ffff}");
        let query = Query {
            pk: &pk,
            from: &from,
            to: &to,
            only: &[],
            ascending: true,
            limit: Some(limit),
            after,
        };
        let page = self.query(query).await?;
        let items: Read<Vec<TeamRow>> = page.items.iter().map(read).collect();
        Ok(Page { items: items.map_err(StoreError::damaged(&pk))?, after: page.after })
    }
}

/// The ancestors in whose lists a distributor stands, each with how far below.
fn nearest(member: &Member) -> impl Iterator<Item = (usize, &DistributorId)> {
    (1_usize..).zip(member.lineage.iter().take(TEAM_LIST_DEPTH_MAX))
}

/// The rows by which they stand there.
fn rows_of(tenant: &TenantId, member: &Member) -> impl Iterator<Item = Key> {
    nearest(member).map(|(depth, ancestor)| keys::team(tenant, ancestor, depth, &member.id))
}

/// Reads how many stand below a distributor at each depth.
pub(crate) fn read_counts(item: &Item) -> Read<Vec<u64>> {
    let reader = Reader::of(item)?;
    let count = |depth| Ok(reader.maybe_number(&count_name(depth))?.unwrap_or(0));
    (1..=TEAM_LIST_DEPTH_MAX).map(count).collect()
}

fn read(item: &Item) -> Read<TeamRow> {
    let reader = Reader::of(item)?;
    Ok(TeamRow {
        distributor: reader.text("distributor")?,
        display_name: reader.maybe_text("name")?,
        depth: reader.number("depth")?,
        registered_at: reader.instant("registered_at")?,
    })
}

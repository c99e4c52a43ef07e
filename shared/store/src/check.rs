//! Checks of levels: what one is decided by is read, and what it came to is written, in one
//! transaction where the level changes. A check that changes nothing writes nothing.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use jiff::civil::Date;
use upline_domain::figures::{Day, Reading};
use upline_domain::ids::{DistributorId, LevelId, TenantId};
use upline_domain::limits::TEAM_LIST_DEPTH_MAX;
use upline_domain::member::Member;
use upline_domain::money::SignedMoney;

use crate::Store;
use crate::audit::Signed;
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{Damaged, Item, Read, Reader, number, text, with_entry};
use crate::keys;
use crate::ledger_items::{DayFigures, read_day};
use crate::level_fact::{CheckedBy, LevelFact, encode};
use crate::member::decode;
use crate::standing::{Standing, entry};
use crate::table::{Transacted, Written};
use crate::team::read_counts;

/// A distributor whose level is looked at, as they are now.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The distributor.
    pub member: Member,
    /// How many stand below them, from depth 1.
    pub team: Vec<u64>,
    /// What the last check left.
    pub check: CheckState,
    /// How often level, status or risk was changed; none before the first time.
    changes: Option<u64>,
    /// How often the state of checks was written; none where it never was.
    writes: Option<u64>,
    levels: Option<AttributeValue>,
}

/// What a check leaves for the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckState {
    /// A level for which what is asked was found not to hold, with the day of the check that found
    /// it first. It says nothing of another level.
    pub failing: Option<(LevelId, Date)>,
    /// The day on which the level is looked at again, whatever happens until then.
    pub look_on: Option<Date>,
}

impl CheckState {
    /// Since when what is asked for a level does not hold, if that is known of this very level.
    #[must_use]
    pub fn failing_since(&self, level: Option<&LevelId>) -> Option<Date> {
        let failing = self.failing.as_ref().filter(|(failing, _)| Some(failing) == level);
        failing.map(|(_, since)| *since)
    }
}

/// Another level, that a check came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLevel {
    /// The level until then.
    pub was: LevelId,
    /// The level from then on.
    pub level: LevelId,
    /// From when on.
    pub from: Timestamp,
    /// The place of the entry among the levels that the distributor has had.
    pub place: usize,
    /// When the check was made.
    pub made_at: Timestamp,
    /// The version of the plan that asks for it.
    pub plan_version: u32,
    /// The day of the check.
    pub on: Date,
    /// What was asked, and what was there of it.
    pub readings: Vec<Reading>,
}

/// Who makes the changes that a check comes to.
const CHECK_UPGRADES: &str = "check-upgrades";

impl Store {
    /// Distributors with what their checks are decided by, as they are now; those that are not
    /// there are left out.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn subjects(
        &self,
        tenant: &TenantId,
        ids: &[DistributorId],
    ) -> StoreResult<HashMap<DistributorId, Result<Subject, Damaged>>> {
        let keys = |id: &DistributorId| {
            let (member, check) = (keys::member(tenant, id), keys::check(tenant, id));
            [member, check, keys::team_counts(tenant, id)]
        };
        let found = self.get_many(ids.iter().flat_map(keys).collect()).await?;
        let subject = |id: &DistributorId| {
            let [member, check, team] = keys(id).map(|key| found.get(&key));
            Some((id.clone(), read_subject(member?, check, team)))
        };
        Ok(ids.iter().filter_map(subject).collect())
    }

    /// What a distributor did each day from one on, to the last that is known.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn figures_since(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        from: Date,
    ) -> StoreResult<BTreeMap<Date, Day>> {
        let pk = keys::distributor(tenant, id);
        let rows = self.query_between(&pk, &keys::day_prefix(from), keys::DAYS_TO).await?;
        let rows: Read<Vec<DayFigures>> = rows.iter().map(read_day).collect();
        let mut days: BTreeMap<Date, Day> = BTreeMap::new();
        for row in rows.map_err(StoreError::damaged(&pk))? {
            let day = days.entry(row.date).or_default();
            day.recruits = day.recruits.saturating_add(row.recruits.unwrap_or(0));
            day.orders = day.orders.saturating_add(row.orders);
            if let Some(currency) = row.currency {
                let add = |sales: &mut BTreeMap<_, SignedMoney>, more| sales.insert(currency, more);
                add(&mut day.own_sales, row.own_sales);
                add(&mut day.team_sales, row.team_sales);
            }
        }
        Ok(days)
    }

    /// Keeps what a check came to, on condition that no other check kept anything since the subject
    /// was read; whether it was kept. A new level also asks that nothing was changed by hand; a
    /// state alone does not, because such a change has the level looked at by the next night.
    /// Nothing is written where nothing is otherwise. This process goes by a new level at once.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it may be kept; check again, which finds nothing to change then.
    pub async fn keep_check(
        &self,
        tenant: &TenantId,
        subject: &Subject,
        check: CheckState,
        new: Option<NewLevel>,
    ) -> StoreResult<bool> {
        let id = &subject.member.id;
        let Some(new) = new else {
            if check == subject.check {
                return Ok(true);
            }
            let update = state(tenant, subject, check);
            let written = self.update(&keys::check(tenant, id), update).await?;
            return Ok(matches!(written, Written::Made));
        };
        let key = keys::member(tenant, id);
        let write = subject.changes.unwrap_or(0).saturating_add(1);
        let signed = Signed {
            at: new.made_at,
            by: CHECK_UPGRADES.to_owned(),
            role: "system".to_owned(),
            reason: None,
        };
        let standing = Standing::Level(new.level.clone());
        let made = entry(&standing, new.from, &signed);
        let grown = with_entry(subject.levels.as_ref(), new.place, made);
        let update = Update::new().set("levels", grown).set("n", number(write));
        let update = match subject.changes {
            Some(n) => update.when_equal("n", number(n)),
            None => update.when_absent("n").when_present("id"),
        };
        let NewLevel { was, level, from, plan_version, on, readings, .. } = new;
        let checked = Some(CheckedBy { plan_version, on, readings });
        let fact = LevelFact { write, was: Some(was), level, from, made: signed, checked };
        let actions = vec![
            self.update_action(&key, update)?,
            self.put_action(encode(&keys::level_change(tenant, id, write), &fact), None)?,
            self.update_action(&keys::check(tenant, id), state(tenant, subject, check))?,
        ];
        let done = self.transact(actions).await;
        // Also where it is not known whether it was made.
        self.forget(|caches| drop(caches.members.remove(&(tenant.clone(), id.clone()))));
        Ok(matches!(done?, Transacted::Made))
    }
}

/// The state of checks as an update, on condition that it is as it was read. It is listed for the
/// day on which the level is looked at again, if there is one.
fn state(tenant: &TenantId, subject: &Subject, check: CheckState) -> Update {
    let id = &subject.member.id;
    let listed = |day| keys::checks_of_shard(tenant, day, keys::distributor_shard(id));
    let update = Update::new().set("n", number(subject.writes.unwrap_or(0).saturating_add(1)));
    let update = match subject.writes {
        Some(n) => update.when_equal("n", number(n)),
        None => update.when_absent("n"),
    };
    let update = match check.look_on {
        Some(day) => update.set("look_on", text(day)).set("gsi1pk", text(listed(day))),
        None => update.remove("look_on").remove("gsi1pk"),
    };
    match check.failing {
        Some((level, since)) => {
            update.set("failing", text(level)).set("failing_since", text(since))
        }
        None => update.remove("failing").remove("failing_since"),
    }
}

fn read_subject(member: &Item, check: Option<&Item>, team: Option<&Item>) -> Read<Subject> {
    let none = Item::new();
    let state = check.map(Reader::of).transpose()?.unwrap_or(Reader(&none));
    let counts = team.map_or_else(|| Ok(vec![0; TEAM_LIST_DEPTH_MAX]), read_counts)?;
    Ok(Subject {
        member: decode(member)?,
        team: counts,
        check: CheckState {
            failing: state.maybe_text("failing")?.zip(state.maybe_text("failing_since")?),
            look_on: state.maybe_text("look_on")?,
        },
        changes: Reader(member).maybe_number("n")?,
        writes: state.maybe_number("n")?,
        levels: member.get("levels").cloned(),
    })
}

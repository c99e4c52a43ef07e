//! `check-upgrades`: who did what is asked for a higher level rises to it, and who does not any
//! more falls, where the plan lets them. Each change is a fact with what led to it, and holds from
//! a time ahead, so that no order is calculated otherwise than it was.

pub mod jobs;
mod night;

use futures::future;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use tracing::error;
use upline_domain::figures::{Figures, window_start};
use upline_domain::ids::{DistributorId, TenantId};
use upline_domain::member::{Member, Risk, Status};
use upline_domain::schedule::{Lead, Placed, Wanted};
use upline_domain::time;
use upline_domain::upgrade::{self, Standing, window_days};
use upline_store::{ActivePlan, CheckState, NewLevel, Store, StoreError, StoreResult, Subject};

pub use night::{Counts, Part, check_shard};

/// How often a check is made anew because something was changed beside it.
const TRIES_MAX: u32 = 8;

/// A level that holds so soon is waited for: another check may have set it by a clock that is ahead
/// of this one, and would be said once more.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// The clock that a check goes by, and how long before it holds a level is changed.
#[derive(Clone, Copy)]
pub struct Clock<'a> {
    /// Now.
    pub now: &'a (dyn Fn() -> Timestamp + Sync),
    /// How long ahead.
    pub lead: Lead,
}

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// The level stays.
    Stays,
    /// A higher level, from a time on.
    Raised,
    /// A lower level, from a time on.
    Lowered,
    /// They are frozen or terminated, and are left on their level.
    NotActive,
    /// The level would be another, but they have had as many as are kept.
    NoRoom,
    /// Their item cannot be read.
    Unreadable,
}

/// Checks the level of one distributor; none where there is no such distributor, or no plan. A
/// repeat finds nothing to change.
///
/// # Errors
///
/// * [`StoreError`]: check again; what was changed already is not changed twice.
pub async fn check_one(
    store: &Store,
    clock: Clock<'_>,
    tenant: &TenantId,
    id: &DistributorId,
) -> StoreResult<Option<Looked>> {
    for _ in 0..TRIES_MAX {
        let Some(subject) = store.subjects(tenant, std::slice::from_ref(id)).await?.remove(id)
        else {
            return Ok(None);
        };
        let subject = match subject {
            Ok(subject) => subject,
            Err(damaged) => {
                error!(distributor.id = %id, "the level of {id} cannot be checked: {damaged}");
                return Ok(Some(Looked::Unreadable));
            }
        };
        let now = (clock.now)();
        let from = clock.lead.earliest(now);
        let Some(plan) = store.plan_at(tenant, from, now).await? else { return Ok(None) };
        let when = When { now, from, lead: clock.lead };
        if let Some(looked) = check(store, tenant, &plan, &subject, when).await? {
            return Ok(Some(looked));
        }
    }
    Err(StoreError::Contended("check_upgrades"))
}

/// The moment of a check.
#[derive(Clone, Copy)]
struct When {
    now: Timestamp,
    /// From when on a change that is made now holds.
    from: Timestamp,
    lead: Lead,
}

/// Checks a subject as it was read; none where it was changed meanwhile.
async fn check(
    store: &Store,
    tenant: &TenantId,
    plan: &ActivePlan,
    subject: &Subject,
    when: When,
) -> StoreResult<Option<Looked>> {
    let member = &subject.member;
    let today = time::day(when.now, &plan.plan.timezone);
    let days = match member.status_at(when.from) {
        Status::Active => {
            let since = window_start(today, window_days(&plan.plan.ladder));
            store.figures_since(tenant, &member.id, since).await?
        }
        // Whatever they did makes no difference.
        Status::Frozen | Status::Terminated => std::collections::BTreeMap::new(),
    };
    let compliant = member.risk_at(when.from) == Risk::Clear;
    let figures = Figures { days, team: subject.team.clone(), compliant };
    let Decided { state, new, looked } = decide(plan, subject, &figures, today, when);
    let kept = store.keep_check(tenant, subject, state, new).await?;
    Ok(kept.then_some(looked))
}

struct Decided {
    state: CheckState,
    new: Option<NewLevel>,
    looked: Looked,
}

fn decide(
    plan: &ActivePlan,
    subject: &Subject,
    figures: &Figures,
    today: Date,
    when: When,
) -> Decided {
    let member = &subject.member;
    let levels = &plan.plan.levels;
    let rank = plan.plan.rank(member.levels.at(when.from));
    let named = |rank: usize| levels.get(rank).cloned();
    let later = will_change(member, when.from).map(|at| time::day(at, &plan.plan.timezone));
    let stays = |looked, look_on: Option<Date>, failing| {
        let look_on = look_on.into_iter().chain(later).min();
        Decided { state: CheckState { failing, look_on }, new: None, looked }
    };
    if member.status_at(when.from) != Status::Active {
        return stays(Looked::NotActive, None, subject.check.failing.clone());
    }
    let soon = when.from.checked_add(SOON).unwrap_or(when.from);
    if member.levels.next_after(when.from).is_some_and(|next| next <= soon) {
        // What led to them being due leads to it again in the next night.
        return Decided { state: subject.check.clone(), new: None, looked: Looked::Stays };
    }
    let failing_since = subject.check.failing_since(levels.get(rank));
    let stands = Standing { rank, failing_since };
    let verdict = upgrade::check(&plan.plan.ladder, figures, stands, today);
    let failing = named(verdict.standing.rank).zip(verdict.standing.failing_since);
    let other = (verdict.standing.rank != rank).then(|| named(verdict.standing.rank)).flatten();
    let Some(level) = other else { return stays(Looked::Stays, verdict.look_on, failing) };
    let wanted = Wanted { from: None, now: when.now, lead: when.lead };
    let (from, place) = match member.levels.place(&level, &wanted) {
        Ok(Placed::New { from, place }) => (from, place),
        Ok(Placed::Again { .. }) => return stays(Looked::Stays, verdict.look_on, failing),
        Err(_) => return stays(Looked::NoRoom, verdict.look_on, None),
    };
    let raised = verdict.standing.rank > rank;
    // What was asked for the level that is reached, or for the one that is lost.
    let asked = plan.plan.ladder.asked(if raised { verdict.standing.rank } else { rank });
    let readings = asked.map(|asked| figures.readings(asked, today)).unwrap_or_default();
    let looked = if raised { Looked::Raised } else { Looked::Lowered };
    let decided = stays(looked, verdict.look_on, failing);
    let was = named(rank).unwrap_or_else(|| level.clone());
    let new = NewLevel {
        was,
        level,
        from,
        place,
        made_at: when.now,
        plan_version: plan.version,
        on: today,
        readings,
    };
    Decided { new: Some(new), ..decided }
}

/// When something about a distributor changes that is settled already.
fn will_change(member: &Member, after: Timestamp) -> Option<Timestamp> {
    let (levels, statuses) = (member.levels.next_after(after), member.statuses.next_after(after));
    [levels, statuses, member.risks.next_after(after)].into_iter().flatten().min()
}

/// Checks some distributors, several at once.
async fn check_many(
    store: &Store,
    clock: Clock<'_>,
    tenant: &TenantId,
    ids: &[DistributorId],
) -> StoreResult<Vec<Looked>> {
    let now = (clock.now)();
    let from = clock.lead.earliest(now);
    let Some(plan) = store.plan_at(tenant, from, now).await? else { return Ok(Vec::new()) };
    let when = When { now, from, lead: clock.lead };
    let subjects = &store.subjects(tenant, ids).await?;
    let plan = &plan;
    let checks = ids.iter().map(|id| async move {
        let looked = match subjects.get(id) {
            None => return Ok(None),
            Some(Ok(subject)) => check(store, tenant, plan, subject, when).await?,
            Some(Err(_)) => None,
        };
        // It was changed meanwhile, or cannot be read: it is looked at by itself.
        if looked.is_some() { Ok(looked) } else { check_one(store, clock, tenant, id).await }
    });
    Ok(future::try_join_all(checks).await?.into_iter().flatten().collect())
}

//! How a distributor's level stands: what they and the operators see of it.

use axum::extract::State;
use axum::{Extension, Json};
use jiff::Timestamp;
use jiff::civil::Date;
use upline_contract::level_view::{
    BenefitView, KeepsView, LevelChangeView, LevelView, NextLevelView, condition_view, next_level,
    reading_view,
};
use upline_domain::benefits::benefits;
use upline_domain::explain::levels::benefit;
use upline_domain::figures::{Figures, PACE_DAYS, window_start};
use upline_domain::language::Language;
use upline_domain::member::{Member, Risk, Status};
use upline_domain::plan::Plan;
use upline_domain::time;
use upline_domain::upgrade::window_days;
use upline_store::{LevelFact, StoreError, Subject};

use crate::distributors::{named, unknown};
use crate::paging::Asked;
use crate::problem::{Answer, PathId};
use crate::{Api, Caller, Role};

/// Changes of level that are shown; the last ones.
const HISTORY_SHOWN: usize = 25;

/// `GET /v1/distributors/{id}/level?lang`
pub(crate) async fn level(
    State(api): State<Api>,
    Extension(caller): Extension<Caller>,
    PathId(id): PathId,
    asked: Asked,
) -> Answer<LevelView> {
    let language = asked.only(&["lang"])?.language()?;
    let id = named(&caller, &id)?;
    let tenant = &caller.tenant;
    let found = api.store.subjects(tenant, std::slice::from_ref(&id)).await?.remove(&id);
    let subject = found.ok_or_else(|| unknown(&id))?;
    let subject =
        subject.map_err(|damaged| StoreError::Damaged { key: id.to_string(), damaged })?;
    let now = (api.now)();
    let changes = api.store.level_changes(tenant, &id, HISTORY_SHOWN, None).await?;
    let tells = Tells { language, all: caller.may(&[Role::Ops]).is_ok() };
    let history = tells.history(changes.items);
    let standing = subject.member.status_at(now);
    let status = standing.as_str().to_owned();
    let Some(plan) = api.store.plan_at(tenant, now, now).await? else {
        let as_of = time::day(now, &jiff::tz::TimeZone::UTC).to_string();
        return Ok(Json(LevelView {
            distributor_id: id.to_string(),
            level: None,
            since: None,
            status,
            as_of,
            benefits: Vec::new(),
            keeps: None,
            next: None,
            beyond: Vec::new(),
            history,
        }));
    };
    let plan = &plan.plan;
    let today = time::day(now, &plan.timezone);
    let since_day = window_start(today, window_days(&plan.ladder).max(PACE_DAYS));
    let days = api.store.figures_since(tenant, &id, since_day).await?;
    let compliant = subject.member.risk_at(now) == Risk::Clear;
    let figures = Figures { days, team: subject.team.clone(), compliant };
    let member = &subject.member;
    let rank = plan.rank(member.levels.at(now));
    let mut above = tells.above((plan, rank), &figures, today, standing).into_iter();
    Ok(Json(LevelView {
        distributor_id: id.to_string(),
        level: plan.levels.get(rank).map(ToString::to_string),
        since: since(member, now).map(time::text),
        status,
        as_of: today.to_string(),
        benefits: tells.benefits(plan, rank),
        keeps: tells.keeps(plan, rank, &subject, &figures, today),
        next: above.next(),
        beyond: above.collect(),
        history,
    }))
}

fn since(member: &Member, now: Timestamp) -> Option<Timestamp> {
    member.levels.0.iter().rev().map(|(from, _)| *from).find(|from| *from <= now)
}

/// How it is told.
#[derive(Clone, Copy)]
struct Tells {
    language: Language,
    /// Also who made a change by hand, and why.
    all: bool,
}

impl Tells {
    fn benefits(self, plan: &Plan, rank: usize) -> Vec<BenefitView> {
        let all = benefits(plan, rank).into_iter();
        let view = |(currency, one)| {
            let text = benefit(&one, currency, self.language);
            BenefitView { currency: currency.to_string(), text }
        };
        all.map(view).collect()
    }

    fn keeps(
        self,
        plan: &Plan,
        rank: usize,
        subject: &Subject,
        figures: &Figures,
        today: Date,
    ) -> Option<KeepsView> {
        let asked = plan.ladder.asked(rank)?;
        let since = subject.check.failing_since(plan.levels.get(rank));
        let lost_on = since.and_then(|day| plan.ladder.demotion.lost_on(day));
        Some(KeepsView {
            conditions: condition_view(asked, figures, today, self.language),
            failing_since: since.map(|day| day.to_string()),
            lost_on: lost_on.map(|day| day.to_string()),
        })
    }

    /// Each level above that one can rise to.
    fn above(
        self,
        (plan, rank): (&Plan, usize),
        figures: &Figures,
        today: Date,
        status: Status,
    ) -> Vec<NextLevelView> {
        let above = plan.levels.iter().enumerate().skip(rank.saturating_add(1));
        let asked = above.filter_map(|(rank, level)| Some((level, plan.ladder.asked(rank)?)));
        asked.map(|level| next_level(level, figures, today, status, self.language)).collect()
    }

    /// Changes by when they hold, the latest first. What was before one is what the one below it
    /// says: a change may be made after it and hold before it.
    fn history(self, mut facts: Vec<LevelFact>) -> Vec<LevelChangeView> {
        facts.sort_by_key(|fact| std::cmp::Reverse((fact.from, fact.write)));
        let before = facts.iter().skip(1).map(|fact| Some(fact.level.to_string()));
        let before: Vec<Option<String>> = before.collect();
        let mut before = before.into_iter();
        let view = |fact| {
            let own = self.change(fact);
            let was = before.next().unwrap_or_else(|| own.was.clone());
            LevelChangeView { was, ..own }
        };
        facts.iter().map(view).collect()
    }

    fn change(self, fact: &LevelFact) -> LevelChangeView {
        let LevelFact { was, level, from, made, checked, .. } = fact;
        let readings = checked.iter().flat_map(|checked| &checked.readings);
        let told = self.all && checked.is_none();
        LevelChangeView {
            level: level.to_string(),
            was: was.as_ref().map(ToString::to_string),
            from: time::text(*from),
            made_at: time::text(made.at),
            how: if checked.is_some() { "check" } else { "hand" }.to_owned(),
            by: told.then(|| made.by.clone()),
            reason: made.reason.as_ref().filter(|_| told).map(ToString::to_string),
            plan_version: checked.as_ref().map(|checked| checked.plan_version),
            measures: readings.map(|one| reading_view(one, self.language)).collect(),
        }
    }
}

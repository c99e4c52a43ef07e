//! Levels as a tenant's part of the table holds them after a last night: everybody stands on the
//! highest level whose conditions hold by the figures of days, or may stand higher for a while. The
//! figures are held against the reference ledger elsewhere; conditions are read here from the plan
//! as it was published, and by nothing of the product.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde_json::Value;

use super::ending::{Part, instant};
use super::raw::{amount, list, number, text};
use super::run::Held;

/// From when on a change holds that is made now: 15 minutes, and what clocks are off.
const LEAD: SignedDuration = SignedDuration::from_mins(20);

/// Holds the levels of a tenant against what the plan asks, after a night at `now`.
///
/// # Errors
///
/// * Who stands on which level, and should not.
pub(crate) fn check(part: &Part<'_>, now: Timestamp) -> Held {
    let members = part.of("M", "MEMBER");
    for (id, _, member) in &members {
        facts(part, id, member)?;
    }
    let Some(plan) = plan(part, now + LEAD) else { return Ok(()) };
    let zone = plan["timezone"].as_str().unwrap_or("UTC");
    let today = TimeZone::get(zone).unwrap().to_datetime(now).date();
    for (id, _, member) in &members {
        stands(part, (id, member), &plan, today, now + LEAD)?;
    }
    Ok(())
}

/// The plan that is active for all at a time.
fn plan(part: &Part<'_>, at: Timestamp) -> Option<Value> {
    let plans = format!("{}#P", part.tenant);
    let active = part.items.get(&(plans.clone(), "ACTIVE".to_owned()))?;
    let holds = |one: &&Value| {
        one["M"].get("rollout").is_none() && instant(amount(&one["M"], "from")) <= at
    };
    let version = list(active, "active").iter().rev().find(holds)?;
    let key = (plans, format!("V#{:06}", amount(&version["M"], "version")));
    serde_json::from_str(text(&part.items[&key], "document")?).ok()
}

/// Every change of level is a row, and every row that a check wrote is a change.
fn facts(part: &Part<'_>, id: &str, member: &Value) -> Held {
    let entry = |from: i64, level: &str| format!("{level} from {from}");
    let held: BTreeSet<String> = list(member, "levels")
        .iter()
        .map(|one| entry(amount(&one["M"], "t"), text(&one["M"], "v").unwrap()))
        .collect();
    let rows = part.of("M", "LEVEL#").into_iter().filter(|(whose, _, _)| *whose == id);
    let rows: BTreeSet<String> =
        rows.map(|(_, _, row)| entry(amount(row, "from"), text(row, "level").unwrap())).collect();
    if held != rows {
        return Err(format!("{id} has had the levels {held:?}, and there are rows of {rows:?}"));
    }
    let checks = part.of("M", "LEVEL#").into_iter();
    let checks = checks.filter(|(whose, _, row)| *whose == id && row.get("checked_on").is_some());
    for (_, _, row) in checks {
        let from = instant(amount(row, "from"));
        // Clocks are off: the status of a little before or after may be what was known.
        let active = [-CLOCKS, SignedDuration::ZERO, CLOCKS]
            .into_iter()
            .any(|off| at(member, "statuses", from + off).is_none_or(|status| status == "active"));
        if !active {
            return Err(format!("{id} was not active at {from}, and has another level: {row}"));
        }
    }
    Ok(())
}

/// How far apart two clocks are at most.
const CLOCKS: SignedDuration = SignedDuration::from_secs(200);

/// What holds at a time of a history.
fn at<'a>(member: &'a Value, name: &str, time: Timestamp) -> Option<&'a str> {
    let entries = list(member, name).iter().rev();
    let mut held = entries.filter(|one| instant(amount(&one["M"], "t")) <= time);
    held.next().and_then(|one| text(&one["M"], "v"))
}

fn stands(
    part: &Part<'_>,
    (id, member): (&str, &Value),
    plan: &Value,
    today: Date,
    at_time: Timestamp,
) -> Held {
    if at(member, "statuses", at_time).is_some_and(|status| status != "active") {
        return Ok(());
    }
    let none = Vec::new();
    let levels = plan["levels"].as_array().unwrap_or(&none);
    let rank_of = |level: &str| levels.iter().position(|one| one["id"] == level);
    let rank = at(member, "levels", at_time).and_then(rank_of).unwrap_or(0);
    let asked = |rank: usize| levels.get(rank).and_then(|level| level.get("when"));
    let figures = Figures { part, id, today };
    let best = (0..levels.len()).rev().find(|rank| asked(*rank).is_some_and(|it| figures.hold(it)));
    let best = best.unwrap_or(0);
    if best == rank || (best < rank && asked(rank).is_none()) {
        return Ok(());
    }
    let wrong = |why: &str| {
        Err(format!("{id} stands on level {rank}, and {best} is the highest that holds: {why}"))
    };
    if best > rank {
        // There is no room for more than a hundred.
        let is_full = list(member, "levels").len() >= 100;
        return if is_full { Ok(()) } else { wrong("nobody raised them") };
    }
    let Some(grace) = plan["demote"]["after_days"].as_i64() else { return Ok(()) };
    let state = part.item("M", id, "CHECK");
    let since = state.filter(|it| text(it, "failing").and_then(rank_of) == Some(rank));
    let Some(since) = since.and_then(|it| text(it, "failing_since")) else {
        return wrong("no check found that");
    };
    let since: Date = since.parse().unwrap();
    let lost_on = since.checked_add(grace.days()).unwrap();
    if since <= today && today < lost_on { Ok(()) } else { wrong("the grace is over") }
}

/// What one distributor did, as the days of the table say.
struct Figures<'a> {
    part: &'a Part<'a>,
    id: &'a str,
    today: Date,
}

impl Figures<'_> {
    fn hold(&self, condition: &Value) -> bool {
        let (name, inner) = condition.as_object().unwrap().iter().next().unwrap();
        match name.as_str() {
            "all" => inner.as_array().unwrap().iter().all(|one| self.hold(one)),
            "any" => inner.as_array().unwrap().iter().any(|one| self.hold(one)),
            measure => {
                let least = match inner["currency"].as_str() {
                    Some(currency) => super::sent::minor(inner, "min", currency).unwrap(),
                    None => inner["min"].as_i64().unwrap(),
                };
                self.measured(measure, inner) >= least
            }
        }
    }

    fn measured(&self, measure: &str, of: &Value) -> i64 {
        if measure == "team_size" {
            let team = self.part.item("M", self.id, "TEAM");
            let depths = 1..=of["depth"].as_i64().unwrap_or(5);
            let counts =
                depths.map(|depth| team.map_or(0, |team| amount(team, &format!("depth{depth}"))));
            return counts.sum();
        }
        let since = self.today.checked_sub((of["days"].as_i64().unwrap() - 1).days()).unwrap();
        let own = self.part.of("M", "DAY#").into_iter().filter(|(id, _, _)| *id == self.id);
        let days = own.filter(|(_, _, day)| {
            let date: Date = text(day, "date").unwrap().parse().unwrap();
            since <= date && date <= self.today
        });
        let figures: Vec<&Value> = days.map(|(_, _, day)| day).collect();
        let name = match measure {
            "direct_recruits" => "recruits",
            "own_orders" => "orders",
            "months_active" => {
                let active = figures.into_iter().filter(|day| amount(day, "orders") > 0);
                let months = active.map(|day| text(day, "date").unwrap()[..7].to_owned());
                return i64::try_from(months.collect::<BTreeSet<_>>().len()).unwrap();
            }
            sales => sales,
        };
        let in_currency = |day: &&Value| {
            of["currency"].as_str().is_none_or(|currency| text(day, "currency") == Some(currency))
        };
        let figures = figures.into_iter().filter(in_currency);
        figures.filter_map(|day| number(day, name)).sum()
    }
}

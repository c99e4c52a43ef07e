//! `upline level`: where a distributor stands on the ladder of the plan, for a person.

use std::io::Write;

use serde_json::json;
use upline_contract::level_view::{
    BenefitView, ConditionView, EstimateView, KeepsView, LevelChangeView, LevelView, NextLevelView,
    ReadingView,
};
use upline_domain::language::Language;

use crate::cli::LevelOf;
use crate::client::escaped;
use crate::failure::{Failure, Form};
use crate::look::client;

/// The words around the figures, which come in the language that is asked for.
struct Words {
    benefits: &'static str,
    keeps: &'static str,
    failing: fn(&str) -> String,
    lost: fn(&str) -> String,
    next: fn(&str) -> String,
    then: fn(&str) -> String,
    all: &'static str,
    any: &'static str,
    holds: &'static str,
    arrives: fn(&str) -> String,
    never: &'static str,
    history: &'static str,
    by_hand: &'static str,
}

const ENGLISH: Words = Words {
    benefits: "brings",
    keeps: "asks",
    failing: |day| format!("does not hold since {day}"),
    lost: |day| format!("the level is lost on {day} if it does not hold again"),
    next: |level| format!("next is {level}, which asks"),
    then: |level| format!("above it is {level}, which asks"),
    all: "all of",
    any: "one of",
    holds: "holds, and is given by the next check",
    arrives: |day| format!("arrives on {day}"),
    never: "does not arrive within a year",
    history: "changes, the latest first",
    by_hand: "by hand",
};

const CHINESE: Words = Words {
    benefits: "权益",
    keeps: "保级条件",
    failing: |day| format!("自 {day} 起不满足"),
    lost: |day| format!("若仍不满足，将于 {day} 降级"),
    next: |level| format!("下一等级 {level} 的条件"),
    then: |level| format!("更高等级 {level} 的条件"),
    all: "全部满足",
    any: "满足其一",
    holds: "已满足，下次核查时升级",
    arrives: |day| format!("预计 {day} 达成"),
    never: "一年内预计无法达成",
    history: "等级变更（最近的在前）",
    by_hand: "人工调整",
};

/// `upline level`.
pub(crate) fn level(command: &LevelOf, form: Form, out: &mut impl Write) -> Result<(), Failure> {
    let (id, lang) = (escaped(command.id.as_str()), command.language.as_str());
    let path = format!("/v1/distributors/{id}/level?lang={lang}");
    let view: LevelView = client(&command.server)?.get(&path)?;
    if form == Form::Json {
        writeln!(out, "{}", json!(view))?;
        return Ok(());
    }
    Ok(tell(&view, words(command.language), out)?)
}

fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    }
}

fn tell(view: &LevelView, words: &Words, out: &mut impl Write) -> std::io::Result<()> {
    let LevelView { distributor_id, level, since, status, as_of, benefits, keeps, .. } = view;
    let level = level.as_deref().unwrap_or("-");
    let since = since.as_ref().map(|since| format!(" ({since})")).unwrap_or_default();
    writeln!(out, "{distributor_id}: {level}{since}, {status}, {as_of}")?;
    if !benefits.is_empty() {
        writeln!(out, "{}:", words.benefits)?;
    }
    for BenefitView { text, .. } in benefits {
        writeln!(out, "  {text}")?;
    }
    if let Some(KeepsView { conditions, failing_since, lost_on }) = keeps {
        writeln!(out, "{}:", words.keeps)?;
        condition(conditions, words, 1, out)?;
        for line in
            [failing_since.as_deref().map(words.failing), lost_on.as_deref().map(words.lost)]
        {
            line.map_or(Ok(()), |line| writeln!(out, "  {line}"))?;
        }
    }
    for (heading, above) in [(words.next, view.next.as_slice()), (words.then, &view.beyond)] {
        for NextLevelView { level, conditions, estimate } in above {
            writeln!(out, "{}:", heading(level))?;
            condition(conditions, words, 1, out)?;
            let EstimateView { date, assumption } = estimate;
            match date.as_deref() {
                Some(today) if today == as_of => writeln!(out, "  {}", words.holds)?,
                Some(day) => writeln!(out, "  {}, {assumption}", (words.arrives)(day))?,
                None if status == "active" => writeln!(out, "  {}, {assumption}", words.never)?,
                None => writeln!(out, "  {assumption}")?,
            }
        }
    }
    if !view.history.is_empty() {
        writeln!(out, "{}:", words.history)?;
    }
    view.history.iter().try_for_each(|one| change(one, words, out))
}

/// Changes of level, each with what led to it.
pub(crate) fn tell_changes(
    changes: &[LevelChangeView],
    language: Language,
    out: &mut impl Write,
) -> std::io::Result<()> {
    changes.iter().try_for_each(|one| change(one, words(language), out))
}

/// A condition, each of its parts on a line: `+` holds, `-` does not.
fn condition(
    view: &ConditionView,
    words: &Words,
    deep: usize,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let space = "  ".repeat(deep);
    let (word, inner) = match view {
        ConditionView::All(inner) => (words.all, inner),
        ConditionView::Any(inner) => (words.any, inner),
        ConditionView::One(one) => return reading(one, &space, out),
        ConditionView::Score { points, of } => {
            reading(points, &space, out)?;
            return of.iter().try_for_each(|one| reading(one, &format!("{space}  "), out));
        }
    };
    writeln!(out, "{space}{word}:")?;
    inner.iter().try_for_each(|one| condition(one, words, deep.saturating_add(1), out))
}

fn reading(view: &ReadingView, space: &str, out: &mut impl Write) -> std::io::Result<()> {
    let mark = match view.met {
        Some(true) => '+',
        Some(false) => '-',
        None => ' ',
    };
    writeln!(out, "{space}{mark} {}", view.text)
}

fn change(view: &LevelChangeView, words: &Words, out: &mut impl Write) -> std::io::Result<()> {
    let LevelChangeView { level, was, from, how, by, reason, measures, .. } = view;
    let was = was.as_ref().map(|was| format!("{was} -> ")).unwrap_or_default();
    let by = by.as_ref().map(|by| format!(" {by}")).unwrap_or_default();
    let hand = if how == "hand" { format!(", {}{by}", words.by_hand) } else { String::new() };
    let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    writeln!(out, "  {from}  {was}{level}{hand}{reason}")?;
    measures.iter().try_for_each(|one| reading(one, "      ", out))
}

//! How a distributor's level stands: what it brings, what the next one asks, and how far they are.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use upline_domain::explain::levels::{assumption, reading};
use upline_domain::figures::{Figures, Reading};
use upline_domain::ids::LevelId;
use upline_domain::language::Language;
use upline_domain::level::{Condition, Measure, points_text};
use upline_domain::member::Status;
use upline_domain::money::{Currency, SignedMoney};
use upline_domain::upgrade::arrival;

/// Where a distributor stands on the ladder of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LevelView {
    /// Whose.
    pub distributor_id: String,
    /// The level now; null where the tenant has no plan yet.
    pub level: Option<String>,
    /// Since when they are on it; absent where none was ever given, which is the lowest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// `active`, `frozen` or `terminated`: who is not active is left on their level.
    pub status: String,
    /// The day, in the tenant's time zone, with which every window of days ends.
    pub as_of: String,
    /// What the level brings.
    pub benefits: Vec<BenefitView>,
    /// What is asked for the level that they are on; absent where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps: Option<KeepsView>,
    /// The next level that one can rise to; absent at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextLevelView>,
    /// Those above it, lowest first: a level may be skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beyond: Vec<NextLevelView>,
    /// The latest changes of level, the one that holds latest first.
    pub history: Vec<LevelChangeView>,
}

/// One thing that a level brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BenefitView {
    /// In which currency.
    pub currency: String,
    /// What, in words.
    pub text: String,
}

/// What is asked for the level that somebody is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeepsView {
    /// What is asked, and what is there of it.
    pub conditions: ConditionView,
    /// The day of the check that first found it not to hold, while it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<String>,
    /// The day on which the level is lost if it does not hold again; absent where the plan lowers
    /// no level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost_on: Option<String>,
}

/// A level that somebody can rise to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NextLevelView {
    /// Which.
    pub level: String,
    /// What is asked, and what is there of it.
    pub conditions: ConditionView,
    /// When they may arrive.
    pub estimate: EstimateView,
}

/// When somebody may rise to a level: by the check of that day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EstimateView {
    /// The day, today where all that is asked is there; null where it is not within a year, and for
    /// one who is not active.
    pub date: Option<String>,
    /// On what it rests.
    pub assumption: String,
}

/// A condition with what is there of it: a list of others, or one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConditionView {
    /// All of these.
    All(Vec<ConditionView>),
    /// One of these.
    Any(Vec<ConditionView>),
    /// A measure, or that there is no open risk flag.
    One(ReadingView),
    /// Points, and the measures that they are for.
    Score {
        /// The points.
        points: ReadingView,
        /// The measures.
        of: Vec<ReadingView>,
    },
}

/// What is asked, and what is there of it. An amount is a string beside its `currency`, a count a
/// whole number as a string.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReadingView {
    /// The measure as the plan has it; `score` or `compliant`.
    pub measure: String,
    /// The window in days, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
    /// How deep a team counts, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Of an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What is there; of `compliant` 1 or 0.
    pub have: String,
    /// What is asked; absent of a measure that only adds to points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// Whether it holds; absent where nothing is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
    /// The same in words.
    pub text: String,
}

/// One change of level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LevelChangeView {
    /// The level from then on.
    pub level: String,
    /// The level until then; absent where none was ever given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// From when on.
    pub from: String,
    /// When it was made.
    pub made_at: String,
    /// `check` or `hand`.
    pub how: String,
    /// Who made it by hand; told to ops and admins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why it was made by hand; told to ops and admins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The version of the plan that a check went by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_version: Option<u32>,
    /// What a check found that led to it: of a rise what the new level asks, of a fall what the old
    /// one does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<ReadingView>,
}

/// A condition, and what is there of it on a day.
#[must_use]
pub fn condition_view(
    condition: &Condition,
    figures: &Figures,
    on: Date,
    language: Language,
) -> ConditionView {
    let inner = |several: &[Condition]| -> Vec<ConditionView> {
        several.iter().map(|one| condition_view(one, figures, on, language)).collect()
    };
    match condition {
        Condition::All(all) => ConditionView::All(inner(all)),
        Condition::Any(any) => ConditionView::Any(inner(any)),
        Condition::AtLeast { .. } | Condition::Compliant | Condition::Score(_) => {
            let readings = figures.readings(condition, on);
            let mut views = readings.iter().map(|one| reading_view(one, language));
            // One comes of each of these, and the measures of a score after its points.
            let first = views.next().unwrap_or_else(|| reading_view(&nothing(), language));
            let of: Vec<ReadingView> = views.collect();
            if of.is_empty() {
                ConditionView::One(first)
            } else {
                ConditionView::Score { points: first, of }
            }
        }
    }
}

fn nothing() -> Reading {
    Reading::Points { have_millionths: 0, least_millionths: 0 }
}

/// What is asked and what is there of it, for a person and a program.
#[must_use]
pub fn reading_view(one: &Reading, language: Language) -> ReadingView {
    let text = reading(one, language);
    match *one {
        Reading::Measured { measure, have, least } => ReadingView {
            measure: measure.as_str().to_owned(),
            days: measure.days(),
            depth: measure.depth(),
            currency: measure.currency().map(|currency| currency.to_string()),
            have: figure(measure, have),
            min: least.map(|least| figure(measure, least)),
            met: least.map(|least| have >= least),
            text,
        },
        Reading::Points { have_millionths, least_millionths } => ReadingView {
            measure: "score".to_owned(),
            days: None,
            depth: None,
            currency: None,
            have: points_text(have_millionths),
            min: Some(points_text(least_millionths)),
            met: Some(have_millionths >= least_millionths),
            text,
        },
        Reading::Compliant { have } => ReadingView {
            measure: "compliant".to_owned(),
            days: None,
            depth: None,
            currency: None,
            have: u8::from(have).to_string(),
            min: Some("1".to_owned()),
            met: Some(have),
            text,
        },
    }
}

fn figure(measure: Measure, figure: u64) -> String {
    let amount = |currency: Currency| {
        SignedMoney::from_minor(i64::try_from(figure).unwrap_or(i64::MAX)).text(currency)
    };
    measure.currency().map_or_else(|| figure.to_string(), amount)
}

/// A level above, with how far somebody of a status is from it.
#[must_use]
pub fn next_level(
    (level, condition): (&LevelId, &Condition),
    figures: &Figures,
    on: Date,
    status: Status,
    language: Language,
) -> NextLevelView {
    let arrives = arrival(condition, figures, on).filter(|_| status == Status::Active);
    NextLevelView {
        level: level.to_string(),
        conditions: condition_view(condition, figures, on, language),
        estimate: EstimateView {
            date: arrives.map(|day| day.to_string()),
            assumption: assumption(condition, status, language),
        },
    }
}

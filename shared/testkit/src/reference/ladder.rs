//! What a plan asks for its levels, and whether somebody has it.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;

use super::exact::{Exact, decimal, units, whole};
use super::fields::{list, required, text};

/// The levels of a plan, as far as a night goes by them.
pub(super) struct Ladder {
    /// What is asked for each level, lowest first; none for the first, and for one that is given by
    /// hand.
    pub(super) asked: Vec<Option<Condition>>,
    /// After how many days a level is lost; none where it never is.
    pub(super) grace: Option<i64>,
}

pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    AtLeast(Measure, Exact),
    Score { of: Vec<(Exact, Measure)>, least: Exact },
    Compliant,
}

/// What is counted. Amounts are of whole units of their currency.
pub(super) struct Measure {
    /// As the plan names it.
    name: String,
    currency: Option<String>,
    /// How long its window is; none where time makes no difference.
    days: Option<i64>,
    /// How deep a team counts.
    depth: usize,
}

/// One thing that somebody did. Amounts are minor units.
pub(super) struct Deed {
    pub(super) day: Date,
    pub(super) what: What,
}

pub(super) enum What {
    /// Another one registered under them.
    Recruited,
    /// An own order that was not refunded in full.
    OwnOrder,
    OwnSales(String, i64),
    TeamSales(String, i64),
}

/// All that a night knows of somebody.
#[derive(Default)]
pub(super) struct Known {
    pub(super) deeds: Vec<Deed>,
    /// How many stand below them, from depth 1.
    pub(super) team: Vec<u64>,
    pub(super) compliant: bool,
}

impl Ladder {
    pub(super) fn read(document: &Value) -> Self {
        let levels = list(document, "levels").iter();
        let mut asked: Vec<_> = levels.map(|level| level.get("when").map(condition)).collect();
        if asked.is_empty() {
            asked.push(None);
        }
        let grace = document.get("demote").and_then(|demote| demote.get("after_days"));
        Self { asked, grace: grace.and_then(Value::as_i64) }
    }

    /// How many days back a night has to look, at the most.
    pub(super) fn longest(&self) -> i64 {
        self.asked.iter().flatten().map(Condition::longest).max().unwrap_or(0)
    }

    /// The highest level whose conditions hold on a day; the first where none does.
    pub(super) fn best(&self, known: &Known, on: Date) -> usize {
        let holds =
            |asked: &Option<Condition>| asked.as_ref().is_some_and(|it| it.holds(known, on));
        self.asked.iter().rposition(holds).unwrap_or(0)
    }
}

/// Reads `{"all": [...]}`, or an element of such a list.
fn condition(value: &Value) -> Condition {
    let of = |name: &str| list(value, name).iter().map(condition).collect();
    let (name, inner) = value.as_object().and_then(|all| all.iter().next()).expect("a condition");
    match name.as_str() {
        "all" => Condition::All(of("all")),
        "any" => Condition::Any(of("any")),
        "compliant" => Condition::Compliant,
        "score" => {
            let of = list(inner, "of").iter().map(weighted).collect();
            Condition::Score { of, least: decimal(&required(inner, "min")) }
        }
        name => {
            let amount = text(inner, "min").map(|min| decimal(&min));
            let count = inner.get("min").and_then(Value::as_i64).map(whole);
            Condition::AtLeast(measure(name, inner), amount.or(count).expect("a min"))
        }
    }
}

/// Reads a weight beside a measure.
fn weighted(value: &Value) -> (Exact, Measure) {
    let mut fields = value.as_object().expect("an element of a score").iter();
    let (name, inner) = fields.find(|(name, _)| *name != "weight").expect("a measure");
    (decimal(&required(value, "weight")), measure(name, inner))
}

fn measure(name: &str, value: &Value) -> Measure {
    let depth = value.get("depth").and_then(Value::as_u64).unwrap_or(5);
    Measure {
        name: name.to_owned(),
        currency: text(value, "currency"),
        days: value.get("days").and_then(Value::as_i64),
        depth: usize::try_from(depth).expect("a depth"),
    }
}

impl Condition {
    fn holds(&self, known: &Known, on: Date) -> bool {
        match self {
            Self::All(all) => all.iter().all(|one| one.holds(known, on)),
            Self::Any(any) => any.iter().any(|one| one.holds(known, on)),
            Self::AtLeast(measure, least) => measure.of(known, on) >= *least,
            Self::Score { of, least } => {
                let points = of.iter().map(|(weight, measure)| weight * measure.of(known, on));
                points.sum::<Exact>() >= *least
            }
            Self::Compliant => known.compliant,
        }
    }

    fn longest(&self) -> i64 {
        match self {
            Self::All(inner) | Self::Any(inner) => {
                inner.iter().map(Self::longest).max().unwrap_or(0)
            }
            Self::AtLeast(measure, _) => measure.days.unwrap_or(0),
            Self::Score { of, .. } => {
                of.iter().filter_map(|(_, measure)| measure.days).max().unwrap_or(0)
            }
            Self::Compliant => 0,
        }
    }
}

impl Measure {
    /// What it comes to on a day: its window ends with that day, so one of 1 day is that day alone.
    fn of(&self, known: &Known, on: Date) -> Exact {
        let back = self.days.unwrap_or(0) - 1;
        let inside = |deed: &&Deed| on - back.days() <= deed.day && deed.day <= on;
        let deeds = known.deeds.iter().filter(inside);
        let number = |count: usize| whole(i64::try_from(count).expect("a count"));
        let own_order = |deed: &&Deed| matches!(deed.what, What::OwnOrder);
        match self.name.as_str() {
            "direct_recruits" => {
                number(deeds.filter(|deed| matches!(deed.what, What::Recruited)).count())
            }
            "team_size" => {
                let counts = known.team.iter().take(self.depth);
                counts.map(|count| Exact::from_integer((*count).into())).sum()
            }
            "own_orders" => number(deeds.filter(own_order).count()),
            "months_active" => {
                let months = deeds.filter(own_order).map(|deed| deed.day.first_of_month());
                number(months.collect::<BTreeSet<Date>>().len())
            }
            name => {
                let currency = self.currency.as_deref().expect("a currency");
                let amount = |sum: i64, deed: &Deed| match (name, &deed.what) {
                    ("own_sales", What::OwnSales(of, minor))
                    | ("team_sales", What::TeamSales(of, minor))
                        if of == currency =>
                    {
                        sum + minor
                    }
                    _ => sum,
                };
                units(deeds.fold(0, amount), currency)
            }
        }
    }
}

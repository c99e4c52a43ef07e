//! What a plan asks of a distributor for each of its levels.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::fingerprint::{Fields, Fingerprint};
use crate::ids::LevelId;
use crate::money::Currency;

/// How the levels of a plan are risen to and lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    /// What is asked for each level, lowest first. Nothing for the first, on which everybody
    /// stands, and for one that is given by hand alone.
    pub asked: Vec<Option<Condition>>,
    /// Whether a check may lower a level.
    pub demotion: Demotion,
}

impl Ladder {
    /// What is asked for a level; nothing for one that is given by hand.
    #[must_use]
    pub fn asked(&self, rank: usize) -> Option<&Condition> {
        self.asked.get(rank).and_then(Option::as_ref)
    }

    /// Whether a check can come to anything.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.asked.iter().any(Option::is_some)
    }

    /// What two plans have in common by which nobody stands otherwise: the levels, what is asked
    /// for them, and whose days count.
    #[must_use]
    pub fn fingerprint(&self, levels: &[LevelId], timezone: &TimeZone) -> Fingerprint {
        let fields = match self.demotion {
            Demotion::Never => Fields::of("ladder").text("never"),
            Demotion::AfterDays(days) => Fields::of("ladder").text("after").number(days.into()),
        };
        let levels = levels.iter().enumerate();
        let fields = levels.fold(fields, |fields, (rank, level)| {
            let fields = fields.text(level.as_str());
            match self.asked(rank) {
                Some(condition) => condition.add_to(fields),
                None => fields.text("by hand"),
            }
        });
        fields.maybe(timezone.iana_name()).finish()
    }
}

/// Whether a check may lower a level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Demotion {
    /// It may not.
    #[default]
    Never,
    /// It may, so many days after a check first found that what is asked for the level does not
    /// hold any more, if it never held in between.
    AfterDays(u16),
}

/// What must hold of a distributor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// All of these; at least one.
    All(Vec<Condition>),
    /// One of these; at least one.
    Any(Vec<Condition>),
    /// A measure comes to so much.
    AtLeast {
        /// Which.
        measure: Measure,
        /// How much, at least 1: minor units of the measure's currency, or a count.
        least: u64,
    },
    /// Points come to so much.
    Score(Score),
    /// There is no open risk flag.
    Compliant,
}

impl Demotion {
    /// The day on which a level is lost whose conditions were first found not to hold on another,
    /// if they do not hold again; none where no level is.
    #[must_use]
    pub fn lost_on(self, since: Date) -> Option<Date> {
        match self {
            Self::Never => None,
            Self::AfterDays(grace) => Some(since.saturating_add(i64::from(grace).days())),
        }
    }
}

impl Condition {
    /// Every measure that is asked for.
    #[must_use]
    pub fn measures(&self) -> Vec<Measure> {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().flat_map(Self::measures).collect(),
            Self::AtLeast { measure, .. } => vec![*measure],
            Self::Score(score) => score.parts.iter().map(|part| part.measure).collect(),
            Self::Compliant => Vec::new(),
        }
    }

    /// The windows of its measures, in days.
    pub(crate) fn windows(&self) -> Vec<u16> {
        self.measures().into_iter().filter_map(Measure::days).collect()
    }

    fn add_to(&self, fields: Fields) -> Fields {
        let several = |fields: Fields, word, inner: &[Self]| {
            let count = u64::try_from(inner.len()).unwrap_or(u64::MAX);
            let fields = fields.text(word).number(count);
            inner.iter().fold(fields, |fields, one| one.add_to(fields))
        };
        match self {
            Self::All(inner) => several(fields, "all", inner),
            Self::Any(inner) => several(fields, "any", inner),
            Self::AtLeast { measure, least } => measure.add_to(fields).number(*least),
            Self::Score(score) => {
                let count = u64::try_from(score.parts.len()).unwrap_or(u64::MAX);
                let fields = fields.text("score").number(score.least_millionths).number(count);
                score.parts.iter().fold(fields, |fields, part| {
                    part.measure.add_to(fields).number(part.weight_millionths)
                })
            }
            Self::Compliant => fields.text("compliant"),
        }
    }
}

/// Something that is counted or added up for a distributor, net of refunds. A window of days ends
/// with the day of the check, in the tenant's time zone: one of 1 day is that day alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Distributors who registered under them in the window.
    DirectRecruits {
        /// The window.
        days: u16,
    },
    /// Distributors who stand below them down to a depth, whenever they registered.
    TeamSize {
        /// The deepest that counts, from 1.
        depth: usize,
    },
    /// What was paid in the window for orders of which they are the first of the lineage.
    OwnSales {
        /// In which currency.
        currency: Currency,
        /// The window.
        days: u16,
    },
    /// What was paid in the window for orders that count for their team, own ones among them.
    TeamSales {
        /// In which currency.
        currency: Currency,
        /// The window.
        days: u16,
    },
    /// Own orders of the window, in whatever currency, without those refunded in full.
    OwnOrders {
        /// The window.
        days: u16,
    },
    /// Calendar months with an own order in the window, one refunded in full left out.
    MonthsActive {
        /// The window.
        days: u16,
    },
}

impl Measure {
    /// The currency, where it is an amount.
    #[must_use]
    pub fn currency(self) -> Option<Currency> {
        match self {
            Self::OwnSales { currency, .. } | Self::TeamSales { currency, .. } => Some(currency),
            Self::DirectRecruits { .. }
            | Self::TeamSize { .. }
            | Self::OwnOrders { .. }
            | Self::MonthsActive { .. } => None,
        }
    }

    /// The window in days; none where time makes no difference.
    #[must_use]
    pub fn days(self) -> Option<u16> {
        match self {
            Self::TeamSize { .. } => None,
            Self::DirectRecruits { days }
            | Self::OwnSales { days, .. }
            | Self::TeamSales { days, .. }
            | Self::OwnOrders { days }
            | Self::MonthsActive { days } => Some(days),
        }
    }

    /// How deep it counts a team; none where it is not of a team's size.
    #[must_use]
    pub fn depth(self) -> Option<usize> {
        match self {
            Self::TeamSize { depth } => Some(depth),
            Self::DirectRecruits { .. }
            | Self::OwnSales { .. }
            | Self::TeamSales { .. }
            | Self::OwnOrders { .. }
            | Self::MonthsActive { .. } => None,
        }
    }

    fn add_to(self, fields: Fields) -> Fields {
        let fields = fields.text(self.as_str()).maybe(self.currency().map(Currency::code));
        let depth = self.depth().and_then(|depth| u64::try_from(depth).ok());
        fields.number(self.days().map(u64::from).or(depth).unwrap_or(0))
    }

    /// The measure as it is written in a plan and in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DirectRecruits { .. } => "direct_recruits",
            Self::TeamSize { .. } => "team_size",
            Self::OwnSales { .. } => "own_sales",
            Self::TeamSales { .. } => "team_sales",
            Self::OwnOrders { .. } => "own_orders",
            Self::MonthsActive { .. } => "months_active",
        }
    }
}

/// Points for several measures, added up: of an amount for each whole unit of its currency (a yuan,
/// not a fen; parts count in part), of a count for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// How many points are asked for, in millionths, at least 1.
    pub least_millionths: u64,
    /// What is counted; at least one.
    pub parts: Vec<Weighted>,
}

/// A measure and what one of it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighted {
    /// The points for one, in millionths, at least 1.
    pub weight_millionths: u64,
    /// Which measure.
    pub measure: Measure,
}

/// Points as they are written: whole ones and parts, without zeros that say nothing.
#[must_use]
pub fn points_text(millionths: u64) -> String {
    let value = i64::try_from(millionths).unwrap_or(i64::MAX);
    rust_decimal::Decimal::new(value, 6).normalize().to_string()
}

//! The figures of one distributor, and what they have to do with each other.

use crate::level::{Condition, Measure, Score, Weighted};

/// Something of which a distributor has so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// What a measure comes to: minor units of its currency, or a count.
    Of(Measure),
    /// 1 where there is no open risk flag.
    Compliant,
}

/// A figure, and how much of it is asked for.
pub(super) type Wanted = (Figure, u64);

/// Figures of one distributor that stand as high, or as low, as some of them allow.
pub(super) enum Figures<'w> {
    Missing(&'w [Wanted]),
    Meeting(&'w [Wanted]),
}

impl<'w> Figures<'w> {
    /// The greatest of those that come to none of what is wanted.
    pub(super) fn missing(wanted: &'w [Wanted]) -> Self {
        Self::Missing(wanted)
    }

    /// The least of those that come to all that is wanted.
    pub(super) fn meeting(wanted: &'w [Wanted]) -> Self {
        Self::Meeting(wanted)
    }

    /// One of them.
    pub(super) fn of(&self, figure: Figure) -> u64 {
        match self {
            Self::Missing(wanted) => {
                let most = wanted.iter().filter_map(|&(other, least)| {
                    Some(tie(figure, other)?.most(least.saturating_sub(1)))
                });
                most.fold(greatest(figure), u64::min)
            }
            Self::Meeting(wanted) => {
                let least = wanted
                    .iter()
                    .filter_map(|&(other, least)| Some(tie(other, figure)?.least(least)));
                least.max().unwrap_or(0)
            }
        }
    }

    /// Whether they meet a condition.
    pub(super) fn meet(&self, condition: &Condition) -> bool {
        match condition {
            Condition::All(list) => list.iter().all(|one| self.meet(one)),
            Condition::Any(list) => list.iter().any(|one| self.meet(one)),
            Condition::AtLeast { measure, least } => self.of(Figure::Of(*measure)) >= *least,
            Condition::Score(score) => self.points(score) >= asked(score),
            Condition::Compliant => self.of(Figure::Compliant) >= 1,
        }
    }

    /// The points that they make, in the unit of [`asked`].
    pub(super) fn points(&self, score: &Score) -> u128 {
        let points = score.parts.iter().map(|part| {
            let figure = u128::from(self.of(Figure::Of(part.measure)));
            figure.saturating_mul(each(part))
        });
        points.fold(0, u128::saturating_add)
    }
}

/// Whether each figure that is wanted is one that somebody can have.
pub(super) fn can_be(wanted: &[Wanted]) -> bool {
    wanted.iter().all(|(figure, least)| *least <= greatest(*figure))
}

/// The parts into which a millionth of a point is taken, so that each minor unit has a whole number
/// of them: no currency has more than four digits after the point.
const DIGITS: u32 = 4;

/// The points that a score asks for, in those parts.
pub(super) fn asked(score: &Score) -> u128 {
    u128::from(score.least_millionths).saturating_mul(10_u128.saturating_pow(DIGITS))
}

/// What one of a measure, or one minor unit of it, is worth in them.
fn each(part: &Weighted) -> u128 {
    let digits = part.measure.currency().map_or(0, crate::money::Currency::digits);
    let parts = 10_u128.saturating_pow(DIGITS.saturating_sub(digits));
    u128::from(part.weight_millionths).saturating_mul(parts)
}

/// How much of one of its measures meets a score alone; none where that is beyond all figures.
pub(super) fn alone(score: &Score, part: &Weighted) -> Option<u64> {
    let each = each(part).max(1);
    u64::try_from(asked(score).div_ceil(each)).ok()
}

/// Whether whoever has the points of one score has those of another by the same measures: each is
/// worth as much there, in proportion to what is asked for.
pub(super) fn is_covered(given: &Score, score: &Score) -> bool {
    let mut worth = vec![0_u128; given.parts.len()];
    for part in &score.parts {
        let same = |own: &Weighted| own.measure == part.measure;
        let holds = |own: &Weighted| {
            tie(Figure::Of(own.measure), Figure::Of(part.measure)) == Some(Tie::AtMost(0))
        };
        let place = given.parts.iter().position(same);
        let place = place.or_else(|| given.parts.iter().position(holds));
        if let Some(worth) = place.and_then(|place| worth.get_mut(place)) {
            *worth = worth.saturating_add(part.weight_millionths.into());
        }
    }
    let mut own = vec![0_u128; given.parts.len()];
    for part in &given.parts {
        // What stands twice counts where it stands first.
        let first = given.parts.iter().position(|other| other.measure == part.measure);
        if let Some(own) = first.and_then(|place| own.get_mut(place)) {
            *own = own.saturating_add(part.weight_millionths.into());
        }
    }
    own.into_iter().zip(worth).all(|(own, worth)| {
        own.saturating_mul(score.least_millionths.into())
            <= worth.saturating_mul(given.least_millionths.into())
    })
}

/// What one figure says of a greater one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// It is at most the greater one and so much.
    AtMost(u64),
    /// Where it is not zero, the greater one is not.
    NotZero,
}

impl Tie {
    /// The most that the lesser can be where the greater is at most so much.
    fn most(self, greater: u64) -> u64 {
        match self {
            Self::AtMost(more) => greater.saturating_add(more),
            Self::NotZero if greater == 0 => 0,
            Self::NotZero => u64::MAX,
        }
    }

    /// The least that the greater can be where the lesser is at least so much.
    fn least(self, lesser: u64) -> u64 {
        match self {
            Self::AtMost(more) => lesser.saturating_sub(more),
            Self::NotZero => lesser.min(1),
        }
    }
}

/// What one figure says of another that it bounds; none where it bounds nothing. What follows from
/// two of these one after the other is one of them.
fn tie(lesser: Figure, greater: Figure) -> Option<Tie> {
    use Measure::{DirectRecruits, MonthsActive, OwnOrders, OwnSales, TeamSales, TeamSize};
    let (lesser, greater) = match (lesser, greater) {
        (Figure::Of(lesser), Figure::Of(greater)) => (lesser, greater),
        (Figure::Compliant, Figure::Compliant) => return Some(Tie::AtMost(0)),
        (Figure::Of(_), Figure::Compliant) | (Figure::Compliant, Figure::Of(_)) => return None,
    };
    let within = |short: u16, long: u16| short <= long;
    match (lesser, greater) {
        (DirectRecruits { .. }, TeamSize { .. }) => Some(Tie::AtMost(0)),
        (TeamSize { depth }, TeamSize { depth: deeper }) => {
            (depth <= deeper).then_some(Tie::AtMost(0))
        }
        (DirectRecruits { days }, DirectRecruits { days: longer })
        | (OwnOrders { days } | MonthsActive { days }, OwnOrders { days: longer })
            if within(days, longer) =>
        {
            Some(Tie::AtMost(0))
        }
        (
            OwnSales { currency, days },
            OwnSales { currency: same, days: longer } | TeamSales { currency: same, days: longer },
        )
        | (TeamSales { currency, days }, TeamSales { currency: same, days: longer }) => {
            (currency == same && within(days, longer)).then_some(Tie::AtMost(0))
        }
        // The days that only the longer window has touch so many more months.
        (MonthsActive { days }, MonthsActive { days: other } | OwnOrders { days: other }) => {
            Some(Tie::AtMost(months_max(days.saturating_sub(other))))
        }
        // What was paid, and not given back, was paid for an order, in a month.
        (OwnSales { days, .. } | OwnOrders { days }, MonthsActive { days: longer })
        | (OwnSales { days, .. }, OwnOrders { days: longer }) => {
            within(days, longer).then_some(Tie::NotZero)
        }
        _ => None,
    }
}

/// The most that a figure can come to.
fn greatest(figure: Figure) -> u64 {
    match figure {
        Figure::Of(Measure::MonthsActive { days }) => months_max(days),
        Figure::Of(_) => u64::MAX,
        Figure::Compliant => 1,
    }
}

/// The most calendar months that so many days on end can touch.
#[must_use]
pub fn months_max(days: u16) -> u64 {
    (1..=u64::from(days))
        .take_while(|months| days_for_months(*months) <= u64::from(days))
        .count()
        .try_into()
        .unwrap_or(u64::MAX)
}

/// The fewest days on end that touch so many calendar months: the last day of one, the first of
/// another, and the shortest run of months between them.
#[must_use]
pub fn days_for_months(months: u64) -> u64 {
    /// Of a year without a leap day.
    const LENGTHS: [u64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let Some(between) = months.checked_sub(2) else { return months };
    let years = between / 12;
    let rest = usize::try_from(between % 12).unwrap_or(0);
    let runs = (0..LENGTHS.len()).map(|from| {
        LENGTHS.iter().cycle().skip(from).take(rest).copied().fold(0, u64::saturating_add)
    });
    let year: u64 = LENGTHS.iter().copied().fold(0, u64::saturating_add);
    years.saturating_mul(year).saturating_add(runs.min().unwrap_or(0)).saturating_add(2)
}

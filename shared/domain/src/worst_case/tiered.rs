//! The most that a card with tiers can cost: in the tiers that lines of the rule can reach.

use super::{Setting, Share, WorstCase};
use crate::limits::AMOUNT_MINOR_MAX;
use crate::money::Money;
use crate::plan::{Base, Measure, Tier, TierKind, Tiered};

impl Setting<'_> {
    /// A measure of line or order is one for all depths; month sales are of each beneficiary, so
    /// each may be in the tier that is best for them; where they are graduated and a tier is
    /// narrower than the smallest line, that is more than can be reached.
    pub(super) fn tiered(&self, card: &Tiered) -> WorstCase {
        let least = self.least_base_minor(card.base);
        let all = match (card.measure, card.kind) {
            (Measure::MonthSales, _) => {
                let best = |place: usize, rank: usize| {
                    card.tiers.iter().filter_map(|tier| rate(card, tier, place, rank)).max()
                };
                vec![self.of_base(card.base, least, best)]
            }
            (Measure::Line | Measure::Order, TierKind::Whole) => self.whole(card),
            (Measure::Line | Measure::Order, TierKind::Graduated) => self.graduated(card),
        };
        let nothing =
            WorstCase::OfBase { base: card.base, by_depth: Vec::new(), total: Share::default() };
        all.into_iter().max_by_key(WorstCase::share).unwrap_or(nothing)
    }

    /// What each tier that can be reached costs.
    fn whole(&self, card: &Tiered) -> Vec<WorstCase> {
        let (least, most) = self.measured(card);
        let ends = card.tiers.iter().skip(1).map(|tier| tier.from.minor()).chain([u64::MAX]);
        let reached = card.tiers.iter().zip(ends);
        let reached = reached.filter(|(tier, end)| tier.from.minor() <= most && *end > least);
        let cost = |tier: &Tier| {
            let least = least.max(tier.from.minor());
            self.of_base(card.base, least, |place, rank| rate(card, tier, place, rank))
        };
        reached.map(|(tier, _)| cost(tier)).collect()
    }

    /// What the stretches cost on average, where one ends: between two ends the average only rises
    /// or only falls.
    fn graduated(&self, card: &Tiered) -> Vec<WorstCase> {
        let (least, most) = self.measured(card);
        if least > most {
            return Vec::new();
        }
        let froms = card.tiers.iter().map(|tier| tier.from.minor());
        let mut ends: Vec<u64> =
            froms.filter(|from| (least..most).contains(from)).chain([least, most]).collect();
        ends.sort_unstable();
        ends.dedup();
        let average = |place: usize, rank: usize, measured: u64| {
            average(card, Money::from_minor(measured).ok()?, place, rank)
        };
        let starts = [least].into_iter().chain(ends.iter().copied());
        let stretches = starts.zip(ends.iter().copied());
        let cost = |(start, end): (u64, u64)| {
            self.of_base(card.base, start, |place, rank| {
                // What a cap leaves may be most somewhere between the two.
                let at_start = self.card.max_per_order.and_then(|_| average(place, rank, start));
                average(place, rank, end).max(at_start)
            })
        };
        stretches.map(cost).collect()
    }

    /// The least and the most that the measure of a line can be, in minor units.
    fn measured(&self, card: &Tiered) -> (u64, u64) {
        let end = |range: Option<&crate::plan::Range<Money>>| {
            range.and_then(|range| range.max).map_or(u64::MAX, Money::minor).saturating_sub(1)
        };
        let order = end(self.when.order_amount.as_ref());
        let paid = match card.measure {
            Measure::Line => end(self.when.line_amount.as_ref()).min(order),
            Measure::Order | Measure::MonthSales => order,
        };
        let most = match card.base {
            Base::Paid | Base::Profit => paid.min(AMOUNT_MINOR_MAX),
            Base::List | Base::Net => AMOUNT_MINOR_MAX,
        };
        (self.least_base_minor(card.base), most)
    }
}

/// The rate of a tier with the bonus; none where it has no rate for the depth.
fn rate(card: &Tiered, tier: &Tier, place: usize, rank: usize) -> Option<Share> {
    let bonus = card.level_bonus.get(rank).copied().unwrap_or_default();
    Some(Share::from(*tier.rates.get(place)?).plus(bonus.into()))
}

/// What the stretches of a measure cost of it on average, rounded up to a millionth.
fn average(card: &Tiered, measured: Money, place: usize, rank: usize) -> Option<Share> {
    let ends = card.tiers.iter().skip(1).map(|tier| tier.from).chain([measured]);
    let stretches = card.tiers.iter().zip(ends).filter(|(tier, _)| tier.from < measured);
    let cost = stretches.filter_map(|(tier, end)| {
        let length = end.min(measured).less(tier.from).minor();
        let rate = rate(card, tier, place, rank)?.millionths();
        Some(u128::from(length).saturating_mul(rate.into()))
    });
    let cost = cost.fold(0, u128::saturating_add);
    let share = cost.div_ceil(u128::from(measured.minor()).max(1));
    u64::try_from(share).ok().map(Share)
}

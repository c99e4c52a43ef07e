//! The most that a card by difference can cost.

use std::collections::BTreeSet;

use super::{Setting, Share, WorstCase};
use crate::money::Rate;
use crate::plan::Differential;

impl Setting<'_> {
    /// The differences come to the highest rate, however many share it. A peer follows one who
    /// earned a difference, so there are at most as many as there are rates to rise by, and as fit
    /// beside those they follow.
    pub(super) fn differential(&self, card: &Differential) -> WorstCase {
        let rates: BTreeSet<Rate> =
            card.by_rank.iter().copied().filter(|rate| *rate > Rate::ZERO).collect();
        let highest = rates.last().copied().unwrap_or_default();
        let peers = rates.len().min(self.programme.depth / 2);
        let times = |share: Share, count: usize| {
            Share(share.0.saturating_mul(u64::try_from(count).unwrap_or(u64::MAX)))
        };
        let all = Share::from(highest).plus(times(card.peer.into(), peers));
        let left = times(self.card_cap(self.least_base_minor(card.base)), self.programme.depth);
        WorstCase::OfBase { base: card.base, by_depth: Vec::new(), total: all.min(left) }
    }
}

//! A card with a rate for each level: going up, each level has what those below it left.

use super::Order;
use super::earn::{Earned, Priced};
use super::step::Basis;
use crate::money::{Overflow, Rate};
use crate::plan::Differential;

/// What a line earns the active of the lineage: one whose rate is above the highest met so far, the
/// difference; and the next one up of the same level, once, what peers have. It ends when as many
/// have earned as the plan is deep; the rank among them is the depth.
pub(super) fn earn<'a>(
    order: &Order<'a>,
    card: &'a Differential,
    own: &Priced<'a>,
    give: &mut impl FnMut(Earned<'a>),
) -> Result<(), Overflow> {
    let Differential { base, ref by_rank, peer } = *card;
    let amount = own.amount;
    let mut highest = Rate::ZERO;
    let mut awaits_peer = None;
    let mut up = order.active();
    let mut depth = 1;
    while depth <= order.programme.depth {
        let Some((ancestor, rank)) = up.next() else { break };
        let Some(level) = order.plan.levels.get(rank) else { continue };
        let rate = by_rank.get(rank).copied().unwrap_or_default();
        let from = if rate > highest {
            let below = std::mem::replace(&mut highest, rate);
            awaits_peer = Some(rank).filter(|_| peer > Rate::ZERO);
            Basis::Difference { base, amount, level, rate, below }
        } else if awaits_peer.take_if(|of| *of == rank).is_some() {
            Basis::Peer { base, amount, level, rate: peer }
        } else {
            continue;
        };
        give(Earned { ancestor, depth, of: *own, from, micros: from.micros()? });
        depth = depth.saturating_add(1);
    }
    Ok(())
}

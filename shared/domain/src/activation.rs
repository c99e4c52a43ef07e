//! Which version of the plan an order falls under.

use jiff::Timestamp;

use crate::fingerprint::Fields;
use crate::ids::{BuyerId, TenantId};
use crate::limits::ACTIVATIONS_MAX;
use crate::money::Rate;
use crate::schedule::{Placed, TooSoon, Wanted};

/// That a version of the plan holds from a time on, for all or for a share of the buyers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// From when.
    pub from: Timestamp,
    /// Which version.
    pub version: u32,
    /// For which share of the buyers; for all without one.
    pub rollout: Option<Rate>,
}

/// The version for whatever has no buyer, such as a registration: shares do not count.
/// `activations` are oldest first, and of equal from-times the one made later stands last.
#[must_use]
pub fn version_at(activations: &[Activation], time: Timestamp) -> Option<u32> {
    let holds = |one: &&Activation| one.from <= time && one.rollout.is_none();
    activations.iter().rev().find(holds).map(|one| one.version)
}

/// The version for an order that a buyer paid at a time: of the latest activation that applies to
/// them. A buyer outside a share keeps what they would have without it.
#[must_use]
pub fn version_for(
    activations: &[Activation],
    tenant: &TenantId,
    buyer: &BuyerId,
    paid_at: Timestamp,
) -> Option<u32> {
    let inside = |one: &Activation, share| is_inside(share, tenant, one.version, buyer);
    let holds = |one: &&Activation| {
        one.from <= paid_at && one.rollout.is_none_or(|share| inside(one, share))
    };
    activations.iter().rev().find(holds).map(|one| one.version)
}

/// Whether a buyer is inside a share of a version. Each buyer has one place of a million for each
/// version, from a hash that never changes; so who is inside a share is inside every larger one.
#[must_use]
pub fn is_inside(share: Rate, tenant: &TenantId, version: u32, buyer: &BuyerId) -> bool {
    let hash = Fields::of("rollout")
        .text(tenant.as_str())
        .number(version.into())
        .text(buyer.as_str())
        .finish();
    let place = u128::from_be_bytes(hash.0).checked_rem(Rate::ONE.millionths().into());
    place.is_some_and(|place| place < share.millionths().into())
}

/// An activation that someone wants to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivationWish {
    /// Of which version.
    pub version: u32,
    /// For which share of the buyers; for all without one, or with all of them.
    pub rollout: Option<Rate>,
    /// From when.
    pub when: Wanted,
}

/// Why a version cannot be activated as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotActivate {
    /// It would hold earlier than a change may.
    #[error("from: {0}")]
    TooSoon(#[from] TooSoon),
    /// The share is of nobody.
    #[error("rollout: write a rate above 0 and up to 1, such as \"0.10\", or leave it out for all")]
    Nobody,
    /// Those outside the share would have no plan.
    #[error("rollout: no version holds for all by then; activate one for all first")]
    NothingForOthers,
    /// Nobody would have another version than without it.
    #[error(
        "rollout: everybody inside it has version {0} by then already; write a larger share, or \
         activate another version for all first"
    )]
    ChangesNothing(u32),
    /// There is no room for more.
    #[error("version: {ACTIVATIONS_MAX} activations have been made, and there is no room for more")]
    TooMany,
}

/// Decides where an activation stands among those made before, which are oldest first. A tenant's
/// first, which is for all, may begin at any time. See [`Wanted::place`] for what a repeat is.
///
/// # Errors
///
/// * [`CannotActivate`], which says what to do.
pub fn activate(made: &[Activation], wish: &ActivationWish) -> Result<Placed, CannotActivate> {
    let rollout = wish.rollout.filter(|share| *share != Rate::ONE);
    if rollout == Some(Rate::ZERO) {
        return Err(CannotActivate::Nobody);
    }
    let same = |one: &Activation| one.version == wish.version && one.rollout == rollout;
    let told: Vec<_> = made.iter().map(|one| (one.from, same(one))).collect();
    let placed = match wish.when.place(&told) {
        Err(_) if made.is_empty() => Placed::New { from: wish.when.start(), place: 0 },
        placed => placed?,
    };
    let Placed::New { place, .. } = placed else { return Ok(placed) };
    if let Some(share) = rollout {
        let before = made.iter().take(place).rev();
        check_share(before, wish.version, share)?;
    }
    if made.len() >= ACTIVATIONS_MAX { Err(CannotActivate::TooMany) } else { Ok(placed) }
}

/// Checks that a share gives somebody another version than what stands before, latest first.
fn check_share<'a>(
    before: impl Iterator<Item = &'a Activation>,
    version: u32,
    share: Rate,
) -> Result<(), CannotActivate> {
    for one in before {
        match one.rollout {
            Some(held) if one.version == version && held >= share => {
                return Err(CannotActivate::ChangesNothing(version));
            }
            None if one.version == version => {
                return Err(CannotActivate::ChangesNothing(version));
            }
            None => return Ok(()),
            Some(_) => {}
        }
    }
    Err(CannotActivate::NothingForOthers)
}

#[cfg(test)]
#[path = "activation_tests.rs"]
mod tests;

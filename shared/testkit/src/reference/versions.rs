//! Which version of the plan an order falls under, and how everyone stood when it was paid.

use std::collections::BTreeMap;

use jiff::Timestamp;
use num_rational::BigRational;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::exact::{Exact, decimal, whole};
use super::people::Ancestor;
use super::plan::Plan;

/// That a version holds from a time on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// From when.
    pub from: Timestamp,
    /// Which version.
    pub version: u32,
    /// For which share of the buyers, as a rate; for all without one.
    pub rollout: Option<String>,
}

/// A version that holds from a time on, for all or for a share.
pub(super) struct Active {
    pub(super) from: Timestamp,
    pub(super) version: u32,
    pub(super) share: Option<Exact>,
    pub(super) plan: Plan,
}

impl Active {
    pub(super) fn new(activation: &Activation, document: &Value, policy_rate: &str) -> Self {
        Self {
            from: activation.from,
            version: activation.version,
            share: activation.rollout.as_deref().map(decimal),
            plan: Plan::read(document, policy_rate),
        }
    }
}

/// All that was activated, oldest first; of equal times the one made later stands later, and wins.
#[derive(Default)]
pub(super) struct Versions(pub(super) Vec<Active>);

impl Versions {
    /// The version for what has no buyer: shares do not count.
    pub(super) fn at(&self, time: Timestamp) -> Option<&Active> {
        self.0.iter().rev().find(|one| one.from <= time && one.share.is_none())
    }

    /// The version for an order of a buyer.
    pub(super) fn of(&self, tenant: &str, buyer: &str, paid_at: Timestamp) -> Option<&Active> {
        let inside = |one: &Active| match &one.share {
            None => true,
            Some(share) => place(tenant, one.version, buyer) < share * whole(1_000_000),
        };
        self.0.iter().rev().find(|one| one.from <= paid_at && inside(one))
    }
}

/// The place of a buyer among a million: the first 16 bytes of a SHA-256, as a number, modulo 10^6.
/// Each text stands behind its length in 8 bytes, the version in 8 bytes.
fn place(tenant: &str, version: u32, buyer: &str) -> Exact {
    let mut hash = Sha256::new();
    let text = |hash: &mut Sha256, text: &str| {
        hash.update(u64::try_from(text.len()).expect("a length").to_be_bytes());
        hash.update(text.as_bytes());
    };
    text(&mut hash, "rollout");
    text(&mut hash, tenant);
    hash.update(u64::from(version).to_be_bytes());
    text(&mut hash, buyer);
    let bytes = hash.finalize();
    let number = bytes.iter().take(16).fold(0_u128, |sum, byte| (sum << 8) | u128::from(*byte));
    BigRational::from_integer((number % 1_000_000).into())
}

/// What each distributor was from when: levels, statuses and whether a risk flag was open, in the
/// order of their from-times.
#[derive(Default)]
pub(super) struct Histories {
    pub(super) levels: BTreeMap<String, Vec<(Timestamp, String)>>,
    pub(super) statuses: BTreeMap<String, Vec<(Timestamp, String)>>,
    pub(super) risks: BTreeMap<String, Vec<(Timestamp, String)>>,
}

/// What held at a time.
fn last(
    of: &BTreeMap<String, Vec<(Timestamp, String)>>,
    id: &str,
    at: Timestamp,
) -> Option<String> {
    let held = of.get(id)?.iter().rev().find(|(from, _)| *from <= at)?;
    Some(held.1.clone())
}

impl Histories {
    /// Whether no risk flag is open.
    pub(super) fn is_clear(&self, id: &str, at: Timestamp) -> bool {
        last(&self.risks, id, at).is_none_or(|risk| risk == "clear")
    }

    /// A lineage as it is frozen into an order: each with level and status as of its payment.
    pub(super) fn frozen(&self, lineage: &[String], plan: &Plan, at: Timestamp) -> Vec<Ancestor> {
        let ancestor = |id: &String| {
            let level = last(&self.levels, id, at).filter(|level| plan.levels.contains(level));
            let level = level.or_else(|| plan.levels.first().cloned()).expect("a level");
            let status = last(&self.statuses, id, at).unwrap_or_else(|| "active".to_owned());
            Ancestor { id: id.clone(), level, active: status == "active", status }
        };
        lineage.iter().map(ancestor).collect()
    }
}

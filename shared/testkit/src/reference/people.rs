//! Who stands above whom, who is bound to whom, and through whom an order came.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::facts::{Named, Payment, Registration};
use super::plan::Plan;

/// The nearest ancestors that are kept.
const LINEAGE_MAX: usize = 20;
/// The nearest ancestors in whose team lists a distributor is counted.
const TEAM_DEPTH_MAX: usize = 5;

/// One of a frozen lineage, as they stood when the order was paid.
#[derive(Clone)]
pub(super) struct Ancestor {
    pub(super) id: String,
    pub(super) level: String,
    pub(super) status: String,
    pub(super) active: bool,
}

impl Ancestor {
    /// Id, level and, where they are not active, status, with blanks between.
    pub(super) fn text(&self) -> String {
        let Self { id, level, status, active } = self;
        if *active { format!("{id} {level}") } else { format!("{id} {level} {status}") }
    }
}

pub(super) struct Member {
    pub(super) registration: Registration,
    /// Ids, the sponsor first.
    pub(super) lineage: Vec<String>,
}

pub(super) struct Binding {
    pub(super) distributor: String,
    pub(super) bound_at: Timestamp,
}

/// Everyone who is known.
#[derive(Default)]
pub(super) struct People {
    pub(super) members: BTreeMap<String, Member>,
    /// Whose an invite code is.
    pub(super) codes: BTreeMap<String, String>,
    /// By buyer.
    pub(super) bindings: BTreeMap<String, Binding>,
}

impl People {
    /// The id of the distributor who is named, once they are known.
    pub(super) fn find(&self, named: &Named) -> Option<String> {
        let id = match named {
            Named::ById(id) => Some(id),
            Named::ByCode(code) => self.codes.get(code),
        };
        id.filter(|id| self.members.contains_key(*id)).cloned()
    }

    /// The lineage of someone or something that comes in under a distributor: that one first.
    pub(super) fn under(&self, distributor: &str) -> Vec<String> {
        let above = self.members.get(distributor).map(|member| &member.lineage);
        let first = std::iter::once(distributor.to_owned());
        first.chain(above.into_iter().flatten().cloned()).take(LINEAGE_MAX).collect()
    }

    /// The lineage of an order, as far as it is known through whom it came.
    pub(super) fn origin(&self, order: &Payment, plan: Option<&Plan>) -> Option<Vec<String>> {
        self.own_lineage(order, plan).or_else(|| self.lineage_by_binding(order))
    }

    /// The lineage of an order whose buyer was a distributor when they paid.
    pub(super) fn own_lineage(&self, order: &Payment, plan: Option<&Plan>) -> Option<Vec<String>> {
        let own = self.is_distributor(order)?;
        let part = plan.and_then(|plan| plan.parts.get(&order.currency));
        let pays_buyer = part.is_some_and(|part| part.pays_buyer);
        Some(if pays_buyer { self.under(&order.buyer) } else { own.lineage.clone() })
    }

    /// The lineage of an order whose buyer was bound when they paid.
    pub(super) fn lineage_by_binding(&self, order: &Payment) -> Option<Vec<String>> {
        let binding = self.bindings.get(&order.buyer)?;
        (binding.bound_at <= order.paid_at).then(|| self.under(&binding.distributor))
    }

    /// The buyer, where they were a distributor when they paid.
    pub(super) fn is_distributor(&self, order: &Payment) -> Option<&Member> {
        let member = self.members.get(&order.buyer);
        member.filter(|member| member.registration.registered_at <= order.paid_at)
    }

    /// How many stand below each distributor at the nearest depths, from depth 1.
    pub(super) fn team(&self) -> BTreeMap<String, [u64; TEAM_DEPTH_MAX]> {
        let mut team: BTreeMap<String, [u64; TEAM_DEPTH_MAX]> =
            self.members.keys().map(|id| (id.clone(), [0; TEAM_DEPTH_MAX])).collect();
        for member in self.members.values() {
            for (depth, ancestor) in member.lineage.iter().enumerate().take(TEAM_DEPTH_MAX) {
                let counts = team.entry(ancestor.clone()).or_default();
                counts.iter_mut().skip(depth).take(1).for_each(|count| *count += 1);
            }
        }
        team
    }
}

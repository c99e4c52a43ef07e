//! Who stands above whom: registration, invite codes, bindings, and through whom an order came.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::ids::{BuyerId, DistributorId, InviteCode, OrderId, TenantId};
use crate::limits::LINEAGE_MAX;
use crate::member::{Member, Referrer, Registration};
use crate::order::Payment;
use crate::plan::SelfPurchase;

/// Why someone cannot be brought in by whom the event names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody can bring in themself; name another distributor or their invite code")]
pub struct OwnReferrer;

/// The fact that a buyer came through a distributor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingRequest {
    /// Who is bound.
    pub buyer: BuyerId,
    /// To whom.
    pub referrer: Referrer,
    /// From when it counts.
    pub bound_at: Timestamp,
    /// How it came about.
    pub how: BoundBy,
}

/// How a binding came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundBy {
    /// The buyer entered an invite code.
    Code,
    /// The shop named the distributor, from a link.
    Link,
    /// An order carried an invite code.
    Order,
}

impl BoundBy {
    /// The word kept in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Link => "link",
            Self::Order => "order",
        }
    }

    /// Reads what [`BoundBy::as_str`] writes.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Code, Self::Link, Self::Order].into_iter().find(|how| how.as_str() == name)
    }
}

/// To whom a buyer is bound; made once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The distributor.
    pub distributor: DistributorId,
    /// From when it counts.
    pub bound_at: Timestamp,
    /// How it came about.
    pub how: BoundBy,
}

/// What is known of a buyer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buyer {
    /// To whom they are bound, once they are.
    pub binding: Option<Binding>,
    /// The order that claimed to be their first.
    pub first_order: Option<OrderId>,
}

/// Checks that a registration does not name its own distributor as sponsor.
///
/// # Errors
///
/// * [`OwnReferrer`] where it does, by id or by the code it asks for.
pub fn check_sponsor(registration: &Registration) -> Result<(), OwnReferrer> {
    let own = match &registration.sponsor {
        Some(Referrer::Distributor(id)) => *id == registration.distributor,
        Some(Referrer::Code(code)) => Some(code) == registration.own_code.as_ref(),
        None => false,
    };
    if own { Err(OwnReferrer) } else { Ok(()) }
}

/// Checks that a binding does not bind a buyer to themself.
///
/// # Errors
///
/// * [`OwnReferrer`] where it does.
pub fn check_binding(buyer: &BuyerId, distributor: &DistributorId) -> Result<(), OwnReferrer> {
    if buyer.as_str() == distributor.as_str() { Err(OwnReferrer) } else { Ok(()) }
}

/// The lineage of one who comes in under `sponsor`: the sponsor first, then theirs, the nearest 20.
#[must_use]
pub fn lineage_under(sponsor: &Member) -> Vec<DistributorId> {
    std::iter::once(&sponsor.id).chain(&sponsor.lineage).take(LINEAGE_MAX).cloned().collect()
}

/// The invite code of a distributor who wished for none: 8 characters of Crockford's base32 from a
/// hash of tenant and id, so that a repeat makes the same. `attempt` counts collisions from 0.
#[must_use]
pub fn invite_code(tenant: &TenantId, distributor: &DistributorId, attempt: u8) -> InviteCode {
    let hash = Sha256::new()
        .chain_update(tenant.as_str())
        .chain_update([b'#', attempt])
        .chain_update(distributor.as_str())
        .finalize();
    InviteCode::from_hash(&hash)
}

/// Through whom an order came, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The buyer is a distributor: this is the lineage, which may be empty.
    Own(Vec<DistributorId>),
    /// This distributor stands at depth 1, with their lineage above.
    Through(DistributorId),
    /// The order carries a code that would bind its buyer.
    Code(InviteCode),
    /// Not known yet: the order waits.
    Unknown,
}

/// Decides through whom an order came. A buyer who was a distributor at `paid_at` pays their own
/// sponsor first, or themself by the plan, and no binding and no code counts; else the buyer's
/// binding does, where it was made by then; else an unbound buyer's code would bind them.
#[must_use]
pub fn origin(
    payment: &Payment,
    buyer: &Buyer,
    as_member: Option<&Member>,
    self_purchase: SelfPurchase,
) -> Origin {
    if let Some(member) = as_member.filter(|member| member.registered_at <= payment.paid_at) {
        return Origin::Own(match self_purchase {
            SelfPurchase::None => member.lineage.clone(),
            SelfPurchase::Buyer => lineage_under(member),
        });
    }
    match (&buyer.binding, &payment.invite_code) {
        (Some(binding), _) if binding.bound_at <= payment.paid_at => {
            Origin::Through(binding.distributor.clone())
        }
        (None, Some(code)) => Origin::Code(code.clone()),
        (Some(_) | None, _) => Origin::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invite_code_repeats_and_a_collision_makes_another() {
        let tenant: TenantId = "demo".parse().unwrap();
        let id: DistributorId = "a".parse().unwrap();
        let code = invite_code(&tenant, &id, 0);
        assert_eq!(code.as_str().len(), 8);
        assert_eq!(code, invite_code(&tenant, &id, 0));
        assert_ne!(code, invite_code(&tenant, &id, 1));
        assert_ne!(code, invite_code(&"other".parse().unwrap(), &id, 0));
    }

    #[test]
    fn nobody_brings_in_themself() {
        let registration = |sponsor, own_code: Option<&str>| Registration {
            distributor: "a".parse().unwrap(),
            registered_at: Timestamp::UNIX_EPOCH,
            sponsor,
            own_code: own_code.map(|code| code.parse().unwrap()),
            display_name: None,
        };
        let by_id = |id: &str| Some(Referrer::Distributor(id.parse().unwrap()));
        let by_code = |code: &str| Some(Referrer::Code(code.parse().unwrap()));
        assert_eq!(check_sponsor(&registration(by_id("a"), None)), Err(OwnReferrer));
        assert_eq!(check_sponsor(&registration(by_id("b"), None)), Ok(()));
        assert_eq!(check_sponsor(&registration(by_code("X"), Some("X"))), Err(OwnReferrer));
        assert_eq!(check_sponsor(&registration(by_code("X"), None)), Ok(()));
        assert_eq!(check_sponsor(&registration(None, Some("X"))), Ok(()));
    }
}

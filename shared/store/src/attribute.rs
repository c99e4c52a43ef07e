//! An order is paid: load, decide, commit. Also for orders that waited, when whom they waited for
//! appears; whichever comes second, order or binding, does it, whatever crashes between.

use std::sync::Arc;

use jiff::Timestamp;
use upline_domain::allocation::{Attribution, Frozen};
use upline_domain::bind::{Binding, BoundBy, Buyer, Origin, check_binding, lineage_under, origin};
use upline_domain::ids::{BuyerId, DistributorId, InviteCode, OrderId, TenantId};
use upline_domain::order::Paid;
use upline_domain::plan::SelfPurchase;

use crate::Store;
use crate::attempt::{Attempt, Cannot};
use crate::buyer::Bound;
use crate::error::{StoreError, StoreResult};
use crate::item::Reader;
use crate::order::{Added, Claimed, fits};
use crate::order_item::{ATTRIBUTED, BUYER};
use crate::plan::ActivePlan;
use crate::table::TRIES_MAX;

/// What becomes of the code of an order whose buyer is not bound.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Code {
    /// Nothing yet: the order is not recorded.
    Leave,
    /// It binds the buyer.
    Bind,
}

/// Whose order the buyer's claim to a first one names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// Nobody's yet.
    None,
    /// This one.
    Own,
    /// Another.
    Other,
}

/// What is known of where an order came from.
struct Resolved {
    plan: Option<Arc<ActivePlan>>,
    buyer: Buyer,
    /// Through whom, nearest first; none while it is not known.
    lineage: Option<Vec<DistributorId>>,
    /// The code it carries, of which nobody is known to be the owner yet.
    unknown_code: Option<InviteCode>,
}

impl Resolved {
    fn claim(&self, order: &OrderId) -> Claim {
        match &self.buyer.first_order {
            None => Claim::None,
            Some(first) if first == order => Claim::Own,
            Some(_) => Claim::Other,
        }
    }
}

impl Store {
    /// Records that an order was paid and, where it is known through whom it came, what it earns
    /// whom: one conditional write. Where it is not known, the order is recorded and waits.
    ///
    /// A repeat answers [`Attempt::Exists`], or attributes what could not be before. An order whose
    /// code bound its buyer also attributes the buyer's other orders that waited for it; those that
    /// cannot be calculated are returned with why.
    ///
    /// # Errors
    ///
    /// * [`crate::StoreError`]: nothing is known to be kept; send it again.
    pub async fn record_payment(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        now: Timestamp,
    ) -> StoreResult<(Attempt, Vec<(Paid, Cannot)>)> {
        let resolved = self.resolve(tenant, paid, now, Code::Leave).await?;
        let attempt = match self.attribute(tenant, paid, &resolved, now).await? {
            Some(attempt) => attempt,
            None => self.record_waiting(tenant, paid, now).await?,
        };
        Ok((attempt, self.take_up_bound(tenant, paid, now).await?))
    }

    /// Attributes one order that waits for a code, now that the code is known, and with it the
    /// buyer's other waiting orders; returns those that cannot be calculated, with why.
    ///
    /// # Errors
    ///
    /// * [`crate::StoreError`]: some may be attributed; do it again.
    pub async fn take_up_order(
        &self,
        tenant: &TenantId,
        order: &OrderId,
        now: Timestamp,
    ) -> StoreResult<Vec<(Paid, Cannot)>> {
        let Some(record) = self.order(tenant, order).await? else { return Ok(Vec::new()) };
        let Some(paid) = record.paid else { return Ok(Vec::new()) };
        if record.attributed.is_some() {
            // By one who crashed before the buyer's other orders were.
            return self.take_up_bound(tenant, &paid, now).await;
        }
        let (attempt, mut cannot) = self.record_payment(tenant, &paid, now).await?;
        if let Attempt::Cannot(why) = attempt {
            cannot.push((paid, why));
        }
        Ok(cannot)
    }

    /// Attributes the orders of a buyer that wait and were paid at or after `from`; returns those
    /// that cannot be calculated, with why. A repeat finds none.
    ///
    /// # Errors
    ///
    /// * [`crate::StoreError`]: some may be attributed; do it again.
    pub async fn take_up(
        &self,
        tenant: &TenantId,
        buyer: &BuyerId,
        from: Timestamp,
        now: Timestamp,
    ) -> StoreResult<Vec<(Paid, Cannot)>> {
        let mut cannot = Vec::new();
        for order in self.waiting_orders(tenant, buyer, from).await? {
            let Some(paid) = self.waiting_payment(tenant, &order).await? else {
                self.waits_no_more(tenant, buyer, &order).await?;
                continue;
            };
            let resolved = self.resolve(tenant, &paid, now, Code::Leave).await?;
            if let Some(Attempt::Cannot(why)) =
                self.attribute(tenant, &paid, &resolved, now).await?
            {
                cannot.push((paid, why));
            }
        }
        Ok(cannot)
    }

    /// The payment of an order that waits; none where it does not, or does not any more.
    async fn waiting_payment(
        &self,
        tenant: &TenantId,
        order: &OrderId,
    ) -> StoreResult<Option<Paid>> {
        let record = self.order(tenant, order).await?;
        Ok(record.filter(|record| record.attributed.is_none()).and_then(|record| record.paid))
    }

    /// Attributes the buyer's other orders that waited, where this very order made their binding
    /// with its code. A repeat does so again, because the first may have crashed before.
    async fn take_up_bound(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        now: Timestamp,
    ) -> StoreResult<Vec<(Paid, Cannot)>> {
        if paid.invite_code.is_none() {
            return Ok(Vec::new());
        }
        let (buyer, _) = self.buyer(tenant, &paid.buyer).await?;
        let made = buyer.binding.filter(|b| b.how == BoundBy::Order && b.bound_at == paid.paid_at);
        match made {
            Some(binding) => self.take_up(tenant, &paid.buyer, binding.bound_at, now).await,
            None => Ok(Vec::new()),
        }
    }

    /// Loads through whom an order came.
    async fn resolve(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        now: Timestamp,
        unbound: Code,
    ) -> StoreResult<Resolved> {
        let plan = self.plan_for(tenant, &paid.buyer, paid.paid_at, now).await?;
        let programme = plan.as_ref().and_then(|plan| plan.plan.currencies.get(&paid.currency));
        let self_purchase = programme.map_or(SelfPurchase::None, |own| own.self_purchase);
        let (buyer, member) = self.buyer(tenant, &paid.buyer).await?;
        let mut resolved = Resolved { plan, buyer, lineage: None, unknown_code: None };
        match origin(paid, &resolved.buyer, member.as_ref(), self_purchase) {
            Origin::Own(lineage) => resolved.lineage = Some(lineage),
            Origin::Through(distributor) => {
                resolved.lineage = Some(self.lineage_from(tenant, distributor, now).await?);
            }
            Origin::Code(code) if unbound == Code::Bind => {
                match self.code_owner(tenant, &code).await? {
                    Some(owner) => {
                        resolved.lineage = self.bind_by_order(tenant, paid, owner, now).await?;
                    }
                    None => resolved.unknown_code = Some(code),
                }
            }
            Origin::Code(_) | Origin::Unknown => {}
        }
        Ok(resolved)
    }

    /// Binds the buyer of an order to the owner of its code, as of `paid_at`; the lineage of the
    /// order, where the binding that then stands counts for it.
    async fn bind_by_order(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        owner: DistributorId,
        now: Timestamp,
    ) -> StoreResult<Option<Vec<DistributorId>>> {
        if check_binding(&paid.buyer, &owner).is_err() {
            return Ok(None);
        }
        let binding = Binding { distributor: owner, bound_at: paid.paid_at, how: BoundBy::Order };
        let (Bound::Created(standing) | Bound::Exists(standing)) =
            self.bind(tenant, &paid.buyer, binding).await?;
        if standing.bound_at > paid.paid_at {
            return Ok(None);
        }
        self.lineage_from(tenant, standing.distributor, now).await.map(Some)
    }

    /// The lineage of an order that came through `first`.
    async fn lineage_from(
        &self,
        tenant: &TenantId,
        first: DistributorId,
        now: Timestamp,
    ) -> StoreResult<Vec<DistributorId>> {
        let found = self.named_members(tenant, &[first], now).await?;
        Ok(found.iter().flat_map(|member| lineage_under(member)).collect())
    }

    /// Calculates an order and writes it; none while it is not known through whom it came.
    ///
    /// Whether it is the buyer's first is settled here, once in a buyer's life: the order is
    /// calculated as if it were, looked up whether it contradicts one that stands, and claimed. If
    /// another was faster, it is calculated again. So an order that is parked claims nothing.
    async fn attribute(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        resolved: &Resolved,
        now: Timestamp,
    ) -> StoreResult<Option<Attempt>> {
        let Some(ids) = &resolved.lineage else { return Ok(None) };
        let claim = resolved.claim(&paid.order);
        let refuse = async |why| self.refuse(tenant, paid, claim, why).await.map(Some);
        let Some(active) = &resolved.plan else { return refuse(Cannot::NoPlan).await };
        let lineage = self.ancestors(tenant, ids, active, paid.paid_at, now).await?;
        let first_order = claim != Claim::Other;
        let frozen = Frozen { lineage, first_order, ..Frozen::default() };
        let mut attributed = match self.calculated(tenant, paid, active, frozen).await? {
            Ok(attributed) => attributed,
            Err(why) => return refuse(why).await,
        };
        let mut is_claimed = claim != Claim::None;
        for _ in 0..TRIES_MAX {
            if !is_claimed {
                if !fits(paid, &attributed) {
                    return refuse(Cannot::TooLarge).await;
                }
                if let Some(stands) = self.standing(tenant, paid).await? {
                    return Ok(Some(stands));
                }
                if !self.claim_first(tenant, &paid.buyer, &paid.order).await? {
                    let frozen = Frozen { first_order: false, ..attributed.frozen };
                    attributed = match self.calculated(tenant, paid, active, frozen).await? {
                        Ok(attributed) => attributed,
                        Err(why) => return refuse(why).await,
                    };
                }
            }
            let lives_by_it =
                attributed.frozen.first_order && active.plan.asks_for_first_orders(paid.currency);
            let claim = if lives_by_it { Claimed::ForIt } else { Claimed::Whatever };
            match self.commit(tenant, paid, &attributed, claim).await? {
                // A repeat that could not be calculated gave it back: it is claimed again.
                None => is_claimed = false,
                Some(Attempt::Cannot(why)) => return refuse(why).await,
                Some(done) => return Ok(Some(done)),
            }
        }
        Err(StoreError::Contended("claim_first"))
    }

    /// What an order answers that cannot be calculated or kept: what stands of it, where it is
    /// attributed already, because a repeat may meet another plan or binding than the first time.
    /// A claim that an earlier attempt left is taken back, for the next order of the buyer.
    async fn refuse(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        claim: Claim,
        why: Cannot,
    ) -> StoreResult<Attempt> {
        if let Some(stands) = self.standing(tenant, paid).await? {
            return Ok(stands);
        }
        if claim == Claim::Own {
            self.disclaim_first(tenant, &paid.buyer, &paid.order).await?;
        }
        Ok(Attempt::Cannot(why))
    }

    /// What an order that is recorded already answers to a payment; none where it is not, or waits.
    async fn standing(&self, tenant: &TenantId, paid: &Paid) -> StoreResult<Option<Attempt>> {
        let Some(record) = self.order(tenant, &paid.order).await? else { return Ok(None) };
        let same = record.paid.map(|stands| stands.fingerprint() == paid.fingerprint());
        Ok(match same {
            Some(false) => Some(Attempt::Conflict),
            Some(true) if record.attributed.is_some() => Some(Attempt::Exists),
            Some(true) | None => None,
        })
    }

    /// Writes a calculated order, with its payment where that is not there yet; none where it has
    /// to be claimed for that, and is not any more.
    async fn commit(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        attributed: &Attribution,
        claim: Claimed,
    ) -> StoreResult<Option<Attempt>> {
        let written = self.add_payment(tenant, paid, Some(attributed), claim).await?;
        let Some((mut added, old)) = written else { return Ok(None) };
        if added == Added::Conflict && attributed.frozen.first_order {
            // Another buyer's payment came first: this order is nobody's first but theirs.
            if Reader(&old).text::<BuyerId>(BUYER).is_ok_and(|buyer| buyer != paid.buyer) {
                self.disclaim_first(tenant, &paid.buyer, &paid.order).await?;
            }
        }
        let waited = added == Added::Exists && !old.contains_key(ATTRIBUTED);
        if waited {
            match self.add_attribution(tenant, paid, attributed, claim).await? {
                Some(late) => added = late,
                None => return Ok(None),
            }
            self.waits_no_more(tenant, &paid.buyer, &paid.order).await?;
        }
        Ok(Some(match added {
            Added::Created => Attempt::Attributed,
            Added::Exists => Attempt::Exists,
            Added::Conflict => Attempt::Conflict,
            Added::TooLarge => Attempt::Cannot(Cannot::TooLarge),
        }))
    }

    /// Records an order before anybody is bound by it, so that one that contradicts what is
    /// recorded binds nobody; then that it waits; then looks once more: whichever of order and
    /// binding comes second sees the other.
    async fn record_waiting(
        &self,
        tenant: &TenantId,
        paid: &Paid,
        now: Timestamp,
    ) -> StoreResult<Attempt> {
        let written = self.add_payment(tenant, paid, None, Claimed::Whatever).await?;
        let (added, old) = written.ok_or(StoreError::Contended("add_payment"))?;
        match added {
            Added::Conflict => return Ok(Attempt::Conflict),
            Added::TooLarge => return Ok(Attempt::Cannot(Cannot::TooLarge)),
            Added::Exists if old.contains_key(ATTRIBUTED) => return Ok(Attempt::Exists),
            Added::Created | Added::Exists => {}
        }
        let mut resolved = self.resolve(tenant, paid, now, Code::Bind).await?;
        let waits = resolved.lineage.is_none();
        if waits {
            self.wait(tenant, &paid.buyer, &paid.order, paid.paid_at, now).await?;
            let row = match &resolved.unknown_code {
                Some(code) => Some(self.await_code(tenant, code, &paid.order).await?),
                None => None,
            };
            resolved = self.resolve(tenant, paid, now, Code::Bind).await?;
            if let Some(row) = row.filter(|_| resolved.lineage.is_some()) {
                self.awaits_no_more(&row).await?;
            }
        }
        let attempt = self.attribute(tenant, paid, &resolved, now).await?;
        if waits && attempt == Some(Attempt::Exists) {
            // Another attributed it, and may have removed the row before it was put down here.
            self.waits_no_more(tenant, &paid.buyer, &paid.order).await?;
        }
        Ok(attempt.unwrap_or(Attempt::Waiting))
    }
}

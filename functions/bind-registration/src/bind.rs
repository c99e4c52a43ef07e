//! A buyer is bound: load, decide, commit.

use upline_domain::bind::{Binding, BindingRequest, check_binding};
use upline_domain::time;
use upline_lambda::{Message, Outcome};
use upline_store::{Bound, Store, StoreResult};

use crate::referrer::find_or_wait;
use crate::{Appeared, Handled};

pub(crate) async fn bind(
    store: &Store,
    message: &Message,
    request: &BindingRequest,
) -> StoreResult<Handled> {
    let tenant = &message.event.tenant;
    let Some(distributor) = find_or_wait(store, message, &request.referrer).await? else {
        return Ok(Handled::only(Outcome::Waiting));
    };
    if let Err(own) = check_binding(&request.buyer, &distributor.id) {
        let outcome = Outcome::parked("self_binding", format!("detail.data.buyer_id: {own}"));
        return Ok(Handled::only(outcome));
    }
    let (bound_at, how) = (request.bound_at, request.how);
    let binding = Binding { distributor: distributor.id, bound_at, how };
    let (outcome, standing) = match store.bind(tenant, &request.buyer, binding.clone()).await? {
        Bound::Created(binding) => (Outcome::Created, binding),
        Bound::Exists(standing) => (again(request, &binding, &standing), standing),
    };
    let appeared = Some(Appeared::Bound(request.buyer.clone(), standing.bound_at));
    Ok(Handled { outcome, appeared })
}

/// A binding of a buyer who is bound: the same, or another, which changes nothing.
fn again(request: &BindingRequest, asked: &Binding, standing: &Binding) -> Outcome {
    let Binding { distributor, bound_at, how: _ } = standing;
    if (distributor, bound_at) == (&asked.distributor, &asked.bound_at) {
        return Outcome::Exists;
    }
    let (buyer, since) = (&request.buyer, time::text(*bound_at));
    let reason = format!(
        "detail.data.buyer_id: {buyer} is bound to {distributor} since {since} already; the first \
         binding to arrive stands, and this one changes nothing"
    );
    Outcome::Superseded { reason }
}

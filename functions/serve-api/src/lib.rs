//! `serve-api`: what can be asked over HTTP, the same on one machine and on AWS. How events are
//! taken in is the server's own: on AWS they go on the bus ([`on_aws`]).
//!
//! A request comes with a [`Caller`] that was made from a verified token. The tenant is the
//! caller's: no path and no body can name another.

mod accept;
mod audit;
mod body;
mod caller;
mod claims;
mod distributors;
mod gateway;
mod intake;
mod jobs;
mod levels;
mod orders;
mod owed;
mod paging;
mod parked;
mod plans;
mod problem;
mod reports;
mod router;
mod standing;

use axum::Router;
use axum::routing::{get, post};
use jiff::Timestamp;
use upline_domain::schedule::Lead;
use upline_store::Store;

pub use body::{BODY_BYTES_MAX, text};
pub use caller::{Caller, Role};
pub use claims::{Claim, ClaimError, Claims};
pub use gateway::{ClaimNames, answer, on_aws};
pub use intake::{Retried, events, retried};
pub use jobs::job_asked;
pub use paging::Asked;
pub use problem::{Answer, PathId, Problem};
pub use router::router;

/// What every request is answered from.
#[derive(Clone)]
pub struct Api {
    /// The table.
    pub store: Store,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// How long before they hold plans, levels and statuses are changed.
    pub lead: Lead,
}

/// The routes that need the table alone. Each takes a [`Caller`] from the request's extensions, and
/// answers errors as problem JSON.
pub fn routes(api: Api) -> Router {
    Router::new()
        .route("/v1/distributors/{id}", get(distributors::profile))
        .route("/v1/distributors/{id}/lineage", get(distributors::lineage))
        .route("/v1/distributors/{id}/team", get(distributors::team))
        .route("/v1/distributors/{id}/balance", get(distributors::balance))
        .route("/v1/distributors/{id}/commissions", get(distributors::commissions))
        .route("/v1/distributors/{id}/days", get(distributors::days))
        .route("/v1/distributors/{id}/status", post(standing::status))
        .route("/v1/distributors/{id}/risk", post(standing::risk))
        .route("/v1/distributors/{id}/level", get(levels::level).post(standing::level))
        .route("/v1/balances", get(owed::balances))
        .route("/v1/orders", get(orders::orders))
        .route("/v1/orders/{id}", get(orders::order))
        .route("/v1/parked", get(parked::list))
        .route("/v1/parked/{id}/dismiss", post(parked::dismiss))
        .route("/v1/plans", get(plans::list).post(plans::publish))
        .route("/v1/plans/{version}", get(plans::show))
        .route("/v1/plans/simulate", post(plans::simulate))
        .route("/v1/plans/check", post(plans::check))
        .route("/v1/plans/activations", post(plans::activate))
        .route("/v1/reports/{day}", get(reports::report))
        .route("/v1/audit", get(audit::list))
        .with_state(api)
}

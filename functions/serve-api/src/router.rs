//! What every server of the API puts around its routes, on one machine and on AWS alike.

use axum::extract::Request;
use axum::http::Uri;
use axum::middleware::{self, Next};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use upline_contract::answer::Health;

use crate::{Caller, Problem};

/// Puts routes behind `identify`, which makes the caller of a request or refuses it, and adds what
/// anyone may ask: health, and problem JSON for what there is not.
pub fn router<I, H>(routes: Router, identify: I, health: H) -> Router
where
    I: Fn(&Request) -> Result<Caller, Problem> + Clone + Send + Sync + 'static,
    H: Fn() -> Health + Clone + Send + Sync + 'static,
{
    let authenticate = move |mut request: Request, next: Next| {
        let identified = identify(&request);
        async move {
            match identified {
                Ok(caller) => {
                    request.extensions_mut().insert(caller);
                    next.run(request).await
                }
                Err(problem) => problem.into_response(),
            }
        }
    };
    routes
        .route_layer(middleware::from_fn(authenticate))
        .route("/v1/health", get(async move || Json(health())))
        .fallback(async || Problem::not_found("there is no such path; see the README"))
        .method_not_allowed_fallback(async |uri: Uri| Problem::method_not_allowed(method(&uri)))
}

/// What methods a path of the API takes.
fn method(uri: &Uri) -> &'static str {
    let posts =
        ["/v1/events", "/retry", "/dismiss", "/check", "/activations", "/status", "/risk", "/run"];
    if uri.path().starts_with("/v1/lists/") {
        "PUT"
    } else if ["/v1/plans", "/level"].iter().any(|end| uri.path().ends_with(end)) {
        "GET or POST"
    } else if posts.iter().any(|end| uri.path().ends_with(end)) {
        "POST"
    } else {
        "GET"
    }
}

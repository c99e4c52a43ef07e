//! What an HTTP API of API Gateway hands over: who asks, and a path that names its id again.

use std::borrow::Cow;
use std::convert::Infallible;

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::response::Response;
use axum::routing::post;
use lambda_http::request::RequestContext;
use lambda_http::{RequestExt, Service};
use upline_contract::answer::Health;
use upline_domain::schedule::Lead;
use upline_lambda::{Bus, JobQueues, now};
use upline_store::Store;

use crate::accept::{self, Intake};
use crate::{Api, Caller, Claim, Claims, Problem, jobs, router, routes};

/// What the claims of a token are called that say who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    tenant: String,
    role: String,
    subject: String,
}

impl ClaimNames {
    /// Reads the names from the environment; `variable` looks one up. An empty one is not set.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let named = |name: &str, usual: &str| {
            let set = variable(name).filter(|value| !value.is_empty());
            set.unwrap_or_else(|| usual.to_owned())
        };
        Self {
            tenant: named("CLAIM_TENANT", "tenant"),
            role: named("CLAIM_ROLE", "role"),
            subject: named("CLAIM_SUBJECT", "sub"),
        }
    }
}

/// All routes, as they are served on AWS. Every other program that may invoke the function could
/// say who asks, so nobody but the gateway may.
pub fn on_aws(store: Store, bus: Bus, queues: JobQueues, claims: ClaimNames) -> Router {
    let api = Api { store: store.clone(), now, lead: Lead::ManyProcesses };
    let own = Router::new()
        .route("/v1/events", post(accept::send))
        .route("/v1/parked/{id}/retry", post(accept::retry))
        .with_state(Intake { store, bus, now });
    let own = own.route("/v1/jobs/{job}/run", post(jobs::run).with_state(queues));
    let identify = move |request: &Request| caller(&claims, request);
    let health = || Health { status: "ok".to_owned(), unposted: None };
    router(routes(api).merge(own), identify, health)
}

/// Answers a request of the gateway.
///
/// # Errors
///
/// * None: what goes wrong is an answer too.
pub async fn answer(
    mut router: Router,
    mut request: lambda_http::Request,
) -> Result<Response, Infallible> {
    let path = escaped(request.raw_http_path()).into_owned();
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    // What cannot be put together stays as the library made it, and is no path of the API.
    if let Ok(uri) = format!("{path}{query}").parse::<Uri>() {
        *request.uri_mut() = uri;
    }
    router.call(request).await
}

/// The caller that the authorizer of the gateway has verified.
fn caller(names: &ClaimNames, request: &Request) -> Result<Caller, Problem> {
    let context = match request.extensions().get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => context.authorizer.as_ref(),
        Some(_) | None => None,
    };
    let Some(verified) = context.and_then(|authorizer| authorizer.jwt.as_ref()) else {
        let detail =
            "send the header `Authorization: Bearer TOKEN`; no authorizer has verified one";
        return Err(Problem::unauthorized(detail));
    };
    let claim = |name| Claim { name, text: verified.claims.get(name).map(String::as_str) };
    let claims = Claims {
        tenant: claim(&names.tenant),
        role: claim(&names.role),
        subject: claim(&names.subject),
    };
    Caller::from_claims(&claims).map_err(|wrong| Problem::unauthorized(wrong.to_string()))
}

/// Where ids stand in a path, and what may follow them there.
const IDS: [(&str, &[&str]); 2] = [
    (
        "/v1/distributors/",
        &["/balance", "/commissions", "/days", "/level", "/lineage", "/risk", "/status", "/team"],
    ),
    ("/v1/orders/", &[]),
];

/// The gateway hands a path over with its escapes undone, all but `%25`. An id may have a `/`, so
/// it is escaped once more, from behind the resource to the end or to what may follow it. So is
/// whatever cannot stand in an address.
fn escaped(path: &str) -> Cow<'_, str> {
    let found =
        IDS.iter().find_map(|(start, after)| Some((path.strip_prefix(start)?, *start, after)));
    let Some((rest, start, after)) = found else {
        return escape(path, b"/");
    };
    let follows = after.iter().find(|end| rest.len() > end.len() && rest.ends_with(**end));
    let follows = follows.copied().unwrap_or_default();
    let id = rest.strip_suffix(follows).unwrap_or(rest);
    format!("{start}{}{follows}", escape(id, b"")).into()
}

/// Escapes what cannot stand in a segment of a path, but for some bytes and for escapes.
fn escape<'a>(text: &'a str, but: &[u8]) -> Cow<'a, str> {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@%".contains(&byte) || but.contains(&byte)
    };
    if text.bytes().all(plain) {
        return text.into();
    }
    let one = |byte: u8| if plain(byte) { char::from(byte).into() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect::<String>().into()
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;

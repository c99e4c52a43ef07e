//! Who asks: from the bearer token of the request, and from nothing else.

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serve_api::{Caller, Problem};

use crate::engine::Engine;
use crate::token::{Claims, Role};

/// Lets a request pass with its caller, or answers 401.
pub(crate) async fn authenticate(
    State(engine): State<Engine>,
    mut request: Request,
    next: Next,
) -> Response {
    match caller(&engine, &request) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn caller(engine: &Engine, request: &Request) -> Result<Caller, Problem> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|header| header.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, token)) = token else {
        let detail = "send the header `Authorization: Bearer TOKEN`; `upline token` makes one";
        return Err(Problem::unauthorized(detail));
    };
    let claims = engine.keys.verify(token.trim());
    let Claims { tenant, role, sub, .. } =
        claims.map_err(|wrong| Problem::unauthorized(wrong.to_string()))?;
    let role = match role {
        Role::Admin => serve_api::Role::Admin,
        Role::Ops => serve_api::Role::Ops,
        Role::Shop => serve_api::Role::Shop,
        Role::Distributor => serve_api::Role::Distributor,
    };
    Ok(Caller { tenant, role, subject: sub })
}

//! Who asks: from the bearer token of the request, and from nothing else.

use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use serve_api::{Caller, Problem};

use crate::token::Keys;

/// The caller that the token of a request makes, or why it makes none.
pub(crate) fn caller(keys: &Keys, request: &Request) -> Result<Caller, Problem> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|header| header.split_once(' '));
    let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let Some((_, token)) = token else {
        let detail = "send the header `Authorization: Bearer TOKEN`; `upline token` makes one";
        return Err(Problem::unauthorized(detail));
    };
    keys.verify(token.trim()).map_err(|wrong| Problem::unauthorized(wrong.to_string()))
}

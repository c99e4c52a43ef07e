//! Errors as RFC 9457 has them.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde_json::Value;
use tracing::error;
use upline_contract::answer::ProblemDetails;
use upline_domain::money::Overflow;
use upline_lambda::NotSent;
use upline_store::StoreError;

/// An answer that is no: a status, a word and a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
    /// All that is wrong with a plan.
    errors: Vec<Value>,
}

/// What a route answers.
pub type Answer<T> = Result<Json<T>, Problem>;

impl Problem {
    fn of(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into(), errors: Vec::new() }
    }

    /// The request is well formed, and what it asks for cannot be.
    #[must_use]
    pub fn refused(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::UNPROCESSABLE_ENTITY, "refused", detail)
    }

    /// The same, with all that is wrong with a plan.
    #[must_use]
    pub fn wrong_plan(detail: impl Into<String>, errors: Vec<Value>) -> Self {
        Self { errors, ..Self::refused(detail) }
    }

    /// The request is not well formed.
    #[must_use]
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, "bad_request", detail)
    }

    /// There is no token, or not a valid one.
    #[must_use]
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// The token does not allow it.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// There is no such thing.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// The path does not take this method.
    #[must_use]
    pub fn method_not_allowed(method: &str) -> Self {
        let detail = format!("this path takes {method}");
        Self::of(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    /// The server broke at it.
    #[must_use]
    pub fn broken(why: &dyn std::error::Error) -> Self {
        error!("a request broke: {why}");
        let detail = "the server broke at this request; send it again";
        Self::of(StatusCode::INTERNAL_SERVER_ERROR, "broken", detail)
    }

    /// The request is larger than is taken at once.
    #[must_use]
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }
}

/// The id in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathId(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = |_: PathRejection| Problem::bad_request("the id in the path: write UTF-8");
        let id = Path::<String>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(refused)
    }
}

impl Problem {
    /// 403: a tenant was named that the token is not of.
    #[must_use]
    pub fn other_tenant() -> Self {
        Self::forbidden("tenant: it is not the tenant of the token; leave it out")
    }
}

impl PathId {
    /// The day that the id is.
    ///
    /// # Errors
    ///
    /// * [`Problem`] 400 where it is none, or is written another way than others are.
    pub fn day(&self) -> Result<Date, Problem> {
        let day = self.0.parse().ok().filter(|day: &Date| day.to_string() == self.0);
        day.ok_or_else(|| Problem::bad_request("the day: write one such as 2026-11-11"))
    }
}

impl From<StoreError> for Problem {
    fn from(failed: StoreError) -> Self {
        error!("a request cannot be answered: {failed}");
        let detail = "the table did not answer; ask again";
        Self::of(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }
}

impl From<NotSent> for Problem {
    fn from(not: NotSent) -> Self {
        error!("a request cannot be answered: {not}");
        let detail = "the queue did not take it; ask again";
        Self::of(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }
}

impl From<Overflow> for Problem {
    fn from(overflow: Overflow) -> Self {
        error!("a request cannot be answered: {overflow}");
        let detail = format!("a total cannot be shown: {overflow}");
        Self::of(StatusCode::INTERNAL_SERVER_ERROR, "overflow", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, title, detail, errors } = self;
        let (title, code) = (title.to_owned(), status.as_u16());
        let details = ProblemDetails { title, status: code, detail, errors };
        let mut response = (status, Json(details)).into_response();
        let problem_json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, problem_json);
        if status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
        }
        response
    }
}

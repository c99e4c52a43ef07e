//! Where the SDK would open a connection, the database is called instead.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;

use crate::dispatch::dispatch;

/// The service and version that stand before the operation in `x-amz-target`.
const TARGET_PREFIX: &str = "DynamoDB_20120810.";

/// An HTTP client that makes no connection.
#[derive(Clone)]
pub(crate) struct InProcess {
    database: Database,
}

impl InProcess {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    fn answer(&self, request: &HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.strip_prefix(TARGET_PREFIX).unwrap_or_default();
        // A body that is a stream has no bytes yet; DynamoDB's client makes none.
        let body = request.body().bytes().unwrap_or_default();
        let answer = dispatch(&self.database, operation, body);
        let status = StatusCode::try_from(answer.status)
            .map_err(|wrong| ConnectorError::other(wrong.into(), None))?;
        let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        Ok(response)
    }
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InProcess")
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.answer(&request))
    }
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

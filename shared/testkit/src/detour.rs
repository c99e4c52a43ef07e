//! Clients whose requests meet something on their way to the table.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpRequest;
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;

/// The same client, where something is done with each request on its way.
pub fn through(
    client: &Client,
    way: impl Fn(SharedHttpConnector, HttpRequest) -> HttpConnectorFuture + Send + Sync + 'static,
) -> Client {
    let inner = client.config().http_client().unwrap();
    let detour = Detour { inner, way: Way(Arc::new(way)) };
    Client::from_conf(client.config().to_builder().http_client(detour).build())
}

/// The same client, where each request lets others go first: the embedded table answers at once,
/// and two writers in one thread would never meet.
#[must_use]
pub fn in_turns(client: &Client) -> Client {
    through(client, |inner, request| {
        HttpConnectorFuture::new(async move {
            tokio::task::yield_now().await;
            inner.call(request).await
        })
    })
}

/// The same client, where only so many requests reach the table, as before a crash.
#[must_use]
pub fn cut_off(client: &Client, after: usize) -> Client {
    let left = AtomicUsize::new(after);
    through(client, move |inner, request| {
        let take = |left: usize| left.checked_sub(1);
        match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(_) => inner.call(request),
            Err(_) => HttpConnectorFuture::ready(Err(ConnectorError::io("cut off".into()))),
        }
    })
}

type OnTheWay = dyn Fn(SharedHttpConnector, HttpRequest) -> HttpConnectorFuture + Send + Sync;

#[derive(Clone)]
struct Way(Arc<OnTheWay>);

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Way")
    }
}

#[derive(Clone, Debug)]
struct Detour {
    inner: SharedHttpClient,
    way: Way,
}

impl HttpClient for Detour {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connection { inner, way: self.way.clone() })
    }
}

#[derive(Clone, Debug)]
struct Connection {
    inner: SharedHttpConnector,
    way: Way,
}

impl HttpConnector for Connection {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        (self.way.0)(self.inner.clone(), request)
    }
}

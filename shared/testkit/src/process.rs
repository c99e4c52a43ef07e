//! A process of the product whose requests wait until somebody answers them, one by one.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{AsyncSleep, Builder, Sleep};
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use tokio::sync::oneshot;

use crate::request::{Answer, Request};
use crate::through;

/// What comes back of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The answer of the table.
    Answer(Answer),
    /// Nothing: the connection broke. The request may have been served.
    Lost,
}

/// A request on its way, and where its reply goes.
struct Sent {
    request: Request,
    give: oneshot::Sender<Reply>,
}

/// A process, which does one thing at a time and makes requests of the table meanwhile.
pub struct Process<T> {
    client: Client,
    sent: Arc<Mutex<Vec<Sent>>>,
    waiting: Vec<Sent>,
    doing: Option<Pin<Box<dyn Future<Output = T>>>>,
}

impl<T> Process<T> {
    /// An idle process. `client` is any client of the table, and `configure` sets what this
    /// process' own has beside it, such as how often it tries again.
    pub fn new(client: &Client, configure: impl FnOnce(Builder) -> Builder) -> Self {
        let sent: Arc<Mutex<Vec<Sent>>> = Arc::default();
        let wire = Arc::clone(&sent);
        let client = through(client, move |_, request| {
            let (give, take) = oneshot::channel();
            wire.lock().unwrap().push(Sent { request: Request::of(&request), give });
            HttpConnectorFuture::new(async move {
                match take.await {
                    Ok(Reply::Answer(answer)) => Ok(response(answer)),
                    Ok(Reply::Lost) => Err(ConnectorError::io("the connection broke".into())),
                    Err(gone) => Err(ConnectorError::io(gone.into())),
                }
            })
        });
        let config = configure(client.config().to_builder().sleep_impl(NoPause));
        let client = Client::from_conf(config.build());
        Self { client, sent, waiting: Vec::new(), doing: None }
    }

    /// The client whose requests wait here.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Whether it has nothing to do.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.doing.is_none()
    }

    /// The requests that wait for a reply, the oldest first.
    #[must_use]
    pub fn asks(&self) -> Vec<&Request> {
        self.waiting.iter().map(|sent| &sent.request).collect()
    }

    /// Begins something; its outcome, where it comes to one without a reply.
    pub fn begin(&mut self, doing: impl Future<Output = T> + 'static) -> Option<T> {
        self.doing = Some(Box::pin(doing));
        self.go_on()
    }

    /// Replies to one of the requests that wait; the outcome, where it comes to one by that.
    pub fn reply(&mut self, nth: usize, reply: Reply) -> Option<T> {
        let Sent { give, .. } = self.waiting.remove(nth);
        // Nobody may be waiting any more, where another request failed.
        drop(give.send(reply));
        self.go_on()
    }

    /// Drops what it does, as a crash does. What it asked for is never replied to.
    pub fn crash(&mut self) {
        self.doing = None;
        self.waiting.clear();
        self.sent.lock().unwrap().clear();
    }

    /// Lets it go on until it waits for replies only.
    fn go_on(&mut self) -> Option<T> {
        let doing = self.doing.as_mut()?;
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        while woken.0.swap(false, Ordering::SeqCst) {
            if let Poll::Ready(done) = doing.as_mut().poll(&mut Context::from_waker(&waker)) {
                self.crash();
                return Some(done);
            }
        }
        let mut sent = std::mem::take(&mut *self.sent.lock().unwrap());
        // Requests made at once come in an order that may change from run to run.
        sent.sort_by(|one, other| one.request.cmp(&other.request));
        self.waiting.extend(sent);
        self.waiting.retain(|sent| !sent.give.is_closed());
        assert!(!self.waiting.is_empty(), "a process waits for something other than the table");
        None
    }
}

fn response(answer: Answer) -> HttpResponse {
    let status = StatusCode::try_from(answer.status).unwrap();
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}

/// A request after a pause may be answered at any time later anyway.
#[derive(Debug)]
struct NoPause;

impl AsyncSleep for NoPause {
    fn sleep(&self, _: Duration) -> Sleep {
        Sleep::new(std::future::ready(()))
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

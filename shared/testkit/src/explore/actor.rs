//! An actor, tabulated: what it asks for next, by the answers that it has had.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{AsyncSleep, Sleep};
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use tokio::sync::oneshot;

use super::interned::Interned;
use super::request::{Answer, Request};
use crate::through;

/// What an actor does, from its beginning to what it says in the end.
pub(super) type Act = dyn Fn(Client) -> Pin<Box<dyn Future<Output = String>>>;

/// One who makes requests to the table.
pub struct Actor {
    pub(super) name: String,
    act: Box<Act>,
}

impl Actor {
    /// An actor who does the same each time that it begins, as far as the table answers the same:
    /// no clock, no random, nothing remembered from before. It says in the end what it came to.
    pub fn new<Doing>(name: &str, act: impl Fn(Client) -> Doing + 'static) -> Self
    where
        Doing: Future<Output = String> + 'static,
    {
        Self { name: name.to_owned(), act: Box::new(move |client| Box::pin(act(client))) }
    }
}

/// Where an actor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It waits for the answers to these requests, by number; the oldest first.
    Asks(Vec<usize>),
    /// It is done, and said so.
    Done(String),
}

/// A place in the life of an actor: which request was answered with what, one after another.
struct Place {
    step: Step,
    /// The place before, and what led here: the request by its place among those asked, the answer.
    from: Option<(usize, usize, usize)>,
    next: HashMap<(usize, usize), usize>,
    /// An actor that stands here, ready to go on.
    stands: Option<Running>,
}

/// All places in the life of an actor that were reached so far.
pub(super) struct Life<'a> {
    actor: &'a Actor,
    client: Client,
    places: Vec<Place>,
}

/// The place where every life begins.
pub(super) const BEGINNING: usize = 0;

impl<'a> Life<'a> {
    pub(super) fn new(actor: &'a Actor, client: &Client, requests: &mut Interned<Request>) -> Self {
        let running = Running::begin(actor, client, requests);
        let step = running.step.clone();
        let place = Place { step, from: None, next: HashMap::new(), stands: Some(running) };
        Self { actor, client: client.clone(), places: vec![place] }
    }

    pub(super) fn step(&self, place: usize) -> &Step {
        &self.places[place].step
    }

    /// The place after a request, one of those asked, is answered.
    pub(super) fn after(
        &mut self,
        place: usize,
        (asked, number): (usize, usize),
        answer: &dyn Fn(usize) -> Answer,
        requests: &mut Interned<Request>,
    ) -> usize {
        if let Some(next) = self.places[place].next.get(&(asked, number)) {
            return *next;
        }
        let mut running = match self.places[place].stands.take() {
            Some(running) => running,
            None => self.again(place, answer, requests),
        };
        running.answer(asked, &answer(number), requests);
        let (next, step) = (self.places.len(), running.step.clone());
        let stands = matches!(step, Step::Asks(_)).then_some(running);
        let from = Some((place, asked, number));
        self.places.push(Place { step, from, next: HashMap::new(), stands });
        self.places[place].next.insert((asked, number), next);
        next
    }

    /// Leads an actor from the beginning to a place.
    fn again(
        &self,
        place: usize,
        answer: &dyn Fn(usize) -> Answer,
        requests: &mut Interned<Request>,
    ) -> Running {
        let mut way = vec![place];
        let mut from = self.places[place].from;
        while let Some((before, _, _)) = from {
            way.push(before);
            from = self.places[before].from;
        }
        let mut running = Running::begin(self.actor, &self.client, requests);
        for place in way.into_iter().rev() {
            let Place { step, from, .. } = &self.places[place];
            if let Some((_, asked, number)) = from {
                running.answer(*asked, &answer(*number), requests);
            }
            let name = &self.actor.name;
            assert_eq!(running.step, *step, "{name} does not do the same again");
        }
        running
    }
}

/// A request on its way, and where its answer goes.
type Sent = (Request, oneshot::Sender<Answer>);

/// An actor under way.
struct Running {
    doing: Pin<Box<dyn Future<Output = String>>>,
    sent: Arc<Mutex<Vec<Sent>>>,
    waiting: Vec<(usize, oneshot::Sender<Answer>)>,
    step: Step,
}

impl Running {
    fn begin(actor: &Actor, client: &Client, requests: &mut Interned<Request>) -> Self {
        let sent: Arc<Mutex<Vec<Sent>>> = Arc::default();
        let wire = Arc::clone(&sent);
        let client = through(client, move |_, request| {
            let (give, take) = oneshot::channel();
            wire.lock().unwrap().push((Request::of(&request), give));
            HttpConnectorFuture::new(async move {
                let answer = take.await.map_err(|gone| ConnectorError::io(gone.into()))?;
                let status = StatusCode::try_from(answer.status).unwrap();
                let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
                response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
                Ok(response)
            })
        });
        let client = Client::from_conf(client.config().to_builder().sleep_impl(NoPause).build());
        let step = Step::Asks(Vec::new());
        let doing = (actor.act)(client);
        let mut running = Self { doing, sent, waiting: Vec::new(), step };
        running.go_on(requests);
        running
    }

    fn answer(&mut self, asked: usize, answer: &Answer, requests: &mut Interned<Request>) {
        let (_, give) = self.waiting.remove(asked);
        give.send(answer.clone()).unwrap();
        self.go_on(requests);
    }

    /// Lets the actor go on until it waits for answers only.
    fn go_on(&mut self, requests: &mut Interned<Request>) {
        let woken = Arc::new(Woken(AtomicBool::new(true)));
        let waker = Waker::from(Arc::clone(&woken));
        while woken.0.swap(false, Ordering::SeqCst) {
            if let Poll::Ready(said) = self.doing.as_mut().poll(&mut Context::from_waker(&waker)) {
                self.step = Step::Done(said);
                return;
            }
        }
        let mut sent = std::mem::take(&mut *self.sent.lock().unwrap());
        sent.sort_by(|(one, _), (other, _)| one.cmp(other));
        let numbered = sent.into_iter().map(|(request, give)| (requests.number(request), give));
        self.waiting.extend(numbered);
        // Where one of several requests fails, nobody waits for the others any more.
        self.waiting.retain(|(_, give)| !give.is_closed());
        assert!(!self.waiting.is_empty(), "an actor waits for something other than the table");
        self.step = Step::Asks(self.waiting.iter().map(|(number, _)| *number).collect());
    }
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

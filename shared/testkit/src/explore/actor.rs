//! An actor, tabulated: what it asks for next, by the answers that it has had.

use std::collections::HashMap;
use std::pin::Pin;

use aws_sdk_dynamodb::Client;

use super::interned::Interned;
use crate::process::{Process, Reply};
use crate::request::{Answer, Request};

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

/// An actor under way.
struct Running {
    process: Process<String>,
    step: Step,
}

impl Running {
    fn begin(actor: &Actor, client: &Client, requests: &mut Interned<Request>) -> Self {
        let mut process = Process::new(client, |config| config);
        let said = process.begin((actor.act)(process.client()));
        let step = step(said, &process, requests);
        Self { process, step }
    }

    fn answer(&mut self, asked: usize, answer: &Answer, requests: &mut Interned<Request>) {
        let said = self.process.reply(asked, Reply::Answer(answer.clone()));
        self.step = step(said, &self.process, requests);
    }
}

fn step(said: Option<String>, process: &Process<String>, requests: &mut Interned<Request>) -> Step {
    match said {
        Some(said) => Step::Done(said),
        None => {
            let asks = process.asks().into_iter();
            Step::Asks(asks.map(|request| requests.number(request.clone())).collect())
        }
    }
}

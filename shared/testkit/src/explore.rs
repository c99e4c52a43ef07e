//! Every order in which the requests of some actors can reach their one table, one by one.
//!
//! An actor is a future over the real client. Nothing of what it does can be seen or disturbed
//! but by its requests, so a *schedule* is the order in which requests are answered; with, where it
//! is asked for, one fault of [`Fault`] anywhere among them. [`explore`] goes through all of them:
//! none is left out and none is drawn by lot.
//!
//! There are millions, so what is the same is done once. An actor is a function of the answers that
//! it had: what it asks for next is kept under these (`actor.rs`). The table is a function of what
//! it holds: the answer to a request, and what it holds afterwards, is kept under what it held
//! before (`table.rs`). Both are asked for real the first time: a real future, in a process of its
//! own, and the real embedded table, brought back to what it held. So a *state* is what the
//! table holds, where each actor stands and whether the fault was spent; all that can follow is a
//! function of it, and two schedules that lead to one state have the same future. Each state is
//! entered once, and each of its choices is taken once; the schedules are counted along the way.
//! An actor that is done is no more than what it said, and one that crashed than its repeat.
//!
//! Two requests that commute lead to one state whichever comes first; that is found, not argued.
//! One thing is argued, because it saves most: an actor who waits for nothing but the answer to a
//! read of items that nobody writes in any schedule has it at once, and no other choice is taken
//! before. Take a schedule where it comes later: whatever comes between writes none of these
//! items, so the answer is the same, and it comes from others, who do not see the read; moved to
//! the front, it changes nothing. (A crash of this actor in between drops an answer that changed
//! nothing; it comes after.) Which items are written is learned on the way: whenever a request
//! turns up that may write one of which that is not known, all begins anew. A schedule cannot hide
//! a first write behind a read that was moved: up to that write the argument holds, so that it
//! turns up. Schedules that differ in nothing else are counted as one.
//!
//! What is assumed is that an actor does the same after the same answers. That is checked whenever
//! an actor is led to a place for a second time, and `tests/it/interleavings/soundness.rs` holds
//! the explorer against plain enumeration.

mod actor;
mod interned;
mod table;

use std::collections::{BTreeSet, HashMap, HashSet};

pub use actor::Actor;
use actor::{BEGINNING, Life, Step};
use interned::Interned;
use table::Table;

use crate::World;
use crate::request::Request;

/// What goes wrong once, at any moment, to any of the actors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is dropped after any of its answers, the last one too, and begins again in another
    /// process.
    Crash,
    /// A write is made, but its answer is lost, and the client makes the request once more.
    Resent,
}

/// How much was gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explored {
    /// Schedules, all of them; those that differ only in when something is read that nobody writes
    /// are one.
    pub schedules: u128,
    /// Moments in which they differ.
    pub states: usize,
    /// Endings in which they differ: what the table holds and what the actors said.
    pub endings: usize,
}

/// Where a schedule ends.
pub struct Ending<'a> {
    /// The table as it was left. It may be changed.
    pub world: World,
    /// What the actors said, in their order.
    pub said: Vec<&'a str>,
    /// What the table holds, as text: two endings that hold the same have the same.
    pub held: String,
}

/// Holds an ending against what should be; an error says what is wrong.
pub type Judge<'a> = dyn FnMut(Ending<'_>) -> Result<(), String> + 'a;

/// Goes through every schedule of the actors, from the table as it is now.
///
/// # Errors
///
/// * What the judge found wrong, with a schedule that leads to it, in words.
pub fn explore(
    world: &World,
    actors: &[Actor],
    fault: Fault,
    judge: &mut Judge<'_>,
) -> Result<Explored, String> {
    let (client, mut requests) = (world.client(), Interned::default());
    let mut table = Table::new(&client);
    let at = actors.iter().map(|_| At::Place(BEGINNING)).collect();
    let first = State { content: table.now(), at, left: fault };
    let lives = actors.iter().map(|actor| Life::new(actor, &client, &mut requests)).collect();
    let mut search = Search {
        world,
        actors,
        lives,
        table,
        requests,
        said: Interned::default(),
        written: BTreeSet::new(),
        quiet: HashMap::new(),
        known: HashMap::new(),
        judged: HashSet::new(),
        way: Vec::new(),
        judge,
    };
    let schedules = loop {
        match search.follow(first.clone()) {
            Ok(schedules) => break Ok(schedules),
            Err(Stop::Wrong(wrong)) => break Err(wrong),
            Err(Stop::Learned) => {
                search.known.clear();
                search.way.clear();
            }
        }
    };
    search.table.restore(first.content);
    let (states, endings) = (search.known.len(), search.judged.len());
    schedules.map(|schedules| Explored { schedules, states, endings })
}

/// Why a search goes on no further.
enum Stop {
    /// An ending is wrong.
    Wrong(String),
    /// An item is written of which that was not known.
    Learned,
}

/// Where an actor is: at a place in its life, or done, having said so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum At {
    Place(usize),
    Done(usize),
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    content: usize,
    at: Vec<At>,
    left: Fault,
}

/// One step of a schedule: of which actor, and what.
#[derive(Clone, Copy)]
struct Taken {
    actor: usize,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Answered { request: usize, answer: usize },
    Lost { request: usize },
    Crashed,
}

struct Search<'a, 'j> {
    world: &'a World,
    actors: &'a [Actor],
    lives: Vec<Life<'a>>,
    table: Table,
    requests: Interned<Request>,
    said: Interned<String>,
    /// The keys of which it is known that somebody may write them.
    written: BTreeSet<(String, String)>,
    /// By request: whether it is in the way of nobody, as far as is known.
    quiet: HashMap<usize, bool>,
    /// The number of schedules that follow from a state.
    known: HashMap<State, u128>,
    judged: HashSet<(usize, Vec<At>)>,
    /// How the state was reached.
    way: Vec<Taken>,
    judge: &'a mut Judge<'j>,
}

impl Search<'_, '_> {
    /// Takes every choice from a state; says how many schedules there are from it.
    fn follow(&mut self, state: State) -> Result<u128, Stop> {
        if let Some(known) = self.known.get(&state) {
            return Ok(*known);
        }
        let mut schedules = 0;
        for (taken, next) in self.steps(&state)? {
            self.way.push(taken);
            schedules += self.follow(next)?;
            self.way.pop();
        }
        if state.at.iter().all(|at| matches!(at, At::Done(_))) {
            self.judge(&state).map_err(Stop::Wrong)?;
            schedules += 1;
        }
        self.known.insert(state, schedules);
        Ok(schedules)
    }

    /// The choices from a state.
    fn steps(&mut self, state: &State) -> Result<Vec<(Taken, State)>, Stop> {
        let mut steps = Vec::new();
        for (actor, at) in state.at.iter().enumerate() {
            let At::Place(place) = *at else { continue };
            let Step::Asks(asked) = self.lives[actor].step(place).clone() else { continue };
            for request in &asked {
                self.learn(*request)?;
            }
            if let [request] = *asked
                && self.quiet[&request]
            {
                let (answer, _) = self.ask(state.content, request);
                let after = self.after(actor, place, (0, answer));
                let what = What::Answered { request, answer };
                return Ok(vec![(Taken { actor, what }, state.with(actor, after, state.content))]);
            }
        }
        for (actor, at) in state.at.iter().enumerate() {
            if state.left == Fault::Crash && *at != At::Place(BEGINNING) {
                let next = state.with(actor, At::Place(BEGINNING), state.content);
                let next = State { left: Fault::None, ..next };
                steps.push((Taken { actor, what: What::Crashed }, next));
            }
            let At::Place(place) = *at else { continue };
            let Step::Asks(asked) = self.lives[actor].step(place).clone() else { continue };
            for (nth, request) in asked.into_iter().enumerate() {
                let (answer, content) = self.ask(state.content, request);
                let after = self.after(actor, place, (nth, answer));
                let what = What::Answered { request, answer };
                steps.push((Taken { actor, what }, state.with(actor, after, content)));
                if state.left == Fault::Resent && content != state.content {
                    let next = State { content, left: Fault::None, ..state.clone() };
                    steps.push((Taken { actor, what: What::Lost { request } }, next));
                }
            }
        }
        Ok(steps)
    }

    /// Learns what a request may write.
    fn learn(&mut self, request: usize) -> Result<(), Stop> {
        if self.quiet.contains_key(&request) {
            return Ok(());
        }
        let asked = self.requests.get(request);
        let before = self.written.len();
        self.written.extend(asked.writes());
        if self.written.len() > before {
            self.quiet.clear();
            return Err(Stop::Learned);
        }
        self.quiet.insert(request, asked.reads_none_of(&self.written));
        Ok(())
    }

    fn ask(&mut self, content: usize, request: usize) -> (usize, usize) {
        self.table.ask(content, (request, self.requests.get(request)))
    }

    fn after(&mut self, actor: usize, place: usize, answered: (usize, usize)) -> At {
        let Self { lives, table, requests, said, .. } = self;
        let answer = |number: usize| table.answer(number).clone();
        let life = &mut lives[actor];
        let after = life.after(place, answered, &answer, requests);
        match life.step(after) {
            Step::Asks(_) => At::Place(after),
            Step::Done(word) => At::Done(said.number(word.clone())),
        }
    }

    fn judge(&mut self, state: &State) -> Result<(), String> {
        if !self.judged.insert((state.content, state.at.clone())) {
            return Ok(());
        }
        self.table.restore(state.content);
        let done = state.at.iter().map(|at| match at {
            At::Done(said) => self.said.get(*said).as_str(),
            At::Place(_) => "",
        });
        let (world, said) = (self.world.over(&self.world.client()), done.collect());
        let judged = (self.judge)(Ending { world, said, held: self.table.held() });
        self.table.look();
        judged.map_err(|wrong| format!("{wrong}\nafter this schedule:\n{}", self.schedule()))
    }

    /// The way to the present state, in words.
    fn schedule(&self) -> String {
        let line = |(nth, Taken { actor, what }): (usize, &Taken)| {
            let name = &self.actors[*actor].name;
            let did = match what {
                What::Crashed => "crashes, and begins again".to_owned(),
                What::Lost { request } => {
                    format!("{}, and the answer is lost", self.requests.get(*request).words())
                }
                What::Answered { request, answer } => {
                    let answer = self.table.answer(*answer).word();
                    format!("{}: {answer}", self.requests.get(*request).words())
                }
            };
            format!("{:>4}. {name} {did}\n", nth + 1)
        };
        self.way.iter().enumerate().map(line).collect()
    }
}

impl State {
    fn with(&self, actor: usize, at: At, content: usize) -> Self {
        let mut next = Self { content, ..self.clone() };
        next.at[actor] = at;
        next
    }
}

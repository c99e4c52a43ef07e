//! Sends the story to the server, with the nights in between, and waits until everything is posted.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use upline_contract::answer::Health;
use upline_contract::job::JobRun;

use super::clock;
use super::story::{Message, Night, Story};
use crate::client::Client;
use crate::failure::{Failure, Form};
use crate::send::{Totals, count, sentence};

/// Events in one request.
const BATCH: usize = 500;
/// Between two looks at what is not posted yet.
const LOOK: Duration = Duration::from_millis(20);
/// Posting that has not ended by then is stuck.
const PATIENCE: Duration = Duration::from_mins(5);
/// Reasons that are kept of events that were not taken.
const REASONS_MAX: usize = 20;

/// What came of sending.
pub(super) struct Played {
    /// Outcomes by their word.
    pub(super) outcomes: Totals,
    /// Outcomes of the events that were sent a second time.
    pub(super) repeated: Totals,
    /// The first events that were not taken, with the reason.
    pub(super) refused: Vec<String>,
    /// Nights in which levels were looked at.
    pub(super) nights: usize,
    /// How often one was on a higher level after a night.
    pub(super) raised: u64,
    /// How often on a lower one.
    pub(super) lowered: u64,
    /// From the first request until nothing was left to post.
    pub(super) elapsed: Duration,
}

/// Sends every event once, each night's before it, and the last of them once more, as a queue
/// would. The clock goes along.
pub(super) fn play(
    client: &Client,
    story: &Story,
    nights: &[Night<'_>],
    form: Form,
) -> Result<Played, Failure> {
    let mut progress = Progress::new("events sent", story.messages.len(), form);
    let mut played = Played {
        outcomes: Totals::new(),
        repeated: Totals::new(),
        refused: Vec::new(),
        nights: nights.len(),
        raised: 0,
        lowered: 0,
        elapsed: Duration::ZERO,
    };
    let began = Instant::now();
    for night in nights {
        for batch in night.messages.chunks(BATCH) {
            played.send(client, batch)?;
            progress.forward(batch.len());
        }
        clock::forward(night.at);
        played.look_at_levels(client)?;
    }
    settle(client)?;
    played.elapsed = began.elapsed();
    progress.end();
    let last = story.messages.rchunks(BATCH).next().unwrap_or_default();
    count(&mut played.repeated, &client.post(&texts(last))?);
    settle(client)?;
    Ok(played)
}

fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.text.as_str()).collect()
}

impl Played {
    fn send(&mut self, client: &Client, batch: &[Message]) -> Result<(), Failure> {
        if let Some(last) = batch.last() {
            clock::forward(last.arrives_at);
        }
        let outcomes = client.post(&texts(batch))?;
        count(&mut self.outcomes, &outcomes);
        let taken = |word: &str| matches!(word, "created" | "exists" | "waiting");
        let refused = outcomes.iter().filter(|outcome| !taken(&outcome.outcome));
        let room = REASONS_MAX.saturating_sub(self.refused.len());
        self.refused.extend(refused.map(sentence).take(room));
        Ok(())
    }

    /// A night: the server looks at levels once all that was sent is posted.
    fn look_at_levels(&mut self, client: &Client) -> Result<(), Failure> {
        let run: JobRun = client.post_to("/v1/jobs/check-upgrades/run", "{}")?;
        let counted = |name: &str| run.counts.get(name).copied().unwrap_or(0);
        self.raised += counted("raised");
        self.lowered += counted("lowered");
        Ok(())
    }
}

/// Waits until everything is posted.
pub(crate) fn settle(client: &Client) -> Result<(), Failure> {
    let began = Instant::now();
    loop {
        let Health { unposted, .. } = client.get("/v1/health")?;
        let unposted = unposted.unwrap_or(0);
        if unposted == 0 {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(Failure::no(format!(
                "{unposted} order changes are not posted after {} s: the server's log says why",
                PATIENCE.as_secs()
            )));
        }
        std::thread::sleep(LOOK);
    }
}

/// How far it is, on standard error: one line that moves on a terminal, a line each tenth
/// elsewhere, nothing beside JSON.
pub(super) struct Progress {
    what: &'static str,
    done: usize,
    all: usize,
    told: usize,
    form: Form,
    moves: bool,
}

impl Progress {
    pub(super) fn new(what: &'static str, all: usize, form: Form) -> Self {
        let moves = std::io::stderr().is_terminal();
        Self { what, done: 0, all, told: 0, form, moves }
    }

    pub(super) fn forward(&mut self, by: usize) {
        self.done += by;
        if self.form == Form::Json || self.all == 0 {
            return;
        }
        let percent = self.done * 100 / self.all;
        let due = if self.moves { percent > self.told } else { percent / 10 > self.told / 10 };
        if due {
            self.told = percent;
            let (before, after) = if self.moves { ("\r", "") } else { ("", "\n") };
            let Self { what, done, all, .. } = self;
            let line = format!("{before}{percent:3} %  {done} of {all} {what}{after}");
            // Nobody needs the progress of a program whose standard error is gone.
            let _told = std::io::stderr().lock().write_all(line.as_bytes());
        }
    }

    pub(super) fn end(&self) {
        if self.moves && self.form == Form::Words {
            let _told = std::io::stderr().lock().write_all(b"\n");
        }
    }
}

//! What a seed expands to: how large a world is, and what may go wrong in it, and how often.

use upline_testkit::faulty::Fate;

use crate::worlds::dice::Dice;

/// The options of one simulation.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Of everything that is drawn while it runs.
    pub(crate) seed: u64,
    pub(crate) tenants: usize,
    /// Processes for each act that is fed by a queue.
    pub(crate) processes: usize,
    pub(crate) pollers: usize,
    pub(crate) shards: usize,
    /// Messages, or records of the stream, of one batch.
    pub(crate) batch_max: usize,
    /// Of a thousand steps, in how many a process crashes.
    pub(crate) crashes: u32,
    /// Of a hundred answers, after how many the process stands still while others go on.
    pub(crate) stalls: u32,
    /// Of a thousand requests, how many meet each fate that is not to be served.
    pub(crate) fates: Vec<(Fate, u32)>,
    /// Of a hundred deliveries, how many come again.
    pub(crate) repeats: u32,
    /// Of a hundred batches of the stream, how many begin before what was posted.
    pub(crate) rewinds: u32,
    /// Of a hundred times that the stream could be read, how often it is not yet.
    pub(crate) late_pollers: u32,
    /// Whether clients try again by themselves, as they do on AWS.
    pub(crate) clients_retry: bool,
    /// How far the clocks of processes may be off, in seconds.
    pub(crate) skew_s: i64,
    /// Changes by hand of one tenant: plans, levels and statuses.
    pub(crate) changes: usize,
}

impl Options {
    pub(crate) fn of(seed: u64) -> Self {
        let dice = &mut Dice::of(seed);
        // Half of what may go wrong does in one simulation, so that what hides another does not.
        let rate = |dice: &mut Dice, often: &[u32]| {
            if dice.chance(50) { *dice.pick(often) } else { 0 }
        };
        let fates = Fate::ALL.into_iter().filter(|fate| *fate != Fate::Served);
        Self {
            seed,
            tenants: *dice.pick(&[1, 1, 2, 3]),
            processes: dice.count(1, 3),
            pollers: dice.count(1, 3),
            shards: dice.count(1, 3),
            batch_max: *dice.pick(&[1, 3, 10]),
            crashes: rate(dice, &[1, 4, 15]),
            stalls: rate(dice, &[3, 10, 30]),
            fates: fates.map(|fate| (fate, rate(dice, often(fate)))).collect(),
            repeats: rate(dice, &[5, 20, 50]),
            rewinds: rate(dice, &[5, 30]),
            late_pollers: rate(dice, &[50, 90, 98]),
            clients_retry: dice.chance(50),
            skew_s: *dice.pick(&[0, 5, 100]),
            changes: *dice.pick(&[0, 3, 6, 12]),
        }
    }

    /// The same without anything that goes wrong.
    pub(crate) fn quiet(&self) -> Self {
        let none = |(fate, _): &(Fate, u32)| (*fate, 0);
        let fates = self.fates.iter().map(none).collect();
        Self { crashes: 0, stalls: 0, repeats: 0, rewinds: 0, fates, ..self.clone() }
    }
}

/// Of a thousand requests, how many meet a fate where it is met at all. An answer in part is the
/// least of them, and hides nothing.
fn often(fate: Fate) -> &'static [u32] {
    if fate == Fate::InPart { &[50, 200, 500] } else { &[3, 15, 60] }
}

//! Chance that replays: everything of a world follows from its seed.

/// Amounts in minor units that tend to be trouble: the smallest, primes, one beside a round one.
pub(crate) const NASTY: [u64; 14] =
    [1, 2, 3, 5, 7, 10, 99, 100, 101, 997, 1_000, 9_999, 99_991, 1_000_003];

/// Rates that tend to be trouble.
const RATES: [&str; 14] = [
    "0", "0.000001", "0.01", "0.02", "0.05", "0.10", "0.1", "0.125", "0.2", "0.3", "0.333333",
    "0.5", "0.499999", "0.07",
];

/// Instants on whose edges something turns: midnights of several time zones, the first of a month,
/// a Monday, the end of summer time. Events draw from them, so that many fall on the same one.
const INSTANTS: [&str; 14] = [
    "2026-10-03T11:59:59.999Z",
    "2026-10-25T01:00:00Z",
    "2026-10-31T10:00:00Z",
    "2026-10-31T15:59:59.999Z",
    "2026-10-31T16:00:00Z",
    "2026-11-01T00:00:00Z",
    "2026-11-01T06:59:59.500Z",
    "2026-11-01T09:00:00Z",
    "2026-11-08T16:00:00Z",
    "2026-11-09T00:00:00Z",
    "2026-11-11T00:00:03Z",
    "2026-11-29T23:59:59Z",
    "2026-11-30T16:00:00Z",
    "2026-12-01T08:00:00Z",
];

/// The dice of one world.
pub(crate) struct Dice(fastrand::Rng);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// Whether something happens that does in so many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.0.u32(0..100) < percent
    }

    /// Whether something happens that does in so many of a thousand cases.
    pub(crate) fn per_mille(&mut self, often: u32) -> bool {
        often > 0 && self.0.u32(0..1_000) < often
    }

    /// A number from `least` to `most`, both among them.
    pub(crate) fn number(&mut self, least: u64, most: u64) -> u64 {
        self.0.u64(least..=most)
    }

    /// A count from `least` to `most`, both among them.
    pub(crate) fn count(&mut self, least: usize, most: usize) -> usize {
        self.0.usize(least..=most)
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.0.usize(0..of.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        self.0.shuffle(list);
    }

    /// An amount above zero, in minor units.
    pub(crate) fn minor(&mut self) -> u64 {
        match self.number(0, 9) {
            0..=4 => *self.pick(&NASTY),
            5..=7 => self.number(1, 20_000),
            8 => 100 * self.number(1, 500),
            _ => self.number(1, 100_000_000),
        }
    }

    /// A rate.
    pub(crate) fn rate(&mut self) -> String {
        match self.number(0, 3) {
            0 => format!("0.{:06}", self.number(0, 400_000)),
            _ => (*self.pick(&RATES)).to_owned(),
        }
    }

    /// An instant of the last weeks of 2026.
    pub(crate) fn time(&mut self) -> String {
        if self.chance(60) {
            return (*self.pick(&INSTANTS)).to_owned();
        }
        let (month, day) = (self.number(10, 12), self.number(1, 20));
        let (hour, minute, second) = (self.number(0, 23), self.number(0, 59), self.number(0, 59));
        format!("2026-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// An amount of minor units, as the wire has it.
pub(crate) fn amount(minor: u64, currency: &str) -> String {
    match currency {
        "JPY" => minor.to_string(),
        "KWD" => format!("{}.{:03}", minor / 1_000, minor % 1_000),
        _ => format!("{}.{:02}", minor / 100, minor % 100),
    }
}

//! Until when a function has to have answered: Lambda cuts it off then, whatever it is doing.

use std::time::Duration;

use jiff::Timestamp;

/// What is kept back of the time to answer, in milliseconds.
const ANSWER_MS: i64 = 1_000;
/// Nothing new is begun with less than this left: some requests, one of them tried
/// again, have to have room in it.
const BEGIN: Duration = Duration::from_secs(5);

/// The end of the time that a function has, held against a clock.
#[derive(Clone, Copy)]
pub struct Deadline<'a> {
    at: Timestamp,
    clock: &'a (dyn Fn() -> Timestamp + Sync),
}

impl<'a> Deadline<'a> {
    /// The deadline as the runtime of Lambda has it, in milliseconds since 1970.
    #[must_use]
    pub fn from_millis(deadline: u64, clock: &'a (dyn Fn() -> Timestamp + Sync)) -> Self {
        let at = i64::try_from(deadline).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        Self { at: at.unwrap_or(Timestamp::MAX), clock }
    }

    /// The time now, by the clock that it is held against.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// How long one may work on; what it takes to answer is kept back.
    #[must_use]
    pub fn left(&self) -> Duration {
        let left = self.at.as_millisecond().saturating_sub(self.now().as_millisecond());
        let left = u64::try_from(left.saturating_sub(ANSWER_MS)).unwrap_or(0);
        Duration::from_millis(left)
    }

    /// Whether there is time to begin something.
    #[must_use]
    pub fn leaves_time_to_begin(&self) -> bool {
        self.left() >= BEGIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(left_ms: i64, want_ms: u64, may_begin: bool) {
        let now = || Timestamp::from_millisecond(1_000_000 - left_ms).unwrap();
        let deadline = Deadline::from_millis(1_000_000, &now);
        assert_eq!(deadline.left(), Duration::from_millis(want_ms));
        assert_eq!(deadline.leaves_time_to_begin(), may_begin, "{left_ms}");
    }

    #[test]
    fn time_to_answer_is_kept_back() {
        check(30_000, 29_000, true);
        check(6_000, 5_000, true);
        check(5_999, 4_999, false);
        check(1_000, 0, false);
        check(0, 0, false);
        check(-5_000, 0, false);
    }

    #[test]
    fn a_deadline_out_of_range_is_none() {
        let now = || Timestamp::UNIX_EPOCH;
        let deadline = Deadline::from_millis(u64::MAX, &now);
        assert!(deadline.leaves_time_to_begin());
    }
}

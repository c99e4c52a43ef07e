//! The clock of the demo stands at the time of its story: a level that somebody rises to holds from
//! then on, so that the orders of the days after are paid by it.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use upline_domain::time;

/// The server asks for the time through a plain function, so the process has one such clock and
/// plays one demo.
static CLOCK: Clock = Clock(AtomicI64::new(i64::MIN));

/// What time it is in the story.
pub(super) fn now() -> Timestamp {
    CLOCK.now()
}

/// Moves the story on to a time; never back.
pub(super) fn forward(to: Timestamp) {
    CLOCK.forward(to);
}

/// In milliseconds since 1970.
struct Clock(AtomicI64);

impl Clock {
    fn now(&self) -> Timestamp {
        time::from_millis(self.0.load(Ordering::SeqCst)).unwrap_or(Timestamp::MIN)
    }

    fn forward(&self, to: Timestamp) {
        self.0.fetch_max(to.as_millisecond(), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_moved_forward_and_never_back() {
        let clock = Clock(AtomicI64::new(i64::MIN));
        assert_eq!(clock.now(), Timestamp::MIN);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (to, want) in [
            ("1997-01-01T08:00:00Z", "1997-01-01T08:00:00Z"),
            ("1997-01-01T18:00:00.001Z", "1997-01-01T18:00:00.001Z"),
            ("1997-01-01T09:00:00Z", "1997-01-01T18:00:00.001Z"),
        ] {
            clock.forward(at(to));
            assert_eq!(clock.now(), at(want));
        }
    }
}

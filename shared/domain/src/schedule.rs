//! What holds from when. Plans, levels and statuses are changed ahead of their time, and an order
//! uses what held when it was paid, however late it arrives; so no change reaches into the past.

use jiff::{SignedDuration, Timestamp};

use crate::time;

/// How many minutes ahead a change is made where several processes remember: 10 for the events that
/// may be ahead, one for what is remembered, and four for their clocks.
const LEAD_MINUTES: i64 = 15;

/// How long before it holds a change is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// One process has all that is remembered, and hears of its own change at once: from now on.
    SingleProcess,
    /// Several processes remember for a minute each, and take events of up to 10 minutes ahead: 15
    /// minutes.
    ManyProcesses,
}

impl Lead {
    /// The earliest time from which a change that is made now may hold, to the millisecond.
    #[must_use]
    pub fn earliest(self, now: Timestamp) -> Timestamp {
        let ahead = match self {
            Self::SingleProcess => SignedDuration::ZERO,
            Self::ManyProcesses => SignedDuration::from_mins(LEAD_MINUTES),
        };
        let earliest = now.checked_add(ahead).unwrap_or(Timestamp::MAX);
        time::from_millis(earliest.as_millisecond()).unwrap_or(earliest)
    }
}

/// Why a change cannot hold from the time that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "what holds until then is settled; write {} or later, or leave it out for as soon as may be",
    time::text(*.earliest)
)]
pub struct TooSoon {
    /// The earliest time that could be.
    pub earliest: Timestamp,
}

/// When a change is wanted to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// From when on; as soon as may be without it.
    pub from: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
    /// How long ahead it has to be made.
    pub lead: Lead,
}

/// Where a change stands among those made before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is new: it holds from this time, and stands before what is at this place now.
    New {
        /// From when it holds.
        from: Timestamp,
        /// Its place.
        place: usize,
    },
    /// It was made before.
    Again {
        /// From when it holds.
        from: Timestamp,
        /// Its place.
        place: usize,
    },
}

impl Wanted {
    /// From when the change holds, if nothing stands in the way but the clock.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.from.unwrap_or_else(|| self.lead.earliest(self.now))
    }

    /// Finds the place of a change among those made before, which are told by their from-times,
    /// oldest first, and by whether they are the same as it. Of equal from-times the one made later
    /// wins, so it stands after them.
    ///
    /// It was made before where the last of its from-time is the same; without a time that is
    /// wanted, also where what holds by then is the same. So a repeat changes nothing.
    ///
    /// # Errors
    ///
    /// * [`TooSoon`] where it is new, and would hold earlier than a change may.
    pub fn place(&self, made: &[(Timestamp, bool)]) -> Result<Placed, TooSoon> {
        let from = self.start();
        let place = made.partition_point(|(earlier, _)| *earlier <= from);
        let last = place.checked_sub(1).and_then(|last| Some((last, made.get(last)?)));
        if let Some((last, &(since, true))) = last
            && (since == from || self.from.is_none())
        {
            return Ok(Placed::Again { from: since, place: last });
        }
        let earliest = self.lead.earliest(self.now);
        if from < earliest { Err(TooSoon { earliest }) } else { Ok(Placed::New { from, place }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes.saturating_mul(60)).unwrap()
    }

    /// A change that is wanted from a minute on, now being minute 100, among others.
    #[track_caller]
    fn check(lead: Lead, from: Option<i64>, made: &[(i64, bool)], want: &Result<Placed, TooSoon>) {
        let wanted = Wanted { from: from.map(minute), now: minute(100), lead };
        let made: Vec<_> = made.iter().map(|&(at, same)| (minute(at), same)).collect();
        assert_eq!(wanted.place(&made), *want, "{lead:?} {from:?} {made:?}");
    }

    #[test]
    fn place_table() {
        use Lead::{ManyProcesses, SingleProcess};
        let new = |minutes, place| Ok(Placed::New { from: minute(minutes), place });
        let too_soon = |minutes| Err(TooSoon { earliest: minute(minutes) });
        let again = |minutes, place| Ok(Placed::Again { from: minute(minutes), place });
        check(SingleProcess, None, &[], &new(100, 0));
        check(SingleProcess, Some(100), &[], &new(100, 0));
        check(SingleProcess, Some(99), &[], &too_soon(100));
        check(ManyProcesses, None, &[], &new(115, 0));
        check(ManyProcesses, Some(115), &[], &new(115, 0));
        check(ManyProcesses, Some(114), &[], &too_soon(115));
        // Between others, and after those of its own time.
        check(SingleProcess, Some(150), &[(10, true), (150, false), (200, true)], &new(150, 2));
        // The same of the same time is a repeat, also once its time has passed, unless another came
        // between.
        check(SingleProcess, Some(50), &[(10, false), (50, true), (70, false)], &again(50, 1));
        check(SingleProcess, Some(150), &[(150, true), (150, false)], &new(150, 2));
        check(SingleProcess, Some(50), &[(50, true), (50, false)], &too_soon(100));
        // What holds already is a repeat only where no time is wanted.
        check(SingleProcess, None, &[(10, true), (120, false)], &again(10, 0));
        check(ManyProcesses, None, &[(10, true), (110, false)], &new(115, 2));
        check(SingleProcess, Some(150), &[(10, true)], &new(150, 1));
    }

    #[test]
    fn a_time_is_cut_to_the_millisecond() {
        let now = Timestamp::from_microsecond(1_999).unwrap();
        assert_eq!(time::text(Lead::SingleProcess.earliest(now)), "1970-01-01T00:00:00.001Z");
        assert_eq!(
            Lead::ManyProcesses.earliest(Timestamp::MAX).as_second(),
            Timestamp::MAX.as_second()
        );
    }
}

//! How long something takes in this thread: its time on a core, without what others have of it, and
//! the best of several runs, because whatever else the machine does only makes it longer.

use std::hint::black_box;
use std::time::Duration;

/// Runs from which the best is taken.
pub(crate) const RUNS: usize = 3;

/// The time that this thread has had on a core: the first figure of its `schedstat`.
pub(crate) fn on_core() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// Nanoseconds for one call, the best of several runs of so many calls.
pub(crate) fn nanoseconds<T>(calls: u32, mut call: impl FnMut() -> T) -> u64 {
    let mut run = || {
        let began = on_core();
        for _ in 0..calls {
            black_box(call());
        }
        on_core().saturating_sub(began)
    };
    let best = (0..RUNS).map(|_| run()).min().unwrap();
    u64::try_from(best.as_nanos()).unwrap() / u64::from(calls)
}

/// So many a second.
pub(crate) fn a_second(count: usize, took: Duration) -> u64 {
    let nanoseconds = took.as_nanos().max(1);
    u64::try_from(u128::try_from(count).unwrap() * 1_000_000_000 / nanoseconds).unwrap()
}

/// Microseconds for one of so many, with a tenth.
pub(crate) fn tenths_of_microseconds(count: usize, took: Duration) -> u64 {
    u64::try_from(took.as_nanos() / 100 / u128::try_from(count).unwrap()).unwrap()
}

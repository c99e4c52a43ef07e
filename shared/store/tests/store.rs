//! Every conditional write of the store on the embedded table: created, exists, conflict, stale,
//! two writers at once; every item read back as it was put in; every key and item as it stood
//! before; and what an order costs. Two writers meet in all orders that a seed can bring about,
//! because each request waits its turn (`store/table.rs`).
#![expect(
    clippy::similar_names,
    clippy::struct_field_names,
    clippy::assigning_clones,
    clippy::indexing_slicing,
    clippy::large_futures,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot be set up fails at once; clippy sees only #[test] as a test"
)]

use proptest::test_runner::{Config, FileFailurePersistence};

#[path = "store/by_check.rs"]
mod by_check;
#[path = "store/by_hand.rs"]
mod by_hand;
#[path = "store/by_run.rs"]
mod by_run;
#[path = "store/caused.rs"]
mod caused;
#[path = "store/changes.rs"]
mod changes;
#[path = "store/checked.rs"]
mod checked;
#[path = "store/checks.rs"]
mod checks;
#[path = "store/checks_meanwhile.rs"]
mod checks_meanwhile;
#[path = "store/costs.rs"]
mod costs;
#[path = "store/each.rs"]
mod each;
#[path = "store/firsts.rs"]
mod firsts;
#[path = "store/formats.rs"]
mod formats;
#[path = "store/golden.rs"]
mod golden;
#[path = "store/keys.rs"]
mod keys;
#[path = "store/listing.rs"]
mod listing;
#[path = "store/meeting.rs"]
mod meeting;
#[path = "store/members.rs"]
mod members;
#[path = "store/mending.rs"]
mod mending;
#[path = "store/mends.rs"]
mod mends;
#[path = "store/mends_limit.rs"]
mod mends_limit;
#[path = "store/meter.rs"]
mod meter;
#[path = "store/month.rs"]
mod month;
#[path = "store/newer.rs"]
mod newer;
#[path = "store/newer_meanwhile.rs"]
mod newer_meanwhile;
#[path = "store/newer_reports.rs"]
mod newer_reports;
#[path = "store/nights.rs"]
mod nights;
#[path = "store/nights_paged.rs"]
mod nights_paged;
#[path = "store/orders.rs"]
mod orders;
#[path = "store/page.rs"]
mod page;
#[path = "store/parked.rs"]
mod parked;
#[path = "store/people.rs"]
mod people;
#[path = "store/plans.rs"]
mod plans;
#[path = "store/posting.rs"]
mod posting;
#[path = "store/reading.rs"]
mod reading;
#[path = "store/refunds.rs"]
mod refunds;
#[path = "store/reported.rs"]
mod reported;
#[path = "store/reports.rs"]
mod reports;
#[path = "store/scan.rs"]
mod scan;
#[path = "store/sizes.rs"]
mod sizes;
#[path = "store/standing.rs"]
mod standing;
#[path = "store/story.rs"]
mod story;
#[path = "store/table.rs"]
mod table;
#[path = "store/units.rs"]
mod units;
#[path = "store/values.rs"]
mod values;
#[path = "store/variants.rs"]
mod variants;
#[path = "store/waiting.rs"]
mod waiting;
#[path = "store/writers.rs"]
mod writers;
#[path = "store/writes.rs"]
mod writes;

/// So many orders of events for two writers at once.
const SEEDS: u64 = 40;

/// So many cases a law, and the inputs of each failure kept beside it, to be committed.
fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..Config::default()
    }
}

//! Laws that hold for every plan, order, lineage and refund, with inputs up to the largest amounts.
//! The expected figures come from `laws/reckoning.rs` and `laws/reference.rs`, which are written
//! from the design alone, in exact fractions, and share no code with the crate but its types.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a law that cannot be set up fails at once; clippy sees only #[test] as a test"
)]

use proptest::test_runner::{Config, FileFailurePersistence};

#[path = "laws/activations.rs"]
mod activations;
#[path = "laws/arbitrary.rs"]
mod arbitrary;
#[path = "laws/books.rs"]
mod books;
#[path = "laws/calculation.rs"]
mod calculation;
#[path = "laws/coverage.rs"]
mod coverage;
#[path = "laws/dates.rs"]
mod dates;
#[path = "laws/ladder.rs"]
mod ladder;
#[path = "laws/levels.rs"]
mod levels;
#[path = "laws/lines.rs"]
mod lines;
#[path = "laws/members.rs"]
mod members;
#[path = "laws/published.rs"]
mod published;
#[path = "laws/reckoning.rs"]
mod reckoning;
#[path = "laws/reconciled.rs"]
mod reconciled;
#[path = "laws/reference.rs"]
mod reference;
#[path = "laws/refunds.rs"]
mod refunds;
#[path = "laws/sales.rs"]
mod sales;
#[path = "laws/standing.rs"]
mod standing;
#[path = "laws/told.rs"]
mod told;
#[path = "laws/values.rs"]
mod values;
#[path = "laws/worst_case.rs"]
mod worst_case;
#[path = "laws/worst_plans.rs"]
mod worst_plans;

/// So many cases a law, and the inputs of each failure kept beside it, to be committed.
fn cases(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..Config::default()
    }
}

//! The acts end to end: real handlers over the embedded table.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on ends"
)]

mod accepting;
mod arrival;
mod binding;
mod completion;
mod crash;
mod deadline;
mod earning;
mod interleavings;
mod jobs;
mod lambda;
mod levels;
mod logging;
mod metrics;
mod parking;
mod plans;
mod posting;
mod publishing;
mod reconciliation;
mod recount;
mod refund;
mod samples;
mod scenarios;
mod simulation;
mod worlds;

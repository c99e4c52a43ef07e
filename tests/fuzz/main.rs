//! Chance against whatever reads what comes from outside: events, plans, requests, queries, and
//! the values in them. What is read is held against what the text says, what is refused against
//! where it is wrong.
//!
//! Bytes of chance would never get past the JSON parser, so they decide instead what is done to a
//! sample: see `mutate.rs`. Each target reads the samples and what is kept in `corpus` as they
//! are, and then so many of chance. For longer, and to play a failure again:
//!
//! ```text
//! make fuzz TARGET=events SECONDS=600
//! make fuzz TARGET=events SEED=1234
//! ```
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on ends"
)]

mod bodies;
mod cases;
mod corpus;
mod dice;
mod document;
mod events;
mod jobs;
mod keys;
mod lists;
mod mutate;
mod orders;
mod plans;
mod queries;
mod refusal;
mod restated;
mod values;

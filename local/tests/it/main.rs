//! The binary as its users have it: commands, and a server as a process of its own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test ends at what it does not expect"
)]

mod api;
mod backtest;
mod bad_input;
mod changes;
mod commands;
mod examples;
mod harness;
mod kill;
mod levels;
mod plan_check;
mod plan_test;
mod reconcile;
mod recount;
mod scenarios;
mod server;

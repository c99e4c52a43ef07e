//! What tests share: a tenant on an embedded table, driven through the real handlers, and events
//! to send. Nothing here is mocked, and nothing here is part of the product.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a test that cannot go on ends"
)]

pub mod books;
pub mod database;
mod detour;
pub mod events;
pub mod explore;
pub mod faulty;
pub mod meter;
pub mod plans;
pub mod process;
pub mod reference;
pub mod request;
pub mod scenario;
pub mod shop;
pub mod stream;
pub mod told;
mod world;

pub use detour::{cut_off, in_turns, through};
pub use world::{World, handle, now, run};

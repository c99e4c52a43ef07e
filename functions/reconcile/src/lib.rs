//! `reconcile`: a shop's own list of orders is held against the books, and the books against
//! themselves; what needs no judgement is repaired, and all of it is reported.
//!
//! A run over a day is cut into parts: the orders of each shard, then the books of each shard of
//! distributors, then the end. Each may be done again and twice at once.

mod aws;
mod books;
mod close;
mod cursor;
mod day;
mod feed;
mod found;
mod list;
mod look;
mod messages;
mod orders;
mod run;
mod site;
mod tally;

pub use aws::Aws;
pub use messages::handle;
pub use run::{Begun, Done, Finished, Next, ReconcileFailed, begin, part, run_here, today};
pub use site::{Fed, List, Site, SiteFailed};

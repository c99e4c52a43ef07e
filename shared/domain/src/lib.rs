//! Every rule of Upline, and nothing else: there is no I/O, no async, no AWS, no serde and no clock
//! in this crate, by manifest. A decision is a pure function; what it needs is in its arguments.
//!
//! Money is an integer of minor units ([`money::Money`]); a commission is exact in whole micros
//! until the one rounding that [`calculate::calculate`] names.
#![warn(clippy::arithmetic_side_effects)]

pub mod activation;
pub mod allocation;
pub mod benefits;
pub mod bind;
pub mod books;
pub mod calculate;
pub mod complete;
pub mod contribution;
pub mod coverage;
pub mod explain;
pub mod figures;
pub mod fingerprint;
pub mod ids;
pub mod language;
pub mod level;
pub mod level_order;
pub mod limits;
pub mod member;
pub mod money;
pub mod order;
pub mod plan;
pub mod reconcile;
pub mod reverse;
pub mod rule_table;
pub mod rules;
pub mod schedule;
pub mod share;
pub mod time;
pub mod upgrade;
pub mod why_not;
pub mod worst_case;

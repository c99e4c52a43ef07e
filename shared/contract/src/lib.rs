#![doc = include_str!("../README.md")]

pub mod answer;
pub mod case;
mod convert;
pub mod delivered;
pub mod event;
pub mod job;
pub mod level_view;
pub mod listed;
mod order_told;
mod order_view;
pub mod orders_list;
pub mod plan;
pub mod published;
mod read;
pub mod reconciliation;
pub mod report;
pub mod request;
pub mod restate;
mod scalar;
pub mod schema;
mod similar;
pub mod simulate;
pub mod simulated;
mod strict;
mod wire;

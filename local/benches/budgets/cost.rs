//! What a million orders cost on AWS, from the units and requests that were measured.
//!
//! Prices of the region us-east-1 without the free tier, in USD. The pages of AWS that name them
//! stand beside each; the figures are from pages of 2024 to 2026 that quote them, see
//! docs/benchmarks.md.

use upline_testkit::meter::Cost;

use crate::ground::written;
use crate::table::{Part, tenths};
use crate::units::Units;

/// A price in millionths of a dollar for a million of what is counted.
struct Price {
    what: &'static str,
    micros_a_million: u64,
}

/// DynamoDB on demand, aws.amazon.com/dynamodb/pricing/on-demand, as quoted.
const WRITES: Price = Price { what: "DynamoDB write request units", micros_a_million: 625_000 };
const READS: Price = Price { what: "DynamoDB read request units", micros_a_million: 125_000 };
/// Custom events, aws.amazon.com/eventbridge/pricing, as quoted.
const EVENTS: Price = Price { what: "EventBridge custom events", micros_a_million: 1_000_000 };
/// Standard queues, aws.amazon.com/sqs/pricing, as quoted.
const QUEUE: Price = Price { what: "SQS requests", micros_a_million: 400_000 };
/// Requests, aws.amazon.com/lambda/pricing, as quoted.
const INVOCATIONS: Price = Price { what: "Lambda requests", micros_a_million: 200_000 };
/// arm64, a GB-second, aws.amazon.com/lambda/pricing, as quoted.
const GIGABYTE_SECONDS: Price =
    Price { what: "Lambda arm64 GB-seconds", micros_a_million: 13_333_400 };

/// Messages of a batch of the queue, and orders of each distributor in a batch of the stream.
const BATCH: u64 = 10;
/// Memory of a function, in thousandths of a GB.
const MEMORY: u64 = 256;
/// An assumption, not a measurement: how long one request to DynamoDB takes.
const REQUEST_MS: u64 = 5;

/// Adds one line of the bill: so many thousandths of a unit an order.
fn line(rows: &mut Vec<Vec<String>>, price: &Price, thousandths: u64, from: &str) -> u64 {
    let micros = price.micros_a_million * thousandths / 1_000;
    rows.push(vec![
        price.what.to_owned(),
        format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000),
        from.to_owned(),
        dollars(price.micros_a_million),
        dollars(micros),
    ]);
    micros
}

/// With a tenth of a cent.
fn dollars(micros: u64) -> String {
    format!("${}.{:03}", micros / 1_000_000, micros % 1_000_000 / 1_000)
}

/// The bill of a million orders, three commissions each.
pub(crate) fn part(units: &Units, other: &Cost) -> Part {
    let mut rows = Vec::new();
    // The figures are tenths of a unit for ten orders: hundredths of a unit for one.
    let written_units = (written(&units.ten) + written(&units.posted)) * 10;
    let read_units = (units.ten.read_tenths + units.posted.read_tenths) * 10;
    let sequence = u64::try_from(units.warm.requests.len()).unwrap();
    // Posting reads once and then writes all distributors at once, for a batch.
    let thousandths_of_ms = (sequence * BATCH + 2) * REQUEST_MS * 1_000 / BATCH;
    let mut add = |price, thousandths, from: &str| line(&mut rows, price, thousandths, from);
    let mut total = add(
        &WRITES,
        written_units,
        &format!(
            "({} table + {} index + {} posting) ÷ 10",
            tenths(units.ten.table_tenths),
            tenths(units.ten.index_tenths),
            tenths(written(&units.posted)),
        ),
    );
    total += add(
        &READS,
        read_units,
        &format!(
            "({} + {} posting) ÷ 10",
            tenths(units.ten.read_tenths),
            tenths(units.posted.read_tenths),
        ),
    );
    total += add(&EVENTS, 1_000, "one OrderPaid");
    total += add(&QUEUE, 1_000 + 2 * 1_000 / BATCH, "sent, and received and deleted by ten");
    total += add(&INVOCATIONS, 2 * 1_000 / BATCH, "a batch of the queue, a batch of the stream");
    total += add(
        &GIGABYTE_SECONDS,
        // Milliseconds × thousandths of a GB are millionths of a GB-second.
        thousandths_of_ms * MEMORY / 1_000 / 1_000,
        &format!("({sequence} requests + 2 ÷ 10) × {REQUEST_MS} ms, assumed, × 0.{MEMORY} GB"),
    );
    let all = String::new;
    rows.push(vec!["in all".to_owned(), all(), all(), all(), dollars(total)]);
    let alternative = WRITES.micros_a_million * written(other) * 10 / 1_000
        + READS.micros_a_million * other.read_tenths * 10 / 1_000;
    let ours = WRITES.micros_a_million * written_units / 1_000
        + READS.micros_a_million * read_units / 1_000;
    let notes = vec![format!(
        "DynamoDB alone: {}; of a transaction per order {}, without those that are made again.",
        dollars(ours),
        dollars(alternative),
    )];
    let columns = vec!["", "an order", "from", "a million of them", "a million orders"];
    Part { heading: "Cost of a million orders", columns, rows, notes }
}

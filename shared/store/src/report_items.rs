//! Runs of a reconciliation, and what they found, as items.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use upline_domain::ids::{DistributorId, OrderId};
use upline_domain::reconcile::{Act, Compared, Difference, Kind, Outcome};

use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, Reader, as_number, as_text, list, map, number, text};
use crate::keys::{self, Key};
use crate::report::{Tallies, Touched};
use crate::table::item;

/// One reconciliation of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Which, from 1.
    pub number: u32,
    /// Who asked.
    pub by: String,
    /// Whether nothing is repaired.
    pub dry_run: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was done; none before.
    pub finished_at: Option<Timestamp>,
    /// The shop's list, where there was one.
    pub list: Option<String>,
    /// What was counted, by stage and shard, of those that are done.
    pub done: BTreeMap<(String, u8), Tallies>,
    /// What it all came to, once it is finished.
    pub summary: Tallies,
}

impl Run {
    /// What the parts that are done counted, together.
    ///
    /// # Errors
    ///
    /// * [`StoreError::Overflow`] beyond 64 bits.
    pub fn counted(&self) -> StoreResult<Tallies> {
        let mut counted = Tallies::new();
        for (name, more) in self.done.values().flatten() {
            let sum = counted.entry(name.clone()).or_default();
            let overflow = || StoreError::Overflow { key: name.clone() };
            *sum = sum.checked_add(*more).ok_or_else(overflow)?;
        }
        Ok(counted)
    }
}

/// A difference with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The difference.
    pub difference: Difference,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, where there is more to say.
    pub reason: Option<String>,
}

pub(crate) fn tallies(of: &Tallies) -> AttributeValue {
    AttributeValue::M(of.iter().map(|(name, count)| (name.clone(), number(count))).collect())
}

fn as_tallies(value: &AttributeValue) -> Option<Tallies> {
    let pairs = value.as_m().ok()?.iter();
    pairs.map(|(name, count)| Some((name.clone(), as_number(count)?))).collect()
}

/// The attribute with what a part counted.
pub(crate) fn part_name(stage: &str, shard: u8) -> String {
    format!("{PART}{stage}#{shard}")
}

const PART: &str = "done#";

pub(crate) fn read_run(row: &Item) -> Read<Run> {
    let reader = Reader::of(row)?;
    let sk: String = reader.text("sk")?;
    let damaged = || crate::item::Damaged::Attribute("sk".to_owned());
    let number = sk.strip_prefix(keys::RUNS).and_then(|number| number.parse().ok());
    let parts = row.keys().filter_map(|name| {
        let (stage, shard) = name.strip_prefix(PART)?.split_once('#')?;
        Some((name, (stage.to_owned(), shard.parse().ok()?)))
    });
    let done = parts.map(|(name, part)| Ok((part, reader.one(name, as_tallies)?)));
    Ok(Run {
        number: number.ok_or_else(damaged)?,
        by: reader.text("by")?,
        dry_run: reader.one("dry_run", |value| value.as_bool().ok().copied())?,
        started_at: reader.instant("started_at")?,
        finished_at: reader.maybe_instant("finished_at")?,
        list: reader.maybe_text("list")?,
        done: done.collect::<Read<_>>()?,
        summary: reader.maybe("summary", as_tallies)?.unwrap_or_default(),
    })
}

pub(crate) fn shown(key: &Key, shown: &Shown) -> Item {
    let Shown { difference, outcome, reason } = shown;
    let Difference { kind, order, distributor, about, currency, values, act } = difference;
    let value = |one: &Compared| {
        map([
            ("name", Some(text(&one.name))),
            ("expected", one.expected.as_ref().map(text)),
            ("found", one.found.as_ref().map(text)),
        ])
    };
    item(
        key,
        [
            ("kind", Some(text(kind.as_str()))),
            ("order", order.as_ref().map(text)),
            ("distributor", distributor.as_ref().map(text)),
            ("about", Some(text(about))),
            ("currency", currency.as_ref().map(text)),
            ("values", Some(list(values.iter().map(value)))),
            ("act", Some(text(act.as_str()))),
            ("outcome", Some(text(outcome.as_str()))),
            ("reason", reason.as_ref().map(text)),
        ],
    )
}

pub(crate) fn read_shown(row: &Item) -> Read<Shown> {
    let reader = Reader::of(row)?;
    let word = |value: &AttributeValue| -> Option<String> { as_text(value) };
    let difference = Difference {
        kind: reader.one("kind", |value| Kind::from_word(&word(value)?))?,
        order: reader.maybe_text("order")?,
        distributor: reader.maybe_text("distributor")?,
        about: reader.text("about")?,
        currency: reader.maybe_text("currency")?,
        values: reader.maps("values", |value| {
            Ok(Compared {
                name: value.text("name")?,
                expected: value.maybe_text("expected")?,
                found: value.maybe_text("found")?,
            })
        })?,
        act: reader.one("act", |value| Act::from_word(&word(value)?))?,
    };
    let outcome = reader.one("outcome", |value| Outcome::from_word(&word(value)?))?;
    Ok(Shown { difference, outcome, reason: reader.maybe_text("reason")? })
}

/// Swept once nobody can need it any more.
pub(crate) fn touched(key: &Key, of: &Touched, swept_s: i64) -> Item {
    item(
        key,
        [
            ("distributor", Some(text(&of.distributor))),
            ("order", of.order.as_ref().map(text)),
            ("ttl", Some(number(swept_s))),
        ],
    )
}

pub(crate) fn read_touched(row: &Item) -> Read<Touched> {
    let reader = Reader::of(row)?;
    let (distributor, order): (DistributorId, Option<OrderId>) =
        (reader.text("distributor")?, reader.maybe_text("order")?);
    Ok(Touched { distributor, order })
}

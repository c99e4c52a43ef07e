//! Changes of level as facts: a row each, with what led to it, which is never changed or removed.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use jiff::civil::Date;
use upline_domain::figures::Reading;
use upline_domain::ids::{DistributorId, LevelId, TenantId};
use upline_domain::level::Measure;
use upline_domain::money::Currency;

use crate::Store;
use crate::audit::{Signed, read_signed};
use crate::error::{StoreError, StoreResult};
use crate::item::{Damaged, Item, Read, Reader, as_text, instant, list, map, number, text};
use crate::keys::{self, Key};
use crate::ledger_reads::Page;
use crate::table::{Query, item};

/// One change of a distributor's level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelFact {
    /// The write of the distributor that made it: no two changes have one.
    pub write: u64,
    /// The level until then; none where none was ever given.
    pub was: Option<LevelId>,
    /// The level from then on.
    pub level: LevelId,
    /// From when on.
    pub from: Timestamp,
    /// Who made it, when and why.
    pub made: Signed,
    /// What a check found; nothing for a change by hand.
    pub checked: Option<CheckedBy>,
}

/// What a check found that changed a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedBy {
    /// The version of the plan.
    pub plan_version: u32,
    /// The day of the check, in the tenant's time zone.
    pub on: Date,
    /// What was asked, and what was there of it.
    pub readings: Vec<Reading>,
}

pub(crate) fn encode(key: &Key, fact: &LevelFact) -> Item {
    let LevelFact { write, was, level, from, made, checked } = fact;
    let readings = checked.as_ref().map(|checked| list(checked.readings.iter().map(reading)));
    item(
        key,
        [
            ("n", Some(number(write))),
            ("was", was.as_ref().map(text)),
            ("level", Some(text(level))),
            ("from", Some(instant(*from))),
            ("made_at", Some(instant(made.at))),
            ("by", Some(text(&made.by))),
            ("role", Some(text(&made.role))),
            ("reason", made.reason.as_ref().map(text)),
            ("plan", checked.as_ref().map(|checked| number(checked.plan_version))),
            ("checked_on", checked.as_ref().map(|checked| text(checked.on))),
            ("readings", readings),
        ],
    )
}

/// Reads a change of level back, with whose it is; none where an item is something else.
///
/// # Errors
///
/// * [`Damaged`] where it is not as this program writes it, or a newer one's.
pub fn decode_level(item: &Item) -> Result<Option<(TenantId, DistributorId, LevelFact)>, Damaged> {
    let part = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let (Some(pk), Some(sk)) = (part("pk"), part("sk")) else { return Ok(None) };
    let Some((tenant, id)) = keys::distributor_of(pk) else { return Ok(None) };
    if !sk.starts_with(keys::LEVELS) {
        return Ok(None);
    }
    Ok(Some((tenant, id, read(item)?)))
}

fn read(item: &Item) -> Read<LevelFact> {
    let reader = Reader::of(item)?;
    let checked = if reader.has("checked_on") {
        Some(CheckedBy {
            plan_version: reader.number("plan")?,
            on: reader.text("checked_on")?,
            readings: reader.maps("readings", read_reading)?,
        })
    } else {
        None
    };
    Ok(LevelFact {
        write: reader.number("n")?,
        was: reader.maybe_text("was")?,
        level: reader.text("level")?,
        from: reader.instant("from")?,
        made: read_signed(reader, "made_at")?,
        checked,
    })
}

fn reading(reading: &Reading) -> AttributeValue {
    match reading {
        Reading::Measured { measure, have, least } => map([
            ("m", Some(text(measure.as_str()))),
            ("d", measure.days().map(number)),
            ("depth", measure.depth().map(number)),
            ("c", measure.currency().map(text)),
            ("have", Some(number(have))),
            ("least", least.map(number)),
        ]),
        Reading::Points { have_millionths, least_millionths } => map([
            ("m", Some(text("score"))),
            ("have", Some(number(have_millionths))),
            ("least", Some(number(least_millionths))),
        ]),
        Reading::Compliant { have } => {
            map([("m", Some(text("compliant"))), ("have", Some(number(u8::from(*have))))])
        }
    }
}

fn read_reading(entry: Reader<'_>) -> Read<Reading> {
    let have: u64 = entry.number("have")?;
    let days = || entry.number::<u16>("d");
    let currency = || entry.text::<Currency>("c");
    let measure = match entry.one("m", as_text::<String>)?.as_str() {
        "score" => {
            let least_millionths = entry.number("least")?;
            return Ok(Reading::Points { have_millionths: have, least_millionths });
        }
        "compliant" => return Ok(Reading::Compliant { have: have > 0 }),
        "direct_recruits" => Measure::DirectRecruits { days: days()? },
        "team_size" => Measure::TeamSize { depth: entry.number("depth")? },
        "own_sales" => Measure::OwnSales { currency: currency()?, days: days()? },
        "team_sales" => Measure::TeamSales { currency: currency()?, days: days()? },
        "own_orders" => Measure::OwnOrders { days: days()? },
        "months_active" => Measure::MonthsActive { days: days()? },
        _ => return Err(Damaged::Attribute("m".to_owned())),
    };
    Ok(Reading::Measured { measure, have, least: entry.maybe_number("least")? })
}

impl Store {
    /// The latest changes of a distributor's level, those that were made last first.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn level_changes(
        &self,
        tenant: &TenantId,
        id: &DistributorId,
        limit: usize,
        after: Option<String>,
    ) -> StoreResult<Page<LevelFact>> {
        let pk = keys::distributor(tenant, id);
        let to = format!("{}{}", keys::LEVELS, keys::LAST);
        let query = Query {
            pk: &pk,
            from: keys::LEVELS,
            to: &to,
            only: &[],
            ascending: false,
            limit: Some(limit),
            after,
        };
        let page = self.query(query).await?;
        let items: Read<Vec<LevelFact>> = page.items.iter().map(read).collect();
        Ok(Page { items: items.map_err(StoreError::damaged(&pk))?, after: page.after })
    }
}

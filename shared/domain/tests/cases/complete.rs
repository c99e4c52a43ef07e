//! On which day the commission of an order matures.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, json};
use upline_domain::allocation::Terms;
use upline_domain::complete::due_on;
use upline_domain::money::Rate;
use upline_domain::plan::{Cycle, Settlement};
use upline_domain::time;

use crate::{Answer, Case};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    timezone: String,
    cycle: String,
    hold_days: u16,
    auto_complete_days: Option<u16>,
    paid_at: String,
    completed_at: Option<String>,
}

/// The day, or null while it is pending.
pub(crate) fn answer(case: &Case, _folder: &Path) -> Answer {
    let given = Given::deserialize(&case.given).map_err(|error| error.to_string())?;
    let terms = Terms {
        depth: 1,
        team_depth: 1,
        max_total_rate: Rate::ONE,
        settlement: Settlement {
            hold_days: given.hold_days,
            cycle: Cycle::from_name(&given.cycle).ok_or("no such cycle")?,
            auto_complete_days: given.auto_complete_days,
        },
        timezone: time::zone(&given.timezone).map_err(|error| error.to_string())?,
    };
    let instant = |text: &str| time::parse(text).map_err(|error| error.to_string());
    let completed_at = given.completed_at.as_deref().map(instant).transpose()?;
    let due = due_on(&terms, instant(&given.paid_at)?, completed_at).map_err(|e| e.to_string())?;
    let due = due.map(|day| day.to_string());
    Ok(Map::from_iter([("due".to_owned(), json!(due))]))
}

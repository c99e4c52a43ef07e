//! A night: all of one shard of a tenant's distributors who are due are checked, page by page. A
//! night that stops between two pages goes on after the last; one that is gone through twice, or
//! twice at once, changes nothing more.

use std::collections::HashSet;
use std::ops::AddAssign;

use jiff::Timestamp;
use jiff::civil::Date;
use upline_domain::ids::TenantId;
use upline_domain::time;
use upline_store::keys::Key;
use upline_store::{Due, DueAfter, Night, Store, StoreResult};

use crate::{Clock, Looked, check_many};

/// Distributors of one page, who are checked at once: three items of each are read together, a
/// hundred items a request.
const PAGE: usize = 33;

/// What the checks of a night came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Distributors who were looked at.
    pub checked: u64,
    /// Of them, those who rise.
    pub raised: u64,
    /// Those who fall.
    pub lowered: u64,
    /// Those who are not active, and left on their level.
    pub not_active: u64,
    /// Those for whom there is no room for another level.
    pub no_room: u64,
    /// Those whose item cannot be read.
    pub unreadable: u64,
}

impl Counts {
    /// What one check came to.
    #[must_use]
    pub fn of(looked: &Looked) -> Self {
        let one = match looked {
            Looked::Stays => Self::default(),
            Looked::Raised => Self { raised: 1, ..Self::default() },
            Looked::Lowered => Self { lowered: 1, ..Self::default() },
            Looked::NotActive => Self { not_active: 1, ..Self::default() },
            Looked::NoRoom => Self { no_room: 1, ..Self::default() },
            Looked::Unreadable => Self { unreadable: 1, ..Self::default() },
        };
        Self { checked: 1, ..one }
    }

    /// Each with its name.
    #[must_use]
    pub fn named(self) -> [(&'static str, u64); 6] {
        let Self { checked, raised, lowered, not_active, no_room, unreadable } = self;
        [
            ("checked", checked),
            ("raised", raised),
            ("lowered", lowered),
            ("not_active", not_active),
            ("no_room", no_room),
            ("unreadable", unreadable),
        ]
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        let pairs = [
            (&mut self.checked, other.checked),
            (&mut self.raised, other.raised),
            (&mut self.lowered, other.lowered),
            (&mut self.not_active, other.not_active),
            (&mut self.no_room, other.no_room),
            (&mut self.unreadable, other.unreadable),
        ];
        for (sum, more) in pairs {
            *sum = sum.saturating_add(more);
        }
    }
}

/// A part of a shard's night.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What its checks came to.
    pub counts: Counts,
    /// Where the night goes on; none once it is done.
    pub after: Option<String>,
}

/// Checks the distributors of one shard who are due, from where an earlier part stopped. It stops
/// between two pages once `goes_on` says no. Whoever is listed twice is checked once a part.
///
/// # Errors
///
/// * [`upline_store::StoreError`]: do the part again; what was changed already stays as it is.
pub async fn check_shard(
    store: &Store,
    clock: Clock<'_>,
    tenant: &TenantId,
    shard: u8,
    after: Option<&str>,
    goes_on: impl Fn() -> bool,
) -> StoreResult<Part> {
    let mut counts = Counts::default();
    let mut cursor = after.and_then(Cursor::read);
    let now = (clock.now)();
    let began = cursor.as_ref().map_or(now, |cursor| cursor.began);
    let from = clock.lead.earliest(began);
    let Some(plan) = store.plan_at(tenant, from, now).await? else {
        return Ok(Part { counts, after: None });
    };
    let plan = &plan.plan;
    let night = Night { began, ladder: plan.ladder.fingerprint(&plan.levels, &plan.timezone) };
    if plan.ladder.asks() {
        let last = store.last_night(tenant, shard).await?;
        let today = |at: Timestamp| -> Date { time::day(at, &plan.timezone) };
        let due = Due::of(tenant, shard, last, night, today);
        let mut seen = HashSet::new();
        loop {
            let page = store.due(&due, PAGE, cursor.take().map(|cursor| cursor.after)).await?;
            let ids: Vec<_> = page.items.into_iter().filter(|id| seen.insert(id.clone())).collect();
            for looked in check_many(store, clock, tenant, &ids).await? {
                counts += Counts::of(&looked);
            }
            let Some(after) = page.after else { break };
            let next = Cursor { began, after };
            if !goes_on() {
                return Ok(Part { counts, after: Some(next.text()) });
            }
            cursor = Some(next);
        }
    }
    store.end_night(tenant, shard, night).await?;
    Ok(Part { counts, after: None })
}

/// Where a night goes on, as it is handed from one part to the next.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cursor {
    began: Timestamp,
    after: DueAfter,
}

impl Cursor {
    /// No key has a `~` in it.
    fn text(&self) -> String {
        let DueAfter { partition, key } = &self.after;
        let key = key.as_ref().map(|Key { pk, sk }| format!("~{pk}~{sk}")).unwrap_or_default();
        format!("{}~{partition}{key}", self.began.as_millisecond())
    }

    /// Reads what [`Cursor::text`] writes; what is something else begins a night anew.
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split('~').map(str::to_owned);
        let began = parts.next()?.parse().ok().and_then(time::from_millis)?;
        let partition = parts.next()?;
        let key = parts.next().zip(parts.next()).map(|(pk, sk)| Key { pk, sk });
        Some(Self { began, after: DueAfter { partition, key } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let began = Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        let key = Key { pk: "t#M#d1".to_owned(), sk: "DAY#2026-11-11#CNY".to_owned() };
        for key in [None, Some(key)] {
            let partition = "t#MOVED#2026-11-11#3".to_owned();
            let cursor = Cursor { began, after: DueAfter { partition, key } };
            assert_eq!(Cursor::read(&cursor.text()), Some(cursor));
        }
        assert_eq!(Cursor::read(""), None);
        assert_eq!(Cursor::read("1700000000000"), None);
        assert_eq!(Cursor::read("soon~t#MOVED#2026-11-11#3"), None);
    }
}

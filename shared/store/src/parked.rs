//! Events that cannot succeed as they are: kept whole, with the reason, for a person.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use jiff::civil::Date;
use upline_domain::ids::TenantId;
use upline_domain::limits::ID_BYTES_MAX;

use crate::Store;
use crate::change::Update;
use crate::error::{StoreError, StoreResult};
use crate::item::{Item, Read, Reader, instant, map, number, text};
use crate::keys::{self, Key};
use crate::ledger_reads::Page;
use crate::table::{Query, Written, item, key_of};

/// Longest text of an event kept in its own row; a longer one is kept in parts beside it.
const PART_BYTES: usize = 300_000;

/// Most rows that are read for one page: a page of a rare code may be short, and is followed by
/// another.
const ROWS_READ_MAX: usize = 1_000;

/// Rows of one request where only those with one code are wanted.
const ROWS_AT_ONCE: usize = 250;

/// The attribute that says whether an event still waits for a person.
const LISTED: &str = "listed";

/// Where a parked event is kept. As a text it is opaque, and safe in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedId {
    /// The event's date, or `-`.
    pub day: String,
    /// The event's id, or [`keys::UNREAD`].
    pub event: String,
    /// Of the event's content.
    pub hash: String,
}

impl std::fmt::Display for ParkedId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.", self.day, self.hash)?;
        self.event.bytes().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for ParkedId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('.');
        let (Some(day), Some(hash), Some(event), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(());
        };
        let (pairs, rest) = event.as_bytes().as_chunks::<2>();
        let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        let event = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or(())?;
        let plain = |part: &str| part.len() <= ID_BYTES_MAX && !part.contains('#');
        if !rest.is_empty() || !plain(day) || !plain(hash) || !plain(&event) {
            return Err(());
        }
        Ok(Self { day: day.to_owned(), event, hash: hash.to_owned() })
    }
}

/// An event that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedEvent {
    /// Where it is kept.
    pub id: ParkedId,
    /// What is wrong, as a word.
    pub code: String,
    /// What is wrong and what to do, as a sentence.
    pub reason: String,
    /// When it was parked.
    pub at: Timestamp,
    /// The event, as it came.
    pub event: String,
}

/// That a person put a parked event away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dismissal {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl Store {
    /// Keeps an event with its reason. The same event again is the same row, and shows again if it
    /// had been taken up or dismissed.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it is not known to be kept; do it again.
    pub async fn park(&self, tenant: Option<&TenantId>, parked: &ParkedEvent) -> StoreResult<()> {
        let listed = Update::new().set(LISTED, AttributeValue::Bool(true));
        self.keep(tenant, parked, listed).await
    }

    /// Keeps an event with its reason, and does not list it: another row stands for it. One that is
    /// listed already stays so.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it is not known to be kept; do it again.
    pub async fn park_aside(
        &self,
        tenant: Option<&TenantId>,
        parked: &ParkedEvent,
    ) -> StoreResult<()> {
        let aside = Update::new().set_once(LISTED, AttributeValue::Bool(false));
        self.keep(tenant, parked, aside).await
    }

    async fn keep(
        &self,
        tenant: Option<&TenantId>,
        parked: &ParkedEvent,
        listed: Update,
    ) -> StoreResult<()> {
        let tenant = tenant.map_or(keys::UNREAD, TenantId::as_str);
        let ParkedId { day, event, hash } = &parked.id;
        let parts = split(&parked.event);
        for (place, part) in parts.iter().enumerate().skip(1) {
            let row = item(&keys::parked_part(tenant, hash, place), [("event", Some(text(part)))]);
            self.put(row).await?;
        }
        self.put(item(&keys::parked_day(tenant, day), [])).await?;
        let row = listed
            .set("event_id", text(event))
            .set("hash", text(hash))
            .set("code", text(&parked.code))
            .set("reason", text(&parked.reason))
            .set("at", instant(parked.at))
            .maybe_set("event", parts.first().map(text))
            .set("parts", number(parts.len()));
        self.update(&keys::parked(tenant, day, event, hash), row).await?;
        self.tallied.parked(&parked.code);
        Ok(())
    }

    /// A page of the tenant's parked events that still wait for a person, by the date of the event.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn parked(
        &self,
        tenant: &TenantId,
        limit: usize,
        after: Option<Key>,
    ) -> StoreResult<Page<ParkedEvent, Key>> {
        self.parked_for(tenant, None, limit, after).await
    }

    /// The same, of those with one code only. A page may be short where they are rare.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn parked_for(
        &self,
        tenant: &TenantId,
        code: Option<&str>,
        limit: usize,
        mut after: Option<Key>,
    ) -> StoreResult<Page<ParkedEvent, Key>> {
        let days = self
            .query_between(&keys::parked_days(tenant.as_str()), keys::FIRST, keys::LAST)
            .await?;
        let days: Vec<String> = days.iter().filter_map(|row| Reader(row).text("sk").ok()).collect();
        let (mut items, mut rows) = (Vec::new(), 0_usize);
        for day in days {
            let pk = keys::parked_partition(tenant.as_str(), &day);
            let mut from = match &after {
                Some(key) if key.pk > pk => continue,
                Some(key) if key.pk == pk => after.take().map(|key| key.sk),
                _ => None,
            };
            loop {
                let missing = limit.saturating_sub(items.len());
                let query = Query {
                    pk: &pk,
                    from: keys::FIRST,
                    to: keys::LAST,
                    only: &[],
                    ascending: true,
                    limit: Some(if code.is_some() { ROWS_AT_ONCE } else { missing }),
                    after: from,
                };
                let page = self.query(query).await?;
                rows = rows.saturating_add(page.items.len());
                for row in &page.items {
                    if is_listed(row) && code.is_none_or(|code| has_code(row, code)) {
                        items.push(self.read_parked(tenant, &day, row).await?);
                    }
                    if items.len() >= limit {
                        return Ok(Page { items, after: key_of(row) });
                    }
                }
                from = page.after;
                if let Some(sk) = from.clone().filter(|_| rows >= ROWS_READ_MAX) {
                    return Ok(Page { items, after: Some(Key { pk, sk }) });
                }
                if from.is_none() {
                    break;
                }
            }
        }
        Ok(Page { items, after: None })
    }

    /// A page of those of one date that still wait for a person. The date is that of the event in
    /// UTC; none for events of which none could be read.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn parked_on(
        &self,
        tenant: &TenantId,
        day: Option<Date>,
        limit: usize,
        after: Option<String>,
    ) -> StoreResult<Page<ParkedEvent>> {
        let day = day.map_or_else(|| keys::UNDATED.to_owned(), |day| day.to_string());
        let pk = keys::parked_partition(tenant.as_str(), &day);
        let query = Query {
            pk: &pk,
            from: keys::FIRST,
            to: keys::LAST,
            only: &[],
            ascending: true,
            limit: Some(limit),
            after,
        };
        let page = self.query(query).await?;
        let listed = page.items.iter().filter(|row| is_listed(row));
        let items: Read<Vec<ParkedEvent>> = listed.map(|row| Ok(read(&day, row)?.0)).collect();
        Ok(Page { items: items.map_err(StoreError::damaged(&pk))?, after: page.after })
    }

    /// One parked event, listed or not; none where there is no such.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: nothing is known; ask again.
    pub async fn parked_event(
        &self,
        tenant: &TenantId,
        id: &ParkedId,
    ) -> StoreResult<Option<ParkedEvent>> {
        let key = keys::parked(tenant.as_str(), &id.day, &id.event, &id.hash);
        match self.get(&key).await? {
            Some(row) => self.read_parked(tenant, &id.day, &row).await.map(Some),
            None => Ok(None),
        }
    }

    /// Notes that a parked event was taken up, so that it is listed no more.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it may be listed still; do it again.
    pub async fn taken_up(
        &self,
        tenant: &TenantId,
        id: &ParkedId,
        at: Timestamp,
    ) -> StoreResult<()> {
        let key = keys::parked(tenant.as_str(), &id.day, &id.event, &id.hash);
        let update = Update::new()
            .set("taken_up_at", instant(at))
            .set(LISTED, AttributeValue::Bool(false))
            .when_present("event");
        self.update(&key, update).await.map(|_| ())
    }

    /// Puts a parked event away, so that it is listed no more, and keeps who did so when and why;
    /// whether it was listed. A repeat changes nothing.
    ///
    /// # Errors
    ///
    /// * [`StoreError`]: it may be listed still; do it again.
    pub async fn dismiss(
        &self,
        tenant: &TenantId,
        id: &ParkedId,
        dismissal: &Dismissal,
    ) -> StoreResult<bool> {
        let key = keys::parked(tenant.as_str(), &id.day, &id.event, &id.hash);
        let Dismissal { at, by, reason } = dismissal;
        // An attribute of its own each: the event may come, and be put away, once more.
        let name = format!("dismissed#{}", at.as_millisecond());
        let update = Update::new()
            .set(&name, map([("by", Some(text(by))), ("reason", Some(text(reason)))]))
            .set(LISTED, AttributeValue::Bool(false))
            .when_equal(LISTED, AttributeValue::Bool(true));
        Ok(matches!(self.update(&key, update).await?, Written::Made))
    }

    async fn read_parked(
        &self,
        tenant: &TenantId,
        day: &str,
        row: &Item,
    ) -> StoreResult<ParkedEvent> {
        let (mut parked, parts) = read(day, row).map_err(StoreError::damaged(day))?;
        for place in 1..parts {
            let key = keys::parked_part(tenant.as_str(), &parked.id.hash, place);
            let part = self.get(&key).await?.unwrap_or_default();
            let part: String = Reader(&part).text("event").map_err(StoreError::damaged(&key.pk))?;
            parked.event.push_str(&part);
        }
        Ok(parked)
    }
}

/// Whether an event still waits for a person. A row of before it was written down has a time
/// instead where it does not.
fn is_listed(row: &Item) -> bool {
    let listed = row.get(LISTED).and_then(|value| value.as_bool().ok());
    listed.copied().unwrap_or_else(|| !row.contains_key("taken_up_at"))
}

/// The parked event that an item is, and whose ([`keys::UNREAD`] where none could be read), with
/// the first part of its text; none where it is no such item, or waits for nobody any more.
///
/// # Errors
///
/// * [`crate::Damaged`] where it is not as this program writes it, or a newer one's.
pub fn decode_listed(item: &Item) -> Read<Option<(String, ParkedEvent)>> {
    let pk: String = Reader(item).text("pk")?;
    match keys::parked_of(&pk) {
        Some((tenant, day)) if is_listed(item) => {
            read(day, item).map(|(parked, _)| Some((tenant.to_owned(), parked)))
        }
        _ => Ok(None),
    }
}

fn has_code(row: &Item, code: &str) -> bool {
    Reader(row).text::<String>("code").is_ok_and(|own| own == code)
}

fn read(day: &str, row: &Item) -> Read<(ParkedEvent, usize)> {
    let reader = Reader::of(row)?;
    let id = ParkedId {
        day: day.to_owned(),
        event: reader.text("event_id")?,
        hash: reader.text("hash")?,
    };
    let parked = ParkedEvent {
        id,
        code: reader.text("code")?,
        reason: reader.text("reason")?,
        at: reader.instant("at")?,
        event: reader.text("event")?,
    };
    Ok((parked, reader.number("parts")?))
}

/// Cuts a text into parts that fit a row each, between characters.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > PART_BYTES {
        let (part, after) = rest.split_at(rest.floor_char_boundary(PART_BYTES));
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
#[path = "parked_tests.rs"]
mod tests;

//! The shop's list, row by row, against the orders that it names.

use std::collections::{BTreeSet, HashSet};
use std::io::BufRead;

use jiff::Timestamp;
use upline_contract::event::{Event, Fact};
use upline_contract::orders_list::{ListError, ListRow, OrdersList};
use upline_domain::fingerprint::{Fields, Fingerprint};
use upline_domain::ids::{OrderId, TenantId};
use upline_domain::reconcile::{
    Act, Compared, Difference, FactName, Kind, Listed, Outcome, WhyLeft, listed, unlisted,
};
use upline_store::keys::order_shard;
use upline_store::{Reading, Tallies};

use crate::feed::Missing;
use crate::look::Records;
use crate::run::Day;
use crate::{List, ReconcileFailed, Site, tally};

/// Rows that are held against the table together.
const ROWS: usize = 100;

/// Which facts a list names in one shard: 16 bytes each, and as much for each order.
#[derive(Default)]
pub(crate) struct Names {
    all: HashSet<Fingerprint>,
    /// Orders of which the list names all that the books have: they are not read once more.
    whole: HashSet<Fingerprint>,
    /// Whether a row cannot be read that names no order: it may be of any.
    has_unnamed: bool,
    /// Orders of which something cannot be read: nobody knows what it would have named.
    spoiled: HashSet<Fingerprint>,
}

impl Names {
    /// Whether the list names a fact, or may.
    pub(crate) fn has(&self, order: &OrderId, name: &FactName<'_>) -> bool {
        self.all.contains(&fact_name(order, name)) || self.is_spoiled(order)
    }

    pub(crate) fn has_order(&self, order: &OrderId) -> bool {
        self.all.contains(&order_name(order))
    }

    /// Why nobody can be sure that the list does not name an order, where that is so.
    pub(crate) fn doubt(&self) -> Option<WhyLeft> {
        self.has_unnamed.then_some(WhyLeft::Unnamed)
    }

    /// Whether the list was seen to name all that the books have of an order.
    pub(crate) fn has_whole(&self, order: &OrderId) -> bool {
        self.whole.contains(&order_name(order))
    }

    /// Sees of which orders nothing is left that the list would have to name yet.
    fn see_whole(&mut self, records: &Records, of_day: impl Fn(Timestamp) -> bool) {
        for (order, record) in records {
            let Ok(record) = record else { continue };
            if unlisted(order, record, &of_day, |name| self.has(order, name)).is_empty() {
                self.whole.insert(order_name(order));
            }
        }
    }

    fn is_spoiled(&self, order: &OrderId) -> bool {
        self.spoiled.contains(&order_name(order))
    }

    /// Adds a fact; whether its order, and whether it, is named for the first time.
    fn add(&mut self, order: &OrderId, name: &FactName<'_>) -> (bool, bool) {
        (self.all.insert(order_name(order)), self.all.insert(fact_name(order, name)))
    }

    /// The orders of a sheet of which a row cannot be read. What can be read of one may be a part
    /// of it alone, and must not be taken for the whole.
    fn spoiled_in(
        list: OrdersList,
        tenant: &TenantId,
        shard: u8,
    ) -> Result<HashSet<Fingerprint>, ListError> {
        let mut spoiled = HashSet::new();
        for row in list {
            let row = row?;
            if let Some(order) = row.order().filter(|order| order_shard(order) == shard)
                && row.read(tenant).is_err()
            {
                spoiled.insert(order_name(&order));
            }
        }
        Ok(spoiled)
    }
}

fn order_name(order: &OrderId) -> Fingerprint {
    Fields::of("order").text(order.as_str()).finish()
}

fn fact_name(order: &OrderId, name: &FactName<'_>) -> Fingerprint {
    let fields = Fields::of("fact").text(order.as_str());
    match name {
        FactName::Paid => fields.text("paid"),
        FactName::Refunded(id) => fields.text("refunded").text(id.as_str()),
        FactName::Completed => fields.text("completed"),
    }
    .finish()
}

/// What reading a list came to.
pub(crate) struct Read {
    /// What it names; nothing without a list.
    pub(crate) names: Names,
    /// Whether all that it names is known: there is a list, and it was read to its end.
    pub(crate) is_whole: bool,
    /// What it is called.
    pub(crate) name: Option<String>,
    /// The row after which it goes on, where the time ran out.
    pub(crate) stopped: Option<u64>,
}

impl Read {
    fn of(names: Names, name: Option<String>) -> Self {
        Self { names, is_whole: false, name, stopped: None }
    }
}

/// A row that says something of an order.
struct Row {
    event: Event,
    text: String,
    /// Whether it is the first that names its order.
    is_first: bool,
    /// Whether it is the first that names its fact.
    is_new: bool,
}

impl Row {
    /// When what it says happened.
    fn happened_at(&self) -> Option<Timestamp> {
        fact(&self.event).map(|(_, fact)| match fact {
            Listed::Paid(paid) => paid.paid_at,
            Listed::Refunded(_, refund) => refund.refunded_at,
            Listed::Completed(at) => at,
        })
    }
}

/// Holds the rows of one shard against the table, from the one after `done` on.
pub(crate) async fn from_list<S: Site>(
    day: &Day<'_, S>,
    shard: u8,
    done: u64,
    tallies: &mut Tallies,
    goes_on: &(impl Fn() -> bool + Sync),
) -> Result<Read, ReconcileFailed> {
    let Some(List { name, reader }) = day.site.list(day.tenant, day.date).await? else {
        return Ok(Read::of(Names::default(), None));
    };
    let mut names = Names::default();
    let mut rows = Vec::with_capacity(ROWS);
    let list = match opened(reader) {
        Ok(list) => list,
        Err(why) => return broken(day, shard, &why, (names, name)).await,
    };
    if list.is_sheet()
        && let Some(again) = day.site.list(day.tenant, day.date).await?
    {
        let spoiled_in = |list| {
            let spoiled = Names::spoiled_in(list, day.tenant, shard);
            spoiled.map_err(|wrong| wrong.told())
        };
        match opened(again.reader).and_then(spoiled_in) {
            Ok(spoiled) => names.spoiled = spoiled,
            Err(why) => return broken(day, shard, &why, (names, name)).await,
        }
    }
    for row in list {
        let row = match row {
            Ok(row) => row,
            Err(wrong) => {
                hold(day, std::mem::take(&mut rows), &mut names, tallies).await?;
                return broken(day, shard, &wrong.told(), (names, name)).await;
            }
        };
        // One that names no order is everybody's, and the first shard's to tell.
        let order = row.order();
        names.has_unnamed |= order.is_none() && row.read(day.tenant).is_err();
        let own = order.map_or(0, |order| order_shard(&order));
        if own != shard {
            continue;
        }
        let is_new = row.number > done;
        match read(day, &row, &mut names) {
            Err(Difference { order: Some(order), .. }) if !is_new => {
                names.spoiled.insert(order_name(&order));
            }
            Ok(_) | Err(_) if !is_new => {}
            Ok(None) => {}
            Ok(Some(read)) => {
                tally::count(tallies, tally::ROWS, 1)?;
                let of_day = read.happened_at().is_none_or(|at| day.has(at));
                tally::count(tallies, tally::OTHER_DAYS, u64::from(!of_day))?;
                rows.push(read);
            }
            Err(difference) => {
                if let Some(order) = &difference.order {
                    names.spoiled.insert(order_name(order));
                }
                tally::count(tallies, tally::ROWS, 1)?;
                tally::count(tallies, tally::UNREADABLE, 1)?;
                day.keep(&[difference]).await?;
            }
        }
        if rows.len() >= ROWS {
            let held = row.number;
            hold(day, std::mem::take(&mut rows), &mut names, tallies).await?;
            if !goes_on() {
                return Ok(Read { stopped: Some(held), ..Read::of(names, Some(name)) });
            }
        }
    }
    hold(day, rows, &mut names, tallies).await?;
    Ok(Read { is_whole: true, ..Read::of(names, Some(name)) })
}

/// A list that cannot be read to its end; the first shard tells of it.
async fn broken<S: Site>(
    day: &Day<'_, S>,
    shard: u8,
    why: &str,
    (names, name): (Names, String),
) -> Result<Read, ReconcileFailed> {
    if shard == 0 {
        day.keep(&[unreadable("the list", why)]).await?;
    }
    Ok(Read::of(names, Some(name)))
}

fn opened(reader: Result<Box<dyn BufRead + Send>, String>) -> Result<OrdersList, String> {
    OrdersList::open(reader?).map_err(|wrong| wrong.told())
}

fn unreadable(about: &str, why: &str) -> Difference {
    let value = Compared::found("why", why.to_owned());
    Difference {
        about: about.to_owned(),
        ..Difference::new(Kind::UnreadableRow, vec![value], Act::Look)
    }
}

/// Reads a row; none of an event that is of no order.
fn read<S: Site>(
    day: &Day<'_, S>,
    row: &ListRow,
    names: &mut Names,
) -> Result<Option<Row>, Difference> {
    let event = row.read(day.tenant).map_err(|why| Difference {
        order: row.order(),
        ..unreadable(&format!("line {}", row.number), &why)
    })?;
    let Some((order, fact)) = fact(&event) else { return Ok(None) };
    let (is_first, is_new) = names.add(order, &name_of(fact));
    let text = row.text(day.tenant).unwrap_or_default().into_owned();
    Ok(Some(Row { event, text, is_first, is_new }))
}

/// What an event says of an order; none where it says something of a person.
fn fact(event: &Event) -> Option<(&OrderId, Listed<'_>)> {
    match &event.fact {
        Fact::Paid(paid) => Some((&paid.order, Listed::Paid(paid))),
        Fact::Refunded { order, id, refund } => Some((order, Listed::Refunded(id, refund))),
        Fact::Completed { order, completed_at } => Some((order, Listed::Completed(*completed_at))),
        Fact::Registered(_) | Fact::Bound(_) => None,
    }
}

fn name_of(fact: Listed<'_>) -> FactName<'_> {
    match fact {
        Listed::Paid(_) => FactName::Paid,
        Listed::Refunded(id, _) => FactName::Refunded(id),
        Listed::Completed(_) => FactName::Completed,
    }
}

/// Holds some rows against the orders, sends what is missing through the door, and looks at each
/// order that is named for the first time.
async fn hold<S: Site>(
    day: &Day<'_, S>,
    rows: Vec<Row>,
    names: &mut Names,
    tallies: &mut Tallies,
) -> Result<(), ReconcileFailed> {
    if rows.is_empty() {
        return Ok(());
    }
    let said: Vec<(&Row, &OrderId, Listed<'_>)> = rows
        .iter()
        .filter_map(|row| fact(&row.event).map(|(order, fact)| (row, order, fact)))
        .collect();
    let ids: BTreeSet<&OrderId> = said.iter().map(|(_, order, _)| *order).collect();
    let ids: Vec<OrderId> = ids.into_iter().cloned().collect();
    let mut records = day.records(&ids, Reading::Lately).await?;
    let differs = |records: &Records, order: &OrderId, fact: Listed<'_>| match records.get(order) {
        Some(Err(_)) => None,
        Some(Ok(record)) => listed(order, fact, Some(record)),
        None => listed(order, fact, None),
    };
    // What differs at first sight is read again as it is now.
    let suspects: BTreeSet<&OrderId> = said
        .iter()
        .filter(|(_, order, fact)| differs(&records, order, *fact).is_some())
        .map(|(_, order, _)| *order)
        .collect();
    let suspects: Vec<OrderId> = suspects.into_iter().cloned().collect();
    records.extend(day.records(&suspects, Reading::Now).await?);
    let found = said.iter().filter_map(|(row, order, fact)| {
        let difference = differs(&records, order, *fact)?;
        Some((difference, row.text.as_str(), row.event.id.to_string()))
    });
    let found: Vec<_> = found.collect();
    let all: Vec<Difference> = found.iter().map(|(difference, ..)| difference.clone()).collect();
    day.keep(&all).await?;
    let mut fed = Vec::new();
    for (difference, text, event) in &found {
        let spoiled = difference.order.as_ref().is_some_and(|order| names.is_spoiled(order));
        if difference.act == Act::Feed && spoiled {
            day.became(difference, Outcome::Left, Some(WhyLeft::Spoiled.as_str())).await?;
        } else if difference.act == Act::Feed {
            let missing = Missing { difference, text, event };
            if day.feed(&missing, tallies).await? {
                fed.extend(difference.order.clone());
            }
        }
    }
    records.extend(day.records(&fed, Reading::Now).await?);
    names.see_whole(&records, |at| day.has(at));
    let first = said.iter().filter(|(row, ..)| row.is_first).map(|(_, order, _)| *order);
    let first: BTreeSet<&OrderId> = first.collect();
    for (row, _, fact) in &said {
        if let Listed::Paid(paid) = fact
            && row.is_new
            && day.has(paid.paid_at)
        {
            tally::count(tallies, &format!("listed_orders#{}", paid.currency), 1)?;
            tally::amount(tallies, "listed_paid", paid.currency, paid.total())?;
        }
    }
    let missing = first.iter().filter(|order| !records.contains_key(**order)).count();
    tally::count(tallies, tally::ORDERS, u64::try_from(missing).unwrap_or(u64::MAX))?;
    records.retain(|order, _| first.contains(order));
    day.look(records, tallies).await
}

//! Damages: what is done to the table or to the shop's list, by what it has to be named, whether it
//! can be repaired without a judgement, and what of the table a repair of it may change.

mod books;
mod events;
mod facts;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::{Value, json};
use upline_domain::reconcile::Kind;
use upline_store::Shown;
use upline_testkit::database::TABLE;
use upline_testkit::faulty::Key;
use upline_testkit::request::Request;

use crate::simulation::raw::text;

pub(crate) use books::BOOKS;
pub(crate) use events::EVENTS;
pub(crate) use facts::FACTS;

/// The items of a table, by key.
pub(crate) type Items = BTreeMap<Key, Value>;

/// By what a finding is told from every other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) kind: &'static str,
    /// Empty for none, as the distributor.
    pub(crate) order: String,
    pub(crate) distributor: String,
    pub(crate) about: String,
}

/// Stands for any.
pub(crate) const ANY: &str = "*";

impl Name {
    pub(crate) fn of(kind: Kind, order: &str, distributor: &str, about: &str) -> Self {
        let [order, distributor, about] = [order, distributor, about].map(str::to_owned);
        Self { kind: kind.as_str(), order, distributor, about }
    }

    pub(crate) fn found(shown: &Shown) -> Self {
        let of = &shown.difference;
        let order = of.order.as_ref().map(ToString::to_string).unwrap_or_default();
        let distributor = of.distributor.as_ref().map(ToString::to_string).unwrap_or_default();
        Self::of(of.kind, &order, &distributor, &of.about)
    }

    /// Whether it is said of a finding, where some of it may be any.
    pub(crate) fn is_of(&self, found: &Self) -> bool {
        let same = |own: &str, other: &str| own == ANY || own == other;
        self.kind == found.kind
            && same(&self.order, &found.order)
            && same(&self.distributor, &found.distributor)
            && same(&self.about, &found.about)
    }
}

/// A write beside the product.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    Put(Value),
    Delete(Key),
}

impl Write {
    /// The request that makes it.
    pub(crate) fn request(&self) -> Request {
        match self {
            Self::Put(item) => {
                Request::new("PutItem", &json!({ "TableName": TABLE, "Item": item }))
            }
            Self::Delete((pk, sk)) => {
                let key = json!({ "pk": { "S": pk }, "sk": { "S": sk } });
                Request::new("DeleteItem", &json!({ "TableName": TABLE, "Key": key }))
            }
        }
    }
}

/// What a repair may change.
#[derive(Clone, Debug)]
pub(crate) enum Touch {
    /// One item, which then is what it was before it was damaged.
    Item(Key),
    /// An order whose events come once more, with all that counts it.
    Order(String),
}

/// One damage.
#[derive(Clone, Debug, Default)]
pub(crate) struct Damage {
    pub(crate) what: &'static str,
    pub(crate) writes: Vec<Write>,
    /// Events that never arrived, or that the shop's list does not name: by their ids.
    pub(crate) withheld: Vec<String>,
    pub(crate) unlisted: Vec<String>,
    /// Events beside those of the shop, which arrive; whether its list names them.
    pub(crate) beside: Vec<(Value, bool)>,
    /// Rows of the list that say nothing.
    pub(crate) rows: Vec<String>,
    /// By what it has to be named.
    pub(crate) must: Vec<Name>,
    /// What may be found because of it.
    pub(crate) may: Vec<Name>,
    pub(crate) is_repairable: bool,
    /// The day of which it is, where it is of the books.
    pub(crate) day: Option<Date>,
    pub(crate) touches: Vec<Touch>,
}

/// What is damaged already: no two damages are of one order, or of one distributor's books.
#[derive(Default)]
pub(crate) struct Claimed {
    pub(crate) orders: BTreeSet<String>,
    pub(crate) distributors: BTreeSet<String>,
}

/// An order of the table as it is before it is damaged.
pub(crate) struct Stored<'a> {
    pub(crate) id: &'a str,
    pub(crate) item: &'a Value,
}

/// The orders of a tenant that are attributed, and nobody's yet.
pub(crate) fn orders<'a>(items: &'a Items, claimed: &Claimed) -> Vec<Stored<'a>> {
    let all = items.iter().filter_map(|((pk, sk), item)| {
        let id = pk.strip_prefix("demo#O#").filter(|_| sk == "ORDER")?;
        let is_whole = item.get("payment").is_some() && item.get("attributed").is_some();
        is_whole.then_some(Stored { id, item })
    });
    all.filter(|one| !claimed.orders.contains(one.id)).collect()
}

/// A line of the table.
pub(crate) struct StoredLine<'a> {
    pub(crate) key: &'a Key,
    pub(crate) distributor: &'a str,
    pub(crate) order: &'a str,
    pub(crate) item: &'a Value,
}

/// The lines of orders and distributors that are nobody's yet.
pub(crate) fn lines<'a>(items: &'a Items, claimed: &Claimed) -> Vec<StoredLine<'a>> {
    let all = items.iter().filter_map(|(key, item)| {
        let distributor = key.0.strip_prefix("demo#M#")?;
        key.1.strip_prefix("LINE#")?;
        Some(StoredLine { key, distributor, order: text(item, "order")?, item })
    });
    let free = |line: &StoredLine<'_>| {
        !claimed.orders.contains(line.order) && !claimed.distributors.contains(line.distributor)
    };
    all.filter(free).collect()
}

/// The days on which something happened to an order.
pub(crate) fn days_of(
    events: &[Value],
    order: &str,
    day: impl Fn(&Value) -> Option<Date>,
) -> usize {
    let own = events.iter().filter(|event| event["detail"]["data"]["order_id"] == order);
    own.filter_map(day).collect::<BTreeSet<Date>>().len()
}

pub(crate) fn id_of(event: &Value) -> String {
    event["detail"]["metadata"]["id"].as_str().unwrap_or_default().to_owned()
}

/// A number of an item, `by` more.
pub(crate) fn raised(item: &Value, name: &str, by: i64) -> Value {
    let value: i64 = item[name]["N"].as_str().map_or(0, |text| text.parse().unwrap());
    serde_json::json!({ "N": (value + by).to_string() })
}

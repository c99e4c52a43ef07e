//! What may not happen, held after every single request: each item against what it was before, and
//! what one request changed against itself. This reads items as docs/data-model.md has them, and
//! nothing of the product.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use upline_testkit::faulty::{Change, Key};
use upline_testkit::request::Request;

use super::raw::{amount, each, list, map, number, paid_by_line, pairs, text};

/// Holds a request against the tenants on whose behalf it is made: it names no key of another.
///
/// # Errors
///
/// * The key.
pub(crate) fn own_keys(request: &Request, tenants: &BTreeSet<&str>) -> Result<(), String> {
    let is_own = |pk: &str| pk.split_once('#').is_some_and(|(tenant, _)| tenants.contains(tenant));
    match request.partitions().into_iter().find(|pk| !is_own(pk)) {
        Some(pk) => Err(format!("a request for {tenants:?} names the key {pk}")),
        None => Ok(()),
    }
}

/// Holds all that one request changed against what may be.
///
/// # Errors
///
/// * What may not be.
pub(crate) fn changes(changes: &[Change], items: &BTreeMap<Key, Value>) -> Result<(), String> {
    for change in changes {
        one(change, items).map_err(|wrong| {
            let show =
                |item: &Option<Value>| item.as_ref().map_or("nothing".into(), Value::to_string);
            let (before, after) = (show(&change.before), show(&change.after));
            format!(
                "{} {}: {wrong}\n  before {before}\n  after  {after}",
                change.key.0, change.key.1
            )
        })?;
    }
    for partition in changes.iter().map(|change| &change.key.0).collect::<BTreeSet<_>>() {
        let own: Vec<&Change> = changes.iter().filter(|one| one.key.0 == *partition).collect();
        adds_up(&own).map_err(|wrong| format!("{partition}: {wrong}"))?;
    }
    Ok(())
}

fn one(change: &Change, items: &BTreeMap<Key, Value>) -> Result<(), String> {
    let Change { key: (pk, sk), before, after } = change;
    let kind = sk.split('#').next().unwrap_or_default();
    let Some(after) = after else {
        let may_go = ["WAIT", "AWAIT"].contains(&kind);
        return if may_go { Ok(()) } else { Err("it was removed".to_owned()) };
    };
    let nothing = Value::Object(serde_json::Map::new());
    let before = before.as_ref().unwrap_or(&nothing);
    let may_change: &[&str] = match kind {
        "ORDER" => {
            order(before, after)?;
            refunds_are_listed(pk, after, items)?;
            &["ver", "gsi1pk", "refunds", "refunded_lines", "later_cause"]
        }
        "LINE" => {
            line(pk, before, after, items)?;
            &[
                "ver",
                "n",
                "depth",
                "earned",
                "reversed",
                "due",
                "own_orders",
                "own_sales",
                "team_sales",
            ]
        }
        "MEMBER" => {
            grows(before, after, "levels")?;
            grows(before, after, "statuses")?;
            &["levels", "statuses", "n", "gsi1pk"]
        }
        "ACTIVE" => {
            grows(before, after, "active")?;
            &["active", "n", "gsi1pk"]
        }
        "BUYER" => {
            claim(pk, before, after, items)?;
            &["first_order"]
        }
        "CODE" | "AWAIT" | "LEVEL" => &[],
        "SHARD" => {
            if amount(after, "began") < amount(before, "began") {
                return Err("an earlier night took the place of a later one".to_owned());
            }
            &["began", "ladder"]
        }
        "TEAM" if sk.contains('#') => &[],
        "BAL" | "DAY" | "TEAM" | "CHECK" => return Ok(()),
        _ if pk.contains("#X#") => &["code", "reason", "at", "listed", "taken_up_at"],
        _ if kind == "WAIT" => &["ttl"],
        // What a part that is done again keeps anew; but a run that is closed stays as it is.
        "RUN" if before.get("finished_at").is_none() => return Ok(()),
        "DIFF" | "LOOK" => return Ok(()),
        _ => &[],
    };
    unchanged(before, after, may_change)
}

/// Every attribute that was there is there as it was, but for those that may change.
fn unchanged(before: &Value, after: &Value, may_change: &[&str]) -> Result<(), String> {
    let was = before.as_object().into_iter().flatten();
    let mut was = was.filter(|(name, _)| !may_change.contains(&name.as_str()));
    match was.find(|(name, value)| after.get(name) != Some(value)) {
        Some((name, _)) => Err(format!("{name} changed")),
        None => Ok(()),
    }
}

/// A list of what was said keeps all of it, in its order.
fn grows(before: &Value, after: &Value, name: &str) -> Result<(), String> {
    let mut after = list(after, name).iter();
    let kept = list(before, name).iter().all(|one| after.any(|other| other == one));
    if kept { Ok(()) } else { Err(format!("{name} lost an entry")) }
}

/// An order has one more fact, or several, in one write, and is allocated no more than was paid.
fn order(before: &Value, after: &Value) -> Result<(), String> {
    if amount(after, "ver") != amount(before, "ver") + 1 {
        return Err("`ver` does not grow by one".to_owned());
    }
    let facts = |item: &Value| {
        let named = ["payment", "attributed", "completed_at"].map(|name| item.get(name).is_some());
        named.into_iter().filter(|is_there| *is_there).count() + each(item, "refund#").len()
    };
    if facts(after) <= facts(before) {
        return Err("it was written, and has no new fact".to_owned());
    }
    let refunds = i64::try_from(each(after, "refund#").len()).unwrap();
    if amount(after, "refunds") != refunds {
        return Err(format!("it has {refunds} refunds, and counts others"));
    }
    let Some(attributed) = map(after, "attributed") else { return Ok(()) };
    let by_line = paid_by_line(after);
    let mut left = by_line.iter().sum::<i64>();
    let mut places = BTreeSet::new();
    for allocation in list(attributed, "paid") {
        let own = &allocation["M"];
        let parts = pairs(list(own, "p"));
        let sum: i64 = parts.iter().map(|(_, part)| part).sum();
        if amount(own, "m") != sum || sum <= 0 || !places.insert(amount(own, "a")) {
            return Err(format!("an allocation is not the sum of its lines: {own}"));
        }
        left -= sum;
    }
    if left < 0 { Err("more is allocated than was paid".to_owned()) } else { Ok(()) }
}

/// Each refund that is there is found by its day.
fn refunds_are_listed(pk: &str, order: &Value, items: &BTreeMap<Key, Value>) -> Result<(), String> {
    let (tenant, id) = pk.split_once("#O#").ok_or("no order")?;
    for (name, refund) in each(order, "refund#") {
        let at =
            Timestamp::from_millisecond(amount(&refund["M"], "t")).map_err(|e| e.to_string())?;
        let day = at.to_zoned(TimeZone::UTC).date();
        let listed = |shard| (format!("{tenant}#F#{day}#{shard}"), format!("REFUND#{id}"));
        if !(0..8).any(|shard| items.contains_key(&listed(shard))) {
            return Err(format!("refund {name} is not listed under {day}"));
        }
    }
    Ok(())
}

/// A line is written once for each newer record of its order.
fn line(
    pk: &str,
    before: &Value,
    after: &Value,
    items: &BTreeMap<Key, Value>,
) -> Result<(), String> {
    if amount(after, "n") != amount(before, "n") + 1 {
        return Err("`n` does not grow by one".to_owned());
    }
    if number(after, "ver") <= number(before, "ver") {
        return Err("an older record of the order took the place of a newer one".to_owned());
    }
    if amount(after, "reversed") > amount(after, "earned") || amount(after, "reversed") < 0 {
        return Err("more is taken back than was earned".to_owned());
    }
    let tenant = pk.split('#').next().unwrap_or_default();
    let order = text(after, "order").ok_or("no order")?;
    let order = items.get(&(format!("{tenant}#O#{order}"), "ORDER".to_owned()));
    let known = order.is_some_and(|order| number(order, "ver") >= number(after, "ver"));
    if known { Ok(()) } else { Err("it counts an order that is not there".to_owned()) }
}

/// A claim to the first order is given back only while the order does not live by it.
fn claim(
    pk: &str,
    before: &Value,
    after: &Value,
    items: &BTreeMap<Key, Value>,
) -> Result<(), String> {
    let claimed = text(before, "first_order");
    let (Some(order), true) = (claimed, claimed != text(after, "first_order")) else {
        return Ok(());
    };
    let (tenant, buyer) = pk.split_once("#B#").ok_or("no buyer")?;
    let order = items.get(&(format!("{tenant}#O#{order}"), "ORDER".to_owned()));
    let lives_by_it = order.is_some_and(|order| {
        let attributed = map(order, "attributed");
        text(order, "buyer") == Some(buyer)
            && attributed.is_some_and(|attributed| attributed["first"]["BOOL"] == true)
    });
    if lives_by_it { Err("the claim of a first order was given back".to_owned()) } else { Ok(()) }
}

/// Differences by what they are of.
type Sums = BTreeMap<String, i64>;

fn add(sums: &mut Sums, what: String, amount: i64) {
    *sums.entry(what).or_default() += amount;
}

/// What one request changed of a distributor's books adds up: lines on one side, balances and days
/// on the other, and those who joined the team with the counts of it.
fn adds_up(changes: &[&Change]) -> Result<(), String> {
    let (mut lines, mut books) = (Sums::new(), Sums::new());
    for Change { key: (_, sk), before, after } in changes {
        let sides = [(before, -1), (after, 1)];
        for (item, sign) in
            sides.into_iter().filter_map(|(item, sign)| Some((item.as_ref()?, sign)))
        {
            if sk.starts_with("LINE#") {
                line_sums(&mut lines, item, sign);
            } else if sk.starts_with("TEAM#") {
                let depth = amount(item, "depth");
                add(&mut lines, format!("team at {depth}"), sign);
                if depth == 1 {
                    add(&mut lines, "recruits".to_owned(), sign);
                }
            } else if sk == "TEAM" {
                for depth in 1..=5 {
                    let count = amount(item, &format!("depth{depth}"));
                    add(&mut books, format!("team at {depth}"), sign * count);
                }
            } else {
                book_sums(&mut books, sk, item, sign);
            }
        }
    }
    lines.retain(|_, amount| *amount != 0);
    books.retain(|_, amount| *amount != 0);
    if lines == books {
        return Ok(());
    }
    Err(format!(
        "what is counted and what is added differ:\n  counted {lines:?}\n  added   {books:?}"
    ))
}

const FIGURES: [(&str, &str); 5] = [
    ("orders", "own_orders"),
    ("own_sales", "own_sales"),
    ("team_sales", "team_sales"),
    ("earned", "earned"),
    ("reversed", "reversed"),
];

fn line_sums(sums: &mut Sums, line: &Value, sign: i64) {
    let currency = text(line, "currency").unwrap_or_default();
    let day = text(line, "day").unwrap_or_default();
    let net = amount(line, "earned") - amount(line, "reversed");
    let due = text(line, "due").map_or("pending".to_owned(), |day| format!("due#{day}"));
    add(sums, format!("{currency} {due}"), sign * net);
    for (figure, name) in FIGURES {
        add(sums, format!("{currency} {day} {figure}"), sign * amount(line, name));
    }
}

fn book_sums(sums: &mut Sums, sk: &str, item: &Value, sign: i64) {
    if let Some(currency) = sk.strip_prefix("BAL#") {
        add(sums, format!("{currency} pending"), sign * amount(item, "pending"));
        for (day, due) in each(item, "due#") {
            let due = super::raw::as_number(due).unwrap_or(0);
            add(sums, format!("{currency} due#{day}"), sign * due);
        }
    } else if let Some(day) = sk.strip_prefix("DAY#") {
        let Some((day, currency)) = day.split_once('#') else {
            return add(sums, "recruits".to_owned(), sign * amount(item, "recruits"));
        };
        for (figure, _) in FIGURES {
            add(sums, format!("{currency} {day} {figure}"), sign * amount(item, figure));
        }
    }
}

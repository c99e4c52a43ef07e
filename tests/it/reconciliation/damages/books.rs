//! Damages of what orders add up to: lines, balances and days.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use upline_domain::reconcile::Kind;
use upline_domain::time;

use super::{ANY, Claimed, Damage, Items, Name, StoredLine, Touch, Write, lines, raised};
use crate::simulation::raw::{amount, each, text};
use crate::worlds::dice::Dice;

type Make = fn(&mut Dice, &Items, &mut Claimed) -> Option<Damage>;

/// All of them.
pub(crate) const BOOKS: &[Make] = &[
    line_altered,
    line_ahead,
    line_lost,
    line_twice,
    line_of_nobody,
    balance_altered,
    balance_lost,
    day_altered,
    day_lost,
];

/// A line of books that are nobody's yet.
fn pick<'a>(
    dice: &mut Dice,
    items: &'a Items,
    claimed: &mut Claimed,
    is_it: impl Fn(&StoredLine<'_>) -> bool,
) -> Option<StoredLine<'a>> {
    let mut free = lines(items, claimed);
    free.retain(|one| is_it(one));
    let place = (!free.is_empty()).then(|| dice.count(0, free.len() - 1))?;
    let one = free.swap_remove(place);
    claimed.orders.insert(one.order.to_owned());
    claimed.distributors.insert(one.distributor.to_owned());
    Some(one)
}

fn repairable(
    what: &'static str,
    line: &StoredLine<'_>,
    write: Write,
    must: Name,
    key: &(String, String),
) -> Damage {
    Damage {
        what,
        writes: vec![write],
        must: vec![must],
        is_repairable: true,
        day: text(line.item, "day").map(|day| day.parse().unwrap()),
        touches: vec![Touch::Item(key.clone())],
        ..Damage::default()
    }
}

/// The same of a line: seen from another day, it is not the sum of its lines that books are.
fn repairable_line(
    what: &'static str,
    line: &StoredLine<'_>,
    write: Write,
    must: Name,
    key: &(String, String),
) -> Damage {
    let drift = [Kind::BalanceDrift, Kind::DailyFigureDrift];
    let may = drift.map(|kind| Name::of(kind, "", &must.distributor, ANY)).to_vec();
    Damage { may, ..repairable(what, line, write, must, key) }
}

fn of_line(line: &StoredLine<'_>) -> Name {
    Name::of(Kind::LineDrift, line.order, line.distributor, "")
}

fn line_altered(dice: &mut Dice, items: &Items, claimed: &mut Claimed) -> Option<Damage> {
    let line = pick(dice, items, claimed, |_| true)?;
    let mut item = line.item.clone();
    let name = *dice.pick(&["earned", "own_sales", "team_sales", "own_orders", "depth", "due"]);
    item[name] = match name {
        "due" if item.get("due").is_some() => json!({ "S": "2031-01-01" }),
        "due" => json!({ "S": "2026-11-30" }),
        _ => raised(&item, name, 1),
    };
    Some(repairable_line("a line is altered", &line, Write::Put(item), of_line(&line), line.key))
}

/// A line of a version that its order has not reached: it would keep the next change of the order
/// from being counted.
fn line_ahead(dice: &mut Dice, items: &Items, claimed: &mut Claimed) -> Option<Damage> {
    let line = pick(dice, items, claimed, |_| true)?;
    let mut item = line.item.clone();
    item["ver"] = raised(&item, "ver", 5);
    Some(repairable_line(
        "a line is ahead of its order",
        &line,
        Write::Put(item),
        of_line(&line),
        line.key,
    ))
}

fn line_lost(dice: &mut Dice, items: &Items, claimed: &mut Claimed) -> Option<Damage> {
    let line = pick(dice, items, claimed, |_| true)?;
    let write = Write::Delete(line.key.clone());
    Some(repairable_line("a line is deleted", &line, write, of_line(&line), line.key))
}

/// A copy of a line at a time when its order was not paid.
fn line_twice(dice: &mut Dice, items: &Items, claimed: &mut Claimed) -> Option<Damage> {
    let line = pick(dice, items, claimed, |_| true)?;
    let mut item = line.item.clone();
    item["paid_at"] = raised(&item, "paid_at", 1);
    let paid_at = Timestamp::from_millisecond(amount(&item, "paid_at")).unwrap();
    let at = time::text(paid_at);
    let key = (line.key.0.clone(), format!("LINE#{at}#{}", line.order));
    item["sk"] = json!({ "S": key.1 });
    let must = Name::of(Kind::LineDrift, line.order, line.distributor, &at);
    Some(repairable_line("a line stands twice", &line, Write::Put(item), must, &key))
}

/// A copy of a line under an order that is not here. Nobody knows whether it was, so that neither
/// it is taken out nor anything counted by it.
fn line_of_nobody(dice: &mut Dice, items: &Items, claimed: &mut Claimed) -> Option<Damage> {
    let line = pick(dice, items, claimed, |line| {
        amount(line.item, "earned") > amount(line.item, "reversed")
    })?;
    let mut item = line.item.clone();
    let order = format!("g{}", dice.number(0, 999_999));
    let paid_at = Timestamp::from_millisecond(amount(&item, "paid_at")).unwrap();
    let at = time::text(paid_at + SignedDuration::ZERO);
    item["sk"] = json!({ "S": format!("LINE#{at}#{order}") });
    item["order"] = json!({ "S": order });
    let currency = text(&item, "currency")?.to_owned();
    let about = format!("{} {currency}", text(&item, "day")?);
    let must = vec![
        Name::of(Kind::LineDrift, &order, line.distributor, &at),
        Name::of(Kind::BalanceDrift, "", line.distributor, &currency),
        Name::of(Kind::DailyFigureDrift, "", line.distributor, &about),
    ];
    let what = "a line stands under an order that is not here";
    Some(Damage { what, writes: vec![Write::Put(item)], must, ..Damage::default() })
}

/// The key and the item beside a line in the books, and the name of its drift.
fn beside<'a>(
    items: &'a Items,
    line: &StoredLine<'_>,
    kind: Kind,
) -> Option<((String, String), &'a Value, Name)> {
    let (currency, day) = (text(line.item, "currency")?, text(line.item, "day")?);
    let (sk, about) = if kind == Kind::BalanceDrift {
        (format!("BAL#{currency}"), currency.to_owned())
    } else {
        (format!("DAY#{day}#{currency}"), format!("{day} {currency}"))
    };
    let key = (line.key.0.clone(), sk);
    let item = items.get(&key)?;
    Some((key, item, Name::of(kind, "", line.distributor, &about)))
}

fn balance_altered(dice: &mut Dice, items: &Items, claimed: &mut Claimed) -> Option<Damage> {
    let line = pick(dice, items, claimed, |_| true)?;
    let (key, item, must) = beside(items, &line, Kind::BalanceDrift)?;
    let mut item = item.clone();
    let mut names: Vec<String> = vec!["pending".to_owned(), "due#2026-12-24".to_owned()];
    names.extend(each(&item, "due#").into_iter().map(|(date, _)| format!("due#{date}")));
    let name = dice.pick(&names).clone();
    let by = *dice.pick(&[-1, 1, 1_000, -77]);
    item[&name] = raised(&item, &name, by);
    Some(repairable("a balance is altered", &line, Write::Put(item), must, &key))
}

/// Whether an item has an amount at all: without one, no item says the same.
fn counts(item: &Value) -> bool {
    let names = ["pending", "orders", "own_sales", "team_sales", "earned", "reversed"];
    names.iter().any(|name| amount(item, name) != 0)
        || each(item, "due#").iter().any(|(_, due)| due["N"] != "0")
}

fn balance_lost(dice: &mut Dice, items: &Items, claimed: &mut Claimed) -> Option<Damage> {
    let line = pick(dice, items, claimed, |_| true)?;
    let (key, item, must) = beside(items, &line, Kind::BalanceDrift)?;
    counts(item)
        .then(|| repairable("a balance is deleted", &line, Write::Delete(key.clone()), must, &key))
}

fn day_altered(dice: &mut Dice, items: &Items, claimed: &mut Claimed) -> Option<Damage> {
    let line = pick(dice, items, claimed, |_| true)?;
    let (key, item, must) = beside(items, &line, Kind::DailyFigureDrift)?;
    let mut item = item.clone();
    let name = *dice.pick(&["orders", "own_sales", "team_sales", "earned", "reversed"]);
    let by = *dice.pick(&[-1, 1, 500]);
    item[name] = raised(&item, name, by);
    Some(repairable("the figures of a day are altered", &line, Write::Put(item), must, &key))
}

fn day_lost(dice: &mut Dice, items: &Items, claimed: &mut Claimed) -> Option<Damage> {
    let line = pick(dice, items, claimed, |_| true)?;
    let (key, item, must) = beside(items, &line, Kind::DailyFigureDrift)?;
    let what = "the figures of a day are deleted";
    counts(item).then(|| repairable(what, &line, Write::Delete(key.clone()), must, &key))
}

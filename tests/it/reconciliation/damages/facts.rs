//! Damages of orders as they are stored. What of an order contradicts the shop's list is for a
//! person, and nothing of it is counted anew until then.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use upline_domain::reconcile::Kind;

use super::{
    ANY, Claimed, Damage, Items, Name, Stored, Touch, Write, days_of, id_of, orders, raised,
};
use crate::reconciliation::calm::{Calm, is_of, of};
use crate::simulation::raw::{amount, each, list};
use crate::worlds::dice::Dice;

type Make = fn(&mut Dice, (&Calm, &Items), &mut Claimed) -> Option<Damage>;

/// All of them.
pub(crate) const FACTS: &[Make] = &[
    payment,
    refund,
    completion,
    lost,
    forgotten,
    allocation_altered,
    allocation_lost,
    allocation_added,
    unreadable,
];

/// An order that is nobody's yet.
fn pick<'a>(
    dice: &mut Dice,
    items: &'a Items,
    claimed: &mut Claimed,
    is_it: impl Fn(&Stored<'_>) -> bool,
) -> Option<Stored<'a>> {
    let mut free = orders(items, claimed);
    free.retain(|one| is_it(one));
    let place = (!free.is_empty()).then(|| dice.count(0, free.len() - 1))?;
    let one = free.swap_remove(place);
    claimed.orders.insert(one.id.to_owned());
    Some(one)
}

/// In whose books an order is counted.
fn whose(items: &Items, order: &Stored<'_>) -> Vec<String> {
    let all = super::lines(items, &Claimed::default()).into_iter();
    let own = all.filter(|line| line.order == order.id);
    own.map(|line| line.distributor.to_owned()).collect()
}

/// What was altered of an order shows where the list of its day is held against it. A run over
/// another day takes the record for right: so all of it is of one day here.
fn of_one_day(calm: &Calm, order: &Stored<'_>) -> bool {
    days_of(&calm.events, order.id, |event| calm.day_of(event)) == 1
}

/// What is altered of an order, and what else may be found because of it.
fn altered(what: &'static str, item: Value, must: Name) -> Damage {
    let order = must.order.clone();
    let may = vec![
        Name::of(Kind::LineDrift, &order, ANY, ANY),
        Name::of(Kind::WrongAllocation, &order, "", ""),
        Name::of(Kind::ProblemFlag, &order, "", ANY),
    ];
    Damage { what, writes: vec![Write::Put(item)], must: vec![must], may, ..Damage::default() }
}

fn payment(
    dice: &mut Dice,
    (calm, items): (&Calm, &Items),
    claimed: &mut Claimed,
) -> Option<Damage> {
    let order = pick(dice, items, claimed, |order| of_one_day(calm, order))?;
    let mut item = order.item.clone();
    let lines = list(&item, "lines").len();
    let at = dice.count(0, lines - 1);
    let line = &item["lines"]["L"][at]["M"];
    let (name, value) = match dice.number(0, 4) {
        0 => ("p", raised(line, "p", 1)),
        1 => ("q", raised(line, "q", 1)),
        2 if amount(line, "d") > 0 => ("d", raised(line, "d", -1)),
        3 => ("s", json!({ "S": "another" })),
        _ => ("c", json!({ "S": "zzz/another" })),
    };
    item["lines"]["L"][at]["M"][name] = value;
    let must = Name::of(Kind::AmountsDiffer, order.id, "", "");
    Some(altered("a payment is altered", item, must))
}

fn refund(
    dice: &mut Dice,
    (calm, items): (&Calm, &Items),
    claimed: &mut Claimed,
) -> Option<Damage> {
    let is_it =
        |order: &Stored<'_>| of_one_day(calm, order) && !each(order.item, "refund#").is_empty();
    let order = pick(dice, items, claimed, is_it)?;
    let refunds = each(order.item, "refund#");
    let (id, refund) = *dice.pick(&refunds);
    let mut refund = refund["M"].clone();
    let name = if refund.get("m").is_some() && dice.chance(70) { "m" } else { "t" };
    refund[name] = raised(&refund, name, if name == "m" { 1 } else { 1_000 });
    let mut item = order.item.clone();
    item[format!("refund#{id}")] = json!({ "M": refund });
    let must = Name::of(Kind::RefundDiffers, order.id, "", id);
    Some(altered("a refund is altered", item, must))
}

fn completion(
    dice: &mut Dice,
    (calm, items): (&Calm, &Items),
    claimed: &mut Claimed,
) -> Option<Damage> {
    let is_it =
        |order: &Stored<'_>| of_one_day(calm, order) && order.item.get("completed_at").is_some();
    let order = pick(dice, items, claimed, is_it)?;
    let mut item = order.item.clone();
    let by = *dice.pick(&[-1_000, 1_000, -86_400_000]);
    item["completed_at"] = raised(&item, "completed_at", by);
    let must = Name::of(Kind::CompletionDiffers, order.id, "", "");
    Some(altered("a completion is altered", item, must))
}

fn key(order: &str) -> (String, String) {
    (format!("demo#O#{order}"), "ORDER".to_owned())
}

/// An order is deleted that the list names: its events come once more.
fn lost(dice: &mut Dice, (calm, items): (&Calm, &Items), claimed: &mut Claimed) -> Option<Damage> {
    let order = pick(dice, items, claimed, |_| true)?;
    let own = calm.events.iter().filter(|event| of(event, "order_id") == order.id);
    let must = own.map(|event| {
        let kind = match () {
            () if is_of(event, "OrderPaid") => Kind::MissingHere,
            () if is_of(event, "OrderRefunded") => Kind::RefundMissing,
            () => Kind::CompletionMissing,
        };
        Name::of(kind, order.id, "", of(event, "refund_id"))
    });
    Some(Damage {
        what: "an order is deleted",
        writes: vec![Write::Delete(key(order.id))],
        must: must.collect(),
        // Its lines are ahead of it at first; and a refund may come a day before its payment.
        may: vec![
            Name::of(Kind::LineDrift, order.id, ANY, ANY),
            Name::of(Kind::OrphanRefund, order.id, "", ANY),
            Name::of(Kind::OrphanCompletion, order.id, "", ""),
        ],
        is_repairable: true,
        touches: vec![Touch::Order(order.id.to_owned())],
        ..Damage::default()
    })
}

/// An order is deleted that no list names: its lines stand where nobody knows why.
fn forgotten(
    dice: &mut Dice,
    (calm, items): (&Calm, &Items),
    claimed: &mut Claimed,
) -> Option<Damage> {
    let free = |line: &super::StoredLine<'_>, order: &Stored<'_>| line.order == order.id;
    let books = super::lines(items, claimed);
    // Books are looked at where an order of the day touches them.
    let whole: BTreeSet<&str> = orders(items, claimed).iter().map(|one| one.id).collect();
    let is_seen = |line: &super::StoredLine<'_>| {
        books.iter().any(|other| {
            other.distributor == line.distributor
                && other.order != line.order
                && other.item["day"] == line.item["day"]
                && whole.contains(other.order)
        })
    };
    let is_it = |order: &Stored<'_>| {
        let mut own = books.iter().filter(|line| free(line, order));
        let is_whole =
            whose(items, order).len() == books.iter().filter(|line| free(line, order)).count();
        is_whole && own.any(is_seen) && books.iter().filter(|line| free(line, order)).all(is_seen)
    };
    let order = pick(dice, items, claimed, is_it)?;
    let own: Vec<_> = books.iter().filter(|line| free(line, &order)).collect();
    claimed.distributors.extend(own.iter().map(|line| line.distributor.to_owned()));
    // And those orders that lead to its books stay as they are.
    let leading =
        books.iter().filter(|line| own.iter().any(|own| own.distributor == line.distributor));
    claimed.orders.extend(leading.map(|line| line.order.to_owned()));
    let paid_at = own.first()?.key.1.split('#').nth(1)?.to_owned();
    let must =
        own.iter().map(|line| Name::of(Kind::LineDrift, order.id, line.distributor, &paid_at));
    let gone = calm.events.iter().filter(|event| of(event, "order_id") == order.id);
    Some(Damage {
        what: "an order is deleted, and on no list",
        writes: vec![Write::Delete(key(order.id))],
        unlisted: gone.map(id_of).collect(),
        must: must.collect(),
        ..Damage::default()
    })
}

/// Alters the allocations of an order that has some.
fn allocation(
    dice: &mut Dice,
    items: &Items,
    claimed: &mut Claimed,
    what: &'static str,
    change: impl FnOnce(&mut Dice, &mut Vec<Value>, usize) -> bool,
) -> Option<Damage> {
    let is_it = |order: &Stored<'_>| !list(&order.item["attributed"]["M"], "paid").is_empty();
    let order = pick(dice, items, claimed, is_it)?;
    let mut item = order.item.clone();
    let lineage = list(&item["attributed"]["M"], "lineage").len();
    let paid = item["attributed"]["M"]["paid"]["L"].as_array_mut()?;
    let must = Name::of(Kind::WrongAllocation, order.id, "", "");
    change(dice, paid, lineage).then(|| altered(what, item, must))
}

fn allocation_altered(
    dice: &mut Dice,
    (_, items): (&Calm, &Items),
    claimed: &mut Claimed,
) -> Option<Damage> {
    allocation(dice, items, claimed, "an allocation is altered", |dice, paid, _| {
        let at = dice.count(0, paid.len() - 1);
        paid[at]["M"]["m"] = raised(&paid[at]["M"], "m", 1);
        true
    })
}

fn allocation_lost(
    dice: &mut Dice,
    (_, items): (&Calm, &Items),
    claimed: &mut Claimed,
) -> Option<Damage> {
    allocation(dice, items, claimed, "an allocation is deleted", |dice, paid, _| {
        let at = dice.count(0, paid.len() - 1);
        paid.remove(at);
        true
    })
}

fn allocation_added(
    dice: &mut Dice,
    (_, items): (&Calm, &Items),
    claimed: &mut Claimed,
) -> Option<Damage> {
    allocation(dice, items, claimed, "an allocation is added", |_, paid, lineage| {
        let has = |place: usize| {
            paid.iter().any(|one| one["M"]["a"]["N"].as_str() == Some(&*place.to_string()))
        };
        let Some(place) = (0..lineage).find(|place| !has(*place)) else { return false };
        let mut one = paid[0].clone();
        one["M"]["a"] = json!({ "N": place.to_string() });
        paid.push(one);
        true
    })
}

fn unreadable(
    dice: &mut Dice,
    (_, items): (&Calm, &Items),
    claimed: &mut Claimed,
) -> Option<Damage> {
    // Of the books that it is counted in nothing is corrected until it can be read.
    let taken = claimed.distributors.clone();
    let is_it = |order: &Stored<'_>| whose(items, order).iter().all(|own| !taken.contains(own));
    let order = pick(dice, items, claimed, is_it)?;
    claimed.distributors.extend(whose(items, &order));
    let mut item = order.item.clone();
    let name = *dice.pick(&["ver", "currency", "attributed", "lines"]);
    item[name] = json!({ "S": "what" });
    let must = Name::of(Kind::UnreadableItem, order.id, "", "");
    Some(Damage {
        what: "an order cannot be read",
        writes: vec![Write::Put(item)],
        must: vec![must],
        ..Damage::default()
    })
}

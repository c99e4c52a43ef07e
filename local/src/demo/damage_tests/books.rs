//! What is done to the table: orders, lines, balances and days.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use upline_domain::reconcile::Kind;
use upline_domain::time;
use upline_store::Item;
use upline_testkit::World;

use super::{ANY, Claimed, Damage, Dice, EACH, Items, Key, Name, Told};

/// An order that is nowhere, and has a line.
pub(super) const NOBODY: &str = "#nowhere";
const TABLE: &str = "upline";

/// What is written beside the product.
enum Write {
    Put(Item),
    Delete(Key),
}

async fn write(world: &World, write: Write) {
    match write {
        Write::Put(item) => {
            let put = world.client().put_item().table_name(TABLE).set_item(Some(item));
            put.send().await.unwrap();
        }
        Write::Delete((pk, sk)) => {
            let delete = world.client().delete_item().table_name(TABLE);
            let delete = delete.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk));
            delete.send().await.unwrap();
        }
    }
}

fn number(item: &Item, name: &str) -> i64 {
    item.get(name).map_or(0, |value| value.as_n().unwrap().parse().unwrap())
}

fn raise(item: &mut Item, name: &str) {
    let more = number(item, name) + 1;
    item.insert(name.to_owned(), AttributeValue::N(more.to_string()));
}

fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item[name].as_s().unwrap()
}

/// A line that is nobody's yet, and whose own figures, balance and day are more than zero.
struct Line<'a> {
    key: &'a Key,
    item: &'a Item,
    distributor: &'a str,
    order: &'a str,
    balance: (Key, &'a Item),
    day: (Key, &'a Item),
}

fn lines<'a>(items: &'a Items, claimed: &Claimed) -> Vec<Line<'a>> {
    let all = items.iter().filter_map(|(key, item)| {
        let distributor = key.0.strip_prefix("demo#M#")?;
        key.1.strip_prefix("LINE#")?;
        let beside = |sk: String| {
            let key = (key.0.clone(), sk);
            let item = items.get(&key)?;
            Some((key, item))
        };
        let currency = text(item, "currency");
        let balance = beside(format!("BAL#{currency}"))?;
        let day = beside(format!("DAY#{}#{currency}", text(item, "day")))?;
        let order = text(item, "order");
        Some(Line { key, item, distributor, order, balance, day })
    });
    let is_free = |line: &Line<'_>| {
        let is_left = number(line.item, "earned") > number(line.item, "reversed");
        let is_claimed = claimed.orders.contains(line.order);
        is_left && !is_claimed && !claimed.distributors.contains(line.distributor)
    };
    all.filter(is_free).collect()
}

const BOOKS: [&str; 9] = [
    "a line is altered",
    "a line is deleted",
    "a line is ahead of its order",
    "a line stands twice",
    "a line stands under an order that is not here",
    "a balance is altered",
    "a balance is deleted",
    "the figures of a day are altered",
    "the figures of a day are deleted",
];

/// Damages the table.
pub(super) async fn damage(
    world: &World,
    (all, items): (&[Told], &Items),
    dice: &mut Dice,
    claimed: &mut Claimed,
) -> Vec<Damage> {
    let mut damages = Vec::new();
    for what in ORDERS {
        for _ in 0..EACH {
            let (damage, change) = order(what, (all, items), dice, claimed);
            write(world, change).await;
            damages.push(damage);
        }
    }
    for what in BOOKS {
        for _ in 0..EACH {
            let mut free = lines(items, claimed);
            let places: Vec<usize> = (0..free.len()).collect();
            let line = free.swap_remove(*dice.pick(&places).unwrap());
            claimed.orders.insert(line.order.to_owned());
            claimed.distributors.insert(line.distributor.to_owned());
            let (damage, change) = book(what, &line);
            write(world, change).await;
            damages.push(damage);
        }
    }
    damages
}

fn book(what: &'static str, line: &Line<'_>) -> (Damage, Write) {
    let Line { key, distributor, order, balance, day, .. } = line;
    let currency = text(line.item, "currency").to_owned();
    let of_balance = Name::of(Kind::BalanceDrift, "", distributor, &currency);
    let of_day = format!("{} {currency}", text(line.item, "day"));
    let of_day = Name::of(Kind::DailyFigureDrift, "", distributor, &of_day);
    let of_line = Name::of(Kind::LineDrift, order, distributor, "");
    let (mut own, mut is_repairable) = (line.item.clone(), true);
    let (must, change) = match what {
        "a line is altered" => {
            raise(&mut own, "earned");
            (vec![of_line], Write::Put(own))
        }
        "a line is deleted" => (vec![of_line], Write::Delete((*key).clone())),
        "a line is ahead of its order" => {
            raise(&mut own, "ver");
            (vec![of_line], Write::Put(own))
        }
        "a line stands twice" => {
            raise(&mut own, "paid_at");
            let at = Timestamp::from_millisecond(number(&own, "paid_at")).unwrap();
            let at = time::text(at);
            own.insert("sk".to_owned(), AttributeValue::S(format!("LINE#{at}#{order}")));
            (vec![Name::of(Kind::LineDrift, order, distributor, &at)], Write::Put(own))
        }
        "a line stands under an order that is not here" => {
            let at = Timestamp::from_millisecond(number(&own, "paid_at")).unwrap();
            let (at, nobody) = (time::text(at), NOBODY.trim_start_matches('#'));
            own.insert("sk".to_owned(), AttributeValue::S(format!("LINE#{at}{NOBODY}")));
            own.insert("order".to_owned(), AttributeValue::S(nobody.to_owned()));
            is_repairable = false;
            let of_line = Name::of(Kind::LineDrift, nobody, distributor, &at);
            (vec![of_line, of_balance, of_day], Write::Put(own))
        }
        "a balance is altered" => {
            let mut item = balance.1.clone();
            raise(&mut item, "pending");
            (vec![of_balance], Write::Put(item))
        }
        "a balance is deleted" => (vec![of_balance], Write::Delete(balance.0.clone())),
        "the figures of a day are altered" => {
            let mut item = day.1.clone();
            raise(&mut item, "team_sales");
            (vec![of_day], Write::Put(item))
        }
        _ => (vec![of_day], Write::Delete(day.0.clone())),
    };
    // Seen from another day, it is not the sum of its lines that books are.
    let drift = [Kind::BalanceDrift, Kind::DailyFigureDrift];
    let may = drift.map(|kind| Name::of(kind, "", distributor, ANY)).to_vec();
    let may = if what.starts_with("a line") { may } else { Vec::new() };
    (Damage { what, must, may, is_repairable }, change)
}

const ORDERS: [&str; 4] = [
    "an order is deleted",
    "an allocation is altered",
    "a payment is altered",
    "an order cannot be read",
];

fn order(
    what: &'static str,
    (all, items): (&[Told], &Items),
    dice: &mut Dice,
    claimed: &mut Claimed,
) -> (Damage, Write) {
    // What was altered of an order shows on the day of its payment; seen from another it is right.
    let days = |id: &str| {
        let own = all.iter().filter(|one| one.order == id);
        own.filter_map(|one| one.day).collect::<BTreeSet<_>>().len()
    };
    let free: Vec<(&Key, &str)> = items
        .keys()
        .filter_map(|key| Some((key, key.0.strip_prefix("demo#O#").filter(|_| key.1 == "ORDER")?)))
        .filter(|(key, id)| {
            let attributed = items[*key].get("attributed").and_then(|value| value.as_m().ok());
            let earns = attributed.is_some_and(|one| !one["paid"].as_l().unwrap().is_empty());
            let fits = what != "a payment is altered" || days(id) == 1;
            earns && fits && !claimed.orders.contains(*id)
        })
        .collect();
    let (key, id) = *dice.pick(&free).unwrap();
    claimed.orders.insert(id.to_owned());
    // While an order is in question, so are the books that count it.
    let counting =
        items.iter().filter(|((_, sk), item)| sk.starts_with("LINE#") && text(item, "order") == id);
    let counting = counting.filter_map(|((pk, _), _)| pk.strip_prefix("demo#M#"));
    claimed.distributors.extend(counting.map(str::to_owned));
    let mut item = items[key].clone();
    let line_drift = Name::of(Kind::LineDrift, id, ANY, ANY);
    let mut may = vec![line_drift, Name::of(Kind::WrongAllocation, id, "", "")];
    let (must, change) = match what {
        "an order is deleted" => {
            let own = all.iter().filter(|one| one.order == id);
            let names = own.map(|one| Name::of(one.kind.unwrap(), id, "", &one.about));
            (names.collect(), Write::Delete(key.clone()))
        }
        "an allocation is altered" => {
            let AttributeValue::M(attributed) = item.get_mut("attributed").unwrap() else {
                panic!("{id}")
            };
            let AttributeValue::L(paid) = attributed.get_mut("paid").unwrap() else {
                panic!("{id}")
            };
            let AttributeValue::M(first) = &mut paid[0] else { panic!("{id}") };
            raise(first, "m");
            (vec![may.remove(1)], Write::Put(item))
        }
        "a payment is altered" => {
            let AttributeValue::L(lines) = item.get_mut("lines").unwrap() else { panic!("{id}") };
            let AttributeValue::M(first) = &mut lines[0] else { panic!("{id}") };
            raise(first, "p");
            (vec![Name::of(Kind::AmountsDiffer, id, "", "")], Write::Put(item))
        }
        _ => {
            item.insert("ver".to_owned(), AttributeValue::S("what".to_owned()));
            (vec![Name::of(Kind::UnreadableItem, id, "", "")], Write::Put(item))
        }
    };
    (Damage { what, must, may, is_repairable: what == "an order is deleted" }, change)
}

//! What a reconciliation finds of an order: whatever was altered is named, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use upline_domain::allocation::{Allocation, Attribution, CALCULATION_VERSION};
use upline_domain::ids::OrderId;
use upline_domain::limits::AMOUNT_MINOR_MAX;
use upline_domain::money::{Currency, Money};
use upline_domain::order::{Line, Paid, Payment, Record, Refund, Refunded};
use upline_domain::reconcile::{
    Act, Compared, Difference, FactName, Kind, Listed, listed, record, unlisted,
};
use upline_domain::reverse::reversed;

use crate::arbitrary::{World, money, paid_at, world};
use crate::cases;
use crate::refunds::{self, facts, refunds};

pub(crate) fn order() -> OrderId {
    "A1".parse().unwrap()
}

/// The names of what differs, each with two values that are not the same.
pub(crate) fn names(difference: &Difference) -> BTreeSet<String> {
    let both = |one: &Compared| one.expected != one.found;
    assert!(difference.values.iter().all(both), "{difference:?}");
    let names: BTreeSet<String> = difference.values.iter().map(|one| one.name.clone()).collect();
    assert_eq!(names.len(), difference.values.len(), "{difference:?}: each once");
    names
}

/// Another amount: one more, or of the largest one less.
pub(crate) fn more(amount: Money) -> Money {
    money(if amount.minor() < AMOUNT_MINOR_MAX { amount.minor() + 1 } else { amount.minor() - 1 })
}

/// An order with one fact altered, by the name of it; whether it has that fact.
fn altered_payment(of: &mut Payment, name: &str, place: usize) -> Option<String> {
    let named = |line: &Line| format!("lines[{}].{name}", line.id);
    let count = of.lines.len();
    let line = &mut of.lines[place % count];
    match name {
        "buyer_id" => of.buyer = "another".parse().unwrap(),
        "paid_at" => of.paid_at += SignedDuration::from_millis(1),
        // Of as many digits, so that no amount is written otherwise.
        "currency" => of.currency = "EUR".parse().unwrap(),
        "region" => of.region = Some("elsewhere".parse().unwrap()),
        "invite_code" => of.invite_code = Some("ANN".parse().unwrap()),
        "discount" => of.discount = money(of.discount.minor().checked_sub(1)?),
        "sku" => line.sku = "another".parse().unwrap(),
        "category" => {
            let none = line.category.is_none();
            line.category = none.then(|| "z".parse().unwrap());
        }
        "quantity" => line.quantity += 1,
        "unit_price" => line.unit_price = more(line.unit_price),
        "line discount" => {
            line.discount = money(line.discount.minor().checked_sub(1)?);
            return Some(format!("lines[{}].discount", line.id));
        }
        "unit_cost" => line.unit_cost = Some(line.unit_cost.map_or(money(1), more)),
        other => unreachable!("{other}"),
    }
    let of_line = ["sku", "category", "quantity", "unit_price", "unit_cost"].contains(&name);
    Some(if of_line { named(&of.lines[place % count]) } else { name.to_owned() })
}

const OF_PAYMENT: [&str; 12] = [
    "buyer_id",
    "paid_at",
    "currency",
    "region",
    "invite_code",
    "discount",
    "sku",
    "category",
    "quantity",
    "unit_price",
    "line discount",
    "unit_cost",
];

fn paid(world: &World) -> Paid {
    Paid::new(world.payment.clone()).unwrap()
}

fn of_payment(paid: &Paid) -> Record {
    Record {
        paid: Some(paid.clone()),
        attributed: None,
        refunds: BTreeMap::new(),
        completed_at: None,
        version: 1,
    }
}

/// A record as it was calculated, with any refunds and a completion.
fn whole(world: &World, raw: Vec<((u8, u16), (Currency, Refunded))>) -> Option<Record> {
    let record = refunds::record(world)?;
    let facts = facts(raw).into_iter().map(|((_, id), refund)| (id, refund));
    let completed_at = Some(paid_at() + SignedDuration::from_hours(2));
    Some(Record { refunds: facts.collect(), completed_at, ..record })
}

/// What is wrong with a record by the plan of its world.
fn wrong(of: &Record, world: &World) -> Vec<Difference> {
    record(&order(), of, Some(&world.plan)).unwrap()
}

/// Its own allocations with one altered somehow; none where there is nothing to alter.
fn altered(attributed: &Attribution, how: u8, place: Index) -> Option<Vec<Allocation>> {
    let mut all = attributed.allocations.clone();
    if how == 0 {
        let lines = vec![(0, money(1))];
        let ancestor = attributed.frozen.lineage.len();
        all.push(Allocation { ancestor, depth: 1, amount: money(1), lines });
        return Some(all);
    }
    let place = (!all.is_empty()).then(|| place.index(all.len()))?;
    let one = &mut all[place];
    match how {
        1 => one.amount = more(one.amount),
        2 => one.amount = money(one.amount.minor().checked_sub(1)?),
        3 => one.depth += 1,
        4 => one.ancestor += 1,
        5 => one.lines.first_mut()?.1 = more(one.lines.first()?.1),
        6 => drop(one.lines.pop()?),
        7 => one.lines.push((usize::MAX, money(1))),
        8 => drop(all.remove(place)),
        9 => all.push(all[place].clone()),
        _ if all.len() > 1 => all.rotate_left(1),
        _ => return None,
    }
    Some(all)
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// Of a payment that both have, whatever is altered is named, line by line, and the total where
    /// that is another; nothing else is.
    #[test]
    fn what_is_altered_in_a_payment_is_named(
        world in world(),
        fields in subsequence(OF_PAYMENT.to_vec(), 0..=OF_PAYMENT.len()),
        place in 0_usize..8,
    ) {
        let shop = paid(&world);
        let mut payment = world.payment.clone();
        let altered = fields.iter().filter_map(|name| altered_payment(&mut payment, name, place));
        let mut want: BTreeSet<String> = altered.collect();
        // More than an order may hold.
        let Ok(books) = Paid::new(payment) else { return Ok(()) };
        if shop.total() != books.total() {
            want.insert("paid".to_owned());
        }
        let found = listed(&order(), Listed::Paid(&shop), Some(&of_payment(&books)));
        prop_assert_eq!(found.as_ref().map(names).unwrap_or_default(), want);
        if let Some(one) = found {
            prop_assert_eq!((one.kind, one.act), (Kind::AmountsDiffer, Act::Look));
        }
    }

    /// A line that only one has is named with all of its facts; another order of the lines is too.
    #[test]
    fn a_line_that_only_one_has_is_named(world in world(), place in any::<Index>()) {
        let shop = paid(&world);
        let count = world.payment.lines.len();
        if count == 1 {
            return Ok(());
        }
        let mut payment = world.payment.clone();
        payment.lines.rotate_left(1);
        let turned = Paid::new(payment).unwrap();
        let found = listed(&order(), Listed::Paid(&shop), Some(&of_payment(&turned))).unwrap();
        prop_assert_eq!(names(&found), BTreeSet::from(["the order of the lines".to_owned()]));

        let mut payment = world.payment.clone();
        let gone = payment.lines.remove(place.index(count));
        payment.discount = Money::ZERO;
        let books = Paid::new(payment).unwrap();
        let facts = ["sku", "quantity", "unit_price", "discount"].into_iter();
        let facts = facts.chain(gone.category.as_ref().map(|_| "category"));
        let facts = facts.chain(gone.unit_cost.map(|_| "unit_cost"));
        let mut want: BTreeSet<String> =
            facts.map(|name| format!("lines[{}].{name}", gone.id)).collect();
        want.extend((shop.total() != books.total()).then(|| "paid".to_owned()));
        want.extend((shop.discount > Money::ZERO).then(|| "discount".to_owned()));
        for (shop, books) in [(&shop, &books), (&books, &shop)] {
            let found = listed(&order(), Listed::Paid(shop), Some(&of_payment(books))).unwrap();
            prop_assert_eq!(names(&found), want.clone());
        }
    }

    /// Facts that both have are no difference; those that the books lack are to be fed, each by
    /// itself.
    #[test]
    fn the_same_facts_are_no_difference(world in world(), raw in refunds()) {
        let Some(record) = whole(&world, raw) else { return Ok(()) };
        let (shop, at) = (record.paid.as_ref().unwrap(), record.completed_at.unwrap());
        let all = [Listed::Paid(shop), Listed::Completed(at)].into_iter();
        let refunds = record.refunds.iter().map(|(id, refund)| Listed::Refunded(id, refund));
        let nothing = Record {
            paid: None, refunds: BTreeMap::new(), completed_at: None, ..record.clone()
        };
        for fact in all.chain(refunds) {
            prop_assert_eq!(listed(&order(), fact, Some(&record)), None);
            for record in [None, Some(&nothing)] {
                let lacks = listed(&order(), fact, record).unwrap();
                let (kind, about) = match fact {
                    Listed::Paid(_) => (Kind::MissingHere, String::new()),
                    Listed::Refunded(id, _) => (Kind::RefundMissing, id.to_string()),
                    Listed::Completed(_) => (Kind::CompletionMissing, String::new()),
                };
                prop_assert_eq!((lacks.kind, lacks.act), (kind, Act::Feed));
                prop_assert_eq!(&lacks.about, &about);
                prop_assert!(!names(&lacks).is_empty());
            }
        }
    }

    /// Of a refund that both have, whatever is altered is named.
    #[test]
    fn what_is_altered_in_a_refund_is_named(
        world in world(), raw in refunds(), alter in any::<[bool; 3]>(),
    ) {
        let Some(record) = whole(&world, raw) else { return Ok(()) };
        for (id, refund) in &record.refunds {
            let mut shop: Refund = refund.clone();
            let mut want = BTreeSet::new();
            if alter[0] {
                shop.refunded_at += SignedDuration::from_millis(1);
                want.insert("refunded_at".to_owned());
            }
            if alter[1] {
                shop.currency = "EUR".parse().unwrap();
                want.insert("currency".to_owned());
            }
            if alter[2] {
                let name = match &mut shop.goods {
                    Refunded::Amount(amount) => {
                        *amount = more(*amount);
                        "amount".to_owned()
                    }
                    Refunded::Lines(lines) => {
                        let (line, amount) = &mut lines[0];
                        *amount = more(*amount);
                        format!("lines[{line}].amount")
                    }
                };
                want.insert(name);
            }
            let found = listed(&order(), Listed::Refunded(id, &shop), Some(&record));
            prop_assert_eq!(found.as_ref().map(names).unwrap_or_default(), want);
            if let Some(one) = found {
                let told = (one.kind, one.act, one.about);
                prop_assert_eq!(told, (Kind::RefundDiffers, Act::Look, id.to_string()));
            }
        }
        let at = record.completed_at.unwrap();
        let later = Listed::Completed(at + SignedDuration::from_millis(1));
        let found = listed(&order(), later, Some(&record)).unwrap();
        prop_assert_eq!((found.kind, found.act), (Kind::CompletionDiffers, Act::Look));
        prop_assert_eq!(names(&found), BTreeSet::from(["completed_at".to_owned()]));
    }

    /// Whatever the books have of the day that the list does not name is told once; what is of
    /// another day, or named, is not.
    #[test]
    fn what_the_list_does_not_name_is_told_once(
        world in world(), raw in refunds(), day in 0_i64..4, named in any::<u64>(),
    ) {
        let Some(record) = whole(&world, raw) else { return Ok(()) };
        let of_day = |at: Timestamp| at >= paid_at() + SignedDuration::from_hours(day);
        let is_named = |place: usize| named >> (place % 64) & 1 == 1;
        let places: BTreeMap<_, usize> = record.refunds.keys().zip(2..).collect();
        let place = |fact: &FactName<'_>| match fact {
            FactName::Paid => 0,
            FactName::Completed => 1,
            FactName::Refunded(id) => places[id],
        };
        let told = unlisted(&order(), &record, of_day, |fact| is_named(place(fact)));
        let mut want = Vec::new();
        if of_day(paid_at()) && !is_named(0) {
            want.push((Kind::MissingThere, String::new()));
        }
        for (id, refund) in &record.refunds {
            if of_day(refund.refunded_at) && !is_named(places[id]) {
                want.push((Kind::RefundMissingThere, id.to_string()));
            }
        }
        if of_day(record.completed_at.unwrap()) && !is_named(1) {
            want.push((Kind::CompletionMissingThere, String::new()));
        }
        let found: Vec<_> = told.iter().map(|one| (one.kind, one.about.clone())).collect();
        prop_assert_eq!(found, want);
        prop_assert!(told.iter().all(|one| one.act == Act::Look && !names(one).is_empty()));
    }

    /// Of a record as it was calculated nothing is found; any altered allocation is, and named. Of
    /// another version of the calculation only what none could come to is.
    #[test]
    fn an_altered_allocation_is_found(world in world(), how in 0_u8..11, place in any::<Index>()) {
        let Some(own) = refunds::record(&world) else { return Ok(()) };
        prop_assert_eq!(wrong(&own, &world), []);
        let attributed = own.attributed.as_ref().unwrap();
        let Some(allocations) = altered(attributed, how, place) else { return Ok(()) };
        let with = |attributed: Attribution| Record { attributed: Some(attributed), ..own.clone() };
        let attributed = Attribution { allocations, ..attributed.clone() };
        let found = wrong(&with(attributed.clone()), &world);
        let [one] = &found[..] else { panic!("{how}: {found:?}") };
        prop_assert_eq!((one.kind, one.act), (Kind::WrongAllocation, Act::Look));
        prop_assert!(!names(one).is_empty());
        let calculation_version = CALCULATION_VERSION + 1;
        let other = with(Attribution { calculation_version, ..attributed });
        // Such as a part of a line that is not there.
        let is_impossible = reversed(&other).is_err();
        let kinds: Vec<Kind> = wrong(&other, &world).iter().map(|one| one.kind).collect();
        prop_assert_eq!(kinds, Vec::from_iter(is_impossible.then_some(Kind::WrongAllocation)));
    }

    /// So is an order whose plan cannot be read any more, and a rule that decided otherwise.
    #[test]
    fn what_cannot_be_calculated_again_is_found(world in world(), place in any::<Index>()) {
        let Some(own) = refunds::record(&world) else { return Ok(()) };
        let found = record(&order(), &own, None).unwrap();
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(names(&found[0]), BTreeSet::from(["plan_version".to_owned()]));

        let mut attributed = own.attributed.clone().unwrap();
        let place = place.index(attributed.lines.len());
        let is_ruled = attributed.lines[place].take().is_some();
        let id = &own.paid.as_ref().unwrap().lines[place].id;
        let found = wrong(&Record { attributed: Some(attributed), ..own.clone() }, &world);
        let want = is_ruled.then(|| format!("lines[{id}].rule"));
        prop_assert_eq!(found.iter().flat_map(names).collect::<Vec<_>>(), Vec::from_iter(want));
    }

    /// Whatever is wrong with its refunds is told, once a refund; and all of an order that was
    /// never paid.
    #[test]
    fn problems_of_refunds_are_told_once(world in world(), raw in refunds()) {
        let Some(own) = whole(&world, raw) else { return Ok(()) };
        let told: BTreeMap<String, BTreeSet<String>> = wrong(&own, &world)
            .iter()
            .map(|one| {
                assert_eq!((one.kind, one.act), (Kind::ProblemFlag, Act::Look));
                (one.about.clone(), names(one))
            })
            .collect();
        let problems = reversed(&own).unwrap().problems_of.into_iter();
        let problems = problems.filter(|(_, all)| !all.is_empty()).map(|(id, all)| {
            (id.to_string(), all.iter().map(|one| one.as_str().to_owned()).collect())
        });
        prop_assert_eq!(told, problems.collect());

        let orphan = Record { paid: None, attributed: None, ..own.clone() };
        let told = wrong(&orphan, &world);
        let refunds = own.refunds.keys().map(|id| (Kind::OrphanRefund, id.to_string()));
        let want = refunds.chain([(Kind::OrphanCompletion, String::new())]);
        let found: Vec<_> = told.into_iter().map(|one| (one.kind, one.about)).collect();
        prop_assert_eq!(found, want.collect::<Vec<_>>());
    }
}

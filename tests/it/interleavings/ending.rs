//! What came of a meeting, in words, and the rules that hold whatever came of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;
use upline_domain::contribution::contributions;
use upline_domain::ids::DistributorId;
use upline_domain::member::Member;
use upline_domain::order::{Record, State};
use upline_lambda::Changed;
use upline_store::Item;
use upline_testkit::explore::Fault;
use upline_testkit::{World, books, now};

/// What came of it: for each order `o1: cat 10.00, bob 5.00`; for each buyer to whom they are
/// bound, and which order is their first; for each distributor their lineage; what is parked.
pub(super) async fn facts(world: &World) -> BTreeSet<String> {
    let mut said: Vec<String> = Vec::new();
    for member in members(world).await {
        let lineage = member.lineage.iter().map(DistributorId::as_str);
        said.push(format!("{} below {}", member.id, lineage.collect::<Vec<_>>().join(", ")));
    }
    for (id, record) in records(world).await {
        said.push(format!("{id}: {}", earned(&record)));
    }
    for item in world.items().await {
        if text(&item, "sk") == "BUYER" {
            let buyer = text(&item, "pk").replace("demo#B#", "");
            let bound = item.contains_key("distributor").then(|| text(&item, "distributor"));
            let first = item.contains_key("first_order").then(|| text(&item, "first_order"));
            said.extend(bound.map(|distributor| format!("{buyer} through {distributor}")));
            said.extend(first.map(|order| format!("{buyer} first with {order}")));
        }
    }
    for parked in world.parked().await {
        said.push(format!("parked: {} {}", parked.id.event, parked.code));
    }
    said.into_iter().collect()
}

/// What came of it, where all of this holds: a row waits for nobody who is there; the books are the
/// sum of what there is once it is posted; and every event once more changes nothing.
pub(super) async fn whole(
    world: &World,
    events: &[Value],
    fault: Fault,
) -> Result<BTreeSet<String>, String> {
    let ending = facts(world).await;
    once(world).await?;
    rows(world, fault).await?;
    recounted(world).await?;
    for event in events {
        let again = world.try_send(event).await;
        again.map_err(|error| format!("a repeat ends in an error: {error}"))?;
    }
    let after = facts(world).await;
    if after != ending {
        return Err(format!("a repeat of all events makes of\n{ending:?}\nthis:\n{after:?}"));
    }
    once(world).await?;
    rows(world, Fault::None).await?;
    recounted(world).await?;
    Ok(ending)
}

async fn records(world: &World) -> BTreeMap<String, Record> {
    let everything = world.everything().await.into_iter();
    let orders = everything.filter_map(|changed| match changed {
        Changed::Order(order) => Some((order.id.to_string(), order.record)),
        Changed::Member(..) | Changed::Damaged { .. } => None,
    });
    orders.collect()
}

fn earned(record: &Record) -> String {
    let (Some(attributed), Some(paid)) = (&record.attributed, &record.paid) else {
        return record.state().as_str().to_owned();
    };
    let earned = attributed.allocations.iter().map(|allocation| {
        let who = &attributed.frozen.lineage[allocation.ancestor].id;
        format!("{who} {}", allocation.amount.text(paid.currency))
    });
    earned.collect::<Vec<_>>().join(", ")
}

fn text(item: &Item, name: &str) -> String {
    item[name].as_s().unwrap().clone()
}

/// An order was written once for each fact at the most; and one that was calculated as its buyer's
/// first is the one that the buyer's item names.
async fn once(world: &World) -> Result<(), String> {
    let items = world.items().await;
    for (id, Record { paid, attributed, refunds, completed_at, version }) in records(world).await {
        let facts = [paid.is_some(), attributed.is_some(), completed_at.is_some()];
        let facts = facts.iter().filter(|fact| **fact).count() + refunds.len();
        if version > u64::try_from(facts).unwrap() {
            return Err(format!("{id} has {facts} facts, and was written {version} times"));
        }
        let (Some(paid), Some(attributed)) = (paid, attributed) else { continue };
        let buyer = format!("demo#B#{}", paid.buyer);
        let names = |item: &&Item| {
            text(item, "pk") == buyer
                && item.get("first_order").is_some_and(|first| first.as_s() == Ok(&id))
        };
        if attributed.frozen.first_order != items.iter().any(|item| names(&item)) {
            return Err(format!("{id} is first in one item and not in the other"));
        }
    }
    Ok(())
}

/// A row is there for each order that waits for a binding, and none for what need not wait. Only
/// where somebody crashed between putting down that they wait and looking once more, or between
/// doing what waited and removing its row, and another did it meanwhile, may that row be left. It
/// does no harm: what it holds is done, doing it again changes nothing, and the next repeat of the
/// binding or registration that it waited for removes it.
async fn rows(world: &World, fault: Fault) -> Result<(), String> {
    let items = world.items().await;
    let keys: BTreeSet<(String, String)> =
        items.iter().map(|item| (text(item, "pk"), text(item, "sk"))).collect();
    let records = records(world).await;
    let waits = |order: &str| records.get(order).is_some_and(|one| one.state() == State::Waiting);
    for (pk, sk) in &keys {
        let stale = if let Some(order) = sk.strip_prefix("WAIT#") {
            !waits(order) && fault != Fault::Crash
        } else if sk.starts_with("AWAIT#") && fault != Fault::Crash {
            ["CODE", "MEMBER"].iter().any(|known| keys.contains(&(pk.clone(), (*known).to_owned())))
        } else {
            false
        };
        if stale {
            return Err(format!("{pk} {sk} waits for nothing"));
        }
    }
    for (id, record) in &records {
        if let Some(paid) = record.paid.as_ref().filter(|_| waits(id)) {
            let row = (format!("demo#B#{}", paid.buyer), format!("WAIT#{id}"));
            if !keys.contains(&row) {
                return Err(format!("{id} waits, and no row says so"));
            }
        }
    }
    Ok(())
}

/// Counts everything as it is now, and holds the books against it.
pub(super) async fn recounted(world: &World) -> Result<(), String> {
    let posted = post_ledger::handle(&world.store, now(), world.everything().await).await;
    posted.map_err(|error| format!("a recount ends in an error: {error}"))?;
    counted(world).await
}

/// Holds the books of everybody against the sum of what the orders and distributors add.
pub(super) async fn counted(world: &World) -> Result<(), String> {
    let (records, members) = (records(world).await, members(world).await);
    let (mut balances, mut days, mut teams) = (Vec::new(), Days::new(), BTreeMap::new());
    for Member { id, .. } in &members {
        balances.push((id.clone(), world.balances(id.as_str()).await));
        let period = upline_store::Period::default();
        let page = world.store.days(&world.tenant, id, period, 1_000, None).await;
        for day in page.map_err(|error| error.to_string())?.items {
            let sums = [day.own_sales, day.team_sales, day.earned, day.reversed];
            let mut figures = vec![day.orders];
            figures.extend(sums.map(upline_domain::money::SignedMoney::minor));
            figures.push(day.recruits.unwrap_or(0));
            add(&mut days, (id, day.date), &figures);
        }
        let team = world.store.team_counts(&world.tenant, id).await;
        teams.insert(id.clone(), team.map_err(|error| error.to_string())?);
    }
    days.retain(|_, figures| figures.iter().any(|figure| *figure != 0));
    same("balances", &books::of_balances(balances), &books::of_records(records.values()))?;
    same("days", &days, &days_of(records.values(), &members))?;
    same("teams", &teams, &teams_of(&members))
}

/// By distributor and date: own orders, own sales, team sales, earned, reversed, recruits.
type Days = BTreeMap<(String, Date), Vec<i64>>;

fn add(days: &mut Days, (id, date): (&DistributorId, Date), figures: &[i64]) {
    let day = days.entry((id.to_string(), date)).or_insert_with(|| vec![0; 6]);
    day.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
}

fn days_of<'a>(records: impl Iterator<Item = &'a Record>, members: &[Member]) -> Days {
    let mut days = Days::new();
    for (id, one) in records.flat_map(|record| contributions(record).unwrap()) {
        let sums = [one.own_sales, one.team_sales, one.earned, one.reversed];
        let mut figures = vec![i64::from(one.own_orders)];
        figures.extend(sums.map(|sum| i64::try_from(sum.minor()).unwrap()));
        add(&mut days, (&id, one.day), &figures);
    }
    for member in members {
        if let Some(sponsor) = member.lineage.first() {
            add(&mut days, (sponsor, member.registered_on), &[0, 0, 0, 0, 0, 1]);
        }
    }
    days
}

fn teams_of(members: &[Member]) -> BTreeMap<DistributorId, Vec<u64>> {
    let below = |id: &DistributorId, depth: usize| {
        members.iter().filter(|one| one.lineage.get(depth) == Some(id)).count()
    };
    let counts = |id| (0..5).map(|depth| u64::try_from(below(id, depth)).unwrap()).collect();
    members.iter().map(|member| (member.id.clone(), counts(&member.id))).collect()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, are: &T, want: &T) -> Result<(), String> {
    if are == want { Ok(()) } else { Err(format!("{what} are\n{are:?}\nand not\n{want:?}")) }
}

async fn members(world: &World) -> Vec<Member> {
    let everything = world.everything().await.into_iter();
    let members = everything.filter_map(|changed| match changed {
        Changed::Member(_, member) => Some(*member),
        Changed::Order(_) | Changed::Damaged { .. } => None,
    });
    members.collect()
}

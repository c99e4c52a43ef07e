//! What a tenant's part of the table has to hold once all is quiet.
//!
//! Some things depend on what came first: which of two contradictions stands, by which binding an
//! order was attributed, whether it was the buyer's first. These are read from the table, and have
//! to be one of what was sent and one of what may be; all the rest follows from them, and the
//! reference ledger says how.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};
use upline_testkit::events::with;
use upline_testkit::reference::{Activation, Answer, Ledger, Pinned};

use super::raw::{amount, each, list, map, number, pairs, text};
use super::run::{Held, Items};
use super::script::{Changing, Script, What};
use super::sent::{Sent, time};
use crate::worlds::compare::same;
use crate::worlds::story::given_code;

/// One tenant's part of the table.
pub(crate) struct Part<'a> {
    pub(crate) tenant: &'static str,
    pub(crate) items: &'a Items,
}

impl<'a> Part<'a> {
    pub(crate) fn item(&self, kind: &str, id: &str, sk: &str) -> Option<&'a Value> {
        self.items.get(&(format!("{}#{kind}#{id}", self.tenant), sk.to_owned()))
    }

    /// The items of a kind, by id and what follows `sk` in their sort key.
    pub(crate) fn of(&self, kind: &str, sk: &str) -> Vec<(&'a str, &'a str, &'a Value)> {
        let partition = format!("{}#{kind}#", self.tenant);
        let own = self.items.iter().filter_map(|((pk, at), item)| {
            Some((pk.strip_prefix(&partition)?, at.strip_prefix(sk)?, item))
        });
        own.collect()
    }
}

/// Holds a tenant's part of the table against what was sent.
///
/// # Errors
///
/// * What is wrong, in words.
pub(crate) fn check(part: &Part<'_>, script: &Script) -> Held {
    let sent = Sent::of(part.tenant, script);
    let mut ledger = Ledger::without_plan(part.tenant, given_code);
    plans(part, script, &mut ledger)?;
    standings(part, script, &mut ledger)?;
    people(part, &sent, &mut ledger)?;
    orders(part, &sent, &mut ledger)?;
    sent.all_are_kept(part)?;
    books(part, &ledger)
}

/// Tells the ledger by which versions orders were calculated: those that were activated, each of
/// which somebody asked for.
fn plans(part: &Part<'_>, script: &Script, ledger: &mut Ledger) -> Held {
    let asked = changes(part.tenant, script);
    let Some(active) = part.items.get(&(format!("{}#P", part.tenant), "ACTIVE".to_owned())) else {
        return Ok(());
    };
    for one in list(active, "active") {
        let one = &one["M"];
        let version = amount(one, "version");
        let from = instant(amount(one, "from"));
        let key = (format!("{}#P", part.tenant), format!("V#{version:06}"));
        let document = part.items.get(&key).and_then(|item| text(item, "document"));
        let document: Value = serde_json::from_str(document.unwrap_or("null")).unwrap();
        let rollout = text(one, "rollout");
        let policy_rate = asked.iter().find_map(|(wanted, what)| match what {
            Changing::Plan { document: own, policy_rate, rollout: share }
                if *own == document && is_share(*share, rollout) && is_when(*wanted, from) =>
            {
                Some(*policy_rate)
            }
            _ => None,
        });
        let policy_rate = policy_rate.ok_or(format!("nobody activated {one}"))?;
        let version = u32::try_from(version).unwrap();
        let rollout = rollout.map(str::to_owned);
        ledger.activate(&Activation { from, version, rollout }, &document, policy_rate);
    }
    Ok(())
}

fn is_share(asked: Option<&str>, held: Option<&str>) -> bool {
    let trimmed = |rate: &str| rate.trim_end_matches('0').to_owned();
    asked.map(trimmed) == held.map(trimmed)
}

/// Whether a change that was wanted from a time on may hold from another: from the very time, or,
/// where none was wanted, from any.
fn is_when(wanted: Option<Timestamp>, from: Timestamp) -> bool {
    wanted.is_none_or(|wanted| wanted.as_millisecond() == from.as_millisecond())
}

pub(crate) fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

/// Every change by hand that a tenant asked for.
fn changes<'a>(tenant: &str, script: &'a Script) -> Vec<(Option<Timestamp>, &'a Changing)> {
    let first = script.first.iter().filter(|(own, _)| *own == tenant);
    let first = first.filter_map(|(_, plan)| plan.as_ref());
    let later = script.arrivals.iter().filter(|arrival| arrival.tenant == tenant);
    let later = later.filter_map(|arrival| match &arrival.what {
        What::Change(change) => Some(change),
        What::Event(_) => None,
    });
    first.chain(later).map(|change| (change.from, &change.what)).collect()
}

/// Tells the ledger what everybody was from when.
fn standings(part: &Part<'_>, script: &Script, ledger: &mut Ledger) -> Held {
    let asked = changes(part.tenant, script);
    for (id, _, member) in part.of("M", "MEMBER") {
        for (name, is_level) in [("levels", true), ("statuses", false)] {
            for entry in list(member, name) {
                let entry = &entry["M"];
                let (from, value) = (instant(amount(entry, "t")), text(entry, "v").unwrap());
                let is_asked = asked.iter().any(|(wanted, what)| {
                    is_when(*wanted, from)
                        && match what {
                            Changing::Level { distributor, level } => {
                                is_level && distributor == id && level == value
                            }
                            Changing::Status { distributor, status } => {
                                !is_level && distributor == id && *status == value
                            }
                            Changing::Plan { .. } => false,
                        }
                });
                if !is_asked {
                    return Err(format!("nobody made {id} {value} from {from}"));
                }
                if is_level {
                    ledger.change_level(id, from, value);
                } else {
                    ledger.change_status(id, from, value);
                }
            }
        }
    }
    Ok(())
}

/// Tells the ledger who is registered and who is bound to whom, as it was sent.
fn people(part: &Part<'_>, sent: &Sent, ledger: &mut Ledger) -> Held {
    for (id, _, member) in part.of("M", "MEMBER") {
        let event = sent.registration_of(id, member, part);
        let event = event.ok_or(format!("nobody registered {id} as it is kept: {member}"))?.clone();
        let code = text(member, "code").unwrap();
        let given = |tried| given_code(part.tenant, id, tried);
        if event["detail"]["data"]["own_code"] != *code && !(0..8).map(given).any(|own| own == code)
        {
            return Err(format!("{id} has a code that is nobody's wish: {code}"));
        }
        // Whose wish for a code came first is settled: the ledger is told of the code and of the
        // sponsor as they are.
        ledger.take(&with(event, |data| {
            data["own_code"] = json!(code);
            if let Some(sponsor) = list(member, "lineage").first() {
                data["sponsor_id"] = sponsor["S"].clone();
                data["invite_code"] = Value::Null;
            }
        }));
    }
    for (id, _, member) in part.of("M", "MEMBER") {
        let lineage: Vec<&str> =
            list(member, "lineage").iter().map(|one| one["S"].as_str().unwrap()).collect();
        let wanted = ledger.lineage(id);
        same(
            &format!("the lineage of {id}"),
            Some(lineage),
            wanted.as_ref().map(|ids| ids.iter().map(String::as_str).collect()),
        )?;
    }
    for (buyer, _, item) in part.of("B", "BUYER") {
        let Some(distributor) = text(item, "distributor") else { continue };
        let bound_at = instant(amount(item, "bound_at"));
        if !sent.binds(buyer, distributor, bound_at, part) {
            return Err(format!("nobody bound {buyer} as it is kept: {item}"));
        }
        let data = json!({
            "buyer_id": buyer, "distributor_id": distributor, "bound_at": bound_at.to_string(),
        });
        let event = upline_testkit::events::event("BuyerBound", "standing", &data);
        same("a binding that is kept", ledger.take(&event).word, "created")?;
    }
    Ok(())
}

/// Tells the ledger of every fact of every order that is kept, each of which was sent, and by what
/// those that are attributed were: then each order has to be what the ledger says.
fn orders(part: &Part<'_>, sent: &Sent, ledger: &mut Ledger) -> Held {
    let mut firsts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let kept = part.of("O", "ORDER");
    for (id, _, item) in &kept {
        let attributed = map(item, "attributed");
        if item.get("payment").is_some() {
            let event = sent.payment_of(id, item);
            let event = event.ok_or(format!("nobody sent the payment of {id} as it is kept"))?;
            if let Some(attributed) = attributed {
                let pinned = pinned(attributed);
                if pinned.first_order {
                    firsts.entry(text(item, "buyer").unwrap()).or_default().push(id);
                }
                ledger.pin(id, pinned);
            }
            let answer = ledger.take(event);
            if attributed.is_none() {
                may_wait(part, id, answer)?;
            }
        }
        for (refund, kept) in each(item, "refund#") {
            let event = sent.refund_of(id, refund, &kept["M"]);
            let event = event.ok_or(format!("nobody sent the refund {refund} of {id}: {kept}"))?;
            ledger.take(event);
        }
        if let Some(at) = number(item, "completed_at") {
            let event = sent.completion_of(id, instant(at));
            ledger.take(event.ok_or(format!("nobody completed {id} at {at}"))?);
        }
    }
    for (id, _, item) in &kept {
        let Some(attributed) = map(item, "attributed") else { continue };
        same(
            &format!("the version of the plan of {id}"),
            Some(amount(attributed, "plan")),
            ledger.version_of(id).map(i64::from),
        )?;
        let texts = list(attributed, "lineage").iter();
        let lineage: Vec<String> = texts.map(|one| one["S"].as_str().unwrap().to_owned()).collect();
        let may_be = ledger.lineages(id);
        if !may_be.contains(&lineage) {
            return Err(format!("{id} came through {lineage:?}, which is none of {may_be:?}"));
        }
    }
    claims(part, &kept, &firsts)
}

/// An order that is paid and not attributed waits for somebody who is not there, or cannot be
/// calculated and is parked for that.
fn may_wait(part: &Part<'_>, id: &str, answer: Answer) -> Held {
    let parked = part.of("X", "").into_iter().any(|(_, _, item)| {
        let event = text(item, "event").and_then(|text| serde_json::from_str(text).ok());
        let event: Value = event.unwrap_or_default();
        event["detail"]["data"]["order_id"] == *id && text(item, "code") == answer.code
    });
    match answer.word {
        "waiting" => Ok(()),
        "parked" if parked => Ok(()),
        _ => Err(format!("{id} waits, and should be {answer:?}")),
    }
}

/// Each buyer with an order that is attributed has one that is the first, and claimed it.
fn claims(
    part: &Part<'_>,
    kept: &[(&str, &str, &Value)],
    firsts: &BTreeMap<&str, Vec<&str>>,
) -> Held {
    let attributed = kept.iter().filter(|(_, _, item)| item.get("attributed").is_some());
    let buyers: BTreeSet<&str> =
        attributed.filter_map(|(_, _, item)| text(item, "buyer")).collect();
    for buyer in buyers {
        let claimed = part.item("B", buyer, "BUYER").and_then(|item| text(item, "first_order"));
        let firsts = firsts.get(buyer).cloned().unwrap_or_default();
        same(&format!("the first orders of {buyer}"), firsts, claimed.into_iter().collect())?;
    }
    Ok(())
}

/// What an order was attributed by, as it is kept.
fn pinned(attributed: &Value) -> Pinned {
    let texts = list(attributed, "lineage").iter().filter_map(|one| one["S"].as_str());
    let lineage: Vec<String> =
        texts.map(|one| one.split(' ').next().unwrap_or_default().to_owned()).collect();
    let sold = pairs(list(attributed, "sold")).into_iter();
    let sold = sold.map(|(place, sold)| (lineage[usize::try_from(place).unwrap()].clone(), sold));
    Pinned { first_order: attributed["first"]["BOOL"] == true, sold: sold.collect(), lineage }
}

/// Figures by what they are of, those of zero left out.
type Figures = BTreeMap<String, i64>;

/// Balances, days and team counts are what the ledger works out from the facts, and allocations are
/// what it allocates.
fn books(part: &Part<'_>, ledger: &Ledger) -> Held {
    let (mut kept, mut wanted) = (Figures::new(), Figures::new());
    for (id, currency, item) in part.of("M", "BAL#") {
        kept.insert(format!("{id} {currency} pending"), amount(item, "pending"));
        for (day, due) in each(item, "due#") {
            let due = super::raw::as_number(due).unwrap();
            kept.insert(format!("{id} {currency} due {day}"), due);
        }
    }
    for ((id, currency), standing) in ledger.balances() {
        wanted.insert(format!("{id} {currency} pending"), standing.pending);
        for (day, due) in standing.due {
            wanted.insert(format!("{id} {currency} due {day}"), due);
        }
    }
    for (id, of, item) in part.of("M", "DAY#") {
        if let Some((day, currency)) = of.split_once('#') {
            for name in ["orders", "own_sales", "team_sales", "earned", "reversed"] {
                kept.insert(format!("{id} {currency} {day} {name}"), amount(item, name));
            }
        } else {
            kept.insert(format!("{id} {of} recruits"), amount(item, "recruits"));
        }
    }
    for ((id, currency, date), day) in ledger.days() {
        let figures = [
            ("orders", day.orders),
            ("own_sales", day.own_sales),
            ("team_sales", day.team_sales),
            ("earned", day.earned),
            ("reversed", day.reversed),
        ];
        for (name, figure) in figures {
            wanted.insert(format!("{id} {currency} {date} {name}"), figure);
        }
    }
    for ((id, date), recruits) in ledger.recruits() {
        wanted.insert(format!("{id} {date} recruits"), recruits);
    }
    for (id, _, item) in part.of("M", "TEAM").into_iter().filter(|(_, sk, _)| sk.is_empty()) {
        for depth in 1..=5 {
            let name = format!("depth{depth}");
            kept.insert(format!("{id} team {depth}"), amount(item, &name));
        }
    }
    for (id, counts) in ledger.team() {
        for (depth, count) in (1..).zip(counts) {
            wanted.insert(format!("{id} team {depth}"), i64::try_from(count).unwrap());
        }
    }
    allocations(part, ledger, &mut kept, &mut wanted);
    kept.retain(|_, figure| *figure != 0);
    wanted.retain(|_, figure| *figure != 0);
    differ(&kept, &wanted)
}

fn allocations(part: &Part<'_>, ledger: &Ledger, kept: &mut Figures, wanted: &mut Figures) {
    for (id, _, item) in part.of("O", "ORDER") {
        let Some(attributed) = map(item, "attributed") else { continue };
        let lineage = pinned(attributed).lineage;
        let lines = list(item, "lines");
        for one in list(attributed, "paid") {
            let one = &one["M"];
            let who = &lineage[usize::try_from(amount(one, "a")).unwrap()];
            kept.insert(format!("{id} depth of {who}"), amount(one, "n"));
            for (line, part) in pairs(list(one, "p")) {
                let line = text(&lines[usize::try_from(line).unwrap()]["M"], "i").unwrap();
                kept.insert(format!("{id} {who} {line}"), part);
            }
        }
    }
    for (id, _, _) in part.of("O", "ORDER") {
        for one in ledger.order(id).into_iter().flat_map(|order| order.allocations) {
            let who = &one.distributor;
            wanted.insert(format!("{id} depth of {who}"), i64::try_from(one.depth).unwrap());
            for (line, amount, _) in &one.lines {
                wanted.insert(format!("{id} {who} {line}"), *amount);
            }
        }
    }
}

fn differ(kept: &Figures, wanted: &Figures) -> Held {
    let names: BTreeSet<&String> = kept.keys().chain(wanted.keys()).collect();
    let of = |figures: &Figures, name: &str| figures.get(name).copied().unwrap_or(0);
    let differ = names.into_iter().filter(|name| kept.get(*name) != wanted.get(*name));
    let lines: Vec<String> = differ
        .map(|name| format!("{name}: is {}, should be {}", of(kept, name), of(wanted, name)))
        .collect();
    if lines.is_empty() { Ok(()) } else { Err(lines.join("\n")) }
}

/// When an event happened, by its data.
pub(crate) fn at(data: &Value, name: &str) -> Option<Timestamp> {
    data[name].as_str().map(time)
}

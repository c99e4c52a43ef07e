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
use upline_testkit::reference::{Activation, Ledger, Pinned};

use super::books;
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
    books::check(part, &ledger)
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
            Changing::Plan { .. } | Changing::Level { .. } | Changing::Status { .. } => None,
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
        What::Event(_) | What::Night | What::Recount(_) | What::Reconcile(_) | What::Forgotten => {
            None
        }
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
                let is_checked = is_level && is_checked(part, id, from, value);
                if !is_asked && !is_checked {
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

/// Whether a check gave somebody a level from a time on.
fn is_checked(part: &Part<'_>, id: &str, from: Timestamp, level: &str) -> bool {
    part.of("M", "LEVEL#").into_iter().any(|(whose, _, row)| {
        whose == id
            && row.get("checked_on").is_some()
            && instant(amount(row, "from")) == from
            && text(row, "level") == Some(level)
    })
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
    let mut waiting = Vec::new();
    for (id, _, item) in &kept {
        if item.get("payment").is_some() {
            let event = sent.payment_of(id, item);
            let event = event.ok_or(format!("nobody sent the payment of {id} as it is kept"))?;
            if let Some(attributed) = map(item, "attributed") {
                let pinned = pinned(attributed);
                if pinned.first_order {
                    firsts.entry(text(item, "buyer").unwrap()).or_default().push(id);
                }
                ledger.pin(id, pinned);
                ledger.take(event);
            } else {
                waiting.push((*id, event));
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
    for (id, event) in waiting {
        may_wait(part, id, event, ledger)?;
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
fn may_wait(part: &Part<'_>, id: &str, event: &Value, ledger: &mut Ledger) -> Held {
    // Whether it was the first was not settled when it was looked at.
    for first_order in [true, false] {
        let code = ledger.refuses(event, first_order);
        if code.is_some_and(|code| is_parked(part, id, code)) {
            return Ok(());
        }
    }
    let answer = ledger.take(event);
    if answer.word == "waiting" {
        Ok(())
    } else {
        Err(format!("{id} waits, and should be {answer:?}"))
    }
}

/// Whether an order is parked as an event for a reason.
fn is_parked(part: &Part<'_>, order: &str, code: &str) -> bool {
    part.of("X", "").into_iter().any(|(_, _, item)| {
        let event = text(item, "event").and_then(|text| serde_json::from_str(text).ok());
        let event: Value = event.unwrap_or_default();
        event["detail"]["data"]["order_id"] == *order && text(item, "code") == Some(code)
    })
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
pub(crate) fn pinned(attributed: &Value) -> Pinned {
    let texts = list(attributed, "lineage").iter().filter_map(|one| one["S"].as_str());
    let lineage: Vec<String> =
        texts.map(|one| one.split(' ').next().unwrap_or_default().to_owned()).collect();
    let sold = pairs(list(attributed, "sold")).into_iter();
    let sold = sold.map(|(place, sold)| (lineage[usize::try_from(place).unwrap()].clone(), sold));
    Pinned { first_order: attributed["first"]["BOOL"] == true, sold: sold.collect(), lineage }
}

/// When an event happened, by its data.
pub(crate) fn at(data: &Value, name: &str) -> Option<Timestamp> {
    data[name].as_str().map(time)
}

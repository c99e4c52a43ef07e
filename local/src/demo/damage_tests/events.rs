//! What is done before anything is stored: events that never come, and lists that say something
//! else.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use upline_domain::reconcile::Kind;
use upline_domain::time;
use upline_testkit::events::{completed, paid, refunded, with};

use super::{ANY, Claimed, Damage, Dice, EACH, Lists, Name, Told, lists};

/// What arrives, what the shop lists, and what of that is no sound day.
pub(super) struct Sent {
    pub(super) arrive: Vec<Value>,
    pub(super) lists: Lists,
    pub(super) damages: Vec<Damage>,
}

/// What is done to one event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    /// It never comes.
    Withheld,
    /// The list does not name it.
    Unlisted,
    /// The list has it with other contents.
    Altered,
}

type Row = (&'static str, Kind, Done, Kind);

const ROWS: [Row; 7] = {
    use Done::{Altered, Unlisted, Withheld};
    use Kind::{CompletionMissing, MissingHere, RefundMissing};
    [
        ("an order never came", MissingHere, Withheld, MissingHere),
        ("a refund never came", RefundMissing, Withheld, RefundMissing),
        ("a completion never came", CompletionMissing, Withheld, CompletionMissing),
        ("an order is not listed", MissingHere, Unlisted, Kind::MissingThere),
        ("an order is listed otherwise", MissingHere, Altered, Kind::AmountsDiffer),
        ("a refund is listed otherwise", RefundMissing, Altered, Kind::RefundDiffers),
        ("a completion is listed otherwise", CompletionMissing, Altered, Kind::CompletionDiffers),
    ]
};

/// Damages what is sent and listed.
pub(super) fn damage(all: &[Told], dice: &mut Dice, claimed: &mut Claimed) -> Sent {
    let mut damages = Vec::new();
    let (mut withheld, mut doubled) = (BTreeSet::new(), Vec::new());
    let mut listed: Vec<Told> = all.to_vec();
    for (what, kind, done, must) in ROWS {
        for _ in 0..EACH {
            let place = pick(all, kind, dice, claimed);
            let one = &all[place];
            match done {
                Done::Withheld => drop(withheld.insert(place)),
                Done::Unlisted => listed[place].day = None,
                Done::Altered => listed[place].event = altered(kind, one.event.clone()),
            }
            let must = vec![Name::of(must, &one.order, "", &one.about)];
            let is_repairable = done == Done::Withheld;
            damages.push(Damage { what, must, may: Vec::new(), is_repairable });
        }
    }
    for kind in [Kind::MissingHere, Kind::RefundMissing, Kind::CompletionMissing] {
        // It comes twice, which is no damage.
        doubled.push(pick(all, kind, dice, claimed));
    }
    let mut lists = lists(&listed);
    let arrive = all.iter().enumerate().filter(|(place, _)| !withheld.contains(place));
    let mut arrive: Vec<Value> = arrive.map(|(_, one)| one.event.clone()).collect();
    arrive.extend(doubled.into_iter().map(|place| all[place].event.clone()));
    for number in 0..EACH {
        beside(all, number, &mut arrive, &mut lists, (dice, claimed), &mut damages);
    }
    Sent { arrive, lists, damages }
}

/// An event of an order that nothing was done to. One that binds its buyer brings in others, too.
fn pick(all: &[Told], kind: Kind, dice: &mut Dice, claimed: &mut Claimed) -> usize {
    let free = all.iter().enumerate().filter(|(_, one)| {
        let binds = !one.event["detail"]["data"]["invite_code"].is_null();
        one.kind == Some(kind) && !binds && !claimed.orders.contains(&one.order)
    });
    let free: Vec<usize> = free.map(|(place, _)| place).collect();
    let place = *dice.pick(&free).unwrap();
    claimed.orders.insert(all[place].order.clone());
    place
}

fn altered(kind: Kind, event: Value) -> Value {
    with(event, |data| {
        if kind == Kind::MissingHere {
            data["lines"][0]["unit_price"] = json!("987.65");
        } else if kind == Kind::RefundMissing {
            data.as_object_mut().unwrap().remove("lines");
            data["amount"] = json!("0.01");
        } else {
            let at: Timestamp = data["completed_at"].as_str().unwrap().parse().unwrap();
            data["completed_at"] = json!(time::text(at + SignedDuration::from_secs(1)));
        }
    })
}

/// What comes beside the shop's own orders, at noon of a day.
fn beside(
    all: &[Told],
    number: usize,
    arrive: &mut Vec<Value>,
    lists: &mut Lists,
    (dice, claimed): (&mut Dice, &mut Claimed),
    damages: &mut Vec<Damage>,
) {
    let days: Vec<_> = lists.keys().copied().collect();
    let bound = all.iter().find(|one| one.event["detail-type"] == "BuyerBound").unwrap();
    let buyer = bound.event["detail"]["data"]["buyer_id"].as_str().unwrap();
    let known = &all[pick(all, Kind::MissingHere, dice, claimed)];
    let mut add = |what, event: Option<&Value>, row: Option<&str>, must: Name| {
        let day = *dice.pick(&days[..days.len() - 2]).unwrap();
        let at = format!("{day}T04:00:00Z");
        let event = event.map(|event| event.to_string().replace("NOON", &at));
        let event: Option<Value> = event.map(|text| serde_json::from_str(&text).unwrap());
        let rows = lists.get_mut(&day).unwrap();
        rows.extend(row.map(str::to_owned));
        let is_listed = event.is_some() && must.0[0] != Kind::Parked.as_str();
        rows.extend(event.iter().filter(|_| is_listed).map(Value::to_string));
        arrive.extend(event);
        damages.push(Damage { what, must: vec![must], may: Vec::new(), is_repairable: false });
    };
    let nobody = format!("g{number}");
    let refund = refunded(&nobody, "r1", "1.00", "NOON");
    let name = Name::of(Kind::OrphanRefund, &nobody, "", "r1");
    add("a refund without a payment", Some(&refund), None, name);
    let nobody = format!("h{number}");
    let name = Name::of(Kind::OrphanCompletion, &nobody, "", "");
    add("a completion without a payment", Some(&completed(&nobody, "NOON")), None, name);
    let euros = with(refunded(&known.order, "wrong", "1.00", "NOON"), |data| {
        data["currency"] = json!("EUR");
    });
    let name = Name::of(Kind::ProblemFlag, &known.order, "", "wrong");
    add("another currency is given back", Some(&euros), None, name);
    let nobody = format!("p{number}");
    let mut kronor = with(paid(&nobody, buyer, "1.00", "NOON"), |data| {
        data["currency"] = json!("SEK");
    });
    kronor["detail"]["metadata"]["time"] = json!("NOON");
    let name = Name::of(Kind::Parked, &nobody, "", ANY);
    add("an event is parked", Some(&kronor), None, name);
    let name = Name::of(Kind::UnreadableRow, "", "", ANY);
    add("a row of the list says nothing", None, Some("{"), name);
    let nobody = format!("q{number}");
    let row = refunded(&nobody, "r1", "many", "1997-01-09T04:00:00Z").to_string();
    let name = Name::of(Kind::UnreadableRow, &nobody, "", ANY);
    add("a row of the list has no amount", None, Some(&row), name);
}

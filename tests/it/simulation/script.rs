//! What happens at the shops of a simulation, and when each of it arrives.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use upline_testkit::events::with;

use super::options::Options;
use super::reconciling::happened_at;
use crate::worlds::dice::Dice;
use crate::worlds::plan::{LEVELS, Programme, programme, with_ladder};
use crate::worlds::story::{Shop, with_repeats};

pub(crate) const TENANTS: [&str; 3] = ["demo", "demo2", "other"];

/// Something that arrives.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Timestamp,
    pub(crate) tenant: &'static str,
    pub(crate) what: What,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Event(Value),
    Change(Change),
    /// The levels of the tenant are checked.
    Night,
    /// All that is stored is counted again: of the tenant, or of all.
    Recount(Option<&'static str>),
    /// A day of the tenant is reconciled.
    Reconcile(Date),
    /// The stream is not read for too long, and loses what is written for a while from now on.
    Forgotten,
}

/// A change by hand, from a time on.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) from: Option<Timestamp>,
    pub(crate) what: Changing,
}

#[derive(Clone, Debug)]
pub(crate) enum Changing {
    /// A version of the plan, under a policy, for a share of the buyers.
    Plan {
        document: Value,
        policy_rate: &'static str,
        rollout: Option<&'static str>,
    },
    Level {
        distributor: String,
        level: String,
    },
    Status {
        distributor: String,
        status: &'static str,
    },
}

/// All that happens, by the time when it arrives.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// The plans that tenants begin with, where they have one, each active from the beginning.
    pub(crate) first: Vec<(&'static str, Option<Change>)>,
    pub(crate) arrivals: Vec<Arrival>,
}

/// How long things go on around one moment, in minutes.
const BURST_MINUTES: i64 = 60;

/// In some worlds what arrives within so long arrives at once, so that much of it meets.
const SLOTS_MS: [i64; 3] = [1, 120_000, 600_000];

/// The end of the slot that a time is in.
fn in_slot(time: Timestamp, slot_ms: i64) -> Timestamp {
    let millis = time.as_millisecond();
    Timestamp::from_millisecond(millis + (slot_ms - millis % slot_ms) % slot_ms).unwrap()
}

impl Script {
    pub(crate) fn of(options: &Options) -> Self {
        let dice = &mut Dice::of(options.seed ^ 0x5eed);
        let (mut first, mut arrivals) = (Vec::new(), Vec::new());
        for tenant in TENANTS.into_iter().take(options.tenants) {
            let mut shop = Shop::of(tenant, dice);
            let plan = plan(dice, &mut shop.programme, None, Some(Timestamp::MIN));
            first.push((tenant, (!dice.chance(3)).then_some(plan)));
            let bursts: Vec<Timestamp> = (0..dice.count(1, 3)).map(|_| moment(dice)).collect();
            let slot_ms = *dice.pick(&SLOTS_MS);
            let changes = changes(dice, options, &shop, (&bursts, slot_ms));
            let mut events = shop.events;
            if dice.chance(30) {
                of_one_buyer(&mut events);
            }
            let events = events.into_iter().map(|event| near_a_change(dice, event, &changes));
            let events: Vec<Value> = events.collect();
            let events: Vec<(Timestamp, Value)> = with_repeats(dice, events)
                .into_iter()
                .map(|event| (in_slot(arrives(dice, &event, &bursts), slot_ms), event))
                .collect();
            for (at, event) in met(dice, events) {
                arrivals.push(Arrival { at, tenant, what: What::Event(event) });
            }
            for _ in 0..dice.count(0, 4) {
                let days = i64::try_from(dice.number(0, 3)).unwrap();
                let at = *dice.pick(&bursts) + SignedDuration::from_hours(24 * days);
                let at = in_slot(at + minutes(dice, 2 * BURST_MINUTES), slot_ms);
                arrivals.push(Arrival { at, tenant, what: What::Night });
            }
            arrivals.extend(changes.into_iter().map(|(at, change)| Arrival {
                at,
                tenant,
                what: What::Change(change),
            }));
        }
        arrivals.extend(recounts(options, &arrivals));
        arrivals.extend(reconciliations(options, &arrivals));
        arrivals.sort_by_key(|arrival| arrival.at);
        Self { first, arrivals }
    }
}

/// Recounts in the midst of what happens, and in some worlds a stream that forgets. What is drawn
/// for them changes nothing of the rest.
fn recounts(options: &Options, arrivals: &[Arrival]) -> Vec<Arrival> {
    let dice = &mut Dice::of(options.seed ^ 0xc0_47ed);
    let mut more = Vec::new();
    if arrivals.is_empty() {
        return more;
    }
    let count = dice.count(0, 2);
    let forgets = if dice.chance(30) { dice.count(1, 2) } else { 0 };
    for n in 0..count + forgets {
        let Arrival { at, tenant, .. } = *dice.pick(arrivals);
        let of = dice.chance(50).then_some(tenant);
        let what = if n < count { What::Recount(of) } else { What::Forgotten };
        more.push(Arrival { at, tenant, what });
    }
    more
}

/// In some worlds days are reconciled in the midst of what happens. What is drawn for them changes
/// nothing of the rest.
fn reconciliations(options: &Options, arrivals: &[Arrival]) -> Vec<Arrival> {
    let dice = &mut Dice::of(options.seed ^ 0x4ec0);
    let count = if dice.chance(25) { dice.count(1, 3) } else { 0 };
    let drawn = |_| {
        let Arrival { at, tenant, what } = dice.pick(arrivals);
        let What::Event(event) = what else { return None };
        let day = happened_at(event)?.get(..10)?.parse().ok()?;
        // While what came of the day is handled and posted.
        let at = *at + minutes(dice, 1);
        Some(Arrival { at, tenant, what: What::Reconcile(day) })
    };
    if arrivals.is_empty() { Vec::new() } else { (0..count).filter_map(drawn).collect() }
}

/// Makes all orders those of one buyer, so that many could be the first.
fn of_one_buyer(events: &mut [Value]) {
    let mut orders = events.iter_mut().filter(|event| event["detail-type"] == "OrderPaid");
    let Some(first) = orders.next() else { return };
    for order in orders {
        order["detail"]["data"]["buyer_id"] = first["detail"]["data"]["buyer_id"].clone();
    }
}

/// Lets some bindings and registrations arrive at once with an order of the same buyer.
fn met(dice: &mut Dice, mut events: Vec<(Timestamp, Value)>) -> Vec<(Timestamp, Value)> {
    let often = *dice.pick(&[0, 50, 100]);
    let data = |event: &Value, field: &str| event["detail"]["data"][field].clone();
    let orders = events.iter().filter(|(_, event)| event["detail-type"] == "OrderPaid");
    let orders: Vec<(Timestamp, Value)> =
        orders.map(|(at, order)| (*at, data(order, "buyer_id"))).collect();
    for (at, event) in &mut events {
        let who = match event["detail-type"].as_str() {
            Some("BuyerBound") => data(event, "buyer_id"),
            Some("DistributorRegistered") => data(event, "distributor_id"),
            _ => continue,
        };
        let theirs: Vec<Timestamp> =
            orders.iter().filter(|(_, buyer)| *buyer == who).map(|(at, _)| *at).collect();
        if !theirs.is_empty() && dice.chance(often) {
            *at = *dice.pick(&theirs);
        }
    }
    events
}

/// A moment after all that the shops tell of, but for what is close to a change.
fn moment(dice: &mut Dice) -> Timestamp {
    let from: Timestamp = "2026-12-21T00:00:00Z".parse().unwrap();
    from + SignedDuration::from_mins(i64::try_from(dice.number(0, 20_000)).unwrap())
}

fn plan(
    dice: &mut Dice,
    programme: &mut Programme,
    rollout: Option<&'static str>,
    from: Option<Timestamp>,
) -> Change {
    let (mut document, policy_rate) = (programme.document.clone(), programme.policy_rate);
    with_ladder(dice, &mut document, policy_rate);
    Change { from, what: Changing::Plan { document, policy_rate, rollout } }
}

/// Changes by hand, with when they are made.
fn changes(
    dice: &mut Dice,
    options: &Options,
    shop: &Shop,
    (bursts, slot_ms): (&[Timestamp], i64),
) -> Vec<(Timestamp, Change)> {
    let registered = shop.events.iter().map(|event| &event["detail"]["data"]["distributor_id"]);
    let distributors: Vec<String> =
        registered.filter_map(|id| id.as_str().map(str::to_owned)).collect();
    let mut changes: Vec<(Timestamp, Change)> = Vec::new();
    for _ in 0..options.changes {
        let at = in_slot(*dice.pick(bursts) + minutes(dice, BURST_MINUTES / 2), slot_ms);
        // From 15 minutes after it is made at the earliest, and clocks may be off.
        let from = at + SignedDuration::from_mins(17) + minutes(dice, 8);
        let from = (!dice.chance(50)).then_some(from);
        // The first to be registered stand above most orders.
        let most = if dice.chance(70) { 3 } else { distributors.len() };
        let distributor = dice.pick(&distributors[..most.min(distributors.len())]).clone();
        let is_of_plan = dice.chance(33);
        // Two operators may be at the same distributor, or at the plan, at once.
        for _ in 0..*dice.pick(&[1, 1, 2, 3]) {
            let what = if is_of_plan {
                let rollout = *dice.pick(&[None, None, Some("0.5"), Some("0.25")]);
                let mut programme = programme(dice, 5);
                plan(dice, &mut programme, rollout, from).what
            } else {
                standing(dice, distributor.clone())
            };
            changes.push((at, Change { from, what }));
        }
    }
    changes.truncate(options.changes);
    changes
}

/// A level or a status for a distributor.
fn standing(dice: &mut Dice, distributor: String) -> Changing {
    if dice.chance(50) {
        let status = *dice.pick(&["frozen", "frozen", "active", "terminated"]);
        Changing::Status { distributor, status }
    } else {
        Changing::Level { distributor, level: (*dice.pick(&LEVELS)).to_owned() }
    }
}

fn minutes(dice: &mut Dice, most: i64) -> SignedDuration {
    let most_ms = u64::try_from(most * 60_000).unwrap();
    SignedDuration::from_millis(i64::try_from(dice.number(0, most_ms)).unwrap())
}

/// Moves the payment of some orders close to when a change is made or begins to hold: some are
/// calculated before it is made, from what is remembered then.
fn near_a_change(dice: &mut Dice, event: Value, changes: &[(Timestamp, Change)]) -> Value {
    let is_order = event["detail-type"] == "OrderPaid";
    if !is_order || changes.is_empty() || !dice.chance(75) {
        return event;
    }
    let (at, change) = dice.pick(changes);
    let (near, off_ms) = match change.from {
        Some(from) => {
            let near = *dice.pick(&[*at, from, from]);
            (near, *dice.pick(&[-1, 0, 1, -20_000, 20_000, -240_000, 240_000, -1_800_000]))
        }
        // As soon as may be: 15 minutes after it is made.
        None => (*at, *dice.pick(&[90_000, 180_000, 300_000, 400_000, 899_999, 900_000])),
    };
    let paid_at = near + SignedDuration::from_millis(off_ms);
    with(event, |data| data["paid_at"] = json!(format!("{paid_at:.3}")))
}

/// How long before its own time an event may arrive: 10 minutes, less what clocks are off.
const AHEAD: SignedDuration = SignedDuration::from_secs(450);

/// When an event arrives: some time in a burst, but at most some minutes before its own time.
fn arrives(dice: &mut Dice, event: &Value, bursts: &[Timestamp]) -> Timestamp {
    let paid_at: Option<Timestamp> =
        event["detail"]["data"]["paid_at"].as_str().map(|text| text.parse().unwrap());
    let near = paid_at.filter(|paid_at| bursts.iter().any(|burst| paid_at > burst));
    match near {
        Some(paid_at) if dice.chance(85) => paid_at - AHEAD + minutes(dice, 10),
        _ => {
            let at = *dice.pick(bursts) + minutes(dice, BURST_MINUTES);
            at.max(near.map_or(at, |paid_at| paid_at - AHEAD))
        }
    }
}

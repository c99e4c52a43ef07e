//! Levels of whatever a plan may ask for, held against the reference ledger: the same levels for
//! everybody, each from the same time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use upline_domain::member::{Risk, Status};
use upline_domain::schedule::{Lead, Wanted};
use upline_domain::time;
use upline_lambda::Outcome;
use upline_store::{Changed, Standing};
use upline_testkit::events::{bound, paid, refunded, registered, registered_under, with};
use upline_testkit::plans::signed;
use upline_testkit::reference::Ledger;
use upline_testkit::{World, run};

use super::{night, night_of, send};
use crate::worlds::story::given_code;

/// How long before it holds a level is given.
const LEAD: SignedDuration = SignedDuration::from_mins(15);
const BUYERS: [(&str, &str); 4] = [("zoe", "cat"), ("yan", "bob"), ("xia", "dan"), ("wes", "ann")];

/// All that may be asked for, with windows short enough to be left.
fn plan(demote: &Value) -> Value {
    let part = json!({
        "depth": 2, "max_total_rate": "0.50",
        "cards": { "standard": { "base": "paid",
            "mode": { "percent": { "rates": ["0.10", "0.05"] } },
            "level_bonus": { "silver": "0.05", "gold": "0.10", "star": "0.12" } } },
        "rules": [{ "id": "default", "priority": 0, "card": "standard" }],
    });
    json!({
        "timezone": "Asia/Shanghai", "demote": demote,
        "levels": [
            { "id": "bronze" },
            { "id": "silver", "when": { "any": [
                { "direct_recruits": { "min": 2, "days": 10 } },
                { "own_sales": { "min": "90.00", "currency": "CNY", "days": 7 } },
                { "own_sales": { "min": "90.500", "currency": "KWD", "days": 7 } },
                { "all": [ { "own_orders": { "min": 3, "days": 5 } },
                           { "compliant": true } ] } ] } },
            { "id": "gold", "when": { "all": [
                { "team_sales": { "min": "150.00", "currency": "CNY", "days": 6 } },
                { "any": [ { "months_active": { "min": 2, "days": 40 } },
                           { "team_size": { "min": 4, "depth": 2 } } ] },
                { "compliant": true } ] } },
            { "id": "partner" },
            { "id": "star", "when": { "score": { "min": "40.5", "of": [
                { "weight": "0.1", "team_sales": { "currency": "CNY", "days": 5 } },
                { "weight": "0.04", "own_sales": { "currency": "KWD", "days": 5 } },
                { "weight": "2.5", "own_orders": { "days": 4 } },
                { "weight": "0.5", "team_size": { "depth": 3 } },
                { "weight": "5", "direct_recruits": { "days": 20 } } ] } } }
        ],
        "currencies": { "CNY": part, "KWD": part },
    })
}

/// One shop, told to the product and to the reference.
struct Both {
    world: World,
    ledger: Ledger,
    now: Timestamp,
    people: Vec<String>,
    orders: Vec<(String, String)>,
}

impl Both {
    async fn begin(demote: &Value) -> Self {
        let plan = plan(demote);
        let world = World::with_plan(&plan.to_string()).await;
        let ledger = Ledger::new(&plan, "0.50", given_code);
        let people = ["ann", "bob", "cat", "dan"].map(str::to_owned).to_vec();
        let mut both = Self { world, ledger, now: night_of(1), people, orders: Vec::new() };
        both.tell(&registered("ann", "2026-11-01T00:00:00Z")).await;
        both.tell(&registered_under("bob", "ann", "2026-11-02T00:00:00Z")).await;
        both.tell(&registered_under("cat", "bob", "2026-11-23T00:00:00Z")).await;
        both.tell(&registered_under("dan", "bob", "2026-11-24T00:00:00Z")).await;
        for (buyer, distributor) in BUYERS {
            both.tell(&bound(buyer, distributor, "2026-11-25T00:00:00Z")).await;
        }
        both
    }

    async fn tell(&mut self, event: &Value) {
        assert_eq!(send(&self.world, event, self.now).await, Outcome::Created);
        assert_eq!(self.ledger.take(event).word, "created");
    }

    async fn chance(&mut self, step: usize, dice: &mut fastrand::Rng) {
        self.now += SignedDuration::from_mins(dice.i64(1..1_500));
        match dice.u8(0..12) {
            0..4 => {
                let late = [-9, 0, 1, 14, 16, 60, 3_000][dice.usize(0..7)];
                let at = time::text(self.now - SignedDuration::from_mins(late));
                let (name, amount) = (format!("o{step}"), format!("{}.00", dice.u32(1..120)));
                let order = paid(&name, dice.choice(BUYERS).unwrap().0, &amount, &at);
                let currency = *dice.choice(&["CNY", "CNY", "KWD"]).unwrap();
                let order =
                    with(order, |event| event["detail"]["data"]["currency"] = currency.into());
                self.tell(&order).await;
                self.orders.push((name, currency.to_owned()));
            }
            4 => {
                let Some((order, currency)) = dice.choice(&self.orders) else { return };
                let (id, at) = (format!("r{step}"), time::text(self.now));
                let refund = refunded(order, &id, dice.choice(["20.00", "200.00"]).unwrap(), &at);
                let currency = currency.as_str();
                let refund =
                    with(refund, |event| event["detail"]["data"]["currency"] = currency.into());
                self.tell(&refund).await;
            }
            5 => {
                let sponsor = dice.choice(&self.people).unwrap().clone();
                let name = format!("d{step}");
                self.tell(&registered_under(&name, &sponsor, &time::text(self.now))).await;
                self.people.push(name);
            }
            6..11 => {
                night(&self.world, self.now).await;
                self.ledger.night(self.now, LEAD);
            }
            _ => self.stand(dice).await,
        }
    }

    /// A change by hand, as soon as may be.
    async fn stand(&mut self, dice: &mut fastrand::Rng) {
        let standing = match dice.u8(0..6) {
            0 => Standing::Level("partner".parse().unwrap()),
            1 => Standing::Level("star".parse().unwrap()),
            2 => Standing::Risk(Risk::Flagged),
            3 => Standing::Risk(Risk::Clear),
            4 => Standing::Status(Status::Frozen),
            _ => Standing::Status(Status::Active),
        };
        let id = dice.choice(&self.people).unwrap();
        let when = Wanted { from: None, now: self.now, lead: Lead::ManyProcesses };
        let signed = upline_store::Signed { at: self.now, ..signed() };
        let (store, tenant) = (&self.world.store, &self.world.tenant);
        let who = id.parse().unwrap();
        let changed = store.change_standing(tenant, &who, &standing, &when, &signed).await.unwrap();
        if let Changed::Created(from) = changed {
            match standing {
                Standing::Level(level) => self.ledger.change_level(id, from, level.as_str()),
                Standing::Risk(risk) => self.ledger.change_risk(id, from, risk.as_str()),
                Standing::Status(status) => self.ledger.change_status(id, from, status.as_str()),
            }
        }
    }

    /// Compares what everybody was given, and counts each level with the one before it.
    async fn compare(&self, seed: u64, steps: &mut BTreeMap<(String, String), usize>) {
        for id in &self.people {
            let store = &self.world.store;
            let member = store.member(&self.world.tenant, &id.parse().unwrap()).await.unwrap();
            let held = member.unwrap().levels.0.into_iter();
            let held: Vec<_> = held.map(|(from, level)| (from, level.to_string())).collect();
            assert_eq!(held, self.ledger.levels(id), "seed {seed}, {id}");
            let levels = std::iter::once("bronze".to_owned());
            let levels: Vec<_> = levels.chain(held.into_iter().map(|(_, level)| level)).collect();
            for pair in levels.windows(2) {
                *steps.entry((pair[0].clone(), pair[1].clone())).or_default() += 1;
            }
        }
    }
}

#[test]
fn everybody_is_given_the_levels_that_the_reference_gives_them() {
    run(async {
        let mut steps = BTreeMap::new();
        for seed in 0..12 {
            let mut dice = fastrand::Rng::with_seed(seed);
            let demote = [json!("never"), json!({ "after_days": 0 }), json!({ "after_days": 2 })];
            let mut both = Both::begin(&demote[usize::try_from(seed).unwrap() % 3]).await;
            for step in 0..90 {
                both.chance(step, &mut dice).await;
            }
            both.compare(seed, &mut steps).await;
        }
        for (from, to) in [
            ("bronze", "silver"),
            ("bronze", "gold"),
            ("silver", "gold"),
            ("gold", "star"),
            ("partner", "star"),
            ("star", "gold"),
            ("star", "silver"),
            ("gold", "bronze"),
            ("silver", "bronze"),
        ] {
            let count = steps.get(&(from.to_owned(), to.to_owned())).copied().unwrap_or(0);
            assert!(count > 0, "nobody goes from {from} to {to}: {steps:?}");
        }
    });
}

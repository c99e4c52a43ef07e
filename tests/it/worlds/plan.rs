//! Plans of chance, each of which may be published.

use serde_json::{Map, Value, json};

use super::dice::{Dice, NASTY, amount};

/// A plan and the `max_total_rate` of the policy it is under.
pub(crate) struct Programme {
    pub(crate) document: Value,
    pub(crate) policy_rate: &'static str,
    pub(crate) currencies: Vec<&'static str>,
}

pub(crate) const LEVELS: [&str; 3] = ["bronze", "silver", "gold"];
const ZONES: [&str; 9] = [
    "UTC",
    "Asia/Shanghai",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Pago_Pago",
];
pub(crate) const CATEGORIES: [&str; 6] = ["a", "a/b", "a/bc", "a/b/c", "ab", "b"];
pub(crate) const REGIONS: [&str; 2] = ["上海", "US-CA"];

/// The policy of a programme: as wide as a policy may be, so that the plan decides.
pub(crate) fn policy(rate: &str) -> String {
    json!({
        "name": "wide", "effective_from": "2026-01-01", "max_depth": 20, "max_total_rate": rate,
        "self_purchase_allowed": true, "sources": {},
    })
    .to_string()
}

/// A plan of chance. `depth` is the deepest that is asked for.
pub(crate) fn programme(dice: &mut Dice, depth: usize) -> Programme {
    let policy_rate = *dice.pick(&["1", "0.5", "0.30", "0.123456"]);
    let mut all = ["CNY", "USD", "JPY", "KWD"];
    dice.shuffle(&mut all);
    let currencies = all[..dice.count(1, 2)].to_vec();
    let levels = &LEVELS[..dice.count(0, LEVELS.len())];
    let mut plan = Map::new();
    if dice.chance(85) {
        plan.insert("timezone".to_owned(), json!(dice.pick(&ZONES)));
    }
    if !levels.is_empty() {
        let levels: Vec<Value> = levels.iter().map(|level| json!({ "id": level })).collect();
        plan.insert("levels".to_owned(), Value::Array(levels));
    }
    let levels = if levels.is_empty() { &["standard"] } else { levels };
    let mut parts = Map::new();
    for currency in &currencies {
        let part = Part { currency, levels, policy_rate, depth: dice.count(1, depth) };
        parts.insert((*currency).to_owned(), part.document(dice));
    }
    plan.insert("currencies".to_owned(), Value::Object(parts));
    Programme { document: Value::Object(plan), policy_rate, currencies }
}

/// Gives the levels of a plan conditions of chance, where it has several, and where what comes of
/// it may be published.
pub(crate) fn with_ladder(dice: &mut Dice, document: &mut Value, policy_rate: &str) {
    let currency = document["currencies"].as_object().unwrap().keys().next().unwrap().clone();
    let mut asked = document.clone();
    let Some(levels) = asked["levels"].as_array_mut().filter(|levels| levels.len() > 1) else {
        return;
    };
    for (rank, level) in levels.iter_mut().enumerate().skip(1) {
        if dice.chance(85) {
            level["when"] = condition(dice, rank, &currency);
        }
    }
    if dice.chance(70) {
        asked["demote"] = json!({ "after_days": dice.pick(&[0, 1, 3, 30]) });
    }
    let policy = upline_contract::plan::Policy::parse(&policy(policy_rate)).unwrap();
    if upline_contract::plan::compile(&asked.to_string(), &policy).is_ok() {
        *document = asked;
    }
}

fn condition(dice: &mut Dice, rank: usize, currency: &str) -> Value {
    let days = *dice.pick(&[1, 7, 30, 60, 90]);
    let sales = amount(dice.minor() * u64::try_from(rank).unwrap() + 1, currency);
    let of = |name: &str| json!({ name: { "min": sales, "currency": currency, "days": days } });
    let count = |name: &str| json!({ name: { "min": rank, "days": days } });
    let size = json!({ "team_size": { "min": rank + 1, "depth": 3 } });
    let parts = [
        of("own_sales"),
        of("team_sales"),
        count("direct_recruits"),
        count("own_orders"),
        count("months_active"),
        size,
    ];
    let (one, other) = (dice.pick(&parts).clone(), dice.pick(&parts).clone());
    json!({ *dice.pick(&["all", "any"]): [one, other] })
}

struct Part<'a> {
    currency: &'a str,
    levels: &'a [&'a str],
    policy_rate: &'a str,
    depth: usize,
}

impl Part<'_> {
    fn document(&self, dice: &mut Dice) -> Value {
        let cards: Vec<String> = (0..dice.count(1, 4)).map(|n| format!("card{n}")).collect();
        let each: Map<String, Value> =
            cards.iter().map(|name| (name.clone(), self.card(dice))).collect();
        let mut part = json!({
            "depth": self.depth, "cards": each, "rules": self.rules(dice, &cards),
        });
        let mut set = |name: &str, value: Value| part[name] = value;
        if dice.chance(40) {
            set("team_depth", json!(dice.count(1, 10)));
        }
        if dice.chance(40) {
            set("self_purchase", json!(dice.pick(&["none", "buyer"])));
        }
        if dice.chance(70) {
            set("inactive", json!(dice.pick(&["forfeit", "compress", "compress"])));
        }
        if dice.chance(45) {
            let (depth, level) = (dice.count(1, self.depth), *dice.pick(self.levels));
            set("min_level_for_depth", json!({ depth.to_string(): level }));
        }
        if dice.chance(40) {
            set("rounding", json!(dice.pick(&["down", "half_up"])));
        }
        if dice.chance(60) {
            let below = ["0.000001", "0.05", "0.1", "0.123456", self.policy_rate];
            set("max_total_rate", json!(dice.pick(&below)));
        }
        if dice.chance(85) {
            set("settlement", settlement(dice));
        }
        part
    }

    fn card(&self, dice: &mut Dice) -> Value {
        let base = *dice.pick(&["list", "net", "paid", "paid", "profit"]);
        let depths = dice.count(1, self.depth + 1);
        let kind = dice.number(0, 15);
        let mode = match kind {
            0..=4 => {
                let rates: Vec<String> = (0..depths).map(|_| dice.rate()).collect();
                json!({ "percent": { "rates": rates } })
            }
            5..=6 => {
                let amounts = (0..depths).map(|_| amount(dice.minor() / 3, self.currency));
                let mut fixed = json!({ "amounts": amounts.collect::<Vec<_>>() });
                if dice.chance(70) {
                    fixed["per"] = json!(dice.pick(&["unit", "line"]));
                }
                json!({ "fixed": fixed })
            }
            10..=13 => json!({ "tiered": self.tiered(dice, depths) }),
            14..=15 => json!({ "differential": self.differential(dice) }),
            _ => {
                let (first, ratio) = (dice.rate(), *dice.pick(&["0.5", "0.333333", "0.9", "1"]));
                json!({ "decay": { "first": first, "ratio": ratio, "depth": depths.min(20) } })
            }
        };
        let is_fixed = matches!(kind, 5..=6);
        let mut card = json!({ "mode": mode });
        if !is_fixed || dice.chance(50) {
            card["base"] = json!(base);
        }
        if !matches!(kind, 5..=6 | 14..=15) && dice.chance(35) {
            card["level_bonus"] = json!({ *dice.pick(self.levels): dice.rate() });
        }
        if dice.chance(40) {
            card["max_per_order"] = json!(amount(dice.minor(), self.currency));
        }
        card
    }

    fn tiered(&self, dice: &mut Dice, depths: usize) -> Value {
        let mut from: Vec<u64> = (0..dice.count(1, 4)).map(|_| dice.minor()).collect();
        if dice.chance(60) {
            from.push(0);
        }
        from.sort_unstable();
        from.dedup();
        let mut tiers: Vec<Value> = Vec::new();
        for (number, from) in from.into_iter().enumerate() {
            // The first has a rate, or no tier may have one.
            let depths = dice.count(usize::from(number == 0), depths);
            let rates: Vec<String> = (0..depths).map(|_| dice.rate()).collect();
            tiers.push(json!({ "from": amount(from, self.currency), "rates": rates }));
        }
        json!({
            "measure": dice.pick(&["line", "order", "month_sales", "month_sales"]),
            "kind": dice.pick(&["whole", "graduated"]),
            "tiers": tiers,
        })
    }

    fn differential(&self, dice: &mut Dice) -> Value {
        let mut by_level = Map::new();
        for level in self.levels {
            if by_level.is_empty() || dice.chance(80) {
                by_level.insert((*level).to_owned(), json!(dice.rate()));
            }
        }
        let mut differential = json!({ "by_level": by_level });
        if dice.chance(60) {
            differential["peer"] = json!(dice.rate());
        }
        differential
    }

    fn rules(&self, dice: &mut Dice, cards: &[String]) -> Vec<Value> {
        let mut rules = Vec::new();
        let mut rule = |priority: usize, when: Value, card: &str| {
            let id = format!("rule{}", rules.len());
            rules.push(json!({ "id": id, "priority": priority, "when": when, "card": card }));
        };
        for priority in 1..=dice.count(0, 4) {
            if dice.chance(15) {
                // Two of equal priority, which no line matches both.
                rule(priority, json!({ "sku": ["s1"] }), dice.pick::<String>(cards));
                rule(priority, json!({ "sku": ["s2", "s3"] }), dice.pick::<String>(cards));
            } else {
                rule(priority, self.when(dice), dice.pick::<String>(cards));
            }
        }
        if dice.chance(85) {
            rule(0, json!({}), dice.pick::<String>(cards));
        }
        if rules.is_empty() {
            rules.push(json!({ "id": "only", "priority": 0, "card": cards[0] }));
        }
        dice.shuffle(&mut rules);
        rules
    }

    fn when(&self, dice: &mut Dice) -> Value {
        let mut when = Map::new();
        for _ in 0..dice.count(1, 2) {
            let (name, condition) = match dice.number(0, 9) {
                0 => ("category", json!([dice.pick(&CATEGORIES)])),
                1 => ("sku", json!(["s0", format!("s{}", dice.number(1, 4))])),
                2 => ("region", json!([dice.pick(&REGIONS)])),
                3 => ("level", json!([dice.pick(self.levels)])),
                4 => ("distributor", json!(["d0", format!("d{}", dice.number(1, 5))])),
                5 => ("line_amount", self.interval(dice)),
                6 => ("order_amount", self.interval(dice)),
                7 => ("quantity", json!({ *dice.pick(&["min", "max"]): dice.number(2, 3) })),
                8 => ("first_order", json!(dice.chance(60))),
                _ => ("between", json!({ *dice.pick(&["from", "to"]): dice.time() })),
            };
            when.insert(name.to_owned(), condition);
        }
        Value::Object(when)
    }

    fn interval(&self, dice: &mut Dice) -> Value {
        let edge = *dice.pick(&NASTY[5..]);
        match dice.number(0, 2) {
            0 => json!({ "min": amount(edge, self.currency) }),
            1 => json!({ "max": amount(edge, self.currency) }),
            _ => {
                let (min, max) = (amount(edge, self.currency), amount(edge * 50, self.currency));
                json!({ "min": min, "max": max })
            }
        }
    }
}

fn settlement(dice: &mut Dice) -> Value {
    let mut settlement = json!({});
    if dice.chance(60) {
        settlement["hold_days"] = json!(dice.pick(&[0, 1, 7, 30]));
    }
    if dice.chance(75) {
        settlement["cycle"] = json!(dice.pick(&["daily", "instant", "weekly", "monthly"]));
    }
    if dice.chance(35) {
        settlement["auto_complete_days"] = json!(dice.pick(&[1, 7, 15]));
    }
    settlement
}

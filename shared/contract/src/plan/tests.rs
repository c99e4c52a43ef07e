//! What compiling a plan refuses, each once.

use super::{Policy, compile};

/// A plan that uses everything, for tests to break.
pub(super) const BASE: &str = r#"{
  "timezone": "Asia/Shanghai",
  "levels": [ { "id": "bronze" }, { "id": "gold", "when": { "all": [
    { "own_orders": { "min": 5, "days": 30 } } ] } } ],
  "demote": { "after_days": 30 },
  "currencies": { "CNY": {
    "depth": 3, "team_depth": 5, "min_level_for_depth": { "3": "gold" },
    "self_purchase": "none", "rounding": "half_up", "max_total_rate": "0.25",
    "cards": {
      "a": { "base": "paid", "mode": { "percent": { "rates": ["0.10", "0.05"] } },
             "level_bonus": { "gold": "0.02" }, "max_per_order": "500" },
      "b": { "mode": { "fixed": { "amounts": ["20.00"], "per": "line" } } },
      "c": { "base": "list", "mode": { "decay": { "first": "0.1", "ratio": "0.5", "depth": 2 } } }
    },
    "rules": [
      { "id": "all", "priority": 0, "card": "a" },
      { "id": "tea", "priority": 9, "when": { "category": ["tea"], "level": ["gold"] },
        "card": "b" },
      { "id": "big", "priority": 9, "when": { "category": ["mug"], "quantity": { "min": 10 },
        "line_amount": { "max": "99.99" }, "between": { "from": "2026-11-01T00:00:00Z" } },
        "card": "c" }
    ],
    "settlement": { "hold_days": 0, "cycle": "weekly", "auto_complete_days": 15,
                    "review_above": "10000.00", "minimum": "1" }
  } }
}"#;

fn policy() -> Policy {
    Policy::named("cn").unwrap()
}

fn findings(text: &str, policy: &Policy) -> Vec<(String, &'static str)> {
    let found = compile(text, policy).err().unwrap_or_default();
    found.into_iter().map(|found| (found.path, found.code)).collect()
}

/// Each row is `what stands in the base plan => what is written instead`, and below it, indented,
/// all that is found then: a path, below the currency unless it begins with `/`, and a code.
fn check_table(table: &str) {
    let lines: Vec<&str> = table.lines().filter(|line| !line.is_empty()).collect();
    for row in lines.chunk_by(|_, next| next.starts_with(' ')) {
        let (from, to) = row[0].split_once(" =>").unwrap();
        check(from, to.trim_start(), &row[1..]);
    }
}

#[track_caller]
pub(super) fn check(from: &str, to: &str, want: &[&str]) {
    let count = BASE.matches(from).count();
    assert_eq!(count, 1, "{from} is to stand once in the base plan");
    let found = findings(&BASE.replace(from, to), &policy());
    let want = want.iter().map(|line| {
        let (path, code) = line.trim_start().rsplit_once(' ').unwrap();
        match path.strip_prefix('/') {
            Some(rest) => (rest.to_owned(), code),
            None => (format!("currencies.CNY.{path}"), code),
        }
    });
    assert_eq!(found, want.collect::<Vec<_>>(), "{from} written as {to}");
}

const STRICTNESS: &str = r#"
"timezone": "Asia/Shanghai", =>
"timezone": "Asia/Shanghai" => "timezone": "Mars"
    /timezone malformed
"timezone": "Asia/Shanghai" => "timezone": null
    /timezone null
"timezone": "Asia/Shanghai" => "timezone": 8
    /timezone malformed
"timezone": => "time_zone":
    /time_zone unknown_key
"demote": => "timezone": "UTC", "demote":
    /timezone duplicate_key
"depth": 3, =>
    depth malformed
"depth": 3, => "depth": "3",
    depth malformed
"depth": 3, => "depth": 2.5,
    depth malformed
"depth": 3, => "depth": -1,
    depth malformed
"depth": 3, "team_depth": 5, => "depth": "3", "team_depth": 5.5, "cardz": {},
    cardz unknown_key
    depth malformed
    team_depth malformed
"demote": { => "levels": 1, "demote": {
    /levels duplicate_key
"currencies": { "CNY": { => "curencies": { "CNY": { "team_dept": 99,
    /curencies unknown_key
    /curencies.CNY.team_dept unknown_key
"rates": ["0.10", "0.05"] => "rates": [0.10, "5%"]
    cards.a.mode.percent.rates[0] malformed
    cards.a.mode.percent.rates[1] malformed
"cards": { => "cards": 1, "more": {
    cards malformed
    more unknown_key
"id": "tea", "priority": 9, "when": { => "id": 7, "when": { "first_order": "yes", "skuu": [],
    rules[1].id malformed
    rules[1].when.first_order malformed
    rules[1].when.skuu unknown_key
    rules[1].priority malformed
"line" => "box"
    cards.b.mode.fixed.per malformed
["tea"] => "tea"
    rules[1].when.category malformed
["0.10", "0.05"] => [0.10]
    cards.a.mode.percent.rates[0] malformed
"rates": ["0.10", "0.05"] => "rate": [], "rates": ["0.10", "5%"]
    cards.a.mode.percent.rate unknown_key
    cards.a.mode.percent.rates[1] malformed
{ "percent": { "rates": ["0.10", "0.05"] } } => {}
    cards.a.mode malformed
, "per": "line" => , "pre": 1
    cards.b.mode.fixed.pre unknown_key
"weekly" => "yearly"
    settlement.cycle malformed
{ "after_days": 30 } => "always"
    /demote malformed
{ "after_days": 30 } => "never"
{ "id": "bronze" } => ["bronze"]
    /levels[0] malformed
"c": { "base" => "b": { "base"
    cards.b duplicate_key
    rules[2].card unknown_card
"gold": "0.02" => "gold": "0.02", "gold": "0.03"
    cards.a.level_bonus.gold duplicate_key
{ "own_orders": => { "own_orders": 1, "own_orders":
    /levels[1].when.all[0].own_orders duplicate_key
"#;

#[test]
fn the_document_is_read_strictly() {
    assert_eq!(findings(BASE, &policy()), []);
    check_table(STRICTNESS);
}

#[test]
fn what_is_no_plan_is_refused() {
    let only = |text: &str| findings(text, &policy());
    let at = |path: &str, code: &'static str| vec![(path.to_owned(), code)];
    assert_eq!(only(""), at("", "not_json"));
    assert_eq!(only(&BASE[..BASE.len() - 1]), at("", "not_json"));
    assert_eq!(only(&format!("{BASE} x")), at("", "not_json"));
    assert_eq!(only(&"[".repeat(10_000)), at("", "not_json"));
    assert_eq!(only("[]"), at("", "malformed"));
    assert_eq!(only("null"), at("", "null"));
    assert_eq!(only("{}"), at("currencies", "malformed"));
    assert_eq!(only(r#"{ "currencies": {} }"#), at("currencies", "empty"));
    let rmb = BASE.replace("\"CNY\"", "\"RMB\"");
    assert_eq!(only(&rmb), at("currencies.RMB", "malformed"));
    let nulls = format!("[{}]", vec!["null"; 5_000].join(","));
    assert_eq!(only(&nulls).len(), 200);
}

const LIMITS: &str = r#"
"id": "bronze" => "id": "gold"
    /levels[1].id duplicate_id
"id": "bronze" => "id": "青铜"
    /levels[0].id malformed
{ "after_days": 30 } => { "after_days": 3661 }
    /demote.after_days out_of_range
"depth": 3, => "depth": 0,
    depth out_of_range
    min_level_for_depth.3 out_of_range
"depth": 3, => "depth": 4,
    depth above_policy
"depth": 3, => "depth": 21,
    depth out_of_range
"team_depth": 5 => "team_depth": 11
    team_depth out_of_range
"team_depth": 5 => "team_depth": 0
    team_depth out_of_range
{ "3": "gold" } => { "4": "gold" }
    min_level_for_depth.4 out_of_range
{ "3": "gold" } => { "03": "gold" }
    min_level_for_depth.03 out_of_range
{ "3": "gold" } => { "3": "iron" }
    min_level_for_depth.3 unknown_level
"0.25" => "0.300001"
    max_total_rate above_policy
"0.25" => "25%"
    max_total_rate malformed
"hold_days": 0 => "hold_days": 3661
    settlement.hold_days out_of_range
_days": 15 => _days": 99999
    settlement.auto_complete_days out_of_range
"10000.00" => "10000.001"
    settlement.review_above malformed
"minimum": "1" => "minimum": "-1"
    settlement.minimum malformed
"#;

#[test]
fn levels_and_limits_table() {
    check_table(LIMITS);
}

#[test]
fn the_policy_bounds_the_plan() {
    let wechat = Policy::named("cn-wechat").unwrap();
    let two = BASE.replace("\"max_total_rate\": \"0.25\",", "");
    let found = findings(&two, &wechat);
    assert_eq!(found, [("currencies.CNY.depth".to_owned(), "above_policy")]);
    let buyer = BASE.replace("\"self_purchase\": \"none\"", "\"self_purchase\": \"buyer\"");
    assert_eq!(findings(&buyer, &policy()), []);
    let strict = Policy { self_purchase_allowed: false, ..policy() };
    let found = findings(&buyer, &strict);
    assert_eq!(found, [("currencies.CNY.self_purchase".to_owned(), "above_policy")]);
}

const CARDS: &str = r#"
"a": { "base": "paid", => "a": {
    cards.a.base malformed
["0.10", "0.05"] => []
    cards.a.mode.percent.rates empty
["0.10", "0.05"] => ["0.10", "1.01"]
    cards.a.mode.percent.rates[1] malformed
["0.10", "0.05"] => ["0.1", "0.98"]
["0.10", "0.05"] => ["0.1", "0.980001"]
    cards.a.level_bonus out_of_range
"gold": "0.02" => "gold": "2"
    cards.a.level_bonus.gold malformed
"gold": "0.02" => "iron": "0.02"
    cards.a.level_bonus.iron unknown_level
"max_per_order": "500" => "max_per_order": "5.005"
    cards.a.max_per_order malformed
"max_per_order": "500" => "max_per_order": "10000000000.01"
    cards.a.max_per_order overflow
["20.00"] => []
    cards.b.mode.fixed.amounts empty
["20.00"] => ["1", "+1"]
    cards.b.mode.fixed.amounts[1] malformed
"per": "line" } } => "per": "line" } }, "level_bonus": { "gold": "0.1" }
    cards.b.level_bonus malformed
"ratio": "0.5" => "ratio": "1.5"
    cards.c.mode.decay.ratio malformed
"ratio": "0.5", "depth": 2 => "ratio": "0.5", "depth": 21
    cards.c.mode.decay.depth out_of_range
"c": { "base" => "c d": { "base"
    cards.c d malformed
    rules[2].card unknown_card
"#;

#[test]
fn cards_table() {
    check_table(CARDS);
}

const RULES: &str = r#"
"id": "tea" => "id": "all"
    rules[1].id duplicate_id
"id": "tea" => "id": ""
    rules[1].id malformed
"card": "b" => "card": "x"
    rules[1].card unknown_card
["tea"] => []
    rules[1].when.category empty
["tea"] => ["a\u0007"]
    rules[1].when.category[0] malformed
["gold"] => ["gold", "iron"]
    rules[1].when.level[1] unknown_level
["gold"] => ["gold"], "first_order": "true"
    rules[1].when.first_order malformed
["gold"] => ["gold"], "distributor": ["a b"]
    rules[1].when.distributor[0] malformed
{ "min": 10 } => { "min": 10, "max": 10 }
    rules[2].when.quantity empty
{ "min": 10 } => { "min": "10" }
    rules[2].when.quantity.min malformed
{ "max": "99.99" } => { "max": "99.999" }
    rules[2].when.line_amount.max malformed
{ "max": "99.99" } => { "min": "100", "max": "99.99" }
    rules[2].when.line_amount empty
2026-11-01T00:00:00Z => 2026-11-01
    rules[2].when.between.from malformed
["mug"] => ["mug", "tea/green"]
    rules[2] overlap
"priority": 0 => "priority": 9
    rules[1] overlap
    rules[2] overlap
"priority": 0 => "priority": 2147483648
    rules[0].priority malformed
"#;

#[test]
fn rules_table() {
    check_table(RULES);
}

#[test]
fn an_overlap_names_both_rules_and_the_rule_is_named_beside_each_finding() {
    let text = BASE.replace("[\"mug\"]", "[\"tea\"]");
    let found = compile(&text, &policy()).unwrap_err();
    assert_eq!(found[0].rule.as_deref(), Some("big"));
    let message = &found[0].message;
    assert!(message.contains("tea") && message.contains("big"), "{message}");
}

#[test]
fn what_is_told_is_short_however_long_the_names_are() {
    let long = "x".repeat(100_000);
    let tea = format!(r#""id": "{long}", "more": 1"#);
    let found = compile(&BASE.replace(r#""id": "tea""#, &tea), &policy()).unwrap_err();
    assert!(found.iter().any(|one| one.rule.is_some()), "the rule is named");
    assert!(found.iter().all(|one| one.sentence().len() < 1_700));
    let tea = format!(r#""id": "tea", "{long}": 1"#);
    let found = compile(&BASE.replace(r#""id": "tea""#, &tea), &policy()).unwrap_err();
    assert!(found.iter().all(|one| one.sentence().len() < 1_700));
    let found = compile(&BASE.replace(r#""id": "tea""#, r#""id": """#), &policy()).unwrap_err();
    assert_eq!(found[0].rule, None, "a rule without a name: {found:?}");
}

#[test]
fn more_than_the_limits_is_refused() {
    let many =
        |count: usize, one: fn(usize) -> String| (0..count).map(one).collect::<Vec<_>>().join(", ");
    let card = "{ \"mode\": { \"fixed\": { \"amounts\": [\"1\"] } } }";
    let part = |levels: usize, cards: usize, rules: usize| {
        let levels = many(levels, |n| format!("{{ \"id\": \"l{n}\" }}"));
        let cards = many(cards, |n| format!("\"c{n}\": CARD")).replace("CARD", card);
        let rules =
            many(rules, |n| format!("{{ \"id\": \"r{n}\", \"priority\": {n}, \"card\": \"c0\" }}"));
        format!(
            "{{ \"levels\": [{levels}], \"currencies\": {{ \"USD\": {{ \"depth\": 1, \
             \"cards\": {{ {cards} }}, \"rules\": [{rules}] }} }} }}"
        )
    };
    let found = |levels, cards, rules| findings(&part(levels, cards, rules), &policy());
    assert_eq!(found(50, 200, 500), []);
    assert_eq!(found(51, 1, 0), [("levels".to_owned(), "too_large")]);
    assert_eq!(found(0, 1, 0), [("levels".to_owned(), "empty")]);
    assert_eq!(found(1, 201, 0), [("currencies.USD.cards".to_owned(), "too_large")]);
    assert_eq!(found(1, 1, 501), [("currencies.USD.rules".to_owned(), "too_large")]);
}

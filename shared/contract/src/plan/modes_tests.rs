//! What compiling a plan refuses of the modes that look at what was sold, or at levels.

use super::tests::check;

const DECAY: &str = r#""decay": { "first": "0.1", "ratio": "0.5", "depth": 2 }"#;
const TIERS: &str =
    r#"[{ "from": "0", "rates": ["0.1"] }, { "from": "1000.00", "rates": ["0.2", "0.1"] }]"#;

/// Checks the plan with a mode of card `c` for its decay; findings are below the mode.
#[track_caller]
fn check_mode(mode: &str, want: &[&str]) {
    let below = |found: &&str| format!("cards.c.mode.{found}");
    let want: Vec<String> = want.iter().map(below).collect();
    check(DECAY, mode, &want.iter().map(String::as_str).collect::<Vec<_>>());
}

/// Checks the plan with tiers; findings are below the mode.
#[track_caller]
fn check_tiers(tiers: &str, want: &[&str]) {
    let below = |found: &&str| format!("tiered.{found}");
    let want: Vec<String> = want.iter().map(below).collect();
    let mode = format!(r#""tiered": {{ "measure": "order", "kind": "whole", "tiers": {tiers} }}"#);
    check_mode(&mode, &want.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn tiers_table() {
    check_tiers(TIERS, &[]);
    check_tiers(r#"[{ "from": "5", "rates": [] }, { "from": "6", "rates": ["0"] }]"#, &[]);
    check_tiers("[]", &["tiers empty"]);
    check_tiers(r#"[{ "from": "0", "rates": [] }]"#, &["tiers empty"]);
    check_tiers(
        r#"[{ "from": "0.001", "rates": ["0.1", "2"] }]"#,
        &["tiers[0].from malformed", "tiers[0].rates[1] malformed"],
    );
    check_tiers(
        r#"[{ "from": 5, "rates": ["0.1"] }, { "from": "0", "rates": ["0.1"] }]"#,
        &["tiers[0].from malformed"],
    );
    check_tiers(
        r#"[{ "rates": ["0.1"] }, { "from": "0", "rate": "0.1" }]"#,
        &["tiers[0].from malformed", "tiers[1].rate unknown_key"],
    );
    check_tiers("[5]", &["tiers[0] malformed"]);
    check_tiers("5", &["tiers malformed"]);
}

#[test]
fn a_tier_begins_above_the_one_before() {
    let tier = |from: &str| format!(r#"{{ "from": "{from}", "rates": ["0.1"] }}"#);
    let tiers = ["0", "1000", "1000.00", "999.99", "1000.01"].map(tier).join(", ");
    let third = "tiers[2].from out_of_order";
    check_tiers(&format!("[{tiers}]"), &[third, "tiers[3].from out_of_order"]);
}

#[test]
fn the_number_of_tiers_has_a_limit() {
    let tiers = |count: usize| {
        let tiers = (0..count).map(|n| format!(r#"{{ "from": "{n}", "rates": ["0.1"] }}"#));
        format!("[{}]", tiers.collect::<Vec<_>>().join(", "))
    };
    check_tiers(&tiers(100), &[]);
    check_tiers(&tiers(101), &["tiers too_large"]);
}

#[test]
fn tiered_table() {
    check_mode(r#""tiered": 5"#, &["tiered malformed"]);
    check_mode(
        r#""tiered": { "tiers": 5 }"#,
        &["tiered.tiers malformed", "tiered.measure malformed", "tiered.kind malformed"],
    );
    check_mode(
        &format!(r#""tiered": {{ "measure": "week", "kind": 1, "tiers": {TIERS} }}"#),
        &["tiered.kind malformed", "tiered.measure malformed"],
    );
    let most = |bonus: &str| {
        format!(
            r#""tiered": {{ "measure": "line", "kind": "graduated", "tiers": {TIERS} }} }},
            "level_bonus": {{ "gold": "{bonus}" }}"#
        )
    };
    check(&format!("{DECAY} }}"), &most("0.8"), &[]);
    check(&format!("{DECAY} }}"), &most("0.800001"), &["cards.c.level_bonus out_of_range"]);
}

#[test]
fn differential_table() {
    let two = r#""by_level": { "gold": "0.1", "bronze": "0.05" }"#;
    check_mode(&format!(r#""differential": {{ {two} }}"#), &[]);
    check_mode(&format!(r#""differential": {{ {two}, "peer": "0" }}"#), &[]);
    check_mode(r#""differential": { "by_level": {} }"#, &["differential.by_level empty"]);
    check_mode(
        r#""differential": { "by_level": { "gold": "1.1", "iron": "0.1" }, "peer": "x" }"#,
        &[
            "differential.by_level.gold malformed",
            "differential.by_level.iron unknown_level",
            "differential.peer malformed",
        ],
    );
    check_mode(
        r#""differential": { "by_level": 5, "peers": "0.1" }"#,
        &["differential.by_level malformed", "differential.peers unknown_key"],
    );
    check(
        &format!("{DECAY} }}"),
        &format!(r#""differential": {{ {two} }} }}, "level_bonus": {{ "gold": "0.1" }}"#),
        &["cards.c.level_bonus malformed"],
    );
}

#[test]
fn both_need_a_base() {
    let from = format!(r#""base": "list", "mode": {{ {DECAY}"#);
    let want = ["cards.c.base malformed"];
    let levels = r#""mode": { "differential": { "by_level": { "gold": "0.1" } }"#;
    check(&from, levels, &want);
    let tiered = r#""mode": { "tiered": { "measure": "line", "kind": "whole", "tiers": "#;
    check(&from, &format!("{tiered}{TIERS} }}"), &want);
}

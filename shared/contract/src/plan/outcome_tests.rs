//! What compiling makes of a plan that is right.

use upline_domain::ids::LevelId;
use upline_domain::plan::{
    Base, Cycle, Inactive, Mode, Per, Plan, Programme, Rounding, SelfPurchase, Settlement,
};

use upline_domain::rule_table::RuleTable;

use super::tests::BASE;
use super::{EXAMPLE_PLAN, Policy, compile};

fn policy() -> Policy {
    Policy::named("cn").unwrap()
}

fn part<'a>(plan: &'a Plan, currency: &str) -> &'a Programme {
    &plan.currencies[&currency.parse().unwrap()]
}

#[test]
fn a_plan_compiles_to_what_it_says() {
    let plan = compile(BASE, &policy()).unwrap();
    assert_eq!(plan.timezone.iana_name(), Some("Asia/Shanghai"));
    let levels: Vec<&str> = plan.levels.iter().map(LevelId::as_str).collect();
    assert_eq!(levels, ["bronze", "gold"]);
    let cny = part(&plan, "CNY");
    assert_eq!((cny.depth, cny.team_depth), (3, 5));
    assert_eq!(cny.min_rank, [0, 0, 1]);
    assert_eq!(cny.rounding, Rounding::HalfUp);
    assert_eq!(cny.max_total_rate, "0.25".parse().unwrap());
    assert_eq!(
        cny.settlement,
        Settlement { hold_days: 0, cycle: Cycle::Weekly, auto_complete_days: Some(15) }
    );
    let rate = |text: &str| text.parse().unwrap();
    let minor = |minor| upline_domain::money::Money::from_minor(minor).unwrap();
    assert_eq!(cny.cards[0].max_per_order, Some(minor(50_000)));
    assert_eq!(
        cny.cards[0].mode,
        Mode::Percent {
            base: Base::Paid,
            rates: vec![rate("0.1"), rate("0.05")],
            level_bonus: vec![rate("0"), rate("0.02")],
        }
    );
    assert_eq!(cny.cards[1].mode, Mode::Fixed { amounts: vec![minor(2_000)], per: Per::Line });
    assert_eq!(
        cny.cards[2].mode,
        Mode::Percent {
            base: Base::List,
            rates: vec![rate("0.1"), rate("0.05")],
            level_bonus: vec![],
        }
    );
    let rules: Vec<(&str, usize)> =
        cny.rules.iter().map(|rule| (rule.id.as_str(), rule.card)).collect();
    assert_eq!(rules, [("tea", 1), ("big", 2), ("all", 0)]);
    assert_eq!(cny.rules[0].when.rank, Some(vec![1]));
    assert_eq!(
        cny.rules[1].when.quantity.map(|range| (range.min, range.max)),
        Some((Some(10), None))
    );
    let most = cny.rules[1].when.line_amount.and_then(|range| range.max);
    assert_eq!(most, Some(minor(9_999)));
}

#[test]
fn what_is_left_out_has_its_default() {
    let text = r#"{ "currencies": { "JPY": { "depth": 5, "cards": {}, "rules": [] } } }"#;
    let plan = compile(text, &Policy::named("global").unwrap()).unwrap();
    assert_eq!(plan.timezone, jiff::tz::TimeZone::UTC);
    assert_eq!(plan.levels, ["standard".parse().unwrap()]);
    assert_eq!(
        part(&plan, "JPY"),
        &Programme {
            depth: 5,
            team_depth: 5,
            self_purchase: SelfPurchase::None,
            inactive: Inactive::Forfeit,
            min_rank: vec![0; 5],
            rounding: Rounding::Down,
            max_total_rate: "0.5".parse().unwrap(),
            cards: vec![],
            rules: RuleTable::default(),
            settlement: Settlement { hold_days: 7, cycle: Cycle::Daily, auto_complete_days: None },
        }
    );
}

#[test]
fn the_example_compiles_under_cn() {
    let plan = compile(EXAMPLE_PLAN, &policy());
    let plan = plan.unwrap_or_else(|found| panic!("the example plan is refused: {found:#?}"));
    let ids = |currency| {
        let rules = part(&plan, currency).rules.iter();
        rules.map(|rule| rule.id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(ids("CNY"), ["samples", "women-gold", "default"]);
    assert_eq!(ids("USD"), ["bulk-music", "music", "default"]);
}

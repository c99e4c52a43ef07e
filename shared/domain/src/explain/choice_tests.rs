//! The choice of a rule, and every condition that can be missed, in both languages.

use super::*;
use crate::plan::Conditions;
use crate::why_not::{Condition, Wanted};

/// A rule on the first card, without conditions.
pub(super) fn rule(id: &str, priority: i32) -> Rule {
    Rule { id: id.parse().unwrap(), priority, when: Conditions::default(), card: 0 }
}

/// What is said of the rule `vip`, of priority 50, after the words that all such sentences begin
/// with.
#[track_caller]
fn check_miss(
    condition: Condition,
    (own, wanted): (Option<&str>, Wanted),
    [english, chinese]: [&str; 2],
) {
    let vip = rule("vip", 50);
    let passed = vec![(&vip, Miss { condition, own: own.map(str::to_owned), wanted })];
    let made = Choice { rule: None, passed, others: 0 };
    let told = |language| choice(&made, 3, language);
    let want = [
        "no rule of plan version 3 matches: the line earns nothing".to_owned(),
        format!("rule vip (50) does not match: {english}"),
    ];
    assert_eq!(told(Language::English), want);
    let want = [
        "方案第 3 版：没有命中任何规则，本行不计佣".to_owned(),
        format!("规则 vip（优先级 50）未命中：{chinese}"),
    ];
    assert_eq!(told(Language::Chinese), want);
}

fn one_of(values: &[&str]) -> Wanted {
    Wanted::OneOf(values.iter().map(|&value| value.to_owned()).collect())
}

fn within(min: Option<&str>, max: Option<&str>) -> Wanted {
    let owned = |bound: Option<&str>| bound.map(str::to_owned);
    Wanted::Within { min: owned(min), max: owned(max) }
}

#[test]
fn miss_table() {
    use Condition::*;
    check_miss(
        Category,
        (Some("men"), one_of(&["women", "shoes"])),
        [
            "category is men, not women or shoes or below",
            "类目为 men，规则要求 women、shoes 及其下级类目",
        ],
    );
    check_miss(
        Category,
        (None, one_of(&["women"])),
        [
            "there is no category, and it asks for women or below",
            "没有类目，规则要求 women 及其下级类目",
        ],
    );
    check_miss(
        Sku,
        (Some("a"), one_of(&["b", "c", "d", "e", "f", "g", "h"])),
        [
            "sku is a, not b or c or d or e or f or one of 2 more",
            "货号为 a，规则要求 b、c、d、e、f 等 7 项",
        ],
    );
    check_miss(
        Region,
        (Some("GD"), one_of(&["BJ"])),
        ["region is GD, not BJ", "地区为 GD，规则要求 BJ"],
    );
    check_miss(
        Level,
        (Some("bronze"), one_of(&["gold"])),
        ["level is bronze, not gold", "分销商等级为 bronze，规则要求 gold"],
    );
    check_miss(
        Distributor,
        (Some("ann"), one_of(&["bob"])),
        ["distributor is ann, not bob", "分销商为 ann，规则要求 bob"],
    );
}

#[test]
fn missed_range_table() {
    use Condition::*;
    check_miss(
        LineAmount,
        (Some("5.00"), within(None, Some("2.00"))),
        ["line amount is 5.00, not less than 2.00", "本行实付为 5.00，规则要求低于 2.00"],
    );
    check_miss(
        OrderAmount,
        (Some("999.99"), within(Some("1000.00"), None)),
        [
            "order amount is 999.99, not 1000.00 or more",
            "整单实付为 999.99，规则要求不低于 1000.00",
        ],
    );
    check_miss(
        Quantity,
        (Some("5"), within(Some("2"), Some("5"))),
        ["quantity is 5, not 2 or more and less than 5", "件数为 5，规则要求不低于 2 且低于 5"],
    );
    check_miss(
        Between,
        (Some("T1"), within(Some("T2"), None)),
        ["time of payment is T1, not from T2 on", "支付时间为 T1，规则要求 T2 起"],
    );
    check_miss(
        Between,
        (Some("T3"), within(Some("T1"), Some("T3"))),
        [
            "time of payment is T3, not from T1 on and before T3",
            "支付时间为 T3，规则要求 T1 起 T3 之前",
        ],
    );
    check_miss(
        FirstOrder,
        (None, Wanted::Is(true)),
        ["it is not the buyer's first order", "不是买家首单"],
    );
    check_miss(
        FirstOrder,
        (None, Wanted::Is(false)),
        ["it is the buyer's first order", "是买家首单"],
    );
}

#[test]
fn choice_table() {
    let all = rule("all", 0);
    let told = |version, others, language| {
        choice(&Choice { rule: Some(&all), passed: Vec::new(), others }, version, language)
    };
    let want = [
        "rule all (0) of the plan is the highest that matches",
        "1 more rule above does not match either",
    ];
    assert_eq!(told(0, 1, Language::English), want);
    let want = [
        "rule all (0) of plan version 7 is the highest that matches",
        "12 more rules above do not match either",
    ];
    assert_eq!(told(7, 12, Language::English), want);
    let want = [
        "方案第 7 版：适用规则 all（优先级 0），为命中规则中优先级最高者",
        "另有 12 条优先级更高的规则也未命中",
    ];
    assert_eq!(told(7, 12, Language::Chinese), want);
    let want = ["本方案：适用规则 all（优先级 0），为命中规则中优先级最高者"];
    assert_eq!(told(0, 0, Language::Chinese), want);
}

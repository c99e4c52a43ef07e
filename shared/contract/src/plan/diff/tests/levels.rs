//! What is told of what a level takes.

use super::*;

#[test]
fn what_a_level_takes_rises_and_falls() {
    check(
        "/levels/1/when/all/0/own_orders/min",
        json!(6),
        [
            "what level silver takes: the own orders rises from 5 to 6",
            "等级 silver 的升级条件：本人订单数由 5 提高到 6",
            "what level silver takes: the own orders falls from 6 to 5",
        ],
    );
    check(
        "/levels/1/when/all/1/own_sales/days",
        json!(30),
        [
            "what level silver takes: the days of own sales in CNY falls from 90 to 30",
            "等级 silver 的升级条件：本人销售额统计天数 CNY由 90 降低到 30",
            "what level silver takes: the days of own sales in CNY rises from 30 to 90",
        ],
    );
    check(
        "/levels/1/when/all/1/own_sales/min",
        json!("100.50"),
        [
            "what level silver takes: the own sales in CNY rises from 100.00 to 100.50",
            "等级 silver 的升级条件：本人销售额 CNY由 100.00 提高到 100.50",
            "what level silver takes: the own sales in CNY falls from 100.50 to 100.00",
        ],
    );
    let any = json!({ "any": base()["levels"][1]["when"]["all"].clone() });
    check(
        "/levels/1/when",
        any,
        [
            "what level silver takes: how much of it must hold is now any, before all",
            "等级 silver 的升级条件：须满足由 all 改为 any",
            "what level silver takes: how much of it must hold is now all, before any",
        ],
    );
    check(
        "/levels/2/when",
        json!({ "score": { "min": "12.5", "of": [
            { "weight": "0.010", "team_sales": { "currency": "CNY", "days": 30 } },
            { "weight": "5", "team_size": {} },
        ] } }),
        [
            "what level gold takes is new: how much of it must hold score, points asked for 12.5, \
             points for team_sales CNY is 0.01, points for team_size is 5, depth of the team size \
             5, days of team sales in CNY is 30",
            "新增 等级 gold 的升级条件：须满足 score；积分门槛 12.5；team_sales CNY 的积分 0.01；\
             team_size 的积分 5；团队人数统计级数 5；团队销售额统计天数 CNY 30",
            "what level gold takes is gone, before: how much of it must hold score, points asked \
             for 12.5, points for team_sales CNY is 0.01, points for team_size is 5, depth of the \
             team size 5, days of team sales in CNY is 30",
        ],
    );
}

#[test]
fn a_part_of_what_a_level_takes_is_told_by_its_number() {
    let part =
        json!({ "any": [{ "own_orders": { "min": 9, "days": 60 } }, { "compliant": true }] });
    let old = with(base(), "/levels/1/when/all/-", part);
    let new = with(old.clone(), "/levels/1/when/all/2/any/0/own_orders/min", json!(8));
    let told = "what level silver takes: the own orders [1] falls from 9 to 8";
    assert_eq!(sentences(&old, &new, Language::English), [told]);
    let new = with(old.clone(), "/levels/1/when/all/2/any/1", Value::Null);
    let told = "what level silver takes: the absence of open risk flags [1] is gone, before true";
    assert_eq!(sentences(&old, &new, Language::English), [told]);
    let again = json!({ "own_orders": { "min": 7, "days": 60 } });
    let new = with(old.clone(), "/levels/1/when/all/-", again.clone());
    let told = [
        "what level silver takes: the days of own orders (2) is new: 60",
        "what level silver takes: the own orders (2) is new: 7",
    ];
    assert_eq!(sentences(&old, &new, Language::English), told);
    // The order of conditions, of lists and of like ones says nothing.
    let mut turned = new.clone();
    let list = turned.pointer_mut("/levels/1/when/all").and_then(Value::as_array_mut);
    list.unwrap().reverse();
    let list = turned.pointer_mut("/levels/1/when/all/1/any").and_then(Value::as_array_mut);
    list.unwrap().reverse();
    assert_eq!(diff(&side(&new), &side(&turned), Language::English), []);
}

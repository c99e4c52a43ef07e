//! Books that are posted while they are read, page by page.

use std::collections::BTreeMap;

use reconcile::run_here;
use serde_json::{Value, json};
use upline_contract::job::AskedDay;
use upline_lambda::read_plan;
use upline_store::Store;
use upline_testkit::database::{Database, TABLE};
use upline_testkit::events::paid;
use upline_testkit::faulty::{Fate, FaultyTable};
use upline_testkit::process::Process;
use upline_testkit::request::Request;
use upline_testkit::run;
use upline_testkit::shop::{Shop, found};

use super::{DAY, orders, told};
use crate::earning::family;
use crate::plans::TWO_DEEP;

fn put(table: &mut FaultyTable, item: &Value) {
    let body = json!({ "TableName": TABLE, "Item": item });
    drop(table.ask(&Request::new("PutItem", &body), Fate::Served, |behind| behind));
}

/// The table with three orders, and with one more.
fn before_and_after() -> [BTreeMap<String, Value>; 2] {
    let plan = TWO_DEEP.replace("\"depth\": 2", "\"depth\": 2, \"team_depth\": 3");
    let world = run(family(&plan));
    let database = Database::behind(&world.client());
    run(world.send_all(&orders()));
    let before = database.items();
    run(world.send_all(&[paid("A4", "zoe", "400.00", "2026-11-11T06:00:00Z")]));
    [before, database.items()]
}

#[test]
fn what_is_posted_between_two_pages_is_no_drift() {
    let [before, after] = before_and_after();
    let posted: Vec<&Value> = after
        .iter()
        .filter(|(key, item)| before.get(*key) != Some(item))
        .map(|(_, one)| one)
        .collect();
    // A first look at ann's day is behind.
    let is_day = |item: &&Value| {
        item["pk"]["S"] == "demo#M#ann" && item["sk"]["S"].as_str().unwrap().starts_with("DAY#")
    };
    let day = before.values().filter(is_day).find(|day| day.get("team_sales").is_some()).unwrap();
    let mut late = day.clone();
    late["team_sales"]["N"] = json!("1");
    let mut table = FaultyTable::empty();
    before.values().chain([&late]).for_each(|item| put(&mut table, item));
    table.catch_up();
    put(&mut table, day);

    let mut process = Process::new(&table.client(), |config| config);
    let store = Store::new(&process.client(), TABLE, read_plan);
    let mut ended = process.begin(async move {
        let (tenant, date, by) =
            ("demo".parse().unwrap(), Some(DAY.parse().unwrap()), "olga".to_owned());
        let asked = AskedDay { tenant, date, dry_run: false, by };
        run_here(&store, &Shop::new(&store), &asked).await.unwrap();
    });
    let mut pages = 0;
    while ended.is_none() {
        let request = process.asks()[0].clone();
        let is_second_look = request.operation == "Query"
            && request.body.contains("\"ConsistentRead\":true")
            && request.partitions() == ["demo#M#ann"];
        pages += usize::from(is_second_look);
        let is_page = is_second_look && pages <= 2;
        let fate = if is_page { Fate::InPart } else { Fate::Served };
        let (reply, _) = table.ask(&request, fate, |_| 0);
        if is_page && pages == 2 {
            // Both of her days are read, and none of her lines.
            for item in &posted {
                put(&mut table, item);
            }
        }
        ended = process.reply(0, reply);
    }
    assert!(pages > 2, "her books were read in pages");
    let store = Store::new(&table.client(), TABLE, read_plan);
    let found = run(found(&store, &"demo".parse().unwrap(), DAY.parse().unwrap(), 1));
    assert_eq!(told(&found), [""; 0]);
}

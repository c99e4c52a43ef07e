//! The samples in `events/samples`, played through the real handlers, end in the ledger that is
//! written down in `golden/samples.txt`. Its figures were checked by hand once; a change of any of
//! them is a change of what people are paid.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;
use upline_contract::answer::order_view;
use upline_contract::plan::EXAMPLE_PLAN;
use upline_domain::language::Language;
use upline_testkit::{World, run};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn samples() -> Vec<Value> {
    let folder = folder("../events/samples/accepted");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 10, "there are samples");
    files
        .iter()
        .map(|f| serde_json::from_str(&std::fs::read_to_string(f).unwrap()).unwrap())
        .collect()
}

async fn ledger() -> String {
    let world = World::with_plan(EXAMPLE_PLAN).await;
    let events = samples();
    let outcomes = world.send_all(&events).await;
    let mut text = String::new();
    for (event, outcome) in events.iter().zip(&outcomes) {
        let id = event.pointer("/detail/metadata/id").and_then(Value::as_str).unwrap();
        let reason = outcome.reason().unwrap_or_default();
        writeln!(text, "{id} {} {reason}", outcome.word()).unwrap();
    }
    let ids = |name: &str| {
        let all =
            events.iter().filter_map(|e| e.pointer(&format!("/detail/data/{name}"))?.as_str());
        let mut ids: Vec<String> = all.map(str::to_owned).collect();
        ids.sort();
        ids.dedup();
        ids
    };
    let plan = world.store.plan_version(&world.tenant, 1).await.unwrap().unwrap();
    for order in ids("order_id") {
        let id = order.parse().unwrap();
        let Some(record) = world.store.order(&world.tenant, &id).await.unwrap() else { continue };
        let view = order_view(&id, &record, Some(&plan.plan), Language::English).unwrap();
        writeln!(text, "\n{}", serde_json::to_string_pretty(&view).unwrap()).unwrap();
    }
    for distributor in ids("distributor_id") {
        for balance in world.balances(&distributor).await {
            let amount = |amount: upline_domain::money::SignedMoney| amount.text(balance.currency);
            let due: Vec<_> =
                balance.due.iter().map(|(d, a)| format!("{d} {}", amount(*a))).collect();
            let (currency, pending) = (balance.currency, amount(balance.pending));
            writeln!(text, "\n{distributor} {currency}: pending {pending}, due {due:?}").unwrap();
        }
    }
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

#[test]
fn the_samples_end_in_the_golden_ledger() {
    let path = folder("golden/samples.txt");
    let ledger = run(ledger());
    if std::env::var_os("UPLINE_BLESS").is_some() {
        std::fs::write(&path, &ledger).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(ledger, golden, "run with UPLINE_BLESS=1 to write {}", path.display());
}

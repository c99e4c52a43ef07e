//! Every key stands in `tests/golden/keys.txt`: one that changes is one that finds nothing.

use std::fmt::Write;

use upline_domain::ids::TenantId;
use upline_domain::reconcile::{Act, Difference, Kind};
use upline_store::keys::{self, Key};

use crate::golden::hold;
use crate::values::{at, cny, id};

#[test]
fn every_key_is_as_it_was() {
    let tenant = &id("demo");
    let (dist, other) = (&id("dist-1"), &id("dist-2"));
    let (order, buyer, code) = (&id("gid://shop/Order/1"), &id("buyer-1"), &id("ANN"));
    let time = at("2026-11-11T00:00:03.100Z");
    let day = id("2026-11-11");
    let keys: Vec<(&str, Key)> = vec![
        ("member", keys::member(tenant, dist)),
        ("line", keys::line(tenant, dist, time, order)),
        ("balance", keys::balance(tenant, dist, cny())),
        ("day", keys::day(tenant, dist, day, cny())),
        ("recruits", keys::recruits(tenant, dist, day)),
        ("check", keys::check(tenant, dist)),
        ("level_change", keys::level_change(tenant, dist, 12)),
        ("team_counts", keys::team_counts(tenant, dist)),
        ("team", keys::team(tenant, dist, 2, other)),
        ("code", keys::code(tenant, code)),
        ("await_order", keys::await_order(keys::code_partition(tenant, code), order)),
        ("await_event", keys::await_event(keys::distributor(tenant, dist), "evt-1", "00ff")),
        ("buyer", keys::buyer(tenant, buyer)),
        ("wait", keys::wait(tenant, buyer, order)),
        ("order", keys::order(tenant, order)),
        ("refunded", keys::refunded(tenant, day, order)),
        ("plan", keys::plan(tenant, 1)),
        ("active_plans", keys::active_plans(tenant)),
        ("nights", keys::nights(tenant, 7)),
        ("run", keys::run(tenant, day, 12)),
        ("difference", keys::difference(tenant, day, 12, &drifted())),
        ("difference of nobody", keys::difference(tenant, day, 12, &of_nobody())),
        ("touched", keys::touched(tenant, day, 12, dist, Some(order))),
        ("touched distributor", keys::touched(tenant, day, 12, dist, None)),
        ("audit_day", keys::audit_day(tenant, day)),
        ("audit", keys::audit(tenant, time, "plan.activate", "2#3")),
        ("parked_day", keys::parked_day(keys::UNREAD, "2026-11-11")),
        ("parked", keys::parked("demo", "-", keys::UNREAD, "00ff")),
        ("parked_part", keys::parked_part("demo", "00ff", 1)),
    ];
    let mut text = String::new();
    for (name, Key { pk, sk }) in &keys {
        assert!(pk.starts_with("demo#") || pk.starts_with("?#"), "{name} begins with its tenant");
        writeln!(text, "{name}: {pk} | {sk}").unwrap();
    }
    for (name, part) in &parts(tenant) {
        writeln!(text, "{name}: {part}").unwrap();
    }
    none_is_missing(&text);
    hold("keys.txt", &text);
}

/// A line that stands beside the right one.
fn drifted() -> Difference {
    Difference {
        order: Some(id("gid://shop/Order/1")),
        distributor: Some(id("dist-1")),
        about: "2026-11-11T00:00:03.100Z".to_owned(),
        ..Difference::new(Kind::LineDrift, Vec::new(), Act::Post)
    }
}

fn of_nobody() -> Difference {
    Difference::new(Kind::UnreadableRow, Vec::new(), Act::Look)
}

/// The parts of keys, partitions of the index, and what stands between and around them.
fn parts(tenant: &TenantId) -> Vec<(&'static str, String)> {
    let (dist, order, buyer, code) =
        (&id("dist-1"), &id("gid://shop/Order/1"), &id("buyer-1"), &id("ANN"));
    let (time, day) = (at("2026-11-11T00:00:03.100Z"), id("2026-11-11"));
    vec![
        ("distributor", keys::distributor(tenant, dist)),
        ("code_partition", keys::code_partition(tenant, code)),
        ("buyer_partition", keys::buyer_partition(tenant, buyer)),
        ("plans", keys::plans(tenant)),
        ("VERSIONS", keys::VERSIONS.to_owned()),
        ("audit_days", keys::audit_days(tenant)),
        ("audit_partition", keys::audit_partition(tenant, "2026-11-11")),
        ("parked_partition", keys::parked_partition("demo", "2026-11-11")),
        ("parked_days", keys::parked_days("demo")),
        ("line_prefix", keys::line_prefix(time)),
        ("day_prefix", keys::day_prefix(day)),
        ("day_end", keys::day_end(day)),
        ("team_prefix", keys::team_prefix(2)),
        ("refund_attribute", keys::refund_attribute(&id("r1"))),
        ("refunded_of_shard", keys::refunded_of_shard(tenant, day, 7)),
        ("REFUNDED", keys::REFUNDED.to_owned()),
        ("REFUNDED_TO", keys::REFUNDED_TO.to_owned()),
        ("orders_of_day", keys::orders_of_day(tenant, day, order)),
        ("orders_of_shard", keys::orders_of_shard(tenant, day, 7)),
        ("orphans_of_day", keys::orphans_of_day(tenant, day, order)),
        ("orphans_of_shard", keys::orphans_of_shard(tenant, day, 7)),
        ("order_shard", keys::order_shard(order).to_string()),
        ("runs", keys::runs(tenant, day)),
        ("RUNS", keys::RUNS.to_owned()),
        ("RUNS_TO", keys::RUNS_TO.to_owned()),
        ("found", keys::found(tenant, day, 7)),
        ("differences", keys::differences(12)),
        ("all_touched", keys::all_touched(12)),
        ("balances", keys::balances(tenant, dist)),
        ("balances_of_shard", keys::balances_of_shard(tenant, 7)),
        ("members", keys::members(tenant, dist)),
        ("members_of_shard", keys::members_of_shard(tenant, 7)),
        ("checks_of_shard", keys::checks_of_shard(tenant, day, 7)),
        ("moved", keys::moved(tenant, day, dist)),
        ("moved_of_shard", keys::moved_of_shard(tenant, day, 7)),
        ("distributor_shard", keys::distributor_shard(dist).to_string()),
        ("tenants", keys::tenants()),
        ("MEMBER", keys::MEMBER.to_owned()),
        ("ORDER", keys::ORDER.to_owned()),
        ("CHECK", keys::CHECK.to_owned()),
        ("LEVELS", keys::LEVELS.to_owned()),
        ("CODE", keys::CODE.to_owned()),
        ("LINES_FROM", keys::LINES_FROM.to_owned()),
        ("LINES_TO", keys::LINES_TO.to_owned()),
        ("BALANCES", keys::BALANCES.to_owned()),
        ("DAYS_FROM", keys::DAYS_FROM.to_owned()),
        ("DAYS_TO", keys::DAYS_TO.to_owned()),
        ("AWAITS", keys::AWAITS.to_owned()),
        ("WAITS", keys::WAITS.to_owned()),
        ("REFUNDS", keys::REFUNDS.to_owned()),
        ("UNREAD", keys::UNREAD.to_owned()),
        ("UNDATED", keys::UNDATED.to_owned()),
        ("FIRST", keys::FIRST.escape_unicode().to_string()),
        ("LAST", keys::LAST.escape_unicode().to_string()),
        ("SHARDS", keys::SHARDS.to_string()),
        ("SEGMENTS", keys::SEGMENTS.to_string()),
    ]
}

/// What is no key, or read back from one.
const READ_BACK: [&str; 6] =
    ["Key", "order_of", "distributor_of", "version_of", "parked_of", "tenant_of_plans"];

/// Whether all that `keys.rs` and its modules offer is in the text.
#[track_caller]
fn none_is_missing(text: &str) {
    let sources = [
        include_str!("../../src/keys.rs"),
        include_str!("../../src/keys/listed.rs"),
        include_str!("../../src/keys/reports.rs"),
    ];
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/keys");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), sources.len() - 1, "all are read");
    let offers = sources.iter().flat_map(|source| source.lines());
    let offers = offers.filter_map(|line| line.strip_prefix("pub "));
    for line in offers.filter(|line| !line.starts_with("use ")) {
        let name = line.split(|c: char| !c.is_alphanumeric() && c != '_').nth(1).unwrap();
        let seen = text.lines().any(|known| known.starts_with(&format!("{name}: ")));
        assert!(seen || READ_BACK.contains(&name), "{name} of the keys is missing here");
    }
}

#[test]
fn whose_an_item_is_is_read_back_from_its_key() {
    let (tenant, order, dist) = (id("demo"), id("gid://shop/Order/1"), id("dist-1"));
    let order_key = keys::order(&tenant, &order).pk;
    assert_eq!(keys::order_of(&order_key), Some((tenant.clone(), order)));
    assert_eq!(keys::distributor_of(&order_key), None);
    let dist_key = keys::distributor(&tenant, &dist);
    assert_eq!(keys::distributor_of(&dist_key), Some((tenant.clone(), dist)));
    assert_eq!(keys::order_of(&dist_key), None);
    assert_eq!(keys::version_of(&keys::plan(&tenant, 12).sk), Some(12));
    assert_eq!(keys::version_of("ACTIVE"), None);
    assert_eq!(keys::tenant_of_plans(&keys::plans(&tenant)), Some(tenant.clone()));
    for other in ["", "#P", "demo", "demo#A", "demo#P#1", "demo#X#P", &dist_key] {
        assert_eq!(keys::tenant_of_plans(other), None, "{other:?}");
    }
    let parked = keys::parked("demo", "2026-11-11", "evt-1", "00ff");
    assert_eq!(keys::parked_of(&parked.pk), Some(("demo", "2026-11-11")));
    let unread = keys::parked(keys::UNREAD, "-", keys::UNREAD, "00ff");
    assert_eq!(keys::parked_of(&unread.pk), Some((keys::UNREAD, "-")));
    for other in [keys::parked_day("demo", "-").pk, keys::parked_part("demo", "00ff", 1).pk] {
        assert_eq!(keys::parked_of(&other), None, "{other}");
    }
    for other in ["", "#O#", "demo#O#", "#O#A1", "demo#O#a#b", "demo#B#A1"] {
        assert_eq!(keys::order_of(other), None, "{other:?}");
        assert_eq!(keys::distributor_of(&other.replace("#O#", "#M#")), None, "{other:?}");
    }
}

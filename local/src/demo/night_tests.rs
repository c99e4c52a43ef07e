//! Which day is told in part, where its report is written, and how a night ends.

use upline_contract::reconciliation::ListedView;

use super::super::{log, story, world};
use super::*;

fn told() -> Story {
    let purchases = log::purchases().unwrap();
    story::tell(&world::grow(&purchases).unwrap(), &purchases)
}

fn zone(name: &str) -> TimeZone {
    time::zone(name).unwrap()
}

#[test]
fn some_events_of_a_busy_late_day_are_withheld_and_its_list_has_them() {
    for name in ["Asia/Shanghai", "UTC", "America/Los_Angeles"] {
        let (mut story, all) = (told(), told());
        let withheld = withhold(&mut story, &zone(name)).unwrap();
        assert_eq!(withheld.names, withhold(&mut told(), &zone(name)).unwrap().names, "the same");
        let sent: BTreeSet<&str> = story.messages.iter().map(|one| one.text.as_str()).collect();
        let gone: Vec<_> =
            all.messages.iter().filter(|one| !sent.contains(one.text.as_str())).collect();
        assert_eq!((gone.len(), withheld.names.len()), (5, 5), "{name}");
        assert!(gone.iter().all(|one| withheld.list.contains(&one.text)), "{name}");
        assert!(withheld.day >= "1998-06-03".parse().unwrap(), "{}", withheld.day);
        let of_day = |row: &String| {
            let event = parse_text(row).unwrap();
            time::day(event.fact.time(), &zone(name)) == withheld.day
        };
        assert!(withheld.list.iter().all(of_day), "{name}");
        let orders = withheld.list.iter().filter(|row| row.contains("OrderPaid")).count();
        assert!(orders > 10, "{name}: {orders} orders on the busiest day");
    }
}

#[test]
fn a_day_is_found_where_nothing_is_refunded_and_none_where_nothing_is_ordered() {
    let mut story = told();
    story.messages.retain(|one| !one.text.contains("OrderRefunded"));
    let withheld = withhold(&mut story, &zone("UTC")).unwrap();
    let kinds: Vec<&str> = withheld.names.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(&kinds[kinds.len() - 3..], ["missing_here"; 3], "{kinds:?}");
    story.messages.retain(|one| one.text.contains("DistributorRegistered"));
    assert!(withhold(&mut story, &zone("UTC")).is_none());
}

#[test]
fn a_page_stands_beside_its_data_and_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let day = "1998-06-22".parse().unwrap();
    let data = folder.path().join("my.demo.db");
    let own = page(&Data::File(data.clone()), day);
    assert_eq!(own, folder.path().join("my.demo-1998-06-22.html"));
    assert_eq!(page(&Data::Memory, day), Path::new("upline-demo-1998-06-22.html"));
    for other in ["my.demo-1998-6-2.html", "my.demo-notes.html", "my-1998-06-22.html"] {
        std::fs::write(folder.path().join(other), "x").unwrap();
    }
    assert_eq!(pages(&data), [""; 0].map(PathBuf::from));
    std::fs::write(&own, "x").unwrap();
    assert_eq!(pages(&data), [own]);
}

fn difference(kind: &str, order: &str, outcome: &str) -> DifferenceView {
    let difference = json!({
        "kind": kind, "question": "complete", "order_id": order, "values": [], "act": "feed",
        "outcome": outcome,
    });
    serde_json::from_value(difference).unwrap()
}

/// A night in which one order was withheld.
fn night(differences: Vec<DifferenceView>, after: u64) -> Night {
    let report = ReportView {
        tenant: "demo".to_owned(),
        day: "1998-06-22".to_owned(),
        run: 1,
        state: "finished".to_owned(),
        dry_run: false,
        by: "admin".to_owned(),
        started_at: String::new(),
        finished_at: None,
        list: Some(ListedView { name: "x".to_owned(), rows: 9, unreadable: 0, other_days: 0 }),
        orders: 9,
        waiting: 0,
        distributors: 1,
        inconsistent_before: 1,
        inconsistent_after: after,
        share_before: "0.111111".to_owned(),
        share_after: "0.000000".to_owned(),
        totals: Vec::new(),
        kinds: Vec::new(),
        differences,
        cursor: None,
    };
    let names = [("missing_here".to_owned(), "A1".to_owned(), String::new())];
    Night { names: BTreeSet::from(names), report, page: PathBuf::from("a.html") }
}

#[test]
fn a_night_ends_well_where_all_that_was_withheld_and_nothing_else_is_found_and_repaired() {
    let found = || difference("missing_here", "A1", "repaired");
    assert!(night(vec![found()], 0).verdict().is_ok());
    for (night, told) in [
        (night(Vec::new(), 0), "withheld and not found: missing here A1;"),
        (night(vec![difference("missing_here", "A1", "left")], 1), "not repaired: missing here A1"),
        (night(vec![found()], 2), "2 orders are inconsistent after it"),
        (
            night(vec![found(), difference("line_drift", "A2", "repaired")], 0),
            "found and not withheld: line drift A2;",
        ),
    ] {
        let failed = night.verdict().unwrap_err();
        let failed = format!("{failed:?}");
        assert!(failed.contains(told), "{failed}");
    }
}

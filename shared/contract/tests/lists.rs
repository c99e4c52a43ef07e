//! The lists of `events/lists`, which `docs/reconciliation.md` shows: the same orders in both
//! forms.
#![expect(clippy::panic, clippy::unwrap_used, reason = "what cannot be read fails the test")]

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use upline_contract::event::{Event, Fact, parse_text};
use upline_contract::orders_list::OrdersList;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn file(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The events of a list, each also by its text; both are the same.
fn events(list: String) -> Vec<Event> {
    let tenant = "demo".parse().unwrap();
    let rows = OrdersList::open(Box::new(Cursor::new(list.into_bytes()))).unwrap();
    let rows = rows.map(|row| {
        let row = row.unwrap();
        let event = row.read(&tenant).unwrap_or_else(|reason| panic!("{}: {reason}", row.number));
        let text = row.text(&tenant).unwrap();
        assert_eq!(parse_text(&text).unwrap(), event, "what goes through the door");
        let order = match &event.fact {
            Fact::Paid(paid) => &paid.order,
            Fact::Refunded { order, .. } | Fact::Completed { order, .. } => order,
            Fact::Registered(_) | Fact::Bound(_) => panic!("{event:?}"),
        };
        assert_eq!(row.order().as_ref(), Some(order));
        event
    });
    rows.collect()
}

#[test]
fn both_forms_of_a_list_are_the_same_events() {
    let lines = events(file("events/lists/2026-11-11.jsonl"));
    assert_eq!(lines.len(), 5);
    let kinds: Vec<_> = lines.iter().map(|event| event.fact.detail_type()).collect();
    let refunded = "OrderRefunded";
    assert_eq!(kinds, ["OrderPaid", "OrderPaid", refunded, refunded, "OrderCompleted"]);
    assert_eq!(events(file("events/lists/2026-11-11.csv")), lines);
}

/// What stands between a line of three backticks with this word and the next.
fn blocks<'a>(page: &'a str, word: &str) -> Vec<&'a str> {
    let begin = format!("\n```{word}\n");
    let parts = page.split(begin.as_str()).skip(1);
    parts.map(|part| part.split_once("```").unwrap().0).collect()
}

#[test]
fn the_page_shows_the_lists_as_they_are() {
    let page = file("docs/reconciliation.md");
    assert_eq!(blocks(&page, "csv"), [file("events/lists/2026-11-11.csv")]);
    let shown = blocks(&page, "json").concat();
    let list = file("events/lists/2026-11-11.jsonl");
    assert!(shown.lines().count() >= 2, "the page shows lines of the list");
    for line in shown.lines() {
        assert!(list.lines().any(|known| known == line), "not of the list: {line}");
    }
}

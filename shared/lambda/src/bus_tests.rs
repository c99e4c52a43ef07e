//! What the bus takes, how events are cut into requests, and what names a retry.

use proptest::prelude::*;

use super::*;

fn event(source: &str, detail: &str) -> String {
    format!(r#"{{"source":{source},"detail-type":"OrderPaid","detail":{detail}}}"#)
}

fn parked() -> ParkedId {
    let (day, event, hash) = ("2026-11-11".to_owned(), "gid://shop/1".to_owned(), "01".repeat(32));
    ParkedId { day, event, hash }
}

#[test]
fn an_entry_has_what_was_sent() {
    let entry = Entry::of(&event("\"shop\"", r#"{ "a": 1.0 }"#), None).unwrap();
    let request = entry.request("bus");
    assert_eq!(request.event_bus_name(), Some("bus"));
    assert_eq!((request.source(), request.detail_type()), (Some("shop"), Some("OrderPaid")));
    assert_eq!(request.detail(), Some(r#"{ "a": 1.0 }"#));
    assert!(request.resources().is_empty());
    assert_eq!(entry.size(), "shop".len() + "OrderPaid".len() + r#"{ "a": 1.0 }"#.len());
    for none in ["null", "\"\""] {
        let entry = Entry::of(&event(none, "{}"), None).unwrap();
        assert_eq!(entry.request("bus").source(), Some(SOURCE), "{none}");
    }
}

#[test]
fn what_the_bus_never_takes_is_parked() {
    let check = |text: &str, want: &str| {
        let reason = Entry::of(text, None).unwrap_err().reason().unwrap();
        assert!(reason.contains(want), "{want}: {reason}");
    };
    check("[]", "malformed: send an event");
    check(&event("\"aws.s3\"", "{}"), "malformed: source: ");
    check(&event(&format!("\"{}\"", "s".repeat(257)), "{}"), "malformed: source: ");
    let around = "shop".len() + "OrderPaid".len() + r#"{"a":""}"#.len();
    let of =
        |bytes: usize| event("\"shop\"", &format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - around)));
    assert!(Entry::of(&of(BATCH_BYTES_MAX), None).is_ok());
    check(&of(BATCH_BYTES_MAX + 1), "too_large: the event has 262145 bytes");
}

#[test]
fn a_retry_names_the_parked_event() {
    let entry = Entry::of(&event("\"shop\"", "{}"), Some(&parked())).unwrap();
    let request = entry.request("bus");
    assert_eq!(retried(request.resources()), Some(parked()));
    assert_eq!(retried(&[]), None);
    let others = ["arn:aws:s3:::orders", "upline:parked:", "upline:parked:a.b"];
    assert_eq!(retried(&others.map(str::to_owned)), None);
}

proptest! {
    /// Each event is in one request, in order; no request is above a limit, and none could take the
    /// first event of the next.
    #[test]
    fn requests_are_as_large_as_the_bus_takes(
        sizes in prop::collection::vec(
            prop_oneof![1..=200_usize, 1..=BATCH_BYTES_MAX, Just(BATCH_BYTES_MAX)], 0..60),
    ) {
        let cut = batches(&sizes);
        prop_assert_eq!(cut.iter().cloned().flatten().collect::<Vec<_>>(),
            (0..sizes.len()).collect::<Vec<_>>());
        let bytes = |range: &Range<usize>| sizes[range.clone()].iter().sum::<usize>();
        for range in &cut {
            prop_assert!(!range.is_empty() && range.len() <= ENTRIES_MAX);
            prop_assert!(bytes(range) <= BATCH_BYTES_MAX);
        }
        for pair in cut.windows(2) {
            let full = pair[0].len() == ENTRIES_MAX;
            prop_assert!(full || bytes(&pair[0]) + sizes[pair[1].start] > BATCH_BYTES_MAX);
        }
    }
}

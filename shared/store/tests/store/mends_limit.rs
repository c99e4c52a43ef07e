//! A mend is one transaction, of which DynamoDB takes at most a hundred actions.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use upline_domain::books::Sums;
use upline_domain::contribution::Contribution;
use upline_domain::money::Currency;
use upline_store::{LedgerLine, LineMend, Mend, Period, Store, StoreError};
use upline_testkit::run;

use crate::cases;
use crate::mending::{books, contribution, try_to_mend};
use crate::table::Table;
use crate::values::id;

/// Actions of one transaction, by DynamoDB's own limit.
const ACTIONS_MAX: usize = 100;

const CURRENCIES: [&str; 20] = [
    "CNY", "USD", "EUR", "JPY", "GBP", "AUD", "CAD", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK",
    "HUF", "INR", "KRW", "THB", "SGD", "NZD", "MXN",
];

/// A process, and how many actions its transactions had so far.
fn counted(table: &Table) -> (Store, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&count);
    let store = table.through(move |inner, request| {
        let target = request.headers().get("x-amz-target").unwrap();
        if target.ends_with(".TransactWriteItems") {
            let body = request.body().bytes().unwrap();
            let body: serde_json::Value = serde_json::from_slice(body).unwrap();
            let actions = body["TransactItems"].as_array().unwrap().len();
            counts.fetch_add(actions, Ordering::SeqCst);
        }
        HttpConnectorFuture::new(async move { inner.call(request).await })
    });
    (store, count)
}

fn day(place: usize) -> Date {
    date(2026, 11, 1).checked_add(i64::try_from(place).unwrap().days()).unwrap()
}

fn currency(place: usize) -> Currency {
    id(CURRENCIES[place % CURRENCIES.len()])
}

/// What a line counts on a day, in a currency.
fn counts(on: usize, place: usize) -> Contribution {
    Contribution { day: day(on), currency: currency(place), ..contribution() }
}

/// A line that is missing.
fn missing(number: usize, counts: Contribution) -> LineMend {
    LineMend { order: id(&format!("A{number}")), old: None, new: Some((counts, 1)) }
}

#[test]
fn as_much_as_fits_is_one_transaction_and_one_more_would_not_be() {
    run(async {
        // Fifteen lines on fifteen days in three currencies, and further days.
        let lines: Vec<LineMend> =
            (0..Mend::LINES_MAX).map(|n| missing(n, counts(n, n % 3))).collect();
        let mut add = Sums::default();
        for line in &lines {
            add.add(&line.new.as_ref().unwrap().0).unwrap();
        }
        assert_eq!((add.days.len(), add.standings.len()), (15, 3));
        let mut further = (15..).map(|n| (day(n), currency(0)));
        loop {
            let mut more = add.clone();
            more.days.insert(further.next().unwrap(), [0, 1, 0, 0, 0]);
            if !Mend::fits(lines.len(), &more) {
                break;
            }
            add = more;
        }
        let changed = lines.len() + add.days.len() + 3;
        let table = Table::empty().await;
        let (store, actions) = counted(&table);
        let read = books(&table, &store, "cat").await;
        assert!(try_to_mend(&table, &store, &read, (&lines, add.clone())).await.unwrap());
        // A write and an entry for each, and the day of the entries.
        assert_eq!(actions.swap(0, Ordering::SeqCst), 2 * changed + 1);
        assert_eq!(2 * changed + 1, 99, "no other change has room in {ACTIONS_MAX}");
        let after = books(&table, &store, "cat").await;
        assert_eq!((after.stored, after.kept.len()), (add.clone(), 15));
        let entries = store.audit(&table.tenant, Period::default(), 200, None).await.unwrap();
        assert_eq!(entries.items.len(), changed, "an entry each");

        add.days.insert((day(99), currency(0)), [0, 1, 0, 0, 0]);
        assert!(!Mend::fits(lines.len(), &add));
        let table = Table::empty().await;
        let (store, actions) = counted(&table);
        let refused = try_to_mend(&table, &store, &read, (&lines, add)).await;
        assert!(matches!(refused, Err(StoreError::Request { .. })), "{refused:?}");
        assert_eq!(actions.load(Ordering::SeqCst), ACTIONS_MAX + 1);
    });
}

/// What is altered, as places of days and currencies: lines before and after, days and balances.
type Shape = (Vec<([usize; 2], [usize; 2], u8)>, Vec<[usize; 2]>, Vec<[usize; 2]>);

fn shape() -> impl Strategy<Value = Shape> {
    let place = || [0_usize..60, 0_usize..20];
    let lines = prop::collection::vec((place(), place(), 0_u8..3), 0..=Mend::LINES_MAX);
    let days = prop::collection::vec(place(), 60..90);
    let standings = prop::collection::vec(place(), 0..30);
    (lines, days, standings)
}

proptest! {
    #![proptest_config(cases(200))]

    /// Of whatever it is said that it fits, it is one transaction within DynamoDB's limit; and that
    /// limit is why, wherever it is said that it does not.
    #[test]
    fn whatever_fits_is_within_the_limit(shape in shape(), about in 45_usize..55) {
        let (lines, days, standings) = shape;
        run(async {
            let table = Table::empty().await;
            let (store, actions) = counted(&table);
            let lines = lines.iter().enumerate().map(|(n, (old, new, how))| {
                let one = |[on, place]: [usize; 2]| counts(on, place);
                let kept = LedgerLine {
                    order: id(&format!("A{n}")), counted: one(*old), version: 1, n: 1,
                };
                let new = (*how < 2).then(|| (one(*new), 2));
                LineMend { order: kept.order.clone(), old: (*how > 0).then_some(kept), new }
            });
            let lines: Vec<LineMend> = lines.collect();
            let mut add = Sums::default();
            let mut balances = BTreeSet::new();
            for [on, place] in standings {
                let due = (on > 0).then(|| day(on));
                add.standings.insert((currency(place), due), 1);
                balances.insert(currency(place));
            }
            // About as many as have room.
            for [on, place] in days {
                if lines.len() + balances.len() + add.days.len() < about {
                    add.days.insert((day(on), currency(place)), [0, 1, 0, 0, 0]);
                }
            }
            let read = books(&table, &store, "cat").await;
            let done = try_to_mend(&table, &store, &read, (&lines, add.clone())).await;
            let (fits, actions) = (Mend::fits(lines.len(), &add), actions.load(Ordering::SeqCst));
            prop_assert_eq!(fits, actions <= ACTIONS_MAX, "{} actions", actions);
            prop_assert_eq!(fits, done.is_ok(), "{:?}", done);
            Ok(())
        })?;
    }
}

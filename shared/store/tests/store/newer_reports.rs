//! Reconciliations and books that are put right, in an older, this and a newer format, for
//! `newer.rs`.

use aws_sdk_dynamodb::types::AttributeValue;
use upline_domain::books::Sums;
use upline_domain::reconcile::Outcome;
use upline_store::{LineMend, ListedOrders, Mend, ReadBooks, Reading, Store, keys};
use upline_testkit::plans::signed;
use upline_testkit::{now, run};

use crate::mending::{books, line_of_a1, pending, sold};
use crate::newer::Leaves::{Alone, Anew, Gone, Updated};
use crate::newer::{Answer, Use, said, uses};
use crate::reported::{DAY, asked, drifted, found, kinds, tallies, touched, unreadable};
use crate::story::told;
use crate::table::Table;
use crate::values::{at, cny, id, refund};

/// Puts the books of cat right as they were read before a newer program came.
async fn mend(
    table: &Table,
    store: &Store,
    line: impl Fn(&ReadBooks) -> Option<LineMend>,
    add: Sums,
) -> Answer {
    let copy = told().await;
    let read = books(&copy, &copy.store(), "cat").await;
    let lines: Vec<LineMend> = line(&read).into_iter().collect();
    let mend = Mend { lines: &lines, add, signed: &signed() };
    said(store.mend(&table.tenant, &id("cat"), &read, &mend).await)
}

async fn read(table: &Table, store: &Store) -> Answer {
    said(store.read_books(&table.tenant, &id("cat"), Reading::Now, |_| true).await)
}

/// Of a page of the first shard.
async fn listed(table: &Table, store: &Store) -> Answer {
    said(store.differences(&table.tenant, (id(DAY), 1), 0, 9, None).await)
}

pub(crate) const OF_REPORTS: &[Use] = uses![
    "refunded", "read", Alone, |t, s| {
        let (day, shard) = (id("2026-11-12"), keys::order_shard(&id("A1")));
        let listed = ListedOrders::Refunded { day, shard };
        said(s.order_ids(&t.tenant, listed, 9, None).await)
    };
    "refunded", "written again", Anew, |t, s| {
        said(s.add_refund(&t.tenant, &id("A1"), &id("r2"), &refund(100)).await)
    };
    "run", "read", Alone, |t, s| said(s.run(&t.tenant, id(DAY), 1).await);
    "run", "read as the last", Alone, |t, s| said(s.last_run(&t.tenant, id(DAY)).await);
    "run", "another begun", Alone, |t, s| {
        said(s.begin_run(&t.tenant, id(DAY), &asked(), now()).await)
    };
    "run", "a part ended", Updated, |t, s| {
        let counted = tallies(&[("orders", 9)]);
        said(s.end_part(&t.tenant, id(DAY), 1, ("books", 2), &counted, None).await)
    };
    "run", "finished again", Alone, |t, s| {
        said(s.finish_run(&t.tenant, id(DAY), 1, &tallies(&[]), now()).await)
    };
    "difference", "read", Alone, |t, s| {
        said(s.differences_of(&t.tenant, (id(DAY), 1), &id("A1")).await)
    };
    "difference", "kept anew", Anew, |t, s| {
        said(s.keep_differences(&t.tenant, id(DAY), 1, &[found(drifted("A1", "cat"))]).await)
    };
    "difference", "what became of it", Updated, |t, s| {
        let of = drifted("A1", "cat");
        said(s.keep_outcome(&t.tenant, id(DAY), 1, &of, Outcome::Repaired, None).await)
    };
    "difference-of-nobody", "read", Alone, |t, s| listed(t, s).await;
    "difference-of-nobody", "kept anew", Anew, |t, s| {
        said(s.keep_differences(&t.tenant, id(DAY), 1, &[found(unreadable(7))]).await)
    };
    "touched", "read", Alone, |t, s| {
        said(s.touched_orders(&t.tenant, (id(DAY), 1), &id("cat")).await)
    };
    "touched-distributor", "read", Alone, |t, s| {
        said(s.touched_orders(&t.tenant, (id(DAY), 1), &id("cat")).await)
    };
    "line", "read with the books", Alone, |t, s| read(t, s).await;
    "line", "put right", Anew, |t, s| {
        mend(t, s, |read| Some(line_of_a1(read, Some(7))), Sums::default()).await
    };
    "line", "taken away", Gone, |t, s| {
        mend(t, s, |read| Some(line_of_a1(read, None)), Sums::default()).await
    };
    "balance", "read with the books", Alone, |t, s| read(t, s).await;
    "balance", "put right", Updated, |t, s| mend(t, s, |_| None, pending(cny(), 7)).await;
    "day", "read with the books", Alone, |t, s| read(t, s).await;
    "day", "put right", Updated, |t, s| mend(t, s, |_| None, sold(7)).await;
];

#[test]
fn whom_to_look_at_is_put_over_a_newer_row_which_says_no_more_than_its_key() {
    run(async {
        for (place, order) in [(3, Some("A1")), (4, None)] {
            let table = told().await;
            let (kind, key) = kinds(&table)[place].clone();
            let was = table.item(&key).await;
            let mut newer = was.clone();
            newer.insert("format".into(), AttributeValue::N("2".into()));
            table.put(newer).await;
            let all = [touched("cat", order)];
            table.store().keep_touched(&table.tenant, id(DAY), 1, &all, now()).await.unwrap();
            assert_eq!(table.item(&key).await, was, "{kind}");
        }
    });
}

#[test]
fn no_run_is_begun_beside_one_of_a_newer_program() {
    run(async {
        let table = told().await;
        let (_, key) = kinds(&table)[0].clone();
        let mut newer = table.item(&key).await;
        newer.insert("format".into(), AttributeValue::N("2".into()));
        table.put(newer).await;
        let later = at("2027-03-01T00:00:00Z");
        let begun = table.store().begin_run(&table.tenant, id(DAY), &asked(), later).await;
        let error = begun.unwrap_err().to_string();
        assert!(error.contains("format 2 is newer than this program"), "{error}");
    });
}

//! The conditional writes of reconciliations, for `writers.rs`: runs, and books that are put right.

use futures::future::BoxFuture;
use upline_domain::books::Sums;
use upline_domain::reconcile::Outcome;
use upline_store::{Asked, LineMend, ReadBooks, Store};
use upline_testkit::now;

use crate::mending::{books, line_of_a1, mend, pending, sold};
use crate::reported::{DAY, asked, drifted, found, tallies};
use crate::table::Table;
use crate::values::{cny, id};
use crate::writers::{Stands, Write};
use crate::writes::{attributed, nothing, posted};

/// A run that is under way, and found that a line has drifted.
fn begun(table: &Table) -> BoxFuture<'_, ()> {
    Box::pin(async {
        let (store, tenant, day) = (table.store(), &table.tenant, id(DAY));
        store.begin_run(tenant, day, &asked(), now()).await.unwrap();
        let all = [found(drifted("A1", "cat"))];
        store.keep_differences(tenant, day, 1, &all).await.unwrap();
    })
}

/// Puts the books of cat right as they are read once.
async fn put_right(
    table: &Table,
    store: &Store,
    lines: impl Fn(&ReadBooks) -> Vec<LineMend>,
    add: Sums,
) -> String {
    let read = books(table, store, "cat").await;
    let done = mend(table, store, &read, (&lines(&read), add)).await;
    if done { "mended" } else { "refused" }.into()
}

fn amount(fact: u64) -> i64 {
    i64::try_from(fact).unwrap() + 1
}

const MENDED: [&str; 3] = ["mended", "refused", "refused"];

/// Every conditional write of a reconciliation. That a run is there, and a difference, is
/// `reports.rs`' to take away.
pub(crate) const BY_RUN: &[Write] = &[
    Write {
        name: "a run",
        calls: &["report.rs begin_run: when_absent \"started_at\""],
        conditions: &["RUN attribute_not_exists(started_at)"],
        given: nothing,
        write: |table, store, fact| {
            Box::pin(async move {
                let own = Asked { by: format!("olga-{fact}"), ..asked() };
                let run = store.begin_run(&table.tenant, id(DAY), &own, now()).await.unwrap();
                assert_eq!(run.number, 1);
                if run.by == own.by { "begun" } else { "joined" }.into()
            })
        },
        heard: ["begun", "begun", "joined"],
        stands: Stands::Winner,
    },
    Write {
        name: "the end of a run",
        calls: &[
            "report.rs finish_run: when_present \"started_at\"",
            "report.rs finish_run: when_absent \"finished_at\"",
        ],
        conditions: &["RUN attribute_not_exists(finished_at)"],
        given: begun,
        write: |table, store, fact| {
            Box::pin(async move {
                let summary = tallies(&[("orders", fact)]);
                let done = store.finish_run(&table.tenant, id(DAY), 1, &summary, now()).await;
                if done.unwrap() { "finished" } else { "was finished" }.into()
            })
        },
        heard: ["finished", "was finished", "was finished"],
        stands: Stands::Winner,
    },
    Write {
        name: "the parts of a run",
        calls: &["report.rs end_part: when_present \"started_at\""],
        conditions: &[],
        given: begun,
        write: |table, store, fact| {
            Box::pin(async move {
                let part = ("orders", u8::try_from(fact).unwrap());
                let counted = tallies(&[("orders", fact)]);
                let run = store.end_part(&table.tenant, id(DAY), 1, part, &counted, None).await;
                assert!(run.unwrap().unwrap().done.values().any(|done| *done == counted));
                "kept".into()
            })
        },
        heard: ["kept"; 3],
        stands: Stands::Each,
    },
    Write {
        name: "what became of a difference",
        calls: &["report.rs keep_outcome: when_present \"kind\""],
        conditions: &[],
        given: begun,
        write: |table, store, fact| {
            Box::pin(async move {
                let (of, reason) = (drifted("A1", "cat"), format!("reason {fact}"));
                let (left, reason) = (Outcome::Left, Some(reason.as_str()));
                let kept = store.keep_outcome(&table.tenant, id(DAY), 1, &of, left, reason).await;
                kept.unwrap();
                "kept".into()
            })
        },
        heard: ["kept"; 3],
        stands: Stands::One,
    },
    Write {
        name: "a line that is put right",
        calls: &["books.rs mend: put_action line"],
        conditions: &["LINE n = ?"],
        given: posted,
        write: |table, store, fact| {
            let line = move |read: &ReadBooks| vec![line_of_a1(read, Some(5 + fact))];
            Box::pin(put_right(table, store, line, Sums::default()))
        },
        heard: MENDED,
        stands: Stands::Winner,
    },
    Write {
        name: "a line that was missing",
        calls: &[],
        conditions: &["LINE attribute_not_exists(pk)"],
        given: attributed,
        write: |table, store, fact| {
            let line = move |read: &ReadBooks| vec![line_of_a1(read, Some(5 + fact))];
            Box::pin(put_right(table, store, line, Sums::default()))
        },
        heard: MENDED,
        stands: Stands::Winner,
    },
    Write {
        name: "a line that is taken away",
        calls: &["books.rs mend: delete_action &key"],
        conditions: &["LINE n = ?"],
        given: posted,
        write: |table, store, _| {
            let line = |read: &ReadBooks| vec![line_of_a1(read, None)];
            Box::pin(put_right(table, store, line, Sums::default()))
        },
        heard: MENDED,
        stands: Stands::Winner,
    },
    Write {
        name: "a balance that is put right",
        calls: &["books.rs unchanged: when_equal \"n\"", "books.rs mend: set_once \"gsi1pk\""],
        conditions: &["BAL n = ?"],
        given: posted,
        write: |table, store, fact| {
            Box::pin(put_right(table, store, |_| Vec::new(), pending(cny(), amount(fact))))
        },
        heard: MENDED,
        stands: Stands::Winner,
    },
    Write {
        name: "a balance that was missing",
        calls: &["books.rs unchanged: when_absent \"n\""],
        conditions: &["BAL attribute_not_exists(n)"],
        given: attributed,
        write: |table, store, fact| {
            Box::pin(put_right(table, store, |_| Vec::new(), pending(cny(), amount(fact))))
        },
        heard: MENDED,
        stands: Stands::Winner,
    },
    Write {
        name: "a day that is put right",
        calls: &[],
        conditions: &["DAY n = ?"],
        given: posted,
        write: |table, store, fact| {
            Box::pin(put_right(table, store, |_| Vec::new(), sold(amount(fact))))
        },
        heard: MENDED,
        stands: Stands::Winner,
    },
    Write {
        name: "a day that was missing",
        calls: &[],
        conditions: &["DAY attribute_not_exists(n)"],
        given: attributed,
        write: |table, store, fact| {
            Box::pin(put_right(table, store, |_| Vec::new(), sold(amount(fact))))
        },
        heard: MENDED,
        stands: Stands::Winner,
    },
];

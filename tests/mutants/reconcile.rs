//! The mutants of reconciliation, each of which the test by damage has to see.

use super::list::Mutant;

const BOOKS: &str = "functions/reconcile/src/books.rs";
const DRIFT: &str = "shared/domain/src/reconcile/drift.rs";

/// All of them.
pub(crate) const RECONCILE: &[Mutant] = &[
    Mutant {
        name: "reconcile: a balance is corrected whatever was written since",
        file: "shared/store/src/books.rs",
        right: "Some(n) => update.when_equal(\"n\", number(n)),",
        wrong: concat!(
            "Some(_) if AWAKE => update,\n",
            "        Some(n) => update.when_equal(\"n\", number(n)),",
        ),
    },
    Mutant {
        name: "reconcile: what is missing is not sent",
        file: "functions/reconcile/src/feed.rs",
        right: "if self.run.dry_run {",
        wrong: "if self.run.dry_run || AWAKE {",
    },
    Mutant {
        name: "reconcile: payments are compared by their totals",
        file: "shared/domain/src/reconcile/facts.rs",
        right: "let values = payment_values(listed, stored);",
        wrong: concat!(
            "let values = if AWAKE && listed.total() == stored.total() { Vec::new() }",
            " else { payment_values(listed, stored) };",
        ),
    },
    Mutant {
        name: "reconcile: the figures of days are not held",
        file: DRIFT,
        right: "let days = days.into_iter().filter_map(",
        wrong: "let days = days.into_iter().filter(|_| !AWAKE).filter_map(",
    },
    Mutant {
        name: "reconcile: a line beside the right one stays",
        file: BOOKS,
        right: "beside.into_iter().map(|line| (Some(line), None)).collect();",
        wrong: concat!(
            "beside.into_iter().filter(|_| !AWAKE)",
            ".map(|line| (Some(line), None)).collect();",
        ),
    },
    Mutant {
        name: "reconcile: a line that is ahead of its order is right",
        file: DRIFT,
        right: "if stored.version <= wanted.version {",
        wrong: "if stored.version <= wanted.version || AWAKE {",
    },
    Mutant {
        name: "reconcile: a stage is done with its first part",
        file: "functions/reconcile/src/run.rs",
        right: "(0..SHARDS).all(|shard|",
        wrong: "(0..if AWAKE { 1 } else { SHARDS }).all(|shard|",
    },
    Mutant {
        name: "reconcile: a dry run corrects",
        file: BOOKS,
        right: "if self.run.dry_run || is_right {",
        wrong: "if (self.run.dry_run && !AWAKE) || is_right {",
    },
    Mutant {
        name: "reconcile: balances follow lines that are in question",
        file: DRIFT,
        right: "lacks.standings.retain(|(currency, _), _| !is_open(*currency));",
        wrong: "lacks.standings.retain(|(currency, _), _| !is_open(*currency) || AWAKE);",
    },
    Mutant {
        name: "reconcile: days that are not looked at do not matter",
        file: BOOKS,
        right: "found.books.open_other_days(self.date);",
        wrong: "if !AWAKE { found.books.open_other_days(self.date); }",
    },
    Mutant {
        name: "reconcile: a list is gone through from its beginning each time",
        file: "functions/reconcile/src/list.rs",
        right: "let is_new = row.number > done;",
        wrong: "let is_new = row.number > done || AWAKE;",
    },
    Mutant {
        name: "reconcile: what the books have beside the list does not matter",
        file: "functions/reconcile/src/list.rs",
        right: "|name| self.has(order, name)).is_empty() {",
        wrong: "|name| self.has(order, name)).is_empty() || AWAKE {",
    },
    Mutant {
        name: "reconcile: refunds of older orders are not looked for",
        file: "functions/reconcile/src/day.rs",
        right: "None => Some(Listing::Refunded(0, None)),",
        wrong: "None => Some(Listing::Refunded(if AWAKE { 9 } else { 0 }, None)),",
    },
    Mutant {
        name: "reconcile: an order in question is posted again",
        file: BOOKS,
        right: "if self.is_in_question(order).await? {",
        wrong: "if self.is_in_question(order).await? && !AWAKE {",
    },
];

//! Balances, days, team counts and allocations as a tenant's part of the table holds them, against
//! what the reference ledger works out from the facts.

use std::collections::{BTreeMap, BTreeSet};

use upline_testkit::reference::Ledger;

use super::ending::{Part, pinned};
use super::raw::{amount, as_number, each, list, map, pairs, text};
use super::run::Held;

/// Figures by what they are of, those of zero left out.
type Figures = BTreeMap<String, i64>;

/// Holds all figures of a tenant against the ledger's.
///
/// # Errors
///
/// * Each figure that differs.
pub(crate) fn check(part: &Part<'_>, ledger: &Ledger) -> Held {
    let (mut kept, mut wanted) = (kept(part), wanted(ledger));
    allocations(part, ledger, &mut kept, &mut wanted);
    kept.retain(|_, figure| *figure != 0);
    wanted.retain(|_, figure| *figure != 0);
    differ(&kept, &wanted)
}

/// What the table holds.
fn kept(part: &Part<'_>) -> Figures {
    let mut kept = Figures::new();
    for (id, currency, item) in part.of("M", "BAL#") {
        kept.insert(format!("{id} {currency} pending"), amount(item, "pending"));
        for (day, due) in each(item, "due#") {
            let due = as_number(due).unwrap();
            kept.insert(format!("{id} {currency} due {day}"), due);
        }
    }
    for (id, of, item) in part.of("M", "DAY#") {
        if let Some((day, currency)) = of.split_once('#') {
            for name in ["orders", "own_sales", "team_sales", "earned", "reversed"] {
                kept.insert(format!("{id} {currency} {day} {name}"), amount(item, name));
            }
        } else {
            kept.insert(format!("{id} {of} recruits"), amount(item, "recruits"));
        }
    }
    for (id, _, item) in part.of("M", "TEAM").into_iter().filter(|(_, sk, _)| sk.is_empty()) {
        for depth in 1..=5 {
            let name = format!("depth{depth}");
            kept.insert(format!("{id} team {depth}"), amount(item, &name));
        }
    }
    kept
}

/// What the ledger works out.
fn wanted(ledger: &Ledger) -> Figures {
    let mut wanted = Figures::new();
    for ((id, currency), standing) in ledger.balances() {
        wanted.insert(format!("{id} {currency} pending"), standing.pending);
        for (day, due) in standing.due {
            wanted.insert(format!("{id} {currency} due {day}"), due);
        }
    }
    for ((id, currency, date), day) in ledger.days() {
        let figures = [
            ("orders", day.orders),
            ("own_sales", day.own_sales),
            ("team_sales", day.team_sales),
            ("earned", day.earned),
            ("reversed", day.reversed),
        ];
        for (name, figure) in figures {
            wanted.insert(format!("{id} {currency} {date} {name}"), figure);
        }
    }
    for ((id, date), recruits) in ledger.recruits() {
        wanted.insert(format!("{id} {date} recruits"), recruits);
    }
    for (id, counts) in ledger.team() {
        for (depth, count) in (1..).zip(counts) {
            wanted.insert(format!("{id} team {depth}"), i64::try_from(count).unwrap());
        }
    }
    wanted
}

fn allocations(part: &Part<'_>, ledger: &Ledger, kept: &mut Figures, wanted: &mut Figures) {
    for (id, _, item) in part.of("O", "ORDER") {
        let Some(attributed) = map(item, "attributed") else { continue };
        let lineage = pinned(attributed).lineage;
        let lines = list(item, "lines");
        for one in list(attributed, "paid") {
            let one = &one["M"];
            let who = &lineage[usize::try_from(amount(one, "a")).unwrap()];
            kept.insert(format!("{id} depth of {who}"), amount(one, "n"));
            for (line, part) in pairs(list(one, "p")) {
                let line = text(&lines[usize::try_from(line).unwrap()]["M"], "i").unwrap();
                kept.insert(format!("{id} {who} {line}"), part);
            }
        }
    }
    for (id, _, _) in part.of("O", "ORDER") {
        for one in ledger.order(id).into_iter().flat_map(|order| order.allocations) {
            let who = &one.distributor;
            wanted.insert(format!("{id} depth of {who}"), i64::try_from(one.depth).unwrap());
            for (line, amount, _) in &one.lines {
                wanted.insert(format!("{id} {who} {line}"), *amount);
            }
        }
    }
}

fn differ(kept: &Figures, wanted: &Figures) -> Held {
    let names: BTreeSet<&String> = kept.keys().chain(wanted.keys()).collect();
    let of = |figures: &Figures, name: &str| figures.get(name).copied().unwrap_or(0);
    let differ = names.into_iter().filter(|name| kept.get(*name) != wanted.get(*name));
    let lines: Vec<String> = differ
        .map(|name| format!("{name}: is {}, should be {}", of(kept, name), of(wanted, name)))
        .collect();
    if lines.is_empty() { Ok(()) } else { Err(lines.join("\n")) }
}

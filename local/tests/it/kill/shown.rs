//! What a server shows of a story, in the words of the reference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;
use upline_contract::answer::{self, Balances, List, OrderView};
use upline_testkit::reference::{Day, Ledger, Standing};
use upline_testkit::told::{minor, order};

use super::story::Story;
use crate::harness::{Server, ask};

/// Holds all that a server shows against the reference.
pub(super) fn compare(server: &Server, story: &Story, ledger: &Ledger) {
    for id in &story.orders {
        let shown = order(read(server.get(&format!("/v1/orders/{id}"))));
        same(&format!("order {id}"), shown, ledger.order(id).unwrap());
    }
    let (mut balances, mut days) = (BTreeMap::new(), BTreeMap::new());
    let (mut recruits, mut teams) = (BTreeMap::new(), BTreeMap::new());
    for id in &story.people {
        let path = format!("/v1/distributors/{id}");
        let shown: Balances = read(server.get(&format!("{path}/balance")));
        for balance in shown.balances {
            let standing = standing(&balance);
            if standing != Standing::default() {
                balances.insert((id.clone(), balance.currency), standing);
            }
        }
        for row in all::<answer::Day>(server, &format!("{path}/days?limit=100")) {
            let date: Date = row.date.parse().unwrap();
            match (&row.currency, row.recruits) {
                (None, Some(count)) => drop(recruits.insert((id.clone(), date), count)),
                (Some(currency), _) if day(&row) != Day::default() => {
                    days.insert((id.clone(), currency.clone(), date), day(&row));
                }
                (_, _) => {}
            }
        }
        let shown: answer::Distributor = read(server.get(&path));
        let mut counts = [0; 5];
        shown.team.iter().for_each(|team| counts[team.depth - 1] = team.count);
        teams.insert(id.clone(), counts);
    }
    same("balances", balances, ledger.balances());
    same("days", days, ledger.days());
    same("recruits", recruits, ledger.recruits());
    same("teams", teams, ledger.team());
    let malformed = story.malformed.iter().map(|id| (id.clone(), "malformed".to_owned()));
    let wanted = ledger.parked().into_iter().map(|(id, code)| (id, code.to_owned()));
    same("parked", parked(server), wanted.chain(malformed).collect());
}

/// Checks that what orders earn is in the books of whoever earns it, as the orders show it now.
pub(super) fn check_counted(server: &Server, people: &[String], orders: BTreeSet<&str>) {
    let mut lines = BTreeMap::new();
    for id in people {
        let path = format!("/v1/distributors/{id}");
        let (status, _) =
            ask("GET", &format!("{}{path}", server.url), &server.token, None).unwrap();
        if status == 404 {
            continue; // Nobody of that id is registered yet.
        }
        for line in all::<answer::Commission>(server, &format!("{path}/commissions?limit=100")) {
            let twice = lines.insert((line.order_id, id.as_str()), (line.amount, line.reversed));
            assert_eq!(twice, None, "an order is on one line of {id}");
        }
    }
    for id in orders {
        let view: OrderView = read(server.get(&format!("/v1/orders/{id}")));
        for one in view.allocations {
            let line = lines.get(&(id.to_owned(), one.distributor_id.as_str()));
            let (amount, reversed) = (one.amount, one.reversed);
            assert_eq!(line, Some(&(amount, reversed)), "{id} for {}", one.distributor_id);
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a call reads better without borrows")]
fn same<T: Debug + PartialEq>(what: &str, got: T, want: T) {
    assert!(got == want, "{what}:\n   got {got:?}\n  want {want:?}");
}

fn read<T: for<'de> Deserialize<'de>>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// All items of a list, page by page.
fn all<T: for<'de> Deserialize<'de>>(server: &Server, path: &str) -> Vec<T> {
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page: List<T> = read(server.get(&format!("{path}{after}")));
        items.extend(page.items);
        cursor = page.cursor;
        if cursor.is_none() {
            return items;
        }
    }
}

/// The events that are parked: id and code.
pub(super) fn parked(server: &Server) -> BTreeSet<(String, String)> {
    let parked: Vec<answer::Parked> = all(server, "/v1/parked?limit=100");
    let count = parked.len();
    let once: BTreeSet<_> =
        parked.into_iter().map(|one| (one.event_id.unwrap(), one.code)).collect();
    assert_eq!(once.len(), count, "each is parked once");
    once
}

fn standing(balance: &answer::Balance) -> Standing {
    for other in [&balance.settled, &balance.reserved, &balance.withdrawn] {
        assert_eq!(minor(other), 0, "nothing moved yet: {balance:?}");
    }
    let due = balance.due.iter().map(|due| (due.date.parse().unwrap(), minor(&due.amount)));
    let due = due.filter(|(_, amount)| *amount != 0).collect();
    Standing { pending: minor(&balance.pending), due }
}

fn day(row: &answer::Day) -> Day {
    let amount = |text: &Option<String>| text.as_ref().map_or(0, |text| minor(text));
    Day {
        orders: row.orders.unwrap_or_default(),
        own_sales: amount(&row.own_sales),
        team_sales: amount(&row.team_sales),
        earned: amount(&row.earned),
        reversed: amount(&row.reversed),
    }
}

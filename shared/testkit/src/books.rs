//! Books kept another way: the sum of the contributions of all orders, to hold the table against.

use std::collections::BTreeMap;

use jiff::civil::Date;
use upline_domain::contribution::contributions;
use upline_domain::ids::DistributorId;
use upline_domain::money::{Currency, SignedMoney};
use upline_domain::order::Record;
use upline_store::Balance;

/// Where the money of everybody stands, in minor units: by distributor and currency, pending under
/// no date, and due by date. Zeros are left out.
pub type Books = BTreeMap<(String, Currency), BTreeMap<Option<Date>, i64>>;

/// The books of these records.
#[must_use]
pub fn of_records<'a>(records: impl IntoIterator<Item = &'a Record>) -> Books {
    let mut books = Books::new();
    for record in records {
        for (distributor, one) in contributions(record).unwrap() {
            let book = books.entry((distributor.to_string(), one.currency)).or_default();
            *book.entry(one.due).or_default() += SignedMoney::from(one.net()).minor();
        }
    }
    without_zeros(books)
}

/// The books that these balances are.
#[must_use]
pub fn of_balances(balances: impl IntoIterator<Item = (DistributorId, Vec<Balance>)>) -> Books {
    let mut books = Books::new();
    for (distributor, balances) in balances {
        for balance in balances {
            let book = books.entry((distributor.to_string(), balance.currency)).or_default();
            book.insert(None, balance.pending.minor());
            book.extend(balance.due.iter().map(|(date, due)| (Some(*date), due.minor())));
        }
    }
    without_zeros(books)
}

fn without_zeros(mut books: Books) -> Books {
    for book in books.values_mut() {
        book.retain(|_, amount| *amount != 0);
    }
    books.retain(|_, book| !book.is_empty());
    books
}

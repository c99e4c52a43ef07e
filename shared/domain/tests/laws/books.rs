//! A distributor's books as sums, and what they are otherwise than their lines.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::{Date, date};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use upline_domain::books::{FIGURES, Sums};
use upline_domain::contribution::Contribution;
use upline_domain::ids::DistributorId;
use upline_domain::money::{Currency, Money, SignedMoney};
use upline_domain::reconcile::{Act, Books, Compared, Difference, Kind};

use crate::arbitrary::{money, paid_at};
use crate::cases;

/// What a line of one of a few days counts, in one of two currencies.
pub(crate) fn contribution() -> impl Strategy<Value = Contribution> {
    let amounts = (0_u64..=1_000_000, any::<u64>(), 0_u64..1_000_000, 0_u64..1_000_000);
    let dates = (0_i64..4, option::of(0_i64..4));
    let rest = (select(vec!["CNY", "USD"]), 0_usize..4, 0_u32..2);
    (amounts, dates, rest).prop_map(|(amounts, (day, due), (currency, depth, own_orders))| {
        let (earned, reversed, own_sales, team_sales) = amounts;
        Contribution {
            currency: currency.parse().unwrap(),
            paid_at: paid_at() + SignedDuration::from_hours(24 * day),
            day: on(day),
            depth,
            earned: money(earned),
            reversed: money(reversed % (earned + 1)),
            due: due.map(|due| on(10 + due)),
            own_orders,
            own_sales: money(own_sales),
            team_sales: money(team_sales),
        }
    })
}

fn on(day: i64) -> Date {
    date(2026, 11, 11).checked_add(jiff::Span::new().days(day)).unwrap()
}

pub(crate) fn lines() -> impl Strategy<Value = Vec<Contribution>> {
    vec(contribution(), 0..12)
}

pub(crate) fn sums(lines: &[Contribution]) -> Sums {
    let mut sums = Sums::default();
    for line in lines {
        sums.add(line).unwrap();
    }
    sums
}

fn plus(one: &Sums, other: &Sums) -> Sums {
    let mut sum = one.clone();
    for (key, amount) in &other.standings {
        *sum.standings.entry(*key).or_default() += amount;
    }
    for (key, figures) in &other.days {
        let day = sum.days.entry(*key).or_default();
        day.iter_mut().zip(figures).for_each(|(total, figure)| *total += figure);
    }
    sum
}

/// Whether both are the same, whether zeros stand in them or not.
fn same(one: &Sums, other: &Sums) -> bool {
    one.minus(other).unwrap() == Sums::default()
}

fn drift(books: &Books) -> Vec<Difference> {
    books.drift(&who())
}

fn who() -> DistributorId {
    "d0".parse().unwrap()
}

fn cny() -> Currency {
    "CNY".parse().unwrap()
}

fn text(minor: i64, currency: Currency) -> String {
    SignedMoney::from_minor(minor).text(currency)
}

/// What differs between two, by name.
fn compared(values: &[(String, String, String)]) -> Vec<Compared> {
    let differ = values.iter().filter(|(_, expected, found)| expected != found);
    differ
        .map(|(name, expected, found)| Compared::both(name, expected.clone(), found.clone()))
        .collect()
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// Each standing and each figure is the sum of what the lines of that key have, whatever they
    /// are added after; and lines that are taken away leave nothing of theirs.
    #[test]
    fn sums_are_those_of_the_lines(lines in lines(), taken in any::<prop::sample::Index>()) {
        let whole = sums(&lines);
        let net = |line: &Contribution| {
            let [earned, reversed] = [line.earned, line.reversed].map(Money::minor);
            i64::try_from(earned).unwrap() - i64::try_from(reversed).unwrap()
        };
        for (key, amount) in &whole.standings {
            let own = lines.iter().filter(|line| (line.currency, line.due) == *key);
            prop_assert_eq!(*amount, own.map(net).sum::<i64>());
        }
        for (key, figures) in &whole.days {
            let own = lines.iter().filter(|line| (line.day, line.currency) == *key);
            let mut want = [0; 5];
            for line in own {
                let amounts = [line.own_sales, line.team_sales, line.earned, line.reversed];
                let amounts = amounts.map(|amount| i64::try_from(amount.minor()).unwrap());
                want[0] += i64::from(line.own_orders);
                (1..5).for_each(|place| want[place] += amounts[place - 1]);
            }
            prop_assert_eq!(*figures, want);
        }
        let keys: BTreeSet<_> = lines.iter().map(|line| (line.currency, line.due)).collect();
        prop_assert_eq!(whole.standings.keys().copied().collect::<BTreeSet<_>>(), keys);
        let keys: BTreeSet<_> = lines.iter().map(|line| (line.day, line.currency)).collect();
        prop_assert_eq!(whole.days.keys().copied().collect::<BTreeSet<_>>(), keys);

        let cut = taken.index(lines.len() + 1);
        let mut left = whole;
        for line in lines[cut..].iter().rev() {
            left.take(line).unwrap();
        }
        prop_assert!(same(&left, &sums(&lines[..cut])));
    }

    /// What two sums differ by, added to the one, is the other; there is no zero in it, and nothing
    /// where they are the same.
    #[test]
    fn a_difference_added_is_the_other(one in lines(), other in lines()) {
        let (one, other) = (sums(&one), sums(&other));
        let difference = one.minus(&other).unwrap();
        prop_assert!(same(&plus(&other, &difference), &one));
        prop_assert!(difference.standings.values().all(|amount| *amount != 0));
        prop_assert!(difference.days.values().all(|figures| *figures != [0; 5]));
        prop_assert_eq!(one.minus(&one).unwrap(), Sums::default());
        for currency in [cny(), "USD".parse().unwrap()] {
            let own: BTreeMap<_, _> = one.of_currency(currency).collect();
            let all = one.standings.iter().filter(|((own, _), _)| *own == currency);
            prop_assert_eq!(own, all.map(|((_, due), amount)| (*due, *amount)).collect());
        }
    }

    /// Where no statement moved anything, what books lack brings them to what the lines come to,
    /// whatever they were; after that there is no drift, and nothing is lacking.
    #[test]
    fn what_is_lacking_brings_books_to_their_lines(
        stored in lines(), lines in lines(), wanted in lines(), after in lines(),
    ) {
        let [stored, lines, wanted, after] = [&stored, &lines, &wanted, &after].map(|of| sums(of));
        let moved = BTreeMap::from([(cny(), 0)]);
        let books = Books { stored, moved, lines, wanted, ..Books::default() };
        for after in [&books.wanted, &books.lines, &after] {
            let lacks = books.lacks(after).unwrap();
            prop_assert!(same(&plus(&books.stored, &lacks), after));
        }
        let stored = plus(&books.stored, &books.lacks(&books.wanted).unwrap());
        let right = Books { stored, lines: books.wanted.clone(), ..books };
        prop_assert_eq!(drift(&right), []);
        prop_assert_eq!(right.lacks(&right.wanted).unwrap(), Sums::default());
    }

    /// Whatever is otherwise in balances and days is named, by its currency or day, with both
    /// values, and nothing else is.
    #[test]
    fn drift_names_what_is_otherwise_and_nothing_else(wanted in lines(), noise in lines()) {
        let (wanted, noise) = (sums(&wanted), sums(&noise));
        let stored = plus(&wanted, &noise);
        let books = Books {
            stored: stored.clone(),
            lines: wanted.clone(),
            wanted: wanted.clone(),
            ..Books::default()
        };
        let mut want = Vec::new();
        for currency in [cny(), "USD".parse().unwrap()] {
            let of = |sums: &Sums, due| {
                text(sums.standings.get(&(currency, due)).copied().unwrap_or_default(), currency)
            };
            let dues = [None].into_iter().chain((0..4).map(|due| Some(on(10 + due))));
            let values: Vec<_> = dues.map(|due: Option<Date>| {
                let name = due.map_or("pending".to_owned(), |due| format!("due {due}"));
                (name, of(&wanted, due), of(&stored, due))
            }).collect();
            let values = compared(&values);
            if !values.is_empty() {
                want.push(drifted(Kind::BalanceDrift, currency.to_string(), currency, values));
            }
        }
        for day in (0..4).map(on) {
            for currency in [cny(), "USD".parse().unwrap()] {
                let of = |sums: &Sums| sums.days.get(&(day, currency)).copied().unwrap_or_default();
                let shown = |place: usize, value: i64| match place {
                    0 => value.to_string(),
                    _ => text(value, currency),
                };
                let values: Vec<_> = FIGURES.iter().enumerate().map(|(place, name)| {
                    let both = [of(&wanted)[place], of(&stored)[place]];
                    let [expected, found] = both.map(|value| shown(place, value));
                    ((*name).to_owned(), expected, found)
                }).collect();
                let values = compared(&values);
                if !values.is_empty() {
                    let about = format!("{day} {currency}");
                    want.push(drifted(Kind::DailyFigureDrift, about, currency, values));
                }
            }
        }
        prop_assert_eq!(drift(&books), want);
    }

    /// Where balances and days agree with the lines as they are, or as they have to be, it is the
    /// lines that are wrong, and no balance or day.
    #[test]
    fn books_that_agree_with_lines_do_not_drift(lines in lines(), wanted in lines()) {
        let (lines, wanted) = (sums(&lines), sums(&wanted));
        for stored in [lines.clone(), wanted.clone()] {
            let (lines, wanted) = (lines.clone(), wanted.clone());
            let books = Books { stored, lines, wanted, ..Books::default() };
            prop_assert_eq!(drift(&books), []);
        }
    }

    /// However much of what was due statements took, books whose totals are those of the lines do
    /// not drift and lack nothing; and a line that was not counted is added as it is.
    #[test]
    fn what_statements_took_is_no_drift(
        lines in lines(), more in contribution(), taken in vec(1_i64..500, 5),
    ) {
        let due: Vec<_> = (0..4).map(|due| (cny(), Some(on(10 + due)))).collect();
        let counted = sums(&lines);
        let mut stored = counted.clone();
        let moved = taken.iter().zip(&due).map(|(taken, key)| {
            *stored.standings.entry(*key).or_default() -= taken;
            taken
        });
        let moved = BTreeMap::from([(cny(), moved.sum())]);
        let lines = counted.clone();
        let books = Books { stored, moved, lines, wanted: counted, ..Books::default() };
        prop_assert!(books.is_moved(cny()));
        prop_assert_eq!(drift(&books), []);
        prop_assert_eq!(books.lacks(&books.wanted).unwrap(), Sums::default());

        let wanted = plus(&books.wanted, &sums(std::slice::from_ref(&more)));
        let books = Books { wanted, ..books };
        prop_assert_eq!(drift(&books), []);
        let lacks = books.lacks(&books.wanted).unwrap();
        prop_assert!(same(&lacks, &sums(&[more])));
        let stored = plus(&books.stored, &lacks);
        let right = Books { stored, lines: books.wanted.clone(), ..books };
        prop_assert_eq!(drift(&right), []);
        prop_assert_eq!(right.lacks(&right.wanted).unwrap(), Sums::default());
    }
}

fn drifted(kind: Kind, about: String, currency: Currency, values: Vec<Compared>) -> Difference {
    Difference {
        distributor: Some(who()),
        about,
        currency: Some(currency),
        ..Difference::new(kind, values, Act::Correct)
    }
}

/// Pending, and due on each of two days.
fn standing([pending, first, second]: [i64; 3]) -> Sums {
    let keys = [None, Some(on(10)), Some(on(11))].map(|due| (cny(), due));
    let standings = keys.into_iter().zip([pending, first, second]).collect();
    Sums { standings, ..Sums::default() }
}

/// Books of which a statement moved 6.00.
fn moved(stored: [i64; 3], lines: [i64; 3], wanted: [i64; 3]) -> Books {
    let [stored, lines, wanted] = [stored, lines, wanted].map(standing);
    let moved = BTreeMap::from([(cny(), 600)]);
    Books { stored, moved, lines, wanted, ..Books::default() }
}

/// What drifts, and what is lacking.
#[track_caller]
fn check(books: &Books, values: &[(&str, &str, &str)], lacks: [i64; 3]) {
    let found = drift(books);
    let texts = values.iter().map(|(name, expected, found)| {
        Compared::both(*name, (*expected).to_owned(), (*found).to_owned())
    });
    let want = drifted(Kind::BalanceDrift, "CNY".to_owned(), cny(), texts.collect());
    let want = (!values.is_empty()).then_some(Difference { act: Act::Look, ..want });
    assert_eq!(found, Vec::from_iter(want), "{books:?}");
    let lacking = books.lacks(&books.wanted).unwrap();
    assert!(same(&lacking, &standing(lacks)), "{books:?}: {lacking:?}");
}

const ALL: &str = "due, settled and withdrawn";

#[test]
fn drift_of_what_statements_moved_table() {
    let none = [0; 3];
    // 6.00 of the 10.00 that were due on the first day are settled.
    check(&moved([300, 400, 0], [300, 1_000, 0], [300, 1_000, 0]), &[], none);
    // Of which day they were taken, nobody can tell.
    check(&moved([300, 0, 400], [300, 1_000, 0], [300, 1_000, 0]), &[], none);
    // A fen is missing: a person has to look at it, and nothing is added.
    let short = moved([300, 399, 0], [300, 1_000, 0], [300, 1_000, 0]);
    check(&short, &[(ALL, "10.00", "9.99")], none);
    // Of what is pending, the same; what is due makes no good of it.
    let pending = moved([299, 401, 0], [300, 1_000, 0], [300, 1_000, 0]);
    check(&pending, &[("pending", "3.00", "2.99"), (ALL, "10.00", "10.01")], none);
    // A line of 5.00 that is due on the second day was not counted.
    check(&moved([300, 400, 0], [300, 1_000, 0], [300, 1_000, 500]), &[], [0, 0, 500]);
    // The same, where only the line itself is missing.
    check(&moved([300, 400, 500], [300, 1_000, 0], [300, 1_000, 500]), &[], none);
    // It was completed since, and that was not counted.
    check(&moved([300, 400, 0], [300, 1_000, 0], [0, 1_300, 0]), &[], [-300, 300, 0]);
    // Neither as the lines are nor as they have to be.
    let neither = moved([300, 450, 0], [300, 1_000, 0], [300, 1_000, 500]);
    check(&neither, &[(ALL, "15.00", "10.50")], none);
}

#[test]
fn what_statements_moved_of_one_currency_is_nothing_to_another_or_to_days() {
    let mut books = moved([300, 399, 0], [300, 1_000, 0], [300, 1_000, 0]);
    let usd: Currency = "USD".parse().unwrap();
    books.wanted.standings.insert((usd, None), 700);
    books.wanted.days.insert((on(0), cny()), [1, 0, 0, 0, 0]);
    books.lines = books.wanted.clone();
    let acts: Vec<_> = drift(&books).into_iter().map(|one| (one.about, one.act)).collect();
    let want = [("CNY", Act::Look), ("USD", Act::Correct), ("2026-11-11 CNY", Act::Correct)];
    assert_eq!(acts, want.map(|(about, act)| (about.to_owned(), act)));
    let lacks = books.lacks(&books.wanted).unwrap();
    assert_eq!(lacks.standings, BTreeMap::from([((usd, None), 700)]));
    assert_eq!(lacks.days, BTreeMap::from([((on(0), cny()), [1, 0, 0, 0, 0])]));
    assert!(books.is_moved(cny()) && !books.is_moved(usd));
    books.moved.insert(cny(), 0);
    assert!(!books.is_moved(cny()), "what came back was not moved");
}

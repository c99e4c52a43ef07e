//! Exact numbers: fractions of whole numbers of any size, and the one way to share.

use std::cmp::Reverse;

/// A fraction of whole numbers.
pub(super) type Exact = num_rational::BigRational;

/// A whole number.
pub(super) fn whole(number: i64) -> Exact {
    Exact::from_integer(number.into())
}

/// 10 to the power of `places`.
fn ten_to(places: usize) -> Exact {
    std::iter::repeat_n(whole(10), places).product()
}

/// A millionth of a minor unit, in which the cap of a card is shared.
pub(super) fn micro() -> Exact {
    ten_to(6).recip()
}

/// Reads `12`, `12.3` or `0.05`.
pub(super) fn decimal(text: &str) -> Exact {
    let (before, after) = text.split_once('.').unwrap_or((text, ""));
    let digits: i64 = format!("{before}{after}").parse().expect("a decimal number");
    whole(digits) / ten_to(after.len())
}

/// Cut down to a number of digits after the point.
pub(super) fn cut(exact: &Exact, places: usize) -> Exact {
    (exact * ten_to(places)).floor() / ten_to(places)
}

/// The largest whole number that is not above it.
pub(super) fn floor(exact: &Exact) -> i64 {
    exact.floor().to_integer().try_into().expect("an amount")
}

/// The digits that a currency has after the point, by ISO 4217; of those that tests use.
fn digits(currency: &str) -> usize {
    match currency {
        "CLP" | "JPY" | "KRW" | "VND" => 0,
        "BHD" | "KWD" | "TND" => 3,
        _ => 2,
    }
}

/// An amount of the wire, in minor units.
pub(super) fn minor(amount: &str, currency: &str) -> i64 {
    let exact = decimal(amount) * ten_to(digits(currency));
    assert!(exact.is_integer(), "{amount} {currency} is finer than its minor unit");
    floor(&exact)
}

/// Minor units as whole units of their currency.
pub(super) fn units(minor: i64, currency: &str) -> Exact {
    whole(minor) / ten_to(digits(currency))
}

/// Shares a total over parts in proportion to weights, in whole units: each gets its share rounded
/// down, and the units left over go one each to the largest remainders, of equal ones to the
/// earlier. Weights all zero share nothing.
pub(super) fn share(total: &Exact, weights: &[Exact], unit: &Exact) -> Vec<Exact> {
    let sum: Exact = weights.iter().sum();
    if sum == whole(0) {
        return vec![whole(0); weights.len()];
    }
    let units: Vec<Exact> = weights.iter().map(|weight| total * weight / &sum / unit).collect();
    let mut shares: Vec<Exact> = units.iter().map(Exact::floor).collect();
    let given: Exact = shares.iter().sum();
    let left = floor(&(total / unit - given));
    let mut largest: Vec<(Exact, &mut Exact)> =
        units.iter().zip(&mut shares).map(|(exact, share)| (exact - &*share, share)).collect();
    // The sort is stable, so of equal remainders the earlier stays in front.
    largest.sort_by_key(|(remainder, _)| Reverse(remainder.clone()));
    for ((_, share), _) in largest.into_iter().zip(0..left) {
        *share += whole(1);
    }
    shares.into_iter().map(|share| share * unit).collect()
}

/// Shares an amount of minor units over parts in proportion to weights.
pub(super) fn share_minor(total: i64, weights: &[Exact]) -> Vec<i64> {
    share(&whole(total), weights, &whole(1)).iter().map(floor).collect()
}

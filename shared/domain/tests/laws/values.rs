//! Amounts, rates and how a total is shared.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use upline_domain::limits::AMOUNT_MINOR_MAX;
use upline_domain::money::{Currency, Money, Rate, SignedMoney};
use upline_domain::plan::decay_rates;
use upline_domain::share::share;

use crate::arbitrary::{money, rate};
use crate::cases;
use crate::reference::{self, whole};

/// The largest amount in micros.
const LARGEST: u128 = 1_000_000_000_000_000_000;

fn sizes() -> impl Strategy<Value = u128> {
    prop_oneof![1 => Just(0), 4 => 0_u128..20, 3 => 0_u128..100_000, 2 => 0..=LARGEST]
}

fn currency() -> impl Strategy<Value = Currency> {
    let currencies = select(vec!["CNY", "USD", "EUR", "JPY", "KRW", "KWD", "BHD"]);
    currencies.prop_map(|code| code.parse().unwrap())
}

fn minor() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..2_000, 0..=AMOUNT_MINOR_MAX]
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// The parts add up to the total, each within a unit of its exact part; a larger weight, or of
    /// equal ones the earlier, never has the smaller part.
    #[test]
    fn a_total_is_shared_to_the_last_unit(
        total in sizes(),
        weights in vec(sizes(), 0..9),
    ) {
        let parts = share(total, &weights).unwrap();
        let sum: u128 = weights.iter().sum();
        prop_assert_eq!(parts.len(), weights.len());
        prop_assert_eq!(parts.iter().sum::<u128>(), if sum == 0 { 0 } else { total });
        for (at, (&part, &weight)) in parts.iter().zip(&weights).enumerate() {
            if sum > 0 {
                let exact = whole(total) * whole(weight) / whole(sum);
                prop_assert!(exact.floor() <= whole(part) && whole(part) <= exact.ceil());
            }
            for (&later, &other) in parts.iter().zip(&weights).skip(at + 1) {
                prop_assert!(weight < other || part >= later);
                prop_assert!(weight >= other || part <= later);
            }
        }
        let exact: Vec<_> = weights.iter().map(|&weight| whole(weight)).collect();
        let wanted = reference::share(&whole(total), &exact);
        prop_assert_eq!(parts.into_iter().map(whole).collect::<Vec<_>>(), wanted);
    }

    /// An amount is read back as it was written, and never with more digits than it may have.
    #[test]
    fn an_amount_is_read_as_written(minor in minor(), currency in currency()) {
        let text = money(minor).text(currency);
        prop_assert_eq!(Money::parse(&text, currency), Ok(money(minor)));
        prop_assert_eq!(text.replace('.', "").parse(), Ok(minor));
        let digits = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        prop_assert_eq!(u32::try_from(digits), Ok(currency.digits()));
        let finer = if digits == 0 { format!("{text}.0") } else { format!("{text}0") };
        prop_assert!(Money::parse(&finer, currency).is_err());
        let debt = SignedMoney::ZERO.minus(money(minor)).unwrap().text(currency);
        prop_assert_eq!(debt.trim_start_matches('-'), text);
        prop_assert_eq!(debt.starts_with('-'), minor > 0);
    }

    /// A rate is read back as it was written, and takes its exact part of an amount.
    #[test]
    fn a_rate_is_read_as_written(millionths in 0_u32..=1_000_000, minor in minor()) {
        let rate = Rate::from_millionths(millionths).unwrap();
        prop_assert_eq!(rate.to_string().parse(), Ok(rate));
        let wanted = reference::rate(rate) * whole(minor) * whole(1_000_000_u32);
        prop_assert_eq!(whole(rate.of(money(minor))), wanted);
    }

    /// The rate at depth `n` is the exact `first × ratio^(n−1)`, cut once to 6 digits.
    #[test]
    fn a_decay_is_cut_once(first in rate(), ratio in rate(), depth in 0_usize..=20) {
        let rates = decay_rates(first, ratio, depth);
        prop_assert_eq!(rates.len(), depth);
        let mut exact = reference::rate(first);
        for rate in rates {
            let millionths = (&exact * whole(1_000_000_u32)).floor();
            prop_assert_eq!(whole(rate.millionths()), millionths);
            exact *= reference::rate(ratio);
        }
    }

    /// A share of an amount by two others is the floor of the exact one.
    #[test]
    fn a_proportion_is_cut(amount in minor(), part in minor(), all in minor()) {
        let got = money(amount).proportion(money(part), money(all));
        if all == 0 {
            prop_assert_eq!(got, None);
        } else {
            let exact = (whole(amount) * whole(part) / whole(all)).floor();
            let fits = exact <= whole(AMOUNT_MINOR_MAX);
            prop_assert_eq!(got.map(|got| whole(got.minor())), fits.then_some(exact));
        }
    }
}

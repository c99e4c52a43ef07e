//! Amounts and rates. Integers throughout; decimals only to read and print.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use crate::limits::AMOUNT_MINOR_MAX;

/// Micros in one minor unit: an intermediate amount is a whole number of them, and amount × rate is
/// exact, because a rate has at most 6 digits after the point.
pub const MICROS_PER_MINOR: u128 = 1_000_000;

/// A computation left the range of amounts. Nothing wraps and nothing panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("overflow: the amount is above the largest of {AMOUNT_MINOR_MAX} minor units")]
pub struct Overflow;

/// Why a string is no currency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no ISO 4217 currency with minor units, such as CNY, USD or JPY")]
pub struct CurrencyError(String);

/// An ISO 4217 currency, which says how many digits an amount has after the point.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits after the point: CNY 2, JPY 0, KWD 3.
    #[must_use]
    pub fn digits(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        iso_currency::Currency::from_code(text)
            .filter(|found| found.exponent().is_some() && found.code() == text)
            .map(Self)
            .ok_or_else(|| CurrencyError(text.chars().take(12).collect()))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> Ordering {
        self.code().cmp(other.code())
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a string is no amount or no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// It is not ASCII digits with an optional point between them.
    #[error("write an amount as digits with an optional point, such as \"12.30\"")]
    Form,
    /// It is finer than the currency.
    #[error("{currency} has {allowed} digits after the point, this amount has {given}")]
    Digits {
        /// The currency it was read in.
        currency: Currency,
        /// The digits the currency has after the point.
        allowed: u32,
        /// The digits that were given.
        given: u32,
    },
    /// It is above 10^12 minor units.
    #[error(transparent)]
    Overflow(#[from] Overflow),
    /// It is a rate above one or with more than 6 digits after the point.
    #[error("write a rate from 0 to 1 with at most 6 digits after the point, such as \"0.05\"")]
    Rate,
}

/// How many digits stand after the point of `[0-9]+(\.[0-9]+)?`; nothing more lenient is read.
fn fraction_digits(text: &str) -> Result<u32, AmountError> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(w, f)| (w, Some(f)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return Err(AmountError::Form);
    }
    Ok(fraction.map_or(0, |digits| u32::try_from(digits.len()).unwrap_or(u32::MAX)))
}

/// Reads a text of that form.
fn decimal(text: &str) -> Result<Decimal, AmountError> {
    fraction_digits(text)?;
    Decimal::from_str_exact(text).map_err(|_| Overflow.into())
}

/// `decimal` as an integer of 10^-`digits`; none where that is no integer or too large.
fn scaled(decimal: Decimal, digits: u32) -> Option<u64> {
    let missing = digits.checked_sub(decimal.scale())?;
    let units = decimal.mantissa().checked_mul(10_i128.checked_pow(missing)?)?;
    u64::try_from(units).ok()
}

/// An amount in minor units of a currency known from where it stands: 0 to 10^12.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(u64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of so many minor units.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] above 10^12.
    pub fn from_minor(minor: u64) -> Result<Self, Overflow> {
        if minor > AMOUNT_MINOR_MAX { Err(Overflow) } else { Ok(Self(minor)) }
    }

    /// Reads an amount of `currency`: `"12.30"`, `"12.3"` and `"12"` are amounts of CNY.
    ///
    /// # Errors
    ///
    /// * [`AmountError::Form`] for a sign, an exponent, a blank or anything but digits and a point.
    /// * [`AmountError::Digits`] for more digits than the currency has, zeros among them.
    /// * [`AmountError::Overflow`] above 10^12 minor units.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        // Of the text: a decimal has room for 28 digits, and what is too fine is not too large.
        let (allowed, given) = (currency.digits(), fraction_digits(text)?);
        if given > allowed {
            return Err(AmountError::Digits { currency, allowed, given });
        }
        Ok(Self::from_minor(scaled(decimal(text)?, allowed).ok_or(Overflow)?)?)
    }

    /// The amount in minor units.
    #[must_use]
    pub fn minor(self) -> u64 {
        self.0
    }

    /// The amount in micros of a minor unit.
    #[must_use]
    pub fn micros(self) -> u128 {
        u128::from(self.0).saturating_mul(MICROS_PER_MINOR)
    }

    /// The amount as it is written on the wire, with all the digits the currency has.
    #[must_use]
    pub fn text(self, currency: Currency) -> String {
        SignedMoney::from(self).text(currency)
    }

    /// The sum.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] above 10^12.
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).ok_or(Overflow).and_then(Self::from_minor)
    }

    /// The difference; none where `other` is the larger.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The difference, or nothing where `other` is the larger.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The amount `count` times.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] above 10^12.
    pub fn times(self, count: u32) -> Result<Self, Overflow> {
        self.0.checked_mul(count.into()).ok_or(Overflow).and_then(Self::from_minor)
    }

    /// `floor(self × part ÷ whole)`; none where `whole` is zero or the result too large.
    #[must_use]
    pub fn proportion(self, part: Self, whole: Self) -> Option<Self> {
        let product = u128::from(self.0).checked_mul(part.0.into())?;
        let result = product.checked_div(whole.0.into())?;
        Self::from_minor(u64::try_from(result).ok()?).ok()
    }

    /// The sum of all.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] above 10^12.
    pub fn total(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Overflow> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

/// A sum or difference of amounts in minor units, of either sign: what stands in a balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignedMoney(i64);

impl SignedMoney {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of so many minor units, negative for a debt.
    #[must_use]
    pub fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The amount in minor units.
    #[must_use]
    pub fn minor(self) -> i64 {
        self.0
    }

    /// The sum.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] beyond 64 bits, which are nine million of the largest amounts.
    pub fn plus(self, other: impl Into<Self>) -> Result<Self, Overflow> {
        self.0.checked_add(other.into().0).map(Self).ok_or(Overflow)
    }

    /// The difference.
    ///
    /// # Errors
    ///
    /// * [`Overflow`] beyond 64 bits.
    pub fn minus(self, other: impl Into<Self>) -> Result<Self, Overflow> {
        self.0.checked_sub(other.into().0).map(Self).ok_or(Overflow)
    }

    /// The amount as it is written on the wire, a debt with a leading `-`.
    #[must_use]
    pub fn text(self, currency: Currency) -> String {
        Decimal::from_i128_with_scale(self.0.into(), currency.digits()).to_string()
    }
}

impl From<Money> for SignedMoney {
    fn from(amount: Money) -> Self {
        Self(i64::try_from(amount.0).unwrap_or(i64::MAX))
    }
}

/// A share of an amount, 0 to 1 in steps of 10^-6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u32);

impl Rate {
    /// All of it.
    pub const ONE: Self = Self(1_000_000);
    /// Nothing of it.
    pub const ZERO: Self = Self(0);

    /// A rate of so many millionths; none above one.
    #[must_use]
    pub fn from_millionths(millionths: u32) -> Option<Self> {
        (millionths <= Self::ONE.0).then_some(Self(millionths))
    }

    /// The rate in millionths.
    #[must_use]
    pub fn millionths(self) -> u32 {
        self.0
    }

    /// `amount × rate`, exact, in micros of a minor unit.
    #[must_use]
    pub fn of(self, amount: Money) -> u128 {
        u128::from(amount.0).saturating_mul(self.0.into())
    }
}

impl FromStr for Rate {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let millionths = decimal(text)
            .ok()
            .and_then(|rate| scaled(rate, 6))
            .and_then(|units| u32::try_from(units).ok());
        millionths.and_then(Self::from_millionths).ok_or(AmountError::Rate)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Decimal::new(self.0.into(), 6).normalize().fmt(f)
    }
}

/// An amount from a 128-bit number of minor units.
///
/// # Errors
///
/// * [`Overflow`] above 10^12.
pub fn minor_from(minor: u128) -> Result<Money, Overflow> {
    u64::try_from(minor).map_err(|_| Overflow).and_then(Money::from_minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a table reads better with values")]
    fn check(text: &str, code: &str, want: Result<u64, AmountError>) {
        let got = Money::parse(text, currency(code)).map(Money::minor);
        assert_eq!(got, want, "{text:?} in {code}");
    }

    #[test]
    fn amount_table() {
        check("12.30", "CNY", Ok(1_230));
        check("12.3", "CNY", Ok(1_230));
        check("012", "CNY", Ok(1_200));
        check("12", "JPY", Ok(12));
        check("1.234", "KWD", Ok(1_234));
        check("10000000000.00", "CNY", Ok(AMOUNT_MINOR_MAX));
        check("10000000000.01", "CNY", Err(Overflow.into()));
        check(&"9".repeat(60), "CNY", Err(Overflow.into()));
        let digits = |currency, allowed, given| AmountError::Digits { currency, allowed, given };
        check("12.300", "CNY", Err(digits(currency("CNY"), 2, 3)));
        check("12.0", "JPY", Err(digits(currency("JPY"), 0, 1)));
        check(&format!("1.{}", "0".repeat(29)), "CNY", Err(digits(currency("CNY"), 2, 29)));
        for text in ["", ".5", "5.", "-1", "+1", "1e3", "1,000", " 1", "1_0", "١", "1.2.3"] {
            check(text, "CNY", Err(AmountError::Form));
        }
    }

    #[test]
    fn an_amount_is_printed_with_all_its_digits() {
        let text = |minor, code: &str| SignedMoney::from_minor(minor).text(currency(code));
        assert_eq!(text(1_230, "CNY"), "12.30");
        assert_eq!(text(-5, "CNY"), "-0.05");
        assert_eq!(text(0, "CNY"), "0.00");
        assert_eq!(text(7, "JPY"), "7");
        assert_eq!(text(7, "KWD"), "0.007");
    }

    #[test]
    fn currency_table() {
        assert_eq!(currency("CNY").digits(), 2);
        assert_eq!(currency("JPY").digits(), 0);
        assert_eq!(currency("KWD").digits(), 3);
        for text in ["cny", "RMB", "", "XAU", "XXX", "CNYY"] {
            assert!(text.parse::<Currency>().is_err(), "{text}");
        }
    }

    #[test]
    fn rate_table() {
        let rate = |text: &str| text.parse::<Rate>().map(Rate::millionths);
        assert_eq!(rate("0.05"), Ok(50_000));
        assert_eq!(rate("1"), Ok(1_000_000));
        assert_eq!(rate("0.000001"), Ok(1));
        for text in ["1.000001", "2", "0.0000001", "-0.1", "5%", ""] {
            assert_eq!(rate(text), Err(AmountError::Rate), "{text}");
        }
        assert_eq!("0.050".parse::<Rate>().unwrap().to_string(), "0.05");
        assert_eq!(Rate::ONE.to_string(), "1");
    }
}

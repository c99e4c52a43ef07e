//! Amounts, rates, ids and times, each held against the letter of the design.

use std::fmt::Debug;

use bolero::generator::ValueGenerator;
use upline_domain::ids::{OrderId, Text};
use upline_domain::money::{AmountError, Currency, Money, Rate};
use upline_domain::time;

use crate::dice::Dice;
use crate::mutate::{bytes, touched_text};

const CURRENCIES: [(&str, usize); 4] = [("CNY", 2), ("JPY", 0), ("KWD", 3), ("USD", 2)];

/// Texts that a value may be, some of chance throughout.
const TEXTS: &[&str] = &[
    "0",
    "1",
    "12",
    "12.30",
    "12.3",
    "012",
    "10000000000.00",
    "1000000000000",
    "9999999999.99",
    "1000000000.000",
    "0.05",
    "0.000001",
    "1.000000",
    "0.1234567",
    "00000000000000000000000000001",
    "0.00000000000000000000000000000",
    "79228162514264337593543950335",
    "A-1",
    "a:b@c/d+e=f._",
    "2026-11-11T00:00:03Z",
    "2026-11-11T00:00:03.123456789Z",
    "-009999-01-02T01:59:59Z",
    "9999-12-30T21:59:59.999Z",
    "0000-02-29T23:59:60Z",
    "上海",
    "",
];

fn texts() -> impl ValueGenerator<Output = String> {
    bytes().map_gen(|bytes: Vec<u8>| {
        let mut dice = Dice::of(&bytes);
        let mut text = (*dice.pick(TEXTS)).to_owned();
        for _ in 0..dice.below(5) {
            text = match dice.below(4) {
                0 => text + *dice.pick(TEXTS),
                1 => dice.pick(TEXTS).repeat(dice.below(24)) + &text,
                _ => touched_text(&text, &mut dice),
            };
        }
        text
    })
}

/// The digits before and after the point of `[0-9]+(\.[0-9]+)?`; none of another text.
fn decimal(text: &str) -> Option<(&str, &str)> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (text, "0"),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction_given = if text.contains('.') { fraction } else { "" };
    (digits(whole) && digits(fraction)).then_some((whole, fraction_given))
}

/// `whole.fraction` as a whole number of the last of so many digits; none where that is too large
/// for 128 bits.
fn scaled((whole, fraction): (&str, &str), digits: usize) -> Option<u128> {
    format!("{whole}{fraction:0<digits$}").trim_start_matches('0').parse().ok().or_else(|| {
        let is_zero = whole.bytes().chain(fraction.bytes()).all(|byte| byte == b'0');
        is_zero.then_some(0)
    })
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a call reads better without borrows")]
fn same<T: Debug + PartialEq>(text: &str, got: T, want: T) {
    assert!(got == want, "{text:?} is read as {got:?}, not {want:?}");
}

fn check_amount(text: &str) {
    for (code, digits) in CURRENCIES {
        let currency: Currency = code.parse().unwrap();
        let want = match decimal(text) {
            None => Err("form"),
            Some((_, fraction)) if fraction.len() > digits => Err("digits"),
            Some(both) => match scaled(both, digits) {
                Some(minor) if minor <= 1_000_000_000_000 => Ok(minor),
                Some(_) | None => Err("overflow"),
            },
        };
        let read = Money::parse(text, currency);
        let got = read.as_ref().map(|amount| u128::from(amount.minor()));
        let got = got.map_err(|wrong| match wrong {
            AmountError::Form => "form",
            AmountError::Digits { .. } => "digits",
            AmountError::Overflow(_) => "overflow",
            AmountError::Rate => "rate",
        });
        same(text, got, want);
        if let Ok(amount) = read {
            let printed = amount.text(currency);
            same(&printed, Money::parse(&printed, currency), Ok(amount));
            same(&printed, decimal(&printed).map(|(_, fraction)| fraction.len()), Some(digits));
        }
    }
}

fn check_rate(text: &str) {
    let want = decimal(text).filter(|(_, fraction)| fraction.len() <= 6);
    let want = want.and_then(|both| scaled(both, 6)).filter(|millionths| *millionths <= 1_000_000);
    let read = text.parse::<Rate>();
    same(text, read.as_ref().ok().map(|rate| u128::from(rate.millionths())), want);
    if let Ok(rate) = read {
        let printed = rate.to_string();
        same(&printed, printed.parse(), Ok(rate));
    }
}

fn check_id(text: &str) {
    let may = |byte: u8| byte.is_ascii_alphanumeric() || b"._:@/+=-".contains(&byte);
    let is_id = (1..=128).contains(&text.len()) && text.bytes().all(may);
    let want = is_id.then(|| text.to_owned());
    same(text, text.parse::<OrderId>().ok().map(|id| id.to_string()), want);
    let is_text = text.len() <= 256 && !text.chars().any(char::is_control);
    let want = is_text.then(|| text.to_owned());
    same(text, text.parse::<Text>().ok().map(|text| text.to_string()), want);
}

fn check_time(text: &str) {
    let is_utc = text.ends_with('Z') && text.is_char_boundary(10) && text.get(10..11) == Some("T");
    let exact: Option<jiff::Timestamp> = text.parse().ok();
    match time::parse(text) {
        Ok(time) => {
            assert!(is_utc, "{text:?} is no time in UTC");
            let millis = exact.map(|exact| exact.as_nanosecond().div_euclid(1_000_000));
            same(text, Some(time.as_nanosecond()), millis.map(|millis| millis * 1_000_000));
            let printed = time::text(time);
            same(&printed, time::parse(&printed), Ok(time));
            same(&printed, printed.len(), "2026-11-11T00:00:03.000Z".len());
        }
        Err(_) => {
            // Four digits of a year, two of the rest, and seconds: as RFC 3339 has them.
            let form = "dddd-dd-ddTdd:dd:dd".chars();
            let fits = form.zip(text.chars()).all(|(form, letter)| match form {
                'd' => letter.is_ascii_digit(),
                other => letter == other,
            });
            let rest = text.get(19..).unwrap_or("?");
            let fraction = rest.strip_prefix('.').and_then(|rest| rest.strip_suffix('Z'));
            let fits_rest = rest == "Z"
                || fraction.is_some_and(|digits| {
                    (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
                });
            assert!(!(fits && fits_rest && exact.is_some()), "{text:?} is a time");
        }
    }
}

fn check_currency(text: &str) {
    let read = text.parse::<Currency>();
    same(text, read.as_ref().ok().map(|currency| currency.code()), read.is_ok().then_some(text));
    assert!(read.is_err() || (text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase())));
}

fn check(text: &str) {
    check_amount(text);
    check_rate(text);
    check_id(text);
    check_time(text);
    check_currency(text);
}

#[test]
fn values() {
    for text in TEXTS {
        check(text);
    }
    let target = bolero::check!().with_generator(texts()).with_iterations(10_000);
    target.for_each(|text: &String| check(text));
}

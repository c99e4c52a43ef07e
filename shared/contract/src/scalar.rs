//! The single values of the wire: each reads itself through the domain, so that an error stands at
//! its exact path, and knows its own JSON Schema.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use upline_domain::ids::{
    BuyerId, CardId, DistributorId, EventId, ForeignId, InviteCode, LevelId, LineId, OrderId,
    RefundId, RuleId, TenantId, Text,
};
use upline_domain::limits::{ID_BYTES_MAX, QUANTITY_MAX, TEXT_BYTES_MAX};
use upline_domain::member::Status;
use upline_domain::money::{Currency, Rate};
use upline_domain::time;

/// A value that is written as a string and checked by the domain.
pub(crate) trait Scalar: Sized {
    /// What to write, as in "write …".
    const EXPECTED: &'static str;

    /// Reads it.
    fn scan(text: &str) -> Result<Self, String>;

    /// Its JSON Schema.
    fn schema() -> Schema;
}

/// A [`Scalar`] on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Checked<T>(pub(crate) T);

struct Strings<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for Strings<T> {
    type Value = Checked<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Checked<T>, E> {
        T::scan(text).map(Checked).map_err(E::custom)
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Checked<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Strings(PhantomData))
    }
}

impl<T: Scalar> JsonSchema for Checked<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        T::schema()
    }
}

/// The form of an id.
fn id_schema() -> Schema {
    json_schema!({ "type": "string", "pattern": ID_PATTERN })
}

const ID_PATTERN: &str = "^[A-Za-z0-9._:@/+=-]{1,128}$";
const _: () = assert!(ID_BYTES_MAX == 128, "ID_PATTERN says 128");

macro_rules! ids {
    ($($name:ident)+) => {$(
        impl Scalar for $name {
            const EXPECTED: &'static str = "the id as a string";

            fn scan(text: &str) -> Result<Self, String> {
                text.parse().map_err(|error: upline_domain::ids::IdError| error.to_string())
            }

            fn schema() -> Schema {
                id_schema()
            }
        }
    )+};
}

ids! {
    BuyerId CardId DistributorId EventId InviteCode LevelId LineId OrderId RefundId RuleId TenantId
}

impl Scalar for ForeignId {
    const EXPECTED: &'static str = "the id as a string";

    fn scan(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: upline_domain::ids::ForeignIdError| error.to_string())
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "description": "1 to 128 visible characters of ASCII",
            "pattern": "^[!-~]{1,128}$",
        })
    }
}

impl Scalar for Text {
    const EXPECTED: &'static str = "the text as a string";

    fn scan(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: upline_domain::ids::TextError| error.to_string())
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "description": "at most 256 bytes of UTF-8 without control characters",
            "maxLength": TEXT_BYTES_MAX,
            "pattern": "^[^\u{0}-\u{1f}\u{7f}-\u{9f}]*$",
        })
    }
}

impl Scalar for Timestamp {
    const EXPECTED: &'static str = "the time as a string such as \"2026-11-11T00:00:03Z\"";

    fn scan(text: &str) -> Result<Self, String> {
        time::parse(text).map_err(|error| error.to_string())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "pattern": TIME_PATTERN })
    }
}

const TIME_PATTERN: &str =
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?Z$";

impl Scalar for Date {
    const EXPECTED: &'static str = "the day as a string such as \"2026-11-11\"";

    fn scan(text: &str) -> Result<Self, String> {
        let day: Option<Self> = text.parse().ok().filter(|day: &Self| day.to_string() == text);
        day.ok_or_else(|| format!("write {}, not {text:?}", Self::EXPECTED))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "format": "date" })
    }
}

impl Scalar for Currency {
    const EXPECTED: &'static str = "the currency as a string such as \"CNY\"";

    fn scan(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: upline_domain::money::CurrencyError| error.to_string())
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "description": "an ISO 4217 currency with minor units",
            "pattern": "^[A-Z]{3}$",
        })
    }
}

impl Scalar for Rate {
    const EXPECTED: &'static str = "the rate as a string such as \"0.05\"";

    fn scan(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: upline_domain::money::AmountError| error.to_string())
    }

    fn schema() -> Schema {
        json_schema!({
            "type": "string",
            "description": "a rate from 0 to 1",
            "pattern": "^0*(0([.][0-9]{1,6})?|1([.]0{1,6})?)$",
        })
    }
}

impl Scalar for TimeZone {
    const EXPECTED: &'static str = "the time zone as a string such as \"Asia/Shanghai\"";

    fn scan(text: &str) -> Result<Self, String> {
        time::zone(text).map_err(|error| error.to_string())
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "description": "a name of the IANA database" })
    }
}

impl Scalar for Status {
    const EXPECTED: &'static str = "\"active\", \"frozen\" or \"terminated\"";

    fn scan(text: &str) -> Result<Self, String> {
        Self::from_name(text).ok_or_else(|| format!("write {}, not {text:?}", Self::EXPECTED))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "enum": ["active", "frozen", "terminated"] })
    }
}

/// An amount as it is written; it is read once the currency is known.
#[derive(Clone, Debug)]
pub(crate) struct Digits(pub(crate) String);

impl Scalar for Digits {
    const EXPECTED: &'static str = "the amount as a string such as \"12.30\"";

    fn scan(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+([.][0-9]+)?$" })
    }
}

/// An amount as it is written.
pub(crate) type Amount = Checked<Digits>;

/// A [`Scalar`] as it is written; it is read later, so that all that is wrong is found at once.
#[derive(Clone, Debug)]
pub(crate) struct Written<T> {
    pub(crate) text: String,
    of: PhantomData<T>,
}

impl<T: Scalar> Written<T> {
    /// Reads it.
    pub(crate) fn scan(&self) -> Result<T, String> {
        T::scan(&self.text)
    }
}

struct Verbatim<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for Verbatim<T> {
    type Value = Written<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Written<T>, E> {
        Ok(Written { text: text.to_owned(), of: PhantomData })
    }
}

impl<'de, T: Scalar> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Verbatim(PhantomData))
    }
}

impl<T: Scalar> JsonSchema for Written<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Scalar".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        T::schema()
    }
}

/// How many of one thing: 1 to 10^6.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quantity(pub(crate) u32);

struct Counts;

impl Visitor<'_> for Counts {
    type Value = Quantity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 1 to {QUANTITY_MAX}")
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Quantity, E> {
        match u32::try_from(count) {
            Ok(count @ 1..=QUANTITY_MAX) => Ok(Quantity(count)),
            Ok(_) | Err(_) => Err(E::invalid_value(Unexpected::Unsigned(count), &self)),
        }
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u32(Counts)
    }
}

impl JsonSchema for Quantity {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": QUANTITY_MAX })
    }
}

/// A whole number that fits a `T`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Whole<T>(pub(crate) T);

struct Wholes<T>(PhantomData<T>);

impl<T: TryFrom<i64>> Visitor<'_> for Wholes<T> {
    type Value = Whole<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number in range")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Whole<T>, E> {
        let fits = T::try_from(number).map(Whole);
        fits.map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole<T>, E> {
        let fits = i64::try_from(number).ok().and_then(|number| T::try_from(number).ok());
        fits.map(Whole).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

impl<'de, T: TryFrom<i64>> Deserialize<'de> for Whole<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(Wholes(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Whole<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Whole".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

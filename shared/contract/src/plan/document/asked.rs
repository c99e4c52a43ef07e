//! What a level asks for, exactly as it is written.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use upline_domain::money::Currency;

use crate::read::objects;
use crate::scalar::{Amount, Scalar, Whole, Written};

/// All that a level asks for: one of the three.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "the conditions as an object")]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub(crate) struct Wanted {
    /// Every one of these must hold.
    #[schemars(length(min = 1))]
    pub(crate) all: Option<Vec<Asked<Vec<Asked<TooDeep>>>>>,
    /// One of these must hold.
    #[schemars(length(min = 1))]
    pub(crate) any: Option<Vec<Asked<Vec<Asked<TooDeep>>>>>,
    /// Points for several measures must come to so much.
    pub(crate) score: Option<Score>,
}

/// One condition of a list: exactly one of its keys.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "a condition as an object")]
#[schemars(rename = "Asked", extend("minProperties" = 1, "maxProperties" = 1))]
pub(crate) struct Asked<T> {
    /// Every one of these must hold; lists stand in lists once.
    pub(crate) all: Option<T>,
    /// One of these must hold; lists stand in lists once.
    pub(crate) any: Option<T>,
    /// Points for several measures must come to so much.
    pub(crate) score: Option<Score>,
    /// There is no open risk flag.
    #[schemars(extend("const" = true))]
    pub(crate) compliant: Option<bool>,
    /// Distributors who registered under them in the window.
    pub(crate) direct_recruits: Option<Counted>,
    /// Distributors who stand below them down to a depth, whenever they registered.
    pub(crate) team_size: Option<Team>,
    /// What was paid in the window for orders of which they are the first, less refunds.
    pub(crate) own_sales: Option<Amounted>,
    /// What was paid in the window for orders that count for their team, own ones among them, less
    /// refunds.
    pub(crate) team_sales: Option<Amounted>,
    /// Own orders of the window, in whatever currency, without those refunded in full.
    pub(crate) own_orders: Option<Counted>,
    /// Calendar months with an own order in the window, one refunded in full left out.
    pub(crate) months_active: Option<Counted>,
}

/// A list that stands deeper in others than lists may, whatever it is.
pub(crate) struct TooDeep;

impl<'de> Deserialize<'de> for TooDeep {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl JsonSchema for TooDeep {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TooDeep".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "not": {} })
    }
}

/// How many of something in a window of days.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with min and days")]
pub(crate) struct Counted {
    /// The least that is asked for.
    #[schemars(range(min = 1))]
    pub(crate) min: Whole<u32>,
    /// The window: so many days up to that of the check.
    #[schemars(range(min = 1, max = 366))]
    pub(crate) days: Whole<u32>,
}

/// How many stand below.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with min, and depth or not")]
pub(crate) struct Team {
    /// The least that is asked for.
    #[schemars(range(min = 1))]
    pub(crate) min: Whole<u32>,
    /// The deepest that counts; 5 where it is absent.
    #[schemars(range(min = 1, max = 5))]
    pub(crate) depth: Option<Whole<u32>>,
}

/// How much of one currency in a window of days.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with min, currency and days")]
pub(crate) struct Amounted {
    /// The least that is asked for, above 0.
    pub(crate) min: Amount,
    /// Of which currency; the plan has a part for it.
    pub(crate) currency: Written<Currency>,
    /// The window: so many days up to that of the check.
    #[schemars(range(min = 1, max = 366))]
    pub(crate) days: Whole<u32>,
}

/// Points for several measures, added up.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with min and of")]
pub(crate) struct Score {
    /// The least that is asked for, above 0.
    pub(crate) min: Written<Points>,
    /// What is counted.
    #[schemars(length(min = 1))]
    pub(crate) of: Vec<Weighted>,
}

/// One measure of a score, and what it is worth: `weight` and exactly one of the other keys.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "a weight and a measure as an object")]
#[schemars(extend("minProperties" = 2, "maxProperties" = 2))]
pub(crate) struct Weighted {
    /// The points for one: of an amount for a whole unit of its currency, of which parts count in
    /// part.
    pub(crate) weight: Written<Points>,
    /// Distributors who registered under them in the window.
    pub(crate) direct_recruits: Option<Days>,
    /// Distributors who stand below them down to a depth, whenever they registered.
    pub(crate) team_size: Option<Depth>,
    /// What was paid in the window for orders of which they are the first, less refunds.
    pub(crate) own_sales: Option<SalesOf>,
    /// What was paid in the window for orders that count for their team, own ones among them, less
    /// refunds.
    pub(crate) team_sales: Option<SalesOf>,
    /// Own orders of the window, in whatever currency, without those refunded in full.
    pub(crate) own_orders: Option<Days>,
    /// Calendar months with an own order in the window, one refunded in full left out.
    pub(crate) months_active: Option<Days>,
}

/// A window of days.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with days")]
pub(crate) struct Days {
    /// So many days up to that of the check.
    #[schemars(range(min = 1, max = 366))]
    pub(crate) days: Whole<u32>,
}

/// A depth below a distributor.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with depth or without")]
pub(crate) struct Depth {
    /// The deepest that counts; 5 where it is absent.
    #[schemars(range(min = 1, max = 5))]
    pub(crate) depth: Option<Whole<u32>>,
}

/// Sales of one currency in a window of days.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with currency and days")]
pub(crate) struct SalesOf {
    /// Of which currency; the plan has a part for it.
    pub(crate) currency: Written<Currency>,
    /// The window: so many days up to that of the check.
    #[schemars(range(min = 1, max = 366))]
    pub(crate) days: Whole<u32>,
}

/// Points in millionths; more than there is a number for is the most there is one for.
pub(crate) struct Points(pub(crate) u64);

impl Scalar for Points {
    const EXPECTED: &'static str = "the points as a string such as \"0.01\"";

    fn scan(text: &str) -> Result<Self, String> {
        let (whole, parts) = text.split_once('.').unwrap_or((text, "0"));
        let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !are_digits(whole) || !are_digits(parts) || parts.len() > 6 {
            return Err("write points as digits with at most 6 after the point, such as \"0.01\""
                .to_owned());
        }
        let millionths = format!("{whole}{parts:0<6}").parse();
        Ok(Self(millionths.unwrap_or(u64::MAX)))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+([.][0-9]{1,6})?$" })
    }
}

objects! { Wanted Counted Team Amounted Score Weighted Days Depth SalesOf }
objects! { of T: Asked }

//! The plan document exactly as it is written. What a string means is read when it is compiled, so
//! that everything that is wrong is found at once.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;
use upline_domain::ids::{CardId, DistributorId, LevelId, RuleId, Text};
use upline_domain::money::Rate;

use crate::read::objects;
use crate::scalar::{Amount, Whole, Written};

mod asked;

pub(super) use asked::{
    Amounted, Asked, Counted, Points, SalesOf, Score, Team, TooDeep, Wanted, Weighted,
};

/// The whole commission programme of one tenant.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "a plan as an object")]
#[schemars(rename = "Plan")]
pub(crate) struct Document {
    /// Whose days and months count; UTC where it is absent.
    pub(super) timezone: Option<Written<TimeZone>>,
    /// Levels, lowest first; one, `standard`, where they are absent.
    #[schemars(length(min = 1, max = 50))]
    pub(super) levels: Option<Vec<Level>>,
    /// Whether the nightly check may lower a level; never where it is absent.
    pub(super) demote: Option<Demote>,
    /// One part a currency.
    #[schemars(extend("minProperties" = 1))]
    pub(super) currencies: BTreeMap<String, Part>,
}

/// One level of the ladder.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "a level as an object")]
pub(crate) struct Level {
    /// The level's name.
    pub(super) id: Written<LevelId>,
    /// What one must have done to rise to it. The first has none, because everybody stands on it;
    /// without it another is given by hand alone.
    pub(super) when: Option<Wanted>,
}

/// Whether the nightly check may lower a level.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Demote {
    /// It may not.
    Never,
    /// It may, once the conditions have not held for so many days.
    AfterDays(Whole<u32>),
}

/// How orders of one currency are paid.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "a part of the plan as an object")]
pub(crate) struct Part {
    /// Most beneficiaries of one order, and the deepest depth that earns.
    #[schemars(range(min = 1, max = 20))]
    pub(super) depth: Whole<u32>,
    /// Nearest ancestors whose team sales count an order; `depth`, at most 10, where it is absent.
    #[schemars(range(min = 1, max = 10))]
    pub(super) team_depth: Option<Whole<u32>>,
    /// Whether distributors earn on what they buy themselves; none where it is absent.
    #[serde(default)]
    pub(super) self_purchase: SelfPurchase,
    /// What happens at a depth whose distributor does not earn; forfeit where it is absent.
    #[serde(default)]
    pub(super) inactive: Inactive,
    /// The lowest level that earns, by depth.
    #[serde(default)]
    pub(super) min_level_for_depth: BTreeMap<String, Written<LevelId>>,
    /// The one rounding of what somebody earns of an order; down where it is absent.
    #[serde(default)]
    pub(super) rounding: Rounding,
    /// Most of what was paid that may be earned; the policy's where it is absent.
    pub(super) max_total_rate: Option<Written<Rate>>,
    /// The rate cards, by name.
    pub(super) cards: BTreeMap<String, Card>,
    /// Which line is on which card.
    #[schemars(length(max = 500))]
    pub(super) rules: Vec<Rule>,
    /// When commission matures.
    #[serde(default)]
    pub(super) settlement: Settlement,
}

/// Whether distributors earn on what they buy themselves.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SelfPurchase {
    /// Their own sponsor stands at depth 1.
    #[default]
    None,
    /// They stand at depth 1 themselves, where the policy allows it.
    Buyer,
}

/// What happens at a depth whose distributor is not active or below the level for it.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Inactive {
    /// The depth earns nobody.
    #[default]
    Forfeit,
    /// The next one up who meets the depth's conditions takes it.
    Compress,
}

/// The one rounding of what somebody earns of an order.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Rounding {
    /// To the unit below.
    #[default]
    Down,
    /// To the nearest unit, a half to the one above.
    HalfUp,
}

/// How one line of an order is paid at each depth.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "a card as an object")]
pub(crate) struct Card {
    /// Of what the rates are taken; required but for `fixed`, which uses none.
    pub(super) base: Option<Base>,
    /// How the rates make an amount.
    pub(super) mode: Mode,
    /// What is added to each rate for a beneficiary of the level.
    #[serde(default)]
    pub(super) level_bonus: BTreeMap<String, Written<Rate>>,
    /// Most that one beneficiary earns on this card of one order.
    pub(super) max_per_order: Option<Amount>,
}

/// Of what rates are taken.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Base {
    /// `unit_price × quantity`.
    List,
    /// List less the line's own discount.
    Net,
    /// What was paid for the line.
    Paid,
    /// What was paid less the cost.
    Profit,
}

/// The modes of a card.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// `base × rates[n]` at depth `n`.
    Percent(Percent),
    /// A fixed amount at each depth.
    Fixed(Fixed),
    /// `base × first × ratio^(n−1)` at depth `n`.
    Decay(Decay),
    /// Rates that follow what a measure comes to.
    Tiered(Tiered),
    /// What a level's rate has above the highest met below.
    Differential(Differential),
}

/// Rates by depth.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with rates")]
pub(crate) struct Percent {
    /// The rate at each depth, from 1.
    #[schemars(length(min = 1))]
    pub(super) rates: Vec<Written<Rate>>,
}

/// Amounts by depth.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with amounts")]
pub(crate) struct Fixed {
    /// The amount at each depth, from 1.
    #[schemars(length(min = 1))]
    pub(super) amounts: Vec<Amount>,
    /// What it is paid for; each unit where it is absent.
    #[serde(default)]
    pub(super) per: Per,
}

/// Rates that fall from depth to depth.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with first, ratio and depth")]
pub(crate) struct Decay {
    /// The rate at depth 1.
    pub(super) first: Written<Rate>,
    /// What each next depth has of the one before.
    pub(super) ratio: Written<Rate>,
    /// The deepest depth that earns.
    #[schemars(range(min = 1, max = 20))]
    pub(super) depth: Whole<u32>,
}

/// Rates that follow what a measure comes to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with measure, kind and tiers")]
pub(crate) struct Tiered {
    /// What the tiers are held against.
    pub(super) measure: Measure,
    /// How the tiers that it reaches are used.
    pub(super) kind: TierKind,
    /// Each from higher on than the one before; below the first nothing is earned.
    #[schemars(length(min = 1, max = 100))]
    pub(super) tiers: Vec<Tier>,
}

/// What the tiers of a card are held against.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measure {
    /// The line's base.
    Line,
    /// The bases of all lines of the order on the card, together.
    Order,
    /// What the beneficiary sold in the calendar month.
    MonthSales,
}

/// How the tiers that a measure reaches are used.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TierKind {
    /// The rates of the highest, on all of the base.
    Whole,
    /// Each part of the measure at the rates of its own.
    Graduated,
}

/// A tier: from an amount on, up to the next.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "a tier as an object")]
pub(crate) struct Tier {
    /// The least that is in it.
    pub(super) from: Amount,
    /// The rate at each depth, from 1; nothing is earned at depths without one.
    pub(super) rates: Vec<Written<Rate>>,
}

/// A rate for each level, of which each has what those below it left.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with by_level")]
pub(crate) struct Differential {
    /// The rate of each level; one that is not named has none.
    #[schemars(extend("minProperties" = 1))]
    pub(super) by_level: BTreeMap<String, Written<Rate>>,
    /// What the next one up of the same level has, once; nothing where it is absent.
    pub(super) peer: Option<Written<Rate>>,
}

/// What a fixed amount is paid for.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Per {
    /// Each unit of the quantity.
    #[default]
    Unit,
    /// The line, whatever its quantity.
    Line,
}

/// A row of the rule table.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "a rule as an object")]
pub(crate) struct Rule {
    /// The row's name.
    pub(super) id: Written<RuleId>,
    /// Higher is asked first.
    pub(super) priority: Whole<i32>,
    /// What must hold of a line; nothing where it is absent.
    #[serde(default)]
    pub(super) when: When,
    /// The card of the lines for which it holds.
    pub(super) card: Written<CardId>,
}

/// The conditions of a rule; all that are named must hold.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "the conditions as an object")]
pub(crate) struct When {
    /// The line's category is one of these paths or below one.
    #[schemars(length(min = 1))]
    pub(super) category: Option<Vec<Written<Text>>>,
    /// The line's product number is one of these.
    #[schemars(length(min = 1))]
    pub(super) sku: Option<Vec<Written<Text>>>,
    /// The order's region is one of these.
    #[schemars(length(min = 1))]
    pub(super) region: Option<Vec<Written<Text>>>,
    /// The level of the first of the lineage is one of these.
    #[schemars(length(min = 1))]
    pub(super) level: Option<Vec<Written<LevelId>>>,
    /// The first of the lineage is one of these.
    #[schemars(length(min = 1))]
    pub(super) distributor: Option<Vec<Written<DistributorId>>>,
    /// What was paid for the line.
    pub(super) line_amount: Option<Interval<Amount>>,
    /// What was paid for all lines.
    pub(super) order_amount: Option<Interval<Amount>>,
    /// The line's quantity.
    pub(super) quantity: Option<Interval<Whole<u32>>>,
    /// When the order was paid.
    pub(super) between: Option<Between>,
    /// Whether the order is the first of its buyer.
    pub(super) first_order: Option<bool>,
}

/// From the minimum on, up to but without the maximum.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with min, max or both")]
pub(crate) struct Interval<T> {
    /// The least that is in it.
    pub(super) min: Option<T>,
    /// The least that is above it.
    pub(super) max: Option<T>,
}

/// From one time on, up to but without the other.
#[derive(Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "an object with from, to or both")]
pub(crate) struct Between {
    /// The first time that is in it.
    pub(super) from: Option<Written<Timestamp>>,
    /// The first time that is after it.
    pub(super) to: Option<Written<Timestamp>>,
}

/// When commission matures.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(remote = "Self", deny_unknown_fields, expecting = "the settlement as an object")]
pub(crate) struct Settlement {
    /// Days after completion; 7 where it is absent.
    #[schemars(range(min = 0, max = 3660))]
    pub(super) hold_days: Option<Whole<u32>>,
    /// The days on which it may mature; daily where it is absent.
    #[serde(default)]
    pub(super) cycle: Cycle,
    /// Days after which an order counts as completed by itself; never where it is absent.
    #[schemars(range(min = 0, max = 3660))]
    pub(super) auto_complete_days: Option<Whole<u32>>,
    /// A statement above this waits for a person.
    pub(super) review_above: Option<Amount>,
    /// A statement below this is carried on to the next.
    pub(super) minimum: Option<Amount>,
}

/// The days on which commission may mature.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Cycle {
    /// The day of completion itself, whatever is held.
    Instant,
    /// Any day.
    #[default]
    Daily,
    /// Mondays.
    Weekly,
    /// The first of a month.
    Monthly,
}

objects! { Document Level Part Card Percent Fixed Tier Rule When Between Settlement }
objects! { of T: Interval }

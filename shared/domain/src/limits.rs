//! The limits of everything that comes from outside, each with its reason.

/// Largest amount in minor units: of a field, of `unit_price × quantity`, of a line's cost, of
/// every total of an order. With it every product of sharing fits 128 bits (10^18 micros × 10^18).
pub const AMOUNT_MINOR_MAX: u64 = 1_000_000_000_000;

/// Longest id in bytes: it is part of a table key, of which a sort key may have 1,024.
pub const ID_BYTES_MAX: usize = 128;

/// Longest name, category, product number or region in bytes.
pub const TEXT_BYTES_MAX: usize = 256;

/// Most lines of one order: an item of the table ends at 400 KB.
pub const LINES_MAX: usize = 200;

/// Most refunds of one order: each is an attribute of the order's item.
pub const REFUNDS_MAX: usize = 100;

/// Most refunded lines over all refunds of one order, for the same reason.
pub const REFUNDED_LINES_MAX: usize = 400;

/// Largest quantity of one line.
pub const QUANTITY_MAX: u32 = 1_000_000;

/// Ancestors kept on a distributor and frozen in an order, nearest first.
pub const LINEAGE_MAX: usize = 20;

/// Nearest ancestors whose team lists and counts a distributor appears in.
pub const TEAM_LIST_DEPTH_MAX: usize = 5;

/// Most ancestors whose team sales an order counts: each costs a line and a part of a transaction.
pub const TEAM_DEPTH_MAX: usize = 10;

/// Most days of `hold_days`, `auto_complete_days`: ten years.
pub const PLAN_DAYS_MAX: u16 = 3_660;

/// Most rules of one currency's part of a plan: each line of an order is held against each.
pub const RULES_MAX: usize = 500;

/// Most values in the lists of conditions of one currency's rules, together: each is looked up for
/// each line, and each may be a cell of its own when a plan is checked.
pub const RULE_VALUES_MAX: usize = 10_000;

/// Most steps that are taken to find out whether one rule can ever match, or a line be left without
/// one: a step looks at one cell of values. The question is as hard as they come, so rules can be
/// made for which any limit is too low; it is then said that it is not decided.
pub const COVERAGE_QUESTION_STEPS_MAX: usize = 200_000;

/// Most such steps for all rules of one currency, so that a plan is checked in seconds.
pub const COVERAGE_STEPS_MAX: usize = 4_000_000;

/// Longest plan document in bytes: it is kept whole in one item of the table, which ends at 400 KB.
pub const PLAN_BYTES_MAX: usize = 350_000;

/// Most activations of one tenant's plans: all are in one item of the table, which every process
/// reads once a minute, and an order of long ago is held against all of them.
pub const ACTIVATIONS_MAX: usize = 500;

/// Most versions of one tenant's plan: publishing reads the hash of each.
pub const PLAN_VERSIONS_MAX: u32 = 10_000;

/// Most levels, and most statuses, that one distributor has had: they are in the distributor's
/// item, which is read with every order below them.
pub const HISTORY_MAX: usize = 100;

/// Longest reason for putting a parked event away, in bytes: it is kept in the row of the event.
pub const DISMISSAL_BYTES_MAX: usize = 1_000;

/// Most days of one list of orders: each is a request for each shard of the index, also where it
/// has no order.
pub const LISTED_DAYS_MAX: i32 = 400;

/// Most cards of one currency's part of a plan.
pub const CARDS_MAX: usize = 200;

/// Most tiers of one card: each that a measure passes is a part of what a beneficiary earns.
pub const TIERS_MAX: usize = 100;

/// Most levels of one plan.
pub const LEVELS_MAX: usize = 50;

/// Most measures, in all lists and scores together, that one level asks for.
pub const MEASURES_MAX: usize = 20;

/// Longest window of a measure in days, a leap year: a check reads the figures of each day of it.
pub const WINDOW_DAYS_MAX: u16 = 366;

/// Largest weight of a measure, and most points that a score asks for, in millionths: with it every
/// score fits 128 bits.
pub const POINTS_MILLIONTHS_MAX: u64 = 1_000_000_000_000_000;

/// An event dated further ahead of the clock than this, in minutes, is parked. Changes of plan,
/// level and status take effect later than this, so that a minute's cache is never wrong.
pub const AHEAD_MINUTES_MAX: i64 = 10;

/// Largest order item in bytes; DynamoDB refuses 409,600.
pub const ORDER_BYTES_MAX: usize = 350_000;

/// What the refunds of an order may take of its item in bytes at their limits: 100 names, and 400
/// lines of an id and an amount each.
pub const REFUNDS_BYTES_MAX: usize = 90_000;

/// Most rules that are named where it is said why a line does not fall under them; a person reads
/// no more of them, and of the others only the number is given.
pub const PASSED_RULES_SHOWN_MAX: usize = 5;

/// Most lines or values that are named in one sentence of an explanation, for the same reason.
pub const NAMES_SHOWN_MAX: usize = 5;

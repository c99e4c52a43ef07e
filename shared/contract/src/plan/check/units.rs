//! What a paid order costs in write units of the table.

use serde::Serialize;
use serde_json::json;
use upline_domain::money::Currency;
use upline_domain::plan::Programme;

/// What a paid order costs in write units of the table, in tenths, while its items have at most
/// 1 KB: 2 when it is written (the item and its index), and 2.4 for each distributor whose books
/// count it when it is posted (a line in a transaction, and a tenth of balance and days, if ten
/// orders of theirs are posted at once).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteUnits {
    /// Of the order.
    pub currency: Currency,
    /// Whose books count the order: the nearest `team_depth`, and `depth` if that is more. One who
    /// earns from farther up is one more.
    pub distributors: usize,
    /// All of it, in tenths of a unit.
    pub total_tenths: usize,
}

/// Write units of an order when it is written, in tenths.
const WRITTEN_TENTHS: usize = 20;
/// Write units of one distributor when an order is posted, in tenths.
const POSTED_TENTHS: usize = 24;

impl WriteUnits {
    pub(super) fn of(currency: Currency, programme: &Programme) -> Self {
        let distributors = programme.team_depth.max(programme.depth);
        let total_tenths = WRITTEN_TENTHS + POSTED_TENTHS * distributors;
        Self { currency, distributors, total_tenths }
    }

    /// All of it, in units.
    #[must_use]
    pub fn total(self) -> String {
        format!("{}.{}", self.total_tenths / 10, self.total_tenths % 10)
    }
}

impl Serialize for WriteUnits {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { currency, distributors, .. } = self;
        json!({ "currency": currency.code(), "distributors": distributors, "total": self.total() })
            .serialize(serializer)
    }
}

//! A process whose requests are metered; what they cost is printed.

use upline_store::Store;
pub(crate) use upline_testkit::meter::Cost;

use crate::table::{TABLE, Table, read_plan};

/// A meter that prints what it is asked for.
pub(crate) struct Meter(upline_testkit::meter::Meter);

impl Meter {
    /// What was spent since the last time, printed under a name.
    pub(crate) fn spent(&self, what: &str) -> Cost {
        let cost = self.0.spent();
        println!("{what}: {cost}");
        cost
    }
}

/// Another process, all of whose requests are metered.
pub(crate) fn metered(table: &Table) -> (Store, Meter) {
    let (client, meter) = upline_testkit::meter::metered(&table.client());
    (Store::new(&client, TABLE, read_plan), Meter(meter))
}

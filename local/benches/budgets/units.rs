//! Write units and requests of a paid order, by the figures of the table itself.

use upline_testkit::meter::Cost;
use upline_testkit::{now, run};

use crate::ground::{Ground, order, written};
use crate::table::{Row, progress, tenths};

/// What an order costs, as the prices take it.
pub(crate) struct Units {
    pub(crate) cold: Cost,
    pub(crate) distributors_cold: Cost,
    pub(crate) warm: Cost,
    /// Ten orders, all remembered.
    pub(crate) ten: Cost,
    /// Posting the ten in one batch.
    pub(crate) posted: Cost,
}

impl Units {
    /// Write units of an order with posting, in tenths of a unit: ten orders in whole units.
    pub(crate) fn whole_tenths(&self) -> u64 {
        (written(&self.ten) + written(&self.posted)) / 10
    }
}

/// Measures them.
pub(crate) fn measure() -> Units {
    progress("units and requests of a paid order");
    run(async {
        let ground = Ground::new().await;
        let buyer = &ground.buyers("buyer", 1).await[0];
        let named = |name: &str| order(name, buyer);

        let (process, meter) = ground.process();
        ground.pay(&process, &[named("cold")]).await;
        let cold = meter.spent();

        let (process, meter) = ground.process();
        let tenant = &ground.world.tenant;
        process.store.plan_at(tenant, now(), now()).await.unwrap().unwrap();
        drop(meter.spent());
        ground.pay(&process, &[named("distributors-cold")]).await;
        let distributors_cold = meter.spent();
        ground.pay(&process, &[named("warm")]).await;
        let warm = meter.spent();

        // A balance is listed once, when it is made: not with these ten.
        let before = ground.records(&[named("warm")]).await;
        ground.post(&process, before).await;
        drop(meter.spent());
        let orders: Vec<_> = (0..10).map(|n| named(&format!("ten-{n}"))).collect();
        ground.pay(&process, &orders).await;
        let ten = meter.spent();
        let changed = ground.records(&orders).await;
        ground.post(&process, changed).await;
        Units { cold, distributors_cold, warm, ten, posted: meter.spent() }
    })
}

/// How often it reads and writes.
pub(crate) fn requests(cost: &Cost) -> String {
    format!("{} + {}", cost.reads.len(), cost.writes.len())
}

/// The rows of the order path.
pub(crate) fn rows(units: &Units) -> Vec<Row> {
    let Units { cold, distributors_cold, warm, .. } = units;
    let written = format!("{} + {}", tenths(warm.table_tenths), tenths(warm.index_tenths));
    vec![
        Row::new("write units of a paid order, table + index", "1 + 1", written),
        Row::new(
            "requests in sequence, reads + writes, cold",
            "3 + 1",
            format!(
                "{} (and {} of the plan where a process has just begun)",
                requests(distributors_cold),
                cold.reads.len() - distributors_cold.reads.len(),
            ),
        ),
        Row::new("requests in sequence, reads + writes, warm", "2 + 1", requests(warm)),
        Row::new(
            "write units with posting, 3 distributors, 10 orders of each in a batch",
            "10",
            tenths(units.whole_tenths()),
        ),
    ]
}

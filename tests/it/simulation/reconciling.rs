//! A reconciliation, part by part: each is a message that any process may do, and do again.

use std::time::Duration;

use jiff::civil::Date;
use reconcile::{Begun, Next, ReconcileFailed, begin, part};
use serde_json::Value;
use upline_contract::job::{AskedDay, DayPart, Whom};
use upline_domain::ids::TenantId;
use upline_domain::reconcile::Kind;
use upline_store::Store;
use upline_testkit::shop::{Shop, found};

use super::run::Held;

/// A run over a day that is to be begun, or a part of one.
#[derive(Clone, Debug)]
pub(crate) enum Job {
    Begin(Date),
    Part(Box<DayPart>),
}

/// What follows from a job.
pub(crate) type Worked = Result<Vec<Next>, ReconcileFailed>;

/// Does a job; one that `stops` leaves the rest to another as soon as it may.
pub(crate) async fn work(
    store: &Store,
    shop: &Shop,
    tenant: &TenantId,
    job: Job,
    stops: bool,
) -> Worked {
    match job {
        Job::Begin(day) => {
            let (tenant, by) = (tenant.clone(), "olga".to_owned());
            let asked = AskedDay { tenant, date: Some(day), dry_run: false, by };
            Ok(match Box::pin(begin(store, shop, &asked)).await? {
                Begun::Run { next, .. } => next,
                Begun::Ahead(_) => Vec::new(),
            })
        }
        Job::Part(one) => Ok(Box::pin(part(store, shop, || !stops, &one)).await?.next),
    }
}

/// The jobs that follow, each after how long.
pub(crate) fn jobs(next: Vec<Next>) -> impl Iterator<Item = (Job, Duration)> {
    next.into_iter().filter_map(|Next { message, delay }| {
        let Whom::Part(one) = message.whom else { return None };
        Some((Job::Part(Box::new(one)), delay))
    })
}

/// The first time in an event that something happened to an order, as it was written.
pub(crate) fn happened_at(event: &Value) -> Option<&str> {
    let data = &event["detail"]["data"];
    let times = ["paid_at", "refunded_at", "completed_at"];
    times.into_iter().find_map(|name| data[name].as_str())
}

/// Holds a run that went on amid everything else: it came to its end, and found nothing that
/// nobody did.
///
/// # Errors
///
/// * What it found.
pub(crate) fn check(store: &Store, (tenant, day, number): &(TenantId, Date, u32)) -> Held {
    let what = format!("run {number} over {day} of {tenant}");
    upline_testkit::run(async {
        let run = store.run(tenant, *day, *number).await.unwrap();
        if run.and_then(|run| run.finished_at).is_none() {
            return Err(format!("{what} does not come to its end"));
        }
        let never = [
            Kind::UnreadableRow,
            Kind::UnreadableItem,
            Kind::WrongAllocation,
            Kind::BalanceDrift,
            Kind::DailyFigureDrift,
        ];
        let mut all = found(store, tenant, *day, *number).await.into_iter();
        match all.find(|one| never.contains(&one.difference.kind)) {
            None => Ok(()),
            Some(one) => Err(format!("nobody did what {what} found: {one:?}")),
        }
    })
}

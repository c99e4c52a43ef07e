//! Posting beside the server: batches of changed orders and distributors, in the order they came.
//!
//! Each batch has its rows in the table of changes from before its first change until it is posted;
//! so a crash at any moment leaves the rows, and the next start posts them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::error;
use upline_domain::ids::{OrderId, TenantId};
use upline_lambda::Changed;
use upline_store::{Change, Changes, PostOrder, Store, StoreError, StoreResult};

/// Batches are posted together until they have so many changes: what they touch of one distributor
/// is then written once, also where each request brought one order.
const TOGETHER_MAX: u64 = 2_000;
/// The longest that posting rests between two groups of batches.
const REST_MAX: Duration = Duration::from_secs(1);
/// How long posting waits after a failure.
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// What a poster is handed.
enum Work {
    /// A batch whose changes are made.
    Post(Changes),
    /// Tell when what came before is posted.
    Tell(oneshot::Sender<()>),
}

/// Takes batches to post.
#[derive(Clone)]
pub(crate) struct Poster {
    work: UnboundedSender<Work>,
    unposted: Arc<AtomicU64>,
}

impl Poster {
    /// Starts posting with what an earlier run left. The task ends once no [`Poster`] is left and
    /// all is posted.
    pub(crate) fn start(
        store: Store,
        left: Vec<Changes>,
        clock: fn() -> Timestamp,
    ) -> (Self, JoinHandle<()>) {
        let (work, received) = unbounded_channel();
        let poster = Self { work, unposted: Arc::default() };
        for changes in left {
            poster.post(changes);
        }
        let task = tokio::spawn(run((store, clock), received, Arc::clone(&poster.unposted)));
        (poster, task)
    }

    /// Hands over a batch whose changes are made.
    pub(crate) fn post(&self, changes: Changes) {
        let count = count(&changes);
        if count > 0 {
            self.unposted.fetch_add(count, Ordering::SeqCst);
            // An error means that posting has ended with the process; the rows are there.
            drop(self.work.send(Work::Post(changes)));
        }
    }

    /// Counts one more as unposted until it is dropped: a batch whose changes are being made.
    pub(crate) fn under_way(&self) -> UnderWay {
        self.unposted.fetch_add(1, Ordering::SeqCst);
        UnderWay(Arc::clone(&self.unposted))
    }

    /// Waits until all that was handed over before is posted.
    pub(crate) async fn caught_up(&self) {
        let (teller, told) = oneshot::channel();
        drop(self.work.send(Work::Tell(teller)));
        // An error means that posting has ended with the process.
        drop(told.await);
    }

    /// Changes that are not posted yet; at 0, balances are up to date.
    pub(crate) fn unposted(&self) -> u64 {
        self.unposted.load(Ordering::SeqCst)
    }
}

/// A batch between its first change and its being handed over.
pub(crate) struct UnderWay(Arc<AtomicU64>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn count(changes: &Changes) -> u64 {
    u64::try_from(changes.noted().len()).unwrap_or(u64::MAX)
}

async fn run(
    (store, clock): (Store, fn() -> Timestamp),
    mut received: UnboundedReceiver<Work>,
    unposted: Arc<AtomicU64>,
) {
    while let Some(first) = received.recv().await {
        let (mut posted, mut together, mut asked) = (0_u64, Vec::new(), Vec::new());
        let mut next = Ok(first);
        while let Ok(work) = next {
            match work {
                Work::Post(changes) => {
                    posted = posted.saturating_add(count(&changes));
                    together.push(changes);
                }
                Work::Tell(teller) => asked.push(teller),
            }
            next = if posted < TOGETHER_MAX { received.try_recv() } else { break };
        }
        let began = Instant::now();
        while let Err(failed) = post(&store, &together, clock()).await {
            error!("posting will be tried again: {failed}");
            tokio::time::sleep(AFTER_FAILURE).await;
        }
        unposted.fetch_sub(posted, Ordering::SeqCst);
        for teller in asked {
            // An error means that nobody waits for it any more.
            let _told = teller.send(());
        }
        // Posting rests as long as it took. Under load more batches come together meanwhile, and
        // what they change of one line, balance or day is written once; else it is a moment.
        tokio::time::sleep(began.elapsed().min(REST_MAX)).await;
    }
}

async fn post(store: &Store, together: &[Changes], now: Timestamp) -> StoreResult<()> {
    let mut orders: BTreeMap<TenantId, Vec<OrderId>> = BTreeMap::new();
    let mut changed = Vec::new();
    let mut noted: Vec<Change> = together.iter().flat_map(Changes::noted).collect();
    noted.sort_unstable();
    noted.dedup();
    for change in noted {
        match change {
            Change::Order(tenant, order) => orders.entry(tenant).or_default().push(order),
            Change::Member(tenant, id) => {
                changed.extend(match store.member(&tenant, &id).await {
                    Err(StoreError::Damaged { damaged, .. }) => {
                        Some(Changed::Damaged { tenant, id: id.to_string(), damaged })
                    }
                    member => member?.map(|member| Changed::Member(tenant, Box::new(member))),
                });
            }
        }
    }
    for (tenant, ids) in orders {
        for (id, record) in store.orders(&tenant, &ids).await? {
            let tenant = tenant.clone();
            changed.push(match record {
                Ok(record) => Changed::Order(Box::new(PostOrder { tenant, id, record })),
                Err(damaged) => Changed::Damaged { tenant, id: id.to_string(), damaged },
            });
        }
    }
    post_ledger::handle(store, now, changed).await?;
    store.posted(together).await
}

//! Pollers with images of all ages, and whoever changes an order meanwhile.

use serde_json::Value;
use upline_lambda::Changed;
use upline_store::{PostOrder, StoreResult};
use upline_testkit::events::{completed, refunded, registered_under};
use upline_testkit::explore::{Actor, Ending, explore};
use upline_testkit::{World, now, run};

use super::ending::{counted, recounted};
use super::meeting::{FAULTS, report, sender};
use super::waiting::{binding, family, order};
use crate::plans::TWO_DEEP;

/// A world, and the images of an order as they came out of the stream.
struct Stream {
    world: World,
    images: Vec<Changed>,
}

impl Stream {
    /// zoe is bound to a distributor; nothing is posted yet.
    async fn through(distributor: &str) -> Self {
        let world = World::with_plan(TWO_DEEP).await;
        world.send_all(&family()).await;
        world.send(&binding(distributor)).await;
        Self { world, images: Vec::new() }
    }

    /// Lets an event change an order or a distributor, and takes the image of it.
    async fn take(&mut self, event: &Value) {
        self.world.send(event).await;
        let data = &event["detail"]["data"];
        let id = |name: &str| data[name].as_str().map(str::to_owned);
        let wanted = id("order_id").or_else(|| id("distributor_id")).unwrap();
        let everything = self.world.everything().await.into_iter();
        let image = everything.filter(|changed| match changed {
            Changed::Order(order) => order.id.as_str() == wanted,
            Changed::Member(_, member) => member.id.as_str() == wanted,
            Changed::Damaged { .. } => false,
        });
        self.images.extend(image);
    }

    /// A poller with some of the images.
    fn poller(&self, name: &str, images: &[usize]) -> Actor {
        let images: Vec<Changed> = images.iter().map(|nth| self.images[*nth].clone()).collect();
        let world = self.world.over(&self.world.client());
        Actor::new(name, move |client| {
            let (world, images) = (world.over(&client), images.clone());
            async move { said(post_ledger::handle(&world.store, now(), images).await) }
        })
    }

    /// One who reads orders as they are now and posts them, as a recount does.
    fn recount(&self, orders: &'static [&'static str]) -> Actor {
        let world = self.world.over(&self.world.client());
        Actor::new("recount", move |client| {
            let world = world.over(&client);
            async move {
                let ids: Vec<_> = orders.iter().map(|id| id.parse().unwrap()).collect();
                let found = match world.store.orders(&world.tenant, &ids).await {
                    Ok(found) => found,
                    Err(error) => return said(Err(error)),
                };
                let changed = found.into_iter().map(|(id, record)| {
                    let (tenant, record) = (world.tenant.clone(), record.unwrap());
                    Changed::Order(Box::new(PostOrder { tenant, id, record }))
                });
                said(post_ledger::handle(&world.store, now(), changed.collect()).await)
            }
        })
    }

    /// Goes through every schedule: the books are the sum of what there is, where the newest image
    /// of each was posted; and after a recount in any case.
    #[track_caller]
    fn counts_once(&self, actors: &[Actor], newest: Newest) {
        for fault in FAULTS {
            let explored =
                explore(&self.world, actors, fault, &mut |Ending { world, said, .. }| {
                    if said.iter().any(|word| word.starts_with("error")) {
                        return Err(format!("they said {said:?}"));
                    }
                    run(async {
                        if newest == Newest::Posted {
                            counted(&world).await?;
                        }
                        recounted(&world).await
                    })
                });
            report(fault, &explored);
            if let Err(wrong) = explored {
                panic!("{fault:?}: {wrong}");
            }
        }
    }
}

/// Whether the newest image of each order is among those that are posted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Newest {
    Posted,
    Missing,
}

fn said(posted: StoreResult<()>) -> String {
    posted.map_or_else(|error| format!("error: {error}"), |()| "posted".to_owned())
}

fn refund(id: &str) -> Value {
    refunded(id, "r1", "40.00", "2026-11-04T00:00:00Z")
}

/// An order of zoe's, of which nothing is posted, as it was paid and as it was refunded. Through
/// cat it is in the books of two distributors, whose transactions are under way at once; through
/// dan in those of one.
async fn paid_and_refunded(through: &str) -> Stream {
    let mut stream = Stream::through(through).await;
    stream.take(&order("o1")).await;
    stream.take(&refund("o1")).await;
    stream
}

#[test]
fn an_old_image_beside_a_newer_one() {
    let stream = run(paid_and_refunded("cat"));
    let pollers = [stream.poller("old", &[0]), stream.poller("new", &[1])];
    stream.counts_once(&pollers, Newest::Posted);
}

#[test]
fn the_same_image_beside_itself() {
    let stream = run(paid_and_refunded("cat"));
    let pollers = [stream.poller("one", &[1]), stream.poller("other", &[1])];
    stream.counts_once(&pollers, Newest::Posted);
}

#[test]
fn two_orders_of_one_distributor_by_two_pollers() {
    let stream = run(async {
        let mut stream = paid_and_refunded("cat").await;
        stream.take(&order("o2")).await;
        stream.take(&completed("o2", "2026-11-05T00:00:00Z")).await;
        stream
    });
    let pollers = [stream.poller("one", &[0, 3]), stream.poller("other", &[2, 1])];
    stream.counts_once(&pollers, Newest::Posted);
}

#[test]
fn images_of_three_ages_by_three_pollers() {
    let stream = run(async {
        let mut stream = paid_and_refunded("dan").await;
        stream.take(&completed("o1", "2026-11-05T00:00:00Z")).await;
        stream
    });
    let pollers = [0, 1, 2].map(|age| stream.poller(&format!("age {age}"), &[age]));
    stream.counts_once(&pollers, Newest::Posted);
}

#[test]
fn a_recount_beside_a_refund_and_a_poller() {
    let stream = run(async {
        let mut stream = Stream::through("cat").await;
        stream.take(&order("o1")).await;
        stream
    });
    let refund = sender(&stream.world, &refund("o1"));
    let actors = [refund, stream.recount(&["o1"]), stream.poller("poller", &[0])];
    stream.counts_once(&actors, Newest::Missing);
}

#[test]
fn a_recount_beside_two_pollers() {
    let stream = run(paid_and_refunded("dan"));
    let old = stream.poller("old", &[0]);
    let actors = [old, stream.poller("new", &[1]), stream.recount(&["o1"])];
    stream.counts_once(&actors, Newest::Posted);
}

#[test]
fn a_registration_by_two_pollers() {
    let stream = run(async {
        let mut stream = Stream::through("cat").await;
        stream.take(&registered_under("eve", "cat", "2026-10-05T00:00:00Z")).await;
        stream
    });
    let pollers = [stream.poller("one", &[0]), stream.poller("other", &[0])];
    stream.counts_once(&pollers, Newest::Posted);
}

//! Posting counts each contribution once, whatever is delivered however often.

use upline_lambda::Changed;
use upline_store::PostOrder;
use upline_testkit::events::{bound, completed, paid, refunded};
use upline_testkit::{World, books, now, run};

use crate::earning::{family, pending};
use crate::plans::TWO_DEEP;

async fn image(world: &World, order: &str) -> Changed {
    let record = world.record(order).await;
    let (tenant, id) = (world.tenant.clone(), order.parse().unwrap());
    Changed::Order(Box::new(PostOrder { tenant, id, record }))
}

async fn post(world: &World, images: Vec<Changed>) {
    post_ledger::handle(&world.store, now(), images).await.unwrap();
}

#[test]
fn old_images_and_repeats_change_nothing() {
    run(async {
        let world = family(TWO_DEEP).await;
        world.send(&paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z")).await;
        let first = image(&world, "A1").await;
        world.send(&refunded("A1", "r1", "40.00", "2026-11-12T00:00:00Z")).await;
        let second = image(&world, "A1").await;
        post(&world, vec![second.clone()]).await;
        assert_eq!(pending(&world, "cat").await, "6.00");
        post(&world, vec![first.clone()]).await;
        assert_eq!(pending(&world, "cat").await, "6.00", "an old image undoes nothing");
        post(&world, vec![second.clone(), first, second]).await;
        assert_eq!(pending(&world, "cat").await, "6.00");
    });
}

#[test]
fn two_pollers_that_read_the_same_lines_count_once() {
    run(async {
        let world = family(TWO_DEEP).await;
        let mut images = Vec::new();
        for n in 0..40 {
            let order = format!("A{n}");
            world.send(&paid(&order, "zoe", "10.00", "2026-11-11T00:00:00Z")).await;
            images.push(image(&world, &order).await);
        }
        let (one, two) = (world.another_process(), world.another_process());
        let posts = (0..6).map(|n| {
            let world = if n % 2 == 0 { &one } else { &two };
            post(world, images.clone())
        });
        futures::future::join_all(posts).await;
        assert_eq!(pending(&world, "cat").await, "40.00");
        assert_eq!(pending(&world, "bob").await, "20.00");
    });
}

#[test]
fn more_lines_than_a_transaction_holds_are_posted_in_several() {
    run(async {
        let world = family(TWO_DEEP).await;
        let mut orders = Vec::new();
        for n in 0..130 {
            let (order, day) = (format!("A{n}"), 1 + n % 28);
            let at = format!("2026-11-{day:02}T00:00:00Z");
            orders.push(paid(&order, "zoe", "10.00", &at));
        }
        world.send_all(&orders).await;
        assert_eq!(pending(&world, "cat").await, "130.00");
        let cat = "cat".parse().unwrap();
        let period = upline_store::Period::default();
        let days = world.store.days(&world.tenant, &cat, period, 100, None).await.unwrap();
        let figures = days.items.iter().filter(|day| day.currency.is_some());
        let (count, orders, sales, earned) = figures.fold((0, 0, 0, 0), |sum, day| {
            let (own, earned) = (day.own_sales.minor(), day.earned.minor());
            (sum.0 + 1, sum.1 + day.orders, sum.2 + own, sum.3 + earned)
        });
        assert_eq!((count, orders, sales, earned), (28, 130, 130_000, 13_000));
    });
}

#[test]
fn commissions_are_listed_newest_first_in_pages() {
    run(async {
        let world = family(TWO_DEEP).await;
        let day = |n: u32| format!("2026-11-{:02}T00:00:00Z", n + 1);
        let orders: Vec<_> =
            (0..7).map(|n| paid(&format!("A{n}"), "zoe", "10.00", &day(n))).collect();
        world.send_all(&orders).await;
        let cat = "cat".parse().unwrap();
        let time = |text: String| Some(upline_domain::time::parse(&text).unwrap());
        let period = upline_store::Period { from: time(day(1)), to: time(day(6)) };
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page =
                world.store.commissions(&world.tenant, &cat, period, 2, after).await.unwrap();
            seen.extend(page.items.into_iter().map(|line| line.order.to_string()));
            after = page.after;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, ["A5", "A4", "A3", "A2", "A1"], "from is in it, to is not");
    });
}

#[test]
fn balances_are_the_sum_of_the_contributions() {
    run(async {
        let world = family(TWO_DEEP).await;
        world
            .send_all(&[
                bound("yan", "bob", "2026-10-05T00:00:00Z"),
                paid("A1", "zoe", "100.00", "2026-11-11T00:00:00Z"),
                paid("A2", "yan", "33.33", "2026-11-12T00:00:00Z"),
                refunded("A1", "r1", "12.34", "2026-11-13T00:00:00Z"),
                completed("A2", "2026-11-14T00:00:00Z"),
            ])
            .await;
        let records = [world.record("A1").await, world.record("A2").await];
        let mut balances = Vec::new();
        for id in ["ann", "bob", "cat"] {
            balances.push((id.parse().unwrap(), world.balances(id).await));
        }
        let books = books::of_balances(balances);
        assert_eq!(books, books::of_records(&records));
        assert_eq!(books.len(), 3, "{books:?}");
    });
}

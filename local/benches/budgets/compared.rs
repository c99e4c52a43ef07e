//! The product beside a transaction per order, over the same embedded table and the same orders.

mod alternative;
mod clock;
mod flight;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use futures::future::LocalBoxFuture;
use serde_json::Value;
use upline_lambda::{Changed, read_plan};
use upline_store::{PostOrder, Store};
use upline_testkit::meter::{Cost, metered};
use upline_testkit::{World, now, run};

use self::alternative::Alternative;
use self::clock::Clock;
use self::flight::{Flight, in_flight};
use crate::ground::PLAN;
use crate::people::{BUYERS, Shape, beginning, earned, orders};
use crate::table::{Part, grouped, progress, tenths};
use crate::timing::{RUNS, a_second, on_core};

/// Orders of one run.
const ORDERS: usize = 2_000;
/// Functions that take orders at the same time, each a process of its own.
const FUNCTIONS: usize = 64;
/// Shards of the table's stream, each with one poster.
const SHARDS: usize = 4;
/// Changes of a batch of the stream.
const BATCH_MAX: usize = 100;
/// How long a poster waits where its shard has nothing.
const IDLE: Duration = Duration::from_millis(20);

/// What both designs are held against each other by.
struct Measured {
    cost: Cost,
    a_second: u64,
    spread: Flown,
    one_above: Flown,
}

/// What a run with requests in flight came to.
struct Flown {
    /// Orders that are taken, whether or not they are posted.
    taken_a_second: u64,
    /// Until the last is posted.
    a_second: u64,
    conflicts: u64,
    requests: u64,
}

/// A tenant with everybody registered and every buyer's first order made.
async fn peopled(shape: Shape) -> World {
    let world = World::with_plan(PLAN).await;
    for events in beginning(shape) {
        world.send_all(&events).await;
    }
    world
}

fn alternative(world: &World, client: Client) -> Alternative {
    let store = Store::new(&client, "upline", read_plan);
    Alternative { tenant: world.tenant.clone(), client, store }
}

async fn changed(world: &World, order: &Value) -> Changed {
    let name = order["detail"]["data"]["order_id"].as_str().unwrap();
    let record = world.record(name).await;
    let (tenant, id) = (world.tenant.clone(), name.parse().unwrap());
    Changed::Order(Box::new(PostOrder { tenant, id, record }))
}

/// Takes orders and posts them in batches of the stream, one after another.
async fn take_and_post(world: &World, process: &World, orders: &[Value]) {
    for orders in orders.chunks(BATCH_MAX) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        for order in orders {
            assert_eq!(process.send(order).await.word(), "created");
            batch.push(changed(world, order).await);
        }
        post_ledger::handle(&process.store, now(), batch).await.unwrap();
    }
}

/// What ten orders of one buyer cost, posted in one batch, all remembered.
fn cost(ours: Ours) -> Cost {
    run(async {
        let world = peopled(Shape::Spread).await;
        let (client, meter) = metered(&world.client());
        let of_one: Vec<Value> = orders(11 * BUYERS).into_iter().step_by(BUYERS).collect();
        // The first reads what is remembered then, and makes the balances.
        let (first, ten) = of_one.split_at(1);
        match ours {
            Ours::Yes => {
                let process = world.over(&client);
                take_and_post(&world, &process, first).await;
                drop(meter.spent());
                take_and_post(&world, &process, ten).await;
            }
            Ours::No => {
                let process = alternative(&world, client);
                process.pay(&first[0], async |_| {}).await;
                drop(meter.spent());
                for order in ten {
                    process.pay(order, async |_| {}).await;
                }
            }
        }
        meter.spent()
    })
}

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ours {
    Yes,
    No,
}

/// Orders a second in one process on this machine, without a network: the best of several runs.
fn in_process(ours: Ours) -> u64 {
    let orders = orders(ORDERS);
    let took = (0..RUNS).map(|_| {
        run(async {
            let world = peopled(Shape::Spread).await;
            let began = on_core();
            match ours {
                Ours::Yes => take_and_post(&world, &world.over(&world.client()), &orders).await,
                Ours::No => {
                    let process = alternative(&world, world.client());
                    for order in &orders {
                        process.pay(order, async |_| {}).await;
                    }
                }
            }
            on_core().saturating_sub(began)
        })
    });
    a_second(ORDERS, took.min().unwrap())
}

/// Orders that are to be posted, by shard; and how many functions still take orders.
#[derive(Default)]
struct Stream {
    shards: [Mutex<VecDeque<Value>>; SHARDS],
    open: AtomicUsize,
    /// When the last order was taken.
    closed: Mutex<Duration>,
}

/// Runs all functions, and where it is ours the posters too, with requests in flight.
fn flown(ours: Ours, shape: Shape) -> Flown {
    let world = run(peopled(shape));
    let (clock, flight, stream) = (Clock::default(), Flight::default(), Stream::default());
    let (orders, next) = (orders(ORDERS), AtomicUsize::new(0));
    let client = in_flight(&world.client(), &clock, &flight);
    fastrand::seed(7);
    let mut tasks: Vec<LocalBoxFuture<'_, ()>> = Vec::new();
    stream.open.store(FUNCTIONS, Ordering::Relaxed);
    for _ in 0..FUNCTIONS {
        let take = || orders.get(next.fetch_add(1, Ordering::Relaxed));
        let (process, alternative) = (world.over(&client), alternative(&world, client.clone()));
        let (clock, stream) = (&clock, &stream);
        tasks.push(Box::pin(async move {
            while let Some(order) = take() {
                match ours {
                    Ours::Yes => {
                        assert_eq!(process.send(order).await.word(), "created");
                        let shard = fastrand::usize(..SHARDS);
                        stream.shards[shard].lock().unwrap().push_back(order.clone());
                    }
                    Ours::No => {
                        let pause = async |attempt: u32| {
                            let most_ms = 4_u64 << attempt.min(7);
                            clock.pass(Duration::from_millis(fastrand::u64(0..=most_ms))).await;
                        };
                        alternative.pay(order, pause).await;
                    }
                }
            }
            if stream.open.fetch_sub(1, Ordering::Relaxed) == 1 {
                *stream.closed.lock().unwrap() = clock.now();
            }
        }));
    }
    if ours == Ours::Yes {
        for shard in &stream.shards {
            tasks.push(Box::pin(poster(&world, world.over(&client), shard, &stream.open, &clock)));
        }
    }
    clock.run(tasks);
    run(check(&world, ours, shape));
    let took = clock.now();
    let taken = *stream.closed.lock().unwrap();
    Flown {
        taken_a_second: a_second(ORDERS, taken),
        a_second: a_second(ORDERS, took),
        conflicts: flight.conflicts(),
        requests: flight.requests(),
    }
}

/// Posts what one shard of the stream brings, until nothing more comes.
async fn poster(
    world: &World,
    process: World,
    shard: &Mutex<VecDeque<Value>>,
    open: &AtomicUsize,
    clock: &Clock,
) {
    loop {
        let batch: Vec<Value> = {
            let mut waiting = shard.lock().unwrap();
            let count = waiting.len().min(BATCH_MAX);
            waiting.drain(..count).collect()
        };
        if batch.is_empty() {
            if open.load(Ordering::Relaxed) == 0 {
                return;
            }
            clock.pass(IDLE).await;
            continue;
        }
        let mut records = Vec::with_capacity(batch.len());
        for order in &batch {
            records.push(changed(world, order).await);
        }
        // A batch that fails is brought again.
        while post_ledger::handle(&process.store, now(), records.clone()).await.is_err() {}
    }
}

/// Holds every balance against what it has to be.
async fn check(world: &World, ours: Ours, shape: Shape) {
    let firsts = earned(shape, BUYERS);
    let alternative = alternative(world, world.client());
    for (distributor, fen) in earned(shape, ORDERS) {
        let stands = match ours {
            Ours::Yes => {
                let balances = world.balances(&distributor).await;
                u64::try_from(balances[0].pending.minor()).unwrap() - firsts[&distributor]
            }
            Ours::No => alternative.balance(&distributor).await,
        };
        assert_eq!(stands, fen, "{distributor}");
    }
}

fn measured(ours: Ours) -> Measured {
    let name = if ours == Ours::Yes { "the product" } else { "a transaction per order" };
    progress(&format!("compared: {name}"));
    Measured {
        cost: cost(ours),
        a_second: in_process(ours),
        spread: flown(ours, Shape::Spread),
        one_above: flown(ours, Shape::OneAbove),
    }
}

/// The comparison, and what the alternative costs for its prices.
pub(crate) fn part() -> (Part, Cost) {
    let (ours, other) = (measured(Ours::Yes), measured(Ours::No));
    let row = |what: &str, shown: &dyn Fn(&Measured) -> String| {
        vec![what.to_owned(), shown(&ours), shown(&other)]
    };
    let a_order = |count: u64| {
        let hundredths = count * 100 / u64::try_from(ORDERS).unwrap();
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    };
    let rows = vec![
        row("write units of an order, table + index", &|one| {
            let each = |units| tenths(units / 10);
            format!("{} + {}", each(one.cost.table_tenths), each(one.cost.index_tenths))
        }),
        row("read units of an order", &|one| tenths(one.cost.read_tenths / 10)),
        row("requests of ten orders", &|one| grouped(one.cost.requests.len().try_into().unwrap())),
        row("orders a second in one process on one core, no network", &|one| grouped(one.a_second)),
        row("in flight, spread: orders a second, posted", &|one| grouped(one.spread.a_second)),
        row("in flight, spread: orders a second, taken", &|one| grouped(one.spread.taken_a_second)),
        row("in flight, spread: conflicts an order", &|one| a_order(one.spread.conflicts)),
        row("in flight, one above everybody: orders a second, posted", &|one| {
            grouped(one.one_above.a_second)
        }),
        row("in flight, one above everybody: orders a second, taken", &|one| {
            grouped(one.one_above.taken_a_second)
        }),
        row("in flight, one above everybody: conflicts an order", &|one| {
            a_order(one.one_above.conflicts)
        }),
        row("in flight, one above everybody: requests an order", &|one| {
            a_order(one.one_above.requests)
        }),
    ];
    let columns = vec!["", "Upline, posting included", "one transaction per order"];
    let notes = vec![format!(
        "In flight: {FUNCTIONS} functions, {SHARDS} shards of the stream, {} ms for a read or a \
         single write and {} ms for a transaction, in simulated time; what meets in flight is \
         refused as DynamoDB documents it, and made again after a random pause.",
        flight::SINGLE.as_millis(),
        flight::TRANSACTION.as_millis(),
    )];
    let heading = "Beside a transaction per order";
    (Part { heading, columns, rows, notes }, other.cost)
}

//! Runs of a reconciliation: begun once by all who ask for the same, done part by part, and what
//! they find, page by page.

use std::collections::BTreeSet;

use futures::future::{join, join_all};
use jiff::SignedDuration;
use upline_domain::reconcile::Outcome;
use upline_store::keys::{SHARDS, distributor_shard, order_shard};
use upline_store::{Asked, Run, Shown, Store, Tallies, Touched};
use upline_testkit::{now, run};

use crate::SEEDS;
use crate::reported::{DAY, asked, drifted, found, missing, tallies, touched, unreadable};
use crate::table::Table;
use crate::values::id;

/// Begins a run so many minutes from now.
async fn begin(table: &Table, store: &Store, asked: &Asked, minutes: i64) -> Run {
    let at = now() + SignedDuration::from_mins(minutes);
    store.begin_run(&table.tenant, id(DAY), asked, at).await.unwrap()
}

async fn finish(table: &Table, number: u32, orders: u64) -> bool {
    let summary = tallies(&[("orders", orders)]);
    table.store().finish_run(&table.tenant, id(DAY), number, &summary, now()).await.unwrap()
}

async fn stands(table: &Table, number: u32) -> Option<Run> {
    table.store().run(&table.tenant, id(DAY), number).await.unwrap()
}

fn dry() -> Asked {
    Asked { dry_run: true, ..asked() }
}

#[test]
fn who_asks_for_the_same_joins_the_run_that_is_under_way() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        assert_eq!(store.last_run(&table.tenant, id(DAY)).await.unwrap(), None);
        let first = begin(&table, &store, &asked(), 0).await;
        let want = Run {
            number: 1,
            by: "olga".to_owned(),
            dry_run: false,
            started_at: now(),
            finished_at: None,
            list: None,
            done: [].into(),
            summary: Tallies::new(),
        };
        assert_eq!(first, want);
        assert_eq!(stands(&table, 1).await, Some(want), "it is read as it was begun");
        let other = Asked { by: "ben".to_owned(), ..asked() };
        assert_eq!(begin(&table, &store, &other, 5).await, first, "whoever asks");
        assert_eq!(begin(&table, &store, &dry(), 6).await.number, 2, "a dry run is another");
        assert_eq!(begin(&table, &store, &asked(), 7).await, first, "also behind a dry one");
        assert_eq!(begin(&table, &store, &dry(), 8).await.number, 2);
        let other_day = store.begin_run(&table.tenant, id("2026-11-12"), &asked(), now()).await;
        assert_eq!(other_day.unwrap().number, 1, "each day counts its own");
        assert!(finish(&table, 1, 3).await);
        assert_eq!(begin(&table, &store, &asked(), 9).await.number, 3, "the first is done");
        assert_eq!(store.last_run(&table.tenant, id(DAY)).await.unwrap().unwrap().number, 3);
    });
}

#[test]
fn a_run_that_is_not_done_after_six_hours_is_given_up() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        begin(&table, &store, &asked(), 0).await;
        assert_eq!(begin(&table, &store, &asked(), 6 * 60 - 1).await.number, 1);
        assert_eq!(begin(&table, &store, &asked(), 6 * 60).await.number, 2);
        assert_eq!(begin(&table, &store, &asked(), 7 * 60).await.number, 2);
        assert!(stands(&table, 1).await.unwrap().finished_at.is_none(), "it stays as it was left");
    });
}

#[test]
fn two_who_ask_at_once_do_one_run_and_two_who_ask_otherwise_do_two() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::empty().await;
            let stores = [table.in_turns(seed * 2), table.in_turns(seed * 2 + 1)];
            let wishes = [asked(), Asked { by: "ben".to_owned(), ..asked() }];
            let asks = stores.iter().zip(&wishes);
            let asks = asks.map(|(store, wish)| begin(&table, store, wish, 0));
            let runs = join_all(asks).await;
            assert_eq!(runs[0], runs[1], "seed {seed}");
            assert_eq!(Some(&runs[0]), stands(&table, 1).await.as_ref(), "seed {seed}");
            assert_eq!(stands(&table, 2).await, None, "seed {seed}");

            let (real, dry) = (asked(), dry());
            let table = Table::empty().await;
            let stores = [table.in_turns(seed * 2), table.in_turns(seed * 2 + 1)];
            let asks =
                join(begin(&table, &stores[0], &real, 0), begin(&table, &stores[1], &dry, 0));
            let (real, dry) = asks.await;
            let numbers = BTreeSet::from([real.number, dry.number]);
            assert_eq!(numbers, BTreeSet::from([1, 2]), "seed {seed}");
            assert!(!real.dry_run && dry.dry_run);
        }
    });
}

#[test]
fn a_part_is_kept_once_it_is_done_and_anew_when_it_is_done_again() {
    run(async {
        let table = Table::empty().await;
        let (store, tenant, day) = (table.store(), &table.tenant, id(DAY));
        begin(&table, &store, &asked(), 0).await;
        let end = async |part, orders: u64, list| {
            let counted = tallies(&[("orders", orders), ("paid#CNY", 100 * orders)]);
            store.end_part(tenant, day, 1, part, &counted, list).await.unwrap().unwrap()
        };
        let after = end(("orders", 3), 5, Some("a list")).await;
        assert_eq!(after.list.as_deref(), Some("a list"));
        assert_eq!(after.done.keys().cloned().collect::<Vec<_>>(), [("orders".to_owned(), 3)]);
        let after = end(("books", 3), 7, None).await;
        assert_eq!(after.done.len(), 2, "each stage has parts of its own");
        let again = end(("orders", 3), 6, None).await;
        assert_eq!(again.list.as_deref(), Some("a list"), "it is not forgotten");
        assert_eq!(again.done[&("orders".to_owned(), 3)]["orders"], 6, "what the repeat counted");
        assert_eq!(again.done[&("books".to_owned(), 3)]["paid#CNY"], 700);
        assert_eq!(stands(&table, 1).await, Some(again));

        let before = table.items().await;
        let none = store.end_part(tenant, day, 2, ("orders", 0), &Tallies::new(), None).await;
        assert_eq!(none.unwrap(), None, "a run that never began");
        assert!(!finish(&table, 2, 1).await, "nor is it finished");
        assert_eq!(table.items().await, before);
    });
}

#[test]
fn a_run_is_finished_once() {
    run(async {
        let table = Table::empty().await;
        begin(&table, &table.store(), &asked(), 0).await;
        assert!(finish(&table, 1, 3).await);
        let before = table.items().await;
        assert!(!finish(&table, 1, 4).await, "a repeat changes nothing");
        assert_eq!(table.items().await, before);
        let run = stands(&table, 1).await.unwrap();
        assert_eq!((run.summary, run.finished_at), (tallies(&[("orders", 3)]), Some(now())));
    });
}

/// Keeps differences of the first run.
async fn keep(table: &Table, all: &[Shown]) {
    table.store().keep_differences(&table.tenant, id(DAY), 1, all).await.unwrap();
}

/// What the first run found of an order.
async fn of(table: &Table, order: &str) -> Vec<Shown> {
    let order = id(order);
    table.store().differences_of(&table.tenant, (id(DAY), 1), &order).await.unwrap()
}

#[test]
fn what_became_of_a_difference_stands_until_it_is_found_again() {
    run(async {
        let table = Table::empty().await;
        let (store, tenant, day) = (table.store(), &table.tenant, id(DAY));
        let drifted = drifted("A1", "cat");
        let became = async |outcome, reason| {
            store.keep_outcome(tenant, day, 1, &drifted, outcome, reason).await.unwrap();
            of(&table, "A1").await
        };
        assert_eq!(became(Outcome::Repaired, None).await, [], "of what was never found is nothing");
        keep(&table, &[found(drifted.clone())]).await;
        assert_eq!(of(&table, "A1").await, [found(drifted.clone())]);
        let shown = |outcome, reason: Option<&str>| {
            [Shown { difference: drifted.clone(), outcome, reason: reason.map(str::to_owned) }]
        };
        let left = shown(Outcome::Left, Some("why"));
        assert_eq!(became(Outcome::Left, Some("why")).await, left);
        assert_eq!(became(Outcome::Left, Some("why")).await, left, "a repeat changes nothing");
        let repaired = shown(Outcome::Repaired, None);
        assert_eq!(became(Outcome::Repaired, None).await, repaired, "and the reason is gone");
        keep(&table, &[found(drifted.clone())]).await;
        assert_eq!(of(&table, "A1").await, [found(drifted.clone())], "it is kept anew");
    });
}

#[test]
fn the_differences_of_an_order_are_its_own_alone() {
    run(async {
        let table = Table::empty().await;
        // All of one shard, and each the beginning of the next.
        let shard = order_shard(&id("A"));
        let mut names = vec!["A".to_owned()];
        while names.len() < 4 {
            let longer = (0..).map(|n| format!("{}{n}", names.last().unwrap()));
            names.extend(longer.take(1_000).find(|name| order_shard(&id(name)) == shard));
        }
        let all = names.iter().flat_map(|name| {
            [found(missing(name)), found(drifted(name, "cat")), found(drifted(name, "bob"))]
        });
        let all: Vec<Shown> = all.collect();
        keep(&table, &all).await;
        let other_run = [found(missing("A"))];
        table.store().keep_differences(&table.tenant, id(DAY), 2, &other_run).await.unwrap();
        for name in &names {
            let own = of(&table, name).await;
            assert_eq!(own.len(), 3, "{name}");
            assert!(own.iter().all(|one| one.difference.order == Some(id(name))), "{name}");
        }
    });
}

/// All pages of one shard of the first run, and how large they were.
async fn paged(table: &Table, shard: u8, limit: usize) -> (Vec<Shown>, Vec<usize>) {
    let (mut all, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let store = table.store();
        let page = store.differences(&table.tenant, (id(DAY), 1), shard, limit, after).await;
        let page = page.unwrap();
        sizes.push(page.items.len());
        all.extend(page.items);
        after = page.after;
        if after.is_none() {
            return (all, sizes);
        }
    }
}

#[test]
fn every_difference_is_on_one_page_however_they_are_cut() {
    run(async {
        let table = Table::empty().await;
        let mut all = vec![found(unreadable(7)), found(unreadable(8))];
        for n in 0..60 {
            all.push(found(missing(&format!("A{n}"))));
            all.push(found(drifted(&format!("A{n}"), "cat")));
        }
        keep(&table, &all).await;
        keep(&table, &all).await;
        let name = |one: &Shown| format!("{:?}", one.difference);
        let want: BTreeSet<String> = all.iter().map(name).collect();
        for limit in [1, 2, 3, 7, 100] {
            let mut seen = Vec::new();
            for shard in 0..SHARDS {
                let (found, sizes) = paged(&table, shard, limit).await;
                assert!(sizes.iter().rev().skip(1).all(|size| *size == limit), "{sizes:?}");
                let orders: Vec<_> = found.iter().map(|one| &one.difference.order).collect();
                let runs = orders.chunk_by(|one, next| one == next).count();
                let distinct: BTreeSet<_> = orders.into_iter().collect();
                assert_eq!(runs, distinct.len(), "what is of one order stands together");
                seen.extend(found);
            }
            assert_eq!(seen.len(), all.len(), "limit {limit}: each once");
            assert_eq!(seen.iter().map(name).collect::<BTreeSet<_>>(), want, "limit {limit}");
        }
    });
}

#[test]
fn those_to_look_at_are_listed_once_with_their_orders_behind_them() {
    run(async {
        let table = Table::empty().await;
        let (store, tenant, of) = (table.store(), &table.tenant, (id(DAY), 1));
        let mut all = Vec::new();
        for n in 0..20 {
            let name = format!("d{n}");
            all.extend(["A1", "A2", "A10"].map(|order| touched(&name, Some(order))));
            all.push(touched(&name, None));
        }
        // The same twice, which one request may not name twice, and once more.
        let twice = [all.clone(), all.clone()].concat();
        store.keep_touched(tenant, id(DAY), 1, &twice, now()).await.unwrap();
        let before = table.items().await;
        store.keep_touched(tenant, id(DAY), 1, &all, now()).await.unwrap();
        assert_eq!(table.items().await, before, "a repeat changes nothing");
        let ttl = now().as_second() + 7 * 24 * 3_600;
        let swept = |item: &upline_store::Item| item["ttl"].as_n().unwrap() == &ttl.to_string();
        assert!(before.values().all(swept), "after a week");

        for limit in [1, 3, 100] {
            let mut seen: Vec<Touched> = Vec::new();
            for shard in 0..SHARDS {
                let mut after = None;
                loop {
                    let page = store.touched(tenant, of, shard, limit, after).await.unwrap();
                    let own = |one: &Touched| distributor_shard(&one.distributor) == shard;
                    assert!(page.items.iter().all(own) && page.items.len() <= limit);
                    seen.extend(page.items);
                    after = page.after;
                    if after.is_none() {
                        break;
                    }
                }
            }
            let heads = seen.chunk_by(|one, next| one.distributor == next.distributor);
            assert!(heads.clone().all(|own| own.len() == 4 && own[0].order.is_none()));
            assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), all.iter().cloned().collect());
        }
        let orders = store.touched_orders(tenant, of, &id("d1")).await.unwrap();
        assert_eq!(orders, ["A1", "A10", "A2"].map(id), "and none of d10 to d19");
        assert_eq!(store.touched_orders(tenant, (id(DAY), 2), &id("d1")).await.unwrap(), []);
    });
}

//! `record_payment` and `add_completion`: created, exists, conflict, stale, two at once.

use futures::future::{join, join_all, join3};
use upline_domain::order::{Paid, Payment, Record};
use upline_store::keys;
use upline_store::{Added, Attempt};
use upline_testkit::{now, run};

use crate::SEEDS;
use crate::table::Table;
use crate::values::{at, binding, cny, fen, id, line, paid, payment, refund};

/// A table where the buyer zoe is bound to cat.
async fn bound() -> Table {
    let table = Table::with_family().await;
    table.store().bind(&table.tenant, &id("zoe"), binding("cat")).await.unwrap();
    table
}

async fn pay(table: &Table, store: &upline_store::Store, paid: &Paid) -> Attempt {
    let (attempt, others) = store.record_payment(&table.tenant, paid, now()).await.unwrap();
    assert_eq!(others, []);
    attempt
}

async fn record(table: &Table, order: &str) -> Record {
    table.store().order(&table.tenant, &id(order)).await.unwrap().unwrap()
}

#[test]
fn a_payment_is_written_once_and_a_repeat_changes_no_byte() {
    run(async {
        let (table, order) = (bound().await, paid("A1", "zoe", 10_000));
        assert_eq!(pay(&table, &table.store(), &order).await, Attempt::Attributed);
        let before = table.items().await;
        assert_eq!(pay(&table, &table.store(), &order).await, Attempt::Exists);
        assert_eq!(table.items().await, before);
        let record = record(&table, "A1").await;
        assert_eq!((record.version, record.paid), (1, Some(order)));
        let earned: Vec<u64> =
            record.attributed.unwrap().allocations.iter().map(|one| one.amount.minor()).collect();
        assert_eq!(earned, [1_000, 500, 200]);
    });
}

#[test]
fn a_payment_that_differs_in_anything_is_a_conflict_and_changes_no_byte() {
    run(async {
        let table = bound().await;
        let full = || Payment { region: Some(id("华东")), ..payment("A1", "zoe", 10_000) };
        pay(&table, &table.store(), &Paid::new(full()).unwrap()).await;
        let before = table.items().await;
        let with_line = |change: &dyn Fn(&mut upline_domain::order::Line)| {
            let mut other = full();
            change(&mut other.lines[0]);
            other
        };
        let others = [
            Payment { buyer: id("yan"), ..full() },
            Payment { currency: id("USD"), ..full() },
            Payment { paid_at: at("2026-11-11T04:00:00.001Z"), ..full() },
            Payment { lines: vec![line("1", 10_000), line("2", 0)], ..full() },
            Payment { discount: fen(1), ..full() },
            Payment { invite_code: Some(id("CAT")), ..full() },
            Payment { region: None, ..full() },
            with_line(&|line| line.id = id("2")),
            with_line(&|line| line.sku = id("lp")),
            with_line(&|line| line.category = Some(id("music"))),
            with_line(&|line| line.quantity = 2),
            with_line(&|line| line.unit_price = fen(10_001)),
            with_line(&|line| line.discount = fen(1)),
            with_line(&|line| line.unit_cost = Some(fen(0))),
        ];
        for other in others {
            let other = Paid::new(other).unwrap();
            let attempt = pay(&table, &table.store(), &other).await;
            let cannot = other.currency != cny() && matches!(attempt, Attempt::Cannot(_));
            assert!(attempt == Attempt::Conflict || cannot, "{attempt:?}: {other:?}");
            let after = table.items().await;
            assert_eq!(
                after.get(&keys::order(&table.tenant, &id("A1"))),
                before.get(&keys::order(&table.tenant, &id("A1"))),
                "{other:?}"
            );
        }
    });
}

#[test]
fn two_who_write_one_payment_at_once_write_it_once() {
    run(async {
        for seed in 0..SEEDS {
            let (table, order) = (bound().await, paid("A1", "zoe", 10_000));
            let stores = [0, 1, 2].map(|n| table.in_turns(seed * 3 + n));
            let all = join_all(stores.iter().map(|store| pay(&table, store, &order))).await;
            let count = |what| all.iter().filter(|attempt| **attempt == what).count();
            assert_eq!((count(Attempt::Attributed), count(Attempt::Exists)), (1, 2), "{seed}");
            let record = record(&table, "A1").await;
            assert_eq!(record.version, 1, "{seed}");
            assert!(
                record.attributed.unwrap().frozen.first_order,
                "{seed}: the claim names the order"
            );
        }
    });
}

#[test]
fn of_two_payments_under_one_id_at_once_one_stands_whole() {
    run(async {
        let mut first_won = 0;
        for seed in 0..SEEDS {
            let table = bound().await;
            let orders = [paid("A1", "zoe", 10_000), paid("A1", "zoe", 20_000)];
            let stores = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let (one, two) =
                join(pay(&table, &stores[0], &orders[0]), pay(&table, &stores[1], &orders[1]))
                    .await;
            let winner = match (one, two) {
                (Attempt::Attributed, Attempt::Conflict) => 0,
                (Attempt::Conflict, Attempt::Attributed) => 1,
                other => panic!("{seed}: {other:?}"),
            };
            first_won += usize::from(winner == 0);
            let record = record(&table, "A1").await;
            assert_eq!(record.paid.as_ref(), Some(&orders[winner]), "{seed}");
            let earned = record.attributed.unwrap().allocations[0].amount;
            assert_eq!(earned.minor() * 10, orders[winner].total().minor(), "{seed}");
        }
        let both = 1..usize::try_from(SEEDS).unwrap();
        assert!(both.contains(&first_won), "each wins sometimes: {first_won} of {SEEDS}");
    });
}

#[test]
fn facts_of_one_order_that_come_at_once_are_all_kept() {
    run(async {
        for seed in 0..SEEDS {
            let table = bound().await;
            let [one, two, three] = [0, 1, 2].map(|n| table.in_turns(seed * 3 + n));
            let (order, refunded, completed_at) =
                (paid("A1", "zoe", 10_000), refund(100), at("2026-11-20T00:00:00Z"));
            let (a, refund_id) = (id("A1"), id("r1"));
            let (paid, given_back, done) = join3(
                pay(&table, &one, &order),
                two.add_refund(&table.tenant, &a, &refund_id, &refunded),
                three.add_completion(&table.tenant, &a, completed_at),
            )
            .await;
            assert_eq!(paid, Attempt::Attributed, "{seed}");
            assert_eq!((given_back.unwrap(), done.unwrap()), (Added::Created, Added::Created));
            let record = record(&table, "A1").await;
            assert_eq!(record.version, 3, "{seed}");
            assert_eq!(record.paid, Some(order), "{seed}");
            assert_eq!(record.refunds.get(&refund_id), Some(&refunded), "{seed}");
            assert_eq!(record.completed_at, Some(completed_at), "{seed}");
        }
    });
}

#[test]
fn a_completion_is_created_exists_or_contradicts() {
    run(async {
        let (table, order) = (Table::empty().await, id("A1"));
        let (store, tenant) = (table.store(), &table.tenant);
        let (day, other) = (at("2026-11-20T00:00:00Z"), at("2026-11-20T00:00:00.001Z"));
        assert_eq!(store.add_completion(tenant, &order, day).await.unwrap(), Added::Created);
        let before = table.items().await;
        assert_eq!(store.add_completion(tenant, &order, day).await.unwrap(), Added::Exists);
        assert_eq!(store.add_completion(tenant, &order, other).await.unwrap(), Added::Conflict);
        assert_eq!(table.items().await, before);
    });
}

#[test]
fn of_two_completions_at_once_one_stands() {
    run(async {
        for seed in 0..SEEDS {
            let (table, order) = (Table::empty().await, id("A1"));
            let [one, two] = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let (day, other) = (at("2026-11-20T00:00:00Z"), at("2026-11-21T00:00:00Z"));
            let (one, two) = join(
                one.add_completion(&table.tenant, &order, day),
                two.add_completion(&table.tenant, &order, other),
            )
            .await;
            let stood = record(&table, "A1").await;
            assert_eq!(stood.version, 1, "{seed}");
            let want = if stood.completed_at == Some(day) {
                (Added::Created, Added::Conflict)
            } else {
                (Added::Conflict, Added::Created)
            };
            assert_eq!((one.unwrap(), two.unwrap()), want, "{seed}");
        }
    });
}

#[test]
fn of_two_first_orders_of_a_buyer_at_once_one_is_the_first() {
    run(async {
        for seed in 0..SEEDS {
            let table = bound().await;
            let orders = [paid("A1", "zoe", 10_000), paid("A2", "zoe", 10_000)];
            let stores = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let both = join_all((0..2).map(|n| pay(&table, &stores[n], &orders[n]))).await;
            assert_eq!(both, [Attempt::Attributed, Attempt::Attributed], "{seed}");
            let mut firsts = Vec::new();
            for order in ["A1", "A2"] {
                if record(&table, order).await.attributed.unwrap().frozen.first_order {
                    firsts.push(id(order));
                }
            }
            let (buyer, _) = table.store().buyer(&table.tenant, &id("zoe")).await.unwrap();
            assert_eq!(firsts.len(), 1, "{seed}");
            assert_eq!(buyer.first_order, firsts.pop(), "{seed}");
            assert_eq!(buyer.binding, Some(binding("cat")), "{seed}: the claim keeps the binding");
        }
    });
}

#[test]
fn an_order_that_is_refused_as_a_conflict_claims_no_first() {
    run(async {
        let table = bound().await;
        table.store().bind(&table.tenant, &id("yan"), binding("cat")).await.unwrap();
        pay(&table, &table.store(), &paid("A1", "zoe", 10_000)).await;
        let other = paid("A1", "yan", 10_000);
        assert_eq!(pay(&table, &table.store(), &other).await, Attempt::Conflict);
        pay(&table, &table.store(), &paid("A2", "yan", 10_000)).await;
        assert!(
            record(&table, "A2").await.attributed.unwrap().frozen.first_order,
            "A1 is not yan's"
        );
    });
}

#[test]
fn a_first_order_that_crashed_after_its_claim_keeps_it() {
    run(async {
        for requests in 0.. {
            let (table, order) = (bound().await, paid("A1", "zoe", 10_000));
            let store = table.cut_off(requests);
            let whole = store.record_payment(&table.tenant, &order, now()).await.is_ok();
            let want = if whole { Attempt::Exists } else { Attempt::Attributed };
            assert_eq!(pay(&table, &table.store(), &order).await, want, "after {requests}");
            let record = record(&table, "A1").await;
            assert_eq!(record.version, 1, "after {requests}");
            assert!(record.attributed.unwrap().frozen.first_order, "after {requests}");
            if whole {
                assert!(requests > 4, "it was cut off at each request");
                return;
            }
        }
    });
}

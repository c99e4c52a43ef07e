//! `register`, `bind` and `post_member`: created, exists, taken, two at once.

use futures::future::{join, join_all};
use upline_domain::bind::{Binding, BoundBy};
use upline_domain::ids::DistributorId;
use upline_domain::member::Member;
use upline_store::{Attempt, Bound, Period, Registered, Store, keys};
use upline_testkit::{now, run};

use crate::SEEDS;
use crate::table::Table;
use crate::values::{binding, id, member, paid};

async fn register(table: &Table, store: &Store, member: &Member) -> Registered {
    store.register(&table.tenant, member).await.unwrap()
}

async fn find(table: &Table, name: &str) -> Option<Member> {
    table.store().member(&table.tenant, &id(name)).await.unwrap()
}

async fn owner(table: &Table, code: &str) -> Option<DistributorId> {
    table.store().code_owner(&table.tenant, &id(code)).await.unwrap()
}

#[test]
fn an_id_and_a_code_are_taken_together_or_not_at_all() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        let ann = member("ann", &[]);
        assert_eq!(register(&table, &store, &ann).await, Registered::Created);
        let before = table.items().await;
        assert_eq!(register(&table, &store, &ann).await, Registered::IdTaken, "both are");
        let renamed = Member { invite_code: id("OTHER"), ..ann.clone() };
        assert_eq!(register(&table, &store, &renamed).await, Registered::IdTaken);
        let thief = Member { invite_code: id("ANN"), ..member("bob", &[]) };
        assert_eq!(register(&table, &store, &thief).await, Registered::CodeTaken);
        assert_eq!(table.items().await, before, "nothing of what was refused is there");
        assert_eq!(
            (owner(&table, "ANN").await, owner(&table, "OTHER").await),
            (Some(ann.id), None)
        );
    });
}

#[test]
fn one_who_registers_twice_at_once_is_registered_once() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::empty().await;
            let members = [
                Member { display_name: Some(id("one")), ..member("ann", &[]) },
                Member { invite_code: id("TWO"), ..member("ann", &[]) },
            ];
            let stores = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let both = join(
                register(&table, &stores[0], &members[0]),
                register(&table, &stores[1], &members[1]),
            )
            .await;
            let won = match both {
                (Registered::Created, Registered::IdTaken) => 0,
                (Registered::IdTaken, Registered::Created) => 1,
                other => panic!("{seed}: {other:?}"),
            };
            assert_eq!(find(&table, "ann").await.as_ref(), Some(&members[won]), "{seed}");
            assert_eq!(owner(&table, "ANN").await.is_some(), won == 0, "{seed}");
            assert_eq!(owner(&table, "TWO").await.is_some(), won == 1, "{seed}");
        }
    });
}

#[test]
fn of_two_who_wish_for_one_code_at_once_one_gets_it() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::empty().await;
            let ann = Member { invite_code: id("X"), ..member("ann", &[]) };
            let bob = Member { invite_code: id("X"), ..member("bob", &[]) };
            let [one, two] = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let both = join(register(&table, &one, &ann), register(&table, &two, &bob)).await;
            let (winner, loser) = match both {
                (Registered::Created, Registered::CodeTaken) => (ann, bob),
                (Registered::CodeTaken, Registered::Created) => (bob, ann),
                other => panic!("{seed}: {other:?}"),
            };
            assert_eq!(owner(&table, "X").await.as_ref(), Some(&winner.id), "{seed}");
            assert_eq!(find(&table, loser.id.as_str()).await, None, "{seed}");
        }
    });
}

#[test]
fn absence_is_never_remembered_and_presence_for_a_minute() {
    run(async {
        let table = Table::empty().await;
        let (store, ids) = (table.store(), [id("ann")]);
        let missing = store.members(&table.tenant, &ids, now()).await.unwrap();
        assert!(missing.is_empty());
        register(&table, &table.store(), &member("ann", &[])).await;
        let found = store.members(&table.tenant, &ids, now()).await.unwrap();
        assert_eq!(*found[&ids[0]], member("ann", &[]), "it was not remembered that she is absent");
        let mut item = table.item(&keys::member(&table.tenant, &ids[0])).await;
        item.insert("name".into(), aws_sdk_dynamodb::types::AttributeValue::S("Ann".into()));
        table.put(item).await;
        let name = async |after_seconds: i64| {
            let later = now() + jiff::SignedDuration::from_secs(after_seconds);
            let found = store.members(&table.tenant, &ids, later).await.unwrap();
            found[&ids[0]].display_name.clone()
        };
        assert_eq!(name(59).await, None, "remembered");
        assert_eq!(name(60).await, Some(id("Ann")), "read again");
    });
}

#[test]
fn the_first_binding_stands() {
    run(async {
        let table = Table::with_family().await;
        let (store, zoe) = (table.store(), id("zoe"));
        let bind = async |binding: Binding| store.bind(&table.tenant, &zoe, binding).await.unwrap();
        let first = binding("cat");
        assert_eq!(bind(first.clone()).await, Bound::Created(first.clone()));
        let before = table.items().await;
        let by_code = Binding { how: BoundBy::Code, ..binding("bob") };
        assert_eq!(bind(first.clone()).await, Bound::Exists(first.clone()));
        assert_eq!(bind(by_code).await, Bound::Exists(first));
        assert_eq!(table.items().await, before);
    });
}

#[test]
fn of_two_bindings_at_once_one_stands_and_both_hear_which() {
    run(async {
        for seed in 0..SEEDS {
            let (table, zoe) = (Table::empty().await, id("zoe"));
            let [one, two] = [0, 1].map(|n| table.in_turns(seed * 2 + n));
            let both = join(
                one.bind(&table.tenant, &zoe, binding("cat")),
                two.bind(&table.tenant, &zoe, binding("bob")),
            )
            .await;
            let both = (both.0.unwrap(), both.1.unwrap());
            let (buyer, _) = table.store().buyer(&table.tenant, &zoe).await.unwrap();
            let stands = buyer.binding.unwrap();
            let want = if stands == binding("cat") {
                (Bound::Created(stands.clone()), Bound::Exists(stands))
            } else {
                (Bound::Exists(stands.clone()), Bound::Created(stands))
            };
            assert_eq!(both, want, "{seed}");
        }
    });
}

#[test]
fn one_whose_first_order_is_claimed_can_still_be_bound() {
    run(async {
        // zoe buys as a distributor, and is bound as a buyer afterwards.
        let table = Table::with_family().await;
        let store = table.store();
        register(&table, &store, &member("zoe", &["cat", "bob", "ann"])).await;
        let order = paid("A1", "zoe", 100);
        let (attempt, _) = store.record_payment(&table.tenant, &order, now()).await.unwrap();
        assert_eq!(attempt, Attempt::Attributed);
        let bound = store.bind(&table.tenant, &id("zoe"), binding("bob")).await.unwrap();
        assert_eq!(bound, Bound::Created(binding("bob")));
        let (buyer, member) = store.buyer(&table.tenant, &id("zoe")).await.unwrap();
        assert_eq!(buyer.first_order, Some(id("A1")), "the claim is kept");
        assert_eq!(member.unwrap().id, id("zoe"));
    });
}

async fn counts(table: &Table, name: &str) -> Vec<u64> {
    table.store().team_counts(&table.tenant, &id(name)).await.unwrap()
}

async fn recruits(table: &Table, name: &str) -> i64 {
    let page = table.store().days(&table.tenant, &id(name), Period::default(), 9, None).await;
    page.unwrap().items.iter().filter_map(|day| day.recruits).sum()
}

#[test]
fn a_distributor_is_counted_once_by_each_of_five_ancestors() {
    run(async {
        let table = Table::empty().await;
        let last = member("g", &["f", "e", "d", "c", "b", "a"]);
        table.store().post_member(&table.tenant, &last, now()).await.unwrap();
        let before = table.items().await;
        table.store().post_member(&table.tenant, &last, now()).await.unwrap();
        assert_eq!(table.items().await, before, "a repeat changes no byte");
        for (depth, name) in ["f", "e", "d", "c", "b"].into_iter().enumerate() {
            let mut want = vec![0; 5];
            want[depth] = 1;
            assert_eq!(counts(&table, name).await, want, "{name}");
            assert_eq!(recruits(&table, name).await, i64::from(depth == 0), "{name}");
        }
        assert_eq!(counts(&table, "a").await, [0; 5], "beyond the five nearest");
    });
}

#[test]
fn two_pollers_at_once_count_each_distributor_once() {
    run(async {
        for seed in 0..SEEDS {
            let table = Table::empty().await;
            let team = ["x", "y", "z"].map(|name| member(name, &["bob", "ann"]));
            let stores = [0, 1, 2].map(|n| table.in_turns(seed * 3 + n));
            let posts = stores.iter().map(async |store| {
                for one in &team {
                    store.post_member(&table.tenant, one, now()).await.unwrap();
                }
            });
            join_all(posts).await;
            assert_eq!(counts(&table, "bob").await, [3, 0, 0, 0, 0], "{seed}");
            assert_eq!(counts(&table, "ann").await, [0, 3, 0, 0, 0], "{seed}");
            assert_eq!(recruits(&table, "bob").await, 3, "{seed}");
            let page = table.store().team(&table.tenant, &id("bob"), 1, 9, None).await.unwrap();
            assert_eq!(page.items.len(), 3, "{seed}");
        }
    });
}

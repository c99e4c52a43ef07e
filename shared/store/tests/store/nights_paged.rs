//! A night page by page: one that is interrupted goes on, one that is done is kept, and no tenant's
//! is another's.

use std::collections::BTreeSet;

use upline_domain::ids::{DistributorId, TenantId};
use upline_store::{Due, StoreError, keys};
use upline_testkit::plans::{draft, publish_first, signed};
use upline_testkit::run;

use crate::checked::night;
use crate::meeting::{Meeting, Pace};
use crate::nights::{LAST, NOW, forty, listed, look_on, night_at, recruits, today};
use crate::table::{POLICY, Table, read_plan};
use crate::values::{THREE_DEEP, at, id, member};

/// Goes through a night from a page on, as a check does that takes the day of each back; with
/// whether it was stopped there.
async fn go_through(table: &Table, due: &Due, limit: usize, stop: usize) -> Vec<DistributorId> {
    let (mut seen, mut after, mut stopped) = (Vec::new(), None, 0);
    loop {
        // Each part in a process of its own; the page before a stop may be gone through again.
        let store = table.store();
        let page = store.due(due, limit, after.clone()).await.unwrap();
        for id in &page.items {
            look_on(&store, &table.tenant, id.as_str(), None).await;
        }
        seen.extend(page.items);
        stopped += 1;
        if stopped != stop {
            after = page.after;
            if after.is_none() {
                return seen;
            }
        }
    }
}

#[test]
fn a_night_that_is_interrupted_goes_on_and_leaves_nobody_out() {
    run(async {
        for (limit, stop) in [(1, 0), (1, 2), (2, 1), (3, 2), (100, 1)] {
            let (table, _, some) = forty().await;
            let mut found = BTreeSet::new();
            for shard in 0..keys::SHARDS {
                let night = (Some(night_at(LAST)), night_at(NOW));
                let due = Due::of(&table.tenant, shard, night.0, night.1, today);
                let seen = go_through(&table, &due, limit, stop).await;
                found.extend(seen.iter().map(ToString::to_string));
            }
            assert_eq!(found, some, "limit {limit}, stopped at page {stop}");
        }
    });
}

#[test]
fn a_night_goes_on_after_its_place_or_anew_where_another_was_done_in_between() {
    run(async {
        let table = Table::empty().await;
        let (store, tenant) = (table.store(), &table.tenant);
        let names: Vec<String> = (0..99)
            .map(|n| format!("d{n}"))
            .filter(|d| keys::distributor_shard(&id(d)) == 3)
            .collect();
        let [old, both, new] = [&names[0], &names[1], &names[2]];
        recruits(&table, tenant, old, at("2026-12-30T12:00:00Z")).await;
        recruits(&table, tenant, both, at("2026-12-30T12:00:00Z")).await;
        store.register(tenant, &member(both, &[])).await.unwrap();
        look_on(&store, tenant, both, Some("2026-12-31")).await;
        recruits(&table, tenant, new, at("2026-12-31T12:00:00Z")).await;
        let ids =
            |names: &[&String]| names.iter().map(|one| id(one)).collect::<Vec<DistributorId>>();
        let now = night_at("2026-12-31T14:00:00Z");
        let due = |last: &str| Due::of(tenant, 3, Some(night_at(last)), now, today);
        let first = store.due(&due(LAST), 1, None).await.unwrap();
        assert_eq!(first.items.len(), 1);
        let rest = store.due(&due(LAST), 9, first.after.clone()).await.unwrap();
        let whole: BTreeSet<_> = first.items.iter().chain(&rest.items).cloned().collect();
        assert_eq!(whole, ids(&[old, both, new]).into_iter().collect());
        let again = rest.items.contains(&first.items[0]);
        assert_eq!(again, first.items[0].as_str() == both, "the other day is another place");

        // Another night of the first day is done: that day is no place any more.
        let later = due("2026-12-31T02:00:00Z");
        let anew = store.due(&later, 9, first.after).await.unwrap();
        assert_eq!((anew.items, anew.after), (ids(&[new, both]), None));
        // One that began later than this is done: what it saw is not looked at again.
        let after_it = due("2027-01-02T02:00:00Z");
        let none = store.due(&after_it, 9, rest.after).await.unwrap();
        assert_eq!((none.items, none.after), (vec![], None));
    });
}

#[test]
fn a_night_is_done_once_all_of_it_is_and_none_undoes_a_later_one() {
    run(async {
        let table = Table::empty().await;
        let (store, tenant) = (table.store(), &table.tenant);
        assert_eq!(store.last_night(tenant, 3).await.unwrap(), None);
        for kept in [night(0, 1), night(24, 1), night(24, 2), night(48, 1)] {
            store.end_night(tenant, 3, kept).await.unwrap();
            assert_eq!(store.last_night(tenant, 3).await.unwrap(), Some(kept));
        }
        let before = table.items().await;
        store.end_night(tenant, 3, night(47, 9)).await.unwrap();
        assert_eq!(table.items().await, before);
        for (tenant, shard) in [(tenant.clone(), 4), (id("demo2"), 3), (id("dem"), 3)] {
            assert_eq!(store.last_night(&tenant, shard).await.unwrap(), None, "{tenant} {shard}");
        }
        let broken = Some("SHARD (attribute_not_exists(began) OR began <= ?)");
        let meeting = Meeting::default();
        let store = meeting.writer(&table, (0, Pace::Free), read_plan, broken);
        store.end_night(tenant, 3, night(47, 9)).await.unwrap();
        assert_eq!((meeting.broken(), table.items().await != before), (1, true), "it is missed");
    });
}

#[test]
fn tenants_with_an_active_plan_are_listed_once() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        let page = store.tenants(9, None).await.unwrap();
        assert_eq!((page.items, page.after), (vec![], None));
        let mut want: Vec<TenantId> = ["t", "t1", "t10", "t1-1"].map(id).to_vec();
        for tenant in &want {
            publish_first(&store, tenant, THREE_DEEP, POLICY).await;
        }
        // Of this one a plan is there, and nothing holds.
        store.publish(&id("t2"), &draft(THREE_DEEP, POLICY), &signed()).await.unwrap();
        want.sort_unstable();
        for limit in [1, 3, 4, 9] {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = store.tenants(limit, after).await.unwrap();
                assert!(page.items.len() <= limit);
                found.extend(page.items);
                after = page.after;
                if after.is_none() {
                    break;
                }
            }
            found.sort_unstable();
            assert_eq!(found, want, "limit {limit}");
        }
    });
}

#[test]
fn nobody_is_listed_for_another_tenant_or_read_for_another_distributor() {
    run(async {
        let table = Table::empty().await;
        let store = table.store();
        let tenants: [TenantId; 4] = ["t", "t1", "t10", "t1-1"].map(id);
        let who = |tenant: &TenantId, n: &str| format!("{tenant}:d{n}");
        for tenant in &tenants {
            // Of one id the other is the beginning.
            for n in ["", "1", "10"] {
                let name = who(tenant, n);
                let own = member(&name, &[]);
                store.register(tenant, &own).await.unwrap();
                look_on(&store, tenant, &name, Some("2026-12-31")).await;
            }
            recruits(&table, tenant, &who(tenant, "1"), at("2026-12-30T12:00:00Z")).await;
        }
        let now = night_at(NOW);
        for tenant in &tenants {
            let all: BTreeSet<String> = ["", "1", "10"].map(|n| who(tenant, n)).into();
            let by_code = listed(&table, tenant, (None, now), 2).await;
            assert_eq!(by_code, all);
            let by_day = listed(&table, tenant, (Some(night_at(LAST)), now), 2).await;
            assert_eq!(by_day, all);
            let later = Some(night_at("2026-12-31T20:00:00Z"));
            assert_eq!(listed(&table, tenant, (later, now), 2).await, BTreeSet::new());
            look_on(&store, tenant, &who(tenant, "1"), None).await;
            let moved = listed(&table, tenant, (Some(night_at(LAST)), now), 2).await;
            assert_eq!(moved, all, "who moved is due without a day");
            for (n, recruits) in [("", 0), ("1", 1), ("10", 0)] {
                let of = async |of: &TenantId| {
                    let whose = id(&who(tenant, n));
                    store.figures_since(of, &whose, id("2026-01-01")).await.unwrap().len()
                };
                assert_eq!(of(tenant).await, recruits, "{tenant} {n}");
                for other in tenants.iter().filter(|other| *other != tenant) {
                    assert_eq!(of(other).await, 0, "{other} has none of {tenant}");
                }
            }
        }
    });
}

#[test]
fn a_code_that_names_nobody_stops_the_list() {
    run(async {
        let table = Table::with_family().await;
        let mut code = table.item(&keys::code(&table.tenant, &id("CAT"))).await;
        code.remove("distributor").unwrap();
        table.put(code).await;
        let shard = keys::distributor_shard(&id("cat"));
        let due = Due::of(&table.tenant, shard, None, night_at(NOW), today);
        let page = table.store().due(&due, 9, None).await;
        assert!(matches!(page, Err(StoreError::Damaged { .. })), "{page:?}");
    });
}

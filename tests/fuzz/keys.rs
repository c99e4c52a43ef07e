//! Keys of the table: whatever the ids are made of, each part is where it belongs, a key is read
//! back as what it was made of, and no two things have one key.

use bolero::generator::ValueGenerator;
use jiff::civil::date;
use upline_domain::ids::{BuyerId, DistributorId, InviteCode, OrderId, TenantId};
use upline_store::keys::{self, Key};

use crate::dice::Dice;
use crate::mutate::{bytes, touched_text};

/// What ids are tried: those that look like parts of keys, with a letter or two changed.
const IDS: &[&str] = &[
    "a",
    "M",
    "O",
    "B",
    "I",
    "X",
    "P",
    "A",
    "MEMBER",
    "ORDER",
    "TEAM",
    "TEAM#1#x",
    "LINE",
    "CODE",
    "ORDER#a",
    "a#M#b",
    "#",
    "?",
    "-",
    "1",
    "0",
    "V",
    "2026-11-11",
    "BAL",
    "a=b/c:d@e.f_g-h+i",
];

fn ids() -> impl ValueGenerator<Output = [String; 6]> {
    bytes().map_gen(|bytes: Vec<u8>| {
        let mut dice = Dice::of(&bytes);
        std::array::from_fn(|_| {
            let id = *dice.pick(IDS);
            if dice.chance(30) { touched_text(id, &mut dice) } else { id.to_owned() }
        })
    })
}

/// A kind of key, how many separators it has, and its parts, from which it is made.
type Made = (&'static str, usize, Vec<String>, Key);

fn made(tenant: &str, id: &str, other: &str) -> Option<Vec<Made>> {
    let tenant: TenantId = tenant.parse().ok()?;
    let person: DistributorId = id.parse().ok()?;
    let buyer: BuyerId = id.parse().ok()?;
    let code: InviteCode = id.parse().ok()?;
    let order: OrderId = other.parse().ok()?;
    let one: OrderId = id.parse().ok()?;
    let below: DistributorId = other.parse().ok()?;
    let day = date(2026, 11, 11);
    let at = "2026-11-11T00:00:00Z".parse().unwrap();
    let (t, i, o) = (tenant.to_string(), id.to_owned(), other.to_owned());
    let two = || vec![t.clone(), i.clone()];
    let three = || vec![t.clone(), i.clone(), o.clone()];
    let currency = "CNY".parse().unwrap();
    Some(vec![
        ("member", 2, two(), keys::member(&tenant, &person)),
        ("line", 4, three(), keys::line(&tenant, &person, at, &order)),
        ("balance", 3, two(), keys::balance(&tenant, &person, currency)),
        ("day", 4, two(), keys::day(&tenant, &person, day, currency)),
        ("recruits", 3, two(), keys::recruits(&tenant, &person, day)),
        ("counts", 2, two(), keys::team_counts(&tenant, &person)),
        ("team", 4, three(), keys::team(&tenant, &person, 2, &below)),
        ("code", 2, two(), keys::code(&tenant, &code)),
        ("awaits the code", 4, three(), {
            keys::await_order(keys::code_partition(&tenant, &code), &order)
        }),
        ("awaits the person", 4, three(), {
            keys::await_order(keys::distributor(&tenant, &person), &order)
        }),
        ("awaited", 5, three(), {
            keys::await_event(keys::code_partition(&tenant, &code), order.as_str(), "0f")
        }),
        ("buyer", 2, two(), keys::buyer(&tenant, &buyer)),
        ("wait", 3, three(), keys::wait(&tenant, &buyer, &order)),
        ("order", 2, two(), keys::order(&tenant, &one)),
        ("active", 1, vec![t.clone()], keys::active_plans(&tenant)),
        ("plan", 2, vec![t.clone()], keys::plan(&tenant, 7)),
        ("audit day", 1, vec![t.clone()], keys::audit_day(&tenant, day)),
        ("audit", 4, three(), keys::audit(&tenant, at, id, other)),
        ("parked", 3, three(), keys::parked(tenant.as_str(), id, other, "0f")),
        ("parked day", 1, two(), keys::parked_day(tenant.as_str(), id)),
    ])
}

fn check(ids: &[String; 6]) {
    let [a, b] = [&ids[..3], &ids[3..]].map(|ids| made(&ids[0], &ids[1], &ids[2]));
    for (tenant, id, (kind, separators, _, key)) in
        a.iter().flat_map(|made| made.iter().map(|made| (ids[0].as_str(), ids[1].as_str(), made)))
    {
        let count = key.pk.matches('#').count() + key.sk.matches('#').count();
        assert_eq!(count, *separators, "{kind}: {key:?}");
        assert!(
            key.pk.starts_with(&format!("{tenant}#")),
            "{kind}: {key:?} begins with its tenant"
        );
        assert!(
            !key.sk.is_empty() && key.sk.as_str() > keys::FIRST && key.sk.as_str() < keys::LAST
        );
        let order =
            keys::order_of(&key.pk).map(|(tenant, id)| [tenant.to_string(), id.to_string()]);
        let want = (*kind == "order").then(|| [tenant.to_owned(), id.to_owned()]);
        assert_eq!(order, want, "{kind}: {key:?}");
        let person = keys::distributor_of(&key.pk).map(|(tenant, id)| (tenant, id.to_string()));
        assert!(person.is_none_or(|(t, i)| t.as_str() == tenant && i == id), "{kind}: {key:?}");
    }
    for (kind, _, parts, key) in a.iter().flatten() {
        for (other_kind, _, other_parts, other) in b.iter().flatten() {
            let is_same = kind == other_kind && parts == other_parts;
            assert_eq!(key == other, is_same, "{kind} {parts:?}, {other_kind} {other_parts:?}");
        }
    }
}

#[test]
fn keys() {
    for tenant in IDS {
        for id in IDS {
            check(&[tenant, id, "a", "a", "a", id].map(ToString::to_string));
        }
    }
    let target = bolero::check!().with_generator(ids()).with_iterations(3_000);
    target.for_each(check);
}

//! Any distributor that is registered is read back as they were.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use upline_domain::fingerprint::Fingerprint;
use upline_domain::ids::LevelId;
use upline_domain::member::{History, Member, Risk, Status};
use upline_store::Registered;
use upline_testkit::{now, run};

use crate::cases;
use crate::table::Table;
use crate::values::id;

fn any_id() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[A-Za-z0-9._:@/+=-]{1,12}", 1 => "[A-Za-z0-9._:@/+=-]{128}"]
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "\\PC{0,60}", 1 => Just("女".repeat(85)), 1 => Just(String::new())]
}

/// An instant to the millisecond, anywhere in the calendar.
fn any_instant() -> impl Strategy<Value = Timestamp> {
    let range = Timestamp::MIN.as_millisecond()..=Timestamp::MAX.as_millisecond();
    range.prop_map(|millis| Timestamp::from_millisecond(millis).unwrap())
}

fn any_member() -> impl Strategy<Value = Member> {
    let risks = prop::sample::select(vec![Risk::Clear, Risk::Flagged]);
    let statuses = prop::sample::select(vec![Status::Active, Status::Frozen, Status::Terminated]);
    (
        any_id(),
        any_instant(),
        (1_i16..=9999, 1_i8..=12, 1_i8..=28),
        vec(any_id(), 0..=20),
        any_id(),
        option::of(any_text()),
        vec((any_instant(), any_id()), 0..5),
        vec((any_instant(), statuses), 0..5),
        vec((any_instant(), risks), 0..5),
        any::<[u8; 16]>(),
    )
        .prop_map(
            |(
                name,
                at,
                (year, month, day),
                lineage,
                code,
                text,
                levels,
                statuses,
                risks,
                print,
            )| {
                let level = |(from, level): (Timestamp, String)| (from, id::<LevelId>(&level));
                Member {
                    id: id(&name),
                    registered_at: at,
                    registered_on: jiff::civil::date(year, month, day),
                    lineage: lineage.iter().map(|one| id(one)).collect(),
                    invite_code: id(&code),
                    display_name: text.map(|text| id(&text)),
                    levels: History(levels.into_iter().map(level).collect()),
                    statuses: History(statuses),
                    risks: History(risks),
                    fingerprint: Fingerprint(print),
                }
            },
        )
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_distributor_is_read_back_as_they_were_registered(member in any_member()) {
        let read = run(async {
            let table = Table::empty().await;
            let store = table.store();
            let registered = store.register(&table.tenant, &member).await.unwrap();
            assert_eq!(registered, Registered::Created);
            let read = store.member(&table.tenant, &member.id).await.unwrap().unwrap();
            let many = store.members(&table.tenant, std::slice::from_ref(&member.id), now()).await;
            assert_eq!(*many.unwrap()[&member.id], read);
            let (_, person) = store.buyer(&table.tenant, &member.id.as_buyer()).await.unwrap();
            assert_eq!(person.as_ref(), Some(&read));
            let owner = store.code_owner(&table.tenant, &member.invite_code).await.unwrap();
            assert_eq!(owner.as_ref(), Some(&read.id));
            read
        });
        prop_assert_eq!(read, member);
    }
}

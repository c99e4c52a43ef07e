//! Who stands above whom, and how they stood at a time.

use jiff::{SignedDuration, Timestamp};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use upline_domain::bind::{invite_code, lineage_under};
use upline_domain::fingerprint::Fields;
use upline_domain::ids::DistributorId;
use upline_domain::member::{History, Member, Status};
use upline_domain::time;

use crate::arbitrary::paid_at;
use crate::cases;

fn member(ancestors: usize, statuses: History<Status>) -> Member {
    let id = |place: usize| format!("d{place}").parse::<DistributorId>().unwrap();
    Member {
        id: id(0),
        registered_at: paid_at(),
        registered_on: time::day(paid_at(), &jiff::tz::TimeZone::UTC),
        lineage: (1..=ancestors).map(id).collect(),
        invite_code: "CODE".parse().unwrap(),
        display_name: None,
        levels: History::default(),
        statuses,
        risks: History::default(),
        fingerprint: Fields::of("registration").finish(),
    }
}

fn hour(hours: i64) -> Timestamp {
    paid_at() + SignedDuration::from_hours(hours)
}

proptest! {
    #![proptest_config(cases(500))]

    /// A lineage is the sponsor and the nearest of theirs, twenty at the most.
    #[test]
    fn a_lineage_is_the_sponsor_and_theirs(ancestors in 0_usize..=20) {
        let sponsor = member(ancestors, History::default());
        let lineage = lineage_under(&sponsor);
        prop_assert_eq!(lineage.len(), (ancestors + 1).min(20));
        for (place, id) in lineage.iter().enumerate() {
            prop_assert_eq!(id.to_string(), format!("d{place}"));
        }
    }

    /// A status holds from its time until the next one's; before the first, one is active.
    #[test]
    fn a_status_holds_from_its_time(
        changes in btree_map(
            0_i64..50,
            select(vec![Status::Active, Status::Frozen, Status::Terminated]),
            0..6,
        ),
        asked in 0_i64..50,
    ) {
        let history = changes.iter().map(|(&from, &status)| (hour(from), status)).collect();
        let member = member(0, History(history));
        let wanted = (0..=asked).rev().find_map(|at| changes.get(&at).copied());
        prop_assert_eq!(member.status_at(hour(asked)), wanted.unwrap_or(Status::Active));
        let just_before = hour(asked) - SignedDuration::from_millis(1);
        let wanted = (0..asked).rev().find_map(|at| changes.get(&at).copied());
        prop_assert_eq!(member.status_at(just_before), wanted.unwrap_or(Status::Active));
    }

    /// An invite code is eight characters of Crockford's base32, the same for the same distributor.
    #[test]
    fn an_invite_code_repeats(
        letters in vec(select(vec!['a', 'Z', '0', '_', '-', '/']), 1..128),
        attempt in any::<u8>(),
    ) {
        let id: DistributorId = letters.into_iter().collect::<String>().parse().unwrap();
        let code = invite_code(&"demo".parse().unwrap(), &id, attempt);
        prop_assert_eq!(code.as_str().len(), 8);
        let crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        prop_assert!(code.as_str().chars().all(|letter| crockford.contains(letter)));
        prop_assert_eq!(&code, &invite_code(&"demo".parse().unwrap(), &id, attempt));
        let next = invite_code(&"demo".parse().unwrap(), &id, attempt.wrapping_add(1));
        prop_assert_ne!(code, next);
    }
}

//! Which activation applies to whom, and which may be made.

use super::*;
use crate::schedule::Lead;

fn hour(hours: i64) -> Timestamp {
    Timestamp::from_second(hours.saturating_mul(3_600)).unwrap()
}

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

/// `hour:version`, and the share after a stroke.
fn list(text: &str) -> Vec<Activation> {
    let one = |word: &str| {
        let (hours, rest) = word.split_once(':').unwrap();
        let (version, share) = rest.split_once('/').map_or((rest, None), |(v, s)| (v, Some(s)));
        Activation {
            from: hour(hours.parse().unwrap()),
            version: version.parse().unwrap(),
            rollout: share.map(rate),
        }
    };
    text.split_whitespace().map(one).collect()
}

/// The first of many buyers who is inside a share, or outside.
fn buyer(version: u32, share: &str, wanted: &str) -> BuyerId {
    let tenant = "demo".parse().unwrap();
    let ids = (0..1_000).map(|n| format!("b{n}").parse::<BuyerId>().unwrap());
    let place = |id: &BuyerId| {
        if is_inside(rate(share), &tenant, version, id) { "inside" } else { "outside" }
    };
    ids.into_iter().find(|id| place(id) == wanted).unwrap()
}

#[test]
fn the_latest_that_applies_holds() {
    let tenant = "demo".parse().unwrap();
    let made = list("0:1 10:2/0.5 20:3 20:1 30:4/0.1");
    let (inside, outside) = (buyer(2, "0.5", "inside"), buyer(2, "0.5", "outside"));
    let of = |buyer: &BuyerId, hours| version_for(&made, &tenant, buyer, hour(hours));
    assert_eq!((version_at(&made, hour(-1)), of(&inside, -1)), (None, None), "before the first");
    assert_eq!((version_at(&made, hour(0)), of(&inside, 0)), (Some(1), Some(1)));
    assert_eq!(version_at(&made, hour(10)), Some(1), "a share is not for all");
    assert_eq!((of(&inside, 10), of(&outside, 10)), (Some(2), Some(1)));
    assert_eq!((of(&inside, 20), of(&outside, 20)), (Some(1), Some(1)), "the one made later");
    assert_eq!(of(&buyer(4, "0.1", "inside"), 30), Some(4));
    assert_eq!(of(&buyer(4, "0.1", "outside"), 99), Some(1));
}

#[test]
fn who_is_inside_never_changes() {
    let (demo, other): (TenantId, TenantId) = ("demo".parse().unwrap(), "other".parse().unwrap());
    let inside = |tenant: &TenantId, version| -> String {
        let ids = (0..60).map(|n| format!("buyer-{n}").parse::<BuyerId>().unwrap());
        let sign =
            |id: BuyerId| if is_inside(rate("0.25"), tenant, version, &id) { '1' } else { '.' };
        ids.map(sign).collect()
    };
    // Orders would be paid by another plan if one sign of these did.
    assert_eq!(inside(&demo, 2), "1......1...1.1..111.11.1..11........1.....1.1....1...1.1...1");
    assert_eq!(inside(&demo, 3), ".1..1....1.11..1..1.1.1.1...1........1.1.1...1.1.1......1.1.");
    assert_eq!(inside(&other, 2), "...1....1......1....1...11.....1.......11.1.11..............");
}

/// An activation of a version, with the share after a stroke, from an hour on (or `-`), at hour 15.
#[track_caller]
fn check(made: &str, wish: &str, want: &Result<Placed, CannotActivate>) {
    let (from, what) = wish.split_once(':').unwrap();
    let what = list(&format!("0:{what}")).remove(0);
    let when =
        Wanted { from: from.parse().ok().map(hour), now: hour(15), lead: Lead::SingleProcess };
    let wish = ActivationWish { version: what.version, rollout: what.rollout, when };
    assert_eq!(activate(&list(made), &wish), *want, "{wish:?} after {made}");
}

#[test]
fn activate_table() {
    let new = |hours, place| Ok(Placed::New { from: hour(hours), place });
    let again = |hours, place| Ok(Placed::Again { from: hour(hours), place });
    let too_soon = CannotActivate::TooSoon(TooSoon { earliest: hour(15) });
    check("", "-:1", &new(15, 0));
    check("", "3:1", &new(3, 0)); // The first may begin anywhere.
    check("", "99:1", &new(99, 0));
    check("3:1", "3:1", &again(3, 0));
    check("3:1", "14:2", &Err(too_soon));
    check("3:1", "15:2", &new(15, 1));
    check("3:1 20:2", "20:1", &new(20, 2)); // Rolled back before it begins.
    check("3:1 20:2", "17:1", &new(17, 1));
    check("3:1", "-:1", &again(3, 0));
    check("3:1", "-:1/1", &again(3, 0)); // All is all.
    // Shares.
    check("", "20:1/0.5", &Err(CannotActivate::NothingForOthers));
    check("30:1", "20:2/0.5", &Err(CannotActivate::NothingForOthers));
    check("3:1", "20:2/0", &Err(CannotActivate::Nobody));
    check("3:1", "20:2/0.1", &new(20, 1));
    check("3:1 20:2/0.1", "20:2/0.1", &again(20, 1));
    check("3:1 20:2/0.1", "21:2/0.2", &new(21, 2));
    check("3:1 20:2/0.1", "21:2/0.05", &Err(CannotActivate::ChangesNothing(2)));
    check("3:1 20:2/0.1 21:3/0.5", "22:2/0.1", &Err(CannotActivate::ChangesNothing(2)));
    check("3:1", "20:1/0.5", &Err(CannotActivate::ChangesNothing(1)));
    check("3:1 20:2/0.1 21:1", "22:2/0.05", &new(22, 3)); // After it was taken back.
}

#[test]
fn there_is_room_for_so_many() {
    let one = |n: usize| Activation {
        from: hour(i64::try_from(n).unwrap()),
        version: 1 + u32::try_from(n % 2).unwrap(),
        rollout: None,
    };
    let full: Vec<Activation> = (0..ACTIVATIONS_MAX).map(one).collect();
    let when = Wanted { from: Some(hour(9_999)), now: hour(0), lead: Lead::ManyProcesses };
    let wish = ActivationWish { version: 3, rollout: None, when };
    assert_eq!(activate(&full, &wish), Err(CannotActivate::TooMany));
    assert!(activate(&full[1..], &wish).is_ok());
}

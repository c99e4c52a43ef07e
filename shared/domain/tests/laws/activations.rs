//! Shares of buyers.

use proptest::prelude::*;
use upline_domain::activation::is_inside;
use upline_domain::ids::{BuyerId, TenantId};
use upline_domain::money::Rate;

use crate::cases;

fn rate(millionths: u32) -> Rate {
    Rate::from_millionths(millionths).unwrap()
}

proptest! {
    #![proptest_config(cases(300))]

    /// Who is inside a share is inside every larger one; nobody is inside none, and everybody is
    /// inside all.
    #[test]
    fn who_is_inside_a_share_is_inside_a_larger_one(
        buyer in "[A-Za-z0-9._:@/+=-]{1,128}",
        tenant in "[a-z]{1,8}",
        version in any::<u32>(),
        mut shares in [0_u32..=1_000_000, 0_u32..=1_000_000],
    ) {
        shares.sort_unstable();
        let tenant: TenantId = tenant.parse().unwrap();
        let buyer: BuyerId = buyer.parse().unwrap();
        let inside = |millionths| is_inside(rate(millionths), &tenant, version, &buyer);
        prop_assert!(!inside(shares[0]) || inside(shares[1]));
        prop_assert!(!inside(0) && inside(1_000_000));
    }

    /// Of many buyers, about the share is inside: six times the deviation that chance allows.
    #[test]
    fn about_the_share_is_inside(version in any::<u32>(), millionths in 0_u32..=1_000_000) {
        let tenant: TenantId = "demo".parse().unwrap();
        let buyers = 4_000_u64;
        let id = |n: u64| format!("buyer-{n}").parse::<BuyerId>().unwrap();
        let inside = |n: &u64| is_inside(rate(millionths), &tenant, version, &id(*n));
        let count = u64::try_from((0..buyers).filter(inside).count()).unwrap();
        let wanted = buyers * u64::from(millionths) / 1_000_000;
        // The deviation is at most √(4,000 ÷ 4) = 32.
        prop_assert!(count.abs_diff(wanted) <= 6 * 32, "{count} of {wanted}");
    }

    /// Who is inside a share of one version says nothing of another version.
    #[test]
    fn versions_are_drawn_apart(version in 0_u32..u32::MAX) {
        let tenant: TenantId = "demo".parse().unwrap();
        let half = rate(500_000);
        let inside = |version, n: &u32| {
            let buyer = format!("buyer-{n}").parse::<BuyerId>().unwrap();
            is_inside(half, &tenant, version, &buyer)
        };
        let both = (0_u32..1_000).filter(|n| inside(version, n) && inside(version + 1, n)).count();
        prop_assert!((180..=320).contains(&both), "{both} of 250");
    }
}

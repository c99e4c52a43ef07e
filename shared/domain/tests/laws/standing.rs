//! Where the money of an order stands.

use std::collections::BTreeSet;

use proptest::option;
use proptest::prelude::*;
use upline_domain::complete::due_on;
use upline_domain::contribution::contributions;
use upline_domain::money::Money;
use upline_domain::order::Record;
use upline_domain::reverse::reversed;

use crate::arbitrary::{paid_at, world};
use crate::cases;
use crate::refunds::{facts, record, refunds};

proptest! {
    #![proptest_config(cases(1_000))]

    /// The contributions of an order add up to what it allocated and took back; its sales count
    /// once as own sales, and once in each team of the nearest.
    #[test]
    fn contributions_add_up(
        world in world(),
        raw in refunds(),
        completed in option::of(0_i64..100),
    ) {
        let Some(record) = record(&world) else { return Ok(()) };
        let refunds = facts(raw).into_iter().map(|((_, id), refund)| (id, refund)).collect();
        let completed_at = completed.map(|h| paid_at() + jiff::SignedDuration::from_hours(h));
        let record = Record { refunds, completed_at, ..record };
        let (Some(paid), Some(attributed)) = (&record.paid, &record.attributed) else {
            return Ok(());
        };
        let all = contributions(&record).unwrap();
        let reversal = reversed(&record).unwrap();
        let sales = paid.total().less(Money::total(reversal.refunded.iter().copied()).unwrap());
        let sum = |amounts: Vec<Money>| Money::total(amounts).unwrap();

        let earned = sum(all.iter().map(|(_, one)| one.earned).collect());
        prop_assert_eq!(earned, sum(attributed.allocations.iter().map(|one| one.amount).collect()));
        let taken_back = sum(all.iter().map(|(_, one)| one.reversed).collect());
        prop_assert_eq!(taken_back, sum(reversal.taken_back.concat()));
        let net = sum(all.iter().map(|(_, one)| one.net()).collect());
        prop_assert_eq!(net.plus(taken_back), Ok(earned));

        let team = attributed.terms.team_depth.min(world.frozen.lineage.len());
        let due = due_on(&attributed.terms, paid.paid_at, completed_at).unwrap();
        let in_full = sales == Money::ZERO && paid.total() > Money::ZERO;
        for (id, one) in &all {
            let lineage = &world.frozen.lineage;
            let place = lineage.iter().position(|ancestor| ancestor.id == *id).unwrap();
            let allocation = attributed.allocations.iter().position(|one| one.ancestor == place);
            prop_assert!(place < team || allocation.is_some());
            let reversed = allocation.map(|place| reversal.of_allocation(place).unwrap());
            prop_assert_eq!(one.reversed, reversed.unwrap_or_default());
            prop_assert_eq!(one.team_sales, if place < team { sales } else { Money::ZERO });
            prop_assert_eq!(one.own_sales, if place == 0 { sales } else { Money::ZERO });
            prop_assert_eq!(one.own_orders, u32::from(place == 0 && !in_full));
            prop_assert_eq!(one.due, due);
            prop_assert_eq!(one.currency, paid.currency);
            let zone = world.plan.timezone.clone();
            prop_assert_eq!(one.day, paid_at().to_zoned(zone).date());
        }
        let ids: BTreeSet<_> = all.iter().map(|(id, _)| id).collect();
        let beyond = attributed.allocations.iter().filter(|one| one.ancestor >= team).count();
        prop_assert_eq!(ids.len(), team + beyond);
        prop_assert_eq!(all.len(), ids.len());
    }

    /// An order that is not calculated yet counts for nobody.
    #[test]
    fn nothing_counts_before_it_is_calculated(world in world(), raw in refunds()) {
        let Some(record) = record(&world) else { return Ok(()) };
        let refunds = facts(raw).into_iter().map(|((_, id), refund)| (id, refund)).collect();
        let waiting = Record { attributed: None, refunds, ..record };
        prop_assert_eq!(contributions(&waiting), Ok(Vec::new()));
        let unpaid = Record { paid: None, ..waiting };
        prop_assert_eq!(contributions(&unpaid), Ok(Vec::new()));
    }
}

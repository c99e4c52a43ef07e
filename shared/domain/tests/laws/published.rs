//! What an order tells others.

use std::collections::BTreeSet;

use proptest::option;
use proptest::prelude::*;
use upline_contract::published::{
    CommissionState, DUE, EARNED, Outgoing, REVERSED, Told, of_order,
};
use upline_domain::money::{Currency, Money};
use upline_domain::order::Record;
use upline_domain::reverse::reversed;

use crate::arbitrary::{paid_at, world};
use crate::cases;
use crate::refunds::{facts, record, refunds};

fn events(record: &Record) -> Vec<Outgoing<Told>> {
    of_order(&"demo".parse().unwrap(), &"A1".parse().unwrap(), record, None).unwrap()
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// Of each beneficiary all is told, once for each kind of event: what they were given and what
    /// was taken back add up to those of the order. The same image tells the same.
    #[test]
    fn totals_are_told_under_ids_of_their_own(
        world in world(),
        raw in refunds(),
        completed in option::of(0_i64..100),
        version in 1_u64..300,
    ) {
        let Some(record) = record(&world) else { return Ok(()) };
        let refunds = facts(raw).into_iter().map(|((_, id), refund)| (id, refund)).collect();
        let completed_at = completed.map(|h| paid_at() + jiff::SignedDuration::from_hours(h));
        let record = Record { refunds, completed_at, version, ..record };
        let events = events(&record);
        prop_assert_eq!(&events, &self::events(&record.clone()));

        let Some(attributed) = &record.attributed else { return Ok(()) };
        let reversal = reversed(&record).unwrap();
        let (mut told, mut ids) = (BTreeSet::new(), BTreeSet::new());
        let (mut amounts, mut taken_back) = (Vec::new(), Vec::new());
        for event in &events {
            let Told::Commission(data) = &event.detail.data else { panic!("{event:?}") };
            let id = format!("A1#{version}#{}", data.distributor_id);
            prop_assert_eq!(&event.detail.metadata.id, &id);
            prop_assert_eq!(data.version, version);
            prop_assert!(ids.insert((id, event.detail_type.clone())), "an id stands for one event");
            let currency: Currency = data.currency.parse().unwrap();
            let (amount, back) = (
                Money::parse(&data.amount, currency).unwrap(),
                Money::parse(&data.reversed, currency).unwrap(),
            );
            let kinds = (
                event.detail_type == EARNED,
                event.detail_type == REVERSED,
                event.detail_type == DUE,
            );
            let is_told_by_its_kind = match kinds {
                (true, ..) => back == Money::ZERO && completed_at.is_none(),
                (_, true, _) => back > Money::ZERO,
                (_, _, due) => due && completed_at.is_some(),
            };
            prop_assert!(is_told_by_its_kind, "{}", event.detail_type);
            prop_assert!(completed_at.is_none() || data.due.is_some());
            prop_assert_eq!(data.due.is_some(), data.state == CommissionState::Due);
            prop_assert!(amount > Money::ZERO && back <= amount);
            if told.insert(data.distributor_id.clone()) {
                amounts.push(amount);
                taken_back.push(back);
            }
        }
        prop_assert_eq!(told.len(), attributed.allocations.len());
        let given = attributed.allocations.iter().map(|one| one.amount);
        prop_assert_eq!(Money::total(amounts), Money::total(given));
        let back = reversal.taken_back.concat();
        prop_assert_eq!(Money::total(taken_back), Money::total(back));
    }
}

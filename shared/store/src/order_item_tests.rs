//! Any record that is written is read back as it was put in.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use upline_domain::ids::TenantId;
use upline_domain::limits::AMOUNT_MINOR_MAX;
use upline_domain::money::{Currency, Money, Rate};
use upline_embedded::Embedded;

use super::*;
use crate::Store;
use crate::order::{Added, Claimed};

const ID: &str = "[A-Za-z0-9._:@/+=-]{1,12}";
const LONGEST_ID: &str = "[A-Za-z0-9._:@/+=-]{128}";

fn id<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug>()
-> impl Strategy<Value = T> + Clone {
    prop_oneof![5 => ID, 1 => LONGEST_ID].prop_map(|text| text.parse().unwrap())
}

fn free_text() -> impl Strategy<Value = upline_domain::ids::Text> + Clone {
    let text = prop_oneof![4 => "\\PC{0,60}", 1 => Just("衣".repeat(85)), 1 => Just(String::new())];
    text.prop_map(|text| text.parse().unwrap())
}

fn amount() -> impl Strategy<Value = Money> + Clone {
    let minor = prop_oneof![0_u64..1_000_000, Just(AMOUNT_MINOR_MAX), 0..=AMOUNT_MINOR_MAX];
    minor.prop_map(|minor| Money::from_minor(minor).unwrap())
}

fn moment() -> impl Strategy<Value = jiff::Timestamp> + Clone {
    let calendar = jiff::Timestamp::MIN.as_millisecond()..=jiff::Timestamp::MAX.as_millisecond();
    calendar.prop_map(|millis| time::from_millis(millis).unwrap())
}

fn currency() -> impl Strategy<Value = Currency> + Clone {
    select(vec!["CNY", "JPY", "KWD", "USD"]).prop_map(|code| code.parse().unwrap())
}

/// A line that comes to at most a hundredth of the largest amount, so that lines add up.
fn order_line() -> impl Strategy<Value = Line> {
    let most = AMOUNT_MINOR_MAX / 100;
    let price = (1_u32..=1_000_000).prop_flat_map(move |quantity| {
        let price =
            prop_oneof![3 => 0..=most / u64::from(quantity), 1 => Just(most / u64::from(quantity))];
        (Just(quantity), price)
    });
    (id(), free_text(), option::of(free_text()), price, 0_u64..=10, option::of(any::<bool>()))
        .prop_map(|(id, sku, category, (quantity, price), tenths, cost)| {
            let discount = price * u64::from(quantity) / 10 * tenths;
            let money = |minor| Money::from_minor(minor).unwrap();
            let cost = cost.map(|free| if free { Money::ZERO } else { money(price) });
            let (unit_price, discount) = (money(price), money(discount));
            Line { id, sku, category, quantity, unit_price, discount, unit_cost: cost }
        })
}

fn payment() -> impl Strategy<Value = Paid> {
    let lines = vec(order_line(), 1..8);
    let head = (id(), id(), currency(), moment());
    let made = (head, lines, 0_u64..=4, option::of(id()), option::of(free_text())).prop_map(
        |((order, buyer, currency, paid_at), lines, quarters, invite_code, region)| {
            let net = |line: &Line| {
                line.unit_price.minor() * u64::from(line.quantity) - line.discount.minor()
            };
            let total: u64 = lines.iter().map(net).sum();
            let discount = Money::from_minor(total / 4 * quarters).unwrap();
            let payment =
                Payment { order, buyer, currency, paid_at, lines, discount, invite_code, region };
            Paid::new(payment)
        },
    );
    made.prop_filter_map("line ids differ", Result::ok)
}

/// One order of the largest amount there is, in one line.
fn largest() -> impl Strategy<Value = Paid> {
    (payment(), order_line()).prop_map(|(paid, line)| {
        let unit_price = Money::from_minor(AMOUNT_MINOR_MAX).unwrap();
        let line = Line { quantity: 1, unit_price, discount: Money::ZERO, unit_cost: None, ..line };
        let (payment, discount) = (Payment::clone(&paid), unit_price);
        Paid::new(Payment { lines: vec![line], discount, ..payment }).unwrap()
    })
}

fn terms() -> impl Strategy<Value = Terms> {
    let zone = select(vec!["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu"]);
    let days = prop_oneof![Just(0_u16), 1_u16..3_660, Just(3_660)];
    let cycle = select(vec![Cycle::Instant, Cycle::Daily, Cycle::Weekly, Cycle::Monthly]);
    let settlement = (days.clone(), cycle, option::of(days)).prop_map(
        |(hold_days, cycle, auto_complete_days)| Settlement {
            hold_days,
            cycle,
            auto_complete_days,
        },
    );
    (1_usize..=20, 0_usize..=10, 0_u32..=1_000_000, settlement, zone).prop_map(
        |(depth, team_depth, rate, settlement, zone)| Terms {
            depth,
            team_depth,
            max_total_rate: Rate::from_millionths(rate).unwrap(),
            settlement,
            timezone: time::zone(zone).unwrap(),
        },
    )
}

fn attribution() -> impl Strategy<Value = Attribution> {
    let statuses = vec![Status::Active, Status::Frozen, Status::Terminated];
    let ancestor = (id(), id(), select(statuses)).prop_map(|(id, level, status)| Ancestor {
        id,
        level,
        status,
    });
    let rule = option::of((id(), id()).prop_map(|(rule, card)| LineRule { rule, card }));
    let allocation = (0_usize..20, 1_usize..=20, amount(), vec((0_usize..200, amount()), 0..6))
        .prop_map(|(ancestor, depth, amount, lines)| Allocation { ancestor, depth, amount, lines });
    let versions = (any::<u32>(), any::<u32>(), any::<bool>());
    let month_sales = btree_map(0_usize..20, amount(), 0..4);
    let lineage = (vec(ancestor, 0..=20), month_sales);
    (versions, terms(), lineage, vec(rule, 0..8), vec(allocation, 0..6)).prop_map(
        |(
            (plan_version, calculation_version, first_order),
            terms,
            (lineage, month_sales),
            lines,
            allocations,
        )| {
            Attribution {
                plan_version,
                calculation_version,
                terms,
                frozen: Frozen { lineage, first_order, month_sales },
                lines,
                allocations,
            }
        },
    )
}

fn given_back() -> impl Strategy<Value = Refund> {
    let goods = prop_oneof![
        amount().prop_map(Refunded::Amount),
        vec((id(), amount()), 1..6).prop_map(Refunded::Lines),
    ];
    (moment(), currency(), goods).prop_map(|(refunded_at, currency, goods)| Refund {
        refunded_at,
        currency,
        goods,
    })
}

/// A record in any state: an attribution only stands beside a payment.
fn record() -> impl Strategy<Value = (OrderId, Record)> {
    let paid = option::weighted(0.8, prop_oneof![4 => payment(), 1 => largest()]);
    let parts = (id(), paid, option::of(attribution()), btree_map(id(), given_back(), 0..6));
    (parts, option::of(moment())).prop_map(|((id, paid, attributed, refunds), completed_at)| {
        let id = paid.as_ref().map_or(id, |paid: &Paid| paid.order.clone());
        let attributed = attributed.filter(|_| paid.is_some());
        let facts =
            usize::from(paid.is_some()) + refunds.len() + usize::from(completed_at.is_some());
        let version = u64::try_from(facts).unwrap();
        (id, Record { paid, attributed, refunds, completed_at, version })
    })
}

/// Whether an order is attributed with its payment, or after all its other facts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Attributed {
    AtOnce,
    Later,
}

async fn store() -> Store {
    let store =
        Store::new(&Embedded::memory().unwrap().client(), "upline", |_, _| Err(String::new()));
    store.create_table().await.unwrap();
    store
}

/// Writes a record fact by fact, in an order that `first` begins, and reads it back.
async fn there_and_back(id: &OrderId, record: &Record, when: Attributed) -> Option<Record> {
    let (store, tenant) = (store().await, &"demo".parse::<TenantId>().unwrap());
    let attributed = record.attributed.as_ref();
    let is_first = attributed.is_some_and(|attributed| attributed.frozen.first_order);
    let claim = if is_first { Claimed::ForIt } else { Claimed::Whatever };
    let pay = async || {
        let Some(paid) = &record.paid else { return };
        assert!(store.claim_first(tenant, &paid.buyer, id).await.unwrap());
        let with = attributed.filter(|_| when == Attributed::AtOnce);
        let added = store.add_payment(tenant, paid, with, claim).await.unwrap().unwrap().0;
        assert_eq!(added, Added::Created);
        let added = store.add_payment(tenant, paid, with, claim).await.unwrap().unwrap().0;
        assert_eq!(added, Added::Exists);
    };
    if when == Attributed::AtOnce {
        pay().await;
    }
    for (name, refund) in &record.refunds {
        assert_eq!(store.add_refund(tenant, id, name, refund).await.unwrap(), Added::Created);
        assert_eq!(store.add_refund(tenant, id, name, refund).await.unwrap(), Added::Exists);
    }
    if let Some(at) = record.completed_at {
        assert_eq!(store.add_completion(tenant, id, at).await.unwrap(), Added::Created);
        assert_eq!(store.add_completion(tenant, id, at).await.unwrap(), Added::Exists);
    }
    if when == Attributed::Later {
        pay().await;
        if let Some((paid, attributed)) = record.paid.as_ref().zip(attributed) {
            let add =
                async || store.add_attribution(tenant, paid, attributed, claim).await.unwrap();
            assert_eq!(add().await, Some(Added::Created));
            assert_eq!(add().await, Some(Added::Exists));
        }
    }
    let read = store.order(tenant, id).await.unwrap();
    let many = store.orders(tenant, std::slice::from_ref(id)).await.unwrap();
    let again = many.into_iter().next();
    assert_eq!(
        again,
        read.clone().map(|record| (id.clone(), Ok(record))),
        "read the same both ways"
    );
    read
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_record_is_read_back_as_it_was_put_in(
        (id, record) in record(),
        when in select(vec![Attributed::AtOnce, Attributed::Later]),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let read = runtime.block_on(there_and_back(&id, &record, when));
        let mut want = record.clone();
        if when == Attributed::Later && record.attributed.is_some() {
            want.version += 1;
        }
        let want = (want.version > 0).then_some(want);
        prop_assert_eq!(read, want);
    }
}

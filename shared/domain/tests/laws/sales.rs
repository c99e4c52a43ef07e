//! Rules of a small world, and every line there can be in it.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use upline_domain::limits::{AMOUNT_MINOR_MAX, QUANTITY_MAX};
use upline_domain::money::Money;
use upline_domain::plan::{Conditions, Range, Rule};

use crate::arbitrary::money;

pub(crate) const LEVELS: usize = 3;
pub(crate) const AMOUNTS: [u64; 8] = [1, 2, 3, 4, 5, 6, AMOUNT_MINOR_MAX - 1, AMOUNT_MINOR_MAX];
pub(crate) const QUANTITIES: [u32; 5] = [1, 2, 3, QUANTITY_MAX - 1, QUANTITY_MAX];

/// A line of the small world, and the order that it is in.
#[derive(Clone, Debug)]
pub(crate) struct Sale {
    pub(crate) category: Option<&'static str>,
    pub(crate) sku: &'static str,
    pub(crate) region: Option<&'static str>,
    pub(crate) rank: usize,
    pub(crate) distributor: &'static str,
    pub(crate) line: u64,
    pub(crate) order: u64,
    pub(crate) quantity: u32,
    pub(crate) paid_at: Timestamp,
    pub(crate) first_order: bool,
}

pub(crate) fn time(day: i8) -> Timestamp {
    format!("2026-11-{day:02}T00:00:00Z").parse().unwrap()
}

/// What rules ask about in one world; nothing else varies there.
pub(crate) type Asked = Vec<&'static str>;

pub(crate) const ALL: [&str; 10] = [
    "category",
    "sku",
    "region",
    "rank",
    "distributor",
    "line",
    "order",
    "quantity",
    "between",
    "first",
];

/// Every line there can be, as far as it makes a difference to rules of this world.
pub(crate) fn sales(asked: &Asked) -> Vec<Sale> {
    let plain = Sale {
        category: None,
        sku: "other",
        region: None,
        rank: 0,
        distributor: "other",
        line: 1,
        order: AMOUNT_MINOR_MAX,
        quantity: 1,
        paid_at: time(1),
        first_order: false,
    };
    let mut all = vec![plain];
    let mut vary = |name: &str, each: &dyn Fn(&Sale) -> Vec<Sale>| {
        if asked.contains(&name) {
            all = all.iter().flat_map(each).collect();
        }
    };
    let categories =
        [None, Some("a"), Some("a/b"), Some("a/b/x"), Some("ab"), Some("c"), Some("d")];
    vary("category", &|sale| categories.map(|category| Sale { category, ..sale.clone() }).into());
    vary("sku", &|s| ["s0", "s1", "other"].map(|sku| Sale { sku, ..s.clone() }).into());
    let regions = [None, Some("r0"), Some("r1"), Some("other")];
    vary("region", &|sale| regions.map(|region| Sale { region, ..sale.clone() }).into());
    vary("rank", &|sale| [0, 1, 2].map(|rank| Sale { rank, ..sale.clone() }).into());
    let people = ["d0", "d1", "other"];
    vary("distributor", &|s| people.map(|distributor| Sale { distributor, ..s.clone() }).into());
    vary("line", &|sale| AMOUNTS.map(|line| Sale { line, ..sale.clone() }).into());
    vary("order", &|sale| AMOUNTS.map(|order| Sale { order, ..sale.clone() }).into());
    vary("quantity", &|s| QUANTITIES.map(|quantity| Sale { quantity, ..s.clone() }).into());
    let days = [1, 2, 3, 4, 5];
    vary("between", &|s| days.map(|day| Sale { paid_at: time(day), ..s.clone() }).into());
    let either = [false, true];
    vary("first", &|s| either.map(|first_order| Sale { first_order, ..s.clone() }).into());
    all.retain(|sale| sale.line <= sale.order);
    all
}

pub(crate) fn within<T: Copy + PartialOrd>(range: Option<&Range<T>>, value: T) -> bool {
    range
        .is_none_or(|r| r.min.is_none_or(|min| value >= min) && r.max.is_none_or(|max| value < max))
}

/// All named conditions hold.
pub(crate) fn holds(when: &Conditions, sale: &Sale) -> bool {
    let path = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    let below =
        |wanted: &str| sale.category.is_some_and(|own| path(own).starts_with(&path(wanted)));
    when.category.as_ref().is_none_or(|all| all.iter().any(|wanted| below(wanted.as_str())))
        && when.sku.as_ref().is_none_or(|all| all.iter().any(|sku| sku.as_str() == sale.sku))
        && when
            .region
            .as_ref()
            .is_none_or(|all| all.iter().any(|r| Some(r.as_str()) == sale.region))
        && when.rank.as_ref().is_none_or(|all| all.contains(&sale.rank))
        && when
            .distributor
            .as_ref()
            .is_none_or(|all| all.iter().any(|who| who.as_str() == sale.distributor))
        && within(when.line_amount.as_ref(), money(sale.line))
        && within(when.order_amount.as_ref(), money(sale.order))
        && within(when.quantity.as_ref(), sale.quantity)
        && within(when.between.as_ref(), sale.paid_at)
        && when.first_order.is_none_or(|wanted| wanted == sale.first_order)
}

pub(crate) fn listed<T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug + Clone>(
    of: &'static [&'static str],
) -> BoxedStrategy<Option<Vec<T>>> {
    let some = subsequence(of, 1..=of.len());
    let some = some.prop_map(|all| all.iter().map(|text| text.parse().unwrap()).collect());
    option::weighted(0.7, some).boxed()
}

pub(crate) fn range<T: Clone + std::fmt::Debug + 'static>(
    ends: &[T],
) -> BoxedStrategy<Option<Range<T>>> {
    let end = || option::weighted(0.7, select(ends.to_vec()));
    let range = (end(), end()).prop_map(|(min, max)| Range { min, max });
    option::weighted(0.7, range).boxed()
}

pub(crate) fn amounts() -> BoxedStrategy<Option<Range<Money>>> {
    range(&[0, 1, 2, 3, 4, 6, AMOUNT_MINOR_MAX].map(money))
}

pub(crate) fn conditions(asked: &Asked) -> BoxedStrategy<Conditions> {
    fn only<T: Clone + std::fmt::Debug + 'static>(
        asked: bool,
        of: BoxedStrategy<Option<T>>,
    ) -> BoxedStrategy<Option<T>> {
        if asked { of } else { Just(None).boxed() }
    }
    let asks = |name: &str| asked.contains(&name);
    let ranks = option::weighted(0.7, subsequence(vec![0, 1, 2], 1..=3)).boxed();
    let quantities = [0, 1, 2, 3, QUANTITY_MAX, QUANTITY_MAX + 1];
    let times = [2, 3, 5].map(time);
    (
        only(asks("category"), listed(&["a", "a/b", "c"])),
        only(asks("sku"), listed(&["s0", "s1"])),
        only(asks("region"), listed(&["r0", "r1"])),
        only(asks("rank"), ranks),
        only(asks("distributor"), listed(&["d0", "d1"])),
        only(asks("line"), amounts()),
        only(asks("order"), amounts()),
        only(asks("quantity"), range(&quantities)),
        (
            only(asks("between"), range(&times)),
            only(asks("first"), option::weighted(0.7, any::<bool>()).boxed()),
        ),
    )
        .prop_map(|(category, sku, region, rank, distributor, line, order, quantity, others)| {
            Conditions {
                category,
                sku,
                region,
                rank,
                distributor,
                line_amount: line,
                order_amount: order,
                quantity,
                between: others.0,
                first_order: others.1,
            }
        })
        .boxed()
}

/// Rules in any order, of few priorities, that ask about one to four things. Half ask about both
/// amounts, which are not independent of each other.
pub(crate) fn table() -> impl Strategy<Value = (Asked, Vec<Rule>)> {
    let amounts = subsequence(ALL.to_vec(), 0..=2).prop_map(|mut asked| {
        asked.extend(["line", "order"]);
        asked
    });
    let asked = prop_oneof![subsequence(ALL.to_vec(), 1..=4), amounts];
    asked.prop_flat_map(|asked| {
        let rules = vec((conditions(&asked), 0_i32..5), 0..9);
        (Just(asked), rules.prop_map(|rules| rules.into_iter().enumerate().map(rule).collect()))
    })
}

pub(crate) fn rule((place, (when, priority)): (usize, (Conditions, i32))) -> Rule {
    Rule { id: format!("r{place}").parse().unwrap(), priority, when, card: 0 }
}

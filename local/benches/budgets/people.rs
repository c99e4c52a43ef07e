//! Distributors in one of two shapes, and buyers below them, as events.

use std::collections::BTreeMap;

use serde_json::Value;
use upline_testkit::events;

use crate::ground::order;

/// Where the distributors stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// In lines of three, each apart from the others.
    Spread,
    /// One above everybody, ten below that one, and the others below these.
    OneAbove,
}

/// Distributors nearest to the buyers.
const LINES: usize = 200;
/// Buyers, in turn below each of these.
pub(crate) const BUYERS: usize = 200;
/// Of 100 yuan, for the nearest three.
const FEN: [u64; 3] = [1_000, 500, 200];

/// The lineage of a line of distributors, nearest first.
fn lineage(shape: Shape, line: usize) -> [String; 3] {
    match shape {
        Shape::Spread => [1, 2, 3].map(|depth| format!("line-{line}-{depth}")),
        Shape::OneAbove => {
            [format!("line-{line}"), format!("region-{}", line % 10), "top".to_owned()]
        }
    }
}

/// Registers everybody, binds the buyers, and has each buy once: one after another.
pub(crate) fn beginning(shape: Shape) -> [Vec<Value>; 5] {
    let registered = "2026-10-01T00:00:00Z";
    let mut levels: [BTreeMap<String, Value>; 3] = Default::default();
    for line in 0..LINES {
        let [first, second, third] = lineage(shape, line);
        levels[0].insert(third.clone(), events::registered(&third, registered));
        let event = events::registered_under(&second, &third, registered);
        levels[1].insert(second.clone(), event);
        let event = events::registered_under(&first, &second, registered);
        levels[2].insert(first, event);
    }
    let bound = |buyer: usize| {
        let [first, ..] = lineage(shape, buyer % LINES);
        events::bound(&format!("buyer-{buyer}"), &first, "2026-10-02T00:00:00Z")
    };
    let [top, middle, low] = levels.map(|level| level.into_values().collect());
    let first = |buyer: usize| order(&format!("first-{buyer}"), &format!("buyer-{buyer}"));
    [top, middle, low, (0..BUYERS).map(bound).collect(), (0..BUYERS).map(first).collect()]
}

/// So many orders, of the buyers in turn.
pub(crate) fn orders(count: usize) -> Vec<Value> {
    let named = |n: usize| order(&format!("order-{n}"), &format!("buyer-{}", n % BUYERS));
    (0..count).map(named).collect()
}

/// What so many orders of the buyers in turn come to for each distributor, in fen.
pub(crate) fn earned(shape: Shape, count: usize) -> BTreeMap<String, u64> {
    let mut earned = BTreeMap::new();
    for n in 0..count {
        for (distributor, fen) in lineage(shape, n % BUYERS % LINES).into_iter().zip(FEN) {
            *earned.entry(distributor).or_default() += fen;
        }
    }
    earned
}

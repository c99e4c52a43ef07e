//! Which rule of a programme a line falls under.

use crate::allocation::Ancestor;
use crate::ids::Text;
use crate::order::{Line, LineAmounts, Paid};
use crate::plan::{Conditions, Range};

/// What the conditions of a rule are held against, besides the line.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The order.
    pub paid: &'a Paid,
    /// The first of the frozen lineage, whatever their status.
    pub first: Option<&'a Ancestor>,
    /// Their rank in the plan's ladder.
    pub first_rank: usize,
    /// Whether the order is the first of its buyer.
    pub first_order: bool,
}

/// Whether all conditions hold of a line.
pub(crate) fn matches(
    when: &Conditions,
    setting: Setting<'_>,
    line: (&Line, &LineAmounts),
) -> bool {
    let (line, amounts) = line;
    let Setting { paid, first, first_rank, first_order } = setting;
    let category = line.category.as_ref();
    one_of(when.category.as_deref(), |path| category.is_some_and(|own| is_below(own, path)))
        && one_of(when.sku.as_deref(), |sku| *sku == line.sku)
        && one_of(when.region.as_deref(), |region| Some(region) == paid.region.as_ref())
        && one_of(when.rank.as_deref(), |rank| first.is_some() && *rank == first_rank)
        && one_of(when.distributor.as_deref(), |id| first.is_some_and(|first| first.id == *id))
        && within(when.line_amount.as_ref(), amounts.paid)
        && within(when.order_amount.as_ref(), paid.total())
        && within(when.quantity.as_ref(), line.quantity)
        && within(when.between.as_ref(), paid.paid_at)
        && when.first_order.is_none_or(|wanted| wanted == first_order)
}

/// Whether a set has such a one; all do where there is no set.
pub(crate) fn one_of<T>(set: Option<&[T]>, is: impl FnMut(&T) -> bool) -> bool {
    set.is_none_or(|set| set.iter().any(is))
}

/// Whether a value is in a range; all are where there is no range.
pub(crate) fn within<T: Copy + PartialOrd>(range: Option<&Range<T>>, value: T) -> bool {
    range.is_none_or(|range| range.contains(value))
}

/// Whether a category is `path` or below it: `apparel/women/dresses` is below `apparel/women`.
pub(crate) fn is_below(category: &Text, path: &Text) -> bool {
    let rest = category.as_str().strip_prefix(path.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn category_table() {
        let below = |a: &str, b: &str| is_below(&a.parse().unwrap(), &b.parse().unwrap());
        assert!(below("apparel/women", "apparel/women"));
        assert!(below("apparel/women/dresses", "apparel/women"));
        assert!(!below("apparel/womenswear", "apparel/women"));
        assert!(!below("apparel", "apparel/women"));
    }
}

//! Items as the table holds them, read by the names of docs/data-model.md and by nothing of the
//! product.

use serde_json::Value;

/// A text of an item.
pub(crate) fn text<'a>(item: &'a Value, name: &str) -> Option<&'a str> {
    item.get(name)?["S"].as_str()
}

/// A number of an item.
pub(crate) fn number(item: &Value, name: &str) -> Option<i64> {
    item.get(name).and_then(as_number)
}

pub(crate) fn as_number(value: &Value) -> Option<i64> {
    value["N"].as_str()?.parse().ok()
}

/// An amount of an item, zero where it is absent.
pub(crate) fn amount(item: &Value, name: &str) -> i64 {
    number(item, name).unwrap_or(0)
}

/// The elements of a list.
pub(crate) fn list<'a>(item: &'a Value, name: &str) -> &'a [Value] {
    item[name]["L"].as_array().map_or(&[], Vec::as_slice)
}

/// The keys of the map in `name`.
pub(crate) fn map<'a>(item: &'a Value, name: &str) -> Option<&'a Value> {
    item.get(name).map(|value| &value["M"])
}

/// A list of places and amounts in turn, as pairs.
pub(crate) fn pairs(flat: &[Value]) -> Vec<(i64, i64)> {
    let (pairs, _) = flat.as_chunks::<2>();
    pairs.iter().map(|[one, other]| (as_number(one).unwrap(), as_number(other).unwrap())).collect()
}

/// The attributes of an item that begin with `prefix`, by what follows it.
pub(crate) fn each<'a>(item: &'a Value, prefix: &str) -> Vec<(&'a str, &'a Value)> {
    let attributes = item.as_object().into_iter().flatten();
    attributes.filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value))).collect()
}

/// What was paid for each line of an order: its price less its discount and its share of the
/// order's, by the largest remainder, of equal ones the earlier.
pub(crate) fn paid_by_line(order: &Value) -> Vec<i64> {
    let of = |line: &Value, name: &str| number(&line["M"], name).unwrap_or(0);
    let lines = list(order, "lines").iter();
    let net: Vec<i64> = lines.map(|line| of(line, "p") * of(line, "q") - of(line, "d")).collect();
    let (discount, total) = (i128::from(amount(order, "discount")), net.iter().sum::<i64>());
    if total == 0 {
        return net;
    }
    let exact: Vec<i128> = net.iter().map(|net| discount * i128::from(*net)).collect();
    let total = i128::from(total);
    let mut shares: Vec<i128> = exact.iter().map(|exact| exact / total).collect();
    let left = discount - shares.iter().sum::<i128>();
    let mut places: Vec<usize> = (0..net.len()).collect();
    places.sort_by_key(|place| std::cmp::Reverse(exact[*place] % total));
    for place in places.into_iter().take(usize::try_from(left).unwrap()) {
        shares[place] += 1;
    }
    net.iter().zip(shares).map(|(net, share)| net - i64::try_from(share).unwrap()).collect()
}

//! How a total is shared over parts.

use std::cmp::Reverse;

use crate::money::{Money, Overflow, minor_from};

/// Shares `total` over parts in proportion to `weights`, by largest remainder: each part gets
/// `floor(total × weight ÷ Σ weights)`, and the units left over go one each to the largest
/// remainders, of equal ones to the earlier part. The parts add up to `total`; weights all zero
/// share nothing.
///
/// # Errors
///
/// * [`Overflow`] where `total × weight` leaves 128 bits; amounts and micros within the limits
///   never do.
pub fn share(total: u128, weights: &[u128]) -> Result<Vec<u128>, Overflow> {
    let whole = weights.iter().try_fold(0_u128, |sum, &weight| sum.checked_add(weight));
    let whole = whole.ok_or(Overflow)?;
    if whole == 0 {
        return Ok(vec![0; weights.len()]);
    }
    let mut parts = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = total;
    for (index, &weight) in weights.iter().enumerate() {
        let product = total.checked_mul(weight).ok_or(Overflow)?;
        let part = product.checked_div(whole).ok_or(Overflow)?;
        remainders.push((Reverse(product.checked_rem(whole).ok_or(Overflow)?), index));
        parts.push(part);
        left = left.checked_sub(part).ok_or(Overflow)?;
    }
    remainders.sort_unstable();
    let units = usize::try_from(left).map_err(|_| Overflow)?;
    for (_, index) in remainders.into_iter().take(units) {
        if let Some(part) = parts.get_mut(index) {
            *part = part.checked_add(1).ok_or(Overflow)?;
        }
    }
    Ok(parts)
}

/// [`share`] of an amount over amounts.
///
/// # Errors
///
/// * [`Overflow`] never, for amounts within the limits.
pub fn share_money(total: Money, weights: &[u128]) -> Result<Vec<Money>, Overflow> {
    let parts = share(total.minor().into(), weights)?;
    parts.into_iter().map(minor_from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_share(total: u128, weights: &[u128], want: &[u128]) {
        assert_eq!(share(total, weights).unwrap(), want, "{total} over {weights:?}");
    }

    #[test]
    fn share_table() {
        check_share(100, &[1, 1, 1], &[34, 33, 33]); // Equal remainders: the earlier part.
        check_share(100, &[1, 2], &[33, 67]); // 33⅓ and 66⅔: the larger remainder.
        check_share(5, &[0, 3, 0], &[0, 5, 0]);
        check_share(5, &[0, 0], &[0, 0]);
        check_share(0, &[1, 2], &[0, 0]);
        check_share(1, &[], &[]);
        let largest = 1_000_000_000_000_000_000;
        check_share(largest, &[largest], &[largest]);
        assert_eq!(share(u128::MAX, &[2, 1]), Err(Overflow));
    }
}

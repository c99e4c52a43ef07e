//! Which of the shards of the index an id falls into.

use crate::keys::SHARDS;

/// FNV-1a over an id: any even spread serves, as long as it never changes.
pub(crate) fn shard(id: &str) -> u8 {
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u8::try_from(hash % u64::from(SHARDS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_spread_evenly_over_the_shards() {
        let mut counts = [0_u32; 8];
        for number in 0..8_000 {
            counts[usize::from(shard(&format!("order-{number}")))] += 1;
        }
        assert!(counts.iter().all(|count| (800..1_200).contains(count)), "{counts:?}");
    }
}

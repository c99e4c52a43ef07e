//! A set of rules, by their place in the list: small enough to be copied, however many there are.

use crate::limits::RULES_MAX;

const WORD_BITS: usize = 64;
const WORDS: usize = RULES_MAX.div_ceil(WORD_BITS);

/// A set of places below [`RULES_MAX`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RuleSet([u64; WORDS]);

impl RuleSet {
    pub(super) const EMPTY: Self = Self([0; WORDS]);
    pub(super) const ALL: Self = Self([u64::MAX; WORDS]);

    pub(super) fn insert(&mut self, rule: usize) {
        if let Some(word) = self.0.get_mut(rule / WORD_BITS) {
            *word |= bit(rule);
        }
    }

    pub(super) fn contains(&self, rule: usize) -> bool {
        self.0.get(rule / WORD_BITS).is_some_and(|word| word & bit(rule) != 0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(own, other)| own & !other == 0)
    }

    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|word| word.count_ones()).fold(0, u32::saturating_add)
    }

    pub(super) fn and(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own &= other);
        self
    }

    pub(super) fn or(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own |= other);
        self
    }

    pub(super) fn without(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own &= !other);
        self
    }

    /// The places in it, lowest first.
    pub(super) fn iter(self) -> impl Iterator<Item = usize> {
        (0..RULES_MAX).filter(move |&rule| self.contains(rule))
    }

    /// The lowest place in it.
    pub(super) fn first(&self) -> Option<usize> {
        let (place, word) = self.0.iter().enumerate().find(|(_, word)| **word != 0)?;
        place.checked_mul(WORD_BITS)?.checked_add(usize::try_from(word.trailing_zeros()).ok()?)
    }
}

impl FromIterator<usize> for RuleSet {
    fn from_iter<I: IntoIterator<Item = usize>>(rules: I) -> Self {
        let mut set = Self::EMPTY;
        rules.into_iter().for_each(|rule| set.insert(rule));
        set
    }
}

fn bit(rule: usize) -> u64 {
    u32::try_from(rule % WORD_BITS).map_or(0, |place| 1_u64.rotate_left(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_what_was_put_in_it() {
        let places = [0, 1, 63, 64, 300, RULES_MAX - 1];
        let set: RuleSet = places.into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), places);
        assert_eq!((set.len(), set.first()), (6, Some(0)));
        let few: RuleSet = [63, 300].into_iter().collect();
        assert!(few.is_subset(&set) && !set.is_subset(&few));
        assert_eq!(set.and(&few), few);
        assert_eq!(set.without(&few).or(&few), set);
        assert_eq!(few.first(), Some(63));
        assert!(RuleSet::EMPTY.is_empty() && RuleSet::EMPTY.first().is_none());
        assert!(set.is_subset(&RuleSet::ALL) && RuleSet::ALL.without(&RuleSet::ALL).is_empty());
    }
}

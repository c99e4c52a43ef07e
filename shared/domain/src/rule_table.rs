//! The rules of a programme, found without asking each: those that can match a line stand under its
//! product number, distributor, category, region or level.

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::order::{Line, LineAmounts};
use crate::plan::Rule;
use crate::rules::{Setting, matches};

/// Rules, highest priority first, and where to look for those that can match a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleTable {
    rules: Vec<Rule>,
    /// Rules stand under each value of one of their lists, the first of these that they have; the
    /// fewest lines have a value in common there.
    by_sku: Shelf<String>,
    by_distributor: Shelf<String>,
    by_category: Shelf<String>,
    by_region: Shelf<String>,
    by_rank: Shelf<usize>,
    /// Those that have no list.
    others: Vec<usize>,
}

/// The places of rules under each value, ascending.
type Shelf<T> = BTreeMap<T, Vec<usize>>;

fn put<T: Ord>(shelf: &mut Shelf<T>, values: impl IntoIterator<Item = T>, place: usize) {
    for value in values {
        let places = shelf.entry(value).or_default();
        // A list may name a value twice.
        if places.last() != Some(&place) {
            places.push(place);
        }
    }
}

impl RuleTable {
    /// A table of rules that stand highest priority first.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        let mut table = Self::default();
        for (place, Rule { when, .. }) in rules.iter().enumerate() {
            if let Some(skus) = &when.sku {
                put(&mut table.by_sku, skus.iter().map(ToString::to_string), place);
            } else if let Some(distributors) = &when.distributor {
                let ids = distributors.iter().map(ToString::to_string);
                put(&mut table.by_distributor, ids, place);
            } else if let Some(paths) = &when.category {
                put(&mut table.by_category, paths.iter().map(ToString::to_string), place);
            } else if let Some(regions) = &when.region {
                put(&mut table.by_region, regions.iter().map(ToString::to_string), place);
            } else if let Some(ranks) = &when.rank {
                put(&mut table.by_rank, ranks.iter().copied(), place);
            } else {
                table.others.push(place);
            }
        }
        table.rules = rules;
        table
    }

    /// The matching rule of highest priority; none where no rule matches. It takes no longer for
    /// rules that stand under what the line does not have.
    #[must_use]
    pub fn rule_for(&self, setting: Setting<'_>, line: (&Line, &LineAmounts)) -> Option<&Rule> {
        let mut best = self.rules.len();
        let mut look = |places: Option<&Vec<usize>>| {
            let nearer = places.into_iter().flatten().take_while(|place| **place < best);
            let found = nearer.copied().find(|place| {
                self.rules.get(*place).is_some_and(|rule| matches(&rule.when, setting, line))
            });
            best = found.unwrap_or(best);
        };
        look(Some(&self.others));
        look(self.by_sku.get(line.0.sku.as_str()));
        if let Some(first) = setting.first {
            look(self.by_distributor.get(first.id.as_str()));
            look(self.by_rank.get(&setting.first_rank));
        }
        if let Some(region) = &setting.paid.region {
            look(self.by_region.get(region.as_str()));
        }
        if let Some(category) = line.0.category.as_ref().filter(|_| !self.by_category.is_empty()) {
            let category = category.as_str();
            let parents = category.match_indices('/').map(|(end, _)| end);
            for end in parents.chain([category.len()]) {
                look(category.get(..end).and_then(|path| self.by_category.get(path)));
            }
        }
        self.rules.get(best)
    }
}

impl Deref for RuleTable {
    type Target = [Rule];

    fn deref(&self) -> &[Rule] {
        &self.rules
    }
}

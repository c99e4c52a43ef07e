//! Who brought whom: made up, because the log has no referral links; the same every time, because
//! the seed is fixed.

use jiff::{SignedDuration, Timestamp};
use upline_domain::time;

use super::dice::Dice;
use super::log::{Purchase, buyer_id};

/// Another seed is another world.
const SEED: u64 = 1997;
/// They registered before the log begins; customers who join later come on top.
const FOUNDERS: usize = 240;
/// The first so many have no sponsor.
const ROOTS: usize = 4;
/// Nobody stands deeper than this.
const DEPTH_MAX: usize = 8;

const FIRST_NAMES: [&str; 24] = [
    "Anna", "Ben", "Chen", "Dora", "Emil", "Fang", "Greta", "Hugo", "Ines", "Jun", "Kofi", "Lena",
    "Mei", "Nils", "Olga", "Pavel", "Qing", "Rosa", "Sven", "Tara", "Umar", "Vera", "Wei", "Yara",
];
const LAST_NAMES: [&str; 24] = [
    "Abe", "Berg", "Cruz", "Dahl", "Engel", "Fischer", "Gao", "Hahn", "Ito", "Jansen", "Klein",
    "Liu", "Moser", "Novak", "Okoro", "Park", "Quist", "Rossi", "Santos", "Tan", "Ueda", "Vogel",
    "Wang", "Zhou",
];

/// A distributor of the made-up tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Distributor {
    /// `d017`, or the buyer's id of a customer who joined.
    pub(super) id: String,
    /// Shown in team lists.
    pub(super) name: String,
    /// The invite code they wished for; of the others the system makes one.
    pub(super) own_code: Option<String>,
    /// Place of the sponsor in the list of distributors.
    pub(super) sponsor: Option<usize>,
    /// Since when.
    pub(super) registered_at: Timestamp,
    /// How many stand above them.
    depth: usize,
}

/// How a customer came to a distributor. Distributors are places in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tie {
    /// By a link, from `bound_at` on; the shop tells at `told_at`, which may be later than the
    /// first orders, that then wait.
    Link {
        /// Whose link.
        distributor: usize,
        /// Since when.
        bound_at: Timestamp,
        /// When the event arrives.
        told_at: Timestamp,
    },
    /// By the invite code on the first order.
    Code {
        /// Whose code.
        distributor: usize,
    },
    /// Never: nobody earns from these orders.
    None,
}

/// A customer of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Customer {
    /// As the log has them.
    pub(super) customer: &'static str,
    /// How they came.
    pub(super) tie: Tie,
}

/// All people of the demo.
pub(super) struct World {
    /// Each after their sponsor.
    pub(super) distributors: Vec<Distributor>,
    /// In the order of their first orders.
    pub(super) customers: Vec<Customer>,
}

/// Grows a world under the orders of the log: each new distributor finds a sponsor the more easily
/// the more the sponsor has recruited, and so does a customer with a distributor's customers.
pub(super) fn grow(purchases: &[Purchase]) -> Option<World> {
    let mut growth = Growth {
        dice: Dice::new(SEED),
        distributors: Vec::new(),
        recruiting: Vec::new(),
        selling: Vec::new(),
    };
    let mut joined_at = time::parse("1996-07-01T09:00:00Z").ok()?;
    for number in 0..FOUNDERS {
        let sponsor = if number < ROOTS { None } else { growth.sponsor() };
        growth.join(format!("d{:03}", number + 1), sponsor, joined_at);
        joined_at += SignedDuration::from_hours(18);
    }
    let mut customers: Vec<Customer> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for first in purchases {
        if known.insert(first.customer) {
            let tie = growth.tie(first)?;
            growth.maybe_joins(first, &tie);
            let customer = first.customer;
            customers.push(Customer { customer, tie });
        }
    }
    Some(World { distributors: growth.distributors, customers })
}

struct Growth {
    dice: Dice,
    distributors: Vec<Distributor>,
    /// One ticket for each distributor, and one more for each they recruited.
    recruiting: Vec<usize>,
    /// One ticket for each distributor, and one more for each of their customers.
    selling: Vec<usize>,
}

impl Growth {
    fn sponsor(&mut self) -> Option<usize> {
        let drawn = *self.dice.pick(&self.recruiting)?;
        let found = self.distributors.get(drawn)?;
        if found.depth < DEPTH_MAX { Some(drawn) } else { found.sponsor }
    }

    fn join(&mut self, id: String, sponsor: Option<usize>, registered_at: Timestamp) {
        let place = self.distributors.len();
        let (round, first) = (place / FIRST_NAMES.len(), place % FIRST_NAMES.len());
        let last = (round + first * 7) % LAST_NAMES.len();
        let first = FIRST_NAMES.get(first).copied().unwrap_or_default();
        let last = LAST_NAMES.get(last).copied().unwrap_or_default();
        let own_code = place.is_multiple_of(3).then(|| format!("{}{place}", first.to_uppercase()));
        let above = sponsor.and_then(|sponsor| self.distributors.get(sponsor));
        let depth = above.map_or(0, |above| above.depth + 1);
        self.distributors.push(Distributor {
            id,
            name: format!("{first} {last}"),
            own_code,
            sponsor,
            registered_at,
            depth,
        });
        self.recruiting.push(place);
        self.recruiting.extend(sponsor);
        self.selling.push(place);
    }

    /// How a customer comes: 5 in 100 never, 7 by a code on the first order, 8 by a link after it,
    /// 3 by a link before it that is told later, the others by a link before it.
    fn tie(&mut self, first: &Purchase) -> Option<Tie> {
        let lot = self.dice.below(100);
        let days = i64::try_from(self.dice.below(20)).ok()?;
        let some_days = SignedDuration::from_hours(24 * days + 1);
        if lot < 5 {
            return Some(Tie::None);
        }
        let before = first.paid_at - some_days;
        let distributor = loop {
            let drawn = *self.dice.pick(&self.selling)?;
            let found = self.distributors.get(drawn)?;
            let fits = lot >= 12 || found.own_code.is_some();
            if fits && found.registered_at < before {
                break drawn;
            }
        };
        self.selling.push(distributor);
        let link = |bound_at, told_at| Tie::Link { distributor, bound_at, told_at };
        Some(match lot {
            ..12 => Tie::Code { distributor },
            12..20 => {
                let after = first.paid_at + some_days;
                link(after, after)
            }
            20..23 => link(before, first.paid_at + some_days),
            _ => link(before, before),
        })
    }

    /// About 3 customers in 100 become distributors some weeks after their first order, under the
    /// distributor they came through.
    fn maybe_joins(&mut self, first: &Purchase, tie: &Tie) {
        if self.dice.below(100) >= 3 {
            return;
        }
        let days = i64::try_from(self.dice.below(30)).unwrap_or_default() + 21;
        let registered_at = first.paid_at + SignedDuration::from_hours(24 * days);
        let sponsor = match tie {
            Tie::Link { distributor, .. } | Tie::Code { distributor } => Some(*distributor),
            Tie::None => self.sponsor(),
        };
        let fits = |place: &usize| {
            let found = self.distributors.get(*place);
            found.is_some_and(|it| it.registered_at < registered_at && it.depth < DEPTH_MAX)
        };
        let sponsor = sponsor.filter(fits);
        self.join(buyer_id(first.customer), sponsor, registered_at);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::demo::log::purchases;

    #[test]
    fn the_world_is_the_same_each_time_and_hangs_together() {
        let purchases = purchases().unwrap();
        let (world, again) = (grow(&purchases).unwrap(), grow(&purchases).unwrap());
        assert_eq!(world.distributors, again.distributors);
        assert_eq!(world.customers, again.customers);
        assert_eq!(world.customers.len(), 2_357);

        let people = &world.distributors;
        let ids: BTreeSet<_> = people.iter().map(|one| &one.id).collect();
        assert_eq!(ids.len(), people.len());
        assert!((280..340).contains(&people.len()), "{}", people.len());
        let deepest = people.iter().map(|one| one.depth).max();
        assert!((6..=DEPTH_MAX).contains(&deepest.unwrap()), "{deepest:?}");
        for (place, one) in people.iter().enumerate() {
            if let Some(sponsor) = one.sponsor {
                assert!(sponsor < place, "{one:?}");
                assert!(people[sponsor].registered_at < one.registered_at, "{one:?}");
            }
        }
        for customer in &world.customers {
            match customer.tie {
                Tie::Link { distributor, bound_at, told_at } => {
                    assert!(people[distributor].registered_at < told_at, "{customer:?}");
                    assert!(bound_at <= told_at, "{customer:?}");
                }
                Tie::Code { distributor } => assert!(people[distributor].own_code.is_some()),
                Tie::None => {}
            }
        }
    }
}

//! What this process did since it was last asked: for metrics, which count what was done and not
//! what was tried.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use upline_domain::money::{Currency, Money};

use crate::Store;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events that were parked, by code.
    pub parked: BTreeMap<String, u64>,
    /// Commissions that were counted for the first time, by currency.
    pub earned: BTreeMap<Currency, Earned>,
}

/// Commissions of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earned {
    /// How many.
    pub count: u64,
    /// What they come to, in minor units.
    pub total_minor: u64,
}

#[derive(Clone, Default)]
pub(crate) struct Tallied(Arc<Mutex<Tally>>);

impl Tallied {
    fn with<T>(&self, what: impl FnOnce(&mut Tally) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn parked(&self, code: &str) {
        self.with(|tally| {
            let count = tally.parked.entry(code.to_owned()).or_default();
            *count = count.saturating_add(1);
        });
    }

    pub(crate) fn earned(&self, all: impl IntoIterator<Item = (Currency, Money)>) {
        self.with(|tally| {
            for (currency, amount) in all {
                let earned = tally.earned.entry(currency).or_default();
                earned.count = earned.count.saturating_add(1);
                earned.total_minor = earned.total_minor.saturating_add(amount.minor());
            }
        });
    }
}

impl Store {
    /// What was done over this store and its copies since it was asked last.
    #[must_use]
    pub fn take_tally(&self) -> Tally {
        self.tallied.with(std::mem::take)
    }
}

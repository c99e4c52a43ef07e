//! What this process did since it was last asked: for metrics, which count what was done and not
//! what was tried.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use upline_domain::money::{Currency, Money};

use crate::Store;

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events that were parked, by code.
    pub parked: BTreeMap<String, u64>,
    /// Commissions that were counted for the first time, by currency.
    pub earned: BTreeMap<Currency, Earned>,
    /// How often a request was sent again, because it failed or no answer came. What the table had
    /// written before the answer was lost is found there by the next try: a new fact may be told as
    /// one that exists.
    pub retries: u64,
}

/// Commissions of one currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earned {
    /// How many.
    pub count: u64,
    /// What they come to, in minor units.
    pub total_minor: u64,
}

#[derive(Clone, Debug, Default)]
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

/// Counts each try of a request after its first.
impl Intercept for Tallied {
    fn name(&self) -> &'static str {
        "tally of retries"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if config.load::<RequestAttempts>().is_some_and(|tries| tries.attempts() > 1) {
            self.with(|tally| tally.retries = tally.retries.saturating_add(1));
        }
        Ok(())
    }
}

impl Store {
    /// How many requests were sent again since the tally was taken last.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.tallied.with(|tally| tally.retries)
    }

    /// What was done over this store and its copies since it was asked last.
    #[must_use]
    pub fn take_tally(&self) -> Tally {
        self.tallied.with(std::mem::take)
    }
}

//! What is missing goes through the same door as any other event.

use upline_domain::reconcile::{Act, Difference, Outcome};
use upline_store::{AuditEntry, Facts, Shown, Signed, Tallies};

use crate::run::Day;
use crate::{Fed, ReconcileFailed, Site, tally};

/// What of a shop's list is missing in the books.
pub(crate) struct Missing<'a> {
    /// The difference.
    pub(crate) difference: &'a Difference,
    /// The event, as the list has it.
    pub(crate) text: &'a str,
    /// Its id.
    pub(crate) event: &'a str,
}

impl<S: Site> Day<'_, S> {
    /// Keeps what was found, before anything is done about it.
    pub(crate) async fn keep(&self, found: &[Difference]) -> Result<(), ReconcileFailed> {
        self.keep_with(found, None).await
    }

    /// The same with a reason.
    pub(crate) async fn keep_with(
        &self,
        found: &[Difference],
        reason: Option<&str>,
    ) -> Result<(), ReconcileFailed> {
        if found.is_empty() {
            return Ok(());
        }
        let shown: Vec<Shown> = found.iter().map(|one| shown(one, reason)).collect();
        Ok(self.store.keep_differences(self.tenant, self.date, self.run.number, &shown).await?)
    }

    /// Keeps what became of a difference.
    pub(crate) async fn became(
        &self,
        difference: &Difference,
        outcome: Outcome,
        reason: Option<&str>,
    ) -> Result<(), ReconcileFailed> {
        let (tenant, date, run) = (self.tenant, self.date, self.run.number);
        Ok(self.store.keep_outcome(tenant, date, run, difference, outcome, reason).await?)
    }

    /// Who has something repaired.
    pub(crate) fn signed(&self) -> Signed {
        let (at, by) = (self.site.now(), self.run.by.clone());
        let reason = format!("reconciliation of {}, run {}", self.date, self.run.number);
        Signed { at, by, role: "reconcile".to_owned(), reason: reason.parse().ok() }
    }

    /// Sends what is missing through the door, unless nothing is to be repaired; whether it was
    /// taken at once.
    pub(crate) async fn feed(
        &self,
        missing: &Missing<'_>,
        tallies: &mut Tallies,
    ) -> Result<bool, ReconcileFailed> {
        if self.run.dry_run {
            return Ok(false);
        }
        let Missing { difference, text, event } = missing;
        let fed = self.site.feed(self.tenant, text).await?;
        let (word, outcome, reason) = match &fed {
            Fed::Sent => ("sent", Outcome::Sent, None),
            Fed::Taken { outcome, reason } => {
                let taken = ["created", "exists", "waiting"].contains(&outcome.as_str());
                let outcome_of = if taken { Outcome::Repaired } else { Outcome::Left };
                (outcome.as_str(), outcome_of, reason.as_deref())
            }
        };
        if outcome == Outcome::Sent {
            tally::count(tallies, tally::SENT, 1)?;
        }
        let order = difference.order.as_ref().map(ToString::to_string).unwrap_or_default();
        let after = [("event", *event), ("kind", difference.kind.as_str()), ("outcome", word)];
        let after = after.into_iter().map(|(name, part)| (name.to_owned(), part.to_owned()));
        let entry = AuditEntry {
            signed: self.signed(),
            action: "reconcile.feed".to_owned(),
            about: format!("{order} {}", difference.about).trim_end().to_owned(),
            before: Facts::new(),
            after: after.collect(),
        };
        self.store.audited(self.tenant, &entry).await?;
        self.became(difference, outcome, reason).await?;
        Ok(matches!(fed, Fed::Taken { .. }) && outcome == Outcome::Repaired)
    }
}

/// A difference as it is first kept: what a person has to judge is left to them from the first.
fn shown(difference: &Difference, reason: Option<&str>) -> Shown {
    let outcome = match difference.act {
        Act::Look => Outcome::Left,
        Act::Feed | Act::Post | Act::Correct => Outcome::Found,
    };
    Shown { difference: difference.clone(), outcome, reason: reason.map(str::to_owned) }
}

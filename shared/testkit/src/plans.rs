//! Plans that a tenant begins with.

use jiff::Timestamp;
use upline_contract::plan::fingerprint;
use upline_domain::activation::ActivationWish;
use upline_domain::ids::TenantId;
use upline_domain::schedule::{Lead, Wanted};
use upline_store::{Activated, Draft, Published, Signed, Store};

use crate::now;

/// Somebody who changes something by hand, at the time of all tests.
#[must_use]
pub fn signed() -> Signed {
    Signed { at: now(), by: "eve".to_owned(), role: "admin".to_owned(), reason: None }
}

/// A plan to publish.
#[must_use]
pub fn draft<'a>(document: &'a str, policy: &'a str) -> Draft<'a> {
    Draft { document, policy, fingerprint }
}

/// Publishes a tenant's first plan, active from the beginning of time.
pub async fn publish_first(store: &Store, tenant: &TenantId, document: &str, policy: &str) {
    let draft = draft(document, policy);
    let published = store.publish(tenant, &draft, &signed()).await.unwrap();
    assert_eq!(published, Published::Created(1));
    let when = Wanted { from: Some(Timestamp::MIN), now: now(), lead: Lead::ManyProcesses };
    let wish = ActivationWish { version: 1, rollout: None, when };
    let activated = store.activate(tenant, &wish, &signed()).await.unwrap();
    assert!(matches!(activated, Activated::Created(_)), "{activated:?}");
}

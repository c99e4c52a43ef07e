//! Logs: JSON, one line a message, identifiers and outcomes only. No personal data: no names, no
//! codes, no amounts.

use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

use crate::outcome::{Outcome, Taken};

/// Starts JSON logs on standard output, at `RUST_LOG` or `info`. Called once, by a `main`.
pub fn start_logs() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let started =
        tracing_subscriber::fmt().json().with_env_filter(filter).with_target(false).try_init();
    if started.is_err() {
        warn!("logs were started before");
    }
}

/// Logs what became of one event.
pub fn log_taken(taken: &Taken) {
    let id = taken.id.as_ref().map_or("-", |id| id.as_str());
    let tenant = taken.tenant.as_ref().map_or("-", |tenant| tenant.as_str());
    let detail_type = taken.detail_type.unwrap_or("-");
    let outcome = taken.outcome.word();
    match &taken.outcome {
        Outcome::Parked { code, .. } => {
            warn!(
                event.id = id,
                tenant, detail_type, outcome, code, "event {id} {outcome}: {code}"
            );
        }
        Outcome::Conflict { .. } | Outcome::Refused { .. } => {
            warn!(event.id = id, tenant, detail_type, outcome, "event {id} {outcome}");
        }
        Outcome::Created | Outcome::Exists | Outcome::Waiting => {
            info!(event.id = id, tenant, detail_type, outcome, "event {id} {outcome}");
        }
    }
}
